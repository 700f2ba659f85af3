"""Reads of offices, seats, tenures and renewals. Signed-in people see who serves when: nothing is filtered by actor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, and_, bindparam, case, func, select
from sqlalchemy.orm import Session, aliased

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import Actor, OfficeKind
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.tenures.models import Office, Renewal, Tenure
from u4ssc_gov.tenures.rules import ENDING_SOON_DAYS, EndReason, Route, TenureState, state_of


class Term(NamedTuple):
    """One tenure as a page shows it. ``ends_on`` is the first Geneva day out of office."""

    id: int
    seat: int
    person_id: int
    name: str
    organisation: str
    starts_on: date
    ends_on: date
    end_reason: EndReason | None
    route: Route
    basis: str
    nominated_by_id: int | None
    renewal_id: int | None
    renewal_asked_at: datetime | None
    renewal_starts_on: date | None
    renewal_ends_on: date | None
    renewal_closed_at: datetime | None

    @property
    def last_day(self) -> date:
        """The last day in office."""
        return self.ends_on - timedelta(days=1)

    @property
    def is_renewal_open(self) -> bool:
        """Another year was asked for and nothing is decided yet."""
        return self.renewal_id is not None and self.renewal_closed_at is None

    def state(self, today: date) -> TenureState:
        """The state on a Geneva day."""
        return state_of(self.starts_on, self.ends_on, today)


class Seat(NamedTuple):
    """One seat of an office with the tenures asked for, by first day."""

    office_id: int
    title: str
    kind: OfficeKind
    seats: int
    number: int
    terms: tuple[Term, ...]
    empty_since: date | None  # the day its last tenure ended, when known

    def holder(self, today: date) -> Term | None:
        """Who holds it on a Geneva day."""
        for term in self.terms:
            if term.starts_on <= today < term.ends_on:
                return term
        return None

    def next_after(self, day: date) -> Term | None:
        """The first tenure that starts on this day or later."""
        for term in self.terms:
            if term.starts_on >= day:
                return term
        return None

    def follower(self, term: Term) -> Term | None:
        """Who is appointed to follow a tenure."""
        return self.next_after(term.ends_on)


# The columns of a ``Term``, in its order.
TERM_COLUMNS: tuple[Any, ...] = (
    Tenure.id,
    Tenure.seat,
    Tenure.person_id,
    Person.full_name,
    Person.organisation,
    Tenure.starts_on,
    Tenure.ends_on,
    Tenure.end_reason,
    Tenure.route,
    Tenure.basis,
    Tenure.nominated_by_id,
    Renewal.id,
    Renewal.requested_at,
    Renewal.starts_on,
    Renewal.ends_on,
    Renewal.closed_at,
)

# Composed once: composing them anew would cost more than running them.
_SEATS = (
    select(Office.id, Office.title, Office.kind, Office.seats, *TERM_COLUMNS)
    .select_from(Office)
    .outerjoin(
        Tenure,
        and_(
            Tenure.office_id == Office.id,
            Tenure.ends_on > bindparam("since", type_=Date),
            Tenure.ends_on > Tenure.starts_on,
        ),
    )
    .outerjoin(Person, Person.id == Tenure.person_id)
    .outerjoin(Renewal, Renewal.tenure_id == Tenure.id)
    .order_by(Office.position, Office.id, Tenure.seat, Tenure.starts_on, Tenure.id)
)
_LAST_ENDS = (
    select(Tenure.office_id, Tenure.seat, func.max(Tenure.ends_on))
    .where(Tenure.ends_on <= bindparam("today", type_=Date), Tenure.ends_on > Tenure.starts_on)
    .group_by(Tenure.office_id, Tenure.seat)
    .order_by(Tenure.office_id, Tenure.seat)
)


def list_seats(session: Session, *, today: date, since: date | None = None) -> list[Seat]:
    """Every seat in page order, with its tenures that reach past ``since`` (default: today). Two statements."""
    rows = session.execute(_SEATS, {"since": since or today})
    offices: dict[int, tuple[str, OfficeKind, int]] = {}
    terms: dict[tuple[int, int], list[Term]] = {}
    for office_id, title, kind, seats, *columns in rows:
        offices.setdefault(office_id, (title, kind, seats))
        if columns[0] is not None:
            term = Term._make(columns)
            terms.setdefault((office_id, term.seat), []).append(term)
    ended = _last_ends(session, today)
    return [
        Seat(office_id, title, kind, seats, n, tuple(terms.get((office_id, n), ())), ended.get((office_id, n)))
        for office_id, (title, kind, seats) in offices.items()
        for n in range(1, seats + 1)
    ]


def _last_ends(session: Session, today: date) -> dict[tuple[int, int], date]:
    """For each seat, the day on which its latest ended tenure ended."""
    return {(office_id, seat): day for office_id, seat, day in session.execute(_LAST_ENDS, {"today": today})}


def lock_office(session: Session, office_id: int) -> Office:
    """Lock the row of an office, so that its seats can be counted and filled by one change at a time."""
    statement = select(Office).where(Office.id == office_id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def lock_tenure(session: Session, tenure_id: int) -> Tenure:
    """Lock and load one tenure. Raises ``NotFound``."""
    statement = select(Tenure).where(Tenure.id == tenure_id).with_for_update()
    found = session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(_("There is no such tenure."), "tenures.tenure.unknown")
    return found


def lock_renewal(session: Session, renewal_id: int) -> Renewal:
    """Lock and load one renewal. Raises ``NotFound``."""
    statement = select(Renewal).where(Renewal.id == renewal_id).with_for_update()
    found = session.scalar(statement.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(_("There is no such renewal."), "tenures.renewal.unknown")
    return found


def find_renewal_by_id(session: Session, renewal_id: int) -> Renewal | None:
    """One renewal, or ``None``; an id no column could hold is none."""
    return session.get(Renewal, renewal_id) if 0 < renewal_id < 2**31 else None


def find_renewal(session: Session, tenure_id: int) -> Renewal | None:
    """The renewal asked for a tenure, if any."""
    return session.scalar(select(Renewal).where(Renewal.tenure_id == tenure_id))


def find_office_by_code(session: Session, code: str) -> Office | None:
    """The office with this code."""
    return session.scalar(select(Office).where(Office.code == code))


def has_office_of_kind(session: Session, kind: OfficeKind) -> bool:
    """Whether there is an office of this kind."""
    return session.scalar(select(Office.id).where(Office.kind == kind).limit(1)) is not None


def tenures_between(session: Session, office_id: int, starts_on: date, ends_on: date) -> Sequence[Tenure]:
    """Tenures of an office that share a day with ``[starts_on, ends_on)``."""
    statement = (
        select(Tenure)
        .where(
            Tenure.office_id == office_id,
            Tenure.starts_on < ends_on,
            Tenure.ends_on > starts_on,
            Tenure.ends_on > Tenure.starts_on,
        )
        .order_by(Tenure.starts_on, Tenure.id)
    )
    return session.scalars(statement).all()


def list_resting_on(session: Session, basis: str, today: date) -> Sequence[Tenure]:
    """Tenures that rest on a decision and have not ended on a Geneva day."""
    statement = select(Tenure).where(Tenure.basis == basis, Tenure.ends_on > today).order_by(Tenure.id)
    return session.scalars(statement).all()


def find_last_seat(session: Session, office_id: int, person_id: int, *, predecessor_id: int | None) -> int:
    """The seat a new tenure best continues: its predecessor's, or the one this person held last; 0 when neither."""
    same = Tenure.id == predecessor_id if predecessor_id is not None else Tenure.person_id == person_id
    statement = (
        select(Tenure.seat).where(Tenure.office_id == office_id, same).order_by(Tenure.starts_on.desc(), Tenure.id)
    )
    return session.scalar(statement.limit(1)) or 0


