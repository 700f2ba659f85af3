"""Offices, tenures and renewals."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.core.db import Base, enum_type
from u4ssc_gov.tenures.rules import NOTE_LIMIT, Capacity, EndReason, Route


class Office(Base):
    """A seat or a number of seats of one kind (two Co-Chairs are one office with two seats)."""

    __tablename__ = "office"
    __table_args__ = (CheckConstraint("seats >= 1", name="seats"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[OfficeKind] = mapped_column(enum_type(OfficeKind))
    code: Mapped[str] = mapped_column(String(80), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    seats: Mapped[int]
    group_id: Mapped[int | None] = mapped_column(ForeignKey("thematic_group.id"), unique=True)
    position: Mapped[int]  # order on the page


class Tenure(Base):
    """One person in one seat of an office during ``[starts_on, ends_on)``, Geneva days, one year at the most (¶34)."""

    __tablename__ = "tenure"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint("seat >= 1", name="seat"),
        # A tenure withdrawn before its first day stays on record with no days and holds no seat.
        Index(
            "uq_tenure_seat_starts_on",
            "office_id",
            "seat",
            "starts_on",
            unique=True,
            sqlite_where=text("ends_on > starts_on"),
            postgresql_where=text("ends_on > starts_on"),
        ),
        Index("ix_tenure_person_period", "person_id", "starts_on", "ends_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    seat: Mapped[int] = mapped_column(default=1)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    capacity: Mapped[Capacity] = mapped_column(enum_type(Capacity), default=Capacity.FULL)
    route: Mapped[Route] = mapped_column(enum_type(Route))
    basis: Mapped[str] = mapped_column(String(300), default="")  # the act: a ballot's code, a consultation, a meeting
    nominated_by_id: Mapped[int | None] = mapped_column(ForeignKey("partner.id"))
    predecessor_id: Mapped[int | None] = mapped_column(ForeignKey("tenure.id"))
    end_reason: Mapped[EndReason | None] = mapped_column(enum_type(EndReason))
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Renewal(Base):
    """The secretariat asked that a holder serve another year, and named the route that decides it (¶34)."""

    __tablename__ = "renewal"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenure_id: Mapped[int] = mapped_column(ForeignKey("tenure.id"), unique=True)
    route: Mapped[Route] = mapped_column(enum_type(Route))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    requested_at: Mapped[datetime]
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(String(NOTE_LIMIT), default="")
    result_tenure_id: Mapped[int | None] = mapped_column(ForeignKey("tenure.id"))
    closed_at: Mapped[datetime | None]
