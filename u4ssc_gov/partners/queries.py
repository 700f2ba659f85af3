"""Reads of partners, mandates and secretariat officers. Names are for signed-in people; addresses stay unread here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import Actor, MandateCapacity
from u4ssc_gov.core.addresses import address_key
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.partners import policy
from u4ssc_gov.partners.models import Mandate, Partner, PartnerEvent, SecretariatMembership
from u4ssc_gov.partners.rules import PartnerEventKind, PartnerState, state_of

_MOST = 200  # lines of history: far more than a partner has in ten years


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
class MandateRecord:
    """A mandate with who gave it; ``ends_on`` is the first Geneva day without it."""

    id: int
    person_id: int
    name: str
    capacity: MandateCapacity
    starts_on: date
    ends_on: date | None
    granted_at: datetime
    granted_by: str

    @property
    def last_day(self) -> date | None:
        """The last day with it; ``None`` while no end is set."""
        return None if self.ends_on is None else self.ends_on - timedelta(days=1)

    @property
    def never_began(self) -> bool:
        """Whether it was ended before its first day was over, or before it came."""
        return self.ends_on is not None and self.ends_on <= self.starts_on


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened; ``reason`` is empty for who may not read it."""

    kind: PartnerEventKind
    name: str
    capacity: MandateCapacity | None
    effective_on: date | None
    reason: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class PartnerPage:
    """A partner at an instant."""

    partner: Partner
    state: PartnerState
    now: tuple[MandateRecord, ...]
    coming: tuple[MandateRecord, ...]
    before: tuple[MandateRecord, ...]
    history: tuple[HistoryLine, ...]
    officers: tuple[str, ...]  # secretariat officers of this agency now, by name

    @property
    def representative(self) -> MandateRecord | None:
        """The representative, who is also the partner's focal point, if there is one."""
        return next((m for m in self.now if m.capacity is MandateCapacity.REPRESENTATIVE), None)


def get_partner_page(session: Session, acronym: str, *, reader: Actor, now: datetime) -> PartnerPage:
    """A partner by acronym as this reader may see it. Four statements. Raises ``NotFound``."""
    partner, today = get_partner(session, acronym), geneva_date(now)
    mandates = _list_mandates(session, partner.id)
    return PartnerPage(
        partner=partner,
        state=state_of(partner.joined_on, partner.left_on, today),
        now=tuple(m for m in mandates if m.starts_on <= today and (m.ends_on is None or m.ends_on > today)),
        coming=tuple(m for m in mandates if m.starts_on > today and not m.never_began),
        before=tuple(m for m in reversed(mandates) if m.never_began or (m.ends_on is not None and m.ends_on <= today)),
        history=tuple(_list_history(session, partner.id, may_read=policy.may_read_reasons(reader, partner.id))),
        officers=tuple(_list_officers(session, partner.id, today)),
    )


def _list_mandates(session: Session, partner_id: int) -> list[MandateRecord]:
    giver = aliased(Person)
    first = case((Mandate.capacity == MandateCapacity.REPRESENTATIVE, 0), else_=1)
    rows = session.execute(
        select(
            Mandate.id, Mandate.person_id, Person.full_name, Mandate.capacity, Mandate.starts_on, Mandate.ends_on,
            Mandate.granted_at, giver.full_name,
        )
        .join(Person, Person.id == Mandate.person_id)
        .outerjoin(giver, giver.id == Mandate.granted_by_id)
        .where(Mandate.partner_id == partner_id)
        .order_by(Mandate.ends_on.is_(None), Mandate.ends_on, first, Person.full_name, Mandate.id)
    )  # fmt: skip
    found = [MandateRecord(*row[:-1], row[-1] or "") for row in rows]
    return sorted(found, key=lambda m: (m.ends_on or date.max, m.capacity is not MandateCapacity.REPRESENTATIVE))


def _list_history(session: Session, partner_id: int, *, may_read: bool) -> list[HistoryLine]:
    """Newest first. Why a mandate ended leaves the database only for those who may read it."""
    actor = aliased(Person)
    public = PartnerEvent.kind.in_((PartnerEventKind.JOINED, PartnerEventKind.LEFT))
    reason = PartnerEvent.reason if may_read else case((public, PartnerEvent.reason), else_="")
    rows = session.execute(
        select(
            PartnerEvent.kind, Person.full_name, Mandate.capacity, PartnerEvent.effective_on, reason, PartnerEvent.at,
            actor.full_name,
        )
        .outerjoin(Mandate, Mandate.id == PartnerEvent.mandate_id)
        .outerjoin(Person, Person.id == Mandate.person_id)
        .outerjoin(actor, actor.id == PartnerEvent.by_id)
        .where(PartnerEvent.partner_id == partner_id)
        .order_by(PartnerEvent.at.desc(), PartnerEvent.id.desc())
        .limit(_MOST)
    )  # fmt: skip
    return [HistoryLine(r[0], r[1] or "", r[2], r[3], r[4], r[5], r[6] or "") for r in rows]


