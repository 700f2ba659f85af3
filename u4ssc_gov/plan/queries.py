"""Reads of plans and their entries (¶22, ¶23a)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, bindparam, column, exists, func, select, table
from sqlalchemy.orm import Session

from u4ssc_gov.charter.models import Objective
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables.models import Deliverable, DeliverableObjective
from u4ssc_gov.deliverables.queries import LED, visible_to
from u4ssc_gov.deliverables.rules import ACTIVE, Stage
from u4ssc_gov.plan.models import ActionPlan, PlanEntry
from u4ssc_gov.plan.rules import FIRST_YEAR, LAST_YEAR


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One line of a plan as the page shows it; the deliverable is a link only for those who may open it (¶38)."""

    code: str
    title: str
    objective: str
    lead: str
    expected_result: str
    period: str
    deliverable_code: str | None
    stage: Stage | None
    due_on: date | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class PlanState:
    """Counts behind the clause ledger and the Secretariat's home."""

    this_plan: bool
    this_adopted: bool
    next_plan: bool
    next_adopted: bool
    next_entries: int
    objectives: int
    served: int
    active: int
    nameless: int


# The Board's room stands beside this one: its table is read only. A ballot decides on a plan from its opening, or from
# being scheduled, until it is certified or ended another way.
_BALLOT = table(
    "ballot",
    *(
        column(name)
        for name in (
            "id", "code", "plan_id", "opens_at", "certified_at", "withdrawn_at", "superseded_at", "referred_at",
            "annulled_at",
        )
    ),
)  # fmt: skip
_DECIDES = and_(
    _BALLOT.c.opens_at.is_not(None),
    _BALLOT.c.certified_at.is_(None),
    _BALLOT.c.withdrawn_at.is_(None),
    _BALLOT.c.superseded_at.is_(None),
    _BALLOT.c.referred_at.is_(None),
    _BALLOT.c.annulled_at.is_(None),
)
_OVER = (
    select(_BALLOT.c.code)
    .where(_BALLOT.c.plan_id == bindparam("plan"), _DECIDES)
    .order_by(_BALLOT.c.id.desc())
    .limit(1)
)


def find_ballot_over(session: Session, plan_id: int) -> str:
    """The code of the ballot that a plan is before; empty when there is none. Lock the plan's row to rely on it."""
    return session.execute(_OVER, {"plan": plan_id}).scalar() or ""


def list_plans(session: Session) -> Sequence[ActionPlan]:
    """Every plan, latest year first."""
    return session.scalars(select(ActionPlan).order_by(ActionPlan.year.desc())).all()


def find_plan(session: Session, year: int, *, lock: bool = False) -> ActionPlan | None:
    """The plan of a year; ``lock`` holds its row so that two entries cannot take one code."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    statement = select(ActionPlan).where(ActionPlan.year == year)
    return session.scalar(statement.with_for_update() if lock else statement)


def get_plan(session: Session, year: int, *, lock: bool = False) -> ActionPlan:
    """The plan of a year, or ``NotFound``."""
    found = find_plan(session, year, lock=lock)
    if found is None:
        raise NotFound(_("There is no Action Plan for this year."), "plan.unknown")
    return found


def list_entries(session: Session, plan: ActionPlan, actor: Actor) -> list[EntryLine]:
    """Entries by objective and code, each with the stage of its deliverable: one statement."""
    statement = (
        select(
            PlanEntry.code, PlanEntry.title, PlanEntry.objective, PlanEntry.lead, PlanEntry.expected_result,
            PlanEntry.period, Deliverable.code, Deliverable.stage, Deliverable.due_on,
            and_(Deliverable.id.is_not(None), visible_to(actor)),
        )
        .outerjoin(Deliverable, Deliverable.id == PlanEntry.deliverable_id)
        .where(PlanEntry.plan_id == plan.id)
        .order_by(PlanEntry.objective, PlanEntry.code, PlanEntry.id)
    )  # fmt: skip
    rows: list[Any] = list(session.execute(statement))
    return [EntryLine(*row) for row in rows]


def list_addable(session: Session, plan: ActionPlan, groups: frozenset[int] | None) -> list[tuple[int, str, str]]:
    """Active deliverables without an entry in this plan: id, code and title; of some groups, or of all (``None``)."""
    planned = exists().where(PlanEntry.plan_id == plan.id, PlanEntry.deliverable_id == Deliverable.id)
    statement = (
        select(Deliverable.id, Deliverable.code, Deliverable.title)
        .where(Deliverable.stage.in_(sorted(ACTIVE)), ~planned)
        .order_by(Deliverable.code)
        .limit(200)
    )
    if groups is not None:
        statement = statement.where(Deliverable.group_id.in_(sorted(groups)))
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def find_deliverable(session: Session, deliverable_id: int) -> Deliverable | None:
    """A deliverable by id."""
    return session.get(Deliverable, deliverable_id)


def list_codes(session: Session, plan: ActionPlan) -> Sequence[str]:
    """Codes of a plan's entries."""
    return session.scalars(select(PlanEntry.code).where(PlanEntry.plan_id == plan.id).order_by(PlanEntry.code)).all()


