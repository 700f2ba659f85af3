"""The page of the Terms of Reference, public without its live column, and the upload of the official text."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.charter import policy
from u4ssc_gov.charter import queries as charter
from u4ssc_gov.charter.models import TermsDocument
from u4ssc_gov.charter.rules import TEXT_LIMIT
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.evaluations.policy import may_see_queue
from u4ssc_gov.terms import accepting, findings, pages
from u4ssc_gov.terms.blueprint import bp
from u4ssc_gov.terms.forms import UploadForm
from u4ssc_gov.web import identity
from u4ssc_gov.workflows import terms_upload

__all__ = ["accepting", "bp"]
FILTERS = ("attention", "mine")


@bp.get("/tor")
@web.access("public")
def show_terms() -> ResponseReturnValue:
    """Every clause: number, title, what the platform does, the official words, and the live state for readers."""
    session, actor = web.session(), web.actor()
    live = actor.is_signed_in
    found = findings.collect(session, now=web.now()) if live else {}
    clauses, text = charter.load_charter(session)
    words = text.paragraphs if text is not None else {}
    rows = pages.build_rows(clauses, words, found, live=live, may_open=_may_open(actor))
    chosen = request.args.get("show", "") if live and request.args.get("show") in FILTERS else ""
    return render_template(
        "terms/terms.html",
        sections=pages.by_section(pages.narrow(rows, chosen, actor)),
        all_rows=rows,
        counts=pages.counts(rows),
        attention=len(pages.narrow(rows, "attention", actor)),
        mine=len(pages.narrow(rows, "mine", actor)),
        chosen=chosen,
        live=live,
        text=text,
        may_upload=policy.may_upload(actor),
    )


def _may_open(actor: Actor) -> Callable[[str], bool]:
    """Which pages a finding may link to for this reader: the queue is not everybody's."""
    sees_queue = may_see_queue(actor)
    return lambda endpoint: sees_queue or not endpoint.startswith("evaluations.") or endpoint.endswith("list_kpis")


@bp.get("/tor/upload")
@web.access("secretariat")
def upload_terms() -> ResponseReturnValue:
    """The form for a newer official text."""
    return render_template("terms/upload.html", form=UploadForm(), text_limit=TEXT_LIMIT)


@bp.post("/tor/upload")
@web.access("secretariat")
def save_terms() -> ResponseReturnValue:
    """Store the file and show its words beside our titles."""
    form = UploadForm(request.form)
    read = _read(form) if form.validate() else None
    if read is not None:
        with web.attempt(form) as done:
            document = terms_upload.upload_terms(
                web.session(), read, title=form.title.data or "", agreed_on=form.agreed_on.data,
                is_proposal=form.is_proposal.data, actor=web.actor(), now=web.now(),
            )  # fmt: skip
        if done:
            return _after_upload(document)
    return render_template("terms/upload.html", form=form, text_limit=TEXT_LIMIT), 422


def _read(form: UploadForm) -> terms_upload.UploadedText | None:
    """Decode and cut the file with the lock given back, so that votes do not wait for it; then see anew who asks."""
    upload = request.files.get("file")
    with identity.without_lock():
        try:
            content = upload.read() if upload is not None else b""
            return terms_upload.read_upload(content, (upload.filename or "") if upload is not None else "")
        except Invalid as error:
            web.add_error(form, error)
            return None


def _after_upload(document: TermsDocument) -> ResponseReturnValue:
    """A proposal goes on to its ballot; an official text to the page where it stands."""
    if document.is_proposal:
        flash(_("“%(title)s” is kept as a proposal. The Board decides on it.", title=document.title), "success")
        return redirect(url_for("board.new_draft", kind="tor_revision", terms_document_id=document.id), 303)
    flash(_("“%(title)s” stands beside the clauses now.", title=document.title), "success")
    return redirect(url_for(".show_terms"), 303)
