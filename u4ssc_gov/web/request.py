"""One request: one session, one actor, one ``now``. Opened before the view, closed after the response.

A safe request (GET, HEAD, OPTIONS) gets a session that refuses to write. An unsafe one gets a writing session, which
on SQLite holds the write lock from its first statement, so that the authority it reads is still true when it commits.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, cast

from flask import current_app, g, request
from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import ANONYMOUS, Actor

if TYPE_CHECKING:
    from u4ssc_gov.core.clock import Clock
    from u4ssc_gov.core.runtime import Runtime

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def runtime() -> Runtime:
    """Settings and database of the running platform."""
    return cast("Runtime", current_app.extensions["u4ssc_runtime"])


def _clock() -> Clock:
    return cast("Clock", current_app.extensions["u4ssc_clock"])


def session() -> Session:
    """The request's session, opened on first use."""
    if "u4_session" not in g:
        database = runtime().database
        g.u4_session = database.reading() if request.method in SAFE_METHODS else database.writing()
    return cast("Session", g.u4_session)


def session_for_reading() -> Session:
    """Undo what this request changed and go on with reading alone: a page that explains a refusal holds no lock."""
    close_session()
    g.u4_session = runtime().database.reading()
    return session()


def now() -> datetime:
    """The request's instant (UTC), fixed once the session is open so that a page never contradicts itself."""
    if "u4_now" not in g:
        if request.method not in SAFE_METHODS:
            session().connection()  # take the lock first: the instant that counts comes after the wait
        g.u4_now = _clock().now()
    return cast("datetime", g.u4_now)


def instant() -> datetime:
    """A fresh reading of the clock, for the moment after a row lock was waited for. Later calls of ``now`` agree."""
    g.u4_now = _clock().now()
    return cast("datetime", g.u4_now)


def actor() -> Actor:
    """Who is asking, as the records at ``now`` have it."""
    return cast("Actor", g.get("u4_actor", ANONYMOUS))


def set_actor(found: Actor) -> None:
    """Used by the sign-in machinery only."""
    g.u4_actor = found


def close_session(_error: BaseException | None = None) -> None:
    """Roll back whatever the view did not commit and give the connection back."""
    opened = g.pop("u4_session", None)
    if opened is not None:
        opened.close()
