"""How instants, days and numbers are written for the reader: their zone and UTC, always with the zone (ux 6.9)."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel.dates import format_date, format_skeleton
from markupsafe import Markup

from u4ssc_gov.core import i18n
from u4ssc_gov.core.dates import days_between
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext

# What people call the zone of the initiative's seat.
_CITY = {"Europe/Zurich": "Geneva", "UTC": "UTC"}


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo:
    """The zone by name; an unknown name reads as Geneva."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("Europe/Zurich")


def city_of(zone: ZoneInfo) -> str:
    """The zone's city: "Europe/Stockholm" reads "Stockholm"."""
    key = zone.key or "UTC"
    return _CITY.get(key, key.rsplit("/", 1)[-1].replace("_", " "))


@lru_cache(maxsize=8192)
def _day_text(day: date, this_year: int, code: str, weekday: bool) -> str:
    locale = i18n.language(code).formatting
    if locale.language == "en":
        text = f"{day.day} {format_date(day, 'MMM', locale=locale)}"
        text = f"{format_date(day, 'EEE', locale=locale)} {text}" if weekday else text
        return text if day.year == this_year else f"{text} {day.year}"
    skeleton = ("MMMEd" if weekday else "MMMd") if day.year == this_year else ("yMMMEd" if weekday else "yMMMd")
    return str(format_skeleton(skeleton, day, locale=locale))


def day_text(day: date, now: datetime, *, weekday: bool = False) -> str:
    """A calendar day, with its year when it is not this one."""
    return _day_text(day, now.year, i18n.current().code, weekday)


def when_text(moment: datetime, zone: ZoneInfo, now: datetime, *, until: datetime | None = None) -> str:
    """ "Thu 26 Nov, 14:00–15:00 Geneva · 13:00–14:00 UTC"; both days when they differ."""
    return _when_text(moment, until, zone, now.year, i18n.current().code)


@lru_cache(maxsize=8192)
def _when_text(moment: datetime, until: datetime | None, zone: ZoneInfo, this_year: int, code: str) -> str:
    local, utc = moment.astimezone(zone), moment.astimezone(UTC)
    first = f"{_day_text(local.date(), this_year, code, True)}, {_span(local, until, zone)} {city_of(zone)}"
    if city_of(zone) == "UTC":
        return first
    second = f"{_span(utc, until, UTC)} UTC"
    if local.date() != utc.date():
        second = f"{_day_text(utc.date(), this_year, code, True)}, {second}"
    return f"{first} · {second}"


def _span(moment: datetime, until: datetime | None, zone: tzinfo) -> str:
    text = f"{moment.hour:02}:{moment.minute:02}"
    if until is None:
        return text
    end = until.astimezone(zone)
    return f"{text}–{end.hour:02}:{end.minute:02}"


def relative_text(moment: datetime, now: datetime) -> str:
    """ "in 4 days", "3 hours ago": always shown next to the exact time."""
    seconds = int((moment - now).total_seconds())
    future, seconds = seconds > 0, abs(seconds)
    if seconds < 60:
        return _("in a moment") if future else _("just now")
    if seconds < 3600:
        count = seconds // 60
        return (
            ngettext("in %(num)s minute", "in %(num)s minutes", count)
            if future
            else ngettext("%(num)s minute ago", "%(num)s minutes ago", count)
        )
    if seconds < 86400:
        count = seconds // 3600
        return (
            ngettext("in %(num)s hour", "in %(num)s hours", count)
            if future
            else ngettext("%(num)s hour ago", "%(num)s hours ago", count)
        )
    # By calendar days, as people count: on a Monday evening, Thursday noon is in three days.
    count = abs(days_between(now, moment))
    return (
        ngettext("in %(num)s day", "in %(num)s days", count)
        if future
        else ngettext("%(num)s day ago", "%(num)s days ago", count)
    )


@lru_cache(maxsize=8192)
def time_tag(text: str, moment: datetime) -> Markup:
    """``<time>`` with the UTC instant for machines."""
    stamp = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Markup('<time datetime="{}">{}</time>').format(stamp, text)


def number_text(value: int) -> str:
    """A whole number with the reader's group separators."""
    separator = "," if i18n.current().formatting.language == "en" else "\u202f"
    return f"{value:,}".replace(",", separator)


def size_text(size: int) -> str:
    """A file size in the unit a reader expects."""
    if size < 1024:
        return _("%(size)s bytes", size=size)
    if size < 1024 * 1024:
        return _("%(size)s KB", size=round(size / 1024))
    return _("%(size)s MB", size=round(size / (1024 * 1024), 1))
