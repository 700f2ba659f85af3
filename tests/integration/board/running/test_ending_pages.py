"""A ballot is withdrawn or superseded: each act needs a reason that can be read."""

import pytest

from tests.integration.board import makers
from tests.integration.board.running.helpers import REASONS, state_now, text
from u4ssc_gov.board.rules import BallotState


@pytest.mark.parametrize("act", ["withdraw", "supersede", "annul"])
@pytest.mark.parametrize(("reason", "message"), REASONS)
def test_an_act_needs_a_reason_that_can_be_read(world, enter, session, clock, act, reason, message):
    makers.open_one(world)
    answer = enter().send(f"/ballots/B-26-01/{act}", {"reason": reason})
    assert answer.status_code == 422
    assert message in text(answer)
    assert state_now(session, clock) is BallotState.OPEN


def test_withdrawing(world, enter, session, clock):
    makers.open_one(world)
    browser = enter()
    url = "/ballots/B-26-01/withdraw"
    assert "Voting ends at once" in text(browser.get(url))
    assert browser.send(url, {"reason": "Stepped <b>back</b>"}).location == "/ballots/B-26-01"
    page = text(browser.get("/ballots/B-26-01"))
    assert "Stepped &lt;b&gt;back&lt;/b&gt;" in page
    assert state_now(session, clock) is BallotState.WITHDRAWN
    again = browser.send(url, {"reason": "Again, and this stays"})
    assert again.status_code == 422
    assert "has ended" in text(again)
    assert "can no longer be withdrawn" in text(browser.get(url))


def test_a_draft_is_withdrawn_without_a_mail(world, enter, session, clock):
    makers.make_draft(world)
    browser = enter()
    assert "No e-mail goes out." in text(browser.get("/ballots/B-26-01/withdraw"))
    browser.send("/ballots/B-26-01/withdraw", {"reason": "Not needed"})
    assert makers.mails(session, "ballot_news") == []


def test_a_meeting_has_decided_it(world, enter, session, clock):
    makers.open_one(world)
    browser = enter()
    url = "/ballots/B-26-01/supersede"
    assert "no outcome of its own" in text(browser.get(url))
    assert browser.send(url, {"reason": "Annual meeting of 24 November"}).status_code == 303
    assert state_now(session, clock) is BallotState.SUPERSEDED
    assert "has ended already" in text(browser.get(url))
    assert browser.send(url, {"reason": "Again"}).status_code == 422


def test_a_draft_is_not_superseded(world, enter, session):
    makers.make_draft(world)
    browser = enter()
    assert "was never opened" in text(browser.get("/ballots/B-26-01/supersede"))
    assert browser.send("/ballots/B-26-01/supersede", {"reason": "x"}).status_code == 422
