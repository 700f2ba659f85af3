"""Save a draft of minutes without ever overwriting another person's newer text (¶26e).

Each value is compared on its own: what does not clash is saved, what clashes is handed back with both texts. The
minutes row is locked first, so that two saves at once are one after the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text
from u4ssc_gov.meetings import queries, rules
from u4ssc_gov.meetings.models import AgendaItem, Attendance, Meeting, Minutes, Note, NoteRevision, Outcome
from u4ssc_gov.meetings.rules import MinutesDraft, NoteEdit, OutcomeEdit, OutcomeKind, PersonLine, Verdict, fingerprint
from u4ssc_gov.meetings.services.filing import check_may_write, check_open
from u4ssc_gov.meetings.services.report import NoteConflict, OutcomeConflict, SaveReport

_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$", re.ASCII)
_YEARS = range(2000, 2101)
REMOVED = "removed"
_EMPTY = fingerprint("", "", None)


@dataclass(frozen=True, slots=True)
class _Save:
    """What every step of one save needs."""

    session: Session
    meeting: Meeting
    minutes: Minutes
    page: str
    actor: Actor
    now: datetime
    report: SaveReport
    tidy: bool


def save_minutes(session: Session, minutes: Minutes, draft: MinutesDraft, *, actor: Actor, now: datetime) -> SaveReport:
    """Save what a draft brings; identical content writes nothing. Conflicts are returned, never overwritten.

    Raises ``Forbidden`` without the right at ``now``, ``Conflict`` once filed, ``Invalid`` for text that is too long
    or a due day that is none (then nothing at all is saved).
    """
    meeting = session.get_one(Meeting, minutes.meeting_id)
    group_id, _code, _title = queries.group_of(session, meeting)
    check_may_write(actor, group_id)
    queries.lock_minutes(session, minutes)
    check_open(minutes, now)
    save = _Save(session, meeting, minutes, draft.page[:32], actor, now, SaveReport(), draft.tidy)
    _add_items(save, draft)
    _save_notes(save, draft)
    people = queries.list_people(session, meeting.id) if draft.outcomes or draft.new_outcomes else ()
    _save_outcomes(save, draft, people)
    _add_outcomes(save, draft, people)
    _save_presences(save, draft)
    _add_people(save, draft)
    _save_closures(save, draft)
    if save.report.saved:
        minutes.saved_at = now
        changed = save.report.saved[:40]
        record(session, "meetings:minutes:save", "minutes", minutes.id, actor=actor, now=now, changed=changed)
    return save.report


def _limited(value: str, limit: int, name: str, *, line: bool = False) -> str:
    text = clean_line(value) if line else clean_text(value)
    if len(text) > limit:
        raise Invalid(_("Use at most %(limit)s characters.", limit=limit), "meetings.minutes.long", name)
    return text


# ── agenda items and notes ──────────────────────────────────────────────────────────────────────────────────────────


def _add_items(save: _Save, draft: MinutesDraft) -> None:
    titles = [_limited(title, rules.TITLE_MAXIMUM, "new-item", line=True) for title in draft.new_items]
    titles = [title for title in titles if title]
    if not titles:
        return
    position, count = queries.last_position(save.session, save.meeting.id)
    if count + len(titles) > rules.AGENDA_MAXIMUM:
        message = _("Put at most %(limit)s items on the agenda.", limit=rules.AGENDA_MAXIMUM)
        raise Invalid(message, "meetings.agenda.long", "new-item")
    for title in titles:
        position += 1
        item = AgendaItem(meeting_id=save.meeting.id, position=position, title=title)
        save.session.add(item)
        save.session.flush()
        save.session.add(Note(minutes_id=save.minutes.id, agenda_item_id=item.id, saved_at=save.now))
        save.report.items.append(item.id)
        save.report.saved.append(f"item:{item.id}")
    save.session.flush()


def _save_notes(save: _Save, draft: MinutesDraft) -> None:
    edits = {edit.item_id: _clean_note(edit) for edit in draft.notes}
    if not edits:
        return
    notes = queries.list_notes(save.session, save.minutes.id, list(edits))
    stale = [
        (note, edits[item_id])
        for item_id, (note, _title) in notes.items()
        if note.revision != edits[item_id].expected_revision and not _is_same(note, edits[item_id])
    ]
    old_news = queries.accepted_before(save.session, stale)
    clashing: list[tuple[Note, str, NoteEdit]] = []
    for item_id, (note, title) in notes.items():
        edit = edits[item_id]
        verdict = rules.merge(
            same=_is_same(note, edit),
            seen_is_current=note.revision == edit.expected_revision,
            saved_here=bool(save.page) and note.saved_from == save.page,
            untouched=note.id in old_news or (not edit.expected_revision and not edit.said and not edit.not_discussed),
        )
        if verdict is Verdict.WRITE:
            _write_note(save, note, edit)
        elif verdict is Verdict.CONFLICT:
            clashing.append((note, title, edit))
    _report_notes(save, clashing)


def _clean_note(edit: NoteEdit) -> NoteEdit:
    said = _limited(edit.said, rules.SAID_MAXIMUM, f"said-{edit.item_id}")
    return replace(edit, said=said, not_discussed=edit.not_discussed and not said)


def _is_same(note: Note, edit: NoteEdit) -> bool:
    return note.said == edit.said and note.not_discussed == edit.not_discussed


def _write_note(save: _Save, note: Note, edit: NoteEdit) -> None:
    note.said, note.not_discussed = edit.said, edit.not_discussed
    note.revision += 1
    note.saved_at, note.saved_by_id, note.saved_from = save.now, save.actor.person_id, save.page
    save.session.add(
        NoteRevision(
            note_id=note.id,
            revision=note.revision,
            said=note.said,
            not_discussed=note.not_discussed,
            saved_at=save.now,
            saved_by_id=save.actor.person_id,
        )
    )
    save.report.saved.append(f"note:{note.agenda_item_id}")


def _report_notes(save: _Save, clashing: list[tuple[Note, str, NoteEdit]]) -> None:
    if not clashing:
        return
    names = queries.list_people_names(save.session, [note.saved_by_id for note, _t, _e in clashing if note.saved_by_id])
    for note, title, edit in clashing:
        save.report.notes.append(
            NoteConflict(
                note.agenda_item_id,
                title,
                edit.said,
                note.said,
                note.revision,
                names.get(note.saved_by_id or 0, ""),
                note.saved_at,
                note.not_discussed,
            )
        )


# ── outcomes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _owner(people: tuple[PersonLine, ...], typed: str) -> tuple[int | None, str]:
    """The person meant by a typed name: one of the joining list when exactly one bears it, else just the name."""
    wanted = typed.casefold()
    for key in ("label", "name"):
        found = [person for person in people if getattr(person, key).casefold() == wanted]
        if wanted and len(found) == 1:
            return found[0].person_id, found[0].label
    return None, typed


def _day(value: str, name: str) -> date | None:
    text = value.strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.match(text) else None
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        message = _("Give the due day as year, month and day: 2026-12-04.")
        raise Invalid(message, "meetings.outcome.due", name)
    return day


def _content(
    people: tuple[PersonLine, ...], kind: OutcomeKind, text: str, owner: str, due: str, name: str
) -> tuple[str, int | None, str, date | None]:
    text = _limited(text, rules.OUTCOME_MAXIMUM, f"{name}-text", line=True)
    if kind is not OutcomeKind.ACTION:
        return text, None, "", None
    owner_id, owner_name = _owner(people, _limited(owner, rules.TITLE_MAXIMUM, f"{name}-owner", line=True))
    return text, owner_id, owner_name, _day(due, f"{name}-due")


def _save_outcomes(save: _Save, draft: MinutesDraft, people: tuple[PersonLine, ...]) -> None:
    if not draft.outcomes and not draft.removed:
        return
    stored = queries.list_outcomes(save.session, save.minutes.id)
    clashing: list[tuple[Outcome, str, OutcomeEdit]] = []
    for edit in draft.outcomes:
        if edit.outcome_id not in stored:
            continue  # of other minutes, or made up
        outcome, title = stored[edit.outcome_id]
        verdict = _save_outcome(save, outcome, edit, people, remove=edit.outcome_id in draft.removed)
        if verdict is Verdict.CONFLICT:
            clashing.append((outcome, title, edit))
    names = queries.list_people_names(
        save.session, [outcome.saved_by_id for outcome, _t, _e in clashing if outcome.saved_by_id]
    ) if clashing else {}  # fmt: skip
    save.report.outcomes.extend(_outcome_conflict(outcome, title, edit, names) for outcome, title, edit in clashing)


def _current(outcome: Outcome) -> str:
    """The fingerprint that the next save must have seen; a removed outcome has its own."""
    if outcome.removed_at is not None:
        return REMOVED
    return fingerprint(outcome.text, outcome.owner_name, outcome.due_on)


def _save_outcome(
    save: _Save, outcome: Outcome, edit: OutcomeEdit, people: tuple[PersonLine, ...], *, remove: bool
) -> Verdict:
    name = f"out-{outcome.id}"
    text, owner_id, owner, due_on = _content(people, outcome.kind, edit.text, edit.owner, edit.due, name)
    posted, current = fingerprint(text, owner, due_on), _current(outcome)
    # An empty row goes with the save of whoever put it there, not with that of somebody who only sees it.
    is_bare = save.tidy and posted == _EMPTY and outcome.saved_by_id == save.actor.person_id
    if (remove or is_bare) and current == REMOVED:
        return Verdict.KEEP
    verdict = rules.merge(
        same=posted == current and not remove and not is_bare,
        seen_is_current=edit.seen == current or (is_bare and posted == current),
        saved_here=bool(save.page) and outcome.saved_from == save.page and current != REMOVED,
        untouched=posted == edit.seen and not remove,
    )
    if verdict is not Verdict.WRITE:
        return verdict
    if remove or is_bare:
        outcome.removed_at = save.now
    else:
        outcome.text, outcome.owner_id, outcome.owner_name, outcome.due_on = text, owner_id, owner, due_on
        outcome.removed_at = None
    outcome.saved_at, outcome.saved_by_id, outcome.saved_from = save.now, save.actor.person_id, save.page
    save.report.saved.append(f"outcome:{outcome.id}")
    return verdict


def _outcome_conflict(outcome: Outcome, title: str, edit: OutcomeEdit, names: dict[int, str]) -> OutcomeConflict:
    return OutcomeConflict(
        outcome_id=outcome.id,
        title=title,
        kind=outcome.kind,
        mine=edit,
        theirs=outcome.text,
        owner=outcome.owner_name,
        due_on=outcome.due_on,
        seen=_current(outcome),
        removed=outcome.removed_at is not None,
        saved_by=names.get(outcome.saved_by_id or 0, ""),
        saved_at=outcome.saved_at,
    )


def _add_outcomes(save: _Save, draft: MinutesDraft, people: tuple[PersonLine, ...]) -> None:
    if not draft.new_outcomes:
        return
    items = queries.list_notes(save.session, save.minutes.id, [new.item_id for new in draft.new_outcomes])
    count = queries.count_outcomes(save.session, save.minutes.id)
    if count + len(draft.new_outcomes) > rules.OUTCOMES_MAXIMUM:
        message = _("Minutes hold at most %(limit)s outcomes.", limit=rules.OUTCOMES_MAXIMUM)
        raise Invalid(message, "meetings.outcomes.many")
    for position, new in enumerate(draft.new_outcomes, start=count + 1):
        if new.item_id not in items:
            continue
        text, owner_id, owner, due_on = _content(people, new.kind, new.text, new.owner, new.due, "new")
        outcome = Outcome(
            minutes_id=save.minutes.id,
            agenda_item_id=new.item_id,
            kind=new.kind,
            position=position,
            text=text,
            owner_id=owner_id,
            owner_name=owner,
            due_on=due_on,
            saved_at=save.now,
            saved_by_id=save.actor.person_id,
            saved_from=save.page,
        )
        save.session.add(outcome)
        save.session.flush()
        save.report.added.append(outcome.id)
        save.report.saved.append(f"outcome:{outcome.id}")


# ── attendance and actions from before ──────────────────────────────────────────────────────────────────────────────


def _save_presences(save: _Save, draft: MinutesDraft) -> None:
    if not draft.presences:
        return
    rows = queries.list_attendance(save.session, save.meeting.id)
    written = False
    for edit in draft.presences:
        row = rows.get(edit.attendance_id)
        touched = edit.presence is not edit.seen
        if row is None or row.presence is edit.presence:
            continue
        # Only cells that this person changed are written; of two marks for one person the later one stands.
        if touched or (save.page and row.saved_from == save.page):
            row.presence, row.saved_from = edit.presence, save.page
            written = True
    if written:
        save.minutes.attendance_revision += 1
        save.report.saved.append("attendance")


def _add_people(save: _Save, draft: MinutesDraft) -> None:
    people = [
        (_limited(name, 200, "new-person", line=True), _limited(body, 200, "new-organisation", line=True))
        for name, body in draft.new_people
    ]
    people = [person for person in people if person[0]]
    if not people:
        return
    rows = queries.list_attendance(save.session, save.meeting.id)
    if len(rows) + len(people) > rules.PEOPLE_MAXIMUM:
        message = _("A joining list holds at most %(limit)s people.", limit=rules.PEOPLE_MAXIMUM)
        raise Invalid(message, "meetings.people.many", "new-person")
    known = {(row.name.casefold(), row.organisation.casefold()): row for row in rows.values()}
    new = [person for person in people if not _was_added(save, known.get((person[0].casefold(), person[1].casefold())))]
    if not new:
        return
    for name, body in new:
        if (name.casefold(), body.casefold()) in known:
            raise Invalid(_("%(name)s is on the list already.", name=name), "meetings.people.known", "new-person")
        row = Attendance(
            meeting_id=save.meeting.id,
            name=name,
            organisation=body,
            presence=rules.Presence.PRESENT,
            saved_from=save.page,
        )
        save.session.add(row)
    save.session.flush()
    save.minutes.attendance_revision += 1
    save.report.saved.append("people")


def _was_added(save: _Save, row: Attendance | None) -> bool:
    """Whether this page put the person on the list before: the same form, sent twice."""
    return row is not None and row.person_id is None and bool(save.page) and row.saved_from == save.page


def _save_closures(save: _Save, draft: MinutesDraft) -> None:
    if not draft.closures:
        return
    earlier = queries.list_earlier(save.session, save.meeting, save.minutes)
    for edit in draft.closures:
        outcome = earlier.get(edit.outcome_id)
        if outcome is None or (outcome.closed_at is not None) == edit.closed:
            continue
        if edit.closed is not edit.seen or (save.page and outcome.saved_from == save.page):
            outcome.closed_at = save.now if edit.closed else None
            outcome.closed_in_minutes_id = save.minutes.id if edit.closed else None
            outcome.saved_from = save.page
            save.report.saved.append(f"closed:{outcome.id}" if edit.closed else f"reopened:{outcome.id}")
