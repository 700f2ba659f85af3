"""The kinds of body a participant comes from (¶19), and the life of a request to join (¶29). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from u4ssc_gov.core.countries import codes
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.core.text import clean_line, clean_text


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
KIND_HINTS = {
    ParticipantKind.NATIONAL_ORGANISATION: lazy("A ministry, a regulator, a national agency or standards body"),
    ParticipantKind.LOCAL_ORGANISATION: lazy("A region, a district, a utility or another local body"),
    ParticipantKind.INTERNATIONAL_ORGANISATION: lazy("A body of several countries that is not a partner"),
    ParticipantKind.CITY: lazy("A city’s administration, or a network of cities"),
    ParticipantKind.NGO: lazy("A charity, a foundation, an association"),
    ParticipantKind.PRIVATE_SECTOR: lazy("A company or a federation of companies"),
    ParticipantKind.ACADEMIA: lazy("A university, a school, a research institute"),
    ParticipantKind.INDEPENDENT_EXPERT: lazy("You speak for yourself and for no organisation"),
}
NAME_MAXIMUM = 200
ADDRESS_MAXIMUM = 254
MOTIVE_MAXIMUM = 2000
MESSAGE_MAXIMUM = 2000
INTERESTS_MAXIMUM = 12
ANSWER_DAYS = 10  # house setting: ¶29 names no period
REQUESTS_PER_NETWORK = 5  # in the window below, whether or not they are taken in
THROTTLE_WINDOW = timedelta(minutes=15)
FIRST_DAY = date(2016, 1, 1)  # no e-mail that asks to join is older than the initiative


class JoinSource(StrEnum):
    """How a request came."""

    FORM = "form"
    EMAIL = "email"


class JoinState(StrEnum):
    """Where a request stands; computed from its dates."""

    OPEN = "open"
    QUESTIONED = "questioned"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class MessageKind(StrEnum):
    """What the Secretariat wrote."""

    QUESTION = "question"
    ACCEPTANCE = "acceptance"
    REASON = "reason"


STATE_NAMES = {
    JoinState.OPEN: lazy("To be answered"),
    JoinState.QUESTIONED: lazy("Question asked"),
    JoinState.ACCEPTED: lazy("Accepted"),
    JoinState.DECLINED: lazy("Declined"),
}
MESSAGE_NAMES = {
    MessageKind.QUESTION: lazy("Question"),
    MessageKind.ACCEPTANCE: lazy("Accepted"),
    MessageKind.REASON: lazy("Declined, with this reason"),
}


@dataclass(frozen=True, slots=True)
class JoinFacts:
    """What somebody who asks to join says of themselves. ``interests``: code and title of published deliverables."""

    kind: str
    full_name: str
    email: str
    organisation: str
    country_code: str
    motive: str
    interests: tuple[tuple[str, str], ...] = ()


def state_of(*, decided_at: datetime | None, is_accepted: bool | None, questioned_at: datetime | None) -> JoinState:
    """The state behind the dates."""
    if decided_at is not None:
        return JoinState.ACCEPTED if is_accepted else JoinState.DECLINED
    return JoinState.OPEN if questioned_at is None else JoinState.QUESTIONED


def answer_due(asked_at: datetime, questioned_at: datetime | None) -> datetime:
    """When the Secretariat's next answer is due: the house period after the request, or after its own question."""
    return max(asked_at, questioned_at or asked_at) + timedelta(days=ANSWER_DAYS)


def reference_of(year: int, number: int) -> str:
    """The reference of the year's n-th request: J-26-014."""
    return f"J-{year % 100:02}-{number:03}"


_REFERENCE = re.compile(r"J-[0-9]{2}-[0-9]{3,6}")


def is_reference(text: str) -> bool:
    """Whether a text has the shape of a reference."""
    return _REFERENCE.fullmatch(text) is not None


def name_key(name: str) -> str:
    """What two spellings of one organisation have in common."""
    return clean_line(name).casefold()


def kind_of(value: str) -> ParticipantKind:
    """The kind a form names; raises ``Invalid`` for any other word (¶19)."""
    if value not in set(ParticipantKind):
        raise Invalid(_("Choose one of the kinds of body that ¶19 names."), "participants.kind.unknown", "kind")
    return ParticipantKind(value)


def check_organisation(kind: ParticipantKind, organisation: str) -> str:
    """The cleaned name; only an independent expert has none (¶19)."""
    name = clean_line(organisation)
    if not name and kind is not ParticipantKind.INDEPENDENT_EXPERT:
        message = _("Name the organisation, or choose “independent expert” (¶19).")
        raise Invalid(message, "participants.participant.no_organisation", "organisation")
    return _within(name, NAME_MAXIMUM, "organisation")


def check_country(code: str) -> str:
    """The code, if it is on the list."""
    if code not in codes():
        raise Invalid(_("Choose a country from the list."), "participants.country.unknown", "country_code")
    return code


def check_facts(facts: JoinFacts) -> JoinFacts:
    """The facts cleaned; raises ``Invalid`` beside the first field that is wrong. The address is checked elsewhere."""
    kind = kind_of(facts.kind)
    name = _within(clean_line(facts.full_name), NAME_MAXIMUM, "full_name")
    if not name:
        raise Invalid(_("Give your name."), "participants.request.nameless", "full_name")
    motive = _within(clean_text(facts.motive), MOTIVE_MAXIMUM, "motive")
    if not motive:
        message = _("Say in a few words why you want to take part and what you bring.")
        raise Invalid(message, "participants.request.motive", "motive")
    return JoinFacts(
        kind=kind.value,
        full_name=name,
        email=facts.email,
        organisation=check_organisation(kind, facts.organisation),
        country_code=check_country(facts.country_code),
        motive=motive,
        interests=tuple(sorted(set(facts.interests)))[:INTERESTS_MAXIMUM],
    )


def check_message(text: str, field: str, missing: str) -> str:
    """A question or a reason, cleaned; raises ``Invalid`` with ``missing`` when nothing is left of it."""
    words = _within(clean_text(text), MESSAGE_MAXIMUM, field)
    if not words:
        raise Invalid(missing, f"participants.{field}.missing", field)
    return words


def _within(text: str, longest: int, field: str) -> str:
    if len(text) > longest:
        raise Invalid(_("Use at most %(count)s characters.", count=longest), "participants.text.long", field)
    return text
