"""The 25 edge cases of the governance practice, each under its number: what the platform does then (¶20 to ¶24)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.factories import ACRONYMS
from tests.integration.board import makers
from tests.integration.board.makers import cast, code_of, entries, events, mails, object_to
from u4ssc_gov.board import electors, history, queries, rules, services
from u4ssc_gov.board.rules import BallotOutcome, BallotState, BallotType, Position, Visibility, VotingRule
from u4ssc_gov.core.actor import SYSTEM, OfficeKind
from u4ssc_gov.core.dates import GENEVA
from u4ssc_gov.core.errors import Conflict
from u4ssc_gov.tenures import queries as tenures
from u4ssc_gov.workflows import outcomes

SECOND, TICK, HOUR, DAY = timedelta(seconds=1), timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def people(world):
    return makers.everybody(world)


def state(world, ballot):
    return queries.state_of(ballot, world.now)


def seat(world, ballot, acronym):
    return next(one for one in electors.list_seats(world.session, ballot.id) if one.acronym == acronym)


def close(world, clock, ballot):
    clock.set(max(world.now, ballot.closes_at))
    return services.record_outcome(world.session, ballot, now=world.now)


def answered(world, clock, people, answers, **fields):
    ballot = makers.open_one(world, days=14, **fields)
    makers.answer(world, ballot, people, answers)
    return close(world, clock, ballot)


def test_edge_01_representative_and_alternate_vote_seconds_apart(world, clock, people):
    """Who has not seen the other's vote is told of it; who has seen it may change it. The last counts, both know."""
    alternate = world.mandate("WMO", alternate=True)
    ballot = makers.open_one(world)
    cast(world, ballot, people["WMO"], "WMO")
    clock.move(seconds=2)
    with pytest.raises(Conflict) as refused:
        cast(world, ballot, alternate, "WMO", Position.OBJECT, comment="No.", expected=0)
    assert people["WMO"].full_name in refused.value.message
    cast(world, ballot, alternate, "WMO", Position.OBJECT, comment="No.", expected=1)
    assert [one.position for one in seat(world, ballot, "WMO").revisions] == [Position.APPROVE, Position.OBJECT]
    to = [mail.to_address for mail in mails(world.session, "vote_receipt")]
    assert to.count(people["WMO"].email) == to.count(alternate.email) == 2


def test_edge_02_the_representative_changes_mid_ballot(world, clock):
    """The seat's position stands until the new person changes it."""
    monday = world.now.date()
    old = world.mandate("WMO", ends_on=monday + DAY)
    new = world.mandate("WMO", starts_on=monday + DAY)
    ballot = makers.open_one(world)
    cast(world, ballot, old, "WMO")
    clock.move(days=1)
    assert code_of(cast, world, ballot, old, "WMO", Position.ABSTAIN) == "board.vote.mandate_ended"
    assert seat(world, ballot, "WMO").position is Position.APPROVE
    cast(world, ballot, new, "WMO", Position.ABSTAIN)
    assert [one.cast_by_id for one in seat(world, ballot, "WMO").revisions] == [old.id, new.id]


def test_edge_03_a_partner_joins_or_leaves_mid_ballot(world, clock):
    """The electors are those of the opening day: a seat that left keeps its place and what it said, and says no more;
    a partner that joined waits for the next ballot."""
    world.partners()
    wmo, fao = world.partner("WMO"), world.partner("FAO")
    wmo.left_on, fao.joined_on = (world.now + DAY).date(), (world.now + DAY).date()
    voter, newcomer = world.mandate("WMO"), world.mandate("FAO")
    ballot = makers.open_one(world)
    cast(world, ballot, voter, "WMO")
    clock.move(days=2)
    assert code_of(cast, world, ballot, voter, "WMO", Position.ABSTAIN) == "board.vote.not_elector"
    assert code_of(cast, world, ballot, newcomer, "FAO") == "board.vote.not_elector"
    seats = electors.list_seats(world.session, ballot.id)
    assert (len(seats), electors.tally_of(seats).approve) == (15, 1)
    following = makers.open_one(world)
    found = [one.acronym for one in electors.list_seats(world.session, following.id)]
    assert ("FAO" in found, "WMO" in found) == (True, False)


