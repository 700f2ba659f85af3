"""Sweeps: repeatable work over everything that is due at ``now``, one transaction an item (house idea 6).

Due means state against ``now``, never "since the last run": a missed run catches up, a second run does nothing. A sweep
only sends and tidies; nothing governance-relevant depends on one having run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import structlog
from sqlalchemy import String
from sqlalchemy.orm import Mapped, Session, mapped_column

from u4ssc_gov.core.db import Base
from u4ssc_gov.core.runtime import Runtime

log = structlog.get_logger(__name__)
K = TypeVar("K")


class JobLease(Base):
    """One row a job: when it is next due and who runs it now. Claimed by compare-and-swap."""

    __tablename__ = "job_lease"

    job: Mapped[str] = mapped_column(String(80), primary_key=True)
    next_run_at: Mapped[datetime]
    holder: Mapped[str] = mapped_column(String(80), default="")


class JobRun(Base):
    """One run of a job, for the secretariat's page."""

    __tablename__ = "job_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str] = mapped_column(String(80), index=True)
    now_at: Mapped[datetime]  # the instant the job was run for
    seconds: Mapped[str] = mapped_column(String(12))
    done: Mapped[int]
    failed: Mapped[int]
    note: Mapped[str] = mapped_column(String(400), default="")


@dataclass(slots=True)
class SweepReport:
    """What one run of a sweep did."""

    done: int = 0
    failed: int = 0
    note: str = ""


def sweep(
    runtime: Runtime,
    due: Callable[[Session, datetime], Sequence[K]],
    handle: Callable[[Session, K, datetime], bool],
    *,
    now: datetime,
) -> SweepReport:
    """Handle every due item in its own transaction; one bad item is logged and counted, the rest go on.

    ``handle`` checks its item again inside the transaction and returns whether it did anything.
    """
    report = SweepReport()
    with runtime.database.read() as session:
        items = list(due(session, now))
    for item in items:
        try:
            with runtime.database.transaction() as session:
                report.done += bool(handle(session, item, now))
        except Exception:
            report.failed += 1
            log.exception("sweep.item_failed", item=str(item))
    return report
