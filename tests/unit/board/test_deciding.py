"""How positions become an outcome, against a model written from docs/ledger-format.md 7 with fractions of people."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u4ssc_gov.board import rule_words, rules
from u4ssc_gov.board.rules import (
    Answer,
    BallotOutcome,
    BallotType,
    Method,
    PassBase,
    Position,
    QuorumBase,
    Tally,
    VotingRule,
)

POSTS = 3


# ── the model: section 7, one sentence at a time; nothing of the rules is called ─────────────────────────────────────


class Said(NamedTuple):
    """What a seat answered: the word of the format, and whom it supports."""

    choice: str
    candidates: tuple[int, ...] = ()


def has_quorum(rule: VotingRule, seats: int, recused: int, answered: int) -> bool:
    base = seats if rule.quorum_base == "all_seats" else seats - recused
    if base == 0 or seats == recused:
        return False
    return Fraction(answered, base) > Fraction(rule.quorum_num, rule.quorum_den)


def has_passed(rule: VotingRule, yes: int, base: int) -> bool:
    if yes == 0:
        return False
    share, bar = Fraction(yes, base), Fraction(rule.pass_num, rule.pass_den)
    return share >= bar if rule.pass_at_least else share > bar


def is_bounded(rule: VotingRule, no: int, seats: int) -> bool:
    if rule.max_objections is not None and no > rule.max_objections:
        return False
    if rule.max_objections_num is None:
        return True
    return no <= Fraction(rule.max_objections_num, rule.max_objections_den) * seats


def base_of(rule: VotingRule, seats: int, recused: int, yes: int, no: int, abstained: int) -> int:
    if rule.pass_base == "yes_no":
        return yes + no
    if rule.pass_base == "cast":
        return yes + no + abstained
    return seats - recused if rule.pass_base == "seats_minus_recused" else seats


def model(
    rule: VotingRule, seats: int, said: list[Said], standing: list[int], posts: int
) -> tuple[str, tuple[int, ...]]:
    """The outcome by the words of the format, with who is elected."""
    if rule.method == "silence":
        return silence(rule, seats, said), ()
    supported = [
        [name for name in one.candidates if name in standing] for one in said if one.choice.startswith("approve")
    ]
    yes, no, abstained = len(supported), times(said, "object"), times(said, "abstain")
    if rule.method == "election":
        nobody = sum(not names for names in supported)
        yes, abstained = yes - nobody, abstained + nobody
    recused = times(said, "recuse")
    base = base_of(rule, seats, recused, yes, no, abstained)
    if not has_quorum(rule, seats, recused, yes + no + abstained):
        return "no_quorum", ()
    if rule.method == "election":
        support = {name: sum(name in names for names in supported) for name in standing}
        return election(rule, support, base, posts) if is_bounded(rule, no, seats) else ("not_approved", ())
    rest = yes >= rule.min_approvals and is_bounded(rule, no, seats)
    if has_passed(rule, yes, base) and rest:
        return "approved", ()
    return ("tie" if yes == no > 0 and rest else "not_approved"), ()


def times(said: list[Said], *choices: str) -> int:
    return sum(one.choice in choices for one in said)


def silence(rule: VotingRule, seats: int, said: list[Said]) -> str:
    if times(said, "object", "ask_vote") >= rule.silence_break:
        return "broken_silence"
    if seats == times(said, "recuse") or times(said, "no_objection") < rule.silence_acknowledged:
        return "no_quorum"
    return "approved"


def election(rule: VotingRule, support: dict[int, int], base: int, posts: int) -> tuple[str, tuple[int, ...]]:
    eligible = [n for n in support if has_passed(rule, support[n], base) and support[n] >= rule.min_approvals]
    # Somebody is elected when everybody at least as supported fits with them.
    elected = tuple(n for n in sorted(eligible) if sum(support[o] >= support[n] for o in eligible) <= posts)
    if len(elected) == posts:
        return "approved", elected
    if len(eligible) > len(elected):
        return "tie", elected
    return ("partly" if elected else "not_approved"), elected


# ── generated rules and answers ──────────────────────────────────────────────────────────────────────────────────────

fractions = st.sampled_from([(0, 1), (1, 4), (1, 3), (1, 2), (2, 3), (3, 4), (1, 1)])


@st.composite
def rules_of(draw: st.DrawFn, method: Method) -> VotingRule:
    quorum, passing, most = draw(fractions), draw(fractions), draw(st.one_of(st.none(), fractions))
    return VotingRule(
        method=method,
        quorum_num=quorum[0],
        quorum_den=quorum[1],
        quorum_base=draw(st.sampled_from(QuorumBase)),
        pass_num=passing[0],
        pass_den=passing[1],
        pass_at_least=draw(st.booleans()),
        pass_base=draw(st.sampled_from(PassBase)),
        min_approvals=draw(st.sampled_from([0, 0, 1, 3, 5])),
        max_objections=draw(st.sampled_from([None, None, 0, 2, 4])),
        max_objections_num=most[0] if most else None,
        max_objections_den=most[1] if most else None,
        silence_break=draw(st.integers(1, 4)),
        silence_acknowledged=draw(st.integers(0, 4)),
    )


def answers_of(method: Method) -> st.SearchStrategy[list[Said | None]]:
    names = st.sets(st.integers(1, 4), min_size=1, max_size=POSTS).map(lambda some: tuple(sorted(some)))
    none = names if method is Method.ELECTION else st.just(())
    offered = [position.value for position in rules.OFFERED[method]]
    said = st.builds(
        lambda choice, some: Said(choice, some if choice == "approve" else ()), st.sampled_from(offered), none
    )
    one = st.one_of(st.none(), said)
    # The same few answers several times over, so that ties, unanimity and all recused come up often.
    blocks = st.lists(st.tuples(one, st.sampled_from([1, 3, 4])), max_size=5)
    # As many for as against, with some who stay away: by chance alone, not every run would meet a tie.
    even = st.tuples(said, said, st.integers(1, 8), st.integers(0, 2))
    return st.one_of(
        st.lists(one, max_size=17),
        blocks.map(lambda some: [answer for answer, number in some for _ in range(number)]),
        even.map(lambda some: [some[0], some[1]] * some[2] + [None] * some[3]),
    )


def decide(rule: VotingRule, said: list[Said | None], standing: list[int], posts: int) -> rules.Result:
    given_ = [one for one in said if one is not None]
    counts = rules.tally(len(said), [Position(one.choice) for one in given_])
    answers = [Answer(Position(one.choice), one.candidates) for one in given_]
    struck = frozenset({1, 2, 3, 4} - set(standing))
    return rules.decide(rule, counts, answers, candidates=[1, 2, 3, 4], withdrawn=struck, posts=posts)


cases = st.sampled_from(Method).flatmap(lambda method: st.tuples(rules_of(method), answers_of(method)))
standings = st.sets(st.integers(1, 4), max_size=4).map(sorted)


@pytest.mark.parametrize("method", Method)
def test_the_outcome_equals_an_independent_model(method):
    seen = set()

    @settings(max_examples=1000, deadline=None)
    @given(rules_of(method), answers_of(method), standings, st.integers(1, POSTS))
    def check(rule, said, standing, posts):
        result = decide(rule, said, standing, posts)
        given_ = [one for one in said if one is not None]
        outcome, elected = model(rule, len(said), given_, standing, posts)
        assert (result.outcome.value, result.elected) == (outcome, elected)
        seen.add(outcome)
        # what was cast is what is counted, whoever withdrew
        counts = result.tally
        assert counts.answered + counts.recuse + counts.missing == counts.electors == len(said)
        assert counts.approve == sum(one.choice.startswith("approve") for one in given_)
        assert counts.with_comments == sum(one.choice == "approve_with_comments" for one in given_)

    check()
    possible = {
        Method.VOTE: {"approved", "not_approved", "tie", "no_quorum"},
        Method.SILENCE: {"approved", "broken_silence", "no_quorum"},
        Method.ELECTION: {"approved", "partly", "not_approved", "tie", "no_quorum"},
    }
    assert seen == possible[method]  # the examples reach every way to end


@given(cases, standings, st.integers(1, POSTS))
@settings(max_examples=1000, deadline=None)
def test_every_sum_that_is_printed_agrees_with_the_verdict(case, standing, posts):
    rule, said = case
    result = decide(rule, said, standing, posts)
    for check in result.checks:
        compared = {
            "objections": check.actual <= check.needed,
            "silence": check.actual < check.needed,
            "posts": check.actual == check.needed,
        }
        assert check.holds == compared.get(check.name, check.actual >= check.needed), check
        words = rule_words.check_in_words(check, rule, result.tally)
        assert check.name == "threshold" or f"({check.actual}" in words
    assert (result.outcome is BallotOutcome.APPROVED) == all(check.holds for check in result.checks)
    whole = rule_words.sum_in_words(rule, result)
    assert whole.count(": met") + whole.count(": not met") == len(result.checks)


RANK = {
    BallotOutcome.NO_QUORUM: 0,
    BallotOutcome.NOT_APPROVED: 1,
    BallotOutcome.BROKEN_SILENCE: 1,
    BallotOutcome.TIE: 1,
    BallotOutcome.PARTLY: 2,
    BallotOutcome.APPROVED: 3,
}


@given(rules_of(Method.VOTE), answers_of(Method.VOTE), st.data())
@settings(max_examples=1000, deadline=None)
def test_one_more_approval_never_hurts_and_one_more_objection_in_its_place_never_helps(rule, said, data):
    free = [place for place, one in enumerate(said) if one is None or one.choice == "abstain"]
    if not free:
        return
    place = data.draw(st.sampled_from(free))
    outcomes = {}
    for choice in ("approve", "approve_with_comments", "object", None):
        changed = [*said]
        changed[place] = Said(choice) if choice else said[place]
        outcomes[choice] = RANK[decide(rule, changed, [], 0).outcome]
    assert outcomes["approve"] == outcomes["approve_with_comments"]
    assert outcomes["approve"] >= outcomes[None]
    assert outcomes["object"] <= outcomes["approve"]


@given(rules_of(Method.SILENCE), answers_of(Method.SILENCE))
@settings(max_examples=1000, deadline=None)
def test_a_silence_is_only_ever_broken_by_breaking_it(rule, said):
    before = decide(rule, said, [], 0).outcome
    for choice in ("no_objection", "recuse"):
        after = decide(rule, [*said, Said(choice)], [], 0).outcome
        assert (after is BallotOutcome.BROKEN_SILENCE) == (before is BallotOutcome.BROKEN_SILENCE)
    assert RANK[decide(rule, [*said, Said("no_objection")], [], 0).outcome] >= RANK[before]
    if before is BallotOutcome.BROKEN_SILENCE:
        assert decide(rule, [*said, Said("ask_vote")], [], 0).outcome is before


@given(rules_of(Method.ELECTION), answers_of(Method.ELECTION), st.integers(1, POSTS))
@settings(max_examples=1000, deadline=None)
def test_more_support_never_unseats_and_numbers_favour_nobody(rule, said, posts):
    result = decide(rule, said, [1, 2, 3, 4], posts)
    for name in result.elected:
        after = decide(rule, [*said, Said("approve", (name,))], [1, 2, 3, 4], posts)
        assert name in after.elected
    turned = [one and Said(one.choice, tuple(5 - name for name in one.candidates)) for one in said]
    mirrored = decide(rule, turned, [1, 2, 3, 4], posts)
    assert mirrored.outcome is result.outcome
    assert mirrored.elected == tuple(sorted(5 - name for name in result.elected))


@pytest.mark.parametrize(
    ("counts", "outcome"),
    [
        ((5, 4, 0), BallotOutcome.APPROVED),  # 9 answers, the smallest number that can pass
        ((5, 3, 0), BallotOutcome.NO_QUORUM),  # 8 of 16 are not more than half
        ((5, 0, 4), BallotOutcome.APPROVED),
        ((8, 0, 8), BallotOutcome.TIE),
        ((4, 1, 4), BallotOutcome.NOT_APPROVED),  # equal, but fewer than five approve as well
        ((4, 5, 0), BallotOutcome.NOT_APPROVED),
        ((9, 0, 7), BallotOutcome.APPROVED),
        ((0, 16, 0), BallotOutcome.NOT_APPROVED),
        ((0, 0, 0), BallotOutcome.NO_QUORUM),
        ((5, 2, 0, 3), BallotOutcome.APPROVED),  # three recused: more than half of 13 is 7
        ((5, 1, 0, 3), BallotOutcome.NO_QUORUM),
        ((0, 0, 0, 16), BallotOutcome.NO_QUORUM),
    ],
)
def test_the_house_rule_for_plain_votes_with_sixteen_partners(counts, outcome):
    assert rules.decide(VotingRule(), Tally(16, *counts)).outcome is outcome


@pytest.mark.parametrize(
    ("seats", "approve", "objects", "outcome"),
    [
        (16, 11, 4, BallotOutcome.APPROVED),
        (16, 11, 5, BallotOutcome.NOT_APPROVED),
        (16, 10, 0, BallotOutcome.NOT_APPROVED),  # 2/3 of 16 are 10.67
        (15, 10, 3, BallotOutcome.APPROVED),  # exactly 2/3 of 15
        (15, 10, 4, BallotOutcome.NOT_APPROVED),  # a quarter of 15 is 3.75
    ],
)
def test_two_thirds_of_all_seats_and_a_quarter_at_most_against(seats, approve, objects, outcome):
    rule = rules.default_rule(BallotType.TOR_REVISION)
    assert rules.decide(rule, Tally(seats, approve, 0, objects)).outcome is outcome


@pytest.mark.parametrize("kind", BallotType)
def test_every_house_rule_can_be_met_by_the_board_and_by_no_empty_one(kind):
    for method in rules.methods_of(kind):
        rule = rules.default_rule(kind, method)
        assert rules.can_pass(rule, 16, candidates=3, posts=2)
        assert not rules.can_pass(rule, 0, candidates=3, posts=2)
        assert rules.problems_of(rule) == []


@given(rules_of(Method.VOTE), st.integers(0, 17))
@settings(max_examples=500, deadline=None)
def test_a_rule_is_reachable_exactly_when_unanimity_passes(rule, electors):
    unanimous = [Said("approve")] * electors
    assert rules.can_pass(rule, electors) == (model(rule, electors, unanimous, [], 0)[0] == "approved")
