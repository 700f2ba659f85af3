"""What the page of a ballot shows, worked out once from the records: no Flask, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, policy, queries, rule_words, rules, seen, wording
from u4ssc_gov.board.electors import MandateHolder, Seat
from u4ssc_gov.board.pages import about, around
from u4ssc_gov.board.pages.about import About
from u4ssc_gov.board.pages.around import Around
from u4ssc_gov.board.pages.positions import (
    PositionGroup,
    PositionRow,
    cell_of,
    position_groups,
    position_rows,
    supported,
)
from u4ssc_gov.board.pages.standing import legend, standing
from u4ssc_gov.board.queries import BallotText, Paper
from u4ssc_gov.board.rules import BREAKING, ENDED, BallotOutcome, BallotState, Method, Result, Tally, VotingRule
from u4ssc_gov.core.actor import Actor

SHOWN = ("all", "comment", "missing")


@dataclass(frozen=True)
class BallotPage:
    """Everything the template needs. What is about positions is empty for those who may not see them."""

    ballot: BallotText
    state: BallotState
    tag: tuple[str, str]
    papers: Sequence[Paper]
    terms: VotingRule
    sees_positions: bool
    sees_turnout: bool
    sees_comments: bool
    result: Result | None
    answered: int | None  # None for those who do not see who has answered
    electors: int
    counted: int  # partners of the rule's sentence: the electors, or in a draft the partners of today
    ended_at: datetime | None  # when it ended another way than by its closing
    cells: tuple[tuple[str, str, bool], ...]  # (acronym, cell, whether it is one's own)
    every_row: tuple[PositionRow, ...]
    every_group: tuple[PositionGroup, ...]
    shown: str
    own: tuple[Seat, ...]
    holders: Sequence[MandateHolder]
    around: Around
    about: About | None
    may_prepare: bool
    may_remark: bool
    may_challenge: tuple[Seat, ...]  # own seats that could contest the procedure now
    may_ask_secrecy: tuple[Seat, ...]

    @property
    def is_open(self) -> bool:
        """Whether votes are taken now."""
        return self.state is BallotState.OPEN

    @property
    def is_running(self) -> bool:
        """Open or suspended."""
        return self.state in rules.RUNNING

    @property
    def is_hidden(self) -> bool:
        """Whether others' positions are not shown before closing while who has answered is."""
        return self.sees_turnout and not self.sees_positions

    @property
    def stays_hidden(self) -> bool:
        """Whether it ended before its closing, so that hidden positions are never shown."""
        return self.is_hidden and self.state in rules.GONE

    @property
    def clauses(self) -> tuple[str, ...]:
        """The paragraphs that the ballot answers."""
        return rules.clauses_of(self.ballot.type)

    @property
    def type_label(self) -> str:
        """What is decided."""
        return wording.type_label(self.ballot.type)

    @property
    def method_label(self) -> str:
        """How it is decided."""
        return wording.method_label(self.ballot.method)

    @property
    def rule(self) -> str:
        """The rule in words."""
        return rule_words.rule_in_words(self.terms, self.counted)

    @property
    def early_close(self) -> str:
        """When it closes before its time; empty when it never does."""
        return rule_words.early_close_in_words(self.terms)

    @cached_property
    def standing(self) -> str:
        """The plain sentence."""
        if self.leaves_open:
            return ""  # what may follow is said already
        return standing(self.state, self.terms, self.result, electors=self.electors, answered=self.answered)

    @cached_property
    def checks(self) -> tuple[tuple[bool, str], ...]:
        """Each condition of the rule: whether it holds, and its words with the sum."""
        if self.result is None:
            return ()
        counts = self.result.tally
        return tuple((one.holds, rule_words.check_in_words(one, self.terms, counts)) for one in self.result.checks)

    @property
    def counts(self) -> Tally | None:
        """The positions, counted."""
        return self.result.tally if self.result else None

    @cached_property
    def counts_words(self) -> str:
        """The counts as a line, or who has answered while that is all."""
        if self.result is not None:
            closed = not self.is_running
            return rule_words.counts_in_words(self.result.tally, closed=closed, method=self.ballot.method)
        return rule_words.turnout_in_words(self.electors, self.answered) if self.answered is not None else ""

    @cached_property
    def legend(self) -> tuple[tuple[str, str], ...]:
        """The words under the grid, each with its cell."""
        return legend(
            self.terms, self.result, electors=self.electors, answered=self.answered, closed=not self.is_running
        )

    @cached_property
    def strip(self) -> tuple[str, ...]:
        """The cells without their names."""
        return tuple([cell for _name, cell, _me in self.cells])

    @property
    def me(self) -> int | None:
        """The place of the reader's own partner in the strip."""
        return next((place for place, (_name, _cell, is_me) in enumerate(self.cells) if is_me), None)

    @property
    def rows(self) -> tuple[PositionRow, ...]:
        """The rows that the filter shows."""
        if self.shown == "all":
            return self.every_row
        return tuple(row for row in self.every_row if self.shown == "comment" and (row.comment or row.cure))

    @property
    def groups(self) -> tuple[PositionGroup, ...]:
        """Partners without a shown position, as the filter has it."""
        if self.shown == "all":
            return self.every_group
        return tuple(group for group in self.every_group if self.shown == "missing" and not group.cell)

    @property
    def row_counts(self) -> tuple[int, int, int]:
        """How many partners each filter of the table shows."""
        commented = sum(bool(row.comment or row.cure) for row in self.every_row)
        silent = sum(len(group.acronyms) for group in self.every_group if not group.cell)
        return self.electors, commented, silent

    @property
    def outcome(self) -> BallotOutcome | None:
        """The outcome of a closed ballot, computed whether or not it was recorded."""
        return self.result.outcome if self.result and self.state in ENDED else None

    @property
    def missing(self) -> int:
        """Partners without an answer, as far as this reader sees who answered."""
        return self.electors - self.answered if self.answered is not None else 0

    @property
    def names(self) -> dict[int, str]:
        """The candidates by number."""
        return {one.number: one.name for one in self.around.candidates}

    @property
    def lifting(self) -> tuple[Seat, ...]:
        """Own seats that can lift their objection now."""
        is_suspended = self.state is BallotState.SUSPENDED
        return tuple(seat for seat in self.own if is_suspended and seat.position in BREAKING)

    def own_cell(self, seat: Seat) -> str:
        """The cell of one of the reader's own partners."""
        return cell_of(seat)

    def own_label(self, seat: Seat) -> str:
        """What one of the reader's own partners answered, with the candidates it supports."""
        if seat.vote is None:
            return ""
        label = wording.position_label(seat.vote.position, self.ballot.method)
        chosen = supported(seat.vote, self.names)
        return f"{label}: {'; '.join(chosen)}" if chosen else label

    @property
    def leaves_open(self) -> bool:
        """Whether the outcome decides nothing yet."""
        return self.state is BallotState.CLOSED and self.result is not None and rules.leaves_open(self.result)

    @property
    def unfilled(self) -> str:
        """What becomes of the posts that an election left empty, and why; empty when there are none."""
        if self.outcome is not BallotOutcome.PARTLY or self.result is None:
            return ""
        return rule_words.unfilled_in_words(self.terms, self.result, self.ballot.posts, struck=bool(self.ballot.struck))

    @property
    def is_good(self) -> bool:
        """Whether the outcome passed, at least in part."""
        return self.outcome in (BallotOutcome.APPROVED, BallotOutcome.PARTLY)


