"""Writes: partners, Board mandates, secretariat officers (¶18, ¶23, ¶28, ¶30). Dated rows; nothing is overwritten."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.accounts.queries import find_account_of
from u4ssc_gov.accounts.services import let_in
from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor, MandateCapacity
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text
from u4ssc_gov.ledger import services as ledger
from u4ssc_gov.partners import messages, policy, queries, rules
from u4ssc_gov.partners.models import Mandate, Partner, PartnerEvent, SecretariatMembership
from u4ssc_gov.partners.rules import PartnerEventKind


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
    require_manager(actor)
    short, name = rules.checked_acronym(acronym), rules.checked_name(official_name)
    if queries.find_partner(session, short) is not None:
        raise Conflict(_("This partner is already on record."), "partners.partner.known")
    partner = Partner(
        acronym=short,
        official_name=name,
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


def join_partner(
    session: Session,
    *,
    acronym: str,
    official_name: str,
    website: str = "",
    joined_on: date,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Partner:
    """A UN body becomes a partner on a Geneva day, or becomes one again after it had left (¶18).

    ``reason`` says by which decision. It votes in ballots that open from that day on. Raises ``Invalid``,
    also when it is a partner already or its leaving is still to come.
    """
    require_manager(actor)
    short, name, because = (
        rules.checked_acronym(acronym),
        rules.checked_name(official_name),
        rules.checked_reason(reason),
    )
    rules.check_ahead(joined_on, geneva_date(now), "joined_on")
    known = queries.find_partner_like(session, short)
    if known is None:
        place = queries.next_position(session)
        site = rules.checked_website(website)
        partner = add_partner(
            session, acronym=short, official_name=name, position=place, website=site, joined_on=joined_on,
            actor=actor, now=now,
        )  # fmt: skip
    else:
        partner = _rejoin(session, known, joined_on, actor=actor, now=now)
    _note(session, partner, PartnerEventKind.JOINED, joined_on, actor=actor, now=now, reason=because)
    return partner


def _rejoin(session: Session, known: Partner, joined_on: date, *, actor: Actor, now: datetime) -> Partner:
    partner = queries.lock_partner(session, known.id)
    left_on = partner.left_on
    if left_on is None or left_on > geneva_date(now):
        message = _("%(partner)s is on record as a partner already.", partner=partner.acronym)
        raise Invalid(message, "partners.partner.known", "acronym")
    if joined_on < left_on:
        message = _("%(partner)s was a partner on that day: it joins again later.", partner=partner.acronym)
        raise Invalid(message, "partners.partner.rejoined_early", "joined_on")
    now = ledger.settled(session, now)
    partner.joined_on, partner.left_on = joined_on, None
    session.flush()
    enter_seat(session, partner, now=now)
    details = {"acronym": partner.acronym, "joined_on": str(joined_on)}
    record(session, "partners:partner:rejoin", "partner", partner.id, actor=actor, now=now, **details)
    return partner


def leave_partner(
    session: Session, partner: Partner, *, on: date, reason: str, actor: Actor, now: datetime
) -> list[Mandate]:
    """A partner leaves (¶18): ``on`` is the first Geneva day without, today at the earliest. Returns what ended.

    Its mandates end at that midnight, those that would begin later never do. Ballots that are open keep its seat and
    the position it took. Raises ``RuleViolation`` for an agency of the Secretariat (¶30), and when it leaves already.
    """
    require_manager(actor)
    because = rules.checked_reason(reason)
    partner = queries.lock_partner(session, partner.id)
    now = ledger.settled(session, now)
    if partner.is_secretariat_agency:
        message = _(
            "%(partner)s is an agency of the Secretariat (¶30). The Terms of Reference have to be revised first.",
            partner=partner.acronym,
        )
        raise RuleViolation(message, "partners.partner.agency")
    rules.check_leaving(on, partner.joined_on, partner.left_on, geneva_date(now))
    ended = list(queries.mandates_between(session, on, None, partner_id=partner.id))
    for mandate in ended:
        _end(session, mandate, partner, max(on, mandate.starts_on), "", actor=actor, now=now)
    partner.left_on = on
    ledger.append(session, "seat.left", {"seat": partner.acronym, "on": on}, now=now)
    details: dict[str, Any] = {"acronym": partner.acronym, "on": str(on), "mandates": len(ended)}
    record(session, "partners:partner:leave", "partner", partner.id, actor=actor, now=now, **details)
    _note(session, partner, PartnerEventKind.LEFT, on, actor=actor, now=now, reason=because)
    messages.partner_leaves(session, partner, [mandate.id for mandate in ended], on=on, actor=actor, now=now)
    return ended


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

    By the secretariat or the partner's own representative. Only the platform itself records a start in the past. A
    mandate never outlasts the partner's leaving. Raises ``RuleViolation`` when the person speaks for any partner during
    that time (one person, one partner: threat T08) or may not sign in any more, when the partner already has a
    representative then, or when it is not a partner on the first day (¶18).
    """
    _require_namer(actor, partner)
    rules.check_period(starts_on, ends_on)
    partner = queries.lock_partner(session, partner.id)
    queries.lock_person(session, person.id)
    now = ledger.settled(session, now)
    if not actor.is_system:
        rules.check_start(starts_on, geneva_date(now))
        rules.check_ahead(ends_on, geneva_date(now), "ends_on")
    _check_partner(partner, starts_on)
    if partner.left_on is not None and (ends_on is None or ends_on > partner.left_on):
        ends_on = partner.left_on
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
    _note(session, partner, PartnerEventKind.NAMED, starts_on, actor=actor, now=now, mandate=mandate)
    return mandate