def test_edge_04_a_seat_nobody_speaks_for(world, clock):
    """It counts in the seats, cannot vote, and the history of the opening names it."""
    people = {acronym: world.mandate(acronym) for acronym in ACRONYMS[:9]}
    ballot = makers.open_one(world, days=14)
    (opened,) = history.list_events(world.session, ballot.id)
    assert opened.details["silent"] == list(ACRONYMS[9:])
    makers.answer(world, ballot, people, "y" * 8)
    assert state(world, ballot) is BallotState.OPEN  # nobody answers for seven seats: no early close
    close(world, clock, ballot)
    assert ballot.outcome is BallotOutcome.NO_QUORUM  # eight of sixteen, not eight of nine


def test_edge_05_seats_recuse_themselves_and_all_of_them(world, clock, people):
    some = answered(world, clock, people, "r" * 5 + "yyyyyo")
    assert some.outcome is BallotOutcome.APPROVED  # six of eleven
    everyone = makers.open_one(world)
    makers.answer(world, everyone, people, "r" * 16)
    assert (state(world, everyone), everyone.outcome) == (BallotState.CLOSED, BallotOutcome.NO_QUORUM)
    silent = makers.open_silence(world)
    makers.answer(world, silent, people, "r" * 16)
    assert close(world, clock, silent).outcome is BallotOutcome.NO_QUORUM
    for ballot in (everyone, silent):
        services.refer_to_meeting(world.session, ballot, reason="All are concerned.", actor=SYSTEM, now=world.now)
        assert state(world, ballot) is BallotState.REFERRED


def test_edge_06_all_abstain(world, clock, people):
    """There is a quorum and nobody to be a majority of: not approved, and nothing is divided by zero."""
    for base in rules.PassBase:
        rule = VotingRule(pass_base=base, pass_num=0, pass_at_least=True, min_approvals=0, early_close=False)
        ballot = answered(world, clock, people, "o" * 16, rule=rule)
        assert ballot.outcome is BallotOutcome.NOT_APPROVED
        entered = mails(world.session, "ballot_outcome")[-1].text
        assert "16 abstain" in entered


@pytest.mark.parametrize(
    ("seats", "answers", "outcome"),
    [
        (16, "y" * 11, BallotOutcome.APPROVED),
        (16, "y" * 10, BallotOutcome.NOT_APPROVED),
        (15, "y" * 10, BallotOutcome.APPROVED),
        (15, "y" * 9, BallotOutcome.NOT_APPROVED),
        (16, "y" * 11 + "x" * 4, BallotOutcome.APPROVED),
        (16, "y" * 11 + "x" * 5, BallotOutcome.NOT_APPROVED),
        (15, "y" * 11 + "x" * 4, BallotOutcome.NOT_APPROVED),
    ],
)
def test_edge_07_two_thirds_a_quarter_and_a_tie_in_whole_numbers(world, clock, people, seats, answers, outcome):
    if seats == 15:
        world.partner("WMO").left_on = world.now.date()
    ballot = makers.open_one(world, days=28, **makers.terms_fields(world))
    makers.answer(world, ballot, people, answers)
    assert close(world, clock, ballot).outcome is outcome
    tied = makers.open_one(world)
    makers.answer(world, tied, people, "y" * 7 + "x" * 7)
    assert close(world, clock, tied).outcome is BallotOutcome.TIE


def test_edge_08_an_objection_one_second_early_one_second_late_and_one_of_two_lifted(world, clock, people):
    ballot = makers.open_silence(world)
    clock.set(ballot.closes_at - SECOND)
    object_to(world, ballot, people["WMO"], "WMO")
    assert state(world, ballot) is BallotState.SUSPENDED
    late = makers.open_silence(world)
    clock.set(late.closes_at + SECOND)
    assert code_of(object_to, world, late, people["WMO"], "WMO") == "board.ballot.closed"
    assert services.record_outcome(world.session, late, now=world.now).outcome is BallotOutcome.APPROVED
    rule = replace(rules.default_rule(BallotType.DELIVERABLE), silence_break=2)
    both = makers.open_silence(world, rule=rule)
    for acronym in ("WMO", "FAO"):
        object_to(world, both, people[acronym], acronym)
    assert state(world, both) is BallotState.SUSPENDED
    cast(world, both, people["WMO"], "WMO", Position.NO_OBJECTION)
    assert state(world, both) is BallotState.OPEN  # the other one stands and alone breaks nothing
    assert seat(world, both, "FAO").position is Position.OBJECT


