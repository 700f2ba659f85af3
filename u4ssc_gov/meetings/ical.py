"""An e-meeting as a calendar file (RFC 5545): one event with its time zone, nothing in X- properties (¶26d)."""

from __future__ import annotations

from collections.abc import Sequence

from icalendar import Calendar, Event

from u4ssc_gov.core.formatting import zone_of
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.meetings.models import Meeting
from u4ssc_gov.meetings.rules import AgendaLine


def event_file(
    meeting: Meeting, summary: str, agenda: Sequence[AgendaLine], *, url: str, joining_url: str, host: str
) -> bytes:
    """The file's bytes. ``url`` is the meeting's page, ``host`` makes the UID ours; ``joining_url`` may be empty."""
    zone = zone_of(meeting.time_zone)
    event = Event()
    event.add("uid", f"e-meeting-{meeting.id}@{host}")
    event.add("dtstamp", meeting.cancelled_at or meeting.scheduled_at)
    event.add("sequence", 1 if meeting.cancelled_at else 0)
    event.add("status", "CANCELLED" if meeting.cancelled_at else "CONFIRMED")
    event.add("dtstart", meeting.starts_at.astimezone(zone))
    event.add("dtend", meeting.ends_at.astimezone(zone))
    event.add("summary", summary)
    lines = [_("Agenda")] + [f"{n}. {line.title}" for n, line in enumerate(agenda, start=1)] if agenda else []
    event.add("description", "\n".join([*lines, url]))
    event.add("url", url)
    if joining_url:
        event.add("location", joining_url)
    calendar = Calendar()
    calendar.add("prodid", "-//U4SSC Governance//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if meeting.cancelled_at else "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    content: bytes = calendar.to_ical()
    return content
