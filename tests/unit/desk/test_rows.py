"""Duties as rows: groups, words for dates, boundary instants."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.clock import T0
from u4ssc_gov.core.actor import HeldOffice, OfficeKind
from u4ssc_gov.core.dates import geneva_midnight
from u4ssc_gov.core.duty import Duty, DutyKind, Holder, HolderKind
from u4ssc_gov.desk import homes, rows
from u4ssc_gov.desk.rows import Bucket

GENEVA = ZoneInfo("Europe/Zurich")
SECOND = timedelta(seconds=1)


def _duty(due_at):
    return Duty("k", DutyKind.MINUTES, Holder(HolderKind.SECRETARIAT), (), "T", "", "Do", "x.y", due_at=due_at)


@pytest.mark.parametrize(
    ("due_at", "bucket"),
    [
        (T0 - SECOND, Bucket.OVERDUE),
        (T0, Bucket.OVERDUE),
        (T0 + SECOND, Bucket.WEEK),
        (T0 + timedelta(days=7), Bucket.WEEK),
        (T0 + timedelta(days=7) + SECOND, Bucket.LATER),
        (None, Bucket.LATER),
    ],
)
def test_groups_at_their_boundaries(due_at, bucket):
    assert rows.bucket_of(_duty(due_at), T0) is bucket


@pytest.mark.parametrize(
    ("due_at", "label", "small"),
    [
        (None, "", ""),
        (T0 - timedelta(days=4), "4 days overdue", "was due 19 Nov"),
        (T0 - timedelta(days=1), "1 day overdue", "was due 22 Nov"),
        (T0 - SECOND, "Overdue", "was due 23 Nov"),
        (geneva_midnight(date(2026, 11, 24)), "Mon 23 Nov", "today"),
        (geneva_midnight(date(2026, 11, 25)), "Tue 24 Nov", "tomorrow"),
        (geneva_midnight(date(2027, 1, 1)), "Thu 31 Dec", "in 38 days"),
    ],
)
def test_words_for_a_date(due_at, label, small):
    assert rows._due_words(due_at, GENEVA, T0) == (label, small)


def test_a_long_day():
    assert rows.long_day(date(2026, 11, 23)) == "Monday 23 November 2026"


@pytest.mark.parametrize(
    ("today", "left", "percent"),
    [(date(2025, 12, 14), 364, 0), (date(2026, 11, 23), 20, 94), (date(2026, 12, 13), 0, 99)],
)
def test_a_tenure_counts_its_days_to_the_last_one(today, left, percent):
    office = HeldOffice(1, 1, OfficeKind.LEADER, "Leader", 1, date(2025, 12, 14), date(2026, 12, 14))
    card = homes.tenure_card(office, today)
    assert (card.days_left, card.percent, card.last_day) == (left, percent, date(2026, 12, 13))
