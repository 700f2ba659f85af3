"""Finished ballots of every kind, for tests that need a good ledger to begin with."""

from __future__ import annotations

from typing import Any

from tests.support.ledger_maker import CLOSES, Maker
from tests.support.ledger_primitives import digest


def a_vote(**fields: Any) -> Maker:
    """A vote with a change, an alternate, a comment and a position on record."""
    maker = Maker(**fields).join("ITU", "UNECE", "WHO")
    maker.grant("UNECE", "alternate")
    maker.open()
    maker.at("2027-03-03T10:00:00.000000Z")
    maker.cast("ITU", "approve")
    maker.cast("UNECE", "object", comment="Not yet.", cure="Another month.")
    maker.cast("WHO", "abstain", capacity="on_record")
    maker.cast("UNECE", "approve_with_comments", capacity="alternate", comment="Très bien.\nMerci.")
    maker.at("2027-03-12T17:00:01.000000Z").close("approved")
    return maker.certify()


def an_annulled_vote() -> Maker:
    """A certified vote, contested and annulled."""
    maker = a_vote()
    why = {"reason_sha256": digest(b"wrong text"), "by": digest(b"by")}
    maker.add("challenge.raised", ballot=maker.code, seat="WHO", grounds_sha256=digest(b"x"), person=None)
    maker.add("challenge.decided", ballot=maker.code, seat="WHO", upheld=True, **why)
    maker.add("ballot.annulled", ballot=maker.code, second=digest(b"second"), **why)
    return maker


def a_small_vote() -> Maker:
    """As little as a decision can be: one of two seats votes."""
    maker = Maker().join("ITU", "WHO")
    maker.open(quorum_num=0)
    maker.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve", comment="Yes.")
    maker.at("2027-03-12T17:00:01.000000Z").close("approved")
    return maker


def a_hidden_vote() -> Maker:
    """A vote whose positions stay hidden; everybody answers, so it closes early; one seat answers twice."""
    maker = Maker().join("ITU", "UNECE", "WHO")
    maker.open(visibility="at_close", early_close=True)
    maker.at("2027-03-03T10:00:00.000000Z")
    maker.cast("ITU", "object")
    maker.cast("WHO", "recuse")
    maker.cast("ITU", "approve")
    maker.cast("UNECE", "approve")
    maker.reveal()
    maker.close("approved", at=maker.entries[-1]["at"], cause="all_answered")
    return maker.certify()


def a_silence() -> Maker:
    """A silence procedure that is broken, suspended, mended, resumed and extended."""
    maker = Maker().join("ITU", "UNECE", "WHO")
    maker.open(method="silence")
    maker.at("2027-03-03T10:00:00.000000Z")
    maker.cast("ITU", "no_objection")
    broke = maker.cast("WHO", "ask_vote", cure="A vote.")
    maker.add(
        "ballot.suspended", ballot=maker.code, seat="WHO", cast_seq=broke, closes_at="2027-03-10T17:00:00.000000Z"
    )
    lifted = maker.cast("WHO", "no_objection")
    maker.add("ballot.resumed", ballot=maker.code, cast_seq=lifted, closes_at=CLOSES)
    extend(maker)
    maker.at("2027-03-19T17:00:00.000000Z").close("approved", at="2027-03-19T17:00:00.000000Z")
    return maker


def extend(maker: Maker, to: str = "2027-03-19T17:00:00.000000Z", was: str = CLOSES) -> int:
    """Extend the ballot by a week."""
    return maker.add(
        "ballot.extended", ballot=maker.code, was=was, closes_at=to, reason_sha256=digest(b"late papers"), by=None
    )


def an_election(visibility: str = "live") -> Maker:
    """Two posts and three candidates, one of whom withdraws."""
    maker = Maker().join("ITU", "UNECE", "WHO", "FAO")
    maker.open(candidates=("Ada", "Ben", "Cyd"), posts=2, method="election", visibility=visibility)
    maker.at("2027-03-03T10:00:00.000000Z")
    maker.cast("ITU", "approve", candidates=(1, 2))
    maker.cast("UNECE", "approve", candidates=(1, 3))
    maker.cast("WHO", "approve", candidates=(3,))
    maker.cast("FAO", "approve", candidates=(2, 1))
    maker.add("candidate.withdrawn", ballot=maker.code, candidate=3, by=None)
    maker.at("2027-03-12T17:00:01.000000Z")
    if visibility == "at_close":
        maker.reveal()
    maker.close("approved", elected=(1, 2))
    return maker.certify()


def a_suspended_silence(**rule: Any) -> Maker:
    """A silence procedure that WHO has just broken."""
    maker = Maker().join("ITU", "WHO")
    maker.open(method="silence", **rule)
    maker.at("2027-03-03T10:00:00.000000Z").cast("ITU", "no_objection")
    cast = maker.cast("WHO", "object")
    maker.add("ballot.suspended", ballot=maker.code, seat="WHO", cast_seq=cast, closes_at="2027-03-10T17:00:00.000000Z")
    return maker
