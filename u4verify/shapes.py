"""Small tests of single values, from which schema.py writes down the kinds of entries as a table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from u4verify.canonical import is_hex
from u4verify.note import MalformedKey, parse_key

type_check = Callable[[Any], bool]

_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def text(value: Any) -> bool:
    """Some words on one line or more."""
    return isinstance(value, str) and value.strip() != ""


def free_text(value: Any) -> bool:
    """Words, or none."""
    return isinstance(value, str)


def boolean(value: Any) -> bool:
    """True or false."""
    return isinstance(value, bool)


def number(value: Any) -> bool:
    """A whole number; in Python `True` is one too, in this format it is not."""
    return isinstance(value, int) and not isinstance(value, bool)


def positive(value: Any) -> bool:
    """A whole number from 1."""
    return number(value) and value >= 1


def sha256(value: Any) -> bool:
    """A digest, a commitment or a salt: 32 bytes."""
    return is_hex(value, 32)


def nothing(value: Any) -> bool:
    """Only null."""
    return value is None


def instant(value: Any) -> bool:
    """An instant that exists."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def day(value: Any) -> bool:
    """A day that exists."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def key(value: Any) -> bool:
    """A verifier key."""
    try:
        parse_key(value)
    except (MalformedKey, TypeError):
        return False
    return True


def one_of(*values: str) -> type_check:
    """One of some words."""
    return lambda value: isinstance(value, str) and value in values


def maybe(check: type_check) -> type_check:
    """Null is allowed too."""
    return lambda value: value is None or check(value)


def list_of(check: type_check) -> type_check:
    """A list, every item of which is so."""
    return lambda value: isinstance(value, list) and all(check(item) for item in value)


def pair(first: type_check, second: type_check) -> type_check:
    """A list of two."""
    return lambda value: isinstance(value, list) and len(value) == 2 and first(value[0]) and second(value[1])


def rising(value: Any) -> bool:
    """A list of whole numbers, each larger than the one before."""
    return list_of(number)(value) and all(a < b for a, b in pairwise(value))


def distinct(value: Any) -> bool:
    """A list of whole numbers from 1, none of them twice."""
    return list_of(positive)(value) and len(set(value)) == len(value)


def falling(value: Any) -> bool:
    """A list of whole numbers, each smaller than the one before."""
    return list_of(number)(value) and all(a > b for a, b in pairwise(value))


def fields(table: Mapping[str, type_check]) -> type_check:
    """An object with exactly these keys."""
    return lambda value: wrong_field(value, table) is None


def wrong_field(value: Any, table: Mapping[str, type_check]) -> str | None:
    """The first field that is missing, too many or not as it must be."""
    if not isinstance(value, dict):
        return "(all)"
    for name in sorted(set(value) ^ set(table)):
        return name
    return next((name for name, check in table.items() if not check(value[name])), None)
