"""Casting a position: check, record, receipt; and the page that says who was first."""

from __future__ import annotations

from typing import NamedTuple

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.board import checks, electors, owed, policy, queries, receipts, rule_words, rules, services, wording
from u4ssc_gov.board.electors import Seat
from u4ssc_gov.board.forms.voting import VoteForm
from u4ssc_gov.board.inputs import CastVote
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.pages import receipt as receipt_page
from u4ssc_gov.board.pages.positions import supported
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.routes.reading import ballot_page
from u4ssc_gov.board.rules import BallotState, Position, Visibility
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents.queries import get_file
from u4ssc_gov.ledger import services as ledger
from u4ssc_gov.web.downloads import disposition, file_response
from u4ssc_gov.web.security import DOWNLOAD_POLICY


class Checked(NamedTuple):
    """A position that could be recorded now, as the check page shows it."""

    ballot: Ballot
    seat: Seat
    cast: CastVote
    position: str
    candidates: tuple[str, ...]
    is_hidden: bool
    lifts: bool
    early: str


@bp.post("/ballots/<code>/vote/check")
@web.access("signed_in")
def check_vote(code: str) -> ResponseReturnValue:
    """Show the vote once more before it is recorded. Records nothing."""
    form = VoteForm(request.form)
    if "change" in request.form:
        return ballot_page(code, form)
    if form.validate():
        try:
            with web.attempt(form) as done:
                checked = _checked(code, form)
        except (Conflict, Forbidden) as error:
            return _conflict_page(code, form, error)
        if done:
            return render_template("board/check_vote.html", **checked._asdict(), form=form)
    return ballot_page(code, form, status=422)


def _checked(code: str, form: VoteForm) -> Checked:
    """The ballot, the seat and the words of a vote, after the checks that need no lock."""
    session, actor, now = web.session(), web.actor(), web.now()
    ballot = queries.get_ballot(session, code, actor=actor)
    partner_id = _partner_id(form)
    seats = electors.list_seats(session, ballot.id)
    seat = next((seat for seat in seats if seat.partner_id == partner_id), None)
    if seat is None or not policy.may_vote(actor, partner_id):
        raise checks.not_an_elector(session, actor, partner_id, now)
    cast = checks.cleaned(ballot, _cast(form))
    found = electors.find_elector(session, ballot.id, partner_id)
    latest = found[1] if found else None
    checks.check_can_vote(ballot, latest, cast, now=now)
    checks.check_position(ballot, cast, seat.acronym)
    if not form.asked_anew.data and checks.is_left_over(latest, cast):
        form.comment.data, form.asked_anew.data = "", "1"
        message = _("The earlier comment went with another position. Write the words for this one.")
        raise Invalid(message, "board.vote.comment_old", "comment")
    rule = rules.rule_from_json(ballot.rule)
    return Checked(
        ballot,
        seat,
        cast,
        wording.position_label(cast.position, ballot.method),
        _names(ballot, cast.candidates),
        rule.visibility is Visibility.AT_CLOSE,
        queries.state_of(ballot, now) is BallotState.SUSPENDED,
        rule_words.early_close_in_words(rule),
    )


def _names(ballot: Ballot, numbers: tuple[int, ...]) -> tuple[str, ...]:
    """The names of the candidates that a position supports."""
    if not numbers:
        return ()
    known = {one.number: one.name for one in queries.list_candidates(web.session(), ballot.id)}
    return tuple(known[number] for number in numbers if number in known)


def _partner_id(form: VoteForm) -> int:
    """The partner a vote is for. Somebody who votes for one partner need not name it."""
    if form.partner_id.data is not None:
        return int(form.partner_id.data)
    mandates = web.actor().mandates
    if len(mandates) == 1:
        return mandates[0].partner_id
    if not mandates:
        raise checks.not_an_elector(web.session(), web.actor(), 0, web.now())
    raise Invalid(_("You vote for several partners. Choose one first."), "board.vote.partner_missing")


