"""The secretariat's side: write, check, open, remind, withdraw, record."""

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.integration.board import makers
from u4ssc_gov.board import queries
from u4ssc_gov.board.rules import BallotState
from u4ssc_gov.core.actor import SYSTEM


@pytest.fixture
def officer(world):
    world.partners()
    made = world.officer()
    world.commit()
    return made


@pytest.fixture
def browser(sign_in, officer):
    return sign_in(officer)


def typed(**changes):
    values = {
        "type": "appointment",
        "title": "Appoint a Co-Chair for 2027",
        "decision_text": makers.DECISION,
        "if_approved": "",
        "if_not_approved": "",
        "closes_on": "2026-11-27",
        "closes_time": "17:00",
        "then": "check",
    }
    return {key: value for key, value in {**values, **changes}.items() if value is not None}


def ballot_now(session, code="B-26-01"):
    """The ballot as it is on record; lets go of the database at once, on SQLite a writing session holds all of it."""
    with Session(session.get_bind(), expire_on_commit=False) as own:
        return queries.find_ballot(own, code, actor=SYSTEM)


def test_write_check_open(world, browser, session, clock):
    makers.everybody(world)
    world.commit()
    saved = browser.send(
        "/ballots/new",
        typed(**{"papers-0-title": "Letter of nomination", "papers-0-file": (io.BytesIO(makers.PDF), "letter.pdf")}),
    )
    assert saved.status_code == 303
    assert saved.location == "/ballots/B-26-01/check-opening"
    html = browser.get(saved.location).get_data(as_text=True)
    assert "16 partners; at least 9 must answer; more approve than object; at least 5 approve" in html
    assert "Letter of nomination" in html
    assert "Vote for ITU by 27 Nov: Appoint a Co-Chair for 2027" in html
    assert "nobody who may vote" not in html
    ballot = ballot_now(session)
    assert queries.state_of(ballot, clock.now()) is BallotState.DRAFT
    opened = browser.send("/ballots/B-26-01/open", {"version": str(ballot.version)})
    assert opened.status_code == 303
    ballot = ballot_now(session)
    assert queries.state_of(ballot, clock.now()) is BallotState.OPEN
    assert ballot.closes_at.isoformat() == "2026-11-27T16:00:00+00:00"
    assert ballot.opened_for == "UNECE"
    page = browser.get("/ballots/B-26-01").get_data(as_text=True)
    assert "Remind 16 partners" in page
    assert "Opened 23 Nov by Secretariat officer UNECE" in page


def test_partners_without_a_voter_are_named(world, browser):
    world.mandate("ITU")
    makers.make_draft(world, closes_at=world.now + timedelta(days=5))
    world.commit()
    html = browser.get("/ballots/B-26-01/check-opening").get_data(as_text=True)
    assert "15 partners have nobody who may vote today" in html
    assert "Open the ballot" in html


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "Write the title of the ballot."),
        ({"title": None}, "Write the title of the ballot."),
        ({"title": " \u202e "}, "Write the title of the ballot."),
        ({"title": "x" * 201}, "Use 200 characters at most."),
        ({"decision_text": ""}, "Write the decision as it will be recorded."),
        ({"decision_text": "x" * 8001}, "Use 8000 characters at most."),
        ({"if_approved": "x" * 601}, "Use 600 characters at most."),
        ({"type": ""}, "Choose what is decided"),
        ({"type": None}, "Choose what is decided"),
        ({"type": "coup"}, "Choose what is decided"),
        ({"closes_on": "soon"}, "Not a valid date"),
        ({"closes_on": "0001-01-01"}, "Choose a day in the coming months."),
        ({"closes_on": "9999-12-31"}, "Choose a day in the coming months."),
        ({"closes_time": ""}, "Add the closing time."),
        ({"closes_time": "25:00"}, "Not a valid time"),
        ({"closes_on": "2027-03-28", "closes_time": "02:30"}, "This hour does not exist in Geneva"),
        ({"closes_on": "2026-11-26", "closes_time": "09:59"}, "at least 72 hours"),
        ({"closes_on": "2027-02-21", "closes_time": "10:01"}, "90 days at most"),
        ({"papers-0-title": "A title without its file"}, "Choose the file for"),
        ({"papers-0-file": (io.BytesIO(b"<svg/>"), "a.svg")}, "cannot be taken"),
        ({"papers-0-file": (io.BytesIO(b""), "a.pdf")}, "The file is empty"),
    ],
)
def test_refused_drafts_come_back_with_what_was_typed(browser, session, changes, message):
    response = browser.send("/ballots/new", typed(if_not_approved="This sentence stays", **changes))
    html = response.get_data(as_text=True)
    assert response.status_code == 422
    assert message in html
    assert "This sentence stays" in html
    assert ballot_now(session) is None


