"""Forgeries of positions, open and hidden: each refused for its own reason."""

from __future__ import annotations

import pytest

from tests.support import ledger_ballots as ballots
from tests.support import ledger_primitives as primitives
from tests.support.ledger_forging import Forgeries, judged, renumber, without
from tests.support.ledger_maker import Maker

FORGERIES = Forgeries()


# --- positions ----------------------------------------------------------------------------------------------------

FORGERIES.simple(
    "position.before_opening",
    "vote before opening",
    ballots.a_vote,
    "ballot.opened",
    opens_at="2027-03-03T10:00:00.000001Z",
)
FORGERIES.simple(
    "position.after_closing",
    "vote after closing",
    ballots.a_vote,
    "ballot.opened",
    closes_at="2027-03-03T10:00:03.000000Z",
    opens_at="2027-02-02T08:00:00.000000Z",
)
FORGERIES.simple(
    "mandate.other_seat",
    "by the alternate of another seat",
    ballots.a_vote,
    "position.cast",
    0,
    mandate="mdt_7",
    capacity="alternate",
)
FORGERIES.simple(
    "mandate.capacity", "alternate as representative", ballots.a_vote, "position.cast", 3, capacity="representative"
)
FORGERIES.simple("mandate.unknown", "by a mandate never given", ballots.a_vote, "position.cast", 0, mandate="mdt_99")
FORGERIES.simple("mandate.unknown", "by no mandate", ballots.a_vote, "position.cast", 0, mandate=None)
FORGERIES.simple(
    "mandate.ended", "by a mandate that had ended", ballots.a_vote, "mandate.granted", 0, ends_on="2027-03-03"
)
FORGERIES.simple(
    "mandate.ended", "by a mandate that had not begun", ballots.a_vote, "mandate.granted", 0, starts_on="2027-03-04"
)
FORGERIES.simple("revision.chain", "revision skipped", ballots.a_vote, "position.cast", 3, revision=3)
FORGERIES.simple("revision.chain", "revision of another position", ballots.a_vote, "position.cast", 3, prev_seq=9)
FORGERIES.simple("revision.chain", "first revision with a past", ballots.a_vote, "position.cast", 0, prev_seq=8)
FORGERIES.simple(
    "position.text", "answer to another text", ballots.a_vote, "position.cast", 0, text_sha256=primitives.salt("x")
)
FORGERIES.simple(
    "position.open",
    "hidden position in an open ballot",
    ballots.a_vote,
    "position.cast",
    0,
    commitment=primitives.salt("x"),
)
FORGERIES.simple(
    "position.hidden", "open position in a hidden ballot", ballots.a_hidden_vote, "position.cast", 0, choice="object"
)
FORGERIES.simple(
    "position.choice", "answer of another method", ballots.a_vote, "position.cast", 0, choice="no_objection"
)
FORGERIES.simple("position.candidates", "candidates in a vote", ballots.a_vote, "position.cast", 0, candidates=[1])
FORGERIES.simple(
    "position.candidates", "more candidates than posts", ballots.an_election, "position.cast", 0, candidates=[1, 2, 3]
)
FORGERIES.simple(
    "position.candidates", "a candidate who does not stand", ballots.an_election, "position.cast", 0, candidates=[4]
)
FORGERIES.simple("position.candidates", "approval of nobody", ballots.an_election, "position.cast", 0, candidates=[])
FORGERIES.simple("position.person", "own position without a person", ballots.a_vote, "position.cast", 0, person=None)
FORGERIES.simple(
    "on_record.evidence", "on record without an e-mail", ballots.a_vote, "position.cast", 2, evidence_sha256=None
)
FORGERIES.simple(
    "reveal.comment", "comment altered", ballots.a_vote, "position.cast", 1, comment_sha256=primitives.salt("x")
)
FORGERIES.simple("reveal.person", "person altered", ballots.a_vote, "position.cast", 1, person=primitives.salt("x"))
FORGERIES.simple("entry.form", "signature of a voter invented", ballots.a_vote, "position.cast", 0, voter_signature="x")
FORGERIES.simple("entry.form", "field too many", ballots.a_vote, "position.cast", 0, more=None)
FORGERIES.simple(
    "entry.form", "instant that does not exist", ballots.a_vote, "position.cast", 0, at="2027-02-30T00:00:00.000000Z"
)
FORGERIES.simple("entry.kind", "kind unknown", ballots.a_vote, "ballot.certified", kind="ballot.blessed")
FORGERIES.simple("profile", "text in decomposed form", ballots.a_vote, "ballot.certified", number="e\u0301")
FORGERIES.simple("time", "time runs backwards", ballots.a_vote, "position.cast", 1, at="2027-03-02T10:00:00.000000Z")

FORGERIES.simple("on_record.evidence", "on record by a mandate", ballots.a_vote, "position.cast", 2, mandate="mdt_2")
FORGERIES.simple(
    "position.person",
    "own position with an e-mail",
    ballots.a_vote,
    "position.cast",
    0,
    evidence_sha256=primitives.salt("x"),
)
FORGERIES.simple("position.open", "no answer", ballots.a_vote, "position.cast", 0, choice=None)
FORGERIES.simple("position.open", "no list of candidates", ballots.a_vote, "position.cast", 0, candidates=None)
FORGERIES.simple("position.hidden", "candidates shown", ballots.a_hidden_vote, "position.cast", 0, candidates=[])
FORGERIES.simple("position.hidden", "nothing sealed", ballots.a_hidden_vote, "position.cast", 0, commitment=None)
FORGERIES.simple(
    "position.choice", "a vote's answer to silence", ballots.a_silence, "position.cast", 0, choice="approve"
)


