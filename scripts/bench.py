"""``make bench``: what our pages cost beside a bare Flask page that renders the same bytes with one query.

For each page, on a generated year and a generated decade of records: SQL statements, CPU milliseconds per request of the
server processes (read from the operating system, so that a noisy machine bends it least), median and p95 in
milliseconds, and requests per second with two workers. Exit status 1 when a bar is missed.
"""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

REQUESTS = int(os.environ.get("BENCH_REQUESTS", "150"))
ROUNDS = 3
BAR_PAGE, BAR_HOME, BAR_DECADE = 3.0, 5.0, 1.3
BAR_STATEMENTS, BAR_IMPORT_SECONDS, BAR_WORKER_MB = 12, 0.8, 120


@dataclass
class Measured:
    """One page on one server."""

    cpu_ms: float
    median_ms: float
    p95_ms: float
    rate: float


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(module: str, env: dict[str, str], port: int) -> Iterator[int]:
    """A gunicorn with two workers; yields its process id."""
    command = [
        sys.executable, "-m", "gunicorn", module, "-w", "2", "-k", "gthread", "--threads", "8", "-b",
        f"127.0.0.1:{port}", "--no-control-socket", "--log-level", "error",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env, "PYTHONPATH": str(ROOT)})
    try:
        _wait(port)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)  # the server is starting
    raise SystemExit("the server did not start")


def children(pid: int) -> list[int]:
    """Worker processes of a gunicorn."""
    return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds(pid: int) -> float:
    """User and system seconds of the server and its workers so far."""
    total = 0
    for one in [pid, *children(pid)]:
        fields = Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def worker_mb(pid: int) -> float:
    """Proportional memory of the largest worker."""
    sizes = []
    for one in children(pid):
        text = Path(f"/proc/{one}/smaps_rollup").read_text()
        sizes.append(int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) / 1024)  # type: ignore[index]
    return max(sizes)


