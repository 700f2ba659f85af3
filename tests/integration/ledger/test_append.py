"""Appending: one transaction, one order, one instant after another (threats T01, T03, T04, T33)."""

import hashlib
import hmac
import threading
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from tests.clock import T0
from u4ssc_gov.core.errors import Unavailable
from u4ssc_gov.ledger import canonical, merkle, queries, services
from u4ssc_gov.ledger.checking import check_log
from u4ssc_gov.ledger.models import LedgerEntry, LedgerSecret, LedgerState
from u4ssc_gov.ledger.note import parse_verifier_key

SEAT = {"seat": "WMO", "name": "World Meteorological Organization", "on": date(2020, 1, 2)}


def said(entry: LedgerEntry) -> dict[str, object]:
    """What an entry's bytes say."""
    return canonical.decode(entry.entry)


def test_the_first_entry_opens_the_log(session, settings):
    entry = services.append(session, "seat.joined", SEAT, now=T0)
    assert entry.seq == 1
    assert entry.entry == (
        b'{"at":"2026-11-23T09:00:00.000000Z","kind":"seat.joined","name":"World Meteorological Organization",'
        b'"on":"2020-01-02","seat":"WMO","seq":1,"v":1}'
    )
    assert entry.leaf_hash == hashlib.sha256(b"\x00" + entry.entry).digest()
    opening = said(session.get(LedgerEntry, 0))
    assert (opening["kind"], opening["origin"], opening["seq"]) == ("log.opened", "localhost/ledger/1", 0)
    assert parse_verifier_key(opening["key"]).name == "localhost/ledger/1"
    assert settings.ledger_key == settings.data_dir / "keys" / "ledger.key"
    assert settings.ledger_key.stat().st_mode & 0o777 == 0o600


def test_the_row_grows_with_the_tree(runtime, session, join):
    for number in range(1, 12):
        join(f"S{number}")
        state = session.scalar(select(LedgerState).execution_options(populate_existing=True))
        leaves = session.scalars(select(LedgerEntry.leaf_hash).order_by(LedgerEntry.seq)).all()
        assert state.size == len(leaves) == number + 1
        assert merkle.Frontier.from_bytes(state.size, state.frontier).root() == merkle.root_of(leaves)
        session.rollback()
    with runtime.database.read() as reading:
        assert check_log(reading) == 12


def test_nothing_is_left_of_what_was_undone(runtime, session, join):
    join("WMO")
    with suppress(ZeroDivisionError), runtime.database.transaction() as writing:
        services.append(writing, "seat.left", {"seat": "WMO", "on": T0.date()}, now=T0)
        services.commit_person(writing, name="A", email="a@example.org", mandate=None)
        raise ZeroDivisionError
    assert session.scalar(select(func.count()).select_from(LedgerEntry)) == 2
    assert session.scalar(select(func.count()).select_from(LedgerSecret)) == 0
    session.rollback()
    assert join("ITU") == 2
    with runtime.database.read() as reading:
        assert check_log(reading) == 3


def test_an_undone_savepoint_gives_its_entries_back(runtime, session):
    services.append(session, "seat.joined", SEAT, now=T0)
    with suppress(ZeroDivisionError), session.begin_nested():
        services.append(session, "seat.left", {"seat": "WMO", "on": None}, now=T0 + timedelta(hours=1))
        raise ZeroDivisionError
    assert services.append(session, "seat.left", {"seat": "WMO", "on": None}, now=T0).seq == 2
    session.commit()
    assert services.append(session, "seat.joined", SEAT | {"seat": "ITU"}, now=T0).seq == 3
    session.commit()
    with runtime.database.read() as reading:
        assert check_log(reading) == 4


def test_eight_writers_leave_no_gap(runtime, clock):
    """Also the very first entries of all: the row, the key and entry 0 are made once."""
    start, errors, each = threading.Barrier(8), [], 6

    def write(number):
        try:
            start.wait()
            for turn in range(each):
                with runtime.database.transaction() as session:
                    services.lock(session)
                    now = services.settled(session, clock.now())
                    services.append(session, "seat.joined", SEAT | {"seat": f"S{number}-{turn}"}, now=now)
        except Exception as error:  # noqa: BLE001 - a thread's failure must reach the test
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with runtime.database.read() as session:
        entries = session.scalars(select(LedgerEntry).order_by(LedgerEntry.seq)).all()
        assert [entry.seq for entry in entries] == list(range(8 * each + 1))
        assert [said(entry)["seq"] for entry in entries] == list(range(8 * each + 1))
        assert [entry.kind for entry in entries].count("log.opened") == 1
        assert check_log(session) == 8 * each + 1


