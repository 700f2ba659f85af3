"""The demonstration year is made by the services themselves: if a rule refused one of its acts, this would fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from tests.clock import T0
from u4ssc_gov.accounts.models import Account, Person
from u4ssc_gov.accounts.rules import DEMO_ROLES
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board.models import Ballot, Vote
from u4ssc_gov.board.queries import list_documents
from u4ssc_gov.board.rules import BallotOutcome, Position
from u4ssc_gov.charter.rules import HOUSE
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import RuleViolation
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.demo.beginning import beginning, initiative_instant
from u4ssc_gov.demo.loading import load_demo
from u4ssc_gov.evaluations.models import EvaluationRequest, RequestAnswer
from u4ssc_gov.evaluations.rules import RequestStage
from u4ssc_gov.initiative.loading import load_initiative
from u4ssc_gov.ledger import services as ledger
from u4ssc_gov.ledger.checking import check_log
from u4ssc_gov.ledger.models import LedgerEntry
from u4ssc_gov.meetings.models import Meeting, Minutes
from u4ssc_gov.meetings.rules import MeetingKind
from u4ssc_gov.notifications.models import DeliveryStatus, OutboxMessage
from u4ssc_gov.plan.models import ActionPlan
from u4ssc_gov.tenures.models import Tenure
from u4ssc_gov.workflows.identity import actor_for_person


def make(runtime: Runtime, now: datetime) -> bool:
    """The real records, entered where the year begins, and the year on top of them."""
    return load_demo(runtime, now=now)


@pytest.mark.slow
def test_the_year_is_whole(runtime, session):
    """One load, three questions: it takes seconds."""
    assert make(runtime, T0)
    check_everything_the_three_jobs_need(session)
    check_nothing_lies_in_the_future_and_no_mail_waits(session)
    check_people_have_what_their_role_says(session)
    check_the_ledger_runs_forwards_from_where_the_year_begins(runtime, session)
    check_the_texts_say_different_things(session)
    check_no_city_waited_longer_than_promised(session)
    check_ballots_close_on_working_days_and_agree_with_the_tenures(session)


def check_ballots_close_on_working_days_and_agree_with_the_tenures(session):
    ballots = session.scalars(select(Ballot).where(Ballot.closes_at.is_not(None))).all()
    assert {geneva_date(ballot.closes_at).weekday() for ballot in ballots} <= set(range(5))
    (election,) = [ballot for ballot in ballots if ballot.title == "Elect a Co-Chair for the second seat"]
    (holder,) = session.scalars(
        select(Tenure)
        .join(Person, Person.id == Tenure.person_id)
        .where(Person.full_name == "Co-Chair, second seat")
    )  # fmt: skip
    assert election.starts_on == holder.ends_on  # nobody holds the seat beside its holder
    assert f"from {holder.ends_on.day} {holder.ends_on:%B %Y} to " in election.decision_text
    said = {vote.comment for vote in session.scalars(select(Vote)) if vote.position is Position.APPROVE_WITH_COMMENTS}
    assert not any("would agree once" in words for words in said)  # an objector's words


def check_the_ledger_runs_forwards_from_where_the_year_begins(runtime, session):
    entries = session.scalars(select(LedgerEntry).order_by(LedgerEntry.seq)).all()
    assert entries[0].recorded_at == beginning(T0)
    assert [entry.kind for entry in entries[:17]] == ["log.opened"] + ["seat.joined"] * 16
    assert sum(entry.kind == "mandate.granted" for entry in entries) == 32
    assert entries[-1].recorded_at <= T0
    assert check_log(session) == len(entries)
    session.rollback()
    # Another start of the same day, and of a later one: nothing new, nothing refused.
    for now in (T0, T0 + timedelta(days=3)):
        assert load_initiative(runtime, now=initiative_instant(runtime, now=now)).is_nothing_new
        assert not load_demo(runtime, now=now)


def check_everything_the_three_jobs_need(session):
    roles = set(session.scalars(select(Account.demo_role).where(Account.demo_role != "")))
    assert roles == set(DEMO_ROLES)
    # Job 1: a held e-meeting of the leader's without minutes, one of them overdue.
    owed = session.scalars(
        select(Meeting)
        .outerjoin(Minutes, Minutes.meeting_id == Meeting.id)
        .where(Meeting.source == "", Meeting.ends_at < T0, Minutes.id.is_(None))
    ).all()
    assert len(owed) == 2
    assert session.scalar(select(func.count()).where(Minutes.filed_at.is_not(None))) > 40
    # Job 2: four running ballots half answered, one of them suspended, one in draft, closed ones of every outcome.
    ballots = session.scalars(select(Ballot).order_by(Ballot.id)).all()
    open_now = [b for b in ballots if b.opens_at and b.closes_at and b.opens_at <= T0 < b.closes_at]
    assert len(open_now) == 4
    assert [b.suspended_at is not None for b in open_now].count(True) == 1
    assert all(0 < session.scalar(select(func.count()).where(Vote.ballot_id == b.id)) < 16 for b in open_now)
    assert [b.opens_at for b in ballots].count(None) == 1
    (revision,) = [b for b in ballots if b.opens_at and b.opens_at > T0]  # scheduled, its proposed text frozen with it
    papers = list_documents(session, revision.id)
    assert [(paper.title, paper.of_subject) for paper in papers] == [("Terms of Reference, proposed revision", True)]
    decided = {BallotOutcome.APPROVED, BallotOutcome.NOT_APPROVED, BallotOutcome.NO_QUORUM}
    assert {b.outcome for b in ballots if b.outcome} >= decided
    # Job 3: tenures that end soon, a vacancy, cities at every stage.
    assert session.scalar(select(func.count()).select_from(Tenure)) > 20
    stages = set(session.scalars(select(EvaluationRequest.stage).where(EvaluationRequest.source == "")))
    assert stages >= {RequestStage.RECEIVED, RequestStage.SCREENING, RequestStage.WAITING, RequestStage.COMPLETED}
    made_here = select(Deliverable.stage).where(Deliverable.source == "")
    assert set(session.scalars(made_here)) >= set(Stage) - {Stage.WITHDRAWN}
    assert session.scalar(select(func.count()).where(ActionPlan.year == 2027, ActionPlan.adopted_at.is_(None))) == 1


def check_nothing_lies_in_the_future_and_no_mail_waits(session):
    assert session.scalar(select(func.max(AuditRecord.at))) <= T0
    assert session.scalar(select(func.max(OutboxMessage.queued_at))) <= T0
    assert session.scalar(select(func.count()).where(OutboxMessage.status == DeliveryStatus.QUEUED)) == 0
    assert not any("\n\n\n" in text for text in session.scalars(select(OutboxMessage.text)))


def check_people_have_what_their_role_says(session):
    actors = {}
    for account in session.scalars(select(Account).where(Account.demo_role != "")):
        session.refresh(account, ["person"])
        actors[account.demo_role] = actor_for_person(session, account.person, now=T0)
    assert actors["secretariat"].is_secretariat
    assert actors["co_chair"].is_co_chair
    assert actors["leader"].is_leader
    assert actors["board_representative"].acting_for == actors["board_alternate"].acting_for == "WMO"
    assert actors["board_other"].acting_for != "WMO"
    assert actors["participant"].participant_kind
    assert actors["participant"].contributes_to
    assert actors["focal_point"].focal_requests


@pytest.mark.slow
@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "now",
    [
        datetime(2028, 2, 29, 12, tzinfo=UTC),
        datetime(2027, 3, 28, 1, 30, tzinfo=UTC),  # the night of the spring clock change
    ],
)
def test_the_year_can_be_made_around_any_day(runtime, now):
    assert make(runtime, now)


def test_a_ledger_that_is_past_the_beginning_refuses_the_year(runtime, session):
    load_initiative(runtime, now=T0)
    with pytest.raises(RuleViolation, match=r"2025-10-14.*never runs backwards.*U4SSC_DATA_DIR"):
        load_demo(runtime, now=T0)
    assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_records_are_entered_where_the_year_begins_only_in_a_demonstration(runtime, session):
    assert initiative_instant(runtime, now=T0) == beginning(T0) < T0 - timedelta(days=365)
    production = Runtime(replace(runtime.settings, environment="production"), runtime.database)
    assert initiative_instant(production, now=T0) == T0
    load_initiative(runtime, now=beginning(T0))
    assert initiative_instant(runtime, now=T0) == beginning(T0)
    ledger.append(session, "seat.left", {"seat": "X", "on": None}, now=T0)
    session.commit()
    assert initiative_instant(runtime, now=T0 + timedelta(days=1)) == T0 + timedelta(days=1)


def test_a_second_load_does_nothing_and_production_refuses(runtime, session, world):
    world.partners()
    person = world.person()
    session.add(Account(person_id=person.id, demo_role="secretariat", created_at=T0))
    world.commit()
    assert load_demo(runtime, now=T0) is False
    production = Runtime(replace(runtime.settings, environment="production"), runtime.database)
    with pytest.raises(RuleViolation, match="production"):
        load_demo(production, now=T0)


def check_the_texts_say_different_things(session):
    shown = select(Deliverable.summary, Deliverable.scope).where(Deliverable.source == "")
    assert not [row for row in session.execute(shown) if row.summary == row.scope]
    held = session.scalars(select(Meeting.starts_at).where(Meeting.source == "", Meeting.kind == MeetingKind.E_MEETING))
    assert not [at for at in held if geneva_date(at).weekday() > 4]


def check_no_city_waited_longer_than_promised(session):
    """Ten days at most between two answers; one screening is overdue now, for the secretariat to see."""
    waiting = select(EvaluationRequest).where(
        EvaluationRequest.source == "", EvaluationRequest.stage == RequestStage.WAITING
    )
    for request in session.scalars(waiting):
        answers = session.scalars(
            select(RequestAnswer).where(RequestAnswer.request_id == request.id).order_by(RequestAnswer.at)
        ).all()
        days = [request.asked_at, *(answer.at for answer in answers), T0]
        assert max(b - a for a, b in pairwise(days)) <= timedelta(days=HOUSE.first_answer_days), request.city
        texts = [answer.text for answer in answers]
        assert not [one for one, other in pairwise(texts) if one == other], request.city
