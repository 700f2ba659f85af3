"""Writes: the official text of the Terms of Reference beside our clause titles (¶36, ¶48)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.charter import policy, queries, rules, undertakings
from u4ssc_gov.charter.models import TermsAcceptance, TermsDocument, TermsParagraph
from u4ssc_gov.charter.rules import CutParagraph
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Forbidden, Invalid, RuleViolation
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
    sha256: str,
    text: str,
    paragraphs: Sequence[CutParagraph] | None = None,
    title: str,
    agreed_on: date | None,
    is_proposal: bool = False,
    actor: Actor,
    now: datetime,
) -> TermsDocument:
    """Record a stored file as the newest official text and cut its words into paragraphs (none for a PDF).

    ``paragraphs`` are handed in when they were cut before, outside the transaction. ``sha256`` is the file's: what is
    accepted. A proposal is kept beside it until the Board decides on it (¶23c).
    """
    title = check_upload(title, actor=actor)
    if actor.person_id is None:
        raise Forbidden(_("Only the Secretariat uploads the Terms of Reference."), "charter.terms.forbidden")
    words = clean_text(text)
    document = TermsDocument(
        file_id=file_id,
        sha256=sha256,
        title=title,
        agreed_on=agreed_on,
        text=words,
        uploaded_at=now,
        uploaded_by_id=actor.person_id,
        is_proposal=is_proposal,
    )
    session.add(document)
    session.flush()
    cut = rules.cut_text(words) if paragraphs is None else paragraphs
    session.add_all(
        TermsParagraph(document_id=document.id, number=paragraph.number, text=paragraph.text) for paragraph in cut
    )
    session.flush()
    record(
        session, "charter:terms:upload", "terms_document", document.id,
        actor=actor, now=now, file=file_id, paragraphs=len(cut),
    )  # fmt: skip
    return document


def settle_proposal(
    session: Session, document: TermsDocument, *, is_approved: bool, basis: str, actor: Actor, now: datetime
) -> TermsDocument:
    """The Board decided on a revision (¶23c): it is in force from ``now``, or it stays what it was: a proposal.

    Does nothing the second time. ``basis`` is the ballot's code.
    """
    if not (actor.is_system or actor.is_secretariat):
        raise Forbidden(_("The Secretariat records what the Board decides."), "charter.terms.forbidden")
    if document.in_force_at is None and document.rejected_at is None:
        document.basis = basis
        if is_approved:
            document.is_proposal, document.in_force_at = False, now
        else:
            document.rejected_at = now
        session.flush()
        record(
            session, "charter:terms:settle", "terms_document", document.id,
            actor=actor, now=now, basis=basis, approved=is_approved,
        )  # fmt: skip
    return document


def accept_terms(
    session: Session, *, document_id: int, ticked: Collection[str], actor: Actor, now: datetime
) -> TermsAcceptance:
    """Record that the actor accepts the version in force with each undertaking (¶31 to ¶33, ¶38, ¶48).

    ``document_id`` is the version they read. Accepting twice changes nothing. Raises ``RuleViolation`` when another
    version is in force by now or none is, ``Invalid`` beside the first undertaking that is not ticked, ``Forbidden``
    for people who do not take part.
    """
    if actor.person_id is None or not policy.may_accept(actor):
        message = _("Only those who take part accept the Terms of Reference.")
        raise Forbidden(message, "charter.acceptance.forbidden")
    version = queries.find_in_force(session)
    if version is None:
        message = _("No text of the Terms of Reference is on record yet. Ask the Secretariat.")
        raise RuleViolation(message, "charter.acceptance.none")
    read = queries.find_version(session, document_id)
    if read is None or read.sha256 != version.sha256:
        message = _(
            "Another version is in force by now: “%(title)s”. Read it, then accept that one.", title=version.title
        )
        raise RuleViolation(message, "charter.acceptance.stale")
    for key in undertakings.KEYS:
        if key not in ticked:
            raise Invalid(_("Tick this to take part."), "charter.acceptance.unticked", key)
    known = queries.find_acceptance(session, actor.person_id, version.sha256)
    if known is not None:
        return known
    acceptance = TermsAcceptance(
        person_id=actor.person_id,
        document_id=version.id,
        sha256=version.sha256,
        undertakings=" ".join(undertakings.KEYS),
        accepted_at=now,
    )
    session.add(acceptance)
    session.flush()
    record(
        session, "charter:terms:accept", "terms_document", version.id,
        actor=actor, now=now, sha256=version.sha256, undertakings=list(undertakings.KEYS),
    )  # fmt: skip
    return acceptance
