"""Routes, capacities and derived states of a tenure (¶20, ¶21, ¶34)."""

from datetime import date
from enum import StrEnum

from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.core.dates import one_year_after

ENDING_SOON_DAYS = 30  # house setting: the Terms of Reference only say that a term lasts one year


class Route(StrEnum):
    """By which act a tenure comes about."""

    BOARD_DECISION = "board_decision"  # chairs and vice-chairs: ¶20, ¶23d
    CONSULTATION = "consultation"  # leaders: ¶21
    ANNUAL_MEETING = "annual_meeting"  # ¶30d


class Capacity(StrEnum):
    """Full term, or the rest of somebody else's."""

    FULL = "full"
    INTERIM = "interim"


class EndReason(StrEnum):
    """Why a tenure ended before its day."""

    TERM = "term"
    RESIGNED = "resigned"
    REMOVED = "removed"


class TenureState(StrEnum):
    """Derived from dates and today, never stored."""

    SCHEDULED = "scheduled"
    IN_OFFICE = "in_office"
    ENDING = "ending"
    ENDED = "ended"


def state_of(starts_on: date, ends_on: date, today: date) -> TenureState:
    """The state on a Geneva day; ``ends_on`` is the first day out of office."""
    if today >= ends_on:
        return TenureState.ENDED
    if today < starts_on:
        return TenureState.SCHEDULED
    if (ends_on - today).days <= ENDING_SOON_DAYS:
        return TenureState.ENDING
    return TenureState.IN_OFFICE


def next_term(ends_on: date) -> tuple[date, date]:
    """The term that follows one ending on ``ends_on``: it starts that very day and lasts one year (¶34)."""
    return ends_on, one_year_after(ends_on)


def route_for(kind: OfficeKind) -> Route:
    """Chairs need a decision of the Board, leaders a consultation of the partners (¶20, ¶21, ¶23d)."""
    if kind in (OfficeKind.CO_CHAIR, OfficeKind.VICE_CHAIR):
        return Route.BOARD_DECISION
    return Route.CONSULTATION
