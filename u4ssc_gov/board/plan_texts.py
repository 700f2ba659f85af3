"""An Action Plan as a text that the Board can adopt. Its room stands beside this one: its tables are read only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from u4ssc_gov.charter.models import Objective
from u4ssc_gov.core.errors import RuleViolation
from u4ssc_gov.core.i18n import gettext as _

_PLAN = table("action_plan", column("id"), column("year"), column("adopted_at"))
_ENTRY = table(
    "plan_entry",
    *(column(name) for name in ("id", "plan_id", "code", "title", "objective", "lead", "expected_result", "period")),
)


def year_of(session: Session, plan_id: int | None) -> int | None:
    """The year of a plan; ``None`` without one."""
    found: int | None = session.execute(select(_PLAN.c.year).where(_PLAN.c.id == plan_id)).scalar()
    return found


def title_of(year: int) -> str:
    """A plan by its name."""
    return _("Action Plan %(year)s", year=year)


def written(session: Session, plan_id: int | None, code: str, *, lock: bool = False) -> tuple[str, str]:
    """Title and whole text of a plan: every entry, by objective and code. ``lock`` holds the plan's row meanwhile.

    ``code`` is that of the ballot it is written for. Raises ``RuleViolation`` when there is no such draft any more.
    """
    wanted = select(_PLAN.c.year, _PLAN.c.adopted_at).where(_PLAN.c.id == plan_id)
    plan = session.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    if plan is None or plan.adopted_at is not None:
        message = _("The draft of the Action Plan is gone or adopted already. Choose another under Subject.")
        raise RuleViolation(message, "board.ballot.no_plan")
    rows = session.execute(
        select(_ENTRY, Objective.title.label("aim"))
        .join(Objective, Objective.letter == _ENTRY.c.objective)
        .where(_ENTRY.c.plan_id == plan_id)
        .order_by(_ENTRY.c.objective, _ENTRY.c.code, _ENTRY.c.id)
    ).all()
    title = title_of(plan.year)
    head = [title, _("The draft as it is before the Partners Board in ballot %(code)s.", code=code)]
    return title, "\n\n".join(["\n".join(head), *(_entry(row) for row in rows), _count(len(rows))]) + "\n"


def _entry(row: Any) -> str:
    lines = [
        f"{row.code} {row.title}",
        _("Objective (%(letter)s): %(title)s", letter=row.objective, title=row.aim),
        _("Led by: %(lead)s", lead=row.lead or "–"),
        _("Expected result: %(result)s", result=" ".join(row.expected_result.split()) or "–"),
        _("Period: %(period)s", period=row.period or "–"),
    ]
    return "\n".join(lines)


def _count(number: int) -> str:
    return _("Entries: %(number)s", number=number)
