"""The voting rules that are in force: stored, dated, and changed only by the Board once it has changed one (¶24).

Until the Board's first decision on a rule the Secretariat sets them; the page says which of the two holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from u4ssc_gov.board import rules
from u4ssc_gov.board.models import RuleSet
from u4ssc_gov.board.rules import BallotType, Method, VotingRule
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class RuleLine:
    """The rule of a type and method, with where it comes from."""

    type: BallotType
    method: Method
    rule: VotingRule
    in_force_at: datetime | None  # None: the house default, nobody has set another
    basis: str  # the decision's number; empty when the Secretariat set it
    pending: bool  # a newer version waits for the Board


def rule_in_force(session: Session, ballot_type: BallotType, method: Method, now: datetime) -> VotingRule:
    """The rule that a ballot opened at ``now`` gets: the newest stored one, else the house default."""
    row = session.scalar(
        select(RuleSet)
        .where(
            RuleSet.type == ballot_type,
            RuleSet.method == method,
            RuleSet.in_force_at.is_not(None),
            RuleSet.in_force_at <= now,
        )
        .order_by(RuleSet.in_force_at.desc(), RuleSet.version.desc())
        .limit(1)
    )
    return rules.rule_from_json(row.rule) if row is not None else rules.default_rule(ballot_type, method)


def list_rules(session: Session, now: datetime) -> list[RuleLine]:
    """The rule of every type and method, in the order of the types. One statement."""
    rows = session.scalars(select(RuleSet).order_by(RuleSet.version, RuleSet.id)).all()
    lines = []
    for ballot_type, methods in rules.DEFAULTS.items():
        for method in methods:
            mine = [row for row in rows if (row.type, row.method) == (ballot_type, method)]
            in_force = [row for row in mine if row.in_force_at is not None and row.in_force_at <= now]
            newest = max(in_force, key=lambda row: (row.in_force_at, row.version), default=None)
            pending = any(row.in_force_at is None and row.rejected_at is None for row in mine)
            if newest is None:
                rule = rules.default_rule(ballot_type, method)
                lines.append(RuleLine(ballot_type, method, rule, None, "", pending))
            else:
                rule = rules.rule_from_json(newest.rule)
                lines.append(RuleLine(ballot_type, method, rule, newest.in_force_at, newest.basis, pending))
    return lines


def list_versions(session: Session, ballot_type: BallotType, method: Method) -> Sequence[RuleSet]:
    """Every version of one rule, newest first."""
    statement = select(RuleSet).where(RuleSet.type == ballot_type, RuleSet.method == method)
    return session.scalars(statement.order_by(RuleSet.version.desc(), RuleSet.id.desc())).all()


def get_rule_set(session: Session, rule_set_id: int) -> RuleSet:
    """One version. Raises ``NotFound``."""
    found = session.get(RuleSet, rule_set_id)
    if found is None:
        raise NotFound(_("There is no such rule."), "board.rule.unknown")
    return found


def is_boards_alone(session: Session) -> bool:
    """Whether the Board has decided on a rule before: from then on only the Board changes them."""
    return session.scalar(select(RuleSet.id).where(RuleSet.basis != "").limit(1)) is not None


def first_basis(session: Session) -> str:
    """The decision by which the Board first decided on a rule; empty while it has not."""
    statement = select(RuleSet.basis).where(RuleSet.basis != "")
    return session.scalar(statement.order_by(RuleSet.id).limit(1)) or ""


def next_version(session: Session, ballot_type: BallotType, method: Method) -> int:
    """The number of the next version; the house default counts as the first."""
    newest = session.scalar(
        select(func.max(RuleSet.version)).where(RuleSet.type == ballot_type, RuleSet.method == method)
    )
    return (newest or 1) + 1


def numbered(rule: VotingRule, method: Method, version: int) -> VotingRule:
    """The same numbers as this version of a method's rule."""
    return replace(rule, method=method, version=version)
