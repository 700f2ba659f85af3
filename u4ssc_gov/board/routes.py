"""Pages of the ballots. Views are thin: ``pages`` works out what is shown, ``services`` what is recorded."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from u4ssc_gov import web
from u4ssc_gov.board import checks, drafts, electors, lists, owed, pages, policy, queries, services, wording
from u4ssc_gov.board.electors import Revision, Seat
from u4ssc_gov.board.forms import BallotForm, VoteForm, WithdrawForm
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotState, BallotType, Position
from u4ssc_gov.core.errors import Conflict, Invalid, NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.core.text import clean_text
from u4ssc_gov.documents.queries import get_file
from u4ssc_gov.documents.rules import ACCEPT
from u4ssc_gov.web.downloads import file_response
from u4ssc_gov.web.exports import csv_response
from u4ssc_gov.workflows import voting

bp = Blueprint("board", __name__)


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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
        types=[(kind.value, wording.type_label(kind)) for kind in BallotType],
    )


@bp.get("/ballots/<code>")
@web.access("signed_in")
def show_ballot(code: str) -> ResponseReturnValue:
    """A ballot: what is asked, the vote, the positions."""
    return _ballot_page(code)


def _ballot_page(code: str, form: VoteForm | None = None, status: int = 200) -> ResponseReturnValue:
    session, actor, now = web.session(), web.actor(), web.now()
    ballot = queries.get_ballot_text(session, code, actor=actor)
    own = [mandate.partner_id for mandate in actor.mandates]
    page = pages.build(
        ballot,
        electors.list_seats(session, ballot.id),
        queries.list_papers(session, ballot.id),
        electors.list_holders(session, now, partner_ids=own) if own else (),
        actor=actor,
        now=now,
        shown=request.args.get("positions", "all"),
    )
    seat = _chosen_seat(page.own, form)
    asked = form is not None or seat is None or seat.vote is None or "change" in request.args
    if form is None and asked and seat is not None and page.is_open:
        form = _vote_form(page, seat)
    return render_template("board/ballot.html", page=page, seat=seat, asked=asked, form=form), status


def _chosen_seat(own: tuple[Seat, ...], form: VoteForm | None) -> Seat | None:
    """Which of the person's partners the vote box is about: the one named, else the first without a vote."""
    named = request.args.get("partner", "")
    for seat in own:
        if (form is not None and form.partner_id.data == seat.partner_id) or (named and seat.acronym == named):
            return seat
    return next((seat for seat in own if seat.vote is None), own[0] if own else None)


def _vote_form(page: pages.BallotPage, seat: Seat) -> VoteForm:
    """A fresh form. ``?position=`` may tick a radio and nothing more."""
    latest = seat.vote
    ticked = request.args.get("position", latest.position.value if latest else "")
    known = {position.value for position in Position}
    return VoteForm(
        partner_id=seat.partner_id,
        text_sha256=page.ballot.text_sha256,
        expected_revision=latest.number if latest else 0,
        position=ticked if ticked in known else None,
        comment=latest.comment if latest else "",
    )


@bp.get("/ballots/<code>/documents/<int:doc_id>")
@web.access("signed_in")
def download_document(code: str, doc_id: int) -> ResponseReturnValue:
    """A document of a ballot, for whoever may see the ballot."""
    ballot = queries.get_ballot(web.session(), code, actor=web.actor())
    paper = next((p for p in queries.list_papers(web.session(), ballot.id) if p.id == doc_id), None)
    if paper is None:
        raise NotFound(_("This ballot has no such document."), "board.document.unknown")
    return file_response(get_file(web.session(), paper.file_id))


