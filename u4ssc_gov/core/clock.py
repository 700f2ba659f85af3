"""The only module that reads the time (ADR 0002). Everything below the edges takes ``now`` as a parameter."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Something that can say what time it is, as an aware UTC instant."""

    def now(self) -> datetime:
        """Return the current instant in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The host's clock, moved by ``offset`` (zero in production; see ``U4SSC_NOW``)."""

    offset: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the host's time plus the offset, in UTC."""
        return datetime.now(UTC) + self.offset


def clock_starting_at(start: datetime | None) -> SystemClock:
    """Return a running clock whose first reading is ``start`` (UTC); ``None`` gives the host's own time.

    Lets a year be rehearsed in demonstration and test; settings refuse it in production.
    """
    if start is None:
        return SystemClock()
    return SystemClock(start - datetime.now(UTC))


def monotonic() -> float:
    """Seconds on a clock that never jumps, for durations only."""
    return time.monotonic()
