"""One form of bytes for one value, the same as a second library's, and nothing outside the profile."""

import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

import jcs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.ledger import canonical
from u4ssc_gov.ledger.canonical import LARGEST, NotCanonical

NFC, NFD = "\u00e9", "e\u0301"


class Choice(StrEnum):
    YES = "approve"


def test_the_form_is_the_one_of_the_document():
    at = datetime(2026, 11, 23, 10, 0, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    value = {"z": [True, None, 2**53 - 1], "at": at, "day": date(2026, 2, 28), "b": {"x": Choice.YES, "a": (1, 2)}}
    assert canonical.encode(value) == (
        b'{"at":"2026-11-23T09:00:00.000005Z","b":{"a":[1,2],"x":"approve"},"day":"2026-02-28",'
        b'"z":[true,null,9007199254740991]}'
    )


def test_an_instant_has_six_digits_even_at_the_full_second():
    assert canonical.instant(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000000Z"
    with pytest.raises(NotCanonical):
        canonical.instant(datetime(2026, 1, 2))  # noqa: DTZ001 - naive on purpose


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        0.5,
        float("nan"),
        -1,
        LARGEST + 1,
        NFD,
        "tab\there",
        "\x00",
        "carriage\rreturn",
        "\x7f",
        "\x85",
        "\x9f",
        "\ud800",
        "x" * 8193,
        b"bytes",
        {1, 2},
        {"Upper": 1},
        {"": 1},
        {"k" * 41: 1},
        {"dash-ed": 1},
        {1: 1},
        [{"deep": [1.5]}],
    ],
    ids=repr,
)
def test_what_is_outside_the_profile_is_refused(value):
    with pytest.raises(NotCanonical):
        canonical.encode({"key": value})


@pytest.mark.parametrize("value", [NFC, "line\nfeed", "x" * 8192, "", "\U0001f600", "\u200f", 0, LARGEST, [], {}])
def test_what_is_at_its_edge_is_taken(value):
    content = canonical.encode({"key": value})
    assert canonical.decode(content) == {"key": value}


def test_the_two_forms_of_one_letter_are_not_one_value():
    assert canonical.encode({"key": NFC}) == b'{"key":"\xc3\xa9"}'
    with pytest.raises(NotCanonical, match="NFC"):
        canonical.encode({"key": NFD})


@pytest.mark.parametrize(
    "content",
    [
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":-0}',
        b'{"a":1e2}',
        b'{"a":"\\u0041"}',
        b'{"a":NaN}',
        b"[1]",
        b"",
        b"\xff",
        b'{"a":1}\n',
        b'\xef\xbb\xbf{"a":1}',
        b"[" * 100_000,
    ],
)
def test_bytes_that_are_not_the_form_are_refused(content):
    with pytest.raises(NotCanonical):
        canonical.decode(content)


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20).filter(
    lambda text: unicodedata.is_normalized("NFC", text)
)
_KEYS = st.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, LARGEST) | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(_KEYS, _VALUES, max_size=5))
def test_a_second_library_writes_the_same_bytes(value):
    content = canonical.encode(value)
    assert content == jcs.canonicalize(value)
    assert canonical.decode(content) == value


def test_documents_have_free_keys_and_lengths_but_no_fractions():
    long = "x" * 9000
    assert canonical.document({"text/decision.json": long}) == jcs.canonicalize({"text/decision.json": long})
    for wrong in ({"a": [1.5]}, {"a": {"b": 0.0}}, {"a": "\ud800"}):
        with pytest.raises(NotCanonical):
            canonical.document(wrong)
