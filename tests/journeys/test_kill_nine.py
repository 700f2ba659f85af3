"""Promise P1: what the page confirmed is never lost.

Clients vote and save minutes through the real server while it is killed with SIGKILL again and again. A client writes
down what it was told (the receipt, its ledger entry, the revision). Afterwards every such word must be in the database,
once, and in the ledger, whose log and receipts verify outside the platform.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.clock import T0
from tests.journeys.conftest import LiveServer, environment, free_port
from tests.support import load_evidence as evidence
from tests.support.load_client import Browser, Gone, receipt_of, revision_shown, sign_in
from u4ssc_gov.board import services as board
from u4ssc_gov.board.inputs import BallotDraft
from u4ssc_gov.board.models import Ballot, Elector, Vote
from u4ssc_gov.board.rules import BallotType, Method, default_rule
from u4ssc_gov.core import migrations
from u4ssc_gov.core.actor import SYSTEM, MandateCapacity
from u4ssc_gov.core.clock import SystemClock
from u4ssc_gov.core.runtime import Runtime, make_runtime
from u4ssc_gov.demo.loading import load_demo
from u4ssc_gov.factory import create_app
from u4ssc_gov.meetings.models import Meeting, Minutes, Note, NoteRevision
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.notifications.writing import parts_of
from u4ssc_gov.partners.models import Mandate, Partner
from u4ssc_gov.settings import load_settings

TARGET = int(os.environ.get("U4SSC_KILL_TARGET", "2000"))
KILL_EVERY = (2.0, 5.0)  # seconds between kills, drawn anew each time
LOOK_EVERY = 25  # votes of a seat, then one looks at the receipt
ENGINE = os.environ.get("U4SSC_TEST_ENGINE", "sqlite")


@dataclass
class Told:
    """What clients were told, kept outside the server."""

    receipts: dict[str, str] = field(default_factory=dict)  # receipt → position
    pages: dict[str, list[str]] = field(default_factory=dict)  # receipt → hashes on its page, where somebody looked
    files: dict[str, bytes] = field(default_factory=dict)  # receipt → the ledger entry in its file, likewise
    notes: list[tuple[int, str]] = field(default_factory=list)  # note's item, text
    lock: threading.Lock = field(default_factory=threading.Lock)
    problems: list[str] = field(default_factory=list)
    browsers: list[Browser] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many confirmations there are."""
        return len(self.receipts) + len(self.notes)


@pytest.fixture
def place(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, str]:
    """A data folder and a database address with the demonstration, on the engine of this run."""
    folder = tmp_path / "data"
    if ENGINE == "sqlite":
        shutil.copytree(request.getfixturevalue("demo_folder"), folder)
        return folder, ""
    from tests.support.postgres import postgres_url

    folder.mkdir()
    url = postgres_url(f"kill_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}", durable=True)
    runtime = runtime_of(folder, url)
    migrations.upgrade(runtime.database)
    load_demo(runtime, now=T0)
    runtime.database.dispose()
    return folder, url


def runtime_of(folder: Path, url: str) -> Runtime:
    """A runtime on the same data as the server."""
    return make_runtime(load_settings(environment(folder, 1, url)))


def vote_until_done(one: Browser, code: str, partner_id: int, digest: str, told: Told, done: threading.Event) -> None:
    """Vote, change, change back …: each confirmation is written down."""
    revision, number = None, 0
    while not done.is_set():
        try:
            if revision is None:  # the server was gone: look what it remembers, as a person would
                status, _l, page = one.ask("GET", f"/ballots/{code}?change=1")
                revision = revision_shown(page)
                if revision is None:
                    told.problems.append(f"the ballot answered {status}: {page[:300]}")
                    return
            position = ("approve", "abstain")[number % 2]
            number += 1
            fields = {
                "partner_id": str(partner_id),
                "position": position,
                "comment": f"vote {number}",
                "text_sha256": digest,
                "expected_revision": str(revision),
            }
            status, location, page = one.ask("POST", f"/ballots/{code}/vote", fields)
            if status == 303:
                receipt = receipt_of(location)
                with told.lock:
                    told.receipts[receipt] = position
                revision = int(receipt.rsplit("-", 1)[-1])
                if revision % LOOK_EVERY == 0:
                    _look_at_receipt(one, location, receipt, told)
            elif status == 409:
                revision = None
            else:
                told.problems.append(f"vote answered {status}: {page[:300]}")
                return
        except Gone:
            revision = None
            time.sleep(0.05)  # the server is being started again


