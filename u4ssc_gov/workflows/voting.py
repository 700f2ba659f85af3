"""Ballots against the clock: openings told, outcomes written down, reminders sent (¶24).

Opening and closing themselves need nobody: a ballot is open and closed by its instants, whether or not this has run.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, locks, messages, queries, rules, services
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotState


def record_outcome(session: Session, ballot_id: int, now: datetime) -> bool:
    """Record and mail the outcome of a ballot if it has closed and nobody has yet; tells whether it did."""
    ballot = locks.lock_ballot_by_id(session, ballot_id)
    if queries.state_of(ballot, now) not in rules.ENDED or ballot.outcome_recorded_at is not None:
        return False
    settle(session, ballot, now=now)
    return True


def settle(session: Session, ballot: Ballot, *, now: datetime) -> Ballot:
    """Record and mail the outcome of a closed ballot; certifying and its consequences follow.

    The ballot's row must be locked. Does nothing the second time; raises ``RuleViolation`` before it has closed.
    """
    return services.record_outcome(session, ballot, now=now)


def tell_opening(session: Session, ballot_id: int, now: datetime) -> bool:
    """Mail the opening of a ballot that was scheduled and is open now; tells whether it did."""
    return services.tell_opening(session, locks.lock_ballot_by_id(session, ballot_id), now=now)


def remind_if_due(session: Session, ballot_id: int, now: datetime) -> bool:
    """Remind partners without a vote at the steps of the ballot's rule; tells whether mail was queued."""
    ballot = locks.lock_ballot_by_id(session, ballot_id)
    if queries.state_of(ballot, now) is not BallotState.OPEN:
        return False
    steps = rules.rule_from_json(ballot.rule).reminder_hours
    step = due_step(steps, ballot.opens_at, ballot.closes_at, now)
    if not step:
        return False
    seats = electors.list_seats(session, ballot.id)
    return messages.ballot_reminder(session, ballot, seats, step=step, now=now) > 0


def due_step(steps: tuple[int, ...], opens_at: datetime | None, closes_at: datetime | None, now: datetime) -> str:
    """The reminder step a ballot is in, or an empty string. ``steps`` are hours before closing.

    The last step that was crossed is the one that is sent; a ballot opened after a step never gets it.
    """
    if opens_at is None or closes_at is None or now >= closes_at:
        return ""
    for hours in sorted(steps):
        before = timedelta(hours=hours)
        if closes_at - now <= before:
            return f"T-{hours}h" if closes_at - opens_at > before else ""
    return ""
