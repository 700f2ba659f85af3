"""The kinds of body a participant comes from (¶19)."""

from enum import StrEnum

from u4ssc_gov.core.i18n import lazy


class ParticipantKind(StrEnum):
    """Paragraph 19's kinds, with independent experts."""

    NATIONAL_ORGANISATION = "national_organisation"
    LOCAL_ORGANISATION = "local_organisation"
    INTERNATIONAL_ORGANISATION = "international_organisation"
    CITY = "city"
    NGO = "ngo"
    PRIVATE_SECTOR = "private_sector"
    ACADEMIA = "academia"
    INDEPENDENT_EXPERT = "independent_expert"


KIND_NAMES = {
    ParticipantKind.NATIONAL_ORGANISATION: lazy("National organisation"),
    ParticipantKind.LOCAL_ORGANISATION: lazy("Local organisation"),
    ParticipantKind.INTERNATIONAL_ORGANISATION: lazy("International organisation"),
    ParticipantKind.CITY: lazy("City or association of cities"),
    ParticipantKind.NGO: lazy("Non-governmental organisation"),
    ParticipantKind.PRIVATE_SECTOR: lazy("Private sector"),
    ParticipantKind.ACADEMIA: lazy("Academia"),
    ParticipantKind.INDEPENDENT_EXPERT: lazy("Independent expert"),
}
