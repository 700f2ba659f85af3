"""Many at once, on the engine of this run: nothing lost, nothing twice, nothing late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from tests.factories import ACRONYMS
from tests.integration.board import makers
from u4ssc_gov.board import electors, queries, services
from u4ssc_gov.board.models import Ballot, Vote
from u4ssc_gov.board.rules import Position
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.errors import Conflict
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.workflows import voting


@pytest.fixture
def together(runtime):
    """Run calls at the same moment, each in its own transaction; returns each one's result or refusal."""

    def run(calls):
        barrier = Barrier(len(calls))

        def one(call):
            barrier.wait()
            try:
                with runtime.database.transaction() as session:
                    return call(session)
            except Conflict as refused:
                return refused

        with ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(one, calls))

    return run


def vote(code, actor, partner_id, sha256, clock, position=Position.APPROVE):
    def call(session):
        ballot = queries.lock_ballot(session, code, actor=actor)
        return services.cast_vote(
            session,
            ballot,
            partner_id=partner_id,
            position=position,
            comment="",
            text_sha256=sha256,
            expected_revision=0,
            actor=actor,
            now=clock(),  # read after the lock is held, as the page does
        ).receipt

    return call


def test_two_alternates_at_once_one_wins_and_the_other_is_told(world, together, session):
    people = [world.mandate("WMO"), world.mandate("WMO", alternate=True)]
    ballot = makers.open_one(world)
    actors = [world.actor(person) for person in people]
    partner = world.partner("WMO").id
    world.commit()
    calls = [vote(ballot.code, actor, partner, ballot.text_sha256, lambda: world.now) for actor in actors]
    results = together(calls)
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(refused) == 1
    assert refused[0].code == "board.vote.answered"
    assert session.scalar(select(func.count(Vote.id))) == 1


def test_sixteen_votes_at_once_are_all_recorded(world, together, session):
    people = makers.everybody(world)
    ballot = makers.open_one(world)
    actors = {acronym: world.actor(person) for acronym, person in people.items()}
    ids = {acronym: world.partner(acronym).id for acronym in ACRONYMS}
    world.commit()
    calls = [vote(ballot.code, actors[a], ids[a], ballot.text_sha256, lambda: world.now) for a in ACRONYMS]
    assert sorted(map(str, together(calls))) == sorted(f"{ballot.code}-{a}-1" for a in ACRONYMS)
    seats = electors.list_seats(session, ballot.id)
    assert electors.tally_of(seats).approve == 16
    receipts = select(func.count(OutboxMessage.id)).where(OutboxMessage.template == "board/vote_receipt")
    assert session.scalar(receipts) == 32


def test_votes_racing_the_close_are_in_the_outcome_or_refused(world, together, session):
    people = makers.everybody(world)
    ballot = makers.open_one(world)
    actors = {acronym: world.actor(person) for acronym, person in people.items()}
    ids = {acronym: world.partner(acronym).id for acronym in ACRONYMS}
    world.commit()
    # time passes with every reading: some read the last microseconds before the close, the rest the first ones after
    ticks = iter(range(1000))

    def running():
        return ballot.closes_at + timedelta(microseconds=next(ticks) - 8)

    def close(session):
        return voting.record_outcome(session, ballot.id, running())

    calls = [vote(ballot.code, actors[a], ids[a], ballot.text_sha256, running) for a in ACRONYMS]
    results = together([*calls, close])
    accepted = [r for r in results if isinstance(r, str)]
    late = [r for r in results if isinstance(r, Conflict)]
    assert len(accepted) + len(late) == 16
    assert all(refusal.code == "board.ballot.closed" for refusal in late)
    after = ballot.closes_at + timedelta(seconds=1)
    voting.record_outcome(session, ballot.id, after)
    session.commit()
    session.expire_all()
    recorded = session.scalar(select(Ballot))
    seats = electors.list_seats(session, ballot.id)
    assert electors.tally_of(seats).approve == len(accepted)
    assert all(r.cast_at < recorded.closes_at for seat in seats for r in seat.revisions)
    assert recorded.outcome is queries.result_of(recorded, seats).outcome


def test_two_sweeps_at_once_record_one_outcome(world, together, session):
    makers.everybody(world)
    ballot = makers.open_one(world)
    world.commit()
    results = together([lambda s: voting.record_outcome(s, ballot.id, ballot.closes_at)] * 3)
    assert sorted(results) == [False, False, True]


def test_drafts_at_once_get_different_numbers_without_gaps(world, together, session):
    world.partners()
    world.commit()
    call = lambda s: services.draft_ballot(s, makers.draft_of(), actor=SYSTEM, now=world.now).code  # noqa: E731
    assert sorted(together([call] * 8)) == [f"B-26-0{number}" for number in range(1, 9)]
