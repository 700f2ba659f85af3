"""Reads of ballots. ``visible_to`` stands in every query: a draft does not exist for those who may not see it."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, true
from sqlalchemy.orm import Session, aliased, load_only

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import electors, policy, rules, wording
from u4ssc_gov.board.electors import Cell
from u4ssc_gov.board.models import Ballot, BallotDocument, Elector, Vote
from u4ssc_gov.board.rules import BallotOutcome, BallotState, BallotType, Result, Tally
from u4ssc_gov.core.actor import Actor
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


@dataclass(frozen=True, slots=True)
class OwedVote:
    """An open ballot in which a partner has not voted."""

    ballot_id: int
    code: str
    type: BallotType
    title: str
    opens_at: datetime | None
    closes_at: datetime | None  # an open ballot always has both
    partner_id: int
    acronym: str


def state_of(ballot: Any, now: datetime) -> BallotState:
    """The state of a ballot (or of a row with its instants) at an instant."""
    return rules.ballot_state(
        opens_at=ballot.opens_at, closes_at=ballot.closes_at, withdrawn=ballot.withdrawn_at is not None, now=now
    )


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Drafts are the secretariat's; an opened ballot is seen by everybody who is signed in."""
    return true() if policy.may_see_drafts(actor) else Ballot.opens_at.is_not(None)


def in_state(state: str, now: datetime) -> ColumnElement[bool]:
    """The condition of a filter: draft, open, closing (within seven days), closed or withdrawn."""
    opened = and_(Ballot.opens_at.is_not(None), Ballot.opens_at <= now, Ballot.withdrawn_at.is_(None))
    conditions = {
        "draft": and_(Ballot.opens_at.is_(None), Ballot.withdrawn_at.is_(None)),
        "open": and_(opened, Ballot.closes_at > now),
        "closing": and_(opened, Ballot.closes_at > now, Ballot.closes_at <= now + rules.CLOSING_SOON),
        "closed": and_(opened, Ballot.closes_at <= now),
        "withdrawn": Ballot.withdrawn_at.is_not(None),
    }
    return conditions.get(state, true())


def ballots_statement(
    actor: Actor, now: datetime, *, state: str = "", ballot_type: BallotType | None = None, year: int | None = None
) -> Select[Ballot]:
    """Ballots of a list, newest code first."""
    statement = select(Ballot).where(visible_to(actor), in_state(state, now))
    if ballot_type is not None:
        statement = statement.where(Ballot.type == ballot_type)
    if year is not None:
        statement = statement.where(Ballot.year == year)
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
    statement = select(Ballot.year).where(visible_to(actor)).distinct().order_by(Ballot.year.desc())
    return session.scalars(statement).all()


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
        raise NotFound(_("There is no such ballot."), "board.ballot.unknown")
    return ballot


def get_ballot_with_names(session: Session, code: str, *, actor: Actor) -> tuple[Ballot, str, str]:
    """A ballot with the names of those who opened it and, if so, withdrew it."""
    opener, withdrawer = aliased(Person), aliased(Person)
    row = None
    if _CODE.match(code):
        statement = (
            select(Ballot, opener.full_name, withdrawer.full_name)
            .outerjoin(opener, opener.id == func.coalesce(Ballot.opened_by_id, Ballot.drafted_by_id))
            .outerjoin(withdrawer, withdrawer.id == Ballot.withdrawn_by_id)
            .where(Ballot.code == code, visible_to(actor))
        )
        row = session.execute(statement).one_or_none()
    ballot = _found(row[0] if row else None)
    return (ballot, row[1] or "", row[2] or "") if row else (ballot, "", "")


def list_papers(session: Session, ballot_id: int) -> list[Paper]:
    """The documents of a ballot in their order."""
    rows = session.execute(
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
        .where(BallotDocument.ballot_id == ballot_id)
        .order_by(BallotDocument.position, BallotDocument.id)
    )
    return [Paper(*row) for row in rows]


def list_documents(session: Session, ballot_id: int) -> Sequence[BallotDocument]:
    """The rows themselves, for editing a draft."""
    statement = select(BallotDocument).where(BallotDocument.ballot_id == ballot_id)
    return session.scalars(statement.order_by(BallotDocument.position, BallotDocument.id)).all()