@pytest.mark.parametrize(("closes_on", "closes_time"), [("2026-11-26", "10:00"), ("2027-02-21", "10:00")])
def test_the_shortest_and_the_longest_time(browser, session, closes_on, closes_time):
    assert browser.send("/ballots/new", typed(closes_on=closes_on, closes_time=closes_time)).status_code == 303
    assert ballot_now(session).closes_at is not None


def test_a_draft_without_a_closing_day_waits(browser, session):
    saved = browser.send("/ballots/new", typed(closes_on="", closes_time="", then="later"))
    assert saved.location == "/ballots/B-26-01"
    html = browser.get("/ballots/B-26-01/check-opening").get_data(as_text=True)
    assert "The draft has no closing day and time." in html
    assert "Open the ballot" not in html
    version = str(ballot_now(session).version)
    refused = browser.send("/ballots/B-26-01/open", {"version": version})
    assert refused.status_code == 422


def test_a_draft_whose_closing_day_came_too_near(world, browser, clock, session, sign_in, officer):
    browser.send("/ballots/new", typed())
    clock.move(days=3)
    browser = sign_in(officer)
    assert "at least 72 hours" in browser.get("/ballots/B-26-01/check-opening").get_data(as_text=True)
    response = browser.send("/ballots/B-26-01/open", {"version": str(ballot_now(session).version)})
    assert response.status_code == 422
    assert "at least 72 hours" in response.get_data(as_text=True)


@pytest.mark.parametrize("version", ["", "0", "99", "x", "9" * 30])
def test_only_the_draft_that_was_checked_opens(browser, session, clock, version):
    browser.send("/ballots/new", typed())
    assert browser.send("/ballots/B-26-01/open", {"version": version}).status_code == 409
    assert queries.state_of(ballot_now(session), clock.now()) is BallotState.DRAFT


def test_edit_keeps_adds_and_removes_documents(browser, session):
    files = {"papers-0-title": "One", "papers-0-file": (io.BytesIO(makers.PDF), "a.pdf")}
    browser.send("/ballots/new", typed(**files))
    html = browser.get("/ballots/B-26-01/edit").get_data(as_text=True)
    assert 'value="2026-11-27"' in html
    assert 'value="17:00"' in html
    version = re.search(r'name="version"[^>]*value="(\d+)"', html).group(1)
    document = re.search(r'name="remove" value="(\d+)"', html).group(1)
    changes = {"version": version, "remove": ["x", document], "title": "Appoint another", "then": "later"}
    changes |= {"papers-0-title": "Two", "papers-0-file": (io.BytesIO(makers.PDF), "b.pdf")}
    assert browser.send("/ballots/B-26-01/edit", typed(**changes)).status_code == 303
    ballot = ballot_now(session)
    assert ballot.title == "Appoint another"
    assert [paper.title for paper in queries.list_papers(session, ballot.id)] == ["Two"]


def test_a_stale_edit_comes_back_whole(browser, session):
    browser.send("/ballots/new", typed())
    html = browser.get("/ballots/B-26-01/edit").get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', html).group(1)
    assert browser.send("/ballots/B-26-01/edit", typed(version=version, title="First")).status_code == 303
    late = browser.send("/ballots/B-26-01/edit", typed(version=version, title="Second"))
    html = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "Somebody else changed this draft" in html
    assert 'value="Second"' in html
    assert ballot_now(session).title == "First"
    fresh = re.search(r'name="version"[^>]*value="(\d+)"', html).group(1)
    assert browser.send("/ballots/B-26-01/edit", typed(version=fresh, title="Second")).status_code == 303


def test_an_open_ballot_cannot_be_edited(world, browser, session):
    ballot = makers.open_one(world)
    world.commit()
    for path in ("edit", "check-opening"):
        assert browser.get(f"/ballots/{ballot.code}/{path}").location == f"/ballots/{ballot.code}"
    late = browser.send(f"/ballots/{ballot.code}/edit", typed(version=str(ballot.version), title="Other"))
    assert late.status_code == 303
    assert ballot_now(session).title == "Appoint a Co-Chair for 2027"


def test_withdrawing(world, browser, session):
    ballot = makers.open_one(world)
    world.commit()
    url = f"/ballots/{ballot.code}/withdraw"
    assert browser.get(url).status_code == 200
    for reason, message in (("", "Give the reason"), (" \x00 ", "Give the reason"), ("x" * 601, "Use 600 characters")):
        response = browser.send(url, {"reason": reason})
        assert response.status_code == 422
        assert message in response.get_data(as_text=True)
    assert browser.send(url, {"reason": "Stepped <b>back</b>"}).status_code == 303
    html = browser.get(f"/ballots/{ballot.code}").get_data(as_text=True)
    assert "Stepped &lt;b&gt;back&lt;/b&gt;" in html
    assert "has ended" in browser.send(url, {"reason": "Again"}).get_data(as_text=True)


