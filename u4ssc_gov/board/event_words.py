"""The history of a ballot in plain words: one line for each act."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from u4ssc_gov.board import wording
from u4ssc_gov.board.models import BallotEvent
from u4ssc_gov.board.rules import BallotOutcome, Cause, Method, Position
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _

_FOR_OFFICERS = frozenset({"annulment_asked", "next_round"})  # nobody else is told before it has an effect


class EventLine(NamedTuple):
    """One line: its icon and tone, the sentence, what was written with it, when, by whom, and its ledger entry."""

    icon: str
    tone: str
    words: str
    text: str
    at: datetime
    by: str
    entry: int | None


def event_line(event: BallotEvent, method: Method, *, words: bool, names: bool, officer: bool) -> EventLine | None:
    """An act as this reader may see it, or ``None`` when it is not for them.

    ``words``: reads what was written for the Board; ``names``: sees which partner acted.
    """
    if event.kind in _FOR_OFFICERS and not officer:
        return None
    icon, tone, phrase = _KINDS.get(event.kind, ("info", "", _other))
    partner = event.seat if names and event.seat else _("A partner")
    return EventLine(
        icon=icon,
        tone=tone,
        words=phrase(event, partner, method),
        text=event.text if words or event.kind in _FOR_ALL else "",
        at=event.at,
        by="" if event.seat or event.by_id is None else event.by_name,
        entry=event.ledger_seq,
    )


_FOR_ALL = frozenset(
    {"took_effect", "extended", "withdrawn", "superseded", "referred", "annulled"}
)  # reasons that everybody reads
Phrase = Callable[[BallotEvent, str, Method], str]


def with_opening(events: Sequence[BallotEvent], opens_at: datetime | None, now: datetime) -> list[BallotEvent]:
    """The acts, and the opening of a scheduled ballot, which nobody had to do: it is open by its instant."""
    kinds = {event.kind for event in events}
    gone = [event.at for event in events if event.kind in ("withdrawn", "superseded", "referred", "annulled")]
    found = list(events)
    if "scheduled" in kinds and "opened" not in kinds and opens_at is not None and opens_at <= min([now, *gone]):
        made = BallotEvent(at=opens_at, kind="opened_itself", by_id=None, by_name="", seat="", text="", details={})
        found.insert(sum(event.at < opens_at or event.kind == "scheduled" for event in events), made)
    return found


def _suspended(event: BallotEvent, partner: str, _method: Method) -> str:
    if event.details.get("position") == Position.ASK_VOTE.value:
        return _("%(partner)s asked for a vote; the silence was suspended", partner=partner)
    return _("%(partner)s objected; the silence was suspended", partner=partner)


def _resumed(event: BallotEvent, partner: str, _method: Method) -> str:
    if event.details.get("position") == Position.ASK_VOTE.value:
        return _("%(partner)s withdrew its request for a vote", partner=partner)
    return _("%(partner)s lifted its objection", partner=partner)


def _closed(event: BallotEvent, _partner: str, method: Method) -> str:
    outcome = event.details.get("outcome", "")
    label = wording.outcome_label(BallotOutcome(outcome), method) if outcome in set(BallotOutcome) else ""
    if event.details.get("cause") == Cause.ALL_ANSWERED.value:
        return _("Closed because every partner had answered: %(outcome)s", outcome=label)
    return _("Closed: %(outcome)s", outcome=label)


def _certified(event: BallotEvent, _partner: str, _method: Method) -> str:
    return _("Certified as decision %(number)s", number=event.details.get("number", ""))


def _superseded(event: BallotEvent, _partner: str, _method: Method) -> str:
    following = event.details.get("next")
    return _("Superseded by %(code)s", code=following) if following else _("Superseded by a decision of a meeting")


def _candidate_withdrawn(event: BallotEvent, _partner: str, _method: Method) -> str:
    return _("%(name)s withdrew as a candidate", name=event.details.get("name", ""))


def _challenge_decided(event: BallotEvent, partner: str, _method: Method) -> str:
    if event.details.get("upheld"):
        return _("The challenge of %(partner)s was upheld", partner=partner)
    return _("The challenge of %(partner)s was not upheld", partner=partner)


def _annulment_asked(event: BallotEvent, _partner: str, _method: Method) -> str:
    return _("%(agency)s asked for the annulment", agency=event.details.get("agency", ""))


def _next_round(event: BallotEvent, _partner: str, _method: Method) -> str:
    return _("The next round was drafted: %(code)s", code=event.details.get("next", ""))


def _day_of(event: BallotEvent) -> str:
    return day_text(date.fromisoformat(event.details["on"]), event.at)


def _partner_joined(event: BallotEvent, _partner: str, _method: Method) -> str:
    return _(
        "%(partner)s is a partner from %(day)s; the partners of this ballot were fixed when it opened",
        partner=event.details.get("partner", ""),
        day=_day_of(event),
    )


def _partner_left(event: BallotEvent, _partner: str, _method: Method) -> str:
    return _(
        "%(partner)s is no longer a partner from %(day)s; its seat and the position it took stay in this ballot",
        partner=event.details.get("partner", ""),
        day=_day_of(event),
    )


def _other(event: BallotEvent, _partner: str, _method: Method) -> str:
    return event.kind.replace("_", " ").capitalize()


def _of_partner(sentence: Callable[[str], str]) -> Phrase:
    return lambda _event, partner, _method: sentence(partner)


def _plain(sentence: Callable[[], str]) -> Phrase:
    return lambda _event, _partner, _method: sentence()


_KINDS: dict[str, tuple[str, str, Phrase]] = {
    "scheduled": ("cal", "", _plain(lambda: _("Scheduled to open"))),
    "opened": ("vote", "b", _plain(lambda: _("Opened; text, rule and electors were frozen"))),
    "opened_itself": ("vote", "b", _plain(lambda: _("Opened by itself at the time it was scheduled for"))),
    "extended": ("clock", "a", _plain(lambda: _("Extended"))),
    "suspended": ("warn", "a", _suspended),
    "resumed": ("check", "g", _resumed),
    "editorial": (
        "edit", "", _of_partner(lambda name: _("A correction of wording was offered to %(partner)s", partner=name)),
    ),
    "candidate_withdrawn": ("user", "a", _candidate_withdrawn),
    "secrecy_asked": ("lock", "a", _of_partner(lambda name: _("%(partner)s asked for a secret ballot", partner=name))),
    "closed": ("check", "b", _closed),
    "outage": ("warn", "a", _plain(lambda: _("The platform could not be reached for some time before the closing"))),
    "certified": ("check", "g", _certified),
    "partner_joined": ("user", "", _partner_joined),
    "partner_left": ("user", "a", _partner_left),
    "took_effect": ("check", "g", _plain(lambda: _("The decision took effect"))),
    "consequence_blocked": ("warn", "r", _plain(lambda: _("The consequence could not take effect"))),
    "challenged": ("warn", "a", _of_partner(lambda name: _("%(partner)s contested the procedure", partner=name))),
    "challenge_decided": ("check", "", _challenge_decided),
    "withdrawn": ("x", "a", _plain(lambda: _("Withdrawn"))),
    "superseded": ("right", "a", _superseded),
    "referred": ("cal", "a", _plain(lambda: _("Referred to the annual meeting"))),
    "annulment_asked": ("warn", "a", _annulment_asked),
    "annulled": ("x", "a", _plain(lambda: _("Annulled by two Secretariat agencies; confirmed"))),
    "next_round": ("vote", "", _next_round),
}  # fmt: skip
