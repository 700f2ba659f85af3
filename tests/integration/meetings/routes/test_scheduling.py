"""E-meetings are scheduled, cancelled, listed, and put into a calendar."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.integration.meetings.routes.helpers import MEETING, world_officer
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.meetings.models import Meeting
from u4ssc_gov.meetings.rules import (
    MeetingKind,
)

NEW = "/deliverables/D-26-04/e-meetings/new"


GOOD = {
    "title": "Chapter 5", "day": "2026-12-03", "start": "14:00", "end": "15:00", "time_zone": "Europe/Zurich",
    "joining_url": "https://meet.example.org/j", "agenda": "Opening",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"day": ""}, "Give the day."),
        ({"day": "soon"}, "Not a valid date value."),
        ({"start": "25:00"}, "Not a valid time value."),
        ({"end": "13:00"}, "The end must come after the start."),
        ({"day": "2026-11-20"}, "This day is over."),
        ({"day": "9999-12-31"}, "Choose a day within the next two years."),
        ({"day": "0001-01-01"}, "This day is over."),
        ({"day": "2027-03-28", "start": "02:30", "end": "04:00"}, "This hour does not exist"),
        ({"time_zone": "Mars/Olympus"}, "Choose a time zone from the list."),
        ({"time_zone": ""}, "Choose a time zone from the list."),
        ({"title": "x" * 201}, "Use at most 200 characters."),
        ({"joining_url": "http://meet.example.org"}, "Give a link that begins with https://"),
        ({"joining_url": "https://" + "x" * 600}, "Use at most 500 characters."),
        ({"agenda": "\n".join(["x"] * 61)}, "Put at most 60 items on the agenda."),
        ({"agenda": "x | y | z"}, "Line 1 of the agenda"),
    ],
)
def test_a_schedule_is_refused_with_the_reason_and_keeps_what_was_typed(change, words, place, sign_in, runtime):
    answer = sign_in(place.leader).send(NEW, {**GOOD, **change})
    assert answer.status_code == 422
    assert words in answer.text.replace("&#39;", "'")
    if "agenda" not in change:
        assert "Opening</textarea>" in answer.text
    with runtime.database.read() as session:
        assert session.scalar(select(func.count(Meeting.id))) == 1


def test_a_double_click_schedules_once(place, sign_in, runtime):
    browser = sign_in(place.leader)
    first, second = (browser.send(NEW, GOOD) for _n in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    again = browser.send(NEW, {**GOOD, "title": "Something else"})
    assert again.status_code == 422
    assert "E-meeting 8 takes place at that time." in again.text
    with runtime.database.read() as session:
        assert session.scalar(select(func.count(Meeting.id))) == 2


def test_published_work_takes_no_e_meetings(place, sign_in, session):
    place.deliverable.stage = Stage.PUBLISHED
    session.add(place.deliverable)
    session.commit()
    answer = sign_in(place.leader).send(NEW, GOOD)
    assert answer.status_code == 422
    assert "D-26-04 is finished." in answer.text


def test_an_e_meeting_is_cancelled_before_and_not_held_after(place, sign_in, clock):
    browser = sign_in(place.leader)
    browser.send(NEW, GOOD)
    coming = "/deliverables/D-26-04/e-meetings/8"
    assert browser.send(f"{coming}/not-held", {"reason": "Nobody"}).status_code == 422
    assert browser.send(f"{coming}/cancel", {"reason": " "}).status_code == 422
    assert browser.send(f"{coming}/cancel", {"reason": "x" * 601}).status_code == 422
    assert browser.send(f"{coming}/cancel", {"reason": "The presenter is ill."}).status_code == 303
    page = browser.get(coming).text
    assert "This e-meeting was cancelled." in page
    assert "The presenter is ill." in page
    assert "STATUS:CANCELLED" in browser.get(f"{coming}.ics").text
    assert browser.send(f"{MEETING}/cancel", {"reason": "Late"}).status_code == 422
    assert browser.send(f"{MEETING}/not-held", {"reason": "Nobody came."}).status_code == 303
    assert "It owes no minutes." in browser.get(MEETING).text
    refused = browser.send(f"{MEETING}/minutes")
    assert refused.location.endswith("/e-meetings/7")
    assert "did not take place" in browser.get(MEETING).text


def test_a_calendar_file_cannot_be_broken_by_a_title(world, place, sign_in):
    browser = sign_in(place.leader)
    browser.send(NEW, {**GOOD, "agenda": "Opening;X-EVIL:1\\nBEGIN:VEVENT\nSecond, item"})
    text = browser.get("/deliverables/D-26-04/e-meetings/8.ics").text
    unfolded = text.replace("\r\n ", "")
    lines = unfolded.split("\r\n")
    assert lines.count("BEGIN:VEVENT") == 1
    assert not any(line.startswith("X-") for line in lines)
    assert "TZID:Europe/Zurich" in lines
    assert "DTSTART;TZID=Europe/Zurich:20261203T140000" in lines


def test_meetings_of_the_initiative_are_read_only(world, place, sign_in, session):
    held = world.now - timedelta(days=400)
    annual = Meeting(
        kind=MeetingKind.ANNUAL, title="=HYPERLINK(1)", starts_at=held, ends_at=held, is_date_only=True, place="Geneva",
        source="A public page", scheduled_at=world.now, outcome_note="Two groups introduced.",
    )  # fmt: skip
    session.add(annual)
    world.commit()
    browser = sign_in(world_officer(world))
    page = browser.get(f"/meetings/{annual.id}").text
    assert "Two groups introduced." in page
    assert "Write minutes" not in page
    assert browser.get(f"/meetings/{place.meeting.id}").location.endswith(MEETING)
    rows = list(csv.reader(io.StringIO(browser.get("/meetings.csv?when=past").text.lstrip("\ufeff"))))
    assert [row[6] for row in rows[1:]] == ["E-meeting 7", "'=HYPERLINK(1)"]


def test_filters_of_the_list(world, place, sign_in, minutes):
    outside = world.deliverable(code="D-26-99")
    world.meeting(outside, number=1)
    officer = world_officer(world)
    browser = sign_in(officer)
    both = browser.get("/meetings?when=past").text
    assert "D-26-04" in both
    assert "D-26-99" in both
    assert "D-26-99" not in sign_in(place.leader).get("/meetings?when=past").text
    assert "D-26-04" not in browser.get("/meetings?when=past&mine=1").text
    assert "D-26-04" in sign_in(place.expert).get("/meetings?when=past&mine=1").text
    assert "D-26-04" in browser.get("/meetings?when=past&without_minutes=1").text
    assert "D-26-99" not in browser.get("/meetings?when=past&deliverable=D-26-04").text
    assert "No meeting matches" in browser.get("/meetings?when=past&kind=annual").text
