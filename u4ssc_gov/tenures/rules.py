"""Routes, capacities, derived states and periods of a tenure (¶20, ¶21, ¶34). Days are Geneva days."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.core.dates import one_year_after

ENDING_SOON_DAYS = 30  # house setting: the Terms of Reference only say that a term lasts one year
RENEWAL_ASKED_DAYS = (
    60  # house setting, the same as charter.rules.HOUSE.renewal_asked_days (a test holds them together)
)
REMINDER_STEPS = (60, 30, 14, 7)  # days before the end
FURTHEST_START_DAYS = 366  # nobody is appointed more than a year ahead
NOTE_LIMIT = 600
BASIS_LIMIT = 300
MOST_SEATS = {OfficeKind.CO_CHAIR: 2, OfficeKind.VICE_CHAIR: 2, OfficeKind.IP_LEADER: 1}  # ¶20


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


def is_route_open(kind: OfficeKind, route: Route) -> bool:
    """Whether this act can fill an office of this kind: its own route, or the yearly meeting (¶30d)."""
    return route in (route_for(kind), Route.ANNUAL_MEETING)


def overlap(starts: date, ends: date, other_starts: date, other_ends: date) -> bool:
    """Whether two half-open periods share a day; an empty period shares none."""
    return max(starts, other_starts) < min(ends, other_ends)


def free_seat(
    seats: int, taken: Iterable[tuple[int, date, date]], starts_on: date, ends_on: date, *, preferred: int = 0
) -> int | None:
    """The preferred or else the lowest seat that nobody holds on any day of ``[starts_on, ends_on)``, or ``None``.

    ``taken`` are the tenures of the office as (seat, first day, first day out). One person keeps one seat from the
    first day to the last, so no seat is ever shared and holders never outnumber seats (¶20).
    """
    busy = {seat for seat, starts, ends in taken if overlap(starts, ends, starts_on, ends_on)}
    free = [seat for seat in range(1, seats + 1) if seat not in busy]
    return preferred if preferred in free else next(iter(free), None)


def reminder_step(days_left: int) -> int | None:
    """The reminder that is due when so many days are left: the latest step reached, or ``None`` outside the steps."""
    if days_left <= 0:
        return None
    return min((step for step in REMINDER_STEPS if days_left <= step), default=None)
