"""The signer signs what extends what it signed, and nothing else (threats T04, T39)."""

import dataclasses
import json
import threading

import pytest
from sqlalchemy import func, select

from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.sweeps import JobRun
from u4ssc_gov.jobs import run_job
from u4ssc_gov.ledger import canonical, checking, jobs, keys, merkle, queries, services, signing
from u4ssc_gov.ledger.models import LedgerCheckpoint, LedgerEntry
from u4ssc_gov.ledger.note import open_note, parse_checkpoint, parse_verifier_key

SEATS = "ABCDEFG"


@pytest.fixture
def sign(runtime, clock):
    """One run of the signer's job."""
    return lambda: jobs.sign_checkpoints(runtime, now=clock.now())


@pytest.fixture
def verify(runtime, clock):
    """One run of the nightly check."""
    return lambda: jobs.verify_ledger(runtime, now=clock.now())


@pytest.fixture
def memory(settings):
    """Where the signer remembers."""
    return signing.memory_file(settings.ledger_key)


def checkpoints(runtime) -> list[tuple[int, bytes]]:
    with runtime.database.read() as session:
        rows = session.execute(select(LedgerCheckpoint.size, LedgerCheckpoint.root).order_by(LedgerCheckpoint.size))
        return [tuple(row) for row in rows]


def rewrite(execute, seq: int, **changes: object) -> None:
    """Change an entry as a clever hand would: bytes, hash, and the row the log grows from."""
    entries = execute("SELECT entry FROM ledger_entry ORDER BY seq").scalars().all()
    content = canonical.encode(canonical.decode(bytes(entries[seq])) | changes)
    leaf = merkle.leaf_hash(content)
    execute("UPDATE ledger_entry SET entry = :e, leaf_hash = :l WHERE seq = :s", e=content, l=leaf, s=seq)
    settle(execute)


def settle(execute) -> None:
    """Make the row the log grows from agree with the entries that are there."""
    frontier = merkle.Frontier()
    for leaf in execute("SELECT leaf_hash FROM ledger_entry ORDER BY seq").scalars():
        frontier.append(bytes(leaf))
    execute("UPDATE ledger_state SET size = :s, frontier = :f", s=frontier.size, f=frontier.to_bytes())


def test_a_log_that_grows_is_signed_as_it_grows(runtime, join, sign, verify):
    assert sign().done == 0  # nothing to sign
    for number, seat in enumerate(SEATS, start=2):
        join(seat)
        assert (sign().done, sign().done) == (1, 0)
        assert checkpoints(runtime)[-1][0] == number
    assert verify().failed == 0
    with runtime.database.read() as session:
        opening, newest = queries.find_opening(session), queries.find_latest_checkpoint(session)
        said = parse_checkpoint(open_note(newest.note, [parse_verifier_key(opening.key)]))
        leaves = session.scalars(select(LedgerEntry.leaf_hash).order_by(LedgerEntry.seq)).all()
        assert (said.origin, said.size, said.root) == (opening.origin, len(leaves), merkle.root_of(leaves))
        assert queries.find_checkpoint_covering(session, 0).size == 2
        assert queries.find_checkpoint_covering(session, 2).size == 3
        assert queries.find_checkpoint_covering(session, len(leaves)) is None


def test_what_the_signer_remembers_is_its_own(runtime, join, sign, memory, settings):
    join("A")
    sign()
    assert memory.stat().st_mode & 0o777 == 0o600
    said = json.loads(memory.read_text())
    assert (said["size"], said["root"]) == (2, checkpoints(runtime)[0][1].hex())
    assert memory.parent == settings.ledger_key.parent


@pytest.mark.parametrize("grows", [True, False])
def test_a_rewritten_log_is_not_signed(runtime, clock, join, sign, tamper, caplog, grows):
    for seat in SEATS:
        join(seat)
    sign()
    with tamper() as execute:
        rewrite(execute, 3, name="Another")
    if grows:
        join("H")
    run = run_job(runtime, "ledger.sign_checkpoints", now=clock.now())
    assert run.failed == 1
    assert "rewritten" in run.note
    assert [size for size, _root in checkpoints(runtime)] == [8]


