"""What stands outside the tree: frozen text, comments, persons. The tree holds their digests and commitments only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from u4verify import canonical
from u4verify.replay import Ballot
from u4verify.schema import FROZEN_TEXT, PERSON, Entry
from u4verify.shapes import fields, free_text, list_of, maybe, number, sha256, wrong_field
from u4verify.verdict import Refuted

_COMMENT = fields({"comment": maybe(free_text), "cure": maybe(free_text), "seq": number})
_PERSON = fields({"commitment": sha256, "salt": sha256, "value": fields(PERSON)})
_REVEAL = {"comments": list_of(_COMMENT), "persons": list_of(_PERSON)}
PERSON_FIELDS = ("person", "by", "second")
_TRUST = """{key}

The line above is the verifier key of the ledger {origin}, as its first entry names it.
A file cannot vouch for itself: before you trust this key, compare it with the one published elsewhere:
- the page of the ledger on the platform, and the trust file for u4verify that it offers;
- a copy that you or another partner kept earlier, or one printed in the minutes of an annual meeting.
No independent witness has been appointed yet.
"""


def check_text(data: bytes, ballot: Ballot) -> dict[str, Any]:
    """The frozen text must be the one whose digest was opened, and must say the same as the entry."""
    opened = ballot.opened
    text: dict[str, Any] = canonical.parse(data, "text/decision.json")
    wrong = wrong_field(text, FROZEN_TEXT)
    if wrong is not None:
        raise Refuted("text.form", f"text/decision.json: “{wrong}” is not as the format says.")
    for here, there in (
        ("rule", "rule"),
        ("candidates", "candidates"),
        ("posts", "posts"),
        ("title", "title"),
        ("type", "type"),
        ("code", "ballot"),
    ):
        if text[here] != opened[there]:
            raise Refuted(f"text.{here}", f"The frozen text has another {here} than the ballot that was opened.")
    if canonical.digest(data) != opened["text_sha256"]:
        raise Refuted("text.digest", "The frozen text is not the one the ballot was opened with.")
    return text


def check_reveal(data: bytes, entries: Mapping[int, Entry]) -> dict[str, Any]:
    """Every comment and every person shown must be the one that was recorded."""
    value: dict[str, Any] = canonical.parse(data, "reveal.json", container=True)
    wrong = wrong_field(value, _REVEAL)
    if wrong is not None:
        raise Refuted("reveal.form", f"reveal.json: “{wrong}” is not as the format says.")
    opened = {entry["cast_seq"]: entry for entry in entries.values() if entry.kind == "position.opened"}
    for item in value["comments"]:
        _check_comment(item, entries.get(item["seq"]), opened.get(item["seq"]))
    sealed = {entry.data[name]: entry for entry in entries.values() for name in PERSON_FIELDS if entry.data.get(name)}
    for item in value["persons"]:
        entry = sealed.get(item["commitment"])
        if entry is None:
            raise Refuted("reveal.person", "reveal.json shows a person who stands in no entry of this record.")
        check_person(item["salt"], item["value"], item["commitment"], entry)
    return value


def _check_comment(item: Mapping[str, Any], entry: Entry | None, opened: Entry | None) -> None:
    """Of a position that was hidden, the digests of its words stand in the entry that opened it."""
    if entry is None or entry.kind != "position.cast":
        raise Refuted("reveal.comment", "reveal.json shows a comment to something that is no position.")
    source = opened or entry
    for name in ("comment", "cure"):
        shown = item[name]
        if shown is not None and canonical.digest(shown.encode("utf-8")) != source[f"{name}_sha256"]:
            raise Refuted("reveal.comment", f"The {name} shown for entry {entry.seq} is another one.", entry.seq)


def check_person(salt: str, value: Mapping[str, Any], sealed: str, entry: Entry) -> None:
    """The person must open the commitment, and act by the mandate that the entry names."""
    if canonical.commitment(salt, value) != sealed:
        raise Refuted("reveal.person", f"The person shown for entry {entry.seq} is another one.", entry.seq)
    named = entry.data.get("mandate")
    if entry.kind == "position.cast" and None not in (named, value["mandate"]) and named != value["mandate"]:
        raise Refuted("reveal.mandate", f"The person shown for entry {entry.seq} holds another mandate.", entry.seq)


def check_trust_file(data: bytes, key: str, origin: str) -> None:
    """The text is fixed by the format, byte for byte, so that it cannot lead a reader to a false key."""
    if data != _TRUST.format(key=key, origin=origin).encode("utf-8"):
        raise Refuted("trust.file", "TRUST.txt is not the text that the format gives for this log.")
