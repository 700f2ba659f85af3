"""What is said to a ballot beside a position: a remark, a challenge of the procedure, the wish for a secret ballot."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.board import locks, queries, services
from u4ssc_gov.board.electors import Seat
from u4ssc_gov.board.forms.voting import ChallengeForm, RemarkForm, SeatForm
from u4ssc_gov.board.pages import ballot as pages
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.routes.reading import ballot_page
from u4ssc_gov.core.errors import Conflict, RuleViolation
from u4ssc_gov.core.i18n import gettext as _


@bp.post("/ballots/<code>/remarks")
@web.access("signed_in")
def add_remark(code: str) -> ResponseReturnValue:
    """Leave a remark on a running ballot, without a vote."""
    form = RemarkForm(request.form)
    if form.validate():
        with web.attempt(form) as done:
            ballot = locks.lock_ballot(web.session(), code, actor=web.actor())
            text = form.text.data or ""
            services.add_remark(web.session(), ballot, text, actor=web.actor(), now=web.instant())
        if done:
            flash(_("Your remark is kept with %(code)s.", code=code), "success")
            return redirect(url_for(".show_ballot", code=code, remark="kept", _anchor="remarks"), 303)
    return ballot_page(code, status=422, remark=form)


@bp.route("/ballots/<code>/challenge", methods=["GET", "POST"])
@web.access("signed_in")
def challenge_decision(code: str) -> ResponseReturnValue:
    """Contest how a certified decision came about; everybody who could vote is told."""
    form = ChallengeForm(request.form)
    if request.method == "POST" and form.validate():
        try:
            with web.attempt(form) as done:
                _challenge(code, form)
        except Conflict as error:
            web.session().rollback()
            form.form_errors = [error.message]
            return _seat_page("board/challenge.html", code, form, error.status)
        if done:
            flash(_("The challenge is recorded. The Secretariat answers it with a reason."), "success")
            return redirect(url_for(".show_ballot", code=code, _anchor="challenges"), 303)
    return _seat_page("board/challenge.html", code, form)


def _challenge(code: str, form: ChallengeForm) -> None:
    ballot = locks.lock_ballot(web.session(), code, actor=web.actor())
    services.raise_challenge(
        web.session(), ballot, partner_id=_partner_id(form), grounds=form.grounds.data or "",
        actor=web.actor(), now=web.instant(),
    )  # fmt: skip


@bp.route("/ballots/<code>/secrecy", methods=["GET", "POST"])
@web.access("signed_in")
def ask_secrecy(code: str) -> ResponseReturnValue:
    """Ask that an election be held in secret; when enough partners ask, it ends here."""
    form = SeatForm(request.form)
    if request.method == "POST" and form.validate():
        with web.attempt(form) as done:
            ballot = locks.lock_ballot(web.session(), code, actor=web.actor())
            partner = _partner_id(form)
            services.ask_secrecy(web.session(), ballot, partner_id=partner, actor=web.actor(), now=web.instant())
        if done:
            flash(_("The wish for a secret ballot is recorded and everybody is told."), "success")
            return redirect(url_for(".show_ballot", code=code), 303)
    return _seat_page("board/secrecy.html", code, form)


def _partner_id(form: SeatForm) -> int:
    """The partner somebody acts for: the one named, else their first. Whether they may is for the service to say."""
    if form.partner_id.data is not None:
        return int(form.partner_id.data)
    mandates = web.actor().mandates
    return mandates[0].partner_id if mandates else 0


def _seat_page(template: str, code: str, form: SeatForm, refused: int = 422) -> ResponseReturnValue:
    """The page that asks once more, for somebody who may do it now; everybody else is sent to the ballot."""
    session, actor, now = web.session(), web.actor(), web.now()
    ballot = queries.get_ballot_text(session, code, actor=actor)
    page = pages.build(session, ballot, (), (), actor=actor, now=now)
    seats = page.may_challenge if template.endswith("challenge.html") else page.may_ask_secrecy
    if request.method == "GET" and not seats:
        raise RuleViolation(_("This cannot be asked for %(code)s now.", code=code), "board.ballot.not_now")
    seat = _asked(seats, form)
    status = refused if request.method == "POST" else 200
    return render_template(template, page=page, ballot=ballot, seats=seats, seat=seat, form=form), status


def _asked(seats: tuple[Seat, ...], form: SeatForm) -> Seat | None:
    named = request.args.get("partner", "")
    found = (seat for seat in seats if seat.partner_id == form.partner_id.data or seat.acronym == named)
    return next(found, seats[0] if seats else None)