def build(
    session: Session,
    ballot: BallotText,
    papers: Sequence[Paper],
    holders: Sequence[MandateHolder],
    *,
    actor: Actor,
    now: datetime,
    shown: str = "all",
    every_remark: bool = False,
) -> BallotPage:
    """Put a ballot's page together for this actor at this instant. Ten statements at most."""
    state = queries.state_of(ballot, now)
    rule = rules.rule_from_json(ballot.rule)
    seats = seen.list_seats(session, ballot, actor=actor, now=now)
    has_begun = state not in (BallotState.DRAFT, BallotState.SCHEDULED)
    sees = has_begun and bool(seats) and seen.sees_positions(ballot, actor=actor, now=now)
    turnout = has_begun and bool(seats) and (sees or policy.may_see_turnout(actor))
    result = queries.result_of(ballot, seats) if sees else None
    found = around.load(
        session, ballot, seats, state=state, result=result, actor=actor, now=now, every_remark=every_remark
    )
    listed = seats if turnout else []
    own = tuple(seat for seat in seats if actor.mandate_for(seat.partner_id) is not None)
    names = {one.number: one.name for one in found.candidates}
    is_running = state in rules.RUNNING
    return BallotPage(
        ballot=ballot,
        state=state,
        tag=wording.state_tag(state, result.outcome if result else None, ballot.closes_at, now, ballot.method),
        papers=papers,
        terms=rule,
        sees_positions=sees,
        sees_turnout=turnout,
        sees_comments=policy.may_see_comments(actor),
        result=result,
        answered=electors.count_answered(seats) if turnout else None,
        electors=len(seats),
        counted=len(seats) or len(electors.list_current_partners(session, now)),
        ended_at=queries.ended_at(ballot, now),
        cells=tuple((seat.acronym, cell_of(seat), seat in own) for seat in listed),
        every_row=position_rows(listed, ballot.method, names, actor=actor, now=now),
        every_group=position_groups(listed, ballot.method, is_running=is_running),
        shown=shown if shown in SHOWN else "all",
        own=own,
        holders=[holder for holder in holders if actor.mandate_for(holder.partner_id) is not None],
        around=found,
        about=about.load(session, ballot, actor=actor, now=now),
        may_prepare=policy.may_prepare(actor),
        may_remark=is_running and policy.may_remark(actor),
        may_challenge=_challengers(ballot, own, found, state, now),
        may_ask_secrecy=_askers(ballot, own, found, rule, state),
    )


def _challengers(
    ballot: BallotText, own: tuple[Seat, ...], found: Around, state: BallotState, now: datetime
) -> tuple[Seat, ...]:
    """Own seats that have not contested the procedure, while the time for it runs."""
    until = ballot.challenges_until
    if state not in ENDED or until is None or now >= until:
        return ()
    raised = {challenge.partner_id for challenge in found.challenges}
    return tuple(seat for seat in own if seat.partner_id not in raised)


def _askers(
    ballot: BallotText, own: tuple[Seat, ...], found: Around, rule: VotingRule, state: BallotState
) -> tuple[Seat, ...]:
    """Own seats that may ask for a secret ballot: elections whose rule provides for it, while they are open."""
    if state is not BallotState.OPEN or not rule.secrecy_seats or ballot.method is not Method.ELECTION:
        return ()
    return tuple(seat for seat in own if seat.acronym not in found.secrecy)
