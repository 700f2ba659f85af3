"""Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature): who vouches for a log."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from u4verify.canonical import LARGEST
from u4verify.verdict import Refuted

ED25519 = 0x01
COSIGNATURE = 0x04
MOST_SIGNATURES = 100
LARGEST_NOTE = 1_000_000

_NAME = re.compile(r"[^\s+\x00-\x1f\x7f-\x9f]{1,255}")
_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)")
_SIGNATURE = re.compile(r"— (\S+) ([A-Za-z0-9+/]+=*)")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class MalformedKey(ValueError):
    """A text that is no verifier key."""


@dataclass(frozen=True)
class VerifierKey:
    """The public half of a key, with the name of its holder."""

    name: str
    key_id: bytes
    algorithm: int
    public: bytes

    def __str__(self) -> str:
        """The text form of section 3."""
        body = base64.b64encode(bytes([self.algorithm]) + self.public).decode("ascii")
        return f"{self.name}+{self.key_id.hex()}+{body}"


@dataclass(frozen=True)
class Signature:
    """One line below a note."""

    name: str
    key_id: bytes
    blob: bytes


@dataclass(frozen=True)
class Note:
    """A text and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True)
class Signed:
    """A signature that holds; a witness adds the time (Unix seconds) at which it signed."""

    key: VerifierKey
    time: int | None


@dataclass(frozen=True)
class Checkpoint:
    """The state of a log: how many entries, and the root of the tree over them."""

    origin: str
    size: int
    root: bytes
    note: Note | None = None


def strict_base64(text: str) -> bytes:
    """Decode, and refuse every other spelling of the same bytes (spare bits, line feeds, missing padding)."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error
    if base64.b64encode(data).decode("ascii") != text:
        raise ValueError("not the only base64 of these bytes")
    return data


def key_id_of(name: str, algorithm: int, public: bytes) -> bytes:
    """The four bytes by which a signature line names its key."""
    return hashlib.sha256(name.encode("utf-8") + b"\n" + bytes([algorithm]) + public).digest()[:4]


def parse_key(text: str) -> VerifierKey:
    """A verifier key from its text form."""
    match = _KEY.fullmatch(text)
    if match is None or not _NAME.fullmatch(match[1]):
        raise MalformedKey("not of the form name+id+key")
    try:
        body = strict_base64(match[3])
    except ValueError as error:
        raise MalformedKey(str(error)) from error
    if len(body) != 33 or body[0] not in (ED25519, COSIGNATURE):
        raise MalformedKey("not an Ed25519 key")
    key_id = bytes.fromhex(match[2])
    if key_id != key_id_of(match[1], body[0], body[1:]):
        raise MalformedKey("the id is not that of the key")
    return VerifierKey(match[1], key_id, body[0], body[1:])


def parse_note(text: str) -> Note:
    """A signed note, taken apart but not yet believed."""
    if len(text) > LARGEST_NOTE or _CONTROL.search(text):
        raise _malformed("it is too long or holds control characters")
    body, empty_line, below = text.rpartition("\n\n")
    if not empty_line or not below.endswith("\n"):
        raise _malformed("no signatures follow an empty line")
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise _malformed("it has more than a hundred signatures")
    return Note(body + "\n", tuple(_signature(line) for line in lines))


def _signature(line: str) -> Signature:
    match = _SIGNATURE.fullmatch(line)
    if match is None or not _NAME.fullmatch(match[1]):
        raise _malformed("a signature line is malformed")
    try:
        blob = strict_base64(match[2])
    except ValueError:
        raise _malformed("a signature is not in canonical base64") from None
    if len(blob) < 5:
        raise _malformed("a signature is too short")
    return Signature(match[1], blob[:4], blob[4:])


def verify(note: Note, keys: Sequence[VerifierKey]) -> list[Signed]:
    """The signatures by keys we know. Unknown names are ignored; a false one under a known key refutes the note."""
    known = {(key.name, key.key_id): key for key in keys}
    held: dict[VerifierKey, Signed] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            held.setdefault(key, _check(note.text, signature, key))
    return list(held.values())


def _check(text: str, signature: Signature, key: VerifierKey) -> Signed:
    message, blob, time = text.encode("utf-8"), signature.blob, None
    if key.algorithm == COSIGNATURE:
        time, blob = int.from_bytes(blob[:8], "big"), blob[8:]
        message = f"cosignature/v1\ntime {time}\n".encode("ascii") + message
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(blob, message)
    except (InvalidSignature, ValueError):
        raise Refuted("checkpoint.signature", f"The signature of {key.name} does not fit the checkpoint.") from None
    return Signed(key, time)


def parse_checkpoint(text: str) -> Checkpoint:
    """A checkpoint, taken apart but not yet believed."""
    note = parse_note(text)
    lines = note.text.split("\n")
    if len(lines) != 4 or not _NAME.fullmatch(lines[0]):
        raise _malformed("it must have exactly three lines: origin, size, root")
    return checkpoint_of(lines[0], lines[1], lines[2], note)


def checkpoint_of(origin: str, size: str, root: str, note: Note | None = None) -> Checkpoint:
    """A checkpoint from its three lines, or from the line in a mail."""
    if not _SIZE.fullmatch(size) or int(size) > LARGEST:
        raise _malformed("the size is not a plain decimal number")
    try:
        data = strict_base64(root)
    except ValueError:
        raise _malformed("the root is not in canonical base64") from None
    if len(data) != 32:
        raise _malformed("the root is not 32 bytes long")
    return Checkpoint(origin, int(size), data, note)


def _malformed(why: str) -> Refuted:
    return Refuted("checkpoint.form", f"The checkpoint is malformed: {why}.")
