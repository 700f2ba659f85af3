"""Writes: partners, Board mandates, secretariat officers (¶18, ¶23, ¶28, ¶30). Dated rows; nothing is overwritten."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor, MandateCapacity
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text
from u4ssc_gov.ledger import services as ledger
from u4ssc_gov.partners import policy, queries
from u4ssc_gov.partners.models import Mandate, Partner, SecretariatMembership


def add_partner(
    session: Session,
    *,
    acronym: str,
    official_name: str,
    position: int,
    website: str = "",
    is_secretariat_agency: bool = False,
    joined_on: date | None = None,
    source: str = "",
    note: str = "",
    actor: Actor,
    now: datetime,
) -> Partner:
    """Record a UN body as a partner (¶18). Raises ``Conflict`` when the acronym is known, ``Invalid`` when empty."""
    _require_manager(actor)
    short = clean_line(acronym)
    if not short or not clean_line(official_name):
        raise Invalid(_("A partner has an acronym and an official name."), "partners.partner.no_name", "acronym")
    if queries.find_partner(session, short) is not None:
        raise Conflict(_("This partner is already on record."), "partners.partner.known")
    partner = Partner(
        acronym=short,
        official_name=clean_line(official_name),
        website=clean_line(website),
        position=position,
        joined_on=joined_on,
        is_secretariat_agency=is_secretariat_agency,
        source=clean_line(source),
        note=clean_text(note),
    )
    session.add(partner)
    session.flush()
    enter_seat(session, partner, now=now)
    record(session, "partners:partner:add", "partner", partner.id, actor=actor, now=now, acronym=short)
    return partner


def enter_seat(session: Session, partner: Partner, *, now: datetime) -> None:
    """Enter a partner's seat in the ledger: from now on its positions can be checked there."""
    fields = {"seat": partner.acronym, "name": partner.official_name, "on": partner.joined_on}
    ledger.append(session, "seat.joined", fields, now=now)


