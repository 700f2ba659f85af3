"""The program as people start it; whatever it is given, it answers with a sentence and never with a traceback."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support import ledger_ballots as ballots
from tests.support import ledger_primitives as primitives
from u4verify import archive, build, compare, log, receipt, record, register
from u4verify.__main__ import start
from u4verify.program import main
from u4verify.trust import read_trust
from u4verify.verdict import Findings, NotCheckable, judge

ROOT = Path(__file__).resolve().parents[3]
MADE = ballots.a_vote()
TRUST = read_trust(json.dumps(MADE.trust()).encode())
RECORD, RECEIPT, EXPORT = MADE.record(), primitives.canonical(MADE.receipt(9)), MADE.export()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "record.zip").write_bytes(RECORD)
    (tmp_path / "a.u4receipt").write_bytes(RECEIPT)
    (tmp_path / "log.jsonl").write_bytes(EXPORT)
    (tmp_path / "checkpoint").write_text(MADE.checkpoint(), encoding="utf-8")
    (tmp_path / "trust.json").write_text(json.dumps(MADE.trust()), encoding="utf-8")
    (tmp_path / "forged.zip").write_bytes(RECORD.replace(b"approved", b"rejected"))
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("record record.zip --trust trust.json", 3),
        ("record record.zip", 2),
        ("record forged.zip --trust trust.json", 1),
        ("record a.u4receipt --trust trust.json", 2),
        ("record missing.zip", 2),
        ("record .", 2),
        ("record record.zip --trust missing.json", 2),
        ("record record.zip --trust record.zip", 2),
        ("receipt a.u4receipt --trust trust.json", 3),
        ("receipt record.zip --trust trust.json", 2),
        ("log log.jsonl --checkpoint checkpoint --trust trust.json", 3),
        ("log log.jsonl --trust trust.json", 2),
        ("log log.jsonl --checkpoint record.zip --trust trust.json", 2),
        ("compare log.jsonl checkpoint", 0),
        ("compare log.jsonl log.jsonl --proof checkpoint", 0),
        ("compare record.zip checkpoint", 2),
    ],
)
def test_commands_and_their_exit_codes(folder, monkeypatch, capsys, words, code):
    monkeypatch.chdir(folder)
    assert main(words.split()) == code
    assert capsys.readouterr().out.strip()
    assert main([*words.split(), "--json"]) == code
    shown = json.loads(capsys.readouterr().out)
    assert list(shown) == ["status", "code", "facts", "broken", "warnings"]
    assert shown["code"] == code
    assert (shown["broken"] is None) is (code in (0, 3))


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("record missing.zip", "file"),
        ("record checkpoint", "archive.none"),
        ("record damaged.zip", "archive.damaged"),
        ("record record.zip --trust log.jsonl", "trust.form"),
        ("receipt checkpoint", "receipt.none"),
        ("log log.jsonl --trust trust.json", "log.unsigned"),
        ("log checkpoint", "log.none"),
        ("compare checkpoint trust.txt", "compare.none"),
        ("record record.zip", "trust.missing"),
    ],
)
def test_why_nothing_could_be_verified(folder, monkeypatch, capsys, words, rule):
    (folder / "damaged.zip").write_bytes(RECORD.replace(b"Verif", b"verif").replace(b"doctype", b"Doctype"))
    (folder / "trust.txt").write_text(MADE.signer.key, encoding="utf-8")
    monkeypatch.chdir(folder)
    assert main([*words.split(), "--json"]) in (1, 2)
    assert json.loads(capsys.readouterr().out)["broken"]["rule"] == rule


def test_files_larger_than_anything_we_know():
    assert archive.LARGEST == 60 * 1024 * 1024
    for verdict, rule in (
        (record.verify_bytes(bytes(archive.LARGEST + 1)), "archive.size"),
        (receipt.verify_bytes(bytes(receipt.LARGEST + 1)), "receipt.size"),
        (compare.verify_bytes(bytes(compare.LARGEST_MAIL + 1), RECEIPT), "compare.size"),
    ):
        assert (verdict.code, verdict.broken["rule"]) == (2, rule)


def test_a_computer_without_time_zones(monkeypatch):
    def missing(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr("u4verify.register.ZoneInfo", missing)
    register._geneva.cache_clear()
    verdict = record.verify_bytes(RECORD, TRUST)
    register._geneva.cache_clear()
    assert (verdict.code, verdict.broken["rule"]) == (2, "time_zone")
    assert "tzdata" in verdict.broken["sentence"]


@pytest.mark.parametrize("words", ["", "witness", "record", "compare a", "record a b"])
def test_wrong_words_explain_the_usage(capsys, words):
    with pytest.raises(SystemExit) as end:
        main(words.split())
    assert end.value.code == 2
    assert "usage: u4verify" in capsys.readouterr().err


def test_a_terminal_without_unicode(folder):
    done = subprocess.run(
        [sys.executable, "-m", "u4verify", "record", folder / "record.zip", "--trust", folder / "trust.json"],
        cwd=ROOT,
        env={"PYTHONIOENCODING": "ascii", "PATH": ""},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, b"")
    assert b"D?cision d?essai" in done.stdout


def test_the_single_file(folder):
    assert build.main([str(folder / "one.pyz")]) == 0
    with time_machine.travel("2031-05-06 07:08:09Z"):  # the same source makes the same file on any day
        assert build.main([str(folder / "two.pyz")]) == 0
    assert (folder / "one.pyz").read_bytes() == (folder / "two.pyz").read_bytes()
    names = zipfile.ZipFile(folder / "one.pyz").namelist()
    assert {name.partition("/")[0] for name in names} == {"u4verify", "rfc8785", "__main__.py"}
    assert [name for name in names if not name.endswith((".py", "/"))] == ["rfc8785/LICENSE"]
    done = subprocess.run(
        [sys.executable, folder / "one.pyz", "record", folder / "record.zip", "--trust", folder / "trust.json"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, b"")
    assert build.main([]) == 2


def test_the_single_file_says_what_a_computer_lacks(folder):
    """It needs no rfc8785 there, and without cryptography says so in a sentence: no traceback."""
    build.build(folder / "one.pyz")
    bare = folder / "bare"
    venv.create(bare, with_pip=False)
    command = [bare / "bin" / "python", folder / "one.pyz", "record", folder / "record.zip"]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, encoding="utf-8")
    assert (done.returncode, done.stdout) == (2, "")
    assert "Nothing was checked. u4verify needs the package “cryptography”" in done.stderr
    assert "Traceback" not in done.stderr
    inside = "import sys; sys.path[:0] = [sys.argv[1]]; import rfc8785; print(rfc8785.__file__)"
    found = subprocess.run(
        [bare / "bin" / "python", "-c", inside, folder / "one.pyz"], capture_output=True, check=True, encoding="utf-8"
    )
    assert "one.pyz" in found.stdout


def test_an_old_python_is_told_so(monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    assert start() == 2
    assert "needs Python 3.11 or newer. This is Python 3.9." in capsys.readouterr().err


def imports(source: str) -> set[str]:
    """The packages a source imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return found


