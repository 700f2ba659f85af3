"""Proposals, moves, groups and contributors: policy, rules, audit, mail (¶21, ¶26, ¶27a)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.clock import T0
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import ANONYMOUS, SYSTEM
from u4ssc_gov.core.errors import Forbidden, Invalid, RuleViolation
from u4ssc_gov.deliverables import queries, services
from u4ssc_gov.deliverables.models import Contributor, StageChange
from u4ssc_gov.deliverables.rules import DeliverableKind, DeliverableProposal, Stage
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.workflows import joining


@pytest.fixture
def group(world):
    return world.group("City platforms")


@pytest.fixture
def leader(world, group):
    return world.actor(world.leader(group))


@pytest.fixture
def proposal(world, group):
    world.objective("b")
    return DeliverableProposal("  Guidelines\n on platforms ", DeliverableKind.GUIDELINES, group.id, ("b",), "Scope")


def test_a_leader_proposes_for_the_own_group(world, session, leader, proposal):
    first = services.propose_deliverable(session, proposal, actor=leader, now=T0)
    second = services.propose_deliverable(session, proposal, actor=leader, now=T0)
    assert (first.code, second.code) == ("D-26-01", "D-26-02")
    assert first.title == "Guidelines on platforms"
    assert (first.stage, first.proposed_on) == (Stage.PROPOSED, date(2026, 11, 23))
    assert [o.letter for o in queries.list_objectives(session, first)] == ["b"]
    assert [c.stage for c in queries.list_stage_changes(session, first)] == [Stage.PROPOSED]
    actions = session.scalars(select(AuditRecord.action)).all()
    assert actions == ["deliverables:deliverable:propose"] * 2


def test_codes_go_on_after_the_highest_of_the_year(world, session, leader, proposal):
    world.deliverable(code="D-26-41")
    world.deliverable(code="D-25-99")
    assert services.propose_deliverable(session, proposal, actor=leader, now=T0).code == "D-26-42"


@pytest.mark.parametrize("who", ["other leader", "participant", "board", "chair", "nobody"])
def test_others_do_not_propose(world, session, proposal, who):
    people = {
        "other leader": lambda: world.leader(world.group()),
        "participant": world.participant,
        "board": lambda: world.mandate("WMO"),
        "chair": world.co_chair,
    }
    actor = world.actor(people[who]()) if who in people else ANONYMOUS
    with pytest.raises(Forbidden):
        services.propose_deliverable(session, proposal, actor=actor, now=T0)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " \x07 "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"scope": "\u202e"}, "scope"),
        ({"objectives": ("o",)}, "objectives"),
        ({"due_on": date(2026, 11, 23)}, "due_on"),
        ({"group_id": 999_999}, "group_id"),
    ],
)
def test_a_bad_proposal_names_its_field(world, session, proposal, changes, field):
    with pytest.raises(Invalid) as refused:
        services.propose_deliverable(session, replace(proposal, **changes), actor=SYSTEM, now=T0)
    assert refused.value.field == field


def test_the_life_of_a_deliverable(world, session, leader, proposal):
    officer = world.actor(world.officer())
    work = services.propose_deliverable(session, proposal, actor=leader, now=T0)
    with pytest.raises(Forbidden):  # a leader does not record the Board's decision
        services.move_stage(session, work, Stage.APPROVED, basis="B-26-03", actor=leader, now=T0)
    with pytest.raises(Invalid):
        services.move_stage(session, work, Stage.APPROVED, basis="we said so", actor=officer, now=T0)
    services.move_stage(session, work, Stage.APPROVED, basis=" B-26-03 ", actor=officer, now=T0)
    assert work.approval_basis == "B-26-03"
    for stage in (Stage.DRAFTING, Stage.HARMONISING, Stage.REVIEW, Stage.BOARD_APPROVAL):
        services.move_stage(session, work, stage, basis="", actor=leader, now=T0)
    with pytest.raises(Forbidden):
        services.move_stage(session, work, Stage.PUBLISHED, basis="", actor=leader, now=T0)
    services.move_stage(session, work, Stage.PUBLISHED, basis="B-26-09", actor=SYSTEM, now=T0)
    assert work.published_on == date(2026, 11, 23)
    with pytest.raises(RuleViolation):
        services.move_stage(session, work, Stage.DRAFTING, basis="", actor=officer, now=T0)
    assert session.scalar(select(func.count(StageChange.id))) == 7


def test_a_proposal_put_on_hold_still_needs_its_approval(world, session, leader, proposal):
    work = services.propose_deliverable(session, proposal, actor=leader, now=T0)
    services.move_stage(session, work, Stage.ON_HOLD, basis="", actor=leader, now=T0)
    with pytest.raises(RuleViolation):
        services.move_stage(session, work, Stage.DRAFTING, basis="", actor=SYSTEM, now=T0)


def test_a_leader_of_another_group_moves_nothing(world, session):
    work = world.deliverable()
    stranger = world.actor(world.leader(world.group()))
    with pytest.raises(Forbidden):
        services.move_stage(session, work, Stage.HARMONISING, basis="", actor=stranger, now=T0)


def test_a_tenure_that_ended_leads_no_more(world, session, group, clock):
    person = world.leader(group, starts_on=date(2025, 11, 24), ends_on=date(2026, 11, 24))
    work = world.deliverable(group)
    services.move_stage(session, work, Stage.HARMONISING, basis="", actor=world.actor(person), now=T0)
    clock.move(hours=14)  # midnight in Geneva is an hour before this
    with pytest.raises(Forbidden):
        services.move_stage(session, work, Stage.REVIEW, basis="", actor=world.actor(person), now=clock.now())


def test_groups_are_opened_by_the_secretariat(world, session):
    officer = world.actor(world.officer())
    parent = services.add_group(session, name="AI in cities", actor=officer, now=T0)
    child = services.add_group(session, name="WG 1", code="ai-wg1", parent=parent, actor=officer, now=T0)
    assert (parent.code, child.parent_id) == ("ai-in-cities", parent.id)
    with pytest.raises(Invalid):
        services.add_group(session, name="AI in cities", actor=officer, now=T0)
    with pytest.raises(Invalid):
        services.add_group(session, name=" ", actor=officer, now=T0)
    with pytest.raises(Forbidden):
        services.add_group(session, name="Mine", actor=world.actor(world.participant()), now=T0)


def test_joining_tells_leaders_and_secretariat_once(world, session, group, leader):
    world.officer("UNECE")
    world.officer("ITU")
    work = world.deliverable(group)
    person = world.participant()
    assert joining.contribute(session, work, actor=world.actor(person), now=T0)
    assert not joining.contribute(session, work, actor=world.actor(person), now=T0)
    mails = session.scalars(select(OutboxMessage)).all()
    assert len(mails) == 3
    assert {m.subject for m in mails} == {f"{person.full_name} contributes to {work.code}"}
    assert all(work.title in m.text and work.title in m.html for m in mails)
    assert all(f"/deliverables/{work.code}" in m.text for m in mails)
    assert work.id in world.actor(person).contributes_to
    assert session.scalars(select(AuditRecord.action)).all() == ["deliverables:contributor:join"]


def test_leaving_and_coming_back(world, session):
    work = world.deliverable()
    person = world.participant()
    joining.contribute(session, work, actor=world.actor(person), now=T0)
    services.leave_deliverable(session, work, actor=world.actor(person), now=T0 + timedelta(days=1))
    services.leave_deliverable(session, work, actor=world.actor(person), now=T0 + timedelta(days=1))
    assert work.id not in world.actor(person).contributes_to
    assert joining.contribute(session, work, actor=world.actor(person), now=T0 + timedelta(days=2))
    assert session.scalar(select(func.count(Contributor.id))) == 2


@pytest.mark.parametrize("stage", [Stage.PROPOSED, Stage.PUBLISHED, Stage.ON_HOLD, Stage.WITHDRAWN])
def test_only_active_work_takes_contributors(world, session, stage):
    work = world.deliverable(stage=stage)
    with pytest.raises(RuleViolation):
        services.join_deliverable(session, work, actor=world.actor(world.participant()), now=T0)


def test_who_takes_no_part_cannot_choose(world, session):
    work = world.deliverable()
    for actor in (ANONYMOUS, SYSTEM, world.actor(world.person()), world.actor(world.officer())):
        with pytest.raises(Forbidden):
            services.join_deliverable(session, work, actor=actor, now=T0)
