"""Public pages and files that may be kept for a little while: the same for every visitor who is not signed in."""

from __future__ import annotations

from flask import Response, make_response, request
from flask import session as cookie

from u4ssc_gov import web
from u4ssc_gov.board.register.records import Record
from u4ssc_gov.web.exports import download

PAGE_SECONDS = 60
FILE_SECONDS = 300


def page(html: str) -> Response:
    """A page that a browser or a cache may keep for a minute, unless it was made for somebody.

    It has no validator: each page carries a fresh nonce for its scripts, and a 304 would bring the next one.
    """
    response = make_response(html)
    if not (web.actor().is_signed_in or cookie):
        response.headers["Cache-Control"] = f"public, max-age={PAGE_SECONDS}"
        response.headers.add("Vary", "Cookie")
    return response


def file(made: Record, name: str, content_type: str) -> Response:
    """A file that is the same bytes for everybody: recognised by its SHA-256, sent once."""
    response = download(made.content, name, content_type)
    response.set_etag(made.sha256)
    response.last_modified = made.at
    response.headers["Cache-Control"] = f"public, max-age={FILE_SECONDS}"
    response.make_conditional(request)
    return response
