"""What the page of a receipt shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, queries, receipts, rule_words, rules, seen, wording
from u4ssc_gov.board.electors import Revision, Seat
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.pages.positions import capacity_label, cell_of, supported
from u4ssc_gov.board.receipts import Proof
from u4ssc_gov.board.rules import BallotState, Method, Position
from u4ssc_gov.core.actor import Actor


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """One recorded position with its place in the ledger, and how the ballot stands for this reader."""

    ballot: Ballot
    state: BallotState
    seat: Seat
    vote: Revision
    position: str  # empty while it is not for this reader
    candidates: tuple[str, ...]
    capacity: str
    is_latest: bool
    is_own: bool
    others: tuple[str, ...]  # names of the others who get the receipt
    cells: tuple[str, ...]
    is_hidden: bool  # how the others answered is not shown yet
    me: int
    counts_words: str
    proof: Proof | None
    has_evidence: bool  # the e-mail it was recorded from can be opened by this reader

    @property
    def is_open(self) -> bool:
        """Whether the vote can still be changed."""
        return self.state is BallotState.OPEN

    @property
    def stays_hidden(self) -> bool:
        """Whether it ended before its closing, so that hidden positions are never shown."""
        return self.is_hidden and self.state in rules.GONE

    @property
    def asked_vote(self) -> bool:
        """Whether this position asks for a vote instead of objecting."""
        return self.vote.position is Position.ASK_VOTE

    @property
    def is_running(self) -> bool:
        """Open or suspended."""
        return self.state in rules.RUNNING


def sees_position(ballot: Ballot, seat: Seat, *, actor: Actor, now: datetime) -> bool:
    """Whether this reader sees how the seat answered: its own people do, others when positions may be seen."""
    return actor.mandate_for(seat.partner_id) is not None or seen.sees_positions(ballot, actor=actor, now=now)


def sees_evidence(ballot: Ballot, seat: Seat, vote: Revision, *, actor: Actor, now: datetime) -> bool:
    """Whether this reader may open the e-mail of a position on record. It says how the seat answered: while that is
    hidden, only the seat's people and the officer who recorded it may. Call it for somebody who may see the receipt.
    """
    if vote.evidence_id is None:
        return False
    return vote.cast_by_id == actor.person_id or sees_position(ballot, seat, actor=actor, now=now)


def build(session: Session, ballot: Ballot, receipt: str, *, actor: Actor, now: datetime) -> ReceiptPage:
    """Put it together. Five statements, one more in an election. Raises ``NotFound`` for others."""
    raw = electors.list_seats(session, ballot.id)
    seat, vote = receipts.find_receipt(raw, receipt, actor=actor)
    seats = seen.hide(raw, ballot, actor=actor, now=now)
    sees = sees_position(ballot, seat, actor=actor, now=now)
    holders = electors.list_holders(session, now, partner_ids=[seat.partner_id])
    state = queries.state_of(ballot, now)
    return ReceiptPage(
        ballot=ballot,
        state=state,
        seat=seat,
        vote=vote if sees else vote._replace(comment="", cure="", candidates=()),
        position=wording.position_label(vote.position, ballot.method) if sees else "",
        candidates=_names(session, ballot, vote) if sees else (),
        capacity=capacity_label(vote.capacity),
        is_latest=seat.vote is vote,
        is_own=actor.mandate_for(seat.partner_id) is not None,
        others=tuple(one.name for one in holders if one.person_id not in (actor.person_id, vote.cast_by_id)),
        cells=tuple([cell_of(one) for one in seats]),
        is_hidden=not seen.sees_positions(ballot, actor=actor, now=now),
        me=raw.index(seat),
        counts_words=_counts(ballot, seats, state, actor, now),
        proof=receipts.find_proof(session, vote),
        has_evidence=sees_evidence(ballot, seat, vote, actor=actor, now=now),
    )


def _names(session: Session, ballot: Ballot, vote: Revision) -> tuple[str, ...]:
    if ballot.method is not Method.ELECTION:
        return ()
    return supported(vote, {one.number: one.name for one in queries.list_candidates(session, ballot.id)})


def _counts(ballot: Ballot, seats: list[Seat], state: BallotState, actor: Actor, now: datetime) -> str:
    if seen.sees_positions(ballot, actor=actor, now=now):
        counts = electors.tally_of(seats)
        return rule_words.counts_in_words(counts, closed=state not in rules.RUNNING, method=ballot.method)
    return rule_words.turnout_in_words(len(seats), electors.count_answered(seats))
