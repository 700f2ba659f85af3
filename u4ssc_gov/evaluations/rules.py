"""Stages of a request, the moves between them, and the numbers of the house (¶10)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from u4ssc_gov.charter.rules import HOUSE
from u4ssc_gov.core.dates import add_working_days, geneva_date, geneva_midnight


class RequestStage(StrEnum):
    """Where a city's request stands. ``DRAFT`` is still with the city."""

    DRAFT = "draft"
    RECEIVED = "received"
    SCREENING = "screening"
    WAITING = "waiting"
    SCHEDULED = "scheduled"
    UNDER_WAY = "under_way"
    COMPLETED = "completed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    NOT_EVALUATED = "not_evaluated"  # historical records only: a contact that never became an evaluation


class LetterFrom(StrEnum):
    """Who backs the request: no evaluation without government backing (¶10a)."""

    NONE = "none"
    MAYOR = "mayor"
    MINISTRY = "ministry"


class Region(StrEnum):
    """Broad regions for the queue's balance."""

    AFRICA = "Africa"
    ARAB_STATES = "Arab States"
    ASIA = "Asia"
    EUROPE = "Europe"
    LATIN_AMERICA = "Latin America"
    OTHER = "Other"


class Section(StrEnum):
    """The parts of the public form, in the order of its task list."""

    CITY = "city"
    CONTACT = "contact"
    LETTER = "letter"
    DATA = "data"
    SUPPORT = "support"


BOARD_STAGES = (
    RequestStage.RECEIVED,
    RequestStage.SCREENING,
    RequestStage.WAITING,
    RequestStage.SCHEDULED,
    RequestStage.UNDER_WAY,
    RequestStage.COMPLETED,
)
OPEN_STAGES = frozenset(BOARD_STAGES) - {RequestStage.COMPLETED}
# The stages in which a city waits for word; once a date is set the evaluation itself keeps it informed.
AWAITING_ANSWER = (RequestStage.RECEIVED, RequestStage.SCREENING, RequestStage.WAITING)
_NEXT = {
    RequestStage.RECEIVED: (RequestStage.SCREENING, RequestStage.DECLINED, RequestStage.WITHDRAWN),
    RequestStage.SCREENING: (RequestStage.WAITING, RequestStage.DECLINED, RequestStage.WITHDRAWN),
    RequestStage.WAITING: (RequestStage.SCHEDULED, RequestStage.DECLINED, RequestStage.WITHDRAWN),
    RequestStage.SCHEDULED: (RequestStage.UNDER_WAY, RequestStage.WAITING, RequestStage.WITHDRAWN),
    RequestStage.UNDER_WAY: (RequestStage.COMPLETED, RequestStage.WITHDRAWN),
}
NEEDS_REASON = frozenset({RequestStage.DECLINED, RequestStage.WITHDRAWN})

POPULATION_MAXIMUM = 100_000_000  # twice the largest city there is; more is a slip of the keyboard
TEXT_MAXIMUM = 4000
REASON_MAXIMUM = 1000  # the column's length
DRAFT_LIFETIME = timedelta(days=30)
DRAFTS_PER_HOUR = 20
LINKS_PER_DRAFT = 5
UPLOADS_PER_REQUEST = 5
LETTER_MAXIMUM_SIZE = 5 * 1024 * 1024
SCREENING_WORKING_DAYS = 5
ANSWER_NOTICE = timedelta(days=3)  # how long before an answer is due it appears as a duty
_SUMMARY_LENGTH = 120
_REFERENCE = re.compile(r"E-[0-9]{2}-[0-9]{2,6}")
_SENTENCE_END = re.compile(r"(?<=[.!?。؟])\s")


def next_stages(stage: RequestStage) -> tuple[RequestStage, ...]:
    """Stages a request may move to from here; empty when it has ended."""
    return _NEXT.get(stage, ())


@dataclass(frozen=True, slots=True)
class CityPart:
    """Which city asks."""

    city: str
    country_code: str
    population: int | None


@dataclass(frozen=True, slots=True)
class ContactPart:
    """Whom answers go to."""

    name: str
    email: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class LetterPart:
    """Whose letter backs the request, and the file when there is one."""

    letter_from: LetterFrom
    content: bytes = b""
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class DataPart:
    """How much of the data the city has, in per cent of the indicators."""

    percent: int | None


@dataclass(frozen=True, slots=True)
class SupportPart:
    """What help the city needs."""

    text: str


Part = CityPart | ContactPart | LetterPart | DataPart | SupportPart


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """A request that came by letter. ``asked_at`` is the letter's instant (UTC); ``None`` means now."""

    city: CityPart
    contact: ContactPart
    letter: LetterPart
    data: DataPart
    support: SupportPart
    asked_at: datetime | None = None
    locale: str = ""
    form_key: str | None = None  # random name of the page it was typed on: the same page sent twice is one request


@dataclass(frozen=True, slots=True)
class RequestParts:
    """What completeness is judged by."""

    city: str
    country_code: str
    population: int | None
    contact_name: str
    contact_email: str
    letter_from: LetterFrom
    data_ready_percent: int | None


def missing_parts(parts: RequestParts) -> tuple[Section, ...]:
    """The parts without which a request is not sent or screened. The letter may follow, but before the line (¶10a)."""
    missing = []
    if not (parts.city and parts.country_code and parts.population):
        missing.append(Section.CITY)
    if not (parts.contact_name and parts.contact_email):
        missing.append(Section.CONTACT)
    if parts.data_ready_percent is None:
        missing.append(Section.DATA)
    return tuple(missing)


def open_sections(stage: RequestStage, parts: RequestParts) -> tuple[Section, ...]:
    """Which parts the city may write now: all of a draft; later only what is still missing."""
    if stage is RequestStage.DRAFT:
        return tuple(Section)
    still: tuple[Section, ...] = ()
    if stage is RequestStage.RECEIVED:
        still = missing_parts(parts)
    if stage in (RequestStage.RECEIVED, RequestStage.SCREENING) and parts.letter_from is LetterFrom.NONE:
        still = (*still, Section.LETTER)
    return still


def reference_of(year: int, number: int) -> str:
    """How the ``number``-th request of a year is called: E-26-07."""
    return f"E-{year % 100:02}-{number:02}"


def is_reference(text: str) -> bool:
    """Whether a text has the shape of a reference; an address may hold anything."""
    return _REFERENCE.fullmatch(text) is not None


def screening_day(asked_at: datetime) -> date:
    """The last Geneva day for screening: the fifth working day after asking."""
    return add_working_days(geneva_date(asked_at), SCREENING_WORKING_DAYS)


def screening_due(asked_at: datetime) -> datetime:
    """When screening is due (UTC): the end of that day."""
    return geneva_midnight(screening_day(asked_at) + timedelta(days=1))


def answer_due(asked_at: datetime, last_answer_at: datetime | None) -> datetime:
    """When the city is owed the next answer (UTC): ten days after the last one, or after asking (house setting)."""
    return (last_answer_at or asked_at) + timedelta(days=HOUSE.first_answer_days)


def summary_of(text: str) -> str:
    """The first sentence of an answer, for the queue."""
    first = _SENTENCE_END.split(" ".join(text.split()), maxsplit=1)[0]
    return first if len(first) <= _SUMMARY_LENGTH else first[: _SUMMARY_LENGTH - 1].rstrip() + "…"


def is_asked_on_possible(asked_on: date, now: datetime) -> bool:
    """Whether a letter may bear this date: not after today in Geneva, not before the initiative (2016)."""
    return date(2016, 1, 1) <= asked_on <= geneva_date(now)
