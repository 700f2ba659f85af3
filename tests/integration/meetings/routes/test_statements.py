"""The pages take the same statements however long they are."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.meetings.routes.helpers import EDIT, MEETING
from u4ssc_gov.charter.rules import HOUSE
from u4ssc_gov.meetings import queries, services
from u4ssc_gov.meetings.models import AgendaItem
from u4ssc_gov.meetings.rules import (
    MinutesDraft,
    NewOutcome,
    OutcomeKind,
    minutes_due_at,
)


def grow(session, world, place, minutes, actor, clock):
    """58 more items, 58 outcomes, 60 people and 60 more meetings."""
    for position in range(3, 61):
        session.add(AgendaItem(meeting_id=place.meeting.id, position=position, title=f"Item {position}"))
    session.flush()
    ids = queries.list_agenda_ids(session, place.meeting.id)
    from u4ssc_gov.meetings.models import Note

    for item_id in ids[2:]:
        session.add(Note(minutes_id=minutes.id, agenda_item_id=item_id, saved_at=clock.now()))
    session.flush()
    new = tuple(NewOutcome(item_id, OutcomeKind.ACTION, "Do", "Somebody", "2026-12-04") for item_id in ids)
    people = tuple((f"Guest {number}", "ITU") for number in range(60))
    draft = MinutesDraft(new_outcomes=new, new_people=people)
    services.save_minutes(session, minutes, draft, actor=actor, now=clock.now())
    for number in range(8, 68):
        world.meeting(place.deliverable, number=number, ended_days_ago=2 + number)
    session.commit()


def test_pages_take_the_same_statements_however_long_they_are(
    world, place, minutes, sign_in, session, actor_of, clock, count_statements
):
    browser = sign_in(place.leader)
    actor = actor_of(place.leader)
    expected = {
        "/meetings?when=past": 3, "/meetings.csv?when=past": 2, MEETING: 4, EDIT: 6,
        "/deliverables/D-26-04/minutes/7/check": 6,
    }  # fmt: skip

    def measure():
        found = {}
        for url in expected:
            with count_statements() as seen:
                assert browser.get(url).status_code == 200
            found[url] = len(seen)
        return found

    assert measure() == expected
    grow(session, world, place, minutes, actor, clock)
    assert measure() == expected


def test_filed_minutes_take_six_statements(filed, place, sign_in, count_statements):
    browser = sign_in(place.expert)
    with count_statements() as seen:
        assert browser.get("/deliverables/D-26-04/minutes/7").status_code == 200
    assert len(seen) == 6


def test_home_and_the_page_of_the_e_meeting_count_the_same_days(place, sign_in, clock):
    """Due in the afternoon and read in the morning four days later: by the calendar, not by the hour."""
    due_at = minutes_due_at(place.meeting.ends_at, HOUSE.minutes_due_days)  # at ten in Geneva
    clock.set(due_at + timedelta(days=3, hours=23))
    browser = sign_in(place.leader)
    for page in ("/home", MEETING):
        assert "4 days overdue" in browser.get(page).text, page
