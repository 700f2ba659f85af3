"""The Secretariat handles who asks to join: the list, one request, and the answer to it (¶29)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field

from u4ssc_gov import web
from u4ssc_gov.core.countries import codes, country_choices
from u4ssc_gov.core.dates import GENEVA, geneva_date, local_to_utc
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.participants import queries, rules, services
from u4ssc_gov.participants.forms import AcceptForm, DeclineForm, QuestionForm, RecordForm
from u4ssc_gov.participants.models import JoinRequest
from u4ssc_gov.participants.queries import RequestFilter, RequestLine
from u4ssc_gov.participants.routes.blueprint import bp
from u4ssc_gov.participants.rules import KIND_HINTS, KIND_NAMES, MESSAGE_NAMES, STATE_NAMES, JoinState, ParticipantKind
from u4ssc_gov.web.exports import csv_response, xlsx_response
from u4ssc_gov.web.paging import PAGE_SIZE

_TONES = {JoinState.OPEN: "a", JoinState.QUESTIONED: "b", JoinState.ACCEPTED: "g", JoinState.DECLINED: ""}
_HEADER = (
    "reference", "state", "asked_at", "name", "email", "kind", "organisation", "country", "source", "questioned_at",
    "decided_at",
)  # fmt: skip


@bp.get("/participants/requests")
@web.access("secretariat")
def list_requests() -> ResponseReturnValue:
    """Requests to join, those to answer first; filtered by state, kind and country."""
    session, actor, wanted = web.session(), web.actor(), _filter()
    total = queries.count_requests(session, wanted, actor=actor)
    number = min(web.page_number(), max(1, -(-total // PAGE_SIZE)))
    lines = queries.list_requests(session, wanted, actor=actor, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    return render_template(
        "participants/requests.html",
        page=web.Page(lines, number, total),
        wanted=wanted,
        options=_options(),
        due=_due,
        **_WORDS,
    )


@bp.get("/participants/requests.csv")
@web.access("secretariat")
def export_requests_csv() -> ResponseReturnValue:
    """The filtered list as CSV, all of it."""
    lines = queries.list_requests(web.session(), _filter(), actor=web.actor())
    return csv_response("requests-to-join", _HEADER, [_row(line) for line in lines])


@bp.get("/participants/requests.xlsx")
@web.access("secretariat")
def export_requests_xlsx() -> ResponseReturnValue:
    """The filtered list as an Excel workbook, all of it."""
    lines = queries.list_requests(web.session(), _filter(), actor=web.actor())
    return xlsx_response("requests-to-join", _HEADER, [_row(line) for line in lines], now=web.now())


@bp.route("/participants/requests/new", methods=["GET", "POST"])
@web.access("secretariat")
def record_request() -> ResponseReturnValue:
    """Record a request that came by e-mail."""
    form = RecordForm(request.form)
    if request.method == "POST" and form.validate():
        with web.attempt(form) as done:
            made = services.record_request(
                web.session(), form.facts(), asked_at=_asked_at(form), form_key=form.form_key.data or "",
                actor=web.actor(), now=web.now(),
            )  # fmt: skip
        if done:
            flash(_("%(reference)s is recorded; the confirmation is on its way.", reference=made.reference), "success")
            return redirect(url_for(".show_request", reference=made.reference), 303)
    status = 422 if request.method == "POST" else 200
    return render_template("participants/record.html", form=form, hints=_hints(), longest=rules.MOTIVE_MAXIMUM), status


@bp.get("/participants/requests/<reference>")
@web.access("secretariat")
def show_request(reference: str) -> ResponseReturnValue:
    """One request: what it says, what was written, what can be done."""
    found = queries.get_request(web.session(), reference, actor=web.actor())
    return render_template("participants/request.html", **_facts(found))


@bp.route("/participants/requests/<reference>/ask", methods=["GET", "POST"])
@web.access("secretariat")
def ask_back(reference: str) -> ResponseReturnValue:
    """Ask a question by e-mail before deciding."""
    found = _get(reference)
    form = QuestionForm(request.form, version=str(found.version))
    sentence = _("The question to %(name)s is on its way.", name=found.full_name)
    return _mail_words("participants/ask.html", found, form, form.question, services.ask_back, sentence)


@bp.route("/participants/requests/<reference>/decline", methods=["GET", "POST"])
@web.access("secretariat")
def decline_request(reference: str) -> ResponseReturnValue:
    """Decline with a reason that is mailed."""
    found = _get(reference)
    form = DeclineForm(request.form, version=str(found.version))
    sentence = _("The reason is on its way to %(name)s.", name=found.full_name)
    return _mail_words("participants/decline.html", found, form, form.reason, services.decline_request, sentence)


@bp.route("/participants/requests/<reference>/accept", methods=["GET", "POST"])
@web.access("secretariat")
def accept_request(reference: str) -> ResponseReturnValue:
    """Make the person a participant and invite them; kind, organisation and country may be put right."""
    found = _get(reference)
    form = AcceptForm(
        request.form, version=str(found.version), kind=found.kind.value, organisation=found.organisation,
        country_code=found.country_code,
    )  # fmt: skip
    if request.method == "POST" and form.validate():
        with web.attempt(form) as done:
            services.accept_request(
                web.session(), found, kind=form.kind.data, organisation=form.organisation.data or "",
                country_code=form.country_code.data, words=form.words.data or "", expected_version=form.expected,
                actor=web.actor(), now=web.instant(),
            )  # fmt: skip
        if done:
            return _answered(found, _("%(name)s is a participant now and is told so.", name=found.full_name))
    return _answer_page("participants/accept.html", reference, form)


def _mail_words(
    template: str, found: JoinRequest, form: Any, words: Field, act: Callable[..., JoinRequest], sentence: str
) -> ResponseReturnValue:
    """An answer that is nothing but words: sent as they are, or shown again with what is wrong with them."""
    if request.method == "POST" and form.validate():
        with web.attempt(form) as done:
            act(
                web.session(), found, words.data or "", expected_version=form.expected,
                actor=web.actor(), now=web.instant(),
            )  # fmt: skip
        if done:
            return _answered(found, sentence)
    return _answer_page(template, found.reference, form)


def _get(reference: str) -> JoinRequest:
    lock = request.method == "POST"
    return queries.get_request(web.session(), reference, actor=web.actor(), lock=lock)


def _answered(found: JoinRequest, sentence: str) -> ResponseReturnValue:
    flash(sentence, "success")
    return redirect(url_for(".show_request", reference=found.reference), 303)


def _answer_page(template: str, reference: str, form: Any) -> ResponseReturnValue:
    """The page of an answer; after a refusal with what was typed, under the state as it is now."""
    found = queries.get_request(web.session(), reference, actor=web.actor())
    form.version.data = str(found.version)
    status = 422 if request.method == "POST" else 200
    return render_template(template, form=form, hints=_hints(), **_facts(found)), status


def _facts(found: JoinRequest) -> dict[str, Any]:
    session = web.session()
    state = rules.state_of(
        decided_at=found.decided_at, is_accepted=found.is_accepted, questioned_at=found.questioned_at
    )  # fmt: skip
    due_at = rules.answer_due(found.asked_at, found.questioned_at)
    return {
        "found": found,
        "state": state,
        "is_open": found.decided_at is None,
        "due_at": due_at,
        "is_late": found.decided_at is None and due_at <= web.now(),
        "country": dict(country_choices()).get(found.country_code, found.country_code),
        "messages": queries.list_messages(session, found.id),
        "interests": queries.list_interests(session, found.id),
        "known": queries.find_known(session, found.email),
        "longest": rules.MESSAGE_MAXIMUM,
        "days": rules.ANSWER_DAYS,
        **_WORDS,
    }


def _due(line: RequestLine) -> tuple[datetime, bool]:
    due_at = rules.answer_due(line.asked_at, line.questioned_at)
    return due_at, due_at <= web.now()


def _asked_at(form: RecordForm) -> datetime:
    """Noon in Geneva of the day that was given, now when it is today or none was given."""
    day = form.asked_on.data
    if day is None or day == geneva_date(web.now()):
        return web.now()
    return local_to_utc(day, time(12), GENEVA) or web.now()


def _filter() -> RequestFilter:
    """What the address narrows the list to; words that name nothing are ignored."""
    state, kind = request.args.get("state", ""), request.args.get("kind", "")
    country = request.args.get("country", "")
    return RequestFilter(
        state=state if state in set(JoinState) else "",
        kind=kind if kind in set(ParticipantKind) else "",
        country=country if country in codes() else "",
    )


def _options() -> dict[str, list[tuple[str, str]]]:
    return {
        "state": [("", _("All states")), *((state.value, str(STATE_NAMES[state])) for state in JoinState)],
        "kind": [("", _("All kinds")), *((kind.value, str(KIND_NAMES[kind])) for kind in ParticipantKind)],
        "country": [("", _("All countries")), *country_choices()[1:]],
    }


def _hints() -> dict[str, str]:
    return {kind.value: str(KIND_HINTS[kind]) for kind in ParticipantKind}


def _row(line: RequestLine) -> tuple[object, ...]:
    return (
        line.reference, line.state.value, line.asked_at, line.full_name, line.email, line.kind.value, line.organisation,
        line.country, line.source.value, line.questioned_at, line.decided_at,
    )  # fmt: skip


_WORDS: dict[str, Any] = {
    "state_names": STATE_NAMES,
    "kind_names": KIND_NAMES,
    "message_names": MESSAGE_NAMES,
    "state_tones": _TONES,
}
