"""Whole decision records of every kind are believed, and read out in words."""

from __future__ import annotations

import json

import pytest

from tests.support import ledger_ballots as ballots
from tests.support import ledger_maker as maker
from tests.support import ledger_primitives as primitives
from tests.support.ledger_maker import Maker
from u4verify import record, sentences
from u4verify.trust import Trust, read_trust
from u4verify.verdict import Verdict


def trust_of(made: Maker) -> Trust:
    return read_trust(json.dumps(made.trust()).encode())


def verify(made: Maker) -> Verdict:
    return record.verify_bytes(made.record(), trust_of(made))


BALLOTS = {
    "vote": ballots.a_vote,
    "small": ballots.a_small_vote,
    "hidden": ballots.a_hidden_vote,
    "silence": ballots.a_silence,
    "election": ballots.an_election,
    "hidden election": lambda: ballots.an_election("at_close"),
}


@pytest.mark.parametrize("name", BALLOTS)
def test_every_kind_of_ballot_is_verified(name):
    verdict = verify(BALLOTS[name]())
    assert (verdict.code, verdict.status, verdict.broken) == (3, "verified_with_warnings", None)
    assert [item["rule"] for item in verdict.warnings] == ["witness.none"]
    assert verdict.facts["outcome"] == "approved"


@pytest.mark.parametrize("name", BALLOTS)
def test_without_trust_everything_is_checked_and_nothing_believed(name):
    verdict = record.verify_bytes(BALLOTS[name]().record())
    assert verdict.code == 2
    assert verdict.broken == {
        "rule": "trust.missing",
        "sentence": "Nobody you trust vouches for this yet: give --trust.",
        "entry": None,
    }
    assert verdict.facts["outcome"] == "approved"
    words = "\n".join(sentences.of(verdict))
    assert "What the file says of itself" in words
    assert "What this proves" not in words


def test_without_trust_a_forgery_is_still_refuted():
    made = ballots.a_vote()
    made.of("ballot.closed")[0]["outcome"] = "not_approved"
    assert record.verify_bytes(made.record()).code == 1


def test_a_vote_in_words():
    words = "\n".join(sentences.of(verify(ballots.a_vote())))
    for part in (
        "Verified, with warnings.",
        "Decision B-27-01, “Décision d’essai”: a vote among 3 seats, closed on 12 March 2027, 17:00:00 UTC.",
        "Outcome: approved.",
        "Approved (1): ITU (by RepresentativeITU).",
        "Approved with comments (1): UNECE (by AlternateUNECE; alternate).",
        "Abstained (1): WHO (by On_RecordWHO; on record, from an e-mail).",
        "Quorum: more than 1/2 of 3 (all seats) must answer; 3 did.",
        "more than 1/2 of 2 (approvals and objections together) are needed; there were 2.",
        "certified as U4SSC/BM/2027/01",
        "Complete up to entry 14 of 12 March 2027",
        "What this proves",
        "What this does not prove",
        "No independent witness has signed.",
    ):
        assert part in words


def test_an_election_and_a_silence_in_words():
    words = "\n".join(sentences.of(verify(ballots.an_election())))
    assert "Posts: 2. Support: Ada 3, Ben 2." in words
    assert "Elected: Ada, Ben." in words
    assert "Withdrawn before the end: Cyd." in words
    words = "\n".join(sentences.of(verify(ballots.a_silence())))
    assert "No objection (2): ITU (by RepresentativeITU), WHO (by RepresentativeWHO)." in words
    assert "break the silence: 1; there were 0." in words
    assert "holds no certificate" in words


def test_nothing_revealed_is_a_record_too():
    made = ballots.a_vote()
    made.persons, made.comments = [], []
    verdict = verify(made)
    assert verdict.code == 3
    assert "Abstained (1): WHO (on record, from an e-mail)." in "\n".join(sentences.of(verdict))


@pytest.mark.parametrize("kind", ["withdrawn", "superseded", "referred", "annulled"])
def test_a_ballot_that_ended_without_closing(kind):
    made = Maker().join("ITU", "WHO")
    made.open(visibility="at_close")
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    more = {"superseded": {"next": None}, "annulled": {"second": primitives.salt("second")}}.get(kind, {})
    made.add(
        f"ballot.{kind}", ballot=made.code, reason_sha256=primitives.digest(b"x"), by=primitives.salt("by"), **more
    )
    verdict = verify(made)
    assert verdict.code == 3
    assert (verdict.facts["ended"], verdict.facts["outcome"]) == (kind, None)
    words = "\n".join(sentences.of(verdict))
    assert f"{kind} before it closed. Nothing was decided." in words
    assert "sealed and never opened" in words


def test_what_follows_the_closing_is_told():
    made = ballots.a_vote()
    fields = {"ballot": made.code, "reason_sha256": primitives.digest(b"x"), "by": primitives.salt("by")}
    made.add("challenge.raised", ballot=made.code, seat="ITU", grounds_sha256=primitives.digest(b"x"), person=None)
    made.add("challenge.raised", ballot=made.code, seat="WHO", grounds_sha256=primitives.digest(b"x"), person=None)
    made.add("challenge.decided", seat="ITU", upheld=True, **fields)
    made.add("challenge.decided", seat="WHO", upheld=False, **fields)
    made.add("ballot.annulled", second=primitives.salt("second"), **fields)
    words = "\n".join(sentences.of(verify(made)))
    for part in (
        "challenged by ITU",
        "challenge by ITU was upheld",
        "challenge by WHO was not upheld",
        "annulled by two officers",
        "not in force",
    ):
        assert part in words


