"""Writes: open the draft of a year, add entries to it (¶20d, ¶23a)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text
from u4ssc_gov.plan import policy, queries, rules
from u4ssc_gov.plan.models import ActionPlan, PlanEntry
from u4ssc_gov.plan.rules import EntryDraft


def open_plan(session: Session, year: int, *, actor: Actor, now: datetime) -> ActionPlan:
    """Open the draft of a year. Raises ``Conflict`` when there is one already."""
    if not policy.may_open(actor):
        message = _("The Secretariat, the chairs or the Leader of the Implementation Programme open the draft.")
        raise Forbidden(message, "plan.open.forbidden")
    rules.check_year(year)
    if queries.find_plan(session, year) is not None:
        raise Conflict(_("The draft of %(year)s is open already.", year=year), "plan.open.twice")
    plan = ActionPlan(year=year, drafted_at=now, drafted_by_id=actor.person_id)
    session.add(plan)
    session.flush()
    record(session, "plan:plan:open", "action_plan", plan.id, actor=actor, now=now, year=year)
    return plan


def add_entry(session: Session, plan: ActionPlan, entry: EntryDraft, *, actor: Actor, now: datetime) -> PlanEntry:
    """Add a line to a draft under the deliverable's code, or the next activity code of the year.

    Leaders add the deliverables of their own groups; the others of ¶20d anything. Lock the plan's row before.
    """
    rules.check_draft(is_adopted=plan.adopted_at is not None, year=plan.year)
    if entry.form_key and (sent_before := queries.find_by_form_key(session, entry.form_key)) is not None:
        return sent_before
    rules.check_not_before_board(queries.find_ballot_over(session, plan.id), year=plan.year)
    code = _code_for(session, plan, entry, actor)
    entry = replace(
        entry,
        title=clean_line(entry.title),
        lead=clean_line(entry.lead),
        expected_result=clean_text(entry.expected_result),
        period=clean_line(entry.period),
    )
    rules.check_entry(entry, queries.known_letters(session))
    line = PlanEntry(
        plan_id=plan.id,
        form_key=entry.form_key or None,
        code=code,
        title=entry.title,
        objective=entry.objective,
        deliverable_id=entry.deliverable_id,
        lead=entry.lead,
        expected_result=entry.expected_result,
        period=entry.period,
        added_at=now,
        added_by_id=actor.person_id,
    )
    session.add(line)
    session.flush()
    record(session, "plan:entry:add", "plan_entry", line.id, actor=actor, now=now, year=plan.year, code=code)
    return line


def adopt_plan(session: Session, plan: ActionPlan, *, basis: str, actor: Actor, now: datetime) -> ActionPlan:
    """The Board adopted the plan (¶23a): it is in force and does not change any more. ``basis`` is the ballot's code.

    Raises ``RuleViolation`` when it was adopted before.
    """
    _require_decider(actor)
    rules.check_draft(is_adopted=plan.adopted_at is not None, year=plan.year)
    plan.adopted_at, plan.adoption_basis = now, basis
    session.flush()
    record(session, "plan:plan:adopt", "action_plan", plan.id, actor=actor, now=now, year=plan.year, basis=basis)
    return plan


def return_plan(session: Session, plan: ActionPlan, *, basis: str, actor: Actor, now: datetime) -> ActionPlan:
    """The Board did not adopt the plan: it stays a draft; the reasons stand on the ballot (¶23a)."""
    _require_decider(actor)
    record(
        session, "plan:plan:return", "action_plan", plan.id,
        actor=actor, now=now, year=plan.year, basis=basis,
    )  # fmt: skip
    return plan


def _require_decider(actor: Actor) -> None:
    if not (actor.is_system or actor.is_secretariat):
        raise Forbidden(_("The Secretariat records what the Board decides."), "plan.decision.forbidden")


def _code_for(session: Session, plan: ActionPlan, entry: EntryDraft, actor: Actor) -> str:
    codes = set(queries.list_codes(session, plan))
    if entry.deliverable_id is None:
        if not policy.edits_all(actor):
            message = _("Leaders add the deliverables of their own groups. Ask the Secretariat to add an activity.")
            raise Forbidden(message, "plan.entry.forbidden")
        number = 1
        while rules.activity_code(plan.year, number) in codes:
            number += 1
        return rules.activity_code(plan.year, number)
    deliverable = queries.find_deliverable(session, entry.deliverable_id)
    if deliverable is None:
        raise Invalid(_("Choose a deliverable of the list."), "plan.entry.deliverable", "deliverable_id")
    if not policy.may_add_for(actor, deliverable.group_id):
        message = _("You can add the deliverables of the groups you lead.")
        raise Forbidden(message, "plan.entry.forbidden")
    if deliverable.code in codes:
        message = _("%(code)s is in this plan already.", code=deliverable.code)
        raise Invalid(message, "plan.entry.twice", "deliverable_id")
    return deliverable.code
