"""Writes: participants (¶19, ¶29)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Forbidden, Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line
from u4ssc_gov.participants import policy, queries
from u4ssc_gov.participants.models import Participant
from u4ssc_gov.participants.rules import ParticipantKind


def add_participant(
    session: Session,
    person: Person,
    *,
    kind: ParticipantKind,
    organisation: str,
    country: str = "",
    joined_on: date,
    actor: Actor,
    now: datetime,
) -> Participant:
    """Record that a person takes part from a Geneva day on, from one kind of body (¶19).

    Raises ``Invalid`` without an organisation, unless independent, and ``RuleViolation`` when the person takes part
    already.
    """
    if not policy.may_manage(actor):
        raise Forbidden(_("Only the Secretariat keeps the register of participants."), "participants.forbidden")
    name = clean_line(organisation)
    if not name and kind is not ParticipantKind.INDEPENDENT_EXPERT:
        message = _("Name the organisation, or choose “independent expert” (¶19).")
        raise Invalid(message, "participants.participant.no_organisation", "organisation")
    queries.lock_person(session, person.id)
    if queries.participations_since(session, person.id, joined_on):
        message = _("%(name)s takes part already.", name=person.full_name)
        raise RuleViolation(message, "participants.participant.known")
    participant = Participant(
        person_id=person.id,
        kind=kind,
        organisation=name,
        country=clean_line(country),
        joined_on=joined_on,
        created_at=now,
    )
    session.add(participant)
    session.flush()
    details: dict[str, Any] = {"person": person.id, "kind": kind.value}
    record(session, "participants:participant:add", "participant", participant.id, actor=actor, now=now, **details)
    return participant
