"""Running a ballot: remind, extend, strike a candidate, withdraw, write down the outcome (the Secretariat)."""

from __future__ import annotations

from datetime import datetime

from flask import flash, request
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.board import locks, queries, rules, services
from u4ssc_gov.board.forms.running import CandidateWithdrawalForm, ExtendForm, WithdrawForm
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.pages import drafts
from u4ssc_gov.board.pages import running as running_pages
from u4ssc_gov.board.routes.acts import act_page, attempt_act, back_to, load
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.rules import BallotState, Method
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext

ENDED_ALREADY = rules.ENDED | rules.GONE


@bp.route("/ballots/<code>/withdraw", methods=["GET", "POST"])
@web.access("secretariat")
def withdraw_ballot(code: str) -> ResponseReturnValue:
    """Withdraw a draft or a ballot that has not closed, with a reason that everybody reads."""
    form = WithdrawForm(request.form)
    reason = form.reason.data or ""
    status = attempt_act(
        code,
        form,
        lambda ballot, now: services.withdraw_ballot(web.session(), ballot, reason=reason, actor=web.actor(), now=now),
    )
    if status == 303:
        flash(_("%(code)s is withdrawn.", code=code), "success")
        return back_to(code)
    ballot, state = load(code)
    refused = _("%(code)s has ended and can no longer be withdrawn.", code=code) if state in ENDED_ALREADY else ""
    refused = refused or running_pages.concern_problem(web.session(), ballot, web.actor())
    return act_page("withdraw", code, form, status, is_draft=state is BallotState.DRAFT, refused=refused)


@bp.post("/ballots/<code>/remind")
@web.access("secretariat")
def remind_partners(code: str) -> ResponseReturnValue:
    """Mail those who have not voted, at most once a day."""
    with web.attempt() as done:
        ballot = locks.lock_ballot(web.session(), code, actor=web.actor())
        sent = services.remind_partners(web.session(), ballot, actor=web.actor(), now=web.instant())
        flash(ngettext("%(num)s reminder is on its way.", "%(num)s reminders are on their way.", sent), "success")
    if done.error:
        flash(done.error.message, "warning")
    return back_to(code)


@bp.post("/ballots/<code>/outcome")
@web.access("secretariat")
def record_outcome(code: str) -> ResponseReturnValue:
    """Record and mail the outcome by hand, should the scheduler stand still."""
    with web.attempt() as done:
        ballot = locks.lock_ballot(web.session(), code, actor=web.actor())
        services.record_by_hand(web.session(), ballot, actor=web.actor(), now=web.instant())
        flash(_("The outcome of %(code)s is recorded and on its way by e-mail.", code=code), "success")
    if done.error:
        flash(done.error.message, "warning")
    return back_to(code)


@bp.route("/ballots/<code>/extend", methods=["GET", "POST"])
@web.access("secretariat")
def extend_ballot(code: str) -> ResponseReturnValue:
    """Move the closing further on, once, with a reason; everybody is told."""
    ballot, state = load(code)
    latest = running_pages.latest_extension(ballot)
    start = drafts.moment_values("closes", latest) if latest is not None else {}
    form = ExtendForm(request.form or None, **start)
    status = attempt_act(code, form, lambda locked, now: _extend(locked, form, now))
    if status == 303:
        flash(_("%(code)s is extended. Everybody who may vote gets an e-mail.", code=code), "success")
        return back_to(code)
    refused = running_pages.extension_problem(ballot, state)
    refused = refused or running_pages.concern_problem(web.session(), ballot, web.actor())
    return act_page("secretariat/extend", code, form, status, latest=latest, refused=refused)


def _extend(ballot: Ballot, form: ExtendForm, now: datetime) -> None:
    reason, closes_at = form.reason.data or "", form.closes_at or now
    services.extend_ballot(web.session(), ballot, closes_at=closes_at, reason=reason, actor=web.actor(), now=now)


@bp.route("/ballots/<code>/withdraw-candidate", methods=["GET", "POST"])
@web.access("secretariat")
def withdraw_candidate(code: str) -> ResponseReturnValue:
    """Strike a candidate who withdrew; votes for others stand and everybody is told."""
    ballot, state = load(code)
    candidates = queries.list_candidates(web.session(), ballot.id)
    standing = [(one.number, one.name) for one in candidates if one.withdrawn_at is None]
    form = CandidateWithdrawalForm(request.form)
    form.candidate.offer(standing)
    status = attempt_act(code, form, lambda locked, now: _strike(locked, form, now))
    if status == 303:
        flash(_("The candidate is struck from %(code)s. Everybody who may vote gets an e-mail.", code=code), "success")
        return back_to(code)
    is_running = state is BallotState.OPEN and ballot.method is Method.ELECTION
    refused = "" if is_running and standing else _("Candidates withdraw from an election while it is open.")
    return act_page("secretariat/withdraw_candidate", code, form, status, standing=standing, refused=refused)


def _strike(ballot: Ballot, form: CandidateWithdrawalForm, now: datetime) -> None:
    number, reason = form.candidate.number or 0, form.reason.data or ""
    services.withdraw_candidate(web.session(), ballot, number, reason=reason, actor=web.actor(), now=now)
