"""The silence procedure: adopted at the stated minute unless somebody objects, and what an objection sets off (¶24)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories import ACRONYMS
from tests.integration.board import makers
from tests.integration.board.makers import SECRETARIAT, addresses, code_of, entries, events, mails, object_to
from tests.support.board_sums import full_minute
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board import queries, rules, services
from u4ssc_gov.board.rules import BallotOutcome, BallotState, Method, Position, VotingRule
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.errors import Invalid

SECOND, TICK, DAY = timedelta(seconds=1), timedelta(microseconds=1), timedelta(days=1)


def rule(**numbers):
    return VotingRule(method=Method.SILENCE, min_approvals=0, early_close=False, **numbers)


@pytest.fixture
def people(world):
    return makers.everybody(world)


def audited(world, action):
    return len(world.session.scalars(select(AuditRecord).where(AuditRecord.action == action)).all())


def state(world, ballot):
    return queries.state_of(ballot, world.now)


def test_nobody_objects_and_the_text_is_adopted_at_the_stated_minute(world, clock, people):
    ballot = makers.open_silence(world)
    makers.answer(world, ballot, people, "nnr")
    clock.set(ballot.closes_at - TICK)
    assert code_of(services.record_outcome, world.session, ballot, now=world.now) == "board.ballot.not_closed"
    clock.set(ballot.closes_at)
    services.record_outcome(world.session, ballot, now=world.now)
    assert ballot.outcome is BallotOutcome.APPROVED
    assert entries(world.session, ballot) == ["ballot.opened", *["position.cast"] * 3, "ballot.closed"]
    assert mails(world.session, "ballot_outcome")[0].subject.startswith("Adopted by silence: B-26-01")


def test_everybody_answering_closes_no_silence(world, people):
    ballot = makers.open_silence(world)
    makers.answer(world, ballot, people, "n" * 16)
    assert state(world, ballot) is BallotState.OPEN


def test_an_objection_suspends_at_once_and_everybody_is_told(world, people):
    alternate = world.mandate("UNECE", alternate=True)
    ballot = makers.open_silence(world)
    stated = ballot.closes_at
    object_to(world, ballot, people["UNECE"], "UNECE")
    assert (state(world, ballot), ballot.suspended_at, ballot.suspended_closing) == (
        BallotState.SUSPENDED,
        world.now,
        stated,
    )
    assert ballot.closes_at == world.now + 7 * DAY  # five working days, Monday to Monday
    assert entries(world.session, ballot) == ["ballot.opened", "position.cast", "ballot.suspended"]
    assert events(world.session, ballot) == ["opened", "suspended"]
    assert audited(world, "board:ballot:suspend") == 1
    everyone = sorted([SECRETARIAT, alternate.email, *(person.email for person in people.values())])
    assert addresses(world.session, "ballot_news") == everyone
    for notice in mails(world.session, "ballot_news"):
        assert notice.subject.startswith("B-26-01: Silence broken")
        assert "UNECE objects" in notice.text
        assert "Chapter 4 repeats ours." in notice.text  # why
        assert "Refer to our chapter." in notice.text  # what would lift it


@pytest.mark.parametrize(
    ("position", "words", "code", "field"),
    [
        (Position.OBJECT, {}, "board.vote.reason_missing", "comment"),
        (Position.OBJECT, {"comment": "No.", "cure": " \x00 "}, "board.vote.cure_missing", "cure"),
        (Position.OBJECT, {"comment": "No.", "cure": "x" * 2001}, "board.vote.comment_long", "cure"),
        (Position.APPROVE, {}, "board.vote.not_offered", "position"),
        (Position.ABSTAIN, {}, "board.vote.not_offered", "position"),
    ],
)
def test_an_answer_a_silence_does_not_take(world, people, position, words, code, field):
    ballot = makers.open_silence(world)
    with pytest.raises(Invalid) as refused:
        makers.cast(world, ballot, people["WMO"], "WMO", position, **words)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert entries(world.session, ballot) == ["ballot.opened"]


def test_any_seat_may_ask_for_a_vote_without_a_reason(world, people):
    ballot = makers.open_silence(world)
    makers.cast(world, ballot, people["WMO"], "WMO", Position.ASK_VOTE)
    assert state(world, ballot) is BallotState.SUSPENDED
    assert "WMO asks for a vote" in mails(world.session, "ballot_news")[0].text
    vote = services.draft_next_round(world.session, ballot, method=Method.VOTE, actor=SYSTEM, now=world.now)
    makers.open_draft(world, vote, days=14)
    assert (vote.method, vote.round, vote.previous_id) == (Method.VOTE, 2, ballot.id)
    assert vote.rule == rules.default_rule(vote.type, Method.VOTE).as_json()
    assert vote.deliverable_id == ballot.deliverable_id
    assert state(world, ballot) is BallotState.SUPERSEDED
    assert entries(world.session, ballot)[-1] == "ballot.superseded"


def test_while_suspended_only_the_objector_answers_and_only_by_lifting(world, people):
    ballot = makers.open_silence(world)
    makers.cast(world, ballot, people["ITU"], "ITU", Position.NO_OBJECTION)
    object_to(world, ballot, people["WMO"], "WMO")
    before = entries(world.session, ballot)
    for acronym, position in (
        ("FAO", Position.NO_OBJECTION),
        ("ITU", Position.RECUSE),
        ("WMO", Position.RECUSE),
        ("WMO", Position.ASK_VOTE),
    ):
        assert code_of(makers.cast, world, ballot, people[acronym], acronym, position) == "board.ballot.suspended"
    assert code_of(object_to, world, ballot, people["FAO"], "FAO") == "board.ballot.suspended"
    assert entries(world.session, ballot) == before


@pytest.mark.parametrize(
    ("after", "closes_after"),
    [
        (timedelta(hours=1), timedelta(days=13)),  # what was left of 14 days, one of which had passed
        (timedelta(days=6), timedelta(days=13)),
    ],
)
def test_a_lifted_objection_lets_the_silence_go_on_with_a_new_closing(world, clock, people, after, closes_after):
    ballot = makers.open_silence(world)
    clock.move(days=1)
    object_to(world, ballot, people["WMO"], "WMO")
    clock.set(world.now + after)
    makers.cast(world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION)
    assert (state(world, ballot), ballot.suspended_at, ballot.suspended_closing) == (BallotState.OPEN, None, None)
    assert ballot.closes_at == world.now + closes_after
    assert entries(world.session, ballot)[-2:] == ["position.cast", "ballot.resumed"]
    assert events(world.session, ballot)[-1] == "resumed"
    assert "WMO lifted its objection" in mails(world.session, "ballot_news")[-1].text
    assert len(mails(world.session, "ballot_news")) == 34
    clock.set(ballot.closes_at)
    assert services.record_outcome(world.session, ballot, now=world.now).outcome is BallotOutcome.APPROVED


def test_at_least_three_days_are_left_after_lifting(world, clock, people):
    ballot = makers.open_silence(world)
    clock.set(ballot.closes_at - SECOND)
    object_to(world, ballot, people["WMO"], "WMO")
    clock.move(hours=2)
    makers.cast(world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION)
    assert ballot.closes_at == full_minute(world.now + timedelta(hours=72))
    object_to(world, ballot, people["FAO"], "FAO")  # and another partner may break it anew
    assert state(world, ballot) is BallotState.SUSPENDED
    assert entries(world.session, ballot).count("ballot.suspended") == 2


@pytest.mark.parametrize(("offset", "lifts"), [(-SECOND, True), (-TICK, True), (TICK * 0, False), (SECOND, False)])
def test_the_consultation_ends_to_the_microsecond(world, clock, people, offset, lifts):
    ballot = makers.open_silence(world)
    object_to(world, ballot, people["WMO"], "WMO")
    clock.set(ballot.closes_at + offset)
    if lifts:
        makers.cast(world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION)
        assert state(world, ballot) is BallotState.OPEN
    else:
        again = (makers.cast, world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION)
        assert code_of(*again) == "board.ballot.closed"
        services.record_outcome(world.session, ballot, now=world.now)
        assert ballot.outcome is BallotOutcome.BROKEN_SILENCE


def test_a_kept_objection_leads_to_a_new_round_a_vote_or_the_meeting_and_never_back(world, clock, people):
    for what in ("same", "vote", "meeting", "certify"):
        ballot = makers.open_silence(world)
        object_to(world, ballot, people["WMO"], "WMO")
        clock.set(ballot.closes_at)
        services.record_outcome(world.session, ballot, now=world.now)
        act = {"actor": SYSTEM, "now": world.now}
        if what == "meeting":
            services.refer_to_meeting(world.session, ballot, reason="To be discussed.", **act)
            assert (state(world, ballot), entries(world.session, ballot)[-1]) == (
                BallotState.REFERRED,
                "ballot.referred",
            )
        elif what == "certify":
            services.certify_ballot(world.session, ballot, **act)
            assert (state(world, ballot), ballot.outcome) == (BallotState.CERTIFIED, BallotOutcome.BROKEN_SILENCE)
            assert code_of(services.draft_next_round, world.session, ballot, **act) == "board.ballot.no_next_round"
        else:
            method = None if what == "same" else Method.VOTE
            following = services.draft_next_round(world.session, ballot, method=method, **act)
            assert services.draft_next_round(world.session, ballot, method=method, **act) is following
            assert state(world, ballot) is BallotState.CLOSED  # until the next round opens
            makers.open_draft(world, following, days=14)
            assert (following.round, state(world, ballot)) == (2, BallotState.SUPERSEDED)
            assert following.method is (method or Method.SILENCE)
            assert code_of(services.certify_ballot, world.session, ballot, **act) == "board.ballot.not_closed"
        assert code_of(makers.cast, world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION) in (
            "board.ballot.ended",
            "board.ballot.closed",
        )


def test_a_silence_that_needs_acknowledgement(world, clock, people):
    few, enough = (makers.open_silence(world, rule=rule(silence_acknowledged=3)) for _ in range(2))
    makers.answer(world, few, people, "nn")
    makers.answer(world, enough, people, "nnn")
    clock.set(few.closes_at)
    for ballot, outcome in ((few, BallotOutcome.NO_QUORUM), (enough, BallotOutcome.APPROVED)):
        assert services.record_outcome(world.session, ballot, now=world.now).outcome is outcome


def test_two_objections_are_needed_when_the_rule_says_so(world, clock, people):
    ballot = makers.open_silence(world, rule=rule(silence_break=2))
    object_to(world, ballot, people["WMO"], "WMO")
    assert state(world, ballot) is BallotState.OPEN
    object_to(world, ballot, people["FAO"], "FAO")
    assert state(world, ballot) is BallotState.SUSPENDED
    makers.cast(world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION)
    assert state(world, ballot) is BallotState.OPEN  # one objection is left; it breaks nothing
    clock.set(ballot.closes_at)
    assert services.record_outcome(world.session, ballot, now=world.now).outcome is BallotOutcome.APPROVED


def test_an_objection_on_record_breaks_the_silence_and_the_seat_itself_lifts_it(world, people):
    ballot = makers.open_silence(world)
    words = {"comment": "By e-mail: no.", "cure": "Drop annex 2."}
    makers.on_record(world, ballot, world.officer(), "WMO", Position.OBJECT, **words)
    assert state(world, ballot) is BallotState.SUSPENDED
    makers.cast(world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION)
    assert state(world, ballot) is BallotState.OPEN


def test_reminders_rest_while_the_partners_consult(world, people):
    ballot = makers.open_silence(world)
    object_to(world, ballot, people["WMO"], "WMO")
    act = {"actor": world.actor(world.officer()), "now": world.now}
    assert code_of(services.remind_partners, world.session, ballot, **act) == "board.ballot.not_open"
    kwargs = {"closes_at": ballot.closes_at + DAY, "reason": "x", **act}
    assert code_of(services.extend_ballot, world.session, ballot, **kwargs) == "board.extension.not_open"
    assert ACRONYMS[-1] == "WMO"
