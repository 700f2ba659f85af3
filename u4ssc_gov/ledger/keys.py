"""The log's private key: one file that only its owner reads, made once, in a folder of its own. Never in a copy."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from u4ssc_gov.core.files import sync_folder

_HEX = re.compile(rb"[0-9a-f]{64}")


class KeyFileError(OSError):
    """The key file is missing, unreadable or not a key; the message is a sentence for the operator."""


def load_key(path: Path) -> Ed25519PrivateKey:
    """Read a key: PEM, or 64 hexadecimal digits. Raises ``KeyFileError``; ``PermissionError`` when it is another's."""
    try:
        content = path.read_bytes().strip()
    except FileNotFoundError as error:
        raise KeyFileError(f"There is no ledger key at {path}. Bring it back; without it nothing is signed.") from error
    if _HEX.fullmatch(content):
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(content.decode()))
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError) as error:
        raise KeyFileError(f"{path} does not hold a private key.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} holds a key of another kind than Ed25519.")
    return key


def ensure_key(path: Path) -> Ed25519PrivateKey:
    """Read the key, or make it (0600, its folder 0700) where there is none. Of several makers one wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _place(path, content)
    return load_key(path)


def _place(path: Path, content: bytes) -> None:
    """Put the file there whole and durable, unless somebody was first."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".ledger-key-")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        Path(temporary).unlink()
    sync_folder(path.parent)
