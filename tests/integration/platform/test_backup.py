"""A copy made under writing restores whole; a damaged one is refused. On both engines."""

import dataclasses
import json
import os
import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from u4ssc_gov.accounts.models import Account, Person
from u4ssc_gov.core import backup, migrations
from u4ssc_gov.core.backup import BackupError
from u4ssc_gov.core.files import path_of, store_bytes
from u4ssc_gov.core.runtime import make_runtime
from u4ssc_gov.documents.models import StoredFile
from u4ssc_gov.initiative.loading import load_initiative

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
FILES = StoredFile.__tablename__


def stored(session, runtime, clock, content, number):
    digest = store_bytes(runtime.files_dir, content)
    session.add(
        StoredFile(
            public_id=f"file{number}",
            sha256=digest,
            size=len(content),
            media_type="text/plain",
            file_name="note.txt",
            uploaded_at=clock.now(),
        )
    )
    return digest


@pytest.fixture
def filled(runtime, clock, world):
    """The initiative's records, a few people and two files."""
    load_initiative(runtime, now=clock.now())
    for _ in range(3):
        world.person("Ánna 아나 \"quoted\" \\ 'x' 🚲")
    world.leader(world.group())
    for number, content in enumerate((b"first", b"second" * 1000)):
        stored(world.session, runtime, clock, content, number)
    world.commit()
    return runtime


@pytest.fixture
def empty(filled, tmp_path):
    """Another, empty installation of the same engine."""
    folder = tmp_path / "elsewhere"
    if filled.database.is_sqlite:
        settings = dataclasses.replace(
            filled.settings, data_dir=folder, database_url=f"sqlite:///{folder / 'u4ssc.sqlite3'}"
        )
        yield (made := make_runtime(settings))
        made.database.dispose()
        return
    from tests.support.postgres import postgres_url

    settings = dataclasses.replace(filled.settings, data_dir=folder, database_url=postgres_url(f"restored-{WORKER}"))
    yield (made := make_runtime(settings))
    made.database.dispose()


def contents(database):
    """Every row of every table, as text."""
    with database.engine.connect() as connection:
        tables = backup._reflect(connection)
        return {
            name: sorted(str(tuple(row)) for row in connection.execute(select(table))) for name, table in tables.items()
        }


def test_there_and_back(filled, empty, tmp_path, clock):
    made = backup.back_up(filled, tmp_path / "copy", files=FILES, now=clock.now())
    assert made.tables["partner"] == 16
    assert len(made.files) == 2
    restored = backup.restore(empty, tmp_path / "copy")
    assert restored == made
    assert contents(empty.database) == contents(filled.database)
    for digest in made.files:
        assert path_of(empty.files_dir, digest).read_bytes() == path_of(filled.files_dir, digest).read_bytes()
    assert migrations.current_revision(empty.database) == migrations.head_revision()


def test_a_restored_installation_goes_on_working(filled, empty, tmp_path, clock):
    backup.back_up(filled, tmp_path / "copy", files=FILES, now=clock.now())
    backup.restore(empty, tmp_path / "copy")
    with empty.database.transaction() as session:
        session.add(Person(full_name="New", email="new@example.org", created_at=clock.now()))
    with pytest.raises(DBAPIError, match="append-only"), empty.database.transaction() as session:
        session.execute(text("DELETE FROM audit_record"))
    with pytest.raises(IntegrityError), empty.database.transaction() as session:
        session.add(Account(person_id=999_999, created_at=clock.now()))


def test_while_others_write(filled, empty, tmp_path, clock):
    stop, written, failures = threading.Event(), [0], []

    def write():
        while not stop.is_set():
            try:
                with filled.database.transaction() as session:
                    number = written[0] + 100
                    stored(session, filled, clock, f"text {number}".encode(), number)
                    session.add(Person(full_name="W", email=f"w{number}@example.org", created_at=clock.now()))
                written[0] += 1
            except Exception as error:  # noqa: BLE001 - the test reports whatever went wrong in the thread
                failures.append(error)
                return

    thread = threading.Thread(target=write)
    thread.start()
    try:
        while written[0] < 5:
            assert thread.is_alive()
        made = backup.back_up(filled, tmp_path / "copy", files=FILES, now=clock.now())
    finally:
        stop.set()
        thread.join(30)
    assert failures == []
    assert backup.restore(empty, tmp_path / "copy").tables == made.tables
    with empty.database.read() as session:
        people = session.scalar(select(func.count(Person.id)).where(Person.full_name == "W"))
        files = session.scalar(select(func.count(StoredFile.id)).where(StoredFile.id > 2))
        assert people == files >= 5  # both halves of each transaction, or neither
        for digest in session.scalars(select(StoredFile.sha256)):
            assert path_of(empty.files_dir, digest).exists()


