"""Stages of a request and the moves between them (¶10)."""

from enum import StrEnum


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


BOARD_STAGES = (
    RequestStage.RECEIVED,
    RequestStage.SCREENING,
    RequestStage.WAITING,
    RequestStage.SCHEDULED,
    RequestStage.UNDER_WAY,
    RequestStage.COMPLETED,
)
OPEN_STAGES = frozenset(BOARD_STAGES) - {RequestStage.COMPLETED}
_NEXT = {
    RequestStage.RECEIVED: (RequestStage.SCREENING, RequestStage.DECLINED, RequestStage.WITHDRAWN),
    RequestStage.SCREENING: (RequestStage.WAITING, RequestStage.DECLINED, RequestStage.WITHDRAWN),
    RequestStage.WAITING: (RequestStage.SCHEDULED, RequestStage.DECLINED, RequestStage.WITHDRAWN),
    RequestStage.SCHEDULED: (RequestStage.UNDER_WAY, RequestStage.WAITING, RequestStage.WITHDRAWN),
    RequestStage.UNDER_WAY: (RequestStage.COMPLETED, RequestStage.WITHDRAWN),
}
NEEDS_REASON = frozenset({RequestStage.DECLINED, RequestStage.WITHDRAWN})


def next_stages(stage: RequestStage) -> tuple[RequestStage, ...]:
    """Stages a request may move to from here; empty when it has ended."""
    return _NEXT.get(stage, ())
