"""A silence is broken: a correction is offered, the question put again, or referred."""

import pytest

from tests.integration.board import makers
from tests.integration.board.running.helpers import REASONS, ballot_now, events, state_now, text
from u4ssc_gov.board import queries
from u4ssc_gov.board.rules import BallotState, Method


def test_offering_a_correction(world, enter, session, broken):
    partner = world.partner("WMO").id
    browser = enter()
    url = "/ballots/B-26-01/correction"
    page = text(browser.get(url))
    assert "Chapter 4 repeats ours." in page
    assert "Refer to our chapter." in page
    for wrong, message in (("", "Write the correction"), ("x" * 2001, "use 2,000 characters at most")):
        answer = browser.send(url, {"partner_id": str(partner), "text": wrong})
        assert answer.status_code == 422
        assert message in text(answer)
    answer = browser.send(url, {"partner_id": "1" * 9, "text": "This stays"})
    assert answer.status_code == 422
    assert "Choose the partner that objects." in text(answer)
    assert "This stays" in text(answer)
    sent = {"partner_id": str(partner), "text": "“Chapter 4” becomes “chapter 4 of WMO”."}
    assert browser.send(url, sent).status_code == 303
    assert browser.send(url, sent).status_code == 303  # a double click offers once
    assert events(session).count("editorial") == 1


def test_no_correction_without_an_objection(world, enter):
    makers.open_silence(world)
    browser = enter()
    assert "No objection waits" in text(browser.get("/ballots/B-26-01/correction"))
    assert browser.send("/ballots/B-26-01/correction", {"partner_id": "1", "text": "x"}).status_code == 422


@pytest.mark.parametrize("method", ["silence", "vote"])
def test_putting_it_again(world, enter, session, clock, broken, method):
    browser = enter()
    url = "/ballots/B-26-01/next-round"
    assert "This one is never reopened" in text(browser.get(url))
    assert browser.send(url, {"method": "election"}).status_code == 422
    assert browser.send(url, {"method": method}).location == "/ballots/B-26-02/edit"
    again = ballot_now(session, "B-26-02")
    assert (again.method, again.round, again.title) == (Method(method), 2, "Adopt the guide")
    assert browser.send(url, {"method": method}).location == "/ballots/B-26-02/edit"  # the draft there is
    assert state_now(session, clock) is BallotState.SUSPENDED
    assert queries.state_of(again, clock.now()) is BallotState.DRAFT


def test_a_decided_ballot_is_not_put_again(world, enter, session, clock):
    people = makers.everybody(world)
    ballot = makers.open_one(world)
    makers.answer(world, ballot, people, "y" * 10)
    clock.set(ballot.closes_at)
    browser = enter()
    assert "A ballot is never reopened" in text(browser.get("/ballots/B-26-01/next-round"))
    refused = browser.send("/ballots/B-26-01/next-round", {"method": "vote"})
    assert refused.status_code == 422
    assert "cannot be put again" in text(refused)
    assert "decided nothing" in text(browser.get("/ballots/B-26-01/refer"))
    assert browser.send("/ballots/B-26-01/refer", {"reason": "This stays"}).status_code == 422


def test_referring_to_the_annual_meeting(world, enter, session, clock, broken):
    browser = enter()
    url = "/ballots/B-26-01/refer"
    for reason, message in REASONS:
        answer = browser.send(url, {"reason": reason})
        assert (answer.status_code, message in text(answer)) == (422, True)
    assert browser.send(url, {"reason": "The partners wish to talk."}).status_code == 303
    assert state_now(session, clock) is BallotState.REFERRED
    assert browser.send(url, {"reason": "Again"}).status_code == 422
