"""Participants: dated rows."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from u4ssc_gov.core.db import Base, enum_type
from u4ssc_gov.participants.rules import ParticipantKind


class Participant(Base):
    """A person takes part during ``[joined_on, left_on)`` (¶19)."""

    __tablename__ = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[ParticipantKind] = mapped_column(enum_type(ParticipantKind))
    organisation: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(80), default="")
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    created_at: Mapped[datetime]
