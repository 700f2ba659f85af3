"""A decision record: everything about one ballot in one file, checked from the outside in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from u4verify import archive, canonical, facts, reveal
from u4verify.history import REGISTER_KINDS, History
from u4verify.merkle import LONGEST_PROOF, leaf_hash, verify_inclusion
from u4verify.note import Checkpoint, parse_checkpoint
from u4verify.replay import Ballot
from u4verify.schema import Entry, read_entry
from u4verify.shapes import fields, list_of, sha256, text, wrong_field
from u4verify.trust import Trust, vouch
from u4verify.verdict import Findings, NotCheckable, Refuted, Verdict, judge

FORMAT = "u4ssc-record/1"
MOST_ENTRIES = 20_000

_FORM = {
    "ballot": text,
    "checkpoint": text,
    "entries": list_of(fields({"entry": text, "proof": list_of(sha256)})),
    "files": lambda value: isinstance(value, dict) and all(sha256(item) for item in value.values()),
    "format": text,
    "origin": text,
}


def verify_bytes(data: bytes, trust: Trust | None = None) -> Verdict:
    """Check a `record.zip`."""
    return judge(lambda findings: check_members(archive.read(data), trust, findings))


def verify_members(members: Mapping[str, bytes], trust: Trust | None = None) -> Verdict:
    """Check the files of a record that was taken out of its archive."""
    return judge(lambda findings: check_members(members, trust, findings))


def check_members(members: Mapping[str, bytes], trust: Trust | None, findings: Findings) -> None:
    """All checks, the cheap ones first; the first rule that breaks ends them."""
    record = _read_record(members)
    checkpoint = parse_checkpoint(record["checkpoint"])
    if checkpoint.origin != record["origin"]:
        raise Refuted("checkpoint.origin", "The record and its checkpoint name two different logs.")
    _check_inclusion(record["entries"], checkpoint)
    entries = [read_entry(item["entry"].encode("utf-8"), f"Entry {n} of the record") for n, item in _listed(record)]
    history = _play(entries, record["ballot"])
    if history.origin() != record["origin"]:
        raise Refuted("log.origin", "The log’s first entry names another log than the record.", 0)
    key: str = entries[0]["key"]
    vouch(checkpoint, trust, key, findings)
    _check_key(key, trust, findings)
    ballot = _ended(history.ballots[record["ballot"]])
    canonical.confirm(record, members["record.json"], "record.json")
    shown = _check_files(members, entries, ballot, key)
    findings.facts.update(facts.of_ballot(ballot, shown["text"], shown["reveal"]))
    findings.facts |= {"as_of": entries[-1].at, "last": entries[-1].seq}


def _listed(record: Mapping[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    return list(enumerate(record["entries"], start=1))


def _read_record(members: Mapping[str, bytes]) -> dict[str, Any]:
    record: dict[str, Any] = canonical.parse(members["record.json"], "record.json", container=True, confirmed=False)
    if isinstance(record.get("format"), str) and record["format"] != FORMAT:
        raise NotCheckable("format", "The record is in a format that this program does not know.")
    wrong = wrong_field(record, _FORM)
    if wrong is not None:
        raise Refuted("record.form", f"record.json: “{wrong}” is not as the format says.")
    digests = {name: canonical.digest(content) for name, content in members.items() if name != "record.json"}
    if record["files"] != digests:
        raise Refuted("record.files", "A file of the record is not the one that record.json lists.")
    if not 0 < len(record["entries"]) <= MOST_ENTRIES:
        raise Refuted("record.form", "The record holds no entry, or more than any ballot has.")
    return record


def _check_inclusion(listed: list[dict[str, Any]], checkpoint: Checkpoint) -> None:
    """Prove each entry part of the log. Its number is read before its form: a false number fails here anyway."""
    for place, item in enumerate(listed, start=1):
        data = item["entry"].encode("utf-8")
        try:
            seq = json.loads(item["entry"])["seq"]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise Refuted("entry.form", f"Entry {place} of the record is not an entry of a ledger.") from None
        if isinstance(seq, bool) or not isinstance(seq, int) or len(item["proof"]) > LONGEST_PROOF:
            raise Refuted("entry.form", f"Entry {place} of the record has no number, or an endless proof.")
        proof = [bytes.fromhex(sibling) for sibling in item["proof"]]
        if not verify_inclusion(leaf_hash(data), seq, checkpoint.size, proof, checkpoint.root):
            raise Refuted("inclusion", f"Entry {seq} is not part of the log that the checkpoint describes.", seq)


def _play(entries: list[Entry], code: str) -> History:
    history = History()
    for entry in entries:
        if entry.ballot not in (None, code):
            raise Refuted("record.ballot", f"Entry {entry.seq} belongs to another ballot.", entry.seq)
        history.take(entry)
    ballot = history.ballots.get(code)
    if ballot is None:
        raise Refuted("record.truncated", "The record does not hold the opening of its ballot.")
    for entry in entries:
        if entry.kind in REGISTER_KINDS and entry["seat"] not in ballot.seats:
            raise Refuted("record.seat", f"Entry {entry.seq} is about a seat outside this ballot.", entry.seq)
    if entries[-1].ballot is None:
        raise Refuted("record.end", "The record goes on after the last entry of its ballot.", entries[-1].seq)
    return history


def _ended(ballot: Ballot) -> Ballot:
    if ballot.phase in ("running", "revealing"):
        raise Refuted("record.truncated", "The record ends before its ballot does: there is no closing entry.")
    return ballot


def _check_key(key: str, trust: Trust | None, findings: Findings) -> None:
    if trust is not None and key not in [str(known) for known in trust.keys]:
        findings.warn("log.key", "The log’s first entry names a key that is not among those you trust.")


def _check_files(members: Mapping[str, bytes], entries: list[Entry], ballot: Ballot, key: str) -> dict[str, Any]:
    shown = {
        "text": reveal.check_text(members["text/decision.json"], ballot),
        "reveal": reveal.check_reveal(members["reveal.json"], {entry.seq: entry for entry in entries}),
    }
    reveal.check_trust_file(members["TRUST.txt"], key, entries[0]["origin"])
    return shown
