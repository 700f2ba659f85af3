"""Everything about one certified decision as a class of readers may see it: its page, its PDF, its signed record.

What a class may not see is taken away here, where the rows are read, so that nothing behind can show it by mistake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import electors, history, policy, queries, rule_words, rules, wording
from u4ssc_gov.board.electors import Revision, Seat
from u4ssc_gov.board.models import Ballot, BallotEvent, Candidate, Challenge
from u4ssc_gov.board.queries import Paper
from u4ssc_gov.board.register import dossier_words
from u4ssc_gov.board.register.dossier_words import HistoryLine
from u4ssc_gov.board.rules import BREAKING, Capacity, Method, Position, Result, Visibility, VotingRule
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.ledger import canonical
from u4ssc_gov.ledger import queries as ledger
from u4ssc_gov.ledger.models import LedgerEntry


class Reader(StrEnum):
    """For whom a decision is put together."""

    FULL = "full"  # Board, chairs, Secretariat: names, comments, reasons
    SIGNED_IN = "signed_in"  # positions and documents, no words and no names of those who answered
    PUBLIC = "public"  # partners only: no person, no word, no document


class RollLine(NamedTuple):
    """One partner in the roll call, in the order of ¶18."""

    acronym: str
    name: str
    cell: str
    position: str  # in words; empty without an answer
    candidates: tuple[int, ...]
    cast_at: datetime | None
    capacity: str
    is_unusual: bool  # not by the representative
    entry: int | None
    person: str
    comment: str
    cure: str
    earlier: tuple[tuple[str, datetime], ...]  # (position, until when)


class ObjectionLine(NamedTuple):
    """Somebody stood in the way, and what became of it."""

    acronym: str
    position: str
    at: datetime
    reason: str
    cure: str
    correction: str  # of wording, that was offered
    is_agreed: bool  # the partner agreed to it by lifting its objection
    disposition: str
    lifted_at: datetime | None


class ChallengeLine(NamedTuple):
    """A partner contested the procedure, and the answer."""

    acronym: str
    raised_at: datetime
    grounds: str
    decided_at: datetime | None
    upheld: bool | None
    answer: str


class Correction(NamedTuple):
    """A correction of wording that a partner agreed to by lifting its objection; everybody reads it with the text."""

    acronym: str
    text: str
    at: datetime


class CandidateLine(NamedTuple):
    """Somebody who stood. In public those are named who were elected to an office of the initiative, nobody else."""

    number: int
    name: str
    supports: int | None
    is_elected: bool
    is_withdrawn: bool


class EntryLine(NamedTuple):
    """One entry of the ledger."""

    seq: int
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Dossier:
    """A decision, ready to be shown."""

    ballot: Ballot
    reader: Reader
    rule: VotingRule
    result: Result
    rule_in_words: str
    checks: tuple[tuple[bool, str], ...]
    tally: str
    roll: tuple[RollLine, ...]
    revisions: tuple[Revision, ...]  # every position that was recorded, as far as it may be seen
    candidates: tuple[CandidateLine, ...]
    objections: tuple[ObjectionLine, ...]
    corrections: tuple[Correction, ...]
    challenges: tuple[ChallengeLine, ...]
    history: tuple[HistoryLine, ...]
    papers: tuple[Paper, ...]
    blocked: bool  # the consequence could not take effect
    blocked_why: str
    entries: tuple[EntryLine, ...]
    first_closing: datetime | None
    previous: str  # code of the round before
    opened_by: str
    certified_by: str

    @property
    def consequence(self) -> str:
        """What the frozen text says follows from this outcome."""
        is_approved = self.result.outcome in (rules.BallotOutcome.APPROVED, rules.BallotOutcome.PARTLY)
        return self.ballot.if_approved if is_approved else self.ballot.if_not_approved

    @property
    def elected(self) -> tuple[str, ...]:
        """The names of those who were elected."""
        return tuple(one.name for one in self.candidates if one.is_elected)

    @property
    def unfilled(self) -> str:
        """What becomes of the posts that an election left empty; empty when there are none."""
        if self.result.outcome is not rules.BallotOutcome.PARTLY:
            return ""
        struck = bool(self.ballot.struck)
        return rule_words.unfilled_in_words(self.rule, self.result, self.ballot.posts, struck=struck)

    @property
    def last_seq(self) -> int | None:
        """The last entry of this ballot; ``None`` for one older than the ledger."""
        return self.entries[-1].seq if self.entries and self.ballot.opened_seq is not None else None

    @property
    def strip(self) -> tuple[str, ...]:
        """The cells of the strip."""
        return tuple([line.cell for line in self.roll])


def reader_of(actor: Actor) -> Reader:
    """The class a signed-in person belongs to."""
    return Reader.FULL if policy.may_see_comments(actor) else Reader.SIGNED_IN


@dataclass(frozen=True, slots=True)
class Sources:
    """The rows behind a decision, read once; ``build`` makes of them what a class of readers may see."""

    ballot: Ballot
    seats: Sequence[Seat]
    events: Sequence[BallotEvent]
    challenges: Sequence[Challenge]
    papers: Sequence[Paper]
    candidates: Sequence[Candidate]
    entries: Sequence[LedgerEntry]
    previous: str
    opened_by: str
    certified_by: str


def gather(session: Session, ballot: Ballot) -> Sources:
    """Read the rows of a certified decision. Six statements, seven for an election."""
    is_election = ballot.method is Method.ELECTION
    previous, opener, certifier = _around(session, ballot)
    return Sources(
        ballot=ballot,
        seats=electors.list_seats(session, ballot.id),
        events=history.list_events(session, ballot.id),
        challenges=history.list_challenges(session, ballot.id),
        papers=queries.list_papers(session, ballot.id),
        candidates=queries.list_candidates(session, ballot.id) if is_election else (),
        entries=ledger.list_ballot_entries(session, ballot.id),
        previous=previous,
        opened_by=opener,
        certified_by=certifier,
    )


def load(session: Session, ballot: Ballot, reader: Reader) -> Dossier:
    """A certified decision for a class of readers."""
    return build(gather(session, ballot), reader)


def build(rows: Sources, reader: Reader) -> Dossier:
    """The same from rows that were read. Words are in the language of the moment."""
    ballot, full = rows.ballot, reader is Reader.FULL
    rule = rules.rule_from_json(ballot.rule)
    seats = [_bared(seat, rule, reader) for seat in rows.seats]
    result = queries.result_of(ballot, seats)
    blocked = [event.text for event in rows.events if event.kind == "consequence_blocked"]
    return Dossier(
        ballot=ballot,
        reader=reader,
        rule=rule,
        result=result,
        rule_in_words=rule_words.rule_in_words(rule, len(seats)),
        checks=tuple((c.holds, rule_words.check_in_words(c, rule, result.tally)) for c in result.checks),
        tally=rule_words.counts_in_words(result.tally, closed=True, method=ballot.method),
        roll=tuple(_roll_line(seat, ballot.method) for seat in seats),
        revisions=tuple(vote for seat in seats for vote in seat.revisions),
        candidates=_candidates(ballot, rows.candidates, result, reader),
        objections=_objections(seats, rows.events, ballot.method, full=full),
        corrections=_corrections(seats, rows.events),
        challenges=tuple(_challenge(row, full=full) for row in rows.challenges),
        history=dossier_words.history(ballot, rows.events, named=full, candidates=reader is not Reader.PUBLIC),
        papers=() if reader is Reader.PUBLIC else tuple(rows.papers),
        blocked=bool(blocked),
        blocked_why=blocked[0] if blocked and full else "",
        entries=tuple(_entry(entry) for entry in rows.entries),
        first_closing=_first_closing(rows.entries),
        previous=rows.previous,
        opened_by=rows.opened_by if full else "",
        certified_by=rows.certified_by if full else "",
    )


def _bared(seat: Seat, rule: VotingRule, reader: Reader) -> Seat:
    """A seat without what this class may not see. What was hidden until closing and replaced before stays hidden."""
    revisions = seat.revisions[-1:] if rule.visibility is Visibility.AT_CLOSE else seat.revisions
    if reader is not Reader.FULL:
        revisions = tuple([vote._replace(comment="", cure="", cast_by_name="", cast_by_id=0) for vote in revisions])
    return seat._replace(revisions=revisions)


def _around(session: Session, ballot: Ballot) -> tuple[str, str, str]:
    """Code of the round before, names of who opened and who certified. One statement."""
    opener, certifier, earlier = aliased(Person), aliased(Person), aliased(Ballot)
    asked = (
        select(earlier.code, opener.full_name, certifier.full_name)
        .select_from(Ballot)
        .outerjoin(earlier, earlier.id == Ballot.previous_id)
        .outerjoin(opener, opener.id == Ballot.opened_by_id)
        .outerjoin(certifier, certifier.id == Ballot.certified_by_id)
        .where(Ballot.id == ballot.id)
    )
    row = session.execute(asked).one()
    return row[0] or "", row[1] or "", row[2] or ""


def _roll_line(seat: Seat, method: Method) -> RollLine:
    vote = seat.vote
    if vote is None:
        return RollLine(seat.acronym, seat.official_name, "", "", (), None, "", False, None, "", "", "", ())
    pairs = zip(seat.revisions, seat.revisions[1:], strict=False)
    return RollLine(
        acronym=seat.acronym,
        name=seat.official_name,
        cell=wording.cell(vote.position),
        position=wording.position_label(vote.position, method),
        candidates=vote.candidates,
        cast_at=vote.cast_at,
        capacity=dossier_words.capacity_label(vote.capacity),
        is_unusual=vote.capacity is not Capacity.REPRESENTATIVE,
        entry=vote.ledger_seq,
        person=vote.cast_by_name,
        comment=vote.comment,
        cure=vote.cure,
        earlier=tuple((wording.position_label(old.position, method), new.cast_at) for old, new in pairs),
    )


def _candidates(
    ballot: Ballot, stood: Sequence[Candidate], result: Result, reader: Reader
) -> tuple[CandidateLine, ...]:
    supports, struck = dict(result.supports), set(ballot.struck or ())
    public = reader is Reader.PUBLIC
    return tuple(
        CandidateLine(
            one.number,
            one.name if not public or one.number in result.elected else "",
            supports.get(one.number),
            one.number in result.elected,
            one.number in struck,
        )
        for one in stood
    )


def _objections(
    seats: Sequence[Seat], events: Sequence[BallotEvent], method: Method, *, full: bool
) -> tuple[ObjectionLine, ...]:
    """Every position that objected or asked for a vote, also those that were lifted, in the order they came."""
    offers = {event.seat: event.text for event in events if event.kind == "editorial"}
    found = []
    for seat in seats:
        for place, vote in enumerate(seat.revisions):
            if vote.position in BREAKING:
                later = seat.revisions[place + 1] if place + 1 < len(seat.revisions) else None
                if later is None or later.position not in BREAKING:
                    offer = offers.get(seat.acronym, "") if vote.position is Position.OBJECT and full else ""
                    found.append(_objection(seat, vote, later, offer, method))
    return tuple(sorted(found, key=lambda line: line.at))


def _corrections(seats: Sequence[Seat], events: Sequence[BallotEvent]) -> tuple[Correction, ...]:
    """Offers that were followed by the partner's lifting of its objection: that is how a partner agrees."""
    found = []
    for event in events:
        seat = next((one for one in seats if one.acronym == event.seat), None) if event.kind == "editorial" else None
        if seat is None:
            continue
        lifted = next((vote for vote in seat.revisions if vote.cast_at >= event.at), None)
        if lifted is not None and lifted.position is Position.NO_OBJECTION:
            found.append(Correction(seat.acronym, event.text, lifted.cast_at))
    return tuple(found)