def test_a_shrunk_log_is_not_signed(runtime, clock, join, sign, tamper):
    for seat in SEATS:
        join(seat)
    sign()
    with tamper() as execute:
        execute("DELETE FROM ledger_entry WHERE seq >= 6")
        execute("DELETE FROM ledger_checkpoint")
        settle(execute)
    run = run_job(runtime, "ledger.sign_checkpoints", now=clock.now())
    assert (run.failed, "shrank" in run.note) == (1, True)
    assert checkpoints(runtime) == []
    for seat in ("X", "Y", "Z"):  # another history that is longer again
        join(seat)
    assert sign().failed == 1
    with tamper() as execute:
        execute("DELETE FROM ledger_entry")
        settle(execute)
    assert "empty" in sign().note


def test_new_entries_that_were_tampered_with_are_not_signed(join, sign, tamper):
    join("A")
    sign()
    join("B")
    join("C")
    with tamper() as execute:
        execute("UPDATE ledger_entry SET entry = :e WHERE seq = 3", e=b"{}")
    assert "Entry 3" in sign().note
    with tamper() as execute:
        execute("DELETE FROM ledger_entry WHERE seq = 2")
    assert "Entry 2 is missing" in sign().note


def test_a_lost_memory_is_rebuilt_only_on_what_was_signed(runtime, join, sign, memory, tamper):
    for seat in SEATS:
        join(seat)
        sign()
    memory.unlink()
    assert sign().failed == 0
    assert json.loads(memory.read_text())["size"] == 8
    memory.unlink()
    with tamper() as execute:
        rewrite(execute, 2, name="Another")
    assert "signed before" in sign().note
    memory.write_text("{}")
    assert "cannot be read" in sign().note


def test_a_lost_checkpoint_is_signed_again_as_it_was(runtime, join, sign, tamper):
    join("A")
    sign()
    with runtime.database.read() as session:
        note = queries.find_latest_checkpoint(session).note
    with tamper() as execute:
        execute("DELETE FROM ledger_checkpoint")
    assert sign().done == 1
    with runtime.database.read() as session:
        assert queries.find_latest_checkpoint(session).note == note


def test_another_key_signs_nothing(runtime, join, sign, settings):
    join("A")
    sign()
    settings.ledger_key.rename(settings.ledger_key.with_suffix(".kept"))
    assert "no ledger key" in sign().note  # none is made anew for a log that has one
    assert not settings.ledger_key.exists()
    keys.ensure_key(settings.ledger_key)
    join("B")
    assert "not the one this log was opened with" in sign().note


def test_the_job_leaves_a_key_of_another_user_alone(runtime, join, sign, monkeypatch):
    join("A")

    def refused(_path):
        raise PermissionError

    monkeypatch.setattr(jobs, "load_key", refused)
    assert sign() == jobs.SweepReport()
    assert checkpoints(runtime) == []


