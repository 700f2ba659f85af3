"""Seats and mandates as the log knows them: who could answer for whom on which day."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from u4verify.schema import Entry
from u4verify.verdict import NotCheckable, Refuted

MOST_SEATS = 1000  # far above any Board; it bounds what a hostile log can make us compute


@lru_cache(maxsize=1)
def _geneva() -> ZoneInfo:
    try:
        return ZoneInfo("Europe/Zurich")
    except ZoneInfoNotFoundError:
        raise NotCheckable(
            "time_zone", "This computer has no time zone data: install the Python package tzdata."
        ) from None


def geneva_day(at: str) -> str:
    """The day it is in Geneva at an instant; mandates begin and end with days there."""
    return datetime.fromisoformat(at).astimezone(_geneva()).date().isoformat()


@dataclass
class Mandate:
    """The right to act for a seat, from a day until before another."""

    seat: str
    capacity: str
    starts_on: str
    ends_on: str | None

    def covers(self, on: str) -> bool:
        """Whether it holds on a day."""
        return self.starts_on <= on and (self.ends_on is None or on < self.ends_on)


@dataclass
class Register:
    """All seats and mandates up to the entry read last."""

    seats: set[str] = field(default_factory=set)
    left: dict[str, str] = field(default_factory=dict)  # by seat: the first day without
    mandates: dict[str, Mandate] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Read one entry about a seat or a mandate."""
        seat = entry["seat"]
        if entry.kind == "seat.joined":
            if seat in self.seats:
                raise Refuted("seat.joined", f"Entry {entry.seq}: {seat} has a seat already.", entry.seq)
            self.seats.add(seat)
        elif entry.kind == "seat.left":
            if seat not in self.seats:
                raise Refuted("seat.left", f"Entry {entry.seq}: {seat} has no seat that it could leave.", entry.seq)
            self.seats.remove(seat)
            self.left[seat] = entry["on"]
        elif entry.kind == "mandate.granted":
            self._grant(entry)
        else:
            self._end(entry)

    def _grant(self, entry: Entry) -> None:
        if entry["seat"] not in self.seats and self.left.get(entry["seat"], "") <= entry["starts_on"]:
            raise Refuted("mandate.seat", f"Entry {entry.seq} gives a mandate for a seat nobody holds.", entry.seq)
        if entry["mandate"] in self.mandates:
            raise Refuted("mandate.twice", f"Entry {entry.seq} gives a mandate that exists already.", entry.seq)
        self.mandates[entry["mandate"]] = Mandate(
            entry["seat"], entry["capacity"], entry["starts_on"], entry["ends_on"]
        )

    def _end(self, entry: Entry) -> None:
        mandate = self.mandates.get(entry["mandate"])
        if mandate is None or mandate.seat != entry["seat"]:
            raise Refuted("mandate.unknown", f"Entry {entry.seq} ends a mandate that was never given.", entry.seq)
        if mandate.ends_on is None or entry["ends_on"] < mandate.ends_on:
            mandate.ends_on = entry["ends_on"]

    def check_electorate(self, entry: Entry) -> None:
        """Every seat and mandate that a ballot names must be known when it opens."""
        names = [elector["seat"] for elector in entry["electorate"]]
        if not 0 < len(names) <= MOST_SEATS or len(set(names)) != len(names):
            raise Refuted("electorate", f"Entry {entry.seq}: no seats, too many, or one of them twice.", entry.seq)
        today = geneva_day(entry.at)
        for elector in entry["electorate"]:
            if elector["seat"] not in self.seats and self.left.get(elector["seat"], "") <= today:
                raise Refuted("electorate", f"Entry {entry.seq}: {elector['seat']} had no seat that day.", entry.seq)
            for named in elector["mandates"]:
                held = self.mandates.get(named["mandate"])
                if held is None or (held.seat, held.capacity) != (elector["seat"], named["capacity"]):
                    raise Refuted(
                        "electorate.mandate",
                        f"Entry {entry.seq}: {elector['seat']} had no such mandate as {named['mandate']}.",
                        entry.seq,
                    )

    def check_mandate(self, cast: Entry) -> None:
        """The person who answered must have held a mandate of that seat on that day in Geneva."""
        where = f"Entry {cast.seq}: {cast['seat']} was answered for by mandate {cast['mandate']}"
        held = self.mandates.get(cast["mandate"]) if cast["mandate"] is not None else None
        if held is None:
            raise Refuted("mandate.unknown", f"{where}, which was never given.", cast.seq)
        if held.seat != cast["seat"]:
            raise Refuted("mandate.other_seat", f"{where}, which is a mandate of {held.seat}.", cast.seq)
        if held.capacity != cast["capacity"]:
            raise Refuted("mandate.capacity", f"{where}, which is not that of a {cast['capacity']}.", cast.seq)
        if not held.covers(geneva_day(cast.at)):
            raise Refuted("mandate.ended", f"{where}, which did not hold on that day.", cast.seq)
