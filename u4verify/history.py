"""Entries in the order of the log, from the first: here kinds are told apart and time is kept in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from u4verify.closing import AFTER_CLOSING, take_after, take_closing
from u4verify.register import Register
from u4verify.replay import WHILE_RUNNING, Ballot, open_ballot, refuse, take_reveal, take_running
from u4verify.schema import Entry
from u4verify.verdict import Refuted

REGISTER_KINDS = ("seat.joined", "seat.left", "mandate.granted", "mandate.ended")


@dataclass
class History:
    """What the entries read so far amount to."""

    first: Entry | None = None
    last: Entry | None = None
    register: Register = field(default_factory=Register)
    ballots: dict[str, Ballot] = field(default_factory=dict)

    def take(self, entry: Entry) -> None:
        """Read the next entry."""
        self._check_place(entry)
        if entry.kind in REGISTER_KINDS:
            self.register.take(entry)
        elif entry.kind != "log.opened":
            self._take_ballot(entry)
        self.first = self.first or entry
        self.last = entry

    def _check_place(self, entry: Entry) -> None:
        if (self.first is None) != (entry.kind == "log.opened") or (self.first is None) != (entry.seq == 0):
            refuse("log.opened", entry, "the log is opened by entry 0 and by no other.")
        if self.last is None:
            return
        if entry.seq <= self.last.seq:
            refuse("order", entry, "the entries do not stand in the order of their numbers.")
        if entry.at < self.last.at:
            refuse("time", entry, "it is older than the entry before it.")

    def _take_ballot(self, entry: Entry) -> None:
        code = entry.ballot or ""
        ballot = self.ballots.get(code)
        if entry.kind == "ballot.opened":
            if ballot is not None:
                refuse("opened.twice", entry, f"{code} had been opened before.")
            if entry["prev_in_ballot"] is not None:
                refuse("ballot.chain", entry, "it follows another entry of its ballot, which is missing.")
            self.ballots[code] = open_ballot(entry, self.register)
            return
        if ballot is None:
            refuse("opened.missing", entry, f"{code} was never opened.")
        if entry["prev_in_ballot"] != ballot.numbers[-1]:
            refuse("ballot.chain", entry, f"between it and entry {ballot.numbers[-1]} an entry of {code} is missing.")
        self._take_of(ballot, entry)
        ballot.numbers.append(entry.seq)

    def _take_of(self, ballot: Ballot, entry: Entry) -> None:
        if entry.kind == "position.opened":
            if ballot.phase not in ("running", "revealing") or entry.at < _earliest_reveal(ballot):
                refuse("order", entry, "hidden positions are opened at the closing and at no other time.")
            take_reveal(ballot, entry)
        elif entry.kind == "ballot.closed":
            take_closing(ballot, entry)
        elif entry.kind in AFTER_CLOSING and not (ballot.phase == "running" and entry.kind in WHILE_RUNNING):
            take_after(ballot, entry)
        else:
            take_running(ballot, entry, self.register)

    def origin(self) -> str:
        """The name of the log."""
        if self.first is None:
            raise Refuted("log.opened", "The log has no first entry.")
        origin: str = self.first["origin"]
        return origin


def _earliest_reveal(ballot: Ballot) -> str:
    """Positions must not be shown while others can still answer: before the closing instant only if all have."""
    everybody = ballot.answered_itself == set(ballot.seats)
    if ballot.rule["early_close"] and everybody:
        return ""
    return ballot.closing
