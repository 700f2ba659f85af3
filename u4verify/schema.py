"""The kinds of entries as tables, and the reading of one entry. What needs more than one entry is in replay.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from u4verify import canonical
from u4verify.shapes import (
    boolean,
    day,
    distinct,
    falling,
    fields,
    instant,
    key,
    list_of,
    maybe,
    nothing,
    number,
    one_of,
    pair,
    positive,
    rising,
    sha256,
    text,
    type_check,
    wrong_field,
)
from u4verify.verdict import NotCheckable, Refuted

VERSION = 1
VOTE_CHOICES = ("approve", "approve_with_comments", "abstain", "object", "recuse")
SILENCE_CHOICES = ("no_objection", "object", "ask_vote", "recuse")
CHOICES = tuple(dict.fromkeys(VOTE_CHOICES + SILENCE_CHOICES))
OUTCOMES = ("approved", "not_approved", "no_quorum", "tie", "partly", "broken_silence")

_choice = one_of(*CHOICES)
_outcome = one_of(*OUTCOMES)
_advice = one_of("new_round", "refer", "not_adopted")
_capacity = one_of("representative", "alternate")
_method = one_of("vote", "silence", "election")

RULE: dict[str, type_check] = {
    "method": _method,
    "version": positive,
    "quorum_num": number,
    "quorum_den": positive,
    "quorum_base": one_of("all_seats", "seats_minus_recused"),
    "pass_num": number,
    "pass_den": positive,
    "pass_at_least": boolean,
    "pass_base": one_of("yes_no", "cast", "seats_minus_recused", "all_seats"),
    "min_approvals": number,
    "max_objections": maybe(number),
    "max_objections_num": maybe(number),
    "max_objections_den": maybe(positive),
    "silence_break": number,
    "silence_acknowledged": number,
    "consultation_days": number,
    "period_days": number,
    "period_kind": one_of("working", "calendar"),
    "minimum_hours": number,
    "early_close": boolean,
    "extension_days": number,
    "on_no_quorum": _advice,
    "on_tie": _advice,
    "visibility": one_of("live", "at_close"),
    "reminder_hours": falling,
    "challenge_days": number,
    "secrecy_seats": number,
}
TALLY: dict[str, type_check] = dict.fromkeys((*CHOICES, "seats"), number)
PERSON: dict[str, type_check] = {"email": maybe(text), "mandate": maybe(text), "name": maybe(text)}
POSITION: dict[str, type_check] = {
    "candidates": distinct,
    "choice": _choice,
    "comment_sha256": maybe(sha256),
    "cure_sha256": maybe(sha256),
}

_IN_BALLOT: dict[str, type_check] = {"ballot": text, "prev_in_ballot": maybe(number)}
_rule = fields(RULE)
_candidates = list_of(fields({"candidate": positive, "name": text}))
_electorate = list_of(
    fields({"mandates": list_of(fields({"capacity": _capacity, "mandate": text})), "name": text, "seat": text})
)

FROZEN_TEXT: dict[str, type_check] = {
    "candidates": _candidates,
    "code": text,
    "decision_text": text,
    "documents": list_of(pair(text, sha256)),
    "if_approved": maybe(lambda value: isinstance(value, str)),
    "if_not_approved": maybe(lambda value: isinstance(value, str)),
    "posts": number,
    "rule": _rule,
    "title": text,
    "type": text,
}

KINDS: dict[str, dict[str, type_check]] = {
    "log.opened": {"origin": text, "key": key},
    "seat.joined": {"seat": text, "name": text, "on": maybe(day)},
    "seat.left": {"seat": text, "on": day},
    "mandate.granted": {
        "mandate": text,
        "seat": text,
        "person": maybe(sha256),
        "capacity": _capacity,
        "starts_on": day,
        "ends_on": maybe(day),
    },
    "mandate.ended": {"mandate": text, "seat": text, "ends_on": day},
    "ballot.opened": {
        **_IN_BALLOT,
        "round": positive,
        "previous": maybe(text),
        "type": text,
        "method": _method,
        "title": text,
        "text_sha256": sha256,
        "rule": _rule,
        "electorate": _electorate,
        "candidates": _candidates,
        "posts": number,
        "opens_at": instant,
        "closes_at": instant,
        "by": maybe(sha256),
    },
    "position.cast": {
        **_IN_BALLOT,
        "seat": text,
        "revision": positive,
        "prev_seq": maybe(number),
        "choice": maybe(_choice),
        "candidates": maybe(distinct),
        "commitment": maybe(sha256),
        "comment_sha256": maybe(sha256),
        "cure_sha256": maybe(sha256),
        "capacity": one_of("representative", "alternate", "on_record"),
        "mandate": maybe(text),
        "person": maybe(sha256),
        "evidence_sha256": maybe(sha256),
        "text_sha256": sha256,
        "voter_signature": nothing,
    },
    "position.opened": {
        **_IN_BALLOT,
        "seat": text,
        "revision": positive,
        "cast_seq": number,
        "choice": _choice,
        "candidates": distinct,
        "comment_sha256": maybe(sha256),
        "cure_sha256": maybe(sha256),
        "salt": sha256,
    },
    "candidate.withdrawn": {
        **_IN_BALLOT,
        "candidate": positive,
        "by": maybe(sha256),
    },
    "ballot.extended": {
        **_IN_BALLOT,
        "was": instant,
        "closes_at": instant,
        "reason_sha256": maybe(sha256),
        "by": maybe(sha256),
    },
    "ballot.suspended": {
        **_IN_BALLOT,
        "seat": text,
        "cast_seq": number,
        "closes_at": instant,
    },
    "ballot.resumed": {**_IN_BALLOT, "cast_seq": number, "closes_at": instant},
    "ballot.withdrawn": {
        **_IN_BALLOT,
        "reason_sha256": maybe(sha256),
        "by": maybe(sha256),
    },
    "ballot.superseded": {
        **_IN_BALLOT,
        "next": maybe(text),
        "reason_sha256": maybe(sha256),
        "by": maybe(sha256),
    },
    "ballot.referred": {
        **_IN_BALLOT,
        "reason_sha256": maybe(sha256),
        "by": maybe(sha256),
    },
    "ballot.closed": {
        **_IN_BALLOT,
        "closed_at": instant,
        "cause": one_of("time", "all_answered"),
        "entries": rising,
        "positions": list_of(
            fields({"candidates": distinct, "choice": maybe(_choice), "seat": text, "seq": maybe(number)})
        ),
        "tally": fields(TALLY),
        "outcome": _outcome,
        "elected": rising,
        "sum": text,
    },
    "ballot.certified": {
        **_IN_BALLOT,
        "number": text,
        "outcome": _outcome,
        "closed_seq": number,
        "by": maybe(sha256),
    },
    "challenge.raised": {
        **_IN_BALLOT,
        "seat": text,
        "grounds_sha256": maybe(sha256),
        "person": maybe(sha256),
    },
    "challenge.decided": {
        **_IN_BALLOT,
        "seat": text,
        "upheld": boolean,
        "reason_sha256": maybe(sha256),
        "by": maybe(sha256),
    },
    "ballot.annulled": {
        **_IN_BALLOT,
        "reason_sha256": maybe(sha256),
        "by": sha256,
        "second": sha256,
    },
}

_COMMON: dict[str, type_check] = {"v": number, "seq": number, "kind": text, "at": instant}


@dataclass(frozen=True)
class Entry:
    """One entry of the log, read and found to be of its kind."""

    seq: int
    kind: str
    at: str
    data: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        """A field of the entry."""
        return self.data[name]

    @property
    def ballot(self) -> str | None:
        """The ballot it belongs to, if it belongs to one."""
        code = self.data.get("ballot")
        return code if isinstance(code, str) else None


def read_entry(data: bytes, what: str) -> Entry:
    """An entry from its bytes."""
    value = canonical.parse(data, what)
    if not isinstance(value, dict) or not number(value.get("v")) or not number(value.get("seq")):
        raise Refuted("entry.form", f"{what} is not an entry of a ledger.")
    if value["v"] != VERSION:
        raise NotCheckable("version", f"{what} is of version {value['v']}; this program knows version {VERSION} only.")
    kind = value.get("kind")
    table = KINDS.get(kind) if isinstance(kind, str) else None
    if table is None:
        raise Refuted("entry.kind", f"{what} is of a kind that the format does not name.", value["seq"])
    wrong = wrong_field(value, _COMMON | table)
    if wrong is not None:
        raise Refuted("entry.form", f"{what} ({value['kind']}): “{wrong}” is not as the format says.", value["seq"])
    return Entry(value["seq"], value["kind"], value["at"], value)
