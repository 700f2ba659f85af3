"""A challenge is answered, a decision annulled by two agencies."""

import pytest
from sqlalchemy.orm import Session

from tests.integration.board.running.helpers import ballot_now, state_now, text
from u4ssc_gov.board import history
from u4ssc_gov.board.rules import BallotState


def test_answering_a_challenge(world, enter, session, clock, challenged):
    browser = enter()
    url = "/ballots/B-26-01/challenges/WMO"
    assert "We got &lt;i&gt;no&lt;/i&gt; mail." in text(browser.get(url))
    for sent, message in (
        ({"answer": "This stays"}, "Say whether the challenge is right."),
        ({"answer": "This stays", "upheld": "maybe"}, "Say whether the challenge is right."),
        ({"answer": "", "upheld": "no"}, "Give the reason"),
        ({"answer": "\u200b", "upheld": "no"}, "Give the reason"),
        ({"answer": "x" * 2001, "upheld": "no"}, "use 2,000 characters at most"),
    ):
        answer = browser.send(url, sent)
        assert (answer.status_code, message in text(answer)) == (422, True)
        assert sent["answer"] != "This stays" or "This stays" in text(answer)
    assert browser.send(url, {"answer": "The mail went out on 23 November.", "upheld": "no"}).status_code == 303
    assert ballot_now(session).challenged_at is None
    assert "answered already" in text(browser.get(url))
    again = browser.send(url, {"answer": "Again", "upheld": "yes"})
    assert (again.status_code, "Again</textarea>" in text(again)) == (409, True)
    with Session(session.get_bind()) as own:
        (challenge,) = history.list_challenges(own, ballot_now(session).id)
        assert (challenge.upheld, challenge.answer) == (False, "The mail went out on 23 November.")


@pytest.mark.parametrize("partner", ["ITU", "nobody", "%00"])
def test_no_such_challenge(world, enter, challenged, partner):
    assert enter().get(f"/ballots/B-26-01/challenges/{partner}").status_code == 404


def test_two_agencies_annul(world, enter, session, clock, closed):
    browser = enter()
    assert "Nobody has asked" in text(browser.get("/ballots/B-26-01/annul/confirm"))
    assert browser.send("/ballots/B-26-01/annul/confirm").status_code == 422
    assert browser.send("/ballots/B-26-01/annul", {"reason": "The wrong text was attached."}).status_code == 303
    assert "has asked for this annulment already" in text(browser.get("/ballots/B-26-01/annul"))
    again = browser.send("/ballots/B-26-01/annul", {"reason": "Another reason"})
    assert (again.status_code, "Another reason</textarea>" in text(again)) == (409, True)
    assert ballot_now(session).annulment_reason == "The wrong text was attached."
    assert "another Secretariat agency" in text(browser.get("/ballots/B-26-01/annul/confirm"))
    assert browser.send("/ballots/B-26-01/annul/confirm").status_code == 403
    same = enter(world.officer("UNECE"))
    assert same.send("/ballots/B-26-01/annul/confirm").status_code == 403
    assert state_now(session, clock) is BallotState.CLOSED
    other = enter(world.officer("ITU"))
    assert "The wrong text was attached." in text(other.get("/ballots/B-26-01/annul/confirm"))
    assert other.send("/ballots/B-26-01/annul/confirm").status_code == 303
    assert state_now(session, clock) is BallotState.ANNULLED
    assert "cannot be annulled" in text(other.get("/ballots/B-26-01/annul"))
