"""Reads of ballots. ``visible_to`` stands in every query: a draft does not exist for those who may not see it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, not_, select, true
from sqlalchemy.orm import Session, aliased, load_only

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import electors, policy, rules
from u4ssc_gov.board.electors import Cell
from u4ssc_gov.board.models import Ballot, BallotDocument, Candidate
from u4ssc_gov.board.rules import BallotState, BallotType, Method, Result
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.db import UTCDateTime
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents.models import StoredFile

CODE = re.compile(r"^B-\d{2}-\d{1,6}$", re.ASCII)
_NUMBERING = 0x42616C6C  # the advisory lock under which ballots get their numbers


# The columns that a state is derived from, and those that a result needs beside the votes.
INSTANTS: tuple[Any, ...] = tuple(getattr(Ballot, name) for name in rules.Instants.__slots__)
COUNTED: tuple[Any, ...] = (Ballot.posts, Ballot.candidate_count, Ballot.struck)
_WORDS = (Ballot.code, Ballot.method, Ballot.title, Ballot.rule, Ballot.text_sha256, Ballot.opened_seq, Ballot.version)
VOTED_ON = (Ballot.id, *_WORDS, *INSTANTS, *COUNTED)


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
    return rules.ballot_state(rules.instants_of(ballot), now)


def ended_at(ballot: Any, now: datetime) -> datetime | None:
    """When a ballot was withdrawn, superseded, referred or annulled, whichever made its state; else ``None``."""
    moments = {
        BallotState.WITHDRAWN: ballot.withdrawn_at,
        BallotState.SUPERSEDED: ballot.superseded_at,
        BallotState.REFERRED: ballot.referred_at,
        BallotState.ANNULLED: ballot.annulled_at,
    }
    return moments.get(state_of(ballot, now))


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Drafts are the secretariat's; an opened ballot is seen by everybody who is signed in."""
    return visible(policy.may_see_drafts(actor))


def visible(drafts: bool) -> ColumnElement[bool]:
    return true() if drafts else Ballot.opens_at.is_not(None)


# Statements of pages are composed once for each combination of filters: composing costs more than running them.
_NOW = bindparam("now", type_=UTCDateTime)
_STANDS = and_(
    Ballot.withdrawn_at.is_(None),
    Ballot.superseded_at.is_(None),
    Ballot.referred_at.is_(None),
    Ballot.annulled_at.is_(None),
)
_OPENED = and_(Ballot.opens_at.is_not(None), Ballot.opens_at <= _NOW, _STANDS)
_OPEN = and_(_OPENED, Ballot.closes_at > _NOW, Ballot.suspended_at.is_(None))
_STATES: dict[str, ColumnElement[bool]] = {
    "draft": and_(Ballot.opens_at.is_(None), _STANDS),
    "scheduled": and_(Ballot.opens_at > _NOW, _STANDS),
    "open": _OPEN,
    "suspended": and_(_OPENED, Ballot.closes_at > _NOW, Ballot.suspended_at.is_not(None)),
    "running": and_(_OPENED, Ballot.closes_at > _NOW),
    "closing": and_(_OPEN, Ballot.closes_at <= bindparam("soon", type_=UTCDateTime)),
    "closed": and_(_OPENED, Ballot.closes_at <= _NOW),
    "uncertified": and_(_OPENED, Ballot.closes_at <= _NOW, Ballot.certified_at.is_(None)),
    "withdrawn": not_(_STANDS),
}


