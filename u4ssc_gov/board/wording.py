"""The room's words: labels, the rule and its sums, counts. Translated when they are shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import ParamSpec

from u4ssc_gov.board.rules import LAST_DAY, BallotOutcome, BallotState, BallotType, Method, Position
from u4ssc_gov.core import i18n
from u4ssc_gov.core.i18n import gettext as _

P = ParamSpec("P")
_MOST_WORDS = 1000
CELLS = {
    Position.APPROVE: "y",
    Position.APPROVE_WITH_COMMENTS: "y",
    Position.NO_OBJECTION: "y",
    Position.OBJECT: "x",
    Position.ASK_VOTE: "x",
    Position.ABSTAIN: "o",
    Position.RECUSE: "r",
}


def remembered(make: Callable[P, str]) -> Callable[P, str]:
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


def cell(answer: Position | None, *, hidden: bool = False) -> str:
    """One cell of a strip: 'y', 'x', 'o', 'r' recused, 'a' answered but hidden, '' for a partner without a vote."""
    if hidden:
        return "a"
    return CELLS[answer] if answer is not None else ""


@remembered
def type_label(ballot_type: BallotType) -> str:
    """What is decided, in a word or two."""
    return {
        BallotType.APPOINTMENT: _("Appointment"),
        BallotType.DELIVERABLE: _("Deliverable"),
        BallotType.ACTION_PLAN: _("Action Plan"),
        BallotType.TOR_REVISION: _("Terms of Reference"),
        BallotType.KPI_SET: _("KPI set"),
        BallotType.GUIDANCE: _("Strategic guidance"),
        BallotType.RULE_SET: _("Voting rule"),
    }[ballot_type]


@remembered
def method_label(method: Method) -> str:
    """How it is decided, in a word or two."""
    return {
        Method.VOTE: _("Vote"),
        Method.SILENCE: _("Silence procedure"),
        Method.ELECTION: _("Election"),
    }[method]


@remembered
def position_label(position: Position, method: Method = Method.VOTE) -> str:
    """The position as a word."""
    if method is Method.ELECTION and position is Position.OBJECT:
        return _("Against")
    return {
        Position.APPROVE: _("Approve"),
        Position.APPROVE_WITH_COMMENTS: _("Approve with comments"),
        Position.ABSTAIN: _("Abstain"),
        Position.OBJECT: _("Object"),
        Position.RECUSE: _("Recuse"),
        Position.NO_OBJECTION: _("No objection"),
        Position.ASK_VOTE: _("Ask for a vote"),
    }[position]


@remembered
def outcome_label(outcome: BallotOutcome, method: Method = Method.VOTE) -> str:
    """How it ended."""
    if method is Method.SILENCE and outcome is BallotOutcome.APPROVED:
        return _("Adopted by silence")
    if method is Method.ELECTION and outcome is BallotOutcome.APPROVED:
        return _("Elected")
    if method is Method.ELECTION and outcome is BallotOutcome.NOT_APPROVED:
        return _("Nobody elected")
    return {
        BallotOutcome.APPROVED: _("Approved"),
        BallotOutcome.PARTLY: _("Elected in part"),
        BallotOutcome.NOT_APPROVED: _("Not approved"),
        BallotOutcome.TIE: _("Tie"),
        BallotOutcome.NO_QUORUM: _("No quorum"),
        BallotOutcome.BROKEN_SILENCE: _("Silence broken"),
    }[outcome]


def state_tag(
    state: BallotState,
    outcome: BallotOutcome | None,
    closes_at: datetime | None,
    now: datetime,
    method: Method = Method.VOTE,
) -> tuple[str, str]:
    """The state in a word and its tone: '' neutral, 'b' info, 'g' good, 'a' soon, 'r' not approved."""
    if state is BallotState.OPEN and closes_at is not None:
        if closes_at - now <= LAST_DAY:
            return _("Closes within 24 hours"), "a"
        return _("Open"), "b"
    if state in (BallotState.CLOSED, BallotState.CERTIFIED, BallotState.RECORDED) and outcome is not None:
        good = outcome in (BallotOutcome.APPROVED, BallotOutcome.PARTLY)
        return outcome_label(outcome, method), "g" if good else "r"
    plain = {
        BallotState.DRAFT: _("Draft"),
        BallotState.SCHEDULED: _("Scheduled"),
        BallotState.OPEN: _("Open"),
        BallotState.SUSPENDED: _("Suspended"),
        BallotState.CLOSED: _("Closed"),
        BallotState.CERTIFIED: _("Certified"),
        BallotState.RECORDED: _("Recorded"),
        BallotState.WITHDRAWN: _("Withdrawn"),
        BallotState.SUPERSEDED: _("Superseded"),
        BallotState.REFERRED: _("Referred to the annual meeting"),
        BallotState.ANNULLED: _("Annulled"),
    }
    return plain[state], "a" if state is BallotState.SUSPENDED else ""


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
