"""The kinds of body a participant comes from (¶19)."""

from enum import StrEnum


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
