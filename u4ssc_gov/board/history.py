"""Reads of what happened around a ballot: its events, challenges, remarks and offers to correct wording."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from u4ssc_gov.board.models import Ballot, BallotEvent, Challenge, EditorialNote, Remark
from u4ssc_gov.board.rules import Result
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.partners.models import Mandate, Partner

_EVENTS = select(BallotEvent).where(BallotEvent.ballot_id == bindparam("ballot")).order_by(BallotEvent.id)


class FormerMandate(NamedTuple):
    """A mandate that has ended; ``last_day`` is the last Geneva day on which it held."""

    acronym: str
    last_day: date


def list_events(session: Session, ballot_id: int) -> Sequence[BallotEvent]:
    """The history of a ballot in the order it happened."""
    return session.scalars(_EVENTS, {"ballot": ballot_id}).all()


def seats_that(session: Session, ballot_id: int, kind: str) -> frozenset[str]:
    """The seats (acronyms) that did something in a ballot, such as asking for secrecy."""
    statement = select(BallotEvent.seat).where(BallotEvent.ballot_id == ballot_id, BallotEvent.kind == kind)
    return frozenset(session.scalars(statement))


def was_cut_short(session: Session, ballot: Ballot, result: Result) -> bool:
    """Whether an outage was noted and fewer than half of the seats had answered: then the question may be put again."""
    return result.tally.answered * 2 < result.tally.base and any(
        event.kind == "outage" for event in list_events(session, ballot.id)
    )


def find_challenge(session: Session, ballot_id: int, partner_id: int) -> Challenge | None:
    """The challenge that a partner raised, if any."""
    statement = select(Challenge).where(Challenge.ballot_id == ballot_id, Challenge.partner_id == partner_id)
    return session.scalar(statement)


def list_challenges(session: Session, ballot_id: int) -> Sequence[Challenge]:
    """The challenges of a decision in the order they were raised."""
    return session.scalars(select(Challenge).where(Challenge.ballot_id == ballot_id).order_by(Challenge.id)).all()


def has_open_challenge(session: Session, ballot_id: int) -> bool:
    """Whether a challenge waits for its answer."""
    statement = select(Challenge.id).where(Challenge.ballot_id == ballot_id, Challenge.decided_at.is_(None))
    return session.scalar(statement.limit(1)) is not None


def list_remarks(session: Session, ballot_id: int) -> Sequence[Remark]:
    """What people without a vote said, oldest first."""
    return session.scalars(select(Remark).where(Remark.ballot_id == ballot_id).order_by(Remark.id)).all()


def find_remark(session: Session, ballot_id: int, person_id: int, text: str) -> Remark | None:
    """The same words of the same person, if they were said before."""
    return session.scalar(
        select(Remark).where(Remark.ballot_id == ballot_id, Remark.by_id == person_id, Remark.text == text).limit(1)
    )


def count_remarks(session: Session, ballot_id: int, person_id: int) -> int:
    """How many remarks a person has left on a ballot."""
    statement = select(func.count(Remark.id)).where(Remark.ballot_id == ballot_id, Remark.by_id == person_id)
    return session.scalar(statement) or 0


def find_former_mandate(
    session: Session, person_id: int | None, partner_id: int, now: datetime
) -> FormerMandate | None:
    """Until when a person spoke for a partner that they speak for no more."""
    statement = (
        select(Mandate.partner_id, Partner.acronym, Mandate.ends_on)
        .join(Partner, Partner.id == Mandate.partner_id)
        .where(Mandate.person_id == person_id)
        .where(Mandate.ends_on <= geneva_date(now), Mandate.starts_on < Mandate.ends_on)
        .order_by(Mandate.ends_on.desc())
    )
    for partner, acronym, first_without in session.execute(statement):  # what came from a page may be any number
        if partner == partner_id and first_without is not None:
            return FormerMandate(acronym, first_without - timedelta(days=1))
    return None


def list_next_rounds(session: Session, ballot_id: int) -> Sequence[Ballot]:
    """Every ballot that puts the same question again, the newest first."""
    return session.scalars(select(Ballot).where(Ballot.previous_id == ballot_id).order_by(Ballot.id.desc())).all()


def find_editorial(session: Session, vote_id: int) -> EditorialNote | None:
    """The correction offered for an objection."""
    return session.scalar(select(EditorialNote).where(EditorialNote.vote_id == vote_id))
