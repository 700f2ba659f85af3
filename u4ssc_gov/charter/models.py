"""Clause ledger, objectives and the uploaded Terms of Reference."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from u4ssc_gov.core.db import Base


class Clause(Base):
    """One row of the clause ledger: a paragraph (or several) and what it makes the platform do, in our words."""

    __tablename__ = "clause"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)  # "26e", "5–6", "4, 11"
    slug: Mapped[str] = mapped_column(String(40), unique=True)  # anchor: "p26e"
    position: Mapped[int] = mapped_column(unique=True)
    section: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))  # one or two ClauseKind values joined by ";"
    binds: Mapped[str] = mapped_column(String(80), default="")
    does: Mapped[str] = mapped_column(String(400))
    source: Mapped[str] = mapped_column(String(300), default="")


class Objective(Base):
    """One of the fifteen objectives (¶22), in our words."""

    __tablename__ = "objective"

    letter: Mapped[str] = mapped_column(String(1), primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(300))
    confidence: Mapped[str] = mapped_column(String(20), default="")
    source: Mapped[str] = mapped_column(String(300), default="")


class TermsDocument(Base):
    """An uploaded official text of the Terms of Reference; the newest is shown beside our clause titles."""

    __tablename__ = "terms_document"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    title: Mapped[str] = mapped_column(String(200))
    agreed_on: Mapped[date | None]
    text: Mapped[str] = mapped_column(Text, default="")
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    is_proposal: Mapped[bool] = mapped_column(default=False, server_default=false())  # a revision before the Board
    in_force_at: Mapped[datetime | None]  # when the Board brought it into force (¶23c)
    rejected_at: Mapped[datetime | None]
    basis: Mapped[str] = mapped_column(String(30), default="", server_default="")
    sha256: Mapped[str] = mapped_column(String(64), default="", server_default="")  # of the file: what is accepted


class TermsParagraph(Base):
    """One paragraph of an uploaded text, cut out by its number so that it stands beside its clause."""

    __tablename__ = "terms_paragraph"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("terms_document.id"), index=True)
    number: Mapped[str] = mapped_column(String(10))  # "26" or "26e"
    text: Mapped[str] = mapped_column(Text)


class TermsAcceptance(Base):
    """A person accepted a version of the Terms of Reference and its undertakings (¶48). Append-only."""

    __tablename__ = "terms_acceptance"
    __table_args__ = (UniqueConstraint("person_id", "document_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("terms_document.id"))
    sha256: Mapped[str] = mapped_column(String(64), index=True)  # of the text as it was accepted
    undertakings: Mapped[str] = mapped_column(String(80), default="")  # their keys, ticked one by one
    accepted_at: Mapped[datetime]
