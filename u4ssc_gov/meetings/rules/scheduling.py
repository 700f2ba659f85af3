"""What a schedule must respect: a feasible time, a readable agenda, a safe link (¶26d)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from u4ssc_gov.core.dates import local_to_utc
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.meetings.rules.states import AGENDA_MAXIMUM, TITLE_MAXIMUM

LONGEST_ITEM_MINUTES = 600
SCHEDULE_AHEAD = timedelta(days=731)
_UNUSUAL_ZONES = ("Etc/", "US/", "SystemV/", "posix/", "right/", "Brazil/", "Canada/", "Chile/", "Mexico/")


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One item of an agenda to be."""

    title: str
    presenter: str = ""
    length_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class MeetingPlan:
    """What somebody wants to schedule: wall-clock times of one day in one zone."""

    day: date
    start: time
    end: time
    time_zone: str = "Europe/Zurich"
    title: str = ""
    joining_url: str = ""
    agenda: tuple[AgendaLine, ...] = field(default=())


@cache
def time_zones() -> tuple[str, ...]:
    """Names of zones people choose from: by city, without the historical aliases."""
    cities = (name for name in available_timezones() if "/" in name and not name.startswith(_UNUSUAL_ZONES))
    return ("UTC", *sorted(cities))


def parse_agenda(text: str) -> tuple[AgendaLine, ...]:
    """Read an agenda, one item a line: ``Title | presenter | minutes``. Raises ``Invalid`` on ``agenda``."""
    lines = [line for line in (raw.strip() for raw in text.splitlines()) if line]
    if len(lines) > AGENDA_MAXIMUM:
        message = _("Put at most %(limit)s items on the agenda.", limit=AGENDA_MAXIMUM)
        raise Invalid(message, "meetings.agenda.long", "agenda")
    return tuple(_agenda_line(number, line) for number, line in enumerate(lines, start=1))


def _agenda_line(number: int, line: str) -> AgendaLine:
    title, presenter, length = [part.strip() for part in (*line.split("|", 2), "", "")[:3]]
    if not title or max(len(title), len(presenter)) > TITLE_MAXIMUM:
        message = _("Line %(number)s of the agenda: give a title of at most 200 characters.", number=number)
        raise Invalid(message, "meetings.agenda.title", "agenda")
    if not length:
        return AgendaLine(title, presenter)
    if not (length.isascii() and length.isdigit() and 0 < int(length[:6]) <= LONGEST_ITEM_MINUTES):
        message = _("Line %(number)s of the agenda: give the length as a number of minutes.", number=number)
        raise Invalid(message, "meetings.agenda.length", "agenda")
    return AgendaLine(title, presenter, int(length))


def check_period(plan: MeetingPlan, now: datetime) -> tuple[datetime, datetime]:
    """The UTC instants of a plan. Raises ``Invalid`` for a past, inverted, far or nonexistent time (¶26d)."""
    if plan.time_zone not in time_zones():
        raise Invalid(_("Choose a time zone from the list."), "meetings.zone.unknown", "time_zone")
    today = now.date()
    if plan.day < today - timedelta(days=1):  # also keeps the year 1 away from the conversion to UTC
        raise Invalid(_("This day is over. Choose a later one."), "meetings.time.past", "day")
    if plan.day > today + SCHEDULE_AHEAD:
        raise Invalid(_("Choose a day within the next two years."), "meetings.time.far", "day")
    if plan.end <= plan.start:
        raise Invalid(_("The end must come after the start."), "meetings.time.inverted", "end")
    zone = ZoneInfo(plan.time_zone)
    starts_at, ends_at = (_instant(plan.day, at, zone, name) for at, name in ((plan.start, "start"), (plan.end, "end")))
    if starts_at <= now:
        raise Invalid(_("This time is over. Choose a later one."), "meetings.time.past", "start")
    if ends_at <= starts_at:  # the autumn clock change can do this
        raise Invalid(_("The end must come after the start."), "meetings.time.inverted", "end")
    return starts_at, ends_at


def _instant(day: date, at: time, zone: ZoneInfo, field_name: str) -> datetime:
    instant = local_to_utc(day, at, zone)
    if instant is None:
        message = _("This hour does not exist on that day: the clocks go forward. Choose another one.")
        raise Invalid(message, "meetings.time.nonexistent", field_name)
    return instant.astimezone(UTC)


def check_joining_url(url: str) -> str:
    """The joining link when it is an ``https`` address of a host; raises ``Invalid`` on ``joining_url``."""
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        good = parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
    except ValueError:  # a port or an address that cannot be read
        good = False
    if not good or len(url) > 500 or any(c.isspace() or c in "<>\"'\\`" for c in url):
        message = _("Give a link that begins with https:// and has at most 500 characters.")
        raise Invalid(message, "meetings.link.wrong", "joining_url")
    return url
