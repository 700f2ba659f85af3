"""The register of meetings: one, the next one, and lists, always through what the reader may see (¶26d, ¶38)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, bindparam, exists, false, func, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import Actor, OfficeKind
from u4ssc_gov.core.db import UTCDateTime
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables.models import Contributor, Deliverable
from u4ssc_gov.deliverables.queries import CHOSEN, LED, Reader, reader_of, reader_values, visible_to
from u4ssc_gov.meetings.models import AgendaItem, Attendance, Meeting, Minutes
from u4ssc_gov.meetings.rules import AgendaLine, MeetingKind, MeetingState, MinutesStage, meeting_state
from u4ssc_gov.tenures.models import Office, Tenure

AGENDA_ORDER = (AgendaItem.position, AgendaItem.id)
_CODE_MAXIMUM = 20


def _has_led(person_id: Any) -> ColumnElement[bool]:
    """Whether this person ever led the deliverable's group: such a person is told that the right has ended."""
    return exists().where(
        Tenure.office_id == Office.id,
        Office.kind == OfficeKind.LEADER,
        Office.group_id == Deliverable.group_id,
        Tenure.person_id == person_id,
    )


@dataclass(frozen=True, slots=True)
class MeetingRecord:
    """A meeting with its minutes and what a page says about its deliverable."""

    meeting: Meeting
    minutes: Minutes | None
    deliverable_id: int | None = None
    code: str = ""
    deliverable_title: str = ""
    group_id: int | None = None

    def state(self, now: datetime) -> MeetingState:
        """The meeting's state at an instant."""
        return _state_of(self.meeting, now)

    @property
    def stage(self) -> MinutesStage:
        """Where the minutes stand."""
        return _stage_of(self.minutes is not None, self.minutes.filed_at if self.minutes else None)


def _state_of(meeting: Meeting | MeetingLine, now: datetime) -> MeetingState:
    return meeting_state(
        meeting.starts_at,
        meeting.ends_at,
        now,
        cancelled=meeting.cancelled_at is not None,
        not_held=meeting.not_held_at is not None,
    )


def _stage_of(started: bool, filed_at: datetime | None) -> MinutesStage:
    if filed_at is not None:
        return MinutesStage.FILED
    return MinutesStage.DRAFT if started else MinutesStage.NONE


def _is_code(code: str) -> bool:
    return code.isascii() and code.isprintable() and len(code) <= _CODE_MAXIMUM


def get_deliverable(session: Session, code: str, *, actor: Actor, lock: bool = False) -> Deliverable:
    """A deliverable by code; raises ``NotFound`` when there is none the actor may know of. ``lock``: until commit."""
    statement = select(Deliverable).where(Deliverable.code == code, visible_to(actor) | _has_led(actor.person_id))
    if lock:
        statement = statement.with_for_update()
    found = session.scalar(statement) if _is_code(code) else None
    if found is None:
        raise NotFound(_("There is no such deliverable, or it is not open to you."), "meetings.deliverable.unknown")
    return found


def get_meeting(session: Session, code: str, number: int, *, actor: Actor, to_write: bool = False) -> MeetingRecord:
    """An e-meeting by its deliverable's code and its number; raises ``NotFound`` when the actor may not know of it.

    ``to_write`` also finds it for somebody who once led the group, so that the answer can say that the right ended.
    """
    row = None
    if _is_code(code):
        values = {"code": code, "number": number, "person": actor.person_id, **reader_values(actor)}
        row = session.execute(_meeting(reader_of(actor), to_write), values).one_or_none()
    if row is None:
        raise NotFound(_("There is no such e-meeting, or it is not open to you."), "meetings.meeting.unknown")
    return MeetingRecord(*row)


@cache
def _meeting(reader: Reader, to_write: bool) -> Any:
    allowed = reader.may_see() | _has_led(bindparam("person")) if to_write else reader.may_see()
    return (
        select(Meeting, Minutes, Deliverable.id, Deliverable.code, Deliverable.title, Deliverable.group_id)
        .join(Deliverable, Deliverable.id == Meeting.deliverable_id)
        .outerjoin(Minutes, Minutes.meeting_id == Meeting.id)
        .where(Deliverable.code == bindparam("code"), Meeting.number == bindparam("number"), allowed)
    )


def get_minutes(session: Session, code: str, number: int, *, actor: Actor, to_write: bool) -> MeetingRecord:
    """As ``get_meeting``, when minutes were started; readers get filed ones only, so ``minutes`` is never ``None``."""
    found = get_meeting(session, code, number, actor=actor, to_write=to_write)
    if found.minutes is None or (found.minutes.filed_at is None and not to_write):
        message = _("No minutes of this e-meeting have been filed yet.")
        raise NotFound(message, "meetings.minutes.unknown")
    return found


