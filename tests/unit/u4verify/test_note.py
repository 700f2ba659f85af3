"""Signed notes: the published vector, every malformed line, and witnesses."""

from __future__ import annotations

import base64
import json

import pytest

from tests.support.ledger_ballots import a_small_vote
from tests.support.ledger_maker import ORIGIN
from tests.support.ledger_primitives import Signer
from u4verify import record
from u4verify.note import MalformedKey, parse_checkpoint, parse_key, parse_note, strict_base64, verify
from u4verify.trust import Trust, read_trust
from u4verify.verdict import NotCheckable, Refuted

# The example of the package golang.org/x/mod/sumdb/note.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
ROOT = base64.b64encode(b"r" * 32).decode()
LOG = Signer(ORIGIN)
ITU = Signer("itu.example/witness", 4)
WHO = Signer("who.example/witness", 4)


def trust(*witnesses: Signer, threshold: int = 0) -> Trust:
    return Trust(ORIGIN, (parse_key(LOG.key),), tuple(parse_key(w.key) for w in witnesses), threshold)


def test_the_published_vector():
    note = parse_note(f"{TEXT}\n{LINE}")
    assert note.text == TEXT
    assert [signed.key.name for signed in verify(note, [parse_key(NEUMANN)])] == ["PeterNeumann"]
    assert str(parse_key(NEUMANN)) == NEUMANN


def test_a_changed_text_is_refused_and_an_unknown_name_ignored():
    note = parse_note(f"{TEXT.replace('know', 'knew')}\n{LINE}")
    with pytest.raises(Refuted):
        verify(note, [parse_key(NEUMANN)])
    assert verify(note, [parse_key(LOG.key)]) == []


@pytest.mark.parametrize(
    "key",
    [
        "",
        "name",
        NEUMANN + "\n",
        NEUMANN.replace("c74f20a3", "c74f20a4"),
        NEUMANN.replace("c74f20a3", "C74F20A3"),
        NEUMANN.replace("Peter", "Pater"),
        NEUMANN.replace("10TW", "10T"),
        NEUMANN.replace("10TW", "10TX"),
        NEUMANN.replace("ARpc", "BBpc"),
        "a b+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_malformed_keys(key):
    with pytest.raises(MalformedKey):
        parse_key(key)


@pytest.mark.parametrize("text", ["QQ", "QR==", "Q Q==", "QQ==\n", "QQ=", "é"])
def test_base64_has_one_spelling(text):
    with pytest.raises(ValueError, match="base64"):
        strict_base64(text)
    assert strict_base64("QQ==") == b"A"


BODY = f"{ORIGIN}\n3\n{ROOT}\n"
GOOD = f"{BODY}\n{LOG.line(BODY)}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        BODY,
        GOOD[:-1],
        GOOD + "\n",
        GOOD.replace("— ", "- "),
        GOOD.replace("— ", "—  "),
        GOOD.replace("\n3\n", "\n03\n"),
        GOOD.replace("\n3\n", "\n+3\n"),
        GOOD.replace("\n3\n", "\n\u0663\n"),
        GOOD.replace("\n3\n", "\n9007199254740992\n"),
        GOOD.replace("\n3\n", "\n3\nextension\n"),
        GOOD.replace("\n3\n", "\n"),
        GOOD.replace(ROOT, ROOT[:-1]),
        GOOD.replace(ROOT, base64.b64encode(b"r" * 31).decode()),
        GOOD.replace(ORIGIN, "two words"),
        GOOD.replace("\n", "\r\n"),
        GOOD + "— x QQ==\n",
        BODY + "\n" + "— x QUFBQUFB\n" * 101,
        "x" * 1_000_001,
    ],
)
def test_malformed_checkpoints(text):
    with pytest.raises(Refuted) as broken:
        parse_checkpoint(text)
    assert broken.value.rule == "checkpoint.form"


def test_a_good_checkpoint():
    checkpoint = parse_checkpoint(GOOD)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root) == (ORIGIN, 3, b"r" * 32)


