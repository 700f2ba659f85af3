"""Reads of electors, their votes, and who may cast them (¶23, ¶24).

Nothing here is filtered by reader: callers ask ``policy`` which positions and comments they may show.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, and_, bindparam, func, join, or_, select
from sqlalchemy.orm import Session, aliased

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import rules
from u4ssc_gov.board.models import Elector, Vote
from u4ssc_gov.board.rules import Answer, Capacity, Position, Tally
from u4ssc_gov.core.actor import MandateCapacity
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.partners.models import Mandate, Partner


class Revision(NamedTuple):
    """One vote as it stands on the record."""

    number: int
    position: Position
    comment: str
    cast_at: datetime
    cast_by_id: int
    cast_by_name: str
    receipt: str
    cure: str
    capacity: Capacity
    candidates: tuple[int, ...]
    ledger_seq: int | None
    commitment: str | None
    evidence_id: int | None


class Seat(NamedTuple):
    """An elector with everything it has voted, oldest first; the last one counts."""

    elector_id: int
    partner_id: int
    acronym: str
    official_name: str
    revisions: tuple[Revision, ...] = ()
    is_hidden: bool = False  # it has answered; how is not for this reader yet

    @property
    def vote(self) -> Revision | None:
        """The vote that counts."""
        return self.revisions[-1] if self.revisions else None

    @property
    def position(self) -> Position | None:
        """The position that counts."""
        return self.revisions[-1].position if self.revisions else None

    @property
    def candidates(self) -> tuple[int, ...]:
        """The candidates that its position supports."""
        return self.revisions[-1].candidates if self.revisions else ()


class Cell(NamedTuple):
    """One partner in one ballot, for strips: what it answered, if anything."""

    partner_id: int
    acronym: str
    position: Position | None
    has_comment: bool
    candidates: tuple[int, ...] = ()
    is_hidden: bool = False  # it has answered; how is not for this reader yet


@dataclass(frozen=True, slots=True)
class MandateHolder:
    """A person who may vote for a partner today, with what a mail to them needs."""

    partner_id: int
    person_id: int
    name: str
    email: str
    locale: str
    time_zone: str
    capacity: MandateCapacity
    mandate_id: int = 0

    @property
    def mandate(self) -> str:
        """The mandate as the ledger names it."""
        return f"mdt_{self.mandate_id}"


def tally_of(cells: Sequence[Seat] | Sequence[Cell]) -> Tally:
    """Count the positions of one ballot."""
    return rules.tally(len(cells), [cell.position for cell in cells if cell.position is not None])


def masked(cell: Cell) -> Cell:
    """The same partner with how it answered taken away; that it answered stays."""
    return Cell(cell.partner_id, cell.acronym, None, False, (), cell.position is not None)


def masked_seat(seat: Seat) -> Seat:
    """The same seat without what it answered, said or changed; that it answered stays."""
    return seat._replace(revisions=(), is_hidden=bool(seat.revisions))


def count_answered(cells: Sequence[Seat] | Sequence[Cell]) -> int:
    """How many partners have answered, shown or hidden."""
    return sum(cell.position is not None or cell.is_hidden for cell in cells)


def answers_of(cells: Sequence[Seat] | Sequence[Cell]) -> list[Answer]:
    """The positions that count, with the candidates they support."""
    return [Answer(cell.position, cell.candidates) for cell in cells if cell.position is not None]


# Statements of pages are composed once: composing costs more than running them.
_SEATS = (
    select(
        Elector.id,
        Elector.partner_id,
        Elector.acronym,
        Elector.official_name,
        Vote.revision,
        Vote.position,
        Vote.comment,
        Vote.cast_at,
        Vote.cast_by_id,
        Vote.cast_by_name,
        Vote.receipt,
        Vote.cure,
        Vote.capacity,
        Vote.candidates,
        Vote.ledger_seq,
        Vote.commitment,
        Vote.evidence_id,
    )
    .outerjoin(Vote, Vote.elector_id == Elector.id)
    .where(Elector.ballot_id == bindparam("ballot"))
    .order_by(Elector.position, Elector.id, Vote.revision)
)
_SEATS_OF = _SEATS.where(Elector.partner_id.in_(bindparam("partners", expanding=True)))


def list_seats(session: Session, ballot_id: int) -> list[Seat]:
    """The electors of a ballot in the order of ¶18, each with every revision of its vote. One statement."""
    return _seats(session.execute(_SEATS, {"ballot": ballot_id}).all())


def list_seats_of(session: Session, ballot_id: int, partner_ids: Collection[int]) -> list[Seat]:
    """The same for some partners alone. One statement."""
    return _seats(session.execute(_SEATS_OF, {"ballot": ballot_id, "partners": list(partner_ids)}).all())


def _seats(found: Sequence[Any]) -> list[Seat]:
    seats = []
    for _elector_id, group in groupby(found, itemgetter(0)):
        rows: list[Any] = list(group)
        revisions = tuple([_revision(row[4:]) for row in rows if row[4] is not None])
        first = rows[0]
        seats.append(Seat(first[0], first[1], first[2], first[3], revisions))
    return seats


def _revision(columns: Sequence[Any]) -> Revision:
    return Revision._make(columns)._replace(candidates=tuple(columns[9] or ()))


_UNANSWERED = (
    select(Elector.id)
    .where(
        Elector.ballot_id == bindparam("ballot"),
        ~select(Vote.id).where(Vote.elector_id == Elector.id, Vote.capacity != Capacity.ON_RECORD).exists(),
    )
    .limit(1)
)


def have_all_answered(session: Session, ballot_id: int) -> bool:
    """Whether every seat has answered itself; what the Secretariat recorded leaves the seat its own say.

    A seat's own vote is never followed by one on record, so one of its own among its revisions is enough.
    """
    return session.scalar(_UNANSWERED, {"ballot": ballot_id}) is None


_CELLS = (
    select(
        Elector.ballot_id,
        Elector.id,
        Elector.partner_id,
        Elector.acronym,
        Vote.position,
        Vote.comment != "",
        Vote.candidates,
    )
    .outerjoin(Vote, Vote.elector_id == Elector.id)
    .where(Elector.ballot_id.in_(bindparam("ballots", expanding=True)))
    .order_by(Elector.ballot_id, Elector.position, Elector.id, Vote.revision)
)


def cells_by_ballot(session: Session, ballot_ids: Collection[int]) -> dict[int, list[Cell]]:
    """The strips of several ballots, in the order of ¶18. One statement; none for no ballots."""
    if not ballot_ids:
        return {}
    found: dict[int, dict[int, Cell]] = {}
    for ballot_id, elector_id, partner_id, acronym, position, has_comment, supported in session.execute(
        _CELLS, {"ballots": list(ballot_ids)}
    ):
        cells = found.get(ballot_id)
        if cells is None:
            cells = found[ballot_id] = {}
        # later revisions come later and replace the earlier ones
        cells[elector_id] = Cell(partner_id, acronym, position, has_comment is True, tuple(supported or ()))
    return {ballot_id: list(cells.values()) for ballot_id, cells in found.items()}


# The number of the newest revision comes from the index: a seat that has changed its vote often is read as fast.
_EARLIER = aliased(Vote)
_NEWEST = select(func.max(_EARLIER.revision)).where(_EARLIER.elector_id == Elector.id).scalar_subquery()
_IN_FORCE = and_(Vote.elector_id == Elector.id, Vote.revision == _NEWEST)
_PLACE = and_(Elector.ballot_id == bindparam("ballot"), Elector.partner_id == bindparam("partner"))
_ELECTOR = select(Elector, Vote).outerjoin(Vote, _IN_FORCE).where(_PLACE)


def find_elector(session: Session, ballot_id: int, partner_id: int) -> tuple[Elector, Vote | None] | None:
    """A partner's seat in a ballot with its newest vote, or ``None`` when it is no elector there."""
    row = session.execute(_ELECTOR, {"ballot": ballot_id, "partner": partner_id}).one_or_none()
    return (row[0], row[1]) if row else None


