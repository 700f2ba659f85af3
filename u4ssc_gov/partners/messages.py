"""Mail about who votes for a partner: to the person, to the others who vote for it, and to the Secretariat."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import Actor, MandateCapacity
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.notifications.rendering import Recipient
from u4ssc_gov.notifications.services import Mail, queue_mails
from u4ssc_gov.partners import queries
from u4ssc_gov.partners.models import Mandate, Partner

TEMPLATE = "partners/mandate_changed"


def mandate_named(
    session: Session, partner: Partner, mandate: Mandate, *, is_invited: bool, actor: Actor, now: datetime
) -> None:
    """Somebody is named to vote for a partner."""
    context = _context("named", partner, mandate, actor=actor) | {"is_invited": is_invited}
    _tell(session, partner, [mandate.id], mandate.person_id, context, actor=actor, now=now)


def mandate_ended(session: Session, partner: Partner, mandate: Mandate, *, actor: Actor, now: datetime) -> None:
    """Somebody no longer votes for a partner, from a day on."""
    context = _context("ended", partner, mandate, actor=actor)
    _tell(session, partner, [mandate.id], mandate.person_id, context, actor=actor, now=now)


def partner_leaves(
    session: Session, partner: Partner, mandate_ids: Sequence[int], *, on: date, actor: Actor, now: datetime
) -> None:
    """A partner leaves, and with it everybody who votes for it."""
    context = _context("left", partner, None, actor=actor) | {"first_day_without": on}
    _tell(session, partner, mandate_ids, None, context, actor=actor, now=now)


def _context(what: str, partner: Partner, mandate: Mandate | None, *, actor: Actor) -> dict[str, Any]:
    return {
        "what": what,
        "partner": partner.acronym,
        "official_name": partner.official_name,
        "is_representative": mandate is not None and mandate.capacity is MandateCapacity.REPRESENTATIVE,
        "starts_on": mandate.starts_on if mandate else None,
        "last_day": mandate.ends_on - timedelta(days=1) if mandate and mandate.ends_on else None,
        "first_day_without": mandate.ends_on if mandate else None,
        "is_invited": False,
        "by": actor.name,
        "path": f"/people/partners/{partner.acronym}",
    }


def _tell(
    session: Session,
    partner: Partner,
    mandate_ids: Sequence[int],
    person_id: int | None,
    context: dict[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """To everybody but whoever did it; the person it is about gets the same news in the second person."""
    people = queries.list_contacts(session, partner_id=partner.id, now=now, mandate_ids=mandate_ids)
    about = next((one.name for one in people if one.person_id == person_id), "")
    own = context | {"name": about, "is_own": True}
    others = context | {"name": about, "is_own": False}
    to = [
        (Recipient(one.name, one.email, one.locale or "en", one.time_zone), one.person_id == person_id, one.person_id)
        for one in people
        if one.person_id != actor.person_id
    ]
    office = str(session.info.get("secretariat_email", ""))
    if office:
        to.append((Recipient("U4SSC Secretariat", office), False, 0))
    change = f"partner:{partner.id}:{context['what']}:{'-'.join(map(str, mandate_ids)) or now.isoformat()}"
    mails = [
        Mail(
            whom,
            _subject(context["what"], partner.acronym, about, is_own=is_own),
            own if is_own else others,
            f"{change}:{context['first_day_without']}:person:{number}",
        )
        for whom, is_own, number in to
    ]
    queue_mails(session, TEMPLATE, mails, now=now)


def _subject(what: str, partner: str, name: str, *, is_own: bool) -> Callable[[], str]:
    if what == "left":
        return lambda: _("%(partner)s leaves the partners of U4SSC", partner=partner)
    if what == "named":
        if is_own:
            return lambda: _("You vote for %(partner)s", partner=partner)
        return lambda: _("%(name)s votes for %(partner)s", name=name, partner=partner)
    if is_own:
        return lambda: _("Your mandate for %(partner)s ends", partner=partner)
    return lambda: _("The mandate of %(name)s for %(partner)s ends", name=name, partner=partner)
