"""Votes against the clock: outcomes of closed ballots and reminders before they close (¶24).

Closing itself needs nobody: a ballot is closed from its closing instant on, whether or not any of this has run.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, messages, queries, services
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotOutcome, BallotState
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.workflows.appointments import apply_renewal

# The last step that was crossed is the one that is sent; a ballot opened after a step never gets it.
REMINDER_STEPS = (("T-24h", timedelta(hours=24)), ("T-4d", timedelta(days=4)))


def record_outcome(session: Session, ballot_id: int, now: datetime) -> bool:
    """Record and mail the outcome of a ballot if it has closed and nobody has yet; tells whether it did."""
    ballot = queries.lock_ballot_by_id(session, ballot_id)
    if queries.state_of(ballot, now) is not BallotState.CLOSED or ballot.outcome_recorded_at is not None:
        return False
    settle(session, ballot, now=now)
    return True


def settle(session: Session, ballot: Ballot, *, now: datetime) -> Ballot:
    """Record and mail the outcome of a closed ballot, and carry out what it decided, in one transaction.

    The ballot's row must be locked. Does nothing the second time; raises ``RuleViolation`` before it has closed.
    """
    is_first = ballot.outcome_recorded_at is None
    services.record_outcome(session, ballot, now=now)
    if is_first and ballot.renewal_id is not None:
        is_approved = ballot.outcome is BallotOutcome.APPROVED
        apply_renewal(session, ballot.renewal_id, is_approved=is_approved, basis=ballot.code, actor=SYSTEM, now=now)
    return ballot


def remind_if_due(session: Session, ballot_id: int, now: datetime) -> bool:
    """Remind partners without a vote 4 days and 24 hours before a ballot closes; tells whether mail was queued."""
    ballot = queries.lock_ballot_by_id(session, ballot_id)
    if queries.state_of(ballot, now) is not BallotState.OPEN:
        return False
    step = due_step(ballot.opens_at, ballot.closes_at, now)
    if not step:
        return False
    seats = electors.list_seats(session, ballot.id)
    return messages.ballot_reminder(session, ballot, seats, step=step, now=now) > 0


def due_step(opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> str:
    """The reminder step a ballot is in, or an empty string."""
    if opens_at is None or closes_at is None or now >= closes_at:
        return ""
    for name, before in REMINDER_STEPS:
        if closes_at - now <= before:
            return name if closes_at - opens_at > before else ""
    return ""
