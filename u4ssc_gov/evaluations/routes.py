"""Pages: the public request, the city's status page, the secretariat's queue, and the indicators."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict
from wtforms import Form

from u4ssc_gov import web
from u4ssc_gov.accounts.rules import network_of
from u4ssc_gov.core import i18n
from u4ssc_gov.core.errors import NotFound, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents import queries as files
from u4ssc_gov.evaluations import catalogue, forms, messages, pages, policy, queries, rules, services
from u4ssc_gov.evaluations.labels import move_label, stage_label
from u4ssc_gov.evaluations.models import EvaluationRequest
from u4ssc_gov.evaluations.parts import parts_of
from u4ssc_gov.evaluations.rules import RequestStage, Section
from u4ssc_gov.web.downloads import file_response
from u4ssc_gov.web.exports import csv_response
from u4ssc_gov.web.paging import PAGE_SIZE

bp = Blueprint("evaluations", __name__)
_CSV_LIMIT = 10_000


# ── the city: a request without an account, reached by the secret of its link ──


@bp.get("/request-evaluation")
@web.access("public")
def start_request() -> ResponseReturnValue:
    """What an evaluation is, what is needed, one button."""
    return render_template("evaluations/start.html")


@bp.post("/request-evaluation")
@web.access("public")
def begin_draft() -> ResponseReturnValue:
    """Begin a draft and go to its own address."""
    network, locale = network_of(request.remote_addr or ""), i18n.current().code
    with web.attempt():
        _draft, secret = services.start_draft(web.session(), locale=locale, network=network, now=web.now())
    return redirect(url_for(".show_draft", secret=secret), 303)


@bp.get("/request-evaluation/<secret>")
@web.access("public")
def show_draft(secret: str) -> ResponseReturnValue:
    """The task list of a draft; the status page once it is sent."""
    found = queries.get_by_secret(web.session(), secret, now=web.now())
    if found.stage is not RequestStage.DRAFT:
        return _status_page(found, secret=secret)
    missing = rules.missing_parts(parts_of(found))
    return render_template(
        "evaluations/tasks.html", found=found, secret=secret, tasks=pages.task_list(found), missing=missing
    )


@bp.get("/request-evaluation/<secret>/<section>")
@web.access("public")
def edit_section(secret: str, section: str) -> ResponseReturnValue:
    """One part of the form."""
    part = _section(section)
    found = queries.get_by_secret(web.session(), secret, now=web.now())
    if part not in rules.open_sections(found.stage, parts_of(found)):
        return redirect(url_for(".show_draft", secret=secret), 303)
    return _section_page(found, part, secret, forms.SECTION_FORMS[part](data=pages.form_values(found)))


@bp.post("/request-evaluation/<secret>/<section>")
@web.access("public")
def save_section(secret: str, section: str) -> ResponseReturnValue:
    """Save one part and go back to the task list."""
    part = _section(section)
    form = forms.SECTION_FORMS[part](CombinedMultiDict([request.files, request.form]))
    found = queries.get_by_secret(web.session(), secret, now=web.now(), lock=True)
    if form.validate():
        with web.attempt(form) as done:
            services.save_section(web.session(), found, part, form.part(), secret=secret, now=web.instant())
        if done:
            return redirect(url_for(".show_draft", secret=secret), 303)
    return _section_page(found, part, secret, form), 422


@bp.get("/request-evaluation/<secret>/check")
@web.access("public")
def check_request(secret: str) -> ResponseReturnValue:
    """All that was written, before it is sent."""
    found = queries.get_by_secret(web.session(), secret, now=web.now())
    if found.stage is not RequestStage.DRAFT:
        return redirect(url_for(".show_sent", secret=secret), 303)
    return _check_page(found, secret, Form())


@bp.post("/request-evaluation/<secret>/send")
@web.access("public")
def send_request(secret: str) -> ResponseReturnValue:
    """Send the request; a second click finds it sent and shows the same page."""
    form = Form()
    found = queries.get_by_secret(web.session(), secret, now=web.now(), lock=True)
    with web.attempt(form) as done:
        services.send_request(web.session(), found, secret=secret, now=web.instant())
    if done:
        return redirect(url_for(".show_sent", secret=secret), 303)
    return _check_page(queries.get_by_secret(web.session(), secret, now=web.now()), secret, form), 422


@bp.get("/request-evaluation/<secret>/sent")
@web.access("public")
def show_sent(secret: str) -> ResponseReturnValue:
    """The reference, and what happens next."""
    found = queries.get_by_secret(web.session(), secret, now=web.now())
    if found.stage is RequestStage.DRAFT or found.asked_at is None:
        return redirect(url_for(".show_draft", secret=secret), 303)
    return render_template(
        "evaluations/sent.html",
        found=found,
        secret=secret,
        screening_day=rules.screening_day(found.asked_at),
        answer_due=rules.answer_due(found.asked_at, found.last_answer_at),
        letter_missing=found.letter_from is rules.LetterFrom.NONE,
    )


@bp.get("/my-request")
@web.access("signed_in")
def show_mine() -> ResponseReturnValue:
    """The status page of a signed-in focal point's own city."""
    mine = queries.list_mine(web.session(), actor=web.actor())
    if not mine:
        return render_template("evaluations/none.html")
    wanted = request.args.get("reference", mine[0].reference)
    chosen = next((one for one in mine if one.reference == wanted), None)
    if chosen is None:
        raise NotFound(_("There is no such request of your city."), "evaluations.request.unknown")
    return _status_page(chosen, others=[one for one in mine if one is not chosen])


