"""Minutes on a page: begun, and filed."""

from __future__ import annotations

import pytest

from u4ssc_gov.meetings import queries, services
from u4ssc_gov.meetings.models import Minutes
from u4ssc_gov.meetings.rules import (
    NoteEdit,
    Presence,
    PresenceEdit,
)


@pytest.fixture
def sheet(runtime, minutes, place):
    """The minutes as they are in the database."""

    def load():
        with runtime.database.read() as session:
            return queries.load_sheet(session, place.meeting, session.get_one(Minutes, minutes.id))

    return load


@pytest.fixture
def filed(save, sheet, place, runtime, minutes, actor_of, clock):
    """The minutes of e-meeting 7, filed."""
    people = tuple(PresenceEdit(person.id, Presence.PRESENT) for person in sheet().people)
    save(place.leader, notes=tuple(NoteEdit(item.id, "Noted") for item in sheet().items), presences=people)
    actor = actor_of(place.leader)
    with runtime.database.transaction() as session:
        services.file_minutes(session, session.get_one(Minutes, minutes.id), actor=actor, now=clock.now())
