"""Bring a database to the newest schema; knows where the migration scripts lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from u4ssc_gov.core.db import Database

FOLDER = Path(__file__).resolve().parent.parent.parent / "migrations"


def alembic_config() -> Config:
    """Alembic's configuration for our folder."""
    config = Config(str(FOLDER / "alembic.ini"))
    config.set_main_option("script_location", str(FOLDER))
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply pending migrations in one transaction. On SQLite foreign keys are off meanwhile and checked at the end."""
    _run(database, lambda config: command.upgrade(config, revision))


def downgrade(database: Database, revision: str) -> None:
    """Go back to a revision ("base" empties the database)."""
    _run(database, lambda config: command.downgrade(config, revision))


def _run(database: Database, step: Callable[[Config], object]) -> None:
    config = alembic_config()
    connection = database.engine.execution_options(u4_write=True).connect()
    try:
        _foreign_keys(connection, "OFF")  # a batch rebuild would otherwise empty or block child tables
        with connection.begin():
            config.attributes["connection"] = connection
            step(config)
        _foreign_keys(connection, "ON")
    finally:
        connection.close()


def _foreign_keys(connection: Connection, state: str) -> None:
    """Switch SQLite's checks; the pragma does nothing inside a transaction, so it goes to the driver directly."""
    raw = connection.connection.driver_connection
    if connection.dialect.name == "sqlite" and raw is not None:
        raw.execute(f"PRAGMA foreign_keys={state}")


def current_revision(database: Database) -> str | None:
    """The revision the database is at."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str | None:
    """The newest revision in the folder."""
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def known_revisions() -> frozenset[str]:
    """Every revision this code knows; a database at another one was made by a newer version."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions())