# ── the secretariat: queue, one request, moves and answers ──


@bp.get("/evaluations")
@web.access("signed_in")
def show_queue() -> ResponseReturnValue:
    """The queue as a board with the line below it, or as a table."""
    if not policy.may_see_queue(web.actor()) and web.actor().focal_requests:
        return redirect(url_for(".show_mine"), 303)
    policy.check_may_see_queue(web.actor())
    wanted, now = pages.filter_of(request.args), web.now()
    figures = queries.figures(web.session(), now=now)
    common = _queue_context(wanted, figures)
    if request.args.get("view") == "table" or wanted.stage or wanted.known_before:
        return render_template("evaluations/table.html", page=_register_page(wanted), **common)
    columns = pages.board(web.session(), wanted, figures, now=now)
    line = next(column for column in columns if column.stage is RequestStage.WAITING)
    return render_template("evaluations/queue.html", columns=columns, line=line, **common)


@bp.get("/evaluations/export.csv")
@web.access("signed_in")
def export_queue() -> ResponseReturnValue:
    """The table under its filter as CSV."""
    policy.check_may_see_queue(web.actor())
    rows = queries.list_register(web.session(), pages.filter_of(request.args), now=web.now(), limit=_CSV_LIMIT)
    return csv_response("city-evaluations", pages.REGISTER_HEADER, pages.register_rows(rows, web.now()))


@bp.route("/evaluations/new", methods=["GET", "POST"])
@web.access("secretariat")
def record_request() -> ResponseReturnValue:
    """Record a request that came by letter."""
    form = forms.RecordForm(CombinedMultiDict([request.files, request.form]))
    if request.method == "POST" and form.validate():
        reference = ""
        with web.attempt(form) as done:
            facts = form.facts(web.now())
            made = services.record_request(web.session(), facts, actor=web.actor(), now=web.now())
            reference = made.reference or ""
        if done:
            flash(_("%(reference)s is recorded and the city has its confirmation.", reference=reference), "success")
            return redirect(url_for(".show_request", reference=reference), 303)
    status = 422 if request.method == "POST" else 200
    return render_template("evaluations/record.html", form=form), status


@bp.get("/evaluations/<reference>")
@web.access("signed_in")
def show_request(reference: str) -> ResponseReturnValue:
    """One request: facts, letter, answers, moves; what can be done next."""
    found = queries.get_request(web.session(), reference, actor=web.actor())
    if not policy.may_see_queue(web.actor()):  # a focal point: the own request has its own page
        return redirect(url_for(".show_mine", reference=reference), 303)
    return _request_page(found, forms.AnswerForm(data={"version": found.version}))


@bp.post("/evaluations/<reference>/answer")
@web.access("secretariat")
def send_answer(reference: str) -> ResponseReturnValue:
    """Send the city an answer without moving its request."""
    form = forms.AnswerForm(request.form)
    found = queries.get_request(web.session(), reference, actor=web.actor(), lock=True)
    if form.validate():
        with web.attempt(form) as done:
            services.answer_request(
                web.session(), found, form.answer.data or "", expected_version=form.expected_version,
                actor=web.actor(), now=web.instant(),
            )  # fmt: skip
        if done:
            flash(_("The answer is on its way to %(city)s.", city=found.city), "success")
            return redirect(url_for(".show_request", reference=reference), 303)
    form.version.data = str(found.version)
    return _request_page(queries.get_request(web.session(), reference, actor=web.actor()), form), 422


