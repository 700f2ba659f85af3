"""Whom the reader trusts: the keys come from the reader, never from the file that is being checked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from u4verify.note import COSIGNATURE, ED25519, Checkpoint, Note, Signed, VerifierKey, parse_key, verify
from u4verify.verdict import Findings, NotCheckable, Refuted

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = 253_402_300_799  # of the year 9999


@dataclass(frozen=True)
class Trust:
    """The log a reader believes in, its keys, and how many of which witnesses must have signed."""

    origin: str
    keys: tuple[VerifierKey, ...]
    witnesses: tuple[VerifierKey, ...] = ()
    threshold: int = 0


def read_trust(data: bytes) -> Trust:
    """The trust file `{"origin", "keys", "witnesses", "threshold"}`."""
    try:
        value = json.loads(data.decode("utf-8"))
        trust = Trust(
            _text(value["origin"]),
            tuple(parse_key(_text(key)) for key in value["keys"]),
            tuple(parse_key(_text(key)) for key in value.get("witnesses", [])),
            value.get("threshold", 0),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _unusable("it is not of the form origin, keys, witnesses, threshold") from None
    _check_trust(trust, value)
    return trust


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def _check_trust(trust: Trust, value: dict[str, Any]) -> None:
    if set(value) - {"origin", "keys", "witnesses", "threshold"}:
        raise _unusable("it has a field that this program does not know")
    if not trust.keys or any(key.algorithm != ED25519 or key.name != trust.origin for key in trust.keys):
        raise _unusable("it needs at least one key, and every key must bear the name of the log")
    if any(key.algorithm != COSIGNATURE for key in trust.witnesses):
        raise _unusable("the key of a witness must be of the kind for cosignatures (type 4)")
    publics = [key.public for key in trust.keys + trust.witnesses]
    if len(set(publics)) != len(publics):
        raise _unusable("one key stands in it twice; a witness must be independent of the log")
    number = trust.threshold
    if type(number) is not int or not 0 <= number <= len(trust.witnesses):
        raise _unusable("the threshold must lie between nought and the number of witnesses")


def _unusable(why: str) -> NotCheckable:
    return NotCheckable("trust.form", f"The trust file cannot be used: {why}.")


def vouch(checkpoint: Checkpoint, trust: Trust | None, own: str | None, findings: Findings) -> None:
    """Check the signatures on a checkpoint. `own` is the key the log names itself: better than none, but no proof."""
    findings.facts["checkpoint"] = {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
    }
    note = checkpoint.note
    if note is None:
        raise Refuted("checkpoint.form", "The checkpoint bears no signature.")
    if trust is None:
        _vouch_for_itself(checkpoint, note, own, findings)
        return
    if checkpoint.origin != trust.origin:
        raise Refuted(
            "checkpoint.origin", f"The checkpoint is of the log “{checkpoint.origin}”, not of “{trust.origin}”."
        )
    signed = verify(note, trust.keys + trust.witnesses)
    if not any(item.key in trust.keys for item in signed):
        raise Refuted("checkpoint.signature", "The checkpoint is not signed by a key of the log that you trust.")
    _count_witnesses([item for item in signed if item.key in trust.witnesses], trust, findings)


def _vouch_for_itself(checkpoint: Checkpoint, note: Note, own: str | None, findings: Findings) -> None:
    findings.facts["witnesses"] = []
    findings.lacks("trust.missing", "Nobody you trust vouches for this yet: give --trust.")
    if own is None:
        return
    key = parse_key(own)
    if key.name != checkpoint.origin or not verify(note, [key]):
        raise Refuted(
            "checkpoint.signature", "The checkpoint is not signed by the key the log names in its first entry."
        )


def _count_witnesses(signed: list[Signed], trust: Trust, findings: Findings) -> None:
    findings.facts["witnesses"] = [{"name": item.key.name, "at": _instant(item.time)} for item in signed]
    needed = max(1, trust.threshold)
    if not signed:
        findings.warn(
            "witness.none",
            "No independent witness has signed. Until one has, this proves only that the holder of the log’s key"
            " vouches for it.",
        )
    elif len(signed) < needed:
        findings.warn("witness.few", f"Only {len(signed)} of the {needed} witnesses you ask for signed the checkpoint.")


def _instant(seconds: int | None) -> str | None:
    if seconds is None or seconds > _LAST_SECOND:
        return None
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
