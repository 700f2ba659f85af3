"""Periods, states, seats and reminder steps of a tenure, against models written another way."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.charter.rules import HOUSE
from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.core.dates import one_year_after
from u4ssc_gov.tenures import rules
from u4ssc_gov.tenures.rules import Route, TenureState

DAY = timedelta(days=1)
START = date(2026, 1, 1)
days = st.integers(0, 400).map(lambda n: START + n * DAY)


def test_the_renewal_question_is_put_when_the_house_says():
    assert rules.RENEWAL_ASKED_DAYS == HOUSE.renewal_asked_days == max(rules.REMINDER_STEPS)


@pytest.mark.parametrize(
    ("today", "state"),
    [
        (date(2025, 12, 31), TenureState.SCHEDULED),
        (date(2026, 1, 1), TenureState.IN_OFFICE),
        (date(2026, 12, 1), TenureState.IN_OFFICE),
        (date(2026, 12, 2), TenureState.ENDING),
        (date(2026, 12, 31), TenureState.ENDING),
        (date(2027, 1, 1), TenureState.ENDED),
    ],
)
def test_state_follows_from_the_day(today, state):
    assert rules.state_of(START, date(2027, 1, 1), today) is state


@given(days, days, days)
def test_a_day_has_one_state_and_only_a_held_office_is_in_office_or_ending(one, other, today):
    starts_on, ends_on = min(one, other), max(one, other)
    held = today in {starts_on + n * DAY for n in range((ends_on - starts_on).days)}
    state = rules.state_of(starts_on, ends_on, today)
    assert (state in (TenureState.IN_OFFICE, TenureState.ENDING)) is held


@pytest.mark.parametrize(
    ("ends_on", "expected"),
    [
        (date(2026, 12, 9), date(2027, 12, 9)),
        (date(2027, 2, 28), date(2028, 2, 28)),
        (date(2027, 3, 1), date(2028, 3, 1)),
        (date(2028, 2, 29), date(2029, 3, 1)),
    ],
)
def test_the_next_term_is_the_year_from_the_day_the_last_one_ends(ends_on, expected):
    assert rules.next_term(ends_on) == (ends_on, expected)


def test_a_term_from_29_february_ends_before_1_march():
    assert one_year_after(date(2028, 2, 29)) == date(2029, 3, 1)
    assert rules.state_of(date(2028, 2, 29), date(2029, 3, 1), date(2029, 2, 28)) is TenureState.ENDING
    assert rules.state_of(date(2028, 2, 29), date(2029, 3, 1), date(2029, 3, 1)) is TenureState.ENDED


@pytest.mark.parametrize(
    ("kind", "route", "is_open"),
    [
        (OfficeKind.CO_CHAIR, Route.BOARD_DECISION, True),
        (OfficeKind.CO_CHAIR, Route.CONSULTATION, False),
        (OfficeKind.CO_CHAIR, Route.ANNUAL_MEETING, True),
        (OfficeKind.VICE_CHAIR, Route.BOARD_DECISION, True),
        (OfficeKind.VICE_CHAIR, Route.CONSULTATION, False),
        (OfficeKind.VICE_CHAIR, Route.ANNUAL_MEETING, True),
        (OfficeKind.IP_LEADER, Route.BOARD_DECISION, False),
        (OfficeKind.IP_LEADER, Route.CONSULTATION, True),
        (OfficeKind.IP_LEADER, Route.ANNUAL_MEETING, True),
        (OfficeKind.LEADER, Route.BOARD_DECISION, False),
        (OfficeKind.LEADER, Route.CONSULTATION, True),
        (OfficeKind.LEADER, Route.ANNUAL_MEETING, True),
    ],
)
def test_each_office_is_filled_by_its_own_act(kind, route, is_open):
    assert rules.is_route_open(kind, route) is is_open


@given(days, days, days, days)
def test_overlap_means_a_shared_day(a, b, c, d):
    one = {a + n * DAY for n in range((b - a).days)}
    other = {c + n * DAY for n in range((d - c).days)}
    assert rules.overlap(a, b, c, d) is bool(one & other)


@given(st.integers(1, 3), st.lists(st.tuples(st.integers(1, 3), days, days), max_size=6), days, st.integers(0, 4))
def test_a_free_seat_is_free_on_every_day_and_found_when_there_is_one(seats, taken, starts_on, preferred):
    ends_on = one_year_after(starts_on)

    def is_free(seat):
        wanted = {starts_on + n * DAY for n in range((ends_on - starts_on).days)}
        return not any(t[0] == seat and t[1] + n * DAY in wanted for t in taken for n in range((t[2] - t[1]).days))

    found = rules.free_seat(seats, taken, starts_on, ends_on, preferred=preferred)
    free = [seat for seat in range(1, seats + 1) if is_free(seat)]
    if preferred in free:
        assert found == preferred
    else:
        assert found == (min(free) if free else None)


@pytest.mark.parametrize(
    ("left", "step"), [(61, None), (60, 60), (31, 60), (30, 30), (15, 30), (14, 14), (8, 14), (7, 7), (1, 7), (0, None)]
)
def test_only_the_latest_reminder_reached_is_due(left, step):
    assert rules.reminder_step(left) == step
