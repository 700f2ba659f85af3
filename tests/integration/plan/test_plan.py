"""The Action Plan: services, page, form, duties and findings (¶20d, ¶22, ¶23a)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.clock import T0
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import SYSTEM, OfficeKind
from u4ssc_gov.core.duty import ClauseState
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, RuleViolation
from u4ssc_gov.deliverables.models import DeliverableObjective
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.plan import duties, services
from u4ssc_gov.plan.models import ActionPlan, PlanEntry
from u4ssc_gov.plan.rules import EntryDraft

ENTRY = EntryDraft("Webinar", "b", "ITU", "Two webinars", "May")
FORM = {"title": "Guidelines", "objective": "b", "expected_result": "A guideline", "lead": "", "period": ""}


@pytest.fixture
def plan(world, session):
    world.objective("b")
    return services.open_plan(session, 2027, actor=SYSTEM, now=T0 - timedelta(days=5))


def test_who_opens_the_draft(world, session):
    for person in (
        world.leader(world.group()),
        world.mandate("WMO"),
        world.participant(),
    ):
        with pytest.raises(Forbidden):
            services.open_plan(session, 2027, actor=world.actor(person), now=T0)
    makers = (world.officer(), world.co_chair(), world.tenure(world.office(OfficeKind.IP_LEADER)))
    for year, person in enumerate(makers, start=2027):
        services.open_plan(session, year, actor=world.actor(person), now=T0)
    with pytest.raises(Conflict):
        services.open_plan(session, 2027, actor=SYSTEM, now=T0)
    with pytest.raises(Invalid):
        services.open_plan(session, 10**12, actor=SYSTEM, now=T0)
    assert session.scalar(select(func.count(AuditRecord.id))) == 3


def test_entries_take_the_deliverables_code_or_the_next_activity(world, session, plan):
    work = world.deliverable(code="D-26-04")
    codes = [
        services.add_entry(session, plan, entry, actor=SYSTEM, now=T0).code
        for entry in (ENTRY, ENTRY, replace(ENTRY, deliverable_id=work.id))
    ]
    assert codes == ["A-27-01", "A-27-02", "D-26-04"]
    with pytest.raises(Invalid) as refused:
        services.add_entry(session, plan, replace(ENTRY, deliverable_id=work.id), actor=SYSTEM, now=T0)
    assert refused.value.field == "deliverable_id"
    with pytest.raises(Invalid):
        services.add_entry(session, plan, replace(ENTRY, deliverable_id=999_999), actor=SYSTEM, now=T0)


def test_leaders_add_their_own_deliverables_only(world, session, plan):
    group = world.group()
    mine, other = world.deliverable(group), world.deliverable()
    leader = world.actor(world.leader(group))
    services.add_entry(session, plan, replace(ENTRY, deliverable_id=mine.id), actor=leader, now=T0)
    for entry in (ENTRY, replace(ENTRY, deliverable_id=other.id)):
        with pytest.raises(Forbidden):
            services.add_entry(session, plan, entry, actor=leader, now=T0)
    with pytest.raises(Forbidden):
        services.add_entry(session, plan, ENTRY, actor=world.actor(world.participant()), now=T0)


def test_an_adopted_plan_takes_no_entry(session, plan):
    plan.adopted_at = T0
    with pytest.raises(RuleViolation):
        services.add_entry(session, plan, ENTRY, actor=SYSTEM, now=T0)


def test_the_page_groups_by_objective_and_hides_what_is_confidential(world, session, plan, sign_in):
    work = world.deliverable(title="Own title", due_on=date(2027, 3, 1))
    entry = replace(ENTRY, title="Planned work", deliverable_id=work.id)
    services.add_entry(session, plan, entry, actor=SYSTEM, now=T0)
    session.add(ActionPlan(year=2026, drafted_at=T0, adopted_at=T0, adoption_basis="B-25-19"))
    reader, board = world.person(), world.mandate("WMO")
    world.commit()
    page = sign_in(reader).get("/action-plan").text
    assert "Action Plan 2027" in page
    assert "Draft: not adopted yet" in page
    assert "Planned work" in page
    assert "Objective b" in page
    assert f"/deliverables/{work.code}" not in page
    assert "Add an entry" not in page
    assert f"/deliverables/{work.code}" in sign_in(board).get("/action-plan").text
    assert "was adopted before this platform" not in page  # the plan of this year is here
    old = sign_in(reader).get("/action-plan?year=2026").text
    assert "B-25-19" in old
    assert "Action Plan 2027" in sign_in(reader).get("/action-plan?year=1%00").text


def test_without_a_plan_the_page_says_so(world, sign_in):
    reader = world.person()
    world.commit()
    page = sign_in(reader).get("/action-plan").text
    assert "No Action Plan is on record yet" in page
    assert "The plan of 2026 is not on record here" in page


@pytest.mark.parametrize("number", [1, 80])
def test_the_page_takes_five_statements(world, session, plan, sign_in, count_statements, number):
    for _ in range(number):
        services.add_entry(session, plan, ENTRY, actor=SYSTEM, now=T0)
    reader = world.officer()
    world.commit()
    browser = sign_in(reader)
    with count_statements() as seen:
        assert browser.get("/action-plan").status_code == 200
    assert len(seen) == 5


def test_a_leader_adds_an_entry_from_the_page(world, plan, sign_in, runtime):
    group = world.group()
    work = world.deliverable(group, title="Flood-ready twins")
    leader = world.leader(group)
    world.commit()
    browser = sign_in(leader)
    page = browser.get(f"/action-plan/2027/entries/new?deliverable={work.code}").text
    assert 'value="Flood-ready twins"' in page
    sent = browser.send("/action-plan/2027/entries/new", {**FORM, "deliverable_id": str(work.id)})
    assert (sent.status_code, sent.location) == (303, "/action-plan?year=2027")
    again = browser.send("/action-plan/2027/entries/new", {**FORM, "deliverable_id": str(work.id)})
    assert again.status_code == 422  # a double click: the deliverable is no longer a choice
    with runtime.database.read() as session:
        assert session.scalars(select(PlanEntry.code)).all() == [work.code]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "x" * 201},
        {"title": "\x00\x07"},
        {"expected_result": ""},
        {"expected_result": "x" * 601},
        {"objective": "z"},
        {"objective": ""},
        {"deliverable_id": "999999999999999999999"},
        {"deliverable_id": "drop table"},
        {"deliverable_id": ""},
        {"period": "x" * 61},
    ],
)
def test_the_form_refuses_and_keeps_what_was_typed(world, plan, sign_in, runtime, changes):
    group = world.group()
    work = world.deliverable(group)
    leader = world.leader(group)
    world.commit()
    data = {**FORM, "deliverable_id": str(work.id), "lead": "<b>Somebody</b>", **changes}
    page = sign_in(leader).send("/action-plan/2027/entries/new", data)
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert "&lt;b&gt;Somebody&lt;/b&gt;" in page.text
    with runtime.database.read() as session:
        assert session.scalar(select(func.count(PlanEntry.id))) == 0


def test_who_may_not_add_and_when(world, session, plan, sign_in):
    session.add(ActionPlan(year=2026, drafted_at=T0, adopted_at=T0))
    somebody, officer = world.participant(), world.officer()
    world.commit()
    url = "/action-plan/2027/entries/new"
    assert sign_in(somebody).get(url).status_code == 403
    assert sign_in(somebody).send(url, FORM).status_code == 403
    browser = sign_in(officer)
    assert browser.get("/action-plan/2026/entries/new").status_code == 409
    assert browser.get("/action-plan/1999/entries/new").status_code == 404
    assert browser.get("/action-plan/99999999999999999999/entries/new").status_code == 404
    assert browser.send(url, {**FORM, "deliverable_id": ""}).status_code == 303


def test_leaders_owe_entries_for_what_the_draft_lacks(world, session, plan):
    group = world.group()
    planned, missing = world.deliverable(group), world.deliverable(group)
    world.deliverable(group, stage=Stage.PUBLISHED)
    leader = world.actor(world.leader(group))
    services.add_entry(session, plan, replace(ENTRY, deliverable_id=planned.id), actor=leader, now=T0)
    (duty,) = duties.duties(session, actor=leader, now=T0)
    assert duty.args == {"year": 2027, "deliverable": missing.code}
    assert duties.duties(session, actor=world.actor(world.officer()), now=T0) == []
    plan.adopted_at = T0
    session.flush()
    assert duties.duties(session, actor=leader, now=T0) == []


def _states(session, now=T0):
    return {finding.clause: finding for finding in duties.clause_findings(session, now=now)}


def test_the_next_plan_is_looked_for_in_time(session):
    assert _states(session, T0.replace(month=3))["20d"].state is ClauseState.STATED
    assert _states(session)["20d"].state is ClauseState.DUE
    assert _states(session)["23a"].sentence == "The 2027 plan is not adopted; 38 days left"
    assert _states(session)["23a"].state is ClauseState.BREACHED  # 2026 has no adopted plan either
    session.add(ActionPlan(year=2026, drafted_at=T0, adopted_at=T0))
    session.flush()
    assert _states(session)["23a"].state is ClauseState.DUE
    assert _states(session, T0.replace(month=3))["23a"].sentence == "The 2026 plan is adopted"
    session.add(ActionPlan(year=2027, drafted_at=T0, adopted_at=T0))
    session.flush()
    assert _states(session)["23a"].state is ClauseState.MET


def test_objectives_are_named_and_served(world, session, plan):
    work = world.deliverable()
    assert _states(session)["22a–o"].sentence == "1 active deliverable names no objective"
    session.add(DeliverableObjective(deliverable_id=work.id, letter="b"))
    session.flush()
    assert _states(session)["22a–o"].state is ClauseState.MET
    assert _states(session)["23g"].sentence == "1 of 1 objective is served by active work"
    world.objective("c")
    assert _states(session)["23g"].state is ClauseState.DUE


@pytest.mark.parametrize("number", [0, 30])
def test_duties_and_findings_in_fixed_statements(world, session, plan, count_statements, number):
    group = world.group()
    leader = world.actor(world.leader(group))
    for _ in range(number):
        world.deliverable(group)
    for ask in (
        lambda: duties.duties(session, actor=leader, now=T0),
        lambda: duties.clause_findings(session, now=T0),
        lambda: duties.work_findings(session, now=T0),
    ):
        with count_statements() as seen:
            ask()
        assert len(seen) == 1


def test_work_findings_hold_both_rooms(session):
    clauses = {finding.clause for finding in duties.work_findings(session, now=T0)}
    assert {"20d", "22a–o", "23a", "23g", "21b", "25b", "26a", "26g", "27a", "36", "38"} == clauses
