"""Sweeps of this room: reminders of minutes that are due (¶26e)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.core.sweeps import SweepReport, sweep
from u4ssc_gov.meetings import queries, services


def remind_of_minutes(runtime: Runtime, *, now: datetime) -> SweepReport:
    """Remind leaders 5, 7 and 11 days after an e-meeting whose minutes are not filed; each step once."""
    return sweep(runtime, queries.due_reminders, _remind, now=now)


def _remind(session: Session, meeting_id: int, now: datetime) -> bool:
    return services.remind_leaders(session, meeting_id, actor=SYSTEM, now=now) > 0
