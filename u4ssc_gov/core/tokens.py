"""Secrets that go out once and are kept only as hashes."""

import hashlib
import secrets


def new_token() -> str:
    """A fresh 256-bit token for a cookie or a link."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
