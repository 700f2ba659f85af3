"""Promise P1: what the page confirmed is never lost.

Clients vote and save minutes through the real server while it is killed with SIGKILL again and again. A client writes
down what it was told (the receipt, the revision). Afterwards every such word must be in the database, once.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from tests.clock import T0
from tests.journeys.conftest import LiveServer, environment, free_port
from u4ssc_gov.accounts import queries as account_queries
from u4ssc_gov.accounts import services as accounts
from u4ssc_gov.board.models import Ballot, Elector, Vote
from u4ssc_gov.core import migrations
from u4ssc_gov.core.actor import MandateCapacity
from u4ssc_gov.core.clock import SystemClock
from u4ssc_gov.core.runtime import Runtime, make_runtime
from u4ssc_gov.demo.loading import load_demo
from u4ssc_gov.factory import create_app
from u4ssc_gov.initiative.loading import load_initiative
from u4ssc_gov.meetings.models import Meeting, Minutes, Note, NoteRevision
from u4ssc_gov.partners.models import Mandate
from u4ssc_gov.settings import load_settings

TARGET = int(os.environ.get("U4SSC_KILL_TARGET", "2000"))
KILL_EVERY = (2.0, 5.0)  # seconds between kills, drawn anew each time
ENGINE = os.environ.get("U4SSC_TEST_ENGINE", "sqlite")


@dataclass
class Browser:
    """One person's keep-alive connection, cookie and CSRF token."""

    port: int
    cookie: str
    csrf: str
    connection: http.client.HTTPConnection | None = None

    def close(self) -> None:
        """Give the connection back."""
        if self.connection is not None:
            self.connection.close()

    def ask(self, method: str, path: str, fields: dict[str, str] | None = None, **headers: str) -> tuple[int, str, str]:
        """Status, location and body; raises ``OSError`` or ``HTTPException`` when the server is gone."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        body = urlencode({**fields, "csrf_token": self.csrf}) if fields is not None else None
        try:
            self.connection.request(
                method,
                path,
                body,
                {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded", **headers},
            )
            response = self.connection.getresponse()
            return response.status, response.headers.get("Location", ""), response.read().decode()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise


@dataclass
class Told:
    """What clients were told, kept outside the server."""

    receipts: dict[str, str] = field(default_factory=dict)  # receipt → position
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
    url = postgres_url(f"kill_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    runtime = runtime_of(folder, url)
    migrations.upgrade(runtime.database)
    load_initiative(runtime, now=T0)
    load_demo(runtime, now=T0)
    runtime.database.dispose()
    return folder, url


def runtime_of(folder: Path, url: str) -> Runtime:
    """A runtime on the same data as the server."""
    return make_runtime(load_settings(environment(folder, 1, url)))


def browser(runtime: Runtime, person_id: int, port: int) -> Browser:
    """Sign a person in without a page: the server-side session is real, so is the cookie."""
    app = create_app(runtime=runtime, clock=SystemClock())
    with runtime.database.transaction() as session:
        account = account_queries.find_account_of(session, person_id)
        assert account is not None
        _row, token = accounts.open_session(session, account, device="kill test", now=T0)
    from flask import session as cookie
    from flask_wtf.csrf import generate_csrf

    with app.test_request_context(base_url=f"http://127.0.0.1:{port}"):
        csrf = generate_csrf()
        content = {**cookie, "_user_id": token, "_fresh": True}
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return Browser(port, f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(content)}", csrf)


def vote_until_done(one: Browser, code: str, partner_id: int, digest: str, told: Told, done: threading.Event) -> None:
    """Vote, change, change back …: each confirmation is written down."""
    revision, number = None, 0
    while not done.is_set():
        try:
            if revision is None:  # the server was gone: look what it remembers, as a person would
                status, _l, page = one.ask("GET", f"/ballots/{code}?change=1")
                shown = re.search(r'name="expected_revision"[^>]*value="(\d+)"', page)
                if shown is None:
                    told.problems.append(f"the ballot answered {status}: {page[:300]}")
                    return
                revision = int(shown[1])
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
        except (OSError, http.client.HTTPException):
            revision = None
            time.sleep(0.05)  # the server is being started again
            continue
        if status == 303:
            receipt = location.rstrip("/").rsplit("/", 1)[-1].split("?")[0]
            with told.lock:
                told.receipts[receipt] = position
            revision = int(receipt.rsplit("-", 1)[-1])
        elif status == 409:
            revision = None
        else:
            told.problems.append(f"vote answered {status}: {page[:300]}")
            return


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
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)  # the server is being started again
            revision = _revision_shown(one, url, item) or revision
            continue
        if status == 200:
            with told.lock:
                told.notes.append((item, text))
            revision += 1
        elif status == 409:
            revision = _revision_shown(one, url, item) or revision
        else:
            told.problems.append(f"save answered {status}: {body[:300]}")
            return


def _revision_shown(one: Browser, url: str, item: int) -> int | None:
    try:
        _status, _location, page = one.ask("GET", f"{url}/edit")
    except (OSError, http.client.HTTPException):
        return None
    found = re.search(rf'name="rev-{item}"[^>]*value="(\d+)"', page)
    return int(found[1]) if found else None


@pytest.mark.slow
def test_nothing_confirmed_is_lost(place: tuple[Path, str], start_server: Callable[[LiveServer], LiveServer]) -> None:
    folder, url = place
    runtime = runtime_of(folder, url)
    server = LiveServer(folder, free_port(), url)
    told, done = Told(), threading.Event()
    threads = _clients(runtime, server.port, told, done)
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
        server.start()
        server.wait_ready()
    done.set()
    for thread in threads:
        thread.join(30)
    server.kill()
    for one in told.browsers:
        one.close()
    assert told.problems == []
    assert told.count >= TARGET, f"only {told.count} confirmations in time"
    assert kills >= 3
    _check(runtime, told)
    runtime.database.dispose()


def _clients(runtime: Runtime, port: int, told: Told, done: threading.Event) -> list[threading.Thread]:
    with runtime.database.read() as session:
        ballot = session.scalars(
            select(Ballot).where(Ballot.closes_at > T0, Ballot.opens_at.is_not(None)).order_by(Ballot.id)
        ).first()
        assert ballot is not None
        mandates = session.scalars(
            select(Mandate).where(Mandate.capacity == MandateCapacity.REPRESENTATIVE).order_by(Mandate.id)
        ).all()
        meeting = session.scalars(
            select(Meeting)
            .outerjoin(Minutes, Minutes.meeting_id == Meeting.id)
            .where(Meeting.ends_at < T0, Meeting.source == "", Minutes.id.is_(None))
            .order_by(Meeting.id)
        ).first()
        assert meeting is not None
    threads = []
    for mandate in mandates:
        one = browser(runtime, mandate.person_id, port)
        told.browsers.append(one)
        arguments = (one, ballot.code, mandate.partner_id, ballot.text_sha256, told, done)
        threads.append(threading.Thread(target=vote_until_done, args=arguments))
    minutes_url, notes, officer_id = _start_minutes(runtime, meeting.id)
    for item, revision in notes[:3]:
        one = browser(runtime, officer_id, port)
        told.browsers.append(one)
        threads.append(threading.Thread(target=save_until_done, args=(one, minutes_url, item, revision, told, done)))
    return threads


def _start_minutes(runtime: Runtime, meeting_id: int) -> tuple[str, list[tuple[int, int]], int]:
    """Open the draft through the service as the secretariat; its address, its notes, the officer."""
    from u4ssc_gov.accounts.models import Person
    from u4ssc_gov.deliverables.models import Deliverable
    from u4ssc_gov.meetings.services import start_minutes
    from u4ssc_gov.partners.models import SecretariatMembership
    from u4ssc_gov.workflows.identity import actor_for_person

    with runtime.database.transaction() as session:
        meeting = session.get_one(Meeting, meeting_id)
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
