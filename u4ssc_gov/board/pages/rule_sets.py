"""The voting rules as their pages show them: every number in plain words, versions side by side (¶24).

The Terms of Reference name no quorum, majority, period or method: every number is a house setting and labelled so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, rule_sets, rule_words, rules, wording
from u4ssc_gov.board.models import RuleSet
from u4ssc_gov.board.pages import preparing as preparing_pages
from u4ssc_gov.board.rule_parts import compare, parts_of
from u4ssc_gov.board.rules import BallotType, Method, VotingRule
from u4ssc_gov.core.i18n import gettext as _

# ── the pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


class RuleRow(NamedTuple):
    """One rule of the list."""

    kind: str
    method: str
    kind_label: str
    method_label: str
    clause: str
    rule: str
    period: str
    version: int
    since: datetime | None
    basis: str
    pending: bool


@dataclass(frozen=True, slots=True)
class RulesPage:
    """Every rule, by what is decided, and who may change them now."""

    groups: tuple[tuple[str, str, tuple[RuleRow, ...]], ...]  # (kind, clause, its methods)
    partners: int
    boards_alone: str  # number of the decision; empty while the Secretariat may


def build_list(session: Session, now: datetime) -> RulesPage:
    """The list. Three statements."""
    partners = len(electors.list_current_partners(session, now))
    rows: dict[BallotType, list[RuleRow]] = {}
    for line in rule_sets.list_rules(session, now):
        rows.setdefault(line.type, []).append(_row(line, partners))
    groups = tuple(
        (preparing_pages.type_name(kind), rules.clauses_of(kind)[0], tuple(found)) for kind, found in rows.items()
    )
    return RulesPage(groups, partners, rule_sets.first_basis(session))


def _row(line: rule_sets.RuleLine, partners: int) -> RuleRow:
    return RuleRow(
        kind=line.type.value,
        method=line.method.value,
        kind_label=preparing_pages.type_name(line.type),
        method_label=wording.method_label(line.method),
        clause=rules.clauses_of(line.type)[0],
        rule=rule_words.rule_in_words(line.rule, partners),
        period=rule_words.period_in_words(line.rule),
        version=line.rule.version,
        since=line.in_force_at,
        basis=line.basis,
        pending=line.pending,
    )


class Version(NamedTuple):
    """One version of a rule, with where it comes from and where it stands."""

    number: int
    rule: str
    since: datetime | None
    basis: str
    reason: str
    state: str  # in_force, past, waiting or rejected


@dataclass(frozen=True, slots=True)
class RulePage:
    """One rule: its parts, its versions, and two of them side by side."""

    kind: BallotType
    method: Method
    current: VotingRule
    in_words: str
    meaning: str
    parts: tuple[tuple[str, str], ...]
    versions: tuple[Version, ...]
    compared: tuple[tuple[str, str, str, bool], ...]  # (part, old, new, differs)
    pair: tuple[int, int] | None
    boards_alone: str


def build_rule(
    session: Session, kind: BallotType, method: Method, now: datetime, *, old: int | None = None, new: int | None = None
) -> RulePage:
    """One rule. Four statements. ``old`` and ``new`` are the versions to put side by side."""
    partners = len(electors.list_current_partners(session, now))
    current = rule_sets.rule_in_force(session, kind, method, now)
    rows = rule_sets.list_versions(session, kind, method)
    known = {row.version: rules.rule_from_json(row.rule) for row in rows}
    known.setdefault(1, rules.default_rule(kind, method))
    pair = (old, new) if old in known and new in known and old != new else None
    return RulePage(
        kind=kind,
        method=method,
        current=current,
        in_words=rule_words.rule_in_words(current, partners),
        meaning=preparing_pages.meaning(method),
        parts=parts_of(current),
        versions=_versions(rows, kind, current, partners),
        compared=compare(known[pair[0]], known[pair[1]]) if pair and old is not None and new is not None else (),
        pair=(old, new) if pair and old is not None and new is not None else None,
        boards_alone=rule_sets.first_basis(session),
    )


def _versions(rows: Sequence[RuleSet], kind: BallotType, current: VotingRule, partners: int) -> tuple[Version, ...]:
    found = []
    for row in rows:
        rule = rules.rule_from_json(row.rule)
        if row.rejected_at is not None:
            state = "rejected"
        elif row.in_force_at is None:
            state = "waiting"
        else:
            state = "in_force" if row.version == current.version else "past"
        in_words = rule_words.rule_in_words(rule, partners)
        found.append(Version(row.version, in_words, row.in_force_at, row.basis, row.reason, state))
    if not any(version.number == 1 for version in found):
        state = "in_force" if current.version == 1 else "past"
        in_words = rule_words.rule_in_words(rules.default_rule(kind, current.method), partners)
        found.append(Version(1, in_words, None, "", _("House default."), state))
    return tuple(found)