@bp.post("/ballots/<code>/vote")
@web.access("signed_in")
def cast_vote(code: str) -> ResponseReturnValue:
    """Record the vote. The instant that counts is read after the ballot's row is locked."""
    form = VoteForm(request.form)
    if form.validate():
        try:
            with web.attempt(form) as done:
                cast = _cast(form)
                ballot = services.lock_for_vote(web.session(), code, cast, actor=web.actor(), now=web.instant())
                ledger.lock(web.session())
                vote = services.cast_vote(web.session(), ballot, cast, actor=web.actor(), now=web.instant())
        except (Conflict, Forbidden) as error:
            return _conflict_page(code, form, error)
        if done:
            return redirect(url_for(".show_receipt", code=ballot.code, receipt=vote.receipt), 303)
    return ballot_page(code, form, status=422)


def _cast(form: VoteForm) -> CastVote:
    return CastVote(
        partner_id=_partner_id(form),
        position=Position(form.position.data),
        comment=form.comment.data or "",
        cure=form.cure.data or "",
        candidates=tuple(form.candidates.data or ()),
        text_sha256=form.text_sha256.data or "",
        expected_revision=form.expected_revision.data or 0,
    )


def _conflict_page(code: str, form: VoteForm, error: Conflict | Forbidden) -> ResponseReturnValue:
    """Nothing was recorded and nothing is lost: say who or what was first, and show what was typed."""
    session, actor, now = web.session_for_reading(), web.actor(), web.now()
    ballot = queries.get_heading(session, code, actor=actor)
    own = [mandate.partner_id for mandate in actor.mandates]
    seats = electors.list_seats_of(session, ballot.id, own)
    wanted = form.partner_id.data if form.partner_id.data is not None else (own[0] if own else None)
    seat = next((seat for seat in seats if seat.partner_id == wanted), None)
    candidates = queries.list_candidates(session, ballot.id) if ballot.candidate_count else ()
    names = {one.number: one.name for one in candidates}
    latest = seat.vote if seat else None
    return render_template(
        "board/conflict.html",
        ballot=ballot,
        seat=seat,
        form=form,
        message=error.message,
        typed=wording.position_label(Position(form.position.data), ballot.method),
        typed_names=[names[number] for number in form.candidates.data or () if number in names],
        recorded=wording.position_label(latest.position, ballot.method) if latest else "",
        recorded_names=supported(latest, names) if latest else (),
        is_open=seat is not None and queries.state_of(ballot, now) is BallotState.OPEN,
    ), error.status


@bp.get("/ballots/<code>/receipts/<receipt>")
@web.access("signed_in")
def show_receipt(code: str, receipt: str) -> ResponseReturnValue:
    """The confirmation of one recorded vote, for the partner's mandate holders and the secretariat."""
    session, actor, now = web.session(), web.actor(), web.now()
    ballot = queries.get_ballot(session, code, actor=actor)
    own = [mandate.partner_id for mandate in actor.mandates]
    return render_template(
        "board/receipt.html",
        page=receipt_page.build(session, ballot, receipt, actor=actor, now=now),
        owed=owed.list_owed_votes(session, own, now),
    )


@bp.get("/ballots/<code>/receipts/<receipt>/file")
@web.access("signed_in")
def download_receipt(code: str, receipt: str) -> ResponseReturnValue:
    """The receipt as a file that ``u4verify`` checks without the platform."""
    session, actor, now = web.session(), web.actor(), web.now()
    ballot = queries.get_ballot(session, code, actor=actor)
    seat, vote = receipts.find_receipt(electors.list_seats(session, ballot.id), receipt, actor=actor)
    sees = receipt_page.sees_position(ballot, seat, vote, actor=actor, now=now)
    response = Response(receipts.receipt_file(session, vote, sees_position=sees), content_type="application/json")
    response.headers["Content-Disposition"] = disposition(vote.receipt + receipts.SUFFIX)
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.get("/ballots/<code>/receipts/<receipt>/evidence")
@web.access("signed_in")
def download_evidence(code: str, receipt: str) -> ResponseReturnValue:
    """The e-mail from which the Secretariat recorded a position: for the seat's people and the Secretariat."""
    session, actor, now = web.session(), web.actor(), web.now()
    ballot = queries.get_ballot(session, code, actor=actor)
    seat, vote = receipts.find_receipt(electors.list_seats(session, ballot.id), receipt, actor=actor)
    if not receipt_page.sees_evidence(ballot, seat, vote, actor=actor, now=now):
        raise NotFound(_("There is no e-mail with this receipt."), "board.evidence.unknown")
    return file_response(get_file(session, vote.evidence_id or 0))
