"""Stages, bases and proposals of deliverables, against models of their own (¶21, ¶26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.core.errors import Invalid, RuleViolation
from u4ssc_gov.deliverables import rules
from u4ssc_gov.deliverables.rules import DeliverableKind, DeliverableProposal, Stage

STAGES = st.sampled_from(list(Stage))
LETTERS = frozenset("abcdefghijklmno")
GOOD = DeliverableProposal("A title", DeliverableKind.REPORT, 1, ("b",), "What it covers", "", date(2027, 1, 1))
TODAY = date(2026, 11, 23)

# The moves of the life of a deliverable, written down by hand.
ALLOWED = {
    Stage.PROPOSED: {Stage.APPROVED, Stage.ON_HOLD, Stage.WITHDRAWN},
    Stage.APPROVED: {Stage.DRAFTING, Stage.ON_HOLD, Stage.WITHDRAWN},
    Stage.DRAFTING: {Stage.HARMONISING, Stage.ON_HOLD, Stage.WITHDRAWN},
    Stage.HARMONISING: {Stage.REVIEW, Stage.ON_HOLD, Stage.WITHDRAWN},
    Stage.REVIEW: {Stage.BOARD_APPROVAL, Stage.ON_HOLD, Stage.WITHDRAWN},
    Stage.BOARD_APPROVAL: {Stage.PUBLISHED, Stage.ON_HOLD, Stage.WITHDRAWN},
    Stage.PUBLISHED: set(),
    Stage.WITHDRAWN: set(),
}


@given(stage=STAGES, to=STAGES, approved=st.booleans())
def test_moves_are_those_of_the_table(stage, to, approved):
    resumed = {Stage.DRAFTING if approved else Stage.APPROVED, Stage.WITHDRAWN}
    expected = resumed if stage is Stage.ON_HOLD else ALLOWED[stage]
    assert (to in rules.next_stages(stage, is_approved=approved)) == (to in expected)
    basis = "B-26-03"
    if to in expected:
        rules.check_move(stage, to, basis, is_approved=approved)
    else:
        with pytest.raises(RuleViolation) as refused:
            rules.check_move(stage, to, basis, is_approved=approved)
        assert refused.value.code == "deliverables.stage.order"


@given(moves=st.lists(STAGES, max_size=12))
def test_no_way_leads_to_active_work_without_an_approval(moves):
    stage, approved = Stage.PROPOSED, False
    for to in moves:
        if to in rules.next_stages(stage, is_approved=approved):
            stage, approved = to, approved or to is Stage.APPROVED
        assert approved or stage not in rules.ACTIVE | {Stage.PUBLISHED}


@pytest.mark.parametrize(
    ("basis", "names"),
    [
        ("B-26-03", True),
        ("Ballot B-26-103 of 4 May", True),
        ("Annual meeting 2026, item 4", True),
        ("annual meeting", True),
        ("", False),
        ("The Board said so", False),
        ("D-26-03", False),
        ("XB-26-03", False),
    ],
)
def test_an_approval_names_a_ballot_or_an_annual_meeting(basis, names):
    assert rules.names_a_decision(basis) is names
    if names:
        rules.check_move(Stage.PROPOSED, Stage.APPROVED, basis, is_approved=False)
        return
    with pytest.raises(Invalid) as refused:
        rules.check_move(Stage.PROPOSED, Stage.APPROVED, basis, is_approved=False)
    assert refused.value.field == "basis"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"scope": ""}, "scope"),
        ({"scope": "x" * 4001}, "scope"),
        ({"summary": "x" * 4001}, "summary"),
        ({"objectives": ()}, "objectives"),
        ({"objectives": ("b", "z")}, "objectives"),
        ({"due_on": TODAY}, "due_on"),
    ],
)
def test_a_proposal_without_what_the_paragraph_requires_is_refused(changes, field):
    rules.check_proposal(GOOD, LETTERS, TODAY)
    with pytest.raises(Invalid) as refused:
        rules.check_proposal(replace(GOOD, **changes), LETTERS, TODAY)
    assert refused.value.field == field


@given(year=st.integers(2016, 2099), number=st.integers(1, 5000))
def test_codes_can_be_read_back(year, number):
    code = rules.code_of(year, number)
    assert rules.number_in(code) == number
    assert code.startswith(f"D-{year % 100:02}-")
    assert len(code) <= 20


@pytest.mark.parametrize("code", ["", "D", "D-26-x", "D-26-²", "nonsense"])
def test_other_codes_have_no_number(code):
    assert rules.number_in(code) == 0


def test_the_due_day_itself_still_counts():
    assert not rules.is_late(Stage.DRAFTING, TODAY, TODAY)
    assert rules.is_late(Stage.DRAFTING, date(2026, 11, 22), TODAY)
    assert not rules.is_late(Stage.PUBLISHED, date(2020, 1, 1), TODAY)
    assert not rules.is_late(Stage.DRAFTING, None, TODAY)


def test_every_kind_and_stage_has_a_name():
    assert set(rules.KIND_NAMES) == set(DeliverableKind)
    assert set(rules.STAGE_NAMES) == set(Stage)
