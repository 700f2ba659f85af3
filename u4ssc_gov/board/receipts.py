"""A voter's receipt: the ledger entry of one position, the proof that the log holds it, and the file for ``u4verify``.

It belongs to the seat's people and the Secretariat. The Secretariat gets no file while the rule hides positions until
closing, and never one of a position that was replaced before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import rfc8785
from sqlalchemy.orm import Session

from u4ssc_gov.board import policy
from u4ssc_gov.board.electors import Revision, Seat
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Forbidden, NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.ledger import queries as ledger
from u4ssc_gov.ledger.models import LedgerCheckpoint, LedgerEntry

FORMAT = "u4ssc-receipt/1"
SUFFIX = ".u4receipt"


@dataclass(frozen=True, slots=True)
class Proof:
    """Where a position stands in the ledger; ``checkpoint`` is the first that covers it, ``None`` while none does."""

    seq: int
    leaf_hash: str
    checkpoint: LedgerCheckpoint | None

    @property
    def root(self) -> str:
        """The root that the checkpoint signs, as it is written in the note."""
        return self.checkpoint.note.split("\n")[2] if self.checkpoint is not None else ""


def find_receipt(seats: Sequence[Seat], receipt: str, *, actor: Actor) -> tuple[Seat, Revision]:
    """The seat and the revision of a receipt. Raises ``NotFound`` for everybody else."""
    for seat in seats:
        for vote in seat.revisions:
            if vote.receipt == receipt and policy.may_see_receipt(actor, seat.partner_id):
                return seat, vote
    raise NotFound(_("There is no such receipt."), "board.receipt.unknown")


def find_proof(session: Session, vote: Revision) -> Proof | None:
    """Where the position stands in the ledger; ``None`` for a vote older than the ledger. Two statements."""
    entry = ledger.find_entry(session, vote.ledger_seq) if vote.ledger_seq is not None else None
    if entry is None:
        return None
    return Proof(entry.seq, entry.leaf_hash.hex(), ledger.find_checkpoint_covering(session, entry.seq))


def receipt_file(session: Session, vote: Revision, *, sees_position: bool) -> bytes:
    """The receipt of docs/ledger-format.md 8 as canonical JSON; before a checkpoint, proof and checkpoint are null.

    It opens the commitment of a hidden position, so it is for who may see that position and for nobody else. Raises
    ``Forbidden`` for others, ``NotFound`` for a vote that is older than the ledger.
    """
    if not sees_position:
        message = _("This position is hidden. Its receipt file is for the partner’s own people.")
        raise Forbidden(message, "board.receipt.hidden")
    entry = ledger.find_entry(session, vote.ledger_seq) if vote.ledger_seq is not None else None
    opening = ledger.find_opening(session)
    if entry is None or opening is None:
        raise NotFound(_("This vote is older than the ledger and has no receipt file."), "board.receipt.no_entry")
    checkpoint = ledger.find_checkpoint_covering(session, entry.seq)
    said = json.loads(entry.entry)
    opened = _opened(session, [sealed for sealed in (said["person"], said["commitment"]) if sealed])
    return rfc8785.dumps(
        {
            "checkpoint": checkpoint.note if checkpoint is not None else None,
            "entry": entry.entry.decode(),
            "format": FORMAT,
            "origin": opening.origin,
            "person": opened.get(said["person"]),
            "position": opened.get(said["commitment"]),
            "proof": _proof(session, entry, checkpoint),
        }
    )


def _opened(session: Session, commitments: Sequence[str]) -> dict[str | None, Any]:
    """Salt and value behind the commitments, as far as they were not erased."""
    found = ledger.find_secrets(session, commitments)
    return {key: {"salt": one.salt.hex(), "value": json.loads(one.plaintext)} for key, one in found.items()}


def _proof(session: Session, entry: LedgerEntry, checkpoint: LedgerCheckpoint | None) -> list[str] | None:
    if checkpoint is None:
        return None
    proof = ledger.inclusion_proofs(session, [entry.seq], checkpoint.size)[entry.seq]
    return [node.hex() for node in proof]
