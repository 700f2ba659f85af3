"""Opening freezes text, documents, rule and electors, and tells everybody once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from tests.factories import ACRONYMS
from tests.integration.board import makers
from tests.integration.board.makers import code_of, entries, events, mails
from tests.integration.board.services.helpers import TICK
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board import electors, queries, services
from u4ssc_gov.board.rules import BallotState, VotingRule
from u4ssc_gov.core.actor import SYSTEM


def test_opening_copies_electors_and_freezes_text_and_documents(world):
    ballot = makers.open_one(world, documents=(makers.paper(),))
    seats = electors.list_seats(world.session, ballot.id)
    assert [seat.acronym for seat in seats] == list(ACRONYMS)
    papers = queries.list_documents(world.session, ballot.id)
    assert ballot.text_sha256 == services.text_digest(ballot, papers)
    assert entries(world.session, ballot) == ["ballot.opened"]
    assert events(world.session, ballot) == ["opened"]
    audited = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "board:ballot:open")).one()
    assert audited.details == {"code": ballot.code, "sha256": ballot.text_sha256}
    world.partner("WMO").acronym = "WMO-2"
    world.session.flush()
    assert electors.list_seats(world.session, ballot.id)[-1].acronym == "WMO"


def test_the_database_refuses_to_change_an_open_ballot(world):
    ballot = makers.open_one(world)
    world.commit()
    ballot.decision_text = "Something else"
    with pytest.raises(DBAPIError, match="frozen"):
        world.session.flush()
    world.session.rollback()
    for statement in ("DELETE FROM elector", "UPDATE elector SET acronym = 'X'"):
        with pytest.raises(DBAPIError, match="append-only"):
            world.session.execute(text(statement))
        world.session.rollback()


def test_a_partner_that_left_or_has_not_joined_is_no_elector(world):
    world.partners()
    today = world.now.date()
    world.partner("CBD").left_on = today
    world.partner("FAO").joined_on = today + timedelta(days=1)
    world.partner("ITU").left_on = today + timedelta(days=1)
    ballot = makers.open_one(world)
    found = {seat.acronym for seat in electors.list_seats(world.session, ballot.id)}
    assert found == set(ACRONYMS) - {"CBD", "FAO"}


@pytest.mark.parametrize(
    ("after", "code"),
    [
        (timedelta(hours=72), None),
        (timedelta(hours=72) - TICK, "board.ballot.too_short"),
        (timedelta(days=90), None),
        (timedelta(days=90) + TICK, "board.ballot.too_long"),
        (timedelta(days=-1), "board.ballot.too_short"),
    ],
)
def test_how_long_a_ballot_is_open(world, after, code):
    ballot = makers.make_draft(world)
    closes_at = world.now + after
    if code is None:
        services.open_ballot(world.session, ballot, closes_at=closes_at, actor=SYSTEM, now=world.now)
        assert queries.state_of(ballot, world.now) is BallotState.OPEN
    else:
        kwargs = {"closes_at": closes_at, "actor": SYSTEM, "now": world.now}
        assert code_of(services.open_ballot, world.session, ballot, **kwargs) == code


def test_a_ballot_opens_once(world):
    ballot = makers.open_one(world)
    later = world.now + timedelta(days=5)
    kwargs = {"closes_at": later, "actor": SYSTEM, "now": world.now}
    assert code_of(services.open_ballot, world.session, ballot, **kwargs) == "board.ballot.not_draft"
    kwargs = {"expected_version": ballot.version, "actor": SYSTEM, "now": world.now}
    assert (
        code_of(services.update_draft, world.session, ballot, makers.draft_of(), **kwargs) == "board.ballot.not_draft"
    )


def test_a_rule_that_cannot_be_met_is_refused(world):
    ballot = makers.make_draft(world, rule=VotingRule(min_approvals=17))
    kwargs = {"closes_at": world.now + timedelta(days=5), "actor": SYSTEM, "now": world.now}
    assert code_of(services.open_ballot, world.session, ballot, **kwargs) == "board.ballot.rule_unreachable"


def test_everybody_who_may_vote_is_mailed_once_for_each_partner(world):
    first, second = world.mandate("WMO"), world.mandate("WMO", alternate=True)
    world.mandate("FAO", first)
    world.mandate("UNEP", ends_on=world.now.date())  # ended today
    makers.open_one(world)
    sent = mails(world.session, "ballot_opened")
    assert sorted((m.to_address, m.subject.split(" by ")[0]) for m in sent) == sorted(
        [(first.email, "Vote for FAO"), (first.email, "Vote for WMO"), (second.email, "Vote for WMO")]
    )
    assert all(len(m.subject) <= 60 for m in sent)
    assert all(makers.DECISION in m.text for m in sent)
    assert all("/ballots/B-26-01" in m.html for m in sent)
    assert "Fri 27 Nov" in sent[0].text
