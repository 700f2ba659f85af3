"""How the Board decides: pure integer arithmetic on a rule and electors frozen at opening (¶24).

The Terms of Reference name no quorum and no majority. Every number here is a house setting, labelled as such, copied
into the ballot when it opens and printed on it in words.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

COMMENT_LENGTH = 2000
DECISION_LENGTH = 8000
MAXIMUM_DOCUMENTS = 5
MAXIMUM_OPEN = timedelta(days=90)  # house setting; the shortest time is in charter.rules.HOUSE
CLOSING_SOON = timedelta(days=7)
LAST_DAY = timedelta(hours=24)


class BallotType(StrEnum):
    """What is being decided."""

    APPOINTMENT = "appointment"
    DELIVERABLE = "deliverable"
    ACTION_PLAN = "action_plan"
    TOR_REVISION = "tor_revision"
    KPI_SET = "kpi_set"
    GUIDANCE = "guidance"


class Position(StrEnum):
    """What a partner answers. Not having voted is a state, not a position."""

    APPROVE = "approve"
    ABSTAIN = "abstain"
    OBJECT = "object"


class BallotState(StrEnum):
    """Derived from the ballot's instants and ``now``; never stored."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class BallotOutcome(StrEnum):
    """How a closed ballot ended."""

    APPROVED = "approved"
    NOT_APPROVED = "not_approved"
    NO_QUORUM = "no_quorum"


@dataclass(frozen=True, slots=True)
class VotingRule:
    """Quorum, threshold and objections, in whole numbers and fractions of whole numbers.

    ``quorum``: answers needed is the smallest whole number greater than ``quorum_num/quorum_den`` of the electors.
    ``pass``: approvals must exceed ``pass_num/pass_den`` of approvals and objections together.
    """

    quorum_num: int = 1
    quorum_den: int = 2
    pass_num: int = 1
    pass_den: int = 2
    min_approvals: int = 5
    max_objections: int | None = None  # None: objections count against, but do not stop the decision by themselves

    def as_json(self) -> dict[str, Any]:
        """The copy that is frozen into the ballot."""
        return asdict(self)

    def can_pass(self, electors: int) -> bool:
        """Whether a vote of all these electors in favour would pass; a rule that nobody can meet is refused."""
        return decide(self, Tally(electors, electors, 0, 0)).outcome is BallotOutcome.APPROVED


def rule_from_json(data: Mapping[str, Any]) -> VotingRule:
    """Read the frozen copy back."""
    return VotingRule(**data)


def ballot_state(
    *, opens_at: datetime | None, closes_at: datetime | None, withdrawn: bool, now: datetime
) -> BallotState:
    """The state at an instant. Open means ``opens_at <= now < closes_at``, to the microsecond, job or no job."""
    if withdrawn:
        return BallotState.WITHDRAWN
    if opens_at is None or closes_at is None:
        return BallotState.DRAFT
    if now < opens_at:
        return BallotState.SCHEDULED
    return BallotState.OPEN if now < closes_at else BallotState.CLOSED


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over the electors; ``missing`` have not voted."""

    electors: int
    approve: int
    abstain: int
    object: int

    @property
    def answered(self) -> int:
        """Electors with any position."""
        return self.approve + self.abstain + self.object

    @property
    def missing(self) -> int:
        """Electors without a position."""
        return self.electors - self.answered


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of the rule: what it needs, what there is, whether it holds now."""

    name: str  # "quorum", "threshold", "approvals" or "objections"
    needed: int
    actual: int
    holds: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome if the ballot closed with this tally, with each condition and its sum."""

    outcome: BallotOutcome
    tally: Tally
    checks: tuple[Check, ...]


def tally(electors: int, positions: Iterable[Position]) -> Tally:
    """Count the counted positions (one for each elector that answered)."""
    answers = list(positions)
    return Tally(
        electors, answers.count(Position.APPROVE), answers.count(Position.ABSTAIN), answers.count(Position.OBJECT)
    )


def answers_needed(rule: VotingRule, electors: int) -> int:
    """The smallest whole number of answers greater than the quorum fraction of the electors (16 gives 9)."""
    return electors * rule.quorum_num // rule.quorum_den + 1


def decide(rule: VotingRule, counts: Tally) -> Result:
    """Apply the rule. All comparisons are between whole numbers; a tie never passes."""
    needed = answers_needed(rule, counts.electors)
    expressed = counts.approve + counts.object
    checks = [
        Check("quorum", needed, counts.answered, counts.answered >= needed),
        Check(
            "threshold",
            expressed * rule.pass_num // rule.pass_den + 1,
            counts.approve,
            counts.approve * rule.pass_den > expressed * rule.pass_num,
        ),
        Check("approvals", rule.min_approvals, counts.approve, counts.approve >= rule.min_approvals),
    ]
    if rule.max_objections is not None:
        holds = counts.object <= rule.max_objections
        checks.append(Check("objections", rule.max_objections, counts.object, holds))
    if not checks[0].holds:
        outcome = BallotOutcome.NO_QUORUM
    elif all(check.holds for check in checks):
        outcome = BallotOutcome.APPROVED
    else:
        outcome = BallotOutcome.NOT_APPROVED
    return Result(outcome, counts, tuple(checks))


def default_rule(ballot_type: BallotType) -> VotingRule:
    """House defaults by type: a ToR revision needs two thirds of all seats (ADR 0007), the rest a simple majority."""
    if ballot_type is BallotType.TOR_REVISION:
        return VotingRule(pass_num=1, pass_den=2, min_approvals=11, max_objections=4)
    return VotingRule()


def frozen_digest(
    *,
    code: str,
    ballot_type: BallotType,
    title: str,
    decision_text: str,
    if_approved: str,
    if_not_approved: str,
    rule: Mapping[str, Any],
    documents: Sequence[tuple[str, str]],
) -> str:
    """SHA-256 over everything a partner votes on; ``documents`` are (title, SHA-256 of the content) in order."""
    frozen = {
        "code": code,
        "type": ballot_type.value,
        "title": title,
        "decision_text": decision_text,
        "if_approved": if_approved,
        "if_not_approved": if_not_approved,
        "rule": dict(rule),
        "documents": [list(document) for document in documents],
    }
    canonical = json.dumps(frozen, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def receipt_code(code: str, acronym: str, revision: int) -> str:
    """The number of a receipt: "B-26-19-WMO-1"."""
    return f"{code}-{acronym}-{revision}"


def clauses_of(ballot_type: BallotType) -> tuple[str, ...]:
    """The paragraphs of the clause ledger that a ballot of this type answers."""
    return {
        BallotType.APPOINTMENT: ("23d", "24", "34a"),
        BallotType.DELIVERABLE: ("21b", "24"),
        BallotType.ACTION_PLAN: ("23a", "24"),
        BallotType.TOR_REVISION: ("23c", "24"),
        BallotType.KPI_SET: ("4", "24"),
        BallotType.GUIDANCE: ("23b", "24"),
    }[ballot_type]