def get_plain_meeting(session: Session, meeting_id: int, *, actor: Actor) -> MeetingRecord:
    """A meeting by id, of the initiative or of a deliverable; raises ``NotFound``."""
    row = session.execute(
        select(
            Meeting, Minutes, Deliverable.id, func.coalesce(Deliverable.code, ""), func.coalesce(Deliverable.title, "")
        )
        .outerjoin(Deliverable, Deliverable.id == Meeting.deliverable_id)
        .outerjoin(Minutes, Minutes.meeting_id == Meeting.id)
        .where(Meeting.id == meeting_id, or_(Meeting.deliverable_id.is_(None), visible_to(actor)))
    ).one_or_none()
    if row is None:
        raise NotFound(_("There is no such meeting, or it is not open to you."), "meetings.meeting.unknown")
    return MeetingRecord(*row)


def group_of(session: Session, meeting: Meeting) -> tuple[int | None, str, str]:
    """Thematic group, code and title of a meeting's deliverable; all empty for meetings of the whole initiative."""
    row = session.execute(
        select(Deliverable.group_id, Deliverable.code, Deliverable.title).where(
            Deliverable.id == meeting.deliverable_id
        )
    ).one_or_none()
    return (None, "", "") if row is None else (row.group_id, row.code, row.title)


def next_number(session: Session, deliverable_id: int) -> int:
    """The number that the deliverable's next e-meeting gets."""
    highest = session.scalar(select(func.max(Meeting.number)).where(Meeting.deliverable_id == deliverable_id))
    return (highest or 0) + 1


def find_overlapping(session: Session, deliverable_id: int, starts_at: datetime, ends_at: datetime) -> Meeting | None:
    """The first e-meeting of the deliverable at the same time."""
    return session.scalar(
        select(Meeting)
        .where(
            Meeting.deliverable_id == deliverable_id,
            Meeting.cancelled_at.is_(None),
            Meeting.not_held_at.is_(None),
            Meeting.starts_at < ends_at,
            Meeting.ends_at > starts_at,
        )
        .order_by(Meeting.number)
        .limit(1)
    )


def joining_people(
    session: Session, deliverable_id: int, group_id: int | None, today: date, *, also: int | None = None
) -> Sequence[Person]:
    """Who belongs to an e-meeting: leaders of the group in office, contributors, and one more; by name."""
    leaders = (
        select(Tenure.person_id)
        .join(Office, Office.id == Tenure.office_id)
        .where(
            Office.kind == OfficeKind.LEADER,
            Office.group_id == group_id,
            Tenure.starts_on <= today,
            Tenure.ends_on > today,
        )
    )
    contributors = select(Contributor.person_id).where(
        Contributor.deliverable_id == deliverable_id, Contributor.left_at.is_(None)
    )
    statement = (
        select(Person)
        .where(or_(Person.id.in_(leaders), Person.id.in_(contributors), Person.id == also if also else false()))
        .order_by(Person.full_name, Person.id)
    )
    return session.scalars(statement).all()


@dataclass(frozen=True, slots=True)
class Addressee:
    """One person of a joining list who gets mail."""

    person_id: int
    name: str
    address: str
    locale: str
    time_zone: str


def list_recipients(session: Session, meeting_id: int) -> list[Addressee]:
    """People of a joining list who have an address."""
    rows = session.execute(
        select(Person.id, Person.full_name, Person.email, Person.locale, Person.time_zone)
        .join(Attendance, Attendance.person_id == Person.id)
        .where(Attendance.meeting_id == meeting_id, Person.email != "")
        .order_by(Person.id)
    )
    return [Addressee(*row) for row in rows]


def list_agenda(session: Session, meeting_id: int) -> list[AgendaLine]:
    """The agenda in its order."""
    rows = session.execute(
        select(AgendaItem.title, AgendaItem.presenter, AgendaItem.length_minutes)
        .where(AgendaItem.meeting_id == meeting_id)
        .order_by(*AGENDA_ORDER)
    )
    return [AgendaLine(*row) for row in rows]


# ── lists ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of meetings is narrowed to. ``when``: "coming" or "past"; ``code``: one deliverable's."""

    mine: bool = False
    when: str = "coming"
    without_minutes: bool = False
    kind: MeetingKind | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """One line of a list."""

    id: int
    kind: MeetingKind
    number: int | None
    title: str
    starts_at: datetime
    ends_at: datetime
    is_date_only: bool
    place: str
    cancelled_at: datetime | None
    not_held_at: datetime | None
    source: str
    deliverable_id: int | None
    group_id: int | None
    code: str | None
    deliverable_title: str | None
    minutes_id: int | None
    filed_at: datetime | None

    @property
    def label(self) -> str:
        """ "E-meeting 7: chapter 4": its number and what it is about, as far as either is known."""
        if self.number is None:
            return self.title
        name = _("E-meeting %(number)s", number=self.number)
        return f"{name}: {self.title}" if self.title and not self.title.startswith(name) else name

    def state(self, now: datetime) -> MeetingState:
        """The meeting's state at an instant."""
        return _state_of(self, now)

    @property
    def stage(self) -> MinutesStage:
        """Where the minutes stand."""
        return _stage_of(self.minutes_id is not None, self.filed_at)

    def owes_minutes(self, now: datetime) -> bool:
        """Held on the platform, for a deliverable, and nothing filed."""
        held = self.state(now) is MeetingState.HELD
        return held and self.deliverable_id is not None and not self.source and self.filed_at is None


