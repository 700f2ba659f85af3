"""Signed notes and verifier keys (C2SP signed-note, tlog-checkpoint): framing around ``cryptography``'s Ed25519."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
_DASH = "\u2014"
_NAME = re.compile(r"[^\s+]{1,255}")


class BadNote(ValueError):
    """A note, a verifier key or a checkpoint that is not what it should be."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A name and the public key that speaks for it."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or len(self.public) != 32:
            raise BadNote("a verifier key has a name without blanks or plus signs, and 32 bytes")

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell the keys of one name apart."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a log, as they are signed."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def verifier_key(name: str, key: Ed25519PrivateKey) -> VerifierKey:
    """The public side of a private key under a name."""
    return VerifierKey(name, key.public_key().public_bytes_raw())


def parse_verifier_key(text: str) -> VerifierKey:
    """Read ``name+id+key``; the id must be that of the key. Raises ``BadNote``."""
    name, _, rest = text.partition("+")
    digits, _, encoded = rest.partition("+")
    material = _base64(encoded)
    if material[:1] != ED25519:
        raise BadNote("a verifier key of a kind that this version does not know")
    found = VerifierKey(name, material[1:])
    if found.key_id.hex() != digits:
        raise BadNote("the number of the verifier key does not belong to the key")
    return found


def sign(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """The note: the text, an empty line and one line of signature."""
    if not text.endswith("\n"):
        raise BadNote("a note's text ends with a line feed")
    body = verifier_key(name, key).key_id + key.sign(text.encode())
    return f"{text}\n{_DASH} {name} {base64.b64encode(body).decode()}\n"


def open_note(note: str, trusted: Iterable[VerifierKey]) -> str:
    """The text of a note that one of the trusted keys has signed. Raises ``BadNote``; unknown names are ignored."""
    text, gap, lines = note.rpartition("\n\n")
    if not gap or not lines.endswith("\n"):
        raise BadNote("this is not a signed note")
    text += "\n"
    keys = {(key.name, key.key_id): key for key in trusted}
    verified = False
    for line in lines[:-1].split("\n"):
        name, number, signature = _signature(line)
        key = keys.get((name, number))
        if key is not None:
            _verify(key, signature, text)
            verified = True
    if not verified:
        raise BadNote("no trusted key has signed this note")
    return text


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text. Raises ``BadNote``."""
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or not lines[0] or not re.fullmatch(r"0|[1-9][0-9]{0,15}", lines[1]):
        raise BadNote("this is not a checkpoint")
    root = _base64(lines[2])
    if len(root) != 32:
        raise BadNote("a checkpoint's root has 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def _signature(line: str) -> tuple[str, bytes, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    body = _base64(encoded)
    if dash != _DASH or not _NAME.fullmatch(name) or len(body) < 5:
        raise BadNote("a line of signature is malformed")
    return name, body[:4], body[4:]


def _verify(key: VerifierKey, signature: bytes, text: str) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except InvalidSignature as error:
        raise BadNote(f"the signature of {key.name} is wrong") from error


def _base64(text: str) -> bytes:
    """Strict: what is encoded again must be the same text, else spare bits could differ."""
    try:
        content = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise BadNote("this is not base64") from error
    if base64.b64encode(content).decode() != text:
        raise BadNote("this is not base64 as it is written here")
    return content
