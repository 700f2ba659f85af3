"""The daily tidying of what nobody needs any more: old attempts, sessions and links that ended long ago."""

from __future__ import annotations

from datetime import datetime

from u4ssc_gov.accounts import services
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.core.sweeps import SweepReport


def tidy(runtime: Runtime, *, now: datetime) -> SweepReport:
    """Delete old attempts, sessions and links; counts the rows."""
    with runtime.database.transaction() as session:
        done = services.forget_old_attempts(session, now=now) + services.forget_old_sessions(session, now=now)
    return SweepReport(done=done)
