"""A draft is checked once more and opened; who may see these pages, and what they take."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from tests.integration.board import makers
from tests.integration.board.preparing.helpers import DATES, NEW, WORDS, ballot_now, count, draft, save, text
from u4ssc_gov.board import queries, services
from u4ssc_gov.board.pages import drafts
from u4ssc_gov.board.pages import preparing as preparing_pages
from u4ssc_gov.board.rules import BallotState, BallotType, Method, default_rule
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.notifications.models import OutboxMessage


def ready(browser, **dates):
    draft(browser)
    save(browser, "method", {"method": "vote"})
    paper = {"papers-0-title": "The guide", "papers-0-file": (io.BytesIO(makers.PDF), "a.pdf")}
    save(browser, "documents", paper)
    assert save(browser, "dates", {**DATES, **dates}).status_code == 303


def test_the_check_page_shows_all_that_opening_does(world, browser, session, clock):
    makers.everybody(world)
    world.commit()
    ready(browser)
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "16 partners; at least 9 must answer; more approve than object; at least 5 approve" in page
    assert "The guide" in page
    assert "To 16 people" in page
    assert "Vote for ITU by 7 Dec: Endorse the guide" in page
    assert "At once, with the button below" in page
    assert "nobody who may vote" not in page
    ballot = ballot_now(session)
    opened = browser.send("/ballots/B-26-01/open", {"version": str(ballot.version)})
    assert opened.location == "/ballots/B-26-01"
    ballot = ballot_now(session)
    assert queries.state_of(ballot, clock.now()) is BallotState.OPEN
    assert ballot.closes_at == datetime(2026, 12, 7, 16, 0, tzinfo=UTC)
    assert ballot.opened_for == "UNECE"
    assert count(session, OutboxMessage) == 16


def test_partners_without_a_voter_are_an_alert_before_opening(world, browser):
    for acronym in makers.ACRONYMS[3:]:
        world.mandate(acronym)
    world.commit()
    ready(browser)
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "3 partners have nobody who may vote:" in page
    assert 'href="/people/partners/CBD"' in page
    assert "Open the ballot" in page


def test_a_ballot_can_open_at_a_day_and_hour(world, browser, session, clock):
    makers.everybody(world)
    world.commit()
    ready(browser, opens="later", opens_on="2026-11-30", opens_time="09:00", closes_on="2026-12-14")
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "Schedule the ballot" in page
    assert "Mon 30 Nov, 09:00 Geneva" in page
    browser.send("/ballots/B-26-01/open", {"version": str(ballot_now(session).version)})
    ballot = ballot_now(session)
    assert queries.state_of(ballot, clock.now()) is BallotState.SCHEDULED
    assert ballot.opens_at == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
    assert count(session, OutboxMessage) == 0
    assert queries.state_of(ballot, ballot.opens_at) is BallotState.OPEN


def test_a_planned_opening_that_passed_is_not_opened_by_chance(world, clock, sign_in, officer, session):
    browser = sign_in(officer)
    ready(browser, opens="later", opens_on="2026-11-24", opens_time="09:00")
    clock.move(days=2)
    browser = sign_in(officer)
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "The opening that was planned has passed." in page
    assert "Schedule the ballot" not in page
    answer = browser.send("/ballots/B-26-01/open", {"version": str(ballot_now(session).version)})
    assert answer.status_code == 422
    assert queries.state_of(ballot_now(session), clock.now()) is BallotState.DRAFT


def test_a_draft_without_a_closing_does_not_open(browser, session):
    draft(browser)
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "The draft has no closing day and time." in page
    assert "Open the ballot" not in page
    assert 'href="/ballots/B-26-01/edit/dates"' in page
    answer = browser.send("/ballots/B-26-01/open", {"version": str(ballot_now(session).version)})
    assert answer.status_code == 422
    assert text(answer).count("The draft has no closing day and time.") == 1


@pytest.mark.parametrize("version", ["", "0", "99", "x", "9" * 30])
def test_only_the_draft_that_was_checked_opens(browser, session, clock, version):
    ready(browser)
    assert browser.send("/ballots/B-26-01/open", {"version": version}).status_code == 409
    assert queries.state_of(ballot_now(session), clock.now()) is BallotState.DRAFT


def test_opening_twice_opens_once(world, browser, session):
    makers.everybody(world)
    world.commit()
    ready(browser)
    version = str(ballot_now(session).version)
    assert browser.send("/ballots/B-26-01/open", {"version": version}).status_code == 303
    again = browser.send("/ballots/B-26-01/open", {"version": version})
    assert again.status_code in (303, 409)
    assert count(session, OutboxMessage) == 16


def test_a_rule_changed_meanwhile_is_not_opened_unseen(world, browser, session):
    ready(browser)
    with Session(session.get_bind()) as own:
        rule = replace(default_rule(BallotType.GUIDANCE, Method.VOTE), min_approvals=9)
        services.draft_rule_set(
            own, BallotType.GUIDANCE, Method.VOTE, rule, reason="x", at_once=True, actor=SYSTEM, now=world.now
        )
        own.commit()
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "The voting rule was changed after this draft was saved." in page
    answer = browser.send("/ballots/B-26-01/open", {"version": str(ballot_now(session).version)})
    assert answer.status_code == 422
    save(browser, "text", WORDS)
    assert "at least 9 approve" in text(browser.get("/ballots/B-26-01/check-opening"))
    answer = browser.send("/ballots/B-26-01/open", {"version": str(ballot_now(session).version)})
    assert answer.status_code == 303


def test_an_officer_who_stands_does_not_open(world, officer, browser, session):
    makers.make_draft(world, **makers.election_fields(world, people=[officer]), closes_at=world.now + timedelta(days=5))
    world.commit()
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "This ballot is about you." in page
    assert "Open the ballot" not in page
    assert browser.send("/ballots/B-26-01/open", {"version": "1"}).status_code in (403, 409, 422)


def test_suggested_closings_give_no_minute_less(world):
    rule = default_rule(BallotType.GUIDANCE)
    for minute, hour in ((0, 9), (1, 10), (59, 10)):
        begins = datetime(2026, 11, 23, 9, minute, tzinfo=UTC)
        assert drafts.suggested_closing(rule, begins) == datetime(2026, 12, 7, hour, 0, tzinfo=UTC)


PAGES = [
    ("GET", NEW),
    ("POST", NEW),
    ("GET", f"{NEW}/guidance"),
    ("POST", f"{NEW}/guidance"),
    ("GET", f"{NEW}/appointment/candidates"),
    ("POST", f"{NEW}/appointment/candidates"),
    ("GET", "/ballots/B-26-01/edit"),
    ("GET", "/ballots/B-26-01/edit/text"),
    ("POST", "/ballots/B-26-01/edit/text"),
    ("GET", "/ballots/B-26-01/check-opening"),
    ("POST", "/ballots/B-26-01/open"),
]


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_these_pages_are_the_secretariats(world, sign_in, client, method, path):
    people = [world.mandate("WMO"), world.co_chair(), world.participant()]
    makers.make_draft(world)
    world.commit()
    for person in people:
        browser = sign_in(person)
        sent = {**WORDS, "version": "1", "type": "guidance"}
        answer = browser.get(path) if method == "GET" else browser.send(path, sent)
        assert answer.status_code == 403
    answer = client.get(path) if method == "GET" else client.send(path, {})
    assert answer.status_code == (303 if method == "GET" else 401)  # a writer is told, with what was typed
    assert "/sign-in" in (answer.location or answer.text)


def test_reading_writes_nothing(world, browser, session):
    ready(browser)
    before = ballot_now(session).version
    for _method, path in [page for page in PAGES if page[0] == "GET"]:
        browser.get(path)
    assert ballot_now(session).version == before
    assert count(session) == 1


def test_a_fixed_number_of_statements(world, browser, count_statements):
    makers.make_draft(world, closes_at=world.now + timedelta(days=5))
    many = tuple(makers.paper() for _ in range(5))
    people = [world.person() for _ in range(12)]
    fields = makers.election_fields(world, people=people)
    makers.make_draft(world, closes_at=world.now + timedelta(days=5), documents=many, **fields)
    makers.everybody(world)
    for _ in range(30):
        world.deliverable()
    world.commit()
    pages = ("check-opening", "edit", "edit/text", "edit/documents", "edit/dates")
    seen = {}
    for code in ("B-26-01", "B-26-02"):
        for page in pages:
            with count_statements() as made:
                assert browser.get(f"/ballots/{code}/{page}").status_code == 200
            seen[code, page] = len(made)
    assert [seen["B-26-01", page] for page in pages] == [8, 3, 2, 3, 2]
    assert [seen["B-26-02", page] for page in pages] == [10, 5, 2, 3, 2]
    for path, most in ((NEW, 1), (f"{NEW}/deliverable", 2), (f"{NEW}/action_plan", 2), (f"{NEW}/appointment", 2)):
        with count_statements() as made:
            assert browser.get(path).status_code == 200
        assert len(made) == most


def test_every_kind_has_its_words():
    assert {option.value for option in preparing_pages.type_options()} == {kind.value for kind in BallotType}
    assert all(option.label and (option.follows or option.refused) for option in preparing_pages.type_options())
    assert all(preparing_pages.meaning(method) for method in Method)
