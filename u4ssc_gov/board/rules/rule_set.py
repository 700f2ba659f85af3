"""The voting rule: a house setting, stored and dated, frozen into each ballot (¶24).

The Terms of Reference name no quorum, majority, period or method. Every number here is a setting of the house, labelled
as such, copied into the ballot when it opens and printed on it in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from u4ssc_gov.board.rules.kinds import (
    Advice,
    BallotType,
    Method,
    PassBase,
    PeriodKind,
    QuorumBase,
    Visibility,
)
from u4ssc_gov.core.dates import GENEVA, add_working_days

MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class VotingRule:
    """One rule, in whole numbers and fractions of whole numbers. ``docs/ledger-format.md`` 6 says what each key means.

    ``quorum``: answers must exceed ``quorum_num/quorum_den`` of the base. ``pass``: approvals must exceed
    ``pass_num/pass_den`` of the base, or reach it when ``pass_at_least``.
    """

    method: Method = Method.VOTE
    version: int = 1
    quorum_num: int = 1
    quorum_den: int = 2
    quorum_base: QuorumBase = QuorumBase.SEATS_MINUS_RECUSED
    pass_num: int = 1
    pass_den: int = 2
    pass_at_least: bool = False
    pass_base: PassBase = PassBase.YES_NO
    min_approvals: int = 5
    max_objections: int | None = None
    max_objections_num: int | None = None
    max_objections_den: int | None = None
    silence_break: int = 1
    silence_acknowledged: int = 0
    consultation_days: int = 5
    period_days: int = 10
    period_kind: PeriodKind = PeriodKind.WORKING
    minimum_hours: int = 72
    early_close: bool = True
    extension_days: int = 7
    on_no_quorum: Advice = Advice.NEW_ROUND
    on_tie: Advice = Advice.NEW_ROUND
    visibility: Visibility = Visibility.LIVE
    reminder_hours: tuple[int, ...] = (168, 72, 24)
    challenge_days: int = 10
    secrecy_seats: int = 0

    def as_json(self) -> dict[str, Any]:
        """The copy that is frozen into the ballot: plain strings, numbers and lists."""
        found = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


_KINDS = {
    "method": Method,
    "quorum_base": QuorumBase,
    "pass_base": PassBase,
    "period_kind": PeriodKind,
    "on_no_quorum": Advice,
    "on_tie": Advice,
    "visibility": Visibility,
}
_KNOWN = frozenset(field.name for field in fields(VotingRule))


def rule_from_json(data: Mapping[str, Any]) -> VotingRule:
    """Read a frozen copy back. Keys that an older copy lacks have their first meaning: a plain vote, never early."""
    found: dict[str, Any] = {"early_close": False, "quorum_base": "all_seats"} if "method" not in data else {}
    found.update({name: value for name, value in data.items() if name in _KNOWN})
    for name, kind in _KINDS.items():
        if name in found:
            found[name] = kind(found[name])
    if "reminder_hours" in found:
        found["reminder_hours"] = tuple(found["reminder_hours"])
    return VotingRule(**found)


_PLAIN = VotingRule(period_days=15)
_SILENCE = VotingRule(method=Method.SILENCE, min_approvals=0, early_close=False)
_PERSONS = VotingRule(method=Method.ELECTION, visibility=Visibility.AT_CLOSE, secrecy_seats=2)
_TERMS = VotingRule(
    period_days=20,
    pass_num=2,
    pass_den=3,
    pass_at_least=True,
    pass_base=PassBase.ALL_SEATS,
    min_approvals=0,
    max_objections_num=1,
    max_objections_den=4,
)

# The first method of a type is its usual one. What is not listed is refused (governance practice: silence is for the
# uncontroversial, persons are elected, the Terms of Reference are voted on).
DEFAULTS: dict[BallotType, dict[Method, VotingRule]] = {
    BallotType.DELIVERABLE: {Method.SILENCE: _SILENCE, Method.VOTE: replace(_PLAIN, period_days=10)},
    BallotType.ACTION_PLAN: {Method.VOTE: _PLAIN},
    BallotType.TOR_REVISION: {Method.VOTE: _TERMS},
    BallotType.APPOINTMENT: {Method.ELECTION: _PERSONS},
    BallotType.KPI_SET: {Method.VOTE: _PLAIN},
    BallotType.GUIDANCE: {Method.SILENCE: _SILENCE, Method.VOTE: replace(_PLAIN, period_days=10)},
    BallotType.RULE_SET: {Method.VOTE: _PLAIN},
}


def methods_of(ballot_type: BallotType) -> tuple[Method, ...]:
    """The methods a type may be decided by, the usual one first."""
    return tuple(DEFAULTS[ballot_type])


def default_rule(ballot_type: BallotType, method: Method | None = None) -> VotingRule:
    """The house default, used until a rule set is stored. Raises ``KeyError`` for a method the type does not know."""
    return DEFAULTS[ballot_type][method or methods_of(ballot_type)[0]]


def same_minute_on(day: date, instant: datetime) -> datetime:
    """The UTC instant on a Geneva day at which clocks there show what they showed at another instant."""
    local = instant.astimezone(GENEVA)
    return local.replace(year=day.year, month=day.month, day=day.day, fold=0).astimezone(UTC)


def usual_closing(rule: VotingRule, opens_at: datetime) -> datetime:
    """When a ballot that opens at an instant closes by its rule: the same minute in Geneva on the last day, and never
    before the rule's shortest time (three days over the night in spring have 71 hours).
    """
    local = opens_at.astimezone(GENEVA)
    if rule.period_kind is PeriodKind.WORKING:
        day = add_working_days(local.date(), rule.period_days)
    else:
        day = local.date() + timedelta(days=rule.period_days)
    # In UTC: instants of one zone are compared and added by its wall clock.
    shortest = opens_at.astimezone(UTC) + timedelta(hours=rule.minimum_hours)
    return max(same_minute_on(day, opens_at), shortest)


def problems_of(rule: VotingRule) -> list[tuple[str, str]]:
    """What makes a rule unusable, as (field, code); empty when it can be used."""
    found = []
    fractions = (
        ("quorum_num", rule.quorum_num, rule.quorum_den),
        ("pass_num", rule.pass_num, rule.pass_den),
        ("max_objections_num", rule.max_objections_num or 0, rule.max_objections_den or 1),
    )
    found += [(name, "fraction") for name, num, den in fractions if not (0 <= num <= den and 0 < den <= 100)]
    if (rule.max_objections_num is None) != (rule.max_objections_den is None):
        found.append(("max_objections_num", "fraction"))
    bounds = {
        "min_approvals": (0, 100),
        "silence_break": (1, 100),
        "silence_acknowledged": (0, 100),
        "consultation_days": (1, 30),
        "period_days": (1, 60),
        "minimum_hours": (72, 24 * MOST_DAYS),  # never below three days
        "extension_days": (0, 30),
        "challenge_days": (0, 60),
        "secrecy_seats": (0, 100),
    }
    found += [(name, "range") for name, (low, high) in bounds.items() if not low <= getattr(rule, name) <= high]
    if rule.max_objections is not None and not 0 <= rule.max_objections <= 100:
        found.append(("max_objections", "range"))
    hours = rule.reminder_hours
    falling = list(hours) == sorted(set(hours), reverse=True)
    if len(hours) > 5 or any(not 1 <= hour <= 24 * MOST_DAYS for hour in hours) or not falling:
        found.append(("reminder_hours", "range"))
    if rule.method is Method.SILENCE and rule.visibility is Visibility.AT_CLOSE:
        found.append(("visibility", "visibility"))  # what breaks a silence must be seen
    return found
