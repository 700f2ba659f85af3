"""Run the platform: the web server and the scheduler as two programs under one supervisor.

The scheduler has a process of its own because a web worker may be restarted at any time and there are several of
them. One supervisor over both means that one command starts the platform, Ctrl-C ends it whole, and a platform whose
scheduler has died does not look alive: ballots that nobody closes are worse than a page that does not answer.
"""

import ctypes
import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Protocol

ROOT = Path(__file__).resolve().parent.parent  # where app.py lives
START_PATIENCE = 90.0  # seconds until the first answer; a small machine compiling everything needs most of them
STOP_PATIENCE = 20.0  # seconds a running request or job may still take
TICK = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1


class ServeSettings(Protocol):
    """What the supervisor needs to know of the settings."""

    @property
    def data_dir(self) -> Path:
        """Folder of the database and files."""

    @property
    def workers(self) -> int:
        """Number of web server processes."""

    @property
    def host(self) -> str:
        """Address to listen on."""


class _Stopped(Exception):
    """Somebody asked us to stop."""


class _Died(Exception):
    """A program ended that should have gone on; the message is the sentence to show."""


def say(text: str) -> None:
    """Write one line to the terminal at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def serve(*, settings: ServeSettings, port: int, on_ready: Callable[[], None] | None = None) -> int:
    """Serve until told to stop and return the exit code: 0 when told to, 1 when something went wrong.

    `on_ready` is called once, when the web server answers and the scheduler runs.
    """
    refusal = _why_not_listen(settings.host, port)
    if refusal:
        say(refusal)
        return 1
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    supervisor = _Supervisor()
    with supervisor.listening_to_signals():
        try:
            supervisor.start("web server", _web_command(settings, port))
            supervisor.wait_until(lambda: _answers(settings.host, port))
            # Not earlier: on a small machine the two would slow down each other's start.
            supervisor.start("scheduler", [sys.executable, "-m", "u4ssc_gov.scheduler"])
            if on_ready is not None:
                on_ready()
            supervisor.wait_until(lambda: False, patience=None)
        except _Stopped:
            say("\nStopping …")
            supervisor.stop_all()
            say("Stopped.")
            return 0
        except _Died as died:
            say(str(died))
            return 1
        finally:
            supervisor.stop_all()
    return 0


def _web_command(settings: ServeSettings, port: int) -> list[str]:
    """Build the gunicorn command line.

    The application is loaded once and the workers are copies of that process: on a busy machine a start takes half as
    long, and nothing it loads opens a connection. The control socket is off because it would be opened in the home
    folder; workers are renewed now and then so that a leak never grows old; the access log is off because requests are
    logged by the application itself.
    """
    return [
        *(sys.executable, "-m", "gunicorn", "app:app"),
        *("--bind", f"{_bracketed(settings.host)}:{port}"),
        *("--worker-class", "gthread"),
        *("--workers", str(settings.workers)),
        *("--threads", "8"),
        "--preload",
        *("--graceful-timeout", "20"),
        *("--max-requests", "5000"),
        *("--max-requests-jitter", "500"),
        *("--log-level", "warning"),
        "--no-control-socket",
    ]


def _bracketed(host: str) -> str:
    """Write an IPv6 address the way an address with a port needs it."""
    return f"[{host}]" if ":" in host else host


def _why_not_listen(host: str, port: int) -> str | None:
    """Return one sentence on why we cannot listen there, or None."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"Port {port} is already in use. Choose another one, for example: PORT={port + 1} make run"
            return f"Cannot listen on {host} port {port} ({error.strerror}). Choose another one with PORT=…"
        except OverflowError:
            return f"PORT={port} is not a port number; it must lie between 1 and 65535."
    return None


def _answers(host: str, port: int) -> bool:
    """Tell whether the platform answers; a refused Host header is an answer too."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- compared, not listened on
    connection = http.client.HTTPConnection(reachable, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < http.HTTPStatus.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _die_with_parent() -> None:
    """Ask Linux to stop this child when the supervisor is killed, so that nothing is left behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class _Supervisor:
    """The child processes and the wish to stop."""

    def __init__(self) -> None:
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._asked_to_stop = 0

    @contextmanager
    def listening_to_signals(self) -> Iterator[None]:
        """Take the stop signals for the length of the block and give them back."""
        before = {number: signal.signal(number, self._note_signal) for number in STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._asked_to_stop += 1

    def start(self, name: str, command: list[str]) -> None:
        """Start a child in a session of its own, so that Ctrl-C reaches only us and we decide the order."""
        self._children[name] = subprocess.Popen(  # noqa: S603 -- our own fixed command line
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 -- we have one thread
        )

    def wait_until(self, is_so: Callable[[], bool], *, patience: float | None = START_PATIENCE) -> None:
        """Wait; raise when asked to stop, when a child dies or when patience ends."""
        began = time.monotonic()
        while not is_so():
            if self._asked_to_stop:
                raise _Stopped
            for name, child in self._children.items():
                if child.poll() is not None:
                    raise _Died(f"The {name} ended unexpectedly (exit code {child.returncode}); stopping.")
            if patience is not None and time.monotonic() - began > patience:
                raise _Died(f"The web server did not answer within {patience:.0f} seconds; stopping.")
            time.sleep(TICK)

    def stop_all(self) -> None:
        """End every child: politely, and after a while or a second Ctrl-C without asking."""
        asked_before = self._asked_to_stop
        for child in self._children.values():
            _signal_group(child, signal.SIGTERM)
        began = time.monotonic()
        while any(_group_lives(child) for child in self._children.values()):
            if time.monotonic() - began > STOP_PATIENCE or self._asked_to_stop > max(asked_before, 1):
                break
            time.sleep(TICK)
        for child in self._children.values():
            _signal_group(child, signal.SIGKILL)
            child.wait()
        self._children.clear()


def _group_lives(child: subprocess.Popen[bytes]) -> bool:
    """Tell whether the child or anything it started is still there."""
    return child.poll() is None or _signal_group(child, 0)


def _signal_group(child: subprocess.Popen[bytes], number: int) -> bool:
    """Signal the child and all it started; tell whether anybody was there to hear it."""
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return False
    return True
