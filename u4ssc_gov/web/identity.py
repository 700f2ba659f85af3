"""Signing in at the edge: Flask-Login keeps an opaque token in the cookie, the database says what it is worth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from flask import Flask, g, request
from flask import session as cookie
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import ANONYMOUS, Actor
from u4ssc_gov.web.request import close_session, now, session, set_actor
from u4ssc_gov.workflows import identity


@dataclass(frozen=True)
class SignedIn(UserMixin):  # type: ignore[misc]
    """What Flask-Login carries: the token of a server-side session and the actor it stands for."""

    token: str
    actor: Actor

    def get_id(self) -> str:
        """The cookie's content."""
        return self.token


def install(app: Flask) -> None:
    """Attach Flask-Login and resolve the actor once per request."""
    manager = LoginManager(app, add_context_processor=False)  # templates read ``actor``
    manager.session_protection = None  # the server-side session is the protection
    # Flask-Login would make a hash of address and browser for that protection all the same.
    manager._session_identifier_generator = str
    manager.user_loader(_load)
    app.before_request(_resolve)


def _load(token: str) -> SignedIn | None:
    found = identity.find_actor(session(), token, now=now())
    return None if found is None else SignedIn(token, found)


def _resolve() -> None:
    if request.endpoint == "static" or "_user_id" not in cookie:
        i18n.use(_browser_language())
        return
    user = current_user._get_current_object()  # once: each look through the proxy asks again
    if isinstance(user, SignedIn):
        set_actor(user.actor)
        g.u4_token = user.token
        i18n.use(user.actor.locale or _browser_language())
    else:
        i18n.use(_browser_language())


@contextmanager
def without_lock() -> Iterator[None]:
    """A block of long work with the write lock given back. After it the request goes on under a fresh one: the instant
    and who asks are read anew, because both may have changed.
    """
    close_session()
    yield
    g.pop("u4_now", None)
    found = identity.find_actor(session(), current_token(), now=now())
    set_actor(found or ANONYMOUS)


def _browser_language() -> str:
    return request.accept_languages.best_match(i18n.available_codes()) or i18n.SOURCE_LOCALE


def current_token() -> str:
    """The token of this browser's session, for the list of one's own sessions."""
    return cast("str", g.get("u4_token", ""))


def remember(token: str, actor: Actor) -> None:
    """Put a new session's token into the cookie; everything else the cookie held is dropped (session fixation)."""
    cookie.clear()
    login_user(SignedIn(token, actor))


def forget() -> None:
    """Empty the cookie."""
    logout_user()
    cookie.clear()
