"""A position is cast: by whom, until when, on which text, and what it leaves."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from tests.integration.board import makers
from tests.integration.board.makers import SECRETARIAT, code_of, entries, mails
from tests.integration.board.services.helpers import SECOND, TICK
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board import electors, services
from u4ssc_gov.board.models import Vote
from u4ssc_gov.board.rules import Position
from u4ssc_gov.board.services import CastVote
from u4ssc_gov.core.errors import Conflict, Invalid
from u4ssc_gov.ledger import canonical
from u4ssc_gov.ledger.queries import list_ballot_entries
from u4ssc_gov.notifications.writing import parts_of


def test_a_vote_gets_a_receipt_and_can_be_changed_with_every_revision_kept(world, clock):
    voter, other = world.mandate("WMO"), world.mandate("WMO", alternate=True)
    ballot = makers.open_one(world)
    first = makers.cast(world, ballot, voter, "WMO", Position.ABSTAIN)
    clock.move(hours=1)
    second = makers.cast(world, ballot, other, "WMO", comment="Now we know.")
    assert (first.receipt, second.receipt) == ("B-26-01-WMO-1", "B-26-01-WMO-2")
    assert (first.capacity.value, second.capacity.value) == ("representative", "alternate")
    seat = electors.list_seats(world.session, ballot.id)[-1]
    assert [r.position for r in seat.revisions] == [Position.ABSTAIN, Position.APPROVE]
    assert seat.position is Position.APPROVE
    actions = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "board:vote:cast")).all()
    assert [row.details["receipt"] for row in actions] == [first.receipt, second.receipt]
    assert all("position" not in row.details and "comment" not in row.details for row in actions)
    found = [entry for entry in list_ballot_entries(world.session, ballot.id) if entry.kind == "position.cast"]
    said = [canonical.decode(entry.entry) for entry in found]
    assert [(one["revision"], one["prev_seq"]) for one in said] == [(1, None), (2, found[0].seq)]
    assert [(one["choice"], one["capacity"]) for one in said] == [
        ("abstain", "representative"),
        ("approve", "alternate"),
    ]
    assert said[1]["comment_sha256"] == hashlib.sha256(b"Now we know.").hexdigest()
    assert [one["text_sha256"] for one in said] == [ballot.text_sha256] * 2


def test_votes_cannot_be_rewritten(world):
    voter = world.mandate("WMO")
    ballot = makers.open_one(world)
    makers.cast(world, ballot, voter, "WMO")
    world.commit()
    for statement in ("UPDATE vote SET position = 'object'", "DELETE FROM vote"):
        with pytest.raises(DBAPIError, match="append-only"):
            world.session.execute(text(statement))
        world.session.rollback()


@pytest.mark.parametrize("comment", ["", "   ", "\u200b\x00".replace("\u200b", "")])
def test_an_objection_needs_a_reason(world, comment):
    voter = world.mandate("WMO")
    ballot = makers.open_one(world)
    with pytest.raises(Invalid) as refused:
        makers.cast(world, ballot, voter, "WMO", Position.OBJECT, comment=comment)
    assert (refused.value.code, refused.value.field) == ("board.vote.reason_missing", "comment")
    assert refused.value.message == "Give the reason for WMO’s objection"


def test_a_comment_has_2000_characters_at_most(world):
    voter = world.mandate("WMO")
    ballot = makers.open_one(world)
    assert code_of(makers.cast, world, ballot, voter, "WMO", comment="x" * 2001) == "board.vote.comment_long"
    assert makers.cast(world, ballot, voter, "WMO", comment="é" * 2000).comment == "é" * 2000


def test_who_cannot_vote(world):
    ballot = makers.open_one(world)
    cases = {
        "other partner": world.mandate("FAO"),
        "ended": world.mandate("WMO", ends_on=world.now.date()),
        "not yet": world.mandate("WMO", starts_on=world.now.date() + timedelta(days=1)),
        "secretariat": world.officer(),
        "chair": world.co_chair(),
        "participant": world.participant(),
    }
    for name, person in cases.items():
        code = "board.vote.mandate_ended" if name == "ended" else "board.vote.not_elector"
        assert code_of(makers.cast, world, ballot, person, "WMO") == code
    assert world.session.scalar(select(func.count(Vote.id))) == 0


def test_a_mandate_that_ended_while_the_voter_waited_is_noticed(world):
    """The actor was read before midnight in Geneva, the lock was won after it."""
    voter = world.mandate("WMO", ends_on=world.now.date() + timedelta(days=1))
    ballot = makers.open_one(world)
    actor = world.actor(voter)
    midnight = world.now.replace(hour=23, minute=0)
    kwargs = {
        "cast": CastVote(world.partner("WMO").id, Position.APPROVE, ballot.text_sha256, 0),
        "actor": actor,
    }
    for late in (midnight + TICK, midnight):
        assert code_of(services.cast_vote, world.session, ballot, **kwargs, now=late) == "board.vote.mandate_ended"
    assert world.session.scalar(select(func.count(Vote.id))) == 0
    assert services.cast_vote(world.session, ballot, **kwargs, now=midnight - TICK).revision == 1


def test_a_former_representative_is_refused_from_the_microsecond_on(world, clock):
    voter = world.mandate("WMO", ends_on=world.now.date() + timedelta(days=1))
    ballot = makers.open_one(world)
    midnight = clock.set(world.now.replace(hour=23, minute=0))  # in Geneva
    assert code_of(makers.cast, world, ballot, voter, "WMO") == "board.vote.mandate_ended"
    clock.set(midnight - TICK)
    assert makers.cast(world, ballot, voter, "WMO").revision == 1
    assert entries(world.session, ballot) == ["ballot.opened", "position.cast"]


@pytest.mark.parametrize(
    ("offset", "accepted"),
    [(-SECOND, True), (-TICK, True), (timedelta(0), False), (TICK, False), (SECOND, False)],
)
def test_the_closing_instant_is_exact_with_no_scheduler(world, offset, accepted):
    voter = world.mandate("WMO")
    ballot = makers.open_one(world)
    at = ballot.closes_at + offset
    if accepted:
        assert makers.cast(world, ballot, voter, "WMO", now=at).cast_at == at
    else:
        with pytest.raises(Conflict) as refused:
            makers.cast(world, ballot, voter, "WMO", comment="A long text", now=at)
        assert refused.value.code == "board.ballot.closed"
        assert refused.value.message == (
            "B-26-01 closed at 10:00 Geneva while you were writing. Your comment is below; send it to the Secretariat."
        )
        assert world.session.scalar(select(func.count(Vote.id))) == 0


def test_the_second_half_of_a_double_click_gets_the_same_receipt(world):
    voter = world.mandate("WMO")
    ballot = makers.open_one(world)
    first = makers.cast(world, ballot, voter, "WMO", comment=" Yes ", expected=0)
    again = makers.cast(world, ballot, voter, "WMO", comment="Yes", expected=0)
    assert again is first
    late = makers.cast(world, ballot, voter, "WMO", comment="Yes", expected=0, now=ballot.closes_at + SECOND)
    assert late is first  # it was recorded in time; only the answer came late
    assert len(mails(world.session, "vote_receipt")) == 2  # voter and Secretariat


@pytest.mark.parametrize("difference", ["person", "position", "comment"])
def test_whoever_was_first_is_named_to_the_second(world, difference):
    voter, other = world.mandate("WMO"), world.mandate("WMO", alternate=True)
    ballot = makers.open_one(world)
    first = makers.cast(world, ballot, voter, "WMO", comment="Yes", expected=0)
    with pytest.raises(Conflict) as refused:
        makers.cast(
            world,
            ballot,
            other if difference == "person" else voter,
            "WMO",
            Position.ABSTAIN if difference == "position" else Position.APPROVE,
            comment="No" if difference == "comment" else "Yes",
            expected=0,
        )
    assert refused.value.code == "board.vote.answered"
    assert refused.value.latest is first
    assert voter.full_name in refused.value.message


@pytest.mark.parametrize("expected", [1, 5, -1, 10**12])
def test_a_revision_that_never_was_is_refused(world, expected):
    voter = world.mandate("WMO")
    ballot = makers.open_one(world)
    assert code_of(makers.cast, world, ballot, voter, "WMO", expected=expected) == "board.vote.answered"


def test_a_vote_on_another_text_is_refused(world):
    voter = world.mandate("WMO")
    ballot = makers.open_one(world)
    for other in ("", "0" * 64, "\x00", ballot.text_sha256.upper()):
        assert code_of(makers.cast, world, ballot, voter, "WMO", text_sha256=other) == "board.vote.other_text"
    assert entries(world.session, ballot) == ["ballot.opened"]


def test_the_receipt_goes_to_the_voter_the_other_holder_and_the_secretariat_only(world):
    voter, other = world.mandate("WMO"), world.mandate("WMO", alternate=True)
    world.mandate("FAO")
    ballot = makers.open_one(world)
    makers.cast(world, ballot, voter, "WMO", comment="We welcome it.")
    sent = mails(world.session, "vote_receipt")
    assert sorted(m.to_address for m in sent) == sorted([voter.email, other.email, SECRETARIAT])
    for mail in sent:
        text, html = parts_of(mail, world.session.info)
        assert "B-26-01-WMO-1" in text
        assert "We welcome it." in text
        assert "We welcome it." in html
