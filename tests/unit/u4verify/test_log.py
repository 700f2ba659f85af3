"""Whole logs, and two views of one log compared."""

from __future__ import annotations

import base64
import json
from email.message import EmailMessage

import pytest

from tests.support import ledger_ballots as ballots
from tests.support import ledger_maker as maker
from tests.support import ledger_primitives as primitives
from tests.support.ledger_maker import Maker
from tests.support.ledger_primitives import Signer, leaf
from u4verify import compare, log, sentences
from u4verify.trust import read_trust

MADE = ballots.a_vote()
EXPORT = MADE.export()
TRUST = read_trust(json.dumps(MADE.trust()).encode())
FORKED = ballots.a_vote()
FORKED.of("position.cast")[0]["comment_sha256"] = primitives.salt("x")


def rule_of(data: bytes, note: str | None = None) -> str | None:
    verdict = log.verify_bytes(data, note.encode() if note else None, TRUST)
    return verdict.broken["rule"] if verdict.broken else None


@pytest.mark.parametrize(
    "make", [ballots.a_vote, ballots.a_hidden_vote, ballots.a_silence, ballots.an_election], ids=lambda f: f.__name__
)
def test_a_log_is_played_again(make):
    made = make()
    verdict = log.verify_bytes(made.export(), made.checkpoint().encode(), TRUST)
    assert verdict.code == 3
    assert verdict.facts["ballots"] == {"closed": 1}
    assert verdict.facts["root"] == base64.b64decode(made.body().split()[2]).hex()
    assert "1 closed, 0 ended without closing, 0 still open" in "\n".join(sentences.of(verdict))


def test_a_log_may_be_in_the_middle_of_a_ballot():
    for size in range(1, len(MADE.entries) + 1):
        part = b"".join(line + b"\n" for line in MADE.lines()[:size])
        assert log.verify_bytes(part, MADE.checkpoint(size).encode(), TRUST).code == 3


def test_what_is_needed_to_believe_it():
    assert log.verify_bytes(EXPORT, None, TRUST).code == 2
    assert log.verify_bytes(EXPORT, MADE.checkpoint().encode()).code == 2
    assert log.verify_bytes(EXPORT, MADE.checkpoint(9).encode(), TRUST).warnings[-1] == {
        "rule": "log.uncovered",
        "sentence": "The newest entries (6) are not covered by the checkpoint yet.",
    }


def test_a_broken_log_is_refuted():
    lines = EXPORT.splitlines(keepends=True)
    assert rule_of(EXPORT[:-1], MADE.checkpoint()) == "log.cut"
    assert rule_of(b"".join(lines[:-1]), MADE.checkpoint()) == "log.short"
    assert rule_of(b"".join(lines[:5] + lines[6:]), MADE.checkpoint()) == "log.gap"
    assert rule_of(b"".join(lines[1:]), MADE.checkpoint()) == "log.gap"
    assert rule_of(EXPORT + b"\n", MADE.checkpoint()) == "json"
    assert rule_of(FORKED.export(), MADE.checkpoint()) == "log.root"
    assert rule_of(EXPORT, ballots.a_vote(signer=Signer(maker.ORIGIN, seed="x")).checkpoint()) == "checkpoint.signature"
    assert rule_of(EXPORT.replace(b'"log.opened"', b'"log.closed"'), MADE.checkpoint()) == "entry.kind"
    other = ballots.a_vote(origin="other.example/1", signer=Signer("other.example/1"))
    assert rule_of(other.export(), MADE.checkpoint()) == "checkpoint.origin"
    assert rule_of(EXPORT, other.checkpoint()) == "checkpoint.origin"
    assert log.verify_bytes(EXPORT, other.checkpoint().encode()).code == 1
    assert log.verify_bytes(b"hello", None, TRUST).code == 2


def test_the_log_must_open_once():
    made = Maker()
    made.add("log.opened", origin=made.origin, key=made.signer.key)
    assert rule_of(made.export(), made.checkpoint()) == "log.opened"
    made = Maker().join("ITU")
    made.entries[0] = made.entries[1] | {"seq": 0}
    assert rule_of(made.export(), made.checkpoint()) == "log.opened"


# --- compare ------------------------------------------------------------------------------------------------------


def line(made: Maker, size: int) -> str:
    origin, number, root = made.body(size).split()
    return f"Ledger checkpoint: {origin} {number} {root}"