def name_speaker(
    session: Session,
    partner: Partner,
    *,
    email: str,
    full_name: str,
    capacity: MandateCapacity,
    starts_on: date,
    ends_on: date | None,
    actor: Actor,
    now: datetime,
) -> tuple[Mandate, Person]:
    """Give a mandate to the person of an e-mail address, and tell everybody concerned.

    Somebody who cannot sign in yet is invited; somebody unknown is recorded first, which needs ``full_name``. The same
    again changes nothing. Raises what ``grant_mandate`` and ``accounts.services.let_in`` raise.
    """
    _require_namer(actor, partner)
    known = queries.find_mandate_like(session, partner.id, email, capacity, starts_on, ends_on)
    if known is not None:
        return known  # sent twice
    person, is_invited = let_in(
        session, full_name=full_name, email=email, organisation=partner.acronym, actor=actor, now=now
    )
    mandate = grant_mandate(
        session, partner, person, capacity=capacity, starts_on=starts_on, ends_on=ends_on, actor=actor, now=now
    )
    messages.mandate_named(session, partner, mandate, is_invited=is_invited, actor=actor, now=now)
    return mandate, person


def end_mandate(
    session: Session, mandate: Mandate, *, on: date, reason: str = "", actor: Actor, now: datetime
) -> Mandate:
    """End a mandate: ``on`` is the first Geneva day without it, today at the earliest. Votes already cast stay.

    By the secretariat or the partner's own representative; everybody concerned is told. The same again does nothing.
    Raises ``RuleViolation`` for a day in the past or later than the mandate lasts.
    """
    because = rules.checked_reason(reason, is_required=False)
    partner = queries.lock_partner(session, mandate.partner_id)
    _require_namer(actor, partner)
    session.refresh(mandate)
    if mandate.ends_on == on:
        return mandate  # so it is already
    now = ledger.settled(session, now)
    rules.check_end(on, mandate.starts_on, mandate.ends_on, geneva_date(now))
    _end(session, mandate, partner, on, because, actor=actor, now=now)
    session.flush()
    messages.mandate_ended(session, partner, mandate, actor=actor, now=now)
    return mandate


def _end(
    session: Session, mandate: Mandate, partner: Partner, on: date, reason: str, *, actor: Actor, now: datetime
) -> None:
    mandate.ends_on = on
    fields = {"mandate": mandate_name(mandate), "seat": partner.acronym, "ends_on": on}
    ledger.append(session, "mandate.ended", fields, now=now)
    record(session, "partners:mandate:end", "mandate", mandate.id, actor=actor, now=now, on=str(on))
    _note(session, partner, PartnerEventKind.ENDED, on, actor=actor, now=now, mandate=mandate, reason=reason)


def _note(
    session: Session,
    partner: Partner,
    kind: PartnerEventKind,
    on: date,
    *,
    actor: Actor,
    now: datetime,
    mandate: Mandate | None = None,
    reason: str = "",
) -> None:
    """Add a line to the partner's history."""
    session.add(
        PartnerEvent(
            partner_id=partner.id,
            kind=kind,
            mandate_id=mandate.id if mandate else None,
            effective_on=on,
            reason=reason,
            at=now,
            by_id=actor.person_id,
        )
    )


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
    require_manager(actor)
    rules.check_period(starts_on, ends_on)
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


def require_manager(actor: Actor) -> None:
    """Raise ``Forbidden`` for anybody but the secretariat and the platform itself."""
    if not policy.may_manage(actor):
        raise Forbidden(_("Only the Secretariat keeps the register of partners."), "partners.forbidden")


def _require_namer(actor: Actor, partner: Partner) -> None:
    if not policy.may_name(actor, partner.id):
        message = _(
            "Who votes for %(partner)s is named by its representative or by the Secretariat.", partner=partner.acronym
        )
        raise Forbidden(message, "partners.mandate.forbidden")


def _check_partner(partner: Partner, starts_on: date) -> None:
    if partner.left_on is not None and partner.left_on <= starts_on:
        message = _("%(partner)s is no longer a partner then (¶18).", partner=partner.acronym)
        raise RuleViolation(message, "partners.mandate.left")
    if partner.joined_on is not None and partner.joined_on > starts_on:
        message = _("%(partner)s is not a partner yet on that day (¶18).", partner=partner.acronym)
        raise RuleViolation(message, "partners.mandate.not_joined")


def _check_person(session: Session, partner: Partner, person: Person, starts_on: date, ends_on: date | None) -> None:
    account = find_account_of(session, person.id)
    if account is not None and account.disabled_at is not None:
        message = _("%(name)s can no longer sign in, and so cannot vote.", name=person.full_name)
        raise RuleViolation(message, "partners.mandate.disabled")
    held = queries.mandates_between(session, starts_on, ends_on, person_id=person.id)
    if any(mandate.partner_id != partner.id for mandate in held):
        message = _(
            "%(name)s speaks for another partner during that time; one person votes for one.", name=person.full_name
        )
        raise RuleViolation(message, "partners.mandate.other_partner")
    if held:
        message = _("%(name)s already speaks for %(partner)s then.", name=person.full_name, partner=partner.acronym)
        raise RuleViolation(message, "partners.mandate.known")
