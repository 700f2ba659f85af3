"""Forgeries of the opening, the closing, what follows, and the register: each refused for its own reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import ledger_ballots as ballots
from tests.support import ledger_maker as maker
from tests.support import ledger_primitives as primitives
from tests.support.ledger_forging import Forgeries, changed, judged, renumber, without
from tests.support.ledger_maker import Maker

FORGERIES = Forgeries()


# --- the closing --------------------------------------------------------------------------------------------------

FORGERIES.simple("closed.outcome", "outcome altered", ballots.a_vote, "ballot.closed", outcome="not_approved")
FORGERIES.simple(
    "closed.entries", "closing leaves an entry out", ballots.a_vote, "ballot.closed", entries=[8, 9, 10, 11]
)
FORGERIES.simple(
    "closed.entries", "closing names a foreign entry", ballots.a_vote, "ballot.closed", entries=[7, 8, 9, 10, 11, 12]
)
FORGERIES.simple(
    "closed.time", "closed at another instant", ballots.a_vote, "ballot.closed", closed_at="2027-03-12T16:00:00.000000Z"
)
FORGERIES.simple(
    "closed.time", "closed before its time", ballots.a_vote, "ballot.closed", at="2027-03-12T16:59:59.000000Z"
)
FORGERIES.simple(
    "closed.early", "early close that the rule does not know", ballots.a_vote, "ballot.closed", cause="all_answered"
)
FORGERIES.simple("closed.elected", "another candidate elected", ballots.an_election, "ballot.closed", elected=[1])
FORGERIES.simple(
    "certified.outcome", "certified with another outcome", ballots.a_vote, "ballot.certified", outcome="tie"
)
FORGERIES.simple("certified.closing", "certifies another closing", ballots.a_vote, "ballot.certified", closed_seq=11)


@FORGERIES.of("closed.tally", "tally altered")
def _tally() -> Maker:
    made = ballots.a_vote()
    made.of("ballot.closed")[0]["tally"]["approve"] += 1
    return made


@FORGERIES.of("closed.positions", "answer altered")
def _answer() -> Maker:
    return changed(ballots.a_vote, "position.cast", 0, choice="object")


@FORGERIES.of("closed.positions", "position dropped")
def _dropped() -> Maker:
    made = ballots.a_vote()
    return without(made, made.of("position.cast")[2])


@FORGERIES.of("closed.positions", "position added")
def _added() -> Maker:
    made = ballots.a_vote()
    extra = dict(made.of("position.cast")[0]) | {"revision": 2, "prev_seq": made.of("position.cast")[0]["seq"]}
    extra |= {"seq": 99, "at": made.of("position.cast")[3]["at"], "choice": "object"}
    made.entries.insert(12, extra)
    made.of("ballot.closed")[0]["entries"].append(99)
    return renumber(made)


@FORGERIES.of("closed.early", "early close with a seat missing")
def _early() -> Maker:
    made = Maker().join("ITU", "WHO")
    made.open(early_close=True, quorum_num=0)
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    made.cast("WHO", "approve", capacity="on_record")
    made.close("approved", at=made.entries[-1]["at"], cause="all_answered")
    return made


@FORGERIES.of("closed.early", "early close against the rule though all have answered")
def _early_all_the_same() -> Maker:
    made = Maker().join("ITU")
    made.open()
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    made.close("approved", at=made.entries[-1]["at"], cause="all_answered")
    return made


@FORGERIES.of("closed.time", "early close before the last position")
def _too_early() -> Maker:
    return changed(ballots.a_hidden_vote, "ballot.closed", closed_at="2027-03-03T10:00:02.000000Z")


@FORGERIES.of("closed.early", "early close of a suspended ballot")
def _early_suspended() -> Maker:
    made = ballots.a_suspended_silence(early_close=True)
    made.close("broken_silence", at=made.entries[-1]["at"], cause="all_answered")
    return made


@FORGERIES.of("order", "closed twice")
def _closed_twice() -> Maker:
    made = ballots.a_small_vote()
    made.close("approved")
    return made


@FORGERIES.of("order", "certified twice")
def _certified_twice() -> Maker:
    return ballots.a_vote().certify()


@FORGERIES.of("order", "withdrawn after closing")
def _withdrawn_late() -> Maker:
    made = ballots.a_vote()
    made.add("ballot.withdrawn", ballot=made.code, reason_sha256=None, by=None)
    return made


# --- the opening --------------------------------------------------------------------------------------------------


@FORGERIES.of("opened.twice", "opened twice")
def _opened_twice() -> Maker:
    made = Maker().join("ITU")
    made.open()
    made.open()
    made.at("2027-03-13T10:00:00.000000Z").close("no_quorum")
    return made


def reruled(**rule: Any) -> Maker:
    made = ballots.a_vote()
    made.opened["rule"] = made.opened["rule"] | rule
    return made


FORGERIES["rule altered after opening"] = ("text.rule", lambda: reruled(challenge_days=1))
FORGERIES["rule of another method"] = ("rule.method", lambda: reruled(method="election"))
FORGERIES["half a fraction"] = ("rule.fraction", lambda: reruled(max_objections_num=1))
FORGERIES["silence hidden"] = (
    "rule.visibility",
    lambda: changed(
        ballots.a_silence, "ballot.opened", rule=primitives.RULE | {"method": "silence", "visibility": "at_close"}
    ),
)
FORGERIES.simple("text.title", "title altered", ballots.a_vote, "ballot.opened", title="Another")
FORGERIES.simple("text.type", "type altered", ballots.a_vote, "ballot.opened", type="appointment")
FORGERIES.simple("window", "open too short", ballots.a_vote, "ballot.opened", closes_at="2027-03-05T07:59:59.000000Z")
FORGERIES.simple(
    "window", "closes before it opens", ballots.a_vote, "ballot.opened", closes_at="2027-03-01T07:59:59.000000Z"
)
FORGERIES["closes as it opens"] = (
    "window",
    lambda: changed(lambda: reruled(minimum_hours=0), "ballot.opened", closes_at=maker.OPENS),
)
FORGERIES.simple(
    "candidates",
    "candidates without posts",
    ballots.a_vote,
    "ballot.opened",
    candidates=[{"candidate": 1, "name": "A"}],
)
FORGERIES.simple("candidates", "election without posts", ballots.an_election, "ballot.opened", posts=0)
FORGERIES.simple("candidates", "posts without candidates", ballots.a_vote, "ballot.opened", posts=1)
FORGERIES.simple("candidates", "candidates numbered with a gap", ballots.an_election, "ballot.opened", candidates=[
    {"candidate": 1, "name": "Ada"}, {"candidate": 3, "name": "Cyd"},
])  # fmt: skip
FORGERIES.simple(
    "position.text", "opened with another text", ballots.a_vote, "ballot.opened", text_sha256=primitives.salt("x")
)


@FORGERIES.of("text.digest", "text altered")
def _text() -> Maker:
    made = ballots.a_vote()
    made.frozen["decision_text"] = "The Board decides something else."
    return made


@FORGERIES.of("electorate", "seat without a joining")
def _stranger() -> Maker:
    made = ballots.a_vote()
    made.opened["electorate"].append({"mandates": [], "name": "X", "seat": "X"})
    return made


@FORGERIES.of("electorate", "seat twice in the electorate")
def _twice() -> Maker:
    made = ballots.a_vote()
    made.opened["electorate"].append(made.opened["electorate"][0])
    return made


@FORGERIES.of("electorate.mandate", "mandate that was never given in the electorate")
def _phantom() -> Maker:
    made = ballots.a_vote()
    made.opened["electorate"][0]["mandates"][0]["mandate"] = "mdt_99"
    return made


FORGERIES.simple("electorate", "nobody in the electorate", ballots.a_vote, "ballot.opened", electorate=[])
FORGERIES.simple(
    "electorate",
    "a thousand seats and one",
    ballots.a_vote,
    "ballot.opened",
    electorate=[{"mandates": [], "name": f"{n}", "seat": f"{n}"} for n in range(1001)],
)


@FORGERIES.of("position.seat", "seat taken out of the electorate")
def _evicted() -> Maker:
    made = ballots.a_vote()
    del made.opened["electorate"][2]
    return made


# --- the register -------------------------------------------------------------------------------------------------

FORGERIES.simple("seat.joined", "seat joined twice", ballots.a_vote, "seat.joined", 1, seat="ITU")
FORGERIES.simple("mandate.seat", "mandate for a seat nobody holds", ballots.a_vote, "mandate.granted", 0, seat="FAO")
FORGERIES.simple("mandate.twice", "mandate given twice", ballots.a_vote, "mandate.granted", 1, mandate="mdt_2")
FORGERIES.simple("log.origin", "first entry of another log", ballots.a_vote, "log.opened", origin="other")


@FORGERIES.of("mandate.unknown", "end of a mandate never given")
def _no_mandate() -> Maker:
    made = Maker().join("ITU")
    made.add("mandate.ended", mandate="mdt_9", seat="ITU", ends_on="2027-01-01")
    made.open()
    made.at("2027-03-13T10:00:00.000000Z").close("no_quorum")
    return made


@FORGERIES.of("mandate.unknown", "end of a mandate of another seat")
def _others_mandate() -> Maker:
    made = Maker().join("ITU", "WHO")
    made.add("mandate.ended", mandate="mdt_2", seat="WHO", ends_on="2027-01-01")
    made.open()
    made.at("2027-03-13T10:00:00.000000Z").close("no_quorum")
    return made


@FORGERIES.of("mandate.ended", "an end that was moved back")
def _prolonged() -> Maker:
    made = Maker().join("ITU")
    made.add("mandate.ended", mandate="mdt_2", seat="ITU", ends_on="2027-03-01")
    made.add("mandate.ended", mandate="mdt_2", seat="ITU", ends_on="2027-04-01")
    made.open()
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    made.at("2027-03-13T10:00:00.000000Z").close("approved")
    return made


@FORGERIES.of("electorate.mandate", "a mandate in the electorate under another seat")
def _borrowed() -> Maker:
    made = ballots.a_vote()
    made.opened["electorate"][0]["mandates"].append({"capacity": "alternate", "mandate": "mdt_7"})
    return made


@FORGERIES.of("electorate.mandate", "a mandate in the electorate in another capacity")
def _promoted() -> Maker:
    made = ballots.a_vote()
    made.opened["electorate"][1]["mandates"][1]["capacity"] = "representative"
    return made


@FORGERIES.of("seat.left", "a seat left by nobody")
def _left() -> Maker:
    made = Maker().join("ITU")
    made.add("seat.left", seat="ITU", on="2027-04-01")
    made.add("seat.left", seat="ITU", on="2027-03-01")
    made.open()
    made.at("2027-03-13T10:00:00.000000Z").close("no_quorum")
    return made


@FORGERIES.of("electorate", "a ballot with a seat that had been left")
def _gone() -> Maker:
    made = Maker().join("ITU", "WHO")
    made.add("seat.left", seat="ITU", on="2027-03-01")
    made.open()
    made.at("2027-03-13T10:00:00.000000Z").close("no_quorum")
    return made


@FORGERIES.of("record.truncated", "record truncated")
def _truncated() -> Maker:
    made = ballots.a_vote()
    made.entries = made.entries[:12]
    return made


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused_for_its_own_reason(name):
    rule, forge = FORGERIES[name]
    verdict = judged(forge())
    assert (verdict.code, (verdict.broken or {}).get("rule")) == (1, rule), verdict.broken
    assert verdict.facts == {}
