"""Verdicts in plain sentences, for a reader who has to rely on one and never heard of a hash tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from u4verify import sums
from u4verify.verdict import Verdict

_HEADS = {
    "verified": "Verified.",
    "verified_with_warnings": "Verified, with warnings.",
    "refuted": "Refuted: do not rely on this file.",
    "not_checkable": "Not checkable.",
}
_OUTCOMES = {
    "approved": "approved",
    "not_approved": "not approved",
    "no_quorum": "no decision, because too few answered",
    "tie": "no decision, because of a tie",
    "partly": "some of the posts were filled",
    "broken_silence": "not approved, because the silence was broken",
}
_CHOICES = {
    "approve": "Approved",
    "approve_with_comments": "Approved with comments",
    "abstain": "Abstained",
    "no_objection": "No objection",
    "object": "Objected",
    "ask_vote": "Asked for a vote",
    "recuse": "Recused",
    None: "No position",
}
_METHODS = {"vote": "a vote", "silence": "a silence procedure", "election": "an election"}
_AFTERWARDS = {
    "ballot.certified": "certified as {number}",
    "challenge.raised": "challenged by {seat}",
    "ballot.superseded": "superseded",
    "ballot.referred": "referred to the next annual meeting",
    "ballot.annulled": "annulled by two officers",
}
_PROVES = (
    "What this proves: these entries stood in the log in this order and are unchanged; every position listed was"
    " counted, by the rule printed above; nothing was counted that is not listed; each position was given within the"
    " time allowed, under a mandate of its seat; the decided text is the file text/decision.json."
)
_PROVES_NOT = (
    "What this does not prove: that the person at the keyboard was the person named; that no position was turned away"
    " unrecorded (whoever holds no receipt must say so); that the rule or the text was the right one; that nothing"
    " followed the last entry of this record, such as an annulment; that no later entry ended a mandate earlier (a"
    " whole log shows both). The pages READ-ME.html and record.pdf are for people and not compared with the entries."
)
# Characters that reorder a line on the screen: a title must not be able to rewrite the verdict around it.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def of(verdict: Verdict) -> list[str]:
    """The paragraphs to print."""
    lines = [_HEADS[verdict.status]]
    if verdict.broken is not None:
        lines.append(verdict.broken["sentence"])
    if verdict.status != "refuted":
        lines += _facts(verdict.facts, trusted=verdict.code in (0, 3))
    lines += [f"Warning: {item['sentence']}" for item in verdict.warnings]
    return [_UNSAFE.sub(" ", line) for line in lines]


def _facts(facts: Mapping[str, Any], *, trusted: bool) -> list[str]:
    if "positions" in facts:
        lines = _record(facts)
    elif "leaf" in facts:
        lines = _receipt(facts)
    elif "entries" in facts:
        lines = _log(facts)
    elif "checkpoints" in facts:
        return _comparison(facts) if trusted else []
    else:
        return []
    lines += _witnesses(facts)
    if trusted and "positions" in facts:
        lines += [_PROVES, _PROVES_NOT]
    return lines if trusted else ["What the file says of itself, and contradicts nowhere:", *lines]


def _record(facts: Mapping[str, Any]) -> list[str]:
    seats = len(facts["positions"])
    head = f"Decision {facts['ballot']}, “{facts['title']}”: {_METHODS[facts['method']]} among {seats} seats"
    if facts["ended"] != "closed":
        lines = [f"{head}, {facts['ended']} before it closed. Nothing was decided."]
    else:
        lines = [f"{head}, closed on {moment(facts['closed_at'])}. Outcome: {_OUTCOMES[facts['outcome']]}."]
    if any(item["kind"] == "ballot.annulled" for item in facts["afterwards"]):
        lines.append("The decision was annulled afterwards: it is not in force.")
    lines += [f"Text: {facts['decision_text']}", *_roll_call(facts), *sums.sentences(facts), *_comments(facts)]
    lines += [_after(item) for item in facts["afterwards"]]
    if facts["ended"] == "closed" and not any(item["kind"] == "ballot.certified" for item in facts["afterwards"]):
        lines.append("This record holds no certificate of the Secretariat.")
    lines.append(
        f"Complete up to entry {facts['last']} of {moment(facts['as_of'])}: no earlier entry about this ballot is left"
        " out. Whether one followed, such as an annulment, only a newer record or the whole log can show."
    )
    return lines


def _roll_call(facts: Mapping[str, Any]) -> list[str]:
    names = {item["candidate"]: item["name"] for item in facts["candidates"]}
    lines = []
    for choice, words in _CHOICES.items():
        group = [_seat(item, names) for item in facts["positions"] if item["choice"] == choice]
        if group:
            lines.append(f"{words} ({len(group)}): {', '.join(group)}.")
    return lines


def _seat(item: Mapping[str, Any], names: Mapping[int, str]) -> str:
    notes = []
    if item["candidates"]:
        notes.append("for " + " and ".join(names[number] for number in item["candidates"]))
    if item["person"]:
        notes.append(f"by {item['person']}")
    if item["capacity"] == "alternate":
        notes.append("by the alternate" if not item["person"] else "alternate")
    if item["capacity"] == "on_record":
        notes.append("on record, from an e-mail")
    if item["choice"] is None and item["entry"] is not None:
        notes.append("sealed and never opened")
    return f"{item['seat']} ({'; '.join(notes)})" if notes else str(item["seat"])


def _comments(facts: Mapping[str, Any]) -> list[str]:
    lines = []
    for item in facts["positions"]:
        if item["comment"]:
            lines.append(f"{item['seat']} commented: {item['comment']}")
        if item["cure"]:
            lines.append(f"{item['seat']} would lift its objection: {item['cure']}")
    return lines


def _after(item: Mapping[str, Any]) -> str:
    if item["kind"] == "challenge.decided":
        words = f"the challenge by {item['seat']} was {'upheld' if item['upheld'] else 'not upheld'}"
    else:
        words = _AFTERWARDS[item["kind"]].format(**item)
    return f"Afterwards, on {moment(item['at'])}: {words}."


def _receipt(facts: Mapping[str, Any]) -> list[str]:
    what = f"Entry {facts['entry']} of the log {facts['origin']}, recorded on {moment(facts['at'])}: {facts['kind']}"
    parts = [f"ballot {facts['ballot']}"] if facts.get("ballot") else []
    parts += [f"seat {facts['seat']}"] if facts.get("seat") else []
    if "choice" in facts:
        parts.append("position " + ("sealed" if facts["choice"] is None else _CHOICES[facts["choice"]].lower()))
    parts += [f"person {facts['person']}"] if facts.get("person") else []
    if facts.get("prev_in_ballot") is not None:
        parts.append(f"next after entry {facts['prev_in_ballot']} of that ballot")
    return [", ".join([what, *parts]) + "."]


def _log(facts: Mapping[str, Any]) -> list[str]:
    counts = dict(facts["ballots"])
    closed = counts.pop("closed", 0)
    still_open = counts.pop("running", 0) + counts.pop("revealing", 0)
    return [
        f"The log {facts['origin']} holds {facts['entries']} entries, the last of {moment(facts['as_of'])}.",
        f"Its ballots were played again: {closed} closed, {sum(counts.values())} ended"
        f" without closing, {still_open} still open. Every outcome follows from its rule and its positions.",
    ]


def _comparison(facts: Mapping[str, Any]) -> list[str]:
    sizes = sorted({item["size"] for item in facts["checkpoints"]})
    if len(sizes) == 1:
        return [f"Both show the same log of {sizes[0]} entries."]
    return [f"Both are views of one log: its first {sizes[0]} entries are the beginning of its {sizes[-1]} entries."]


def _witnesses(facts: Mapping[str, Any]) -> list[str]:
    lines = []
    if "checkpoint" in facts:
        shown = facts["checkpoint"]
        lines.append(f"Covered by the checkpoint of {shown['origin']} at {shown['size']} entries.")
    for item in facts.get("witnesses", []):
        when = f" on {moment(item['at'])}" if item["at"] else ""
        lines.append(f"Witnessed by {item['name']}{when}.")
    return lines


def moment(at: str) -> str:
    """An instant as people write it."""
    value = datetime.fromisoformat(at)
    return f"{value.day} {value:%B %Y, %H:%M:%S} UTC"
