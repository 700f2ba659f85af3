"""One ballot played again entry by entry while it runs: what may follow what, who may answer, and until when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NoReturn

from u4verify.canonical import commitment
from u4verify.deciding import Answer
from u4verify.register import Register, geneva_day
from u4verify.schema import POSITION, SILENCE_CHOICES, VOTE_CHOICES, Entry
from u4verify.verdict import Refuted

APPROVALS = ("approve", "approve_with_comments")
BREAKING = ("object", "ask_vote")


def refuse(rule: str, entry: Entry, sentence: str) -> NoReturn:
    """Say which entry breaks which rule."""
    raise Refuted(rule, f"Entry {entry.seq}: {sentence}", entry.seq)


@dataclass
class Ballot:
    """The state of one ballot. `phase` is running, revealing, closed, or how it ended without closing."""

    opened: Entry
    phase: str = "running"
    closing: str = ""  # the closing instant in force
    suspended: bool = False
    extended: bool = False
    numbers: list[int] = field(default_factory=list)
    last_cast: Entry | None = None
    finals: dict[str, Entry] = field(default_factory=dict)  # the position that counts, by seat
    answered_itself: set[str] = field(default_factory=set)
    struck: set[int] = field(default_factory=set)
    revealed: dict[str, Answer] = field(default_factory=dict)
    closed: Entry | None = None
    after: list[Entry] = field(default_factory=list)
    challenges: dict[str, int] = field(default_factory=dict)  # raised and not decided, by seat
    sums: dict[str, Any] = field(default_factory=dict)

    @property
    def rule(self) -> dict[str, Any]:
        """The rule frozen at opening."""
        rule: dict[str, Any] = self.opened["rule"]
        return rule

    @property
    def hidden(self) -> bool:
        """Whether positions stay hidden until closing."""
        return bool(self.rule["visibility"] == "at_close")

    @cached_property
    def seats(self) -> dict[str, str]:
        """Names of the seats by acronym, in the order of the electorate."""
        return {elector["seat"]: elector["name"] for elector in self.opened["electorate"]}

    def answer_of(self, seat: str) -> Answer | None:
        """What counts for a seat, as far as it is known."""
        if self.hidden:
            return self.revealed.get(seat)
        cast = self.finals.get(seat)
        return None if cast is None else Answer(cast["choice"], tuple(cast["candidates"]))

    def breaks_silence(self, seat: str) -> bool:
        """Whether the seat's position stands against silent consent."""
        answer = self.answer_of(seat)
        return answer is not None and answer.choice in BREAKING

    def objections(self) -> int:
        """Positions that count towards breaking the silence."""
        return sum(self.breaks_silence(seat) for seat in self.finals)


def open_ballot(entry: Entry, register: Register) -> Ballot:
    """Begin with `ballot.opened`, after checking that it does not contradict itself."""
    register.check_electorate(entry)
    rule = entry["rule"]
    if rule["method"] != entry["method"]:
        refuse("rule.method", entry, "the rule is for another method than the ballot.")
    if (rule["max_objections_num"] is None) != (rule["max_objections_den"] is None):
        refuse("rule.fraction", entry, "the bound on objections is half a fraction.")
    if rule["method"] == "silence" and rule["visibility"] != "live":
        refuse("rule.visibility", entry, "objections to a silence procedure cannot be hidden.")
    _check_candidates(entry)
    open_for = _instant(entry["closes_at"]) - _instant(entry["opens_at"])
    if open_for <= timedelta(0) or open_for < timedelta(hours=rule["minimum_hours"]):
        refuse("window", entry, "the ballot is open for a shorter time than its rule asks for.")
    return Ballot(entry, closing=entry["closes_at"], numbers=[entry.seq])


def _check_candidates(entry: Entry) -> None:
    numbers = [item["candidate"] for item in entry["candidates"]]
    if numbers != list(range(1, len(numbers) + 1)):
        refuse("candidates", entry, "the candidates are not numbered 1, 2, 3 ….")
    is_election = entry["method"] == "election"
    if is_election != bool(numbers) or is_election != (entry["posts"] > 0):
        refuse("candidates", entry, "an election has candidates and posts, any other ballot has none.")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- positions ----------------------------------------------------------------------------------------------------


