"""Days and terms as the initiative counts them."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.core.dates import (
    GENEVA,
    add_working_days,
    days_between,
    days_overdue,
    geneva_date,
    geneva_midnight,
    local_to_utc,
    one_year_after,
)

DAYS = st.dates(date(2016, 1, 1), date(2060, 12, 31))


@given(DAYS)
def test_a_geneva_day_begins_and_ends_at_its_midnights(day):
    start, end = geneva_midnight(day), geneva_midnight(day + timedelta(days=1))
    assert geneva_date(start) == day
    assert geneva_date(start - timedelta(microseconds=1)) == day - timedelta(days=1)
    assert geneva_date(end - timedelta(microseconds=1)) == day
    assert end - start in (timedelta(hours=23), timedelta(hours=24), timedelta(hours=25))


@given(DAYS)
def test_a_term_is_the_same_day_a_year_later(day):
    end = one_year_after(day)
    assert 365 <= (end - day).days <= 366
    if (day.month, day.day) == (2, 29):
        assert (end.month, end.day) == (3, 1)
    else:
        assert (end.month, end.day) == (day.month, day.day)


@pytest.mark.parametrize("zone", ["Europe/Zurich", "America/Santiago", "Africa/Nairobi", "Pacific/Kiritimati"])
@given(day=DAYS, minute=st.integers(0, 1439))
def test_wall_clock_times_go_to_utc_and_back(zone, day, minute):
    at = time(minute // 60, minute % 60)
    instant = local_to_utc(day, at, ZoneInfo(zone))
    if instant is not None:
        assert instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime.combine(day, at)


def test_an_hour_that_does_not_exist_is_refused():
    assert local_to_utc(date(2027, 3, 28), time(2, 30), GENEVA) is None


def test_an_hour_that_happens_twice_is_its_first():
    assert local_to_utc(date(2027, 10, 31), time(2, 30), GENEVA) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


@given(DAYS, st.integers(0, 60))
def test_working_days_skip_weekends(start, number):
    end = add_working_days(start, number)
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(day.weekday() < 5 for day in between) == number
    assert number == 0 or end.weekday() < 5


@pytest.mark.parametrize(
    ("earlier", "later", "days"),
    [
        (datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 25, 11, tzinfo=UTC), 2),  # 47 hours
        (datetime(2026, 11, 6, 15, tzinfo=UTC), datetime(2026, 11, 25, 9, tzinfo=UTC), 19),
        (datetime(2026, 11, 22, 22, 59, tzinfo=UTC), datetime(2026, 11, 22, 23, 0, tzinfo=UTC), 1),  # Geneva midnight
        (datetime(2026, 11, 25, 9, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC), -2),
        (date(2026, 11, 4), datetime(2026, 11, 25, 9, tzinfo=UTC), 21),
        (date(2026, 11, 4), date(2026, 11, 4), 0),
    ],
)
def test_days_are_counted_by_the_calendar_of_geneva(earlier, later, days):
    assert days_between(earlier, later) == days


@pytest.mark.parametrize(
    ("due_at", "days"),
    [
        (datetime(2026, 11, 21, 15, tzinfo=UTC), 4),
        (geneva_midnight(date(2026, 11, 25)), 1),  # at midnight: due on the day that ends then
        (geneva_midnight(date(2026, 11, 26)), 0),
        (datetime(2026, 11, 26, 9, tzinfo=UTC), -1),
    ],
)
def test_overdue_is_counted_from_the_day_of_the_deadline(due_at, days):
    assert days_overdue(due_at, datetime(2026, 11, 25, 10, tzinfo=UTC)) == days
