"""Mail about e-meetings and their minutes: scheduled, called off, due, filed (¶26d, ¶26e)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.charter.rules import HOUSE
from u4ssc_gov.core.dates import days_overdue
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.meetings.models import Meeting
from u4ssc_gov.meetings.queries import Addressee, UnwrittenRow
from u4ssc_gov.notifications.rendering import Recipient
from u4ssc_gov.notifications.services import queue_mail


def _place(meeting: Meeting, code: str, title: str) -> dict[str, Any]:
    return {
        "code": code,
        "deliverable": title,
        "number": meeting.number,
        "title": meeting.title,
        "starts_at": meeting.starts_at,
        "path": f"/deliverables/{code}/e-meetings/{meeting.number}",
        "minutes_path": f"/deliverables/{code}/minutes/{meeting.number}",
    }


def _to_list(
    session: Session,
    people: Iterable[Addressee],
    *,
    template: str,
    subject: Callable[[], str],
    context: Mapping[str, Any],
    key: str,
    now: datetime,
) -> None:
    for person in people:
        queue_mail(
            session,
            template=template,
            to=Recipient(person.name, person.address, person.locale, person.time_zone),
            subject=subject,
            context=context,
            dedupe_key=f"{key}:person:{person.person_id}",
            now=now,
        )


def meeting_scheduled(
    session: Session, meeting: Meeting, code: str, title: str, people: Iterable[Addressee], *, now: datetime
) -> None:
    """Invite the joining list, once a person."""
    _to_list(
        session,
        people,
        template="meetings/meeting_scheduled",
        subject=lambda: _("E-meeting %(number)s of %(code)s is scheduled", number=meeting.number, code=code),
        context=_place(meeting, code, title),
        key=f"meeting:{meeting.id}:scheduled",
        now=now,
    )


def meeting_cancelled(
    session: Session, meeting: Meeting, code: str, title: str, people: Iterable[Addressee], *, now: datetime
) -> None:
    """Tell the joining list that it does not take place, and why."""
    _to_list(
        session,
        people,
        template="meetings/meeting_cancelled",
        subject=lambda: _("E-meeting %(number)s of %(code)s is cancelled", number=meeting.number, code=code),
        context={**_place(meeting, code, title), "reason": meeting.outcome_note},
        key=f"meeting:{meeting.id}:cancelled",
        now=now,
    )


def minutes_filed(
    session: Session,
    meeting: Meeting,
    code: str,
    title: str,
    people: Iterable[Addressee],
    *,
    decisions: int,
    actions: int,
    now: datetime,
) -> None:
    """Tell the joining list that the minutes can be read."""
    _to_list(
        session,
        people,
        template="meetings/minutes_filed",
        subject=lambda: _("Read the minutes of e-meeting %(number)s of %(code)s", number=meeting.number, code=code),
        context={**_place(meeting, code, title), "decisions": decisions, "actions": actions},
        key=f"minutes:{meeting.id}:filed",
        now=now,
    )


def minutes_due(session: Session, row: UnwrittenRow, leader: Person, *, step: int, now: datetime) -> bool:
    """Remind one leader at one step; ``False`` when that step was sent before."""
    due_at = row.ends_at + timedelta(days=HOUSE.minutes_due_days)
    days_late = days_overdue(due_at, now)
    place = f"/deliverables/{row.code}"
    page = f"minutes/{row.number}/edit" if row.minutes_id else f"e-meetings/{row.number}"

    def subject() -> str:
        if days_late < 1:
            return _("Write the minutes of e-meeting %(number)s of %(code)s", number=row.number, code=row.code)
        return ngettext(
            "Minutes of e-meeting %(number)s are %(num)s day overdue",
            "Minutes of e-meeting %(number)s are %(num)s days overdue",
            days_late,
            number=row.number,
        )

    sent = queue_mail(
        session,
        template="meetings/minutes_due",
        to=Recipient(leader.full_name, leader.email, leader.locale, leader.time_zone),
        subject=subject,
        context={
            "code": row.code,
            "deliverable": row.title,
            "number": row.number,
            "ends_at": row.ends_at,
            "due_at": due_at,
            "days_late": days_late,
            "started": row.minutes_id is not None,
            "path": f"{place}/{page}",
        },
        dedupe_key=f"minutes:{row.meeting_id}:due:{step}:person:{leader.id}",
        now=now,
    )
    return sent is not None