def _look_at_receipt(one: Browser, location: str, receipt: str, told: Told) -> None:
    """Keep the hashes that the page of the receipt names, the leaf hash being one, and the entry in its file."""
    status, _location, page = one.ask("GET", location)
    second, _location, content = one.fetch("GET", f"{location.split('?', maxsplit=1)[0]}/file")
    if (status, second) != (200, 200):
        told.problems.append(f"the receipt answered {status} and {second}: {page[:300]}")
        return
    with told.lock:
        told.pages[receipt] = evidence.LEAF.findall(page)
        told.files[receipt] = json.loads(content)["entry"].encode()


def save_until_done(one: Browser, url: str, item: int, revision: int, told: Told, done: threading.Event) -> None:
    """Save one note again and again; each confirmation is written down."""
    number = 0
    while not done.is_set():
        number += 1
        text = f"What was said, version {number}"
        fields = {f"said-{item}": text, f"rev-{item}": str(revision), "page": f"kill-{item}"}
        try:
            status, _location, body = one.ask(
                "POST", f"{url}/autosave", fields, Accept="application/json", **{"X-Requested-With": "u4-autosave"}
            )
        except Gone:
            time.sleep(0.05)  # the server is being started again
            revision = _revision_of_note(one, url, item) or revision
            continue
        if status == 200:
            with told.lock:
                told.notes.append((item, text))
            revision += 1
        elif status == 409:
            revision = _revision_of_note(one, url, item) or revision
        else:
            told.problems.append(f"save answered {status}: {body[:300]}")
            return


def _revision_of_note(one: Browser, url: str, item: int) -> int | None:
    try:
        _status, _location, page = one.ask("GET", f"{url}/edit")
    except Gone:
        return None
    found = re.search(rf'name="rev-{item}"[^>]*value="(\d+)"', page)
    return int(found[1]) if found else None


