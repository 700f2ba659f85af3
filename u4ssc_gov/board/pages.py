"""What the pages show, worked out once from the records: no Flask, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, messages, policy, queries, rules, services, wording
from u4ssc_gov.board.electors import MandateHolder, Seat
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.queries import BallotText, Paper
from u4ssc_gov.board.rules import BallotOutcome, BallotState, Result, Tally
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.formatting import day_text, zone_of
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.partners.models import Partner

SHOWN = ("all", "comment", "missing")


class PositionRow(NamedTuple):
    """One partner in the table of positions; days are written in the reader's zone."""

    acronym: str
    cell: str
    voter: str
    comment: str
    cast_on: str
    earlier: tuple[tuple[str, str], ...]  # (position, until which day)


@dataclass(frozen=True, slots=True)
class BallotPage:
    """Everything the template needs. Fields about positions are empty for those who may not see them."""

    ballot: BallotText
    state: BallotState
    is_open: bool  # votes are taken now
    tag: tuple[str, str]
    clauses: tuple[str, ...]
    type_label: str
    papers: Sequence[Paper]
    electors: int
    rule: str
    sees_positions: bool
    sees_comments: bool
    result: Result | None
    checks: tuple[tuple[bool, str], ...]
    counts: Tally | None
    counts_words: str
    cells: tuple[tuple[str, str, bool], ...]
    strip: tuple[str, ...]
    me: int | None  # the place of the actor's own partner in the strip
    rows: tuple[PositionRow, ...]
    shown: str
    row_counts: tuple[int, int, int]
    own: tuple[Seat, ...]
    holders: Sequence[MandateHolder]
    may_prepare: bool

    @property
    def outcome(self) -> BallotOutcome | None:
        """The outcome of a closed ballot, computed whether or not it was recorded."""
        return self.result.outcome if self.result and self.state is BallotState.CLOSED else None

    @property
    def missing(self) -> int:
        """Partners without a vote."""
        return self.counts.missing if self.counts else 0


def build(
    ballot: BallotText,
    seats: Sequence[Seat],
    papers: Sequence[Paper],
    holders: Sequence[MandateHolder],
    *,
    actor: Actor,
    now: datetime,
    shown: str = "all",
) -> BallotPage:
    """Put a ballot's page together for this actor at this instant."""
    state = queries.state_of(ballot, now)
    rule = rules.rule_from_json(ballot.rule)
    sees = bool(seats) and policy.may_see_positions(actor, state)
    comments = sees and policy.may_see_comments(actor)
    result = queries.result_of(ballot, seats) if seats and (sees or state is BallotState.CLOSED) else None
    mine = {mandate.partner_id for mandate in actor.mandates}
    rows = _rows(seats, actor, now, comments=comments) if sees else ()
    cells = tuple((s.acronym, cell_of(s), s.partner_id in mine) for s in seats) if sees else ()
    shown = shown if shown in SHOWN else "all"
    return BallotPage(
        ballot=ballot,
        state=state,
        is_open=state is BallotState.OPEN,
        tag=wording.state_tag(state, result.outcome if result else None, ballot.closes_at, now),
        clauses=rules.clauses_of(ballot.type),
        type_label=wording.type_label(ballot.type),
        papers=papers,
        electors=len(seats),
        rule=wording.rule_in_words(rule, len(seats)),
        sees_positions=sees,
        sees_comments=comments,
        result=result,
        checks=tuple((c.holds, wording.check_in_words(c, rule, result.tally)) for c in result.checks) if result else (),
        counts=result.tally if result else None,
        counts_words=wording.counts_in_words(result.tally, closed=state is BallotState.CLOSED) if result else "",
        cells=cells,
        strip=tuple([cell for _name, cell, _me in cells]),
        me=next((place for place, (_name, _cell, own) in enumerate(cells) if own), None),
        rows=rows
        if shown == "all"
        else tuple(row for row in rows if (row.comment if shown == "comment" else not row.cell)),
        shown=shown,
        row_counts=(len(rows), sum(bool(r.comment) for r in rows), sum(not r.cell for r in rows)),
        own=tuple(seat for seat in seats if seat.partner_id in mine),
        holders=[holder for holder in holders if holder.partner_id in mine],
        may_prepare=policy.may_prepare(actor),
    )


def cell_of(seat: Seat | electors.Cell) -> str:
    """One cell of a strip: 'y', 'x', 'o' or '' for a partner without a vote."""
    return wording.cell(seat.position)


def _rows(seats: Sequence[Seat], actor: Actor, now: datetime, *, comments: bool) -> tuple[PositionRow, ...]:
    """Votes with the newest on top, then the partners that have not voted, in the order of ¶18."""
    zone = zone_of(actor.time_zone)

    def day(moment: datetime, *, weekday: bool) -> str:
        return day_text(moment.astimezone(zone).date(), now, weekday=weekday)

    def earlier(seat: Seat) -> tuple[tuple[str, str], ...]:
        pairs = zip(seat.revisions, seat.revisions[1:], strict=False)
        return tuple((wording.position_label(old.position), day(new.cast_at, weekday=False)) for old, new in pairs)

    voted = [(seat, seat.revisions[-1]) for seat in seats if seat.revisions]
    voted.sort(key=lambda pair: pair[1].cast_at, reverse=True)
    rows = []
    for seat, vote in voted:
        voter, comment = (vote.cast_by_name, vote.comment) if comments else ("", "")
        cast_on = day(vote.cast_at, weekday=True)
        was = earlier(seat) if comments and len(seat.revisions) > 1 else ()
        rows.append(PositionRow(seat.acronym, wording.cell(vote.position), voter, comment, cast_on, was))
    return (*rows, *[PositionRow(seat.acronym, "", "", "", "", ()) for seat in seats if not seat.revisions])


@dataclass(frozen=True, slots=True)
class OpeningPage:
    """What opening a draft would do: who votes by which rule, which mail goes out, and what stands in the way."""

    partners: Sequence[Partner]
    silent: tuple[str, ...]  # acronyms of partners that nobody may vote for today
    mails: int
    rule: str
    type_label: str
    papers: Sequence[Paper]
    problem: str
    mail: tuple[str, str] | None  # subject and text


def build_opening(session: Session, ballot: Ballot, *, now: datetime, problem: str = "") -> OpeningPage:
    """Put the check page of a draft together. Four statements."""
    partners = electors.list_current_partners(session, now)
    holders = electors.list_holders(session, now, partner_ids=[partner.id for partner in partners])
    represented = {holder.partner_id for holder in holders}
    mail = None
    if partners and ballot.closes_at is not None:
        mail = messages.preview_opening(session, ballot, acronym=partners[0].acronym, partners=len(partners), now=now)
    return OpeningPage(
        partners=partners,
        silent=tuple(partner.acronym for partner in partners if partner.id not in represented),
        mails=len(holders),
        rule=wording.rule_in_words(rules.rule_from_json(ballot.rule), len(partners)),
        type_label=wording.type_label(ballot.type),
        papers=queries.list_papers(session, ballot.id),
        problem=problem or _closing_problem(ballot, now),
        mail=mail,
    )


def _closing_problem(ballot: Ballot, now: datetime) -> str:
    if ballot.closes_at is None:
        return _("The draft has no closing day and time.")
    try:
        services.check_closing(ballot.closes_at, now)
    except Invalid as error:
        return error.message
    return ""
