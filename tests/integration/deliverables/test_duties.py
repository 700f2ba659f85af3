"""Duties and findings of the deliverables' room, at their boundary instants and in fixed statements."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.clock import T0
from u4ssc_gov.core.dates import geneva_midnight
from u4ssc_gov.core.duty import ClauseState, HolderKind
from u4ssc_gov.deliverables import duties
from u4ssc_gov.deliverables.models import Contributor
from u4ssc_gov.deliverables.rules import Stage

SECOND = timedelta(seconds=1)


def test_a_leader_owes_what_falls_due_within_thirty_days(world, session):
    group = world.group()
    leader = world.actor(world.leader(group))
    world.deliverable(group, due_on=date(2026, 12, 23), code="D-26-71")
    world.deliverable(group, due_on=date(2026, 12, 24), code="D-26-72")
    world.deliverable(world.group(), due_on=date(2026, 12, 1), code="D-26-73")
    world.deliverable(group, due_on=date(2026, 12, 1), code="D-26-74", stage=Stage.PUBLISHED)
    found = duties.duties(session, actor=leader, now=T0)
    assert [duty.args["code"] for duty in found] == ["D-26-71"]
    assert found[0].holder.kind is HolderKind.GROUP_LEADERS
    assert found[0].clauses == ("25b",)


@pytest.mark.parametrize(("offset", "late"), [(-SECOND, False), (timedelta(0), True), (SECOND, True)])
def test_the_due_day_ends_at_midnight_in_geneva(world, session, offset, late):
    group = world.group()
    leader = world.actor(world.leader(group))
    world.deliverable(group, due_on=date(2026, 11, 23))
    now = geneva_midnight(date(2026, 11, 24)) + offset
    (duty,) = duties.duties(session, actor=leader, now=now)
    assert duty.is_overdue(now) is late
    assert len(duties.secretariat_duties(session, now=now)) == int(late)


def test_the_secretariat_owes_a_decision_on_proposals_of_the_platform(world, session):
    officer = world.actor(world.officer())
    proposed = world.deliverable(stage=Stage.PROPOSED, code="D-26-80")
    world.deliverable(stage=Stage.PROPOSED, source="a list of 2019")
    for found in (
        duties.duties(session, actor=officer, now=T0),
        duties.secretariat_duties(session, now=T0),
    ):
        assert [duty.args for duty in found] == [{"kind": "deliverable", "deliverable_id": proposed.id}]
        assert found[0].clauses == ("21b",)


@pytest.mark.parametrize("number", [1, 100])
def test_fixed_statements(world, session, count_statements, number):
    group = world.group()
    leader = world.actor(world.leader(group))
    officer, nobody = world.actor(world.officer()), world.actor(world.person())
    for _ in range(number):
        world.deliverable(group, due_on=date(2026, 11, 1))
    for ask, expected in (
        (lambda: duties.duties(session, actor=leader, now=T0), 1),
        (lambda: duties.duties(session, actor=officer, now=T0), 1),
        (lambda: duties.duties(session, actor=nobody, now=T0), 0),
        (lambda: duties.secretariat_duties(session, now=T0), 1),
        (lambda: duties.clause_findings(session, now=T0), 1),
    ):
        with count_statements() as seen:
            ask()
        assert len(seen) == expected


def _states(session):
    return {finding.clause: finding for finding in duties.clause_findings(session, now=T0)}


def test_findings_of_an_empty_house(session):
    found = _states(session)
    assert set(found) == {"21b", "25b", "26a", "26g", "27a", "36", "38"}
    assert all(finding.state is ClauseState.MET for finding in found.values())


def test_findings_name_what_is_wrong(world, session):
    world.deliverable(due_on=date(2026, 11, 1))  # late, no basis, no scope
    world.deliverable(stage=Stage.DRAFTING, source="a list of 2019")  # not checked
    world.deliverable(stage=Stage.PROPOSED)
    world.participant()
    found = _states(session)
    assert found["21b"].state is ClauseState.BREACHED
    assert found["21b"].sentence == "1 active deliverable has no approval on record"
    assert found["25b"].sentence == "1 deliverable is past its day"
    assert found["25b"].facts == "The longest since 1 Nov."
    assert found["26a"].sentence == "1 proposal waits for a decision"
    assert found["26g"].state is ClauseState.BREACHED
    assert found["27a"].sentence == "1 participant chose no deliverable"
    assert found["38"].sentence == "3 unpublished deliverables are closed to everybody else"


def test_a_participant_who_left_a_deliverable_has_chosen_none(world, session):
    work = world.deliverable(scope="s", approval_basis="B-26-01")
    person = world.participant(work)
    assert _states(session)["27a"].state is ClauseState.MET
    row = session.query(Contributor).filter_by(person_id=person.id).one()
    row.left_at = T0
    session.flush()
    assert _states(session)["27a"].state is ClauseState.DUE
