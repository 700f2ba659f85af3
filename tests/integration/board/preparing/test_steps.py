"""The pages of a draft, one thing each: method, documents, dates; a save never overwrites a newer one."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.board import makers
from tests.integration.board.preparing.helpers import DATES, WORDS, ballot_now, draft, save, text
from u4ssc_gov.board import queries
from u4ssc_gov.board.forms.preparing import FIRST, SECOND, geneva_instant, is_ambiguous
from u4ssc_gov.board.rules import Method
from u4ssc_gov.core.dates import GENEVA


def test_the_pages_follow_one_another(world, browser, session):
    draft(browser)
    steps = []
    url = "/ballots/B-26-01/edit/method"
    fields = {"method": {"method": "vote"}, "text": WORDS, "documents": {}, "dates": DATES}
    while "/edit/" in url:
        step = url.rpartition("/")[2]
        steps.append(step)
        url = save(browser, step, {**fields[step], "then": "next"}).location
    assert steps == ["method", "text", "documents", "dates"]
    assert url == "/ballots/B-26-01/check-opening"


def test_the_list_says_what_is_still_to_do(world, browser, session):
    draft(browser)
    page = text(browser.get("/ballots/B-26-01/edit"))
    assert "1 step is still to do." in page
    assert "Continue with: Opening and closing" in page
    save(browser, "dates", DATES)
    page = text(browser.get("/ballots/B-26-01/edit"))
    assert "All that is needed is there." in page
    assert "closes Mon 7 Dec, 17:00 Geneva" in page
    assert 'href="/ballots/B-26-01/check-opening"' in page


def test_a_method_with_its_rule_in_words(world, browser, session):
    draft(browser)
    page = text(browser.get("/ballots/B-26-01/edit/method"))
    assert page.index("Silence procedure") < page.index('value="vote"')
    assert "adopted at the closing unless a partner objects or asks for a vote; open for 10 working days" in page
    assert "16 partners; at least 9 must answer" in page
    for wrong in ("", "election", "magic"):
        answer = save(browser, "method", {"method": wrong})
        assert answer.status_code == 422
        assert "Choose a method" in text(answer)
    assert save(browser, "method", {"method": "vote"}).status_code == 303
    assert ballot_now(session).method is Method.VOTE


def test_documents_are_kept_added_and_removed(browser, session):
    draft(browser)
    first = {"papers-0-title": "One", "papers-0-file": (io.BytesIO(makers.PDF), "a.pdf")}
    assert save(browser, "documents", first).status_code == 303
    page = text(browser.get("/ballots/B-26-01/edit/documents"))
    paper = re.search(r'name="remove" value="(\d+)"', page)[1]
    second = {"remove": ["x", paper], "papers-0-title": "Two", "papers-0-file": (io.BytesIO(makers.PDF), "b.pdf")}
    assert save(browser, "documents", second).status_code == 303
    ballot = ballot_now(session)
    assert [one.title for one in queries.list_papers(session, ballot.id)] == ["Two"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"papers-0-title": "A title without its file"}, "Choose the file for"),
        ({"papers-0-file": (io.BytesIO(b"<svg/>"), "a.svg")}, "cannot be taken"),
        ({"papers-0-file": (io.BytesIO(b""), "a.pdf")}, "The file is empty"),
    ],
)
def test_documents_that_are_refused(browser, session, fields, message):
    draft(browser)
    answer = save(browser, "documents", fields)
    assert answer.status_code == 422
    assert message in text(answer)


def test_the_dates_are_prefilled_by_the_rule(world, browser, clock, session):
    clock.set(datetime(2026, 11, 23, 9, 20, tzinfo=UTC))
    draft(browser)
    page = text(browser.get("/ballots/B-26-01/edit/dates"))
    assert 'value="2026-12-07"' in page  # ten working days
    assert 'value="11:00"' in page  # the next full hour: no minute less than the rule gives
    assert "open for 10 working days" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"closes_on": ""}, "Choose the day of the closing."),
        ({"closes_time": ""}, "Add the hour of the closing."),
        ({"closes_on": "soon"}, "Not a valid date"),
        ({"closes_time": "25:00"}, "Not a valid time"),
        ({"closes_on": "0001-01-01"}, "Choose a day in the coming months."),
        ({"closes_on": "9999-12-31"}, "Choose a day in the coming months."),
        ({"closes_on": "2027-03-28", "closes_time": "02:30"}, "This hour does not exist in Geneva"),
        ({"closes_on": "2026-11-26", "closes_time": "09:59"}, "at least 72 hours"),
        ({"closes_on": "2027-02-21", "closes_time": "10:01"}, "90 days at most"),
        ({"opens": ""}, "Choose when it opens"),
        ({"opens": "never"}, "Choose when it opens"),
        ({"opens": "later"}, "Choose the day on which it opens."),
        ({"opens": "later", "opens_on": "2026-11-24"}, "Add the hour."),
        ({"opens": "later", "opens_on": "2026-11-23", "opens_time": "09:00"}, "cannot open in the past"),
        ({"opens": "later", "opens_on": "2026-12-05", "opens_time": "09:00"}, "at least 72 hours"),
    ],
)
def test_dates_that_are_refused_come_back(browser, session, changes, message):
    draft(browser)
    answer = save(browser, "dates", {**DATES, **changes})
    assert answer.status_code == 422
    assert message in text(answer)
    if changes.get("closes_on") != "":
        assert f'value="{changes.get("closes_on", DATES["closes_on"])}"' in text(answer)
    assert ballot_now(session).closes_at is None


@pytest.mark.parametrize(("closes_on", "closes_time"), [("2026-11-26", "10:00"), ("2027-02-21", "10:00")])
def test_the_shortest_and_the_longest_time(browser, session, closes_on, closes_time):
    draft(browser)
    assert save(browser, "dates", {**DATES, "closes_on": closes_on, "closes_time": closes_time}).status_code == 303
    assert ballot_now(session).closes_at is not None


def test_an_hour_that_comes_twice_is_asked_about(world, clock, sign_in, officer, session):
    clock.set(datetime(2026, 10, 12, 9, 0, tzinfo=UTC))
    browser = sign_in(officer)
    draft(browser)
    twice = {**DATES, "closes_on": "2026-10-25", "closes_time": "02:30"}
    page = text(browser.get("/ballots/B-26-01/edit/dates"))
    assert "closes_which" not in page
    answer = save(browser, "dates", twice)
    assert answer.status_code == 422
    assert "Say which one." in text(answer)
    assert "closes_which" in text(answer)
    assert save(browser, "dates", {**twice, "closes_which": "third"}).status_code == 422
    for which, instant in ((FIRST, "00:30"), (SECOND, "01:30")):
        assert save(browser, "dates", {**twice, "closes_which": which}).status_code == 303
        assert ballot_now(session).closes_at.strftime("%d %H:%M") == f"25 {instant}"
        page = text(browser.get("/ballots/B-26-01/edit/dates"))
        assert re.search(rf'value="{which}" checked', page)


def test_hours_in_geneva():
    day = datetime(2026, 10, 25, tzinfo=GENEVA).date()
    for hour, ambiguous in ((1, False), (2, True), (3, False)):
        at = datetime(2026, 10, 25, hour, 59, tzinfo=UTC).time()
        assert is_ambiguous(day, at) is ambiguous
        gap = geneva_instant(day, at, SECOND) - geneva_instant(day, at, FIRST)
        assert gap == timedelta(hours=1 if ambiguous else 0)
    spring = datetime(2027, 3, 28, tzinfo=GENEVA).date()
    at = datetime(2027, 3, 28, 2, 30, tzinfo=UTC).time()
    assert geneva_instant(spring, at, FIRST) is geneva_instant(spring, at, SECOND) is None
    assert not is_ambiguous(spring, at)


def test_a_stale_page_comes_back_whole(browser, session):
    draft(browser)
    version = str(ballot_now(session).version)
    assert save(browser, "text", {**WORDS, "title": "First"}, version=version).status_code == 303
    late = save(browser, "text", {**WORDS, "title": "Second"}, version=version)
    assert late.status_code == 409
    assert "Somebody else changed this draft" in text(late)
    assert 'value="Second"' in text(late)
    assert ballot_now(session).title == "First"
    fresh = re.search(r'name="version"[^>]*value="(\d+)"', text(late))[1]
    assert save(browser, "text", {**WORDS, "title": "Second"}, version=fresh).status_code == 303


@pytest.mark.parametrize("version", ["", "0", "x", "9" * 30])
def test_a_page_without_its_version_saves_nothing(browser, session, version):
    draft(browser)
    assert save(browser, "text", {**WORDS, "title": "Other"}, version=version).status_code in (409, 422)
    assert ballot_now(session).title == WORDS["title"]


def test_a_closing_that_came_too_near_does_not_stop_other_pages(world, clock, sign_in, officer, session):
    browser = sign_in(officer)
    draft(browser)
    save(browser, "dates", DATES)
    clock.move(days=13)
    browser = sign_in(officer)
    assert "at least 72 hours" in text(browser.get("/ballots/B-26-01/edit"))
    answer = save(browser, "text", {**WORDS, "title": "Better words"})
    assert answer.status_code == 303
    assert "had come too near" in text(browser.get(answer.location))
    ballot = ballot_now(session)
    assert (ballot.title, ballot.closes_at) == ("Better words", None)


def test_pages_that_a_draft_does_not_have(browser, session):
    draft(browser)
    for step in ("subject", "office", "candidates", "nonsense", "x" * 300):
        assert browser.get(f"/ballots/B-26-01/edit/{step}").status_code == 404


def test_an_open_ballot_has_no_steps(world, browser, session):
    ballot = makers.open_one(world)
    code, version = ballot.code, ballot.version
    world.commit()
    for path in ("edit", "edit/text", "check-opening"):
        assert browser.get(f"/ballots/{code}/{path}").location == f"/ballots/{code}"
    late = browser.send(f"/ballots/{code}/edit/text", {**WORDS, "version": str(version)})
    assert (late.status_code, WORDS["title"] in late.get_data(as_text=True)) == (409, True)
    assert ballot_now(session).title == "Appoint a Co-Chair for 2027"
