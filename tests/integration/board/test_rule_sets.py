"""Voting rules: set by the Secretariat until the Board decides on one, dated, frozen into each ballot (¶24)."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.integration.board import makers
from tests.integration.board.makers import code_of
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board import rule_sets, rules, services
from u4ssc_gov.board.models import RuleSet
from u4ssc_gov.board.rules import BallotType, Method, Visibility, default_rule
from u4ssc_gov.core.actor import SYSTEM

KIND, METHOD = BallotType.GUIDANCE, Method.VOTE


def in_force(world):
    return rule_sets.rule_in_force(world.session, KIND, METHOD, world.now)


def draft(world, rule, *, kind=KIND, method=METHOD, reason="Why.", at_once=True, actor=SYSTEM):
    return services.draft_rule_set(
        world.session, kind, method, rule, reason=reason, at_once=at_once, actor=actor, now=world.now
    )


def test_without_a_stored_rule_the_house_default_is_in_force_and_says_so(world):
    lines = rule_sets.list_rules(world.session, world.now)
    assert [(line.type, line.method) for line in lines] == [
        (kind, method) for kind in rules.DEFAULTS for method in rules.methods_of(kind)
    ]
    assert all(line.rule == default_rule(line.type, line.method) and line.in_force_at is None for line in lines)


def test_the_secretariat_sets_a_version_and_open_ballots_keep_theirs(world, clock):
    running = makers.open_one(world)
    drafted = makers.make_draft(world)
    clock.move(hours=1)
    row = makers.proposed_rule(world, at_once=True, min_approvals=7)
    assert (row.version, in_force(world).min_approvals, in_force(world).version) == (2, 7, 2)
    assert (running.rule["min_approvals"], running.rule["version"]) == (5, 1)
    assert drafted.rule["version"] == 1
    assert makers.make_draft(world).rule["version"] == 2
    clock.move(hours=-1)
    assert in_force(world).min_approvals == 5  # dated: before, another one held
    audited = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "board:rule:draft")).one()
    assert (audited.details["version"], audited.details["in_force"]) == (2, True)


@pytest.mark.parametrize(
    ("kind", "method", "change", "code"),
    [
        (BallotType.TOR_REVISION, Method.SILENCE, {}, "board.rule.method"),
        (BallotType.APPOINTMENT, Method.VOTE, {}, "board.rule.method"),
        (KIND, METHOD, {"minimum_hours": 71}, "board.rule.range"),
        (KIND, METHOD, {"pass_den": 0}, "board.rule.fraction"),
        (KIND, Method.SILENCE, {"visibility": Visibility.AT_CLOSE}, "board.rule.visibility"),
    ],
)
def test_a_rule_that_is_none_is_refused(world, kind, method, change, code):
    rule = replace(rules.VotingRule(), **change)
    assert code_of(draft, world, rule, kind=kind, method=method) == code
    assert world.session.scalars(select(RuleSet)).all() == []


def test_who_sets_a_rule_and_with_a_reason(world):
    for person in (world.mandate("WMO"), world.co_chair(), world.participant()):
        assert code_of(draft, world, rules.VotingRule(), actor=world.actor(person)) == "board.ballot.secretariat"
    assert code_of(draft, world, rules.VotingRule(), reason=" ") == "board.draft.reason_missing"


@pytest.mark.parametrize("is_approved", [True, False])
def test_once_the_board_has_decided_on_a_rule_only_the_board_does(world, is_approved):
    waiting = makers.proposed_rule(world, min_approvals=9)
    assert in_force(world).min_approvals == 5
    (line,) = [
        one for one in rule_sets.list_rules(world.session, world.now) if (one.type, one.method) == (KIND, METHOD)
    ]
    assert line.pending
    settle = lambda approved: services.settle_rule_set(  # noqa: E731
        world.session, waiting, is_approved=approved, basis="U4SSC/BM/2026/01", actor=SYSTEM, now=world.now
    )
    settle(is_approved)
    settle(not is_approved)  # a second time changes nothing
    assert in_force(world).min_approvals == (9 if is_approved else 5)
    assert (waiting.rejected_at is None) == is_approved
    assert code_of(makers.proposed_rule, world, at_once=True, min_approvals=1) == "board.rule.board_only"
    other = (BallotType.ACTION_PLAN, Method.VOTE)
    assert code_of(makers.proposed_rule, world, *other, at_once=True, min_approvals=1) == "board.rule.board_only"
    assert makers.proposed_rule(world, min_approvals=8).version == 3
    assert rule_sets.is_boards_alone(world.session)


def test_storing_the_house_defaults_twice_stores_them_once(world, clock):
    number = sum(len(methods) for methods in rules.DEFAULTS.values())
    assert services.store_defaults(world.session, actor=SYSTEM, now=world.now) == number
    assert services.store_defaults(world.session, actor=SYSTEM, now=world.now) == 0
    assert not rule_sets.is_boards_alone(world.session)
    assert in_force(world) == default_rule(KIND, METHOD)
    clock.move(seconds=1)
    assert makers.proposed_rule(world, at_once=True, min_approvals=6).version == 2
    assert [row.version for row in rule_sets.list_versions(world.session, KIND, METHOD)] == [2, 1]
    assert code_of(rule_sets.get_rule_set, world.session, 10**6) == "board.rule.unknown"


def test_of_two_versions_the_later_one_in_force_holds(world, clock):
    for approvals in (6, 7, 8):
        makers.proposed_rule(world, at_once=True, min_approvals=approvals)
    assert in_force(world).min_approvals == 8  # the same instant: the higher version
    clock.move(days=1)
    assert in_force(world).version == 4