def grant_mandate(
    session: Session,
    partner: Partner,
    person: Person,
    *,
    capacity: MandateCapacity,
    starts_on: date,
    ends_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> Mandate:
    """Let a person vote for a partner from a Geneva day on, until ``ends_on`` (the first day without).

    Raises ``RuleViolation`` when the person speaks for any partner during that time (one person, one partner: threat
    T08), when the partner already has a representative then, or when it is no longer a partner (¶18).
    """
    _require_manager(actor)
    _check_period(starts_on, ends_on)
    queries.lock_partner(session, partner.id)
    queries.lock_person(session, person.id)
    now = ledger.settled(session, now)
    if partner.left_on is not None and partner.left_on <= starts_on:
        message = _("%(partner)s is no longer a partner then (¶18).", partner=partner.acronym)
        raise RuleViolation(message, "partners.mandate.left")
    _check_person(session, partner, person, starts_on, ends_on)
    others = queries.mandates_between(session, starts_on, ends_on, partner_id=partner.id)
    if capacity is MandateCapacity.REPRESENTATIVE and any(m.capacity is capacity for m in others):
        message = _(
            "%(partner)s has a representative during that time. End that mandate first.", partner=partner.acronym
        )
        raise RuleViolation(message, "partners.mandate.second_representative")
    mandate = Mandate(
        partner_id=partner.id,
        person_id=person.id,
        capacity=capacity,
        starts_on=starts_on,
        ends_on=ends_on,
        granted_at=now,
        granted_by_id=actor.person_id,
    )
    session.add(mandate)
    session.flush()
    _enter_mandate(session, mandate, partner, person, now=now)
    details: dict[str, Any] = {
        "partner": partner.acronym,
        "person": person.id,
        "capacity": capacity.value,
        "starts_on": str(starts_on),
    }
    record(session, "partners:mandate:grant", "mandate", mandate.id, actor=actor, now=now, **details)
    return mandate


def end_mandate(session: Session, mandate: Mandate, *, on: date, actor: Actor, now: datetime) -> Mandate:
    """End a mandate: ``on`` is the first Geneva day without it, today at the earliest. Votes already cast stay.

    Raises ``RuleViolation`` for a day in the past or later than the mandate lasts.
    """
    _require_manager(actor)
    partner = queries.lock_partner(session, mandate.partner_id)
    session.refresh(mandate)
    now = ledger.settled(session, now)
    if mandate.ends_on is not None and mandate.ends_on <= on:
        raise RuleViolation(_("This mandate has ended by then."), "partners.mandate.ended")
    if on < max(geneva_date(now), mandate.starts_on):
        message = _("A mandate ends today at the earliest: votes already cast stay valid.")
        raise RuleViolation(message, "partners.mandate.past_end")
    mandate.ends_on = on
    fields = {"mandate": mandate_name(mandate), "seat": partner.acronym, "ends_on": on}
    ledger.append(session, "mandate.ended", fields, now=now)
    record(session, "partners:mandate:end", "mandate", mandate.id, actor=actor, now=now, on=str(on))
    return mandate


def add_secretariat_member(
    session: Session,
    partner: Partner,
    person: Person,
    *,
    starts_on: date,
    ends_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> SecretariatMembership:
    """Make a person an officer of the secretariat for one of its agencies (¶30) from a Geneva day on.

    Raises ``RuleViolation`` when the partner is not a secretariat agency or the person is an officer already.
    """
    _require_manager(actor)
    _check_period(starts_on, ends_on)
    queries.lock_person(session, person.id)
    if not partner.is_secretariat_agency:
        message = _("%(partner)s is not one of the Secretariat’s agencies (¶30).", partner=partner.acronym)
        raise RuleViolation(message, "partners.secretariat.not_agency")
    if queries.memberships_between(session, person.id, starts_on, ends_on):
        message = _("%(name)s is an officer of the Secretariat during that time already.", name=person.full_name)
        raise RuleViolation(message, "partners.secretariat.known")
    membership = SecretariatMembership(
        partner_id=partner.id, person_id=person.id, starts_on=starts_on, ends_on=ends_on, granted_at=now
    )
    session.add(membership)
    session.flush()
    details: dict[str, Any] = {"partner": partner.acronym, "person": person.id, "starts_on": str(starts_on)}
    record(
        session, "partners:secretariat:add", "secretariat_membership", membership.id, actor=actor, now=now, **details
    )
    return membership


def mandate_name(mandate: Mandate) -> str:
    """A mandate's name in the ledger."""
    return f"mdt_{mandate.id}"


def _enter_mandate(session: Session, mandate: Mandate, partner: Partner, person: Person, *, now: datetime) -> None:
    name = mandate_name(mandate)
    fields = {
        "mandate": name,
        "seat": partner.acronym,
        "person": ledger.commit_person(session, name=person.full_name, email=person.email, mandate=name),
        "capacity": mandate.capacity,
        "starts_on": mandate.starts_on,
        "ends_on": mandate.ends_on,
    }
    ledger.append(session, "mandate.granted", fields, now=now)


def _require_manager(actor: Actor) -> None:
    if not policy.may_manage(actor):
        raise Forbidden(_("Only the Secretariat keeps the register of partners."), "partners.forbidden")


def _check_period(starts_on: date, ends_on: date | None) -> None:
    if ends_on is not None and ends_on <= starts_on:
        raise Invalid(_("The end lies after the start."), "partners.period", "ends_on")


def _check_person(session: Session, partner: Partner, person: Person, starts_on: date, ends_on: date | None) -> None:
    held = queries.mandates_between(session, starts_on, ends_on, person_id=person.id)
    if any(mandate.partner_id != partner.id for mandate in held):
        message = _(
            "%(name)s speaks for another partner during that time; one person votes for one.", name=person.full_name
        )
        raise RuleViolation(message, "partners.mandate.other_partner")
    if held:
        message = _("%(name)s already speaks for %(partner)s then.", name=person.full_name, partner=partner.acronym)
        raise RuleViolation(message, "partners.mandate.known")
