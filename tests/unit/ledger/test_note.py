"""Notes, verifier keys and checkpoints, against vectors of the Go implementation; and the key file."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from u4ssc_gov.ledger import keys, note
from u4ssc_gov.ledger.note import BadNote, Checkpoint

# The example of Go's golang.org/x/mod/sumdb/note: PeterNeumann's key and the note it signed.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    GO_TEXT
    + "\n\u2014 PeterNeumann "
    + "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ORIGIN = "gov.u4ssc.example/ledger/1"


@pytest.fixture
def key():
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_the_example_of_the_go_library():
    parsed = note.parse_verifier_key(GO_KEY)
    assert str(parsed) == GO_KEY
    assert note.open_note(GO_NOTE, [parsed]) == GO_TEXT
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(GO_SECRET.split("+", 4)[4])[1:])
    assert note.sign(GO_TEXT, "PeterNeumann", private) == GO_NOTE


def test_a_checkpoint_there_and_back(key):
    said = Checkpoint(ORIGIN, 4803, bytes(range(32)))
    signed = note.sign(str(said), ORIGIN, key)
    assert signed.startswith(f"{ORIGIN}\n4803\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n\u2014 {ORIGIN} ")
    verifier = note.verifier_key(ORIGIN, key)
    assert note.parse_checkpoint(note.open_note(signed, [verifier])) == said
    assert note.parse_verifier_key(str(verifier)) == verifier


def test_signatures_of_unknown_names_are_ignored_and_one_of_ours_is_needed(key):
    other = Ed25519PrivateKey.generate()
    signed = note.sign("text\n", ORIGIN, key)
    witness = note.sign("text\n", "a.witness", other).splitlines()[-1]
    both = f"{signed}{witness}\n"
    assert note.open_note(both, [note.verifier_key(ORIGIN, key)]) == "text\n"
    for trusted in ([], [note.verifier_key("c.witness", other)], [note.verifier_key(ORIGIN, other)]):
        with pytest.raises(BadNote, match="trusted"):
            note.open_note(both, trusted)


def test_every_changed_character_is_found(key):
    signed = note.sign(str(Checkpoint(ORIGIN, 3, b"\x01" * 32)), ORIGIN, key)
    verifier = note.verifier_key(ORIGIN, key)
    for at, character in enumerate(signed):
        changed = signed[:at] + ("B" if character == "A" else "A") + signed[at + 1 :]
        with pytest.raises(BadNote):
            note.parse_checkpoint(note.open_note(changed, [verifier]))


@pytest.mark.parametrize(
    "text", ["", "text", "text\n", "\n\n", "text\n\nno dash\n", "t\n\n\u2014 n !!!!\n", "t\n\n\u2014 n AA==\n"]
)
def test_what_is_no_note_is_refused(text, key):
    with pytest.raises(BadNote):
        note.open_note(text, [note.verifier_key(ORIGIN, key)])


@pytest.mark.parametrize(
    "lines", ["o\n1\n", "o\n01\nROOT\n", "o\n-1\nROOT\n", "o\n1\nAA==\n", "\n1\nROOT\n", "o\n1\nROOT\nmore\n"]
)
def test_what_is_no_checkpoint_is_refused(lines):
    root = base64.b64encode(bytes(32)).decode()
    assert note.parse_checkpoint(f"o\n1\n{root}\n").size == 1
    with pytest.raises(BadNote):
        note.parse_checkpoint(lines.replace("ROOT", root))


def test_wrong_verifier_keys_are_refused():
    for wrong in (
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("Neumann", "Newmann"),
        GO_KEY[:-4],
        GO_KEY.replace("+A", "+B"),
        "name",
        "",
        "a b" + GO_KEY,
    ):
        with pytest.raises(BadNote):
            note.parse_verifier_key(wrong)
    with pytest.raises(BadNote):
        note.sign("no line feed", "name", Ed25519PrivateKey.generate())


def test_spare_bits_of_base64_are_refused(key):
    line = str(Checkpoint(ORIGIN, 3, bytes(32)))
    assert "AAA=\n" in line
    with pytest.raises(BadNote):
        note.parse_checkpoint(line.replace("AAA=\n", "AAB=\n"))


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "keys" / "ledger.key"
    made = keys.ensure_key(path).private_bytes_raw()
    assert keys.ensure_key(path).private_bytes_raw() == keys.load_key(path).private_bytes_raw() == made
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [found.name for found in path.parent.iterdir()] == ["ledger.key"]


def test_a_key_may_be_hexadecimal_and_nothing_else(tmp_path):
    path = tmp_path / "ledger.key"
    path.write_text(f"{bytes(range(32)).hex()}\n")
    assert keys.load_key(path).private_bytes_raw() == bytes(range(32))
    for wrong in ("", "00", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
        path.write_text(wrong)
        with pytest.raises(keys.KeyFileError, match="does not hold"):
            keys.load_key(path)
    with pytest.raises(keys.KeyFileError, match="no ledger key"):
        keys.load_key(tmp_path / "none")
