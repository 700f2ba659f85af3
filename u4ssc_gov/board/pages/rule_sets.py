"""The voting rules as their pages show them: every number in plain words, versions side by side (¶24).

The Terms of Reference name no quorum, majority, period or method: every number is a house setting and labelled so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, rule_sets, rule_words, rules, wording
from u4ssc_gov.board.models import RuleSet
from u4ssc_gov.board.pages import preparing as preparing_pages
from u4ssc_gov.board.rules import Advice, BallotType, Method, PassBase, QuorumBase, Visibility, VotingRule
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext

_VOTING = ("quorum", "threshold", "approvals", "objections", "no_quorum", "tie")
LINES: dict[Method, tuple[str, ...]] = {
    Method.VOTE: (*_VOTING, "early", "period", "minimum", "extension", "visibility", "reminders", "challenge"),
    Method.ELECTION: (
        *_VOTING, "secrecy", "early", "period", "minimum", "extension", "visibility", "reminders", "challenge",
    ),
    Method.SILENCE: (
        "silence", "acknowledged", "consultation", "period", "minimum", "extension", "visibility", "reminders",
        "challenge",
    ),
}  # fmt: skip
"""What a rule of each method consists of, in the order of the pages."""


def label(line: str) -> str:
    """The name of one part of a rule."""
    return {
        "quorum": _("Answers needed"),
        "threshold": _("Support needed"),
        "approvals": _("Least number of approvals"),
        "objections": _("Most objections"),
        "no_quorum": _("When too few answer"),
        "tie": _("When it is a tie"),
        "early": _("Closes early"),
        "period": _("Usually open for"),
        "minimum": _("Never less than"),
        "extension": _("Extension"),
        "visibility": _("Positions are shown"),
        "reminders": _("Reminders"),
        "challenge": _("Time for challenges"),
        "secrecy": _("A secret ballot instead"),
        "silence": _("Silence is broken by"),
        "acknowledged": _("Partners that must say something"),
        "consultation": _("Consultation on an objection"),
    }[line]


def words(rule: VotingRule, line: str) -> str:
    """One part of a rule in words."""
    return _WORDS[line](rule)


def _quorum(rule: VotingRule) -> str:
    base = (
        _("all partners")
        if rule.quorum_base is QuorumBase.ALL_SEATS
        else _("partners that have not recused themselves")
    )
    return _("more than %(fraction)s of %(base)s", fraction=f"{rule.quorum_num}/{rule.quorum_den}", base=base)


def base_words(base: PassBase) -> str:
    """Of which answers or seats a threshold is a fraction."""
    return {
        PassBase.YES_NO: _("those who approve or object"),
        PassBase.CAST: _("those who approve, object or abstain"),
        PassBase.SEATS_MINUS_RECUSED: _("partners that have not recused themselves"),
        PassBase.ALL_SEATS: _("all partners"),
    }[base]


def _threshold(rule: VotingRule) -> str:
    values = {"fraction": f"{rule.pass_num}/{rule.pass_den}", "base": base_words(rule.pass_base)}
    if rule.pass_at_least:
        return _("at least %(fraction)s of %(base)s", **values)
    return _("more than %(fraction)s of %(base)s", **values)


def _objections(rule: VotingRule) -> str:
    parts = []
    if rule.max_objections is not None:
        parts.append(ngettext("%(num)s partner", "%(num)s partners", rule.max_objections))
    if rule.max_objections_num is not None:
        parts.append(_("%(fraction)s of all partners", fraction=f"{rule.max_objections_num}/{rule.max_objections_den}"))
    return _(" and ").join(parts) or _("no limit")


def advice_words(advice: Advice) -> str:
    """What the rule advises when nothing was decided."""
    return {
        Advice.NEW_ROUND: _("put it again as a new round"),
        Advice.REFER: _("refer it to the annual meeting"),
        Advice.NOT_ADOPTED: _("certify it as not adopted"),
    }[advice]


def visibility_words(value: Visibility) -> str:
    """When the Board sees who answered what."""
    return {Visibility.LIVE: _("while the ballot is open"), Visibility.AT_CLOSE: _("once the ballot has closed")}[value]


def _days(number: int) -> str:
    return ngettext("%(num)s day", "%(num)s days", number)


def _working_days(number: int) -> str:
    return ngettext("%(num)s working day", "%(num)s working days", number)


def _hours(number: int) -> str:
    return ngettext("%(num)s hour", "%(num)s hours", number)


def _reminders(rule: VotingRule) -> str:
    if not rule.reminder_hours:
        return _("none")
    steps = [_days(hours // 24) if hours % 24 == 0 and hours > 72 else _hours(hours) for hours in rule.reminder_hours]
    return _("%(steps)s before the closing", steps=", ".join(steps))


_WORDS: dict[str, Callable[[VotingRule], str]] = {
    "quorum": _quorum,
    "threshold": _threshold,
    "approvals": lambda rule: str(rule.min_approvals) if rule.min_approvals else _("none"),
    "objections": _objections,
    "no_quorum": lambda rule: advice_words(rule.on_no_quorum),
    "tie": lambda rule: advice_words(rule.on_tie),
    "early": lambda rule: _("once every partner has answered") if rule.early_close else _("never"),
    "period": rule_words.period_in_words,
    "minimum": lambda rule: _hours(rule.minimum_hours),
    "extension": lambda rule: (
        _("once, by %(days)s at most", days=_days(rule.extension_days)) if rule.extension_days else _("never")
    ),
    "visibility": lambda rule: visibility_words(rule.visibility),
    "reminders": _reminders,
    "challenge": lambda rule: (
        _("%(days)s after it is certified", days=_days(rule.challenge_days)) if rule.challenge_days else _("none")
    ),
    "secrecy": lambda rule: (
        ngettext("when %(num)s partner asks", "when %(num)s partners ask", rule.secrecy_seats)
        if rule.secrecy_seats
        else _("cannot be asked for")
    ),
    "silence": lambda rule: ngettext("%(num)s objection", "%(num)s objections", rule.silence_break),
    "acknowledged": lambda rule: str(rule.silence_acknowledged) if rule.silence_acknowledged else _("none"),
    "consultation": lambda rule: _working_days(rule.consultation_days),
}


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


def parts_of(rule: VotingRule) -> tuple[tuple[str, str], ...]:
    """Every part of a rule with its name."""
    return tuple((label(line), words(rule, line)) for line in LINES[rule.method])


def compare(old: VotingRule, new: VotingRule) -> tuple[tuple[str, str, str, bool], ...]:
    """Two versions part by part."""
    pairs = [(line, words(old, line), words(new, line)) for line in LINES[new.method]]
    return tuple((label(line), before, after, before != after) for line, before, after in pairs)


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
