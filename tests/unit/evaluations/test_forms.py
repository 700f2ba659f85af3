"""Numbers as people write them, and what is no number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from u4ssc_gov.evaluations import forms


def _city(population):
    return forms.CityForm(MultiDict({"city": "Brenvik", "country_code": "NO", "population": population}))


@pytest.mark.parametrize(
    ("text", "number"),
    [("142000", 142_000), ("142 000", 142_000), ("142,000", 142_000), ("142.000", 142_000), (" 7 ", 7),
     ("1\u202f100\u00a0000", 1_100_000), ("1’100’000", 1_100_000), ("100000000", 100_000_000), ("1", 1)],
)  # fmt: skip
def test_numbers_of_inhabitants(text, number):
    form = _city(text)
    assert form.validate(), form.errors
    assert form.part().population == number


@pytest.mark.parametrize(
    "text",
    ["1e9", "-5", "0", "100000001", "9" * 400, "1.5", "12,34", "1,00", "0x10", "NaN", "inf", "1_000", "", " ", "many",
     "<b>1</b>", "=1+1", "٣٤", "1\x00", "²"],
)  # fmt: skip
def test_what_is_no_number_of_inhabitants(text):
    form = _city(text)
    assert not form.validate()
    assert form.population.errors
    assert form.population.data == text  # what was typed is kept


@given(st.text(max_size=40))
def test_no_text_breaks_a_number(text):
    form = forms.DataForm(MultiDict({"percent": text}))
    if form.validate():
        assert form.percent.number in range(101)


@given(st.text(max_size=12))
def test_a_version_is_a_number_or_never_matches(text):
    assert forms.AnswerForm(MultiDict({"version": text})).expected_version >= 0


@pytest.mark.parametrize("text", ["", "x", "WAITING", "draft\x00", None])
def test_texts_that_name_no_stage(text):
    assert forms.stage_of(text) is None