class Clock:
    """The server's clock: it starts at T0 and goes on while the server is dead, as time does."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    def now(self) -> datetime:
        """The instant at which a server that starts now begins."""
        return T0 + timedelta(seconds=time.monotonic() - self.started)

    def set(self, server: LiveServer) -> None:
        """Let the next start of the server, and commands beside it, begin at this instant."""
        server.extra["U4SSC_NOW"] = self.now().isoformat()


@pytest.fixture
def told() -> Iterator[Told]:
    """What clients were told; their connections are closed at the end, whatever it is."""
    made = Told()
    yield made
    for one in made.browsers:
        one.close()


@pytest.mark.slow
def test_nothing_confirmed_is_lost(
    place: tuple[Path, str], told: Told, start_server: Callable[[LiveServer], LiveServer]
) -> None:
    folder, url = place
    runtime = runtime_of(folder, url)
    server = LiveServer(folder, free_port(), url)
    done, clock = threading.Event(), Clock()
    code, threads = _clients(runtime, server.port, told, done)
    clock.set(server)
    start_server(server).wait_ready()
    kills = 0
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 240
    rng = random.Random(20261123)
    while told.count < TARGET and not told.problems and time.monotonic() < deadline:
        time.sleep(rng.uniform(*KILL_EVERY))  # how long the server is left alone
        server.kill()
        kills += 1
        clock.set(server)
        server.start()
        server.wait_ready()
    done.set()
    for thread in threads:
        thread.join(30)
    server.kill()
    assert told.problems == []
    assert told.count >= TARGET, f"only {told.count} confirmations in time"
    assert kills >= 3
    _check(runtime, told)
    _check_ledger(runtime, server, clock, code, told)
    runtime.database.dispose()


def _clients(runtime: Runtime, port: int, told: Told, done: threading.Event) -> tuple[str, list[threading.Thread]]:
    app = create_app(runtime=runtime, clock=SystemClock())
    threads = []
    with runtime.database.transaction() as session:
        ballot = _open_ballot(session)
        for mandate in _representatives(session):
            one = sign_in(session, app, mandate.person_id, port, now=T0)
            one.seat = session.get_one(Partner, mandate.partner_id).acronym
            told.browsers.append(one)
            arguments = (one, ballot.code, mandate.partner_id, ballot.text_sha256, told, done)
            threads.append(threading.Thread(target=vote_until_done, args=arguments))
        minutes_url, notes, officer_id = _start_minutes(session)
        for item, revision in notes[:3]:
            one = sign_in(session, app, officer_id, port, now=T0)
            told.browsers.append(one)
            arguments_of_note = (one, minutes_url, item, revision, told, done)
            threads.append(threading.Thread(target=save_until_done, args=arguments_of_note))
    return ballot.code, threads


def _open_ballot(session: Session) -> Ballot:
    """A vote that stays open, also when every partner has answered."""
    rule = replace(default_rule(BallotType.GUIDANCE, Method.VOTE), early_close=False)
    draft = BallotDraft(
        BallotType.GUIDANCE, "Agree on the guidance", "The Partners Board agrees.", method=Method.VOTE, rule=rule
    )
    ballot = board.draft_ballot(session, draft, actor=SYSTEM, now=T0)
    return board.open_ballot(session, ballot, closes_at=T0 + timedelta(days=14), actor=SYSTEM, now=T0)


def _representatives(session: Session) -> Sequence[Mandate]:
    in_force = (Mandate.starts_on <= T0.date(), Mandate.ends_on.is_(None) | (Mandate.ends_on > T0.date()))
    statement = select(Mandate).where(Mandate.capacity == MandateCapacity.REPRESENTATIVE, *in_force)
    return session.scalars(statement.order_by(Mandate.id)).all()


def _start_minutes(session: Session) -> tuple[str, list[tuple[int, int]], int]:
    """Open the draft through the service as the secretariat; its address, its notes, the officer."""
    from u4ssc_gov.accounts.models import Person
    from u4ssc_gov.deliverables.models import Deliverable
    from u4ssc_gov.meetings.services import start_minutes
    from u4ssc_gov.partners.models import SecretariatMembership
    from u4ssc_gov.workflows.identity import actor_for_person

    meeting = session.scalars(
        select(Meeting)
        .outerjoin(Minutes, Minutes.meeting_id == Meeting.id)
        .where(Meeting.ends_at < T0, Meeting.source == "", Minutes.id.is_(None))
        .order_by(Meeting.id)
    ).first()
    assert meeting is not None
    officer_id = session.scalars(select(SecretariatMembership.person_id).order_by(SecretariatMembership.id)).first()
    actor = actor_for_person(session, session.get_one(Person, officer_id), now=T0)
    minutes = start_minutes(session, meeting, actor=actor, now=T0)
    code = session.get_one(Deliverable, meeting.deliverable_id).code
    notes = session.execute(
        select(Note.agenda_item_id, Note.revision).where(Note.minutes_id == minutes.id).order_by(Note.id)
    ).all()
    return f"/deliverables/{code}/minutes/{meeting.number}", [(n[0], n[1]) for n in notes], officer_id or 0


def _check(runtime: Runtime, told: Told) -> None:
    with runtime.database.read() as session:
        stored = {row.receipt: row.position.value for row in session.scalars(select(Vote))}
        lost = [r for r, position in told.receipts.items() if stored.get(r) != position]
        assert lost == [], f"{len(lost)} confirmed votes lost, first {lost[:3]}"
        saved = select(Note.agenda_item_id, NoteRevision.said).join(Note, Note.id == NoteRevision.note_id)
        texts = {(row[0], row[1]) for row in session.execute(saved)}
        missing = [word for word in told.notes if word not in texts]
        assert missing == [], f"{len(missing)} confirmed saves lost, first {missing[:3]}"
        # One partner, one counted position; revisions without gaps.
        gaps = session.execute(
            select(Elector.acronym, func.count(Vote.id), func.max(Vote.revision))
            .join(Vote, Vote.elector_id == Elector.id)
            .group_by(Elector.id, Elector.acronym)
        ).all()
        assert [g for g in gaps if g[1] != g[2]] == []
    if runtime.database.is_sqlite:
        with runtime.database.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []


def _check_ledger(runtime: Runtime, server: LiveServer, clock: Clock, code: str, told: Told) -> None:
    """The server starts a last time, the signer signs, and everything is checked again from outside."""
    clock.set(server)
    server.start()
    server.wait_ready()
    commands = {**environment(server.folder, server.port, server.url), **server.extra}
    evidence.command(commands, "jobs", "run", "ledger.sign_checkpoints")
    told.browsers[0].close()
    status, _location, checkpoint = told.browsers[0].fetch("GET", "/ledger/checkpoint")
    assert status == 200
    log = evidence.exported(commands, server.folder, checkpoint)
    evidence.check_verified(log)
    with runtime.database.read() as session:
        votes = {vote.receipt: vote for vote in session.scalars(select(Vote).where(Vote.ledger_seq.is_not(None)))}
        for receipt, position in told.receipts.items():
            entry = log.entries[votes[receipt].ledger_seq or 0]
            assert entry["kind"] == "position.cast", receipt
            assert (entry["ballot"], entry["choice"]) == (code, position), receipt
            assert votes[receipt].revision == entry["revision"], receipt
        _check_words(session, log, votes, told)
        _check_files(log, votes, code, told)
        evidence.check_receipts(session, log, [votes[receipt].ledger_seq or 0 for receipt in told.receipts])
        # Nothing but what the log knows counts as a vote, and nothing in the log is without its vote.
        mine = [vote.ledger_seq or 0 for vote in votes.values() if vote.receipt.startswith(f"{code}-")]
        assert sorted(entry["seq"] for entry in log.of("position.cast", code)) == sorted(mine)


def _check_words(session: Session, log: evidence.Log, votes: dict[str, Vote], told: Told) -> None:
    """Page and mail named the entry and its leaf hash: those of the log after all the kills."""
    leaves = {receipt: log.leaf(votes[receipt].ledger_seq or 0) for receipt in told.receipts}
    assert len(told.pages) >= TARGET // (4 * LOOK_EVERY)
    other = [receipt for receipt, shown in told.pages.items() if leaves[receipt] not in shown]
    other += [receipt for receipt, entry in told.files.items() if leaves[receipt] != evidence.leaf_hash(entry)]
    assert other == [], f"{len(other)} receipts named another hash, first {other[:3]}"
    said: dict[str, set[str]] = {}
    receipts = OutboxMessage.template == "board/vote_receipt"
    for mail in session.scalars(select(OutboxMessage).where(receipts)):
        text, _html = parts_of(mail, session.info)
        said.setdefault(mail.dedupe_key.split(":receipt:")[1].split(":")[0], set()).update(evidence.LEAF.findall(text))
    unsaid = [receipt for receipt, leaf in leaves.items() if leaf not in said.get(receipt, set())]
    assert unsaid == [], f"{len(unsaid)} receipts went out with another hash, first {unsaid[:3]}"


def _check_files(log: evidence.Log, votes: dict[str, Vote], code: str, told: Told) -> None:
    """The files that somebody looked at can be fetched again, now with a proof, by the same people."""
    voters = {one.seat: one for one in told.browsers if one.seat}
    for receipt in list(told.files)[:LOOK_EVERY]:
        voter = voters[receipt.removeprefix(f"{code}-").rsplit("-", 1)[0]]
        voter.close()  # servers hang up on those who wait too long
        status, _location, content = voter.fetch("GET", f"/ballots/{code}/receipts/{receipt}/file")
        assert status == 200, receipt
        evidence.check_receipt(content, log.trust, votes[receipt].ledger_seq or 0)
