"""Which schema the database has and which one this code expects, without the machinery that changes it.

Asked by every readiness check; loading that machinery costs more than a tenth of a worker's start.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

if TYPE_CHECKING:
    from u4ssc_gov.core.db import Database

FOLDER = Path(__file__).resolve().parent.parent.parent / "migrations"


def known_revisions() -> frozenset[str]:
    """Every revision this code knows: the numbers that the names of the scripts begin with ("0004_the_board…")."""
    return frozenset(script.name[:4] for script in (FOLDER / "versions").glob("[0-9][0-9][0-9][0-9]_*.py"))


def head_revision() -> str:
    """The newest revision in the folder. Numbers rise one by one, so it is the largest (a test holds that)."""
    return max(known_revisions())


def current_revision(database: Database) -> str | None:
    """The revision the database is at; ``None`` before the first."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found
