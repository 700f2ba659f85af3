"""What is owed to the next Action Plan, and how ¶20d, ¶22, ¶23a and ¶23g stand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date, geneva_midnight
from u4ssc_gov.core.duty import ClauseFinding, ClauseState, Duty, DutyKind, Holder, HolderKind
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.deliverables import duties as deliverables
from u4ssc_gov.plan import queries, rules
from u4ssc_gov.plan.queries import PlanState


def duties(session: Session, *, actor: Actor, now: datetime) -> list[Duty]:
    """Entries that this actor's deliverables still lack in the draft of next year. One statement for leaders, or none.

    Due before the year begins: by then the Board should have adopted the plan (¶23a).
    """
    if not actor.led_groups:
        return []
    year = geneva_date(now).year + 1
    return [
        Duty(
            key=f"plan:{year}:entry:{row.id}",
            kind=DutyKind.PLAN,
            holder=Holder(HolderKind.PERSON, actor.person_id or 0),
            clauses=("20d", "23a"),
            title=_("Add %(code)s to the %(year)s Action Plan", code=row.code, year=year),
            why=_("%(title)s · draft opened %(day)s", title=row.title, day=day_text(geneva_date(row.drafted_at), now)),
            action=_("Add the entry"),
            endpoint="plan.add_entry",
            args={"year": year, "deliverable": row.code},
            due_at=geneva_midnight(date(year, 1, 1)),
            since=row.drafted_at,
            icon="plan",
        )
        for row in queries.list_unplanned(session, year, actor.led_groups)
    ]


def clause_findings(session: Session, *, now: datetime) -> list[ClauseFinding]:
    """How ¶20d, ¶22(a)–(o), ¶23(a) and ¶23(g) stand. One statement."""
    today = geneva_date(now)
    return _findings(session.execute(select(*queries.state_columns(today.year))).one(), today)


def work_findings(session: Session, *, now: datetime) -> list[ClauseFinding]:
    """These and the findings of the deliverables' room, counted together. One statement."""
    today = geneva_date(now)
    counts = deliverables.clause_counts(today).subquery()
    row = session.execute(select(*queries.state_columns(today.year), *counts.c)).one()
    return [*_findings(row, today), *deliverables.findings_from(row, now)]


def _findings(row: Any, today: date) -> list[ClauseFinding]:
    state = queries.state_from(row)
    return [_development(state, today), _named(state), _adoption(state, today), _coverage(state)]


def _development(state: PlanState, today: date) -> ClauseFinding:
    year = today.year + 1
    if state.next_plan:
        sentence = ngettext(
            "The %(year)s plan has %(num)s entry",
            "The %(year)s plan has %(num)s entries",
            state.next_entries,
            year=year,
        )
        return _finding("20d", ClauseState.MET, sentence, year=year)
    if rules.days_left(year, today) > rules.NEXT_PLAN_DAYS:
        return _finding("20d", ClauseState.STATED, _("The draft of %(year)s is not due yet", year=year))
    return _finding("20d", ClauseState.DUE, _("No draft of the %(year)s plan is open", year=year))


def _adoption(state: PlanState, today: date) -> ClauseFinding:
    this, coming = today.year, today.year + 1
    missing = not state.this_adopted
    facts = _("No adopted plan for %(year)s is on record.", year=this) if missing else ""
    if state.next_adopted:
        sentence = _("The %(year)s plan is adopted", year=coming)
        return _finding("23a", ClauseState.BREACHED if missing else ClauseState.MET, sentence, facts, year=coming)
    left = rules.days_left(coming, today)
    if left > rules.NEXT_PLAN_DAYS:
        if missing:
            return _finding("23a", ClauseState.BREACHED, _("The %(year)s plan is not adopted", year=this))
        return _finding("23a", ClauseState.MET, _("The %(year)s plan is adopted", year=this), year=this)
    sentence = ngettext(
        "The %(year)s plan is not adopted; %(num)s day left",
        "The %(year)s plan is not adopted; %(num)s days left",
        left,
        year=coming,
    )
    return _finding("23a", ClauseState.BREACHED if missing else ClauseState.DUE, sentence, facts)


def _named(state: PlanState) -> ClauseFinding:
    if state.nameless:
        sentence = ngettext(
            "%(num)s active deliverable names no objective",
            "%(num)s active deliverables name no objective",
            state.nameless,
        )
        return _finding("22a–o", ClauseState.BREACHED, sentence)
    sentence = ngettext(
        "%(num)s active deliverable names the objectives it serves",
        "%(num)s active deliverables name the objectives they serve",
        state.active,
    )
    return _finding("22a–o", ClauseState.MET, sentence)


def _coverage(state: PlanState) -> ClauseFinding:
    sentence = ngettext(
        "%(served)s of %(num)s objective is served by active work",
        "%(served)s of %(num)s objectives are served by active work",
        state.objectives,
        served=state.served,
    )
    is_met = state.served >= state.objectives
    return _finding("23g", ClauseState.MET if is_met else ClauseState.DUE, sentence)


def _finding(
    clause: str, state: ClauseState, sentence: str, facts: str = "", *, year: int | None = None
) -> ClauseFinding:
    args = {"year": year} if year else {}
    return ClauseFinding(clause, state, sentence, facts, "plan.show_plan", args, _("Open the Action Plan"))
