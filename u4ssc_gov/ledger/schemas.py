"""Which keys an entry of each kind has: the table of docs/ledger-format.md, section 5. All of them, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

COMMON = frozenset({"v", "seq", "kind", "at"})


def _keys(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _of_ballot(text: str) -> frozenset[str]:
    return _keys(f"ballot prev_in_ballot {text}")


SCHEMAS: Mapping[str, frozenset[str]] = {
    "log.opened": _keys("origin key"),
    "seat.joined": _keys("seat name on"),
    "seat.left": _keys("seat on"),
    "mandate.granted": _keys("mandate seat person capacity starts_on ends_on"),
    "mandate.ended": _keys("mandate seat ends_on"),
    "ballot.opened": _of_ballot(
        "round previous type method title text_sha256 rule electorate candidates posts opens_at closes_at by"
    ),
    "position.cast": _of_ballot(
        "seat revision prev_seq choice candidates commitment comment_sha256 cure_sha256 capacity mandate person "
        "evidence_sha256 text_sha256 voter_signature"
    ),
    "position.opened": _of_ballot("seat revision cast_seq choice candidates comment_sha256 cure_sha256 salt"),
    "candidate.withdrawn": _of_ballot("candidate by"),
    "ballot.extended": _of_ballot("was closes_at reason_sha256 by"),
    "ballot.suspended": _of_ballot("seat cast_seq closes_at"),
    "ballot.resumed": _of_ballot("cast_seq closes_at"),
    "ballot.withdrawn": _of_ballot("reason_sha256 by"),
    "ballot.superseded": _of_ballot("next reason_sha256 by"),
    "ballot.referred": _of_ballot("reason_sha256 by"),
    "ballot.closed": _of_ballot("closed_at cause entries positions tally outcome elected sum"),
    "ballot.certified": _of_ballot("number outcome closed_seq by"),
    "challenge.raised": _of_ballot("seat grounds_sha256 person"),
    "challenge.decided": _of_ballot("seat upheld reason_sha256 by"),
    "ballot.annulled": _of_ballot("reason_sha256 by second"),
}

# Keys of the objects inside an entry: (kind, key) → the keys of the object, or of each object in the list.
NESTED: Mapping[tuple[str, str], frozenset[str]] = {
    ("ballot.opened", "rule"): _keys(
        "method version quorum_num quorum_den quorum_base pass_num pass_den pass_at_least pass_base min_approvals "
        "max_objections max_objections_num max_objections_den silence_break silence_acknowledged consultation_days "
        "period_days period_kind minimum_hours early_close extension_days on_no_quorum on_tie visibility "
        "reminder_hours challenge_days secrecy_seats"
    ),
    ("ballot.opened", "electorate"): _keys("mandates name seat"),
    ("ballot.opened", "candidates"): _keys("candidate name"),
    ("ballot.closed", "positions"): _keys("candidates choice seat seq"),
    ("ballot.closed", "tally"): _keys(
        "abstain approve approve_with_comments ask_vote no_objection object recuse seats"
    ),
}
_MANDATE = _keys("capacity mandate")


def check_keys(kind: str, fields: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` for an unknown kind, and for a key too many or too few."""
    if kind not in SCHEMAS:
        raise ValueError(f"there is no kind {kind} of entry")
    _compare(kind, fields, SCHEMAS[kind])
    for (owner, key), expected in NESTED.items():
        if owner == kind:
            for item in _objects(fields[key]):
                _compare(f"{kind}: {key}", item, expected)
                for mandate in _objects(item.get("mandates", ())):
                    _compare(f"{kind}: mandates", mandate, _MANDATE)


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    for item in [value] if isinstance(value, Mapping) else value:
        if not isinstance(item, Mapping):
            raise ValueError("an object was expected")  # noqa: TRY004 - one error for everything a caller gets wrong
        yield item


def _compare(where: str, found: Mapping[str, Any], expected: frozenset[str]) -> None:
    if missing := expected - set(found):
        raise ValueError(f"{where}: {', '.join(sorted(missing))} is missing")
    if unknown := set(found) - expected:
        raise ValueError(f"{where}: {', '.join(sorted(unknown))} is unknown")
