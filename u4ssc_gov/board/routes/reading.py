"""Pages that show ballots: the list, one ballot, its documents, its closing for a calendar."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.board import electors, history, policy, queries, wording
from u4ssc_gov.board.electors import Seat
from u4ssc_gov.board.forms.voting import RemarkForm, VoteForm
from u4ssc_gov.board.pages import ballot as pages
from u4ssc_gov.board.pages import lists, offers
from u4ssc_gov.board.pages.closing_event import closing_event
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.rules import BallotType, Method, Position
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents.queries import get_file
from u4ssc_gov.web.downloads import disposition, file_response
from u4ssc_gov.web.exports import csv_response
from u4ssc_gov.web.security import DOWNLOAD_POLICY


@bp.get("/ballots")
@web.access("signed_in")
def list_ballots() -> ResponseReturnValue:
    """All ballots this person may see, filtered by the address; ``?format=csv`` gives them as a table."""
    session, actor, now = web.session(), web.actor(), web.now()
    chosen = lists.read_filters(request.args)
    if request.args.get("format") == "csv":
        header, table = lists.export(session, chosen, actor, now)
        return csv_response("ballots", header, table)
    page = web.paginate(session, lists.statement(chosen, actor), values=lists.values(chosen, now))
    return render_template(
        "board/ballots.html",
        page=page,
        rows=lists.build_rows(session, page.items, actor, now),
        chosen=chosen,
        years=tuple([(year, str(year)) for year in queries.list_years(session, actor)]),
        may_prepare=policy.may_prepare(actor),
        votes=bool(actor.mandates),
        types=[(kind.value, wording.type_label(kind)) for kind in BallotType],
        methods=[(method.value, wording.method_label(method)) for method in Method],
    )


@bp.get("/ballots/<code>")
@web.access("signed_in")
def show_ballot(code: str) -> ResponseReturnValue:
    """A ballot: what is asked, the vote, the positions."""
    return ballot_page(code)


def ballot_page(
    code: str, form: VoteForm | None = None, status: int = 200, remark: RemarkForm | None = None
) -> ResponseReturnValue:
    """The page of a ballot, with a form that came back with its errors."""
    page = _page(code)
    seat = _chosen_seat(page.own, form)
    asked = page.is_open and seat is not None and (form is not None or seat.vote is None or "change" in request.args)
    if form is None and seat is not None and (asked or page.lifting):
        form = _vote_form(page, seat)
    answers = offers.offers_for(page.terms, seat.acronym, page.ballot.candidate_count) if asked and seat else ()
    return render_template(
        "board/ballot.html",
        page=page,
        seat=seat,
        asked=asked,
        form=form,
        offers=answers,
        remark=remark or (RemarkForm() if page.may_remark else None),
    ), status


def _page(code: str) -> pages.BallotPage:
    session, actor, now = web.session(), web.actor(), web.now()
    ballot = queries.get_ballot_text(session, code, actor=actor)
    own = [mandate.partner_id for mandate in actor.mandates]
    return pages.build(
        session,
        ballot,
        queries.list_papers(session, ballot.id),
        electors.list_holders(session, now, partner_ids=own) if own else (),
        actor=actor,
        now=now,
        shown=request.args.get("positions", "all"),
        every_remark=request.args.get("remarks") == "all",
    )


def _chosen_seat(own: tuple[Seat, ...], form: VoteForm | None) -> Seat | None:
    """Which of the person's partners the vote box is about: the one named, else the first without a vote."""
    named = request.args.get("partner", "")
    for seat in own:
        if (form is not None and form.partner_id.data == seat.partner_id) or (named and seat.acronym == named):
            return seat
    return next((seat for seat in own if seat.vote is None), own[0] if own else None)


def _vote_form(page: pages.BallotPage, seat: Seat) -> VoteForm:
    """A fresh form. ``?position=`` may tick an answer and nothing more."""
    latest = seat.vote
    ticked = request.args.get("position", latest.position.value if latest else "")
    is_known = ticked.partition("-")[0] in {position.value for position in Position}
    keeps = latest is not None and ticked == latest.position.value
    return VoteForm(
        partner_id=seat.partner_id,
        text_sha256=page.ballot.text_sha256,
        expected_revision=latest.number if latest else 0,
        position=ticked if is_known else None,
        candidates=list(latest.candidates) if latest is not None and keeps else [],
        comment=latest.comment if latest is not None and keeps else "",
        cure=latest.cure if latest is not None and keeps else "",
    )


@bp.get("/ballots/<code>/closing.ics")
@web.access("signed_in")
def show_closing(code: str) -> ResponseReturnValue:
    """The closing instant for one's calendar."""
    session, actor, now = web.session(), web.actor(), web.now()
    ballot = queries.get_ballot_text(session, code, actor=actor)
    if ballot.opens_at is None or ballot.closes_at is None:
        raise NotFound(_("This ballot has no closing time yet."), "board.ballot.no_closing")
    base = web.runtime().settings.base_url
    content = closing_event(
        ballot, history.list_events(session, ballot.id), state=queries.state_of(ballot, now),
        url=f"{base}/ballots/{ballot.code}", host=urlsplit(base).hostname or "u4ssc", now=now,
    )  # fmt: skip
    response = Response(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = disposition(f"{ballot.code}-closing.ics")
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    return response


@bp.get("/ballots/<code>/documents/<int:doc_id>")
@web.access("signed_in")
def download_document(code: str, doc_id: int) -> ResponseReturnValue:
    """A document of a ballot, for whoever may see the ballot."""
    ballot = queries.get_ballot(web.session(), code, actor=web.actor())
    paper = next((p for p in queries.list_papers(web.session(), ballot.id) if p.id == doc_id), None)
    if paper is None:
        raise NotFound(_("This ballot has no such document."), "board.document.unknown")
    return file_response(get_file(web.session(), paper.file_id))
