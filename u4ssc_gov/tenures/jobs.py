"""Sweeps of the tenures room. Nothing ends because one ran: a tenure ends on its day by itself (¶34)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.core.sweeps import SweepReport, sweep
from u4ssc_gov.tenures import ending, messages, rules


def tenure_reminders(rt: Runtime, *, now: datetime) -> SweepReport:
    """Remind holder and secretariat 60, 30, 14 and 7 days before a tenure ends without a successor.

    Only the latest step reached is sent, once: after a pause of the scheduler nobody gets three mails at a time.
    """
    return sweep(rt, ending.list_ending_ids, _remind, now=now)


def _remind(session: Session, tenure_id: int, now: datetime) -> bool:
    near = ending.find_ending(session, tenure_id, now)
    if near is None:
        return False
    step = rules.reminder_step((near.ends_on - geneva_date(now)).days)
    return step is not None and messages.tenure_ending(session, near, step, now=now) > 0
