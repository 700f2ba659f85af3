"""A ballot on a renewal: drafted from its page, and carried out in one transaction when it is certified (¶20, ¶34)."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from sqlalchemy import func, select

from tests.integration.board import makers
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board import jobs, locks
from u4ssc_gov.board.models import Ballot, BallotEvent
from u4ssc_gov.board.rules import BallotOutcome, BallotType
from u4ssc_gov.core.actor import SYSTEM, OfficeKind
from u4ssc_gov.ledger.models import LedgerEntry
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.tenures import services as tenures
from u4ssc_gov.tenures.models import Renewal, Tenure
from u4ssc_gov.tenures.rules import Route
from u4ssc_gov.workflows import outcomes

SECOND = timedelta(seconds=1)
ENDS_ON = date(2027, 1, 1)


@pytest.fixture
def renewal(world):
    """The renewal that was asked for a Co-Chair in office, whom ITU nominated."""
    world.partners()
    office = world.office(OfficeKind.CO_CHAIR, seats=2)
    tenure = tenures.start_tenure(
        world.session, office, world.person(),
        starts_on=date(2026, 1, 1), route=Route.BOARD_DECISION, basis="B-25-07",
        nominated_by_id=world.partner("ITU").id, actor=SYSTEM, now=world.now,
    )  # fmt: skip
    assert tenure.ends_on == ENDS_ON
    return tenures.request_renewal(world.session, tenure, actor=world.actor(world.officer()), now=world.now)


def put_to_the_board(world, renewal, answers):
    """A ballot on the renewal in which the first partners of ¶18 answered."""
    ballot = makers.open_one(world, type=BallotType.APPOINTMENT, renewal_id=renewal.id)
    makers.answer(world, ballot, makers.everybody(world), answers)
    world.commit()
    return ballot


def started(session):
    """Tenures that follow another one."""
    found = session.scalars(select(Tenure).where(Tenure.predecessor_id.is_not(None)).order_by(Tenure.id)).all()
    session.rollback()
    return found


def everything(session):
    """How many rows of each kind there are."""
    tables = (Tenure, Renewal, AuditRecord, OutboxMessage, BallotEvent, LedgerEntry)
    counts = [session.scalar(select(func.count()).select_from(table)) for table in tables]
    session.rollback()
    return counts


def certify(runtime, number, now):
    with runtime.database.transaction() as session:
        outcomes.certify(session, locks.lock_ballot_by_id(session, number), actor=SYSTEM, now=now)


def test_the_sweep_writes_the_outcome_down_and_certifying_carries_it_out(world, runtime, session, renewal):
    ballot = put_to_the_board(world, renewal, "1" * 10)
    number, closes_at, renewal_id = ballot.id, ballot.closes_at, renewal.id
    session.rollback()
    assert jobs.record_outcomes(runtime, now=closes_at - SECOND).done == 0
    assert jobs.record_outcomes(runtime, now=closes_at).done == 1
    session.expire_all()
    assert session.get_one(Ballot, number).outcome is BallotOutcome.APPROVED
    assert started(session) == []
    certify(runtime, number, closes_at + SECOND)
    session.expire_all()
    (tenure,) = session.scalars(select(Tenure).where(Tenure.predecessor_id.is_not(None)))
    assert (tenure.starts_on, tenure.ends_on) == (ENDS_ON, date(2028, 1, 1))
    assert session.get_one(Renewal, renewal_id).result_tenure_id == tenure.id
    session.rollback()
    before = everything(session)
    certify(runtime, number, closes_at + 2 * SECOND)
    assert jobs.record_outcomes(runtime, now=closes_at + 2 * SECOND).done == 0
    assert everything(session) == before


def test_certification_and_consequence_are_one_transaction(world, runtime, session, renewal, monkeypatch):
    ballot = put_to_the_board(world, renewal, "1" * 10)
    number, now = ballot.id, ballot.closes_at
    before = everything(session)

    def fail(*_args, **_named):
        raise OSError("the power went")

    monkeypatch.setattr(outcomes, "apply_renewal", fail)
    with pytest.raises(OSError, match="power"):
        certify(runtime, number, now)
    assert everything(session) == before
    monkeypatch.undo()
    certify(runtime, number, now)
    assert len(started(session)) == 1


def test_a_renewal_that_is_closed_is_not_put_to_the_board(world, renewal):
    tenures.close_renewal(world.session, renewal, basis="B-26-00", actor=SYSTEM, now=world.now)
    fields = {"type": BallotType.APPOINTMENT, "renewal_id": renewal.id}
    assert makers.code_of(makers.make_draft, world, **fields) == "board.draft.renewal"


def test_the_page_of_a_renewal_leads_to_its_ballot(world, session, sign_in):
    """People and tenures → Renew → Draft the ballot: the form names the holder."""
    holder, officer = world.co_chair(), world.officer()
    tenure_id = session.scalar(select(Tenure.id).where(Tenure.person_id == holder.id))
    name = holder.full_name
    world.commit()
    browser = sign_in(officer)
    browser.send(f"/people/{tenure_id}/renew")
    page = browser.get(f"/people/{tenure_id}/renew").get_data(as_text=True)
    link = unescape(re.search(r'href="(/ballots/new\?[^"]+)"', page)[1])
    assert name in browser.get(link, follow_redirects=True).get_data(as_text=True)
