"""Meetings, agenda, attendance, minutes, notes with every revision kept, and outcomes."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from u4ssc_gov.core.db import Base, enum_type
from u4ssc_gov.meetings.rules import MeetingKind, OutcomeKind, Presence


class Meeting(Base):
    """One meeting. ``source`` is set on records from before the platform; those owe no minutes here."""

    __tablename__ = "meeting"
    __table_args__ = (
        UniqueConstraint("deliverable_id", "number"),
        CheckConstraint("ends_at >= starts_at", name="period"),
        Index("ix_meeting_ends_at", "ends_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[MeetingKind] = mapped_column(enum_type(MeetingKind))
    deliverable_id: Mapped[int | None] = mapped_column(ForeignKey("deliverable.id"), index=True)
    number: Mapped[int | None]  # e-meeting 7 of its deliverable
    title: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    is_date_only: Mapped[bool] = mapped_column(default=False)  # the source gives days, no hours
    time_zone: Mapped[str] = mapped_column(String(60), default="Europe/Zurich")
    place: Mapped[str] = mapped_column(String(200), default="")
    joining_url: Mapped[str] = mapped_column(String(500), default="")
    cancelled_at: Mapped[datetime | None]
    not_held_at: Mapped[datetime | None]
    outcome_note: Mapped[str] = mapped_column(String(600), default="")
    source: Mapped[str] = mapped_column(String(400), default="")
    confidence: Mapped[str] = mapped_column(String(20), default="")
    scheduled_at: Mapped[datetime]
    scheduled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class AgendaItem(Base):
    """One item of a meeting's agenda."""

    __tablename__ = "agenda_item"
    __table_args__ = (UniqueConstraint("meeting_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    presenter: Mapped[str] = mapped_column(String(200), default="")
    length_minutes: Mapped[int | None]


class Attendance(Base):
    """One person on the joining list of a meeting."""

    __tablename__ = "attendance"
    __table_args__ = (UniqueConstraint("meeting_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200), default="")
    presence: Mapped[Presence] = mapped_column(enum_type(Presence), default=Presence.UNMARKED)
    saved_from: Mapped[str] = mapped_column(String(32), default="")  # the browser page that set it last


class Minutes(Base):
    """The minutes of one meeting: a draft until filed, then immutable (¶26e)."""

    __tablename__ = "minutes"

    id: Mapped[int] = mapped_column(primary_key=True)
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meeting.id"), unique=True)
    started_at: Mapped[datetime]
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    saved_at: Mapped[datetime]
    attendance_revision: Mapped[int] = mapped_column(default=0)
    filed_at: Mapped[datetime | None]
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Note(Base):
    """What was said under one agenda item. ``revision`` guards against overwriting somebody's newer text.

    ``saved_from`` names the browser page of the last save: a page may follow up on its own autosave, whose answer it
    may never have received, without conflicting with itself.
    """

    __tablename__ = "note"

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes_id: Mapped[int] = mapped_column(ForeignKey("minutes.id"), index=True)
    agenda_item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"), unique=True)
    said: Mapped[str] = mapped_column(Text, default="")
    not_discussed: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    saved_from: Mapped[str] = mapped_column(String(32), default="")


class NoteRevision(Base):
    """Every text a note ever had. Append-only."""

    __tablename__ = "note_revision"
    __table_args__ = (UniqueConstraint("note_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("note.id"))
    revision: Mapped[int]
    said: Mapped[str] = mapped_column(Text)
    not_discussed: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Outcome(Base):
    """A decision, an action (with owner and due day) or an information that came out of an agenda item."""

    __tablename__ = "outcome"

    id: Mapped[int] = mapped_column(primary_key=True)
    minutes_id: Mapped[int] = mapped_column(ForeignKey("minutes.id"), index=True)
    agenda_item_id: Mapped[int] = mapped_column(ForeignKey("agenda_item.id"))
    kind: Mapped[OutcomeKind] = mapped_column(enum_type(OutcomeKind))
    position: Mapped[int]
    text: Mapped[str] = mapped_column(String(1000))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    owner_name: Mapped[str] = mapped_column(String(200), default="")
    due_on: Mapped[date | None]
    saved_at: Mapped[datetime | None]
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    saved_from: Mapped[str] = mapped_column(String(32), default="")
    removed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_in_minutes_id: Mapped[int | None] = mapped_column(ForeignKey("minutes.id"))