def _objection(seat: Seat, vote: Revision, later: Revision | None, offer: str, method: Method) -> ObjectionLine:
    return ObjectionLine(
        acronym=seat.acronym,
        position=wording.position_label(vote.position, method),
        at=vote.cast_at,
        reason=vote.comment,
        cure=vote.cure,
        correction=offer,
        is_agreed=bool(offer) and later is not None and later.position is Position.NO_OBJECTION,
        disposition=dossier_words.disposition(later.position if later else None, method),
        lifted_at=later.cast_at if later else None,
    )


def _challenge(row: Challenge, *, full: bool) -> ChallengeLine:
    grounds, answer = (row.grounds, row.answer) if full else ("", "")
    return ChallengeLine(row.acronym, row.raised_at, grounds, row.decided_at, row.upheld, answer)


def _entry(entry: LedgerEntry) -> EntryLine:
    said = canonical.decode(entry.entry)
    return EntryLine(entry.seq, dossier_words.entry_label(entry.kind, said.get("seat") or ""), entry.recorded_at)


def _first_closing(entries: Sequence[LedgerEntry]) -> datetime | None:
    opened = next((entry for entry in entries if entry.kind == "ballot.opened"), None)
    return datetime.fromisoformat(canonical.decode(opened.entry)["closes_at"]) if opened is not None else None
