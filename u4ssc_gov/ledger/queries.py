"""Reads of the log: entries, checkpoints, proofs, and what stands behind commitments."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session

from u4ssc_gov.core.db import fetch
from u4ssc_gov.ledger import canonical, merkle
from u4ssc_gov.ledger.models import LedgerCheckpoint, LedgerEntry, LedgerSecret, LedgerState

_PORTION = 1000
SEAT_KINDS = ("seat.joined", "seat.left", "mandate.granted", "mandate.ended")


@dataclass(frozen=True, slots=True)
class Head:
    """How long the log is and when its newest entry was recorded."""

    epoch: int
    size: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """What entry 0 says: the log's name, and the verifier key that signs for it."""

    origin: str
    key: str

    @property
    def trust(self) -> dict[str, object]:
        """What a verifier is told to trust. No independent witness has been appointed yet."""
        return {"origin": self.origin, "keys": [self.key], "witnesses": [], "threshold": 0}


# Composed once: these are read by every page that shows a receipt.
_HEAD = select(LedgerState.epoch, LedgerState.size, LedgerState.last_at).where(LedgerState.id == 1)
_NEWEST = select(LedgerCheckpoint).order_by(LedgerCheckpoint.epoch.desc(), LedgerCheckpoint.size.desc()).limit(1)
_LAST_OF_BALLOT = select(func.max(LedgerEntry.seq)).where(LedgerEntry.ballot_id == bindparam("ballot"))
NEWEST_NOTE = _NEWEST.with_only_columns(LedgerCheckpoint.note)
_FIRST = select(LedgerEntry.entry).where(LedgerEntry.seq == 0)


def find_head(session: Session) -> Head | None:
    """Size and newest instant of the log; ``None`` before the first entry."""
    row = session.execute(_HEAD).one_or_none()
    return Head(*row) if row is not None and row.size else None


def find_opening(session: Session) -> Opening | None:
    """What entry 0 says; ``None`` before it is there."""
    content = session.scalar(_FIRST)
    if content is None:
        return None
    said = canonical.decode(content)
    return Opening(str(said["origin"]), str(said["key"]))


def find_latest_checkpoint(session: Session) -> LedgerCheckpoint | None:
    """The newest signed checkpoint."""
    return session.scalar(_NEWEST)


def find_latest_note(session: Session) -> str | None:
    """The text of the newest signed checkpoint alone."""
    return session.scalar(NEWEST_NOTE)


def find_checkpoint_covering(session: Session, seq: int) -> LedgerCheckpoint | None:
    """The first checkpoint that covers an entry, always the same one; ``None`` while none does."""
    statement = select(LedgerCheckpoint).where(LedgerCheckpoint.size > seq)
    return session.scalar(statement.order_by(LedgerCheckpoint.epoch, LedgerCheckpoint.size).limit(1))


def find_entry(session: Session, seq: int) -> LedgerEntry | None:
    """One entry."""
    return session.get(LedgerEntry, seq)


def list_ballot_entries(session: Session, ballot_id: int) -> Sequence[LedgerEntry]:
    """Every entry of a ballot, in order."""
    statement = select(LedgerEntry).where(LedgerEntry.ballot_id == ballot_id)
    return session.scalars(statement.order_by(LedgerEntry.seq)).all()


def find_last_of_ballot(session: Session, ballot_id: int) -> int | None:
    """The number of a ballot's newest entry. Call it under the log's lock."""
    last: int | None = fetch(session, _LAST_OF_BALLOT, {"ballot": ballot_id}).scalar_one()
    return last


def list_seat_entries(session: Session, seats: Collection[str], *, before: int | None = None) -> list[LedgerEntry]:
    """Every entry about these seats and their mandates, in order; ``before`` is the first number left out."""
    statement = select(LedgerEntry).where(LedgerEntry.kind.in_(SEAT_KINDS)).order_by(LedgerEntry.seq)
    if before is not None:
        statement = statement.where(LedgerEntry.seq < before)
    return [entry for entry in session.scalars(statement) if canonical.decode(entry.entry)["seat"] in seats]


def read_entries(session: Session, first: int, end: int) -> Iterator[Row[int, bytes, bytes, str, datetime]]:
    """Number, bytes, hash, kind and instant of the entries from ``first`` on and before ``end``, in portions."""
    columns = (LedgerEntry.seq, LedgerEntry.entry, LedgerEntry.leaf_hash, LedgerEntry.kind, LedgerEntry.recorded_at)
    statement = select(*columns).where(LedgerEntry.seq < end).order_by(LedgerEntry.seq).limit(_PORTION)
    while rows := session.execute(statement.where(LedgerEntry.seq >= first)).all():
        yield from rows
        first = rows[-1].seq + 1


def inclusion_proofs(session: Session, seqs: Collection[int], size: int) -> dict[int, list[bytes]]:
    """The proof of each entry in the tree of this size. One statement, one pass. Raises ``ValueError`` beyond it."""
    return merkle.inclusion_proofs(_leaves(session, size), seqs)


def consistency_proof(session: Session, first: int, second: int) -> list[bytes]:
    """The proof that the tree of ``second`` entries begins with that of ``first``. Raises ``ValueError``."""
    if not 0 < first <= second:
        raise ValueError("no such earlier tree")
    return merkle.consistency_proof(_leaves(session, second), first)


def find_secrets(session: Session, commitments: Collection[str]) -> dict[str, LedgerSecret]:
    """What stands behind these commitments, as far as it has not been erased."""
    statement = select(LedgerSecret).where(
        LedgerSecret.commitment.in_(list(commitments)), LedgerSecret.erased_at.is_(None)
    )
    return {secret.commitment: secret for secret in session.scalars(statement)}


def _leaves(session: Session, size: int) -> Sequence[bytes]:
    statement = select(LedgerEntry.leaf_hash).where(LedgerEntry.seq < size).order_by(LedgerEntry.seq)
    leaves = session.scalars(statement).all()
    if len(leaves) != size:
        raise ValueError("the log is not that long")
    return leaves
