"""Storing a file: checked, kept under its own hash, named by a row. Each room decides who may read it."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.files import store_bytes
from u4ssc_gov.core.formatting import size_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents import rules
from u4ssc_gov.documents.models import StoredFile


def store_file(session: Session, *, content: bytes, file_name: str, actor: Actor, now: datetime) -> StoredFile:
    """Store one upload and return its row; the content is on disk before the row that names it commits.

    Raises ``Invalid`` when it is empty, larger than 20 MB, or not of an allowed kind by name and by content. The
    calling room decides beforehand whether this actor may upload here, and later who may read it (¶38, ¶40).
    """
    name = rules.clean_name(file_name)
    if not content:
        raise Invalid(_("The file is empty. Choose another one."), "documents.file.empty", "file")
    if len(content) > rules.MAXIMUM_SIZE:
        message = _("This file is %(size)s. Choose one of 20 MB or less.", size=size_text(len(content)))
        raise Invalid(message, "documents.file.too_large", "file")
    media_type = rules.media_type_of(name, content)
    if media_type is None:
        message = _(
            "“%(name)s” cannot be taken. Choose a PDF, Word (.docx), Excel (.xlsx), OpenDocument text, plain text, "
            "PNG or JPEG file; its name must end as its content says.",
            name=name,
        )
        raise Invalid(message, "documents.file.kind", "file")
    stored = StoredFile(
        public_id=secrets.token_urlsafe(16),
        sha256=store_bytes(session.info["files_dir"], content),
        size=len(content),
        media_type=media_type,
        file_name=name,
        uploaded_at=now,
        uploaded_by_id=actor.person_id,
    )
    session.add(stored)
    session.flush()
    record(session, "documents:file:store", "stored_file", stored.id, actor=actor, now=now, sha256=stored.sha256)
    return stored
