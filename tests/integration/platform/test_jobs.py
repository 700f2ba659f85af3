"""The table of jobs: leases, rows of runs, failures that stay small, and the ticker's process."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, timedelta

import pytest
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import func, select

from u4ssc_gov import jobs
from u4ssc_gov.core.sweeps import JobLease, JobRun, SweepReport
from u4ssc_gov.jobs import JOBS, Job, run_due, run_job
from u4ssc_gov.scheduler import make_scheduler


@pytest.fixture
def ask(runtime):
    """One value from the database, leaving no lock behind."""

    def first(statement):
        with runtime.database.read() as reading:
            return reading.scalar(statement)

    return first


@pytest.fixture
def table(monkeypatch):
    """A table of jobs of the test's own; each notes the instants it ran for."""
    ran = {"fast": [], "slow": [], "bad": []}

    def noting(name, report):
        def run(runtime, *, now):
            ran[name].append(now)
            if report is None:
                raise RuntimeError("secret text")
            return report

        return run

    monkeypatch.setattr(
        jobs,
        "JOBS",
        {
            "bad": Job(noting("bad", None), timedelta(minutes=5), "Fails."),
            "fast": Job(noting("fast", SweepReport(done=2)), timedelta(seconds=15), "Is fast."),
            "slow": Job(noting("slow", SweepReport()), timedelta(days=1), "Is slow."),
        },
    )
    return ran


def test_every_job_of_the_platform_runs_on_an_empty_database(runtime, clock):
    assert sorted(run_due(runtime, now=clock.now())) == sorted(JOBS)
    with runtime.database.read() as session:
        assert {run.job: run.failed for run in session.scalars(select(JobRun))} == dict.fromkeys(JOBS, 0)


def test_every_job_says_what_it_does():
    for name, job in JOBS.items():
        room, _dot, verb = name.partition(".")
        assert job.run.__name__ == verb
        assert job.run.__module__ == f"u4ssc_gov.{room}.jobs"
        assert str(job.sentence).endswith(".")
        assert job.every >= timedelta(seconds=15)


def test_each_runs_when_it_is_due(runtime, clock, table):
    began = clock.now()
    for _tick in range(8):
        run_due(runtime, now=clock.now())
        clock.move(seconds=15)
    assert table["fast"] == [began + timedelta(seconds=15) * tick for tick in range(8)]
    assert table["slow"] == [began]
    clock.set(began + timedelta(days=1, seconds=-1))
    assert "slow" not in run_due(runtime, now=clock.now())
    clock.move(seconds=1)
    assert "slow" in run_due(runtime, now=clock.now())


def test_missed_runs_are_caught_up_by_one(runtime, clock, table):
    run_due(runtime, now=clock.now())
    clock.move(days=30)
    run_due(runtime, now=clock.now())
    run_due(runtime, now=clock.now())
    assert [len(table[name]) for name in ("fast", "slow")] == [2, 2]


def test_after_a_rehearsed_year_the_jobs_run_again(runtime, clock, table):
    clock.move(days=400)
    run_due(runtime, now=clock.now())
    clock.move(days=-400)
    assert sorted(run_due(runtime, now=clock.now())) == ["bad", "fast", "slow"]


def test_a_failing_job_is_counted_and_the_others_run(runtime, clock, table, ask):
    assert run_due(runtime, now=clock.now()) == ["bad", "fast", "slow"]
    run = ask(select(JobRun).where(JobRun.job == "bad"))
    assert (run.done, run.failed) == (0, 1)
    assert run.note == "RuntimeError: the details are in the log"


def test_of_two_schedulers_one_runs_each_job(runtime, clock, table):
    start = threading.Barrier(4)

    def go():
        start.wait()
        run_due(runtime, now=clock.now())

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [len(table[name]) for name in ("bad", "fast", "slow")] == [1, 1, 1]


def test_quiet_runs_share_a_row_and_the_last_500_are_kept(runtime, clock, table, ask, monkeypatch):
    monkeypatch.setattr(jobs, "KEPT_RUNS", 5)
    for _run in range(4):
        run_job(runtime, "slow", now=clock.move(minutes=1))
    assert ask(select(func.count(JobRun.id))) == 1
    assert ask(select(JobRun.now_at)) == clock.now()
    for _run in range(9):
        run_job(runtime, "fast", now=clock.move(minutes=1))
    assert ask(select(func.count(JobRun.id)).where(JobRun.job == "fast")) == 5
    assert ask(select(func.max(JobRun.now_at)).where(JobRun.job == "fast")) == clock.now()
    assert ask(select(func.count(JobRun.id)).where(JobRun.job == "slow")) == 1


def test_there_is_no_such_job(runtime, clock):
    with pytest.raises(KeyError):
        run_job(runtime, "nothing.such", now=clock.now())


def test_the_ticker_is_one_interval_in_utc(runtime, clock):
    scheduler = make_scheduler(runtime, clock)
    (job,) = scheduler.get_jobs()
    assert isinstance(job.trigger, IntervalTrigger)
    assert job.trigger.timezone is UTC
    assert scheduler.timezone is UTC
    assert job.trigger.interval == timedelta(seconds=15)
    assert (job.max_instances, job.coalesce) == (1, True)


@pytest.mark.slow
def test_the_process_ticks_at_once_and_stops_when_told(settings, ask):
    environment = {
        **os.environ,
        "U4SSC_ENV": "test",
        "U4SSC_DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "U4SSC_NOW": "2027-03-01T12:00:00+00:00",
    }
    process = subprocess.Popen([sys.executable, "-m", "u4ssc_gov.scheduler"], env=environment)
    try:
        deadline = time.monotonic() + 60
        while ask(select(func.count(JobLease.job))) < len(JOBS) and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    assert ask(select(func.min(JobLease.next_run_at))).year == 2027
