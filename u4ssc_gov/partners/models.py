"""Partners, Board mandates and secretariat memberships: dated rows, nothing overwritten."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from u4ssc_gov.core.actor import MandateCapacity
from u4ssc_gov.core.db import Base, enum_type
from u4ssc_gov.partners.rules import PartnerEventKind


class Partner(Base):
    """A UN agency, programme or fund that is a partner during ``[joined_on, left_on)`` (¶18)."""

    __tablename__ = "partner"

    id: Mapped[int] = mapped_column(primary_key=True)
    acronym: Mapped[str] = mapped_column(String(20), unique=True)
    official_name: Mapped[str] = mapped_column(String(200))
    website: Mapped[str] = mapped_column(String(200), default="")
    position: Mapped[int] = mapped_column(unique=True)  # order of ¶18
    joined_on: Mapped[date | None]  # unknown for the founding partners
    left_on: Mapped[date | None]
    is_secretariat_agency: Mapped[bool] = mapped_column(default=False)  # ¶30
    source: Mapped[str] = mapped_column(String(300), default="")
    note: Mapped[str] = mapped_column(String(600), default="")


class Mandate(Base):
    """A person may vote for a partner during ``[starts_on, ends_on)``, Geneva days."""

    __tablename__ = "mandate"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    capacity: Mapped[MandateCapacity] = mapped_column(enum_type(MandateCapacity))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class SecretariatMembership(Base):
    """An officer of a secretariat agency works for the secretariat during ``[starts_on, ends_on)`` (¶30)."""

    __tablename__ = "secretariat_membership"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="period"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    granted_at: Mapped[datetime]


class PartnerEvent(Base):
    """What happened to a partner, in the order it was recorded. Append-only; names are read from the people's rows."""

    __tablename__ = "partner_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"), index=True)
    kind: Mapped[PartnerEventKind] = mapped_column(enum_type(PartnerEventKind))
    mandate_id: Mapped[int | None] = mapped_column(ForeignKey("mandate.id"))
    effective_on: Mapped[date | None]  # Geneva day: the first with, or the first without
    reason: Mapped[str] = mapped_column(String(600), default="")
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
