"""Reads of partners, mandates and secretariat officers. Names are for signed-in people; addresses stay unread here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import MandateCapacity
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.partners.models import Mandate, Partner, SecretariatMembership


@dataclass(frozen=True, slots=True)
class MandateLine:
    """A person who votes for a partner now."""

    mandate_id: int
    partner_id: int
    person_id: int
    name: str
    capacity: MandateCapacity
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """A partner with the people who vote for it now."""

    id: int
    acronym: str
    official_name: str
    is_secretariat_agency: bool
    mandates: tuple[MandateLine, ...]

    @property
    def representative(self) -> MandateLine | None:
        """The representative, if there is one."""
        return next((m for m in self.mandates if m.capacity is MandateCapacity.REPRESENTATIVE), None)

    @property
    def alternates(self) -> tuple[MandateLine, ...]:
        """The alternates."""
        return tuple(m for m in self.mandates if m.capacity is MandateCapacity.ALTERNATE)


def list_partners(session: Session, *, now: datetime) -> Sequence[Partner]:
    """Partners on the Geneva day of ``now``, in the order of ¶18."""
    statement = select(Partner).where(_is_partner(geneva_date(now))).order_by(Partner.position, Partner.id)
    return session.scalars(statement).all()


_ACRONYMS = select(Partner.id, Partner.acronym).order_by(Partner.position, Partner.id)  # composed once


def acronyms(session: Session) -> dict[int, str]:
    """The acronym of every partner, past ones too, by id, in the order of ¶18. One statement."""
    return dict(session.execute(_ACRONYMS).all())


def current_mandates(
    session: Session, *, now: datetime, partner_ids: Sequence[int] | None = None
) -> dict[int, list[MandateLine]]:
    """Who votes for which partner now, representative first; all partners when no ids are given. One statement."""
    statement = (
        select(
            Mandate.id,
            Mandate.partner_id,
            Mandate.person_id,
            Person.full_name,
            Mandate.capacity,
            Mandate.starts_on,
            Mandate.ends_on,
        )
        .join(Person, Person.id == Mandate.person_id)
        .where(_is_current(geneva_date(now)))
        .order_by(Mandate.partner_id, _representative_first(), Person.full_name, Mandate.id)
    )
    if partner_ids is not None:
        statement = statement.where(Mandate.partner_id.in_(list(partner_ids)))
    found: dict[int, list[MandateLine]] = {}
    for row in session.execute(statement):
        found.setdefault(row[1], []).append(MandateLine(*row))
    return found


def list_partner_lines(session: Session, *, now: datetime) -> list[PartnerLine]:
    """Partners with their mandate holders, in the order of ¶18. Two statements."""
    mandates = current_mandates(session, now=now)
    return [
        PartnerLine(p.id, p.acronym, p.official_name, p.is_secretariat_agency, tuple(mandates.get(p.id, ())))
        for p in list_partners(session, now=now)
    ]


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """What a partner's page shows."""

    partner: Partner
    mandates: tuple[MandateLine, ...]
    officers: tuple[str, ...]  # secretariat officers of this agency now, by name

    @property
    def representative(self) -> MandateLine | None:
        """The representative, if there is one."""
        return next((m for m in self.mandates if m.capacity is MandateCapacity.REPRESENTATIVE), None)

    @property
    def alternates(self) -> tuple[MandateLine, ...]:
        """The alternates."""
        return tuple(m for m in self.mandates if m.capacity is MandateCapacity.ALTERNATE)


def get_partner_page(session: Session, acronym: str, *, now: datetime) -> PartnerPage:
    """A partner by acronym with its people. Three statements. Raises ``NotFound``."""
    partner = session.scalar(select(Partner).where(Partner.acronym == acronym))
    if partner is None:
        raise NotFound(_("There is no partner of this name."), "partners.partner.unknown")
    mandates = current_mandates(session, now=now, partner_ids=[partner.id]).get(partner.id, [])
    today = geneva_date(now)
    officers = session.scalars(
        select(Person.full_name)
        .join(SecretariatMembership, SecretariatMembership.person_id == Person.id)
        .where(
            SecretariatMembership.partner_id == partner.id,
            SecretariatMembership.starts_on <= today,
            or_(SecretariatMembership.ends_on.is_(None), SecretariatMembership.ends_on > today),
        )
        .order_by(Person.full_name, Person.id)
    ).all()
    return PartnerPage(partner, tuple(mandates), tuple(officers))


