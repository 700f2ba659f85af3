"""People, accounts, sign-in sessions, one-time links, and the record of attempts."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from u4ssc_gov.core.db import Base


class Person(Base):
    """A person the initiative knows, with or without an account. E-mail is kept in lower case."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    full_name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    organisation: Mapped[str] = mapped_column(String(200), default="")
    locale: Mapped[str] = mapped_column(String(20), default="")
    time_zone: Mapped[str] = mapped_column(String(60), default="Europe/Zurich")
    created_at: Mapped[datetime]


class Account(Base):
    """What lets a person sign in. Without a password the invitation has not been accepted yet."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200), default="")
    password_changed_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    demo_role: Mapped[str] = mapped_column(String(60), default="")  # offered on the demonstration's sign-in page
    created_at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class SignInSession(Base):
    """One browser's signed-in session. The cookie holds the token, this row only its hash."""

    __tablename__ = "sign_in_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(120), default="")


class AccessLink(Base):
    """A one-time link sent by mail: an invitation or a new password. Only its hash is kept."""

    __tablename__ = "access_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))  # "invitation" or "new_password"
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """Failed and successful attempts, for throttling that all servers share. Hashes, not addresses."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    succeeded: Mapped[bool]