def test_two_signers_at_once_sign_one_history(runtime, clock, join, sign):
    join("A")
    start, reports = threading.Barrier(2), []

    def run():
        start.wait()
        for _turn in range(5):
            reports.append(run_job(runtime, "ledger.sign_checkpoints", now=clock.now()))

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for seat in SEATS:
        join(seat)
    for thread in threads:
        thread.join()
    sign()
    assert not [run.note for run in reports if run.failed and "IntegrityError" not in run.note]
    with runtime.database.read() as session:
        assert checking.check_log(session, jobs.signed_roots(runtime)) == 9


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE ledger_entry SET entry = :e WHERE seq = 3", "Entry 3 was changed"),
        ("UPDATE ledger_entry SET entry = :junk WHERE seq = 3", "Entry 3 cannot be read"),
        ("UPDATE ledger_entry SET leaf_hash = :h WHERE seq = 2", "Entry 2 was changed"),
        ("UPDATE ledger_entry SET kind = 'seat.left' WHERE seq = 2", "Entry 2 stands in a row"),
        ("UPDATE ledger_entry SET recorded_at = :at WHERE seq = 2", "Entry 2 stands in a row"),
        ("DELETE FROM ledger_entry WHERE seq = 4", "Entry 4 is missing"),
        ("DELETE FROM ledger_entry WHERE seq = 7", "Entry 7 is missing"),
        ("UPDATE ledger_entry SET seq = 9 WHERE seq = 7", "Entry 9 was not appended"),
        ("UPDATE ledger_state SET frontier = :f", "does not belong to its entries"),
        ("UPDATE ledger_state SET size = 7, frontier = frontier", "was not appended"),
        ("UPDATE ledger_checkpoint SET root = :h", "not those that were signed"),
        ("UPDATE ledger_checkpoint SET note = 'x'", "not signed by the log’s key"),
        ("UPDATE ledger_checkpoint SET size = 7", "not those that were signed"),
    ],
    ids=lambda value: value[:60],
)
def test_the_nightly_check_finds_what_was_changed(
    runtime, session, clock, join, sign, verify, tamper, statement, sentence
):
    for seat in SEATS:
        join(seat)
    sign()
    assert verify() == jobs.SweepReport()
    values = {"e": b'{"seq":3}', "junk": b"x", "h": b"h" * 32, "at": clock.now().replace(year=2020), "f": b"f" * 32}
    said = {"at": clock.now(), "kind": "seat.joined", "name": "Q", "on": None, "seat": "Q", "seq": 3, "v": 1}
    values["e"] = canonical.encode(said)
    used = {name: value for name, value in values.items() if f":{name}" in statement}
    with tamper() as execute:
        execute(statement, **used)
    run = run_job(runtime, "ledger.verify_ledger", now=clock.now())
    assert run.failed == 1
    assert sentence in run.note
    assert verify().failed == 1  # as long as it is damaged
    audited = select(AuditRecord.details).where(AuditRecord.action == "ledger:log:damaged")
    assert [details["reason"] for details in session.scalars(audited)] == [run.note]
    session.rollback()
    assert "Nothing is signed while" in sign().note
    assert len(checkpoints(runtime)) == 1
    assert session.scalar(select(func.count()).where(JobRun.job == "ledger.verify_ledger")) == 1


def test_a_log_rewritten_with_its_frontier_and_checkpoints_is_found_by_the_memory(join, sign, verify, tamper):
    for seat in SEATS:
        join(seat)
    sign()
    with tamper() as execute:
        rewrite(execute, 4, name="Another")
        execute("DELETE FROM ledger_checkpoint")
    assert "not those that were signed" in verify().note


def test_signing_goes_on_once_the_mark_is_removed(runtime, join, sign, verify, tamper):
    join("A")
    sign()
    with tamper() as execute:
        kept = bytes(execute("SELECT entry FROM ledger_entry WHERE seq = 1").scalar())
        execute("UPDATE ledger_entry SET entry = :e WHERE seq = 1", e=kept[:-1])
    assert verify().failed == 1
    with tamper() as execute:
        execute("UPDATE ledger_entry SET entry = :e WHERE seq = 1", e=kept)
    join("B")
    assert verify().failed == 0
    assert sign().failed == 1  # a person decides
    checking.mark_of(runtime).unlink()
    assert sign().done == 1


def test_the_signer_may_open_the_log(runtime, clock):
    with runtime.database.transaction() as session:
        assert services.open_log(session, now=clock.now())
    with runtime.database.transaction() as session:
        assert not services.open_log(session, now=clock.now())
    assert jobs.sign_checkpoints(runtime, now=clock.now()).done == 1


def test_a_log_keeps_its_name_when_the_address_changes(runtime, clock, join, sign):
    join("A")
    moved = dataclasses.replace(runtime, settings=dataclasses.replace(runtime.settings, ledger_origin="other/ledger/1"))
    assert jobs.sign_checkpoints(moved, now=clock.now()).done == 1
    with runtime.database.read() as session:
        assert queries.find_latest_checkpoint(session).note.startswith("localhost/ledger/1\n2\n")
