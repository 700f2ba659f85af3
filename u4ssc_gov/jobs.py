"""The table of jobs: what runs, how often, and what it does in one sentence. Nothing else keeps a schedule.

Only sending and tidying is done here; no right and no outcome waits for a job (ADR 0011).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from u4ssc_gov.accounts import jobs as accounts
from u4ssc_gov.board import jobs as board
from u4ssc_gov.core.clock import monotonic
from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.core.sweeps import JobLease, JobRun, SweepReport
from u4ssc_gov.evaluations import jobs as evaluations
from u4ssc_gov.ledger import jobs as ledger
from u4ssc_gov.meetings import jobs as meetings
from u4ssc_gov.notifications import jobs as notifications
from u4ssc_gov.tenures import jobs as tenures

log = structlog.get_logger(__name__)
KEPT_RUNS = 500  # per job
_NOTE_LENGTH = 400
Sweep = Callable[..., SweepReport]


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the table: ``run(runtime, *, now)``, how often, and what it does."""

    run: Sweep
    every: timedelta
    sentence: str


JOBS: dict[str, Job] = {
    "notifications.drain_outbox": Job(
        notifications.drain_outbox, timedelta(seconds=15), lazy("Sends the mails that wait in the outbox.")
    ),
    "board.record_outcomes": Job(
        board.record_outcomes, timedelta(minutes=1), lazy("Writes down the outcome of ballots that have closed.")
    ),
    "board.tell_openings": Job(
        board.tell_openings, timedelta(minutes=1), lazy("Mails the opening of ballots that were scheduled.")
    ),
    "board.ballot_reminders": Job(
        board.ballot_reminders, timedelta(minutes=15), lazy("Reminds partners of ballots that close soon.")
    ),
    "meetings.remind_of_minutes": Job(
        meetings.remind_of_minutes, timedelta(hours=1), lazy("Reminds Leaders of e-meetings without minutes.")
    ),
    "tenures.tenure_reminders": Job(
        tenures.tenure_reminders, timedelta(hours=1), lazy("Reminds of tenures that end soon.")
    ),
    "evaluations.delete_stale_drafts": Job(
        evaluations.delete_stale_drafts, timedelta(days=1), lazy("Deletes drafts of requests that nobody went on with.")
    ),
    "evaluations.forget_networks": Job(
        evaluations.forget_networks, timedelta(days=1), lazy("Forgets from which network a request was begun.")
    ),
    "ledger.sign_checkpoints": Job(
        ledger.sign_checkpoints, timedelta(seconds=15), lazy("Signs the ledger when it has grown.")
    ),
    "ledger.verify_ledger": Job(
        ledger.verify_ledger, timedelta(days=1), lazy("Recomputes the ledger and compares it with what was signed.")
    ),
    "accounts.tidy": Job(
        accounts.tidy, timedelta(days=1), lazy("Deletes old sign-in attempts, ended sessions and used links.")
    ),
}


def run_job(runtime: Runtime, name: str, *, now: datetime) -> JobRun:
    """Run one job for the instant ``now`` (UTC) and keep a row of what it did. Raises ``KeyError`` for no such job.

    A job that fails as a whole is logged and counted; the next run starts afresh.
    """
    job, started = JOBS[name], monotonic()
    try:
        report = job.run(runtime, now=now)
    except Exception as error:
        log.exception("job.failed", job=name)
        report = SweepReport(failed=1, note=f"{type(error).__name__}: the details are in the log")
    run = JobRun(
        job=name,
        now_at=now,
        seconds=f"{monotonic() - started:.3f}",
        done=report.done,
        failed=report.failed,
        note=report.note[:_NOTE_LENGTH],
    )
    with runtime.database.transaction() as session:
        return _keep(session, run)


def _keep(session: Session, run: JobRun) -> JobRun:
    """Add the row. Runs without work share one row, so that the last 500 reach back to what happened."""
    last = session.scalar(select(JobRun).where(JobRun.job == run.job).order_by(JobRun.id.desc()).limit(1))
    if last is not None and _is_quiet(last) and _is_quiet(run):
        last.now_at, last.seconds = run.now_at, run.seconds
        return last
    session.add(run)
    session.flush()
    oldest_kept = select(JobRun.id).where(JobRun.job == run.job).order_by(JobRun.id.desc()).offset(KEPT_RUNS - 1)
    boundary = session.scalar(oldest_kept.limit(1))
    if boundary is not None:
        session.execute(delete(JobRun).where(JobRun.job == run.job, JobRun.id < boundary))
    return run


def _is_quiet(run: JobRun) -> bool:
    return run.done == 0 and run.failed == 0 and not run.note


def run_due(runtime: Runtime, *, now: datetime) -> list[str]:
    """Run every job that is due at ``now``; returns their names. Of several schedulers one gets each run."""
    with runtime.database.read() as session:
        leases = {lease.job: lease.next_run_at for lease in session.scalars(select(JobLease))}
    ran = []
    for name, job in JOBS.items():
        due = name not in leases or _is_due(leases[name], job, now)
        if due and _claim(runtime, name, job, now=now):
            run_job(runtime, name, now=now)
            ran.append(name)
    return ran


def _is_due(next_run_at: datetime, job: Job, now: datetime) -> bool:
    """Due, or planned further ahead than it ever is: then the clock was moved back, as after a rehearsed year."""
    return next_run_at <= now or next_run_at > now + job.every


def _claim(runtime: Runtime, name: str, job: Job, *, now: datetime) -> bool:
    """Take this run by compare-and-swap; whoever moves the lease on runs the job."""
    with suppress(IntegrityError), runtime.database.transaction() as session:  # another scheduler may add it first
        if session.get(JobLease, name) is None:
            session.add(JobLease(job=name, next_run_at=now))
    with runtime.database.transaction() as session:
        due = or_(JobLease.next_run_at <= now, JobLease.next_run_at > now + job.every)
        taken = session.scalar(
            update(JobLease)
            .where(JobLease.job == name, due)
            .values(next_run_at=now + job.every, holder=_holder())
            .returning(JobLease.job)
        )
        return taken is not None


def _holder() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:80]