def test_edge_09_an_objection_by_somebody_without_a_seat(world, clock):
    """It is kept as a remark and does not break the silence."""
    ballot = makers.open_silence(world)
    for person in (world.participant(), world.co_chair(), world.leader(world.group())):
        actor = world.actor(person)
        assert code_of(object_to, world, ballot, person, "WMO") == "board.vote.not_elector"
        services.add_remark(world.session, ballot, "We object: amend annex 1.", actor=actor, now=world.now)
    assert state(world, ballot) is BallotState.OPEN
    assert len(history.list_remarks(world.session, ballot.id)) == 3
    assert close(world, clock, ballot).outcome is BallotOutcome.APPROVED


def test_edge_10_an_objection_that_only_corrects_spelling(world, clock, people):
    """Secretariat or chair may call it a matter of wording; it stands until the objector agrees."""
    ballot = makers.open_silence(world)
    object_to(world, ballot, people["WMO"], "WMO")
    kwargs = {"partner_id": world.partner("WMO").id, "text": "“Programme”, not “Program”.", "now": world.now}
    services.propose_editorial(world.session, ballot, actor=world.actor(world.co_chair()), **kwargs)
    assert state(world, ballot) is BallotState.SUSPENDED
    assert ballot.decision_text == makers.DECISION  # the frozen text does not change
    cast(world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION)
    assert state(world, ballot) is BallotState.OPEN


def test_edge_11_the_text_is_edited_while_open(world, clock, people):
    """Refused. A new text is a new round, in which nobody has answered yet."""
    ballot = makers.open_silence(world)
    object_to(world, ballot, people["WMO"], "WMO")
    change = {"expected_version": ballot.version, "actor": SYSTEM, "now": world.now}
    draft = makers.draft_of(**makers.silence_fields(world), decision_text="Other.")
    assert code_of(services.update_draft, world.session, ballot, draft, **change) == "board.ballot.not_draft"
    following = services.draft_next_round(world.session, ballot, actor=SYSTEM, now=world.now)
    draft = replace(draft, previous_id=ballot.id)
    change["expected_version"] = following.version
    services.update_draft(world.session, following, draft, **change)
    makers.open_draft(world, following, days=14)
    assert (state(world, ballot), following.decision_text) == (BallotState.SUPERSEDED, "Other.")
    assert all(one.vote is None for one in electors.list_seats(world.session, following.id))
    old = ballot.text_sha256
    assert (
        code_of(cast, world, following, people["WMO"], "WMO", Position.NO_OBJECTION, text_sha256=old)
        == "board.vote.other_text"
    )


def renewal_ballot(world, person, **tenure):
    office = world.office(OfficeKind.CO_CHAIR, seats=2)
    world.tenure(office, person, **tenure)
    fields = makers.election_fields(world, people=[person])
    return makers.open_one(world, days=14, **fields)


def test_edge_12_a_chairs_own_election(world, clock, people):
    """The person neither extends nor certifies; the partner that nominated them votes like any other."""
    chair = world.officer("UNECE")
    ballot = renewal_ballot(world, chair)
    acting = {"actor": world.actor(chair), "now": world.now}
    kwargs = {"closes_at": ballot.closes_at + DAY, "reason": "x"}
    assert code_of(services.extend_ballot, world.session, ballot, **kwargs, **acting) == "board.ballot.concerned"
    makers.answer(world, ballot, people, "1" * 8 + "r")
    makers.answer(world, ballot, people, "---------1")
    assert seat(world, ballot, "ITU").candidates == (1,)  # ITU nominated
    close(world, clock, ballot)
    acting["now"] = world.now
    assert code_of(outcomes.certify, world.session, ballot, **acting) == "board.ballot.concerned"
    other = world.actor(world.officer("ITU"))
    outcomes.certify(world.session, ballot, actor=other, now=world.now)
    assert ballot.elected == [1]