def fetch(port: int, path: str, cookie: str, number: int) -> list[float]:
    """Ask ``number`` times on one connection; milliseconds of each."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    taken = []
    headers = {"Cookie": cookie, "Host": f"127.0.0.1:{port}"} if cookie else {}
    for _ in range(number):
        started = time.perf_counter()
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        taken.append((time.perf_counter() - started) * 1000)
        if response.status != 200:
            raise SystemExit(f"{path} answered {response.status}")
    connection.close()
    return taken


def measure(pid: int, port: int, path: str, cookie: str) -> Measured:
    """Best of several rounds by CPU: the round the machine disturbed least."""
    fetch(port, path, cookie, 20)  # both workers warm
    rounds = []
    for _ in range(ROUNDS):
        before = cpu_seconds(pid)
        taken = fetch(port, path, cookie, REQUESTS)
        cpu = (cpu_seconds(pid) - before) / REQUESTS * 1000
        rounds.append((cpu, taken))
    cpu, taken = min(rounds, key=lambda r: r[0])
    started = time.perf_counter()
    threads = [threading.Thread(target=fetch, args=(port, path, cookie, REQUESTS // 2)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = (REQUESTS // 2) * 4 / (time.perf_counter() - started)
    return Measured(cpu, statistics.median(taken), statistics.quantiles(taken, n=20)[18], rate)


@dataclass
class Site:
    """A generated installation."""

    env: dict[str, str]
    pages: list[tuple[str, str, str]]  # name, path, cookie
    bodies: dict[str, bytes]
    statements: dict[str, int]


def build(folder: Path, scale: int) -> Site:
    """Generate records, then find one page of each kind and who may read it."""
    from scripts.bench_site import build_site

    env = {
        "U4SSC_ENV": "demo",
        "U4SSC_DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.sqlite3'}",
        "U4SSC_SECRET_KEY": "bench-only-" + "0" * 32,
    }
    pages, bodies, statements = build_site(env, scale)
    return Site(env, pages, bodies, statements)


def run_site(site: Site) -> tuple[dict[str, Measured], float]:
    """Measure every page of an installation; also the memory of a worker afterwards."""
    port = free_port()
    found: dict[str, Measured] = {}
    with server("app:app", {**site.env, "PORT": str(port)}, port) as pid:
        for name, path, cookie in site.pages:
            found[name] = measure(pid, port, path, cookie)
        memory = worker_mb(pid)
    return found, memory


def run_bare(site: Site, folder: Path) -> dict[str, Measured]:
    """Measure bare pages with the same bytes."""
    bodies = folder / "bodies"
    bodies.mkdir(exist_ok=True)
    for name, body in site.bodies.items():
        (bodies / name).write_bytes(body)
    port = free_port()
    found = {}
    with server("scripts.bench_bare:app", {"BENCH_BODIES": str(bodies)}, port) as pid:
        for name, _path, _cookie in site.pages:
            found[name] = measure(pid, port, f"/{name}", "")
    return found


def import_seconds() -> float:
    """Best of three imports of the application factory in a fresh interpreter."""
    code = "import time; t = time.perf_counter(); import u4ssc_gov.factory; print(time.perf_counter() - t)"
    return min(
        float(subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    )


def main() -> int:
    """Run everything and print the table."""
    missed: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        folders = {"year": Path(scratch, "year"), "decade": Path(scratch, "decade")}
        sites = {}
        for name, folder in folders.items():
            folder.mkdir()
            print(f"generating a {name} of records …", flush=True)
            sites[name] = build(folder, 1 if name == "year" else 10)
        results: dict[str, Any] = {}
        memory = 0.0
        for name, site in sites.items():
            results[name], memory = run_site(site)
        bare = run_bare(sites["year"], Path(scratch))
    print(f"\n{'page':<14}{'records':<9}{'SQL':>4}{'CPU ms':>8}{'× bare':>8}{'median':>8}{'p95':>8}{'req/s':>8}")
    for page in results["year"]:
        b = bare[page]
        print(
            f"{page:<14}{'bare':<9}{1:>4}{b.cpu_ms:>8.2f}{1.0:>8.2f}{b.median_ms:>8.2f}{b.p95_ms:>8.2f}{b.rate:>8.0f}"
        )
        for records in ("year", "decade"):
            m, sql = results[records][page], sites[records].statements[page]
            ratio = m.cpu_ms / b.cpu_ms
            print(
                f"{'':<14}{records:<9}{sql:>4}{m.cpu_ms:>8.2f}{ratio:>8.2f}{m.median_ms:>8.2f}{m.p95_ms:>8.2f}{m.rate:>8.0f}"
            )
            if sql > BAR_STATEMENTS:
                missed.append(f"{page} on a {records}: {sql} statements, at most {BAR_STATEMENTS}")
        if results["year"][page].cpu_ms > (BAR_HOME if page.startswith("home") else BAR_PAGE) * b.cpu_ms:
            missed.append(f"{page}: {results['year'][page].cpu_ms / b.cpu_ms:.2f} times the bare page")
        if results["decade"][page].cpu_ms > BAR_DECADE * results["year"][page].cpu_ms:
            missed.append(
                f"{page}: a decade costs {results['decade'][page].cpu_ms / results['year'][page].cpu_ms:.2f} times a year"
            )
        if sites["year"].statements[page] != sites["decade"].statements[page]:
            missed.append(f"{page}: the number of statements depends on the records")
    seconds = import_seconds()
    print(f"\nimport {seconds:.2f} s (bar {BAR_IMPORT_SECONDS}) · a worker {memory:.0f} MB (bar {BAR_WORKER_MB})")
    if seconds > BAR_IMPORT_SECONDS:
        missed.append(f"import takes {seconds:.2f} s")
    if memory > BAR_WORKER_MB:
        missed.append(f"a worker takes {memory:.0f} MB")
    for line in missed:
        print(f"missed: {line}")
    print("every bar met" if not missed else f"{len(missed)} bars missed")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