def take_position(ballot: Ballot, entry: Entry, register: Register) -> None:
    """A seat answers."""
    seat = entry["seat"]
    if seat not in ballot.seats:
        refuse("position.seat", entry, f"{seat} does not vote in this ballot.")
    if entry.at < ballot.opened["opens_at"]:
        refuse("position.before_opening", entry, f"{seat} answered before the ballot opened.")
    if ballot.suspended:
        _check_suspended(ballot, entry)
    _check_revision(ballot, entry)
    _check_capacity(ballot, entry, register)
    if entry["text_sha256"] != ballot.opened["text_sha256"]:
        refuse("position.text", entry, f"{seat} answered to another text than the one that was opened.")
    _check_visibility(ballot, entry)
    ballot.finals[seat] = ballot.last_cast = entry
    if entry["capacity"] != "on_record":
        ballot.answered_itself.add(seat)


def _check_suspended(ballot: Ballot, entry: Entry) -> None:
    if not ballot.breaks_silence(entry["seat"]):
        refuse("suspended.seat", entry, "while suspended only a seat that broke the silence may answer.")
    if entry["choice"] != "no_objection":
        refuse("suspended.choice", entry, "while suspended an objection may only be lifted.")


def _check_revision(ballot: Ballot, entry: Entry) -> None:
    before = ballot.finals.get(entry["seat"])
    expected = (1, None) if before is None else (before["revision"] + 1, before.seq)
    if (entry["revision"], entry["prev_seq"]) != expected:
        refuse("revision.chain", entry, f"it does not follow the position {entry['seat']} gave before.")


def _check_capacity(ballot: Ballot, entry: Entry, register: Register) -> None:
    if entry["capacity"] != "on_record":
        if entry["person"] is None or entry["evidence_sha256"] is not None:
            refuse("position.person", entry, "a position cast by the seat names its person and needs no e-mail.")
        register.check_mandate(entry)
        return
    if entry["mandate"] is not None or entry["evidence_sha256"] is None:
        refuse("on_record.evidence", entry, "a position on record rests on an e-mail, not on a mandate.")
    if entry["seat"] in ballot.answered_itself:
        refuse("on_record.after_own", entry, f"{entry['seat']} had already answered itself.")


def _check_visibility(ballot: Ballot, entry: Entry) -> None:
    if ballot.hidden:
        if entry["commitment"] is None or any(entry[name] is not None for name in POSITION):
            refuse("position.hidden", entry, "positions of this ballot stay hidden until it closes.")
        return
    if entry["choice"] is None or entry["candidates"] is None or entry["commitment"] is not None:
        refuse("position.open", entry, "positions of this ballot are open at once.")
    _check_answer(ballot, entry)


def _check_answer(ballot: Ballot, entry: Entry) -> None:
    method = ballot.rule["method"]
    if entry["choice"] not in (SILENCE_CHOICES if method == "silence" else VOTE_CHOICES):
        refuse("position.choice", entry, "this answer does not exist in this kind of ballot.")
    named = entry["candidates"]
    if method == "election" and entry["choice"] in APPROVALS:
        known = {item["candidate"] for item in ballot.opened["candidates"]}
        if not 1 <= len(named) <= ballot.opened["posts"] or not set(named) <= known:
            refuse("position.candidates", entry, "it supports nobody, too many, or somebody who does not stand.")
    elif named:
        refuse("position.candidates", entry, "it supports candidates where that is not possible.")


