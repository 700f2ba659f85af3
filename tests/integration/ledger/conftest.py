"""A short log, and hands on the database that pass by its triggers."""

from collections.abc import Callable
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from u4ssc_gov.ledger import services

APPEND_ONLY = ("ledger_entry", "ledger_checkpoint")


@pytest.fixture
def join(runtime, clock) -> Callable[..., int]:
    """Append a seat in a transaction of its own; returns the number of the entry."""

    def append(seat: str, **by: float) -> int:
        now = clock.move(**by) if by else clock.now()
        with runtime.database.transaction() as session:
            fields = {"seat": seat, "name": f"{seat} in full", "on": None}
            return services.append(session, "seat.joined", fields, now=now).seq

    return append


@pytest.fixture
def tamper(runtime):
    """``with tamper() as execute: execute("UPDATE …")``: somebody with the database in their hands."""
    sqlite = runtime.database.is_sqlite

    @contextmanager
    def hands():
        with runtime.database.engine.begin() as connection:
            kept = []
            for table in APPEND_ONLY:
                if not sqlite:
                    connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                    continue
                for verb in ("update", "delete"):
                    name = f"tr_{table}_no_{verb}"
                    made = text("SELECT sql FROM sqlite_master WHERE name = :name")
                    kept.append(connection.scalar(made, {"name": name}))
                    connection.execute(text(f"DROP TRIGGER {name}"))
            yield lambda statement, **values: connection.execute(text(statement), values)
            for sql in kept:
                connection.exec_driver_sql(sql)
            if not sqlite:
                for table in APPEND_ONLY:
                    connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))

    return hands
