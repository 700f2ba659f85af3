"""The list of ballots: its filters, its rows, its export. Two statements beyond the page itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_
from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, policy, queries, rule_words, rules, seen, wording
from u4ssc_gov.board.electors import Cell
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.pages.positions import cell_of, unanswered_label
from u4ssc_gov.board.rules import ENDED, BallotState, BallotType, Method, Result
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.db import UTCDateTime
from u4ssc_gov.core.i18n import gettext as _

EXPORT_LIMIT = 5000
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; nonsense counts as not asked."""

    state: str = ""
    ballot_type: BallotType | None = None
    year: int | None = None
    method: Method | None = None

    @property
    def is_any(self) -> bool:
        """Whether anything is asked."""
        return bool(self.state or self.ballot_type or self.year or self.method)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    code: str
    title: str
    type_label: str
    method_label: str
    tag: tuple[str, str]
    state: BallotState
    state_label: str  # the state beside an outcome, and the number of a decision; empty when the tag says it all
    opens_at: datetime | None
    closes_at: datetime | None  # of one that ended another way, when it did
    cells: tuple[str, ...]
    me: int | None
    counts_words: str
    own: tuple[tuple[str, str, str], ...]  # (acronym, cell, its word) of the reader's partners
    counts: rules.Tally | None

    @property
    def is_over(self) -> bool:
        """Whether its closing lies behind."""
        return self.state in ENDED or self.state in rules.GONE


def read_filters(args: Mapping[str, str]) -> Filters:
    """Read the query string."""
    state, year = args.get("state", ""), args.get("year", "")
    is_year = year.isascii() and year.isdigit() and len(year) == 4
    return Filters(
        state if state in STATES else "",
        _member(BallotType, args.get("type", "")),
        int(year) if is_year else None,
        _member(Method, args.get("method", "")),
    )


def _member(kind: type[E], value: str) -> E | None:
    return {member.value: member for member in kind}.get(value)


_NOW = bindparam("now", type_=UTCDateTime)
_WAITS = or_(Ballot.challenged_at.is_not(None), Ballot.challenges_until > _NOW)
_CERTIFIED = and_(queries.in_state("closed"), Ballot.certified_at.is_not(None))
# A ballot that ended twice (certified and later annulled, say) has the state that ``ballot_state`` gives it.
_KEPT = Ballot.annulled_at.is_(None)
_NOT_WITHDRAWN = and_(_KEPT, Ballot.withdrawn_at.is_(None))
_LATER: dict[str, ColumnElement[bool]] = {
    "certified": and_(_CERTIFIED, _WAITS),
    "recorded": and_(_CERTIFIED, or_(Ballot.challenges_until.is_(None), Ballot.challenges_until <= _NOW),
                     Ballot.challenged_at.is_(None)),
    "withdrawn": and_(Ballot.withdrawn_at.is_not(None), _KEPT),
    "superseded": and_(Ballot.superseded_at.is_not(None), _NOT_WITHDRAWN),
    "referred": and_(Ballot.referred_at.is_not(None), Ballot.superseded_at.is_(None), _NOT_WITHDRAWN),
    "annulled": Ballot.annulled_at.is_not(None),
}  # fmt: skip
_BROAD = ("running", "open", "closing", "suspended", "scheduled", "draft", "closed", "uncertified")
STATES = (*_BROAD, *_LATER)


def statement(chosen: Filters, actor: Actor) -> Select[Ballot]:
    """The ballots asked for, composed once for each combination of filters; ``values`` are its parameters."""
    is_later = chosen.state in _LATER
    base = queries.ballots_statement(
        actor, state="" if is_later else chosen.state, ballot_type=chosen.ballot_type, year=chosen.year
    )
    return _narrowed(base, chosen.state if is_later else "", chosen.method is not None)


@cache
def _narrowed(base: Select[Ballot], state: str, by_method: bool) -> Select[Ballot]:
    if state:
        base = base.where(_LATER[state])
    return base.where(Ballot.method == bindparam("method")) if by_method else base


def values(chosen: Filters, now: datetime) -> dict[str, Any]:
    """The parameters of ``statement``."""
    return {**queries.instants(now), "type": chosen.ballot_type, "year": chosen.year, "method": chosen.method}


def build_rows(session: Session, ballots: Sequence[Ballot], actor: Actor, now: datetime) -> list[Row]:
    """Rows for the page, with strips where this reader may see positions. One statement."""
    cells = seen.cells_by_ballot(session, ballots, actor=actor, now=now)
    return [_row(ballot, cells.get(ballot.id, []), actor, now) for ballot in ballots]


