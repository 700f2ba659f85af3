"""A ballot is withdrawn, reminded of, and its outcome recorded once."""

from datetime import timedelta

from sqlalchemy import func, select

from tests.factories import ACRONYMS
from tests.integration.board import makers
from tests.integration.board.makers import SECRETARIAT, addresses, code_of, entries, events, mails
from tests.integration.board.services.helpers import SECOND, TICK
from u4ssc_gov.board import services
from u4ssc_gov.board.models import Elector
from u4ssc_gov.board.rules import BallotOutcome
from u4ssc_gov.core.actor import SYSTEM


def test_withdrawing_needs_a_reason_and_tells_everybody(world):
    people = makers.everybody(world)
    ballot = makers.open_one(world)
    kwargs = {"actor": SYSTEM, "now": world.now}
    assert (
        code_of(services.withdraw_ballot, world.session, ballot, reason=" ", **kwargs) == "board.draft.reason_missing"
    )
    services.withdraw_ballot(world.session, ballot, reason="The candidate stepped back.", **kwargs)
    assert addresses(world.session, "ballot_news") == sorted([SECRETARIAT, *(p.email for p in people.values())])
    assert all("stepped back" in m.text for m in mails(world.session, "ballot_news"))
    assert entries(world.session, ballot) == ["ballot.opened", "ballot.withdrawn"]
    assert (events(world.session, ballot), ballot.outcome) == (["opened", "withdrawn"], None)
    assert code_of(makers.cast, world, ballot, people["WMO"], "WMO") == "board.ballot.withdrawn"
    assert code_of(services.withdraw_ballot, world.session, ballot, reason="x", **kwargs) == "board.ballot.ended"


def test_a_draft_is_withdrawn_in_silence_and_a_closed_ballot_not_at_all(world):
    makers.everybody(world)
    draft = makers.make_draft(world)
    services.withdraw_ballot(world.session, draft, reason="Not needed", actor=SYSTEM, now=world.now)
    assert mails(world.session, "ballot_news") == []
    kwargs = {"closes_at": world.now + timedelta(days=5), "actor": SYSTEM, "now": world.now}
    assert code_of(services.open_ballot, world.session, draft, **kwargs) == "board.ballot.not_draft"
    ballot = makers.open_one(world)
    kwargs = {"reason": "x", "actor": SYSTEM, "now": ballot.closes_at}
    assert code_of(services.withdraw_ballot, world.session, ballot, **kwargs) == "board.ballot.ended"


def test_reminders_go_to_those_who_have_not_voted_once_a_day(world, clock):
    people = makers.everybody(world)
    officer = world.officer()
    ballot = makers.open_one(world, days=10)
    makers.cast(world, ballot, people["WMO"], "WMO")
    actor = world.actor(officer)
    assert services.remind_partners(world.session, ballot, actor=actor, now=world.now) == 15
    assert people["WMO"].email not in {m.to_address for m in mails(world.session, "ballot_reminder")}
    kwargs = {"actor": actor, "now": world.now}
    assert code_of(services.remind_partners, world.session, ballot, **kwargs) == "board.reminder.today"
    clock.set(clock.now().replace(hour=23, minute=1))  # the next day in Geneva
    assert services.remind_partners(world.session, ballot, actor=actor, now=world.now) == 15
    makers.on_record(world, ballot, officer, "ITU")  # keeps it open: the partner may still vote itself
    for acronym in ACRONYMS[1:]:
        makers.cast(world, ballot, people[acronym], acronym)
    clock.move(days=1)
    kwargs = {"actor": actor, "now": world.now}
    assert code_of(services.remind_partners, world.session, ballot, **kwargs) == "board.reminder.nobody"
    assert code_of(
        services.remind_partners, world.session, ballot, actor=world.actor(people["WMO"]), now=world.now
    ) == ("board.ballot.secretariat")
    assert code_of(services.remind_partners, world.session, ballot, actor=actor, now=ballot.closes_at) == (
        "board.ballot.not_open"
    )


def test_the_outcome_is_recorded_and_mailed_once(world, clock):
    people = makers.everybody(world)
    world.mandate("FAO", people["WMO"], alternate=True)
    ballot = makers.open_one(world, if_approved="She follows on 1 January.")
    for acronym in ACRONYMS[:9]:
        makers.cast(world, ballot, people[acronym], acronym)
    assert code_of(services.record_outcome, world.session, ballot, now=ballot.closes_at - TICK) == (
        "board.ballot.not_closed"
    )
    services.record_outcome(world.session, ballot, now=ballot.closes_at)
    assert (ballot.outcome, ballot.outcome_recorded_at) == (BallotOutcome.APPROVED, ballot.closes_at)
    services.record_outcome(world.session, ballot, now=ballot.closes_at + SECOND)
    sent = mails(world.session, "ballot_outcome")
    assert len(sent) == 17  # 16 people, one of whom votes for two partners, and the Secretariat
    assert sent[0].subject.startswith("Approved: B-26-01")
    assert "At least 9 of 16 partners answer (9): met" in sent[0].text
    assert "She follows on 1 January." in sent[0].text


def test_electors_are_copied_once_for_each_ballot(world):
    makers.open_one(world)
    makers.open_one(world)
    assert world.session.scalar(select(func.count(Elector.id))) == 32
