"""Alembic's entry: runs with the URL it is given, SQLite in batch mode with foreign keys off (ADR 0005)."""

from alembic import context
from sqlalchemy import create_engine, text

import u4ssc_gov.models
from u4ssc_gov.core.db import UTCDateTime, sqlite_driver


def run() -> None:
    """Apply the migrations on the connection of the caller, or on a new one."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        _migrate(connection)
        return
    url = context.config.get_main_option("sqlalchemy.url")
    arguments = {"module": sqlite_driver} if url.startswith("sqlite") else {}
    with create_engine(url, **arguments).connect() as opened:
        _migrate(opened)
        opened.commit()


def _render(kind, item, _autogen) -> str | bool:
    # Migrations must not change when our type does: write the plain column type.
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UTCDateTime) else False


def _migrate(connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=u4ssc_gov.models.metadata,
        render_as_batch=is_sqlite,
        compare_type=True,
        transaction_per_migration=False,
        render_item=_render,
    )
    with context.begin_transaction():
        context.run_migrations()
    if is_sqlite:
        broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
        if broken:
            raise RuntimeError(f"migration broke foreign keys: {broken[:5]}")


run()
