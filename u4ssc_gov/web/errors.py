"""Turns what went wrong into a page that says what happened and the way on."""

from __future__ import annotations

import structlog
from flask import Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from u4ssc_gov.core.errors import TooMany, U4sscError
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.web.body import page_of_form, typed_texts
from u4ssc_gov.web.request import SAFE_METHODS, actor, close_session
from u4ssc_gov.web.security import request_id

log = structlog.get_logger(__name__)
_KEEPS_TEXT = (400, 401, 403, 409, 410, 422, 429, 500, 503)


def register(app: Flask) -> None:
    """Attach the handlers."""
    app.register_error_handler(U4sscError, _refused)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(DataError, _unstorable)
    app.register_error_handler(Exception, _bug)


def _refused(error: U4sscError) -> ResponseReturnValue:
    close_session()
    log.info("request.refused", code=error.code, status=error.status)
    body = _page(error.status, _heading(error.status), error.message)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooMany) else {}
    return body, error.status, headers


def _unstorable(error: DataError) -> ResponseReturnValue:
    """A value no column can hold (a NUL, a number beyond all bounds): no such thing, or nothing was recorded."""
    close_session()
    log.info("request.unstorable", kind=type(error.orig).__name__)
    status = 404 if request.method in SAFE_METHODS else 422
    sentence = _explain(404) if status == 404 else _("A field holds a character or a number that cannot be recorded.")
    return _page(status, _heading(status), sentence), status


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    message = _("This form was opened before you signed in or out. Go back, load the page again and send it once more.")
    return _page(400, _("The form is out of date"), message), 400


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:  # redirects that Werkzeug raises
        return error
    return _page(status, _heading(status), _explain(status)), status, _headers_of(error)


def _headers_of(error: HTTPException) -> list[tuple[str, str]]:
    return [(name, value) for name, value in error.get_headers() if name.lower() in ("allow", "retry-after")]


def _database(error: OperationalError) -> ResponseReturnValue:
    """The database is busy, full or away: nothing was recorded and trying again helps. Other errors are ours."""
    if str(error.orig).startswith("no such "):
        return _bug(error)
    close_session()
    log.error("request.database", exc_info=error)
    return _page(503, _heading(503), _explain(503)), 503, {"Retry-After": "5"}


def _bug(error: Exception) -> ResponseReturnValue:
    close_session()
    log.error("request.failed", exc_info=error)
    return _page(500, _heading(500), _explain(500)), 500


def _page(status: int, heading: str, sentence: str) -> str | dict[str, str]:
    if request.accept_mimetypes.best == "application/json":
        return {"error": sentence, "request_id": request_id()}
    if not _is_host_known():  # then no address of ours can be written, not even that of the stylesheet
        return f"<!doctype html><title>{heading}</title><h1>{heading}</h1><p>{sentence}</p>"
    if actor().is_signed_in:
        way_on, label = url_for("desk.show_home"), _("Go to Home")
    else:
        way_on, label = url_for("public.show_start"), _("Go to the start page")
    if status in (403, 404) and actor().unaccepted_kind:  # what is closed may open with acceptance (¶48)
        way_on, label = url_for("terms.accept_terms"), _("Read and accept the Terms of Reference")
    if status == 401:
        way_on, label = url_for("accounts.show_sign_in", then=page_of_form() or None), _("Sign in")
    if status in (409, 422) and request.method not in SAFE_METHODS:
        way_on, label = request.path if _is_page(request.path) else way_on, _("Open the page again")
    return render_template(
        "errors/error.html",
        code=status,
        heading=heading,
        sentence=sentence,
        url=way_on,
        label=label,
        typed=typed_texts() if status in _KEEPS_TEXT else [],
        reference=request_id() if status >= 500 else "",
    )


def _is_host_known() -> bool:
    try:
        return bool(request.host)
    except SecurityError:
        return False


def _is_page(path: str) -> bool:
    """Whether the address can also be opened with GET."""
    from flask import current_app  # noqa: PLC0415 - the adapter needs the app of this request

    adapter = current_app.url_map.bind("")
    return adapter.test(path, "GET")


def _heading(status: int) -> str:
    return {
        400: _("The request could not be read"),
        401: _("You are signed out"),
        403: _("You do not have this right"),
        404: _("There is no such page"),
        405: _("This page cannot be used that way"),
        409: _("This was not recorded"),
        410: _("This link has ended"),
        413: _("The file is too large"),
        422: _("Something is missing or wrong"),
        429: _("Too many attempts"),
        503: _("The platform cannot record right now"),
    }.get(status, _("The platform made a mistake"))


def _explain(status: int) -> str:
    return {
        400: _("Your browser sent something the platform does not understand. Go back and try again."),
        403: _("Your current offices and mandates do not include this. Ask the Secretariat if you think they should."),
        404: _("The address is wrong, or what it names is not open to you."),
        405: _("Open it from its own page."),
        413: _("Choose a file of 20 MB or less. Nothing was recorded."),
        429: _("Wait a little and try again."),
        503: _("Nothing was recorded. Try again in a few minutes."),
    }.get(status, _("Nothing was recorded. The mistake is in our log; tell the Secretariat the reference below."))
