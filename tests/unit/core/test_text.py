"""Text from outside becomes harmless, and stays what was meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.core.text import clean_line, clean_text, csv_safe, initials, render_markdown, slugify

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt&#58;alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](//evil.example/a)",
    "![x](https://evil.example/pixel.png)",
    "<svg onload=alert(1)>",
    "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)></style></mglyph></math>",
    "<a href='vbscript:x'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    '<https://example.org/"onmouseover=alert(1)>',
    "`<b>`",
    "<style>*{display:none}</style>",
    "<form action=https://evil.example><input name=password>",
]


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_markdown_is_inert(payload):
    html = render_markdown(payload)
    lowered = html.lower()
    for forbidden in ("<script", "<img", "<svg", "<math", "<iframe", "<style", "<form", "<input", "href=\"javascript",
                      "href=\"data", "href=\"vbscript", "href=\"//"):  # fmt: skip
        assert forbidden not in lowered
    assert " on" not in lowered.split(">")[0]


def test_markdown_keeps_what_minutes_need():
    html = render_markdown("# Title\n\n**bold** and *slanted*\n\n- one\n- two\n\n[site](https://itu.int)")
    assert "<h3>Title</h3>" in html
    assert "<strong>bold</strong>" in html
    assert "<li>one</li>" in html
    assert 'href="https://itu.int"' in html


@given(st.text())
def test_a_line_is_one_line_without_controls(value):
    line = clean_line(value)
    assert not any(c in line for c in "\r\n\t\x00\x1b\u2028\u2029\u202e\x85")
    assert line == clean_line(line)


@given(st.text())
def test_cleaning_text_is_stable_and_keeps_paragraphs(value):
    text = clean_text(value)
    assert text == clean_text(text)
    assert "\r" not in text
    assert clean_text("a\r\n\r\nb") == "a\n\nb"


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\uff1d1"])
def test_text_cannot_become_a_formula(value):
    assert str(csv_safe(value)).startswith("'")


@pytest.mark.parametrize("value", [-3.2, 0, 17, None, True])
def test_numbers_stay_numbers(value):
    assert csv_safe(value) is value


def test_initials():
    assert initials("Representative of WMO") == "RW"
    assert initials("Élodie") == "É"
    assert initials("  ") == "?"


def test_slugs():
    assert slugify("Ålesund & Bodø: 2020!") == "alesund-bod-2020"


def test_what_is_cleaned_is_normalised_last_and_holds_no_tab():
    assert clean_text("e\x00\u0301") == "\u00e9"  # the control character had kept them apart
    assert clean_text("a\tb\n\tc") == "a b\n c"
