"""What everybody can fetch, and what an operator types."""

import json
import os
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.clock import T0
from u4ssc_gov import cli
from u4ssc_gov.core import backup
from u4ssc_gov.documents.models import StoredFile
from u4ssc_gov.ledger import canonical, jobs, merkle, queries, signing
from u4ssc_gov.ledger.models import LedgerEntry
from u4ssc_gov.ledger.note import open_note, parse_checkpoint, parse_verifier_key


@pytest.fixture
def signed(runtime, clock, join):
    """A log of eight entries, the first five and all of them signed."""
    for seat in "ABCD":
        join(seat)
    jobs.sign_checkpoints(runtime, now=clock.now())
    for seat in "EFG":
        join(seat)
    jobs.sign_checkpoints(runtime, now=clock.now())


@pytest.fixture
def command(settings, monkeypatch, capsys):
    """Run ``ledger …`` on this test's installation; returns exit code, output and complaints."""
    for name in [name for name in os.environ if name.startswith("U4SSC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("U4SSC_ENV", "test")
    monkeypatch.setenv("U4SSC_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("U4SSC_BASE_URL", "http://localhost")
    monkeypatch.setenv("U4SSC_NOW", T0.isoformat())
    monkeypatch.setattr(cli, "configure_logging", lambda **_: None)

    def run(*arguments: object):
        code = cli.main([str(argument) for argument in arguments])
        seen = capsys.readouterr()
        return code, seen.out, seen.err

    return run


def test_the_pages_before_the_first_entry(client):
    page = client.get("/ledger")
    assert page.status_code == 200
    assert "The ledger has no entry yet." in page.text
    assert "No independent witness has been appointed yet." in page.text
    checkpoint = client.get("/ledger/checkpoint")
    assert (checkpoint.status_code, checkpoint.mimetype) == (404, "text/plain")
    assert checkpoint.text == "Nothing has been signed yet. Ask again in a minute.\n"
    assert client.get("/ledger/trust.json").status_code == 404
    assert client.get("/ledger/consistency?from=1&to=1").status_code == 422


def test_the_pages_of_a_signed_log(runtime, client, signed, count_statements):
    with runtime.database.read() as session:
        opening = queries.find_opening(session)
    page = client.get("/ledger")
    assert opening.key in page.text.replace("&#43;", "+")
    assert "Set-Cookie" not in page.headers
    assert 'href="/ledger"' in client.get("/").text
    answer = client.get("/ledger/checkpoint")
    assert (answer.status_code, answer.mimetype) == (200, "text/plain")
    said = parse_checkpoint(open_note(answer.text, [parse_verifier_key(opening.key)]))
    assert said.size == 8
    trust = client.get("/ledger/trust.json").json
    assert trust == {"origin": opening.origin, "keys": [opening.key], "witnesses": [], "threshold": 0}
    with count_statements() as seen:
        client.get("/ledger")
    assert len(seen) <= 3
    with count_statements() as seen:
        client.get("/ledger/checkpoint")
    assert len(seen) == 1


def test_proofs_between_sizes(runtime, client, signed):
    with runtime.database.read() as session:
        leaves = session.scalars(select(LedgerEntry.leaf_hash).order_by(LedgerEntry.seq)).all()
        proofs = queries.inclusion_proofs(session, [0, 3, 7], 8)
        assert set(proofs) == {0, 3, 7}
        assert all(merkle.is_included(leaves[n], n, 8, proofs[n], merkle.root_of(leaves)) for n in proofs)
        with pytest.raises(ValueError, match="not that long"):
            queries.inclusion_proofs(session, [0], 9)
    answer = client.get("/ledger/consistency?from=5&to=8")
    assert answer.json == [node.hex() for node in merkle.consistency_proof(leaves, 5)]
    assert client.get("/ledger/consistency?from=8&to=8").json == []
    for wrong in ("", "?from=1", "?from=0&to=8", "?from=6&to=5", "?from=1&to=9", "?from=-1&to=8", "?from=1.0&to=8",
                  "?from=x&to=8", "?from=²&to=8", f"?from=1&to={'9' * 40}"):  # fmt: skip
        assert client.get(f"/ledger/consistency{wrong}").status_code == 422, wrong


def test_the_pages_are_only_read(client, signed):
    """Nothing under /ledger takes anything but GET."""
    for path in ("", "/checkpoint", "/consistency", "/trust.json"):
        assert client.send(f"/ledger{path}").status_code == 405


def test_verify_and_export_and_keys(runtime, command, signed, tamper, tmp_path):
    code, out, _err = command("ledger", "verify")
    assert (code, out) == (0, "The ledger is whole: 8 entries, 8 of them covered by a signed checkpoint.\n")
    code, out, _err = command("ledger", "export", tmp_path / "log.jsonl")
    assert (code, out.startswith("Wrote 8 entries")) == (0, True)
    lines = (tmp_path / "log.jsonl").read_bytes().splitlines()
    with runtime.database.read() as session:
        checkpoint = queries.find_latest_checkpoint(session)
        opening = queries.find_opening(session)
    assert merkle.root_of(map(merkle.leaf_hash, lines)) == checkpoint.root
    assert [canonical.decode(line)["seq"] for line in lines] == list(range(8))
    assert command("ledger", "key")[1] == f"{opening.key}\n"
    assert json.loads(command("ledger", "trust")[1]) == opening.trust
    with tamper() as execute:
        execute("UPDATE ledger_entry SET kind = 'x' WHERE seq = 5")
    code, out, _err = command("ledger", "verify")
    assert code == 1
    assert "The ledger is damaged. Entry 5" in out
    assert len(out.splitlines()) == 1


def test_opening_the_log_by_hand(command, settings):
    key = command("ledger", "key")[1]
    code, out, _err = command("ledger", "open")
    assert (code, out) == (0, f"The ledger is open. Its verifier key: {key}")
    assert command("ledger", "open")[1] == f"The ledger was open already. Its key: {key}"
    assert stat.S_IMODE(settings.ledger_key.parent.stat().st_mode) == 0o700
    assert command("ledger", "verify")[0] == 0


def test_a_copy_holds_the_log_and_no_key(runtime, command, signed, settings, tmp_path, clock):
    backup.back_up(runtime, tmp_path / "copy", files=StoredFile.__tablename__, now=clock.now())
    secret = settings.ledger_key.read_bytes()
    copied = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    assert len(copied) > 1
    assert not [path for path in copied if "key" in path.name or secret in path.read_bytes()]
    assert not [path for path in copied if path.name == signing.memory_file(settings.ledger_key).name]


@pytest.mark.sqlite_only
def test_a_restored_copy_that_is_older_than_the_signature_is_told(
    runtime, command, signed, join, settings, clock, tmp_path
):
    copy = tmp_path / "copy"
    backup.back_up(runtime, copy, files=StoredFile.__tablename__, now=clock.now())
    join("H")
    jobs.sign_checkpoints(runtime, now=clock.now())
    runtime.database.dispose()
    file = Path(runtime.database.url.database)
    for left in file.parent.glob(f"{file.name}*"):
        left.unlink()
    code, out, _err = command("restore", copy)
    assert code == 0
    assert "python -m u4ssc_gov ledger verify" in out
    code, out, _err = command("ledger", "verify")
    assert code == 1
    assert "has 8 entries, and 9 were signed" in out
    assert command("jobs", "run", "ledger.sign_checkpoints")[0] == 1
