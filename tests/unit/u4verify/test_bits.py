"""No single bit of a decision record can change, not even with the archive made good around the change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.support import ledger_ballots as ballots
from tests.support import ledger_primitives as primitives
from u4verify import record
from u4verify.history import History
from u4verify.replay import open_ballot
from u4verify.reveal import check_reveal, check_text
from u4verify.schema import read_entry
from u4verify.trust import read_trust
from u4verify.verdict import Refuted

MADE = ballots.a_small_vote()
MEMBERS = MADE.members()
TRUST = read_trust(json.dumps(MADE.trust()).encode())
HISTORY = History()
for number, spelled in enumerate(MADE.lines()):
    HISTORY.take(read_entry(spelled, f"entry {number}"))


def flips(data: bytes) -> Iterator[bytes]:
    """Every change of one bit."""
    changed = bytearray(data)
    for place in range(len(data)):
        for bit in range(8):
            changed[place] ^= 1 << bit
            yield bytes(changed)
            changed[place] ^= 1 << bit


@pytest.mark.slow
def test_every_bit_of_the_archive():
    data = primitives.pack(MEMBERS)
    assert record.verify_bytes(data, TRUST).code == 3
    believed = [n for n, changed in enumerate(flips(data)) if record.verify_bytes(changed, TRUST).code not in (1, 2)]
    assert believed == []


@pytest.mark.slow
def test_every_bit_of_record_json():
    assert record.verify_members(MEMBERS, TRUST).code == 3
    codes = [record.verify_members(MEMBERS | {"record.json": data}, TRUST) for data in flips(MEMBERS["record.json"])]
    doubtful = [verdict.broken["rule"] for verdict in codes if verdict.code != 1 and verdict.broken]
    assert all(verdict.code in (1, 2) for verdict in codes)
    assert set(doubtful) <= {"format"}  # a format of the future is not believed, only not judged


def refused(check: Callable[[bytes], object], data: bytes) -> bool:
    """Whether a check refuses these bytes, and accepts the honest ones."""
    try:
        check(data)
    except Refuted:
        return True
    return False


def test_every_bit_of_the_frozen_text_even_with_its_digest_brought_up_to_date():
    ballot = open_ballot(read_entry(primitives.canonical(MADE.opened), "x"), HISTORY.register)
    data = MEMBERS["text/decision.json"]
    assert not refused(lambda changed: check_text(changed, ballot), data)
    assert all(refused(lambda changed: check_text(changed, ballot), changed) for changed in flips(data))


def test_every_bit_of_what_is_revealed_even_with_its_digest_brought_up_to_date():
    entries = {place: read_entry(line, "x") for place, line in enumerate(MADE.lines())}
    data = MEMBERS["reveal.json"]
    assert not refused(lambda changed: check_reveal(changed, entries), data)
    assert all(refused(lambda changed: check_reveal(changed, entries), changed) for changed in flips(data))


def test_every_bit_of_the_key_in_the_trust_file():
    whole = json.loads(MEMBERS["record.json"])
    line, _, prose = MEMBERS["TRUST.txt"].partition(b"\n")
    for flipped in flips(line):
        data = flipped + b"\n" + prose
        files = whole["files"] | {"TRUST.txt": primitives.digest(data)}
        changed = MEMBERS | {"TRUST.txt": data, "record.json": primitives.canonical(whole | {"files": files})}
        assert record.verify_members(changed, TRUST).code in (1, 2)
