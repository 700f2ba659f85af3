"""Pages of the Action Plan: read a year, add an entry to a draft (¶20d, ¶22, ¶23a)."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms.validators import InputRequired

from u4ssc_gov import web
from u4ssc_gov.charter import queries as charter
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Forbidden
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables import pages
from u4ssc_gov.plan import policy, queries, rules, services
from u4ssc_gov.plan.forms import EntryForm
from u4ssc_gov.plan.models import ActionPlan

bp = Blueprint("plan", __name__)


@bp.get("/action-plan")
@web.access("signed_in")
def show_plan() -> ResponseReturnValue:
    """The plan of a year, the latest when none is named, its entries by objective."""
    session, actor, this_year = web.session(), web.actor(), geneva_date(web.now()).year
    plans = queries.list_plans(session)
    asked = request.args.get("year", "")
    plan = next((plan for plan in plans if str(plan.year) == asked), plans[0] if plans else None)
    entries = queries.list_entries(session, plan, actor) if plan is not None else []
    by_letter = {letter: list(lines) for letter, lines in groupby(entries, key=attrgetter("objective"))}
    is_draft = plan is not None and plan.adopted_at is None
    before = queries.find_ballot_over(session, plan.id) if plan is not None and is_draft else ""
    return render_template(
        "plan/plan.html",
        plan=plan,
        plans=plans,
        missing_year=None if any(one.year == this_year for one in plans) else this_year,
        total=len(entries),
        by_letter=by_letter,
        objectives=charter.list_objectives(session),
        before=before,
        may_add=is_draft and not before and policy.may_add(actor),
        **pages.WORDS,
    )


@bp.get("/action-plan/<int:year>/entries/new")
@web.access("signed_in")
def add_entry(year: int) -> ResponseReturnValue:
    """The form for one entry; a deliverable may be named in the address."""
    plan = _draft(year)
    if queries.find_ballot_over(web.session(), plan.id):
        return redirect(url_for(".show_plan", year=year), 303)  # which says why nothing is added now
    form = _form(plan)
    wanted = request.args.get("deliverable", "")
    named = next((choice for choice in _choices_of(form) if wanted and choice[1].startswith(f"{wanted} ")), None)
    if named is not None:
        form.deliverable_id.data = named[0]
        form.title.data = named[1].partition(" ")[2]
    return render_template("plan/entry.html", plan=plan, form=form, before="")


@bp.post("/action-plan/<int:year>/entries/new")
@web.access("signed_in")
def save_entry(year: int) -> ResponseReturnValue:
    """Add the entry to the draft."""
    plan = _draft(year, lock=True)
    form = _form(plan)
    if form.validate():
        with web.attempt(form) as done:
            entry = services.add_entry(web.session(), plan, form.entry(), actor=web.actor(), now=web.now())
            flash(_("%(code)s is in the draft.", code=entry.code), "success")
        if done:
            return redirect(url_for(".show_plan", year=year), 303)
    before = queries.find_ballot_over(web.session(), plan.id)
    return render_template("plan/entry.html", plan=plan, form=form, before=before), 409 if before else 422


def _draft(year: int, *, lock: bool = False) -> ActionPlan:
    """The plan, when this reader may add to it now."""
    if not policy.may_add(web.actor()):
        message = _("The Leaders, the chairs and the Secretariat develop the Action Plan.")
        raise Forbidden(message, "plan.entry.forbidden")
    plan = queries.get_plan(web.session(), year, lock=lock)
    rules.check_draft(is_adopted=plan.adopted_at is not None, year=plan.year)
    return plan


def _form(plan: ActionPlan) -> EntryForm:
    form = EntryForm(request.form)
    actor = web.actor()
    groups = None if policy.edits_all(actor) else actor.led_groups
    addable = [(str(id_), f"{code} {title}") for id_, code, title in queries.list_addable(web.session(), plan, groups)]
    first = _("None: this is an activity") if groups is None else _("Choose a deliverable")
    form.deliverable_id.choices = [("", first), *addable]
    if groups is not None:  # activities are not a Leader's to add
        form.deliverable_id.validators = [InputRequired(_("Choose a deliverable of the list."))]
    objectives = charter.list_objectives(web.session())
    letters = [(row.letter, f"({row.letter}) {row.title}") for row in objectives]
    form.objective.choices = [("", _("Choose an objective")), *letters]
    return form


def _choices_of(form: EntryForm) -> list[tuple[str, str]]:
    choices = form.deliverable_id.choices
    return [(str(value), str(label)) for value, label in choices] if isinstance(choices, list) else []
