"""Participants with their organisations, and requests to join: dated rows, what was said append-only."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from u4ssc_gov.core.db import Base, enum_type
from u4ssc_gov.participants.rules import JoinSource, MessageKind, ParticipantKind


class Organisation(Base):
    """A body participants come from (¶19). ``name_key`` is its name without case, so that it is recorded once."""

    __tablename__ = "organisation"
    __table_args__ = (UniqueConstraint("name_key", "country_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(600))
    country_code: Mapped[str] = mapped_column(String(2), default="")
    kind: Mapped[ParticipantKind] = mapped_column(enum_type(ParticipantKind))
    created_at: Mapped[datetime]


class Participant(Base):
    """A person takes part during ``[joined_on, left_on)`` (¶19)."""

    __tablename__ = "participant"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[ParticipantKind] = mapped_column(enum_type(ParticipantKind))
    organisation: Mapped[str] = mapped_column(String(200))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    country_code: Mapped[str] = mapped_column(String(2), default="", server_default="")
    joined_on: Mapped[date]
    left_on: Mapped[date | None]
    created_at: Mapped[datetime]


class JoinRequest(Base):
    """Somebody asks to take part (¶29): by the form, or by an e-mail the Secretariat recorded.

    Its state is computed: undecided, a question asked, accepted, declined.
    """

    __tablename__ = "join_request"
    __table_args__ = (
        # One open request for each address, whoever sends two at once.
        Index(
            "uq_join_request_open_email",
            "email",
            unique=True,
            sqlite_where=text("decided_at IS NULL"),
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20), unique=True)  # J-26-014
    form_key: Mapped[str | None] = mapped_column(String(64), unique=True)  # of the page it was sent from, once
    source: Mapped[JoinSource] = mapped_column(enum_type(JoinSource))
    kind: Mapped[ParticipantKind] = mapped_column(enum_type(ParticipantKind))
    full_name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), index=True)
    organisation: Mapped[str] = mapped_column(String(200), default="")
    country_code: Mapped[str] = mapped_column(String(2))
    motive: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(String(20), default="")
    consented_at: Mapped[datetime | None]  # to the handling of these data; by e-mail the mail is the consent
    asked_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    questioned_at: Mapped[datetime | None]  # the Secretariat's last question
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    is_accepted: Mapped[bool | None]
    participant_id: Mapped[int | None] = mapped_column(ForeignKey("participant.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own protocol


class JoinInterest(Base):
    """A published deliverable that somebody who asks to join named as what interests them, by its title then."""

    __tablename__ = "join_interest"

    request_id: Mapped[int] = mapped_column(ForeignKey("join_request.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))


class JoinMessage(Base):
    """What the Secretariat wrote to somebody who asks to join: append-only."""

    __tablename__ = "join_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("join_request.id"), index=True)
    kind: Mapped[MessageKind] = mapped_column(enum_type(MessageKind))
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text, default="")


class JoinCounter(Base):
    """The last number given in a year; its row is the lock under which requests are taken in."""

    __tablename__ = "join_counter"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(default=0)
