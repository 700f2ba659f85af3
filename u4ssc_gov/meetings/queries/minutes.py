"""Reads of minutes: the whole sheet in four statements, and the rows that a save compares with (¶26e)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.db import UTCDateTime
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.meetings.models import AgendaItem, Attendance, Meeting, Minutes, Note, NoteRevision, Outcome
from u4ssc_gov.meetings.queries.register import AGENDA_ORDER
from u4ssc_gov.meetings.rules import (
    EarlierAction,
    ItemLine,
    NoteEdit,
    OutcomeKind,
    OutcomeLine,
    PersonLine,
    Sheet,
    fingerprint,
)


def _of_earlier(statement: Any) -> Any:
    """Actions of earlier filed minutes of the same deliverable that are open, or were closed in these."""
    return (
        statement.join(Minutes, Minutes.id == Outcome.minutes_id)
        .join(Meeting, Meeting.id == Minutes.meeting_id)
        .where(
            Meeting.deliverable_id == bindparam("deliverable"),
            Meeting.id != bindparam("meeting"),
            Meeting.starts_at <= bindparam("starts_at", type_=UTCDateTime),
            Minutes.filed_at.is_not(None),
            Outcome.kind == OutcomeKind.ACTION,
            Outcome.removed_at.is_(None),
            or_(Outcome.closed_at.is_(None), Outcome.closed_in_minutes_id == bindparam("minutes")),
        )
    )


# Composed once: composing them anew would cost more than running them, on every page of minutes.
_ITEMS = (
    select(
        AgendaItem.id,
        AgendaItem.position,
        AgendaItem.title,
        AgendaItem.presenter,
        AgendaItem.length_minutes,
        Note.said,
        Note.not_discussed,
        Note.revision,
        Person.full_name,
    )
    .join(Note, Note.agenda_item_id == AgendaItem.id)
    .outerjoin(Person, Person.id == Note.saved_by_id)
    .where(Note.minutes_id == bindparam("minutes"))
    .order_by(*AGENDA_ORDER)
)
_OUTCOMES = (
    select(
        Outcome.agenda_item_id,
        Outcome.id,
        Outcome.kind,
        Outcome.text,
        Outcome.owner_name,
        Outcome.due_on,
        Outcome.closed_at,
        Outcome.owner_id,
    )
    .where(Outcome.minutes_id == bindparam("minutes"), Outcome.removed_at.is_(None))
    .order_by(Outcome.position, Outcome.id)
)
_PEOPLE = (
    select(Attendance.id, Attendance.name, Attendance.organisation, Attendance.presence, Attendance.person_id)
    .where(Attendance.meeting_id == bindparam("meeting"))
    .order_by(Attendance.name, Attendance.id)
)
_EARLIER: Any = _of_earlier(
    select(Outcome.id, Outcome.text, Outcome.owner_name, Outcome.due_on, Meeting.number, Outcome.closed_at)
).order_by(Outcome.due_on, Outcome.id)


def load_sheet(session: Session, meeting: Meeting, minutes: Minutes) -> Sheet:
    """Everything the minutes hold: four statements, however long they are."""
    outcomes = _outcome_lines(session, minutes.id)
    rows = session.execute(_ITEMS, {"minutes": minutes.id})
    items = [ItemLine(*row[:8], row[8] or "", tuple(outcomes.get(row[0], ()))) for row in rows]
    return Sheet(tuple(items), list_people(session, meeting.id), tuple(_earlier(session, meeting, minutes)))


def _outcome_lines(session: Session, minutes_id: int) -> dict[int, list[OutcomeLine]]:
    found: dict[int, list[OutcomeLine]] = defaultdict(list)
    rows = session.execute(_OUTCOMES, {"minutes": minutes_id})
    for item_id, id_, kind, text, owner, due_on, closed_at, owner_id in rows:
        due = due_on.isoformat() if due_on else ""
        seen = fingerprint(text, owner, due_on)
        found[item_id].append(OutcomeLine(id_, kind, text, owner, due_on, due, seen, closed_at, owner_id))
    return found


def list_people(session: Session, meeting_id: int) -> tuple[PersonLine, ...]:
    """The joining list by name, each with a label that is theirs alone as far as the record can tell."""
    rows = session.execute(_PEOPLE, {"meeting": meeting_id}).all()
    names = Counter(row.name for row in rows)
    return tuple(PersonLine(*row, label=_label(row.name, row.organisation, names[row.name])) for row in rows)


def _label(name: str, organisation: str, bearers: int) -> str:
    return f"{name} ({organisation})" if bearers > 1 and organisation else name


def _earlier(session: Session, meeting: Meeting, minutes: Minutes) -> list[EarlierAction]:
    """Actions of earlier filed minutes of the same deliverable that are open, or were closed in these."""
    if meeting.deliverable_id is None:
        return []
    rows = session.execute(_EARLIER, _earlier_values(meeting, minutes))
    return [
        EarlierAction(id_, text, owner, due_on, number or 0, closed_at is not None)
        for id_, text, owner, due_on, number, closed_at in rows
    ]


def _earlier_values(meeting: Meeting, minutes: Minutes) -> dict[str, Any]:
    return {
        "deliverable": meeting.deliverable_id,
        "meeting": meeting.id,
        "starts_at": meeting.starts_at,
        "minutes": minutes.id,
    }


def lock_minutes(session: Session, minutes: Minutes) -> None:
    """Wait for anybody else who is saving, then read the row anew; held until the transaction ends."""
    session.refresh(minutes, with_for_update=True)


def list_notes(session: Session, minutes_id: int, item_ids: Sequence[int]) -> dict[int, tuple[Note, str]]:
    """Notes by agenda item, each with the item's title, as the database has them now."""
    rows = session.execute(
        select(Note, AgendaItem.title)
        .join(AgendaItem, AgendaItem.id == Note.agenda_item_id)
        .where(Note.minutes_id == minutes_id, Note.agenda_item_id.in_(item_ids))
        .execution_options(populate_existing=True)
    )
    return {note.agenda_item_id: (note, title) for note, title in rows}


