"""Ballots on the home of a Board member: their words made once for each text, in the order the templates name them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from u4ssc_gov.board import wording
from u4ssc_gov.board.electors import Cell
from u4ssc_gov.board.queries import BallotCard, Decided
from u4ssc_gov.board.rules import BallotOutcome, BallotType, Tally
from u4ssc_gov.core import i18n
from u4ssc_gov.core.formatting import day_text, relative_text, time_tag, when_text


class Strip(NamedTuple):
    """The cells of a board strip (y approve, x object, o abstain, empty), their sum in words, the reader's place."""

    cells: tuple[str, ...]
    words: str
    me: int | None


class OpenBallot(NamedTuple):
    """A ballot to vote on or to follow. ``strip`` is ``None`` for those who may not see positions before closing."""

    code: str
    title: str
    kind: str
    clauses: tuple[str, ...]
    has_voted: bool
    summary: str
    strip: Strip | None
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
        clauses=card.clauses,
        has_voted=card.has_voted,
        summary=card.summary,
        strip=_strip(card.cells, card.counts, card.own, closed=False) if card.counts else None,
        closes=time_tag(relative_text(closes_at, now), closes_at),
        closes_at=time_tag(when_text(closes_at, zone, now), closes_at),
        to_vote=card.to_vote,
        papers=card.documents,
    )


def decided_ballot(found: Decided, zone: ZoneInfo, now: datetime) -> DecidedBallot:
    """How a closed ballot reads."""
    return DecidedBallot(
        code=found.code,
        title=found.title,
        outcome=_outcome_label(found.outcome, i18n.current().code),
        tone="g" if found.outcome is BallotOutcome.APPROVED else "r",
        strip=_strip(found.cells, found.counts, found.own, closed=True),
        closed=day_text(found.closes_at.astimezone(zone).date(), now),
    )


def _strip(cells: Sequence[Cell], counts: Tally, own: tuple[int, ...], *, closed: bool) -> Strip:
    letters = tuple([wording.CELLS[cell.position] if cell.position is not None else "" for cell in cells])
    return Strip(letters, _counts_in_words(counts, closed, i18n.current().code), own[0] if own else None)


@lru_cache(maxsize=64)
def _type_label(ballot_type: BallotType, _language: str) -> str:
    return wording.type_label(ballot_type)


@lru_cache(maxsize=64)
def _outcome_label(outcome: BallotOutcome, _language: str) -> str:
    return wording.outcome_label(outcome)


@lru_cache(maxsize=1024)
def _counts_in_words(counts: Tally, closed: bool, _language: str) -> str:
    return wording.counts_in_words(counts, closed=closed)
