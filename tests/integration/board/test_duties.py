"""What is owed, how the paragraphs stand, and what home shows."""

from datetime import timedelta

import pytest

from tests.factories import ACRONYMS
from tests.integration.board import makers
from u4ssc_gov.board import duties, owed, services
from u4ssc_gov.board.pages import cards
from u4ssc_gov.board.rules import BallotOutcome, Method, Position, VotingRule
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.duty import ClauseState, HolderKind


def test_each_partner_owes_its_vote_until_it_has_voted(world, clock):
    voter, other = world.mandate("WMO"), world.mandate("WMO", alternate=True)
    ballot = makers.open_one(world)
    makers.make_draft(world)
    for person in (voter, other):
        (duty,) = duties.duties(world.session, actor=world.actor(person), now=world.now)
        assert duty.title == "Vote on B-26-01: Appoint a Co-Chair for 2027"
        assert (duty.holder.kind, duty.holder.id) == (HolderKind.PARTNER, world.partner("WMO").id)
        assert (duty.endpoint, duty.args) == ("board.show_ballot", {"code": "B-26-01"})
        assert duty.clauses == ("23b", "24")
        assert duty.due_at == ballot.closes_at
    before = ballot.closes_at - timedelta(microseconds=1)
    assert duties.duties(world.session, actor=world.actor(voter), now=before)
    assert duties.duties(world.session, actor=world.actor(voter), now=ballot.closes_at) == []
    makers.cast(world, ballot, voter, "WMO")
    assert duties.duties(world.session, actor=world.actor(other), now=world.now) == []


def test_somebody_with_two_mandates_owes_two(world):
    voter = world.mandate("WMO")
    world.mandate("FAO", voter)
    makers.open_one(world)
    found = duties.duties(world.session, actor=world.actor(voter), now=world.now)
    assert {duty.args["partner"] for duty in found} == {"FAO", "WMO"}
    assert len({duty.key for duty in found}) == 2


def test_nobody_else_owes_a_vote(world):
    makers.open_one(world)
    for person in (world.participant(), world.officer(), world.co_chair()):
        assert duties.duties(world.session, actor=world.actor(person), now=world.now) == []


def test_a_silence_asks_nothing_of_those_who_agree_unless_its_rule_wants_to_hear_so(world, clock):
    actor = world.actor(world.mandate("WMO"))
    silent = makers.open_silence(world, days=5)
    asks = VotingRule(method=Method.SILENCE, silence_acknowledged=1)
    asking = makers.open_silence(world, days=5, rule=asks)
    (duty,) = duties.duties(world.session, actor=actor, now=world.now)
    assert duty.args == {"code": asking.code}
    (waiting,) = duties.secretariat_duties(world.session, now=world.now)
    assert waiting.title == f"16 partners have not voted on {asking.code}"
    clock.set(silent.closes_at)
    partner = world.partner("WMO").id
    record = owed.voting_record(world.session, [partner], world.now - timedelta(days=365), world.now)
    assert record == {partner: (0, 1)}  # silence in a silence is no missed vote


def test_the_secretariat_sees_who_is_missing_in_the_last_week_and_drafts(world):
    voter = world.mandate("WMO")
    soon, later = makers.open_one(world, days=7), makers.open_one(world, days=8)
    draft = makers.make_draft(world)
    makers.cast(world, soon, voter, "WMO")
    found = duties.secretariat_duties(world.session, now=world.now)
    assert [duty.title for duty in found] == [
        "15 partners have not voted on B-26-01",
        "Open B-26-03: Appoint a Co-Chair for 2027",
    ]
    assert found[0].action == "Remind 15"
    for ballot in (soon, later, draft):
        services.withdraw_ballot(world.session, ballot, reason="x", actor=SYSTEM, now=world.now)
    assert duties.secretariat_duties(world.session, now=world.now) == []


