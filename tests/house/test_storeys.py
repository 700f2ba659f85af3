"""Imports only go down, and the contract is shown to bite."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).parent / "lint-imports"

STOREYS, FLOORS = "Storeys of the house", "Floors of a room"
EDGES, RULES, CLOCK = "Only edges know Flask and WTForms", "Rules are pure", "The clock is read at the edges"
APART, ALONE = "The verifier stands apart from the platform", "The platform does not lean on the verifier"

# Where a line is planted, the line, and the one contract it breaks.
PLANTED = {
    "a room looks up": ("u4ssc_gov/partners/services.py", "import u4ssc_gov.board.rules", STOREYS),
    "two rooms on one storey meet": ("u4ssc_gov/board/services/closing.py", "import u4ssc_gov.meetings.rules", STOREYS),
    "core knows a room": ("u4ssc_gov/core/text.py", "import u4ssc_gov.accounts.rules", STOREYS),
    "a floor looks up": ("u4ssc_gov/board/queries.py", "import u4ssc_gov.board.services", FLOORS),
    "a rule touches the database": ("u4ssc_gov/board/rules/deciding.py", "import sqlalchemy", RULES),
    "a service knows Flask": ("u4ssc_gov/board/services/closing.py", "import flask", EDGES),
    "a service reads the clock": ("u4ssc_gov/board/services/closing.py", "import u4ssc_gov.core.clock", CLOCK),
    "the verifier leans on the platform": ("u4verify/log.py", "import u4ssc_gov.ledger.merkle", APART),
    "the verifier knows Flask": ("u4verify/log.py", "import flask", APART),
    "the platform leans on the verifier": ("u4ssc_gov/ledger/checking.py", "import u4verify.merkle", ALONE),
}
KEPT = re.compile(r"^(.+) KEPT\b", re.MULTILINE)
BROKEN = re.compile(r"^(.+) BROKEN\b", re.MULTILINE)


def run_linter(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts on a copy."""
    return subprocess.run(
        [str(LINTER), "--no-cache"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its contracts."""
    folder = tmp_path_factory.mktemp("house")
    ignore = shutil.ignore_patterns("__pycache__", "static", "data")
    for package in ("u4ssc_gov", "u4verify"):
        shutil.copytree(ROOT / package, folder / package, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")
    return folder


def test_the_contracts_hold(copy):
    done = run_linter(copy)
    assert done.returncode == 0, done.stdout[-3000:]
    kept = KEPT.findall(done.stdout)
    assert set(kept) == {contract for _path, _line, contract in PLANTED.values()}, "each contract has a violation below"


@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_violation_is_found_for_its_own_reason(copy, case):
    path, line, contract = PLANTED[case]
    target = copy / path
    before = target.read_text("utf-8")
    target.write_text(before + f"\n{line}  # planted\n", "utf-8")
    try:
        done = run_linter(copy)
    finally:
        target.write_text(before, "utf-8")
    assert done.returncode == 1
    assert BROKEN.findall(done.stdout) == [contract], done.stdout[-3000:]
    module = path.removesuffix(".py").replace("/", ".")
    shown = re.sub(r"\s+", " ", done.stdout)
    assert re.search(rf"{re.escape(module)} -> {re.escape(line.split()[-1])} \(l\. ?\d+\)", shown), done.stdout[-3000:]