def test_edge_13_the_tenure_ends_while_the_ballot_on_it_is_open(world, clock, people):
    """Authority ends on its day with nobody's action; the ballot runs on and the next tenure begins when decided."""
    chair = world.person("Co-Chair")
    ballot = renewal_ballot(world, chair, starts_on=(world.now - 363 * DAY).date())
    assert world.actor(chair).is_chair
    clock.move(days=5)
    assert not world.actor(chair).is_chair
    assert state(world, ballot) is BallotState.OPEN
    makers.answer(world, ballot, people, "1" * 9)
    clock.set(datetime(2027, 1, 5, 9, 0, tzinfo=UTC))  # after the day on which the new tenure should have begun
    outcomes.certify(world.session, ballot, actor=SYSTEM, now=world.now)
    (tenure,) = tenures.list_resting_on(world.session, ballot.code, world.now.date())
    assert tenure.starts_on == world.now.date()
    assert world.actor(chair).is_chair


def test_edge_14_nothing_is_reopened_after_the_results_are_seen(world, clock, people):
    officer = world.officer()
    ballot = answered(world, clock, people, "y" * 5 + "x" * 6)
    act = {"actor": world.actor(officer), "now": world.now}
    later = world.now + 7 * DAY
    s = world.session
    assert code_of(services.open_ballot, s, ballot, closes_at=later, **act) == "board.ballot.not_draft"
    assert code_of(services.extend_ballot, s, ballot, closes_at=later, reason="x", **act) == "board.extension.not_open"
    assert code_of(services.withdraw_ballot, s, ballot, reason="x", **act) == "board.ballot.ended"
    assert code_of(services.draft_next_round, s, ballot, **act) == "board.ballot.no_next_round"
    undecided = answered(world, clock, people, "y" * 5)
    told = len(mails(s, "ballot_opened"))
    act["now"] = world.now
    following = services.draft_next_round(s, undecided, **act)
    makers.open_draft(world, following)
    assert "next_round" in events(s, undecided)  # logged, and everybody is told of the new one
    assert len(mails(s, "ballot_opened")) == told + 16
    assert state(world, undecided) is BallotState.SUPERSEDED


def test_edge_15_no_secret_ballot_from_which_people_could_be_inferred(world):
    """The platform holds none: positions are seen live or at closing, and a rule cannot name a third way."""
    assert {value.value for value in Visibility} == {"live", "at_close"}
    with pytest.raises(ValueError, match="secret"):
        rules.rule_from_json({**VotingRule().as_json(), "visibility": "secret"})
    with pytest.raises(ValueError, match="secret"):
        makers.proposed_rule(world, visibility=Visibility("secret"))
    for kind, methods in rules.DEFAULTS.items():
        assert all((rule.secrecy_seats > 0) == (kind is BallotType.APPOINTMENT) for rule in methods.values())


def test_edge_16_two_seats_ask_for_secrecy(world, people):
    """The ballot ends here, the positions are void, everybody is told; nobody ever sees what was hidden."""
    ballot = makers.open_election(world)
    makers.answer(world, ballot, people, "12121")
    ask = lambda acronym: services.ask_secrecy(  # noqa: E731
        world.session, ballot, partner_id=world.partner(acronym).id, actor=world.actor(people[acronym]), now=world.now
    )
    assert [ask("FAO"), ask("WMO")] == [False, True]
    assert (state(world, ballot), ballot.outcome) == (BallotState.WITHDRAWN, None)
    told = {mail.to_address for mail in mails(world.session, "ballot_news") if "are void" in mail.text}
    assert told == {makers.SECRETARIAT, *(person.email for person in people.values())}
    assert "position.opened" not in entries(world.session, ballot)
    assert code_of(cast, world, ballot, people["ITU"], "ITU", candidates=(1,)) == "board.ballot.withdrawn"


