"""Bytes that are the same everywhere: RFC 8785 under the narrower profile of docs/ledger-format.md, section 1."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import rfc8785

LARGEST = 2**53 - 1
LONGEST = 8192
_KEY = re.compile(r"[a-z0-9_]{1,40}")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")  # all but the line feed
_HALF = re.compile("[\ud800-\udfff]")
# Inside the profile (keys of a-z, 0-9 and _, no fractions, no halves) these are the bytes of RFC 8785, made
# without a call for each value; a test compares them with a library of RFC 8785.
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class NotCanonical(ValueError):
    """A value is outside the profile, or bytes are not the canonical form of what they say."""


def instant(value: datetime) -> str:
    """An instant in the fixed form: UTC, always six digits of fraction."""
    if value.tzinfo is None:
        raise NotCanonical("an instant without a time zone")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain(value: object) -> Any:
    """The JSON value of what our code holds: instants and days as text, tuples as lists, enumerations as their text."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [plain(item) for item in value]
    return value


def check(value: object) -> None:
    """Raise ``NotCanonical`` for the first thing outside the profile."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str) or not _KEY.fullmatch(key):
                raise NotCanonical(f"the key {key!r} is not made of a-z, 0-9 and _")
            check(item)
    elif isinstance(value, list):
        for item in value:
            check(item)
    else:
        _check_scalar(value)


def _check_scalar(value: object) -> None:
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_text(value)
    elif not isinstance(value, int):
        raise NotCanonical(f"a {type(value).__name__} has no place in an entry")
    elif not 0 <= value <= LARGEST:
        raise NotCanonical(f"the number {value} lies outside 0 to 2^53-1")


def _check_text(value: str) -> None:
    if len(value) > LONGEST:
        raise NotCanonical(f"a text of {len(value)} characters; {LONGEST} are the most")
    if _CONTROL.search(value):
        raise NotCanonical("a control character in a text")
    if value.isascii():
        return
    if _HALF.search(value):
        raise NotCanonical("half a surrogate pair in a text")
    if not unicodedata.is_normalized("NFC", value):
        raise NotCanonical("a text that is not in Unicode's form NFC")


def encode(value: Mapping[str, object]) -> bytes:
    """The canonical bytes of an entry or of a committed value. Raises ``NotCanonical``."""
    found = plain(value)
    check(found)
    return _JSON.encode(found).encode()


def document(value: Mapping[str, object]) -> bytes:
    """The canonical bytes of what is no entry (a record, a receipt, a frozen text): keys and lengths are free there."""
    found = plain(value)
    _refuse_fractions(found)
    try:
        return rfc8785.dumps(found)
    except rfc8785.CanonicalizationError as error:
        raise NotCanonical(str(error)) from error


def _refuse_fractions(value: object) -> None:
    if isinstance(value, float):
        raise NotCanonical("a number with a fraction")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_fractions(item)


def decode(content: bytes) -> dict[str, Any]:
    """Read an entry back; the bytes must be exactly the canonical form of what they say. Raises ``NotCanonical``."""
    try:
        value = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise NotCanonical("these bytes are not JSON") from error
    if not isinstance(value, dict):
        raise NotCanonical("an entry is an object")
    if encode(value) != content:
        raise NotCanonical("these bytes are not the canonical form of what they say")
    return value