def in_state(state: str) -> ColumnElement[bool]:
    """The condition of a filter: draft, scheduled, open, suspended, running (open or suspended), closing (within seven
    days), closed, uncertified, or withdrawn (in any way ended without an outcome).

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
    statement = select(Ballot).where(visible(drafts), in_state(state))
    if by_type:
        statement = statement.where(Ballot.type == bindparam("type"))
    if by_year:
        statement = statement.where(Ballot.year == bindparam("year"))
    columns = load_only(
        Ballot.code,
        Ballot.type,
        Ballot.method,
        Ballot.title,
        Ballot.rule,
        Ballot.outcome_recorded_at,
        Ballot.decision_number,
        *COUNTED,
        *INSTANTS,
        raiseload=True,
    )
    return statement.options(columns).order_by(Ballot.year.desc(), Ballot.number.desc(), Ballot.id.desc())


def list_years(session: Session, actor: Actor) -> Sequence[int]:
    """Years that have ballots, newest first."""
    return session.scalars(_years_statement(policy.may_see_drafts(actor))).all()


@cache
def _years_statement(drafts: bool) -> Select[int]:
    return select(Ballot.year).where(visible(drafts)).distinct().order_by(Ballot.year.desc())


def find_ballot(session: Session, code: str, *, actor: Actor) -> Ballot | None:
    """A ballot by its code, or ``None``."""
    if not CODE.match(code):
        return None
    return session.scalar(select(Ballot).where(Ballot.code == code, visible_to(actor)))


def get_ballot(session: Session, code: str, *, actor: Actor) -> Ballot:
    """A ballot by its code; raises ``NotFound`` when there is none or it is not for this actor."""
    return found(find_ballot(session, code, actor=actor))


def get_heading(session: Session, code: str, *, actor: Actor) -> Any:
    """What a page about a ballot needs that shows no more than its title and state: a row with those columns.

    Raises ``NotFound`` when there is none or it is not for this actor.
    """
    row = None
    if CODE.match(code):
        row = session.execute(_heading_statement(policy.may_see_drafts(actor)), {"code": code}).one_or_none()
    if row is None:
        raise _unknown()
    return row


@cache
def _heading_statement(drafts: bool) -> Select[Any]:
    shown = (Ballot.id, Ballot.code, Ballot.title, Ballot.method, Ballot.text_sha256, *COUNTED, *INSTANTS)
    return select(*shown).where(Ballot.code == bindparam("code"), visible(drafts))


def found(ballot: Ballot | None) -> Ballot:
    """The ballot; raises ``NotFound`` for none."""
    if ballot is None:
        raise _unknown()
    return ballot


def _unknown() -> NotFound:
    return NotFound(_("There is no such ballot."), "board.ballot.unknown")


@dataclass(frozen=True, slots=True)
class BallotText:
    """Everything of a ballot that its page shows, with the names of those who opened, withdrew and certified it."""

    id: int
    code: str
    type: BallotType
    method: Method
    round: int
    previous_id: int | None
    title: str
    decision_text: str
    if_approved: str
    if_not_approved: str
    rule: dict[str, Any]
    text_sha256: str
    opens_at: datetime | None
    opened_for: str
    closes_at: datetime | None
    extended_at: datetime | None
    suspended_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str
    superseded_at: datetime | None
    referred_at: datetime | None
    annulled_at: datetime | None
    annulment_asked_at: datetime | None
    annulment_asked_for: str
    annulment_reason: str
    outcome_recorded_at: datetime | None
    certified_at: datetime | None
    challenges_until: datetime | None
    challenged_at: datetime | None
    decision_number: str | None
    posts: int
    candidate_count: int
    struck: list[int] | None
    opened_seq: int | None
    closed_seq: int | None
    deliverable_id: int | None
    renewal_id: int | None
    office_id: int | None
    starts_on: date | None
    plan_id: int | None
    terms_document_id: int | None
    rule_set_id: int | None
    opened_by: str
    withdrawn_by: str
    certified_by: str


def get_ballot_text(session: Session, code: str, *, actor: Actor) -> BallotText:
    """A ballot as its page shows it; raises ``NotFound`` when there is none or it is not for this actor."""
    row = None
    if CODE.match(code):
        row = session.execute(_text_statement(policy.may_see_drafts(actor)), {"code": code}).one_or_none()
    if row is None:
        raise _unknown()
    return BallotText(*row)


@cache
def _text_statement(drafts: bool) -> Select[Any]:
    opener, withdrawer, certifier = aliased(Person), aliased(Person), aliased(Person)
    shown = [getattr(Ballot, field.name) for field in fields(BallotText)[:-3]]
    names = [func.coalesce(person.full_name, "") for person in (opener, withdrawer, certifier)]
    return (
        select(*shown, *names)
        .outerjoin(opener, opener.id == func.coalesce(Ballot.opened_by_id, Ballot.drafted_by_id))
        .outerjoin(withdrawer, withdrawer.id == Ballot.withdrawn_by_id)
        .outerjoin(certifier, certifier.id == Ballot.certified_by_id)
        .where(Ballot.code == bindparam("code"), visible(drafts))
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


def list_untold(session: Session, now: datetime) -> Sequence[int]:
    """Ballots that were scheduled, are open now, and whose opening nobody has been told of."""
    statement = select(Ballot.id).where(in_state("open"), Ballot.opening_told_at.is_(None))
    return session.scalars(statement.order_by(Ballot.opens_at, Ballot.id), instants(now)).all()


def list_open_ids(session: Session, now: datetime, until: datetime) -> Sequence[int]:
    """Open ballots that close before an instant."""
    statement = select(Ballot.id).where(in_state("open"), Ballot.closes_at <= until)
    return session.scalars(statement.order_by(Ballot.closes_at, Ballot.id), instants(now)).all()


def result_of(ballot: Any, cells: Sequence[Cell] | Sequence[electors.Seat]) -> Result:
    """What the frozen rule of a ballot makes of its votes now. Needs the columns of ``COUNTED``."""
    rule = rules.rule_from_json(ballot.rule)
    counts = electors.tally_of(cells)
    if rule.method is not Method.ELECTION:
        return rules.decide(rule, counts)
    candidates = range(1, ballot.candidate_count + 1)
    struck = frozenset(ballot.struck or ())
    return rules.decide(
        rule, counts, electors.answers_of(cells), candidates=candidates, withdrawn=struck, posts=ballot.posts
    )


def frozen_text(ballot: Ballot, papers: Sequence[BallotDocument], candidates: Sequence[Candidate]) -> dict[str, Any]:
    """Everything of a ballot that a partner votes on, as it is hashed and exported."""
    return rules.frozen_text(
        code=ballot.code,
        ballot_type=ballot.type,
        title=ballot.title,
        decision_text=ballot.decision_text,
        if_approved=ballot.if_approved,
        if_not_approved=ballot.if_not_approved,
        rule=ballot.rule,
        documents=[(paper.title, paper.sha256) for paper in papers],
        candidates=[(one.number, one.name) for one in candidates],
        posts=ballot.posts,
    )


_CANDIDATES = select(Candidate).where(Candidate.ballot_id == bindparam("ballot")).order_by(Candidate.number)


def list_candidates(session: Session, ballot_id: int) -> Sequence[Candidate]:
    """The candidates of an election in their order, those who withdrew too."""
    return session.scalars(_CANDIDATES, {"ballot": ballot_id}).all()


def list_concerned(session: Session, ballot: Ballot) -> frozenset[int]:
    """The persons a ballot is about: those who stand in it. They neither certify, extend nor close it."""
    if ballot.method is not Method.ELECTION:
        return frozenset()
    return frozenset(one.person_id for one in list_candidates(session, ballot.id))


def next_round(session: Session, previous_id: int | None) -> int:
    """The number of the round after a ballot; 1 without one."""
    if previous_id is None:
        return 1
    return (session.scalar(select(Ballot.round).where(Ballot.id == previous_id)) or 0) + 1


def find_next_round(session: Session, ballot_id: int) -> Ballot | None:
    """The newest ballot that puts the same question again."""
    statement = select(Ballot).where(Ballot.previous_id == ballot_id).order_by(Ballot.id.desc()).limit(1)
    return session.scalar(statement)


def next_decision(session: Session, year: int) -> int:
    """The next free number of a decision taken between meetings. Call it under the ledger’s lock: no gaps, no twins."""
    numbers = session.scalars(select(Ballot.decision_number).where(Ballot.decision_year == year)).all()
    return max((int(number.rpartition("/")[2]) for number in numbers if number), default=0) + 1


def find_person(session: Session, person_id: int | None) -> Person | None:
    """A person by id."""
    return session.get(Person, person_id) if person_id is not None else None
