"""Reads of participants. Names and organisations are for signed-in people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.participants.models import Participant
from u4ssc_gov.participants.rules import ParticipantKind


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """One participant in the directory."""

    id: int
    name: str
    kind: ParticipantKind
    organisation: str
    country: str
    joined_on: date


def list_participants(session: Session, *, now: datetime, limit: int, offset: int) -> list[ParticipantLine]:
    """Participants now, by name. One statement."""
    rows = session.execute(
        select(
            Participant.id,
            Person.full_name,
            Participant.kind,
            Participant.organisation,
            Participant.country,
            Participant.joined_on,
        )
        .join(Person, Person.id == Participant.person_id)
        .where(_is_current(geneva_date(now)))
        .order_by(Person.full_name, Participant.id)
        .limit(limit)
        .offset(offset)
    )
    return [ParticipantLine(*row) for row in rows]


def count_by_kind(session: Session, *, now: datetime) -> dict[ParticipantKind, int]:
    """How many participants there are now, by kind of body. One statement."""
    statement = (
        select(Participant.kind, func.count())
        .where(_is_current(geneva_date(now)))
        .group_by(Participant.kind)
        .order_by(Participant.kind)
    )
    return dict(session.execute(statement).all())


def participations_since(session: Session, person_id: int, day: date) -> Sequence[Participant]:
    """The times a person takes part on a Geneva day or after it."""
    statement = (
        select(Participant)
        .where(Participant.person_id == person_id, or_(Participant.left_on.is_(None), Participant.left_on > day))
        .order_by(Participant.joined_on, Participant.id)
    )
    return session.scalars(statement).all()


def lock_person(session: Session, person_id: int) -> None:
    """Lock the row of a person, so that they join once."""
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update()).one()


def _is_current(today: date) -> ColumnElement[bool]:
    return and_(Participant.joined_on <= today, or_(Participant.left_on.is_(None), Participant.left_on > today))
