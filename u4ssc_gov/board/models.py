"""Ballots, their documents, electors and votes. Votes are append-only: a change is a new revision."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from u4ssc_gov.board.rules import BallotOutcome, BallotType, Position
from u4ssc_gov.core.actor import MandateCapacity
from u4ssc_gov.core.db import Base, enum_type


class Ballot(Base):
    """One question put to the Board. Text, rule and electors are copied at opening and never change after it.

    Its state is derived from these columns and ``now`` (``rules.ballot_state``): closing needs no job.
    """

    __tablename__ = "ballot"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        CheckConstraint("closes_at IS NULL OR opens_at IS NULL OR closes_at > opens_at", name="period"),
        Index("ix_ballot_closes_at", "closes_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(20), unique=True)  # B-26-19
    type: Mapped[BallotType] = mapped_column(enum_type(BallotType))
    title: Mapped[str] = mapped_column(String(200))
    decision_text: Mapped[str] = mapped_column(Text)
    if_approved: Mapped[str] = mapped_column(String(600), default="")
    if_not_approved: Mapped[str] = mapped_column(String(600), default="")
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)  # board.rules.VotingRule, frozen at opening
    text_sha256: Mapped[str] = mapped_column(String(64), default="")
    drafted_at: Mapped[datetime]
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opens_at: Mapped[datetime | None]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opened_for: Mapped[str] = mapped_column(String(20), default="")  # acronym of the secretariat agency
    closes_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_reason: Mapped[str] = mapped_column(String(600), default="")
    outcome: Mapped[BallotOutcome | None] = mapped_column(enum_type(BallotOutcome))  # materialised when recorded
    outcome_recorded_at: Mapped[datetime | None]
    deliverable_id: Mapped[int | None] = mapped_column(ForeignKey("deliverable.id"))
    renewal_id: Mapped[int | None] = mapped_column(ForeignKey("renewal.id"))
    form_key: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the page it was sent from, once
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class BallotDocument(Base):
    """A paper the Board reads before it votes, frozen by its hash when the ballot opens."""

    __tablename__ = "ballot_document"

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    title: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]


class Elector(Base):
    """A partner entitled to vote in one ballot, as it was at opening (¶23: one partner, one vote)."""

    __tablename__ = "elector"
    __table_args__ = (UniqueConstraint("ballot_id", "partner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    acronym: Mapped[str] = mapped_column(String(20))
    official_name: Mapped[str] = mapped_column(String(200))
    position: Mapped[int]  # order of ¶18


class Vote(Base):
    """One position recorded for one partner. The highest revision counts; the earlier ones stay visible."""

    __tablename__ = "vote"
    __table_args__ = (
        UniqueConstraint("elector_id", "revision"),
        CheckConstraint("revision >= 1", name="revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    elector_id: Mapped[int] = mapped_column(ForeignKey("elector.id"))
    revision: Mapped[int]
    position: Mapped[Position] = mapped_column(enum_type(Position))
    comment: Mapped[str] = mapped_column(String(2000), default="")
    cast_at: Mapped[datetime]
    cast_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    cast_by_name: Mapped[str] = mapped_column(String(200))
    capacity: Mapped[MandateCapacity] = mapped_column(enum_type(MandateCapacity))
    receipt: Mapped[str] = mapped_column(String(60), unique=True)  # B-26-19-WMO-1

    elector: Mapped[Elector] = relationship(lazy="raise_on_sql")