def test_reminding_and_recording_by_hand(world, browser, clock, sign_in, officer, session):
    makers.everybody(world)
    ballot = makers.open_one(world)
    world.commit()
    url = f"/ballots/{ballot.code}"
    assert browser.send(f"{url}/remind").location == url
    assert "16 reminders are on their way." in browser.get(url).get_data(as_text=True)
    browser.send(f"{url}/remind")
    assert "They were reminded today already" in browser.get(url).get_data(as_text=True)
    browser.send(f"{url}/outcome")
    assert "has not closed" in browser.get(url).get_data(as_text=True)
    clock.set(ballot.closes_at)
    browser = sign_in(officer)
    assert "Record and mail the outcome" in browser.get(url).get_data(as_text=True)
    browser.send(f"{url}/outcome")
    html = browser.get(url).get_data(as_text=True)
    assert "Record and mail the outcome" not in html
    assert "Recorded and sent by email" in html
    assert ballot_now(session).outcome is not None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/ballots/new"),
        ("POST", "/ballots/new"),
        ("GET", "/ballots/B-26-01/edit"),
        ("POST", "/ballots/B-26-01/edit"),
        ("GET", "/ballots/B-26-01/check-opening"),
        ("POST", "/ballots/B-26-01/open"),
        ("GET", "/ballots/B-26-01/withdraw"),
        ("POST", "/ballots/B-26-01/withdraw"),
        ("POST", "/ballots/B-26-01/remind"),
        ("POST", "/ballots/B-26-01/outcome"),
    ],
)
def test_these_pages_are_the_secretariats(world, sign_in, method, path):
    people = [world.mandate("WMO"), world.co_chair(), world.participant()]
    makers.open_one(world)
    world.commit()
    for person in people:
        browser = sign_in(person)
        response = browser.get(path) if method == "GET" else browser.send(path, typed(reason="x", version="1"))
        assert response.status_code == 403


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def codes(html):
    return re.findall(r"<bdi>(B-\d\d-\d\d)</bdi>", html)


def test_filters_and_pages(world, browser, clock, sign_in, officer):
    makers.open_one(world, days=4)  # 01
    makers.open_one(world, days=20)  # 02
    makers.make_draft(world)  # 03
    clock.move(days=5)
    makers.open_one(world, days=4, type=makers.BallotType.KPI_SET)  # 04
    world.commit()
    browser = sign_in(officer)

    def listed(query):
        return codes(browser.get(f"/ballots?{query}").get_data(as_text=True))

    assert listed("") == ["B-26-04", "B-26-03", "B-26-02", "B-26-01"]
    assert listed("state=open") == ["B-26-04", "B-26-02"]
    assert listed("state=closing") == ["B-26-04"]
    assert listed("state=closed") == ["B-26-01"]
    assert listed("state=draft") == ["B-26-03"]
    assert listed("type=kpi_set") == ["B-26-04"]
    assert listed("year=2026") == listed("year=x") == listed("state=%00&type=x&year=99999999") == listed("")
    assert listed("year=2025") == []
    assert "No ballot matches" in browser.get("/ballots?year=2025").get_data(as_text=True)
    for _ in range(25):
        makers.make_draft(world)
    world.commit()
    assert len(listed("")) == 25
    assert len(listed("page=2")) == len(listed("page=999999")) == 4


def test_the_table_is_safe_for_spreadsheets(world, browser, clock, sign_in, officer):
    ballot = makers.open_one(world, title="=HYPERLINK(1)")
    clock.set(ballot.closes_at)
    world.commit()
    response = sign_in(officer).get("/ballots?format=csv")
    lines = response.get_data(as_text=True).splitlines()
    assert response.mimetype == "text/csv"
    assert lines[0].endswith(
        "code,type,title,state,opened_at_utc,closes_at_utc,electors,approve,object,abstain,not_voted,outcome"
    )
    assert lines[1] == (
        "B-26-01,appointment,'=HYPERLINK(1),closed,2026-11-23T09:00:00Z,2026-11-27T09:00:00Z,16,0,0,0,16,no_quorum"
    )


def test_an_empty_list_says_what_to_do(browser, world, sign_in):
    assert "Prepare the first one" in browser.get("/ballots").get_data(as_text=True)
    person = world.participant()
    world.commit()
    assert "You get an email when one opens" in sign_in(person).get("/ballots").get_data(as_text=True)


def test_the_check_page_needs_a_fixed_number_of_statements(world, browser, count_statements):
    makers.make_draft(world, closes_at=world.now + timedelta(days=5))
    makers.make_draft(world, closes_at=world.now + timedelta(days=5), documents=tuple(makers.paper() for _ in range(5)))
    makers.everybody(world)
    world.commit()
    counts = []
    for code in ("B-26-01", "B-26-02"):
        for page in ("check-opening", "edit"):
            with count_statements() as seen:
                assert browser.get(f"/ballots/{code}/{page}").status_code == 200
            counts.append(len(seen))
    assert counts == [7, 5, 7, 5]
