"""The clock of the suite: it stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

# Monday 23 November 2026, 10:00 in Geneva.
T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class StandingClock:
    """Says the same instant until told otherwise."""

    def __init__(self, start: datetime = T0) -> None:
        self.instant = start

    def now(self) -> datetime:
        """The instant it stands at."""
        return self.instant

    def move(self, **by: float) -> datetime:
        """Move by a ``timedelta``'s keywords and return the new instant."""
        self.instant += timedelta(**by)
        return self.instant

    def set(self, instant: datetime) -> datetime:
        """Move to an instant."""
        self.instant = instant
        return instant
