"""Imports only go down, and the contract is shown to bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINTER = Path(sys.executable).parent / "lint-imports"

PLANTED = {
    "a room looks up": ("u4ssc_gov/partners/services.py", "import u4ssc_gov.board.rules"),
    "two rooms on one storey meet": ("u4ssc_gov/board/services.py", "import u4ssc_gov.meetings.services"),
    "a rule touches the database": ("u4ssc_gov/board/rules.py", "import sqlalchemy"),
    "a service knows Flask": ("u4ssc_gov/board/services.py", "import flask"),
    "a service reads the clock": ("u4ssc_gov/board/services.py", "import u4ssc_gov.core.clock"),
    "a floor looks up": ("u4ssc_gov/board/queries.py", "import u4ssc_gov.board.services"),
    "core knows a room": ("u4ssc_gov/core/text.py", "import u4ssc_gov.accounts.models"),
}


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
    shutil.copytree(ROOT / "u4ssc_gov", folder / "u4ssc_gov", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder / "pyproject.toml")
    return folder


@pytest.mark.slow
def test_the_contracts_hold(copy):
    done = run_linter(copy)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize("case", PLANTED)
def test_a_planted_violation_is_found(copy, case):
    path, line = PLANTED[case]
    target = copy / path
    before = target.read_text("utf-8")
    target.write_text(before + f"\n{line}  # planted\n", "utf-8")
    try:
        assert run_linter(copy).returncode != 0
    finally:
        target.write_text(before, "utf-8")