def test_a_clock_that_went_back_records_nothing(runtime, session, join):
    join("WMO", hours=1)
    later = T0 + timedelta(hours=1)
    for back, taken in ((0, later), (1, later), (2, later), (-3, later + timedelta(seconds=3))):
        assert services.settled(session, later - timedelta(seconds=back)) == taken
    session.rollback()
    entry = services.append(session, "seat.left", {"seat": "WMO", "on": None}, now=later - timedelta(seconds=2))
    assert entry.recorded_at == later
    assert said(entry)["at"] == canonical.instant(later)
    session.commit()
    for act in (services.settled, services.open_log):
        with pytest.raises(Unavailable) as refused:
            act(session, now=later - timedelta(seconds=2, microseconds=1))
        assert refused.value.code == "ledger.clock_regressed"
        session.rollback()
    with pytest.raises(Unavailable):
        services.append(session, "seat.left", {"seat": "WMO", "on": None}, now=T0)
    session.rollback()
    assert queries.find_head(session).size == 3


@pytest.mark.parametrize(
    "fields", [{}, {"seat": "WMO", "on": None}, SEAT | {"more": 1}, SEAT | {"name": "e\u0301"}, SEAT | {"on": 1.5}]
)
def test_what_the_format_does_not_know_is_refused(session, fields):
    with pytest.raises(ValueError, match=r"missing|unknown|NFC|float"):
        services.append(session, "seat.joined", fields, now=T0)


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_checkpoint"])
def test_the_database_refuses_to_change_history(session, join, table):
    join("WMO")
    if table == "ledger_checkpoint":
        session.execute(
            text("INSERT INTO ledger_checkpoint (epoch, size, root, note, signed_at) VALUES (1, 2, :r, 'n', :t)"),
            {"r": b"x", "t": T0},
        )
        session.commit()
    column = "kind" if table == "ledger_entry" else "note"
    for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):  # noqa: S608 - our own names
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text(statement))
        session.rollback()


def test_the_database_refuses_a_hash_of_another_length(session):
    for leaf in (b"short", b"x" * 33):
        session.add(LedgerEntry(seq=0, entry=b"{}", leaf_hash=leaf, kind="x", recorded_at=T0))
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_an_entry_costs_three_statements_and_locking_again_none(runtime, join, count_statements):
    join("WMO")
    with count_statements() as seen, runtime.database.transaction() as session:
        services.append(session, "seat.joined", SEAT | {"seat": "A"}, now=T0)
    assert len(seen) <= 3
    with count_statements() as seen, runtime.database.transaction() as session:
        services.lock(session)
        now = services.settled(session, T0)
        for seat in "BCDE":
            services.append(session, "seat.joined", SEAT | {"seat": seat}, now=now)
    assert len(seen) <= 1 + 2 * 4


def test_a_commitment_opens_and_its_person_can_be_erased(session):
    commitment = services.commit_person(session, name="Zoe\u0308", email="z@example.org", mandate="mdt_7")
    session.flush()
    secret = queries.find_secrets(session, [commitment, "0" * 64])[commitment]
    assert secret.plaintext == '{"email":"z@example.org","mandate":"mdt_7","name":"Zo\u00eb"}'
    opened = hmac.new(secret.salt, secret.plaintext.encode(), hashlib.sha256).hexdigest()
    assert opened == commitment
    again = services.commit_person(session, name="Zoe\u0308", email="z@example.org", mandate="mdt_7")
    assert again != commitment  # a fresh salt each time: equal persons cannot be told from outside
    secret.salt, secret.plaintext, secret.erased_at = b"", "", datetime(2027, 1, 1, tzinfo=UTC)
    session.flush()
    assert queries.find_secrets(session, [commitment]) == {}


def test_a_hidden_position_is_a_commitment(session):
    commitment, salt = services.commit_value(session, {"choice": "object", "candidates": []})
    message = b'{"candidates":[],"choice":"object"}'
    assert commitment == hmac.new(salt, message, hashlib.sha256).hexdigest()
    assert len(salt) == 32


def test_the_hash_of_a_text():
    assert services.sha256_text("") is None
    assert services.sha256_text("é") == hashlib.sha256("é".encode()).hexdigest()


def test_a_log_that_cannot_be_opened_says_so(runtime, session, settings):
    settings.ledger_key.parent.mkdir()
    settings.ledger_key.write_text("this is no key")
    with pytest.raises(Unavailable) as refused:
        services.append(session, "seat.joined", SEAT, now=T0)
    assert refused.value.code == "ledger.no_key"
