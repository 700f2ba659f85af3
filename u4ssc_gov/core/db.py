"""The database: one metadata, two engines' dialects, and transactions opened at the edge (ADR 0003, ADR 0005)."""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, DateTime, Dialect, Engine, Enum, Executable, MetaData, Table, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

try:  # a current SQLite; Debian 12 ships one inside the range of the WAL-reset corruption bug
    import pysqlite3.dbapi2 as _driver
except ImportError:  # pragma: no cover - platforms without that wheel
    _driver = sqlite3

sqlite_driver = _driver  # by assignment, so that other modules may import it

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
# Fixed upstream in 3.51.3, with back-ports in 3.50.7 and 3.44.6.
_WAL_SAFE = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
BUSY_TIMEOUT_SECONDS = 10


class UTCDateTime(TypeDecorator[datetime]):
    """An instant. Refuses naive values on the way in, always returns aware UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; SQLite keeps it without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the signature is the library's
        """Attach or convert to UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_type(cls: type[enum.StrEnum]) -> Enum:
    """A column type that stores the enum's values as text, the same on both engines."""
    return Enum(cls, native_enum=False, length=40, values_callable=lambda c: [member.value for member in c])


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UTCDateTime()}  # noqa: RUF012 - SQLAlchemy's own protocol


def table_of(model: type[Base]) -> Table:
    """The table of a model, for statements that write rows which nobody needs as objects."""
    return cast("Table", model.__table__)


def fetch(session: Session, statement: Executable, values: Mapping[str, Any]) -> CursorResult[*tuple[Any, ...]]:
    """Run a select of columns past the session's machinery for objects, which costs as much again as the statement."""
    session.flush()
    return session.connection().execute(statement, values)


class ReadingSession(Session):
    """The session of a request that must not change anything: a GET that writes is a bug, not a feature."""


class WritingSession(Session):
    """The session of a use case that may write. On SQLite it begins by taking the write lock."""


@event.listens_for(ReadingSession, "before_flush")
def _refuse_flush(session: Session, _context: object, _instances: object) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("a reading request tried to write")


@event.listens_for(ReadingSession, "do_orm_execute")
def _refuse_statement(state: Any) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        raise RuntimeError("a reading request tried to write")


class Database:
    """One engine and its two kinds of session."""

    def __init__(self, url: str | URL, info: Mapping[str, Any] | None = None) -> None:
        """Open the engine. ``info`` travels on every session: what the outbox needs to write links."""
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _make_engine(self.url)
        self.info = dict(info or {})
        writing = self.engine.execution_options(u4_write=True)
        self.reading = sessionmaker(self.engine, class_=ReadingSession, expire_on_commit=False, info=self.info)
        self.writing = sessionmaker(writing, class_=WritingSession, expire_on_commit=False, info=self.info)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One use case of a job or command: commits at the end of the block, rolls back on any exception."""
        with self.writing() as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A block that only reads."""
        with self.reading() as session:
            yield session

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _make_engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, pool_size=8, max_overflow=8)
    engine = create_engine(
        url,
        module=sqlite_driver,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False, "isolation_level": None},
    )
    wal = is_wal_safe(sqlite_driver.sqlite_version_info)
    event.listen(engine, "connect", lambda raw, _record: _configure_sqlite(raw, wal=wal))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def is_wal_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite is free of the WAL-reset bug, so that WAL may be used."""
    if version >= _WAL_SAFE[0]:
        return True
    return any(version[:2] == fixed[:2] and version >= fixed for fixed in _WAL_SAFE[1:])


def _configure_sqlite(raw: Any, *, wal: bool) -> None:
    """Durable on every commit: NORMAL in WAL mode loses acknowledged rows at a power cut. Read back, never assumed."""
    cursor = raw.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA journal_mode={'WAL' if wal else 'DELETE'}")
    cursor.execute(f"PRAGMA synchronous={'FULL' if wal else 'EXTRA'}")
    cursor.execute("PRAGMA cache_size=-16000")
    cursor.execute("PRAGMA synchronous")
    level = cursor.fetchone()[0]
    cursor.close()
    if level < 2:
        raise RuntimeError("SQLite refused synchronous=FULL: votes could be lost at a power cut")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred BEGIN that later writes fails at once when somebody else writes; IMMEDIATE waits its turn.
    writing = connection.get_execution_options().get("u4_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
