"""The list of countries: ISO codes, names of the United Nations, a region for each."""

import pytest

from u4ssc_gov.core import i18n
from u4ssc_gov.evaluations import countries
from u4ssc_gov.evaluations.rules import Region


@pytest.mark.parametrize(
    "code", ["ZZ", "EU", "UN", "XK", "XA", "XB", "AC", "TA", "QO", "AQ", "001", "no", "", "N", "BEL"]
)
def test_what_is_no_country_is_not_offered(code):
    assert code not in countries.codes()


def test_every_country_of_the_loaded_records_is_on_the_list():
    assert {"NO", "KZ", "UA", "AE", "SG", "CH", "TR", "PS", "GH", "CO"} <= countries.codes()
    assert len(countries.codes()) == 242  # ISO's 249 less 7 without towns


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("PS", "State of Palestine"),
        ("TW", "Taiwan, Province of China"),
        ("RU", "Russian Federation"),
        ("VN", "Viet Nam"),
        ("TR", "Türkiye"),
        ("NO", "Norway"),
        ("??", "??"),
    ],
)
def test_names_are_those_of_the_united_nations(code, name):
    assert countries.country_name(code) == name


def test_choices_are_sorted_and_start_empty():
    choices = countries.country_choices()
    assert choices[0][0] == ""
    assert [name for _code, name in choices[1:3]] == ["Afghanistan", "Åland Islands"]
    assert max(len(name) for _code, name in choices) <= 80  # the column


def test_names_are_translatable():
    with i18n.speaking(i18n.PSEUDO_LOCALE):
        assert countries.country_name("VN").startswith("⟦")


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("NO", Region.EUROPE), ("GH", Region.AFRICA), ("TN", Region.ARAB_STATES), ("KZ", Region.ASIA),
        ("CO", Region.LATIN_AMERICA), ("US", Region.OTHER), ("AU", Region.OTHER), ("??", Region.OTHER),
    ],
)  # fmt: skip
def test_regions(code, region):
    assert countries.region_of(code) is region
