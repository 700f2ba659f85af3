"""Journeys run against the real thing: gunicorn, a database with the demonstration year, headless Chromium."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, BrowserContext, Page

from tests.clock import T0
from tests.journeys.examined import examined
from tests.journeys.pages import watch

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("U4SSC_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, port: int, url: str = "") -> dict[str, str]:
    """The environment of a platform of its own in a folder."""
    return {
        **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        "U4SSC_ENV": "demo",
        "U4SSC_DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "PORT": str(port),
        "U4SSC_NOW": T0.isoformat(),
        "PYTHONPATH": str(ROOT),
    }


@dataclass
class LiveServer:
    """A running gunicorn that can be killed and started again."""

    folder: Path
    port: int
    url: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    workers: int = 2
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start and wait until it answers."""
        command = [
            sys.executable, "-m", "gunicorn", "app:app", "-w", str(self.workers), "-k", "gthread", "--threads", "4",
            "-b", f"127.0.0.1:{self.port}", "--no-control-socket", "--log-level", "error",
        ]  # fmt: skip
        env = {**environment(self.folder, self.port, self.url), **self.extra}
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=env, stderr=log, stdout=log, start_new_session=True)
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)  # waiting for a process, not for luck: the loop ends as soon as the port answers
        raise RuntimeError((self.folder / "server.log").read_text()[-2000:])

    def wait_ready(self) -> LiveServer:
        """Wait until a page comes: the port is open before the first worker has loaded the platform."""
        last = time.monotonic() + 60
        while time.monotonic() < last:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return self
            except (OSError, http.client.HTTPException):
                pass  # not there yet
            finally:
                connection.close()
            time.sleep(0.1)  # as above: the loop ends as soon as the platform answers
        raise RuntimeError((self.folder / "server.log").read_text()[-2000:])

    def kill(self) -> None:
        """``kill -9`` of the whole group: master and workers, with no chance to finish anything."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
            self.process = None

    def stop(self) -> None:
        """Stop in the ordinary way."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the real records and the demonstration year, made once by the platform's own commands.

    Workers of one run share it: the first makes it, the others wait for it and copy.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo"
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for command in ("migrate", "load-initiative", "load-demo"):
                subprocess.run(
                    [sys.executable, "-m", "u4ssc_gov", command],
                    cwd=ROOT,
                    env=environment(folder, 1),
                    check=True,
                    capture_output=True,
                    timeout=300,
                )
            (folder / "complete").touch()
    return folder


@pytest.fixture
def live(demo_folder: Path, tmp_path: Path) -> Iterator[LiveServer]:
    """A server on a copy of the demonstration, stopped at the end."""
    folder = tmp_path / "data"
    shutil.copytree(demo_folder, folder)
    server = LiveServer(folder, free_port())
    server.start()
    yield server
    server.kill()


@pytest.fixture
def start_server() -> Iterator[Callable[[LiveServer], LiveServer]]:
    """Start servers that are certainly gone after the test."""
    started: list[LiveServer] = []

    def start(server: LiveServer) -> LiveServer:
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.kill()


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """Debian's own Chromium, headless, without its calls home."""
    if not CHROMIUM:
        pytest.fail("Chromium is missing: `make test` installs it, or set U4SSC_CHROMIUM to its path.")
    return {
        "executable_path": CHROMIUM,
        "headless": True,
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


@pytest.fixture(scope="session", autouse=True)
def _one_examination(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Workers of one run tell each other which kinds of elements they have examined."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = tmp_path_factory.getbasetemp().parent / "examined"
        folder.mkdir(exist_ok=True)
        examined.share(folder)


# ── for the browser ─────────────────────────────────────────────────────────────────────────────────────────────────

VIEWPORTS = {"1440": (1440, 900), "390": (390, 844)}

# Both windows with scripts, and the narrow one without: that is the page with the least help.
with_and_without_scripts = pytest.mark.parametrize(
    ("viewport", "scripts"),
    [("1440", True), ("390", True), ("390", False)],
    indirect=["viewport"],
    ids=["1440", "390", "390-no-scripts"],
)


@pytest.fixture(params=list(VIEWPORTS))
def viewport(request: pytest.FixtureRequest) -> tuple[int, int]:
    """Width and height of the window: a desk and a telephone."""
    return VIEWPORTS[request.param]


@pytest.fixture
def site(demo_folder: Path, tmp_path: Path, start_server: Callable[[LiveServer], LiveServer]) -> LiveServer:
    """A platform of this test's own; no scheduler runs beside it."""
    shutil.copytree(demo_folder, tmp_path / "data")
    return start_server(LiveServer(tmp_path / "data", free_port(), workers=1)).wait_ready()


@pytest.fixture(scope="module")
def reading_site(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A platform shared by the tests of one module that only read."""
    folder = tmp_path_factory.mktemp("reading") / "data"
    shutil.copytree(demo_folder, folder)
    server = LiveServer(folder, free_port(), workers=1)
    server.start()
    yield server.wait_ready()
    server.kill()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a watched page in a browser of somebody's own; closed at the end."""
    opened: list[BrowserContext] = []

    def visit(site: LiveServer, viewport: tuple[int, int], *, scripts: bool = True, **options: Any) -> Page:
        size = {"width": viewport[0], "height": viewport[1]}
        context = browser.new_context(base_url=site.base, viewport=size, java_script_enabled=scripts, **options)  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        opened.append(context)
        return watch(context.new_page(), site.base, scripts=scripts)

    yield visit
    for context in opened:
        context.close()
