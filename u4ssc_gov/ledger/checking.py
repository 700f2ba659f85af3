"""Recompute the whole log from its bytes and compare everything that is derived from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from u4ssc_gov.core.files import replace_durably
from u4ssc_gov.ledger import canonical, merkle, queries, schemas
from u4ssc_gov.ledger.models import LedgerCheckpoint, LedgerEntry, LedgerState
from u4ssc_gov.ledger.note import BadNote, open_note, parse_checkpoint, parse_verifier_key

if TYPE_CHECKING:
    from u4ssc_gov.core.runtime import Runtime


class Damage(Exception):
    """The log is not what it was: the message is a sentence that names the first entry that differs."""


@dataclass(slots=True)
class _Walk:
    """Where the check stands."""

    expected: Mapping[int, Sequence[bytes]]  # size → roots that were signed for it
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    last_at: str = ""

    def step(self, seq: int, content: bytes, leaf: bytes, kind: str, at: datetime) -> None:
        """Check one entry and go on."""
        if seq != self.frontier.size:
            raise Damage(f"Entry {self.frontier.size} is missing.")
        said = self._read(seq, content)
        if merkle.leaf_hash(content) != leaf:
            raise Damage(f"Entry {seq} was changed: its bytes do not belong to its hash.")
        if said["seq"] != seq or said["kind"] != kind or said["at"] != canonical.instant(at):
            raise Damage(f"Entry {seq} stands in a row that says something else.")
        if said["at"] < self.last_at or (seq == 0) != (kind == "log.opened"):
            raise Damage(f"Entry {seq} is out of order.")
        self.last_at = said["at"]
        self.frontier.append(leaf)
        self.compare()

    def compare(self) -> None:
        """Compare the root with what was signed for a log of this size."""
        if any(root != self.frontier.root() for root in self.expected.get(self.frontier.size, ())):
            size = self.frontier.size
            raise Damage(f"The first {size} entries are not those that were signed: one before entry {size} differs.")

    @staticmethod
    def _read(seq: int, content: bytes) -> dict[str, Any]:
        try:
            said = canonical.decode(content)
            schemas.check_keys(said["kind"], {k: v for k, v in said.items() if k not in schemas.COMMON})
        except (ValueError, KeyError) as error:
            raise Damage(f"Entry {seq} cannot be read: {error}.") from error
        if schemas.COMMON - set(said):
            raise Damage(f"Entry {seq} cannot be read: a key that all entries have is missing.")
        return said


def check_log(session: Session, also: Mapping[int, bytes] | None = None) -> int:
    """Check entries, hashes, order, root, frontier and every checkpoint; returns the number of entries.

    ``also`` are roots somebody remembers, by size: the signer's own. Raises ``Damage``.
    """
    # Checkpoints and the last number are read before the size: whatever is appended meanwhile cannot look like damage.
    checkpoints = session.scalars(select(LedgerCheckpoint).order_by(LedgerCheckpoint.size)).all()
    last = session.scalar(select(func.max(LedgerEntry.seq)))
    state = session.scalar(select(LedgerState).execution_options(populate_existing=True))
    size = state.size if state is not None else 0
    if last is not None and last >= size:
        raise Damage(f"Entry {last} was not appended by the platform: the log has {size} entries.")
    roots: dict[int, list[bytes]] = {length: [root] for length, root in (also or {}).items()}
    for checkpoint in checkpoints:
        roots.setdefault(checkpoint.size, []).append(checkpoint.root)
    if roots and max(roots) > size:
        raise Damage(f"The log has {size} entries, and {max(roots)} were signed: the newest ones are gone.")
    walk = _Walk(roots)
    for row in queries.read_entries(session, 0, size):
        walk.step(*row)
    if walk.frontier.size != size:
        raise Damage(f"Entry {walk.frontier.size} is missing.")
    if state is not None and state.frontier != walk.frontier.to_bytes():
        raise Damage("The row that the log grows from does not belong to its entries.")
    _check_notes(session, checkpoints)
    return size


def _check_notes(session: Session, checkpoints: Sequence[LedgerCheckpoint]) -> None:
    """Each checkpoint is signed by the key that entry 0 names, for what its row says."""
    if not checkpoints:
        return
    content = session.scalar(select(LedgerEntry.entry).where(LedgerEntry.seq == 0))
    opening = canonical.decode(content or b"{}")
    for row in checkpoints:
        try:
            said = parse_checkpoint(open_note(row.note, [parse_verifier_key(opening["key"])]))
        except (BadNote, KeyError) as error:
            raise Damage(f"The checkpoint of size {row.size} is not signed by the log’s key.") from error
        if (said.origin, said.size, said.root) != (opening["origin"], row.size, row.root):
            raise Damage(f"The checkpoint of size {row.size} says something else than its row.")


# ── the mark that stops signing ─────────────────────────────────────────────────────────────────────────────────────


def mark_of(runtime: Runtime) -> Path:
    """The file that stops signing while it is there. A person removes it, once the log is whole again."""
    return runtime.settings.data_dir / "ledger.stopped"


def stop_signing(runtime: Runtime, reason: str, *, now: datetime) -> bool:
    """Put the mark there; whether it is new."""
    mark = mark_of(runtime)
    if mark.exists():
        return False
    replace_durably(mark, f"{canonical.instant(now)} {reason}\n".encode())
    return True
