"""Fixtures: a migrated database per test (SQLite or PostgreSQL), a standing clock, a client that watches responses."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

import u4ssc_gov.models
from tests.clock import T0, StandingClock
from tests.factories import World
from u4ssc_gov.accounts import services as accounts
from u4ssc_gov.accounts.models import Account, Person
from u4ssc_gov.core import migrations
from u4ssc_gov.core.db import Database
from u4ssc_gov.core.runtime import Runtime, session_info
from u4ssc_gov.factory import create_app
from u4ssc_gov.settings import Settings, load_settings
from u4ssc_gov.web import security

ENGINE = os.environ.get("U4SSC_TEST_ENGINE", "sqlite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out, by name, what proves something of SQLite only."""
    # What takes longest begins first, so that the workers end together.
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    if ENGINE != "sqlite":
        items[:] = [item for item in items if item.get_closest_marker("sqlite_only") is None]


@pytest.fixture
def clock() -> StandingClock:
    """The test's clock, at T0."""
    return StandingClock(T0)


@pytest.fixture(scope="session")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite3"
    database = Database(f"sqlite:///{path}")
    migrations.upgrade(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def _kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """This worker's database, emptied before each test. One engine for all of them: it remembers the statements it has
    compiled, and compiling them anew for each test took a fifth of the suite."""
    if ENGINE == "sqlite":
        database = Database(f"sqlite:///{tmp_path_factory.mktemp('kept') / 'u4ssc.sqlite3'}")
        # Nothing has to survive a power cut here; that the platform's own engines wait for the disk is tested.
        event.listen(database.engine, "connect", lambda raw, _record: raw.execute("PRAGMA synchronous=OFF"))
    else:
        from tests.support.postgres import postgres_url

        database = Database(postgres_url(os.environ.get("PYTEST_XDIST_WORKER", "main")))
        migrations.upgrade(database)
    yield database
    database.dispose()


@pytest.fixture
def empty_platform(_kept: Database, request: pytest.FixtureRequest) -> Callable[[Path], Runtime]:
    """Make a platform with an empty database and a data folder; what the one before held is gone."""

    def make(folder: Path) -> Runtime:
        if ENGINE == "sqlite":
            _kept.dispose()
            target = Path(_kept.url.database or "")
            for left in target.parent.glob(f"{target.name}*"):
                left.unlink()
            shutil.copyfile(request.getfixturevalue("_template"), target)
        else:
            _empty(_kept)
        settings = load_settings(
            {
                "U4SSC_ENV": "test",
                "U4SSC_DATA_DIR": str(folder),
                "DATABASE_URL": _kept.url.render_as_string(hide_password=False),
                "U4SSC_BASE_URL": "http://localhost",
            }
        )
        for sessions in (_kept.reading, _kept.writing):
            sessions.configure(info=session_info(settings))
        return Runtime(settings, _kept)

    return make


@pytest.fixture
def runtime(empty_platform: Callable[[Path], Runtime], tmp_path: Path) -> Runtime:
    """The running platform without a request."""
    return empty_platform(tmp_path)


@pytest.fixture
def settings(runtime: Runtime) -> Settings:
    """Settings of the test's platform."""
    return runtime.settings


def _empty(database: Database) -> None:
    """Empty every table: one message to the server, a hundredth of what TRUNCATE takes, which makes a new file for each
    table and index. As a replica, the session passes by keys and by the triggers that protect history.
    """
    orders = [
        "SET LOCAL lock_timeout = '20s'",  # a test that left a transaction open is told of
        "SET LOCAL session_replication_role = replica",
        *(f'DELETE FROM "{name}"' for name in u4ssc_gov.models.metadata.tables),  # noqa: S608 - names of our own tables
        # Numbers begin anew too: a rolled-back insert has moved them.
        "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'",
    ]
    with database.engine.begin() as connection:
        connection.exec_driver_sql("; ".join(orders))


@pytest.fixture
def session(runtime: Runtime) -> Iterator[Session]:
    """A writing session; commit in the test what another session must see."""
    with runtime.database.writing() as opened:
        yield opened


@pytest.fixture
def world(session: Session, clock: StandingClock) -> World:
    """Makers of people, partners, offices and the rest, through the services where they exist."""
    return World(session, clock)


_shared: list[Flask] = []


@pytest.fixture
def app(runtime: Runtime, clock: StandingClock) -> Flask:
    """The application on the test's database and clock. Built once a worker: compiling templates takes longer than
    most tests. A test that changes the application asks for ``fresh_app``."""
    if not _shared:
        _shared.append(create_app(runtime=runtime, clock=clock))
    made = _shared[0]
    made.extensions["u4ssc_runtime"] = runtime
    made.extensions["u4ssc_clock"] = clock
    security.configure(made)
    return _watched(made)


@pytest.fixture
def fresh_app(runtime: Runtime, clock: StandingClock) -> Flask:
    """An application of this test's own, to add routes to."""
    return _watched(create_app(runtime=runtime, clock=clock))


def _watched(made: Flask) -> Flask:
    made.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False, WTF_CSRF_ENABLED=True)
    made.test_client_class = WatchingClient
    return made


