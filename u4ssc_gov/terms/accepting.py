"""Before one takes part: the text in force to read, its undertakings to tick, the acceptance to record (¶48)."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.charter import policy, services
from u4ssc_gov.charter import queries as charter
from u4ssc_gov.charter.undertakings import UNDERTAKINGS
from u4ssc_gov.core.errors import Forbidden, NotFound, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents import queries as files
from u4ssc_gov.terms.blueprint import bp
from u4ssc_gov.terms.forms import AcceptForm
from u4ssc_gov.web.downloads import file_response


@bp.get("/tor/text/<int:document_id>")
@web.access("public")
def download_terms(document_id: int) -> ResponseReturnValue:
    """The file of a version that is or was in force (¶36); a proposal is none."""
    version = charter.find_version(web.session(), document_id)
    stored = files.find_file(web.session(), version.file_id) if version is not None else None
    if stored is None:
        raise NotFound(_("There is no such text of the Terms of Reference."), "terms.text.unknown")
    return file_response(stored)


@bp.get("/tor/accept")
@web.access("signed_in")
def accept_terms() -> ResponseReturnValue:
    """The version in force with its undertakings; who has accepted it sees when."""
    _check_may_accept()
    return _page(AcceptForm())


@bp.post("/tor/accept")
@web.access("signed_in")
def record_acceptance() -> ResponseReturnValue:
    """Record the acceptance of the version that was read; another one in force by now is shown instead."""
    _check_may_accept()
    form = AcceptForm(request.form)
    if form.validate():
        with web.attempt(form) as done:
            services.accept_terms(
                web.session(),
                document_id=form.document,
                ticked=form.ticked,
                actor=web.actor(),
                now=web.now(),
            )
        if done:
            flash(_("You have accepted the Terms of Reference. Everything that is open to you is open now."), "success")
            return redirect(url_for("desk.show_home"), 303)
        if isinstance(done.error, RuleViolation):  # another text: what was ticked does not stand for it
            form = form.emptied()
    return _page(form), 422


def _check_may_accept() -> None:
    if not policy.may_accept(web.actor()):
        message = _("Only those who take part accept the Terms of Reference.")
        raise Forbidden(message, "charter.acceptance.forbidden")


def _page(form: AcceptForm) -> str:
    session, actor = web.session(), web.actor()
    version = charter.find_in_force(session)
    stored = files.find_file(session, version.file_id) if version is not None else None
    last = charter.find_last_accepted(session, actor.person_id or 0)
    if version is not None:
        form.document_id.data = str(version.id)
    return render_template(
        "terms/accept.html",
        form=form,
        version=version,
        stored=stored,
        last=last,
        is_accepted=version is not None and not actor.owes_acceptance,
        rows=[(form[one.key], one) for one in UNDERTAKINGS],
    )
