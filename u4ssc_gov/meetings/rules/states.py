"""Kinds, limits and derived states of a meeting and its minutes (¶26d, ¶26e)."""

from datetime import datetime, timedelta
from enum import StrEnum

TITLE_MAXIMUM = 200
SAID_MAXIMUM = 20_000
OUTCOME_MAXIMUM = 1_000
REASON_MAXIMUM = 600
AGENDA_MAXIMUM = 60
OUTCOMES_MAXIMUM = 300
PEOPLE_MAXIMUM = 500
REMINDER_DAYS = (5, 7, 11)  # days after the e-meeting on which its Leaders are reminded of the minutes


class MeetingKind(StrEnum):
    """What sort of meeting it is."""

    E_MEETING = "e_meeting"
    ANNUAL = "annual"
    LAUNCH = "launch"
    BETWEEN_MEETINGS = "between_meetings"


class MeetingState(StrEnum):
    """Derived from the record and ``now``."""

    SCHEDULED = "scheduled"
    UNDER_WAY = "under_way"
    HELD = "held"
    NOT_HELD = "not_held"
    CANCELLED = "cancelled"


class MinutesStage(StrEnum):
    """Where minutes stand. Circulation and approval come between draft and filed."""

    NONE = "none"
    DRAFT = "draft"
    FILED = "filed"


class Presence(StrEnum):
    """How a person on the list took part."""

    UNMARKED = "unmarked"
    PRESENT = "present"
    APOLOGIES = "apologies"
    ABSENT = "absent"


class OutcomeKind(StrEnum):
    """What came out of an agenda item."""

    DECISION = "decision"
    ACTION = "action"
    INFORMATION = "information"


def meeting_state(
    starts_at: datetime, ends_at: datetime, now: datetime, *, cancelled: bool, not_held: bool
) -> MeetingState:
    """The state at an instant. A meeting counts as held once it has ended, unless somebody said that it was not."""
    if cancelled:
        return MeetingState.CANCELLED
    if not_held:
        return MeetingState.NOT_HELD
    if now < starts_at:
        return MeetingState.SCHEDULED
    return MeetingState.UNDER_WAY if now < ends_at else MeetingState.HELD


def minutes_due_at(ends_at: datetime, due_days: int) -> datetime:
    """The instant by which minutes are owed (house setting; ¶26e says "regularly")."""
    return ends_at + timedelta(days=due_days)


def reminder_step(ends_at: datetime, now: datetime) -> int | None:
    """The latest reminder day reached, or ``None`` before the first. Missed steps are not sent afterwards."""
    return max((days for days in REMINDER_DAYS if now >= ends_at + timedelta(days=days)), default=None)