@FORGERIES.of("on_record.after_own", "on record after the seat's own")
def _overruled() -> Maker:
    made = Maker().join("ITU")
    made.open()
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    made.cast("ITU", "object", capacity="on_record")
    made.at("2027-03-13T10:00:00.000000Z").close("not_approved")
    return made


@FORGERIES.of("mandate.ended", "mandate ended during the ballot")
def _ended() -> Maker:
    made = Maker().join("ITU")
    made.open()
    made.add("mandate.ended", mandate="mdt_2", seat="ITU", ends_on="2027-03-03")
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    made.at("2027-03-13T10:00:00.000000Z").close("approved")
    return made


@FORGERIES.of("position.after_closing", "vote after the closing entry")
def _after_closing_entry() -> Maker:
    made = ballots.a_vote()
    made.cast("ITU", "object")
    return made


@FORGERIES.of("revision.chain", "two revisions exchanged")
def _exchanged() -> Maker:
    made = ballots.a_vote()
    first, second = made.of("position.cast")[1], made.of("position.cast")[3]
    places = made.entries.index(first), made.entries.index(second)
    made.entries[places[0]], made.entries[places[1]] = second, first
    first["at"], second["at"] = second["at"], first["at"]
    return renumber(made)


# --- hidden positions ---------------------------------------------------------------------------------------------

FORGERIES.simple(
    "reveal.commitment", "commitment opened wrongly", ballots.a_hidden_vote, "position.opened", 0, choice="object"
)
FORGERIES.simple(
    "reveal.commitment",
    "commitment opened with another salt",
    ballots.a_hidden_vote,
    "position.opened",
    0,
    salt=primitives.salt("x"),
)
FORGERIES.simple(
    "reveal.other", "an earlier revision opened", ballots.a_hidden_vote, "position.opened", 0, cast_seq=8, revision=1
)
FORGERIES.simple(
    "reveal.unexpected", "opened for another seat", ballots.a_hidden_vote, "position.opened", 1, seat="ITU"
)


@FORGERIES.of("reveal.unexpected", "position opened in an open ballot")
def _opened_openly() -> Maker:
    made = ballots.a_small_vote()
    made.entries.pop()
    made.at("2027-03-13T10:00:00.000000Z").reveal()
    made.close("approved")
    return made


@FORGERIES.of("closed.reveal", "hidden position not opened")
def _kept_hidden() -> Maker:
    made = ballots.a_hidden_vote()
    return without(made, made.of("position.opened")[2])


def peeked(*, everybody: bool, early_close: bool) -> Maker:
    """Positions are opened while the time still runs, and the ballot closes as announced."""
    made = Maker().join("ITU", "WHO")
    made.open(visibility="at_close", early_close=early_close, quorum_num=0)
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    made.cast("WHO", "approve", capacity="representative" if everybody else "on_record")
    made.reveal()
    made.at("2027-03-13T10:00:00.000000Z").close("approved")
    return made


FORGERIES["opened early although one had not answered itself"] = (
    "order",
    lambda: peeked(everybody=False, early_close=True),
)
FORGERIES["opened early where the rule has no early close"] = (
    "order",
    lambda: peeked(everybody=True, early_close=False),
)


@FORGERIES.of("order", "hidden position opened after closing")
def _opened_late() -> Maker:
    made = ballots.a_hidden_vote()
    again = {k: v for k, v in made.of("position.opened")[0].items() if k not in ("v", "seq", "kind", "at")}
    made.add("position.opened", **again)
    return made


@FORGERIES.of("order", "hidden positions opened early")
def _peeked() -> Maker:
    made = Maker().join("ITU", "WHO")
    made.open(visibility="at_close")
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    made.reveal()
    made.at("2027-03-13T10:00:00.000000Z").close("no_quorum")
    return made


@FORGERIES.of("position.after_closing", "vote after the opening of hidden positions")
def _after_reveal() -> Maker:
    made = Maker().join("ITU", "WHO")
    made.open(visibility="at_close", early_close=True)
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    made.cast("WHO", "approve")
    made.reveal()
    made.cast("WHO", "object")
    made.close("approved", at=made.entries[-1]["at"], cause="all_answered")
    return made


@FORGERIES.of("reveal.unexpected", "opened for a seat that did not answer")
def _opened_for_nobody() -> Maker:
    made = Maker().join("ITU", "WHO")
    made.open(visibility="at_close")
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    made.at("2027-03-13T10:00:00.000000Z").reveal()
    made.of("position.opened")[0]["seat"] = "WHO"
    made.close("no_quorum")
    return made


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused_for_its_own_reason(name):
    rule, forge = FORGERIES[name]
    verdict = judged(forge())
    assert (verdict.code, (verdict.broken or {}).get("rule")) == (1, rule), verdict.broken
    assert verdict.facts == {}