class WatchingClient(FlaskClient):
    """Sends CSRF tokens by itself and checks every response: headers, well-formed HTML, no server error."""

    allow_server_error = False

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make the request, then watch the response."""
        response = super().open(*args, **kwargs)
        if not self.allow_server_error:
            assert response.status_code != 500, response.get_data(as_text=True)[:3000]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "Content-Security-Policy" in response.headers
        if response.mimetype == "text/html" and response.data and not 300 <= response.status_code < 400:
            _Checker().check(response.get_data(as_text=True))
        return response

    def send(self, url: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """POST a form with this browser's CSRF token."""
        return self.post(url, data={"csrf_token": self.csrf_token(), **(data or {})}, **kwargs)

    def csrf_token(self) -> str:
        """A valid token of this browser."""
        from flask import session as cookie
        from flask_wtf.csrf import generate_csrf

        with self.application.test_request_context(base_url="http://localhost"):
            with self.session_transaction() as kept:
                cookie.update(kept)
            token: str = generate_csrf()
            with self.session_transaction() as kept:
                kept.update(cookie)
        return token


class _Checker(HTMLParser):
    """Every element that must be closed is closed, ids are unique, nothing inline that the CSP would block."""

    VOID = frozenset(
        ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
    )
    SVG_SELF = frozenset(["path", "rect", "circle", "line", "use", "stop", "polyline", "polygon", "ellipse"])

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open_tags: list[str] = []
        self.ids: set[str] = set()
        self.problems: list[str] = []
        self.headings = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, attrs)
        self.headings += tag == "h1"
        if tag not in self.VOID:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._attributes(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.VOID:
            return
        if not self.open_tags or self.open_tags[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.open_tags[-1:]} at {self.getpos()}")
            if tag in self.open_tags:
                while self.open_tags and self.open_tags.pop() != tag:
                    pass
        else:
            self.open_tags.pop()

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "style" or name.startswith("on"):
                self.problems.append(f"inline {name} on <{tag}> at {self.getpos()}")
            if name == "id":
                if value in self.ids:
                    self.problems.append(f"id {value} twice, at {self.getpos()}")
                self.ids.add(value or "")

    def check(self, html: str) -> None:
        self.feed(html)
        if self.open_tags:
            self.problems.append(f"never closed: {self.open_tags}")
        if self.headings != 1:
            self.problems.append(f"{self.headings} h1 elements")
        assert not self.problems, self.problems


@pytest.fixture
def client(app: Flask) -> WatchingClient:
    """A browser that is not signed in."""
    made = app.test_client()
    assert isinstance(made, WatchingClient)
    return made


@pytest.fixture
def sign_in(app: Flask, runtime: Runtime, clock: StandingClock) -> Callable[[Person], WatchingClient]:
    """Return a browser signed in as a person (who gets an account when they have none)."""

    def enter(person: Person) -> WatchingClient:
        from u4ssc_gov.accounts import queries
        from u4ssc_gov.core.actor import SYSTEM

        with runtime.database.transaction() as session:
            account: Account | None = queries.find_account_of(session, person.id)
            if account is None:
                accounts.add_account(session, queries.get_person(session, person.id), actor=SYSTEM, now=clock.now())
                account = queries.find_account_of(session, person.id)
            assert account is not None
            _row, token = accounts.open_session(session, account, device="test", now=clock.now())
        browser = app.test_client()
        assert isinstance(browser, WatchingClient)
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return browser

    return enter


@dataclass
class Statements:
    """SQL statements seen."""

    texts: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.texts)


@pytest.fixture
def count_statements(runtime: Runtime) -> Callable[[], Any]:
    """``with count_statements() as seen: …; assert len(seen) == 5``. Transaction statements are not counted."""

    @contextmanager
    def counting() -> Iterator[Statements]:
        seen = Statements()

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT")):
                seen.texts.append(statement)

        event.listen(runtime.database.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(runtime.database.engine, "before_cursor_execute", note)

    return counting
