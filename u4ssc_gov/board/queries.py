"""Reads of ballots. ``visible_to`` stands in every query: a draft does not exist for those who may not see it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, select, true
from sqlalchemy.orm import Session, aliased, load_only

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import electors, policy, rules, wording
from u4ssc_gov.board.electors import Cell
from u4ssc_gov.board.models import Ballot, BallotDocument
from u4ssc_gov.board.rules import BallotOutcome, BallotState, BallotType, Result, Tally
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.db import UTCDateTime
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents.models import StoredFile

_CODE = re.compile(r"^B-\d{2}-\d{1,6}$", re.ASCII)
_NUMBERING = 0x42616C6C  # the advisory lock under which ballots get their numbers


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of a ballot with its file."""

    id: int
    title: str
    file_id: int
    file_name: str
    media_type: str
    size: int
    sha256: str


def state_of(ballot: Any, now: datetime) -> BallotState:
    """The state of a ballot (or of a row with its instants) at an instant."""
    return rules.ballot_state(
        opens_at=ballot.opens_at, closes_at=ballot.closes_at, withdrawn=ballot.withdrawn_at is not None, now=now
    )


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Drafts are the secretariat's; an opened ballot is seen by everybody who is signed in."""
    return _visible(policy.may_see_drafts(actor))


def _visible(drafts: bool) -> ColumnElement[bool]:
    return true() if drafts else Ballot.opens_at.is_not(None)


# Statements of pages are composed once for each combination of filters: composing costs more than running them.
_NOW = bindparam("now", type_=UTCDateTime)
_OPENED = and_(Ballot.opens_at.is_not(None), Ballot.opens_at <= _NOW, Ballot.withdrawn_at.is_(None))
_STATES: dict[str, ColumnElement[bool]] = {
    "draft": and_(Ballot.opens_at.is_(None), Ballot.withdrawn_at.is_(None)),
    "open": and_(_OPENED, Ballot.closes_at > _NOW),
    "closing": and_(_OPENED, Ballot.closes_at > _NOW, Ballot.closes_at <= bindparam("soon", type_=UTCDateTime)),
    "closed": and_(_OPENED, Ballot.closes_at <= _NOW),
    "withdrawn": Ballot.withdrawn_at.is_not(None),
}


def in_state(state: str) -> ColumnElement[bool]:
    """The condition of a filter: draft, open, closing (within seven days), closed or withdrawn.

    Its parameters are those of ``instants``.
    """
    return _STATES.get(state, true())


def instants(now: datetime) -> dict[str, Any]:
    """The parameters of ``in_state`` at an instant."""
    return {"now": now, "soon": now + rules.CLOSING_SOON}


def ballots_statement(
    actor: Actor, *, state: str = "", ballot_type: BallotType | None = None, year: int | None = None
) -> Select[Ballot]:
    """Ballots of a list, newest code first. Its parameters are ``instants``, ``type`` and ``year``."""
    return _list_statement(policy.may_see_drafts(actor), state, ballot_type is not None, year is not None)


@cache
def _list_statement(drafts: bool, state: str, by_type: bool, by_year: bool) -> Select[Ballot]:
    statement = select(Ballot).where(_visible(drafts), in_state(state))
    if by_type:
        statement = statement.where(Ballot.type == bindparam("type"))
    if by_year:
        statement = statement.where(Ballot.year == bindparam("year"))
    columns = load_only(
        Ballot.code,
        Ballot.type,
        Ballot.title,
        Ballot.rule,
        Ballot.opens_at,
        Ballot.closes_at,
        Ballot.withdrawn_at,
        Ballot.outcome_recorded_at,
        raiseload=True,
    )
    return statement.options(columns).order_by(Ballot.year.desc(), Ballot.number.desc(), Ballot.id.desc())


def list_years(session: Session, actor: Actor) -> Sequence[int]:
    """Years that have ballots, newest first."""
    return session.scalars(_years_statement(policy.may_see_drafts(actor))).all()


@cache
def _years_statement(drafts: bool) -> Select[int]:
    return select(Ballot.year).where(_visible(drafts)).distinct().order_by(Ballot.year.desc())