def _list_officers(session: Session, partner_id: int, today: date) -> list[str]:
    statement = (
        select(Person.full_name)
        .join(SecretariatMembership, SecretariatMembership.person_id == Person.id)
        .where(
            SecretariatMembership.partner_id == partner_id,
            SecretariatMembership.starts_on <= today,
            or_(SecretariatMembership.ends_on.is_(None), SecretariatMembership.ends_on > today),
        )
        .order_by(Person.full_name, Person.id)
    )
    return list(session.scalars(statement))


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A partner of any time, with who votes for it now."""

    partner: Partner
    state: PartnerState
    mandates: tuple[MandateLine, ...]

    @property
    def representatives(self) -> tuple[MandateLine, ...]:
        """The representative, if there is one."""
        return tuple(m for m in self.mandates if m.capacity is MandateCapacity.REPRESENTATIVE)

    @property
    def alternates(self) -> tuple[MandateLine, ...]:
        """The alternates."""
        return tuple(m for m in self.mandates if m.capacity is MandateCapacity.ALTERNATE)


def list_register(session: Session, *, now: datetime) -> list[RegisterLine]:
    """Every partner there ever was, in the order of ¶18, with who votes for it today. Two statements."""
    today, mandates = geneva_date(now), current_mandates(session, now=now)
    return [
        RegisterLine(p, state_of(p.joined_on, p.left_on, today), tuple(mandates.get(p.id, ())))
        for p in session.scalars(select(Partner).order_by(Partner.position, Partner.id))
    ]


def find_partner(session: Session, acronym: str) -> Partner | None:
    """A partner by acronym, past ones too."""
    return session.scalar(select(Partner).where(Partner.acronym == acronym))


def get_partner(session: Session, acronym: str) -> Partner:
    """A partner by acronym, past ones too. Raises ``NotFound``."""
    partner = find_partner(session, acronym)
    if partner is None:
        raise NotFound(_("There is no partner of this name."), "partners.partner.unknown")
    return partner


def find_partner_like(session: Session, acronym: str) -> Partner | None:
    """The same whatever the case of the letters: "Wmo" is not another body than "WMO"."""
    return session.scalar(select(Partner).where(func.lower(Partner.acronym) == acronym.lower()))


def next_position(session: Session) -> int:
    """The place after the last partner."""
    return (session.scalar(select(func.max(Partner.position))) or 0) + 1


def get_mandate(session: Session, partner_id: int, mandate_id: int) -> tuple[Mandate, Person]:
    """A mandate of a partner with the person who holds it. Raises ``NotFound``."""
    row = session.execute(
        select(Mandate, Person)
        .join(Person, Person.id == Mandate.person_id)
        .where(Mandate.id == mandate_id, Mandate.partner_id == partner_id)
    ).one_or_none()
    if row is None:
        raise NotFound(_("There is no such mandate of this partner."), "partners.mandate.unknown")
    return row[0], row[1]


def find_mandate_like(
    session: Session, partner_id: int, email: str, capacity: MandateCapacity, starts_on: date, ends_on: date | None
) -> tuple[Mandate, Person] | None:
    """The very same mandate of a person with this e-mail, if it is on record."""
    row = session.execute(
        select(Mandate, Person)
        .join(Person, Person.id == Mandate.person_id)
        .where(
            Mandate.partner_id == partner_id,
            Person.email == address_key(email),
            Mandate.capacity == capacity,
            Mandate.starts_on == starts_on,
            Mandate.ends_on.is_(None) if ends_on is None else Mandate.ends_on == ends_on,
        )
        .limit(1)
    ).one_or_none()
    return (row[0], row[1]) if row else None


@dataclass(frozen=True, slots=True)
class Contact:
    """A person with what a mail to them needs."""

    person_id: int
    name: str
    email: str
    locale: str
    time_zone: str


def list_contacts(
    session: Session, *, partner_id: int, now: datetime, mandate_ids: Sequence[int] = ()
) -> list[Contact]:
    """Who votes for a partner today, and who holds one of these mandates whenever it runs; each once."""
    rows = session.execute(
        select(Person.id, Person.full_name, Person.email, Person.locale, Person.time_zone)
        .join(Mandate, Mandate.person_id == Person.id)
        .where(
            Mandate.partner_id == partner_id,
            or_(_is_current(geneva_date(now)), Mandate.id.in_(list(mandate_ids))),
        )
        .distinct()
        .order_by(Person.id)
    )
    return [Contact(*row) for row in rows]


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