def damage_truncate(folder):
    largest = max((path for path in folder.iterdir() if path.name != "manifest.json" and path.is_file()), key=size)
    largest.write_bytes(largest.read_bytes()[:-100])


def damage_flip(folder):
    largest = max((path for path in folder.iterdir() if path.name != "manifest.json" and path.is_file()), key=size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)


def damage_lose_file(folder):
    next(path for path in (folder / "files").rglob("*") if path.is_file()).unlink()


def damage_change_file(folder):
    next(path for path in (folder / "files").rglob("*") if path.is_file()).write_bytes(b"other")


def damage_no_manifest(folder):
    (folder / "manifest.json").unlink()


def damage_half_manifest(folder):
    path = folder / "manifest.json"
    path.write_bytes(path.read_bytes()[: size(path) // 2])


def damage_path_in_manifest(folder):
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["data"]["../../etc/passwd"] = "0" * 64
    path.write_text(json.dumps(manifest))


def damage_newer_version(folder):
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "revision": "9999"}))


def size(path):
    return path.stat().st_size


@pytest.mark.parametrize(
    "damage",
    [
        damage_truncate,
        damage_flip,
        damage_lose_file,
        damage_change_file,
        damage_no_manifest,
        damage_half_manifest,
        damage_path_in_manifest,
        damage_newer_version,
    ],
)
def test_a_damaged_copy_is_refused_and_nothing_is_written(filled, empty, tmp_path, clock, damage):
    backup.back_up(filled, tmp_path / "copy", files=FILES, now=clock.now())
    damage(tmp_path / "copy")
    with pytest.raises(BackupError):
        backup.restore(empty, tmp_path / "copy")
    assert migrations.current_revision(empty.database) is None
    assert not empty.files_dir.exists()


def test_counts_that_differ_are_refused(filled, empty, tmp_path, clock):
    backup.back_up(filled, tmp_path / "copy", files=FILES, now=clock.now())
    path = tmp_path / "copy" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["tables"]["person"] += 1
    path.write_text(json.dumps(manifest))
    with pytest.raises(BackupError):
        backup.restore(empty, tmp_path / "copy")


def test_only_an_empty_installation_takes_a_copy(filled, empty, tmp_path, clock):
    backup.back_up(filled, tmp_path / "copy", files=FILES, now=clock.now())
    with pytest.raises(BackupError):
        backup.restore(filled, tmp_path / "copy")
    backup.restore(empty, tmp_path / "copy")
    with pytest.raises(BackupError):
        backup.restore(empty, tmp_path / "copy")


def test_a_folder_with_something_in_it_is_not_written_to(filled, tmp_path, clock):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine.txt").write_text("keep")
    with pytest.raises(BackupError, match="not empty"):
        backup.back_up(filled, tmp_path / "copy", files=FILES, now=clock.now())
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["mine.txt"]


def test_an_installation_that_lost_a_file_says_so_and_leaves_no_copy(filled, tmp_path, clock):
    next(filled.files_dir.glob("*/*")).unlink()
    with pytest.raises(BackupError, match="missing"):
        backup.back_up(filled, tmp_path / "copy", files=FILES, now=clock.now())
    assert not (tmp_path / "copy").exists()


def test_a_copy_of_the_other_engine_is_refused(filled, tmp_path, clock):
    backup.back_up(filled, tmp_path / "copy", files=FILES, now=clock.now())
    path = tmp_path / "copy" / "manifest.json"
    other = "postgresql" if filled.database.is_sqlite else "sqlite"
    path.write_text(json.dumps({**json.loads(path.read_text()), "engine": other}))
    with pytest.raises(BackupError):
        backup.restore(filled, tmp_path / "copy")


@pytest.mark.sqlite_only
def test_an_empty_database_has_nothing_to_copy(settings, tmp_path, clock):
    made = make_runtime(dataclasses.replace(settings, database_url=f"sqlite:///{tmp_path / 'none.sqlite3'}"))
    with pytest.raises(BackupError, match="nothing to copy"):
        backup.back_up(made, tmp_path / "copy", files=FILES, now=clock.now())
    made.database.dispose()
