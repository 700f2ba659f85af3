"""The time of Geneva and the outcome of a ballot, from the practice note and docs/ledger-format.md 7, with fractions.

Part of ``board_model``: nothing of the platform or of ``u4verify`` is imported.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

GENEVA = ZoneInfo("Europe/Zurich")
APPROVALS = ("approve", "approve_with_comments")
OFFERED = {
    "vote": ("approve", "approve_with_comments", "abstain", "object", "recuse"),
    "silence": ("no_objection", "object", "ask_vote", "recuse"),
    "election": ("approve", "abstain", "object", "recuse"),
}
Rule = Mapping[str, Any]
Answers = Collection[tuple[str, tuple[int, ...]]]


# ── time: Geneva days and Geneva minutes ─────────────────────────────────────────────────────────────────────────────


def day_of(at: datetime) -> date:
    """The day it is in Geneva."""
    return at.astimezone(GENEVA).date()


def midnight(day: date) -> datetime:
    """When a Geneva day begins."""
    return datetime.combine(day, time(), GENEVA).astimezone(UTC)


def days_later(at: datetime, days: int, *, working: bool = False) -> datetime:
    """The same minute of the clock in Geneva, some days (or days from Monday to Friday) later."""
    local = at.astimezone(GENEVA)
    day = local.date()
    while days:
        day += timedelta(days=1)
        days -= not working or day.isoweekday() <= 5
    return datetime.combine(day, local.time().replace(fold=0), GENEVA).astimezone(UTC)


def full_minute(at: datetime) -> datetime:
    """The next full minute, or this one."""
    return at + timedelta(microseconds=(-(at.second * 1_000_000 + at.microsecond)) % 60_000_000)


# ── the outcome ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Outcome:
    """How a ballot ends with these positions."""

    name: str
    tally: dict[str, int]
    elected: tuple[int, ...] = ()


def decide(rule: Rule, seats: int, answers: Answers, struck: Iterable[int] = (), posts: int = 0) -> Outcome:
    """Section 7 of the format; ``answers`` are the positions that count, with the candidates they support."""
    cast = Counter(choice for choice, _names in answers)
    tally = {choice: cast[choice] for choices in OFFERED.values() for choice in choices} | {"seats": seats}
    if rule["method"] == "silence":
        return Outcome(_silence(rule, tally), tally)
    supports = [set(names) - set(struck) for choice, names in answers if choice in APPROVALS]
    left, votes = seats - cast["recuse"], sum(cast.values()) - cast["recuse"]
    quorum_of = seats if rule["quorum_base"] == "all_seats" else left
    if not left or Fraction(votes, quorum_of) <= Fraction(rule["quorum_num"], rule["quorum_den"]):
        return Outcome("no_quorum", tally)
    if rule["method"] == "election":
        return Outcome(*_election(rule, tally, [names for names in supports if names], posts))
    yes, against = len(supports), cast["object"]
    others = _bounded(rule, tally) and yes >= rule["min_approvals"]
    if others and _passes(rule, tally, yes, yes):
        return Outcome("approved", tally)
    return Outcome("tie" if others and yes == against > 0 else "not_approved", tally)


def _silence(rule: Rule, tally: dict[str, int]) -> str:
    if tally["object"] + tally["ask_vote"] >= rule["silence_break"]:
        return "broken_silence"
    somebody = tally["seats"] > tally["recuse"]
    return "approved" if somebody and tally["no_objection"] >= rule["silence_acknowledged"] else "no_quorum"


def _passes(rule: Rule, tally: dict[str, int], approvals: int, yes: int) -> bool:
    """Whether so many approvals are enough, where so many seats approve of anything."""
    if not approvals:
        return False
    base = {
        "yes_no": yes + tally["object"],
        "cast": sum(tally[choice] for choice in OFFERED["vote"]) - tally["recuse"],
        "seats_minus_recused": tally["seats"] - tally["recuse"],
        "all_seats": tally["seats"],
    }[rule["pass_base"]]
    share, bar = Fraction(approvals, base), Fraction(rule["pass_num"], rule["pass_den"])
    return share > bar or (rule["pass_at_least"] and share == bar)


def _bounded(rule: Rule, tally: dict[str, int]) -> bool:
    against, most = tally["object"], rule["max_objections"]
    if rule["max_objections_num"] is not None:
        bound = Fraction(rule["max_objections_num"], rule["max_objections_den"])
        if Fraction(against, tally["seats"]) > bound:
            return False
    return most is None or against <= most


def _election(
    rule: Rule, tally: dict[str, int], supports: list[set[int]], posts: int
) -> tuple[str, dict[str, int], tuple[int, ...]]:
    if not _bounded(rule, tally):
        return "not_approved", tally, ()
    counts = Counter(number for names in supports for number in names)
    eligible = {
        number: count
        for number, count in counts.items()
        if _passes(rule, tally, count, len(supports)) and count >= rule["min_approvals"]
    }
    # Somebody is elected when all who have as much support, or more, find a post.
    elected = tuple(sorted(n for n in eligible if sum(one >= eligible[n] for one in eligible.values()) <= posts))
    if len(elected) == posts:
        return "approved", tally, elected
    if len(eligible) > len(elected):
        return "tie", tally, elected
    return "partly" if elected else "not_approved", tally, elected
