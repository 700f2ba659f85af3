"""The panel offers the Secretariat what can be done now, and nothing else."""

from datetime import timedelta

from tests.integration.board import makers
from tests.integration.board.running.helpers import SECOND, text
from u4ssc_gov.board import history, queries, services
from u4ssc_gov.board.pages import ballot as pages
from u4ssc_gov.board.pages import running as running_pages
from u4ssc_gov.board.rules import VotingRule
from u4ssc_gov.core.actor import SYSTEM


def panel_of(world, ballot, officer):
    actor = world.actor(officer)
    found = queries.get_ballot_text(world.session, ballot.code, actor=actor)
    page = pages.build(world.session, found, (), (), actor=actor, now=world.now)
    return running_pages.build_panel(page, actor, world.now)


def names(panel):
    return [act.endpoint for act in (*([panel.primary] if panel.primary else []), *panel.acts, *panel.quiet)]


def test_the_panel_of_a_draft_and_of_a_scheduled_ballot(world, officer):
    ballot = makers.make_draft(world)
    assert names(panel_of(world, ballot, officer)) == ["check_opening", "edit_ballot", "withdraw_ballot"]
    opens_at = world.now + timedelta(days=1)
    services.open_ballot(
        world.session, ballot, closes_at=opens_at + timedelta(days=4), opens_at=opens_at, actor=SYSTEM, now=world.now
    )
    panel = panel_of(world, ballot, officer)
    assert names(panel) == ["withdraw_ballot", "ask_annulment"]
    assert "It opens by itself Tue 24 Nov, 10:00 Geneva" in panel.sentence


def test_the_panel_of_an_open_ballot(world, officer):
    people = makers.everybody(world)
    ballot = makers.open_one(world, rule=VotingRule(early_close=False))
    panel = panel_of(world, ballot, officer)
    assert panel.sentence.startswith("16 partners have not answered.")
    assert names(panel) == [
        "remind_partners", "choose_seat", "extend_ballot", "supersede_ballot", "withdraw_ballot", "ask_annulment",
    ]  # fmt: skip
    makers.answer(world, ballot, people, "y" * 16)
    services.extend_ballot(
        world.session, ballot, closes_at=ballot.closes_at + SECOND, reason="x", actor=SYSTEM, now=world.now
    )
    panel = panel_of(world, ballot, officer)
    assert panel.sentence == "Every partner has answered."
    assert panel.notes == ["It was extended once, and cannot be extended again."]
    assert "remind_partners" not in names(panel)
    election = panel_of(world, makers.open_election(world), officer)
    assert "withdraw_candidate" in names(election)
    assert election.sentence.startswith("16 partners have not answered.")


def test_the_panel_of_a_broken_silence(world, officer, broken):
    panel = panel_of(world, broken, officer)
    assert panel.primary.endpoint == "offer_correction"
    assert names(panel)[1:5] == ["next_round", "refer_ballot", "supersede_ballot", "withdraw_ballot"]
    made = services.draft_next_round(world.session, broken, actor=SYSTEM, now=world.now)
    assert panel_of(world, broken, officer).acts[0].args == {"code": made.code}


def test_the_panel_of_a_closed_ballot(world, officer, clock, closed):
    panel = panel_of(world, closed, officer)
    assert panel.primary.endpoint == "certify_ballot"
    assert "record_outcome" in names(panel)
    services.record_outcome(world.session, closed, now=world.now)
    assert "record_outcome" not in names(panel_of(world, closed, officer))
    undecided = makers.open_one(world)
    clock.set(undecided.closes_at)
    panel = panel_of(world, undecided, officer)
    assert panel.sentence == "It decided nothing: no quorum. It needs a next step."
    assert names(panel)[:2] == ["next_round", "refer_ballot"]
    assert "certify_ballot" in names(panel)


def test_the_panel_of_a_decision(world, officer, clock, challenged):
    panel = panel_of(world, challenged, officer)
    assert (panel.primary.endpoint, panel.primary.args) == ("answer_challenge", {"partner": "WMO"})
    (challenge,) = history.list_challenges(world.session, challenged.id)
    services.decide_challenge(
        world.session, challenged, challenge, upheld=True, answer="x", actor=SYSTEM, now=world.now
    )
    panel = panel_of(world, challenged, officer)
    assert "A challenge was upheld" in panel.sentence
    clock.move(days=11)
    services.ask_annulment(
        world.session, challenged, reason="x", actor=world.actor(world.officer("ITU")), now=world.now
    )
    panel = panel_of(world, challenged, officer)
    assert panel.primary.endpoint == "confirm_annulment"
    assert panel.sentence == "ITU asked that this ballot be annulled."


def test_the_panel_is_the_secretariats(world, sign_in, officer):
    makers.open_one(world)
    voter = world.mandate("WMO")
    world.commit()
    assert "For the Secretariat" in text(sign_in(officer).get("/ballots/B-26-01"))
    assert "For the Secretariat" not in text(sign_in(voter).get("/ballots/B-26-01"))
