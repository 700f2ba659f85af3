"""What must hold of a log after a storm, read from its bytes: the platform's own check, and u4verify from outside."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import u4verify.log
import u4verify.receipt
from u4ssc_gov.ledger import queries
from u4ssc_gov.ledger.models import LedgerEntry
from u4verify.trust import Trust, read_trust
from u4verify.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
LEAF = re.compile(r"\b[0-9a-f]{64}\b")
VERIFIED_WITHOUT_WITNESS = 3


@dataclass(frozen=True)
class Log:
    """A whole log as it left the platform, with what a reader is told to trust."""

    lines: list[bytes]
    entries: list[dict[str, Any]]
    checkpoint: bytes
    trust: Trust

    def of(self, kind: str, ballot: str) -> list[dict[str, Any]]:
        """The entries of one kind about one ballot."""
        return [entry for entry in self.entries if entry["kind"] == kind and entry.get("ballot") == ballot]

    def leaf(self, seq: int) -> str:
        """The leaf hash of an entry, from its bytes."""
        return leaf_hash(self.lines[seq])


def leaf_hash(content: bytes) -> str:
    """RFC 6962, 2.1, in one line of this file's own."""
    return hashlib.sha256(b"\0" + content).hexdigest()


def command(environment: Mapping[str, str], *words: str) -> str:
    """Run one of the platform's commands as an operator would; what it says. A refusal fails the test."""
    done = subprocess.run(
        [sys.executable, "-m", "u4ssc_gov", *words],
        cwd=ROOT, env=dict(environment), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def exported(environment: Mapping[str, str], folder: Path, checkpoint: bytes) -> Log:
    """The log by the platform's own commands: verified there, exported, and read back."""
    assert "The ledger is whole" in command(environment, "ledger", "verify")
    target = folder / "log.jsonl"
    command(environment, "ledger", "export", str(target))
    trust = read_trust(command(environment, "ledger", "trust").encode())
    lines = target.read_bytes().split(b"\n")
    assert lines.pop() == b""
    log = Log(lines, [json.loads(line) for line in lines], checkpoint, trust)
    assert [entry["seq"] for entry in log.entries] == list(range(len(lines)))
    return log


def check_verified(log: Log) -> None:
    """u4verify plays every ballot of the log again; it warns of nothing but the missing witness."""
    data = b"".join(line + b"\n" for line in log.lines)
    verdict = u4verify.log.verify_bytes(data, log.checkpoint, log.trust)
    _expect_no_witness(verdict)
    assert verdict.facts["checkpoint"]["size"] == len(log.lines), "a checkpoint covers every entry"


def check_receipts(session: Session, log: Log, seqs: Iterable[int]) -> None:
    """A receipt for each of these entries, made here from docs/ledger-format.md, verifies under the checkpoint."""
    wanted = list(seqs)
    size = int(log.checkpoint.split(b"\n")[1])
    proofs = queries.inclusion_proofs(session, wanted, size)
    stored = dict(session.execute(select(LedgerEntry.seq, LedgerEntry.entry)).all())
    for seq in wanted:
        receipt = {
            "checkpoint": log.checkpoint.decode(),
            "entry": stored[seq].decode(),
            "format": "u4ssc-receipt/1",
            "origin": log.trust.origin,
            "person": None,
            "position": None,
            "proof": [node.hex() for node in proofs[seq]],
        }
        content = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        check_receipt(content, log.trust, seq)


def check_receipt(content: bytes, trust: Trust, seq: int) -> None:
    """u4verify accepts the file, for this entry."""
    verdict = u4verify.receipt.verify_bytes(content, trust)
    _expect_no_witness(verdict)
    assert verdict.facts["entry"] == seq


def _expect_no_witness(verdict: Verdict) -> None:
    assert verdict.code == VERIFIED_WITHOUT_WITNESS, verdict
    assert [warning["rule"] for warning in verdict.warnings] == ["witness.none"], verdict.warnings
