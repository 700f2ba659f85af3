"""Sending a stored file: always as an attachment that a browser neither guesses at nor runs (threat T22).

There is no open address for files. Each room serves its own after its own visibility check.
"""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

import structlog
from flask import Response

from u4ssc_gov.core.errors import Unavailable
from u4ssc_gov.core.files import read_bytes
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents.models import StoredFile
from u4ssc_gov.web.request import runtime
from u4ssc_gov.web.security import DOWNLOAD_POLICY

log = structlog.get_logger(__name__)


def file_response(stored: StoredFile) -> Response:
    """The file as an attachment. Raises ``Unavailable`` when its content is missing or does not match its hash."""
    try:
        content = read_bytes(runtime().files_dir, stored.sha256)
    except OSError as error:
        log.exception("documents.file_damaged", file_id=stored.id)
        message = _("This file cannot be read now. Tell the Secretariat its name: %(name)s", name=stored.file_name)
        raise Unavailable(message, "documents.file.damaged") from error
    charset = "; charset=utf-8" if stored.media_type.startswith("text/") else ""
    response = Response(content, content_type=stored.media_type + charset)
    response.headers["Content-Disposition"] = disposition(stored.file_name)
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response


def disposition(file_name: str) -> str:
    """An attachment under this name: plain ASCII for old readers (RFC 6266), the true name beside it (RFC 8187)."""
    plain = unicodedata.normalize("NFKD", file_name).encode("ascii", "ignore").decode()
    safe = "".join(char for char in plain if char.isprintable() and char not in '"\\%')
    stem, dot, extension = safe.rpartition(".")
    fallback = safe if stem or not dot else f"file.{extension}"
    return f"attachment; filename=\"{fallback or 'file'}\"; filename*=UTF-8''{quote(file_name, safe='')}"