# --- witnesses ----------------------------------------------------------------------------------------------------


def witnessed(*witnesses: Signer) -> bytes:
    maker = a_small_vote()
    maker.witnesses = witnesses
    return maker.record()


def test_enough_witnesses_make_it_verified():
    verdict = record.verify_bytes(witnessed(ITU, WHO), trust(ITU, WHO, threshold=2))
    assert (verdict.code, verdict.warnings) == (0, [])
    assert verdict.facts["witnesses"] == [
        {"name": "itu.example/witness", "at": "2027-01-15T08:00:00Z"},
        {"name": "who.example/witness", "at": "2027-01-15T08:00:00Z"},
    ]


@pytest.mark.parametrize(
    ("signed", "known", "threshold", "rule"),
    [
        ((), (), 0, "witness.none"),
        ((), (ITU,), 1, "witness.none"),
        ((ITU,), (ITU, WHO), 2, "witness.few"),
        ((ITU,), (), 0, "witness.none"),
        ((ITU, ITU), (ITU, WHO), 2, "witness.few"),
        ((Signer(ITU.name, 4, "thief"),), (ITU,), 1, "witness.none"),
        ((Signer(ITU.name, 1),), (ITU,), 1, "witness.none"),
    ],
)
def test_too_few_witnesses_are_a_warning(signed, known, threshold, rule):
    verdict = record.verify_bytes(witnessed(*signed), trust(*known, threshold=threshold))
    assert (verdict.code, [item["rule"] for item in verdict.warnings]) == (3, [rule])


def test_one_witness_is_enough_where_none_is_asked_for():
    assert record.verify_bytes(witnessed(ITU), trust(ITU)).code == 0


def test_a_witness_who_signed_something_else_refutes():
    checkpoint = a_small_vote().checkpoint()
    other = checkpoint + ITU.line("another text\n")
    with pytest.raises(Refuted):
        verify(parse_note(other), [parse_key(LOG.key), parse_key(ITU.key)])


def test_the_time_of_a_witness_is_signed_too():
    text = a_small_vote().body()
    line = ITU.line(text)
    blob = bytearray(base64.b64decode(line.split()[2]))
    blob[11] ^= 1
    forged = f"{text}\n— {ITU.name} {base64.b64encode(blob).decode()}\n"
    with pytest.raises(Refuted):
        verify(parse_note(forged), [parse_key(ITU.key)])
    assert verify(parse_note(f"{text}\n{line}"), [parse_key(ITU.key)])[0].time == 1_800_000_000


# --- the trust file -----------------------------------------------------------------------------------------------


def test_the_trust_file():
    maker = a_small_vote()
    maker.witnesses = (ITU,)
    assert read_trust(json.dumps(maker.trust(1)).encode()) == trust(ITU, threshold=1)
    assert read_trust(json.dumps({"origin": ORIGIN, "keys": [LOG.key]}).encode()) == trust()


@pytest.mark.parametrize(
    "change",
    [
        {"keys": []},
        {"keys": "x"},
        {"keys": [7]},
        {"keys": [LOG.key, LOG.key]},
        {"keys": [NEUMANN]},
        {"origin": 1},
        {"origin": "other"},
        {"keys": [Signer(ORIGIN, 4).key]},
        {"witnesses": [Signer("w", 1).key]},
        {"witnesses": [Signer("w", 4, ORIGIN).key]},
        {"witnesses": None},
        {"threshold": 1},
        {"threshold": -1},
        {"threshold": True},
        {"threshold": "0"},
        {"more": 1},
    ],
)
def test_a_trust_file_that_cannot_be_used(change):
    value = {"origin": ORIGIN, "keys": [LOG.key], "witnesses": [], "threshold": 0} | change
    with pytest.raises(NotCheckable):
        read_trust(json.dumps(value).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"null", b"[" * 100_000, b'"x"'])
def test_no_trust_file_at_all(data):
    with pytest.raises(NotCheckable):
        read_trust(data)
