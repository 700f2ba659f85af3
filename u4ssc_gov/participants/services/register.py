"""Writes: participants and their organisations (¶19)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Forbidden, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.participants import policy, queries, rules
from u4ssc_gov.participants.models import Organisation, Participant
from u4ssc_gov.participants.rules import ParticipantKind


def add_participant(
    session: Session,
    person: Person,
    *,
    kind: ParticipantKind,
    organisation: str,
    country_code: str = "",
    joined_on: date,
    actor: Actor,
    now: datetime,
) -> Participant:
    """Record that a person takes part from a Geneva day on, from one kind of body (¶19).

    Raises ``Invalid`` without an organisation, unless independent, or for a country that is not on the list, and
    ``RuleViolation`` when the person takes part already.
    """
    if not policy.may_manage(actor):
        raise Forbidden(_("Only the Secretariat keeps the register of participants."), "participants.forbidden")
    name = rules.check_organisation(kind, organisation)
    country = rules.check_country(country_code) if country_code else ""
    queries.lock_person(session, person.id)
    if queries.participations_since(session, person.id, joined_on):
        message = _("%(name)s takes part already.", name=person.full_name)
        raise RuleViolation(message, "participants.participant.known")
    body = None if kind is ParticipantKind.INDEPENDENT_EXPERT else _organisation(session, name, country, kind, now)
    participant = Participant(
        person_id=person.id,
        kind=kind,
        organisation=name,
        organisation_id=None if body is None else body.id,
        country_code=country,
        joined_on=joined_on,
        created_at=now,
    )
    session.add(participant)
    session.flush()
    details: dict[str, Any] = {"person": person.id, "kind": kind.value}
    record(session, "participants:participant:add", "participant", participant.id, actor=actor, now=now, **details)
    return participant


def _organisation(session: Session, name: str, country: str, kind: ParticipantKind, now: datetime) -> Organisation:
    """The organisation of that name in that country; recorded when it is the first participant's."""
    found = queries.find_organisation(session, rules.name_key(name), country)
    if found is None:
        found = Organisation(
            name=name, name_key=rules.name_key(name), country_code=country, kind=kind, created_at=now
        )  # fmt: skip
        session.add(found)
        session.flush()
    return found


def end_participation(session: Session, person_id: int, *, on: date, actor: Actor, now: datetime) -> Participant:
    """End a person's participation on a Geneva day: the first on which they take part no more (¶31: voluntary).

    The person themselves, or the Secretariat. Raises ``RuleViolation`` when the person does not take part then.
    """
    if person_id != actor.person_id and not policy.may_manage(actor):
        raise Forbidden(_("A participation is ended by the person or the Secretariat."), "participants.leave.forbidden")
    queries.lock_person(session, person_id)
    current = queries.find_participation(session, person_id, on)
    if current is None:
        raise RuleViolation(_("This person does not take part any more."), "participants.leave.ended")
    current.left_on = on
    session.flush()
    record(
        session, "participants:participant:leave", "participant", current.id,
        actor=actor, now=now, person=person_id, on=on.isoformat(),
    )  # fmt: skip
    return current
