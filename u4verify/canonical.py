"""Canonical JSON (RFC 8785) in the narrow profile of the format: one meaning has exactly one spelling in bytes.

Without this a forger could show two texts for one digest, or a harmless difference could look like a forgery.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any, NoReturn

import rfc8785

from u4verify.verdict import Refuted

LARGEST = 2**53 - 1
LONGEST = 8192
DEEPEST = 16

_KEY = re.compile(r"[a-z0-9_]{1,40}")
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_HEX = re.compile(r"(?:[0-9a-f]{2})+")


def parse(data: bytes, what: str, *, container: bool = False, confirmed: bool = True) -> Any:
    """The value these bytes spell, if they spell it canonically.

    A container (record.json, reveal.json, a receipt) holds whole entries as strings and file names as keys; the limits
    on length, on keys and on normalisation bind what is inside, not the container. Two writers must agree with the
    bytes: the standard library refuses a false file quickly, the other one confirms it, at once or after other checks.
    """
    value = _loads(data, what)
    _compare(_quick, value, data, what)
    if confirmed:
        confirm(value, data, what)
    check_profile(value, what, container=container)
    return value


def confirm(value: Any, data: bytes, what: str) -> None:
    """Whether the reference writer of the canonical form writes these bytes."""
    _compare(rfc8785.dumps, value, data, what)


def _compare(write: Callable[[Any], bytes], value: Any, data: bytes, what: str) -> None:
    try:
        same = write(value) == data
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise Refuted("canonical", f"{what} is not in the canonical form of RFC 8785.")


def dumps(value: Any) -> bytes:
    """The canonical bytes of a value."""
    return rfc8785.dumps(value)


def digest(data: bytes) -> str:
    """SHA-256 as the format writes it."""
    return hashlib.sha256(data).hexdigest()


def commitment(salt: str, value: Any) -> str:
    """What section 4 makes of a value and its salt."""
    return hmac.new(bytes.fromhex(salt), dumps(value), hashlib.sha256).hexdigest()


def is_hex(value: object, length: int) -> bool:
    """Whether this is `length` bytes in lower-case hexadecimal."""
    return isinstance(value, str) and len(value) == 2 * length and _HEX.fullmatch(value) is not None


def check_profile(value: Any, what: str, *, container: bool = False, depth: int = 0) -> None:
    """Refuse every type, number, string or key outside the profile."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        _check_string(value, what, container=container)
    elif isinstance(value, int):
        if not 0 <= value <= LARGEST:
            _refuse(what, "a number outside 0 to 2^53 minus 1")
    elif depth >= DEEPEST:
        _refuse(what, "more levels than any entry has")
    else:
        _check_inside(value, what, container=container, depth=depth + 1)


def _check_inside(value: Any, what: str, *, container: bool, depth: int) -> None:
    if isinstance(value, list):
        for item in value:
            check_profile(item, what, container=container, depth=depth)
        return
    for key, item in value.items():
        if not container and not _KEY.fullmatch(key):
            _refuse(what, "a key outside the alphabet of keys")
        check_profile(key, what, container=container, depth=depth)
        check_profile(item, what, container=container, depth=depth)


def _check_string(value: str, what: str, *, container: bool) -> None:
    if _CONTROL.search(value):
        _refuse(what, "a control character")
    if container:
        return
    if len(value) > LONGEST:
        _refuse(what, "a text longer than 8,192 characters")
    if not value.isascii() and not unicodedata.is_normalized("NFC", value):
        _refuse(what, "a text that is not in Unicode form NFC")


def _refuse(what: str, why: str) -> NoReturn:
    raise Refuted("profile", f"{what} holds {why}.")


def _no_fraction(_text: str) -> NoReturn:
    raise ValueError("fractions do not exist in this format")


def _loads(data: bytes, what: str) -> Any:
    try:
        return json.loads(data.decode("utf-8"), parse_float=_no_fraction, parse_constant=_no_fraction)
    except (ValueError, RecursionError):
        raise Refuted("json", f"{what} is not JSON as the format allows it.") from None


def _quick(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
