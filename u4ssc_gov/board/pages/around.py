"""What stands around a ballot's question and its positions: candidates, rounds, objections, history, remarks.

Read for one page in a fixed number of statements, and only what the state of the ballot can have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, history, policy, queries, rules, seen
from u4ssc_gov.board.electors import Seat
from u4ssc_gov.board.event_words import EventLine, event_line, with_opening
from u4ssc_gov.board.models import Ballot, BallotEvent, Candidate, EditorialNote, Vote
from u4ssc_gov.board.queries import BallotText
from u4ssc_gov.board.rules import BREAKING, GONE, BallotState, Method, Position, Result
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.partners.models import Partner

REMARKS_SHOWN = 20


class CandidateLine(NamedTuple):
    """Somebody who stands: who nominated them, and how they fared where positions may be seen."""

    number: int
    name: str
    nominated_by: str
    withdrawn_at: datetime | None
    supports: int | None
    is_elected: bool


class Objection(NamedTuple):
    """A position that breaks the silence, with what would lift it and a correction that was offered."""

    acronym: str
    partner_id: int
    asks_vote: bool
    comment: str
    cure: str
    since: datetime
    by: str
    correction: str


class Round(NamedTuple):
    """The ballot before or after this one."""

    code: str
    title: str


class RemarkLine(NamedTuple):
    """What somebody without a vote said."""

    by: str
    at: datetime
    text: str


class ChallengeLine(NamedTuple):
    """A challenge with its answer; the words are empty for those they are not written for."""

    acronym: str
    partner_id: int
    raised_at: datetime
    grounds: str
    decided_at: datetime | None
    upheld: bool | None
    answer: str


@dataclass(frozen=True, slots=True)
class Around:
    """All of it, as this reader may see it."""

    candidates: tuple[CandidateLine, ...] = ()
    events: tuple[EventLine, ...] = ()
    remarks: tuple[RemarkLine, ...] = ()
    hidden_remarks: int = 0  # older ones that the page does not show unless asked
    challenges: tuple[ChallengeLine, ...] = ()
    objections: tuple[Objection, ...] = ()
    previous: Round | None = None
    following: Round | None = None
    joined: tuple[str, ...] = ()  # partners that came after the snapshot of the electors
    left: tuple[str, ...] = ()
    secrecy: tuple[str, ...] = ()  # partners that asked for a secret ballot
    reason: str = ""  # why it was superseded or referred
    is_early: bool = False  # it closed when every partner had answered


def load(
    session: Session,
    ballot: BallotText,
    seats: Sequence[Seat],
    *,
    state: BallotState,
    result: Result | None,
    actor: Actor,
    now: datetime,
    every_remark: bool = False,
) -> Around:
    """Read it. Seven statements at most, fewer in most states; seats are those that this reader may see."""
    if state is BallotState.DRAFT:
        previous, _following = _rounds(session, ballot, actor, now)
        return Around(candidates=_candidates(session, ballot, None), previous=previous)
    found = history.list_events(session, ballot.id)
    joined, left = _changes(session, ballot, seats, now) if state in rules.RUNNING else ((), ())
    previous, following = _rounds(session, ballot, actor, now)
    remarks = _remarks(session, ballot, actor)
    shown = remarks if every_remark else remarks[-REMARKS_SHOWN:]
    return Around(
        candidates=_candidates(session, ballot, result),
        events=_events(found, ballot, actor=actor, now=now),
        remarks=shown,
        hidden_remarks=len(remarks) - len(shown),
        challenges=_challenges(session, ballot, actor) if ballot.certified_at is not None else (),
        objections=_objections(session, ballot, seats) if state is BallotState.SUSPENDED else (),
        previous=previous,
        following=following,
        joined=joined,
        left=left,
        secrecy=tuple(event.seat for event in found if event.kind == "secrecy_asked"),
        reason=next((one.text for one in reversed(found) if one.kind in ("superseded", "referred")), ""),
        is_early=any(one.kind == "closed" and one.details.get("cause") == "all_answered" for one in found),
    )


_CANDIDATES = (
    select(Candidate.number, Candidate.name, Partner.acronym, Candidate.withdrawn_at)
    .outerjoin(Partner, Partner.id == Candidate.nominated_by_id)
    .where(Candidate.ballot_id == bindparam("ballot"))
    .order_by(Candidate.number)
)


def _candidates(session: Session, ballot: BallotText, result: Result | None) -> tuple[CandidateLine, ...]:
    if ballot.method is not Method.ELECTION:
        return ()
    supports = dict(result.supports) if result else {}
    elected = result.elected if result else ()
    rows = session.execute(_CANDIDATES, {"ballot": ballot.id})
    return tuple(
        CandidateLine(number, name, acronym or "", withdrawn_at, supports.get(number), number in elected)
        for number, name, acronym, withdrawn_at in rows
    )


def _events(found: Sequence[BallotEvent], ballot: BallotText, *, actor: Actor, now: datetime) -> tuple[EventLine, ...]:
    """The history in plain words; what is written for the Secretariat or the Board alone stays with them."""
    officer, words = policy.may_prepare(actor), policy.may_see_comments(actor)
    names = words or seen.sees_positions(ballot, actor=actor, now=now)
    told = with_opening(found, ballot.opens_at, now)
    lines = [event_line(event, ballot.method, words=words, names=names, officer=officer) for event in told]
    return tuple(line for line in lines if line is not None)


@cache
def _rounds_statement(drafts: bool) -> Select[Any]:
    around = or_(Ballot.id == bindparam("previous"), Ballot.previous_id == bindparam("ballot"))
    columns: tuple[Any, ...] = (Ballot.id, Ballot.code, Ballot.title)
    return select(*columns).where(around, queries.visible(drafts)).order_by(Ballot.id)


def _rounds(session: Session, ballot: BallotText, actor: Actor, now: datetime) -> tuple[Round | None, Round | None]:
    """The round before this one and the newest one after it; neither is looked for where none can be."""
    may_have_next = queries.state_of(ballot, now) in GONE | rules.ENDED | {BallotState.SUSPENDED}
    if ballot.previous_id is None and not may_have_next:
        return None, None
    values = {"previous": ballot.previous_id, "ballot": ballot.id}
    rows = session.execute(_rounds_statement(policy.may_see_drafts(actor)), values).all()
    before = [Round(row.code, row.title) for row in rows if row.id == ballot.previous_id]
    after = [Round(row.code, row.title) for row in rows if row.id != ballot.previous_id]
    return (before[0] if before else None), (after[-1] if after else None)


_NOTES = (
    select(EditorialNote.text, Vote.receipt)
    .join(Vote, Vote.id == EditorialNote.vote_id)
    .where(EditorialNote.ballot_id == bindparam("ballot"))
)


def _objections(session: Session, ballot: BallotText, seats: Sequence[Seat]) -> tuple[Objection, ...]:
    """Who breaks the silence, why, and what would lift it. Empty where the reader may not see positions."""
    breaking = [(seat, seat.vote) for seat in seats if seat.vote is not None and seat.position in BREAKING]
    if not breaking:
        return ()
    corrections = {receipt: text for text, receipt in session.execute(_NOTES, {"ballot": ballot.id})}
    return tuple(
        Objection(
            seat.acronym,
            seat.partner_id,
            vote.position is Position.ASK_VOTE,
            vote.comment,
            vote.cure,
            vote.cast_at,
            vote.cast_by_name,
            corrections.get(vote.receipt, ""),
        )
        for seat, vote in breaking
    )


def _remarks(session: Session, ballot: BallotText, actor: Actor) -> tuple[RemarkLine, ...]:
    """Remarks are written for the Board, the chairs and the Secretariat; everybody sees their own."""
    rows = history.list_remarks(session, ballot.id)
    reads = policy.may_see_comments(actor)
    return tuple(RemarkLine(row.by_name, row.at, row.text) for row in rows if reads or row.by_id == actor.person_id)


def _challenges(session: Session, ballot: BallotText, actor: Actor) -> tuple[ChallengeLine, ...]:
    reads = policy.may_see_comments(actor)
    return tuple(
        ChallengeLine(
            row.acronym,
            row.partner_id,
            row.raised_at,
            row.grounds if reads else "",
            row.decided_at,
            row.upheld,
            row.answer if reads else "",
        )
        for row in history.list_challenges(session, ballot.id)
    )


def _changes(
    session: Session, ballot: BallotText, seats: Sequence[Seat], now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Partners that joined or left since the electors were copied: the electors stay those of the opening day."""
    if _opening_day(ballot) == geneva_date(now):
        return (), ()
    partners = electors.list_current_partners(session, now)
    known, present = {seat.partner_id for seat in seats}, {partner.id for partner in partners}
    joined = tuple(partner.acronym for partner in partners if partner.id not in known)
    return joined, tuple(seat.acronym for seat in seats if seat.partner_id not in present)


def _opening_day(ballot: BallotText) -> date | None:
    return geneva_date(ballot.opens_at) if ballot.opens_at is not None else None
