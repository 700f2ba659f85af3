"""The table of positions: who answered what, in which capacity, with which words, and what it was before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from u4ssc_gov.board import wording
from u4ssc_gov.board.electors import Cell, Revision, Seat
from u4ssc_gov.board.rules import Capacity, Method
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.formatting import day_text, zone_of
from u4ssc_gov.core.i18n import gettext as _


class PositionRow(NamedTuple):
    """One partner in the table of positions; days are written in the reader's zone."""

    acronym: str
    cell: str
    label: str
    candidates: tuple[str, ...]  # names of those it supports
    voter: str
    capacity: str
    comment: str
    cure: str
    cast_on: str
    earlier: tuple[tuple[str, str], ...]  # (position, until which day)
    evidence: str  # receipt whose e-mail the Secretariat can open; empty for others


def cell_of(seat: Seat | Cell) -> str:
    """One cell of a strip: 'y', 'x', 'o', 'r' recused, 'a' answered but hidden, '' for a partner without a vote."""
    return wording.cell(seat.position, hidden=seat.is_hidden)


class PositionGroup(NamedTuple):
    """Partners of whom the table says no more than one word: answered without it being shown, or no answer."""

    cell: str
    label: str
    acronyms: tuple[str, ...]


def position_rows(
    seats: Sequence[Seat], method: Method, names: Mapping[int, str], *, actor: Actor, now: datetime
) -> tuple[PositionRow, ...]:
    """The positions that are shown, the newest on top."""
    voted = sorted([seat for seat in seats if seat.vote], key=lambda seat: seat.revisions[-1].cast_at, reverse=True)
    return tuple(_row(seat, seat.revisions, method, names, actor, now) for seat in voted)


def position_groups(seats: Sequence[Seat], method: Method, *, is_running: bool) -> tuple[PositionGroup, ...]:
    """Everybody else, in the order of ¶18: those that answered without it being shown, then those that did not."""
    hidden = tuple(seat.acronym for seat in seats if seat.is_hidden)
    silent = tuple(seat.acronym for seat in seats if seat.vote is None and not seat.is_hidden)
    groups = (
        PositionGroup("a", _("Answered"), hidden),
        PositionGroup("", unanswered_label(method, is_running=is_running), silent),
    )
    return tuple(group for group in groups if group.acronyms)


def unanswered_label(method: Method, *, is_running: bool) -> str:
    """What a partner without an answer is said to be."""
    if method is Method.SILENCE:
        return _("Silent so far") if is_running else _("Silent")
    return _("Not voted") if is_running else _("Did not vote")


def _row(
    seat: Seat,
    revisions: Sequence[Revision],
    method: Method,
    names: Mapping[int, str],
    actor: Actor,
    now: datetime,
) -> PositionRow:
    vote, zone = revisions[-1], zone_of(actor.time_zone)

    def day(moment: datetime, *, weekday: bool) -> str:
        return day_text(moment.astimezone(zone).date(), now, weekday=weekday)

    return PositionRow(
        acronym=seat.acronym,
        cell=wording.cell(vote.position),
        label=wording.position_label(vote.position, method),
        candidates=supported(vote, names),
        voter=vote.cast_by_name,
        capacity=capacity_label(vote.capacity) if vote.cast_by_name else "",
        comment=vote.comment,
        cure=vote.cure,
        cast_on=day(vote.cast_at, weekday=True),
        evidence=vote.receipt if vote.evidence_id is not None and actor.is_secretariat else "",
        earlier=tuple((_was(old, method, names), day(new.cast_at, weekday=False)) for old, new in pairwise(revisions)),
    )


def _was(vote: Revision, method: Method, names: Mapping[int, str]) -> str:
    label, chosen = wording.position_label(vote.position, method), supported(vote, names)
    return f"{label} ({'; '.join(chosen)})" if chosen and len(names) > 1 else label


def supported(vote: Revision, names: Mapping[int, str]) -> tuple[str, ...]:
    """The names of the candidates that a position supports."""
    return tuple(names[number] for number in vote.candidates if number in names)


def capacity_label(capacity: Capacity) -> str:
    """In which capacity a position was recorded."""
    return {
        Capacity.REPRESENTATIVE: _("representative"),
        Capacity.ALTERNATE: _("alternate"),
        Capacity.ON_RECORD: _("for the Secretariat, from an e-mail of the partner"),
    }[capacity]
