"""How a ballot ends: section 7 of the format in integer arithmetic, written from the document and from nothing else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from u4verify.schema import CHOICES

Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a seat answered, finally; in an election also whom it supports."""

    choice: str
    candidates: tuple[int, ...] = ()


@dataclass(frozen=True)
class Decision:
    """The outcome and every number that led to it."""

    outcome: str
    tally: dict[str, int]
    elected: tuple[int, ...]
    sums: dict[str, Any]


def decide(
    rule: Rule, seats: int, answers: Sequence[Answer], *, posts: int = 0, withdrawn: Collection[int] = ()
) -> Decision:
    """The outcome of a ballot with `seats` seats and the final answers of those that gave one."""
    tally = {choice: sum(answer.choice == choice for answer in answers) for choice in CHOICES} | {"seats": seats}
    if rule["method"] == "silence":
        return _silence(rule, tally)
    if rule["method"] == "election":
        return _election(rule, tally, answers, posts, withdrawn)
    return _vote(rule, tally)


def _sums(rule: Rule, seats: int, recused: int, yes: int, no: int, abstained: int) -> dict[str, Any]:
    """The quantities of section 7, under names that a sentence can use."""
    base = seats - recused
    answered = yes + no + abstained
    bases = {"yes_no": yes + no, "cast": answered, "all_seats": seats, "seats_minus_recused": base}
    return {
        "yes": yes,
        "no": no,
        "abstained": abstained,
        "answered": answered,
        "base": base,
        "quorum_base": bases[rule["quorum_base"]],
        "pass_base": bases[rule["pass_base"]],
    }


def _has_quorum(rule: Rule, sums: Mapping[str, Any]) -> bool:
    base = sums["quorum_base"]
    if base == 0 or sums["base"] == 0:
        return False
    return bool(sums["answered"] * rule["quorum_den"] > base * rule["quorum_num"])


def _passes(rule: Rule, approvals: int, base: int) -> bool:
    left, right = approvals * rule["pass_den"], base * rule["pass_num"]
    return approvals > 0 and bool(left >= right if rule["pass_at_least"] else left > right)


def _objections_bounded(rule: Rule, no: int, seats: int) -> bool:
    if rule["max_objections"] is not None and no > rule["max_objections"]:
        return False
    if rule["max_objections_num"] is None or rule["max_objections_den"] is None:
        return True
    return bool(no * rule["max_objections_den"] <= seats * rule["max_objections_num"])


def _vote(rule: Rule, tally: dict[str, int]) -> Decision:
    yes, no = tally["approve"] + tally["approve_with_comments"], tally["object"]
    sums = _sums(rule, tally["seats"], tally["recuse"], yes, no, tally["abstain"])
    if not _has_quorum(rule, sums):
        return Decision("no_quorum", tally, (), sums)
    others = yes >= rule["min_approvals"] and _objections_bounded(rule, no, tally["seats"])
    if _passes(rule, yes, sums["pass_base"]):
        outcome = "approved" if others else "not_approved"
    else:
        outcome = "tie" if others and yes == no and yes > 0 else "not_approved"
    return Decision(outcome, tally, (), sums)


def _silence(rule: Rule, tally: dict[str, int]) -> Decision:
    objections = tally["object"] + tally["ask_vote"]
    base = tally["seats"] - tally["recuse"]
    if objections >= rule["silence_break"]:
        outcome = "broken_silence"
    elif base == 0 or tally["no_objection"] < rule["silence_acknowledged"]:
        outcome = "no_quorum"
    else:
        outcome = "approved"
    return Decision(outcome, tally, (), {"objections": objections, "base": base})


def _election(
    rule: Rule, tally: dict[str, int], answers: Sequence[Answer], posts: int, withdrawn: Collection[int]
) -> Decision:
    standing = [
        kept
        for answer in answers
        if answer.choice in ("approve", "approve_with_comments") and (kept := set(answer.candidates) - set(withdrawn))
    ]
    yes, no = len(standing), tally["object"]
    abstained = tally["abstain"] + tally["approve"] + tally["approve_with_comments"] - yes
    sums = _sums(rule, tally["seats"], tally["recuse"], yes, no, abstained)
    supports = {number: sum(number in kept for kept in standing) for kept in standing for number in kept}
    sums["supports"] = supports = dict(sorted(supports.items()))
    if not _has_quorum(rule, sums):
        return Decision("no_quorum", tally, (), sums)
    if not _objections_bounded(rule, no, tally["seats"]):
        return Decision("not_approved", tally, (), sums)
    eligible = {
        number: count
        for number, count in supports.items()
        if _passes(rule, count, sums["pass_base"]) and count >= rule["min_approvals"]
    }
    outcome, elected = _fill(eligible, posts)
    return Decision(outcome, tally, elected, sums)


def _fill(eligible: Mapping[int, int], posts: int) -> tuple[str, tuple[int, ...]]:
    """Fill the posts in falling order of support; equals who do not all fit stay outside together."""
    elected: list[int] = []
    tied = False
    ranked = sorted(eligible, key=lambda number: -eligible[number])
    for _, group in groupby(ranked, key=lambda number: eligible[number]):
        equals = list(group)
        free = posts - len(elected)
        if len(equals) > free:
            tied = free > 0
            break
        elected += equals
    if len(elected) == posts:
        outcome = "approved"
    elif tied:
        outcome = "tie"
    else:
        outcome = "partly" if elected else "not_approved"
    return outcome, tuple(sorted(elected))
