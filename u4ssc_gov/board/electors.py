"""Reads of electors, their votes, and who may cast them (¶23, ¶24).

Nothing here is filtered by reader: callers ask ``policy`` which positions and comments they may show.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import rules
from u4ssc_gov.board.models import Elector, Vote
from u4ssc_gov.board.rules import Position, Tally
from u4ssc_gov.core.actor import MandateCapacity
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.partners.models import Mandate, Partner


@dataclass(frozen=True, slots=True)
class Revision:
    """One vote as it stands on the record."""

    number: int
    position: Position
    comment: str
    cast_at: datetime
    cast_by_id: int
    cast_by_name: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Seat:
    """An elector with everything it has voted, oldest first; the last one counts."""

    elector_id: int
    partner_id: int
    acronym: str
    official_name: str
    revisions: tuple[Revision, ...] = ()

    @property
    def vote(self) -> Revision | None:
        """The vote that counts."""
        return self.revisions[-1] if self.revisions else None

    @property
    def position(self) -> Position | None:
        """The position that counts."""
        return self.revisions[-1].position if self.revisions else None


@dataclass(frozen=True, slots=True)
class Cell:
    """One partner in one ballot, for strips: what it answered, if anything."""

    partner_id: int
    acronym: str
    position: Position | None
    has_comment: bool


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


def tally_of(cells: Iterable[Seat | Cell]) -> Tally:
    """Count the positions of one ballot."""
    listed = list(cells)
    return rules.tally(len(listed), (cell.position for cell in listed if cell.position is not None))


def list_seats(session: Session, ballot_id: int) -> list[Seat]:
    """The electors of a ballot in the order of ¶18, each with every revision of its vote. One statement."""
    rows = session.execute(
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
        )
        .outerjoin(Vote, Vote.elector_id == Elector.id)
        .where(Elector.ballot_id == ballot_id)
        .order_by(Elector.position, Elector.id, Vote.revision)
    )
    seats: dict[int, Seat] = {}
    for row in rows:
        seat = seats.get(row[0]) or Seat(row[0], row[1], row[2], row[3])
        if row[4] is not None:
            seat = replace(seat, revisions=(*seat.revisions, Revision(*row[4:])))
        seats[row[0]] = seat
    return list(seats.values())


def cells_by_ballot(session: Session, ballot_ids: Collection[int]) -> dict[int, list[Cell]]:
    """The strips of several ballots, in the order of ¶18. One statement; none for no ballots."""
    if not ballot_ids:
        return {}
    rows = session.execute(
        select(Elector.ballot_id, Elector.id, Elector.partner_id, Elector.acronym, Vote.position, Vote.comment != "")
        .outerjoin(Vote, Vote.elector_id == Elector.id)
        .where(Elector.ballot_id.in_(ballot_ids))
        .order_by(Elector.ballot_id, Elector.position, Elector.id, Vote.revision)
    )
    found: dict[int, dict[int, Cell]] = {}
    for ballot_id, elector_id, partner_id, acronym, position, has_comment in rows:
        # later revisions come later and replace the earlier ones
        found.setdefault(ballot_id, {})[elector_id] = Cell(partner_id, acronym, position, bool(has_comment))
    return {ballot_id: list(cells.values()) for ballot_id, cells in found.items()}


def find_elector(session: Session, ballot_id: int, partner_id: int) -> tuple[Elector, Vote | None] | None:
    """A partner's seat in a ballot with its newest vote, or ``None`` when it is no elector there."""
    row = session.execute(
        select(Elector, Vote)
        .outerjoin(Vote, Vote.elector_id == Elector.id)
        .where(Elector.ballot_id == ballot_id, Elector.partner_id == partner_id)
        .order_by(Vote.revision.desc().nulls_last())
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def list_holders(session: Session, now: datetime, *, partner_ids: Collection[int] | None = None) -> list[MandateHolder]:
    """Who may vote for the partners today (Geneva), in the order of ¶18, representatives first."""
    statement = (
        select(
            Mandate.partner_id,
            Person.id,
            Person.full_name,
            Person.email,
            Person.locale,
            Person.time_zone,
            Mandate.capacity,
        )
        .join(Person, Person.id == Mandate.person_id)
        .join(Partner, Partner.id == Mandate.partner_id)
        .where(_in_force(Mandate.starts_on, Mandate.ends_on, geneva_date(now)))
        .order_by(Partner.position, Mandate.capacity.desc(), Person.full_name, Mandate.id)
    )
    if partner_ids is not None:
        statement = statement.where(Mandate.partner_id.in_(partner_ids))
    return [MandateHolder(*row) for row in session.execute(statement)]


def holds_mandate(session: Session, person_id: int, partner_id: int, now: datetime) -> bool:
    """Whether a person may vote for a partner at this very instant: asked again under the ballot's lock."""
    statement = select(Mandate.id).where(
        Mandate.person_id == person_id,
        Mandate.partner_id == partner_id,
        _in_force(Mandate.starts_on, Mandate.ends_on, geneva_date(now)),
    )
    return session.scalar(statement.limit(1)) is not None


def list_current_partners(session: Session, now: datetime) -> Sequence[Partner]:
    """The partners of the Board today, in the order of ¶18."""
    today = geneva_date(now)
    statement = select(Partner).where(
        or_(Partner.joined_on.is_(None), Partner.joined_on <= today),
        or_(Partner.left_on.is_(None), Partner.left_on > today),
    )
    return session.scalars(statement.order_by(Partner.position, Partner.id)).all()


def _in_force(starts: Any, ends: Any, today: date) -> ColumnElement[bool]:
    return and_(starts <= today, or_(ends.is_(None), ends > today))
