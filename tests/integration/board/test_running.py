"""An open ballot: votes on record, early close, extension, remarks, corrections of wording, outages (¶24)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.factories import ACRONYMS
from tests.integration.board import makers
from tests.integration.board.makers import SECRETARIAT, addresses, cast, code_of, entries, events, mails, object_to
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board import electors, history, queries, services
from u4ssc_gov.board.models import Remark, Vote
from u4ssc_gov.board.rules import BallotOutcome, BallotState, Capacity, Position, VotingRule
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.documents.models import StoredFile

SECOND, TICK, HOUR, DAY = timedelta(seconds=1), timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def people(world):
    return makers.everybody(world)


@pytest.fixture
def officer(world):
    return world.officer()


def state(world, ballot):
    return queries.state_of(ballot, world.now)


def everyone(people, *more):
    return sorted([SECRETARIAT, *more, *(person.email for person in people.values())])


def audits(world, action):
    return world.session.scalars(select(AuditRecord).where(AuditRecord.action == action)).all()


# ── answers of a vote ────────────────────────────────────────────────────────────────────────────────────────────────


def test_approving_with_comments_needs_comments_and_counts_as_approval(world, people):
    ballot = makers.open_one(world)
    position = Position.APPROVE_WITH_COMMENTS
    assert code_of(cast, world, ballot, people["WMO"], "WMO", position) == "board.vote.comment_missing"
    cast(world, ballot, people["WMO"], "WMO", position, comment="Mind annex 2.")
    counts = electors.tally_of(electors.list_seats(world.session, ballot.id))
    assert (counts.approve, counts.with_comments) == (1, 1)
    assert code_of(cast, world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION) == "board.vote.not_offered"


def test_who_recuses_itself_leaves_the_base(world, clock, people):
    ballot = makers.open_one(world)
    makers.answer(world, ballot, people, "rrryyyyyoo")  # 7 of 13 answered: more than half
    clock.set(ballot.closes_at)
    services.record_outcome(world.session, ballot, now=world.now)
    assert ballot.outcome is BallotOutcome.APPROVED
    assert "3 recused" in mails(world.session, "ballot_outcome")[0].text


# ── on record ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_secretariat_records_an_e_mail_with_its_evidence_and_the_seat_is_told(world, people, officer):
    alternate = world.mandate("WMO", alternate=True)
    ballot = makers.open_one(world)
    vote = makers.on_record(world, ballot, officer, "WMO", Position.ABSTAIN)
    assert (vote.capacity, vote.cast_by_id) == (Capacity.ON_RECORD, officer.id)
    assert world.session.get(StoredFile, vote.evidence_id).file_name == "mail.pdf"
    assert addresses(world.session, "vote_receipt") == sorted([SECRETARIAT, people["WMO"].email, alternate.email])
    assert entries(world.session, ballot) == ["ballot.opened", "position.cast"]
    again = makers.on_record(world, ballot, officer, "WMO", Position.ABSTAIN, expected=0)
    assert again is vote  # the second half of a double click
    assert len(mails(world.session, "vote_receipt")) == 3
    corrected = makers.on_record(world, ballot, officer, "WMO", Position.APPROVE)
    assert (corrected.revision, corrected.capacity) == (2, Capacity.ON_RECORD)


@pytest.mark.parametrize("who", ["representative", "co_chair", "participant", "anybody"])
def test_nobody_else_records_for_a_seat(world, people, who):
    ballot = makers.open_one(world)
    person = {
        "representative": people["FAO"],
        "co_chair": world.co_chair(),
        "participant": world.participant(),
        "anybody": world.person(),
    }[who]
    assert code_of(makers.on_record, world, ballot, person, "WMO") == "board.ballot.secretariat"


def test_an_officer_who_also_represents_a_seat_votes_for_it_anew(world, people):
    both = world.officer("ITU")
    world.mandate("ITU", both)
    ballot = makers.open_one(world)
    makers.on_record(world, ballot, both, "ITU")
    # the same words are not taken for a double click: what was recorded is not the seat's own vote
    assert code_of(cast, world, ballot, both, "ITU", expected=0) == "board.vote.answered"
    own = cast(world, ballot, both, "ITU")
    assert [own.revision, own.capacity] == [2, Capacity.REPRESENTATIVE]
    assert code_of(makers.on_record, world, ballot, both, "ITU") == "board.vote.own_vote_stands"


# ── early close and extension ────────────────────────────────────────────────────────────────────────────────────────


def test_a_vote_closes_at_once_when_every_seat_has_answered_itself(world, clock, people, officer):
    ballot = makers.open_one(world)
    makers.on_record(world, ballot, officer, "ITU")
    makers.answer(world, ballot, people, "-" + "y" * 15)
    assert state(world, ballot) is BallotState.OPEN  # ITU may still say it itself
    clock.move(hours=1)
    cast(world, ballot, people["ITU"], "ITU", Position.RECUSE)
    assert (state(world, ballot), ballot.closes_at) == (BallotState.CLOSED, world.now)
    assert (ballot.outcome, ballot.cause.value) == (BallotOutcome.APPROVED, "all_answered")
    assert addresses(world.session, "ballot_outcome") == everyone(people)
    assert code_of(cast, world, ballot, people["WMO"], "WMO", Position.OBJECT, comment="x") == "board.ballot.closed"
    assert entries(world.session, ballot)[-1] == "ballot.closed"


def test_a_rule_may_say_that_nothing_closes_early(world, people):
    ballot = makers.open_one(world, rule=VotingRule(early_close=False))
    makers.answer(world, ballot, people, "y" * 16)
    assert state(world, ballot) is BallotState.OPEN


def test_an_extension_is_told_to_all_once_and_before_the_closing(world, clock, people, officer):
    ballot = makers.open_one(world)
    was = ballot.closes_at
    act = {"actor": world.actor(officer), "reason": "The annex came late."}
    for closes_at in (was, was - TICK, was + 7 * DAY + TICK):
        kwargs = {"closes_at": closes_at, "now": world.now, **act}
        assert code_of(services.extend_ballot, world.session, ballot, **kwargs) == "board.extension.length"
    clock.set(was - TICK)
    services.extend_ballot(world.session, ballot, closes_at=was + 7 * DAY, now=world.now, **act)
    assert (ballot.closes_at, ballot.extended_at) == (was + 7 * DAY, was - TICK)
    assert entries(world.session, ballot) == ["ballot.opened", "ballot.extended"]
    assert events(world.session, ballot) == ["opened", "extended"]
    assert len(audits(world, "board:ballot:extend")) == 1
    assert addresses(world.session, "ballot_news") == everyone(people)
    assert all("The annex came late." in mail.text for mail in mails(world.session, "ballot_news"))
    clock.move(days=1)
    assert cast(world, ballot, people["WMO"], "WMO").revision == 1
    kwargs = {"closes_at": ballot.closes_at + DAY, "now": world.now, **act}
    assert code_of(services.extend_ballot, world.session, ballot, **kwargs) == "board.extension.twice"
    kwargs["now"] = ballot.closes_at
    assert code_of(services.extend_ballot, world.session, ballot, **kwargs) == "board.extension.not_open"


@pytest.mark.parametrize(
    ("reason", "rule", "code"),
    [
        (" ", None, "board.draft.reason_missing"),
        ("x" * 601, None, "board.draft.reason_long"),
        ("x", VotingRule(extension_days=0), "board.extension.twice"),
    ],
)
def test_refused_extensions(world, reason, rule, code):
    ballot = makers.open_one(world, rule=rule)
    kwargs = {"closes_at": ballot.closes_at + DAY, "reason": reason, "actor": SYSTEM, "now": world.now}
    assert code_of(services.extend_ballot, world.session, ballot, **kwargs) == code


# ── a meeting decides first, and the platform was down ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize("when", ["scheduled", "open", "closed"])
def test_a_meeting_that_decided_ends_the_ballot_without_an_outcome(world, clock, people, officer, when):
    ballot = makers.make_draft(world)
    later = {"opens_at": world.now + DAY} if when == "scheduled" else {}
    act = {"actor": world.actor(officer), "now": world.now}
    supersede = (services.supersede_by_meeting, world.session, ballot)
    assert code_of(*supersede, reason="x", **act) == "board.ballot.ended"  # a draft is given up, not superseded
    services.open_ballot(world.session, ballot, closes_at=world.now + 6 * DAY, **later, **act)
    if when == "closed":
        clock.set(ballot.closes_at)
    act["now"] = world.now
    assert code_of(*supersede, reason="", **act) == "board.draft.reason_missing"
    services.supersede_by_meeting(world.session, ballot, reason="Annual meeting, item 4.", **act)
    # what the clock had closed is written down before it ends another way
    written, outcome = (["ballot.closed"], BallotOutcome.NO_QUORUM) if when == "closed" else ([], None)
    assert (state(world, ballot), ballot.outcome) == (BallotState.SUPERSEDED, outcome)
    assert entries(world.session, ballot) == ["ballot.opened", *written, "ballot.superseded"]
    assert addresses(world.session, "ballot_news") == everyone(people)
    assert "Annual meeting, item 4." in mails(world.session, "ballot_news")[0].text
    assert code_of(cast, world, ballot, people["WMO"], "WMO") == "board.ballot.ended"
    assert code_of(*supersede, reason="x", **act) == "board.ballot.ended"
    assert code_of(services.certify_ballot, world.session, ballot, **act) == "board.ballot.not_closed"


@pytest.mark.parametrize(("answers", "again"), [("yyyyyyy", True), ("yyyyyyyy", False)])
def test_an_outage_is_noted_and_allows_another_round_only_when_few_had_answered(
    world, clock, people, officer, answers, again
):
    rule = VotingRule(quorum_num=1, quorum_den=4)
    ballot = makers.open_one(world, rule=rule)
    makers.answer(world, ballot, people, answers)
    act = {"actor": world.actor(officer)}
    since, until = ballot.closes_at - 2 * HOUR, ballot.closes_at + HOUR
    note = (services.record_outage, world.session, ballot)
    assert code_of(*note, since=since, until=since + SECOND, now=world.now, **act) == "board.outage.state"
    clock.set(ballot.closes_at + 2 * HOUR)
    act["now"] = world.now
    for wrong in (
        {"since": until, "until": since},
        {"since": since, "until": world.now + SECOND},
        {"since": since - 3 * DAY, "until": ballot.closes_at - DAY - SECOND},
        {"since": ballot.closes_at, "until": until},
    ):
        assert code_of(*note, **wrong, **act) == "board.outage.period"
    assert code_of(services.draft_next_round, world.session, ballot, **act) == "board.ballot.no_next_round"
    services.record_outage(world.session, ballot, since=since, until=until, **act)
    assert ballot.closes_at == since + 2 * HOUR  # nothing follows by itself
    assert events(world.session, ballot)[-1] == "outage"
    if again:
        assert services.draft_next_round(world.session, ballot, **act).round == 2
    else:
        assert code_of(services.draft_next_round, world.session, ballot, **act) == "board.ballot.no_next_round"
    services.certify_ballot(world.session, ballot, **act)
    assert code_of(*note, since=since, until=until, **act) == "board.outage.state"


# ── remarks and corrections of wording ───────────────────────────────────────────────────────────────────────────────


def test_remarks_are_kept_and_decide_nothing(world, clock):
    ballot = makers.open_silence(world)
    speakers = [world.co_chair(), world.participant(), world.officer()]
    for person in speakers:
        actor = world.actor(person)
        add = lambda words, actor=actor: services.add_remark(world.session, ballot, words, actor=actor, now=world.now)  # noqa: E731
        first = add("We object to chapter 4.\x00 ")
        assert add("We object to chapter 4.") is first  # the same words sent twice are one remark
        assert code_of(add, " ") == "board.remark.text_missing"
        assert code_of(add, "x" * 2001) == "board.remark.text_long"
    assert [remark.by_id for remark in history.list_remarks(world.session, ballot.id)] == [p.id for p in speakers]
    assert state(world, ballot) is BallotState.OPEN
    assert entries(world.session, ballot) == ["ballot.opened"]
    clock.set(ballot.closes_at)
    assert code_of(add, "late") == "board.ballot.not_open"
    assert services.record_outcome(world.session, ballot, now=world.now).outcome is BallotOutcome.APPROVED


def test_a_partner_answers_with_its_position_and_not_with_a_remark(world, people):
    ballot = makers.open_one(world)
    actor = world.actor(people["WMO"])
    assert code_of(services.add_remark, world.session, ballot, "x", actor=actor, now=world.now) == (
        "board.remark.forbidden"
    )
    assert code_of(services.add_remark, world.session, ballot, "x", actor=SYSTEM, now=world.now) == (
        "board.remark.forbidden"
    )
    assert world.session.scalar(select(func.count(Remark.id))) == 0


def test_a_correction_is_offered_and_only_the_objector_agrees(world, people, officer):
    ballot = makers.open_silence(world)
    chair, partner = world.co_chair(), world.partner("WMO").id
    alternate = world.mandate("WMO", alternate=True)

    def offer(person, partner_id=partner, text="Replace “shall” by “may”."):
        actor = world.actor(person)
        return services.propose_editorial(
            world.session, ballot, partner_id=partner_id, text=text, actor=actor, now=world.now
        )

    assert code_of(offer, officer) == "board.editorial.state"
    object_to(world, ballot, people["WMO"], "WMO")
    told = len(mails(world.session, "ballot_news"))
    assert code_of(offer, world.participant()) == "board.editorial.forbidden"
    assert code_of(offer, people["WMO"]) == "board.editorial.forbidden"
    assert code_of(offer, officer, world.partner("FAO").id) == "board.editorial.no_objection"
    assert code_of(offer, officer, text="\x00") == "board.editorial.text_missing"
    note = offer(chair)
    assert offer(officer) is note
    assert state(world, ballot) is BallotState.SUSPENDED
    offered = mails(world.session, "ballot_news")[told:]
    assert sorted(mail.to_address for mail in offered) == sorted([people["WMO"].email, alternate.email])
    cast(world, ballot, alternate, "WMO", Position.NO_OBJECTION)
    assert state(world, ballot) is BallotState.OPEN
    assert events(world.session, ballot) == ["opened", "suspended", "editorial", "resumed"]


# ── scheduling ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_scheduled_ballot_opens_by_itself_with_the_electors_and_mandates_of_that_day(world, clock):
    world.partners()
    opening = world.now + 3 * DAY
    world.partner("CBD").left_on = opening.date()
    world.partner("FAO").joined_on = opening.date()
    early = world.mandate("WMO", ends_on=opening.date())
    late = world.mandate("WMO", alternate=True, starts_on=opening.date())
    ballot = makers.make_draft(world)
    act = {"actor": SYSTEM, "now": world.now}
    for opens_at, code in ((world.now - TICK, "board.ballot.past"), (opening, "board.ballot.too_short")):
        kwargs = {"opens_at": opens_at, "closes_at": opening + 2 * DAY, **act}
        assert code_of(services.open_ballot, world.session, ballot, **kwargs) == code
    services.open_ballot(world.session, ballot, opens_at=opening, closes_at=opening + 4 * DAY, **act)
    assert (state(world, ballot), events(world.session, ballot)) == (BallotState.SCHEDULED, ["scheduled"])
    assert [seat.acronym for seat in electors.list_seats(world.session, ballot.id)] == [
        acronym for acronym in ACRONYMS if acronym != "CBD"
    ]
    assert mails(world.session, "ballot_opened") == []
    assert code_of(cast, world, ballot, early, "WMO") == "board.ballot.not_open"
    clock.set(opening - TICK)
    assert services.tell_opening(world.session, ballot, now=world.now) is False
    clock.set(opening)
    assert code_of(cast, world, ballot, early, "WMO") == "board.vote.mandate_ended"
    assert services.tell_opening(world.session, ballot, now=world.now) is True
    assert services.tell_opening(world.session, ballot, now=world.now) is False
    assert addresses(world.session, "ballot_opened") == [late.email]
    cast(world, ballot, late, "WMO")
    assert world.session.scalar(select(func.count(Vote.id))) == 1


def test_opening_writes_down_which_seats_nobody_speaks_for(world):
    world.mandate("WMO")
    ballot = makers.open_one(world)
    (opened,) = history.list_events(world.session, ballot.id)
    assert opened.details["silent"] == [acronym for acronym in ACRONYMS if acronym != "WMO"]
