"""Where a demonstration begins. Its ledger must be told forwards from there, so the real records are entered first."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import select

from u4ssc_gov.core.dates import GENEVA, geneva_date, local_to_utc
from u4ssc_gov.core.errors import RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.ledger import queries as ledger
from u4ssc_gov.partners.models import Partner

_BEFORE = 40  # days between the first act and the first of the years


def days_ago(today: datetime, days: float, hour: int = 10, minute: int = 0) -> datetime:
    """The instant so many Geneva days before today, at a Geneva hour, never after now."""
    day = geneva_date(today) - timedelta(days=round(days))
    instant = local_to_utc(day, time(hour, minute), GENEVA)
    return min(instant or today, today)


def beginning(today: datetime, years: int = 1) -> datetime:
    """When a demonstration of so many years around today begins: nothing lies before it."""
    return days_ago(today, 365 * years + _BEFORE)


def initiative_instant(runtime: Runtime, *, now: datetime) -> datetime:
    """When to say that the initiative's records were loaded: in a demonstration, where its year begins.

    In production, and once the ledger has gone on from there, it is ``now``.
    """
    begins = beginning(now)
    with runtime.database.read() as session:
        head = ledger.find_head(session)
    return begins if runtime.settings.is_demo and (head is None or head.last_at <= begins) else now


def has_records(runtime: Runtime, begins: datetime) -> bool:
    """Whether the initiative's records are there. Raises ``RuleViolation`` when the ledger is past the beginning."""
    with runtime.database.read() as session:
        head = ledger.find_head(session)
        found = session.scalar(select(Partner.id).limit(1)) is not None
    if head is not None and head.last_at > begins:
        message = _(
            "The demonstration would begin on %(day)s, and the ledger here holds later entries; it never runs "
            "backwards. Load it into an empty U4SSC_DATA_DIR, before anything else.",
            day=geneva_date(begins).isoformat(),
        )
        raise RuleViolation(message, "demo.ledger_later")
    return found
