"""How the one who runs the log would forge it: change what was written, then number, hash and sign everything anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.support.ledger_maker import Maker
from u4verify import record
from u4verify.trust import read_trust
from u4verify.verdict import Verdict

Forgery = Callable[[], Maker]


class Forgeries(dict[str, tuple[str, Forgery]]):
    """Forgeries by name, each with the rule by which it must be refused."""

    def of(self, rule: str, name: str) -> Callable[[Forgery], Forgery]:
        """Register a function that forges."""

        def add(make: Forgery) -> Forgery:
            self[name] = (rule, make)
            return make

        return add

    def simple(
        self, rule: str, name: str, base: Callable[[], Maker], kind: str, which: int = 0, /, **fields: Any
    ) -> None:
        """Register a forgery that only alters fields of one entry."""
        self[name] = (rule, lambda: changed(base, kind, which, **fields))


def changed(base: Callable[[], Maker], kind: str, which: int = 0, /, **fields: Any) -> Maker:
    """A ledger with fields of one entry altered after the fact."""
    made = base()
    made.of(kind)[which].update(fields)
    return made


def renumber(made: Maker) -> Maker:
    """Entries numbered anew in the order they stand in, with every reference following."""
    new = {entry["seq"]: place for place, entry in enumerate(made.entries)}

    def moved(value: Any) -> Any:
        return None if value is None else new.get(value, value)

    for entry in made.entries:
        for name in ("seq", "prev_seq", "cast_seq", "closed_seq"):
            if name in entry:
                entry[name] = moved(entry[name])
        entry["entries"] = sorted(new[n] for n in entry["entries"] if n in new) if "entries" in entry else None
        if entry["entries"] is None:
            del entry["entries"]
        for row in entry.get("positions", []):
            row["seq"] = moved(row["seq"])
    rechain(made)
    made.persons, made.comments = [], []
    return made


def rechain(made: Maker) -> None:
    """Each entry of a ballot names the one before it, as whoever writes the whole log anew would have it."""
    last: dict[str, int] = {}
    for entry in made.entries:
        if "ballot" in entry:
            entry["prev_in_ballot"] = last.get(entry["ballot"])
            last[entry["ballot"]] = entry["seq"]


def without(made: Maker, entry: dict[str, Any]) -> Maker:
    made.entries.remove(entry)
    return renumber(made)


def judged(made: Maker) -> Verdict:
    """What the verifier says to a reader who trusts the forger's own key."""
    return record.verify_bytes(made.record(), read_trust(json.dumps(made.trust()).encode()))
