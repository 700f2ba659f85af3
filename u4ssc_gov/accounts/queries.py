"""Reads of people, accounts and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.orm import Session, joinedload

from u4ssc_gov.accounts.models import AccessLink, Account, Person, SignInAttempt, SignInSession
from u4ssc_gov.core.addresses import address_key


def find_account_by_email(session: Session, email: str) -> Account | None:
    """The account of an address (in whatever way it is spelled), with its person."""
    statement = (
        select(Account)
        .join(Account.person)
        .where(Person.email == address_key(email))
        .options(joinedload(Account.person))
    )
    return session.scalar(statement)


def find_account_of(session: Session, person_id: int) -> Account | None:
    """The account of a person, with the person."""
    statement = select(Account).where(Account.person_id == person_id).options(joinedload(Account.person))
    return session.scalar(statement)


def get_account(session: Session, account_id: int) -> Account:
    """An account by id, with its person; raises ``NoResultFound`` when there is none."""
    return session.scalars(select(Account).where(Account.id == account_id).options(joinedload(Account.person))).one()


def find_person_by_email(session: Session, email: str) -> Person | None:
    """The person with this address."""
    return session.scalar(select(Person).where(Person.email == address_key(email)))


def get_person(session: Session, person_id: int) -> Person:
    """A person by id; raises ``NoResultFound`` when there is none."""
    return session.get_one(Person, person_id)


def list_people(session: Session) -> Sequence[Person]:
    """Everybody, by name."""
    return session.scalars(select(Person).order_by(Person.full_name, Person.id)).all()


def list_open_sessions(session: Session, account_id: int, now: datetime) -> Sequence[SignInSession]:
    """Sessions of an account that still let somebody in, newest first."""
    statement = (
        select(SignInSession)
        .where(SignInSession.account_id == account_id, SignInSession.ended_at.is_(None), SignInSession.expires_at > now)
        .order_by(SignInSession.created_at.desc(), SignInSession.id.desc())
    )
    return session.scalars(statement).all()


def find_session(session: Session, account_id: int, session_id: int) -> SignInSession | None:
    """A session of an account, ended ones too."""
    return session.scalar(
        select(SignInSession).where(SignInSession.id == session_id, SignInSession.account_id == account_id)
    )


def count_failed_attempts(session: Session, key: str, since: datetime) -> int:
    """Failed attempts under a key after an instant."""
    statement = select(func.count()).where(
        SignInAttempt.key == key, SignInAttempt.at > since, SignInAttempt.succeeded.is_(False)
    )
    return session.scalar(statement) or 0


def failures_from_everywhere(session: Session, key: str, since: datetime) -> tuple[int, datetime | None]:
    """How many attempts failed under a key after an instant, and when the last one did."""
    statement = select(func.count(), func.max(SignInAttempt.at)).where(
        SignInAttempt.key == key, SignInAttempt.at > since, SignInAttempt.succeeded.is_(False)
    )
    count, last = session.execute(statement).one()
    return count, last


def find_access_link(session: Session, purpose: str, token_sha256: str, now: datetime) -> AccessLink | None:
    """A one-time link that may still be used, of an account that is not disabled."""
    statement = (
        select(AccessLink)
        .join(Account, Account.id == AccessLink.account_id)
        .where(
            AccessLink.purpose == purpose,
            AccessLink.token_sha256 == token_sha256,
            AccessLink.used_at.is_(None),
            AccessLink.expires_at > now,
            Account.disabled_at.is_(None),
        )
    )
    return session.scalar(statement)


def open_invitation(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a link still lets an invited person in; who has no such link is not "invited"."""
    return AccessLink.purpose == "invitation", AccessLink.used_at.is_(None), AccessLink.expires_at > now


def find_used_link(session: Session, purpose: str, token_sha256: str, since: datetime) -> AccessLink | None:
    """A one-time link that was used up after an instant."""
    return session.scalar(
        select(AccessLink).where(
            AccessLink.purpose == purpose, AccessLink.token_sha256 == token_sha256, AccessLink.used_at > since
        )
    )


def has_invitation_since(session: Session, account_id: int, since: datetime) -> bool:
    """Whether an invitation that still works went out after an instant."""
    statement = select(AccessLink.id).where(
        AccessLink.account_id == account_id,
        AccessLink.purpose == "invitation",
        AccessLink.used_at.is_(None),
        AccessLink.created_at > since,
    )
    return session.scalar(statement.limit(1)) is not None


def list_open_invitations(session: Session, now: datetime, *, limit: int) -> Sequence[Row[str, str, datetime]]:
    """Name, e-mail and end of each invitation that nobody has taken up yet, newest first."""
    statement = (
        select(Person.full_name, Person.email, AccessLink.expires_at)
        .join(Account, Account.id == AccessLink.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(*open_invitation(now))
        .order_by(AccessLink.created_at.desc(), AccessLink.id.desc())
        .limit(limit)
    )
    return session.execute(statement).all()


def list_demo_accounts(session: Session) -> Sequence[Account]:
    """Accounts offered on the demonstration's sign-in page, in the order they were made."""
    statement = (
        select(Account)
        .where(Account.demo_role != "", Account.disabled_at.is_(None))
        .options(joinedload(Account.person))
        .order_by(Account.id)
    )
    return session.scalars(statement).all()
