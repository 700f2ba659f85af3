"""Thematic groups, deliverables, their objectives, contributors and stage history."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from u4ssc_gov.core.db import Base, enum_type
from u4ssc_gov.deliverables.rules import SEEKING, DeliverableKind, Stage


class ThematicGroup(Base):
    """A thematic group, or a working group inside one."""

    __tablename__ = "thematic_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("thematic_group.id"))
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(300), default="")


class Deliverable(Base):
    """One piece of the initiative's work. Confidential until published (¶38)."""

    __tablename__ = "deliverable"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)  # D-26-04
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[DeliverableKind] = mapped_column(enum_type(DeliverableKind))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("thematic_group.id"), index=True)
    stage: Mapped[Stage] = mapped_column(enum_type(Stage), index=True)
    year: Mapped[int | None]
    summary: Mapped[str] = mapped_column(Text, default="")
    scope: Mapped[str] = mapped_column(Text, default="")
    proposed_on: Mapped[date | None]
    due_on: Mapped[date | None]
    published_on: Mapped[date | None]
    approval_basis: Mapped[str] = mapped_column(String(200), default="")  # ballot code or annual meeting (¶21)
    source: Mapped[str] = mapped_column(String(600), default="")  # empty: made on the platform
    confidence: Mapped[str] = mapped_column(String(20), default="")
    note: Mapped[str] = mapped_column(String(600), default="")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol

    @property
    def is_from_before(self) -> bool:
        """Known from a source and older than the platform: who leads its group today did not lead it."""
        return bool(self.source)

    @property
    def seeks_contributors(self) -> bool:
        """Whether participants may choose it now (¶27a); ``queries.SEEKS`` says the same of rows."""
        return self.stage in SEEKING and not self.is_from_before


class DeliverableObjective(Base):
    """A deliverable serves an objective of ¶22."""

    __tablename__ = "deliverable_objective"

    deliverable_id: Mapped[int] = mapped_column(ForeignKey("deliverable.id"), primary_key=True)
    letter: Mapped[str] = mapped_column(ForeignKey("objective.letter"), primary_key=True)


class Contributor(Base):
    """A person chose to work on a deliverable during ``[joined_at, left_at)`` (¶27a)."""

    __tablename__ = "contributor"
    __table_args__ = (UniqueConstraint("deliverable_id", "person_id", "joined_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    deliverable_id: Mapped[int] = mapped_column(ForeignKey("deliverable.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]


class StageChange(Base):
    """A deliverable moved: append-only, so that one line can show all stages with their dates."""

    __tablename__ = "stage_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    deliverable_id: Mapped[int] = mapped_column(ForeignKey("deliverable.id"), index=True)
    stage: Mapped[Stage] = mapped_column(enum_type(Stage))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    basis: Mapped[str] = mapped_column(String(300), default="")
