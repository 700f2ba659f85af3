"""The room's words: labels, the rule and its sums, counts. Translated when they are shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec

from u4ssc_gov.board.rules import (
    LAST_DAY,
    BallotOutcome,
    BallotState,
    BallotType,
    Check,
    Position,
    Tally,
    VotingRule,
    answers_needed,
)
from u4ssc_gov.core import i18n
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext

P = ParamSpec("P")
_MOST_WORDS = 1000
CELLS = {Position.APPROVE: "y", Position.OBJECT: "x", Position.ABSTAIN: "o"}


def _remembered(make: Callable[P, str]) -> Callable[P, str]:
    """Words that depend on nothing but the arguments and the language are put together once."""

    kept: dict[tuple[object, ...], str] = {}

    @wraps(make)
    def spoken(*args: P.args, **named: P.kwargs) -> str:
        key = (i18n.current().code, args, *named.items())
        words = kept.get(key)
        if words is None:
            if len(kept) >= _MOST_WORDS:
                kept.clear()
            words = kept[key] = make(*args, **named)
        return words

    return spoken


def cell(answer: Position | None) -> str:
    """One cell of a strip: 'y', 'x', 'o' or '' for a partner without a vote."""
    if answer is None:
        return ""
    return "y" if answer is Position.APPROVE else "x" if answer is Position.OBJECT else "o"


@_remembered
def type_label(ballot_type: BallotType) -> str:
    """What is decided, in a word or two."""
    return {
        BallotType.APPOINTMENT: _("Appointment"),
        BallotType.DELIVERABLE: _("Deliverable"),
        BallotType.ACTION_PLAN: _("Action Plan"),
        BallotType.TOR_REVISION: _("Terms of Reference"),
        BallotType.KPI_SET: _("KPI set"),
        BallotType.GUIDANCE: _("Strategic guidance"),
    }[ballot_type]


@_remembered
def position_label(position: Position) -> str:
    """The position as a word."""
    return {
        Position.APPROVE: _("Approve"),
        Position.ABSTAIN: _("Abstain"),
        Position.OBJECT: _("Object"),
    }[position]


@_remembered
def outcome_label(outcome: BallotOutcome) -> str:
    """How it ended."""
    return {
        BallotOutcome.APPROVED: _("Approved"),
        BallotOutcome.NOT_APPROVED: _("Not approved"),
        BallotOutcome.NO_QUORUM: _("No quorum"),
    }[outcome]


def state_tag(
    state: BallotState, outcome: BallotOutcome | None, closes_at: datetime | None, now: datetime
) -> tuple[str, str]:
    """The state in a word and its tone: '' neutral, 'b' info, 'g' good, 'a' soon, 'r' not approved."""
    if state is BallotState.OPEN and closes_at is not None:
        if closes_at - now <= LAST_DAY:
            return _("Closes within 24 hours"), "a"
        return _("Open"), "b"
    if state is BallotState.CLOSED and outcome is not None:
        return outcome_label(outcome), "g" if outcome is BallotOutcome.APPROVED else "r"
    plain = {
        BallotState.DRAFT: _("Draft"),
        BallotState.SCHEDULED: _("Scheduled"),
        BallotState.OPEN: _("Open"),
        BallotState.CLOSED: _("Closed"),
        BallotState.WITHDRAWN: _("Withdrawn"),
    }
    return plain[state], ""


@_remembered
def rule_in_words(rule: VotingRule, electors: int) -> str:
    """The whole rule as one line: "16 partners; at least 9 must answer; more approve than object; …"."""
    parts = [
        ngettext("%(num)s partner", "%(num)s partners", electors),
        ngettext("at least %(num)s must answer", "at least %(num)s must answer", answers_needed(rule, electors)),
        _threshold_in_words(rule),
    ]
    if rule.min_approvals > 0:
        parts.append(ngettext("at least %(num)s approves", "at least %(num)s approve", rule.min_approvals))
    if rule.max_objections == 0:
        parts.append(_("none objects"))
    elif rule.max_objections is not None:
        parts.append(ngettext("at most %(num)s objects", "at most %(num)s object", rule.max_objections))
    return "; ".join(parts)


def _threshold_in_words(rule: VotingRule) -> str:
    if rule.pass_num * 2 == rule.pass_den:
        return _("more approve than object")
    return _("more than %(num)s/%(den)s of those who approve or object approve", num=rule.pass_num, den=rule.pass_den)


@_remembered
def check_in_words(check: Check, rule: VotingRule, counts: Tally) -> str:
    """One condition with its sum: "At least 9 of 16 partners answer (11)"."""
    if check.name == "quorum":
        return _(
            "At least %(needed)s of %(electors)s partners answer (%(actual)s)",
            needed=check.needed,
            electors=counts.electors,
            actual=check.actual,
        )
    if check.name == "threshold":
        if rule.pass_num * 2 == rule.pass_den:
            return _("More approve than object (%(yes)s to %(no)s)", yes=counts.approve, no=counts.object)
        return _(
            "More than %(num)s/%(den)s of approvals and objections approve (%(yes)s of %(all)s)",
            num=rule.pass_num,
            den=rule.pass_den,
            yes=counts.approve,
            all=counts.approve + counts.object,
        )
    if check.name == "approvals":
        return _("At least %(needed)s approve (%(actual)s)", needed=check.needed, actual=check.actual)
    if check.needed == 0:
        return _("No partner objects (%(actual)s)", actual=check.actual)
    return _("At most %(needed)s object (%(actual)s)", needed=check.needed, actual=check.actual)


@_remembered
def counts_in_words(counts: Tally, *, closed: bool) -> str:
    """The tally as a line: "11 approve · 0 object · 1 abstains · 4 to vote" (or "did not vote")."""
    last = (
        ngettext("%(num)s did not vote", "%(num)s did not vote", counts.missing)
        if closed
        else ngettext("%(num)s to vote", "%(num)s to vote", counts.missing)
    )
    return " · ".join(
        (
            ngettext("%(num)s approves", "%(num)s approve", counts.approve),
            ngettext("%(num)s objects", "%(num)s object", counts.object),
            ngettext("%(num)s abstains", "%(num)s abstain", counts.abstain),
            last,
        )
    )


def first_sentence(text: str, limit: int = 240) -> str:
    """The first sentence of a text for a card, cut at a word when it is long."""
    line = " ".join(text.split())
    for mark in (". ", "? ", "; "):
        head, found, _rest = line.partition(mark)
        if found and len(head) >= 40:
            line = head + mark.strip()
            break
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0].rstrip(",;:") + "…"
