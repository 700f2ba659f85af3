"""The pages of a draft, one thing each: a save never overwrites a newer one (the Secretariat)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import CombinedMultiDict

from u4ssc_gov import web
from u4ssc_gov.board import locks, queries, rule_words, rules, services, subjects
from u4ssc_gov.board.forms.preparing import SUBJECTS, CandidatesForm, DatesForm
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.pages import drafts
from u4ssc_gov.board.pages import preparing as preparing_pages
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.routes.preparing import add_rows, is_twice, offer
from u4ssc_gov.board.rules import BallotState
from u4ssc_gov.core.errors import Conflict, Invalid, NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents.rules import ACCEPT

_WORDS = ("title", "decision_text", "if_approved", "if_not_approved")  # what somebody would have to type again


@bp.route("/ballots/<code>/edit/<step>", methods=["GET", "POST"])
@web.access("secretariat")
def edit_step(code: str, step: str) -> ResponseReturnValue:
    """One page of a draft."""
    ballot = queries.get_ballot(web.session(), code, actor=web.actor())
    if queries.state_of(ballot, web.now()) is not BallotState.DRAFT:
        return _too_late(ballot)
    if step not in drafts.steps_of(ballot):
        raise NotFound(_("A draft has no such page."), "board.draft.step")
    form, status = _form(step, ballot), 200
    if request.method == "POST" and "more" not in request.form:
        status, kept = _try_to_save(code, step, form)
        if kept is not None:
            return _onward(kept, step)
        ballot = queries.get_ballot(web.session(), code, actor=web.actor())
        form.version.data, form.version.raw_data = ballot.version, None  # what was sent would be printed first
    return _page(step, ballot, form), status


def _too_late(ballot: Ballot) -> ResponseReturnValue:
    """The draft was opened or given up meanwhile: say so, and show what was typed."""
    if request.method != "POST":
        return redirect(url_for(".show_ballot", code=ballot.code), 303)
    kept = [value for name in request.form for value in request.form.getlist(name) if name in _WORDS and value.strip()]
    return render_template("board/secretariat/not_draft.html", ballot=ballot, typed=kept), 409


def _form(step: str, ballot: Ballot) -> Any:
    """The form with its choices: filled from the draft, or with what was sent."""
    made = drafts.form_class(step, ballot.type)
    if request.method == "POST":
        form: Any = made(CombinedMultiDict([request.files, request.form]))
    else:
        session = web.session()
        candidates = queries.list_candidates(session, ballot.id) if step == "candidates" else ()
        form = made(**drafts.values_of(step, ballot, candidates, web.now()), version=ballot.version)
    if isinstance(form, CandidatesForm):
        add_rows(form)
    if isinstance(form, DatesForm):
        form.opens.offer([("now", _("When I open it on the check page")), ("later", _("At a day and hour"))])
    if step == "method":
        form.method.offer([(method.value, method.value) for method in rules.methods_of(ballot.type)])
    offer(step, form, ballot.type)
    return form


def _try_to_save(code: str, step: str, form: Any) -> tuple[int, Ballot | None]:
    """Save what was typed, or say on the form why it was not."""
    if not form.validate():
        return 422, None
    try:
        with web.attempt(form) as done:
            ballot = _save(code, step, form)
    except Conflict as error:
        web.session().rollback()
        form.form_errors = [error.message]
        return 409, None
    if is_twice(done):
        kept = queries.get_ballot(web.session(), code, actor=web.actor())
        draft = drafts.changed(step, form, drafts.draft_of(kept, (), web.now()))
        form.other = subjects.find_other(web.session(), draft, kept.id)
    return (303, ballot) if done else (422, None)


def _save(code: str, step: str, form: Any) -> Ballot:
    session, now = web.session(), web.now()
    ballot = locks.lock_ballot(session, code, actor=web.actor())
    draft = drafts.draft_of(ballot, queries.list_candidates(session, ballot.id), now)
    if ballot.closes_at is not None and draft.closes_at is None and step != "dates":
        flash(_("The closing of this draft had come too near. Set it anew."), "warning")
    if isinstance(form, DatesForm) and form.opens_at is not None and form.opens_at <= now:
        raise Invalid(_("A ballot cannot open in the past."), "board.ballot.past", "opens_on")
    return services.update_draft(
        session,
        ballot,
        drafts.changed(step, form, draft),
        expected_version=form.version.data or 0,
        removed=frozenset(request.form.getlist("remove", type=int)) if step == "documents" else frozenset(),
        actor=web.actor(),
        now=web.instant(),
    )


def _onward(ballot: Ballot, step: str) -> ResponseReturnValue:
    """To the next page, or to the list of steps."""
    if request.form.get("then") == "list":
        flash(_("Saved. Nobody but the Secretariat sees it."), "success")
        return redirect(url_for(".edit_ballot", code=ballot.code), 303)
    after = drafts.step_after(ballot, step)
    if after is None:
        return redirect(url_for(".check_opening", code=ballot.code), 303)
    return redirect(url_for(".edit_step", code=ballot.code, step=after), 303)


def _page(step: str, ballot: Ballot, form: Any) -> str:
    session, now = web.session(), web.now()
    rule = rules.rule_from_json(ballot.rule)
    return render_template(
        f"board/secretariat/{step}.html",
        ballot=ballot,
        form=form,
        step=step,
        kind=ballot.type.value,
        name=SUBJECTS[ballot.type][1] if ballot.type in SUBJECTS else "",
        label=preparing_pages.type_name(ballot.type),
        clauses=rules.clauses_of(ballot.type),
        papers=queries.list_papers(session, ballot.id) if step == "documents" else (),
        accept=ACCEPT,
        options=preparing_pages.method_options(session, ballot, now) if step == "method" else (),
        period=rule_words.period_in_words(rule),
        hours=rule.minimum_hours,
        days=rules.MAXIMUM_OPEN.days,
        office=None,
    )
