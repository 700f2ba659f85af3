"""What a decision sets in motion, both ways and once: chairs, deliverables, plans, Terms, rules (¶20 to ¶24)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.integration.board import makers
from tests.integration.board.makers import STARTS_ON, code_of, events
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board import history, rule_sets, services
from u4ssc_gov.board.queries import state_of
from u4ssc_gov.board.rules import BallotOutcome, BallotState, BallotType, Method
from u4ssc_gov.charter import queries as charter
from u4ssc_gov.core.actor import SYSTEM, OfficeKind
from u4ssc_gov.deliverables.models import StageChange
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.tenures import services as tenures
from u4ssc_gov.tenures.models import Renewal, Tenure
from u4ssc_gov.tenures.rules import EndReason, Route
from u4ssc_gov.workflows import outcomes

DAY = timedelta(days=1)
YES, NO = "y" * 9, "yyyyyxxxxxx"


@pytest.fixture
def people(world):
    return makers.everybody(world)


def decided(world, clock, people, answers, **fields):
    """A ballot that was answered, closed and certified with its consequence."""
    ballot = makers.open_one(world, days=14, **fields)
    makers.answer(world, ballot, people, answers)
    clock.set(max(ballot.closes_at, world.now))
    return outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)


def again(world, ballot):
    """Certify a second time: nothing may change."""
    count = lambda: world.session.scalar(select(func.count(AuditRecord.id)))  # noqa: E731
    before = count()
    outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)
    assert count() == before


def audited(world, action):
    return world.session.scalars(select(AuditRecord).where(AuditRecord.action == action)).all()


def blocked(world, ballot):
    return [one.text for one in history.list_events(world.session, ballot.id) if one.kind == "consequence_blocked"]


def served(world):
    return world.session.scalars(select(Tenure).order_by(Tenure.id)).all()


# ── appointments ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_whoever_is_elected_serves_one_year_from_the_stated_day(world, clock, people):
    fields = makers.election_fields(world, 3, posts=2)
    ballot = decided(world, clock, people, "", **fields)
    assert (ballot.outcome, served(world)) == (BallotOutcome.NO_QUORUM, [])
    ballot = makers.open_election(world, 3, posts=2)
    for acronym, names in zip(people, [(1, 3)] * 9, strict=False):
        makers.cast(world, ballot, people[acronym], acronym, candidates=names)
    clock.set(ballot.closes_at)
    services.record_outcome(world.session, ballot, now=world.now)
    assert served(world) == []  # an outcome that nobody certified carries nothing out
    outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)
    found = served(world)
    assert [(one.starts_on, one.ends_on, one.basis, one.route) for one in found] == [
        (STARTS_ON, date(2028, 1, 1), ballot.code, Route.BOARD_DECISION)
    ] * 2
    assert [one.nominated_by_id for one in found] == [world.partner(name).id for name in ("ITU", "CBD")]
    assert sorted(one.seat for one in found) == [1, 2]
    again(world, ballot)
    assert len(served(world)) == 2


def test_an_election_that_fills_one_of_two_posts_starts_one_tenure(world, clock, people):
    ballot = decided(world, clock, people, "11111o22o", **makers.election_fields(world, 2, posts=2))
    assert (ballot.outcome, len(served(world))) == (BallotOutcome.PARTLY, 1)


@pytest.mark.parametrize("answers", ["11112222x", "x" * 9, "111"])
def test_nobody_elected_nobody_serves(world, clock, people, answers):
    ballot = decided(world, clock, people, answers, **makers.election_fields(world))
    assert ballot.decision_number
    assert served(world) == []
    assert blocked(world, ballot) == []


def test_a_decision_certified_late_starts_today(world, clock, people):
    ballot = makers.open_election(world, 1)
    makers.answer(world, ballot, people, "1" * 9)
    clock.set(ballot.closes_at + 60 * DAY)
    outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)
    assert [one.starts_on for one in served(world)] == [world.now.date()]


def test_a_seat_filled_meanwhile_blocks_the_tenure_and_the_certification_stands(world, clock, people):
    ballot = makers.open_election(world, 1)
    makers.answer(world, ballot, people, "1" * 9)
    office = world.office(OfficeKind.CO_CHAIR, seats=2)
    for seat in (1, 2):
        world.tenure(office, starts_on=STARTS_ON, seat=seat)
    clock.set(ballot.closes_at)
    outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)
    assert (ballot.decision_number, ballot.outcome) == ("U4SSC/BM/2026/01", BallotOutcome.APPROVED)
    assert len(served(world)) == 2
    assert blocked(world, ballot) == ["No seat of Co-Chair is free during that time (¶20, ¶34)."]
    assert audited(world, "board:outcome:block")[0].details["reason"] == "tenures.tenure.no_seat"
    again(world, ballot)
    assert len(blocked(world, ballot)) == 1


def test_one_seat_filled_meanwhile_stops_one_of_two_tenures(world, clock, people):
    ballot = makers.open_election(world, 2, posts=2)
    for acronym in list(people)[:9]:
        makers.cast(world, ballot, people[acronym], acronym, candidates=(1, 2))
    world.tenure(world.office(OfficeKind.CO_CHAIR, seats=2), starts_on=STARTS_ON)
    clock.set(ballot.closes_at)
    outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)
    assert (ballot.elected, len(served(world)), len(blocked(world, ballot))) == ([1, 2], 2, 1)


@pytest.fixture
def renewal(world):
    """The renewal that was asked for a Co-Chair in office, whom ITU nominated."""
    world.partners()
    office = world.office(OfficeKind.CO_CHAIR, seats=2)
    act = {"actor": SYSTEM, "now": world.now}
    tenure = tenures.start_tenure(
        world.session, office, world.person("Co-Chair"),
        starts_on=date(2026, 1, 1), route=Route.BOARD_DECISION, basis="B-25-07",
        nominated_by_id=world.partner("ITU").id, **act,
    )  # fmt: skip
    return tenures.request_renewal(world.session, tenure, actor=world.actor(world.officer()), now=world.now)


def renewing(renewal):
    return {"type": BallotType.APPOINTMENT, "title": "Renew the Co-Chair", "renewal_id": renewal.id}


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [("1" * 9, BallotOutcome.APPROVED), ("1xxxxxxxxx", BallotOutcome.NOT_APPROVED), ("11", BallotOutcome.NO_QUORUM)],
)
def test_a_renewal_follows_the_old_tenure_or_lets_it_end(world, clock, people, renewal, answers, outcome):
    ballot = decided(world, clock, people, answers, **renewing(renewal))
    assert (ballot.outcome, ballot.posts, ballot.starts_on) == (outcome, 1, STARTS_ON)
    assert renewal.closed_at == world.now
    following = served(world)[1:]
    assert [(one.starts_on, one.predecessor_id, one.basis) for one in following] == (
        [(STARTS_ON, renewal.tenure_id, ballot.code)] if outcome is BallotOutcome.APPROVED else []
    )
    again(world, ballot)


def test_a_renewal_whose_seat_was_filled_meanwhile_is_written_into_the_history(world, clock, people, renewal):
    ballot = makers.open_one(world, days=14, **renewing(renewal))
    makers.answer(world, ballot, people, "1" * 9)
    office = world.office(OfficeKind.CO_CHAIR)
    for seat in (1, 2):
        world.tenure(office, starts_on=STARTS_ON, seat=seat)
    clock.set(ballot.closes_at)
    outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)
    assert ballot.decision_number == "U4SSC/BM/2026/01"
    assert (renewal.closed_at, renewal.result_tenure_id) == (world.now, None)
    assert blocked(world, ballot) == ["No seat of Co-Chair is free during that time (¶20, ¶34)."]
    assert audited(world, "tenures:renewal:block")[0].details["basis"] == ballot.code
    assert len(served(world)) == 3
    again(world, ballot)


def test_annulling_an_election_ends_what_rests_on_it(world, clock, people):
    ballot = decided(world, clock, people, "11111122o", **makers.election_fields(world, 2))
    asker, other = world.officer("UNECE"), world.officer("ITU")
    services.ask_annulment(world.session, ballot, reason="Wrong electors.", actor=world.actor(asker), now=world.now)
    for _ in range(2):
        outcomes.annul(world.session, ballot, actor=world.actor(other), now=world.now)
    assert state_of(ballot, world.now) is BallotState.ANNULLED
    (tenure,) = served(world)
    assert (tenure.ends_on, tenure.end_reason) == (STARTS_ON, EndReason.REMOVED)  # it never begins
    assert world.session.scalar(select(func.count(Renewal.id))) == 0


# ── the other subjects ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stage", "answers", "after"),
    [
        (Stage.PROPOSED, YES, Stage.APPROVED),
        (Stage.PROPOSED, NO, Stage.PROPOSED),
        (Stage.BOARD_APPROVAL, NO, Stage.REVIEW),
        (Stage.BOARD_APPROVAL, YES, Stage.BOARD_APPROVAL),
        (Stage.DRAFTING, YES, Stage.DRAFTING),
    ],
)
def test_a_deliverable_moves_or_goes_back_and_no_comment_goes_with_it(world, clock, people, stage, answers, after):
    deliverable = world.deliverable(stage=stage)
    fields = {**makers.silence_fields(world, deliverable), "method": Method.VOTE}
    ballot = decided(world, clock, people, answers, **fields)
    assert deliverable.stage is after
    approves = (stage, answers) == (Stage.PROPOSED, YES)
    assert (deliverable.approval_basis or "") == (ballot.code if approves else "")
    (note,) = world.session.scalars(select(StageChange).where(StageChange.deliverable_id == deliverable.id)).all()
    assert note.basis == ballot.code  # what was written with a vote stays on the ballot
    again(world, ballot)


@pytest.mark.parametrize("objects", [False, True])
def test_a_silence_adopts_a_deliverable_or_does_not(world, clock, people, objects):
    deliverable = world.deliverable(stage=Stage.PROPOSED)
    ballot = makers.open_silence(world, deliverable=deliverable)
    if objects:
        makers.object_to(world, ballot, people["WMO"], "WMO")
    clock.set(ballot.closes_at)
    outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)
    assert deliverable.stage is (Stage.PROPOSED if objects else Stage.APPROVED)


@pytest.mark.parametrize("answers", [YES, NO])
def test_an_action_plan_is_adopted_once_or_stays_a_draft(world, clock, people, answers):
    plan = makers.draft_plan(world)
    ballot = decided(world, clock, people, answers, **makers.plan_fields(world, plan))
    is_adopted = answers == YES
    assert (plan.adopted_at, plan.adoption_basis or "") == ((world.now, ballot.code) if is_adopted else (None, ""))
    if not is_adopted:
        assert audited(world, "plan:plan:return")[0].details == {"year": plan.year, "basis": ballot.code}
        return
    again(world, ballot)
    assert makers.code_of(makers.open_one, world, **makers.plan_fields(world, plan)) == "board.draft.plan_id"


@pytest.mark.parametrize(("answers", "shown"), [("y" * 11, "proposal"), ("y" * 10, "before")])
def test_a_revision_of_the_terms_is_in_force_or_stays_a_proposal(world, clock, people, answers, shown):
    before = makers.proposed_terms(world, is_proposal=False)
    before.title = "Terms of Reference 2019"
    clock.move(hours=1)
    proposal = makers.proposed_terms(world)
    page = lambda: charter.load_charter(world.session)[1].title  # noqa: E731 - what the terms page shows as official
    ballot = makers.open_one(world, days=28, **makers.terms_fields(world, proposal))
    makers.answer(world, ballot, people, answers)
    assert page() == "Terms of Reference 2019"
    clock.set(ballot.closes_at)
    outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)
    is_approved = shown == "proposal"
    assert page() == ("Terms of Reference 2027" if is_approved else "Terms of Reference 2019")
    assert (proposal.in_force_at, proposal.rejected_at, proposal.is_proposal) == (
        (world.now, None, False) if is_approved else (None, world.now, True)
    )
    assert proposal.basis == ballot.code
    again(world, ballot)


@pytest.mark.parametrize(("answers", "approvals"), [(YES, 7), (NO, 5)])
def test_a_new_rule_is_in_force_by_its_decision_number_or_never(world, clock, people, answers, approvals):
    row = makers.proposed_rule(world, min_approvals=7)
    ballot = decided(world, clock, people, answers, **makers.rule_fields(world, row))
    rule = rule_sets.rule_in_force(world.session, BallotType.GUIDANCE, Method.VOTE, world.now)
    assert rule.min_approvals == approvals
    assert (row.basis, row.rejected_at is None) == (ballot.decision_number, answers == YES)
    assert code_of(makers.proposed_rule, world, at_once=True, min_approvals=6) == "board.rule.board_only"
    again(world, ballot)


@pytest.mark.parametrize("answers", [YES, NO])
def test_guidance_stands_in_the_register_and_moves_nothing(world, clock, people, answers):
    ballot = decided(world, clock, people, answers)
    assert ballot.decision_number == "U4SSC/BM/2026/01"
    assert events(world.session, ballot)[-2:] == ["closed", "certified"]
    again(world, ballot)


def test_a_refused_certification_carries_nothing_out(world, clock, people):
    ballot = makers.open_election(world, 1)
    makers.answer(world, ballot, people, "1" * 9)
    actor = world.actor(world.officer())
    assert code_of(outcomes.certify, world.session, ballot, actor=actor, now=world.now) == "board.ballot.not_closed"
    clock.set(ballot.closes_at)
    member = world.actor(people["WMO"])
    assert code_of(outcomes.certify, world.session, ballot, actor=member, now=world.now) == "board.ballot.secretariat"
    assert served(world) == []
