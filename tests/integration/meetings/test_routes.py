"""Pages of meetings and minutes: who sees what, hostile input, conflicts, autosave, statements (¶26d, ¶26e, ¶38)."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.integration.meetings.conftest import note
from u4ssc_gov.charter.rules import HOUSE
from u4ssc_gov.core.dates import geneva_midnight
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.meetings import queries, services
from u4ssc_gov.meetings.models import AgendaItem, Meeting, Minutes, NoteRevision
from u4ssc_gov.meetings.rules import (
    MeetingKind,
    MinutesDraft,
    NewOutcome,
    NoteEdit,
    OutcomeKind,
    Presence,
    PresenceEdit,
    minutes_due_at,
)

MEETING = "/deliverables/D-26-04/e-meetings/7"
EDIT = "/deliverables/D-26-04/minutes/7/edit"
AUTOSAVE = "/deliverables/D-26-04/minutes/7/autosave"
JSON = {"Accept": "application/json"}
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](https://tracker.example/pixel.png)",
    "<svg/onload=alert(1)>",
    "[a](https://ok.example 'x\" onmouseover=\"alert(1)')",
    "</textarea><script>alert(1)</script>",
    "`</code><script>alert(1)</script>`",
    "=cmd|' /C calc'!A0",
]


@pytest.fixture
def sheet(runtime, minutes, place):
    """The minutes as they are in the database."""

    def load():
        with runtime.database.read() as session:
            return queries.load_sheet(session, place.meeting, session.get_one(Minutes, minutes.id))

    return load


@pytest.fixture
def filed(save, sheet, place, runtime, minutes, actor_of, clock):
    """The minutes of e-meeting 7, filed."""
    people = tuple(PresenceEdit(person.id, Presence.PRESENT) for person in sheet().people)
    save(place.leader, notes=tuple(NoteEdit(item.id, "Noted") for item in sheet().items), presences=people)
    actor = actor_of(place.leader)
    with runtime.database.transaction() as session:
        services.file_minutes(session, session.get_one(Minutes, minutes.id), actor=actor, now=clock.now())


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


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_conflict_page_shows_both_texts_and_saves_the_chosen_one(world, save, sheet, place, sign_in):
    first, second = (item.id for item in sheet().items)
    browser = sign_in(place.leader)
    save(world_officer(world), page="b", notes=note(first, "Newer **text**"))
    sent = {
        "page": "a", f"rev-{first}": "0", f"said-{first}": "My text", f"rev-{second}": "0", f"said-{second}": "Free",
    }  # fmt: skip
    answer = browser.send(EDIT, sent)
    assert answer.status_code == 409
    assert "Newer <strong>text</strong>" in answer.text
    assert "My text</textarea>" in answer.text
    assert "data-keep-drafts" in answer.text
    assert "Go on with this choice" in answer.text  # fits both: mine becomes the newest, or mine is dropped
    assert [item.said for item in sheet().items] == ["Newer **text**", "Free"]
    chosen = {"page": "c", f"rev-{first}": "1", f"said-{first}": "Both texts"}
    assert browser.send(EDIT, chosen).status_code == 303
    assert sheet().items[0].said == "Both texts"


def world_officer(world):
    person = world.officer()
    world.commit()
    return person


def test_dropping_ones_own_text_keeps_the_newest(world, save, sheet, place, sign_in):
    first = sheet().items[0].id
    save(world_officer(world), page="b", notes=note(first, "Newer"))
    sent = {"page": "c", f"rev-{first}": "1", f"said-{first}": "Mine", f"skip-note-{first}": "1"}
    assert sign_in(place.leader).send(EDIT, sent).status_code == 303
    assert sheet().items[0].said == "Newer"


def test_autosave_answers_in_json(world, save, sheet, place, sign_in, runtime):
    first = sheet().items[0].id
    browser = sign_in(place.leader)

    def autosave(**fields):
        return browser.send(AUTOSAVE, {"page": "a", f"rev-{first}": "0", **fields}, headers=JSON)

    saved = autosave(**{f"said-{first}": "One", "new-item": "half typed", "new-person": "half"})
    assert (saved.status_code, saved.json) == (200, {"saved_at": "10:00"})
    assert autosave(**{f"said-{first}": "One two"}).status_code == 200
    assert autosave(**{f"said-{first}": "One two"}).status_code == 200
    assert len(sheet().items) == 2  # what is half typed is left alone
    with runtime.database.read() as session:
        assert session.scalar(select(func.count(NoteRevision.id))) == 2
    save(world_officer(world), page="b", notes=note(first, "Theirs", expected=2))
    clash = autosave(**{f"said-{first}": "One two three"})
    assert clash.status_code == 409
    assert clash.json["resend"] is True
    long = autosave(**{f"said-{first}": "x" * 20_001})
    assert (long.status_code, long.json) == (422, {"error": "Use at most 20000 characters."})


def test_a_person_sent_twice_is_added_once(sheet, place, sign_in):
    browser = sign_in(place.leader)
    sent = {"page": "a", "new-person": "A guest", "new-organisation": "A city", "action": "add_person"}
    places = {browser.send(EDIT, sent).location for _n in range(2)}
    assert len(places) == 1
    assert [person.name for person in sheet().people].count("A guest") == 1
    other = browser.send(EDIT, {**sent, "page": "b"})
    assert other.status_code == 422
    assert "A guest is on the list already." in other.text


def test_filed_minutes_refuse_every_save(filed, place, sign_in):
    browser = sign_in(place.leader)
    for url in (EDIT, AUTOSAVE):
        answer = browser.send(url, {"new-item": "Late"}, headers=JSON)
        assert answer.status_code == 409
        assert answer.json["error"] == "These minutes were filed on 23 Nov."
    assert browser.send("/deliverables/D-26-04/minutes/7/file").status_code == 409
    assert browser.send(f"{MEETING}/not-held", {"reason": "Nobody came"}).status_code == 409


def test_a_right_that_ended_a_second_ago_is_refused_in_words(world, place, minutes, sign_in, clock, sheet):
    last = date(2026, 11, 24)
    ending = world.leader(place.group, starts_on=date(2025, 11, 24), ends_on=last)
    world.commit()
    first = sheet().items[0].id
    sent = {"page": "a", f"rev-{first}": "0", f"said-{first}": "Written at midnight"}
    clock.set(geneva_midnight(last) - timedelta(seconds=1))
    browser = sign_in(ending)
    page = browser.get(EDIT)
    assert page.status_code == 200
    clock.set(geneva_midnight(last) + timedelta(seconds=1))
    refused = browser.send(EDIT, sent)
    assert refused.status_code == 403
    assert "your text is kept in this browser" in refused.text
    assert "data-keep-drafts" in refused.text
    answer = browser.send(AUTOSAVE, sent, headers=JSON)
    assert answer.status_code == 403
    assert "Minutes are written by the Leaders in office" in answer.json["error"]
    assert sheet().items[0].said == ""


def test_a_refused_save_shows_what_was_typed(sheet, place, sign_in, save):
    first = sheet().items[0].id
    save(place.leader, new_outcomes=(NewOutcome(first, OutcomeKind.ACTION, "Do it"),))
    line = sheet().items[0].outcomes[0]
    sent = {
        "page": "a", f"rev-{first}": "0", f"said-{first}": "Typed text", f"out-{line.id}-text": "Do it",
        f"out-{line.id}-seen": line.seen, f"out-{line.id}-due": "tomorrow", "new-item": "Another item",
    }  # fmt: skip
    answer = sign_in(place.leader).send(EDIT, sent)
    assert answer.status_code == 422
    assert "Typed text" in answer.text
    assert 'value="tomorrow"' in answer.text
    assert 'value="Another item"' in answer.text
    assert f'href="#out-{line.id}-due"' in answer.text
    assert "<title>Error:" in answer.text
    assert sheet().items[0].said == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text, save, sheet, place, sign_in, runtime, minutes, actor_of, clock):
    first, second = (item.id for item in sheet().items)
    people = tuple(PresenceEdit(person.id, Presence.PRESENT) for person in sheet().people)
    outcomes = (
        NewOutcome(first, OutcomeKind.DECISION, text),
        NewOutcome(first, OutcomeKind.ACTION, text, text, "2026-12-04"),
    )
    save(
        place.leader,
        notes=(NoteEdit(first, text), NoteEdit(second, text)),
        new_outcomes=outcomes,
        new_items=(text,),
        new_people=((text, text),),
        presences=people,
    )
    save(place.leader, page="z", notes=note(sheet().items[2].id, text))
    browser = sign_in(place.leader)
    pages = [browser.get(EDIT).text, browser.get("/deliverables/D-26-04/minutes/7/check").text]
    actor = actor_of(place.leader)
    with runtime.database.transaction() as session:
        services.file_minutes(session, session.get_one(Minutes, minutes.id), actor=actor, now=clock.now())
    pages.append(browser.get("/deliverables/D-26-04/minutes/7").text)
    for page in pages:
        lowered = page.lower()
        assert "<script>alert" not in lowered
        assert "<img" not in lowered
        assert "<svg/onload" not in lowered
        assert 'href="javascript' not in lowered
        assert 'href="data' not in lowered


@pytest.mark.parametrize(
    "sent",
    [
        {}, {"action": "remove:99999999999999999999"}, {"action": "add_action:abc"},
        {"action": "add_action:2147483647"},
        {"action": "drop table"}, {"rev-999999999": "x", "said-999999999": "y"}, {"rev-1": "-1", "said-1": ""},
        {"rev-1": "9" * 400, "said-1": ""}, {"out-5-text": "x", "out-5-seen": "y" * 900}, {"att-1": "sleeping"},
        {"att-1": "present", "was-att-1": "\x00"}, {"was-close-1": "1", "close-1": "1"}, {"page": "p" * 9000},
        {"said-1": "no revision beside it"}, {"rev-\u0661": "0", "said-\u0661": "x"}, {"new-person": "\x00\u202e"},
    ],
)  # fmt: skip
def test_nonsense_from_a_form_is_never_an_error_of_ours(sent, place, minutes, sign_in):
    browser = sign_in(place.leader)
    assert browser.send(EDIT, sent).status_code in (303, 422)
    assert browser.send(AUTOSAVE, sent, headers=JSON).status_code in (200, 422)


@pytest.mark.parametrize(
    "url",
    [
        "/deliverables/D-26-04/e-meetings/99", "/deliverables/D-26-04/e-meetings/99999999999999999999",
        "/deliverables/NONE/e-meetings/7", "/deliverables/%00/e-meetings/7", "/deliverables/D-26-04/minutes/99",
        "/deliverables/" + "x" * 300 + "/e-meetings/7", "/deliverables/D-26-04/e-meetings/-1", "/meetings/0",
        "/meetings/99999999999999999999", "/meetings/2147483647", "/deliverables/D%E2%80%9126/e-meetings/new",
    ],
)  # fmt: skip
def test_addresses_of_nothing_are_404(url, place, sign_in):
    assert sign_in(place.leader).get(url).status_code == 404


@pytest.mark.parametrize(
    "query", ["when=%00", "kind=zzz", "page=9999999999", "page=-1", "mine=maybe", "deliverable=%00%FF", "kind=annual"]
)
def test_nonsense_filters_are_ignored(query, place, sign_in):
    browser = sign_in(place.leader)
    assert browser.get(f"/meetings?{query}").status_code == 200
    assert browser.get(f"/meetings.csv?{query}").status_code == 200


# ── scheduling ──────────────────────────────────────────────────────────────────────────────────────────────────────

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


# ── speed ───────────────────────────────────────────────────────────────────────────────────────────────────────────


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
