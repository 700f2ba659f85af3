"""Browsers that have been signed in before: a signed cookie lets nobody in, but strangers cannot keep its owner out.

It holds a random name for the browser and hashes of the addresses it was signed in as, the newest first.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from u4ssc_gov.accounts.rules import DEVICE_LIFETIME
from u4ssc_gov.web.request import runtime

_MOST_PEOPLE = 5  # who share one browser


def cookie_name() -> str:
    """Under HTTPS a name that only this host can set."""
    return "__Host-u4ssc-browser" if runtime().settings.is_https else "u4ssc-browser"


def known_as(key: str) -> str:
    """The name of this browser when it has been signed in as the address of this key, else empty."""
    name, keys = _read()
    return name if key in keys else ""


def remember(response: Response, key: str) -> None:
    """Note on the browser that it has been signed in as the address of this key."""
    name, keys = _read()
    content = {"n": name or secrets.token_urlsafe(12), "k": [key, *(k for k in keys if k != key)][:_MOST_PEOPLE]}
    response.set_cookie(
        cookie_name(),
        _signer().dumps(content),
        max_age=int(DEVICE_LIFETIME.total_seconds()),
        secure=runtime().settings.is_https,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _read() -> tuple[str, list[str]]:
    try:
        found: Any = _signer().loads(
            request.cookies.get(cookie_name(), ""), max_age=int(DEVICE_LIFETIME.total_seconds())
        )
    except BadSignature:
        return "", []
    return str(found["n"]), [str(key) for key in found["k"]]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="u4ssc-browser")
