"""Stages, completeness, numbers and days of a request, against tables written independently of the rules (¶10)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.evaluations import rules
from u4ssc_gov.evaluations.rules import LetterFrom, RequestParts, RequestStage, Section

# Written from the issue, not from the code: what may follow what.
ALLOWED = {
    ("received", "screening"), ("received", "declined"), ("received", "withdrawn"),
    ("screening", "waiting"), ("screening", "declined"), ("screening", "withdrawn"),
    ("waiting", "scheduled"), ("waiting", "declined"), ("waiting", "withdrawn"),
    ("scheduled", "under_way"), ("scheduled", "waiting"), ("scheduled", "withdrawn"),
    ("under_way", "completed"), ("under_way", "withdrawn"),
}  # fmt: skip


@given(st.sampled_from(RequestStage), st.sampled_from(RequestStage))
def test_the_moves_are_those_of_the_table(came_from, to):
    assert (to in rules.next_stages(came_from)) == ((came_from.value, to.value) in ALLOWED)


@given(st.lists(st.sampled_from(RequestStage), max_size=12))
def test_whatever_is_tried_nobody_is_evaluated_without_screening_and_waiting(tries):
    stage, seen = RequestStage.RECEIVED, [RequestStage.RECEIVED]
    for to in tries:
        if to in rules.next_stages(stage):
            stage = to
            seen.append(to)
    if RequestStage.UNDER_WAY in seen:
        before = seen[: seen.index(RequestStage.UNDER_WAY)]
        assert {RequestStage.SCREENING, RequestStage.WAITING, RequestStage.SCHEDULED} <= set(before)
    if stage in (RequestStage.COMPLETED, RequestStage.DECLINED, RequestStage.WITHDRAWN):
        assert rules.next_stages(stage) == ()


def _parts(city="Brenvik", code="NO", people=142_000, name="City focal point", mail="a@example.org",
           letter=LetterFrom.MAYOR, percent=88):  # fmt: skip
    return RequestParts(city, code, people, name, mail, letter, percent)


@given(
    st.sampled_from(["", "Brenvik"]), st.sampled_from(["", "NO"]), st.sampled_from([None, 1]),
    st.sampled_from(["", "X"]), st.sampled_from(["", "a@example.org"]), st.sampled_from(LetterFrom),
    st.sampled_from([None, 0, 100]),
)  # fmt: skip
def test_what_is_missing(city, code, people, name, mail, letter, percent):
    missing = rules.missing_parts(_parts(city, code, people, name, mail, letter, percent))
    assert (Section.CITY in missing) == (not city or not code or people is None)
    assert (Section.CONTACT in missing) == (not name or not mail)
    assert (Section.DATA in missing) == (percent is None)  # none at all, 0 per cent, is an answer
    assert Section.LETTER not in missing
    assert Section.SUPPORT not in missing


@pytest.mark.parametrize("stage", RequestStage)
def test_a_draft_is_all_open_and_later_only_what_is_missing(stage):
    lacking = _parts(letter=LetterFrom.NONE, percent=None)
    expected = {
        RequestStage.DRAFT: tuple(Section),
        RequestStage.RECEIVED: (Section.DATA, Section.LETTER),
        RequestStage.SCREENING: (Section.LETTER,),
    }.get(stage, ())
    assert rules.open_sections(stage, lacking) == expected
    assert rules.open_sections(stage, _parts()) == (tuple(Section) if stage is RequestStage.DRAFT else ())


@pytest.mark.parametrize(
    ("year", "number", "reference"),
    [(2026, 7, "E-26-07"), (2026, 112, "E-26-112"), (2030, 1, "E-30-01"), (2005, 1, "E-05-01")],
)
def test_references(year, number, reference):
    assert rules.reference_of(year, number) == reference


@pytest.mark.parametrize(
    ("asked", "last_day"),
    [
        (datetime(2026, 11, 23, 9, tzinfo=UTC), date(2026, 11, 30)),  # Monday to Monday
        (datetime(2026, 11, 20, 9, tzinfo=UTC), date(2026, 11, 27)),  # Friday to Friday
        (datetime(2026, 11, 21, 9, tzinfo=UTC), date(2026, 11, 27)),  # Saturday counts from Monday
        (datetime(2026, 11, 20, 23, 30, tzinfo=UTC), date(2026, 11, 27)),  # Saturday already in Geneva
    ],
)
def test_screening_ends_with_the_fifth_working_day_in_geneva(asked, last_day):
    due = rules.screening_due(asked)
    assert rules.screening_day(asked) == last_day
    assert due == datetime(last_day.year, last_day.month, last_day.day, 23, tzinfo=UTC)  # winter: midnight is 23:00


def test_an_answer_is_due_ten_days_after_the_last_word():
    asked = datetime(2026, 11, 1, tzinfo=UTC)
    assert rules.answer_due(asked, None) == asked + timedelta(days=10)
    assert rules.answer_due(asked, asked + timedelta(days=4)) == asked + timedelta(days=14)


@given(st.text(max_size=6000))
def test_a_summary_fits_its_column_on_one_line(text):
    short = rules.summary_of(text)
    assert len(short) <= 120
    assert "\n" not in short


def test_a_summary_is_the_first_sentence():
    assert rules.summary_of("Place 3 in line. We write again.") == "Place 3 in line."
    assert rules.summary_of("No full stop") == "No full stop"


@pytest.mark.parametrize(
    ("day", "possible"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 24), False),
        (date(2016, 1, 1), True),
        (date(2015, 12, 31), False),
        (date(9999, 12, 31), False),
    ],
)
def test_dates_a_letter_can_bear(day, possible):
    assert rules.is_asked_on_possible(day, datetime(2026, 11, 23, 9, tzinfo=UTC)) is possible