def next_number(session: Session, year: int) -> int:
    """The next free number of a year. Holds a lock until the transaction ends, so that numbers have no gaps."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_NUMBERING)))
    return (session.scalar(select(func.max(Ballot.number)).where(Ballot.year == year)) or 0) + 1


def list_owed_votes(session: Session, partner_ids: Collection[int], now: datetime) -> list[OwedVote]:
    """Open ballots in which these partners have no vote, the first to close first (one statement)."""
    if not partner_ids:
        return []
    rows = session.execute(
        select(
            Ballot.id,
            Ballot.code,
            Ballot.type,
            Ballot.title,
            Ballot.opens_at,
            Ballot.closes_at,
            Elector.partner_id,
            Elector.acronym,
        )
        .join(Elector, Elector.ballot_id == Ballot.id)
        .where(in_state("open", now), Elector.partner_id.in_(partner_ids), ~_has_voted())
        .order_by(Ballot.closes_at, Ballot.id, Elector.position)
    )
    return [OwedVote(*row) for row in rows]


def _has_voted() -> ColumnElement[bool]:
    return select(Vote.id).where(Vote.elector_id == Elector.id).exists()


def list_missing(session: Session, now: datetime) -> list[tuple[Ballot, int]]:
    """Open ballots closing within seven days with how many partners have not voted, and unopened drafts (with 0)."""
    missing = select(func.count(Elector.id)).where(Elector.ballot_id == Ballot.id, ~_has_voted()).scalar_subquery()
    statement = (
        select(Ballot, case((Ballot.opens_at.is_(None), 0), else_=missing))
        .where(or_(in_state("closing", now), in_state("draft", now)))
        .options(load_only(Ballot.code, Ballot.type, Ballot.title, Ballot.opens_at, Ballot.closes_at))
        .order_by(Ballot.closes_at, Ballot.id)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def list_unrecorded(session: Session, now: datetime) -> Sequence[int]:
    """Closed ballots whose outcome has not been written down and mailed yet."""
    statement = select(Ballot.id).where(in_state("closed", now), Ballot.outcome_recorded_at.is_(None))
    return session.scalars(statement.order_by(Ballot.closes_at, Ballot.id)).all()


def list_open_ids(session: Session, now: datetime, until: datetime) -> Sequence[int]:
    """Open ballots that close before an instant."""
    statement = select(Ballot.id).where(in_state("open", now), Ballot.closes_at <= until)
    return session.scalars(statement.order_by(Ballot.closes_at, Ballot.id)).all()


def count_closed(session: Session, since: datetime, now: datetime) -> dict[BallotType, tuple[int, int]]:
    """By type: ballots closed after an instant, and how many of them have no recorded outcome."""
    statement = (
        select(Ballot.type, func.count(), func.sum(case((Ballot.outcome_recorded_at.is_(None), 1), else_=0)))
        .where(in_state("closed", now), Ballot.closes_at > since)
        .group_by(Ballot.type)
        .order_by(Ballot.type)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in session.execute(statement)}


def voting_record(
    session: Session, partner_ids: Collection[int], since: datetime, now: datetime
) -> dict[int, tuple[int, int]]:
    """By partner: in how many of the ballots closed after an instant it voted, and in how many it could."""
    if not partner_ids:
        return {}
    voted = case((_has_voted(), 1), else_=0)
    statement = (
        select(Elector.partner_id, func.sum(voted), func.count())
        .join(Ballot, Ballot.id == Elector.ballot_id)
        .where(in_state("closed", now), Ballot.closes_at > since, Elector.partner_id.in_(partner_ids))
        .group_by(Elector.partner_id)
        .order_by(Elector.partner_id)
    )
    return {row[0]: (int(row[1]), int(row[2])) for row in session.execute(statement)}


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


def ballot_cards(session: Session, actor: Actor, now: datetime) -> list[BallotCard]:
    """Open ballots for the home page, the first to close first; those still owed a vote by this actor before others.

    Two statements, whatever the number of ballots.
    """
    documents = select(func.count(BallotDocument.id)).where(BallotDocument.ballot_id == Ballot.id).scalar_subquery()
    rows = session.execute(
        select(
            Ballot.id,
            Ballot.code,
            Ballot.type,
            Ballot.title,
            Ballot.decision_text,
            Ballot.opens_at,
            Ballot.closes_at,
            documents,
        )
        .where(visible_to(actor), in_state("open", now))
        .order_by(Ballot.closes_at, Ballot.id)
    ).all()
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


def recently_decided(session: Session, actor: Actor, now: datetime, limit: int = 3) -> list[Decided]:
    """The last closed ballots, newest first. Two statements."""
    rows = session.execute(
        select(Ballot.id, Ballot.code, Ballot.type, Ballot.title, Ballot.rule, Ballot.closes_at)
        .where(visible_to(actor), in_state("closed", now))
        .order_by(Ballot.closes_at.desc(), Ballot.id.desc())
        .limit(limit)
    ).all()
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
