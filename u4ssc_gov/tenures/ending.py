"""Reads for the reminders: tenures in office whose end is near and that nobody is appointed to follow (¶34)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, aliased

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.tenures.models import Office, Renewal, Tenure
from u4ssc_gov.tenures.queries import is_in_office
from u4ssc_gov.tenures.rules import REMINDER_STEPS


@dataclass(frozen=True, slots=True)
class EndingTenure:
    """What a reminder says, and to whom."""

    tenure_id: int
    person_id: int
    name: str
    email: str
    locale: str
    time_zone: str
    title: str
    kind: OfficeKind
    ends_on: date
    renewal_asked_on: date | None


def list_ending_ids(session: Session, now: datetime) -> Sequence[int]:
    """Tenures in office that end within the first reminder step and have no successor."""
    today = geneva_date(now)
    statement = select(Tenure.id).where(*_needs_reminder(today)).order_by(Tenure.ends_on, Tenure.id)
    return session.scalars(statement).all()


def find_ending(session: Session, tenure_id: int, now: datetime) -> EndingTenure | None:
    """One such tenure with its holder, or ``None`` when it needs no reminder (any more)."""
    row = session.execute(
        select(
            Tenure.id,
            Person.id,
            Person.full_name,
            Person.email,
            Person.locale,
            Person.time_zone,
            Office.title,
            Office.kind,
            Tenure.ends_on,
            Renewal.requested_at,
        )
        .join(Office, Office.id == Tenure.office_id)
        .join(Person, Person.id == Tenure.person_id)
        .outerjoin(Renewal, and_(Renewal.tenure_id == Tenure.id, Renewal.closed_at.is_(None)))
        .where(Tenure.id == tenure_id, *_needs_reminder(geneva_date(now)))
    ).one_or_none()
    if row is None:
        return None
    asked: datetime | None = row[9]
    return EndingTenure(*row[:9], geneva_date(asked) if asked is not None else None)


def _needs_reminder(today: date) -> tuple[ColumnElement[bool], ...]:
    later = aliased(Tenure)
    followed = (
        select(later.id)
        .where(
            later.office_id == Tenure.office_id,
            later.seat == Tenure.seat,
            later.starts_on >= Tenure.ends_on,
            later.ends_on > later.starts_on,
        )
        .exists()
    )
    return is_in_office(today), Tenure.ends_on <= today + timedelta(days=max(REMINDER_STEPS)), ~followed
