"""A whole log, one canonical entry on each line: every ballot in it is played again, and the root computed anew."""

from __future__ import annotations

from collections.abc import Iterator

from u4verify.history import History
from u4verify.merkle import leaf_hash, root_of
from u4verify.note import Checkpoint, parse_checkpoint
from u4verify.schema import Entry, read_entry
from u4verify.trust import Trust, vouch
from u4verify.verdict import Findings, NotCheckable, Refuted, Verdict, judge

LARGEST = 256 * 1024 * 1024


def verify_bytes(data: bytes, checkpoint: bytes | None = None, trust: Trust | None = None) -> Verdict:
    """Check a log export, against a checkpoint if there is one."""
    return judge(lambda findings: _check(data, checkpoint, trust, findings))


def split(data: bytes) -> list[bytes]:
    """The bytes of each entry."""
    if not data.startswith(b"{"):
        raise NotCheckable("log.none", "This is not a log: it does not begin with an entry.")
    lines = data.split(b"\n")
    if lines.pop() != b"":
        raise Refuted("log.cut", "The log is cut off: its last line does not end.")
    return lines


def read(lines: list[bytes]) -> Iterator[Entry]:
    """The entries, whose numbers must be those of their lines."""
    for place, line in enumerate(lines):
        entry = read_entry(line, f"Line {place + 1} of the log")
        if entry.seq != place:
            raise Refuted(
                "log.gap", f"Line {place + 1} holds entry {entry.seq}; an entry is missing or moved.", entry.seq
            )
        yield entry


def root_at(lines: list[bytes], size: int) -> bytes:
    """The root over the first `size` entries."""
    return root_of(leaf_hash(line) for line in lines[:size])


def _check(data: bytes, note: bytes | None, trust: Trust | None, findings: Findings) -> None:
    lines = split(data)
    history = History()
    for entry in read(lines):
        history.take(entry)
    origin = history.origin()
    phases = [ballot.phase for ballot in history.ballots.values()]
    findings.facts |= {
        "origin": origin,
        "entries": len(lines),
        "root": root_at(lines, len(lines)).hex(),
        "as_of": history.last.at if history.last else None,
        "ballots": {phase: phases.count(phase) for phase in sorted(set(phases))},
    }
    if trust is not None and trust.origin != origin:
        raise Refuted("checkpoint.origin", f"This is the log “{origin}”, not “{trust.origin}”.")
    if note is None:
        findings.lacks("log.unsigned", "Without a checkpoint nobody has signed this log: give --checkpoint.")
        return
    checkpoint = parse_checkpoint(note.decode("utf-8"))
    own = history.first["key"] if history.first else None
    vouch(checkpoint, trust, own, findings)
    _compare(lines, origin, checkpoint, findings)


def _compare(lines: list[bytes], origin: str, checkpoint: Checkpoint, findings: Findings) -> None:
    if checkpoint.origin != origin:
        raise Refuted("checkpoint.origin", "The log and the checkpoint name two different logs.")
    if checkpoint.size > len(lines):
        missing = checkpoint.size - len(lines)
        raise Refuted("log.short", f"The log has lost entries: {missing} that the checkpoint covers are missing.")
    if root_at(lines, checkpoint.size) != checkpoint.root:
        raise Refuted("log.root", "The log is not the one that the checkpoint describes: an entry was altered.")
    if checkpoint.size < len(lines):
        count = len(lines) - checkpoint.size
        findings.warn("log.uncovered", f"The newest entries ({count}) are not covered by the checkpoint yet.")