def find_ballot(session: Session, code: str, *, actor: Actor) -> Ballot | None:
    """A ballot by its code, or ``None``."""
    if not _CODE.match(code):
        return None
    return session.scalar(select(Ballot).where(Ballot.code == code, visible_to(actor)))


def get_ballot(session: Session, code: str, *, actor: Actor) -> Ballot:
    """A ballot by its code; raises ``NotFound`` when there is none or it is not for this actor."""
    return _found(find_ballot(session, code, actor=actor))


def lock_ballot(session: Session, code: str, *, actor: Actor) -> Ballot:
    """The same with its row locked until the transaction ends. Read the clock after this returns, not before.

    SQLite has no row locks; its writing sessions hold the database's one write lock from their first statement.
    """
    if not _CODE.match(code):
        return _found(None)
    statement = select(Ballot).where(Ballot.code == code, visible_to(actor)).with_for_update()
    return _found(session.scalar(statement.execution_options(populate_existing=True)))


def lock_ballot_by_id(session: Session, ballot_id: int) -> Ballot:
    """For sweeps: the ballot with its row locked."""
    statement = select(Ballot).where(Ballot.id == ballot_id).with_for_update()
    return _found(session.scalar(statement.execution_options(populate_existing=True)))


def _found(ballot: Ballot | None) -> Ballot:
    if ballot is None:
        raise _unknown()
    return ballot


def _unknown() -> NotFound:
    return NotFound(_("There is no such ballot."), "board.ballot.unknown")


@dataclass(frozen=True, slots=True)
class BallotText:
    """Everything of a ballot that its page shows, with the names of those who opened it and, if so, withdrew it."""

    id: int
    code: str
    type: BallotType
    title: str
    decision_text: str
    if_approved: str
    if_not_approved: str
    rule: dict[str, Any]
    text_sha256: str
    opens_at: datetime | None
    opened_for: str
    closes_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str
    outcome_recorded_at: datetime | None
    opened_by: str
    withdrawn_by: str


def get_ballot_text(session: Session, code: str, *, actor: Actor) -> BallotText:
    """A ballot as its page shows it; raises ``NotFound`` when there is none or it is not for this actor."""
    row = None
    if _CODE.match(code):
        row = session.execute(_text_statement(policy.may_see_drafts(actor)), {"code": code}).one_or_none()
    if row is None:
        raise _unknown()
    return BallotText(*row)


@cache
def _text_statement(drafts: bool) -> Select[Any]:
    opener, withdrawer = aliased(Person), aliased(Person)
    shown = [getattr(Ballot, field.name) for field in fields(BallotText)[:-2]]
    return (
        select(*shown, func.coalesce(opener.full_name, ""), func.coalesce(withdrawer.full_name, ""))
        .outerjoin(opener, opener.id == func.coalesce(Ballot.opened_by_id, Ballot.drafted_by_id))
        .outerjoin(withdrawer, withdrawer.id == Ballot.withdrawn_by_id)
        .where(Ballot.code == bindparam("code"), _visible(drafts))
    )


_PAPERS = (
    select(
        BallotDocument.id,
        BallotDocument.title,
        StoredFile.id,
        StoredFile.file_name,
        StoredFile.media_type,
        StoredFile.size,
        BallotDocument.sha256,
    )
    .join(StoredFile, StoredFile.id == BallotDocument.file_id)
    .where(BallotDocument.ballot_id == bindparam("ballot"))
    .order_by(BallotDocument.position, BallotDocument.id)
)


def list_papers(session: Session, ballot_id: int) -> list[Paper]:
    """The documents of a ballot in their order."""
    return [Paper(*row) for row in session.execute(_PAPERS, {"ballot": ballot_id})]


def list_documents(session: Session, ballot_id: int) -> Sequence[BallotDocument]:
    """The rows themselves, for editing a draft."""
    statement = select(BallotDocument).where(BallotDocument.ballot_id == ballot_id)
    return session.scalars(statement.order_by(BallotDocument.position, BallotDocument.id)).all()