def take_reveal(ballot: Ballot, entry: Entry) -> None:
    """A hidden position is opened; the commitment made when it was cast must fit."""
    seat = entry["seat"]
    cast = ballot.finals.get(seat)
    if not ballot.hidden or cast is None or seat in ballot.revealed:
        refuse("reveal.unexpected", entry, f"there is no hidden position of {seat} to open.")
    if (entry["cast_seq"], entry["revision"]) != (cast.seq, cast["revision"]):
        refuse("reveal.other", entry, f"it opens another position of {seat} than the one that counts.")
    if commitment(entry["salt"], {name: entry[name] for name in POSITION}) != cast["commitment"]:
        refuse("reveal.commitment", entry, f"what is shown for {seat} is not what was sealed when it was cast.")
    _check_answer(ballot, entry)
    ballot.revealed[seat] = Answer(entry["choice"], tuple(entry["candidates"]))
    ballot.phase = "revealing"


# --- the course of a ballot ---------------------------------------------------------------------------------------


def take_candidate(ballot: Ballot, entry: Entry) -> None:
    """A candidate withdraws."""
    number = entry["candidate"]
    if number > len(ballot.opened["candidates"]) or number in ballot.struck:
        refuse("candidate.withdrawn", entry, "no such candidate stands.")
    ballot.struck.add(number)


def take_extension(ballot: Ballot, entry: Entry) -> None:
    """The closing moves, once at most and by no more days than the rule allows."""
    if ballot.extended or entry["was"] != ballot.closing or entry["closes_at"] <= entry["was"]:
        refuse("extension", entry, "a second extension, or one that does not extend the time in force.")
    was = _instant(geneva_day(entry["was"]))
    if _instant(geneva_day(entry["closes_at"])) - was > timedelta(days=ballot.rule["extension_days"]):
        refuse("extension.days", entry, "the extension is longer than the rule allows.")
    ballot.extended, ballot.closing = True, entry["closes_at"]


def take_suspension(ballot: Ballot, entry: Entry) -> None:
    """A position broke the silence: the seats consult until a new instant."""
    cast = ballot.last_cast
    if ballot.rule["method"] != "silence" or ballot.suspended or cast is None:
        refuse("suspended", entry, "there is nothing here that could be suspended.")
    fits = (entry["cast_seq"], entry["seat"]) == (cast.seq, cast["seat"]) and cast["choice"] in BREAKING
    if not fits or ballot.objections() < ballot.rule["silence_break"] or entry["closes_at"] <= entry.at:
        refuse("suspended.cause", entry, "the position that it names did not break the silence.")
    ballot.suspended, ballot.closing = True, entry["closes_at"]


def take_resumption(ballot: Ballot, entry: Entry) -> None:
    """The objections are lifted: the ballot goes on."""
    cast = ballot.last_cast
    if not ballot.suspended or cast is None or entry["cast_seq"] != cast.seq or entry["closes_at"] <= entry.at:
        refuse("resumed", entry, "there was no suspension that it could end.")
    if ballot.objections() >= ballot.rule["silence_break"]:
        refuse("resumed.cause", entry, "the silence is still broken.")
    ballot.suspended, ballot.closing = False, entry["closes_at"]


def take_end(ballot: Ballot, entry: Entry) -> None:
    """The ballot ends without a decision: `ballot.withdrawn` makes it "withdrawn", and so on."""
    ballot.phase = entry.kind.removeprefix("ballot.")


WHILE_RUNNING: Mapping[str, Callable[[Ballot, Entry], None]] = {
    "candidate.withdrawn": take_candidate,
    "ballot.extended": take_extension,
    "ballot.suspended": take_suspension,
    "ballot.resumed": take_resumption,
} | dict.fromkeys(("ballot.withdrawn", "ballot.superseded", "ballot.referred", "ballot.annulled"), take_end)


def take_running(ballot: Ballot, entry: Entry, register: Register) -> None:
    """Anything that can only happen while the ballot runs."""
    if ballot.phase != "running" or entry.at >= ballot.closing:
        if entry.kind == "position.cast":
            refuse("position.after_closing", entry, f"{entry['seat']} answered after the ballot had closed.")
        refuse("order", entry, f"“{entry.kind}” is possible only while a ballot runs.")
    if entry.kind == "position.cast":
        take_position(ballot, entry, register)
    else:
        WHILE_RUNNING[entry.kind](ballot, entry)
