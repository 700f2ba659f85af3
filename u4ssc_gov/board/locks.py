"""Ballots with their rows locked: who changes one, or votes on it, waits for whoever came first.

SQLite has no row locks; its writing sessions hold the database's write lock. Read the clock after a lock is there.
"""

from __future__ import annotations

from functools import cache

from sqlalchemy import Select, bindparam, exists, inspect, select
from sqlalchemy.orm import Session, load_only

from u4ssc_gov.board import policy
from u4ssc_gov.board.models import Ballot, Elector, Vote
from u4ssc_gov.board.queries import CODE, VOTED_ON, found, visible
from u4ssc_gov.core.actor import Actor


def lock_ballot(session: Session, code: str, *, actor: Actor, narrow: bool = False) -> Ballot:
    """A ballot by its code with its row locked until the transaction ends; ``narrow``: with a third of its columns.

    Raises ``NotFound`` when there is none or it is not for this actor.
    """
    if not CODE.match(code):
        return found(None)
    return found(session.scalar(_locking(policy.may_see_drafts(actor), narrow), {"code": code}))


@cache
def _locking(drafts: bool, narrow: bool) -> Select[Ballot]:
    statement = select(Ballot).where(Ballot.code == bindparam("code"), visible(drafts)).with_for_update(of=Ballot)
    statement = statement.options(load_only(*VOTED_ON)) if narrow else statement
    return statement.execution_options(populate_existing=True)


_OVERTAKEN = exists().where(
    Elector.ballot_id == Ballot.id,
    Elector.partner_id == bindparam("partner"),
    Vote.elector_id == Elector.id,
    Vote.revision > bindparam("expected"),
)


def lock_unless_overtaken(
    session: Session, code: str, partner_id: int, expected_revision: int, *, actor: Actor
) -> Ballot | None:
    """The ballot with its row locked for a vote, or ``None``, and no lock, when a partner's newer revision stands.

    Revisions only grow: what is overtaken stays so, and need not wait in line to be told.
    """
    if not CODE.match(code):
        return None
    statement = _locking(policy.may_see_drafts(actor), True).where(~_OVERTAKEN)
    values = {"code": code, "partner": partner_id, "expected": expected_revision}
    return session.scalar(statement, values)


def load_rest(session: Session, ballot: Ballot) -> None:
    """Read the columns that a narrow lock left out, for a vote that brings about more."""
    if "decision_text" in inspect(ballot).unloaded:
        session.refresh(ballot)


def lock_ballot_by_id(session: Session, ballot_id: int) -> Ballot:
    """For sweeps: the ballot with its row locked."""
    statement = select(Ballot).where(Ballot.id == ballot_id).with_for_update()
    return found(session.scalar(statement.execution_options(populate_existing=True)))
