"""Ballots on the home of a Board member: their words made once for each text, in the order the templates name them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from u4ssc_gov.board import electors, rule_words, wording
from u4ssc_gov.board.electors import Cell
from u4ssc_gov.board.pages.cards import BallotCard, Decided
from u4ssc_gov.board.rules import BallotOutcome, BallotType, Method, Tally
from u4ssc_gov.core import i18n
from u4ssc_gov.core.formatting import day_text, relative_text, time_tag, when_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext


class Strip(NamedTuple):
    """The cells of a board strip (y approve, x object, o abstain, empty), their sum in words, the reader's place."""

    cells: tuple[str, ...]
    words: str
    me: int | None


class OpenBallot(NamedTuple):
    """A ballot to vote on or to follow. ``strip`` is ``None`` for those who do not see who has answered.

    ``way`` says what its closing means: vote, silence (adopted then) or suspended (the consultation ends).
    """

    code: str
    title: str
    kind: str
    method: str  # empty for an ordinary vote
    clauses: tuple[str, ...]
    has_answered: bool
    summary: str
    notice: str
    strip: Strip | None
    way: str
    closes: str
    closes_at: str
    to_vote: tuple[str, ...]
    papers: int


class DecidedBallot(NamedTuple):
    """A closed ballot with its outcome: its word and its tone."""

    code: str
    title: str
    outcome: str
    tone: str
    strip: Strip
    closed: str


def open_ballot(card: BallotCard, zone: ZoneInfo, now: datetime) -> OpenBallot:
    """How an open ballot reads now."""
    closes_at = card.closes_at
    return OpenBallot(
        code=card.code,
        title=card.title,
        kind=_type_label(card.type, i18n.current().code),
        method=wording.method_label(card.method) if card.method is not Method.VOTE else "",
        clauses=card.clauses,
        has_answered=card.has_answered,
        summary=card.summary,
        notice=_notice(card),
        strip=_strip(card.cells, card.counts, card.own, card.method, hidden=card.is_hidden) if card.counts else None,
        way="suspended" if card.is_suspended else "silence" if card.method is Method.SILENCE else "vote",
        closes=time_tag(relative_text(closes_at, now), closes_at),
        closes_at=time_tag(when_text(closes_at, zone, now), closes_at),
        to_vote=card.to_vote,
        papers=card.documents,
    )


def _notice(card: BallotCard) -> str:
    """What stands in the way of a silence."""
    if not card.is_suspended:
        return ""
    if not card.broken_by:
        return _("The silence is broken; the partners consult.")
    return ngettext(
        "Suspended: %(partners)s broke the silence; the partners consult.",
        "Suspended: %(partners)s broke the silence; the partners consult.",
        len(card.broken_by),
        partners=", ".join(card.broken_by),
    )


def decided_ballot(found: Decided, zone: ZoneInfo, now: datetime) -> DecidedBallot:
    """How a closed ballot reads."""
    return DecidedBallot(
        code=found.code,
        title=found.title,
        outcome=wording.outcome_label(found.outcome, found.method),
        tone="g" if found.outcome in (BallotOutcome.APPROVED, BallotOutcome.PARTLY) else "r",
        strip=_strip(found.cells, found.counts, found.own, found.method, closed=True),
        closed=day_text(found.closes_at.astimezone(zone).date(), now),
    )


def _strip(
    cells: Sequence[Cell],
    counts: Tally,
    own: tuple[int, ...],
    method: Method,
    *,
    closed: bool = False,
    hidden: bool = False,
) -> Strip:
    letters = tuple([wording.cell(cell.position, hidden=cell.is_hidden) for cell in cells])
    if hidden:
        words = rule_words.turnout_in_words(len(cells), electors.count_answered(cells))
    else:
        words = rule_words.counts_in_words(counts, closed=closed, method=method)
    return Strip(letters, words, own[0] if own else None)


@lru_cache(maxsize=64)
def _type_label(ballot_type: BallotType, _language: str) -> str:
    return wording.type_label(ballot_type)
