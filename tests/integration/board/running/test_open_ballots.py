"""The Secretariat reminds, extends once, and notes that a candidate withdraws."""

from datetime import timedelta

import pytest

from tests.integration.board import makers
from tests.integration.board.running.helpers import ballot_now, local, text
from u4ssc_gov.board.rules import BallotOutcome, VotingRule


def test_reminding_and_recording_by_hand(world, enter, clock, session):
    makers.everybody(world)
    ballot = makers.open_one(world)
    closes_at = ballot.closes_at
    browser = enter()
    url = "/ballots/B-26-01"
    assert browser.send(f"{url}/remind").location == url
    assert "16 reminders are on their way." in text(browser.get(url))
    browser.send(f"{url}/remind")
    assert "They were reminded today already" in text(browser.get(url))
    browser.send(f"{url}/outcome")
    assert "has not closed" in text(browser.get(url))
    clock.set(closes_at)
    browser = enter()
    browser.send(f"{url}/outcome")
    assert "is recorded and on its way by e-mail" in text(browser.get(url))
    assert ballot_now(session).outcome is BallotOutcome.NO_QUORUM


def test_extending_once(world, enter, clock, session):
    ballot = makers.open_one(world, days=5)
    latest = ballot.closes_at + timedelta(days=7)
    browser = enter()
    url = "/ballots/B-26-01/extend"
    page = text(browser.get(url))
    day, hour = local(latest)
    assert f'value="{day}"' in page  # the latest that the rule allows
    sent = {"closes_on": day, "closes_time": hour, "reason": "Two partners asked for more time."}
    assert browser.send(url, sent).location == "/ballots/B-26-01"
    assert ballot_now(session).closes_at == latest
    assert "cannot be extended again" in text(browser.get(url))
    again = browser.send(url, sent)
    assert again.status_code == 422
    assert "once at most" in text(again)
    assert ballot_now(session).closes_at == latest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": ""}, "Give the reason"),
        ({"closes_on": ""}, "Choose the day of the closing."),
        ({"closes_time": ""}, "Add the hour of the closing."),
        ({"closes_on": "2026-11-27"}, "Choose a closing after the present one"),
        ({"closes_on": "2026-12-06"}, "at most 7 days later"),
        ({"closes_on": "9999-12-31"}, "Choose a day in the coming months."),
        ({"closes_on": "' OR 1=1"}, "Not a valid date"),
    ],
)
def test_an_extension_that_is_refused(world, enter, session, changes, message):
    ballot = makers.open_one(world, days=5)
    before = ballot.closes_at
    sent = {"closes_on": "2026-12-01", "closes_time": "10:00", "reason": "This stays", **changes}
    answer = enter().send("/ballots/B-26-01/extend", sent)
    assert answer.status_code == 422
    assert message in text(answer)
    assert ("This stays" in text(answer)) is ("reason" not in changes)
    assert ballot_now(session).closes_at == before


def test_an_extension_after_the_closing_or_against_the_rule(world, enter, clock, session):
    ballot = makers.open_one(world, rule=VotingRule(extension_days=0))
    closes_at = ballot.closes_at
    assert "Its rule allows no extension." in text(enter().get("/ballots/B-26-01/extend"))
    clock.set(closes_at)
    browser = enter()
    assert "Only an open ballot can be extended." in text(browser.get("/ballots/B-26-01/extend"))
    day, hour = local(closes_at + timedelta(days=1))
    late = browser.send("/ballots/B-26-01/extend", {"closes_on": day, "closes_time": hour, "reason": "Late"})
    assert late.status_code == 422
    assert "is not open" in text(late)


def test_a_candidate_withdraws(world, enter, session):
    makers.open_election(world, 3)
    browser = enter()
    url = "/ballots/B-26-01/withdraw-candidate"
    assert "Candidate 2" in text(browser.get(url))
    for wrong in ("", "9", "x", "-1"):
        answer = browser.send(url, {"candidate": wrong, "reason": "This stays"})
        assert answer.status_code == 422
        assert "Choose who withdrew." in text(answer)
        assert "This stays" in text(answer)
    assert browser.send(url, {"candidate": "2", "reason": "Took another post"}).status_code == 303
    assert ballot_now(session).struck == [2]
    assert "Candidate 2" not in text(browser.get(url)).partition("<form")[2].partition("Strike the candidate")[0]
    assert browser.send(url, {"candidate": "2", "reason": "Again"}).status_code == 422


def test_nobody_withdraws_from_a_vote(world, enter):
    makers.open_one(world)
    browser = enter()
    assert "while it is open" in text(browser.get("/ballots/B-26-01/withdraw-candidate"))
    answer = browser.send("/ballots/B-26-01/withdraw-candidate", {"candidate": "1", "reason": "x"})
    assert answer.status_code == 422
