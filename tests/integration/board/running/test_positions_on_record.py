"""The Secretariat records a position that came by e-mail, with that e-mail."""

import io

import pytest

from tests.integration.board import makers
from tests.integration.board.running.helpers import ballot_now, events, text
from u4ssc_gov.board import electors
from u4ssc_gov.board.rules import Capacity, Position

RECORD = "/ballots/B-26-01/on-record/WMO"


def position(session, **changes):
    values = {"position": "approve", "comment": "As we wrote.", "text_sha256": ballot_now(session).text_sha256}
    return {**values, "expected_revision": "0", **changes}


def mail():
    return {"evidence": (io.BytesIO(makers.PDF), "mail.pdf")}


def test_a_position_on_record_is_checked_then_recorded_with_its_mail(world, enter, session):
    world.mandate("WMO")
    makers.open_one(world)
    browser = enter()
    assert browser.send("/ballots/B-26-01/on-record", {"seat": "WMO"}).location == RECORD
    assert "WMO supports the decision as written" in text(browser.get(RECORD))
    check = browser.send(RECORD, position(session))
    assert check.status_code == 200
    assert "Check WMO’s position before you record it" in text(check)
    assert "Record WMO’s position: Approve" in text(check)
    seat = electors.find_elector(session, ballot_now(session).id, world.partner("WMO").id)
    assert seat[1] is None  # nothing is recorded yet
    session.rollback()
    change = browser.send(RECORD, position(session, change="1"))
    assert "As we wrote." in text(change)
    missing = browser.send(f"{RECORD}/record", position(session))
    assert missing.status_code == 422
    assert "Attach the e-mail of the partner." in text(missing)
    assert "As we wrote." in text(missing)
    assert browser.send(f"{RECORD}/record", position(session, **mail())).status_code == 303
    vote = electors.find_elector(session, ballot_now(session).id, world.partner("WMO").id)[1]
    assert (vote.capacity, vote.position, vote.comment) == (Capacity.ON_RECORD, Position.APPROVE, "As we wrote.")
    assert vote.evidence_id is not None
    session.rollback()
    again = browser.send(f"{RECORD}/record", position(session, **mail()))
    assert again.status_code in (303, 409)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"position": ""}, "Choose a position"),
        ({"position": "no_objection"}, "Choose a position"),
        ({"position": "veto"}, "Choose a position"),
        ({"position": "object", "comment": ""}, "Give the reason for WMO’s objection"),
        ({"position": "approve_with_comments", "comment": "\u200b"}, "Write the comments of WMO"),
        ({"comment": "x" * 2001}, "Comment: use 2,000 characters at most."),
    ],
)
def test_a_position_that_is_refused_stays_on_the_page(world, enter, session, changes, message):
    makers.open_one(world)
    browser = enter()
    answer = browser.send(RECORD, position(session, **changes))
    assert answer.status_code == 422
    assert message in text(answer)
    sent = browser.send(f"{RECORD}/record", position(session, **changes, **mail()))
    assert sent.status_code == 422
    assert events(session) == ["opened"]


def test_a_silence_asks_for_the_cure(world, enter, session):
    makers.open_silence(world)
    browser = enter()
    answer = browser.send(RECORD, position(session, position="object"))
    assert answer.status_code == 422
    assert "Say what would lift WMO’s objection" in text(answer)
    answer = browser.send(RECORD, position(session, position="object", cure="Chapter 4 goes"))
    assert answer.status_code == 200
    assert "Chapter 4 goes" in text(answer)
    browser.send(f"{RECORD}/record", position(session, position="object", cure="Chapter 4 goes", **mail()))
    assert ballot_now(session).suspended_at is not None


def test_an_election_asks_for_candidates(world, enter, session):
    makers.open_election(world)
    browser = enter()
    assert "Candidates it supports" in text(browser.get(RECORD))
    answer = browser.send(RECORD, position(session))
    assert answer.status_code == 422
    assert "Choose whom this vote supports." in text(answer)
    answer = browser.send(RECORD, position(session, candidates=["2"]))
    assert "Candidate 2" in text(answer)
    browser.send(f"{RECORD}/record", position(session, candidates=["2"], **mail()))
    vote = electors.find_elector(session, ballot_now(session).id, world.partner("WMO").id)[1]
    assert vote.candidates == [2]


def test_a_partners_own_vote_stands(world, enter, session):
    voter = world.mandate("WMO")
    ballot = makers.open_one(world)
    makers.cast(world, ballot, voter, "WMO", Position.ABSTAIN)
    browser = enter()
    assert 'value="WMO"' not in text(browser.get("/ballots/B-26-01/on-record"))
    assert browser.send("/ballots/B-26-01/on-record", {"seat": "WMO"}).status_code == 422
    assert "a partner’s own vote stands" in text(browser.get(RECORD))
    late = browser.send(f"{RECORD}/record", position(session, expected_revision="1", comment="This stays", **mail()))
    assert late.status_code == 409
    assert "own vote stands" in text(late)
    assert "This stays" in text(late)


def test_a_position_after_the_closing_or_for_another_text(world, enter, session, clock):
    ballot = makers.open_one(world)
    closes_at = ballot.closes_at
    browser = enter()
    other = browser.send(f"{RECORD}/record", position(session, text_sha256="0" * 64, **mail()))
    assert other.status_code == 409
    clock.set(closes_at)
    browser = enter()
    assert "is not open" in text(browser.get(RECORD))
    late = browser.send(f"{RECORD}/record", position(session, **mail()))
    assert late.status_code == 409
    assert "closed at" in text(late)
    assert events(session) == ["opened"]


@pytest.mark.parametrize("seat", ["NASA", "wmo", "%00", "x" * 300])
def test_no_such_seat(world, enter, seat):
    makers.open_one(world)
    assert enter().get(f"/ballots/B-26-01/on-record/{seat}").status_code == 404


def test_a_file_that_is_refused_keeps_the_rest(world, enter, session):
    makers.open_one(world)
    bad = {"evidence": (io.BytesIO(b"<svg/>"), "a.svg")}
    answer = enter().send(f"{RECORD}/record", position(session, **bad))
    assert answer.status_code == 422
    assert "cannot be taken" in text(answer)
    assert "As we wrote." in text(answer)
    assert events(session) == ["opened"]
