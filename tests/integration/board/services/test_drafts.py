"""A draft is prepared by the Secretariat: refused, cleaned, saved, numbered."""

from datetime import timedelta

import pytest

from tests.clock import T0
from tests.integration.board import makers
from tests.integration.board.makers import code_of
from tests.integration.board.services.helpers import TICK
from u4ssc_gov.board import queries, services
from u4ssc_gov.board.rules import BallotType, Method, VotingRule, default_rule
from u4ssc_gov.board.services import CandidateDraft
from u4ssc_gov.core.actor import SYSTEM


def test_codes_count_up_within_a_year_without_gaps(world, clock):
    first = [makers.make_draft(world).code for _ in range(3)]
    clock.move(days=60)  # January 2027
    assert first == ["B-26-01", "B-26-02", "B-26-03"]
    assert makers.make_draft(world).code == "B-27-01"


def test_the_year_of_a_code_is_genevas(world, clock):
    clock.set(clock.now().replace(month=12, day=31, hour=23, minute=30))  # already 2027 in Geneva
    assert makers.make_draft(world).code == "B-27-01"


def test_only_the_secretariat_prepares(world):
    officer, member = world.officer(), world.mandate("WMO")
    draft = makers.draft_of()
    assert services.draft_ballot(world.session, draft, actor=world.actor(officer), now=world.now).code == "B-26-01"
    for person in (member, world.participant(), world.co_chair()):
        actor = world.actor(person)
        assert code_of(services.draft_ballot, world.session, draft, actor=actor, now=world.now) == (
            "board.ballot.secretariat"
        )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": "  \u202e "}, "board.draft.title_missing"),
        ({"title": "x" * 201}, "board.draft.title_long"),
        ({"decision_text": "\x00"}, "board.draft.decision_text_missing"),
        ({"decision_text": "x" * 8001}, "board.draft.decision_text_long"),
        ({"if_approved": "x" * 601}, "board.draft.if_approved_long"),
        ({"if_not_approved": "x" * 601}, "board.draft.if_not_approved_long"),
        ({"documents": tuple(makers.paper() for _ in range(6))}, "board.draft.documents"),
        ({"method": Method.ELECTION}, "board.draft.method"),
        ({"rule": VotingRule(method=Method.ELECTION)}, "board.draft.method"),
        ({"rule": VotingRule(), "method": Method.SILENCE}, "board.draft.method"),
        ({"closes_at": T0 + timedelta(hours=72) - TICK}, "board.ballot.too_short"),
        ({"type": BallotType.KPI_SET}, "board.draft.no_consequence"),  # nothing of the platform could carry it out
        ({"type": BallotType.DELIVERABLE}, "board.draft.deliverable_id"),
        ({"type": BallotType.DELIVERABLE, "deliverable_id": 999}, "board.draft.deliverable_id"),
        ({"type": BallotType.ACTION_PLAN}, "board.draft.plan_id"),
        ({"type": BallotType.ACTION_PLAN, "plan_id": 999}, "board.draft.plan_id"),
        ({"type": BallotType.TOR_REVISION}, "board.draft.terms_document_id"),
        ({"type": BallotType.TOR_REVISION, "method": Method.SILENCE}, "board.draft.terms_document_id"),
        ({"type": BallotType.RULE_SET}, "board.draft.rule_set_id"),
        ({"type": BallotType.APPOINTMENT}, "board.draft.office_id"),
        ({"type": BallotType.APPOINTMENT, "renewal_id": 999}, "board.draft.renewal"),
    ],
)
def test_refused_drafts(world, fields, code):
    assert code_of(makers.make_draft, world, **fields) == code


def test_a_subject_that_is_not_the_boards_to_decide_now_is_refused_at_drafting(world):
    """What could not take effect at closing is not put to the Board in the first place."""
    world.partners()
    in_force, settled = makers.proposed_terms(world, is_proposal=False), makers.proposed_terms(world)
    settled.rejected_at = world.now
    adopted = makers.draft_plan(world)
    adopted.adopted_at, adopted.adoption_basis = world.now, "B-26-00"
    rule = makers.proposed_rule(world, at_once=True, min_approvals=7)
    world.session.flush()
    for fields, code in (
        (makers.terms_fields(world, in_force), "board.draft.terms_document_id"),
        (makers.terms_fields(world, settled), "board.draft.terms_document_id"),
        (makers.plan_fields(world, adopted), "board.draft.plan_id"),
        (makers.rule_fields(world, rule), "board.draft.rule_set_id"),
    ):
        assert code_of(makers.make_draft, world, **fields) == code


def test_a_draft_keeps_its_own_subject_only(world):
    deliverable, plan = world.deliverable(), makers.draft_plan(world)
    ballot = makers.make_draft(
        world, **makers.silence_fields(world, deliverable), plan_id=plan.id, posts=3, candidates=(CandidateDraft(1, 1),)
    )
    assert (ballot.deliverable_id, ballot.plan_id, ballot.posts, ballot.candidate_count) == (deliverable.id, None, 0, 0)
    assert (ballot.method, ballot.rule) == (Method.SILENCE, default_rule(BallotType.DELIVERABLE).as_json())
    changed = makers.draft_of(**makers.plan_fields(world, plan))
    services.update_draft(world.session, ballot, changed, expected_version=ballot.version, actor=SYSTEM, now=world.now)
    assert (ballot.deliverable_id, ballot.plan_id, ballot.method) == (None, plan.id, Method.VOTE)


def test_a_page_sent_twice_is_one_draft(world):
    first = makers.make_draft(world, form_key="k" * 32)
    assert makers.make_draft(world, form_key="k" * 32, title="Other") is first
    assert makers.make_draft(world, form_key="j" * 32) is not first


def test_text_is_cleaned(world):
    ballot = makers.make_draft(world, title="Appoint\r\n\x07 <b>A</b>", decision_text="One.\r\n\r\n=Two\x00")
    assert ballot.title == "Appoint <b>A</b>"
    assert ballot.decision_text == "One.\n\n=Two"


def test_a_save_never_overwrites_a_newer_one(world):
    ballot = makers.make_draft(world)
    seen = ballot.version
    draft = makers.draft_of(title="First")
    services.update_draft(world.session, ballot, draft, expected_version=seen, actor=SYSTEM, now=world.now)
    late = makers.draft_of(title="Second")
    assert code_of(
        services.update_draft, world.session, ballot, late, expected_version=seen, actor=SYSTEM, now=world.now
    ) == ("board.draft.stale")
    assert ballot.title == "First"


def test_documents_of_a_draft_come_and_go(world):
    ballot = makers.make_draft(world, documents=(makers.paper("One"), makers.paper("Two")))
    first = queries.list_papers(world.session, ballot.id)[0]
    services.update_draft(
        world.session,
        ballot,
        makers.draft_of(documents=(makers.paper("Three"), makers.paper("", "cv of the candidate.pdf"))),
        expected_version=ballot.version,
        removed=frozenset({first.id, 10**9}),
        actor=SYSTEM,
        now=world.now,
    )
    assert [p.title for p in queries.list_papers(world.session, ballot.id)] == ["Two", "Three", "cv of the candidate"]