def known_letters(session: Session) -> frozenset[str]:
    """The letters of ¶22 on record."""
    return frozenset(session.scalars(select(Objective.letter)))


def list_unplanned(session: Session, year: int, groups: frozenset[int]) -> Sequence[Any]:
    """Active deliverables of some groups that the draft of a year does not hold yet: id, code and title."""
    return session.execute(_UNPLANNED, {"year": year, "led": sorted(groups)}).all()


# Composed once: it stands on every Leader's home.
_UNPLANNED = (
    select(Deliverable.id, Deliverable.code, Deliverable.title, ActionPlan.drafted_at)
    .join(ActionPlan, ActionPlan.year == bindparam("year"))
    .where(
        ActionPlan.adopted_at.is_(None),
        ~exists().where(_BALLOT.c.plan_id == ActionPlan.id, _DECIDES),
        Deliverable.group_id.in_(LED),
        Deliverable.stage.in_(sorted(ACTIVE)),
        ~exists().where(PlanEntry.plan_id == ActionPlan.id, PlanEntry.deliverable_id == Deliverable.id),
    )
    .order_by(Deliverable.code)
    .limit(20)
)


def state_columns(year: int) -> list[Any]:
    """How this year's and the next year's plan stand, and how objectives are served: the fields of ``PlanState``."""
    active = Deliverable.stage.in_(sorted(ACTIVE))
    named = exists().where(DeliverableObjective.deliverable_id == Deliverable.id)
    served = (
        select(func.count(func.distinct(DeliverableObjective.letter)))
        .join(Deliverable, Deliverable.id == DeliverableObjective.deliverable_id)
        .where(active)
    )
    entries = (
        select(func.count(PlanEntry.id))
        .join(ActionPlan, ActionPlan.id == PlanEntry.plan_id)
        .where(ActionPlan.year == year + 1)
    )
    ours = and_(active, Deliverable.source == "")
    return [
        _count_plans(year).label("this_plan"),
        _count_plans(year, adopted=True).label("this_adopted"),
        _count_plans(year + 1).label("next_plan"),
        _count_plans(year + 1, adopted=True).label("next_adopted"),
        entries.scalar_subquery().label("next_entries"),
        select(func.count(Objective.letter)).scalar_subquery().label("objectives"),
        served.scalar_subquery().label("served"),
        select(func.count(Deliverable.id)).where(ours).scalar_subquery().label("planned_work"),
        select(func.count(Deliverable.id)).where(ours, ~named).scalar_subquery().label("nameless"),
    ]


def state_from(row: Any) -> PlanState:
    """The state from a row that holds ``state_columns``."""
    return PlanState(
        bool(row.this_plan), bool(row.this_adopted), bool(row.next_plan), bool(row.next_adopted), row.next_entries,
        row.objectives, row.served, row.planned_work, row.nameless,
    )  # fmt: skip


def _count_plans(year: int, *, adopted: bool = False) -> Any:
    statement = select(func.count(ActionPlan.id)).where(ActionPlan.year == year)
    if adopted:
        statement = statement.where(ActionPlan.adopted_at.is_not(None))
    return statement.scalar_subquery()


def find_by_form_key(session: Session, form_key: str) -> PlanEntry | None:
    """The entry that was added from this very page, if any."""
    return session.scalar(select(PlanEntry).where(PlanEntry.form_key == form_key))
