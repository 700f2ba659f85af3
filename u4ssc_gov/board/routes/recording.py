"""Recording a position that a partner sent by e-mail, with that e-mail attached on the check page (the Secretariat)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict, FileStorage

from u4ssc_gov import web
from u4ssc_gov.board import checks, electors, queries, rules, services, wording
from u4ssc_gov.board.electors import Seat
from u4ssc_gov.board.forms.running import OnRecordForm, SeatForm
from u4ssc_gov.board.inputs import CastVote, PaperDraft
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.pages import running as running_pages
from u4ssc_gov.board.routes.acts import act_page, attempt_act, back_to, load
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.rules import BallotState, Method, Position
from u4ssc_gov.core.errors import Invalid, NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents.rules import ACCEPT


@bp.route("/ballots/<code>/on-record", methods=["GET", "POST"])
@web.access("secretariat")
def choose_seat(code: str) -> ResponseReturnValue:
    """Which partner answered by e-mail."""
    ballot, state = load(code)
    seats = running_pages.seats_to_record(electors.list_seats(web.session(), ballot.id))
    form = SeatForm(request.form)
    form.seat.offer([(seat.acronym, seat.acronym) for seat in seats])
    if request.method == "POST" and form.validate():
        return redirect(url_for(".record_position", code=code, acronym=form.seat.data), 303)
    status = 422 if request.method == "POST" else 200
    names = {seat.acronym: seat.official_name for seat in seats}
    return act_page("secretariat/choose_seat", code, form, status, names=names, refused=_refused(ballot, state))


def _refused(ballot: Ballot, state: BallotState) -> str:
    if state is not BallotState.OPEN:
        return _("%(code)s is not open.", code=ballot.code)
    return running_pages.concern_problem(web.session(), ballot, web.actor())


@bp.route("/ballots/<code>/on-record/<acronym>", methods=["GET", "POST"])
@web.access("secretariat")
def record_position(code: str, acronym: str) -> ResponseReturnValue:
    """What the partner wrote. Sending it shows the check page and records nothing."""
    ballot, state = load(code)
    seat = _seat(ballot, acronym)
    form = _form(ballot, seat)
    status = 200
    if request.method == "POST" and "change" not in request.form:
        status = 422
        if form.validate() and _is_fit(ballot, form, seat):
            return _check_page(ballot, seat, form, 200)
    return _position_page(ballot, seat, form, status, _refused(ballot, state) or _own_vote(seat))


def _seat(ballot: Ballot, acronym: str) -> Seat:
    for seat in electors.list_seats(web.session(), ballot.id):
        if seat.acronym == acronym:
            return seat
    raise NotFound(_("This partner has no seat in this ballot."), "board.record.seat")


def _own_vote(seat: Seat) -> str:
    if running_pages.seats_to_record([seat]):
        return ""
    return _("%(partner)s has voted itself; a partner’s own vote stands.", partner=seat.acronym)


def _form(ballot: Ballot, seat: Seat) -> OnRecordForm:
    sent: Any = CombinedMultiDict([request.files, request.form]) if request.method == "POST" else None
    revision = seat.vote.number if seat.vote else 0
    form = OnRecordForm(sent, text_sha256=ballot.text_sha256, expected_revision=revision)
    offered = rules.OFFERED[ballot.method]
    form.position.offer([(one.value, wording.position_label(one, ballot.method)) for one in offered])
    return form


def _is_fit(ballot: Ballot, form: OnRecordForm, seat: Seat) -> bool:
    """The checks that need no lock: said beside the field before the check page is shown."""
    with web.attempt(form) as done:
        cast = checks.cleaned(ballot, _cast(form, seat))
        checks.check_position(ballot, cast, seat.acronym)
    return bool(done)


def _cast(form: OnRecordForm, seat: Seat) -> CastVote:
    return CastVote(
        partner_id=seat.partner_id,
        position=Position(form.position.data),
        text_sha256=form.text_sha256.data or "",
        expected_revision=form.expected_revision.data or 0,
        comment=form.comment.data or "",
        cure=form.cure.data or "",
        candidates=tuple(form.candidates.data or ()),
    )


def _position_page(ballot: Ballot, seat: Seat, form: OnRecordForm, status: int, refused: str) -> ResponseReturnValue:
    hints = running_pages.position_hints(seat.acronym, ballot.method)
    shown = {"seat": seat, "hints": hints, "standing": _standing(ballot), "refused": refused}
    return act_page("secretariat/on_record", ballot.code, form, status, **shown)


def _standing(ballot: Ballot) -> list[tuple[int, str]]:
    if ballot.method is not Method.ELECTION:
        return []
    candidates = queries.list_candidates(web.session(), ballot.id)
    return [(one.number, one.name) for one in candidates if one.withdrawn_at is None]


def _check_page(ballot: Ballot, seat: Seat, form: OnRecordForm, status: int) -> ResponseReturnValue:
    names = dict(_standing(ballot))
    return render_template(
        "board/secretariat/on_record_check.html",
        ballot=ballot,
        seat=seat,
        form=form,
        position=wording.position_label(Position(form.position.data), ballot.method),
        chosen=[names[number] for number in form.candidates.data or () if number in names],
        accept=ACCEPT,
    ), status


@bp.post("/ballots/<code>/on-record/<acronym>/record")
@web.access("secretariat")
def save_position(code: str, acronym: str) -> ResponseReturnValue:
    """Record it with its e-mail; the partner's people are told at once."""
    ballot, state = load(code)
    seat = _seat(ballot, acronym)
    form = _form(ballot, seat)
    if not form.validate():
        return _position_page(ballot, seat, form, 422, _refused(ballot, state))
    status = attempt_act(code, form, lambda locked, now: _record(locked, form, seat, now))
    if status == 303:
        flash(_("%(partner)s’s position is on record, and its people are told.", partner=acronym), "success")
        return back_to(code, "positions")
    return _check_page(load(code)[0], seat, form, status)


def _record(ballot: Ballot, form: OnRecordForm, seat: Seat, now: datetime) -> None:
    file: Any = form.evidence.data
    if not isinstance(file, FileStorage) or not file.filename:
        raise Invalid(_("Attach the e-mail of the partner."), "board.record.evidence", "evidence")
    evidence = PaperDraft(_("E-mail of %(partner)s", partner=seat.acronym), file.filename, file.read())
    services.record_for_seat(web.session(), ballot, _cast(form, seat), evidence, actor=web.actor(), now=now)
