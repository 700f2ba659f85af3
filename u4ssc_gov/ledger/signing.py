"""The signer: it signs only what extends what it signed before, whatever the database says.

It remembers size, root and frontier of its last checkpoint in a file beside its key and recomputes the root from the
bytes of the entries that came since. A database that was rewritten can therefore not get a second history signed.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.core.files import replace_durably
from u4ssc_gov.ledger import merkle, queries
from u4ssc_gov.ledger.models import LedgerCheckpoint, LedgerState
from u4ssc_gov.ledger.note import Checkpoint, sign, verifier_key


class SigningRefused(Exception):
    """The log is not a continuation of what was signed; the message is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What the signer signed last."""

    origin: str
    epoch: int
    size: int
    peaks: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        """The root that was signed."""
        return merkle.Frontier(self.size, self.peaks).root()


def memory_file(key_file: Path) -> Path:
    """Where the signer of this key remembers."""
    return key_file.with_name(key_file.name + ".signed")


def recall(state_file: Path) -> Memory | None:
    """Read the memory; ``None`` when nothing was signed yet. Raises ``SigningRefused`` when it cannot be read."""
    try:
        said = json.loads(state_file.read_bytes())
        peaks = tuple(bytes.fromhex(peak) for peak in said["frontier"])
        memory = Memory(str(said["origin"]), int(said["epoch"]), int(said["size"]), peaks)
        if memory.root.hex() != said["root"]:
            raise SigningRefused(f"{state_file} contradicts itself. Bring back what the signer remembered.")
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise SigningRefused(f"{state_file} cannot be read. Bring back what the signer remembered.") from error
    return memory


def _remember(state_file: Path, origin: str, epoch: int, frontier: merkle.Frontier) -> None:
    said = {
        "origin": origin,
        "epoch": epoch,
        "size": frontier.size,
        "root": frontier.root().hex(),
        "frontier": [peak.hex() for peak in frontier.peaks],
    }
    replace_durably(state_file, json.dumps(said, indent=1).encode())


def is_due(session: Session, state_file: Path) -> bool:
    """Whether there is something to sign, or something wrong: the log, the newest checkpoint and the memory differ."""
    state = session.scalar(select(LedgerState))
    memory = recall(state_file)
    if state is None or state.size == 0 or memory is None:
        return memory is not None or (state is not None and state.size > 0)
    newest = queries.find_latest_checkpoint(session)
    root = merkle.Frontier.from_bytes(state.size, state.frontier).root()
    signed = newest is not None and (newest.epoch, newest.size, newest.root) == (state.epoch, state.size, root)
    return not signed or (memory.epoch, memory.size, memory.root) != (state.epoch, state.size, root)


def sign_checkpoint(
    session: Session, key: Ed25519PrivateKey, state_file: Path, *, now: datetime
) -> LedgerCheckpoint | None:
    """Sign the log as it is and store the checkpoint; ``None`` when it is signed already. Flushes, never commits.

    Raises ``SigningRefused`` when the log shrank, was rewritten, or belongs to another key.
    """
    with _alone(state_file):
        state = session.scalar(select(LedgerState).execution_options(populate_existing=True))
        memory = recall(state_file)
        if state is None or state.size == 0:
            _refuse_if(memory is not None, "The log is empty, and it was signed before. Nothing was signed.")
            return None
        origin = _check_identity(session, key, state, memory)
        frontier = _extend(session, state, memory)
        # Remembered before it can be seen: what was signed is never forgotten.
        _remember(state_file, origin, state.epoch, frontier)
        if session.get(LedgerCheckpoint, (state.epoch, state.size)) is not None:
            return None
        note = sign(str(Checkpoint(origin, frontier.size, frontier.root())), origin, key)
        made = LedgerCheckpoint(epoch=state.epoch, size=frontier.size, root=frontier.root(), note=note, signed_at=now)
        session.add(made)
        session.flush()
        return made


def _check_identity(session: Session, key: Ed25519PrivateKey, state: LedgerState, memory: Memory | None) -> str:
    """The log is the one this key was made for."""
    opening = queries.find_opening(session)
    if opening is None:
        raise SigningRefused("Entry 0 of the log is missing. Nothing was signed.")
    mine = str(verifier_key(opening.origin, key))
    _refuse_if(mine != opening.key, "The ledger key is not the one this log was opened with. Bring that key back.")
    if memory is not None:
        another = (memory.origin, memory.epoch) != (opening.origin, state.epoch)
        _refuse_if(another, "The signer remembers another log than this one. Nothing was signed.")
    return opening.origin


def _extend(session: Session, state: LedgerState, memory: Memory | None) -> merkle.Frontier:
    """Go on from what was signed, from the bytes of the entries since; the end must be what the log says it is."""
    frontier = merkle.Frontier(memory.size, memory.peaks) if memory is not None else merkle.Frontier()
    if state.size < frontier.size:
        raise SigningRefused(f"The log shrank: {frontier.size} entries were signed and {state.size} are there.")
    known = select(LedgerCheckpoint.size, LedgerCheckpoint.root).where(LedgerCheckpoint.size >= frontier.size)
    signed = {row.size: row.root for row in session.execute(known.where(LedgerCheckpoint.epoch == state.epoch))}
    _compare(frontier, signed)
    for seq, content, leaf, _kind, _at in queries.read_entries(session, frontier.size, state.size):
        _refuse_if(seq != frontier.size, f"Entry {frontier.size} is missing. Nothing was signed.")
        _refuse_if(merkle.leaf_hash(content) != leaf, f"Entry {seq} does not belong to its hash. Nothing was signed.")
        frontier.append(leaf)
        _compare(frontier, signed)
    same = (frontier.size, frontier.to_bytes()) == (state.size, state.frontier)
    _refuse_if(not same, f"The log was rewritten: its first {state.size} entries do not extend what was signed.")
    return frontier


def _compare(frontier: merkle.Frontier, signed: dict[int, bytes]) -> None:
    root = signed.get(frontier.size)
    _refuse_if(root is not None and root != frontier.root(), f"Another root of size {frontier.size} was signed before.")


def _refuse_if(condition: bool, sentence: str) -> None:
    if condition:
        raise SigningRefused(sentence)


@contextmanager
def _alone(state_file: Path) -> Iterator[None]:
    """One signer at a time: two could each sign from the same memory."""
    with state_file.with_name(state_file.name + ".lock").open("wb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
