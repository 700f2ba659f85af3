"""KPI sets and indicators; requests, their moves and the answers sent."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from u4ssc_gov.core.db import Base, enum_type
from u4ssc_gov.evaluations.rules import LetterFrom, RequestStage


class KpiSet(Base):
    """One version of the indicators (¶4, ¶11)."""

    __tablename__ = "kpi_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    in_force_from: Mapped[date | None]
    source: Mapped[str] = mapped_column(String(300), default="")


class Kpi(Base):
    """One indicator of a set. Unknown fields stay empty; ``confidence`` says how sure the record is."""

    __tablename__ = "kpi"
    __table_args__ = (UniqueConstraint("kpi_set_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kpi_set_id: Mapped[int] = mapped_column(ForeignKey("kpi_set.id"))
    code: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    dimension: Mapped[str] = mapped_column(String(80))
    sub_dimension: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(200))
    tier: Mapped[str] = mapped_column(String(20), default="")
    type: Mapped[str] = mapped_column(String(20), default="")
    unit: Mapped[str] = mapped_column(String(80), default="")
    direction: Mapped[str] = mapped_column(String(40), default="")
    numerator: Mapped[str] = mapped_column(String(400), default="")
    denominator: Mapped[str] = mapped_column(String(400), default="")
    sdg: Mapped[str] = mapped_column(String(120), default="")
    confidence: Mapped[str] = mapped_column(String(20), default="")
    data_points: Mapped[str] = mapped_column(Text, default="")
    verifier_checks: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text, default="")


class EvaluationRequest(Base):
    """A city or government asks for an evaluation (¶10a). A draft is reached only by its secret link."""

    __tablename__ = "evaluation_request"
    __table_args__ = (
        CheckConstraint("population IS NULL OR population > 0", name="population"),
        CheckConstraint("data_ready_percent IS NULL OR (data_ready_percent BETWEEN 0 AND 100)", name="data_ready"),
        CheckConstraint("reference IS NOT NULL OR stage = 'draft' OR source != ''", name="sent_has_reference"),
        Index("ix_evaluation_request_stage_asked", "stage", "asked_at"),
        Index("ix_evaluation_request_network_started", "network_hash", "started_at"),
        {"sqlite_autoincrement": True},  # an abandoned draft's number is never given again: the audit trail names it
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str | None] = mapped_column(String(20), unique=True)  # E-26-07, given when sent
    secret_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the save-and-return link
    city: Mapped[str] = mapped_column(String(120), default="")
    country: Mapped[str] = mapped_column(String(80), default="")
    country_code: Mapped[str] = mapped_column(String(2), default="")
    region: Mapped[str] = mapped_column(String(40), default="")
    population: Mapped[int | None]
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    contact_email: Mapped[str] = mapped_column(String(254), default="")
    contact_role: Mapped[str] = mapped_column(String(200), default="")
    focal_point_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    letter_from: Mapped[LetterFrom] = mapped_column(enum_type(LetterFrom), default=LetterFrom.NONE)
    letter_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    data_ready_percent: Mapped[int | None]
    support_needed: Mapped[str] = mapped_column(Text, default="")
    stage: Mapped[RequestStage] = mapped_column(enum_type(RequestStage))
    stage_since: Mapped[datetime]
    stage_detail: Mapped[str] = mapped_column(String(600), default="")
    started_at: Mapped[datetime]
    touched_at: Mapped[datetime | None]  # a draft is deleted when nobody has touched it for a month
    network_hash: Mapped[str] = mapped_column(String(64), default="")  # for the hourly limit; emptied after a day
    links_mailed: Mapped[int] = mapped_column(default=0)  # so that a draft cannot be used to flood a mailbox
    uploads: Mapped[int] = mapped_column(default=0)  # nor to fill the disk
    asked_at: Mapped[datetime | None]  # when it was sent: its age counts from here
    first_answer_minutes: Mapped[int | None]  # from asking to the first answer
    last_answer_at: Mapped[datetime | None]
    last_answer: Mapped[str] = mapped_column(String(300), default="")
    locale: Mapped[str] = mapped_column(String(20), default="")
    source: Mapped[str] = mapped_column(String(600), default="")  # set on records from before the platform
    confidence: Mapped[str] = mapped_column(String(20), default="")
    recorded_year: Mapped[int | None]
    form_key: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the page it was sent from, once
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class ReferenceCounter(Base):
    """The last number given in a year. Counting under this row's lock leaves no gaps and no doubles."""

    __tablename__ = "evaluation_reference_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)


class RequestMove(Base):
    """A request moved to another stage: append-only."""

    __tablename__ = "request_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("evaluation_request.id"), index=True)
    stage: Mapped[RequestStage] = mapped_column(enum_type(RequestStage))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(1000), default="")


class RequestAnswer(Base):
    """An answer sent to the city: append-only."""

    __tablename__ = "request_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("evaluation_request.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
