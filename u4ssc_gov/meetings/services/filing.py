"""Start minutes and file them; remind leaders of those that are due (¶26e)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import SYSTEM, Actor
from u4ssc_gov.core.errors import Conflict, Forbidden, RuleViolation
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.meetings import messages, policy, queries, rules
from u4ssc_gov.meetings.models import Meeting, Minutes, Note
from u4ssc_gov.meetings.rules import OutcomeKind
from u4ssc_gov.meetings.services.scheduling import add_people


def check_may_write(actor: Actor, group_id: int | None) -> None:
    """Raise ``Forbidden`` unless the actor leads the deliverable's group now or serves in the Secretariat."""
    if not policy.may_run(actor, group_id):
        message = _(
            "Minutes are written by the Leaders in office and the Secretariat. "
            "Nothing was saved; your text is kept in this browser."
        )
        raise Forbidden(message, "meetings.minutes.forbidden")


def check_open(minutes: Minutes, now: datetime) -> None:
    """Raise ``Conflict`` when the minutes are filed: they do not change any more."""
    if minutes.filed_at is not None:
        message = _("These minutes were filed on %(day)s.", day=day_text(minutes.filed_at.date(), now))
        raise Conflict(message, "meetings.minutes.filed")


def start_minutes(session: Session, meeting: Meeting, *, actor: Actor, now: datetime) -> Minutes:
    """Open the draft of an e-meeting that has begun: its agenda becomes notes, its joining list is brought up to date.

    A second call returns the same draft. Raises ``RuleViolation`` when the meeting has not begun, did not take place
    or comes from before the platform.
    """
    group_id, _code, _title = queries.group_of(session, meeting)
    check_may_write(actor, group_id)
    session.refresh(meeting, with_for_update=True)
    _check_took_place(meeting, now)
    found = queries.find_minutes(session, meeting.id)
    if found is not None:
        return found
    minutes = Minutes(meeting_id=meeting.id, started_at=now, started_by_id=actor.person_id, saved_at=now)
    session.add(minutes)
    session.flush()
    for item_id in queries.list_agenda_ids(session, meeting.id):
        session.add(Note(minutes_id=minutes.id, agenda_item_id=item_id, saved_at=now))
    add_people(session, meeting, group_id, now=now)
    record(session, "meetings:minutes:start", "minutes", minutes.id, actor=actor, now=now)
    return minutes


def _check_took_place(meeting: Meeting, now: datetime) -> None:
    if meeting.cancelled_at is not None or meeting.not_held_at is not None:
        raise RuleViolation(_("This e-meeting did not take place, so it has no minutes."), "meetings.minutes.not_held")
    if meeting.source or meeting.deliverable_id is None:
        message = _("This meeting is a record from before the platform; it owes no minutes here.")
        raise RuleViolation(message, "meetings.minutes.historical")
    if now < meeting.starts_at:
        raise RuleViolation(_("This e-meeting has not begun."), "meetings.minutes.early")


def file_minutes(session: Session, minutes: Minutes, *, actor: Actor, now: datetime) -> Minutes:
    """File the minutes: from here on they cannot change and are open to whoever may see the deliverable (¶26e).

    Raises ``Conflict`` when they are filed already, ``RuleViolation`` while the meeting lasts or while something that
    is required is missing (the message says what).
    """
    meeting = session.get_one(Meeting, minutes.meeting_id)
    group_id, code, title = queries.group_of(session, meeting)
    check_may_write(actor, group_id)
    queries.lock_minutes(session, minutes)
    check_open(minutes, now)
    _check_took_place(meeting, now)
    if now < meeting.ends_at:
        raise RuleViolation(_("File the minutes when the e-meeting is over."), "meetings.minutes.under_way")
    sheet = queries.load_sheet(session, meeting, minutes)
    blocking = [gap.text for gap in rules.gaps(sheet) if gap.blocks]
    if blocking:
        message = _("These minutes are not complete: %(gaps)s.", gaps="; ".join(blocking))
        raise RuleViolation(message, "meetings.minutes.incomplete")
    minutes.filed_at = now
    minutes.filed_by_id = actor.person_id
    decisions, actions = (len(sheet.outcomes(kind)) for kind in (OutcomeKind.DECISION, OutcomeKind.ACTION))
    record(
        session, "meetings:minutes:file", "minutes", minutes.id, actor=actor, now=now,
        decisions=decisions, actions=actions,
    )  # fmt: skip
    people = queries.list_recipients(session, meeting.id)
    messages.minutes_filed(session, meeting, code, title, people, decisions=decisions, actions=actions, now=now)
    return minutes


def remind_leaders(session: Session, meeting_id: int, *, actor: Actor = SYSTEM, now: datetime) -> int:
    """Remind the leaders in office of one meeting's minutes; returns how many messages were queued."""
    sent = 0
    for row in queries.list_unwritten(session, now=now, meeting_id=meeting_id):
        step = rules.reminder_step(row.ends_at, now)
        if step is None or row.leader_id is None:
            continue
        leader = session.get_one(Person, row.leader_id)
        sent += messages.minutes_due(session, row, leader, step=step, now=now)
    if sent:
        record(session, "meetings:minutes:remind", "meeting", meeting_id, actor=actor, now=now, sent=sent)
    return sent