# ── voting ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.post("/ballots/<code>/vote/check")
@web.access("signed_in")
def check_vote(code: str) -> ResponseReturnValue:
    """Show the vote once more before it is recorded. Records nothing."""
    form = VoteForm(request.form)
    if "change" in request.form:
        return _ballot_page(code, form)
    if form.validate():
        try:
            with web.attempt(form) as done:
                ballot, seat = _checked(code, form)
        except Conflict as error:
            return _conflict_page(code, form, error)
        if done:
            label = wording.position_label(Position(form.position.data))
            return render_template("board/check_vote.html", ballot=ballot, seat=seat, form=form, position=label)
    return _ballot_page(code, form, status=422)


def _checked(code: str, form: VoteForm) -> tuple[Ballot, Seat]:
    """The ballot and the seat a vote is for, after the checks that need no lock."""
    session, actor = web.session(), web.actor()
    ballot = queries.get_ballot(session, code, actor=actor)
    partner_id = _partner_id(form)
    seats = electors.list_seats(session, ballot.id)
    seat = next((seat for seat in seats if seat.partner_id == partner_id), None)
    if seat is None or not policy.may_vote(actor, partner_id):
        raise checks.not_an_elector()
    comment = clean_text(form.comment.data or "")
    checks.check_can_vote(ballot, comment=comment, now=web.now())
    checks.check_comment(Position(form.position.data), comment, seat.acronym)
    return ballot, seat


def _partner_id(form: VoteForm) -> int:
    """The partner a vote is for. Somebody who votes for one partner need not name it."""
    if form.partner_id.data is not None:
        return int(form.partner_id.data)
    mandates = web.actor().mandates
    if len(mandates) == 1:
        return mandates[0].partner_id
    if not mandates:
        raise checks.not_an_elector()
    raise Invalid(_("You vote for several partners. Choose one first."), "board.vote.partner_missing")


@bp.post("/ballots/<code>/vote")
@web.access("signed_in")
def cast_vote(code: str) -> ResponseReturnValue:
    """Record the vote. The instant that counts is read after the ballot's row is locked."""
    form = VoteForm(request.form)
    if form.validate():
        try:
            with web.attempt(form) as done:
                ballot = queries.lock_ballot(web.session(), code, actor=web.actor())
                vote = services.cast_vote(web.session(), ballot, **_choice(form), actor=web.actor(), now=web.instant())
        except Conflict as error:
            return _conflict_page(code, form, error)
        if done:
            return redirect(url_for(".show_receipt", code=ballot.code, receipt=vote.receipt), 303)
    return _ballot_page(code, form, status=422)


def _choice(form: VoteForm) -> dict[str, Any]:
    return {
        "partner_id": _partner_id(form),
        "position": Position(form.position.data),
        "comment": form.comment.data or "",
        "text_sha256": form.text_sha256.data or "",
        "expected_revision": form.expected_revision.data or 0,
    }


def _conflict_page(code: str, form: VoteForm, error: Conflict) -> ResponseReturnValue:
    """Nothing was recorded and nothing is lost: say who or what was first, and show what was typed."""
    web.session().rollback()
    session, actor, now = web.session(), web.actor(), web.now()
    ballot = queries.get_ballot(session, code, actor=actor)
    own = [mandate.partner_id for mandate in actor.mandates]
    seats = [seat for seat in electors.list_seats(session, ballot.id) if seat.partner_id in own]
    wanted = form.partner_id.data if form.partner_id.data is not None else (own[0] if own else None)
    seat = next((seat for seat in seats if seat.partner_id == wanted), None)
    is_open = queries.state_of(ballot, now) is BallotState.OPEN and seat is not None
    typed = wording.position_label(Position(form.position.data))
    values = {"ballot": ballot, "seat": seat, "form": form, "message": error.message, "typed": typed}
    return render_template("board/conflict.html", **values, is_open=is_open), 409