def next_number(session: Session, year: int) -> int:
    """The next free number of a year. Holds a lock until the transaction ends, so that numbers have no gaps."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_NUMBERING)))
    return (session.scalar(select(func.max(Ballot.number)).where(Ballot.year == year)) or 0) + 1


def find_by_form_key(session: Session, form_key: str) -> Ballot | None:
    """The ballot that was drafted from this very page, if any."""
    return session.scalar(select(Ballot).where(Ballot.form_key == form_key))


def list_unrecorded(session: Session, now: datetime) -> Sequence[int]:
    """Closed ballots whose outcome has not been written down and mailed yet."""
    statement = select(Ballot.id).where(in_state("closed"), Ballot.outcome_recorded_at.is_(None))
    return session.scalars(statement.order_by(Ballot.closes_at, Ballot.id), instants(now)).all()


def list_open_ids(session: Session, now: datetime, until: datetime) -> Sequence[int]:
    """Open ballots that close before an instant."""
    statement = select(Ballot.id).where(in_state("open"), Ballot.closes_at <= until)
    return session.scalars(statement.order_by(Ballot.closes_at, Ballot.id), instants(now)).all()


@dataclass(frozen=True, slots=True)
class BallotCard:
    """An open ballot on the home page. ``cells`` are empty for those who may not see positions before closing."""

    ballot_id: int
    code: str
    type: BallotType
    title: str
    summary: str
    clauses: tuple[str, ...]
    opens_at: datetime
    closes_at: datetime
    documents: int
    cells: tuple[Cell, ...]
    counts: Tally | None
    to_vote: tuple[str, ...]  # acronyms of the actor's own partners without a vote
    own: tuple[int, ...]  # places of the actor's own partners in ``cells``

    @property
    def has_voted(self) -> bool:
        """Whether nothing is left to vote for this actor."""
        return not self.to_vote


@dataclass(frozen=True, slots=True)
class Decided:
    """A closed ballot on the home page, with its outcome computed from the frozen rule."""

    code: str
    type: BallotType
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
    return (
        select(Ballot.id, *shown, documents)
        .where(_visible(drafts), in_state("open"))
        .order_by(Ballot.closes_at, Ballot.id)
    )


def ballot_cards(session: Session, actor: Actor, now: datetime) -> list[BallotCard]:
    """Open ballots for the home page, the first to close first; those still owed a vote by this actor before others.

    Two statements, whatever the number of ballots.
    """
    rows = session.execute(_cards_statement(policy.may_see_drafts(actor)), {"now": now}).all()
    cells = electors.cells_by_ballot(session, [row[0] for row in rows])
    cards = [_card(row, tuple(cells.get(row[0], ())), actor) for row in rows]
    return sorted(cards, key=lambda card: card.has_voted)  # stable: keeps the order of closing inside each half


def _card(row: Any, cells: tuple[Cell, ...], actor: Actor) -> BallotCard:
    mine = {mandate.partner_id for mandate in actor.mandates}
    shown = cells if policy.may_see_positions(actor, BallotState.OPEN) else ()
    return BallotCard(
        ballot_id=row.id,
        code=row.code,
        type=row.type,
        title=row.title,
        summary=wording.first_sentence(row.decision_text),
        clauses=rules.clauses_of(row.type),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        documents=row[7],
        cells=shown,
        counts=electors.tally_of(shown) if shown else None,
        to_vote=tuple(cell.acronym for cell in cells if cell.partner_id in mine and cell.position is None),
        own=tuple(place for place, cell in enumerate(shown) if cell.partner_id in mine),
    )


@cache
def _decided_statement(drafts: bool) -> Select[Any]:
    return (
        select(Ballot.id, Ballot.code, Ballot.type, Ballot.title, Ballot.rule, Ballot.closes_at)
        .where(_visible(drafts), in_state("closed"))
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
        result = result_of(row, shown)
        own = tuple(place for place, cell in enumerate(shown) if cell.partner_id in mine)
        decided.append(Decided(row.code, row.type, row.title, row.closes_at, result.outcome, shown, result.tally, own))
    return decided


def result_of(ballot: Any, cells: Sequence[Cell] | Sequence[electors.Seat]) -> Result:
    """What the frozen rule of a ballot makes of its votes now."""
    return rules.decide(rules.rule_from_json(ballot.rule), electors.tally_of(cells))