def accepted_before(session: Session, stale: Sequence[tuple[Note, NoteEdit]]) -> set[int]:
    """Notes whose posted text was already accepted at or after the revision the page had shown: nothing new in it."""
    if not stale:
        return set()
    same = [
        and_(
            NoteRevision.note_id == note.id,
            NoteRevision.revision >= edit.expected_revision,
            NoteRevision.said == edit.said,
            NoteRevision.not_discussed.is_(edit.not_discussed),
        )
        for note, edit in stale
    ]
    return set(session.scalars(select(NoteRevision.note_id).where(or_(*same))))


def list_outcomes(session: Session, minutes_id: int) -> dict[int, tuple[Outcome, str]]:
    """Outcomes by id, removed ones too, each with its item's title, as the database has them now."""
    rows = session.execute(
        select(Outcome, AgendaItem.title)
        .join(AgendaItem, AgendaItem.id == Outcome.agenda_item_id)
        .where(Outcome.minutes_id == minutes_id)
        .execution_options(populate_existing=True)
    )
    return {outcome.id: (outcome, title) for outcome, title in rows}


def get_filed_action(session: Session, minutes: Minutes, outcome_id: int) -> Outcome:
    """An action of filed minutes, locked. Raises ``NotFound`` for anything else."""
    statement = select(Outcome).where(
        Outcome.id == outcome_id,
        Outcome.minutes_id == minutes.id,
        Outcome.kind == OutcomeKind.ACTION,
        Outcome.removed_at.is_(None),
    )
    found = session.scalar(statement.with_for_update().execution_options(populate_existing=True))
    if found is None or minutes.filed_at is None:
        raise NotFound(_("There is no such action in these minutes."), "meetings.action.unknown")
    return found


def list_people_names(session: Session, person_ids: Sequence[int]) -> dict[int, str]:
    """Names by id."""
    rows = session.execute(select(Person.id, Person.full_name).where(Person.id.in_(person_ids)))
    return {row.id: row.full_name for row in rows}


def find_minutes(session: Session, meeting_id: int) -> Minutes | None:
    """The minutes of a meeting, draft or filed."""
    return session.scalar(select(Minutes).where(Minutes.meeting_id == meeting_id))


def list_agenda_ids(session: Session, meeting_id: int) -> Sequence[int]:
    """Agenda items in their order."""
    return session.scalars(
        select(AgendaItem.id).where(AgendaItem.meeting_id == meeting_id).order_by(*AGENDA_ORDER)
    ).all()


def last_position(session: Session, meeting_id: int) -> tuple[int, int]:
    """The highest position on an agenda, and how many items it has."""
    statement = select(func.max(AgendaItem.position), func.count()).where(AgendaItem.meeting_id == meeting_id)
    highest, count = session.execute(statement).one()
    return highest or 0, count


def count_outcomes(session: Session, minutes_id: int) -> int:
    """How many outcomes minutes ever had, removed ones too."""
    return session.scalar(select(func.count()).where(Outcome.minutes_id == minutes_id)) or 0


def list_attendance(session: Session, meeting_id: int) -> dict[int, Attendance]:
    """Rows of the joining list by id, as the database has them now."""
    statement = select(Attendance).where(Attendance.meeting_id == meeting_id)
    rows = session.scalars(statement.execution_options(populate_existing=True))
    return {row.id: row for row in rows}


def list_earlier(session: Session, meeting: Meeting, minutes: Minutes) -> dict[int, Outcome]:
    """The actions that these minutes may close or open again, by id."""
    statement = _of_earlier(select(Outcome)).execution_options(populate_existing=True)
    return {outcome.id: outcome for outcome in session.scalars(statement, _earlier_values(meeting, minutes))}
