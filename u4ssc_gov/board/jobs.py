"""Sweeps of the ballots. Nothing governance-relevant depends on them: they write down, mail and remind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.board import queries
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.core.sweeps import SweepReport, sweep
from u4ssc_gov.workflows import voting


def record_outcomes(runtime: Runtime, *, now: datetime) -> SweepReport:
    """Record and mail the outcome of each ballot that has closed."""
    return sweep(runtime, queries.list_unrecorded, voting.record_outcome, now=now)


def ballot_reminders(runtime: Runtime, *, now: datetime) -> SweepReport:
    """Remind partners without a vote, 4 days and 24 hours before a ballot closes."""
    return sweep(runtime, _closing_soon, voting.remind_if_due, now=now)


def _closing_soon(session: Session, now: datetime) -> Sequence[int]:
    return queries.list_open_ids(session, now, now + max(before for _name, before in voting.REMINDER_STEPS))
