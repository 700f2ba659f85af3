"""Countries and areas: codes and names from CLDR, corrected to the names the United Nations use.

CLDR lists codes that are no country, and everyday names; a page of a UN initiative needs its own corrections.
"""

from __future__ import annotations

from functools import cache

from babel import Locale

from u4ssc_gov.core import i18n
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy

# No country: groupings, private use, reserved codes; and, by policy, XK.
_NOT_COUNTRIES = "ZZ XA XB EU EZ UN QO AC CP CQ DG EA IC TA XK"
_WITHOUT_CITIES = "AQ BV GS HM IO TF UM"
_UN_NAMES = {
    "AG": lazy("Antigua and Barbuda"),
    "BL": lazy("Saint Barthélemy"),
    "BA": lazy("Bosnia and Herzegovina"),
    "BN": lazy("Brunei Darussalam"),
    "BO": lazy("Bolivia (Plurinational State of)"),
    "CD": lazy("Democratic Republic of the Congo"),
    "CG": lazy("Congo"),
    "CV": lazy("Cabo Verde"),
    "CZ": lazy("Czechia"),
    "FK": lazy("Falkland Islands (Malvinas)"),
    "FM": lazy("Micronesia (Federated States of)"),
    "GB": lazy("United Kingdom of Great Britain and Northern Ireland"),
    "HK": lazy("China, Hong Kong Special Administrative Region"),
    "IR": lazy("Iran (Islamic Republic of)"),
    "KN": lazy("Saint Kitts and Nevis"),
    "KP": lazy("Democratic People’s Republic of Korea"),
    "KR": lazy("Republic of Korea"),
    "LA": lazy("Lao People’s Democratic Republic"),
    "LC": lazy("Saint Lucia"),
    "MF": lazy("Saint Martin (French part)"),
    "MD": lazy("Republic of Moldova"),
    "MM": lazy("Myanmar"),
    "MO": lazy("China, Macao Special Administrative Region"),
    "NL": lazy("Netherlands (Kingdom of the)"),
    "PM": lazy("Saint Pierre and Miquelon"),
    "PS": lazy("State of Palestine"),
    "RU": lazy("Russian Federation"),
    "SH": lazy("Saint Helena"),
    "ST": lazy("Sao Tome and Principe"),
    "SY": lazy("Syrian Arab Republic"),
    "TL": lazy("Timor-Leste"),
    "TT": lazy("Trinidad and Tobago"),
    "TW": lazy("Taiwan, Province of China"),
    "TZ": lazy("United Republic of Tanzania"),
    "US": lazy("United States of America"),
    "VA": lazy("Holy See"),
    "VC": lazy("Saint Vincent and the Grenadines"),
    "VE": lazy("Venezuela (Bolivarian Republic of)"),
    "VN": lazy("Viet Nam"),
}


@cache
def codes() -> frozenset[str]:
    """Every code a record may carry (ISO 3166-1 alpha-2)."""
    known = [str(code) for code in Locale.parse("en").territories]
    two_letters = {code for code in known if len(code) == 2 and code.isalpha()}
    return frozenset(two_letters - {*_NOT_COUNTRIES.split(), *_WITHOUT_CITIES.split()})


def country_name(code: str) -> str:
    """The name in the reader's language; the code itself when it is unknown."""
    return _names(i18n.current().code).get(code, code)


def country_choices() -> list[tuple[str, str]]:
    """Code and name of every country, by name, after an empty first choice."""
    found = sorted(_names(i18n.current().code).items(), key=lambda pair: _sort_key(pair[1]))
    return [("", _("Choose a country")), *found]


@cache
def _names(language: str) -> dict[str, str]:
    with i18n.speaking(language) as spoken:
        cldr = spoken.formatting.territories
        return {code: str(_UN_NAMES[code]) if code in _UN_NAMES else cldr.get(code, code) for code in codes()}


def _sort_key(name: str) -> str:
    plain = name.translate(str.maketrans("ÅÇÉÔÖÜåçéôöü", "ACEOOUaceoou"))
    return plain.casefold()
