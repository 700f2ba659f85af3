"""Plans of a year and their entries."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from u4ssc_gov.core.db import Base


class ActionPlan(Base):
    """The plan of one year: a draft until the Board adopts it."""

    __tablename__ = "action_plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(unique=True)
    drafted_at: Mapped[datetime]
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    adopted_at: Mapped[datetime | None]
    adoption_basis: Mapped[str] = mapped_column(String(200), default="")


class PlanEntry(Base):
    """One line of the plan: a deliverable or an activity, the objective it serves, and what is expected of it."""

    __tablename__ = "plan_entry"
    __table_args__ = (UniqueConstraint("plan_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("action_plan.id"))
    code: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    objective: Mapped[str] = mapped_column(ForeignKey("objective.letter"))
    deliverable_id: Mapped[int | None] = mapped_column(ForeignKey("deliverable.id"))
    lead: Mapped[str] = mapped_column(String(200), default="")
    expected_result: Mapped[str] = mapped_column(String(600), default="")
    period: Mapped[str] = mapped_column(String(60), default="")
    form_key: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the page it was sent from, once
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