def test_the_secretariat_is_led_from_the_draft_to_the_annulment(world, clock):
    """Each state of a ballot has one thing to do, and no other."""
    people = {acronym: world.mandate(acronym) for acronym in ACRONYMS[:9]}
    asker = world.actor(world.officer("UNECE"))

    def owes(member=None):
        if member is not None:
            return [one.title for one in duties.duties(world.session, actor=world.actor(member), now=world.now)]
        return [one.title.replace("B-26-01", "it") for one in duties.secretariat_duties(world.session, now=world.now)]

    ballot = makers.make_draft(world, **makers.silence_fields(world))
    assert owes() == ["Open it: Adopt the guide"]
    opening = world.now + timedelta(days=1)
    act = {"actor": SYSTEM, "now": world.now}
    services.open_ballot(world.session, ballot, opens_at=opening, closes_at=opening + timedelta(days=14), **act)
    assert owes() == ["7 partners have nobody who may vote when it opens"]
    clock.set(opening)
    assert owes() == []
    makers.object_to(world, ballot, people["ITU"], "ITU")
    assert owes() == ["Consult on the objection to it"]
    assert len(owes(people["ITU"])) == 1
    assert owes(people["FAO"]) == []
    clock.set(ballot.closes_at)
    assert owes(people["ITU"]) == []
    services.record_outcome(world.session, ballot, now=world.now)
    assert owes() == ["it decided nothing: put it again or refer it"]
    services.certify_ballot(world.session, ballot, actor=SYSTEM, now=world.now)
    assert owes() == []
    actor = world.actor(people["ITU"])
    challenge = services.raise_challenge(
        world.session, ballot, partner_id=actor.mandates[0].partner_id, grounds="x", actor=actor, now=world.now
    )
    assert owes() == ["Answer the challenge of it"]
    services.decide_challenge(world.session, ballot, challenge, upheld=True, answer="Yes.", actor=asker, now=world.now)
    services.ask_annulment(world.session, ballot, reason="x", actor=asker, now=world.now)
    assert owes() == ["Confirm or leave the annulment of it"]
    other = world.actor(world.officer("ITU"))
    services.confirm_annulment(world.session, ballot, actor=other, now=world.now)
    assert owes() == []
    approved = makers.open_one(world)
    makers.answer(world, approved, people, "y" * 9)
    clock.set(approved.closes_at)
    services.record_outcome(world.session, approved, now=world.now)
    (certify,) = duties.secretariat_duties(world.session, now=world.now)
    assert (certify.title, certify.due_at) == (
        f"Certify the outcome of {approved.code}",
        duties.settling_due(approved.closes_at),
    )


def test_how_the_paragraphs_stand(world, clock):
    def stand():
        return {finding.clause: finding for finding in duties.clause_findings(world.session, now=world.now)}

    assert {clause: finding.state for clause, finding in stand().items()} == {
        "24": ClauseState.STATED,
        "23c": ClauseState.STATED,
        "23d": ClauseState.STATED,
    }
    ballot = makers.open_election(world)
    clock.set(ballot.closes_at)
    assert stand()["24"].state is ClauseState.DUE
    services.record_outcome(world.session, ballot, now=world.now)
    assert stand()["24"].sentence == "1 closed ballot waits to be certified"
    assert stand()["23d"].state is ClauseState.STATED
    services.certify_ballot(world.session, ballot, actor=SYSTEM, now=world.now)
    assert stand()["24"].state is ClauseState.MET
    assert stand()["24"].sentence == "1 ballot closed in 12 months, certified with its number"
    assert stand()["23d"].sentence == "1 appointment decided by the Board in 12 months"
    clock.move(days=366)
    assert stand()["24"].state is ClauseState.STATED


def test_cards_for_home(world):
    voter = world.mandate("WMO")
    first = makers.open_one(world, days=10, documents=(makers.paper(), makers.paper()))
    second = makers.open_one(world, days=4)
    makers.cast(world, second, voter, "WMO", Position.ABSTAIN)
    makers.make_draft(world)
    found = cards.ballot_cards(world.session, world.actor(voter), world.now)
    assert [card.code for card in found] == [first.code, second.code]  # what is still owed stands first
    assert [card.has_voted for card in found] == [False, True]
    assert found[0].to_vote == ("WMO",)
    assert found[0].documents == 2
    assert (
        found[0].summary
        == "The Partners Board approves the appointment of the candidate as Co-Chair of U4SSC for one year."
    )
    assert (found[1].counts.abstain, found[1].own) == (1, (15,))
    hidden = cards.ballot_cards(world.session, world.actor(world.participant()), world.now)
    assert [(card.cells, card.counts) for card in hidden] == [((), None), ((), None)]


def test_recently_decided(world, clock):
    people = makers.everybody(world)
    ballots = [makers.open_one(world, days=days) for days in (4, 5, 6, 30)]
    for acronym in ACRONYMS[:9]:
        makers.cast(world, ballots[1], people[acronym], acronym)
    clock.set(ballots[2].closes_at)
    decided = cards.recently_decided(world.session, world.actor(people["ITU"]), world.now, 2)
    assert [(one.code, one.outcome) for one in decided] == [
        (ballots[2].code, BallotOutcome.NO_QUORUM),
        (ballots[1].code, BallotOutcome.APPROVED),
    ]
    assert decided[1].own == (0,)
    record = owed.voting_record(world.session, [world.partner("ITU").id], world.now - timedelta(days=365), world.now)
    assert record == {world.partner("ITU").id: (1, 3)}


@pytest.mark.parametrize("many", [False, True])
def test_statements(world, clock, count_statements, many):
    voter = world.mandate("WMO")
    officer = world.actor(voter)
    for _ in range(12 if many else 1):
        makers.open_one(world, days=4)
        makers.open_silence(world, days=20)
        makers.open_election(world, days=20)
    world.commit()
    now = world.now + timedelta(days=4)
    for expected, call in (
        (1, lambda: duties.duties(world.session, actor=officer, now=world.now)),
        (1, lambda: duties.secretariat_duties(world.session, now=world.now)),
        (1, lambda: duties.clause_findings(world.session, now=now)),
        (2, lambda: cards.ballot_cards(world.session, officer, world.now)),
        (2, lambda: cards.recently_decided(world.session, officer, now, 5)),
    ):
        world.session.expunge_all()
        with count_statements() as seen:
            call()
        assert len(seen) == expected
