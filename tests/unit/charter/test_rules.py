"""Keys of the ledger and the cutting of an official text."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.charter import rules
from u4ssc_gov.core.errors import Invalid

LEDGER = Path(__file__).parents[3] / "u4ssc_gov" / "initiative" / "data" / "clauses.csv"
# Words that cannot be taken for a number or a letter of a paragraph.
WORDS = st.text("bcdfghjklmnpqrstvwxz ", min_size=1, max_size=40).map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("key", "numbers"),
    [
        ("26e", ("26e",)),
        ("18", ("18",)),
        ("5–6", ("5", "6")),
        ("12–17", ("12", "13", "14", "15", "16", "17")),
        ("4, 11", ("4", "11")),
        ("27c,d", ("27c", "27d")),
        ("22a–o", tuple(f"22{letter}" for letter in "abcdefghijklmno")),
        ("25d,e,k; 26k; 27e", ("25d", "25e", "25k", "26k", "27e")),
        ("nonsense", ()),
    ],
)
def test_a_key_stands_for_its_paragraphs(key, numbers):
    assert rules.numbers_of(key) == numbers


def test_every_key_of_the_ledger_names_paragraphs():
    with LEDGER.open(encoding="utf-8", newline="") as file:
        keys = [row["key"] for row in csv.DictReader(file)]
    assert len(keys) > 60
    assert all(rules.numbers_of(key) for key in keys)


@st.composite
def _documents(draw):
    """A text with its paragraphs: growing numbers, letters that follow one another, lines that go on."""
    number, expected, lines = draw(st.integers(1, 30)), [], []
    for _ in range(draw(st.integers(1, 8))):
        for label in [str(number), *(f"{number}{chr(97 + i)}" for i in range(draw(st.integers(0, 4))))]:
            parts = draw(st.lists(WORDS, min_size=1, max_size=3))
            mark = f"{number}." if label == str(number) else f"({label[-1]})"
            lines += [f"{draw(st.sampled_from(['', '  ']))}{mark} {parts[0]}", *parts[1:], ""]
            expected.append((label, " ".join(parts)))
        number += draw(st.integers(1, 5))
    return "\n".join(lines), expected


@given(_documents())
def test_a_text_is_cut_into_the_paragraphs_it_was_made_of(document):
    text, expected = document
    assert [(one.number, one.text) for one in rules.cut_paragraphs(text)] == expected


def test_lists_and_years_inside_a_paragraph_do_not_break_it():
    text = "26. The Leaders\n2019. was the year\n1. first\n(b) not a letter yet\n(a) propose\n(i) a detail\n27. Then"
    found = {one.number: one.text for one in rules.cut_paragraphs(text)}
    assert list(found) == ["26", "26a", "27"]
    assert found["26a"] == "propose (i) a detail"
    assert "2019. was the year 1. first" in found["26"]


def test_the_time_to_cut_a_text_grows_with_its_length():
    def seconds(lines):
        text = "1. Start\n" + "more words\n" * lines
        began = time.perf_counter()
        assert len(rules.cut_paragraphs(text)) == 1
        return time.perf_counter() - began

    seconds(1_000)
    assert seconds(400_000) < 40 * max(seconds(40_000), 0.01)


@given(st.text(max_size=400))
def test_any_text_can_be_cut(text):
    numbers = [one.number for one in rules.cut_paragraphs(text)]
    assert len(numbers) == len(set(numbers))
    assert all(len(number) <= 10 for number in numbers)


@pytest.mark.parametrize("title", ["", "x" * 201])
def test_a_text_needs_a_title(title):
    with pytest.raises(Invalid):
        rules.check_title(title)
