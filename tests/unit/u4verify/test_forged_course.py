"""Forgeries of the course of a ballot, from suspension to challenge: each refused for its own reason."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.support import ledger_ballots as ballots
from tests.support import ledger_maker as maker
from tests.support import ledger_primitives as primitives
from tests.support.ledger_forging import Forgeries, judged
from tests.support.ledger_maker import Maker

FORGERIES = Forgeries()


def ended(made: Maker, outcome: str = "broken_silence") -> Maker:
    made.at("2027-03-19T17:00:00.000000Z").close(outcome, at="2027-03-10T17:00:00.000000Z")
    return made


def then(**cast: Any) -> Maker:
    made = ballots.a_suspended_silence()
    made.cast(**cast)
    return ended(made)


def suspended_twice() -> Maker:
    """Broken by two, mended by one, and resumed all the same."""
    made = Maker().join("ITU", "WHO")
    made.open(method="silence", silence_break=1)
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "object")
    cast = made.cast("WHO", "object")
    made.add("ballot.suspended", ballot=made.code, seat="WHO", cast_seq=cast, closes_at="2027-03-10T17:00:00.000000Z")
    lifted = made.cast("WHO", "no_objection")
    made.add("ballot.resumed", ballot=made.code, cast_seq=lifted, closes_at="2027-03-10T17:00:00.000000Z")
    return ended(made)


FORGERIES["a seat that did not break the silence, while suspended"] = (
    "suspended.seat",
    lambda: then(seat="ITU", choice="no_objection"),
)
FORGERIES["another objection while suspended"] = ("suspended.choice", lambda: then(seat="WHO", choice="ask_vote"))
FORGERIES.simple(
    "suspended.cause", "suspended for a position that broke nothing", ballots.a_silence, "ballot.suspended", cast_seq=8
)
FORGERIES.simple("resumed", "resumed by another position", ballots.a_silence, "ballot.resumed", cast_seq=8)
FORGERIES.simple("resumed.cause", "resumed while the silence is broken", suspended_twice, "ballot.resumed")
FORGERIES.simple(
    "extension",
    "extended from another instant",
    ballots.a_silence,
    "ballot.extended",
    was="2027-03-11T17:00:00.000000Z",
)
FORGERIES.simple(
    "extension", "extended backwards", ballots.a_silence, "ballot.extended", closes_at="2027-03-11T17:00:00.000000Z"
)
FORGERIES.simple(
    "extension.days", "extended too far", ballots.a_silence, "ballot.extended", closes_at="2027-03-20T17:00:00.000000Z"
)
FORGERIES.simple("candidate.withdrawn", "withdrawal of nobody", ballots.an_election, "candidate.withdrawn", candidate=4)
FORGERIES.simple(
    "closed.outcome", "withdrawal of somebody else", ballots.an_election, "candidate.withdrawn", candidate=2
)


def course(*steps: tuple[str, Any], **rule: Any) -> Maker:
    """A silence procedure of two seats in which things happen that need not be allowed."""
    made = Maker().join("ITU", "WHO")
    made.open(method="silence", **rule)
    made.at("2027-03-03T10:00:00.000000Z")
    for seat_or_kind, value in steps:
        if seat_or_kind.startswith("ballot."):
            last = made.final("WHO") or {"seq": 0}
            fields = {"cast_seq": last["seq"], "closes_at": value}
            seat = {"seat": "WHO"} if seat_or_kind == "ballot.suspended" else {}
            made.add(seat_or_kind, ballot=made.code, **seat, **fields)
        else:
            made.cast(seat_or_kind, value)
    return ended(made)


LATER, PAST = "2027-03-10T17:00:00.000000Z", "2027-03-03T09:00:00.000000Z"
OBJECTED, MENDED = ("WHO", "object"), ("WHO", "no_objection")
SUSPENDED, RESUMED = ("ballot.suspended", LATER), ("ballot.resumed", LATER)
FORGERIES["suspended twice"] = ("suspended", lambda: course(OBJECTED, SUSPENDED, SUSPENDED))
FORGERIES["suspended for no position"] = ("suspended", lambda: course(SUSPENDED))
FORGERIES["suspended for consent"] = ("suspended.cause", lambda: course(OBJECTED, MENDED, SUSPENDED))
FORGERIES["suspended for consent, broken before"] = (
    "suspended.cause",
    lambda: course(("ITU", "object"), MENDED, SUSPENDED),
)
FORGERIES["suspended for one objection of two"] = (
    "suspended.cause",
    lambda: course(OBJECTED, SUSPENDED, silence_break=2),
)
FORGERIES["suspended until the past"] = ("suspended.cause", lambda: course(OBJECTED, ("ballot.suspended", PAST)))
FORGERIES["resumed without a suspension"] = ("resumed", lambda: course(OBJECTED, MENDED, RESUMED))
FORGERIES["resumed until the past"] = ("resumed", lambda: course(OBJECTED, SUSPENDED, MENDED, ("ballot.resumed", PAST)))
FORGERIES["resumed by the objection"] = ("resumed.cause", lambda: course(OBJECTED, SUSPENDED, RESUMED))


@FORGERIES.of("candidate.withdrawn", "withdrawn twice")
def _withdrawn_twice() -> Maker:
    made = Maker().join("ITU")
    made.open(candidates=("Ada", "Ben"), posts=1, method="election")
    made.add("candidate.withdrawn", ballot=made.code, candidate=2, by=None)
    made.add("candidate.withdrawn", ballot=made.code, candidate=2, by=None)
    made.at("2027-03-13T10:00:00.000000Z").close("no_quorum")
    return made


@FORGERIES.of("suspended", "a vote suspended")
def _suspended_vote() -> Maker:
    made = ballots.a_small_vote()
    made.entries.pop()
    made.at("2027-03-04T10:00:00.000000Z")
    made.add("ballot.suspended", ballot=made.code, seat="ITU", cast_seq=6, closes_at=maker.CLOSES)
    return ended(made)


@FORGERIES.of("extension", "extended twice")
def _extended_twice() -> Maker:
    made = Maker().join("ITU")
    made.open()
    ballots.extend(made, "2027-03-13T17:00:00.000000Z")
    ballots.extend(made, "2027-03-14T17:00:00.000000Z", was="2027-03-13T17:00:00.000000Z")
    made.at("2027-03-15T17:00:00.000000Z").close("no_quorum", at="2027-03-14T17:00:00.000000Z")
    return made


@FORGERIES.of("order", "extended after the time had run out")
def _extended_late() -> Maker:
    made = Maker().join("ITU")
    made.open()
    made.at(maker.CLOSES)
    ballots.extend(made)
    made.at("2027-03-20T17:00:00.000000Z").close("no_quorum", at="2027-03-19T17:00:00.000000Z")
    return made


@FORGERIES.of("challenge.decided", "challenge decided that nobody raised")
def _unchallenged() -> Maker:
    made = ballots.a_vote()
    made.add("challenge.decided", ballot=made.code, seat="ITU", upheld=False, reason_sha256=None, by=None)
    return made


@FORGERIES.of("challenge.seat", "challenge by an outsider")
def _outsider() -> Maker:
    made = ballots.a_vote()
    made.add("challenge.raised", ballot=made.code, seat="FAO", grounds_sha256=None, person=None)
    return made


@FORGERIES.of("order", "challenge before closing")
def _challenged_early() -> Maker:
    made = Maker().join("ITU")
    made.open()
    made.add("challenge.raised", ballot=made.code, seat="ITU", grounds_sha256=None, person=None)
    made.at("2027-03-13T10:00:00.000000Z").close("no_quorum")
    return made


def after(make: Any, *kinds: str) -> Maker:
    made = make()
    why = {"reason_sha256": None, "by": primitives.salt("by")}
    more: dict[str, dict[str, Any]] = {
        "ballot.superseded": {"next": None},
        "ballot.annulled": {"second": primitives.salt("second")},
        "challenge.decided": {"seat": "ITU", "upheld": False},
    }
    for kind in kinds:
        if kind == "ballot.certified":
            made.certify()
        elif kind == "challenge.raised":
            made.add(kind, ballot=made.code, seat="ITU", grounds_sha256=None, person=None)
        else:
            made.add(kind, ballot=made.code, **more.get(kind, {}), **why)
    return made


RAISED, DECIDED, ANNULLED = "challenge.raised", "challenge.decided", "ballot.annulled"
for _base, _kinds in (
    (ballots.a_small_vote, (RAISED,)),
    (ballots.a_vote, ("ballot.superseded",)),
    (ballots.a_vote, ("ballot.referred",)),
    (ballots.a_vote, (RAISED, ANNULLED, DECIDED)),
    (ballots.a_vote, (ANNULLED, RAISED)),
    (ballots.a_small_vote, (ANNULLED, "ballot.certified")),
    (ballots.a_small_vote, ("ballot.superseded", ANNULLED)),
    (ballots.a_small_vote, ("ballot.referred", "ballot.certified")),
):
    FORGERIES[f"{_base.__name__}, then {', '.join(_kinds)}"] = ("order", partial(after, _base, *_kinds))


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_refused_for_its_own_reason(name):
    rule, forge = FORGERIES[name]
    verdict = judged(forge())
    assert (verdict.code, (verdict.broken or {}).get("rule")) == (1, rule), verdict.broken
    assert verdict.facts == {}
