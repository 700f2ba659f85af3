"""A receipt: one entry that somebody was given, and the proof that the log still holds it."""

from __future__ import annotations

from typing import Any

from u4verify import canonical
from u4verify.merkle import leaf_hash, verify_inclusion
from u4verify.note import parse_checkpoint
from u4verify.reveal import check_person
from u4verify.schema import PERSON, POSITION, Entry, read_entry
from u4verify.shapes import fields, list_of, maybe, sha256, text, wrong_field
from u4verify.trust import Trust, vouch
from u4verify.verdict import Findings, NotCheckable, Refuted, Verdict, judge

FORMAT = "u4ssc-receipt/1"
LARGEST = 4 * 1024 * 1024

_FORM = {
    "checkpoint": maybe(text),
    "entry": text,
    "format": text,
    "origin": text,
    "person": maybe(fields({"salt": sha256, "value": fields(PERSON)})),
    "position": maybe(fields({"salt": sha256, "value": fields(POSITION)})),
    "proof": maybe(list_of(sha256)),
}
_SHOWN = ("ballot", "prev_in_ballot", "seat", "choice", "candidates", "revision", "capacity", "mandate")


def verify_bytes(data: bytes, trust: Trust | None = None) -> Verdict:
    """Check a `*.u4receipt`."""
    return judge(lambda findings: _check(data, trust, findings))


def _check(data: bytes, trust: Trust | None, findings: Findings) -> None:
    receipt = _read(data)
    entry = read_entry(receipt["entry"].encode("utf-8"), "The entry of the receipt")
    findings.facts |= {"entry": entry.seq, "kind": entry.kind, "at": entry.at, "origin": receipt["origin"]}
    findings.facts |= {name: entry[name] for name in _SHOWN if name in entry.data}
    findings.facts["leaf"] = leaf_hash(receipt["entry"].encode("utf-8")).hex()
    _check_person(receipt, entry, findings)
    _check_position(receipt, entry, findings)
    if trust is not None and trust.origin != receipt["origin"]:
        raise Refuted("checkpoint.origin", f"The receipt is of the log “{receipt['origin']}”, not of “{trust.origin}”.")
    if receipt["checkpoint"] is None and receipt["proof"] is None:
        findings.lacks("receipt.early", "No checkpoint covers this entry yet: ask for the receipt again in a minute.")
        return
    _check_proof(receipt, entry, trust, findings)


def _read(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST:
        raise NotCheckable("receipt.size", "The file is larger than any receipt.")
    if not data.startswith(b"{"):
        raise NotCheckable("receipt.none", "This is not a receipt of the ledger.")
    value: dict[str, Any] = canonical.parse(data, "The receipt", container=True)
    if isinstance(value.get("format"), str) and value["format"] != FORMAT:
        raise NotCheckable("format", "The receipt is in a format that this program does not know.")
    wrong = wrong_field(value, _FORM)
    if wrong is not None:
        raise Refuted("receipt.form", f"The receipt: “{wrong}” is not as the format says.")
    return value


def _check_person(receipt: dict[str, Any], entry: Entry, findings: Findings) -> None:
    shown = receipt["person"]
    if shown is None:
        return
    sealed = entry.data.get("person") or entry.data.get("by")
    if sealed is None:
        raise Refuted("reveal.person", "The receipt shows a person where the entry has none.", entry.seq)
    check_person(shown["salt"], shown["value"], sealed, entry)
    findings.facts["person"] = shown["value"]["name"]


def _check_position(receipt: dict[str, Any], entry: Entry, findings: Findings) -> None:
    shown = receipt["position"]
    if shown is None:
        return
    if entry.data.get("commitment") is None:
        raise Refuted("reveal.commitment", "The receipt opens a position that was never sealed.", entry.seq)
    if canonical.commitment(shown["salt"], shown["value"]) != entry["commitment"]:
        raise Refuted("reveal.commitment", "The position shown is not the one that was sealed.", entry.seq)
    findings.facts |= {name: shown["value"][name] for name in ("candidates", "choice")}


def _check_proof(receipt: dict[str, Any], entry: Entry, trust: Trust | None, findings: Findings) -> None:
    if receipt["checkpoint"] is None or receipt["proof"] is None:
        raise Refuted("receipt.form", "The receipt has a checkpoint without a proof, or a proof without a checkpoint.")
    checkpoint = parse_checkpoint(receipt["checkpoint"])
    if checkpoint.origin != receipt["origin"]:
        raise Refuted("checkpoint.origin", "The receipt and its checkpoint name two different logs.")
    own = entry["key"] if entry.kind == "log.opened" else None
    vouch(checkpoint, trust, own, findings)
    proof = [bytes.fromhex(sibling) for sibling in receipt["proof"]]
    leaf = leaf_hash(receipt["entry"].encode("utf-8"))
    if not verify_inclusion(leaf, entry.seq, checkpoint.size, proof, checkpoint.root):
        raise Refuted(
            "inclusion", f"Entry {entry.seq} is not part of the log that the checkpoint describes.", entry.seq
        )