@bp.get("/ballots/<code>/receipts/<receipt>")
@web.access("signed_in")
def show_receipt(code: str, receipt: str) -> ResponseReturnValue:
    """The confirmation of one recorded vote, for the partner's mandate holders and the secretariat."""
    session, actor, now = web.session(), web.actor(), web.now()
    ballot = queries.get_ballot(session, code, actor=actor)
    seats = electors.list_seats(session, ballot.id)
    seat, vote = _find_receipt(seats, receipt)
    holders = electors.list_holders(session, now, partner_ids=[seat.partner_id])
    state = queries.state_of(ballot, now)
    counts = electors.tally_of(seats)
    own = [mandate.partner_id for mandate in actor.mandates]
    return render_template(
        "board/receipt.html",
        ballot=ballot,
        seat=seat,
        vote=vote,
        position=wording.position_label(vote.position),
        is_open=state is BallotState.OPEN,
        is_latest=seat.vote is vote,
        others=[holder.name for holder in holders if holder.person_id not in (actor.person_id, vote.cast_by_id)],
        strip_cells=[pages.cell_of(one) for one in seats],
        me=seats.index(seat),
        counts_words=wording.counts_in_words(counts, closed=state is BallotState.CLOSED),
        owed=owed.list_owed_votes(session, own, now),
    )


def _find_receipt(seats: list[Seat], receipt: str) -> tuple[Seat, Revision]:
    for seat in seats:
        for vote in seat.revisions:
            if vote.receipt == receipt and policy.may_see_receipt(web.actor(), seat.partner_id):
                return seat, vote
    raise NotFound(_("There is no such receipt."), "board.receipt.unknown")


# ── preparing ────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/ballots/new", methods=["GET", "POST"])
@web.access("secretariat")
def new_ballot() -> ResponseReturnValue:
    """Write a new ballot; saving keeps it as a draft."""
    form = _ballot_form()
    if request.method == "POST" and form.validate():
        with web.attempt(form) as done:
            ballot = services.draft_ballot(web.session(), drafts.draft_from(form), actor=web.actor(), now=web.now())
        if done:
            return _after_saving(ballot)
    status = 422 if request.method == "POST" else 200
    return render_template("board/edit_ballot.html", ballot=None, papers=(), form=form, accept=ACCEPT), status


@bp.route("/ballots/<code>/edit", methods=["GET", "POST"])
@web.access("secretariat")
def edit_ballot(code: str) -> ResponseReturnValue:
    """Change a draft. A save never overwrites a newer one."""
    ballot = queries.get_ballot(web.session(), code, actor=web.actor())
    form = _ballot_form(ballot)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.validate():
        try:
            with web.attempt(form) as done:
                _save_draft(code, form)
        except Conflict as error:
            web.session().rollback()
            form.form_errors = [error.message]
            status = 409
        else:
            if done:
                return _after_saving(ballot)
    ballot = queries.get_ballot(web.session(), code, actor=web.actor())
    if queries.state_of(ballot, web.now()) is not BallotState.DRAFT:
        return redirect(url_for(".show_ballot", code=code), 303)
    form.version.data, form.version.raw_data = ballot.version, None  # what was sent would be printed first
    papers = queries.list_papers(web.session(), ballot.id)
    return render_template("board/edit_ballot.html", ballot=ballot, papers=papers, form=form, accept=ACCEPT), status


def _save_draft(code: str, form: BallotForm) -> None:
    locked = queries.lock_ballot(web.session(), code, actor=web.actor())
    removed = frozenset(request.form.getlist("remove", type=int))
    version = form.version.data or 0
    services.update_draft(
        web.session(),
        locked,
        drafts.draft_from(form),
        expected_version=version,
        removed=removed,
        actor=web.actor(),
        now=web.instant(),
    )


def _ballot_form(ballot: Ballot | None = None) -> BallotForm:
    if request.method == "POST":
        return BallotForm(CombinedMultiDict([request.files, request.form]))
    return BallotForm(request.args) if ballot is None else BallotForm(**drafts.values_of(ballot))


def _after_saving(ballot: Ballot) -> ResponseReturnValue:
    target = ".check_opening" if request.form.get("then") == "check" else ".show_ballot"
    flash(_("Draft saved. Nobody but the Secretariat sees it."), "success")
    return redirect(url_for(target, code=ballot.code), 303)


