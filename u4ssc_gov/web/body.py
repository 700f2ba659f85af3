"""What a request brings: read whole before anything is locked, and shown again when it is refused."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import g, request
from flask import session as cookie
from werkzeug.exceptions import HTTPException

from u4ssc_gov.web.request import SAFE_METHODS

MOST_SHOWN = 20  # fields
_NEVER_SHOWN = ("password", "token", "secret", "sha256")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def read_body() -> None:
    """Before each request: wait for the whole of it while nobody waits for us.

    Somebody who is signed in is looked up under the lock that will guard what they change; a slow upload, or one that
    stops halfway, must not hold that lock. What is wrong with the body is said once it is known whom to say it to.
    """
    if request.method in SAFE_METHODS or "_user_id" not in cookie:
        return
    try:
        if request.mimetype in _FORMS:
            _ = request.form
        else:
            request.get_data()
    except HTTPException as error:
        g.u4_body_error = error


def refuse_unreadable() -> None:
    """Say what ``read_body`` met, now that the reader is known."""
    error: HTTPException | None = g.pop("u4_body_error", None)
    if error is not None:
        raise error


def typed_texts() -> list[str]:
    """What somebody wrote into the form that is refused, so that it is not lost with the page: texts, not choices.

    Nothing of a form that may come from another site: this page must not speak with a stranger's words.
    """
    if request.method in SAFE_METHODS or not _is_ours():
        return []
    try:
        fields = list(request.form.items(multi=True))
    except HTTPException:
        return []
    written = [text.strip() for name, text in fields if not any(word in name for word in _NEVER_SHOWN)]
    return [text for text in dict.fromkeys(written) if any(one.isspace() for one in text)][:MOST_SHOWN]


def page_of_form() -> str:
    """The address of the page whose form this is, a path of our own; empty when the browser does not say."""
    try:
        page = urlsplit(request.referrer or "")
    except ValueError:  # what was sent is no address
        return ""
    if page.netloc != request.host:
        return ""
    return page.path + (f"?{page.query}" if page.query else "")


def _is_ours() -> bool:
    """Whether the browser says that the form came from a page of ours."""
    site = request.headers.get("Sec-Fetch-Site", "")
    return site == "same-origin" if site else bool(page_of_form())
