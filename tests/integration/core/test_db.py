"""The database keeps its promises: instants, history, durability, migrations both ways."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, StatementError

import u4ssc_gov.models
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.audit.services import record
from u4ssc_gov.core import migrations
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.db import Database, is_wal_safe
from u4ssc_gov.core.runtime import make_runtime
from u4ssc_gov.meetings.models import Minutes, Note


def test_instants_come_back_in_utc(session, world):
    elsewhere = timezone(timedelta(hours=7))
    person = world.person()
    person.created_at = datetime(2026, 11, 23, 16, 0, 0, 123456, elsewhere)
    world.commit()
    session.expire_all()
    assert session.get(Person, person.id).created_at == datetime(2026, 11, 23, 9, 0, 0, 123456, UTC)
    assert session.get(Person, person.id).created_at.tzinfo is UTC


def test_an_instant_without_zone_is_refused(session, world):
    world.person().created_at = datetime(2026, 11, 23)  # noqa: DTZ001 - the point of the test
    with pytest.raises(StatementError, match="time zone"):
        session.flush()


def test_history_cannot_be_rewritten(session, world):
    record(session, "a:b:c", "thing", 1, actor=SYSTEM, now=world.now)
    world.commit()
    row = session.scalars(select(AuditRecord).where(AuditRecord.action == "a:b:c")).one()
    row.action = "x:y:z"
    with pytest.raises(DBAPIError, match="append-only"):
        session.flush()
    session.rollback()
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("DELETE FROM audit_record"))
    session.rollback()
    assert session.get(AuditRecord, row.id).action == "a:b:c"


def test_a_reading_session_refuses_to_write(runtime, world):
    with runtime.database.reading() as reading:
        reading.add(Person(full_name="x", email="x@example.org", created_at=world.now))
        with pytest.raises(RuntimeError, match="reading"):
            reading.flush()
    with runtime.database.reading() as reading, pytest.raises(RuntimeError, match="reading"):
        reading.execute(u4ssc_gov.models.metadata.tables["person"].delete())


def test_the_models_equal_the_migrations(runtime):
    with runtime.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, u4ssc_gov.models.metadata) == []


def test_the_names_of_the_scripts_say_what_the_scripts_say():
    scripts = ScriptDirectory.from_config(migrations.alembic_config())
    assert migrations.head_revision() == scripts.get_current_head()  # and there is one head only
    assert migrations.known_revisions() == {script.revision for script in scripts.walk_revisions()}


@pytest.mark.sqlite_only
def test_down_and_up_again(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'again.sqlite3'}")
    migrations.upgrade(database)
    migrations.downgrade(database, "base")
    migrations.upgrade(database)
    assert migrations.current_revision(database) == migrations.head_revision()
    database.dispose()


@pytest.mark.sqlite_only
def test_every_connection_is_durable(settings):
    database = make_runtime(settings).database  # as the platform opens it
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() >= 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.dispose()


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_wal_only_on_a_sqlite_without_the_reset_bug(version, safe):
    assert is_wal_safe(version) is safe


def test_papers_of_an_open_ballot_and_notes_of_filed_minutes_stand_still(session, world):
    ballot = (
        "INSERT INTO ballot (id, year, number, code, type, title, decision_text, if_approved, if_not_approved, rule,"
    )
    session.execute(
        text(
            f"{ballot} text_sha256, drafted_at, opened_for, opens_at, withdrawn_reason, version) VALUES "
            "(1, 2026, 1, 'B-26-01', 'guidance', 't', 'd', '', '', '{}', '', :now, '', NULL, '', 1)"
        ),
        {"now": world.now},
    )
    session.execute(
        text(
            "INSERT INTO stored_file (id, public_id, sha256, size, media_type, file_name, uploaded_at) "
            "VALUES (1, 'p', 's', 1, 'text/plain', 'f', :now)"
        ),
        {"now": world.now},
    )
    paper = "INSERT INTO ballot_document (id, ballot_id, file_id, title, sha256, position) VALUES"
    session.execute(text(f"{paper} (1, 1, 1, 'a', 's', 1)"))
    session.execute(text("UPDATE ballot SET opens_at = :now WHERE id = 1"), {"now": world.now})
    world.commit()
    for statement in (
        f"{paper} (2, 1, 1, 'b', 's', 2)",
        "UPDATE ballot_document SET title = 'c'",
        "DELETE FROM ballot_document",
    ):
        with pytest.raises(DBAPIError, match="settled"):
            session.execute(text(statement))
        session.rollback()
    with pytest.raises(DBAPIError, match="frozen"):
        session.execute(text("UPDATE ballot SET title = 'other'"))
    session.rollback()
    meeting = world.meeting(world.deliverable())
    item = session.execute(text("SELECT id FROM agenda_item ORDER BY id")).scalars().first()
    minutes = Minutes(meeting_id=meeting.id, started_at=world.now, saved_at=world.now)
    session.add(minutes)
    session.flush()
    session.add(Note(minutes_id=minutes.id, agenda_item_id=item, said="x", saved_at=world.now))
    session.flush()
    minutes.filed_at = world.now
    world.commit()
    with pytest.raises(DBAPIError, match="settled"):
        session.execute(text("UPDATE note SET said = 'y'"))
