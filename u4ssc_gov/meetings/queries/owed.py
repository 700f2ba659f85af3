"""What is owed: minutes without a filing, actions without an end, and the counts behind the clause ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import Actor, OfficeKind
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.deliverables.queries import LED, Reader, reader_of, reader_values
from u4ssc_gov.deliverables.rules import ACTIVE
from u4ssc_gov.meetings.models import Attendance, Meeting, Minutes, Outcome
from u4ssc_gov.meetings.queries.register import NOW, held_here, owing_minutes
from u4ssc_gov.meetings.rules import REMINDER_DAYS, MeetingKind, OutcomeKind
from u4ssc_gov.tenures.models import Office, Tenure


@dataclass(frozen=True, slots=True)
class UnwrittenRow:
    """A held e-meeting whose minutes are not filed, once for each leader in office (or once without)."""

    meeting_id: int
    number: int
    ends_at: datetime
    code: str
    title: str
    group_id: int | None
    minutes_id: int | None
    listed: int
    leader_id: int | None = None
    leader: str = ""


def list_unwritten(
    session: Session, *, now: datetime, groups: Sequence[int] | None = None, meeting_id: int | None = None
) -> list[UnwrittenRow]:
    """E-meetings that owe minutes, oldest first; of some groups, of one meeting, or all with their leaders."""
    values = {"now": now, "today": geneva_date(now), "led": groups or [], "meeting": meeting_id}
    statement = _unwritten(groups is not None, meeting_id is not None)
    return [UnwrittenRow(*row) for row in session.execute(statement, values)]


@cache
def _unwritten(of_groups: bool, of_one: bool) -> Select[Any]:
    listed = select(func.count()).where(Attendance.meeting_id == Meeting.id).correlate(Meeting).scalar_subquery()
    columns: list[Any] = [
        Meeting.id, Meeting.number, Meeting.ends_at, Deliverable.code, Deliverable.title, Deliverable.group_id,
        Minutes.id, listed,
    ]  # fmt: skip
    statement = (
        select(*columns)
        .select_from(Meeting)
        .join(Deliverable, Deliverable.id == Meeting.deliverable_id)
        .outerjoin(Minutes, Minutes.meeting_id == Meeting.id)
        .where(*owing_minutes(NOW))
        .order_by(Meeting.ends_at, Meeting.id)
    )
    if of_groups:
        statement = statement.where(Deliverable.group_id.in_(LED))
    else:
        today = bindparam("today", type_=Date)
        serving = and_(Tenure.office_id == Office.id, Tenure.starts_on <= today, Tenure.ends_on > today)
        leads = and_(Office.group_id == Deliverable.group_id, Office.kind == OfficeKind.LEADER)
        statement = (
            statement.add_columns(Person.id, func.coalesce(Person.full_name, ""))
            .outerjoin(Office, leads)
            .outerjoin(Tenure, serving)
            .outerjoin(Person, Person.id == Tenure.person_id)
            .order_by(Person.full_name, Person.id)
        )
    return statement.where(Meeting.id == bindparam("meeting")) if of_one else statement


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An open action of filed minutes."""

    id: int
    text: str
    due_on: date | None
    number: int
    code: str


def list_open_actions(session: Session, actor: Actor) -> list[ActionRow]:
    """Open actions that a person owns in minutes they may read, soonest first."""
    values = {"person": actor.person_id, **reader_values(actor)}
    return [ActionRow(*row) for row in session.execute(_open_actions(reader_of(actor)), values)]


@cache
def _open_actions(reader: Reader) -> Select[Any]:
    columns: list[Any] = [Outcome.id, Outcome.text, Outcome.due_on, Meeting.number, Deliverable.code]
    return (
        select(*columns)
        .join(Minutes, Minutes.id == Outcome.minutes_id)
        .join(Meeting, Meeting.id == Minutes.meeting_id)
        .join(Deliverable, Deliverable.id == Meeting.deliverable_id)
        .where(
            Outcome.owner_id == bindparam("person"),
            reader.may_see(),
            Outcome.kind == OutcomeKind.ACTION,
            Outcome.closed_at.is_(None),
            Outcome.removed_at.is_(None),
            Minutes.filed_at.is_not(None),
        )
        .order_by(Outcome.due_on, Outcome.id)
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts behind the clause ledger."""

    held: int
    unwritten: int
    overdue: int
    active: int
    planned: int
    next_annual_at: datetime | None
    last_annual_at: datetime | None


def count_state(session: Session, *, now: datetime, due_days: int) -> Tally:
    """Every number that the clause findings of this room need, in one statement."""
    owed = select(func.count()).select_from(Meeting).outerjoin(Minutes, Minutes.meeting_id == Meeting.id)
    coming = (
        select(Meeting.deliverable_id)
        .where(Meeting.starts_at > now, Meeting.cancelled_at.is_(None), Meeting.deliverable_id.is_not(None))
        .distinct()
    )
    # Of work that is run here: what comes from before the platform is not checked (deliverables.duties).
    of_ours = (Deliverable.stage.in_(sorted(ACTIVE)), Deliverable.source == "")
    active = select(func.count()).select_from(Deliverable).where(*of_ours)
    annual = (Meeting.kind == MeetingKind.ANNUAL, Meeting.cancelled_at.is_(None), Meeting.not_held_at.is_(None))
    row = session.execute(
        select(
            select(func.count()).select_from(Meeting).where(*held_here(now)).scalar_subquery(),
            owed.where(*owing_minutes(now)).scalar_subquery(),
            owed.where(*owing_minutes(now), Meeting.ends_at <= now - timedelta(days=due_days)).scalar_subquery(),
            active.scalar_subquery(),
            active.where(Deliverable.id.in_(coming)).scalar_subquery(),
            select(func.min(Meeting.starts_at)).where(*annual, Meeting.ends_at > now).scalar_subquery(),
            select(func.max(Meeting.ends_at)).where(*annual, Meeting.ends_at <= now).scalar_subquery(),
        )
    ).one()
    return Tally(*row)


def due_reminders(session: Session, now: datetime) -> Sequence[int]:
    """Meetings whose leaders are to be reminded of the minutes by now."""
    statement = (
        select(Meeting.id)
        .outerjoin(Minutes, Minutes.meeting_id == Meeting.id)
        .where(*owing_minutes(now), Meeting.ends_at <= now - timedelta(days=REMINDER_DAYS[0]))
        .order_by(Meeting.ends_at, Meeting.id)
    )
    return session.scalars(statement).all()
