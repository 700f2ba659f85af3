"""Schedule an e-meeting, call it off, or record that it was not held (¶26d)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.meetings import messages, policy, queries, rules
from u4ssc_gov.meetings.models import AgendaItem, Attendance, Meeting
from u4ssc_gov.meetings.rules import AgendaLine, MeetingKind, MeetingPlan, MeetingState


def schedule_meeting(
    session: Session, deliverable: Deliverable, plan: MeetingPlan, *, actor: Actor, now: datetime
) -> Meeting:
    """Put the deliverable's next e-meeting into the calendar and invite its joining list (¶26d).

    Lock the deliverable first when others may schedule at once. Raises ``Forbidden``, ``RuleViolation`` for finished
    work, ``Invalid`` for an infeasible time, a wrong link or agenda, or a clash with another e-meeting. The same plan
    sent twice by one person gives one e-meeting.
    """
    if not policy.may_run(actor, deliverable.group_id):
        message = _("Leaders of the deliverable and the Secretariat schedule its e-meetings.")
        raise Forbidden(message, "meetings.schedule.forbidden")
    if deliverable.stage in (Stage.PUBLISHED, Stage.WITHDRAWN):
        message = _("%(code)s is finished. E-meetings are for work under way.", code=deliverable.code)
        raise RuleViolation(message, "meetings.deliverable.finished")
    starts_at, ends_at = rules.check_period(plan, now)
    clash = queries.find_overlapping(session, deliverable.id, starts_at, ends_at)
    if clash is not None and _is_same(session, clash, plan, starts_at, ends_at, actor):
        return clash
    if clash is not None:
        message = _("E-meeting %(number)s takes place at that time. Choose another one.", number=clash.number)
        raise Invalid(message, "meetings.time.clash", "start")
    meeting = Meeting(
        kind=MeetingKind.E_MEETING,
        deliverable_id=deliverable.id,
        number=queries.next_number(session, deliverable.id),
        title=_short(plan.title, "title"),
        starts_at=starts_at,
        ends_at=ends_at,
        time_zone=plan.time_zone,
        joining_url=rules.check_joining_url(clean_line(plan.joining_url)),
        scheduled_at=now,
        scheduled_by_id=actor.person_id,
    )
    session.add(meeting)
    session.flush()
    _add_agenda(session, meeting, plan)
    add_people(session, meeting, deliverable.group_id, also=actor.person_id, now=now)
    record(session, "meetings:meeting:schedule", "meeting", meeting.id, actor=actor, now=now, number=meeting.number)
    people = queries.list_recipients(session, meeting.id)
    messages.meeting_scheduled(session, meeting, deliverable.code, deliverable.title, people, now=now)
    return meeting


def _is_same(
    session: Session, known: Meeting, plan: MeetingPlan, starts_at: datetime, ends_at: datetime, actor: Actor
) -> bool:
    """Whether an e-meeting is what this plan, sent before, has made."""
    wanted = (starts_at, ends_at, plan.time_zone, clean_line(plan.title), clean_line(plan.joining_url), actor.person_id)
    has = (
        known.starts_at, known.ends_at, known.time_zone, known.title, known.joining_url, known.scheduled_by_id,
    )  # fmt: skip
    agenda = [
        AgendaLine(clean_line(line.title), clean_line(line.presenter), line.length_minutes) for line in plan.agenda
    ]
    return wanted == has and queries.list_agenda(session, known.id) == agenda


def _short(value: str, field: str) -> str:
    line = clean_line(value)
    if len(line) > rules.TITLE_MAXIMUM:
        message = _("Use at most %(limit)s characters.", limit=rules.TITLE_MAXIMUM)
        raise Invalid(message, f"meetings.{field}.long", field)
    return line


def _add_agenda(session: Session, meeting: Meeting, plan: MeetingPlan) -> None:
    for position, line in enumerate(plan.agenda[: rules.AGENDA_MAXIMUM], start=1):
        session.add(
            AgendaItem(
                meeting_id=meeting.id,
                position=position,
                title=_short(line.title, "agenda"),
                presenter=_short(line.presenter, "agenda"),
                length_minutes=line.length_minutes,
            )
        )
    session.flush()


def add_people(
    session: Session, meeting: Meeting, group_id: int | None, *, now: datetime, also: int | None = None
) -> int:
    """Add to the joining list whoever belongs to it now and is not on it; returns how many were added."""
    if meeting.deliverable_id is None:
        return 0
    listed = {person.person_id for person in queries.list_people(session, meeting.id)}
    today = geneva_date(now)
    people = queries.joining_people(session, meeting.deliverable_id, group_id, today, also=also)
    missing = [person for person in people if person.id not in listed]
    for person in missing:
        session.add(
            Attendance(
                meeting_id=meeting.id, person_id=person.id, name=person.full_name, organisation=person.organisation
            )
        )
    session.flush()
    return len(missing)


def _reason(value: str) -> str:
    reason = clean_text(value)
    if not reason:
        raise Invalid(_("Say why in a sentence."), "meetings.reason.missing", "reason")
    if len(reason) > rules.REASON_MAXIMUM:
        message = _("Use at most %(limit)s characters.", limit=rules.REASON_MAXIMUM)
        raise Invalid(message, "meetings.reason.long", "reason")
    return reason


def _state(meeting: Meeting, now: datetime) -> MeetingState:
    return rules.meeting_state(
        meeting.starts_at,
        meeting.ends_at,
        now,
        cancelled=meeting.cancelled_at is not None,
        not_held=meeting.not_held_at is not None,
    )


def cancel_meeting(session: Session, meeting: Meeting, reason: str, *, actor: Actor, now: datetime) -> Meeting:
    """Call an e-meeting off before it starts and tell the joining list. Raises ``RuleViolation`` once it has begun."""
    group_id, code, title = queries.group_of(session, meeting)
    _check_may_run(actor, group_id)
    state = _state(meeting, now)
    if state is MeetingState.CANCELLED:
        return meeting
    if state is not MeetingState.SCHEDULED:
        message = _("This e-meeting has begun. If nobody met, mark it as not held.")
        raise RuleViolation(message, "meetings.cancel.late")
    meeting.outcome_note = _reason(reason)
    meeting.cancelled_at = now
    record(session, "meetings:meeting:cancel", "meeting", meeting.id, actor=actor, now=now)
    people = queries.list_recipients(session, meeting.id)
    messages.meeting_cancelled(session, meeting, code, title, people, now=now)
    return meeting


def mark_not_held(session: Session, meeting: Meeting, reason: str, *, actor: Actor, now: datetime) -> Meeting:
    """Record that an e-meeting did not take place; it owes no minutes then (¶26e).

    Raises ``RuleViolation`` before its start and once it was cancelled, ``Conflict`` once minutes were filed.
    """
    group_id, _code, _title = queries.group_of(session, meeting)
    _check_may_run(actor, group_id)
    state = _state(meeting, now)
    if state is MeetingState.NOT_HELD:
        return meeting
    if state is MeetingState.SCHEDULED:
        message = _("This e-meeting has not begun. Cancel it instead.")
        raise RuleViolation(message, "meetings.not_held.early")
    if state is MeetingState.CANCELLED:
        raise RuleViolation(_("This e-meeting was cancelled."), "meetings.not_held.cancelled")
    minutes = queries.find_minutes(session, meeting.id)
    if minutes is not None and minutes.filed_at is not None:
        raise Conflict(_("Minutes of this e-meeting were filed, so it was held."), "meetings.not_held.filed")
    meeting.outcome_note = _reason(reason)
    meeting.not_held_at = now
    record(session, "meetings:meeting:not_held", "meeting", meeting.id, actor=actor, now=now)
    return meeting


def _check_may_run(actor: Actor, group_id: int | None) -> None:
    if not policy.may_run(actor, group_id):
        message = _("Leaders of the deliverable and the Secretariat run its e-meetings.")
        raise Forbidden(message, "meetings.run.forbidden")
