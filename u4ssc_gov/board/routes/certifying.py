"""After the closing: certify, note an outage, answer challenges, annul (the Secretariat)."""

from __future__ import annotations

from datetime import datetime

from flask import flash, request
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.board import history, services
from u4ssc_gov.board.forms.running import ChallengeAnswerForm, ConfirmForm, OutageForm, ReasonForm
from u4ssc_gov.board.models import Ballot, Challenge
from u4ssc_gov.board.pages import drafts
from u4ssc_gov.board.pages import running as running_pages
from u4ssc_gov.board.routes.acts import act_page, attempt_act, back_to, load
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.rules import LAST_DAY, BallotState
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.workflows import outcomes


@bp.route("/ballots/<code>/certify", methods=["GET", "POST"])
@web.access("secretariat")
def certify_ballot(code: str) -> ResponseReturnValue:
    """The outcome with its sum and what follows; certifying gives it its number and carries it out."""
    form = ConfirmForm(request.form)
    made: list[Ballot] = []
    status = attempt_act(code, form, lambda ballot, now: made.append(_certify(ballot, now)))
    if status == 303:
        _say_certified(made[0])
        return back_to(code)
    ballot, _state = load(code)
    page = running_pages.build_certify(web.session(), ballot, actor=web.actor(), now=web.now())
    return act_page("secretariat/certify", code, form, status, page=page, refused=page.problem)


def _certify(ballot: Ballot, now: datetime) -> Ballot:
    return outcomes.certify(web.session(), ballot, actor=web.actor(), now=now)


def _say_certified(ballot: Ballot) -> None:
    number = ballot.decision_number
    flash(_("%(code)s is certified as %(number)s.", code=ballot.code, number=number), "success")
    blocked = [one for one in history.list_events(web.session(), ballot.id) if one.kind == "consequence_blocked"]
    if blocked:
        flash(_("It could not take effect by itself: %(why)s", why=blocked[-1].text), "warning")


@bp.route("/ballots/<code>/outage", methods=["GET", "POST"])
@web.access("secretariat")
def record_outage(code: str) -> ResponseReturnValue:
    """Note that the platform could not be reached in the last day before the closing."""
    ballot, state = load(code)
    start = {}
    if ballot.closes_at is not None:
        start = drafts.moment_values("since", ballot.closes_at - LAST_DAY)
        start |= drafts.moment_values("until", ballot.closes_at)
    form = OutageForm(request.form or None, **start)
    status = attempt_act(code, form, lambda locked, now: _outage(locked, form, now))
    if status == 303:
        flash(_("The outage is noted in the history of %(code)s.", code=code), "success")
        return back_to(code)
    refused = running_pages.concern_problem(web.session(), ballot, web.actor())
    if state is not BallotState.CLOSED:
        refused = _("An outage is noted after a ballot has closed and before it is certified.")
    return act_page("secretariat/outage", code, form, status, refused=refused)


def _outage(ballot: Ballot, form: OutageForm, now: datetime) -> None:
    since, until = form.moment("since") or now, form.moment("until") or now
    services.record_outage(web.session(), ballot, since=since, until=until, actor=web.actor(), now=now)


# ── challenges ───────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/ballots/<code>/challenges/<partner>", methods=["GET", "POST"])
@web.access("secretariat")
def answer_challenge(code: str, partner: str) -> ResponseReturnValue:
    """Answer a partner's challenge with a reason."""
    ballot, _state = load(code)
    challenge = _challenge(ballot, partner)
    form = ChallengeAnswerForm(request.form)
    status = attempt_act(code, form, lambda locked, now: _answer(locked, _challenge(locked, partner), form, now))
    if status == 303:
        flash(_("The challenge is answered. Everybody who may vote gets an e-mail."), "success")
        return back_to(code)
    ballot, _state = load(code)
    challenge = _challenge(ballot, partner)
    refused = running_pages.concern_problem(web.session(), ballot, web.actor())
    if challenge.decided_at is not None:
        refused = _("This challenge is answered already.")
    return act_page("secretariat/challenge_answer", code, form, status, challenge=challenge, refused=refused)


def _challenge(ballot: Ballot, acronym: str) -> Challenge:
    for challenge in history.list_challenges(web.session(), ballot.id):
        if challenge.acronym == acronym:
            return challenge
    raise NotFound(_("This partner has not challenged the decision."), "board.challenge.unknown")


def _answer(ballot: Ballot, challenge: Challenge, form: ChallengeAnswerForm, now: datetime) -> None:
    upheld, answer = form.upheld.data == "yes", form.answer.data or ""
    services.decide_challenge(
        web.session(), ballot, challenge, upheld=upheld, answer=answer, actor=web.actor(), now=now
    )


# ── annulment ────────────────────────────────────────────────────────────────────────────────────────────────────────


@bp.route("/ballots/<code>/annul", methods=["GET", "POST"])
@web.access("secretariat")
def ask_annulment(code: str) -> ResponseReturnValue:
    """Ask that a ballot be annulled; an officer of another agency confirms it."""
    form = ReasonForm(request.form)
    status = attempt_act(code, form, lambda ballot, now: _ask(ballot, form, now))
    if status == 303:
        flash(_("The annulment of %(code)s is asked for. Another agency confirms it.", code=code), "success")
        return back_to(code)
    ballot, state = load(code)
    refused = running_pages.concern_problem(web.session(), ballot, web.actor())
    if state not in running_pages.MAY_ANNUL:
        refused = _("%(code)s cannot be annulled.", code=code)
    elif ballot.annulment_asked_at is not None:
        refused = _("%(agency)s has asked for this annulment already.", agency=ballot.annulment_asked_for)
    return act_page("secretariat/annul", code, form, status, refused=refused)


def _ask(ballot: Ballot, form: ReasonForm, now: datetime) -> None:
    services.ask_annulment(web.session(), ballot, reason=form.reason.data or "", actor=web.actor(), now=now)


@bp.route("/ballots/<code>/annul/confirm", methods=["GET", "POST"])
@web.access("secretariat")
def confirm_annulment(code: str) -> ResponseReturnValue:
    """The second agency annuls the ballot for good."""
    form = ConfirmForm(request.form)
    status = attempt_act(
        code, form, lambda ballot, now: outcomes.annul(web.session(), ballot, actor=web.actor(), now=now)
    )
    if status == 303:
        flash(_("%(code)s is annulled. Everybody who may vote gets an e-mail.", code=code), "success")
        return back_to(code)
    ballot, state = load(code)
    refused = _annulment_problem(ballot, state)
    return act_page("secretariat/annul_confirm", code, form, status, refused=refused)


def _annulment_problem(ballot: Ballot, state: BallotState) -> str:
    actor = web.actor()
    if state not in running_pages.MAY_ANNUL:
        return _("%(code)s cannot be annulled.", code=ballot.code)
    if ballot.annulment_asked_at is None:
        return _("Nobody has asked for this annulment.")
    if ballot.annulment_asked_for == actor.secretariat_of or ballot.annulment_asked_by_id == actor.person_id:
        agency = ballot.annulment_asked_for
        return _("%(agency)s asked for it. An officer of another Secretariat agency confirms it.", agency=agency)
    return running_pages.concern_problem(web.session(), ballot, actor)
