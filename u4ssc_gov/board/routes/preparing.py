"""Preparing a ballot: what is decided and about what, the list of steps, the check, the opening (the Secretariat)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.board import locks, queries, rules, services, subjects
from u4ssc_gov.board.forms.preparing import (
    SUBJECTS,
    CandidatesForm,
    DraftForm,
    OfficeForm,
    RenewalForm,
    TextForm,
    TypeForm,
)
from u4ssc_gov.board.inputs import BallotDraft, CandidateDraft
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.pages import choices, drafts, suggestions
from u4ssc_gov.board.pages import preparing as preparing_pages
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.rules import BallotState, BallotType
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Conflict, Invalid, NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.plan import queries as plans
from u4ssc_gov.tenures import queries as tenures
from u4ssc_gov.tenures import renewing, timeline
from u4ssc_gov.web.attempt import Attempt

KINDS = {kind.value: kind for kind in BallotType}


@bp.route("/ballots/new", methods=["GET", "POST"])
@web.access("secretariat")
def new_ballot() -> ResponseReturnValue:
    """What is decided. A link that says so already goes on to what it is about."""
    known = request.args.get("type", "appointment" if "renewal" in request.args else "")
    if known in KINDS and request.method == "GET":
        rest: dict[str, Any] = {name: value for name, value in request.args.items() if name != "type"}
        return redirect(url_for(".new_draft", kind=known, **rest))
    form = TypeForm(request.form)
    form.type.offer([(o.value, o.label) for o in preparing_pages.type_options() if not o.refused])
    if request.method == "POST" and form.validate():
        return redirect(url_for(".new_draft", kind=form.type.data), 303)
    status = 422 if request.method == "POST" else 200
    return render_template("board/secretariat/type.html", form=form, options=preparing_pages.type_options()), status


@bp.route("/ballots/new/<kind>", methods=["GET", "POST"])
@web.access("secretariat")
def new_draft(kind: str) -> ResponseReturnValue:
    """What it is about; from here on it is a draft. Of an election the next page asks who stands."""
    if kind not in KINDS:
        raise NotFound(_("There is no such kind of decision."), "board.draft.kind")
    form = _first_form(KINDS[kind])
    if request.method == "POST" and form.validate():
        if isinstance(form, OfficeForm):
            office = {name: value for name, value in drafts.office_of(form).items() if value}
            return redirect(url_for(".new_election", **office), 303)
        with web.attempt(form) as done:
            draft = _first_draft(form)
            ballot = services.draft_ballot(web.session(), draft, actor=web.actor(), now=web.now())
        if done:
            return _after_saving(ballot)
        if is_twice(done):
            form.other = subjects.find_other(web.session(), draft, None)
    return _first_page(KINDS[kind], form, 422 if request.method == "POST" else 200)


def is_twice(attempt: Attempt) -> bool:
    """Whether the draft was refused because another ballot is about the same matter: the page then links it."""
    return attempt.error is not None and attempt.error.code == subjects.TWICE


def _first_form(kind: BallotType) -> DraftForm:
    """The form that asks what a ballot of this kind is about, with its choices."""
    if kind in subjects.NOT_CARRIED_OUT:
        subjects.completed(web.session(), BallotDraft(kind, "", ""))  # refuses, and says why
    data, asked = (request.form or None), request.args
    if kind is BallotType.GUIDANCE:
        return TextForm(data, title=asked.get("title", ""), decision_text=asked.get("decision_text", ""))
    if kind is BallotType.APPOINTMENT:
        if "renewal" in (data or asked):
            return RenewalForm(data or asked)
        form: Any = OfficeForm(data, office_id=asked.get("office", ""))
        offer("office", form)
        return form  # type: ignore[no-any-return]
    form_class, name = SUBJECTS[kind]
    first: dict[str, Any] = {name: asked.get(name, "")}
    form = form_class(data, **first)
    offer("subject", form, kind)
    return form  # type: ignore[no-any-return]


def offer(step: str, form: Any, kind: BallotType | None = None) -> None:
    """Fill in what can be chosen on a page."""
    session, now = web.session(), web.now()
    if step == "office":
        offices = choices.list_offices(session)
        form.office_id.offer([(one.id, one.title) for one in offices])
        form.today, form.seats = geneva_date(now), {one.id: one.seats for one in offices}
    elif step == "candidates":
        form.offer(choices.list_nominees(session), choices.list_nominators(session, now))
    elif step == "subject" and kind is BallotType.DELIVERABLE:
        form.deliverable_id.offer(choices.list_deliverables(session, web.actor()), empty=_("Choose"))
    elif step == "subject" and kind is BallotType.ACTION_PLAN:
        open_plans = [plan for plan in plans.list_plans(session) if plan.adopted_at is None]
        form.plan_id.offer([(plan.id, _("Action Plan %(year)s", year=plan.year)) for plan in open_plans])
    elif step == "subject" and kind is BallotType.TOR_REVISION:
        form.terms_document_id.offer(choices.list_proposed_terms(session, now))
    elif step == "subject":
        form.rule_set_id.offer(choices.list_pending_rules(session))


def _first_draft(form: Any) -> BallotDraft:
    """A draft about what was chosen, with the words that follow from it."""
    if isinstance(form, TextForm):
        return BallotDraft(BallotType.GUIDANCE, **drafts.words_of(form), form_key=form.form_key.data)
    if isinstance(form, RenewalForm):
        words: dict[str, Any] = {"title": form.title.data or "", "decision_text": form.decision_text.data or ""}
        draft = BallotDraft(BallotType.APPOINTMENT, **words, renewal_id=form.renewal.data, form_key=form.form_key.data)
        return suggestions.filled(draft, _renewal_words(draft))
    kind, name = next((kind, name) for kind, (cls, name) in SUBJECTS.items() if isinstance(form, cls))
    draft = BallotDraft(kind, "", "", form_key=form.form_key.data, **{name: form[name].number})
    return suggestions.filled(draft, words_for(draft))


def words_for(draft: BallotDraft) -> suggestions.Words:
    """The words that follow from a subject."""
    if draft.plan_id is not None:
        return suggestions.for_plan(
            next(plan.year for plan in plans.list_plans(web.session()) if plan.id == draft.plan_id)
        )
    return choices.words_for(web.session(), draft, web.now())


def _renewal_words(draft: BallotDraft) -> suggestions.Words:
    """The words of a renewal. Raises ``Invalid`` when the Board does not decide it."""
    known = subjects.completed(web.session(), draft)
    renewal = tenures.find_renewal_by_id(web.session(), draft.renewal_id or 0)
    if renewal is None:
        raise Invalid(_("Choose the office to fill."), "board.draft.renewal")
    page = renewing.get_tenure_page(web.session(), renewal.tenure_id)
    period = timeline.period_text(renewal.starts_on, renewal.ends_on, web.now())
    return suggestions.for_renewal(
        preparing_pages.renewal_name(web.session(), known.candidates[0].person_id), page.title, period
    )


def _first_page(kind: BallotType, form: Any, status: int) -> ResponseReturnValue:
    renewal = None
    if isinstance(form, RenewalForm):
        with_words = BallotDraft(kind, "", "", renewal_id=form.renewal.data)
        try:
            renewal = _renewal_words(with_words)
        except Invalid as error:
            form.form_errors = form.form_errors or [error.message]
            status = 422
    step = "text" if isinstance(form, TextForm) else "office" if isinstance(form, OfficeForm) else "subject"
    name = SUBJECTS[kind][1] if kind in SUBJECTS else ""
    return render_template(
        f"board/secretariat/{'renewal' if isinstance(form, RenewalForm) else step}.html",
        form=form, kind=kind.value, name=name, ballot=None, renewal=renewal, step=step,
        label=preparing_pages.type_name(kind), clauses=rules.clauses_of(kind),
    ), status  # fmt: skip


@bp.route("/ballots/new/appointment/candidates", methods=["GET", "POST"])
@web.access("secretariat")
def new_election() -> ResponseReturnValue:
    """Who stands; the office stands in the address. From here on it is a draft."""
    office = _asked_office()
    form = CandidatesForm(request.form or None)
    add_rows(form)
    offer("candidates", form)
    status = 200
    if request.method == "POST" and "more" not in request.form:
        status = 422
        if form.validate():
            with web.attempt(form) as done:
                ballot = services.draft_ballot(web.session(), _election(office, form), actor=web.actor(), now=web.now())
            if done:
                return _after_saving(ballot)
    return render_template("board/secretariat/candidates.html", form=form, ballot=None, office=office, step=""), status


def add_rows(form: CandidatesForm) -> None:
    """The button that gives more rows: nothing is saved."""
    for _row in range(2 if "more" in request.form else 0):
        if len(form.rows) < (form.rows.max_entries or 0):
            form.rows.append_entry()


def _asked_office() -> OfficeForm:
    form = OfficeForm(request.args)
    offer("office", form)
    if not form.validate():
        raise NotFound(_("Start again with the office to fill."), "board.draft.office")
    return form


def _election(office: OfficeForm, form: CandidatesForm) -> BallotDraft:
    chosen: Any = drafts.office_of(office)
    people: tuple[CandidateDraft, ...] = drafts.candidates_of(form)
    draft = BallotDraft(BallotType.APPOINTMENT, "", "", candidates=people, form_key=form.form_key.data, **chosen)
    title = next(one[1] for one in office.office_id.choices or () if one[0] == office.office_id.data)
    starts_on = office.starts_on.data if isinstance(office.starts_on.data, date) else web.now().date()
    return suggestions.filled(draft, suggestions.for_election(title, draft.posts, starts_on, web.now()))


def _after_saving(ballot: Ballot) -> ResponseReturnValue:
    flash(_("%(code)s is saved as a draft. Nobody but the Secretariat sees it.", code=ballot.code), "success")
    after = "method" if "method" in drafts.steps_of(ballot) else "text"
    step = after if ballot.type is not BallotType.GUIDANCE or after == "method" else "documents"
    return redirect(url_for(".edit_step", code=ballot.code, step=step), 303)


# ── the list of steps, the check, the opening ────────────────────────────────────────────────────────────────────────


@bp.get("/ballots/<code>/edit")
@web.access("secretariat")
def edit_ballot(code: str) -> ResponseReturnValue:
    """The steps of a draft and how each stands."""
    session, now = web.session(), web.now()
    ballot = queries.get_ballot(session, code, actor=web.actor())
    if queries.state_of(ballot, now) is not BallotState.DRAFT:
        return redirect(url_for(".show_ballot", code=code), 303)
    page = preparing_pages.build_tasks(session, ballot, now, plan=plan_name(ballot))
    return render_template("board/edit_ballot.html", ballot=ballot, page=page)


def plan_name(ballot: Ballot) -> str:
    """The Action Plan a ballot is about, by its name."""
    if ballot.plan_id is None:
        return ""
    year = next((plan.year for plan in plans.list_plans(web.session()) if plan.id == ballot.plan_id), "")
    return _("Action Plan %(year)s", year=year)


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
    opening = preparing_pages.build_opening(
        session, ballot, actor=actor, now=now, plan=plan_name(ballot), problem=problem
    )
    return render_template("board/check_opening.html", ballot=ballot, opening=opening), status


@bp.post("/ballots/<code>/open")
@web.access("secretariat")
def open_ballot(code: str) -> ResponseReturnValue:
    """Open or schedule the draft that was checked; a draft saved meanwhile is not opened unseen."""
    with web.attempt() as done:
        ballot = locks.lock_ballot(web.session(), code, actor=web.actor())
        if request.form.get("version", type=int) != ballot.version:
            raise Conflict(_("The draft was changed after you checked it. Check it again."), "board.draft.stale")
        _open(ballot)
    if done:
        return redirect(url_for(".show_ballot", code=code), 303)
    return _opening_page(code, problem=done.error.message if done.error else "", status=422)


def _open(ballot: Ballot) -> None:
    now, planned = web.instant(), ballot.opens_planned_at
    if ballot.closes_at is None:
        raise Invalid(_("The draft has no closing day and time."), "board.draft.closes_at")
    if words := preparing_pages.rule_problem(web.session(), ballot, now):
        raise Invalid(words, "board.draft.rule_changed")
    services.open_ballot(
        web.session(), ballot, closes_at=ballot.closes_at, opens_at=planned, actor=web.actor(), now=now
    )
    if planned is None:
        flash(_("%(code)s is open. Everybody who may vote gets an e-mail.", code=ballot.code), "success")
    else:
        flash(_("%(code)s is scheduled. The e-mails go out when it opens.", code=ballot.code), "success")
