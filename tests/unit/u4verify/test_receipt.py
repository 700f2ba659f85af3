"""Receipts: of open and hidden positions, early, late and forged."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import ledger_ballots as ballots
from tests.support import ledger_maker as maker
from tests.support import ledger_primitives as primitives
from tests.support.ledger_primitives import Signer, canonical
from u4verify import receipt, sentences
from u4verify.trust import read_trust
from u4verify.verdict import Verdict

OPEN = ballots.a_vote()
HIDDEN = ballots.a_hidden_vote()
CAST, SEALED = OPEN.of("position.cast")[1]["seq"], HIDDEN.of("position.cast")[0]["seq"]
TRUST = read_trust(json.dumps(OPEN.trust()).encode())


def verify(value: dict[str, Any], **changed: Any) -> Verdict:
    return receipt.verify_bytes(canonical(value | changed), TRUST)


def rule_of(value: dict[str, Any], **changed: Any) -> str | None:
    verdict = verify(value, **changed)
    assert verdict.code in (1, 2) if verdict.broken else verdict.code in (0, 3)
    return verdict.broken["rule"] if verdict.broken else None


def test_a_receipt_is_verified_and_read_out():
    verdict = verify(OPEN.receipt(CAST))
    assert (verdict.code, verdict.facts["choice"], verdict.facts["person"]) == (3, "object", "RepresentativeUNECE")
    words = "\n".join(sentences.of(verdict))
    assert f"Entry {CAST} of the log {maker.ORIGIN}, recorded on 3 March 2027, 10:00:01 UTC: position.cast" in words
    assert (
        "ballot B-27-01, seat UNECE, position objected, person RepresentativeUNECE, next after entry 9 of that ballot."
        in words
    )


def test_a_hidden_position_is_opened_by_its_holder():
    verdict = verify(HIDDEN.receipt(SEALED))
    assert (verdict.code, verdict.facts["choice"]) == (3, "object")
    verdict = verify(HIDDEN.receipt(SEALED), position=None)
    assert verdict.facts["choice"] is None
    assert "position sealed" in "\n".join(sentences.of(verdict))


@pytest.mark.parametrize("seq", range(len(OPEN.entries)))
def test_every_entry_can_have_a_receipt(seq):
    assert verify(OPEN.receipt(seq)).code == 3


def test_a_witnessed_receipt_is_verified_without_warnings():
    made = ballots.a_vote()
    made.witnesses = (Signer("itu.example/witness", 4),)
    trust = read_trust(json.dumps(made.trust(1)).encode())
    verdict = receipt.verify_bytes(canonical(made.receipt(CAST)), trust)
    assert (verdict.code, verdict.warnings) == (0, [])
    assert "Witnessed by itu.example/witness on 15 January 2027, 08:00:00 UTC." in sentences.of(verdict)


def test_before_a_checkpoint_covers_it_and_without_trust_it_is_not_checkable():
    assert rule_of(OPEN.receipt(CAST, covered=False)) == "receipt.early"
    verdict = receipt.verify_bytes(canonical(OPEN.receipt(CAST)))
    assert (verdict.code, verdict.broken and verdict.broken["rule"]) == (2, "trust.missing")
    verdict = receipt.verify_bytes(canonical(OPEN.receipt(0)))
    assert verdict.code == 2
    thief = ballots.a_vote()
    thief.signer = Signer(maker.ORIGIN, seed="thief")
    assert receipt.verify_bytes(canonical(thief.receipt(0))).code == 1


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("receipt.form", {"proof": None}),
        ("receipt.form", {"checkpoint": None}),
        ("receipt.form", {"more": 1}),
        ("receipt.form", {"format": None}),
        ("receipt.form", {"proof": ["zz"]}),
        ("format", {"format": "u4ssc-receipt/2"}),
        ("inclusion", {"proof": OPEN.proof(CAST - 1)}),
        ("inclusion", {"proof": []}),
        ("inclusion", {"entry": OPEN.receipt(CAST)["entry"].replace('"object"', '"approve"')}),
        ("inclusion", {"checkpoint": OPEN.checkpoint(CAST)}),
        ("canonical", {"entry": OPEN.receipt(CAST)["entry"] + " "}),
        ("entry.form", {"entry": "{}"}),
        ("checkpoint.origin", {"origin": "other.example"}),
        (
            "reveal.person",
            {"person": OPEN.receipt(CAST + 1)["person"]},
        ),
        ("reveal.person", {"person": {"salt": primitives.salt("x"), "value": OPEN.receipt(CAST)["person"]["value"]}}),
        (
            "reveal.commitment",
            {"position": {"salt": primitives.salt("x"), "value": HIDDEN.sealed[SEALED]["value"]}},
        ),
    ],
)
def test_forged_receipts(rule, changed):
    assert rule_of(OPEN.receipt(CAST), **changed) == rule


def test_a_person_or_a_position_where_there_is_none():
    assert rule_of(OPEN.receipt(0), person=OPEN.receipt(CAST)["person"]) == "reveal.person"
    wrong = HIDDEN.sealed[SEALED] | {"value": HIDDEN.sealed[SEALED]["value"] | {"choice": "approve"}}
    assert rule_of(HIDDEN.receipt(SEALED), position=wrong) == "reveal.commitment"


def test_another_log_and_another_key():
    other = ballots.a_vote(origin="other.example/1", signer=Signer("other.example/1"))
    assert rule_of(other.receipt(CAST)) == "checkpoint.origin"
    assert rule_of(OPEN.receipt(CAST), checkpoint=other.checkpoint()) == "checkpoint.origin"
    assert rule_of(ballots.a_vote(signer=Signer(maker.ORIGIN, seed="thief")).receipt(CAST)) == "checkpoint.signature"


def test_every_bit_of_a_receipt():
    data = canonical(HIDDEN.receipt(SEALED))
    for place in range(len(data)):
        for bit in range(8):
            changed = data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]
            verdict = receipt.verify_bytes(changed, TRUST)
            assert verdict.code == 1 or (verdict.broken or {}).get("rule") in ("format", "version", "receipt.none")


@pytest.mark.parametrize("data", [b"", b"hello", b"[]", b"\xff\xfe", bytes(receipt.LARGEST + 1)])
def test_what_is_no_receipt(data):
    assert receipt.verify_bytes(data, TRUST).code == 2


@pytest.mark.parametrize("data", [b"{}", b"{", b'{"a":' * 100_000])
def test_what_looks_like_one(data):
    assert receipt.verify_bytes(data, TRUST).code == 1
