"""The list of ballots: its filters, its rows, its export. Two statements beyond the page itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, policy, queries, rules, wording
from u4ssc_gov.board.electors import Cell
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotState, BallotType
from u4ssc_gov.core.actor import Actor

STATES = ("open", "closing", "closed", "draft", "withdrawn")
EXPORT_LIMIT = 5000


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; nonsense counts as not asked."""

    state: str = ""
    ballot_type: BallotType | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    code: str
    title: str
    type_label: str
    tag: tuple[str, str]
    state: BallotState
    opens_at: datetime | None
    closes_at: datetime | None
    cells: tuple[str, ...]
    me: int | None
    counts_words: str
    own: tuple[tuple[str, str], ...]  # (acronym, cell) of the reader's partners
    counts: rules.Tally | None


def read_filters(args: Mapping[str, str]) -> Filters:
    """Read the query string."""
    state, kind, year = args.get("state", ""), args.get("type", ""), args.get("year", "")
    known = {member.value: member for member in BallotType}
    is_year = year.isascii() and year.isdigit() and len(year) == 4
    return Filters(state if state in STATES else "", known.get(kind), int(year) if is_year else None)


def statement(chosen: Filters, actor: Actor) -> Select[Ballot]:
    """The ballots asked for, composed once for each combination of filters; ``values`` are its parameters."""
    return queries.ballots_statement(actor, state=chosen.state, ballot_type=chosen.ballot_type, year=chosen.year)


def values(chosen: Filters, now: datetime) -> dict[str, Any]:
    """The parameters of ``statement``."""
    return {**queries.instants(now), "type": chosen.ballot_type, "year": chosen.year}


def build_rows(session: Session, ballots: Sequence[Ballot], actor: Actor, now: datetime) -> list[Row]:
    """Rows for the page, with strips where this reader may see positions. One statement."""
    cells = electors.cells_by_ballot(session, [ballot.id for ballot in ballots])
    return [_row(ballot, cells.get(ballot.id, []), actor, now) for ballot in ballots]


def _row(ballot: Ballot, cells: list[Cell], actor: Actor, now: datetime) -> Row:
    state = queries.state_of(ballot, now)
    mine = {mandate.partner_id for mandate in actor.mandates}
    sees = bool(cells) and policy.may_see_positions(actor, state)
    result = queries.result_of(ballot, cells) if sees else None
    codes = tuple([wording.cell(cell.position) for cell in cells]) if sees else ()
    return Row(
        code=ballot.code,
        title=ballot.title,
        type_label=wording.type_label(ballot.type),
        tag=wording.state_tag(state, result.outcome if result else None, ballot.closes_at, now),
        state=state,
        opens_at=ballot.opens_at,
        closes_at=ballot.closes_at,
        cells=codes,
        me=next((place for place, cell in enumerate(cells) if cell.partner_id in mine), None),
        counts_words=wording.counts_in_words(result.tally, closed=state is BallotState.CLOSED) if result else "",
        own=tuple((cell.acronym, code) for cell, code in zip(cells, codes, strict=False) if cell.partner_id in mine),
        counts=result.tally if result else None,
    )


def export(session: Session, chosen: Filters, actor: Actor, now: datetime) -> tuple[list[str], Iterator[list[Any]]]:
    """Header and rows of the CSV. Instants are UTC. Two statements."""
    header = ["code", "type", "title", "state", "opened_at_utc", "closes_at_utc"]
    header += ["electors", "approve", "object", "abstain", "not_voted", "outcome"]
    ballots = session.scalars(statement(chosen, actor).limit(EXPORT_LIMIT), values(chosen, now)).all()
    cells = electors.cells_by_ballot(session, [ballot.id for ballot in ballots])
    return header, (_line(ballot, cells.get(ballot.id, []), actor, now) for ballot in ballots)


def _line(ballot: Ballot, cells: list[Cell], actor: Actor, now: datetime) -> list[Any]:
    state = queries.state_of(ballot, now)
    head = [
        ballot.code,
        ballot.type.value,
        ballot.title,
        state.value,
        _stamp(ballot.opens_at),
        _stamp(ballot.closes_at),
    ]
    if not cells or not policy.may_see_positions(actor, state):
        return [*head, len(cells) or None, None, None, None, None, None]
    result = queries.result_of(ballot, cells)
    counts = result.tally
    outcome = result.outcome.value if state is BallotState.CLOSED else None
    return [*head, counts.electors, counts.approve, counts.object, counts.abstain, counts.missing, outcome]


def _stamp(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
