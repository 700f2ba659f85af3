"""The public register of decisions: recorded ones, partner by partner, and whether a file is the one adopted (¶24).

An annulled decision keeps its number and says so; what had not been public before is not shown with it.
"""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.board import wording
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.register import decisions, dossiers, records
from u4ssc_gov.board.register.dossiers import Reader
from u4ssc_gov.board.routes.decisions import PDF, ZIP, choices, file_name, not_signed
from u4ssc_gov.board.rules import clauses_of
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.public import caching, checking
from u4ssc_gov.public.blueprint import bp
from u4ssc_gov.web.exports import csv_response, xlsx_response


@bp.get("/board-decisions")
@web.access("public")
def list_decisions() -> ResponseReturnValue:
    """Recorded decisions, newest first, filtered by the address; ``?format=csv`` and ``xlsx`` give them as a table."""
    session, now = web.session(), web.now()
    chosen = decisions.read_filters(request.args)
    if request.args.get("format") in ("csv", "xlsx"):
        return _table(chosen)
    page = web.paginate(session, decisions.statement(chosen, public=True), values=decisions.values(chosen, now))
    html = render_template(
        "public/decisions.html",
        page=page,
        rows=decisions.build_public_rows(session, page.items),
        chosen=chosen,
        years=decisions.list_years(session, now, public=True),
        **choices(),
    )
    return caching.page(html)


def _table(chosen: decisions.Filters) -> ResponseReturnValue:
    wanted = decisions.statement(chosen, public=True).limit(decisions.EXPORT_LIMIT)
    found = web.session().scalars(wanted, decisions.values(chosen, web.now())).all()
    lines = [decisions.export_line(row) for row in decisions.build_public_rows(web.session(), found)]
    if request.args.get("format") == "xlsx":
        return xlsx_response("board decisions", decisions.EXPORT_HEADER, lines, now=web.now())
    return csv_response("board decisions", decisions.EXPORT_HEADER, lines)


@bp.get("/board-decisions/U4SSC/BM/<int:year>/<number>")
@web.access("public")
def show_decision(year: int, number: str) -> ResponseReturnValue:
    """One recorded decision: text, outcome, roll call by partner, rule, fingerprint."""
    ballot = decisions.get_public(web.session(), f"U4SSC/BM/{year}/{number}", web.now())
    if not decisions.was_recorded(web.session(), ballot):
        kind = wording.type_label(ballot.type)
        return caching.page(render_template("public/decision_annulled.html", ballot=ballot, type_label=kind))
    dossier = dossiers.load(web.session(), ballot, Reader.PUBLIC)
    html = render_template(
        "public/decision.html",
        ballot=ballot,
        dossier=dossier,
        tag_words=decisions.outcome_tag(ballot),
        outcome_words=wording.outcome_label(dossier.result.outcome, ballot.method),
        type_label=wording.type_label(ballot.type),
        method_label=wording.method_label(ballot.method),
        clauses_of_type=clauses_of(ballot.type),
        has_record=checking.is_public_record(ballot) and records.find_checkpoint(web.session(), dossier) is not None,
    )
    return caching.page(html)


@bp.get("/board-decisions/U4SSC/BM/<int:year>/<number>/record.pdf")
@web.access("public")
def download_decision_pdf(year: int, number: str) -> ResponseReturnValue:
    """The public record as PDF."""
    ballot = _decision(year, number)
    rows = dossiers.gather(web.session(), ballot)
    return caching.file(records.make_pdf(web.session(), rows, Reader.PUBLIC), file_name(ballot, "pdf"), PDF)


@bp.get("/board-decisions/U4SSC/BM/<int:year>/<number>/record.zip")
@web.access("public")
def download_decision_record(year: int, number: str) -> ResponseReturnValue:
    """The signed record without persons and comments. Entries of an election name those who stood: not in public."""
    ballot = _decision(year, number)
    if not checking.is_public_record(ballot):
        message = _("The signed record of an election names everybody who stood. It is for the partners.")
        raise NotFound(message, "public.record.election")
    found = records.find_record(web.session(), dossiers.gather(web.session(), ballot), Reader.PUBLIC)
    if found is None:
        raise not_signed(ballot)
    return caching.file(found, file_name(ballot, "zip"), ZIP)


def _decision(year: int, number: str) -> Ballot:
    """A decision whose record is public; one that was annulled before it was recorded has none."""
    ballot = decisions.get_public(web.session(), f"U4SSC/BM/{year}/{number}", web.now())
    if not decisions.was_recorded(web.session(), ballot):
        raise NotFound(
            _("This decision was annulled before it was recorded. It has no public record."), "public.record"
        )
    return ballot


@bp.get("/check")
@web.access("public")
def check_decision() -> ResponseReturnValue:
    """Whether a number or a fingerprint is that of a decision the Board took. Nothing is kept of the question."""
    asked = checking.read_question(request.args)
    found = checking.answer(web.session(), asked, web.now())
    status = 422 if found is not None and found.verdict in ("number", "sha256", "nothing") else 200
    return render_template("public/check.html", asked=asked, found=found), status
