"""Participants through their service (¶19, ¶29)."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.clock import T0
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import ANONYMOUS, SYSTEM
from u4ssc_gov.core.errors import Forbidden, Invalid, RuleViolation
from u4ssc_gov.participants import queries, services
from u4ssc_gov.participants.rules import KIND_NAMES, ParticipantKind

TODAY = date(2026, 11, 23)


def add(session, person, kind=ParticipantKind.ACADEMIA, organisation="A university", joined_on=TODAY, actor=SYSTEM):
    return services.add_participant(
        session, person, kind=kind, organisation=organisation, joined_on=joined_on, actor=actor, now=T0
    )


def test_every_kind_has_a_name():
    assert set(KIND_NAMES) == set(ParticipantKind)


@pytest.mark.parametrize("kind", ParticipantKind)
def test_a_participant_comes_from_a_body_unless_independent(session, world, kind):
    world.accepted_terms()
    person = world.person()
    if kind is ParticipantKind.INDEPENDENT_EXPERT:
        assert add(session, person, kind, "").organisation == ""
    else:
        with pytest.raises(Invalid) as refused:
            add(session, person, kind, " \x00 ")
        assert refused.value.field == "organisation"
        assert add(session, person, kind).kind is kind
    assert world.actor(person).participant_kind == kind.value
    assert session.scalars(select(AuditRecord.action)).all() == ["participants:participant:add"]


def test_nobody_joins_twice_and_who_left_may_come_back(session, world):
    person = world.person()
    first = add(session, person, joined_on=date(2020, 1, 1))
    with pytest.raises(RuleViolation) as refused:
        add(session, person)
    assert refused.value.code == "participants.participant.known"
    first.left_on = TODAY
    assert add(session, person).id != first.id
    assert queries.count_by_kind(session, now=T0) == {ParticipantKind.ACADEMIA: 1}


def test_only_the_secretariat_records_participants(session, world):
    person = world.participant()
    for actor in (ANONYMOUS, world.actor(person), world.actor(world.mandate("WMO"))):
        with pytest.raises(Forbidden):
            add(session, world.person(), actor=actor)
    assert add(session, world.person(), actor=world.actor(world.officer())).id
