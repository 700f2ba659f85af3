"""Who sees which page of an e-meeting and its minutes."""

from __future__ import annotations

from datetime import timedelta

from tests.integration.meetings.routes.helpers import AUTOSAVE, EDIT, JSON, MEETING
from u4ssc_gov.deliverables.rules import Stage


def cast(world, place):
    """Everybody the visibility table names."""
    people = {
        "leader": place.leader,
        "other leader": world.leader(world.group("Another group")),
        "contributor": place.expert,
        "board": world.mandate("WMO"),
        "chair": world.co_chair(),
        "secretariat": world.officer(),
        "participant": world.participant(),
    }
    world.commit()
    return people


VISIBLE = {
    #                  meeting  ics  edit  check  filed minutes  new
    "leader": (200, 200, 303, 303, 200, 200),
    "secretariat": (200, 200, 303, 303, 200, 200),
    "contributor": (200, 200, 403, 403, 200, 403),
    "board": (200, 200, 403, 403, 200, 403),
    "chair": (200, 200, 403, 403, 200, 403),
    "other leader": (404, 404, 404, 404, 404, 404),
    "participant": (404, 404, 404, 404, 404, 404),
}


PAGES = (
    MEETING,
    f"{MEETING}.ics",
    EDIT,
    "/deliverables/D-26-04/minutes/7/check",
    "/deliverables/D-26-04/minutes/7",
    "/deliverables/D-26-04/e-meetings/new",
)


def test_who_sees_what(world, place, sign_in, filed):
    for role, person in cast(world, place).items():
        browser = sign_in(person)
        assert tuple(browser.get(url).status_code for url in PAGES) == VISIBLE[role], role
        listed = "D-26-04" in browser.get("/meetings?when=past").text
        assert listed == (VISIBLE[role][0] == 200), role
        assert ("D-26-04" in browser.get("/meetings.csv?when=past").text) == listed, role


def test_a_draft_is_for_its_writers_only(world, place, sign_in, minutes):
    for role, person in cast(world, place).items():
        browser = sign_in(person)
        assert browser.get("/deliverables/D-26-04/minutes/7").status_code == 404
        assert ("Minutes: draft" in browser.get(MEETING).text) == (role in ("leader", "secretariat")), role


def test_who_may_write(world, place, sign_in):
    for role, person in cast(world, place).items():
        expected = 303 if role in ("leader", "secretariat") else 404 if VISIBLE[role][0] == 404 else 403
        browser = sign_in(person)
        assert browser.send(f"{MEETING}/minutes").status_code == expected, role
        assert browser.send(EDIT).status_code == expected, role
        assert browser.send(AUTOSAVE).status_code == (200 if expected == 303 else expected), role
        if expected != 303:
            assert browser.send("/deliverables/D-26-04/minutes/7/file").status_code == expected, role
            assert browser.send(f"{MEETING}/not-held", {"reason": "No"}).status_code == expected, role
            assert browser.send("/deliverables/D-26-04/e-meetings/new", {}).status_code == expected, role


def test_visitors_are_sent_to_sign_in(client, place, minutes):
    for url in (*PAGES, "/meetings", "/meetings/1"):
        assert client.get(url).status_code == 303
    assert client.send(AUTOSAVE, headers=JSON).status_code == 401


def test_published_work_shows_its_meetings_but_not_the_joining_link(world, place, sign_in, session):
    place.deliverable.stage = Stage.PUBLISHED
    place.meeting.joining_url = "https://meet.example.org/secret"
    place.meeting.starts_at = world.now + timedelta(days=1)
    place.meeting.ends_at = world.now + timedelta(days=1, hours=1)
    session.add(place.meeting)
    outsider = world.participant()
    world.commit()
    browser = sign_in(outsider)
    assert browser.get(MEETING).status_code == 200
    assert "meet.example.org" not in browser.get(MEETING).text + browser.get(f"{MEETING}.ics").text
    assert "meet.example.org" in sign_in(place.expert).get(MEETING).text
    assert "meet.example.org" in sign_in(place.expert).get(f"{MEETING}.ics").text
