"""The Secretariat uploads the official Terms of Reference: the file is stored, its words stand beside our titles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.charter import services as charter
from u4ssc_gov.charter.models import TermsDocument
from u4ssc_gov.charter.rules import CutParagraph, cut_text
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_text
from u4ssc_gov.documents import services as documents
from u4ssc_gov.documents.models import StoredFile
from u4ssc_gov.documents.rules import MAXIMUM_SIZE, clean_name, media_type_of

PDF = "application/pdf"
PLAIN = "text/plain"


@dataclass(frozen=True, slots=True)
class UploadedText:
    """A file as it came, with the words and paragraphs of a plain text (none of anything else)."""

    content: bytes
    file_name: str
    words: str = ""
    paragraphs: tuple[CutParagraph, ...] = ()


def read_upload(content: bytes, file_name: str) -> UploadedText:
    """Decode and cut an upload. Needs no database: done before the transaction, so that nobody waits for it.

    Raises ``Invalid`` for text that is not UTF-8 or beyond the limits of ``charter.rules``.
    """
    if len(content) > MAXIMUM_SIZE or media_type_of(clean_name(file_name), content) != PLAIN:
        return UploadedText(content, file_name)  # what may not be stored is refused there
    words = clean_text(_decoded(content))
    return UploadedText(content, file_name, words, cut_text(words))


def upload_terms(
    session: Session,
    upload: UploadedText,
    *,
    title: str,
    agreed_on: date | None,
    is_proposal: bool = False,
    actor: Actor,
    now: datetime,
) -> TermsDocument:
    """Store the file and the paragraphs of a plain text; of a PDF only the file is kept. A proposal waits for the
    Board and does not stand beside the clauses until it is approved (¶23c).

    The same again, by the same person and with nothing newer, is recorded once. Raises ``Invalid`` for other kinds of
    file, ``Forbidden`` for others than the Secretariat.
    """
    title = charter.check_upload(title, actor=actor)
    known = _find_same(session, upload, title, agreed_on, is_proposal=is_proposal, actor=actor)
    if known is not None:
        return known
    stored = documents.store_file(session, content=upload.content, file_name=upload.file_name, actor=actor, now=now)
    if stored.media_type not in (PDF, PLAIN):
        message = _("Choose a plain text file (.txt) or a PDF. A plain text is shown paragraph by paragraph.")
        raise Invalid(message, "charter.terms.kind", "file")
    return charter.add_terms(
        session, file_id=stored.id, sha256=stored.sha256, text=upload.words, paragraphs=upload.paragraphs, title=title,
        agreed_on=agreed_on, is_proposal=is_proposal, actor=actor, now=now,
    )  # fmt: skip


def _find_same(
    session: Session, upload: UploadedText, title: str, agreed_on: date | None, *, is_proposal: bool, actor: Actor
) -> TermsDocument | None:
    """The newest text of its kind, when it is this very upload."""
    row = session.execute(
        select(TermsDocument, StoredFile.sha256)
        .join(StoredFile, StoredFile.id == TermsDocument.file_id)
        .where(TermsDocument.is_proposal.is_(is_proposal), TermsDocument.rejected_at.is_(None))
        .order_by(TermsDocument.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    newest: TermsDocument = row[0]
    same = (newest.title, newest.agreed_on, newest.uploaded_by_id) == (title, agreed_on, actor.person_id)
    return newest if same and row[1] == hashlib.sha256(upload.content).hexdigest() else None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = _("This text is not in UTF-8. Save it as UTF-8 and choose it again.")
        raise Invalid(message, "charter.terms.encoding", "file") from error
