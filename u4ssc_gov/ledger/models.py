"""The log's tables. Entries and checkpoints are append-only: triggers refuse UPDATE and DELETE."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from u4ssc_gov.core.db import Base


class LedgerEntry(Base):
    """One leaf. ``entry`` is the truth; kind, ballot and instant are copies of what it says, for queries."""

    __tablename__ = "ledger_entry"
    __table_args__ = (CheckConstraint("length(leaf_hash) = 32", name="leaf_hash"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0, 1, 2 … without gaps
    entry: Mapped[bytes] = mapped_column(LargeBinary)  # canonical bytes, never made again from columns
    leaf_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    ballot_id: Mapped[int | None] = mapped_column(ForeignKey("ballot.id"), index=True)
    recorded_at: Mapped[datetime]


class LedgerState(Base):
    """One row: how long the log is and what is needed to append. Whoever appends holds its lock."""

    __tablename__ = "ledger_state"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    epoch: Mapped[int]
    size: Mapped[int]
    frontier: Mapped[bytes] = mapped_column(LargeBinary)  # 32 bytes for each bit set in the size
    last_at: Mapped[datetime]


class LedgerCheckpoint(Base):
    """A signed statement of size and root (C2SP tlog-checkpoint)."""

    __tablename__ = "ledger_checkpoint"

    epoch: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    note: Mapped[str] = mapped_column(Text)
    signed_at: Mapped[datetime]


class LedgerSecret(Base):
    """What stands behind a commitment. Erasing salt and text removes the person and leaves the proof."""

    __tablename__ = "ledger_secret"

    commitment: Mapped[str] = mapped_column(String(64), primary_key=True)  # hexadecimal, as in the entry
    salt: Mapped[bytes] = mapped_column(LargeBinary)  # empty once erased
    plaintext: Mapped[str] = mapped_column(Text)  # canonical JSON; empty once erased
    erased_at: Mapped[datetime | None]