def test_edge_17_extension_after_the_closing_of_an_extension_and_over_a_holiday(world, clock):
    ballot = makers.open_one(world)
    extend = lambda days: services.extend_ballot(  # noqa: E731
        world.session, ballot, closes_at=ballot.closes_at + days * DAY, reason="Over the holidays.",
        actor=SYSTEM, now=world.now,
    )  # fmt: skip
    clock.set(datetime(2026, 12, 23, 16, 0, tzinfo=UTC))
    assert code_of(extend, 1) == "board.extension.not_open"
    ballot = makers.open_one(world, days=3)
    extend(7)  # from 26 December to 2 January: a closing is any day the Secretariat names
    assert ballot.closes_at == datetime(2027, 1, 2, 16, 0, tzinfo=UTC)
    assert code_of(extend, 1) == "board.extension.twice"


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("night", [datetime(2026, 10, 25, 2, 30), datetime(2027, 3, 28, 2, 30)])  # noqa: DTZ001 - Geneva
def test_edge_18_the_nights_on_which_clocks_change_and_a_voter_at_the_ends_of_the_earth(
    world, clock, people, zone, night
):
    closes_at = night.replace(tzinfo=GENEVA).astimezone(UTC)
    clock.set(closes_at - 5 * DAY)
    ballot = makers.make_draft(world)
    there = closes_at.astimezone(ZoneInfo(zone))
    services.open_ballot(world.session, ballot, closes_at=there, actor=SYSTEM, now=world.now)
    world.session.expire(ballot)
    assert ballot.closes_at == closes_at
    for offset in (-SECOND, -TICK):
        now = (closes_at + offset).astimezone(ZoneInfo(zone))
        assert cast(world, ballot, people["WMO"], "WMO", comment=str(offset), now=now).cast_at == closes_at + offset
    for offset in (TICK * 0, TICK, SECOND):
        now = (closes_at + offset).astimezone(ZoneInfo(zone))
        assert code_of(cast, world, ballot, people["FAO"], "FAO", now=now) == "board.ballot.closed"


def test_edge_18_a_closing_without_an_hour_is_refused(world):
    ballot = makers.make_draft(world)
    with pytest.raises((TypeError, ValueError)):
        services.open_ballot(
            world.session,
            ballot,
            closes_at=datetime(2026, 12, 4),  # noqa: DTZ001
            actor=SYSTEM,
            now=world.now,
        )


def test_edge_19_the_server_is_down_at_the_closing(world, clock, people):
    """The ballot has closed all the same. The outage is noted; a new round only when less than half had answered."""
    ballot = makers.open_one(world)
    makers.answer(world, ballot, people, "yyyyyyy")
    closed_at = ballot.closes_at
    clock.set(closed_at + 3 * HOUR)
    assert code_of(cast, world, ballot, people["WMO"], "WMO") == "board.ballot.closed"
    act = {"actor": SYSTEM, "now": world.now}
    services.record_outage(world.session, ballot, since=closed_at - HOUR, until=closed_at + 2 * HOUR, **act)
    assert (ballot.closes_at, state(world, ballot)) == (closed_at, BallotState.CLOSED)  # never automatic
    assert events(world.session, ballot) == ["opened", "outage"]
    assert services.draft_next_round(world.session, ballot, **act).round == 2


def test_edge_20_one_person_with_mandates_for_two_partners(world):
    """Each seat is answered by itself; one answer never counts for both."""
    both = world.mandate("WMO")
    world.mandate("FAO", both, alternate=True)
    ballot = makers.open_one(world)
    cast(world, ballot, both, "WMO")
    assert seat(world, ballot, "FAO").vote is None
    cast(world, ballot, both, "FAO", Position.ABSTAIN)
    assert [seat(world, ballot, a).vote.capacity.value for a in ("WMO", "FAO")] == ["representative", "alternate"]
    receipts = [mail.subject for mail in mails(world.session, "vote_receipt") if mail.to_address == both.email]
    assert ["WMO" in receipts[0], "FAO" in receipts[1]] == [True, True]


def test_edge_21_recorded_from_an_e_mail_and_then_the_seat_votes_itself(world, people):
    """The seat wins, both stay; afterwards nothing is recorded for it any more."""
    officer = world.officer()
    ballot = makers.open_one(world)
    makers.on_record(world, ballot, officer, "WMO", Position.ABSTAIN)
    cast(world, ballot, people["WMO"], "WMO")
    found = seat(world, ballot, "WMO")
    assert [one.capacity.value for one in found.revisions] == ["on_record", "representative"]
    assert found.position is Position.APPROVE
    assert found.revisions[0].evidence_id is not None
    assert code_of(makers.on_record, world, ballot, officer, "WMO", Position.ABSTAIN) == "board.vote.own_vote_stands"


