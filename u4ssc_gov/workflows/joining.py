"""A participant chooses a deliverable, steps back from it, or from the initiative: leaders and Secretariat are told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Forbidden
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables import messages, mine, queries, services
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.participants import messages as participant_messages
from u4ssc_gov.participants import services as participants
from u4ssc_gov.participants.models import Participant


def contribute(session: Session, deliverable: Deliverable, *, actor: Actor, now: datetime) -> bool:
    """Join and tell (¶27a); returns whether anything changed (a second click changes nothing and mails nobody)."""
    contributor = services.join_deliverable(session, deliverable, actor=actor, now=now)
    if contributor is None:
        return False
    told = _addressees(session, deliverable, actor, now)
    messages.contributor_joined(session, deliverable, contributor, name=actor.name, to=told, now=now)
    return True


def step_back(session: Session, deliverable: Deliverable, *, actor: Actor, now: datetime) -> bool:
    """Contribute no longer, and tell (¶27a); returns whether anything changed."""
    contributor = services.leave_deliverable(session, deliverable, actor=actor, now=now)
    if contributor is None:
        return False
    told = _addressees(session, deliverable, actor, now)
    messages.contributor_left(session, deliverable, contributor, name=actor.name, to=told, now=now)
    return True


def leave_initiative(session: Session, *, actor: Actor, now: datetime) -> Participant:
    """Take part no more from today on (¶31 to ¶33: voluntary), and step back from every deliverable that was chosen.

    Who also speaks for a partner keeps what they contribute to. Raises ``RuleViolation`` when the participation has
    ended already.
    """
    if actor.person_id is None:
        raise Forbidden(_("Sign in to leave the initiative."), "participants.leave.forbidden")
    ended = participants.end_participation(session, actor.person_id, on=geneva_date(now), actor=actor, now=now)
    if not actor.is_board:
        for deliverable in mine.list_contributed(session, actor.person_id):
            step_back(session, deliverable, actor=actor, now=now)
    participant_messages.left(session, ended, name=actor.name, now=now)
    return ended


def _addressees(
    session: Session, deliverable: Deliverable, actor: Actor, now: datetime
) -> Collection[queries.Addressee]:
    today = geneva_date(now)
    told = {
        person.person_id: person
        for person in (*queries.list_leaders(session, deliverable, today), *queries.list_officers(session, today))
        if person.person_id != actor.person_id
    }
    return told.values()
