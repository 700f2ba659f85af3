"""Reads of the KPI sets: which is in force, and its indicators (¶4, ¶11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.evaluations.models import Kpi, KpiSet

COLUMNS = (
    "code", "dimension", "sub_dimension", "category", "title", "tier", "type", "unit", "sdg", "confidence", "source",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SetInForce:
    """The set that evaluations use now. ``in_force_from`` stays empty where no date is recorded."""

    id: int
    code: str
    title: str
    in_force_from: date | None
    source: str
    indicators: int


def find_set_in_force(session: Session, *, now: datetime) -> SetInForce | None:
    """The newest set in force on this Geneva day; one without a recorded date only where no dated one is."""
    row = session.execute(_IN_FORCE, {"today": geneva_date(now)}).one_or_none()
    return None if row is None else SetInForce(*row)


# Built once: composing it anew would cost more than running it.
_IN_FORCE = (
    select(
        KpiSet.id,
        KpiSet.code,
        KpiSet.title,
        KpiSet.in_force_from,
        KpiSet.source,
        select(func.count()).where(Kpi.kpi_set_id == KpiSet.id).scalar_subquery(),
    )
    .where(or_(KpiSet.in_force_from.is_(None), KpiSet.in_force_from <= bindparam("today", type_=Date)))
    .order_by(case((KpiSet.in_force_from.is_(None), 1), else_=0), KpiSet.in_force_from.desc(), KpiSet.id.desc())
    .limit(1)
)


def count_dimensions(session: Session, set_id: int) -> list[tuple[str, int]]:
    """The dimensions of a set in their order, each with its number of indicators."""
    statement = (
        select(Kpi.dimension, func.count())
        .where(Kpi.kpi_set_id == set_id)
        .group_by(Kpi.dimension)
        .order_by(func.min(Kpi.position))
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def list_indicators(session: Session, set_id: int, *, dimension: str = "", tier: str = "") -> Sequence[Any]:
    """The indicators of a set in its order. A set has about a hundred, so they stand on one page."""
    columns = [getattr(Kpi, name) for name in COLUMNS]
    statement = select(*columns).where(Kpi.kpi_set_id == set_id)
    if dimension:
        statement = statement.where(Kpi.dimension == dimension)
    if tier:
        statement = statement.where(Kpi.tier == tier)
    return session.execute(statement.order_by(Kpi.position, Kpi.id)).all()
