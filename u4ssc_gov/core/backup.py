"""Back up while running, restore into an empty place, and believe neither without checking (reliability C.7).

A copy is a folder: the database (SQLite: one file; PostgreSQL: one file of JSON lines a table, read in one snapshot),
the stored files under their hashes, and ``manifest.json``, written last, with counts and digests. Tables are read from
the database itself, so a copy holds what is there, whatever the code thinks. Keys are not copied: they and the data
must not lie together.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, Date, DateTime, LargeBinary, MetaData, Numeric, Table, Time, func, select, text
from sqlalchemy.types import TypeEngine

from u4ssc_gov.core import files as stored_files
from u4ssc_gov.core import migrations
from u4ssc_gov.core.db import sqlite_driver
from u4ssc_gov.core.runtime import Runtime

FORMAT = 1
MANIFEST = "manifest.json"
SQLITE_FILE = "database.sqlite3"
_BATCH = 500
_DIGEST = re.compile(r"[0-9a-f]{64}")


class BackupError(Exception):
    """A copy could not be made or is not to be trusted; the message is a sentence for the operator."""


@dataclass(slots=True)
class Manifest:
    """What a copy holds. Digests are SHA-256; ``data`` are the database's files, ``files`` the stored ones."""

    format: int
    engine: str
    revision: str
    made_at: str
    tables: dict[str, int] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)  # digest → size

    @property
    def rows(self) -> int:
        """All rows together."""
        return sum(self.tables.values())


def back_up(runtime: Runtime, folder: Path, *, files: str, now: datetime) -> Manifest:
    """Copy everything into a new or empty ``folder`` while the platform runs, check the copy, and say what it holds.

    ``files`` names the table whose ``sha256`` column says which stored files there must be. The folder gets its name
    only when all is checked: an interrupted run leaves none that looks complete. Raises ``BackupError``.
    """
    folder = folder.expanduser().resolve()
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty. Name a new folder for each copy.")
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    database = runtime.database
    revision = migrations.current_revision(database) or ""
    if not revision:
        raise BackupError("The database is empty; there is nothing to copy.")
    engine = "sqlite" if database.is_sqlite else "postgresql"
    manifest = Manifest(FORMAT, engine, revision, now.astimezone(UTC).isoformat(timespec="seconds"))
    # The database first: every file it names was stored before its row was committed, so all of them are there.
    wanted = (_copy_sqlite if database.is_sqlite else _copy_postgresql)(runtime, unfinished, manifest, files)
    _copy_files(runtime.files_dir, unfinished / "files", manifest, wanted)
    _write(unfinished / MANIFEST, json.dumps(asdict(manifest), indent=1, sort_keys=True).encode())
    check(unfinished)
    if folder.exists():
        folder.rmdir()
    unfinished.rename(folder)
    return manifest


def check(folder: Path) -> Manifest:
    """Compare a copy with its manifest, byte for byte. Raises ``BackupError`` saying what is wrong first."""
    manifest = _read_manifest(folder)
    for name, digest in manifest.data.items():
        if not (folder / name).is_file() or _digest_of(folder / name) != digest:
            raise BackupError(f"The copy is damaged: {name} is not what the manifest says. Use another copy.")
    for digest in manifest.files:
        path = stored_files.path_of(folder / "files", digest)
        if not path.is_file() or _digest_of(path) != digest:
            raise BackupError(
                f"The copy is damaged: stored file {digest[:12]}… is missing or changed. Use another copy."
            )
    if manifest.engine == "sqlite":
        _check_sqlite(folder / SQLITE_FILE, manifest.tables)
    return manifest


def restore(runtime: Runtime, folder: Path) -> Manifest:
    """Bring a checked copy back into an empty installation of the same engine, and count again. Raises ``BackupError``.

    The database is then at the revision of the copy; the caller migrates it onwards.
    """
    folder = folder.expanduser().resolve()
    manifest = check(folder)
    here = "sqlite" if runtime.database.is_sqlite else "postgresql"
    if manifest.engine != here:
        raise BackupError(f"The copy was made on {manifest.engine}; DATABASE_URL names {here}.")
    if manifest.revision not in migrations.known_revisions():
        raise BackupError("The copy was made by a newer version of the platform. Restore it with that version.")
    if any(runtime.files_dir.glob("*/*")):
        raise BackupError(f"{runtime.files_dir} holds files already. Restore into an empty U4SSC_DATA_DIR.")
    (_restore_sqlite if runtime.database.is_sqlite else _restore_postgresql)(runtime, folder, manifest)
    for digest in manifest.files:
        stored_files.store_bytes(runtime.files_dir, stored_files.read_bytes(folder / "files", digest))
    with runtime.database.engine.connect() as connection:
        found = {name: _count(connection, table) for name, table in _reflect(connection).items()}
    if found != manifest.tables:
        raise BackupError("After the restore the counts differ from the copy. Do not use this installation.")
    return manifest


