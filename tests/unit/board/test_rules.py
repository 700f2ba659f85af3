"""The counting rule against an independent model, and the state at the edges of the instants (¶24)."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u4ssc_gov.board import rules, wording
from u4ssc_gov.board.rules import BallotOutcome, BallotState, BallotType, Position, Tally, VotingRule

CLOSES = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
OPENS = CLOSES - timedelta(days=14)
TICK = timedelta(microseconds=1)

positions = st.lists(st.one_of(st.none(), st.sampled_from(Position)), min_size=0, max_size=24)
voting_rules = st.builds(
    lambda quorum, passing, approvals, objections: VotingRule(
        quorum[0], quorum[1], passing[0], passing[1], approvals, objections
    ),
    st.sampled_from([(0, 1), (1, 4), (1, 3), (1, 2), (2, 3), (3, 4)]),
    st.sampled_from([(0, 1), (1, 3), (1, 2), (2, 3), (3, 4)]),
    st.integers(0, 20),
    st.one_of(st.none(), st.integers(0, 20)),
)


def model(rule: VotingRule, answers: list[Position | None]) -> BallotOutcome:
    """The same decision said another way: by fractions of people, one at a time."""
    yes = [a for a in answers if a is not None and a.value == "approve"]
    no = [a for a in answers if a is not None and a.value == "object"]
    given_ = [a for a in answers if a is not None]
    if not Fraction(len(given_)) > Fraction(rule.quorum_num, rule.quorum_den) * len(answers):
        return BallotOutcome.NO_QUORUM
    refused = (
        Fraction(len(yes)) <= Fraction(rule.pass_num, rule.pass_den) * (len(yes) + len(no))
        or len(yes) < rule.min_approvals
        or (rule.max_objections is not None and len(no) > rule.max_objections)
    )
    return BallotOutcome.NOT_APPROVED if refused else BallotOutcome.APPROVED


@given(voting_rules, positions)
@settings(max_examples=1000)
def test_the_outcome_equals_an_independent_model(rule, answers):
    counts = rules.tally(len(answers), [a for a in answers if a is not None])
    result = rules.decide(rule, counts)
    assert result.outcome is model(rule, answers)
    assert counts.answered + counts.missing == len(answers)
    # every condition prints a sum that agrees with its verdict
    for check in result.checks:
        within = check.actual <= check.needed if check.name == "objections" else check.actual >= check.needed
        assert check.holds == within, check


@given(voting_rules, positions)
@settings(max_examples=500)
def test_one_more_approval_never_hurts(rule, answers):
    if None not in answers:
        return
    before = model(rule, answers)
    place = answers.index(None)
    after = rules.decide(
        rule, rules.tally(len(answers), [Position.APPROVE, *(a for a in answers[:place] + answers[place + 1 :] if a)])
    ).outcome
    order = [BallotOutcome.NO_QUORUM, BallotOutcome.NOT_APPROVED, BallotOutcome.APPROVED]
    assert order.index(after) >= order.index(before)


@pytest.mark.parametrize(
    ("approve", "abstain", "objects", "outcome"),
    [
        (5, 4, 0, BallotOutcome.APPROVED),  # 9 answers, the smallest number that can pass
        (5, 3, 0, BallotOutcome.NO_QUORUM),  # 8 of 16 are not more than half
        (5, 0, 4, BallotOutcome.APPROVED),
        (8, 0, 8, BallotOutcome.NOT_APPROVED),  # a tie never passes
        (4, 5, 0, BallotOutcome.NOT_APPROVED),  # fewer than five approve
        (9, 0, 7, BallotOutcome.APPROVED),
        (16, 0, 0, BallotOutcome.APPROVED),
        (0, 16, 0, BallotOutcome.NOT_APPROVED),
        (0, 0, 0, BallotOutcome.NO_QUORUM),
    ],
)
def test_the_default_rule_with_sixteen_partners(approve, abstain, objects, outcome):
    assert rules.decide(VotingRule(), Tally(16, approve, abstain, objects)).outcome is outcome


@pytest.mark.parametrize(
    ("approve", "objects", "outcome"),
    [(11, 4, BallotOutcome.APPROVED), (11, 5, BallotOutcome.NOT_APPROVED), (10, 0, BallotOutcome.NOT_APPROVED)],
)
def test_a_revision_of_the_terms_of_reference_needs_two_thirds_of_all_seats(approve, objects, outcome):
    rule = rules.default_rule(BallotType.TOR_REVISION)
    assert rules.decide(rule, Tally(16, approve, 0, objects)).outcome is outcome


@pytest.mark.parametrize(("electors", "needed"), [(16, 9), (15, 8), (17, 9), (1, 1), (2, 2), (0, 1)])
def test_answers_needed(electors, needed):
    assert rules.answers_needed(VotingRule(), electors) == needed


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (OPENS - TICK, BallotState.SCHEDULED),
        (OPENS, BallotState.OPEN),
        (OPENS + TICK, BallotState.OPEN),
        (CLOSES - timedelta(seconds=1), BallotState.OPEN),
        (CLOSES - TICK, BallotState.OPEN),
        (CLOSES, BallotState.CLOSED),
        (CLOSES + TICK, BallotState.CLOSED),
        (CLOSES + timedelta(seconds=1), BallotState.CLOSED),
    ],
)
def test_the_state_at_the_edges(now, state):
    assert rules.ballot_state(opens_at=OPENS, closes_at=CLOSES, withdrawn=False, now=now) is state
    assert rules.ballot_state(opens_at=OPENS, closes_at=CLOSES, withdrawn=True, now=now) is BallotState.WITHDRAWN


def test_a_ballot_that_was_never_opened_is_a_draft_whatever_the_time():
    for closes_at in (None, CLOSES):
        for now in (CLOSES - TICK, CLOSES + timedelta(days=400)):
            assert rules.ballot_state(opens_at=None, closes_at=closes_at, withdrawn=False, now=now) is BallotState.DRAFT


def test_the_rule_survives_its_journey_through_the_database():
    for kind in BallotType:
        rule = rules.default_rule(kind)
        assert rules.rule_from_json(rule.as_json()) == rule
        assert rule.can_pass(16)


def test_a_rule_nobody_can_meet_is_recognised():
    assert not VotingRule().can_pass(4)
    assert VotingRule().can_pass(5)
    assert not rules.default_rule(BallotType.TOR_REVISION).can_pass(10)


def test_the_rule_in_words():
    assert (
        wording.rule_in_words(VotingRule(), 16)
        == "16 partners; at least 9 must answer; more approve than object; at least 5 approve"
    )
    assert (
        wording.rule_in_words(rules.default_rule(BallotType.TOR_REVISION), 16)
        == "16 partners; at least 9 must answer; more approve than object; at least 11 approve; at most 4 object"
    )
    unanimous = VotingRule(pass_num=2, pass_den=3, min_approvals=1, max_objections=0)
    assert wording.rule_in_words(unanimous, 16).endswith(
        "more than 2/3 of those who approve or object approve; at least 1 approves; none objects"
    )


def test_the_sum_is_printed():
    rule = rules.default_rule(BallotType.TOR_REVISION)
    result = rules.decide(rule, Tally(16, 10, 1, 0))
    assert [wording.check_in_words(check, rule, result.tally) for check in result.checks] == [
        "At least 9 of 16 partners answer (11)",
        "More approve than object (10 to 0)",
        "At least 11 approve (10)",
        "At most 4 object (0)",
    ]
    assert wording.counts_in_words(result.tally, closed=False) == "10 approve · 0 object · 1 abstains · 5 to vote"
    assert wording.counts_in_words(result.tally, closed=True) == "10 approve · 0 object · 1 abstains · 5 did not vote"


def digest(**changes):
    facts = {
        "code": "B-26-01",
        "ballot_type": BallotType.APPOINTMENT,
        "title": "T",
        "decision_text": "D",
        "if_approved": "",
        "if_not_approved": "",
        "rule": VotingRule().as_json(),
        "documents": [("CV", "a" * 64)],
    }
    return rules.frozen_digest(**{**facts, **changes})


@pytest.mark.parametrize(
    "change",
    [
        {"code": "B-26-02"},
        {"title": "T "},
        {"decision_text": "d"},
        {"if_approved": "x"},
        {"if_not_approved": "x"},
        {"rule": VotingRule(min_approvals=6).as_json()},
        {"documents": []},
        {"documents": [("CV", "b" * 64)]},
        {"documents": [("Cv", "a" * 64)]},
        {"ballot_type": BallotType.GUIDANCE},
    ],
)
def test_the_digest_covers_everything_that_is_voted_on(change):
    assert digest() == digest()
    assert digest() != digest(**change)


def test_every_type_names_its_paragraphs_and_its_words():
    for kind in BallotType:
        assert "24" in rules.clauses_of(kind)
        assert wording.type_label(kind)
    assert {wording.position_label(position) for position in Position} == {"Approve", "Abstain", "Object"}
    assert {wording.outcome_label(outcome) for outcome in BallotOutcome} == {"Approved", "Not approved", "No quorum"}


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("Short. Text.", "Short. Text."),
        (f"{'word ' * 10}ends here. The rest.", f"{'word ' * 10}ends here."),
        ("x" * 300, "x" * 240 + "…"),
        ("", ""),
    ],
)
def test_the_first_sentence(text, summary):
    assert wording.first_sentence(text) == summary


@pytest.mark.parametrize(
    ("state", "outcome", "left", "tag"),
    [
        (BallotState.OPEN, None, timedelta(hours=25), ("Open", "b")),
        (BallotState.OPEN, None, timedelta(hours=24), ("Closes within 24 hours", "a")),
        (BallotState.CLOSED, BallotOutcome.APPROVED, -TICK, ("Approved", "g")),
        (BallotState.CLOSED, BallotOutcome.NO_QUORUM, -TICK, ("No quorum", "r")),
        (BallotState.CLOSED, None, -TICK, ("Closed", "")),
        (BallotState.WITHDRAWN, None, TICK, ("Withdrawn", "")),
        (BallotState.DRAFT, None, TICK, ("Draft", "")),
    ],
)
def test_the_tag_of_a_state(state, outcome, left, tag):
    assert wording.state_tag(state, outcome, CLOSES, CLOSES - left) == tag
