"""The calculation behind an outcome in words, made from our own numbers and not from the platform's sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_BASES = {
    "yes_no": "approvals and objections together",
    "cast": "answers without the recused",
    "seats_minus_recused": "seats without the recused",
    "all_seats": "all seats",
}


def sentences(facts: Mapping[str, Any]) -> list[str]:
    """What was needed, and what there was."""
    if facts["outcome"] is None:
        return []
    if facts["method"] == "silence":
        return _silence(facts)
    lines = [_quorum(facts), _threshold(facts), *_bounds(facts)]
    return lines + _supports(facts) if facts["method"] == "election" else lines


def _silence(facts: Mapping[str, Any]) -> list[str]:
    rule, tally = facts["rule"], facts["tally"]
    lines = [
        f"Objections or requests for a vote that break the silence: {rule['silence_break']};"
        f" there were {tally['object'] + tally['ask_vote']}."
    ]
    if rule["silence_acknowledged"]:
        lines.append(
            f"Explicit statements of no objection needed: {rule['silence_acknowledged']};"
            f" there were {tally['no_objection']}."
        )
    return lines


def _quorum(facts: Mapping[str, Any]) -> str:
    rule, sums = facts["rule"], facts["sums"]
    return (
        f"Quorum: more than {rule['quorum_num']}/{rule['quorum_den']} of {sums['quorum_base']}"
        f" ({_BASES[rule['quorum_base']]}) must answer; {sums['answered']} did."
    )


def _threshold(facts: Mapping[str, Any]) -> str:
    rule, sums = facts["rule"], facts["sums"]
    how = "at least" if rule["pass_at_least"] else "more than"
    needed = f"{how} {rule['pass_num']}/{rule['pass_den']} of {sums['pass_base']} ({_BASES[rule['pass_base']]})"
    if facts["method"] == "election":
        return f"To be elected a candidate needs support from {needed}."
    return f"Approvals: {needed} are needed; there were {sums['yes']}."


def _bounds(facts: Mapping[str, Any]) -> list[str]:
    rule, no = facts["rule"], facts["sums"]["no"]
    lines = []
    if rule["min_approvals"]:
        lines.append(f"At least {rule['min_approvals']} approvals are needed in any case.")
    if rule["max_objections"] is not None:
        lines.append(f"At most {rule['max_objections']} objections are allowed; there were {no}.")
    if rule["max_objections_num"] is not None:
        fraction = f"{rule['max_objections_num']}/{rule['max_objections_den']}"
        lines.append(f"Objections of at most {fraction} of all seats are allowed; there were {no}.")
    return lines


def _supports(facts: Mapping[str, Any]) -> list[str]:
    names = {item["candidate"]: item["name"] for item in facts["candidates"]}
    supports = ", ".join(f"{names[number]} {count}" for number, count in facts["sums"]["supports"].items())
    elected = ", ".join(names[number] for number in facts["elected"])
    lines = [f"Posts: {facts['posts']}. Support: {supports or 'none'}.", f"Elected: {elected or 'nobody'}."]
    struck = ", ".join(names[number] for number in facts["withdrawn_candidates"])
    return [*lines, f"Withdrawn before the end: {struck}."] if struck else lines
