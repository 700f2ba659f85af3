"""Plans and entries (¶20d, ¶22, ¶23a)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.core.errors import Invalid, RuleViolation
from u4ssc_gov.plan import rules
from u4ssc_gov.plan.rules import EntryDraft

GOOD = EntryDraft("Webinar", "c", "ITU", "Two webinars", "May")
LETTERS = frozenset("abc")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"expected_result": ""}, "expected_result"),
        ({"expected_result": "x" * 601}, "expected_result"),
        ({"lead": "x" * 201}, "lead"),
        ({"period": "x" * 61}, "period"),
        ({"objective": "z"}, "objective"),
        ({"objective": ""}, "objective"),
    ],
)
def test_an_entry_that_lacks_something_is_refused(changes, field):
    rules.check_entry(GOOD, LETTERS)
    with pytest.raises(Invalid) as refused:
        rules.check_entry(replace(GOOD, **changes), LETTERS)
    assert refused.value.field == field


@given(st.integers(-(10**12), 10**12))
def test_only_years_the_initiative_can_plan(year):
    if 2016 <= year <= 2100:
        rules.check_year(year)
    else:
        with pytest.raises(Invalid):
            rules.check_year(year)


def test_an_adopted_plan_does_not_change():
    rules.check_draft(is_adopted=False, year=2027)
    with pytest.raises(RuleViolation):
        rules.check_draft(is_adopted=True, year=2027)


@given(st.dates(date(2016, 1, 1), date(2099, 12, 31)))
def test_days_left_count_down_to_the_last_day_of_the_year_before(today):
    left = rules.days_left(today.year + 1, today)
    assert today + timedelta(days=left) == date(today.year, 12, 31)