def _read_manifest(folder: Path) -> Manifest:
    try:
        found = json.loads((folder / MANIFEST).read_bytes())
        manifest = Manifest(**found)
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{folder} is not a complete copy: its {MANIFEST} is missing or unreadable.") from error
    if manifest.format != FORMAT or not all(_DIGEST.fullmatch(name) for name in manifest.files):
        raise BackupError(f"{folder} is a copy of a kind that this version does not read.")
    if any(Path(name).name != name for name in manifest.data):
        raise BackupError(f"{folder} is not a copy to be trusted: its manifest names files outside it.")
    return manifest


# ── stored files ────────────────────────────────────────────────────────────────────────────────────────────────────


def _copy_files(source: Path, target: Path, manifest: Manifest, wanted: set[str]) -> None:
    """Copy every stored file under its hash, reading it back against the hash; unfinished uploads are left out."""
    for path in sorted(source.glob("*/*")):
        if _DIGEST.fullmatch(path.name):
            try:
                content = stored_files.read_bytes(source, path.name)
            except OSError as error:
                raise BackupError(f"Stored file {path.name[:12]}… is damaged in this installation.") from error
            stored_files.store_bytes(target, content)
            manifest.files[path.name] = len(content)
    missing = wanted - set(manifest.files)
    if missing:
        raise BackupError(f"{len(missing)} stored files are missing in this installation, among them {min(missing)}.")


def _digest_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


# ── SQLite ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _copy_sqlite(runtime: Runtime, folder: Path, manifest: Manifest, files: str) -> set[str]:
    """``VACUUM INTO``: one consistent snapshot, however many write meanwhile."""
    target = folder / SQLITE_FILE
    connection = sqlite_driver.connect(str(runtime.database.url.database), timeout=60, isolation_level=None)
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()
    manifest.tables = _check_sqlite(target, None)
    manifest.data = {SQLITE_FILE: _digest_of(target)}
    with _open_sqlite(target) as copy:
        return {row[0] for row in copy.execute(f"SELECT sha256 FROM {files}")}  # noqa: S608 - our own table's name


