"""Every view says who may call it. A view without a mark is refused before it runs (threat T13)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeVar

from flask import Flask, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov.core.errors import Forbidden, SignedOut
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.web.request import SAFE_METHODS, actor, runtime

Level = Literal["public", "public_in_demo", "signed_in", "secretariat"]
LEVELS: tuple[Level, ...] = ("public", "public_in_demo", "signed_in", "secretariat")
View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def access(level: Level) -> Callable[[View], View]:
    """Mark a view: ``public``, ``signed_in`` or ``secretariat``. Finer rights are the room's ``policy``.

    ``public_in_demo`` is public in the demonstration and for signed-in people everywhere else.
    """

    def mark(view: View) -> View:
        view.u4_access = level  # type: ignore[attr-defined]
        return view

    return mark


def level_of(app: Flask, endpoint: str) -> Level | None:
    """The mark of an endpoint; Flask's own static files are public."""
    if endpoint == "static":
        return "public"
    return getattr(app.view_functions.get(endpoint), "u4_access", None)


def check_access() -> ResponseReturnValue | None:
    """Before each request: let through, send to sign in, or refuse."""
    if request.endpoint is None:
        return None  # no such page: the 404 handler answers
    level = level_of(current_app, request.endpoint)
    if level is None:
        raise Forbidden(_("This page has no access rule and is therefore closed."), "web.access.unmarked")
    if level == "public" or (level == "public_in_demo" and runtime().settings.is_demo):
        return None
    if not actor().is_signed_in:
        return _to_sign_in()
    if level == "secretariat" and not actor().is_secretariat:
        raise Forbidden(_("This page is for the Secretariat."), "web.access.secretariat")
    return None


def _to_sign_in() -> ResponseReturnValue:
    """Send a reader on to sign in; tell a writer, with what was typed, and do nothing."""
    if request.method not in SAFE_METHODS:
        if request.accept_mimetypes.best == "application/json":
            return {"error": _("You are signed out. Sign in again; your text is kept in this browser.")}, 401
        raise SignedOut(_("You are signed out, so nothing was recorded. Sign in and send it again."), "web.signed_out")
    # Only a path of our own is carried along; the sign-in view checks it again.
    target = request.full_path.rstrip("?")
    return redirect(url_for("accounts.show_sign_in", then=target or None), 303)
