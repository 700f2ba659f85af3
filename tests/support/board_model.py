"""The Board's electronic decisions as the practice note and docs/ledger-format.md describe them, in plain Python.

A second opinion for tests: nothing of the platform or of ``u4verify`` is imported, nothing is stored, and sums are
fractions (``board_sums``). Every act either raises ``Refused`` and changes nothing, or changes the model and returns
the kinds of the ledger entries that the act must leave behind, in their order.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from tests.support.board_sums import OFFERED, Outcome, day_of, days_later, decide, full_minute

BREAKING = ("object", "ask_vote")
LONGEST = timedelta(days=90)
RUNNING = ("open", "suspended")
OUTCOME = ("closed", "certified", "recorded")
Kinds = list[str]


class Refused(Exception):
    """This act is not possible now."""


def refuse_unless(condition: object, why: str) -> None:
    """Raise ``Refused`` when a condition of an act does not hold."""
    if not condition:
        raise Refused(why)


# ── what is on record ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Mandate:
    """A person may cast for a seat on the Geneva days from one until before another."""

    seat: str
    person: int
    capacity: str
    starts_on: date
    ends_on: date | None
    name: str = ""  # the platform's

    def covers(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)

    def meets(self, starts_on: date, ends_on: date | None) -> bool:
        """Whether it shares a day with a period."""
        last = date.max
        return max(self.starts_on, starts_on) < min(self.ends_on or last, ends_on or last)


@dataclass(frozen=True)
class Cast:
    """One position of one seat, with everything that was said."""

    person: int
    choice: str
    names: tuple[int, ...]
    words: str
    cure: str
    capacity: str
    at: datetime


@dataclass
class Ballot:
    """One question put once: a rule, seats, an exact text, two instants, and what happened."""

    code: str
    method: str
    rule: dict[str, Any]
    candidates: tuple[int, ...] = ()  # persons; the first is number 1
    posts: int = 0
    previous: Ballot | None = None
    after: Ballot | None = None
    text: str = ""
    seats: tuple[str, ...] = ()
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    casts: dict[str, list[Cast]] = field(default_factory=dict)
    struck: set[int] = field(default_factory=set)
    is_extended: bool = False
    suspended_at: datetime | None = None
    stopped_closing: datetime | None = None
    outage: bool = False
    secrecy: set[str] = field(default_factory=set)
    cause: str = "time"
    entered: bool = False  # the closing stands in the ledger
    ended: str = ""  # withdrawn, superseded, referred or annulled
    number: str = ""
    challenges_until: datetime | None = None
    challenges: dict[str, bool] = field(default_factory=dict)  # by seat: whether it was decided
    answers: dict[str, bool] = field(default_factory=dict)  # by seat: whether its challenge was upheld
    annulment: tuple[int, str] | None = None  # officer and agency that asked

    def state(self, now: datetime) -> str:
        """Derived from the clock alone; nothing needs to have run."""
        if self.ended or self.opens_at is None or self.closes_at is None:
            return self.ended or "draft"
        if now < self.opens_at:
            return "scheduled"
        if now < self.closes_at:
            return "suspended" if self.suspended_at else "open"
        if not self.number:
            return "closed"
        waits = self.challenges_until is not None and now < self.challenges_until
        return "certified" if waits or not all(self.challenges.values()) else "recorded"

    def last(self, seat: str) -> Cast | None:
        """The position of a seat that counts."""
        casts = self.casts.get(seat)
        return casts[-1] if casts else None

    def counted(self) -> dict[str, Cast]:
        """The positions that count, in the order of the seats."""
        return {seat: self.casts[seat][-1] for seat in self.seats if self.casts.get(seat)}

    def outcome(self) -> Outcome:
        """What the rule makes of the positions that count."""
        answers = [(cast.choice, cast.names) for cast in self.counted().values()]
        return decide(self.rule, len(self.seats), answers, self.struck, self.posts)

    def decided_nothing(self, now: datetime) -> bool:
        """Whether a next round or the annual meeting may follow."""
        state = self.state(now)
        if state != "closed":
            return state == "suspended"
        found = self.outcome()
        answered = sum(found.tally.values()) - found.tally["seats"] - found.tally["recuse"]
        if self.outage and answered * 2 < found.tally["seats"] - found.tally["recuse"]:
            return True
        several = len(self.candidates) - len(self.struck) > 1 and found.name == "not_approved"
        return several or found.name in ("tie", "no_quorum", "broken_silence")


@dataclass
class Board:
    """Everything on record, and every act there is."""

    seats: dict[str, date | None] = field(default_factory=dict)  # by acronym: the day it joined
    officers: dict[int, str] = field(default_factory=dict)  # by person: the agency
    mandates: list[Mandate] = field(default_factory=list)
    ballots: list[Ballot] = field(default_factory=list)
    numbers: Counter[int] = field(default_factory=Counter)  # decisions by Geneva year

    def holds(self, person: int, seat: str, at: datetime) -> Mandate | None:
        """The mandate by which a person casts for a seat at an instant."""
        return next((m for m in self.mandates if (m.seat, m.person) == (seat, person) and m.covers(day_of(at))), None)

    def _officer(self, by: int, ballot: Ballot | None = None) -> None:
        refuse_unless(by in self.officers, "only the Secretariat")
        refuse_unless(ballot is None or by not in ballot.candidates, "the person concerned")

    def grant(self, mandate: Mandate, by: int, now: datetime) -> Kinds:
        """One person speaks for one seat, from today at the earliest; a seat has one representative at a time."""
        self._officer(by)
        refuse_unless(day_of(now) <= mandate.starts_on, "in the past")
        refuse_unless(mandate.ends_on is None or mandate.starts_on < mandate.ends_on, "no day at all")
        joined = self.seats[mandate.seat]
        refuse_unless(joined is None or joined <= mandate.starts_on, "not a partner yet")
        meeting = [m for m in self.mandates if m.meets(mandate.starts_on, mandate.ends_on)]
        refuse_unless(all(m.person != mandate.person for m in meeting), "speaks already")
        second = any((m.seat, m.capacity) == (mandate.seat, "representative") for m in meeting)
        refuse_unless(mandate.capacity != "representative" or not second, "second representative")
        self.mandates.append(mandate)
        return ["mandate.granted"]

    def end(self, mandate: Mandate, on: date, by: int, now: datetime) -> Kinds:
        """From today at the earliest; never longer than it was."""
        self._officer(by)
        refuse_unless(max(day_of(now), mandate.starts_on) <= on, "in the past")
        refuse_unless(mandate.ends_on is None or on < mandate.ends_on, "ended by then")
        mandate.ends_on = on
        return ["mandate.ended"]

    # ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def draft(self, ballot: Ballot, by: int, now: datetime) -> Kinds:
        """Codes count up within a Geneva year."""
        self._officer(by)
        year = f"B-{day_of(now):%y}-"
        ballot.code = f"{year}{sum(one.code.startswith(year) for one in self.ballots) + 1:02}"
        self.ballots.append(ballot)
        return []

    def next_round(self, ballot: Ballot, following: Ballot, by: int, now: datetime) -> Kinds:
        """Draft the next round of a ballot that decided nothing."""
        self._officer(by, ballot)
        refuse_unless(ballot.state(now) == "annulled" or ballot.decided_nothing(now), "was decided")
        refuse_unless(not self._is_put_again(ballot), "another round is there")
        following.candidates = tuple(p for n, p in enumerate(ballot.candidates, 1) if n not in ballot.struck)
        refuse_unless(following.method != "election" or following.candidates, "nobody stands")
        return self.draft(following, by, now)

    def _is_put_again(self, b: Ballot) -> bool:
        rounds = [one for one in self.ballots if one.previous is b]
        return any(not one.ended or self._is_put_again(one) for one in rounds)

    def open(self, b: Ballot, opens_at: datetime | None, closes_at: datetime, by: int, now: datetime) -> Kinds:
        """Freeze text, rule and electors."""
        self._officer(by, b)
        refuse_unless(b.state(now) == "draft", "no draft")
        begins = opens_at or now
        refuse_unless(begins >= now, "in the past")
        refuse_unless(timedelta(hours=b.rule["minimum_hours"]) <= closes_at - begins <= LONGEST, "period")
        first = b.after
        if first is not None:
            is_approved = first.state(now) in ("certified", "recorded") and first.outcome().name == "approved"
            refuse_unless(is_approved, "another ballot comes first")
        seats = tuple(seat for seat, joined in self.seats.items() if joined is None or joined <= day_of(begins))
        posts = min(len(b.candidates), b.posts)
        choice = "no_objection" if b.method == "silence" else "approve"
        everybody = [(choice, tuple(range(1, posts + 1)))] * len(seats)
        refuse_unless(decide(b.rule, len(seats), everybody, (), posts).name == "approved", "nobody can meet the rule")
        kinds = ["ballot.opened"]
        if b.previous is not None and b.previous.ended != "annulled":
            refuse_unless(b.previous.decided_nothing(now), "the round before was decided")
            kinds += [*self.enter(b.previous, now), "ballot.superseded"]
            b.previous.ended = "superseded"
        b.seats, b.opens_at, b.closes_at = seats, begins, closes_at
        return kinds

    # ── answering ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _may_take(self, b: Ballot, seat: str, cast: Cast, text: str, expected: int) -> None:
        last, state = b.last(seat), b.state(cast.at)
        lifts = last is not None and last.choice in BREAKING and cast.choice == "no_objection"
        refuse_unless(state == "open" or (state == "suspended" and lifts), f"is {state}")
        refuse_unless(cast.choice in OFFERED[b.method], "no such answer")
        refuse_unless(cast.words or cast.choice not in ("object", "approve_with_comments"), "no reason")
        refuse_unless(cast.cure or (b.method, cast.choice) != ("silence", "object"), "no cure")
        if b.method == "election" and cast.choice == "approve":
            standing = set(range(1, len(b.candidates) + 1)) - b.struck
            refuse_unless(1 <= len(cast.names) <= b.posts and standing.issuperset(cast.names), "candidates")
        refuse_unless(text == b.text, "another text")
        refuse_unless(expected == len(b.casts.get(seat, ())), "not what was seen")

    def cast(self, b: Ballot, seat: str, cast: Cast, *, text: str, expected: int, since: datetime) -> Kinds:
        """A person answers for a seat; ``since`` is when the platform last looked who the person is."""
        refuse_unless(seat in b.seats and self.holds(cast.person, seat, since), "not for this seat")
        last = b.last(seat)
        if last is not None and expected + 1 == len(b.casts[seat]) and _said(last) == _said(cast):
            return []  # the second half of a double click
        self._may_take(b, seat, cast, text, expected)
        held = self.holds(cast.person, seat, cast.at)
        refuse_unless(held, "the mandate has ended")
        return self._take(b, seat, replace(cast, capacity=held.capacity if held else ""))

    def record(self, b: Ballot, seat: str, cast: Cast, *, text: str, expected: int) -> Kinds:
        """The Secretariat records an e-mail; the seat's own vote wins."""
        self._officer(cast.person, b)
        refuse_unless(seat in b.seats, "no such seat")
        last = b.last(seat)
        refuse_unless(last is None or last.capacity == "on_record", "has voted itself")
        self._may_take(b, seat, cast, text, expected)
        return self._take(b, seat, replace(cast, capacity="on_record"))

    def _take(self, b: Ballot, seat: str, cast: Cast) -> Kinds:
        b.casts.setdefault(seat, []).append(cast)
        if b.method != "silence":
            own = [one for one in b.counted().values() if one.capacity != "on_record"]
            if not b.rule["early_close"] or len(own) < len(b.seats):
                return ["position.cast"]
            b.closes_at, b.cause = cast.at, "all_answered"
            return ["position.cast", *self.enter(b, cast.at)]
        broken = sum(one.choice in BREAKING for one in b.counted().values()) >= b.rule["silence_break"]
        if broken and b.suspended_at is None:
            b.suspended_at, b.stopped_closing = cast.at, b.closes_at
            b.closes_at = full_minute(days_later(cast.at, b.rule["consultation_days"], working=True))
            return ["position.cast", "ballot.suspended"]
        if b.suspended_at is not None and b.stopped_closing is not None and not broken:
            remained = max(b.stopped_closing - b.suspended_at, timedelta(hours=b.rule["minimum_hours"]))
            b.closes_at, b.suspended_at = full_minute(cast.at + remained), None
            return ["position.cast", "ballot.resumed"]
        return ["position.cast"]

    def extend(self, b: Ballot, closes_at: datetime, by: int, now: datetime) -> Kinds:
        """Once, before it closes, by so many days of Geneva at most."""
        self._officer(by, b)
        refuse_unless(b.state(now) == "open" and b.closes_at and not b.is_extended, "not now, or once already")
        longest = b.rule["extension_days"]
        refuse_unless(longest and b.closes_at and b.closes_at < closes_at <= days_later(b.closes_at, longest), "length")
        b.closes_at, b.is_extended = closes_at, True
        return ["ballot.extended"]

    def strike(self, b: Ballot, number: int, by: int, now: datetime) -> Kinds:
        """A candidate withdraws."""
        self._officer(by, b)
        refuse_unless(b.state(now) == "open" and 1 <= number <= len(b.candidates), "not now, or nobody")
        if number in b.struck:
            return []
        b.struck.add(number)
        return ["candidate.withdrawn"]

    def ask_secrecy(self, b: Ballot, seat: str, person: int, now: datetime) -> Kinds:
        """Enough seats want a secret ballot: it ends here."""
        refuse_unless(seat in b.seats and self.holds(person, seat, now), "not for this seat")
        refuse_unless(b.state(now) == "open" and b.rule["secrecy_seats"], "not now, or never")
        before = len(b.secrecy)
        b.secrecy.add(seat)
        if before == len(b.secrecy) or len(b.secrecy) < b.rule["secrecy_seats"]:
            return []
        b.ended = "withdrawn"
        return ["ballot.withdrawn"]

    def enter(self, b: Ballot, now: datetime) -> Kinds:
        """What the closing leaves in the ledger, once it has come and whoever asks first."""
        if b.entered or b.state(now) not in OUTCOME:
            return []
        b.entered = True
        hidden = len(b.counted()) if b.rule["visibility"] == "at_close" else 0
        return ["position.opened"] * hidden + ["ballot.closed"]

    def _finish(self, b: Ballot, how: str, now: datetime) -> Kinds:
        kinds = self.enter(b, now)
        is_draft, b.ended = b.state(now) == "draft", how
        return kinds if is_draft else [*kinds, f"ballot.{how}"]

    def withdraw(self, b: Ballot, by: int, now: datetime) -> Kinds:
        """Before it closes, without an outcome."""
        self._officer(by, b)
        refuse_unless(b.state(now) in ("draft", "scheduled", *RUNNING), "has ended")
        return self._finish(b, "withdrawn", now)

    def supersede(self, b: Ballot, by: int, now: datetime) -> Kinds:
        """A meeting has decided the question."""
        self._officer(by, b)
        refuse_unless(b.state(now) in ("scheduled", "closed", *RUNNING), "has ended, or never opened")
        refuse_unless(b.state(now) != "closed" or b.decided_nothing(now), "has a result")
        return self._finish(b, "superseded", now)

    def refer(self, b: Ballot, by: int, now: datetime) -> Kinds:
        """The question goes to the annual meeting."""
        self._officer(by, b)
        refuse_unless(b.decided_nothing(now), "was decided, or runs")
        return self._finish(b, "referred", now)

    def note_outage(self, b: Ballot, by: int, now: datetime) -> Kinds:
        """The platform could not be reached before the closing. Nothing follows by itself."""
        self._officer(by, b)
        refuse_unless(b.state(now) == "closed", "not now")
        b.outage = True
        return []

    def certify(self, b: Ballot, by: int, now: datetime) -> Kinds:
        """The outcome stands and gets the next number of the Geneva year."""
        self._officer(by, b)
        if b.number and not b.ended:
            return []
        refuse_unless(b.state(now) == "closed", "not closed")
        kinds = self.enter(b, now)
        year = day_of(now).year
        self.numbers[year] += 1
        b.number = f"U4SSC/BM/{year}/{self.numbers[year]:02}"
        b.challenges_until = now + timedelta(days=b.rule["challenge_days"])
        return [*kinds, "ballot.certified"]

    def challenge(self, b: Ballot, seat: str, person: int, now: datetime) -> Kinds:
        """A seat contests the procedure, once, within the days of the rule."""
        refuse_unless(seat in b.seats and self.holds(person, seat, now), "not for this seat")
        if seat in b.challenges:
            return []
        refuse_unless(b.state(now) in OUTCOME and b.challenges_until and now < b.challenges_until, "too late or early")
        b.challenges[seat] = False
        return ["challenge.raised"]

    def answer_challenge(self, b: Ballot, seat: str, by: int, *, upheld: bool) -> Kinds:
        """The Secretariat answers, once."""
        self._officer(by, b)
        if b.challenges[seat]:
            refuse_unless(b.answers[seat] == upheld, "answered otherwise")
            return []
        refuse_unless(not b.ended, "was annulled")
        b.challenges[seat], b.answers[seat] = True, upheld
        return ["challenge.decided"]

    def ask_annulment(self, b: Ballot, by: int, now: datetime) -> Kinds:
        """The first of two agencies."""
        self._officer(by, b)
        refuse_unless(b.state(now) in ("scheduled", *RUNNING, *OUTCOME), "nothing to annul")
        refuse_unless(b.annulment in (None, (by, self.officers[by])), "asked for already")
        b.annulment = (by, self.officers[by])
        return []

    def annul(self, b: Ballot, by: int, now: datetime) -> Kinds:
        """The second of two agencies."""
        self._officer(by, b)
        if b.ended == "annulled":
            return []
        asked = b.annulment
        refuse_unless(asked is not None and by != asked[0] and self.officers[by] != asked[1], "another agency")
        refuse_unless(b.state(now) in ("scheduled", *RUNNING, *OUTCOME), "nothing to annul")
        return self._finish(b, "annulled", now)


def cleaned(b: Ballot, cast: Cast) -> Cast:
    """What was meant: only an approval in an election names candidates, and the only one need not be named."""
    names: tuple[int, ...] = ()
    if b.method == "election" and cast.choice == "approve":
        names = tuple(sorted(set(cast.names))) or ((1,) if len(b.candidates) == 1 else ())
    cure = cast.cure if cast.choice == "object" else ""
    return replace(cast, names=names, cure=cure)


def _said(cast: Cast) -> tuple[Any, ...]:
    return (cast.person, cast.choice, cast.names, cast.words, cast.cure)
