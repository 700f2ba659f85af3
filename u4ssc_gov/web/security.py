"""Headers, nonces, request ids and the checks of where a request comes from (reliability C.6)."""

from __future__ import annotations

import secrets
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from u4ssc_gov.core.errors import Forbidden
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.web.request import SAFE_METHODS, actor, runtime

_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
DOWNLOAD_POLICY = "sandbox; default-src 'none'"
_FIXED = (
    ("X-Content-Type-Options", "nosniff"),
    # Not "no-referrer": under it browsers send "Origin: null" with our own forms too, and over plain HTTP on a local
    # network they send no Sec-Fetch-Site that could tell them from a stranger's. Other sites still learn nothing.
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


def csp_nonce() -> str:
    """The nonce of this response's own scripts."""
    if "u4_nonce" not in g:
        g.u4_nonce = secrets.token_urlsafe(16)
    return cast("str", g.u4_nonce)


def page_policy(addition: str = "") -> str:
    """The policy of a page; ``addition`` is one more directive for a page that needs it ("frame-src 'self'")."""
    policy = _POLICY.format(nonce=csp_nonce())
    return f"{policy}; {addition}" if addition else policy


def request_id() -> str:
    """A short random name of this request, in its log lines and on error pages."""
    if "u4_request_id" not in g:
        g.u4_request_id = secrets.token_hex(6)
    return cast("str", g.u4_request_id)


def check_origin() -> None:
    """Refuse unsafe requests that a browser says come from another site; the CSRF token is the first net."""
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin", "")
    fetched_from = request.headers.get("Sec-Fetch-Site", "")
    if origin == "null" and fetched_from == "same-origin":
        return  # our own form, from a page with a stricter referrer policy: Sec-Fetch-Site says that it is ours
    same = not origin or _site_of(origin) in (request.host, urlsplit(runtime().settings.base_url).netloc)
    if fetched_from in ("cross-site", "same-site") or not same:
        raise Forbidden(_("This form was sent from another site. Open it here and send it again."), "web.origin")


def _site_of(origin: str) -> str:
    """The host and port an origin names; empty when it cannot be read ("http://[")."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def add_headers(response: Response) -> Response:
    """Put the security headers on every response; signed-in pages are never stored."""
    headers = response.headers
    present = {name.lower() for name, _value in headers}  # read once: each look into headers goes through all of them
    for name, value in _FIXED:
        if name.lower() not in present:
            headers.add(name, value)
    if "content-security-policy" not in present:
        headers.add("Content-Security-Policy", page_policy())
    if request.endpoint != "static" and (actor().is_signed_in or "cache-control" not in present):
        headers["Cache-Control"] = "no-store"
        headers.add("Vary", "Cookie")
    if runtime().settings.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    headers.add("X-Request-ID", request_id())
    return response


def configure(app: Flask) -> None:
    """Cookie flags and limits (reliability C.6)."""
    settings = app.extensions["u4ssc_runtime"].settings
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-u4ssc" if settings.is_https else "u4ssc",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        MAX_CONTENT_LENGTH=21 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_TIME_LIMIT=None,  # a long minutes form must not expire under its writer
        WTF_CSRF_SSL_STRICT=False,  # the Referer may be missing; the origin is checked in check_origin
    )
