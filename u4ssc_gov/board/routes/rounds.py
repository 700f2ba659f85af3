"""When a ballot decided nothing, or a silence is broken: correct, put again, refer, leave it to a meeting."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.board import electors, rules, services, wording
from u4ssc_gov.board.forms.running import CorrectionForm, ReasonForm, RoundForm
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.pages import preparing as preparing_pages
from u4ssc_gov.board.pages import running as running_pages
from u4ssc_gov.board.routes.acts import act_page, attempt_act, back_to, load
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.rules import BallotState, Method, Position
from u4ssc_gov.board.services import ending, rounds
from u4ssc_gov.core.i18n import gettext as _


@bp.route("/ballots/<code>/correction", methods=["GET", "POST"])
@web.access("secretariat")
def offer_correction(code: str) -> ResponseReturnValue:
    """Offer to treat an objection as a matter of wording; only the objecting partner can agree."""
    ballot, state = load(code)
    objecting = [seat for seat in electors.list_seats(web.session(), ballot.id) if seat.position is Position.OBJECT]
    form = CorrectionForm(request.form or None, partner_id=str(objecting[0].partner_id) if len(objecting) == 1 else "")
    form.partner_id.offer([(seat.partner_id, seat.acronym) for seat in objecting])
    status = attempt_act(code, form, lambda locked, now: _offer(locked, form, now))
    if status == 303:
        flash(_("The correction is offered. The partner agrees by lifting its objection."), "success")
        return back_to(code)
    refused = "" if state is BallotState.SUSPENDED and objecting else _("No objection waits for a correction now.")
    return act_page("secretariat/correction", code, form, status, objecting=objecting, refused=refused)


def _offer(ballot: Ballot, form: CorrectionForm, now: datetime) -> None:
    partner, text = form.partner_id.number or 0, form.text.data or ""
    services.propose_editorial(web.session(), ballot, partner_id=partner, text=text, actor=web.actor(), now=now)


@bp.route("/ballots/<code>/next-round", methods=["GET", "POST"])
@web.access("secretariat")
def next_round(code: str) -> ResponseReturnValue:
    """Draft the next round: the same question, by the same method or as a vote, with a text that can be changed."""
    ballot, _state = load(code)
    form = RoundForm(request.form or None, method=ballot.method.value)
    form.method.offer([(one.value, wording.method_label(one)) for one in rules.methods_of(ballot.type)])
    made: list[Ballot] = []
    status = attempt_act(code, form, lambda locked, now: made.append(_again(locked, form, now)))
    if status == 303:
        flash(_("%(code)s is drafted. Nobody but the Secretariat sees it.", code=made[0].code), "success")
        return redirect(url_for(".edit_ballot", code=made[0].code), 303)
    refused = running_pages.concern_problem(web.session(), ballot, web.actor()) or _undecided_problem(ballot)
    meanings = {one.value: preparing_pages.meaning(one) for one in rules.methods_of(ballot.type)}
    return act_page("secretariat/next_round", code, form, status, meanings=meanings, refused=refused)


def _again(ballot: Ballot, form: RoundForm, now: datetime) -> Ballot:
    method = Method(form.method.data)
    return services.draft_next_round(web.session(), ballot, method=method, actor=web.actor(), now=now)


def _undecided_problem(ballot: Ballot) -> str:
    if rounds.may_follow(web.session(), ballot, web.now()):
        return ""
    return _("A ballot is never reopened, and only one that decided nothing has a next round.")


@bp.route("/ballots/<code>/refer", methods=["GET", "POST"])
@web.access("secretariat")
def refer_ballot(code: str) -> ResponseReturnValue:
    """Put a question that was not decided on the agenda of the next annual meeting."""
    form = ReasonForm(request.form)
    status = attempt_act(code, form, lambda ballot, now: _refer(ballot, form, now))
    if status == 303:
        flash(
            _("%(code)s is referred to the annual meeting. Everybody who may vote gets an e-mail.", code=code),
            "success",
        )
        return back_to(code)
    ballot, state = load(code)
    refused = running_pages.concern_problem(web.session(), ballot, web.actor())
    if not refused and (state is BallotState.ANNULLED or _undecided_problem(ballot)):
        refused = _("Only a ballot that decided nothing is referred to the annual meeting.")
    return act_page("secretariat/refer", code, form, status, refused=refused)


def _refer(ballot: Ballot, form: ReasonForm, now: datetime) -> None:
    services.refer_to_meeting(web.session(), ballot, reason=form.reason.data or "", actor=web.actor(), now=now)


@bp.route("/ballots/<code>/supersede", methods=["GET", "POST"])
@web.access("secretariat")
def supersede_ballot(code: str) -> ResponseReturnValue:
    """A meeting has decided the same question: the ballot ends without an outcome of its own."""
    form = ReasonForm(request.form)
    status = attempt_act(code, form, lambda ballot, now: _supersede(ballot, form, now))
    if status == 303:
        flash(
            _("%(code)s has ended: a meeting decided it. Everybody who may vote gets an e-mail.", code=code), "success"
        )
        return back_to(code)
    ballot, state = load(code)
    refused = "" if ending.may_be_superseded(web.session(), ballot, web.now()) else _supersede_problem(ballot, state)
    refused = refused or running_pages.concern_problem(web.session(), ballot, web.actor())
    return act_page("secretariat/supersede", code, form, status, refused=refused)


def _supersede_problem(ballot: Ballot, state: BallotState) -> str:
    if state is BallotState.CLOSED:
        return _(
            "%(code)s has closed with a result, which one officer cannot set aside. Ask for its annulment and name the "
            "meeting; an officer of another Secretariat agency confirms it.",
            code=ballot.code,
        )
    return _("%(code)s has ended already, or was never opened.", code=ballot.code)


def _supersede(ballot: Ballot, form: ReasonForm, now: datetime) -> None:
    services.supersede_by_meeting(web.session(), ballot, reason=form.reason.data or "", actor=web.actor(), now=now)
