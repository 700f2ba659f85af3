"""Deliverables on a reader's home: columns only, by statements composed once (¶26c, ¶27a)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import and_, case, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.deliverables.models import Contributor, Deliverable
from u4ssc_gov.deliverables.queries import CHOSEN, LED, SEEKS, Reader, reader_of, reader_values
from u4ssc_gov.deliverables.rules import ACTIVE, DeliverableKind, Stage


@dataclass(frozen=True, slots=True)
class WorkLine:
    """A deliverable on a reader's home."""

    code: str
    title: str
    kind: DeliverableKind
    group_id: int | None
    stage: Stage
    due_on: date | None


_WORK_LINE = (
    Deliverable.code, Deliverable.title, Deliverable.kind, Deliverable.group_id, Deliverable.stage, Deliverable.due_on,
)  # fmt: skip
_UNFINISHED = Deliverable.stage.in_(sorted(ACTIVE))
_MINE = (
    select(*_WORK_LINE)
    .where(or_(and_(Deliverable.group_id.in_(LED), _UNFINISHED), Deliverable.id.in_(CHOSEN)))
    .order_by(case((_UNFINISHED, 0), else_=1), Deliverable.due_on.asc().nulls_last(), Deliverable.code)
    .limit(12)
)


def list_mine(session: Session, actor: Actor) -> list[WorkLine]:
    """Deliverables this actor leads or contributes to (¶26c, ¶27a): unfinished first, nearest due day first. Twelve."""
    return [WorkLine(*row) for row in session.execute(_MINE, reader_values(actor))]


def list_seeking(session: Session, actor: Actor) -> list[WorkLine]:
    """The first five deliverables that take contributors."""
    return [WorkLine(*row) for row in session.execute(_seeking(reader_of(actor)), reader_values(actor))]


def list_contributed(session: Session, person_id: int) -> Sequence[Deliverable]:
    """The deliverables a person contributes to now, by code."""
    statement = (
        select(Deliverable)
        .join(Contributor, Contributor.deliverable_id == Deliverable.id)
        .where(Contributor.person_id == person_id, Contributor.left_at.is_(None))
        .order_by(Deliverable.code, Deliverable.id)
    )
    return session.scalars(statement).unique().all()


@cache
def _seeking(reader: Reader) -> Any:
    """``seeking_statement`` for the home."""
    statement = select(*_WORK_LINE).where(SEEKS).order_by(Deliverable.code.desc(), Deliverable.id).limit(5)
    if reader.contributes:
        statement = statement.where(Deliverable.id.not_in(CHOSEN))
    if reader.leads:
        statement = statement.where(or_(Deliverable.group_id.is_(None), Deliverable.group_id.not_in(LED)))
    return statement