def lifted_position(session: Session, elector: Elector, vote: Vote) -> Position:
    """What a seat had answered before this vote, that lets a silence go on: an objection, or the wish for a vote."""
    asked = select(Vote.position).where(Vote.elector_id == elector.id, Vote.revision == vote.revision - 1)
    return session.scalar(asked) or Position.OBJECT


_TODAY = bindparam("today", type_=Date)


def _in_force(starts: Any, ends: Any) -> ColumnElement[bool]:
    return and_(starts <= _TODAY, or_(ends.is_(None), ends > _TODAY))


_HOLDER = (
    Mandate.partner_id,
    Person.id,
    Person.full_name,
    Person.email,
    Person.locale,
    Person.time_zone,
    Mandate.capacity,
    Mandate.id,
)
_HOLDERS = (
    select(*_HOLDER)
    .join(Person, Person.id == Mandate.person_id)
    .join(Partner, Partner.id == Mandate.partner_id)
    .where(_in_force(Mandate.starts_on, Mandate.ends_on), Mandate.partner_id.in_(bindparam("partners", expanding=True)))
    .order_by(Partner.position, Mandate.capacity.desc(), Person.full_name, Mandate.id)
)


def list_holders(session: Session, now: datetime, *, partner_ids: Collection[int]) -> list[MandateHolder]:
    """Who may vote for the partners today (Geneva), in the order of ¶18, representatives first.

    A vote asks this again under the ballot's lock: whoever is not in the list has no mandate at that instant.
    """
    rows = session.execute(_HOLDERS, {"today": geneva_date(now), "partners": list(partner_ids)})
    return [MandateHolder(*row) for row in rows]


_SEAT_WITH_PEOPLE = (
    select(Elector, Vote, *_HOLDER)
    .select_from(Elector)
    .outerjoin(Vote, _IN_FORCE)
    .outerjoin(
        join(Mandate, Person, Person.id == Mandate.person_id),
        and_(Mandate.partner_id == Elector.partner_id, _in_force(Mandate.starts_on, Mandate.ends_on)),
    )
    .where(_PLACE)
    .order_by(Mandate.capacity.desc(), Person.full_name, Mandate.id)
)


def find_seat_with_people(
    session: Session, ballot_id: int, partner_id: int, *, now: datetime
) -> tuple[Elector, Vote | None, list[MandateHolder]] | None:
    """``find_elector`` and ``list_holders`` of one partner in one statement, for a vote."""
    values = {"ballot": ballot_id, "partner": partner_id, "today": geneva_date(now)}
    rows: Sequence[Any] = session.execute(_SEAT_WITH_PEOPLE, values).all()
    if not rows:
        return None
    return rows[0][0], rows[0][1], [MandateHolder(*row[2:]) for row in rows if row[2] is not None]


def list_current_partners(session: Session, now: datetime) -> Sequence[Partner]:
    """The partners of the Board today, in the order of ¶18."""
    today = geneva_date(now)
    statement = select(Partner).where(
        or_(Partner.joined_on.is_(None), Partner.joined_on <= today),
        or_(Partner.left_on.is_(None), Partner.left_on > today),
    )
    return session.scalars(statement.order_by(Partner.position, Partner.id)).all()
