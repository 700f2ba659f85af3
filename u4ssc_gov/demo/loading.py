"""``python -m u4ssc_gov load-demo``: make the demonstration year around now. Refused in production."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select, update

from u4ssc_gov.accounts.models import Account
from u4ssc_gov.core.errors import RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.demo import board_year, city_year, joining_year, plan_year, work_year
from u4ssc_gov.demo.beginning import beginning, has_records
from u4ssc_gov.demo.cast import gather
from u4ssc_gov.demo.timeline import Timeline
from u4ssc_gov.initiative.loading import load_initiative
from u4ssc_gov.notifications.models import DeliveryStatus, OutboxMessage


def is_loaded(runtime: Runtime) -> bool:
    """Whether the demonstration is there already."""
    with runtime.database.read() as session:
        return session.scalar(select(Account.id).where(Account.demo_role != "").limit(1)) is not None


def load_demo(
    runtime: Runtime, *, now: datetime, scale: int = 1, say: Callable[[str], None] = lambda _line: None
) -> bool:
    """Make the year (``scale`` years for benchmarks) in one transaction; ``False`` when it is there already.

    The records of the initiative are loaded first where there are none, at the instant the year begins. Raises
    ``RuleViolation`` in production, and when the ledger holds entries later than that: it never runs backwards.
    """
    if runtime.settings.is_production:
        raise RuleViolation(_("The demonstration is refused in production."), "demo.production")
    if is_loaded(runtime):
        return False
    begins = beginning(now, scale)
    if not has_records(runtime, begins):
        load_initiative(runtime, now=begins)
    with runtime.database.transaction() as session:
        line = Timeline(session, now)
        say("people, offices and tenures")
        cast = gather(line, scale)
        say("deliverables, e-meetings and minutes, ballots and votes, cities and answers")
        made = work_year.tell(line, cast, scale)
        board_year.tell(line, cast, made, scale)
        city_year.tell(line, cast, scale)
        joining_year.tell(line, cast)
        plan_year.tell(line, cast, made)
        line.play()
        # Mail of the past year went out in the past year; only the mail page still shows it.
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.status == DeliveryStatus.QUEUED)
            .values(status=DeliveryStatus.SENT, sent_at=OutboxMessage.queued_at, attempts=1, shown_only=True)
        )
    return True