def mail(*sentences_in_it: str, html: bool = False, quoted: bool = False) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Décision"
    text = "Bonjour,\n\n" + "\n".join(sentences_in_it) + "\n\nL’équipe\n"
    if quoted:
        text = "".join(f"> {part}\n" for part in text.replace(" 9 ", " 9\n").splitlines())
    if html:
        message.set_content("<p>" + text.replace("=", "&#61;") + "</p>", subtype="html", cte="base64")
    else:
        message.set_content(text, cte="quoted-printable")
    return message.as_bytes()


PART = b"".join(text + b"\n" for text in MADE.lines()[:9])
PROOF = "\n".join(node.hex() for node in primitives.consistency(9, [leaf(text) for text in MADE.lines()])).encode()
VIEWS = {
    "log": EXPORT,
    "shorter log": PART,
    "checkpoint": MADE.checkpoint(9).encode(),
    "newest checkpoint": MADE.checkpoint().encode(),
    "mail": mail(line(MADE, 9)),
    "quoted mail": mail(line(MADE, 9), quoted=True),
    "html mail": mail(line(MADE, 9), html=True),
    "text": line(MADE, 9).encode(),
    "windows text": line(MADE, 9).encode() + "\r\nné".encode("latin-1"),
    "two lines": mail(line(MADE, 5), line(MADE, 9)),
}


@pytest.mark.parametrize("name", VIEWS)
def test_the_whole_log_settles_it(name):
    for pair in ((VIEWS[name], EXPORT), (EXPORT, VIEWS[name])):
        verdict = compare.verify_bytes(*pair)
        assert (verdict.code, verdict.broken) == (0, None)
        assert "log of 15 entries" in "\n".join(sentences.of(verdict)) or "its 15 entries" in "\n".join(
            sentences.of(verdict)
        )


@pytest.mark.parametrize("name", VIEWS)
def test_a_rewritten_log_is_found(name):
    for forged in (FORKED.export(), FORKED.checkpoint().encode(), mail(line(FORKED, 15))):
        verdict = compare.verify_bytes(VIEWS[name], forged)
        size = 15 if name in ("log", "newest checkpoint") else 9
        if size == 15 or forged.startswith(b"{"):
            # nine entries are the same in both, and only a log can show it
            assert verdict.code == (1 if size == 15 else 0)
        else:
            assert (verdict.code, verdict.broken["rule"]) == (2, "compare.more")
    early = ballots.a_vote()
    early.of("ballot.opened")[0]["title"] = "Another"
    verdict = compare.verify_bytes(VIEWS[name], early.export())
    assert (verdict.code, verdict.broken["rule"]) == (1, "compare.fork")


def test_equal_sizes_need_no_log():
    assert compare.verify_bytes(VIEWS["mail"], VIEWS["checkpoint"]).code == 0
    other = ballots.a_vote()
    other.opened["title"] = "Another"
    verdict = compare.verify_bytes(VIEWS["mail"], mail(line(other, 9)))
    assert (verdict.code, verdict.broken["rule"]) == (1, "compare.fork")
    assert "rewritten" in verdict.broken["sentence"]


def test_different_sizes_need_a_log_or_a_proof():
    pair = (VIEWS["newest checkpoint"], VIEWS["mail"])
    verdict = compare.verify_bytes(*pair)
    assert (verdict.code, verdict.broken["rule"]) == (2, "compare.more")
    assert "a log of at least 15 entries" in verdict.broken["sentence"]
    assert sentences.of(verdict) == ["Not checkable.", verdict.broken["sentence"]]
    assert compare.verify_bytes(*pair, PROOF).code == 0
    assert compare.verify_bytes(*pair, PROOF[:64]).broken["rule"] == "compare.proof"
    assert compare.verify_bytes(PART, VIEWS["newest checkpoint"]).code == 2
    assert compare.verify_bytes(FORKED.checkpoint().encode(), VIEWS["log"], PROOF).code == 1


def test_other_logs_and_no_logs():
    other = ballots.a_vote(origin="other.example/1", signer=Signer("other.example/1"))
    assert compare.verify_bytes(VIEWS["mail"], other.checkpoint().encode()).broken["rule"] == "compare.origin"
    for nothing in (b"", b"hello", bytes(range(256)), bytes(compare.LARGEST_MAIL + 1)):
        assert compare.verify_bytes(VIEWS["mail"], nothing).code == 2
    assert compare.verify_bytes(VIEWS["mail"], b"{}\n").code == 1
    assert compare.verify_bytes(VIEWS["mail"], line(MADE, 9).replace(" 9 ", " 09 ").encode()).code == 1
    not_opened = MADE.lines()[1].replace(b'"seq":1', b'"seq":0') + b"\n"
    assert compare.verify_bytes(VIEWS["mail"], not_opened).broken["rule"] == "log.opened"
