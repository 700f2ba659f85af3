"""Offices that end soon or stand empty, as the chairs' home shows them (¶20, ¶34)."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from u4ssc_gov.core.dates import days_between, geneva_date
from u4ssc_gov.tenures import queries, timeline
from u4ssc_gov.tenures.rules import RENEWAL_ASKED_DAYS

_MOST = 8


class OfficeLine(NamedTuple):
    """One office: who holds it until when, or that nobody does, and what follows."""

    name: str
    under: str
    rag: str
    state: str
    small: str
    last_day: date | None


def list_ending(session: Session, now: datetime) -> list[OfficeLine]:
    """Vacant seats, then tenures that end within 60 days, the first to end first; at most eight. Two statements."""
    window = timeline.window_around(geneva_date(now))
    found = []
    for seat in queries.list_seats(session, today=window.today):
        term = seat.holder(window.today)
        if term is None or days_between(window.today, term.ends_on) <= RENEWAL_ASKED_DAYS:
            view = timeline.view_of(seat, window, now, {})
            last_day = term.last_day if term is not None else None
            found.append(OfficeLine(view.name, view.under, view.rag, view.state, view.small, last_day))
    return sorted(found, key=lambda line: (line.last_day is not None, line.last_day or window.today))[:_MOST]
