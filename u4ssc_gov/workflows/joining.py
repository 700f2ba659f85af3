"""A participant chooses a deliverable: the choice is recorded, its leaders and the Secretariat are told (¶27a)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.deliverables import messages, queries, services
from u4ssc_gov.deliverables.models import Deliverable


def contribute(session: Session, deliverable: Deliverable, *, actor: Actor, now: datetime) -> bool:
    """Join and tell; returns whether anything changed (a second click changes nothing and mails nobody)."""
    contributor = services.join_deliverable(session, deliverable, actor=actor, now=now)
    if contributor is None:
        return False
    today = geneva_date(now)
    told = {
        person.person_id: person
        for person in (*queries.list_leaders(session, deliverable, today), *queries.list_officers(session, today))
        if person.person_id != actor.person_id
    }
    messages.contributor_joined(session, deliverable, contributor, name=actor.name, to=told.values(), now=now)
    return True