def _row(ballot: Ballot, cells: list[Cell], actor: Actor, now: datetime) -> Row:
    state = queries.state_of(ballot, now)
    result = _result(ballot, cells, actor, now)
    turnout = bool(cells) and (result is not None or policy.may_see_turnout(actor))
    codes = tuple([cell_of(cell) for cell in cells]) if turnout else ()
    mine = [(cell, code) for cell, code in zip(cells, codes, strict=False) if actor.mandate_for(cell.partner_id)]
    return Row(
        code=ballot.code,
        title=ballot.title,
        type_label=wording.type_label(ballot.type),
        method_label=wording.method_label(ballot.method),
        tag=wording.state_tag(state, result.outcome if result else None, ballot.closes_at, now, ballot.method),
        state=state,
        state_label=_state_label(ballot, state),
        opens_at=ballot.opens_at,
        closes_at=queries.ended_at(ballot, now) or ballot.closes_at,
        cells=codes,
        me=next((place for place, cell in enumerate(cells) if actor.mandate_for(cell.partner_id)), None),
        counts_words=_counts_words(cells, result, ballot.method, state) if turnout else "",
        own=tuple((cell.acronym, code, _word(cell, ballot.method, state)) for cell, code in mine),
        counts=result.tally if result else None,
    )


def _result(ballot: Ballot, cells: list[Cell], actor: Actor, now: datetime) -> Result | None:
    """The result as of now, for those who may see every position."""
    if not cells or not seen.sees_positions(ballot, actor=actor, now=now):
        return None
    return queries.result_of(ballot, cells)


def _counts_words(cells: list[Cell], result: Result | None, method: Method, state: BallotState) -> str:
    if result is None:
        return rule_words.turnout_in_words(len(cells), electors.count_answered(cells))
    return rule_words.counts_in_words(result.tally, closed=state not in rules.RUNNING, method=method)


def _state_label(ballot: Ballot, state: BallotState) -> str:
    """What the outcome alone does not say."""
    if state is BallotState.CLOSED:
        return _("Awaits certification")
    return ballot.decision_number or "" if state in ENDED else ""


def _word(cell: Cell, method: Method, state: BallotState) -> str:
    if cell.position is not None:
        return wording.position_label(cell.position, method)
    return unanswered_label(method, is_running=state in rules.RUNNING)


_HEADER = (
    "code", "type", "method", "title", "state", "opened_at_utc", "closes_at_utc", "electors", "answered", "approve",
    "object", "abstain", "no_objection", "ask_vote", "recused", "not_answered", "outcome", "decision_number",
)  # fmt: skip


def export(session: Session, chosen: Filters, actor: Actor, now: datetime) -> tuple[list[str], Iterator[list[Any]]]:
    """Header and rows of the CSV. Instants are UTC. Two statements."""
    ballots = session.scalars(statement(chosen, actor).limit(EXPORT_LIMIT), values(chosen, now)).all()
    cells = seen.cells_by_ballot(session, ballots, actor=actor, now=now)
    return list(_HEADER), (_line(ballot, cells.get(ballot.id, []), actor, now) for ballot in ballots)


def _line(ballot: Ballot, cells: list[Cell], actor: Actor, now: datetime) -> list[Any]:
    state = queries.state_of(ballot, now)
    kinds = [ballot.code, ballot.type.value, ballot.method.value, ballot.title, state.value]
    instants = [_stamp(ballot.opens_at), _stamp(ballot.closes_at)]
    number = ballot.decision_number
    return [*kinds, *instants, len(cells) or None, *_figures(ballot, cells, state, actor, now), number]


def _figures(ballot: Ballot, cells: list[Cell], state: BallotState, actor: Actor, now: datetime) -> list[Any]:
    """Answered, the counts by answer, and the outcome; empty where this reader does not see them."""
    result = _result(ballot, cells, actor, now)
    if result is None:
        seen_turnout = bool(cells) and policy.may_see_turnout(actor)
        answered = electors.count_answered(cells) if seen_turnout else None
        missing = len(cells) - answered if answered is not None else None
        return [answered, None, None, None, None, None, None, missing, None]
    counts = result.tally
    given = [counts.approve, counts.object, counts.abstain, counts.no_objection, counts.ask_vote, counts.recuse]
    outcome = result.outcome.value if state in ENDED else None
    return [counts.electors - counts.missing, *given, counts.missing, outcome]


def _stamp(moment: datetime | None) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
