"""What a reader may see of the positions in a ballot: pages, lists, tables and cards read seats and cells through here.

What is hidden from a reader is taken away where the rows are read, so that nothing behind can show it by mistake:
how others answered while the rule hides positions until closing, who answered at all for people outside the Board, and
comments, names and earlier positions for those they are not written for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, policy, queries, rules
from u4ssc_gov.board.electors import Cell, Seat
from u4ssc_gov.board.rules import BallotState, Visibility
from u4ssc_gov.core.actor import Actor


def had_closed(ballot: Any, now: datetime) -> bool:
    """Whether a ballot ran to its closing, whatever became of it afterwards. Needs the columns of ``INSTANTS``."""
    ended = (ballot.annulled_at, ballot.withdrawn_at, ballot.superseded_at, ballot.referred_at)
    until = min([now, *(moment for moment in ended if moment is not None)])
    return ballot.opens_at is not None and ballot.closes_at is not None and bool(ballot.closes_at <= until)


def sees_positions(ballot: Any, *, actor: Actor, now: datetime) -> bool:
    """Whether this reader sees how every partner answered."""
    state = BallotState.CLOSED if had_closed(ballot, now) else queries.state_of(ballot, now)
    return policy.may_see_positions(actor, state, rules.rule_from_json(ballot.rule).visibility)


def list_seats(session: Session, ballot: Any, *, actor: Actor, now: datetime) -> list[Seat]:
    """The electors of a ballot in the order of ¶18, each with what this reader may see of its vote. One statement."""
    return hide(electors.list_seats(session, ballot.id), ballot, actor=actor, now=now)


def hide(seats: Iterable[Seat], ballot: Any, *, actor: Actor, now: datetime) -> list[Seat]:
    """The same seats without what is not for this reader. What a seat replaced while it was hidden stays its own."""
    everything = sees_positions(ballot, actor=actor, now=now)
    was_hidden = rules.rule_from_json(ballot.rule).visibility is Visibility.AT_CLOSE
    turnout, comments = policy.may_see_turnout(actor), policy.may_see_comments(actor)
    shown = []
    for seat in seats:
        if actor.mandate_for(seat.partner_id) is not None:
            shown.append(seat)
        elif everything:
            known = seat._replace(revisions=seat.revisions[-1:]) if was_hidden else seat
            shown.append(known if comments else _bare(known))
        else:
            shown.append(electors.masked_seat(seat) if turnout else seat._replace(revisions=()))
    return shown


def _bare(seat: Seat) -> Seat:
    """The position that counts and when it was recorded, without words, names and what it was before."""
    last = [vote._replace(comment="", cure="", cast_by_name="") for vote in seat.revisions[-1:]]
    return seat._replace(revisions=tuple(last))


def cells_by_ballot(session: Session, ballots: Sequence[Any], *, actor: Actor, now: datetime) -> dict[int, list[Cell]]:
    """The strips of several ballots with what this reader may see. One statement; none for no ballots."""
    found = electors.cells_by_ballot(session, [ballot.id for ballot in ballots])
    return {ballot.id: _cells(found.get(ballot.id, []), ballot, actor, now) for ballot in ballots}


def _cells(cells: list[Cell], ballot: Any, actor: Actor, now: datetime) -> list[Cell]:
    if sees_positions(ballot, actor=actor, now=now):
        return cells
    turnout = policy.may_see_turnout(actor)
    return [
        cell
        if actor.mandate_for(cell.partner_id) is not None
        else (electors.masked(cell) if turnout else Cell(cell.partner_id, cell.acronym, None, has_comment=False))
        for cell in cells
    ]
