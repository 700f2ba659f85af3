"""Reads of what is owed about ballots and how the last year stands: for the desk, the ledger and the meetings."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.board.models import Ballot, Elector, Vote
from u4ssc_gov.board.queries import in_state, instants
from u4ssc_gov.board.rules import BallotType
from u4ssc_gov.core.db import UTCDateTime


@dataclass(frozen=True, slots=True)
class OwedVote:
    """An open ballot in which a partner has not voted."""

    ballot_id: int
    code: str
    type: BallotType
    title: str
    opens_at: datetime | None
    closes_at: datetime | None  # an open ballot always has both
    partner_id: int
    acronym: str


_HAS_VOTED = select(Vote.id).where(Vote.elector_id == Elector.id).exists()
_OWED = (
    select(
        Ballot.id,
        Ballot.code,
        Ballot.type,
        Ballot.title,
        Ballot.opens_at,
        Ballot.closes_at,
        Elector.partner_id,
        Elector.acronym,
    )
    .join(Elector, Elector.ballot_id == Ballot.id)
    .where(in_state("open"), Elector.partner_id.in_(bindparam("partners", expanding=True)), ~_HAS_VOTED)
    .order_by(Ballot.closes_at, Ballot.id, Elector.position)
)


def list_owed_votes(session: Session, partner_ids: Collection[int], now: datetime) -> list[OwedVote]:
    """Open ballots in which these partners have no vote, the first to close first (one statement)."""
    if not partner_ids:
        return []
    return [OwedVote(*row) for row in session.execute(_OWED, {"now": now, "partners": list(partner_ids)})]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ballot that waits for the secretariat: an open one with partners missing, or a draft (without ``opens_at``)."""

    id: int
    code: str
    type: BallotType
    title: str
    opens_at: datetime | None
    closes_at: datetime | None
    missing: int


_MISSING = select(func.count(Elector.id)).where(Elector.ballot_id == Ballot.id, ~_HAS_VOTED).scalar_subquery()
_WAITING = (
    select(
        Ballot.id,
        Ballot.code,
        Ballot.type,
        Ballot.title,
        Ballot.opens_at,
        Ballot.closes_at,
        case((Ballot.opens_at.is_(None), 0), else_=_MISSING),
    )
    .where(or_(in_state("closing"), in_state("draft")))
    .order_by(Ballot.closes_at, Ballot.id)
)


def list_waiting(session: Session, now: datetime) -> list[Waiting]:
    """Open ballots closing within seven days with how many partners have not voted, and unopened drafts (with 0)."""
    return [Waiting(*row) for row in session.execute(_WAITING, instants(now))]


_SINCE = bindparam("since", type_=UTCDateTime)
_CLOSED = (
    select(Ballot.type, func.count(), func.sum(case((Ballot.outcome_recorded_at.is_(None), 1), else_=0)))
    .where(in_state("closed"), Ballot.closes_at > _SINCE)
    .group_by(Ballot.type)
    .order_by(Ballot.type)
)


def count_closed(session: Session, since: datetime, now: datetime) -> dict[BallotType, tuple[int, int]]:
    """By type: ballots closed after an instant, and how many of them have no recorded outcome."""
    rows = session.execute(_CLOSED, {"now": now, "since": since})
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


_RECORD = (
    select(Elector.partner_id, func.sum(case((_HAS_VOTED, 1), else_=0)), func.count())
    .join(Ballot, Ballot.id == Elector.ballot_id)
    .where(in_state("closed"), Ballot.closes_at > _SINCE, Elector.partner_id.in_(bindparam("partners", expanding=True)))
    .group_by(Elector.partner_id)
    .order_by(Elector.partner_id)
)


def voting_record(
    session: Session, partner_ids: Collection[int], since: datetime, now: datetime
) -> dict[int, tuple[int, int]]:
    """By partner: in how many of the ballots closed after an instant it voted, and in how many it could."""
    if not partner_ids:
        return {}
    rows = session.execute(_RECORD, {"now": now, "since": since, "partners": list(partner_ids)})
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}
