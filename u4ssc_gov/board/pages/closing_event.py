"""The closing of a ballot as an entry for a calendar (RFC 5545)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from u4ssc_gov.board.models import BallotEvent
from u4ssc_gov.board.queries import BallotText
from u4ssc_gov.board.rules import GONE, BallotState, Method
from u4ssc_gov.core.i18n import gettext as _

_MOVES = frozenset({"extended", "suspended", "resumed"})  # each gives the ballot another closing
_BEFORE = timedelta(days=1)


def closing_event(
    ballot: BallotText, events: Sequence[BallotEvent], *, state: BallotState, url: str, host: str, now: datetime
) -> bytes:
    """One event at the closing instant, with an alarm a day before.

    Its name never changes and its sequence rises whenever the closing moved or the ballot ended another way, so that a
    calendar that has it replaces it.
    """
    moved = sum(event.kind in _MOVES for event in events)
    is_gone = state in GONE
    event = Event()
    event.add("uid", f"{ballot.code}-closing@{host}")
    event.add("dtstamp", now)
    event.add("dtstart", ballot.closes_at)
    event.add("sequence", moved + is_gone)
    event.add("summary", _summary(ballot, state))
    event.add("description", f"{_description(ballot, state)}\n{url}")
    event.add("url", url)
    event.add("status", "CANCELLED" if is_gone else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add_component(_alarm(ballot, state))
    calendar = Calendar()
    calendar.add("prodid", "-//U4SSC//Governance//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _summary(ballot: BallotText, state: BallotState) -> str:
    if state is BallotState.SUSPENDED:
        return _("%(code)s: the consultation ends: %(title)s", code=ballot.code, title=ballot.title)
    return _("%(code)s closes: %(title)s", code=ballot.code, title=ballot.title)


def _description(ballot: BallotText, state: BallotState) -> str:
    if state in GONE:
        return _("This ballot has ended. Nothing is decided at this minute.")
    if state is BallotState.SUSPENDED:
        return _("The silence is broken. The text is not adopted if the objection still stands at this minute.")
    if ballot.method is Method.SILENCE:
        return _("The text is adopted at this minute unless a partner objects before.")
    return _("Positions are taken until this minute.")


def _alarm(ballot: BallotText, state: BallotState) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _summary(ballot, state))
    alarm.add("trigger", -_BEFORE)
    return alarm