_LINE = (
    Meeting.id, Meeting.kind, Meeting.number, Meeting.title, Meeting.starts_at, Meeting.ends_at, Meeting.is_date_only,
    Meeting.place, Meeting.cancelled_at, Meeting.not_held_at, Meeting.source, Meeting.deliverable_id,
    Deliverable.group_id, Deliverable.code, Deliverable.title, Minutes.id, Minutes.filed_at,
)  # fmt: skip


def _lines() -> Any:
    return (
        select(*_LINE)
        .select_from(Meeting)
        .outerjoin(Deliverable, Deliverable.id == Meeting.deliverable_id)
        .outerjoin(Minutes, Minutes.meeting_id == Meeting.id)
    )


def _narrowed(statement: Any, filters: Filters, reader: Reader) -> Any:
    """The list of a filter; ``_values`` fills in who reads, when, and the deliverable's code."""
    statement = statement.where(or_(Meeting.deliverable_id.is_(None), reader.may_see()))
    statement = statement.where(Meeting.ends_at <= NOW if filters.when == "past" else Meeting.ends_at > NOW)
    if filters.mine:
        statement = statement.where(_is_mine())
    if filters.without_minutes:
        statement = statement.where(*owing_minutes(NOW))
    if filters.kind is not None:
        statement = statement.where(Meeting.kind == filters.kind)
    if filters.code:
        statement = statement.where(Deliverable.code == bindparam("code"))
    return statement


def _values(filters: Filters, actor: Actor, now: datetime) -> dict[str, Any]:
    # What cannot be a code finds nothing: no deliverable has an empty one.
    code = filters.code if _is_code(filters.code) else ""
    return {"now": now, "person": actor.person_id, "code": code, **reader_values(actor)}


def _shape(filters: Filters) -> Filters:
    """The filter without its code, which is a value and not a part of the statement."""
    return replace(filters, code="any") if filters.code else filters


@cache
def _count(filters: Filters, reader: Reader) -> Any:
    return _narrowed(_lines().with_only_columns(func.count(Meeting.id)), filters, reader)


@cache
def _list(filters: Filters, reader: Reader, whole: bool) -> Any:
    past = filters.when == "past"
    order = (Meeting.starts_at.desc(), Meeting.id.desc()) if past else (Meeting.starts_at, Meeting.id)
    ordered = _narrowed(_lines(), filters, reader).order_by(*order)
    limit, offset = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
    return ordered if whole else ordered.limit(limit).offset(offset)


NOW: Any = bindparam("now", type_=UTCDateTime)


def owing_minutes(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """E-meetings held on the platform whose minutes are not filed. Needs ``Minutes`` in an outer join."""
    return (*held_here(now), Minutes.filed_at.is_(None))


def held_here(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """E-meetings of deliverables that were held, by the platform's own record."""
    return (
        Meeting.deliverable_id.is_not(None),
        Meeting.ends_at <= now,
        Meeting.cancelled_at.is_(None),
        Meeting.not_held_at.is_(None),
        Meeting.source == "",
    )


def _is_mine() -> ColumnElement[bool]:
    """Meetings of what the reader leads or contributes to, or whose joining list names them."""
    listed = exists().where(Attendance.meeting_id == Meeting.id, Attendance.person_id == bindparam("person"))
    return or_(Deliverable.group_id.in_(LED), Meeting.deliverable_id.in_(CHOSEN), listed)


def count_meetings(session: Session, filters: Filters, *, actor: Actor, now: datetime) -> int:
    """How many meetings a filtered list has."""
    return session.scalar(_count(_shape(filters), reader_of(actor)), _values(filters, actor, now)) or 0


def list_meetings(
    session: Session, filters: Filters, *, actor: Actor, now: datetime, limit: int | None = None, offset: int = 0
) -> list[MeetingLine]:
    """Lines of a filtered list: coming meetings soonest first, past ones latest first."""
    values = {**_values(filters, actor, now), "limit": limit, "offset": offset}
    statement = _list(_shape(filters), reader_of(actor), limit is None)
    return [MeetingLine(*row) for row in session.execute(statement, values)]


def next_meeting(session: Session, actor: Actor, now: datetime) -> MeetingLine | None:
    """The next meeting of this reader that is not called off; one statement, for the rail of Home."""
    values = {"now": now, "person": actor.person_id, **reader_values(actor)}
    row = session.execute(_next(reader_of(actor)), values).one_or_none()
    return None if row is None else MeetingLine(*row)


@cache
def _next(reader: Reader) -> Any:
    return (
        _lines()
        .where(
            Meeting.ends_at > NOW,
            Meeting.cancelled_at.is_(None),
            Meeting.not_held_at.is_(None),
            or_(Meeting.deliverable_id.is_(None), and_(reader.may_see(), _is_mine())),
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(1)
    )
