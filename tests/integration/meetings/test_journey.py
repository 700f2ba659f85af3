"""One Leader's way through minutes by forms alone: the held e-meeting, its minutes, filed, the duty gone (¶26e)."""

import re

from sqlalchemy import select

from u4ssc_gov.meetings import duties, queries
from u4ssc_gov.meetings.models import Meeting, Minutes


def fields(html: str) -> dict[str, str]:
    """What a browser without script would send back unchanged: hidden fields, texts, ticked radios."""
    found = {}
    body = html[html.index('<form method="post" id="minutes"') :]
    for tag in re.findall(r"<input [^>]*>", body):
        attrs = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if attrs.get("type") in ("radio", "checkbox") and " checked" not in tag:
            continue
        if "name" in attrs and attrs["name"] != "csrf_token":
            found[attrs["name"]] = attrs.get("value", "")
    for name, text in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>([^<]*)</textarea>', body):
        found[name] = text
    return found


def test_a_leader_writes_and_files_minutes_without_script(place, sign_in, actor_of, clock, runtime):
    def owed(person):
        actor = actor_of(person)
        with runtime.database.read() as session:
            return duties.duties(session, actor=actor, now=clock.now())

    browser = sign_in(place.leader)
    page = browser.get("/deliverables/D-26-04/e-meetings/7")
    assert "Write minutes" in page.text
    assert [duty.key for duty in owed(place.leader)] == [f"minutes:{place.meeting.id}"]
    started = browser.send("/deliverables/D-26-04/e-meetings/7/minutes")
    assert started.status_code == 303
    assert started.location.endswith("/deliverables/D-26-04/minutes/7/edit")
    edit = "/deliverables/D-26-04/minutes/7/edit"
    sent = fields(browser.get(edit).text)
    items = sorted(int(name[4:]) for name in sent if name.startswith("rev-"))
    people = sorted(int(name[8:]) for name in sent if name.startswith("was-att-"))
    sent[f"said-{items[0]}"] = "The agenda was **adopted**."
    sent[f"att-{people[0]}"] = "present"
    sent[f"att-{people[1]}"] = "apologies"
    added = browser.send(edit, {**sent, "action": f"add_action:{items[1]}"})
    assert added.status_code == 303, added.text
    page = browser.get(added.location.partition("#")[0])
    assert "The agenda was **adopted**." in page.text
    sent = fields(page.text)
    outcome = next(int(name.split("-")[1]) for name in sent if name.startswith("out-"))
    sent |= {f"out-{outcome}-text": "Draft two pages", f"out-{outcome}-owner": place.expert.full_name}
    incomplete = browser.send(edit, {**sent, "action": "file"})
    check = browser.get(incomplete.location)
    assert "Give an owner and a due day to 1 action of item 2" in check.text
    assert "File the minutes" not in check.text
    assert "Back to the minutes" in check.text
    assert browser.send("/deliverables/D-26-04/minutes/7/file").status_code == 422
    sent = fields(browser.get(edit).text) | {f"out-{outcome}-due": "2026-12-04"}
    assert browser.send(edit, {**sent, "action": "file"}).status_code == 303
    filed = browser.send("/deliverables/D-26-04/minutes/7/file")
    assert filed.status_code == 303, filed.text
    page = sign_in(place.expert).get("/deliverables/D-26-04/minutes/7")
    assert "<strong>adopted</strong>" in page.text
    assert page.text.index("Draft two pages") < page.text.index("adopted")
    assert owed(place.leader) == []
    (duty,) = owed(place.expert)
    assert duty.title == "Action due: Draft two pages"
    assert f'id="{duty.args["_anchor"]}"' in page.text  # the duty leads to the action itself
    again = browser.send(edit, sent)
    assert again.status_code == 409
    assert "These minutes were filed on 23 Nov." in again.text
    assert browser.get(edit).location.endswith("/minutes/7")


def test_an_action_with_an_owner_and_a_day_but_no_text_is_neither_denied_nor_filed(place, sign_in):
    browser = sign_in(place.leader)
    browser.send("/deliverables/D-26-04/e-meetings/7/minutes")
    edit, check = "/deliverables/D-26-04/minutes/7/edit", "/deliverables/D-26-04/minutes/7/check"
    page = browser.get(edit).text
    assert "Draft begun 10:00" in page
    assert "Draft saved 10:00" not in page
    sent = fields(page)
    item = min(int(name[4:]) for name in sent if name.startswith("rev-"))
    added = browser.send(edit, {**sent, "action": f"add_action:{item}"}).location
    assert "Describe the action, or remove it</p>" not in browser.get(added.partition("#")[0]).text  # just added
    sent = fields(browser.get(edit).text)
    row = next(name.split("-")[1] for name in sent if name.startswith("out-"))
    typed = {f"out-{row}-owner": "Somebody", f"out-{row}-due": "2026-12-04"}
    assert browser.send(edit, {**sent, **typed, "action": "file"}).location.endswith("/check")
    page = browser.get(check).text
    assert "No action was agreed" not in page
    assert f'href="{edit}?open={item}#outcome-{row}">Describe the action, or remove it (item 1)</a>' in page
    assert "File the minutes" not in page
    assert "Describe the action, or remove it</p>" in browser.get(f"{edit}?open={item}").text
    sent = fields(browser.get(edit).text) | {f"out-{row}-owner": "", f"out-{row}-due": ""}
    browser.send(edit, sent)  # wholly empty now: gone, and said nowhere
    assert f"out-{row}-text" not in browser.get(edit).text
    assert "No action was agreed" in browser.get(check).text


def test_an_e_meeting_is_scheduled_with_its_list_and_calendar_file(place, sign_in, runtime):
    browser = sign_in(place.leader)
    assert browser.get("/deliverables/D-26-04/e-meetings/new").status_code == 200
    made = browser.send(
        "/deliverables/D-26-04/e-meetings/new",
        {
            "title": "Chapter 5", "day": "2026-12-03", "start": "14:00", "end": "15:00",
            "time_zone": "Europe/Stockholm", "joining_url": "https://meet.example.org/j/8",
            "agenda": "Opening\nChapter 5 | A presenter | 25",
        },
    )  # fmt: skip
    assert made.status_code == 303, made.text
    with runtime.database.read() as session:
        meeting = session.scalars(select(Meeting).where(Meeting.number == 8)).one()
        names = [person.name for person in queries.list_people(session, meeting.id)]
    assert meeting.starts_at.isoformat() == "2026-12-03T13:00:00+00:00"
    assert names == sorted([place.leader.full_name, place.expert.full_name])
    page = browser.get(made.location)
    assert "14:00–15:00" in page.text or "13:00" in page.text
    file = browser.get("/deliverables/D-26-04/e-meetings/8.ics")
    assert file.mimetype == "text/calendar"
    assert "BEGIN:VTIMEZONE" in file.text
    assert file.text.count("BEGIN:VEVENT") == 1
    assert f"UID:e-meeting-{meeting.id}@localhost" in file.text
    calendar = browser.get("/meetings")
    assert "Chapter 5" in calendar.text
    assert "Chapter 5" in browser.get("/meetings.csv").text


def test_starting_twice_gives_one_draft(place, sign_in, runtime):
    browser = sign_in(place.leader)
    for _ in range(2):
        assert browser.send("/deliverables/D-26-04/e-meetings/7/minutes").status_code == 303
    with runtime.database.read() as session:
        assert len(session.scalars(select(Minutes)).all()) == 1
