"""Reads that join two rooms: which ballot decides which renewal (¶20, ¶34)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.board.models import Ballot

_DECIDING = (
    select(Ballot.renewal_id, Ballot.code)
    .where(Ballot.renewal_id.is_not(None), Ballot.withdrawn_at.is_(None))
    .order_by(Ballot.id)
)


def list_renewal_ballots(session: Session) -> dict[int, str]:
    """Codes of the ballots in which the Board decides renewals, drafts too, by renewal. One statement."""
    return {renewal_id: code for renewal_id, code in session.execute(_DECIDING) if renewal_id is not None}


def find_renewal_ballot(session: Session, renewal_id: int) -> str:
    """The code of the ballot on one renewal, the latest when there are several, or an empty string."""
    rows = session.execute(_DECIDING.where(Ballot.renewal_id == renewal_id)).all()
    return rows[-1].code if rows else ""
