"""The ticker, in a process of its own: every 15 seconds it runs what the table of jobs says is due (ADR 0004).

APScheduler only ticks, in UTC: its cron triggers stop or skip at clock changes in zones with summer time. Every
cadence lives in ``jobs.JOBS`` and every due instant in our tables.
"""

from __future__ import annotations

import gc
import logging
import signal
import sys
from datetime import UTC
from types import FrameType

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger

import u4ssc_gov.models  # the metadata must be whole before the first query  # noqa: F401
from u4ssc_gov.core.clock import Clock, SystemClock, clock_starting_at
from u4ssc_gov.core.logs import configure_logging
from u4ssc_gov.core.runtime import Runtime, make_runtime
from u4ssc_gov.jobs import run_due
from u4ssc_gov.settings import SettingsError, load_settings

log = structlog.get_logger(__name__)
TICK_SECONDS = 15


def make_scheduler(runtime: Runtime, clock: Clock) -> BlockingScheduler:
    """A scheduler with its one tick: at once, then every 15 seconds, never two at a time."""
    scheduler = BlockingScheduler(timezone=UTC)
    scheduler.add_job(
        tick,
        IntervalTrigger(seconds=TICK_SECONDS, timezone=UTC),
        args=(runtime, clock),
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,  # a late tick is still a tick
        next_run_time=SystemClock().now(),  # what is due does not wait for the first interval
    )
    return scheduler


def tick(runtime: Runtime, clock: Clock) -> None:
    """Run what is due. A failure, such as a database that is being restarted, is left to the next tick."""
    try:
        run_due(runtime, now=clock.now())
    except Exception:
        log.exception("scheduler.tick_failed")


def main() -> int:
    """Tick until told to stop; a job that is running is finished first."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logging(quiet=settings.environment == "demo")
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a skipped tick is caught up by the next one
    runtime = make_runtime(settings)
    scheduler = make_scheduler(runtime, clock_starting_at(settings.now))

    def stop(_number: int, _frame: FrameType | None) -> None:
        if scheduler.running:
            scheduler.shutdown(wait=True)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    gc.freeze()  # the process ends at once when told to, without walking through all it has loaded
    scheduler.start()
    runtime.database.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