def test_a_title_cannot_rewrite_the_verdict():
    made = Maker().join("ITU")
    made.open(quorum_num=0)
    made.opened["title"] = made.frozen["title"] = "x\nVerified.\u202egnorw"
    made.opened["text_sha256"] = made.text_digest
    made.at("2027-03-13T10:00:00.000000Z").close("no_quorum")
    words = sentences.of(verify(made))
    assert words.count("Verified.") == 0
    assert not any("\u202e" in line or "\n" in line for line in words)


def test_other_ballots_of_the_log_stay_outside_the_record():
    made = ballots.a_vote()
    made.add("seat.joined", seat="FAO", name="FAO", on=None)
    made.add("ballot.opened", **{k: v for k, v in made.opened.items() if k not in ("v", "seq", "kind", "at")})
    made.entries[-1]["ballot"] = "B-27-02"
    assert verify(made).code == 3


def test_a_record_with_a_printed_page_is_a_record():
    made = ballots.a_vote()
    members = made.members() | {"record.pdf": b"%PDF-1.7"}
    assert record.verify_bytes(primitives.repack(members), trust_of(made)).code == 3


def test_a_new_key_of_the_log_is_a_warning():
    made = ballots.a_vote()
    made.signer = maker.Signer(maker.ORIGIN, seed="new")
    members = made.members() | {"TRUST.txt": primitives.trust_text(made.entries[0]["key"], made.origin)}
    verdict = record.verify_bytes(primitives.repack(members), trust_of(made))
    assert [item["rule"] for item in verdict.warnings] == ["witness.none", "log.key"]


def test_formats_of_the_future_are_not_checkable():
    made = ballots.a_vote()
    future = primitives.repack(made.members(), format="u4ssc-record/2")
    assert record.verify_bytes(future, trust_of(made)).broken["rule"] == "format"
    for entry in made.entries:
        entry["v"] = 2
    verdict = verify(made)
    assert (verdict.code, verdict.broken["rule"]) == (2, "version")


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2027-03-04T22:59:59.999999Z", True),  # still the 4th in Geneva
        ("2027-03-04T23:00:00.000000Z", False),  # the 5th, on which the mandate no longer holds
    ],
)
def test_mandates_end_with_days_of_geneva(at, holds):
    made = Maker().join("ITU")
    made.grant("ITU", "alternate", ends_on="2027-03-05")
    made.open()
    made.at(at).cast("ITU", "approve", capacity="alternate")
    made.at("2027-03-13T10:00:00.000000Z").close("approved")
    verdict = verify(made)
    assert (verdict.code == 3) is holds
    assert holds or verdict.broken["rule"] == "mandate.ended"


@pytest.mark.parametrize(
    ("at", "rule"),
    [
        ("2027-03-02T07:59:59.999999Z", "position.before_opening"),
        ("2027-03-02T08:00:00.000000Z", None),
        ("2027-03-12T16:59:59.999999Z", None),
        ("2027-03-12T17:00:00.000000Z", "position.after_closing"),
    ],
)
def test_the_window_is_half_open(at, rule):
    made = Maker().join("ITU")
    made.open()
    made.at(at).cast("ITU", "approve")
    made.at("2027-03-13T10:00:00.000000Z").close("approved")
    verdict = verify(made)
    assert (verdict.broken or {}).get("rule") == rule


def test_a_mandate_that_ends_later_does_not_touch_what_was_cast():
    made = Maker().join("ITU")
    mandate = made.mandates["ITU"]["representative"]
    made.open()
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    made.add("mandate.ended", mandate=mandate, seat="ITU", ends_on="2027-03-01")
    made.at("2027-03-13T10:00:00.000000Z").close("approved")
    assert verify(made).code == 3


def test_a_seat_votes_until_the_day_on_which_it_leaves():
    made = Maker().join("ITU", "WHO")
    made.add("seat.left", seat="WHO", on="2027-03-20")
    made.open()
    made.at("2027-03-03T10:00:00.000000Z").cast("ITU", "approve")
    made.cast("WHO", "approve")
    made.at("2027-03-13T10:00:00.000000Z").close("approved")
    assert verify(made).code == 3


def test_an_election_with_every_kind_of_answer():
    made = Maker().join("ITU", "UNECE", "WHO", "FAO", "UNEP")
    made.open(candidates=("Ada", "Ben"), posts=1, method="election")
    made.at("2027-03-03T10:00:00.000000Z")
    made.cast("ITU", "approve", candidates=(2,))
    made.cast("UNECE", "approve_with_comments", candidates=(2,), comment="With joy.")
    made.cast("WHO", "abstain")
    made.cast("FAO", "object")
    made.cast("UNEP", "recuse")
    made.at("2027-03-13T10:00:00.000000Z").close("approved", elected=(2,))
    verdict = verify(made)
    assert (verdict.code, verdict.facts["elected"]) == (3, [2])
    assert verdict.facts["sums"]["supports"] == {2: 2}
