"""Bytes, trees, signatures and archives of the ledger, from docs/ledger-format.md and the definitions it cites.

Only tests use them. They imitate no program: the tree is the recursion of RFC 6962, the archive that of zipfile.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

# The rule that the ballots of the tests have unless they say otherwise.
RULE: dict[str, Any] = {
    "method": "vote",
    "version": 1,
    "quorum_num": 1,
    "quorum_den": 2,
    "quorum_base": "all_seats",
    "pass_num": 1,
    "pass_den": 2,
    "pass_at_least": False,
    "pass_base": "yes_no",
    "min_approvals": 0,
    "max_objections": None,
    "max_objections_num": None,
    "max_objections_den": None,
    "silence_break": 1,
    "silence_acknowledged": 0,
    "consultation_days": 5,
    "period_days": 10,
    "period_kind": "calendar",
    "minimum_hours": 72,
    "early_close": False,
    "extension_days": 7,
    "on_no_quorum": "new_round",
    "on_tie": "refer",
    "visibility": "live",
    "reminder_hours": [72, 24],
    "challenge_days": 10,
    "secrecy_seats": 2,
}
CHOICES = ("abstain", "approve", "approve_with_comments", "ask_vote", "no_objection", "object", "recuse")


def canonical(value: Any) -> bytes:
    """For texts and whole numbers, RFC 8785 is what the standard library writes with these settings."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def digest(data: bytes) -> str:
    """SHA-256."""
    return hashlib.sha256(data).hexdigest()


def salt(name: str) -> str:
    """A salt that is the same in every run."""
    return digest(f"salt {name}".encode())


def seal(key: str, value: Any) -> str:
    """A commitment."""
    return hmac.new(bytes.fromhex(key), canonical(value), hashlib.sha256).hexdigest()


def trust_text(key: str, origin: str) -> bytes:
    """TRUST.txt of section 9."""
    lines = (
        key,
        "",
        f"The line above is the verifier key of the ledger {origin}, as its first entry names it.",
        "A file cannot vouch for itself: before you trust this key, compare it with the one published elsewhere:",
        "- the page of the ledger on the platform, and the trust file for u4verify that it offers;",
        "- a copy that you or another partner kept earlier, or one printed in the minutes of an annual meeting.",
        "No independent witness has been appointed yet.",
        "",
    )
    return "\n".join(lines).encode()


def private_key(name: str) -> Ed25519PrivateKey:
    """A key that is the same in every run."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


# --- the tree, by the recursive definition of RFC 6962 ------------------------------------------------------------


def leaf(data: bytes) -> bytes:
    """The hash of an entry."""
    return hashlib.sha256(b"\0" + data).digest()


def _split(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def root(leaves: list[bytes]) -> bytes:
    """MTH of section 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = _split(len(leaves))
    return hashlib.sha256(b"\1" + root(leaves[:k]) + root(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), root(leaves[k:])]
    return [*path(m - k, leaves[k:]), root(leaves[:k])]


def consistency(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """PROOF and SUBPROOF of section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [root(leaves)]
    k = _split(len(leaves))
    if m <= k:
        return [*consistency(m, leaves[:k], whole), root(leaves[k:])]
    return [*consistency(m - k, leaves[k:], False), root(leaves[:k])]


# --- signatures ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signer:
    """A log (type 1) or a witness (type 4)."""

    name: str
    kind: int = 1
    seed: str = ""

    @property
    def _private(self) -> Ed25519PrivateKey:
        return private_key(self.seed or self.name)

    @property
    def _public(self) -> bytes:
        return bytes([self.kind]) + self._private.public_key().public_bytes_raw()

    @property
    def _id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + self._public).digest()[:4]

    @property
    def key(self) -> str:
        """The verifier key."""
        return f"{self.name}+{self._id.hex()}+{base64.b64encode(self._public).decode()}"

    def line(self, text: str, time: int = 1_800_000_000) -> str:
        """The signature line below a note."""
        if self.kind == 4:
            message = f"cosignature/v1\ntime {time}\n{text}".encode()
            blob = time.to_bytes(8, "big") + self._private.sign(message)
        else:
            blob = self._private.sign(text.encode())
        return f"— {self.name} {base64.b64encode(self._id + blob).decode()}\n"


# --- archives --------------------------------------------------------------------------------------------------------


def pack(members: dict[str, bytes]) -> bytes:
    """The archive, by the zip writer of the standard library (the verifier has its own)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            archive.writestr(info, data)
    return stream.getvalue()


def repack(members: dict[str, bytes], **changed: Any) -> bytes:
    """The archive again after a change, with every digest in it brought up to date."""
    record = json.loads(members["record.json"]) | changed
    record["files"] = {name: digest(data) for name, data in members.items() if name != "record.json"}
    return pack(members | {"record.json": canonical(record)})
