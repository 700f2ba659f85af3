"""Duties as rows of the inbox and of the Secretariat's queue: words for dates, one button, the address."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import url_for

from u4ssc_gov.core import i18n
from u4ssc_gov.core.dates import days_overdue
from u4ssc_gov.core.duty import Duty, DutyKind
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext

WEEK = timedelta(days=7)
_INSTANT = timedelta(microseconds=1)


class Bucket(StrEnum):
    """How soon."""

    OVERDUE = "overdue"
    WEEK = "week"
    LATER = "later"


class DutyRow(NamedTuple):
    """One row: what the inbox and the queue table show, in the order in which their templates name it."""

    key: str
    kind: DutyKind
    bucket: Bucket
    title: str
    url: str
    action: str
    why: str
    clauses: tuple[str, ...]
    due_label: str
    due_small: str
    late: bool
    icon: str
    primary: bool


def make_rows(duties: Iterable[Duty], zone: ZoneInfo, now: datetime, *, primary: bool = True) -> list[DutyRow]:
    """Rows in the given order; with ``primary`` the first one carries the page's primary action."""
    return [_row(duty, zone, now, primary=primary and place == 0) for place, duty in enumerate(duties)]


def _row(duty: Duty, zone: ZoneInfo, now: datetime, *, primary: bool) -> DutyRow:
    label, small = _due_words(duty.due_at, zone, now)
    return DutyRow(
        key=duty.key,
        kind=duty.kind,
        bucket=bucket_of(duty, now),
        title=duty.title,
        url=_address(duty.endpoint, tuple(duty.args.items())),
        action=duty.action,
        why=duty.why,
        clauses=duty.clauses,
        due_label=label,
        due_small=small,
        late=duty.is_overdue(now),
        icon=duty.icon,
        primary=primary,
    )


@lru_cache(maxsize=4096)
def _address(endpoint: str, args: tuple[tuple[str, Any], ...]) -> str:
    """Addresses depend on nothing but the endpoint and what it is given."""
    return url_for(endpoint, **dict(args))


def bucket_of(duty: Duty, now: datetime) -> Bucket:
    """Overdue, within seven days, or later; what has no date comes later."""
    if duty.due_at is None or duty.due_at > now + WEEK:
        return Bucket.LATER
    return Bucket.OVERDUE if duty.due_at <= now else Bucket.WEEK


def _due_words(due_at: datetime | None, zone: ZoneInfo, now: datetime) -> tuple[str, str]:
    if due_at is None:
        return "", ""
    # A duty due at midnight is due on the day that ends then; the day is the reader's, the count is everybody's.
    due_day = (due_at - _INSTANT).astimezone(zone).date()
    days = days_overdue(due_at, now)
    if due_at > now:
        return day_text(due_day, now, weekday=True), _days_ahead(-days)
    late = ngettext("%(num)s day overdue", "%(num)s days overdue", days) if days else _("Overdue")
    return late, _("was due %(day)s", day=day_text(due_day, now))


def _days_ahead(days: int) -> str:
    if days <= 0:
        return _("today")
    return _("tomorrow") if days == 1 else ngettext("in %(num)s day", "in %(num)s days", days)


def buckets(rows: Sequence[DutyRow]) -> list[tuple[str, list[DutyRow]]]:
    """The inbox in its three groups; empty groups are left out."""
    titles = ((Bucket.OVERDUE, _("Overdue")), (Bucket.WEEK, _("Due within 7 days")), (Bucket.LATER, _("Later")))
    found = [(title, [row for row in rows if row.bucket is bucket]) for bucket, title in titles]
    return [(title, members) for title, members in found if members]


def long_day(day: date) -> str:
    """ "Monday 23 November 2026" in the reader's language."""
    return _long_day(day, i18n.current().code)


@lru_cache(maxsize=64)
def _long_day(day: date, _code: str) -> str:
    return str(format_date(day, "full", locale=i18n.current().formatting)).replace(",", "", 1)


def weekday_text(day: date) -> str:
    """ "Thu" in the reader's language."""
    return _weekday_text(day, i18n.current().code)


@lru_cache(maxsize=64)
def _weekday_text(day: date, code: str) -> str:
    return str(format_date(day, "EEE", locale=i18n.language(code).formatting))
