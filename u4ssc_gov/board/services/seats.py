"""What a partner's joining or leaving means for ballots under way: nothing, and their history says so (¶18, ADR 0014).

The electors are those of the opening. A partner that leaves keeps its seat and the position it took, and counts in the
quorum; a partner that joins has no seat until the next ballot.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.board.models import Ballot, Elector
from u4ssc_gov.board.queries import in_state, instants
from u4ssc_gov.board.services import common
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date, geneva_midnight
from u4ssc_gov.core.errors import RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.partners.models import Partner

_UNDER_WAY = select(Ballot).where(or_(in_state("running"), in_state("scheduled"))).order_by(Ballot.id)


def list_under_way(session: Session, now: datetime, *, partner_id: int | None = None) -> Sequence[Ballot]:
    """Ballots that are open, suspended or scheduled; with ``partner_id`` those in which this partner has a seat."""
    statement = _UNDER_WAY
    if partner_id is not None:
        statement = statement.where(Ballot.id.in_(select(Elector.ballot_id).where(Elector.partner_id == partner_id)))
    return session.scalars(statement, instants(now)).all()


def lock_under_way(session: Session, now: datetime, *, partner_id: int | None = None) -> Sequence[Ballot]:
    """The same with their rows locked: a ballot's row comes before the ledger."""
    numbers = [ballot.id for ballot in list_under_way(session, now, partner_id=partner_id)]
    statement = select(Ballot).where(Ballot.id.in_(numbers)).order_by(Ballot.id).with_for_update()
    return session.scalars(statement).all() if numbers else []


def note_partner(
    session: Session, ballots: Sequence[Ballot], kind: str, partner: str, on: date, *, actor: Actor, now: datetime
) -> None:
    """A line in the history of each ballot: ``partner_joined`` or ``partner_left``, on a Geneva day."""
    midnight = geneva_midnight(on)
    for ballot in ballots:
        if ballot.suspended_at is None and ballot.closes_at is not None and ballot.closes_at <= midnight:
            continue  # it has ended by then
        common.note_event(session, ballot, kind, actor=actor, now=now, partner=partner, on=on.isoformat())


def require_partner_still(session: Session, elector: Elector, now: datetime) -> None:
    """Raise ``RuleViolation`` when the seat's partner has left: nobody speaks for it any more."""
    left_on = session.scalar(select(Partner.left_on).where(Partner.id == elector.partner_id))
    if left_on is not None and left_on <= geneva_date(now):
        message = _(
            "%(partner)s is no longer a partner (¶18). The position it took stays; none is recorded for it now.",
            partner=elector.acronym,
        )
        raise RuleViolation(message, "board.vote.partner_left")
