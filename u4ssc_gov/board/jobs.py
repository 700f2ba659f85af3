"""Sweeps of the ballots. Nothing governance-relevant depends on them: they write down, mail and remind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from u4ssc_gov.board import queries
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.core.sweeps import SweepReport, sweep
from u4ssc_gov.workflows import voting

LONGEST_STEP = timedelta(days=90)


def record_outcomes(runtime: Runtime, *, now: datetime) -> SweepReport:
    """Record and mail the outcome of each ballot that has closed."""
    return sweep(runtime, queries.list_unrecorded, voting.record_outcome, now=now)


def tell_openings(runtime: Runtime, *, now: datetime) -> SweepReport:
    """Mail the opening of each ballot that was scheduled and has opened."""
    return sweep(runtime, queries.list_untold, voting.tell_opening, now=now)


def ballot_reminders(runtime: Runtime, *, now: datetime) -> SweepReport:
    """Remind partners without a vote, at the steps that the rule of each ballot names."""
    return sweep(runtime, _running_out, voting.remind_if_due, now=now)


def _running_out(session: Session, now: datetime) -> Sequence[int]:
    return queries.list_open_ids(session, now, now + LONGEST_STEP)