@bp.get("/evaluations/<reference>/move")
@web.access("secretariat")
def prepare_move(reference: str) -> ResponseReturnValue:
    """Choose the stage, write the answer, see the mail."""
    found = queries.get_request(web.session(), reference, actor=web.actor())
    allowed = rules.next_stages(found.stage)
    if not allowed:
        message = _("%(reference)s has ended; it cannot move any more.", reference=reference)
        raise RuleViolation(message, "evaluations.move.ended")
    wanted = forms.stage_of(request.args.get("to"))
    to = wanted if wanted in allowed else allowed[0]
    words = messages.answer_words(found, to, queries.next_place(web.session(), found))
    return _move_page(found, forms.MoveForm(data={"to": to.value, "answer": words, "version": found.version}), to)


@bp.post("/evaluations/<reference>/move")
@web.access("secretariat")
def move_request(reference: str) -> ResponseReturnValue:
    """Move the request and send the answer; or only show the mail again with what was typed."""
    form = forms.MoveForm(request.form)
    found = queries.get_request(web.session(), reference, actor=web.actor(), lock=True)
    if form.validate() and form.stage and request.form.get("action") == "preview":
        return _move_page(found, form, form.stage)
    if form.validate() and form.stage:
        with web.attempt(form) as done:
            services.move_request(
                web.session(), found, form.stage, answer=form.answer.data or "", reason=form.reason.data or "",
                expected_version=form.expected_version, actor=web.actor(), now=web.instant(),
            )  # fmt: skip
        if done:
            flash(
                _("%(city)s is now “%(stage)s”; the answer is on its way.", city=found.city, stage=form.stage_name),
                "success",
            )
            return redirect(url_for(".show_request", reference=reference), 303)
    found = queries.get_request(web.session(), reference, actor=web.actor())
    form.version.data = str(found.version)
    return _move_page(found, form, form.stage or found.stage), 422


@bp.get("/evaluations/<reference>/letter")
@web.access("secretariat")
def download_letter(reference: str) -> ResponseReturnValue:
    """The government's letter."""
    found = queries.get_request(web.session(), reference, actor=web.actor())
    if found.letter_file_id is None:
        raise NotFound(_("No file of this letter is stored."), "evaluations.letter.none")
    return file_response(files.get_file(web.session(), found.letter_file_id))


@bp.post("/evaluations/<reference>/letter")
@web.access("secretariat")
def record_letter(reference: str) -> ResponseReturnValue:
    """Record a letter that came after the request."""
    letter_form = forms.LateLetterForm(CombinedMultiDict([request.files, request.form]))
    found = queries.get_request(web.session(), reference, actor=web.actor(), lock=True)
    if letter_form.validate():
        with web.attempt(letter_form) as done:
            services.record_letter(web.session(), found, letter_form.part(), actor=web.actor(), now=web.instant())
        if done:
            flash(_("The letter of %(city)s is recorded.", city=found.city), "success")
            return redirect(url_for(".show_request", reference=reference), 303)
    found = queries.get_request(web.session(), reference, actor=web.actor())
    return _request_page(found, forms.AnswerForm(data={"version": found.version}), letter_form), 422


@bp.get("/kpis")
@web.access("public")
def list_kpis() -> ResponseReturnValue:
    """The indicators of the set in force, on one page; also as CSV."""
    in_force = catalogue.find_set_in_force(web.session(), now=web.now())
    if in_force is None:
        return render_template("evaluations/kpis.html", set=None, rows=[], dimensions=[], dimension="", tier="")
    dimensions = catalogue.count_dimensions(web.session(), in_force.id)
    dimension = request.args.get("dimension", "")
    dimension = dimension if dimension in {name for name, _count in dimensions} else ""
    tier = request.args.get("tier", "")
    tier = tier if tier in ("core", "advanced") else ""
    rows = catalogue.list_indicators(web.session(), in_force.id, dimension=dimension, tier=tier)
    if request.args.get("format") == "csv":
        return csv_response("kpis", catalogue.COLUMNS, rows)
    return render_template(
        "evaluations/kpis.html", set=in_force, rows=rows, dimensions=dimensions, dimension=dimension, tier=tier
    )


# ── parts of several views ──


def _section(text: str) -> Section:
    try:
        return Section(text)
    except ValueError as error:
        raise NotFound(_("There is no such part of the request."), "evaluations.section.unknown") from error


def _section_page(found: EvaluationRequest, part: Section, secret: str, form: forms.SectionForm) -> str:
    return render_template("evaluations/section.html", found=found, part=part.value, secret=secret, form=form)


