"""Ballots on the home page: what is open and owed, and what was decided last. Two statements each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select
from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, policy, queries, rules, seen, wording
from u4ssc_gov.board.electors import Cell
from u4ssc_gov.board.models import Ballot, BallotDocument
from u4ssc_gov.board.queries import COUNTED, INSTANTS, in_state, visible
from u4ssc_gov.board.rules import BREAKING, BallotOutcome, BallotType, Method, Tally, Visibility
from u4ssc_gov.core.actor import Actor


@dataclass(frozen=True, slots=True)
class BallotCard:
    """A running ballot on the home page. ``cells`` are empty for those who do not see who has answered."""

    ballot_id: int
    code: str
    type: BallotType
    method: Method
    is_hidden: bool  # positions of others are shown once the ballot has closed; who answered is shown now
    title: str
    summary: str
    clauses: tuple[str, ...]
    opens_at: datetime
    closes_at: datetime
    documents: int
    is_suspended: bool  # the silence is broken; ``closes_at`` is the end of the consultation
    broken_by: tuple[str, ...]  # acronyms of those who broke it
    cells: tuple[Cell, ...]
    counts: Tally | None
    to_vote: tuple[str, ...]  # acronyms of the actor's own partners that owe an answer; a silence asks for none
    own: tuple[int, ...]  # places of the actor's own partners in ``cells``

    @property
    def has_answered(self) -> bool:
        """Whether each of the actor's own partners has answered, owed or not."""
        return bool(self.own) and all(self.cells[place].position is not None for place in self.own)

    @property
    def has_voted(self) -> bool:
        """Whether nothing is left to vote for this actor."""
        return not self.to_vote


@dataclass(frozen=True, slots=True)
class Decided:
    """A closed ballot on the home page, with its outcome computed from the frozen rule."""

    code: str
    type: BallotType
    method: Method
    title: str
    closes_at: datetime
    outcome: BallotOutcome
    cells: tuple[Cell, ...]
    counts: Tally
    own: tuple[int, ...]


@cache
def _cards_statement(drafts: bool) -> Select[Any]:
    documents = select(func.count(BallotDocument.id)).where(BallotDocument.ballot_id == Ballot.id).scalar_subquery()
    shown = (Ballot.code, Ballot.type, Ballot.title, Ballot.decision_text, Ballot.opens_at, Ballot.closes_at)
    how = (Ballot.method, Ballot.rule, *(column for column in INSTANTS if column.key not in ("opens_at", "closes_at")))
    return (
        select(Ballot.id, *shown, *how, documents.label("documents"))
        .where(visible(drafts), in_state("running"))
        .order_by(Ballot.closes_at, Ballot.id)
    )


def ballot_cards(session: Session, actor: Actor, now: datetime) -> list[BallotCard]:
    """Running ballots for the home page, the first to close first; those owed a vote by this actor before others.

    Two statements, whatever the number of ballots.
    """
    rows = session.execute(_cards_statement(policy.may_see_drafts(actor)), {"now": now}).all()
    cells = seen.cells_by_ballot(session, rows, actor=actor, now=now)
    cards = [_card(row, tuple(cells.get(row.id, ())), actor) for row in rows]
    return sorted(cards, key=lambda card: card.has_voted)  # stable: keeps the order of closing inside each half


def _card(row: Any, cells: tuple[Cell, ...], actor: Actor) -> BallotCard:
    rule = rules.rule_from_json(row.rule)
    shown = cells if policy.may_see_turnout(actor) else ()
    is_suspended = row.suspended_at is not None
    is_owed = not is_suspended and (rule.method is not Method.SILENCE or rule.silence_acknowledged > 0)
    own = [(place, cell) for place, cell in enumerate(cells) if actor.mandate_for(cell.partner_id) is not None]
    return BallotCard(
        ballot_id=row.id,
        code=row.code,
        type=row.type,
        method=row.method,
        is_hidden=rule.visibility is Visibility.AT_CLOSE,
        title=row.title,
        summary=wording.first_sentence(row.decision_text),
        clauses=rules.clauses_of(row.type),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        documents=row.documents,
        is_suspended=is_suspended,
        broken_by=tuple(cell.acronym for cell in shown if is_suspended and cell.position in BREAKING),
        cells=shown,
        counts=electors.tally_of(shown) if shown else None,
        to_vote=tuple(cell.acronym for _place, cell in own if is_owed and cell.position is None),
        own=tuple(place for place, _cell in own if shown),
    )


@cache
def _decided_statement(drafts: bool) -> Select[Any]:
    return (
        select(
            Ballot.id, Ballot.code, Ballot.type, Ballot.method, Ballot.title, Ballot.rule, Ballot.closes_at, *COUNTED
        )
        .where(visible(drafts), in_state("closed"))
        .order_by(Ballot.closes_at.desc(), Ballot.id.desc())
        .limit(bindparam("limit", type_=Integer))
    )


def recently_decided(session: Session, actor: Actor, now: datetime, limit: int = 3) -> list[Decided]:
    """The last closed ballots, newest first. Two statements."""
    statement = _decided_statement(policy.may_see_drafts(actor))
    rows = session.execute(statement, {"now": now, "limit": limit}).all()
    cells = electors.cells_by_ballot(session, [row.id for row in rows])
    mine = {mandate.partner_id for mandate in actor.mandates}
    decided = []
    for row in rows:
        shown = tuple(cells.get(row.id, ()))
        result = queries.result_of(row, shown)
        own = tuple(place for place, cell in enumerate(shown) if cell.partner_id in mine)
        counts = result.tally
        decided.append(
            Decided(row.code, row.type, row.method, row.title, row.closes_at, result.outcome, shown, counts, own)
        )
    return decided
