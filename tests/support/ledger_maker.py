"""Whole ledgers, receipts and decision records for tests, made from docs/ledger-format.md and from nothing else.

It imports neither the platform nor the verifier, states outcomes instead of computing them, and signs with keys of its
own, so that an error in either program cannot hide behind the same error here. Entries are plain dictionaries until the
last moment: a forgery is a change to one of them.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.support.ledger_primitives import (
    CHOICES,
    RULE,
    Signer,
    canonical,
    digest,
    leaf,
    pack,
    path,
    root,
    salt,
    seal,
    trust_text,
)

__all__ = ["CLOSES", "FILES", "OPENS", "ORIGIN", "START", "Maker", "digest", "pack"]

ORIGIN = "ledger.example/u4ssc/1"
START = "2027-03-01T09:00:00.000000Z"
OPENS = "2027-03-02T08:00:00.000000Z"
CLOSES = "2027-03-12T17:00:00.000000Z"
FILES = ("text/decision.json", "reveal.json", "TRUST.txt", "READ-ME.html")


@dataclass
class Maker:
    """A ledger with one ballot, written entry by entry."""

    origin: str = ORIGIN
    code: str = "B-27-01"
    signer: Signer = field(default_factory=lambda: Signer(ORIGIN))
    witnesses: tuple[Signer, ...] = ()
    now: datetime = field(default_factory=lambda: datetime.fromisoformat(START))
    entries: list[dict[str, Any]] = field(default_factory=list)
    frozen: dict[str, Any] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    persons: list[dict[str, Any]] = field(default_factory=list)
    sealed: dict[int, dict[str, Any]] = field(default_factory=dict)
    mandates: dict[str, dict[str, str]] = field(default_factory=dict)  # by seat: capacity -> mandate

    def __post_init__(self) -> None:
        """A log opens with its name and key."""
        self.add("log.opened", origin=self.origin, key=self.signer.key)

    def at(self, instant: str) -> Maker:
        """Go on at this instant."""
        self.now = datetime.fromisoformat(instant)
        return self

    def add(self, kind: str, **fields: Any) -> int:
        """Write an entry, a second after the one before."""
        seq = len(self.entries)
        at = self.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        if "ballot" in fields:
            fields["prev_in_ballot"] = next(
                (entry["seq"] for entry in reversed(self.entries) if entry.get("ballot") == fields["ballot"]), None
            )
        self.entries.append({"v": 1, "seq": seq, "kind": kind, "at": at} | fields)
        self.now += timedelta(seconds=1)
        return seq

    def person(self, name: str, mandate: str | None) -> str:
        """A commitment to a person, revealed later."""
        value = {"email": f"{name.lower()}@example.org", "mandate": mandate, "name": name}
        key = salt(f"{name} {len(self.entries)}")
        self.persons.append({"commitment": seal(key, value), "salt": key, "value": value})
        return str(self.persons[-1]["commitment"])

    def join(self, *seats: str) -> Maker:
        """Seats, each with its representative."""
        for seat in seats:
            self.add("seat.joined", seat=seat, name=f"Organisation {seat}", on=None)
            self.grant(seat, "representative")
        return self

    def grant(self, seat: str, capacity: str, starts_on: str = "2026-01-01", ends_on: str | None = None) -> str:
        """A mandate."""
        mandate = f"mdt_{len(self.entries)}"
        self.mandates.setdefault(seat, {})[capacity] = mandate
        self.add(
            "mandate.granted",
            mandate=mandate,
            seat=seat,
            person=self.person(f"{capacity.title()}{seat}", mandate),
            capacity=capacity,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        return mandate

    def open(self, *, candidates: tuple[str, ...] = (), posts: int = 0, **rule: Any) -> int:
        """The ballot, among all seats, with the standing rule changed as asked."""
        settled = RULE | rule
        listed = [{"candidate": n, "name": name} for n, name in enumerate(candidates, start=1)]
        self.frozen = {
            "candidates": listed,
            "code": self.code,
            "decision_text": "The Board decides to test.\nIt does so at once.",
            "documents": [["Annex", digest(b"annex")]],
            "if_approved": "It is done.",
            "if_not_approved": None,
            "posts": posts,
            "rule": settled,
            "title": "Décision d’essai",
            "type": "guidance",
        }
        electorate = [
            {
                "mandates": [{"capacity": c, "mandate": m} for c, m in held.items()],
                "name": f"Organisation {seat}",
                "seat": seat,
            }
            for seat, held in self.mandates.items()
        ]
        return self.add(
            "ballot.opened",
            ballot=self.code,
            round=1,
            previous=None,
            type="guidance",
            method=settled["method"],
            title=self.frozen["title"],
            text_sha256=self.text_digest,
            rule=settled,
            electorate=electorate,
            candidates=listed,
            posts=posts,
            opens_at=OPENS,
            closes_at=CLOSES,
            by=None,
        )

    @property
    def text_digest(self) -> str:
        """The digest of the frozen text."""
        return digest(canonical(self.frozen))

    @property
    def opened(self) -> dict[str, Any]:
        """The opening entry."""
        return self.of("ballot.opened")[0]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The entries of a kind."""
        return [entry for entry in self.entries if entry["kind"] == kind]

    def final(self, seat: str) -> dict[str, Any] | None:
        """The newest position of a seat."""
        return next((e for e in reversed(self.of("position.cast")) if e["seat"] == seat), None)

    def cast(
        self,
        seat: str,
        choice: str,
        *,
        candidates: tuple[int, ...] = (),
        capacity: str = "representative",
        comment: str | None = None,
        cure: str | None = None,
    ) -> int:
        """A position, hidden when the rule says so."""
        before, seq = self.final(seat), len(self.entries)
        on_record = capacity == "on_record"
        mandate = None if on_record else self.mandates[seat][capacity]
        value: dict[str, Any] = {
            "candidates": list(candidates),
            "choice": choice,
            "comment_sha256": None if comment is None else digest(comment.encode()),
            "cure_sha256": None if cure is None else digest(cure.encode()),
        }
        hidden = self.opened["rule"]["visibility"] == "at_close"
        self.sealed[seq] = {"salt": salt(f"position {seq}"), "value": value}
        if comment is not None or cure is not None:
            self.comments.append({"comment": comment, "cure": cure, "seq": seq})
        return self.add(
            "position.cast",
            ballot=self.code,
            seat=seat,
            revision=1 if before is None else before["revision"] + 1,
            prev_seq=None if before is None else before["seq"],
            **(dict.fromkeys(value) if hidden else value),
            commitment=seal(self.sealed[seq]["salt"], value) if hidden else None,
            capacity=capacity,
            mandate=mandate,
            person=self.person(f"{capacity.title()}{seat}", mandate),
            evidence_sha256=digest(b"mail") if on_record else None,
            text_sha256=self.text_digest,
            voter_signature=None,
        )

    def reveal(self) -> None:
        """Open the hidden positions that count."""
        for seat in self.mandates:
            cast = self.final(seat)
            if cast is not None:
                sealed = self.sealed[cast["seq"]]
                self.add(
                    "position.opened",
                    ballot=self.code,
                    seat=seat,
                    revision=cast["revision"],
                    cast_seq=cast["seq"],
                    salt=sealed["salt"],
                    **sealed["value"],
                )

    def close(self, outcome: str, *, elected: tuple[int, ...] = (), at: str = CLOSES, cause: str = "time") -> int:
        """The closing; the outcome is what the test says it is."""
        finals = {seat: self.final(seat) for seat in self.mandates}
        values = {seat: self.sealed[cast["seq"]]["value"] for seat, cast in finals.items() if cast is not None}
        chosen = [value["choice"] for value in values.values()]
        return self.add(
            "ballot.closed",
            ballot=self.code,
            closed_at=at,
            cause=cause,
            entries=[entry["seq"] for entry in self.entries if entry.get("ballot") == self.code],
            positions=[
                {
                    "candidates": values[seat]["candidates"] if cast else [],
                    "choice": values[seat]["choice"] if cast else None,
                    "seat": seat,
                    "seq": cast["seq"] if cast else None,
                }
                for seat, cast in finals.items()
            ],
            tally={choice: chosen.count(choice) for choice in CHOICES} | {"seats": len(finals)},
            outcome=outcome,
            elected=list(elected),
            sum="As the rule says.",
        )

    def certify(self) -> Maker:
        """The certificate."""
        closed = self.of("ballot.closed")[-1]
        self.add(
            "ballot.certified",
            ballot=self.code,
            number="U4SSC/BM/2027/01",
            outcome=closed["outcome"],
            closed_seq=closed["seq"],
            by=None,
        )
        return self

    # --- what is handed out ---------------------------------------------------------------------------------------

    def lines(self) -> list[bytes]:
        """The bytes of every entry."""
        return [canonical(entry) for entry in self.entries]

    def export(self) -> bytes:
        """The whole log."""
        return b"".join(line + b"\n" for line in self.lines())

    def body(self, size: int | None = None) -> str:
        """The text of the checkpoint at a size."""
        leaves = [leaf(line) for line in self.lines()][:size]
        return f"{self.origin}\n{len(leaves)}\n{base64.b64encode(root(leaves)).decode()}\n"

    def checkpoint(self, size: int | None = None) -> str:
        """The signed checkpoint at a size."""
        text = self.body(size)
        return text + "\n" + "".join(signer.line(text) for signer in (self.signer, *self.witnesses))

    def proof(self, seq: int, size: int | None = None) -> list[str]:
        """The inclusion proof of an entry."""
        leaves = [leaf(line) for line in self.lines()][:size]
        return [node.hex() for node in path(seq, leaves)]

    def members(self) -> dict[str, bytes]:
        """The files of the decision record."""
        last = max(entry["seq"] for entry in self.entries if entry.get("ballot") == self.code)
        files = {
            "text/decision.json": canonical(self.frozen),
            "reveal.json": canonical({"comments": self.comments, "persons": self.persons}),
            "TRUST.txt": trust_text(self.signer.key, self.origin),
            "READ-ME.html": b"<!doctype html><title>Record</title>",
        }
        record = {
            "ballot": self.code,
            "checkpoint": self.checkpoint(),
            "entries": [
                {"entry": canonical(entry).decode(), "proof": self.proof(entry["seq"])}
                for entry in self.entries
                if entry["seq"] <= last and entry.get("ballot", self.code) == self.code
            ],
            "files": {name: digest(data) for name, data in files.items()},
            "format": "u4ssc-record/1",
            "origin": self.origin,
        }
        return {"record.json": canonical(record)} | files

    def record(self) -> bytes:
        """The decision record."""
        return pack(self.members())

    def receipt(self, seq: int, *, covered: bool = True) -> dict[str, Any]:
        """A receipt, before it is written."""
        entry = self.entries[seq]
        person = next((p for p in self.persons if p["commitment"] == entry.get("person")), None)
        hidden = entry.get("commitment") is not None
        return {
            "checkpoint": self.checkpoint() if covered else None,
            "entry": canonical(entry).decode(),
            "format": "u4ssc-receipt/1",
            "origin": self.origin,
            "person": {"salt": person["salt"], "value": person["value"]} if person else None,
            "position": self.sealed[seq] if hidden else None,
            "proof": self.proof(seq) if covered else None,
        }

    def trust(self, threshold: int = 0) -> dict[str, Any]:
        """The trust file of a reader who knows this log and its witnesses."""
        return {
            "origin": self.origin,
            "keys": [self.signer.key],
            "witnesses": [witness.key for witness in self.witnesses],
            "threshold": threshold,
        }
