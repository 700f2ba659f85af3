"""Promises P2 and P3: one partner, one vote, however many people act at once; nothing once the ballot has closed.

Two hundred people of fifty seats vote at the same moment through real servers while the ballot closes: two application
servers on PostgreSQL, one with two workers on SQLite. What each of them was told is compared with the record, the
mails and the log.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from tests.journeys.conftest import LiveServer, environment, free_port
from tests.support import load_evidence as evidence
from tests.support.load_storm import (
    CONNECTING,
    PEOPLE,
    SEATS,
    Attempt,
    Storm,
    Voter,
    open_ballot,
    seat_people,
    utc_now,
)
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board.models import Ballot, Elector, Vote
from u4ssc_gov.board.rules import Cause
from u4ssc_gov.core import migrations
from u4ssc_gov.core.clock import SystemClock
from u4ssc_gov.core.runtime import Runtime, make_runtime
from u4ssc_gov.factory import create_app
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.settings import load_settings

ENGINE = os.environ.get("U4SSC_TEST_ENGINE", "sqlite")
ROUNDS = 20 if os.environ.get("U4SSC_TIER") == "deep" else 1
STORMS = 3  # at most, where the ones before were too slow
LEAD = timedelta(seconds=2.4)  # the storm begins this long before the closing: first attempts and second ones race it
PREPARING = timedelta(seconds=1)  # for everybody to find their place
BAR_SECONDS = 2.0
STATEMENTS = 11
REAL_TIME = {"U4SSC_NOW": ""}  # all processes read the clock of the machine
SERVED = {**REAL_TIME, "GUNICORN_CMD_ARGS": "--keep-alive 30"}  # nobody is hung up on who waits for the start


@dataclass
class Stage:
    """The servers, the database, and the people."""

    servers: list[LiveServer]
    runtimes: list[Runtime]  # one for reading and one for each closer
    voters: list[Voter]

    @property
    def environment(self) -> dict[str, str]:
        """For commands beside the servers."""
        first = self.servers[0]
        return {**environment(first.folder, first.port, first.url), **REAL_TIME}


@pytest.fixture
def new_stage(tmp_path: Path, start_server: Callable[[LiveServer], LiveServer]) -> Iterator[Callable[[], Stage]]:
    """A maker of servers that are warm and two hundred people who are signed in, each time on a new database."""
    made: list[Stage] = []

    def make() -> Stage:
        folder, url = tmp_path / f"data-{len(made)}", ""
        folder.mkdir()
        if ENGINE != "sqlite":
            from tests.support.postgres import postgres_url

            worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
            url = postgres_url(f"load_{worker}_{len(made)}", durable=True)
        made.append(_stage(folder, url, start_server))
        return made[-1]

    yield make
    for stage in made:
        _clear(stage)


def _stage(folder: Path, url: str, start_server: Callable[[LiveServer], LiveServer]) -> Stage:
    number, workers = (1, 2) if ENGINE == "sqlite" else (2, 1)
    servers = [LiveServer(folder, free_port(), url, extra=dict(SERVED), workers=workers) for _ in range(number)]
    settings = load_settings({**environment(folder, servers[0].port, url), **REAL_TIME})
    runtimes = [make_runtime(settings) for _ in range(3)]
    migrations.upgrade(runtimes[0].database)
    for server in servers:
        start_server(server)
    app = create_app(runtime=runtimes[0], clock=SystemClock())
    with runtimes[0].database.transaction() as session:
        long_before = utc_now() - timedelta(hours=100)
        voters = seat_people(session, app, [server.port for server in servers], now=long_before)
    for server in servers:
        server.wait_ready()
    return Stage(servers, runtimes, voters)


def _clear(stage: Stage) -> None:
    for voter in stage.voters:
        voter.browser.close()
    for server in stage.servers:
        server.kill()
    for runtime in stage.runtimes:
        runtime.database.dispose()


def _warm(voters: list[Voter], ballot: Ballot) -> None:
    """Every worker has recorded a vote and refused one, as servers have that have been up for a while."""

    def one(voter: Voter) -> None:
        voter.vote(ballot, 0)
        voter.browser.close()

    with ThreadPoolExecutor(len(voters)) as pool:
        list(pool.map(one, voters))


@pytest.mark.parametrize("people", [1, 10])
def test_a_vote_takes_the_same_statements_however_many_people_it_is_mailed_to(
    world, sign_in, count_statements, people: int
) -> None:
    voter = world.mandate("WMO")
    for _ in range(people - 1):
        world.mandate("WMO", alternate=True)
    ballot = open_ballot(world.session, closes_at=world.now + timedelta(days=7), early_close=False, now=world.now)
    fields = {"partner_id": world.partner("WMO").id, "position": "approve", "text_sha256": ballot.text_sha256}
    world.commit()
    browser = sign_in(voter)
    for revision in (0, 1):
        with count_statements() as seen:
            sent = {**fields, "expected_revision": revision, "comment": f"Revision {revision}"}
            response = browser.send(f"/ballots/{ballot.code}/vote", sent)
        assert response.status_code == 303
        # Who asks, ballot, log, seat with its people, entry with its secret and the log's row (3), position, audit, and
        # all the mails at once.
        assert len(seen) <= STATEMENTS, seen.texts
    receipts = select(func.count(OutboxMessage.id)).where(OutboxMessage.template == "board/vote_receipt")
    assert world.session.scalar(receipts) == 2 * (people + 1)


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(ROUNDS))
def test_two_hundred_people_vote_while_the_ballot_closes(
    new_stage: Callable[[], Stage], tmp_path: Path, turn: int
) -> None:
    """Every storm must leave a true record. Those that are too slow may blow again: a machine that others use is slow
    now and then, a platform that is slow is so again.
    """
    missed = []
    for number in range(STORMS):
        folder = tmp_path / f"storm-{number}"
        folder.mkdir()
        stage = new_stage()
        told = _storm(stage, folder)
        _clear(stage)
        if not told:
            return
        missed.append(told)
    pytest.fail("\n".join(missed))


def _storm(stage: Stage, folder: Path) -> str:
    """Both ballots, from opening to the log; says which bar was missed, if any."""
    before, by_answers, by_clock, closes_at = _open_three(stage)
    _warm(stage.voters[::5], before)
    Storm(by_clock, closes_at - LEAD).run(stage.voters, stage.runtimes[1:])
    late = [voter.vote(by_clock, 0) for voter in stage.voters[::PEOPLE]]
    assert [made.status for made in late if not made.is_late] == []
    Storm(by_answers, utc_now() + CONNECTING).run(stage.voters, stage.runtimes[1:])
    attempts = [made for voter in stage.voters for made in voter.tried]
    assert any((made.ballot, made.status) == (by_clock.code, 303) for made in attempts), "the storm came too late"
    with stage.runtimes[0].database.read() as session:
        _check_history(session, session.get_one(Ballot, by_clock.id), attempts, Cause.TIME)
        _check_history(session, session.get_one(Ballot, by_answers.id), attempts, Cause.ALL_ANSWERED)
    log = _signed_log(stage, folder)
    told = []
    for ballot in (by_clock, by_answers):
        _check_log(log, ballot.code, attempts)
        told.append(_too_slow([made for made in attempts if made.ballot == ballot.code]))
    return "; ".join(filter(None, told))


def _open_three(stage: Stage) -> tuple[Ballot, Ballot, Ballot, datetime]:
    """A ballot to warm up with, one that its last answer closes, and one that closes in a moment; the moment.

    The rule wants three days and services take the instant: all were opened three days ago. How long mailing an opening
    to everybody takes on this machine is seen with the first two.
    """
    opened, began, far = utc_now() - timedelta(hours=80), utc_now(), utc_now() + timedelta(days=1)
    with stage.runtimes[0].database.transaction() as session:
        before = open_ballot(session, closes_at=far, early_close=False, now=opened)
        by_answers = open_ballot(session, closes_at=far, early_close=True, now=opened)
    closes_at = utc_now() + 2 * (utc_now() - began) + PREPARING + LEAD
    with stage.runtimes[0].database.transaction() as session:
        by_clock = open_ballot(session, closes_at=closes_at, early_close=False, now=opened)
    return before, by_answers, by_clock, closes_at


def _too_slow(attempts: list[Attempt]) -> str:
    """The bar of the storm: of a hundred answers at most one takes two seconds or more."""
    taken = sorted(made.seconds for made in attempts)
    is_missed = taken[len(taken) * 99 // 100] >= BAR_SECONDS
    return f"{len(taken)} answers, slowest {taken[-5:]}" if is_missed else ""


def _check_history(session: Session, ballot: Ballot, every: list[Attempt], cause: Cause) -> None:
    """Every answer is true of the record: what was confirmed is there, once and in time; what was refused is not."""
    attempts = [made for made in every if made.ballot == ballot.code]
    assert {made.status for made in attempts} <= {303, 409}
    rows = session.execute(
        select(Vote, Elector.acronym).join(Elector, Elector.id == Vote.elector_id).where(Vote.ballot_id == ballot.id)
    ).all()
    confirmed = {made.receipt: made for made in attempts if made.status == 303}
    assert len(confirmed) == sum(made.status == 303 for made in attempts), "a receipt was given twice"
    stored = {vote.receipt: (acronym, vote.comment, vote.position.value) for vote, acronym in rows}
    assert stored == {receipt: (made.seat, made.comment, made.position) for receipt, made in confirmed.items()}
    casts: dict[str, dict[int, datetime]] = {}
    for vote, acronym in rows:
        made = confirmed[vote.receipt]
        assert vote.revision == made.expected + 1
        assert made.sent <= vote.cast_at <= made.answered
        assert casts.setdefault(acronym, {}).setdefault(vote.revision, vote.cast_at) is vote.cast_at, "counted twice"
    assert all(sorted(seat) == list(range(1, len(seat) + 1)) for seat in casts.values()), "revisions have gaps"
    closes_at = ballot.closes_at
    assert closes_at is not None
    last = max(vote.cast_at for vote, _acronym in rows)
    assert ballot.cause is cause
    assert last == closes_at if cause is Cause.ALL_ANSWERED else last < closes_at
    for made in attempts:
        if made.status == 409:
            _check_refusal(made, casts.get(made.seat, {}), closes_at)
    _check_consequences(session, ballot, list(confirmed))


def _check_refusal(made: Attempt, casts: dict[int, datetime], closes_at: datetime) -> None:
    """There is a moment between question and answer at which the refusal was right."""
    if made.is_late:
        assert made.answered >= closes_at, made
        return
    began = casts[made.expected] if made.expected else None
    ended = casts.get(made.expected + 1)
    stood = (began is None or began <= made.sent) and (ended is None or ended > made.answered)
    assert not stood, f"refused although nobody else had answered: {made}"


def _check_consequences(session: Session, ballot: Ballot, receipts: list[str]) -> None:
    """One line of audit and one mail to each person for every vote, and one outcome for everybody."""
    cast = select(AuditRecord.details).where(AuditRecord.action == "board:vote:cast", *_about(ballot))
    assert sorted(details["receipt"] for details in session.scalars(cast)) == sorted(receipts)
    mine = OutboxMessage.dedupe_key.startswith(f"ballot:{ballot.id}:")
    keys = session.scalars(select(OutboxMessage.dedupe_key).where(mine)).all()
    mails = Counter(key.split(":receipt:")[1].split(":")[0] for key in keys if ":receipt:" in key)
    assert mails == dict.fromkeys(receipts, PEOPLE + 1)  # the Secretariat too
    assert sum(":outcome:" in key for key in keys) == SEATS * PEOPLE + 1
    closed = select(func.count(AuditRecord.id)).where(AuditRecord.action == "board:ballot:outcome", *_about(ballot))
    assert session.scalar(closed) == 1
    assert ballot.outcome_recorded_at is not None


def _about(ballot: Ballot) -> tuple[ColumnElement[bool], ...]:
    return AuditRecord.subject_kind == "ballot", AuditRecord.subject_id == ballot.id


def _signed_log(stage: Stage, folder: Path) -> evidence.Log:
    """The whole log under a checkpoint; both verify, by the platform's own command and outside."""
    evidence.command(stage.environment, "jobs", "run", "ledger.sign_checkpoints")
    browser = stage.voters[0].browser
    browser.close()
    status, _location, checkpoint = browser.fetch("GET", "/ledger/checkpoint")
    assert status == 200
    log = evidence.exported(stage.environment, folder, checkpoint)
    evidence.check_verified(log)
    return log


def _check_log(log: evidence.Log, code: str, attempts: list[Attempt]) -> None:
    """The log holds exactly the confirmed positions, then one closing that lists them."""
    (closed,) = log.of("ballot.closed", code)
    of_ballot = [entry["seq"] for entry in log.entries if entry.get("ballot") == code]
    assert closed["entries"] == [seq for seq in of_ballot if seq < closed["seq"]]
    assert of_ballot[-1] == closed["seq"], "nothing comes after the closing"
    positions = log.of("position.cast", code)
    said = Counter(
        (made.seat, made.expected + 1, made.position) for made in attempts if (made.ballot, made.status) == (code, 303)
    )
    assert Counter((one["seat"], one["revision"], one["choice"]) for one in positions) == said
    newest = {one["seat"]: (one["choice"], one["seq"]) for one in positions}
    counted = {one["seat"]: (one["choice"], one["seq"]) for one in closed["positions"] if one["seq"] is not None}
    assert counted == newest
