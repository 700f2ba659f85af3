"""The broad region a city lies in. Codes and names of countries are the house's: ``core.countries``."""

from __future__ import annotations

from u4ssc_gov.core.countries import codes, country_choices, country_name
from u4ssc_gov.evaluations.rules import Region

__all__ = ["codes", "country_choices", "country_name", "region_of"]

# The queue's broad regions; what is in none of them (Northern America, Oceania) is "Other".
_REGIONS = {
    Region.AFRICA: (
        "AO BF BI BJ BW CD CF CG CI CM CV ER ET GA GH GM GN GQ GW KE LR LS MG ML MU MW MZ NA NE NG RE RW SC "
        "SH SL SN SS ST SZ TD TG TZ UG YT ZA ZM ZW"
    ),
    Region.ARAB_STATES: "AE BH DJ DZ EG EH IQ JO KM KW LB LY MA MR OM PS QA SA SD SO SY TN YE",
    Region.ASIA: (
        "AF BD BN BT CC CN CX HK ID IN IR JP KG KH KP KR KZ LA LK MM MN MO MV MY NP PH PK SG TH TJ TL TM TW UZ VN"
    ),
    Region.EUROPE: (
        "AD AL AM AT AX AZ BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GE GG GI GR HR HU IE IL IM IS IT JE "
        "LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM TR UA VA"
    ),
    Region.LATIN_AMERICA: (
        "AG AI AR AW BB BL BO BQ BR BS BZ CL CO CR CU CW DM DO EC FK GD GF GP GT GY HN HT JM KN KY LC MF MQ "
        "MS MX NI PA PE PR PY SR SV SX TC TT UY VC VE VG VI"
    ),
}
_REGION_OF = {code: region for region, codes in _REGIONS.items() for code in codes.split()}


def region_of(code: str) -> Region:
    """The broad region of a country."""
    return _REGION_OF.get(code, Region.OTHER)