def _check_page(found: EvaluationRequest, secret: str, form: Form) -> str:
    letter = files.find_file(web.session(), found.letter_file_id) if found.letter_file_id else None
    answers = pages.answers_in_form(found, letter.file_name if letter else "")
    return render_template(
        "evaluations/check.html",
        secret=secret,
        form=form,
        answers=answers,
        email=found.contact_email,
        missing=rules.missing_parts(parts_of(found)),
    )


def _status_page(found: EvaluationRequest, *, secret: str = "", others: list[EvaluationRequest] | None = None) -> str:
    moves = queries.list_moves(web.session(), found.id)
    asked_at = found.asked_at or found.stage_since
    return render_template(
        "evaluations/status.html",
        found=found,
        secret=secret,
        others=others or [],
        stage=stage_label(found.stage),
        steps=pages.stepper(found, moves, web.now()),
        reason=moves[0].reason if moves else "",
        place=queries.place_in_line(web.session(), found),
        answers=queries.list_answers(web.session(), found.id, limit=5),
        answer_due=rules.answer_due(asked_at, found.last_answer_at) if found.stage in rules.AWAITING_ANSWER else None,
        needed=[task for task in pages.task_list(found) if task["section"] in _still_open(found)],
        facts=pages.answers_in_form(found),
    )


def _still_open(found: EvaluationRequest) -> tuple[Section, ...]:
    return rules.open_sections(found.stage, parts_of(found))


def _request_page(found: EvaluationRequest, form: forms.AnswerForm, letter_form: forms.LetterForm | None = None) -> str:
    actor, moves = web.actor(), queries.list_moves(web.session(), found.id)
    shows_letter = policy.may_read_letter(actor) and found.letter_file_id is not None
    return render_template(
        "evaluations/request.html",
        found=found,
        form=form,
        letter_form=letter_form or forms.LateLetterForm(),
        letter=files.find_file(web.session(), found.letter_file_id or 0) if shows_letter else None,
        row=pages.queue_row(queries.row_of(found, queries.place_in_line(web.session(), found)), web.now()),
        steps=pages.stepper(found, moves, web.now()),
        moves=[(stage_label(move.stage), move) for move in moves],
        answers=queries.list_answers(web.session(), found.id),
        may_work=policy.may_work_queue(actor),
        may_see_contact=policy.may_see_contact(actor),
        needs_letter=Section.LETTER in _still_open(found),
        missing=[
            task["label"] for task in pages.task_list(found) if task["section"] in rules.missing_parts(parts_of(found))
        ],
        is_open=found.stage in rules.OPEN_STAGES,
        answer_due=rules.answer_due(found.asked_at, found.last_answer_at)
        if found.asked_at and found.stage in rules.AWAITING_ANSWER
        else None,
    )


def _move_page(found: EvaluationRequest, form: forms.MoveForm, to: RequestStage) -> str:
    return render_template(
        "evaluations/move.html",
        found=found,
        form=form,
        to=to,
        choices=[(stage, move_label(stage)) for stage in rules.next_stages(found.stage)],
        came_from=stage_label(found.stage),
        label=move_label(to) if to in rules.next_stages(found.stage) else stage_label(to),
        subject=messages.answer_subject(found, to),
        paragraphs=[part for part in (form.answer.data or "").splitlines() if part.strip()],
        needs_reason=to in rules.NEEDS_REASON,
        needs_letter=to is RequestStage.WAITING and found.letter_from is rules.LetterFrom.NONE,
    )


def _register_page(wanted: queries.QueueFilter) -> web.Page[tuple[pages.Row, queries.QueueRow]]:
    now = web.now()
    total = queries.count_register(web.session(), wanted, now=now)
    number = min(web.page_number(), max(1, -(-total // PAGE_SIZE)))
    offset = (number - 1) * PAGE_SIZE
    rows = queries.list_register(web.session(), wanted, now=now, limit=PAGE_SIZE, offset=offset)
    return web.Page([(pages.queue_row(row, now), row) for row in rows], number, total)


def _queue_context(wanted: queries.QueueFilter, figures: queries.QueueFigures) -> dict[str, object]:
    is_table = request.args.get("view") == "table" or bool(wanted.stage) or wanted.known_before
    return {
        **pages.queue_context(wanted, figures, is_table=is_table, now=web.now()),
        "may_work": policy.may_work_queue(web.actor()),
        "may_see_contact": policy.may_see_contact(web.actor()),
    }
