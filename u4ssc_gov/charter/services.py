"""Writes: the official text of the Terms of Reference beside our clause titles (¶36, ¶48)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.charter import policy, rules
from u4ssc_gov.charter.models import TermsDocument, TermsParagraph
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Forbidden
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text


def check_upload(title: str, *, actor: Actor) -> str:
    """The cleaned title; raises when this actor may not upload or the title is wrong. Called before a file is kept."""
    if not policy.may_upload(actor):
        raise Forbidden(_("Only the Secretariat uploads the Terms of Reference."), "charter.terms.forbidden")
    title = clean_line(title)
    rules.check_title(title)
    return title


def add_terms(
    session: Session,
    *,
    file_id: int,
    text: str,
    title: str,
    agreed_on: date | None,
    actor: Actor,
    now: datetime,
) -> TermsDocument:
    """Record a stored file as the newest official text and cut its words into paragraphs (none for a PDF)."""
    title = check_upload(title, actor=actor)
    if actor.person_id is None:
        raise Forbidden(_("Only the Secretariat uploads the Terms of Reference."), "charter.terms.forbidden")
    words = clean_text(text)
    document = TermsDocument(
        file_id=file_id,
        title=title,
        agreed_on=agreed_on,
        text=words,
        uploaded_at=now,
        uploaded_by_id=actor.person_id,
    )
    session.add(document)
    session.flush()
    cut = rules.cut_paragraphs(words)
    session.add_all(
        TermsParagraph(document_id=document.id, number=paragraph.number, text=paragraph.text) for paragraph in cut
    )
    session.flush()
    record(
        session, "charter:terms:upload", "terms_document", document.id,
        actor=actor, now=now, file=file_id, paragraphs=len(cut),
    )  # fmt: skip
    return document