@dataclass(frozen=True, slots=True)
class MyTenure:
    """A tenure of the person who asks, in office or to come: for the card on their home."""

    tenure_id: int
    title: str
    kind: OfficeKind
    starts_on: date
    ends_on: date
    state: TenureState
    days_left: int  # full days after today until the last day in office; 0 on the last day
    renewal_asked_at: datetime | None
    has_next_term: bool

    @property
    def last_day(self) -> date:
        """The last day in office."""
        return self.ends_on - timedelta(days=1)


def my_tenures(session: Session, actor: Actor, *, now: datetime) -> list[MyTenure]:
    """The actor's tenures that have not ended, the one that ends first on top. One statement."""
    if actor.person_id is None:
        return []
    today = geneva_date(now)
    later = aliased(Tenure)
    follows = (
        select(later.id)
        .where(
            later.office_id == Tenure.office_id,
            later.person_id == Tenure.person_id,
            later.starts_on >= Tenure.ends_on,
            later.ends_on > later.starts_on,
        )
        .exists()
    )
    rows = session.execute(
        select(Tenure.id, Office.title, Office.kind, Tenure.starts_on, Tenure.ends_on, Renewal.requested_at, follows)
        .join(Office, Office.id == Tenure.office_id)
        .outerjoin(Renewal, and_(Renewal.tenure_id == Tenure.id, Renewal.closed_at.is_(None)))
        .where(Tenure.person_id == actor.person_id, Tenure.ends_on > today, Tenure.ends_on > Tenure.starts_on)
        .order_by(Tenure.ends_on, Tenure.id)
    )
    return [
        MyTenure(
            tenure_id,
            title,
            kind,
            starts,
            ends,
            state_of(starts, ends, today),
            (ends - today).days - 1,
            asked,
            bool(more),
        )
        for tenure_id, title, kind, starts, ends, asked, more in rows
    ]


@dataclass(frozen=True, slots=True)
class TenureHealth:
    """Figures for the secretariat's home."""

    seats: int
    filled: int
    ending: int  # within 30 days
    first_ending_on: date | None  # the last day in office of the one that ends first
    renewals_open: int

    @property
    def vacant(self) -> int:
        """Seats without a holder today."""
        return self.seats - self.filled


def tenure_health(session: Session, *, now: datetime) -> TenureHealth:
    """How the offices stand now. One statement."""
    today = geneva_date(now)
    soon = today + timedelta(days=ENDING_SOON_DAYS)
    serving = is_in_office(today)
    seats = select(func.coalesce(func.sum(Office.seats), 0)).scalar_subquery()
    asked = select(func.count()).where(Renewal.closed_at.is_(None)).select_from(Renewal).scalar_subquery()
    row = session.execute(
        select(
            seats,
            func.count(Tenure.id),
            func.coalesce(func.sum(case((Tenure.ends_on <= soon, 1), else_=0)), 0),
            func.min(case((Tenure.ends_on <= soon, Tenure.ends_on))),
            asked,
        ).where(serving)
    ).one()
    seats_total, filled, ending, first_out, renewals = row
    first = first_out - timedelta(days=1) if ending else None
    return TenureHealth(int(seats_total), filled, int(ending), first, renewals)


def is_in_office(today: date) -> ColumnElement[bool]:
    """The condition that a tenure is held on a Geneva day."""
    return and_(Tenure.starts_on <= today, Tenure.ends_on > today)
