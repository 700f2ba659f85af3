"""The editor: conflicts, autosave, refusals, hostile text."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.integration.meetings.conftest import note
from tests.integration.meetings.routes.helpers import AUTOSAVE, EDIT, JSON, MEETING, world_officer
from u4ssc_gov.core.dates import geneva_midnight
from u4ssc_gov.meetings import services
from u4ssc_gov.meetings.models import Minutes, NoteRevision
from u4ssc_gov.meetings.rules import (
    NewOutcome,
    NoteEdit,
    OutcomeKind,
    Presence,
    PresenceEdit,
)

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