def _check_sqlite(path: Path, expected: dict[str, int] | None) -> dict[str, int]:
    """Check a database file as a whole and count its rows."""
    try:
        with _open_sqlite(path) as copy:
            sound = copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            broken = copy.execute("PRAGMA foreign_key_check").fetchone()
            names = copy.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            counts = {
                name: int(copy.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 - from the schema
                for (name,) in names.fetchall()
            }
    except sqlite_driver.DatabaseError as error:
        raise BackupError("The copy is damaged: its database cannot be read. Use another copy.") from error
    if not sound or broken is not None or (expected is not None and counts != expected):
        raise BackupError("The copy is damaged: its database contradicts itself or the manifest. Use another copy.")
    return counts


@contextmanager
def _open_sqlite(path: Path) -> Iterator[Any]:
    connection = sqlite_driver.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
    try:
        yield connection
    finally:
        connection.close()


def _restore_sqlite(runtime: Runtime, folder: Path, _manifest: Manifest) -> None:
    target = Path(str(runtime.database.url.database))
    if target.exists() and target.stat().st_size:
        raise BackupError(f"{target} exists already. Restore into an empty U4SSC_DATA_DIR.")
    target.parent.mkdir(parents=True, exist_ok=True)
    arriving = target.with_name(target.name + ".arriving")
    _write(arriving, (folder / SQLITE_FILE).read_bytes())
    arriving.replace(target)


# ── PostgreSQL ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _copy_postgresql(runtime: Runtime, folder: Path, manifest: Manifest, files: str) -> set[str]:
    """Every table as JSON lines, all of them as they were at one instant."""
    engine = runtime.database.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with engine.connect() as connection, connection.begin():
        for name, table in _reflect(connection).items():
            target = folder / f"{name}.jsonl"
            manifest.tables[name] = _write_rows(connection, table, target)
            manifest.data[target.name] = _digest_of(target)
        return set(connection.scalars(text(f"SELECT sha256 FROM {files}")))  # noqa: S608 - our own table's name


def _write_rows(connection: Connection, table: Table, target: Path) -> int:
    count = 0
    order = list(table.primary_key.columns)
    rows = connection.execution_options(yield_per=_BATCH).execute(select(table).order_by(*order))
    with target.open("w", encoding="utf-8", newline="\n") as out:
        for row in rows.mappings():
            out.write(json.dumps(dict(row), default=_to_json, ensure_ascii=False) + "\n")
            count += 1
        out.flush()
        os.fsync(out.fileno())
    return count


def _to_json(value: object) -> object:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    raise TypeError(f"a column holds {type(value).__name__}, which a copy cannot hold")


_FROM_JSON: tuple[tuple[type[TypeEngine[Any]], Callable[[str], object]], ...] = (
    (DateTime, datetime.fromisoformat),
    (Date, date.fromisoformat),
    (Time, time.fromisoformat),
    (Numeric, Decimal),
    (LargeBinary, bytes.fromhex),
)


def _reader_of(kind: TypeEngine[Any]) -> Callable[[Any], object] | None:
    """How a column's JSON value becomes what the driver wants; ``None`` when it is that already."""
    return next((read for cls, read in _FROM_JSON if isinstance(kind, cls)), None)


def _restore_postgresql(runtime: Runtime, folder: Path, manifest: Manifest) -> None:
    """One transaction: foreign keys are taken off, rows come in, and putting the keys back checks every reference."""
    with runtime.database.engine.connect() as connection:
        if _reflect(connection):
            raise BackupError("The database named by DATABASE_URL has tables already. Name an empty one.")
    migrations.upgrade(runtime.database, manifest.revision)
    with runtime.database.engine.begin() as connection:
        tables = _reflect(connection)
        if set(tables) != set(manifest.tables):
            raise BackupError("The copy has other tables than its version of the platform.")
        keys = _foreign_keys(connection)
        for name, owner, _definition in keys:
            connection.execute(text(f'ALTER TABLE "{owner}" DROP CONSTRAINT "{name}"'))
        for name, table in tables.items():
            connection.execute(table.delete())  # what the migrations put in is in the copy too
            _read_rows(connection, table, folder / f"{name}.jsonl")
            _move_sequences(connection, table)
        for name, owner, definition in keys:
            connection.execute(text(f'ALTER TABLE "{owner}" ADD CONSTRAINT "{name}" {definition}'))


def _read_rows(connection: Connection, table: Table, source: Path) -> None:
    readers = {column.name: read for column in table.columns if (read := _reader_of(column.type)) is not None}
    batch: list[dict[str, Any]] = []
    with source.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            for name, read in readers.items():
                row[name] = None if row[name] is None else read(row[name])
            batch.append(row)
            if len(batch) == _BATCH:
                connection.execute(table.insert(), batch)
                batch = []
    if batch:
        connection.execute(table.insert(), batch)


def _move_sequences(connection: Connection, table: Table) -> None:
    """The next row gets a number of its own, not one that came with the copy."""
    for column in table.primary_key.columns:
        name = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": f'"{table.name}"', "column": column.name}
        )
        highest = connection.scalar(select(func.max(column))) if name else None
        if highest is not None:
            connection.execute(text("SELECT setval(:name, :highest)"), {"name": name, "highest": highest})


def _foreign_keys(connection: Connection) -> list[tuple[str, str, str]]:
    """Name, table and definition of every foreign key of ours."""
    rows = connection.execute(
        text(
            "SELECT c.conname, r.relname, pg_get_constraintdef(c.oid) FROM pg_constraint c "
            "JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace "
            "WHERE c.contype = 'f' AND n.nspname = current_schema() ORDER BY r.relname, c.conname"
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _reflect(connection: Connection) -> dict[str, Table]:
    """The tables that are there, by name."""
    metadata = MetaData()
    metadata.reflect(connection, resolve_fks=False)
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type.none_as_null = bool(column.nullable)  # else a missing value would become JSON's null
    return dict(sorted(metadata.tables.items()))


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0
