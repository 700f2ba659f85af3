"""After the closing: certified under a number, challenged, annulled by two agencies, referred, put again (¶24)."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.integration.board import makers
from tests.integration.board.makers import SECRETARIAT, addresses, cast, code_of, entries, events, mails
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board import electors, history, queries, services
from u4ssc_gov.board.rules import BallotOutcome, BallotState, VotingRule
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.ledger import canonical
from u4ssc_gov.ledger import queries as ledger

SECOND, TICK, DAY = timedelta(seconds=1), timedelta(microseconds=1), timedelta(days=1)
YES, TIED, FEW = "y" * 9, "yyyyyxxxxx", "yyyyy"


@pytest.fixture
def people(world):
    return makers.everybody(world)


@pytest.fixture
def officer(world):
    return world.officer("UNECE")


def closed(world, clock, people, answers, **fields):
    ballot = makers.open_one(world, **fields)
    makers.answer(world, ballot, people, answers)
    clock.set(ballot.closes_at)
    return ballot


def certify(world, ballot, actor=SYSTEM):
    return services.certify_ballot(world.session, ballot, actor=actor, now=world.now)


def state(world, ballot):
    return queries.state_of(ballot, world.now)


def everyone(people):
    return sorted([SECRETARIAT, *(person.email for person in people.values())])


# ── certification ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_certifying_gives_the_outcome_its_number_and_tells_everybody(world, clock, people, officer):
    ballot = closed(world, clock, people, YES)
    certify(world, ballot, world.actor(officer))
    assert (ballot.outcome, ballot.decision_number) == (BallotOutcome.APPROVED, "U4SSC/BM/2026/01")
    assert (ballot.certified_by_id, ballot.challenges_until) == (officer.id, world.now + 10 * DAY)
    assert entries(world.session, ballot)[-2:] == ["ballot.closed", "ballot.certified"]
    last = canonical.decode(ledger.list_ballot_entries(world.session, ballot.id)[-1].entry)
    assert (last["number"], last["outcome"], last["closed_seq"]) == (
        ballot.decision_number,
        "approved",
        ballot.closed_seq,
    )
    assert events(world.session, ballot)[-2:] == ["closed", "certified"]
    audited = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "board:ballot:certify")).one()
    assert audited.details == {"code": ballot.code, "number": "U4SSC/BM/2026/01"}
    told = [mail for mail in mails(world.session, "ballot_outcome") if mail.subject.startswith("Decision")]
    assert sorted(mail.to_address for mail in told) == everyone(people)
    assert "U4SSC/BM/2026/01" in told[0].subject
    before = entries(world.session, ballot)
    assert certify(world, ballot).decision_number == "U4SSC/BM/2026/01"  # a second time changes nothing
    assert entries(world.session, ballot) == before


def test_who_certifies_and_when(world, clock, people):
    ballot = makers.open_one(world)
    clock.set(ballot.closes_at - TICK)
    assert code_of(certify, world, ballot) == "board.ballot.not_closed"
    clock.set(ballot.closes_at)
    for person in (people["WMO"], world.co_chair(), world.participant(), world.person()):
        assert code_of(certify, world, ballot, world.actor(person)) == "board.ballot.secretariat"
    assert code_of(certify, world, makers.make_draft(world)) == "board.ballot.not_closed"
    certify(world, ballot)
    assert (ballot.outcome, ballot.decision_number) == (BallotOutcome.NO_QUORUM, "U4SSC/BM/2026/01")


def test_numbers_count_up_within_the_geneva_year_without_gaps(world, clock):
    clock.set(datetime(2026, 12, 20, 9, 0, tzinfo=UTC))
    ballots = [makers.open_one(world) for _ in range(6)]
    clock.set(datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC))
    numbers = [certify(world, ballot).decision_number for ballot in ballots[:3]]
    services.supersede_by_meeting(world.session, ballots[3], reason="x", actor=SYSTEM, now=world.now)  # takes none
    clock.move(seconds=1)  # midnight in Geneva
    numbers += [certify(world, ballot).decision_number for ballot in ballots[4:]]
    assert numbers == [f"U4SSC/BM/2026/0{n}" for n in (1, 2, 3)] + [f"U4SSC/BM/2027/0{n}" for n in (1, 2)]
    assert [ballot.code for ballot in ballots] == [f"B-26-0{n}" for n in range(1, 7)]


# ── challenges ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("offset", "in_time"), [(-SECOND, True), (-TICK, True), (TICK * 0, False), (SECOND, False)])
def test_the_challenge_window_is_exact(world, clock, people, offset, in_time):
    ballot = certify(world, closed(world, clock, people, YES))
    clock.set(ballot.challenges_until + offset)
    kwargs = {"partner_id": world.partner("WMO").id, "grounds": "No notice.", "now": world.now}
    call = (services.raise_challenge, world.session, ballot)
    if not in_time:
        assert code_of(*call, actor=world.actor(people["WMO"]), **kwargs) == "board.challenge.late"
        assert state(world, ballot) is BallotState.RECORDED
        return
    call[0](*call[1:], actor=world.actor(people["WMO"]), **kwargs)
    clock.move(days=400)
    assert state(world, ballot) is BallotState.CERTIFIED  # until it is answered


def test_a_seat_challenges_once_and_gets_an_answer_with_a_reason(world, clock, people, officer):
    ballot = closed(world, clock, people, YES)
    alternate = world.mandate("WMO", alternate=True)

    def challenge(person, acronym="WMO", grounds="We were not told of the extension."):
        actor, partner_id = world.actor(person), world.partner(acronym).id
        return services.raise_challenge(
            world.session, ballot, partner_id=partner_id, grounds=grounds, actor=actor, now=world.now
        )

    assert code_of(challenge, people["WMO"]) == "board.challenge.late"  # nothing is certified yet
    certify(world, ballot)
    for person, acronym in ((people["WMO"], "FAO"), (officer, "WMO"), (world.co_chair(), "WMO")):
        assert code_of(challenge, person, acronym) == "board.challenge.forbidden"
    assert code_of(challenge, people["WMO"], grounds="\x00") == "board.challenge.grounds_missing"
    assert code_of(challenge, people["WMO"], grounds="x" * 2001) == "board.challenge.grounds_long"
    first, second = challenge(people["WMO"]), challenge(people["FAO"], "FAO")
    assert challenge(alternate) is first
    assert entries(world.session, ballot)[-2:] == ["challenge.raised"] * 2
    assert addresses(world.session, "ballot_news") == sorted([*everyone(people), alternate.email] * 2)

    def decide(one, *, upheld=False, answer="Notice 4 went to all.", actor=None):
        actor = actor or world.actor(officer)
        return services.decide_challenge(
            world.session, ballot, one, upheld=upheld, answer=answer, actor=actor, now=world.now
        )

    assert code_of(decide, first, actor=world.actor(people["WMO"])) == "board.ballot.secretariat"
    assert code_of(decide, first, answer=" ") == "board.challenge.answer_missing"
    decide(first)
    assert ballot.challenged_at is not None  # the other one still waits
    decide(second, upheld=True)
    decide(second, upheld=True)
    assert code_of(decide, second, upheld=False) == "board.challenge.answered"
    assert (ballot.challenged_at, second.upheld) == (None, True)
    assert entries(world.session, ballot)[-2:] == ["challenge.decided"] * 2
    assert events(world.session, ballot)[-4:] == ["challenged", "challenged", "challenge_decided", "challenge_decided"]
    assert "is upheld" in mails(world.session, "ballot_news")[-1].text
    clock.set(ballot.challenges_until)
    assert state(world, ballot) is BallotState.RECORDED


# ── annulment ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("when", ["open", "suspended", "closed", "recorded"])
def test_officers_of_two_agencies_annul_together_and_nothing_is_deleted(world, clock, people, officer, when):
    ballot = makers.open_silence(world) if when == "suspended" else makers.open_one(world)
    if when == "suspended":
        makers.object_to(world, ballot, people["WMO"], "WMO")
    else:
        cast(world, ballot, people["WMO"], "WMO")
    if when in ("closed", "recorded"):
        clock.set(ballot.closes_at)
    if when == "recorded":
        certify(world, ballot)
        clock.set(ballot.challenges_until)
    s, told = world.session, len(mails(world.session, "ballot_news"))
    colleague, other = world.officer("UNECE"), world.officer("ITU")

    def confirm(person):
        return services.confirm_annulment(s, ballot, actor=world.actor(person), now=world.now)

    assert code_of(confirm, other) == "board.annulment.not_asked"
    kwargs = {"reason": "The wrong annex was attached.", "now": world.now}
    for actor in (SYSTEM, world.actor(people["WMO"]), world.actor(world.co_chair())):
        assert code_of(services.ask_annulment, s, ballot, actor=actor, **kwargs) == "board.annulment.forbidden"
    services.ask_annulment(s, ballot, actor=world.actor(officer), **kwargs)
    assert state(world, ballot) is not BallotState.ANNULLED
    assert [mail.to_address for mail in mails(s, "ballot_news")[told:]] == [SECRETARIAT]
    for person in (officer, colleague):
        assert code_of(confirm, person) == "board.annulment.same_agency"
    confirm(other)
    confirm(other)
    assert state(world, ballot) is BallotState.ANNULLED
    assert entries(s, ballot).count("ballot.annulled") == 1
    # what the clock had closed is written down before
    assert events(s, ballot)[-2:] == ["closed" if when == "closed" else "annulment_asked", "annulled"]
    assert ("ballot.closed" in entries(s, ballot)) == (when in ("closed", "recorded"))
    assert sorted(mail.to_address for mail in mails(s, "ballot_news")[told + 1 :]) == everyone(people)
    seats = electors.list_seats(s, ballot.id)
    assert seats[-1].vote is not None
    assert code_of(services.certify_ballot, s, ballot, actor=SYSTEM, now=world.now) == "board.ballot.not_closed"
    assert code_of(services.ask_annulment, s, ballot, actor=world.actor(other), **kwargs) == (
        "board.ballot.not_annullable"
    )
    following = services.draft_next_round(s, ballot, actor=SYSTEM, now=world.now)
    makers.open_draft(world, following)
    assert (following.previous_id, following.round, state(world, ballot)) == (ballot.id, 2, BallotState.ANNULLED)


def test_the_officer_who_asked_does_not_confirm_for_another_agency(world, clock, people):
    officer = world.officer("UNECE")
    ballot = makers.open_one(world)
    now = {"now": world.now}
    services.ask_annulment(world.session, ballot, reason="x", actor=world.actor(officer), **now)
    ballot.annulment_asked_for = "ITU"  # the same person had the other hat on
    assert code_of(services.confirm_annulment, world.session, ballot, actor=world.actor(officer), **now) == (
        "board.annulment.same_agency"
    )


# ── what follows when nothing was decided ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("answers", "outcome", "open_ended"),
    [
        (YES, BallotOutcome.APPROVED, False),
        ("yyyyyxxxxxx", BallotOutcome.NOT_APPROVED, False),
        (TIED, BallotOutcome.TIE, True),
        (FEW, BallotOutcome.NO_QUORUM, True),
    ],
)
def test_a_decision_is_never_put_again_and_what_decided_nothing_may_be(
    world, clock, people, answers, outcome, open_ended
):
    ballot = closed(world, clock, people, answers)
    act = {"actor": SYSTEM, "now": world.now}
    follow, refer = services.draft_next_round, services.refer_to_meeting
    if not open_ended:
        assert code_of(follow, world.session, ballot, **act) == "board.ballot.no_next_round"
        assert code_of(refer, world.session, ballot, reason="x", **act) == "board.ballot.not_referable"
        assert services.record_outcome(world.session, ballot, now=world.now).outcome is outcome
        return
    services.record_outcome(world.session, ballot, now=world.now)
    following = follow(world.session, ballot, **act)
    refer(world.session, ballot, reason="To be discussed.", **act)
    assert (ballot.outcome, state(world, ballot)) == (outcome, BallotState.REFERRED)
    assert addresses(world.session, "ballot_news") == everyone(people)
    # the next round was drafted in the meantime; it can no longer open
    kwargs = {"closes_at": world.now + 5 * DAY, **act}
    assert code_of(services.open_ballot, world.session, following, **kwargs) == "board.ballot.no_next_round"


def test_a_next_round_takes_text_and_papers_along_and_starts_without_positions(world, clock, people):
    ballot = closed(world, clock, people, TIED, documents=(makers.paper("A"), makers.paper("B")))
    following = services.draft_next_round(world.session, ballot, actor=SYSTEM, now=world.now)
    assert [paper.title for paper in queries.list_papers(world.session, following.id)] == ["A", "B"]
    draft = makers.draft_of(title="A second try", previous_id=ballot.id)
    services.update_draft(
        world.session, following, draft, expected_version=following.version, actor=SYSTEM, now=world.now
    )
    makers.open_draft(world, following)
    assert (following.title, following.round) == ("A second try", 2)
    assert all(seat.vote is None for seat in electors.list_seats(world.session, following.id))
    opened = canonical.decode(ledger.list_ballot_entries(world.session, following.id)[0].entry)
    assert (opened["round"], opened["previous"]) == (2, ballot.code)
    assert entries(world.session, ballot)[-1] == "ballot.superseded"
    assert history.list_events(world.session, ballot.id)[-1].details["next"] == following.code


def test_a_ballot_that_builds_on_another_waits_until_that_one_is_approved_and_certified(world, clock, people):
    first = makers.open_one(world)
    second = makers.make_draft(world, after_id=first.id)

    def opening():
        return code_of(makers.open_draft, world, second)

    assert opening() == "board.ballot.order"
    makers.answer(world, first, people, YES)
    clock.set(first.closes_at)
    services.record_outcome(world.session, first, now=world.now)
    assert opening() == "board.ballot.order"
    certify(world, first)
    assert makers.open_draft(world, second).opens_at == world.now
    failed = certify(world, closed(world, clock, people, FEW))
    third = makers.make_draft(world, after_id=failed.id)
    assert code_of(makers.open_draft, world, third) == "board.ballot.order"


def test_a_rule_that_cannot_be_met_on_the_opening_day_is_noticed_at_opening(world):
    ballot = makers.make_draft(world, rule=VotingRule(min_approvals=16))
    world.partner("WMO").left_on = world.now.date()
    world.session.flush()
    assert code_of(makers.open_draft, world, ballot) == "board.ballot.rule_unreachable"
