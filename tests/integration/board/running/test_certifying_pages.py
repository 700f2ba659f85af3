"""The Secretariat certifies what was decided, and says what was not."""

import re
from datetime import timedelta

from tests.integration.board import makers
from tests.integration.board.running.helpers import SECOND, ballot_now, events, local, text
from u4ssc_gov.board import services
from u4ssc_gov.board.pages import running as running_pages
from u4ssc_gov.board.rules import BallotOutcome
from u4ssc_gov.core.actor import SYSTEM


def plain(response):
    """The words of a page without its tags, blanks made one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(response)))


def test_certifying(world, enter, session, clock, closed):
    browser = enter()
    url = "/ballots/B-26-01/certify"
    page = plain(browser.get(url))
    assert "10 approve · 0 objections · 0 abstain · 6 did not vote" in page
    assert "At least 9 of 16 partners answer (10)" in page
    assert "The guide is published." in page
    assert "U4SSC/BM/2026/01" in page
    assert "contested for 10 days" in page
    assert ballot_now(session).certified_at is None
    assert browser.send(url).location == "/ballots/B-26-01"
    ballot = ballot_now(session)
    assert (ballot.decision_number, ballot.outcome) == ("U4SSC/BM/2026/01", BallotOutcome.APPROVED)
    assert "is certified as U4SSC/BM/2026/01" in text(browser.get("/ballots/B-26-01"))
    assert browser.send(url).status_code == 303  # a double click certifies once
    assert events(session).count("certified") == 1


def test_the_next_number(world, clock, closed):
    assert running_pages.next_number(world.session, world.now) == "U4SSC/BM/2026/01"
    services.certify_ballot(world.session, closed, actor=SYSTEM, now=world.now)
    assert running_pages.next_number(world.session, world.now) == "U4SSC/BM/2026/02"
    assert running_pages.next_number(world.session, world.now + timedelta(days=60)) == "U4SSC/BM/2027/01"


def test_a_ballot_that_has_not_closed_is_not_certified(world, enter, session, clock):
    ballot = makers.open_one(world)
    closes_at = ballot.closes_at
    clock.set(closes_at - SECOND)
    browser = enter()
    assert "has not closed" in text(browser.get("/ballots/B-26-01/certify"))
    assert browser.send("/ballots/B-26-01/certify").status_code == 422
    clock.set(closes_at)
    browser = enter()
    assert "It decided nothing" not in text(browser.get("/ballots/B-26-01/certify"))
    assert browser.send("/ballots/B-26-01/certify").status_code == 303


def test_the_person_concerned_does_not_certify(world, enter, session, clock, officer):
    ballot = makers.open_election(world, people=[officer, world.person()])
    clock.set(ballot.closes_at)
    browser = enter()
    page = browser.get("/ballots/B-26-01/certify")
    assert "You may not do this: the ballot is about you." in text(page)
    refused = browser.send("/ballots/B-26-01/certify")
    assert refused.status_code == 403
    assert "This ballot is about you." in text(refused)
    assert ballot_now(session).certified_at is None
    for act in ("withdraw", "extend", "refer", "next-round", "annul", "outage"):
        assert "You may not do this" in text(browser.get(f"/ballots/B-26-01/{act}")) or act in ("withdraw", "extend")
    other = enter(world.officer("ITU"))
    assert other.send("/ballots/B-26-01/certify").status_code == 303


def test_nothing_decided_offers_the_ways_on(world, enter, session, clock):
    ballot = makers.open_one(world)
    clock.set(ballot.closes_at)
    page = text(enter().get("/ballots/B-26-01/certify"))
    assert "recorded as not adopted" in page
    assert "/ballots/B-26-01/next-round" in page
    assert "/ballots/B-26-01/refer" in page


def test_a_consequence_that_cannot_take_effect_is_said(world, enter, session, clock):
    people = makers.everybody(world)
    plan = makers.draft_plan(world)
    ballot = makers.open_one(world, **makers.plan_fields(world, plan), days=5)
    makers.answer(world, ballot, people, "y" * 12)
    plan.adopted_at, plan.adoption_basis = world.now, "Annual meeting"
    clock.set(ballot.closes_at)
    browser = enter()
    browser.send("/ballots/B-26-01/certify")
    assert "It could not take effect by itself:" in text(browser.get("/ballots/B-26-01"))


def test_noting_an_outage(world, enter, session, clock):
    ballot = makers.open_one(world)
    closes_at = ballot.closes_at
    browser = enter()
    assert "after a ballot has closed" in text(browser.get("/ballots/B-26-01/outage"))
    clock.set(closes_at + timedelta(hours=2))
    browser = enter()
    url = "/ballots/B-26-01/outage"
    since, until = local(closes_at - timedelta(hours=3)), local(closes_at + timedelta(hours=1))
    sent = {"since_on": since[0], "since_time": since[1], "until_on": until[0], "until_time": until[1]}
    for changes, message in (
        ({"since_on": ""}, "Choose the day on which it began."),
        ({"until_time": "x"}, "Not a valid time"),
        ({"since_on": "2026-11-20", "until_on": "2026-11-21"}, "in the last day before the closing"),
        ({"until_on": "2026-12-24"}, "in the last day before the closing"),
    ):
        answer = browser.send(url, {**sent, **changes})
        assert (answer.status_code, message in text(answer)) == (422, True)
    assert browser.send(url, sent).status_code == 303
    assert events(session)[-1] == "outage"
