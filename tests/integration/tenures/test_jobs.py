"""Reminders before a tenure ends: each step once, to holder and secretariat, never when somebody follows."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.core.dates import geneva_midnight
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.tenures import services
from u4ssc_gov.tenures.jobs import tenure_reminders
from u4ssc_gov.tenures.models import Tenure

ENDS = date(2026, 12, 9)


@pytest.fixture
def tenure(world):
    """A Leader's tenure that ends on 9 December 2026."""
    world.leader(world.group("City platforms"), starts_on=date(2025, 12, 9))
    found = world.session.scalars(select(Tenure)).one()
    world.session.expunge(found)  # its ids are read while sweeps write
    world.commit()
    return found


def keys(session):
    session.rollback()  # see what the sweep committed
    found = list(session.scalars(select(OutboxMessage.dedupe_key).order_by(OutboxMessage.id)))
    session.rollback()  # let the next sweep write
    return found


@pytest.mark.parametrize("step", [60, 30, 14, 7])
def test_a_step_is_reached_at_geneva_midnight_and_sent_once(runtime, session, tenure, step):
    reached = geneva_midnight(ENDS - timedelta(days=step))
    tenure_reminders(runtime, now=reached - timedelta(seconds=1))
    before = keys(session)
    assert f"tenure:{tenure.id}:T-{step}:person:{tenure.person_id}" not in before
    assert tenure_reminders(runtime, now=reached).done == 1
    assert keys(session)[len(before) :] == [
        f"tenure:{tenure.id}:T-{step}:person:{tenure.person_id}",
        f"tenure:{tenure.id}:T-{step}:secretariat",
    ]
    for later in (timedelta(seconds=1), timedelta(hours=5)):
        assert tenure_reminders(runtime, now=reached + later).done == 0
    assert len(keys(session)) == len(before) + 2


def test_a_missed_run_catches_up_with_one_mail_and_an_ended_tenure_gets_none(runtime, session, tenure):
    late = geneva_midnight(ENDS - timedelta(days=5))
    assert tenure_reminders(runtime, now=late).done == 1
    assert [key.split(":")[2] for key in keys(session)] == ["T-7", "T-7"]
    assert tenure_reminders(runtime, now=geneva_midnight(ENDS)).done == 0
    assert tenure_reminders(runtime, now=geneva_midnight(ENDS) + timedelta(days=30)).done == 0
    assert len(keys(session)) == 2


def test_nobody_is_reminded_when_somebody_follows(runtime, world, session):
    group = world.group()
    world.leader(group, starts_on=date(2025, 12, 9))
    world.leader(group, starts_on=ENDS)
    world.commit()
    assert tenure_reminders(runtime, now=world.now).done == 0


def test_the_mail_says_the_last_day_the_next_term_and_what_happens_without_a_decision(runtime, world, session, tenure):
    known = session.get(Tenure, tenure.id)
    services.request_renewal(session, known, actor=world.actor(world.officer()), now=world.now)
    world.commit()
    tenure_reminders(runtime, now=world.now)
    session.rollback()
    holder, office = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert holder.subject == "Your tenure ends in 15 days: Leader, City platforms"
    for part in ("ends on Tue 8 Dec", "from Wed 9 Dec to Wed 8 Dec 2027", "asked for the renewal on Mon 23 Nov"):
        assert part in holder.text
        assert part in holder.html
    assert "http://localhost/people\n" in holder.text
    assert office.to_address == runtime.settings.secretariat_email
    assert f"http://localhost/people/{tenure.id}/renew" in office.text
    assert len(holder.subject) <= 60


def test_a_chairs_mail_names_the_board(runtime, world, session):
    world.tenure(world.office(OfficeKind.CO_CHAIR, seats=2), starts_on=date(2026, 1, 1))
    world.commit()
    tenure_reminders(runtime, now=world.now)
    session.rollback()
    message = session.scalars(select(OutboxMessage)).first()
    assert "decided by the Partners Board" in message.text
    assert "¶23(d)" in message.text
