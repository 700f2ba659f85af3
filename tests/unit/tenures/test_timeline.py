"""The timeline's window, bars and words."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.tenures import timeline
from u4ssc_gov.tenures.queries import Seat, Term
from u4ssc_gov.tenures.rules import EndReason, Route

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TODAY = date(2026, 11, 23)


def term(starts_on, ends_on, name="Leader 1", person_id=1, **more):
    values = {
        "end_reason": None, "basis": "", "nominated_by_id": None, "renewal_id": None, "renewal_asked_at": None,
        "renewal_starts_on": None, "renewal_ends_on": None, "renewal_closed_at": None, **more,
    }  # fmt: skip
    return Term(
        id=1, seat=1, person_id=person_id, name=name, organisation="", starts_on=starts_on, ends_on=ends_on,
        route=Route.CONSULTATION, **values,
    )  # fmt: skip


def seat(*terms, empty_since=None):
    return Seat(1, "Leader, City platforms", OfficeKind.LEADER, 1, 1, terms, empty_since)


def view(*terms, empty_since=None):
    return timeline.view_of(seat(*terms, empty_since=empty_since), timeline.window_around(TODAY), NOW, {7: "FAO"})


def test_the_window_spans_ten_quarters_with_today_in_the_sixth():
    window = timeline.window_around(TODAY)
    assert (window.starts_on, window.ends_on) == (date(2025, 7, 1), date(2028, 1, 1))
    assert window.labels == ["Q3", "Q4", "2026", "Q2", "Q3", "Q4", "2027", "Q2", "Q3", "Q4"]
    assert window.at(TODAY) == pytest.approx(55.9, abs=0.3)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)), st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_today_is_always_in_sight_and_no_bar_leaves_the_picture(today, other):
    window = timeline.window_around(today)
    assert window.starts_on <= today < window.ends_on
    assert len(window.labels) == 10
    assert 0 <= window.at(other) <= 100


def test_a_tenure_near_its_end_is_amber_and_can_be_renewed():
    shown = view(term(date(2025, 12, 9), date(2026, 12, 9), nominated_by_id=7))
    assert (shown.rag, shown.state, shown.is_renewable) == ("risk", "15 days left", True)
    assert shown.under == "Leader, City platforms · nominated by FAO"
    (bar,) = shown.bars
    assert (bar.kind, bar.label) == ("soon", "9 Dec 2025 – 8 Dec 2026")


@pytest.mark.parametrize(
    ("ends_on", "state", "rag", "renewable"),
    [
        (date(2026, 11, 24), "Ends today", "risk", True),
        (date(2026, 11, 25), "1 day left", "risk", True),
        (date(2026, 12, 23), "29 days left", "risk", True),
        (date(2026, 12, 24), "30 days left", "ok", True),
        (date(2027, 1, 22), "59 days left", "ok", True),
        (date(2027, 1, 23), "60 days left", "ok", False),
    ],
)
def test_the_question_opens_sixty_days_before_the_end(ends_on, state, rag, renewable):
    shown = view(term(ends_on - timedelta(days=365), ends_on))
    assert (shown.state, shown.rag, shown.is_renewable) == (state, rag, renewable)


def test_an_asked_renewal_is_drawn_hatched_and_not_asked_again():
    asked = {
        "renewal_id": 3, "renewal_asked_at": datetime(2026, 11, 20, 23, 30, tzinfo=UTC),
        "renewal_starts_on": date(2026, 12, 14), "renewal_ends_on": date(2027, 12, 14),
    }  # fmt: skip
    shown = view(term(date(2025, 12, 14), date(2026, 12, 14), **asked))
    assert [bar.kind for bar in shown.bars] == ["soon", "prop"]
    assert shown.small == "renewal asked 21 Nov"  # the day in Geneva
    assert (shown.is_renewable, shown.is_asked) == (False, True)
    closed = view(term(date(2025, 12, 14), date(2026, 12, 14), **asked, renewal_closed_at=NOW))
    assert (closed.small, closed.is_asked, closed.is_renewable) == ("not renewed", False, False)


def test_a_successor_is_named_and_a_renewed_holder_too():
    now = term(date(2026, 1, 24), date(2027, 1, 24))
    other = view(now, term(date(2027, 1, 24), date(2028, 1, 24), name="Leader 2", person_id=2))
    assert (other.small, other.is_renewable) == ("Leader 2 follows", False)
    same = view(now, term(date(2027, 1, 24), date(2028, 1, 24)))
    assert same.small == "renewed to 23 Jan 2028"


def test_a_vacant_seat_says_since_when():
    gone = term(date(2026, 1, 20), date(2026, 11, 3), name="Leader 9", end_reason=EndReason.RESIGNED)
    shown = view(gone, empty_since=date(2026, 11, 3))
    assert (shown.name, shown.state, shown.small, shown.rag) == (
        "Vacant",
        "Vacant",
        "for 20 days; Leader 9 resigned 2 Nov",
        "late",
    )
    assert [(bar.kind, bar.label) for bar in shown.bars] == [("past", "Leader 9, resigned 2 Nov"), ("vac", "vacant")]
    assert view().small == "never filled"
    coming = view(gone, term(date(2026, 12, 1), date(2027, 12, 1), name="Leader 5"), empty_since=date(2026, 11, 3))
    assert coming.small == "Leader 5 from 1 Dec"
    assert [bar.kind for bar in coming.bars] == ["past", "prop", "vac"]


@pytest.mark.parametrize(
    ("name", "label"),
    [("Leader 1", "Leader 1"), ("A name that is longer than the bar of a year is wide", "")],
)
def test_a_label_that_does_not_fit_is_left_out_and_said_in_full(name, label):
    shown = view(term(date(2025, 9, 1), date(2026, 9, 1), name=name))
    assert shown.bars[0].label == label
    assert shown.bars[0].words.startswith(name)


def test_the_tiles_count_by_the_last_day_in_office_over_the_turn_of_the_year():
    ends = (date(2026, 12, 9), date(2027, 1, 2), date(2027, 1, 22), date(2027, 1, 23))
    seats = [seat(term(day - timedelta(days=365), day)) for day in ends]
    figures = timeline.Figures.of(seats, TODAY)
    assert (figures.ending, figures.more_soon) == (1, 2)
