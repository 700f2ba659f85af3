"""A ballot on a renewal carries out what it decided, with its outcome and once (¶20, ¶34)."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from tests.factories import ACRONYMS
from tests.integration.board import makers
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board import jobs, queries
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotOutcome, Position
from u4ssc_gov.core.actor import SYSTEM, OfficeKind
from u4ssc_gov.core.errors import RuleViolation
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.tenures import services as tenures
from u4ssc_gov.tenures.models import Renewal, Tenure
from u4ssc_gov.tenures.rules import Route
from u4ssc_gov.workflows import voting

SECOND = timedelta(seconds=1)
ENDS_ON = date(2027, 1, 1)


@pytest.fixture
def renewal(world):
    """The renewal that was asked for a Co-Chair in office, whom ITU nominated."""
    world.partners()
    act = {"actor": SYSTEM, "now": world.now}
    office = tenures.add_office(
        world.session, kind=OfficeKind.CO_CHAIR, code="co-chair", title="Co-Chair", seats=2, **act
    )
    tenure = tenures.start_tenure(
        world.session,
        office,
        world.person(),
        starts_on=date(2026, 1, 1),
        route=Route.BOARD_DECISION,
        basis="B-25-07",
        nominated_by_id=world.partner("ITU").id,
        **act,
    )
    assert tenure.ends_on == ENDS_ON
    return tenures.request_renewal(world.session, tenure, actor=world.actor(world.officer()), now=world.now)


def put_to_the_board(world, renewal, answers):
    """A ballot on the renewal in which the first partners of ¶18 answered."""
    people = makers.everybody(world)
    ballot = makers.open_one(world, renewal_id=renewal.id)
    for acronym, answer in zip(ACRONYMS, answers, strict=False):
        makers.cast(world, ballot, people[acronym], acronym, answer, comment="We prefer somebody else.")
    world.commit()
    return ballot


def started(session):
    """Tenures that follow another one."""
    return session.scalars(select(Tenure).where(Tenure.predecessor_id.is_not(None)).order_by(Tenure.id)).all()


def test_an_approved_renewal_starts_the_day_the_old_tenure_ends(world, runtime, session, renewal):
    ballot = put_to_the_board(world, renewal, [Position.APPROVE] * 10)
    closes_at = ballot.closes_at
    assert jobs.record_outcomes(runtime, now=closes_at - SECOND).done == 0
    assert started(session) == []
    session.rollback()
    assert jobs.record_outcomes(runtime, now=closes_at).done == 1
    session.expire_all()
    (tenure,) = started(session)
    assert (tenure.starts_on, tenure.ends_on) == (ENDS_ON, date(2028, 1, 1))
    assert (tenure.predecessor_id, tenure.basis) == (renewal.tenure_id, ballot.code)
    assert tenure.nominated_by_id == world.partner("ITU").id
    assert (renewal.result_tenure_id, renewal.closed_at) == (tenure.id, closes_at)
    assert ballot.outcome is BallotOutcome.APPROVED


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ([Position.OBJECT] * 9 + [Position.APPROVE], BallotOutcome.NOT_APPROVED),
        ([Position.APPROVE] * 2, BallotOutcome.NO_QUORUM),
    ],
)
def test_a_renewal_that_was_not_approved_is_closed_and_nothing_starts(
    world, runtime, session, renewal, answers, outcome
):
    ballot = put_to_the_board(world, renewal, answers)
    assert jobs.record_outcomes(runtime, now=ballot.closes_at).done == 1
    session.expire_all()
    assert ballot.outcome is outcome
    assert started(session) == []
    assert (renewal.result_tenure_id, renewal.closed_at) == (None, ballot.closes_at)


@pytest.mark.parametrize("answer", [Position.APPROVE, Position.OBJECT])
def test_recording_twice_changes_nothing(world, runtime, session, renewal, answer):
    ballot = put_to_the_board(world, renewal, [answer] * 10)

    def everything():
        session.expire_all()
        tables = (Tenure, Renewal, AuditRecord, OutboxMessage)
        counts = [session.scalar(select(func.count()).select_from(table)) for table in tables]
        found = (counts, renewal.closed_at, renewal.result_tenure_id, ballot.outcome_recorded_at)
        session.rollback()
        return found

    number, now = ballot.id, ballot.closes_at
    jobs.record_outcomes(runtime, now=now)
    first = everything()
    assert jobs.record_outcomes(runtime, now=now + SECOND).done == 0
    with runtime.database.writing() as another:
        assert voting.record_outcome(another, number, now + SECOND) is False
        voting.settle(another, queries.lock_ballot_by_id(another, number), now=now + SECOND)
        another.commit()
    assert everything() == first


def test_the_outcome_recorded_by_hand_carries_it_out_too(world, clock, sign_in, session, renewal):
    ballot = put_to_the_board(world, renewal, [Position.APPROVE] * 10)
    officer = world.officer("ITU")
    world.commit()
    clock.set(ballot.closes_at + SECOND)
    session.rollback()
    browser = sign_in(officer)
    for _ in range(2):
        assert browser.send(f"/ballots/{ballot.code}/outcome").status_code == 303
    session.expire_all()
    assert [tenure.starts_on for tenure in started(session)] == [ENDS_ON]


def test_a_tenure_that_cannot_start_takes_nothing_else_back(world, runtime, session, renewal, monkeypatch):
    """The decision stands and is mailed; why nothing started is in the audit trail."""
    ballot = put_to_the_board(world, renewal, [Position.APPROVE] * 10)

    def refuse(*_args, **_named):
        raise RuleViolation("The seat is taken.", "tenures.tenure.no_seat")

    monkeypatch.setattr(tenures, "complete_renewal", refuse)
    assert jobs.record_outcomes(runtime, now=ballot.closes_at).done == 1
    session.expire_all()
    assert session.scalar(select(Ballot.outcome)) is BallotOutcome.APPROVED
    assert started(session) == []
    blocked = session.scalars(select(AuditRecord).where(AuditRecord.action == "tenures:renewal:block")).one()
    assert blocked.details["basis"] == ballot.code


def test_outcome_and_tenure_are_one_transaction(world, runtime, session, renewal, monkeypatch):
    ballot = put_to_the_board(world, renewal, [Position.APPROVE] * 10)

    def fail(*_args, **_named):
        raise OSError("the power went")

    now = ballot.closes_at
    monkeypatch.setattr(voting, "apply_renewal", fail)
    assert jobs.record_outcomes(runtime, now=now).failed == 1
    session.expire_all()
    assert ballot.outcome_recorded_at is None
    monkeypatch.undo()
    session.rollback()
    assert jobs.record_outcomes(runtime, now=now).done == 1
    assert len(started(session)) == 1


def test_the_secretariat_drafts_the_ballot_of_a_renewal_from_its_page(world, session, clock, sign_in):
    """People and tenures → Renew → Draft the ballot: the draft carries the renewal and is filled in."""
    holder = world.co_chair()
    officer = world.officer()
    tenure_id = session.query(Tenure).filter_by(person_id=holder.id).one().id
    world.commit()
    browser = sign_in(officer)
    browser.send(f"/people/{tenure_id}/renew")
    page = browser.get(f"/people/{tenure_id}/renew").get_data(as_text=True)
    link = unescape(re.search(r'href="(/ballots/new\?[^"]+)"', page)[1])
    form = browser.get(link).get_data(as_text=True)
    assert holder.full_name in form
    renewal_id = session.query(Renewal).one().id
    world.commit()  # give the write lock back to the application
    fields = {
        "type": "appointment",
        "title": "Renew the Co-Chair",
        "decision_text": "The Board renews the Co-Chair for one year.",
        "renewal": str(renewal_id),
    }
    assert browser.send("/ballots/new", fields).status_code == 303
    assert session.query(Ballot).one().renewal_id == renewal_id


@pytest.mark.parametrize("wrong", ["999", "0", "-1", "99999999999999999999"])
def test_a_ballot_on_a_renewal_that_is_none_is_refused(world, session, sign_in, wrong):
    officer = world.officer()
    world.commit()
    fields = {"type": "appointment", "title": "t", "decision_text": "d", "renewal": wrong}
    answer = sign_in(officer).send("/ballots/new", fields)
    assert answer.status_code == 422
    assert "not one the Board has to decide" in answer.get_data(as_text=True)
    assert session.query(Ballot).count() == 0