def test_it_needs_two_libraries_and_nothing_of_the_platform():
    modules = sorted((ROOT / "u4verify").glob("*.py"))
    needed = set().union(*(imports(path.read_text("utf-8")) for path in modules))
    assert needed - set(sys.stdlib_module_names) == {"cryptography", "rfc8785", "u4verify"}
    assert imports("from u4ssc_gov.ledger import merkle") == {"u4ssc_gov"}


# --- whatever comes -----------------------------------------------------------------------------------------------


def _as_trust(data: bytes) -> None:
    read_trust(data)


def everything(data: bytes) -> set[int]:
    """The exit codes of every command for one file."""
    return {
        verdict.code
        for verdict in (
            record.verify_bytes(data, TRUST),
            receipt.verify_bytes(data, TRUST),
            log.verify_bytes(data, data, TRUST),
            compare.verify_bytes(data, RECEIPT),
            judge(lambda _: _as_trust(data)),
        )
    }


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_random_bytes(data):
    assert everything(data) <= {1, 2}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([RECORD, RECEIPT, EXPORT]), st.data())
def test_pieces_of_good_files_in_a_wrong_order(good, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(good)), min_size=2, max_size=4)))
    pieces = [good[a:b] for a, b in zip([0, *cuts], [*cuts, len(good)], strict=True)]
    mixed = b"".join(data.draw(st.permutations(pieces))) + data.draw(st.binary(max_size=3))
    codes = everything(mixed)
    assert codes <= {1, 2} or mixed in (RECORD, RECEIPT) or EXPORT.startswith(mixed)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["record.json", "reveal.json", "text/decision.json"]), st.data())
def test_anything_at_any_place_of_a_record(name, data):
    members = MADE.members()
    value = json.loads(members[name])
    place = value
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            break
        place = place[key]
    before = json.dumps(value)
    place[key] = data.draw(_JSON)
    try:
        changed = members | {name: primitives.canonical(value)}
    except UnicodeEncodeError:
        return
    if json.dumps(value) == before:
        return
    if name != "record.json":
        whole = json.loads(members["record.json"])
        whole["files"][name] = primitives.digest(changed[name])
        changed["record.json"] = primitives.canonical(whole)
    verdict = record.verify_members(changed, TRUST)
    assert verdict.code in (1, 2) or (name == "reveal.json" and verdict.code == 3)


@settings(deadline=None)
@given(st.sampled_from(range(len(MADE.entries))), st.data())
def test_anything_in_any_field_of_a_log(seq, data):
    made = ballots.a_vote()
    key = data.draw(st.sampled_from(list(made.entries[seq])))
    made.entries[seq][key] = data.draw(_JSON)
    try:
        verdict = log.verify_bytes(made.export(), made.checkpoint().encode(), TRUST)
    except UnicodeEncodeError:
        return
    assert verdict.code in (1, 2, 3)  # some fields are free: a name may be another name


@pytest.mark.parametrize(
    "accident", [RecursionError, MemoryError, OverflowError, KeyError, AttributeError, UnicodeDecodeError]
)
def test_an_accident_is_not_a_traceback(accident):
    def check(_findings: Findings) -> None:
        raise accident(*(["utf-8", b"", 0, 1, "x"] if accident is UnicodeDecodeError else []))

    verdict = judge(check)
    assert (verdict.code, verdict.broken["rule"]) == (2, "unreadable")


def test_what_is_missing_weighs_less_than_what_is_broken():
    def lacking(findings: Findings) -> None:
        findings.lacks("first", "one")
        findings.lacks("second", "two")

    def ending(findings: Findings) -> None:
        findings.lacks("first", "one")
        raise NotCheckable("third", "three")

    assert judge(lacking).broken["rule"] == "first"
    assert judge(ending).broken["rule"] == "third"


def test_a_file_without_end(monkeypatch, capsys):
    monkeypatch.setattr("u4verify.archive.LARGEST", 1000)
    assert main(["record", "/dev/zero", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["broken"]["rule"] == "file.size"
