"""Ballots, their documents, electors, candidates and votes. What was said is append-only: a change is a new row."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from u4ssc_gov.board.rules import BallotOutcome, BallotType, Capacity, Cause, Method, Position
from u4ssc_gov.core.db import Base, enum_type


class Ballot(Base):
    """One question put to the Board. Text, rule and electors are copied at opening and never change after it.

    Its state is derived from these columns and ``now`` (``rules.ballot_state``): closing needs no job.
    """

    __tablename__ = "ballot"
    __table_args__ = (
        UniqueConstraint("year", "number"),
        CheckConstraint("closes_at IS NULL OR opens_at IS NULL OR closes_at >= opens_at", name="period"),
        CheckConstraint("round >= 1", name="round"),
        CheckConstraint("certified_at IS NULL OR decision_number IS NOT NULL", name="certified"),
        Index("ix_ballot_closes_at", "closes_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    code: Mapped[str] = mapped_column(String(20), unique=True)  # B-26-19
    type: Mapped[BallotType] = mapped_column(enum_type(BallotType))
    method: Mapped[Method] = mapped_column(enum_type(Method), default=Method.VOTE, server_default="vote")
    round: Mapped[int] = mapped_column(default=1, server_default="1")
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("ballot.id"))  # the round before this one
    after_id: Mapped[int | None] = mapped_column(ForeignKey("ballot.id"))  # must be decided first
    title: Mapped[str] = mapped_column(String(200))
    decision_text: Mapped[str] = mapped_column(Text)
    if_approved: Mapped[str] = mapped_column(String(600), default="")
    if_not_approved: Mapped[str] = mapped_column(String(600), default="")
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)  # board.rules.VotingRule, frozen at opening
    posts: Mapped[int] = mapped_column(default=0, server_default="0")  # to fill, in an election
    candidate_count: Mapped[int] = mapped_column(default=0, server_default="0")
    struck: Mapped[list[int] | None] = mapped_column(JSON)  # numbers of candidates who withdrew
    text_sha256: Mapped[str] = mapped_column(String(64), default="")
    drafted_at: Mapped[datetime]
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opens_planned_at: Mapped[datetime | None]  # wanted by the draft; null: as soon as it is opened
    opens_at: Mapped[datetime | None]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    opened_for: Mapped[str] = mapped_column(String(20), default="")  # acronym of the secretariat agency
    closes_at: Mapped[datetime | None]  # the closing in force
    opening_told_at: Mapped[datetime | None]
    extended_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]  # while the partners consult on an objection
    suspended_closing: Mapped[datetime | None]  # the closing that the suspension stopped
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_reason: Mapped[str] = mapped_column(String(600), default="")
    superseded_at: Mapped[datetime | None]
    referred_at: Mapped[datetime | None]
    annulled_at: Mapped[datetime | None]
    annulment_asked_at: Mapped[datetime | None]
    annulment_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    annulment_asked_for: Mapped[str] = mapped_column(String(20), default="", server_default="")
    annulment_reason: Mapped[str] = mapped_column(String(600), default="", server_default="")
    outcome: Mapped[BallotOutcome | None] = mapped_column(enum_type(BallotOutcome))  # materialised when recorded
    cause: Mapped[Cause | None] = mapped_column(enum_type(Cause))
    elected: Mapped[list[int] | None] = mapped_column(JSON)
    outcome_recorded_at: Mapped[datetime | None]
    certified_at: Mapped[datetime | None]
    certified_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision_year: Mapped[int | None]
    decision_number: Mapped[str | None] = mapped_column(String(30), unique=True)  # U4SSC/BM/2026/07
    challenges_until: Mapped[datetime | None]
    challenged_at: Mapped[datetime | None]  # while a challenge waits for its answer
    opened_seq: Mapped[int | None]  # numbers of its ledger entries; none for ballots older than the ledger
    closed_seq: Mapped[int | None]
    deliverable_id: Mapped[int | None] = mapped_column(ForeignKey("deliverable.id"))
    renewal_id: Mapped[int | None] = mapped_column(ForeignKey("renewal.id"))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    starts_on: Mapped[date | None]  # first day of the tenures an election fills
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("action_plan.id"))
    terms_document_id: Mapped[int | None] = mapped_column(ForeignKey("terms_document.id"))
    rule_set_id: Mapped[int | None] = mapped_column(ForeignKey("rule_set.id", use_alter=True))
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
    of_subject: Mapped[bool] = mapped_column(default=False, server_default=false())  # made of it when it opens


class Candidate(Base):
    """A person who stands in an election. Withdrawing keeps the row and strikes the name from every vote."""

    __tablename__ = "candidate"
    __table_args__ = (UniqueConstraint("ballot_id", "number"), UniqueConstraint("ballot_id", "person_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    number: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(200))
    nominated_by_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    withdrawn_at: Mapped[datetime | None]


class Elector(Base):
    """A seat: a partner entitled to vote in one ballot, as it was at opening (¶23: one partner, one vote)."""

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
        CheckConstraint("capacity <> 'on_record' OR evidence_id IS NOT NULL", name="evidence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    elector_id: Mapped[int] = mapped_column(ForeignKey("elector.id"))
    revision: Mapped[int]
    position: Mapped[Position] = mapped_column(enum_type(Position))
    candidates: Mapped[list[int] | None] = mapped_column(JSON)  # supported, in an election
    comment: Mapped[str] = mapped_column(String(2000), default="")
    cure: Mapped[str] = mapped_column(String(2000), default="", server_default="")  # what would lift an objection
    cast_at: Mapped[datetime]
    cast_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    cast_by_name: Mapped[str] = mapped_column(String(200))
    capacity: Mapped[Capacity] = mapped_column(enum_type(Capacity))
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))  # the e-mail of a vote on record
    receipt: Mapped[str] = mapped_column(String(60), unique=True)  # B-26-19-WMO-1
    ledger_seq: Mapped[int | None] = mapped_column(unique=True)
    commitment: Mapped[str | None] = mapped_column(String(64))  # stands in the ledger while the position is hidden

    elector: Mapped[Elector] = relationship(lazy="raise_on_sql")


class BallotEvent(Base):
    """One act in the life of a ballot, in the order it happened: what the history and the record of a decision show."""

    __tablename__ = "ballot_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))  # opened, extended, suspended, resumed, closed, certified …
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(String(200), default="")
    seat: Mapped[str] = mapped_column(String(20), default="")  # acronym, when a partner acts
    text: Mapped[str] = mapped_column(String(2000), default="")  # the reason given
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    ledger_seq: Mapped[int | None]


class Remark(Base):
    """What somebody without a vote says about an open ballot. It is read and kept; it decides nothing."""

    __tablename__ = "ballot_remark"

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    by_name: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(String(2000))


class Challenge(Base):
    """A partner contests how a certified decision came about: the procedure, not the substance."""

    __tablename__ = "challenge"
    __table_args__ = (UniqueConstraint("ballot_id", "partner_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    acronym: Mapped[str] = mapped_column(String(20))
    raised_at: Mapped[datetime]
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    grounds: Mapped[str] = mapped_column(String(2000))
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    upheld: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(String(2000), default="")


class EditorialNote(Base):
    """The Secretariat proposes to treat an objection as editorial; only the objecting partner can agree."""

    __tablename__ = "editorial_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"), index=True)
    vote_id: Mapped[int] = mapped_column(ForeignKey("vote.id"), unique=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(String(2000))  # the correction that would be made


class RuleSet(Base):
    """The voting rule of a type and method from an instant on. Versions are never changed, only followed."""

    __tablename__ = "rule_set"
    __table_args__ = (UniqueConstraint("type", "method", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[BallotType] = mapped_column(enum_type(BallotType))
    method: Mapped[Method] = mapped_column(enum_type(Method))
    version: Mapped[int]
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(600), default="")
    drafted_at: Mapped[datetime]
    drafted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    in_force_at: Mapped[datetime | None]  # null: waits for the Board
    basis: Mapped[str] = mapped_column(String(30), default="")  # decision number; empty when the Secretariat set it
    rejected_at: Mapped[datetime | None]
