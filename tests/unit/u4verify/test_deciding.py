"""The outcome: generated ballots against a model that works with fractions and tries every order, and stated cases."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ledger_primitives import RULE
from u4verify.deciding import Answer, decide

YES = ("approve", "approve_with_comments")


@st.composite
def fractions(draw):
    den = draw(st.integers(1, 4))
    return draw(st.integers(0, den)), den


@st.composite
def rules(draw, method):
    quorum, least, objections = draw(fractions()), draw(fractions()), draw(st.none() | fractions())
    return RULE | {
        "method": method,
        "quorum_num": quorum[0],
        "quorum_den": quorum[1],
        "quorum_base": draw(st.sampled_from(["all_seats", "seats_minus_recused"])),
        "pass_num": least[0],
        "pass_den": least[1],
        "pass_at_least": draw(st.booleans()),
        "pass_base": draw(st.sampled_from(["yes_no", "cast", "seats_minus_recused", "all_seats"])),
        "min_approvals": draw(st.integers(0, 3)),
        "max_objections": draw(st.none() | st.integers(0, 3)),
        "max_objections_num": None if objections is None else objections[0],
        "max_objections_den": None if objections is None else objections[1],
        "silence_break": draw(st.integers(1, 3)),
        "silence_acknowledged": draw(st.integers(0, 3)),
    }


# --- the model ----------------------------------------------------------------------------------------------------


def base_of(name, seats, recused, yes, no, abstained):
    if name == "all_seats":
        return seats
    if name == "seats_minus_recused":
        return seats - recused
    return yes + no if name == "yes_no" else yes + no + abstained


def over(rule, votes, base):
    bound = base * Fraction(rule["pass_num"], rule["pass_den"])
    return votes > 0 and (votes > bound or (rule["pass_at_least"] and votes == bound))


def quorate(rule, seats, recused, answered):
    base = seats if rule["quorum_base"] == "all_seats" else seats - recused
    bound = base * Fraction(rule["quorum_num"], rule["quorum_den"])
    return base > 0 and seats - recused > 0 and answered > bound


def bounded(rule, no, seats):
    whole = rule["max_objections"]
    part = rule["max_objections_num"]
    return (whole is None or no <= whole) and (part is None or no <= seats * Fraction(part, rule["max_objections_den"]))


def model_vote(rule, seats, choices):
    yes = sum(choice in YES for choice in choices)
    no, abstained, recused = (choices.count(c) for c in ("object", "abstain", "recuse"))
    if not quorate(rule, seats, recused, yes + no + abstained):
        return "no_quorum"
    conditions = {
        "threshold": over(rule, yes, base_of(rule["pass_base"], seats, recused, yes, no, abstained)),
        "floor": yes >= rule["min_approvals"],
        "objections": bounded(rule, no, seats),
    }
    failing = [name for name, holds in conditions.items() if not holds]
    if not failing:
        return "approved"
    return "tie" if failing == ["threshold"] and yes == no and yes > 0 else "not_approved"


def model_silence(rule, seats, choices):
    if choices.count("object") + choices.count("ask_vote") >= rule["silence_break"]:
        return "broken_silence"
    if choices.count("recuse") == seats or choices.count("no_objection") < rule["silence_acknowledged"]:
        return "no_quorum"
    return "approved"


def model_election(rule, seats, answers, posts, withdrawn, numbers):
    """Fill the posts in every order that goes by support; elected is who is elected in all of them."""
    left = [(c, {n for n in named if n not in withdrawn}) for c, named in answers]
    kinds = [("abstain" if c in YES and not named else c) for c, named in left]
    yes = sum(kind in YES for kind in kinds)
    no, abstained, recused = (kinds.count(c) for c in ("object", "abstain", "recuse"))
    if not quorate(rule, seats, recused, yes + no + abstained):
        return "no_quorum", ()
    if not bounded(rule, no, seats):
        return "not_approved", ()
    base = base_of(rule["pass_base"], seats, recused, yes, no, abstained)
    votes = {n: sum(n in named for kind, named in left if kind in YES) for n in numbers}
    fit = [n for n in numbers if over(rule, votes[n], base) and votes[n] >= rule["min_approvals"]]
    orders = [order for order in permutations(fit) if all(votes[a] >= votes[b] for a, b in pairwise(order))]
    elected = tuple(sorted(set.intersection(*(set(order[:posts]) for order in orders))))
    if len(elected) == posts:
        return "approved", elected
    if len(fit) > len(elected):
        return "tie", elected
    return ("partly" if elected else "not_approved"), elected


# --- generated ----------------------------------------------------------------------------------------------------


@settings(max_examples=400, deadline=None)
@given(rules("vote"), st.integers(1, 7), st.data())
def test_votes_agree_with_the_model(rule, seats, data):
    choices = data.draw(st.lists(st.sampled_from([*YES, "abstain", "object", "recuse"]), max_size=seats))
    decision = decide(rule, seats, [Answer(choice) for choice in choices])
    assert decision.outcome == model_vote(rule, seats, choices)
    assert decision.elected == ()
    assert decision.tally == {c: choices.count(c) for c in decision.tally if c != "seats"} | {"seats": seats}


@settings(max_examples=200, deadline=None)
@given(rules("silence"), st.integers(1, 7), st.data())
def test_silence_agrees_with_the_model(rule, seats, data):
    choices = data.draw(st.lists(st.sampled_from(["no_objection", "object", "ask_vote", "recuse"]), max_size=seats))
    decision = decide(rule, seats, [Answer(choice) for choice in choices])
    assert decision.outcome == model_silence(rule, seats, choices)


@settings(max_examples=600, deadline=None)
@given(rules("election"), st.integers(1, 7), st.integers(1, 4), st.integers(1, 5), st.data())
def test_elections_agree_with_the_model(rule, seats, posts, candidates, data):
    numbers = list(range(1, candidates + 1))
    some = st.sets(st.sampled_from(numbers), min_size=1, max_size=posts)
    answer = st.tuples(st.sampled_from(YES), some) | st.tuples(
        st.sampled_from(["abstain", "object", "recuse"]), st.just(frozenset())
    )
    answers = data.draw(st.lists(answer, max_size=seats))
    withdrawn = data.draw(st.sets(st.sampled_from(numbers)))
    decision = decide(rule, seats, [Answer(c, tuple(named)) for c, named in answers], posts=posts, withdrawn=withdrawn)
    expected = model_election(rule, seats, answers, posts, withdrawn, numbers)
    assert (decision.outcome, decision.elected) == expected
    assert not set(decision.elected) & withdrawn


# --- stated -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "seats", "choices", "outcome"),
    [
        ({}, 4, ["approve"] * 3, "approved"),
        ({}, 4, ["approve"] * 2, "no_quorum"),
        ({}, 4, [], "no_quorum"),
        ({"quorum_num": 0}, 4, [], "no_quorum"),
        ({"quorum_num": 0}, 4, ["abstain"], "not_approved"),
        ({}, 4, ["approve", "approve", "object", "object"], "tie"),
        ({"pass_at_least": True}, 4, ["approve", "approve", "object", "object"], "approved"),
        ({"pass_at_least": True, "max_objections": 1}, 4, ["approve"] * 2 + ["object"] * 2, "not_approved"),
        ({"max_objections": 1}, 4, ["approve", "approve", "object", "object"], "not_approved"),
        ({"min_approvals": 3}, 4, ["approve", "approve", "abstain"], "not_approved"),
        ({"max_objections_num": 1, "max_objections_den": 3}, 6, ["approve"] * 4 + ["object"] * 2, "approved"),
        ({"max_objections_num": 1, "max_objections_den": 3}, 5, ["approve"] * 3 + ["object"] * 2, "not_approved"),
        ({"quorum_base": "seats_minus_recused"}, 4, ["recuse"] * 2 + ["approve"] * 2, "approved"),
        ({"quorum_base": "seats_minus_recused"}, 2, ["recuse"] * 2, "no_quorum"),
        ({"pass_base": "all_seats"}, 4, ["approve"] * 2 + ["abstain"], "not_approved"),
    ],
)
def test_votes_at_the_edges(change, seats, choices, outcome):
    assert decide(RULE | change, seats, [Answer(choice) for choice in choices]).outcome == outcome


@pytest.mark.parametrize(
    ("named", "posts", "outcome", "elected"),
    [
        ([(1,), (1,), (2,)], 1, "approved", (1,)),
        ([(1, 2), (1, 3), (1,)], 2, "partly", (1,)),
        ([(1, 2), (1, 2), (1, 3), (1, 3)], 2, "partly", (1,)),
        ([(1, 2), (1, 2), (2, 1)], 1, "tie", ()),
        ([(1, 2, 3), (1, 2, 3), (1, 2, 3), (1, 3, 2)], 2, "tie", ()),
        ([(1, 2), (1, 2), (1, 3)], 2, "approved", (1, 2)),
    ],
)
def test_elections_at_the_edges(named, posts, outcome, elected):
    rule = RULE | {"method": "election"}
    decision = decide(rule, len(named), [Answer("approve", item) for item in named], posts=posts)
    assert (decision.outcome, decision.elected) == (outcome, elected)
