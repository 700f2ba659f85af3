"""Stored files: content-addressed, written once, never changed. The row that names a file lives in ``documents``."""

import hashlib
import os
import tempfile
from pathlib import Path


def store_bytes(folder: Path, content: bytes) -> str:
    """Write content under its SHA-256 and return the hex digest. Durable before the row that names it commits."""
    digest = hashlib.sha256(content).hexdigest()
    target = path_of(folder, digest)
    if target.exists():
        return digest
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_durably(target, content)
    return digest


def replace_durably(target: Path, content: bytes) -> None:
    """Write a file so that after a power cut there is the old one or the new one, whole. Only its owner reads it."""
    handle, temporary = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    Path(temporary).replace(target)
    sync_folder(target.parent)


def path_of(folder: Path, digest: str) -> Path:
    """Where the content with this digest lies."""
    return folder / digest[:2] / digest


def read_bytes(folder: Path, digest: str) -> bytes:
    """Read content back and check it against its name; raises ``OSError`` when it is missing or damaged."""
    content = path_of(folder, digest).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise OSError(f"stored file {digest} is damaged")
    return content


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
