"""What a verified ballot says, as plain data for `--json`; sentences.py puts the same into words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from u4verify.replay import Ballot
from u4verify.schema import Entry


def of_ballot(ballot: Ballot, text: Mapping[str, Any], revealed: Mapping[str, Any]) -> dict[str, Any]:
    """Everything about a ballot that its record proves."""
    opened, closed = ballot.opened, ballot.closed
    result: dict[str, Any] = {
        "ballot": opened["ballot"],
        "title": opened["title"],
        "type": opened["type"],
        "method": opened["method"],
        "round": opened["round"],
        "previous": opened["previous"],
        "decision_text": text["decision_text"],
        "rule": opened["rule"],
        "candidates": opened["candidates"],
        "withdrawn_candidates": sorted(ballot.struck),
        "posts": opened["posts"],
        "opens_at": opened["opens_at"],
        "closes_at": ballot.closing,
        "ended": ballot.phase,
        "positions": [_position(ballot, seat, revealed) for seat in ballot.seats],
        "closed_at": None,
        "outcome": None,
        "tally": None,
        "elected": [],
        "sums": ballot.sums,
        "afterwards": [_afterwards(entry) for entry in ballot.after],
    }
    if closed is not None:
        result |= {name: closed[name] for name in ("closed_at", "outcome", "tally", "elected")}
    return result


def _position(ballot: Ballot, seat: str, revealed: Mapping[str, Any]) -> dict[str, Any]:
    cast, answer = ballot.finals.get(seat), ballot.answer_of(seat)
    comments = {item["seq"]: item for item in revealed["comments"]}
    persons = {item["commitment"]: item["value"]["name"] for item in revealed["persons"]}
    comment = comments.get(cast.seq, {}) if cast is not None else {}
    return {
        "seat": seat,
        "name": ballot.seats[seat],
        "choice": None if answer is None else answer.choice,
        "candidates": [] if answer is None else list(answer.candidates),
        "at": None if cast is None else cast.at,
        "entry": None if cast is None else cast.seq,
        "revision": None if cast is None else cast["revision"],
        "capacity": None if cast is None else cast["capacity"],
        "person": None if cast is None else persons.get(cast["person"]),
        "comment": comment.get("comment"),
        "cure": comment.get("cure"),
    }


def _afterwards(entry: Entry) -> dict[str, Any]:
    """An entry after the closing, without the commitments that mean nothing to a reader."""
    shown = ("number", "outcome", "seat", "upheld", "next")
    return {"kind": entry.kind, "entry": entry.seq, "at": entry.at} | {
        name: entry[name] for name in shown if name in entry.data
    }
