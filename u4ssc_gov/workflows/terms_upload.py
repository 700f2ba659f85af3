"""The Secretariat uploads the official Terms of Reference: the file is stored, its words stand beside our titles."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from u4ssc_gov.charter import services as charter
from u4ssc_gov.charter.models import TermsDocument
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents import services as documents

PDF = "application/pdf"
PLAIN = "text/plain"


def upload_terms(
    session: Session,
    *,
    content: bytes,
    file_name: str,
    title: str,
    agreed_on: date | None,
    is_proposal: bool = False,
    actor: Actor,
    now: datetime,
) -> TermsDocument:
    """Store the file and cut a plain text into paragraphs; of a PDF only the file is kept. A proposal waits for the
    Board and does not stand beside the clauses until it is approved (¶23c).

    Raises ``Invalid`` for other kinds of file and for text that is not UTF-8, ``Forbidden`` for others than the
    Secretariat.
    """
    charter.check_upload(title, actor=actor)
    stored = documents.store_file(session, content=content, file_name=file_name, actor=actor, now=now)
    if stored.media_type not in (PDF, PLAIN):
        message = _("Choose a plain text file (.txt) or a PDF. A plain text is shown paragraph by paragraph.")
        raise Invalid(message, "charter.terms.kind", "file")
    text = _decoded(content) if stored.media_type == PLAIN else ""
    return charter.add_terms(
        session, file_id=stored.id, text=text, title=title,
        agreed_on=agreed_on, is_proposal=is_proposal, actor=actor, now=now,
    )  # fmt: skip


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = _("This text is not in UTF-8. Save it as UTF-8 and choose it again.")
        raise Invalid(message, "charter.terms.encoding", "file") from error
