"""The sweeps: outcomes and reminders, at the edges, twice, and catching up."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories import ACRONYMS
from tests.integration.board import makers
from u4ssc_gov.board import electors, jobs
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.workflows import voting

SECOND = timedelta(seconds=1)


def keys(session, template):
    statement = select(OutboxMessage.dedupe_key).where(OutboxMessage.template == f"board/{template}")
    found = list(session.scalars(statement))
    session.rollback()
    return found


@pytest.mark.parametrize(("offset", "done"), [(-SECOND, 0), (timedelta(0), 1), (SECOND, 1), (timedelta(days=30), 1)])
def test_outcomes_are_recorded_once_from_the_closing_instant_on(world, runtime, session, offset, done):
    makers.everybody(world)
    ballot = makers.open_one(world)
    world.commit()
    now = ballot.closes_at + offset
    report = jobs.record_outcomes(runtime, now=now)
    assert (report.done, report.failed) == (done, 0)
    assert jobs.record_outcomes(runtime, now=now + SECOND).done == (0 if done else 1)
    session.expire_all()
    assert session.scalar(select(Ballot.outcome_recorded_at)) is not None
    session.rollback()
    assert len(keys(session, "ballot_outcome")) == 17


def test_one_bad_ballot_does_not_stop_the_rest(world, runtime, session):
    makers.everybody(world)
    bad, good = makers.make_draft(world), makers.open_one(world)
    bad.rule = {"method": "nonsense"}
    bad.opens_at, bad.closes_at = good.opens_at, good.closes_at
    world.commit()
    report = jobs.record_outcomes(runtime, now=good.closes_at)
    assert (report.done, report.failed) == (1, 1)


@pytest.mark.parametrize(
    ("before", "step"),
    [
        (timedelta(days=7) + SECOND, None),
        (timedelta(days=7), "T-168h"),
        (timedelta(hours=72) + SECOND, "T-168h"),
        (timedelta(hours=72), "T-72h"),
        (timedelta(days=2), "T-72h"),
        (timedelta(hours=24) + SECOND, "T-72h"),
        (timedelta(hours=24), "T-24h"),
        (SECOND, "T-24h"),
        (timedelta(0), None),
        (-SECOND, None),
    ],
)
def test_the_step_of_a_reminder(world, runtime, session, before, step):
    people = makers.everybody(world)
    ballot = makers.open_one(world, days=14)
    makers.cast(world, ballot, people["WMO"], "WMO")
    world.commit()
    now = ballot.closes_at - before
    for _ in range(2):
        jobs.ballot_reminders(runtime, now=now)
    found = keys(session, "ballot_reminder")
    assert len(found) == (15 if step else 0)
    assert all(f":reminder:{step}:" in key for key in found)
    assert not any(key.endswith(f":person:{people['WMO'].id}") for key in found)


def test_a_missed_step_is_not_sent_late_and_each_step_is_sent_once(world, runtime, session):
    makers.everybody(world)
    ballot = makers.open_one(world, days=14)
    world.commit()
    for hours in range(0, 14 * 24, 6):
        jobs.ballot_reminders(runtime, now=ballot.opens_at + timedelta(hours=hours))
    assert len(keys(session, "ballot_reminder")) == 48


def test_a_short_ballot_is_not_reminded_of_at_once(world):
    ballot = makers.open_one(world, days=3)
    due = lambda now: voting.due_step((168, 72, 24), ballot.opens_at, ballot.closes_at, now)  # noqa: E731
    assert due(ballot.opens_at) == ""
    assert due(ballot.closes_at - timedelta(hours=24)) == "T-24h"
    assert voting.due_step((), ballot.opens_at, ballot.closes_at, ballot.closes_at - SECOND) == ""


def test_drafts_and_withdrawn_ballots_are_left_alone(world, runtime, session):
    makers.everybody(world)
    draft = makers.make_draft(world, closes_at=world.now + timedelta(days=4))
    gone = makers.open_one(world)
    gone.withdrawn_at = world.now
    world.commit()
    for now in (world.now + timedelta(days=3), draft.closes_at):
        assert jobs.ballot_reminders(runtime, now=now).done == 0
        assert jobs.record_outcomes(runtime, now=now).done == 0


def test_reminders_say_what_is_missing_not_what_to_choose(world, runtime, session):
    people = makers.everybody(world)
    ballot = makers.open_one(world, days=14)
    for acronym in ACRONYMS[:10]:
        makers.cast(world, ballot, people[acronym], acronym)
    world.commit()
    jobs.ballot_reminders(runtime, now=ballot.closes_at - timedelta(days=4))
    sent = session.scalar(
        select(OutboxMessage).where(
            OutboxMessage.to_address == people["WMO"].email, OutboxMessage.template == "board/ballot_reminder"
        )
    )
    assert sent.subject == "4 days left: WMO has not voted on B-26-01"
    assert "10 approve · 0 objections · 0 abstain · 6 to vote" in sent.text
    assert "did not vote" in sent.text
    assert len(electors.list_seats(session, ballot.id)) == 16
