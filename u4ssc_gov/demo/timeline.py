"""Acts with their instants, played in order: how a year is made before it has happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import GENEVA, geneva_date, local_to_utc
from u4ssc_gov.demo.beginning import days_ago
from u4ssc_gov.workflows.identity import actor_for_person

Act = Callable[[datetime], object]


@dataclass(slots=True)
class Timeline:
    """Collects acts and plays them by instant; acts of one instant keep the order they were added in."""

    session: Session
    today: datetime  # the instant the demonstration is made for
    acts: list[tuple[datetime, int, Act]] = field(default_factory=list)

    def at(self, instant: datetime, act: Act) -> None:
        """Add an act. Nothing may lie in the future: the demonstration is a past, not a promise."""
        if instant > self.today:
            raise ValueError("an act in the future")
        self.acts.append((instant, len(self.acts), act))

    def ago(self, days: float, hour: int = 10, minute: int = 0) -> datetime:
        """The instant so many Geneva days before today, at a Geneva hour, never after now."""
        return days_ago(self.today, days, hour, minute)

    def ahead(self, days: float, hour: int, minute: int = 0) -> datetime:
        """A future instant, for things that are planned."""
        day = geneva_date(self.today) + timedelta(days=round(days))
        return local_to_utc(day, time(hour, minute), GENEVA) or self.today + timedelta(days=days)

    def working_days_ago(self, days: int) -> int:
        """So many days before today, or the Friday before when that is a weekend."""
        weekday = (geneva_date(self.today) - timedelta(days=days)).weekday()
        return days + max(0, weekday - 4)

    def working_days_ahead(self, days: int) -> int:
        """So many days after today, or the Monday after when that is a weekend."""
        weekday = (geneva_date(self.today) + timedelta(days=days)).weekday()
        return days + (7 - weekday if weekday > 4 else 0)

    def play(self) -> None:
        """Run every act at its instant."""
        for instant, _order, act in sorted(self.acts, key=lambda a: a[:2]):
            act(instant)
        self.acts.clear()

    def actor(self, person: Person, now: datetime) -> Actor:
        """What this person may do at that instant, from the records as they are."""
        self.session.flush()
        return actor_for_person(self.session, person, now=now)
