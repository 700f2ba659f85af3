"""Remarks, challenges and the wish for a secret ballot, as people meet them."""

import pytest

from tests.integration.board import makers
from u4ssc_gov.board import history, locks, queries
from u4ssc_gov.board.rules import BallotState
from u4ssc_gov.workflows import outcomes

HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def everyone(world):
    return makers.everybody(world)


def test_a_remark_is_kept_once_and_read_by_the_board(world, session, sign_in, everyone):
    ballot = makers.open_one(world)
    person, other = world.participant(), world.participant()
    code, number = ballot.code, ballot.id
    world.commit()
    browser = sign_in(person)
    for _ in range(2):
        sent = browser.send(f"/ballots/{code}/remarks", {"text": f"Mind the cities. {HOSTILE}"})
        assert sent.status_code == 303
        assert sent.location.endswith("#remarks")
    assert len(history.list_remarks(session, number)) == 1
    session.commit()
    for reader, reads in ((everyone["WMO"], True), (person, True), (other, False)):
        html = sign_in(reader).get(f"/ballots/{code}").get_data(as_text=True)
        assert ("Mind the cities." in html) is reads
        assert "<script>alert" not in html


@pytest.mark.parametrize("text", ["", "  ", "x" * 2001])
def test_a_remark_that_cannot_be_kept_comes_back(world, session, sign_in, text):
    ballot = makers.open_one(world)
    person = world.participant()
    world.commit()
    response = sign_in(person).send(f"/ballots/{ballot.code}/remarks", {"text": text})
    assert response.status_code == 422
    assert "There is a problem" in response.get_data(as_text=True)
    assert text in response.get_data(as_text=True)
    assert not history.list_remarks(session, ballot.id)


def test_partners_leave_no_remarks_and_closed_ballots_take_none(world, clock, sign_in, everyone):
    ballot = makers.open_one(world)
    person = world.participant()
    world.commit()
    address = f"/ballots/{ballot.code}/remarks"
    assert sign_in(everyone["WMO"]).send(address, {"text": "Me too"}).status_code == 403
    clock.set(ballot.closes_at)
    browser = sign_in(person)
    response = browser.send(address, {"text": "Too late"})
    assert response.status_code == 422
    assert "is not open" in response.get_data(as_text=True)
    assert browser.send("/ballots/B-26-99/remarks", {"text": "Nowhere"}).status_code == 404


@pytest.fixture
def certified(world, clock, everyone):
    ballot = makers.open_one(world)
    makers.answer(world, ballot, everyone, "yyyyyyyyy")
    officer = world.officer()
    clock.set(ballot.closes_at)
    outcomes.certify(world.session, ballot, actor=world.actor(officer), now=clock.now())
    world.commit()
    return ballot


def test_a_challenge_is_asked_for_raised_once_and_shown(world, session, sign_in, everyone, certified):
    browser = sign_in(everyone["WMO"])
    page = browser.get(f"/ballots/{certified.code}/challenge?partner=WMO")
    assert page.status_code == 200
    assert "Raise the challenge for WMO" in page.get_data(as_text=True)
    empty = browser.send(f"/ballots/{certified.code}/challenge", {"grounds": " "})
    assert empty.status_code == 422
    assert "Say which step of the procedure was not followed." in empty.get_data(as_text=True)
    for _ in range(2):
        sent = browser.send(f"/ballots/{certified.code}/challenge", {"grounds": f"Another text. {HOSTILE}"})
        assert sent.status_code == 303
    assert len(history.list_challenges(session, certified.id)) == 1
    session.rollback()
    html = browser.get(f"/ballots/{certified.code}").get_data(as_text=True)
    assert "Another text." in html
    assert "<script>alert" not in html
    assert browser.get(f"/ballots/{certified.code}/challenge").status_code == 409  # once for each partner


def test_who_may_not_challenge_and_when(world, session, clock, sign_in, everyone, certified):
    for person in (world.participant(), world.co_chair(), world.officer("ITU")):
        world.commit()
        browser = sign_in(person)
        assert browser.get(f"/ballots/{certified.code}/challenge").status_code == 409
        refused = browser.send(f"/ballots/{certified.code}/challenge", {"grounds": "Because"})
        assert refused.status_code == 403
    browser = sign_in(everyone["WMO"])
    foreign = {"grounds": "Because", "partner_id": world.partner("FAO").id}
    world.commit()
    assert browser.send(f"/ballots/{certified.code}/challenge", foreign).status_code == 403
    clock.set(certified.challenges_until)
    world.commit()
    browser = sign_in(everyone["WMO"])
    late = browser.send(f"/ballots/{certified.code}/challenge", {"grounds": "Every word of this"})
    assert late.status_code == 422
    assert "Every word of this" in late.get_data(as_text=True)
    assert not history.list_challenges(session, certified.id)


def test_two_partners_end_an_election_by_asking_for_secrecy(world, session, sign_in, everyone):
    ballot = makers.open_election(world)
    makers.cast(world, ballot, everyone["FAO"], "FAO", candidates=(1,))
    world.commit()
    address = f"/ballots/{ballot.code}/secrecy"
    first, second = sign_in(everyone["WMO"]), sign_in(everyone["FAO"])
    assert "Ask for a secret ballot for WMO" in first.get(address).get_data(as_text=True)
    assert first.send(address).status_code == 303
    page = first.get(f"/ballots/{ballot.code}").get_data(as_text=True)
    assert "WMO asked for a secret ballot" in page
    assert first.get(address).status_code == 409  # asked already
    last = second.get(address).get_data(as_text=True)
    assert "This ends the ballot now." in last
    assert second.send(address).status_code == 303
    assert "asked for a secret ballot. The positions given here are void." in second.get(
        f"/ballots/{ballot.code}"
    ).get_data(as_text=True)
    session.rollback()
    assert queries.state_of(locks.lock_ballot_by_id(session, ballot.id), world.now) is BallotState.WITHDRAWN


def test_secrecy_is_for_elections_and_for_those_who_vote(world, sign_in, everyone):
    plain, election = makers.open_one(world), makers.open_election(world)
    officer = world.officer()
    world.commit()
    voter = sign_in(everyone["WMO"])
    assert voter.get(f"/ballots/{plain.code}/secrecy").status_code == 409
    assert voter.send(f"/ballots/{plain.code}/secrecy").status_code == 422
    assert sign_in(officer).send(f"/ballots/{election.code}/secrecy").status_code == 403
    assert "Ask for a secret ballot" not in voter.get(f"/ballots/{plain.code}").get_data(as_text=True)
