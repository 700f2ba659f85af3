"""What the tests of this room share: one deliverable with its people and a held e-meeting 7."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.deliverables.models import Deliverable, ThematicGroup
from u4ssc_gov.meetings import services
from u4ssc_gov.meetings.models import Meeting, Minutes
from u4ssc_gov.meetings.rules import MinutesDraft, NoteEdit


@dataclass
class Place:
    """The deliverable, its people and its e-meeting."""

    group: ThematicGroup
    leader: Person
    deliverable: Deliverable
    expert: Person
    meeting: Meeting


@pytest.fixture
def place(world) -> Place:
    """A deliverable with a leader, a contributor and a held e-meeting 7."""
    group = world.group("City platforms")
    leader = world.leader(group)
    deliverable = world.deliverable(group, code="D-26-04")
    expert = world.participant(deliverable)
    meeting = world.meeting(deliverable, people=(leader, expert))
    world.commit()
    return Place(group, leader, deliverable, expert, meeting)


@pytest.fixture
def actor_of(world) -> Callable[[Person], Actor]:
    """The actor a person is now, leaving no transaction open."""

    def make(person: Person) -> Actor:
        found = world.actor(person)
        world.commit()
        return found

    return make


@pytest.fixture
def minutes(place, session, actor_of, clock) -> Minutes:
    """The draft of e-meeting 7."""
    actor = actor_of(place.leader)
    made = services.start_minutes(session, place.meeting, actor=actor, now=clock.now())
    session.commit()
    return made


@pytest.fixture
def save(runtime, minutes, clock, actor_of) -> Callable[..., services.SaveReport]:
    """Save a draft in a transaction of its own, as a person."""

    def run(person: Person | Actor, **draft: Any) -> services.SaveReport:
        actor = person if isinstance(person, Actor) else actor_of(person)
        with runtime.database.transaction() as session:
            row = session.get_one(Minutes, minutes.id)
            return services.save_minutes(session, row, MinutesDraft(**draft), actor=actor, now=clock.now())

    return run


def note(item: int, said: str, expected: int = 0, **more: Any) -> tuple[NoteEdit, ...]:
    """One note for a draft."""
    return (NoteEdit(item, said, expected_revision=expected, **more),)
