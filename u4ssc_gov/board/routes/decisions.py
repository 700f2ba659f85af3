"""The register of decisions: the list, one decision, its PDF and its signed record."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.board import queries, wording
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.register import decisions, dossiers, records
from u4ssc_gov.board.register.dossiers import Reader
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.rules import BallotOutcome, BallotState, BallotType, Method, clauses_of
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.meetings import queries as meetings
from u4ssc_gov.web.exports import csv_response, download, xlsx_response

PDF, ZIP = "application/pdf", "application/zip"


@bp.get("/decisions")
@web.access("signed_in")
def list_decisions() -> ResponseReturnValue:
    """Every certified decision, filtered by the address; ``?format=csv`` and ``xlsx`` give them as a table."""
    session, actor, now = web.session(), web.actor(), web.now()
    chosen = decisions.read_filters(request.args)
    wanted, values = decisions.statement(chosen), decisions.values(chosen, now)
    if request.args.get("format") in ("csv", "xlsx"):
        found = session.scalars(wanted.limit(decisions.EXPORT_LIMIT), values).all()
        return _table("decisions", found)
    page = web.paginate(session, wanted, values=values)
    return render_template(
        "board/decisions/list.html",
        page=page,
        rows=decisions.build_rows(session, page.items, actor=actor, now=now),
        chosen=chosen,
        years=decisions.list_years(session, now),
        for_meeting=sum(decisions.count_since_last_meeting(session, now, last_annual_at=_annual().last_annual_at)),
        **choices(),
    )


@bp.get("/decisions/next-meeting")
@web.access("signed_in")
def list_for_meeting() -> ResponseReturnValue:
    """What the next annual meeting is told (¶30d): decisions since the last one, and questions referred to it."""
    session, actor, now = web.session(), web.actor(), web.now()
    annual = _annual()
    values = decisions.since_meeting(annual.last_annual_at, now)
    if request.args.get("format") in ("csv", "xlsx"):
        found = decisions.list_since_last_meeting(session, now, last_annual_at=annual.last_annual_at)
        return _table("for the next annual meeting", found[: decisions.EXPORT_LIMIT])
    page = web.paginate(session, decisions.meeting_statement(), values=values)
    decided, referred = decisions.count_since_last_meeting(session, now, last_annual_at=annual.last_annual_at)
    return render_template(
        "board/decisions/next_meeting.html",
        page=page,
        rows=decisions.build_rows(session, page.items, actor=actor, now=now),
        annual=annual,
        decided=decided,
        referred=referred,
    )


def _annual() -> meetings.Tally:
    return meetings.count_state(web.session(), now=web.now(), due_days=7)


def _table(name: str, found: Sequence[Ballot]) -> Response:
    rows = decisions.build_rows(web.session(), found, actor=web.actor(), now=web.now())
    lines = [decisions.export_line(row) for row in rows]
    if request.args.get("format") == "xlsx":
        return xlsx_response(name, decisions.EXPORT_HEADER, lines, now=web.now())
    return csv_response(name, decisions.EXPORT_HEADER, lines)


def choices() -> dict[str, list[tuple[str, str]]]:
    """The options of the filters."""
    outcomes = [(outcome.value, wording.outcome_label(outcome)) for outcome in BallotOutcome]
    return {
        "types": [(kind.value, wording.type_label(kind)) for kind in BallotType],
        "methods": [(method.value, wording.method_label(method)) for method in Method],
        "outcomes": [*outcomes, (decisions.ANNULLED, _("Annulled"))],
    }


@bp.get("/decisions/U4SSC/BM/<int:year>/<number>")
@web.access("signed_in")
def show_decision(year: int, number: str) -> ResponseReturnValue:
    """One decision: text, rule and sum, roll call, history, proof."""
    ballot = _decision(year, number)
    reader = dossiers.reader_of(web.actor())
    dossier = dossiers.load(web.session(), ballot, reader)
    state = queries.state_of(ballot, web.now())
    return render_template(
        "board/decisions/show.html",
        dossier=dossier,
        ballot=ballot,
        tag_words=decisions.outcome_tag(ballot),
        is_public=state is BallotState.RECORDED and not any(line.upheld for line in dossier.challenges),
        clauses_of_type=clauses_of(ballot.type),
        type_label=wording.type_label(ballot.type),
        method_label=wording.method_label(ballot.method),
        checkpoint=records.find_checkpoint(web.session(), dossier),
        reads_words=reader is Reader.FULL,
    )


@bp.get("/decisions/U4SSC/BM/<int:year>/<number>/record.pdf")
@web.access("signed_in")
def download_pdf(year: int, number: str) -> ResponseReturnValue:
    """The decision as PDF, for this class of readers."""
    ballot = _decision(year, number)
    rows = dossiers.gather(web.session(), ballot)
    made = records.make_pdf(web.session(), rows, dossiers.reader_of(web.actor()))
    return download(made.content, file_name(ballot, "pdf"), PDF)


@bp.get("/decisions/U4SSC/BM/<int:year>/<number>/record.zip")
@web.access("signed_in")
def download_record(year: int, number: str) -> ResponseReturnValue:
    """The signed record, for this class of readers."""
    ballot = _decision(year, number)
    rows = dossiers.gather(web.session(), ballot)
    found = records.find_record(web.session(), rows, dossiers.reader_of(web.actor()))
    if found is None:
        raise not_signed(ballot)
    return download(found.content, file_name(ballot, "zip"), ZIP)


def _decision(year: int, number: str) -> Ballot:
    return decisions.get_decision(web.session(), f"U4SSC/BM/{year}/{number}")


def file_name(ballot: Ballot, extension: str) -> str:
    """Under what name a record is saved: "U4SSC-BM-2026-07.pdf"."""
    return f"{(ballot.decision_number or ballot.code).replace('/', '-')}.{extension}"


def not_signed(ballot: Ballot) -> NotFound:
    """Why there is no signed record to download."""
    if ballot.opened_seq is None:
        return NotFound(_("This decision is older than the ledger; there is no signed record."), "board.record.none")
    message = _("The signed record is ready within 60 seconds. Go back, wait a moment and try again.")
    return NotFound(message, "board.record.waiting")
