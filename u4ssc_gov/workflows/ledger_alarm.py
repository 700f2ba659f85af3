"""The nightly check found damage in the ledger: the audit trail says so (ADR 0012)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import SYSTEM


def report_damage(session: Session, reason: str, *, now: datetime) -> None:
    """Write one audit row about the log as a whole."""
    record(session, "ledger:log:damaged", "ledger", 0, actor=SYSTEM, now=now, reason=reason)
