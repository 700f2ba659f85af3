"""Reads of stored files. There is no visibility here: the room that shows a file checks it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents.models import StoredFile


def find_file(session: Session, file_id: int) -> StoredFile | None:
    """A stored file by the id that a room's own row names."""
    return session.scalar(select(StoredFile).where(StoredFile.id == file_id))


def get_file(session: Session, file_id: int) -> StoredFile:
    """A stored file by id; raises ``NotFound``."""
    found = find_file(session, file_id)
    if found is None:
        raise NotFound(_("There is no such file."), "documents.file.unknown")
    return found
