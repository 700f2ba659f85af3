"""Bring a database to the newest schema; knows where the migration scripts lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

from u4ssc_gov.core.revisions import FOLDER, current_revision, head_revision, known_revisions

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from u4ssc_gov.core.db import Database

__all__ = ["alembic_config", "current_revision", "downgrade", "head_revision", "known_revisions", "upgrade"]


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
