"""One meaning, one spelling: the profile, and agreement with a second library."""

from __future__ import annotations

import unicodedata

import jcs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from u4verify import canonical
from u4verify.verdict import Refuted

_TEXT = st.text(max_size=30).map(lambda text: unicodedata.normalize("NFC", text))
_SAFE = _TEXT.filter(lambda t: not any(unicodedata.category(c) in ("Cc", "Cs") for c in t))
_KEYS = st.from_regex(r"[a-z0-9_]{1,40}", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, canonical.LARGEST) | _SAFE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(VALUES)
def test_both_libraries_write_the_same_and_it_is_read_back(value):
    data = canonical.dumps(value)
    assert data == jcs.canonicalize(value)
    assert canonical.parse(data, "x") == value


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b'{"b":1,"a":1}', "canonical"),
        (b'{"a":1,"a":1}', "canonical"),
        (b'{"a": 1}', "canonical"),
        (b'{"a":1}\n', "canonical"),
        (b'{"a":"\\u00e9"}', "canonical"),
        (b'{"a":"\\/"}', "canonical"),
        (b'{"a":"\\ud800"}', "canonical"),
        (b'{"a":-0}', "canonical"),
        (b'{"a":1.0}', "json"),
        (b'{"a":1e3}', "json"),
        (b'{"a":NaN}', "json"),
        (b'{"a":Infinity}', "json"),
        (b'{"a":01}', "json"),
        (b'{"a":1}x', "json"),
        (b"", "json"),
        (b'\xef\xbb\xbf{"a":1}', "json"),
        ('{"a":1}'.encode("utf-16"), "json"),
        (b'{"a":"\xff"}', "json"),
        (b'{"a":' + b"9" * 5000 + b"}", "json"),
        (b"[" * 100_000, "json"),
        (b'{"a":-1}', "profile"),
        (b'{"a":9007199254740991}', None),
        (b'{"a":9007199254740992}', "canonical"),
        (b'{"A":1}', "profile"),
        (b'{"":1}', "profile"),
        (b'{"' + b"a" * 41 + b'":1}', "profile"),
        (b'{"' + b"a" * 40 + b'":1}', None),
        (b'{"a":"\\t"}', "profile"),
        (b'{"a":"\\r"}', "profile"),
        (b'{"a":"\\n"}', None),
        (b'{"a":"\x7f"}', "profile"),
        ('{"a":"\x85"}'.encode(), "profile"),
        ('{"a":"e\u0301"}'.encode(), "profile"),
        ('{"a":"é"}'.encode(), None),
        (b'"' + b"a" * 8192 + b'"', None),
        (b'"' + b"a" * 8193 + b'"', "profile"),
        (b"[" * 17 + b"]" * 17, "profile"),
    ],
)
def test_the_profile(data, rule):
    if rule is None:
        canonical.parse(data, "x")
        return
    with pytest.raises(Refuted) as broken:
        canonical.parse(data, "x")
    assert broken.value.rule == rule


def test_a_container_may_hold_whole_entries_and_file_names():
    data = canonical.dumps({"text/decision.json": "a" * 9000, "READ-ME.html": "n\u0303"})
    canonical.parse(data, "x", container=True)
    with pytest.raises(Refuted):
        canonical.parse(data, "x")
    with pytest.raises(Refuted):
        canonical.parse(b'"\\t"', "x", container=True)


def test_hexadecimal_is_lower_case_and_of_the_right_length():
    assert canonical.is_hex("0f", 1)
    assert not any(canonical.is_hex(value, 1) for value in ("0F", "0", "0f0f", "0g", "0\u0661", 15, None))
