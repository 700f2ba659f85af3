"""Many at once, on the engine of this run: nothing lost, nothing twice, nothing late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from tests.factories import ACRONYMS
from tests.integration.board import makers
from tests.integration.board.makers import entries
from u4ssc_gov.board import electors, locks, queries, services
from u4ssc_gov.board.models import Ballot, Vote
from u4ssc_gov.board.rules import BallotOutcome, Position
from u4ssc_gov.board.services import CastVote
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.errors import Conflict
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.workflows import outcomes, voting


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
        ballot = locks.lock_ballot(session, code, actor=actor)
        cast = CastVote(partner_id, position, sha256, 0)
        now = clock()  # read after the lock is held, as the page does
        return services.cast_vote(session, ballot, cast, actor=actor, now=now).receipt

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


@pytest.mark.parametrize("comment", ["", "Another word"], ids=["the same", "another"])
def test_whoever_was_overtaken_is_told_and_the_second_half_of_a_double_click_is_not(world, session, comment):
    person = world.mandate("WMO")
    ballot = makers.open_one(world)
    actor, partner = world.actor(person), world.partner("WMO").id
    first = CastVote(partner, Position.APPROVE, ballot.text_sha256, 0)
    receipt = services.cast_vote(session, ballot, first, actor=actor, now=world.now).receipt
    again = CastVote(partner, Position.APPROVE, ballot.text_sha256, 0, comment=comment)
    assert locks.lock_unless_overtaken(session, ballot.code, partner, 0, actor=actor) is None
    assert locks.lock_unless_overtaken(session, ballot.code, partner, 1, actor=actor) is ballot
    if comment:
        with pytest.raises(Conflict) as refused:
            services.lock_for_vote(session, ballot.code, again, actor=actor, now=world.now)
        assert refused.value.code == "board.vote.answered"
    else:
        locked = services.lock_for_vote(session, ballot.code, again, actor=actor, now=world.now)
        assert services.cast_vote(session, locked, again, actor=actor, now=world.now).receipt == receipt
    assert session.scalar(select(func.count(Vote.id))) == 1


def test_sixteen_votes_at_once_are_all_recorded_and_the_last_one_closes(world, together, session):
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
    found = entries(session, ballot)
    assert found == ["ballot.opened", *["position.cast"] * 16, "ballot.closed"]
    session.refresh(ballot)
    assert (ballot.outcome, ballot.cause.value) == (BallotOutcome.APPROVED, "all_answered")


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
    number, closes_at = ballot.id, ballot.closes_at
    world.commit()
    results = together([lambda s: voting.record_outcome(s, number, closes_at)] * 3)
    assert sorted(results) == [False, False, True]
    assert entries(session, ballot).count("ballot.closed") == 1


def test_drafts_at_once_get_different_numbers_without_gaps(world, together, session):
    world.partners()
    world.commit()
    call = lambda s: services.draft_ballot(s, makers.draft_of(), actor=SYSTEM, now=world.now).code  # noqa: E731
    assert sorted(together([call] * 8)) == [f"B-26-0{number}" for number in range(1, 9)]


def test_certifications_at_once_get_different_numbers_without_gaps(world, together, session):
    ballots = [makers.open_one(world) for _ in range(6)]
    numbers, closes_at = [ballot.id for ballot in ballots], ballots[0].closes_at
    world.commit()

    def certify(number):
        def call(session):
            ballot = locks.lock_ballot_by_id(session, number)
            return outcomes.certify(session, ballot, actor=SYSTEM, now=closes_at).decision_number

        return call

    found = together([certify(number) for number in [*numbers, numbers[0]]])  # one of them from two machines
    assert sorted(set(found)) == [f"U4SSC/BM/2026/0{number}" for number in range(1, 7)]
    assert entries(session, ballots[0]).count("ballot.certified") == 1


def test_two_objections_at_once_suspend_once(world, together, session):
    people = {acronym: world.mandate(acronym) for acronym in ("FAO", "WMO")}
    ballot = makers.open_silence(world)
    casts = [
        (makers.vote_of(world, ballot, a, Position.OBJECT, comment="No.", cure="Drop it."), world.actor(people[a]))
        for a in people
    ]
    number = ballot.id
    world.commit()

    def object_(cast, actor):
        return lambda s: (
            services.cast_vote(s, locks.lock_ballot_by_id(s, number), cast, actor=actor, now=world.now).receipt
        )

    results = together([object_(*one) for one in casts])
    (refused,) = [result for result in results if isinstance(result, Conflict)]
    assert refused.code == "board.ballot.suspended"
    assert entries(session, ballot) == ["ballot.opened", "position.cast", "ballot.suspended"]


def test_two_officers_record_for_one_seat_at_once(world, together, session):
    officers = [world.officer("ITU"), world.officer("UNECE")]
    ballot = makers.open_one(world)
    cast, actors, number = makers.vote_of(world, ballot, "WMO"), [world.actor(one) for one in officers], ballot.id
    world.commit()

    def record(actor):
        def call(s):
            locked = locks.lock_ballot_by_id(s, number)
            return services.record_for_seat(s, locked, cast, makers.paper(), actor=actor, now=world.now).receipt

        return call

    results = together([record(actor) for actor in actors])
    assert sorted(getattr(one, "code", one) for one in results) == [f"{ballot.code}-WMO-1", "board.vote.answered"]
