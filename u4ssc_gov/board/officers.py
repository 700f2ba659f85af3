"""Who of the Secretariat certifies a ballot: not the officer who opened it, as long as another one can (¶30)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Account
from u4ssc_gov.board import queries
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.partners.models import SecretariatMembership


def opened_it(ballot: Ballot, actor: Actor) -> bool:
    """Whether this officer opened the ballot, and so proposed it."""
    return actor.person_id is not None and ballot.opened_by_id == actor.person_id


def others_can_certify(session: Session, ballot: Ballot, actor: Actor, now: datetime) -> bool:
    """Whether another officer is in office on this Geneva day who can sign in and whom the ballot is not about."""
    today = geneva_date(now)
    barred = {*queries.list_concerned(session, ballot), actor.person_id}
    statement = (
        select(SecretariatMembership.person_id)
        .join(Account, Account.person_id == SecretariatMembership.person_id)
        .where(Account.disabled_at.is_(None), SecretariatMembership.starts_on <= today)
        .where(or_(SecretariatMembership.ends_on.is_(None), SecretariatMembership.ends_on > today))
    )
    return any(person_id not in barred for person_id in session.scalars(statement))
