"""Dates as the initiative counts them: Geneva days, half-open periods, one-year terms (¶34)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

GENEVA = ZoneInfo("Europe/Zurich")


def geneva_date(now: datetime) -> date:
    """The calendar day in Geneva at an instant: the day that tenures and mandates are read against."""
    return now.astimezone(GENEVA).date()


def geneva_midnight(day: date) -> datetime:
    """The UTC instant at which a Geneva day begins."""
    return datetime.combine(day, time.min, GENEVA).astimezone(UTC)


def one_year_after(start: date) -> date:
    """The first day after a one-year term starting on ``start`` (¶34). One from 29 February ends before 1 March."""
    try:
        return start.replace(year=start.year + 1)
    except ValueError:  # 29 February
        return date(start.year + 1, 3, 1)


def local_to_utc(day: date, at: time, zone: ZoneInfo) -> datetime | None:
    """The UTC instant of a wall-clock time, or ``None`` for an hour that does not exist (spring clock change).

    An hour that happens twice in autumn is read as its first occurrence.
    """
    local = datetime.combine(day, at, zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        return None
    return instant


def days_between(earlier: date, later: date) -> int:
    """The days from one day or instant to another, as people count them: Geneva calendar days, whatever the hour.

    The one rule for every number of days that is shown: from Monday evening to Thursday noon it is three.
    """
    return (_day_of(later) - _day_of(earlier)).days


def last_day_before(due_at: datetime) -> date:
    """The Geneva day on which a deadline falls; one at midnight falls on the day that ends then."""
    return geneva_date(due_at - timedelta(microseconds=1))


def days_overdue(due_at: datetime, now: datetime) -> int:
    """Days since the day of a deadline, by the rule of ``days_between``; negative before it."""
    return days_between(last_day_before(due_at), now)


def _day_of(moment: date) -> date:
    return geneva_date(moment) if isinstance(moment, datetime) else moment


def add_working_days(start: date, days: int) -> date:
    """The day ``days`` working days (Monday to Friday) after ``start``."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            days -= 1
    return day
