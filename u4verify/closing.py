"""The end of a ballot: the closing entry is believed in nothing that can be computed again. Then what may follow it."""

from __future__ import annotations

from typing import Any

from u4verify.deciding import decide
from u4verify.replay import Ballot, refuse
from u4verify.schema import Entry

AFTER_CLOSING = (
    "ballot.certified",
    "challenge.raised",
    "challenge.decided",
    "ballot.superseded",
    "ballot.referred",
    "ballot.annulled",
)
_ENDS = ("ballot.superseded", "ballot.referred", "ballot.annulled")
_ONCE = ("ballot.certified", *_ENDS)
_OF_CERTIFIED = ("challenge.raised", "challenge.decided")


def take_closing(ballot: Ballot, entry: Entry) -> None:
    """Check `ballot.closed` against everything before it."""
    if ballot.phase not in ("running", "revealing"):
        refuse("order", entry, "the ballot had ended before.")
    if entry["entries"] != ballot.numbers:
        refuse("closed.entries", entry, "its list of entries is not the list of all earlier entries of this ballot.")
    _check_cause(ballot, entry)
    if ballot.hidden and set(ballot.revealed) != set(ballot.finals):
        refuse("closed.reveal", entry, "a hidden position that counts was not opened.")
    if entry["positions"] != _positions(ballot):
        refuse("closed.positions", entry, "its list of final positions is not the one the entries lead to.")
    _check_outcome(ballot, entry)
    ballot.phase, ballot.closed = "closed", entry


def _check_cause(ballot: Ballot, entry: Entry) -> None:
    closed_at = entry["closed_at"]
    if closed_at > entry.at:
        refuse("closed.time", entry, "it was recorded before the instant at which the ballot closed.")
    if entry["cause"] == "time":
        if closed_at != ballot.closing:
            refuse("closed.time", entry, "the ballot did not close at the instant that was announced.")
        return
    if not ballot.rule["early_close"] or ballot.suspended:
        refuse("closed.early", entry, "this ballot could not close early.")
    if ballot.answered_itself != set(ballot.seats) or ballot.last_cast is None:
        refuse("closed.early", entry, "it closed early although not every seat had answered itself.")
    if not ballot.last_cast.at <= closed_at <= ballot.closing:
        refuse("closed.time", entry, "it did not close between the last position and the announced instant.")


def _positions(ballot: Ballot) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for seat in ballot.seats:
        cast, answer = ballot.finals.get(seat), ballot.answer_of(seat)
        rows.append(
            {
                "candidates": [] if answer is None else list(answer.candidates),
                "choice": None if answer is None else answer.choice,
                "seat": seat,
                "seq": None if cast is None else cast.seq,
            }
        )
    return rows


def _check_outcome(ballot: Ballot, entry: Entry) -> None:
    answers = [answer for seat in ballot.seats if (answer := ballot.answer_of(seat)) is not None]
    own = decide(ballot.rule, len(ballot.seats), answers, posts=ballot.opened["posts"], withdrawn=ballot.struck)
    if entry["tally"] != own.tally:
        refuse("closed.tally", entry, "the tally is not the count of the positions.")
    if entry["outcome"] != own.outcome:
        refuse("closed.outcome", entry, f"the outcome is {own.outcome} by the rule, not {entry['outcome']}.")
    if tuple(entry["elected"]) != own.elected:
        refuse("closed.elected", entry, "other candidates are elected by the rule.")
    ballot.sums = own.sums


def take_after(ballot: Ballot, entry: Entry) -> None:
    """Check what follows the closing: it may confirm, challenge or set aside, and change nothing."""
    if ballot.phase != "closed" or ballot.closed is None:
        refuse("order", entry, f"“{entry.kind}” is possible only after the closing of the ballot.")
    kinds = [before.kind for before in ballot.after]
    if entry.kind in _ONCE and entry.kind in kinds:
        refuse("order", entry, f"“{entry.kind}” stands there twice.")
    if any(kind in kinds for kind in _ENDS):
        refuse("order", entry, "the ballot was annulled, superseded or referred before: nothing follows that.")
    if (entry.kind in _OF_CERTIFIED) != ("ballot.certified" in kinds) and entry.kind != "ballot.annulled":
        refuse("order", entry, f"“{entry.kind}” and the certificate do not stand in this order.")
    if entry.kind == "ballot.certified":
        _check_certificate(ballot.closed, entry)
    elif entry.kind.startswith("challenge."):
        _check_challenge(ballot, entry)
    ballot.after.append(entry)


def _check_certificate(closed: Entry, entry: Entry) -> None:
    if entry["closed_seq"] != closed.seq:
        refuse("certified.closing", entry, "it certifies another closing.")
    if entry["outcome"] != closed["outcome"]:
        refuse("certified.outcome", entry, "it certifies another outcome than the ballot had.")


def _check_challenge(ballot: Ballot, entry: Entry) -> None:
    if entry["seat"] not in ballot.seats:
        refuse("challenge.seat", entry, f"{entry['seat']} does not vote in this ballot.")
    pending = ballot.challenges.get(entry["seat"], 0)
    if entry.kind == "challenge.decided" and pending == 0:
        refuse("challenge.decided", entry, f"{entry['seat']} had raised no challenge that is still open.")
    ballot.challenges[entry["seat"]] = pending + (1 if entry.kind == "challenge.raised" else -1)
