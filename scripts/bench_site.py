"""Generates an installation for ``make bench`` and finds one page of each kind with somebody who may read it."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Account
from u4ssc_gov.accounts.services import open_session
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.core import migrations
from u4ssc_gov.core.clock import SystemClock
from u4ssc_gov.core.runtime import Runtime, make_runtime
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.demo.loading import load_demo
from u4ssc_gov.factory import create_app
from u4ssc_gov.meetings.models import Meeting, Minutes
from u4ssc_gov.settings import load_settings

WORK = "Guidelines on interoperable city platforms"


def build_site(env: dict[str, str], scale: int) -> tuple[list[tuple[str, str, str]], dict[str, bytes], dict[str, int]]:
    """Load ``scale`` years; return the pages (name, path, cookie), their bytes and their number of statements."""
    runtime = make_runtime(load_settings(env))
    migrations.upgrade(runtime.database)
    now = SystemClock().now()
    load_demo(runtime, now=now, scale=scale)
    app = create_app(runtime=runtime)
    pages = _pages(runtime, app)
    bodies, statements = {}, {}
    for name, path, cookie in pages:
        bodies[name], statements[name] = _look(runtime, app, path, cookie)
    runtime.database.dispose()
    return pages, bodies, statements


def _pages(runtime: Runtime, app: Flask) -> list[tuple[str, str, str]]:
    with runtime.database.transaction() as session:
        ballot = session.scalars(
            select(Ballot.code).where(Ballot.opens_at.is_not(None)).order_by(Ballot.closes_at.desc(), Ballot.id)
        ).first()
        code, number = session.execute(
            select(Deliverable.code, Meeting.number)
            .join(Meeting, Meeting.deliverable_id == Deliverable.id)
            .join(Minutes, Minutes.meeting_id == Meeting.id)
            .where(Deliverable.title == WORK, Minutes.filed_at.is_not(None))
            .order_by(Meeting.ends_at.desc())
        ).first() or ("", 0)
        who = {role: _cookie(session, app, role) for role in ("leader", "board_representative", "secretariat")}
    return [
        ("home-leader", "/home", who["leader"]),
        ("home-board", "/home", who["board_representative"]),
        ("home-office", "/home", who["secretariat"]),
        ("ballot", f"/ballots/{ballot}", who["board_representative"]),
        ("deliverable", f"/deliverables/{code}", who["leader"]),
        ("minutes", f"/deliverables/{code}/minutes/{number}", who["leader"]),
        ("tenures", "/people", who["secretariat"]),
        ("queue", "/evaluations", who["secretariat"]),
    ]


def _cookie(session: Session, app: Flask, role: str) -> str:
    account = session.scalars(select(Account).where(Account.demo_role == role)).one()
    session.refresh(account, ["person"])
    _row, token = open_session(session, account, device="bench", now=SystemClock().now())
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    # With a token for forms, as after the first page: the cookie is not set anew on every request.
    content = {"_user_id": token, "_fresh": True, "csrf_token": "0" * 40}
    return f"{app.config['SESSION_COOKIE_NAME']}={serializer.dumps(content)}"


def _look(runtime: Runtime, app: Flask, path: str, cookie: str) -> tuple[bytes, int]:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(runtime.database.engine, "before_cursor_execute", note)
    name, _, value = cookie.partition("=")
    client = app.test_client()
    client.set_cookie(name, value, domain="127.0.0.1")
    response = client.get(path, base_url="http://127.0.0.1")
    event.remove(runtime.database.engine, "before_cursor_execute", note)
    if response.status_code != 200:
        raise SystemExit(f"{path} answered {response.status_code}")
    return response.data, len(seen)