@bp.get("/ballots/<code>/check-opening")
@web.access("secretariat")
def check_opening(code: str) -> ResponseReturnValue:
    """Everything that opening would do, before it is done."""
    return _opening_page(code)


def _opening_page(code: str, problem: str = "", status: int = 200) -> ResponseReturnValue:
    session, actor, now = web.session(), web.actor(), web.now()
    ballot = queries.get_ballot(session, code, actor=actor)
    if queries.state_of(ballot, now) is not BallotState.DRAFT:
        return redirect(url_for(".show_ballot", code=code), 303)
    opening = pages.build_opening(session, ballot, now=now, problem=problem)
    return render_template("board/check_opening.html", ballot=ballot, opening=opening), status


@bp.post("/ballots/<code>/open")
@web.access("secretariat")
def open_ballot(code: str) -> ResponseReturnValue:
    """Open the draft that was checked; a draft saved meanwhile is not opened unseen."""
    with web.attempt() as done:
        ballot = queries.lock_ballot(web.session(), code, actor=web.actor())
        if request.form.get("version", type=int) != ballot.version:
            raise Conflict(_("The draft was changed after you checked it. Check it again."), "board.draft.stale")
        closes_at = ballot.closes_at or web.now()
        services.open_ballot(web.session(), ballot, closes_at=closes_at, actor=web.actor(), now=web.instant())
    if done:
        flash(_("%(code)s is open. Everybody who may vote gets an email.", code=code), "success")
        return redirect(url_for(".show_ballot", code=code), 303)
    return _opening_page(code, problem=done.error.message if done.error else "", status=422)


@bp.route("/ballots/<code>/withdraw", methods=["GET", "POST"])
@web.access("secretariat")
def withdraw_ballot(code: str) -> ResponseReturnValue:
    """Withdraw a draft or an open ballot, with a reason that everybody reads."""
    form = WithdrawForm(request.form)
    if request.method == "POST" and form.validate():
        with web.attempt(form) as done:
            ballot = queries.lock_ballot(web.session(), code, actor=web.actor())
            reason = form.reason.data or ""
            services.withdraw_ballot(web.session(), ballot, reason=reason, actor=web.actor(), now=web.instant())
        if done:
            flash(_("%(code)s is withdrawn.", code=code), "success")
            return redirect(url_for(".show_ballot", code=code), 303)
    ballot = queries.get_ballot(web.session(), code, actor=web.actor())
    is_draft = queries.state_of(ballot, web.now()) is BallotState.DRAFT
    status = 422 if request.method == "POST" else 200
    return render_template("board/withdraw.html", ballot=ballot, is_draft=is_draft, form=form), status


@bp.post("/ballots/<code>/remind")
@web.access("secretariat")
def remind_partners(code: str) -> ResponseReturnValue:
    """Mail those who have not voted, at most once a day."""
    with web.attempt() as done:
        ballot = queries.lock_ballot(web.session(), code, actor=web.actor())
        sent = services.remind_partners(web.session(), ballot, actor=web.actor(), now=web.instant())
        flash(ngettext("%(num)s reminder is on its way.", "%(num)s reminders are on their way.", sent), "success")
    if done.error:
        flash(done.error.message, "warning")
    return redirect(url_for(".show_ballot", code=code), 303)


@bp.post("/ballots/<code>/outcome")
@web.access("secretariat")
def record_outcome(code: str) -> ResponseReturnValue:
    """Record and mail the outcome by hand, should the scheduler stand still."""
    with web.attempt() as done:
        ballot = queries.lock_ballot(web.session(), code, actor=web.actor())
        voting.settle(web.session(), ballot, now=web.instant())
        flash(_("The outcome of %(code)s is recorded and on its way by email.", code=code), "success")
    if done.error:
        flash(done.error.message, "warning")
    return redirect(url_for(".show_ballot", code=code), 303)