def test_edge_22_opened_by_mistake(world, people):
    """Withdrawn with a reason, without an outcome, for good."""
    ballot = makers.open_one(world)
    cast(world, ballot, people["WMO"], "WMO")
    act = {"actor": SYSTEM, "now": world.now}
    assert code_of(services.withdraw_ballot, world.session, ballot, reason="", **act) == "board.draft.reason_missing"
    services.withdraw_ballot(world.session, ballot, reason="The wrong annex.", **act)
    assert (state(world, ballot), ballot.outcome) == (BallotState.WITHDRAWN, None)
    assert code_of(cast, world, ballot, people["FAO"], "FAO") == "board.ballot.withdrawn"
    assert seat(world, ballot, "WMO").vote is not None  # nothing is deleted


@pytest.mark.parametrize(
    ("number", "posts", "supports", "outcome", "elected"),
    [
        (2, 1, [(1,)] * 5 + [(2,)] * 4, BallotOutcome.APPROVED, [1]),
        (2, 1, [(1,)] * 5 + [(2,)] * 5, BallotOutcome.NOT_APPROVED, []),  # nobody has more than half
        (3, 2, [(1, 2)] * 5 + [(2, 3)] * 4, BallotOutcome.APPROVED, [1, 2]),
        (3, 2, [(1, 2)] * 3 + [(2, 3)] * 3 + [(1, 3)] * 3, BallotOutcome.TIE, []),  # six each
        (3, 2, [(1, 2)] * 6 + [(1, 3)] * 6, BallotOutcome.PARTLY, [1]),  # half is not more than half
    ],
)
def test_edge_23_candidates_compete(world, clock, people, number, posts, supports, outcome, elected):
    ballot = makers.open_election(world, number, posts=posts)
    for acronym, names in zip(people, supports, strict=False):
        cast(world, ballot, people[acronym], acronym, candidates=names)
    close(world, clock, ballot)
    assert (ballot.outcome, ballot.elected) == (outcome, elected)


def test_edge_23_a_candidate_withdraws_mid_ballot(world, clock, people):
    """Struck out of every position; a seat that supported nobody else abstains and may choose anew."""
    ballot = makers.open_election(world, 2)
    makers.answer(world, ballot, people, "1111122222")
    services.withdraw_candidate(world.session, ballot, 1, reason="Health.", actor=SYSTEM, now=world.now)
    cast(world, ballot, people["ITU"], "ITU", candidates=(2,))
    close(world, clock, ballot)
    assert (ballot.outcome, ballot.elected) == (BallotOutcome.APPROVED, [2])
    assert seat(world, ballot, "UNECE").candidates == (1,)  # what was cast stays on the record


def test_edge_24_ballots_whose_order_matters(world, clock, people):
    """An election under new Terms opens only once the new Terms are approved and certified."""
    first = makers.open_one(world, days=28, **makers.terms_fields(world))
    second = makers.make_draft(world, **makers.election_fields(world), after_id=first.id)
    makers.answer(world, first, people, "y" * 11)
    assert code_of(makers.open_draft, world, second) == "board.ballot.order"
    clock.set(first.closes_at)
    assert code_of(makers.open_draft, world, second) == "board.ballot.order"
    outcomes.certify(world.session, first, actor=SYSTEM, now=world.now)
    assert makers.open_draft(world, second).opens_at == world.now


def test_edge_25_a_meeting_decides_while_the_ballot_runs(world, people):
    ballot = makers.open_silence(world)
    cast(world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION)
    act = {"actor": SYSTEM, "now": world.now}
    services.supersede_by_meeting(world.session, ballot, reason="Annual meeting 2026, item 4.", **act)
    assert (state(world, ballot), ballot.outcome, ballot.decision_number) == (BallotState.SUPERSEDED, None, None)
    assert entries(world.session, ballot)[-1] == "ballot.superseded"
    assert len(mails(world.session, "ballot_news")) == 17
    assert code_of(object_to, world, ballot, people["FAO"], "FAO") == "board.ballot.ended"