def find_partner(session: Session, acronym: str) -> Partner | None:
    """A partner by acronym, past ones too."""
    return session.scalar(select(Partner).where(Partner.acronym == acronym))


def lock_partner(session: Session, partner_id: int) -> Partner:
    """Lock the row of a partner, so that its mandates are granted by one change at a time."""
    statement = select(Partner).where(Partner.id == partner_id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one()


def lock_person(session: Session, person_id: int) -> None:
    """Lock the row of a person, so that two partners cannot give them a mandate at the same moment (threat T08)."""
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update()).one()


def mandates_between(
    session: Session,
    starts_on: date,
    ends_on: date | None,
    *,
    partner_id: int | None = None,
    person_id: int | None = None,
) -> Sequence[Mandate]:
    """Mandates of a partner or of a person that share a day with ``[starts_on, ends_on)``; ``None`` is open."""
    conditions: list[ColumnElement[bool]] = [
        or_(Mandate.ends_on.is_(None), and_(Mandate.ends_on > starts_on, Mandate.ends_on > Mandate.starts_on))
    ]
    if ends_on is not None:
        conditions.append(Mandate.starts_on < ends_on)
    if partner_id is not None:
        conditions.append(Mandate.partner_id == partner_id)
    if person_id is not None:
        conditions.append(Mandate.person_id == person_id)
    return session.scalars(select(Mandate).where(*conditions).order_by(Mandate.id)).all()


def memberships_between(
    session: Session, person_id: int, starts_on: date, ends_on: date | None
) -> Sequence[SecretariatMembership]:
    """Secretariat memberships of a person that share a day with ``[starts_on, ends_on)``; ``None`` is open."""
    conditions: list[ColumnElement[bool]] = [
        SecretariatMembership.person_id == person_id,
        or_(SecretariatMembership.ends_on.is_(None), SecretariatMembership.ends_on > starts_on),
    ]
    if ends_on is not None:
        conditions.append(SecretariatMembership.starts_on < ends_on)
    return session.scalars(select(SecretariatMembership).where(*conditions).order_by(SecretariatMembership.id)).all()


@dataclass(frozen=True, slots=True)
class PartnerFigures:
    """One partner for the clause ledger."""

    acronym: str
    is_secretariat_agency: bool
    representatives: int
    officers: int


def list_figures(session: Session, *, now: datetime) -> list[PartnerFigures]:
    """Partners with the number of representatives and of secretariat officers they have now. One statement."""
    today = geneva_date(now)
    voting = (
        select(func.count())
        .where(
            Mandate.partner_id == Partner.id,
            Mandate.capacity == MandateCapacity.REPRESENTATIVE,
            _is_current(today),
        )
        .correlate(Partner)
        .scalar_subquery()
    )
    officers = (
        select(func.count())
        .where(
            SecretariatMembership.partner_id == Partner.id,
            SecretariatMembership.starts_on <= today,
            or_(SecretariatMembership.ends_on.is_(None), SecretariatMembership.ends_on > today),
        )
        .correlate(Partner)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Partner.acronym, Partner.is_secretariat_agency, voting, officers)
        .where(_is_partner(today))
        .order_by(Partner.position, Partner.id)
    )
    return [PartnerFigures(*row) for row in rows]


def _is_partner(today: date) -> ColumnElement[bool]:
    return and_(
        or_(Partner.joined_on.is_(None), Partner.joined_on <= today),
        or_(Partner.left_on.is_(None), Partner.left_on > today),
    )


def _is_current(today: date) -> ColumnElement[bool]:
    return and_(Mandate.starts_on <= today, or_(Mandate.ends_on.is_(None), Mandate.ends_on > today))


def _representative_first() -> ColumnElement[int]:
    return case((Mandate.capacity == MandateCapacity.REPRESENTATIVE, 0), else_=1)
