"""Drafting, opening, voting, withdrawing and the outcome, through the services (¶23, ¶24)."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from tests.clock import T0
from tests.factories import ACRONYMS
from tests.integration.board import makers
from tests.integration.board.makers import SECRETARIAT, addresses, code_of, entries, events, mails
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board import electors, queries, services
from u4ssc_gov.board.models import Elector, Vote
from u4ssc_gov.board.rules import BallotOutcome, BallotState, BallotType, Method, Position, VotingRule, default_rule
from u4ssc_gov.board.services import CandidateDraft, CastVote
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.errors import Conflict, Invalid
from u4ssc_gov.ledger import canonical
from u4ssc_gov.ledger.queries import list_ballot_entries
from u4ssc_gov.notifications.writing import parts_of

SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)


# ── drafts ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_codes_count_up_within_a_year_without_gaps(world, clock):
    first = [makers.make_draft(world).code for _ in range(3)]
    clock.move(days=60)  # January 2027
    assert first == ["B-26-01", "B-26-02", "B-26-03"]
    assert makers.make_draft(world).code == "B-27-01"


def test_the_year_of_a_code_is_genevas(world, clock):
    clock.set(clock.now().replace(month=12, day=31, hour=23, minute=30))  # already 2027 in Geneva
    assert makers.make_draft(world).code == "B-27-01"


def test_only_the_secretariat_prepares(world):
    officer, member = world.officer(), world.mandate("WMO")
    draft = makers.draft_of()
    assert services.draft_ballot(world.session, draft, actor=world.actor(officer), now=world.now).code == "B-26-01"
    for person in (member, world.participant(), world.co_chair()):
        actor = world.actor(person)
        assert code_of(services.draft_ballot, world.session, draft, actor=actor, now=world.now) == (
            "board.ballot.secretariat"
        )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"title": "  \u202e "}, "board.draft.title_missing"),
        ({"title": "x" * 201}, "board.draft.title_long"),
        ({"decision_text": "\x00"}, "board.draft.decision_text_missing"),
        ({"decision_text": "x" * 8001}, "board.draft.decision_text_long"),
        ({"if_approved": "x" * 601}, "board.draft.if_approved_long"),
        ({"if_not_approved": "x" * 601}, "board.draft.if_not_approved_long"),
        ({"documents": tuple(makers.paper() for _ in range(6))}, "board.draft.documents"),
        ({"method": Method.ELECTION}, "board.draft.method"),
        ({"rule": VotingRule(method=Method.ELECTION)}, "board.draft.method"),
        ({"rule": VotingRule(), "method": Method.SILENCE}, "board.draft.method"),
        ({"closes_at": T0 + timedelta(hours=72) - TICK}, "board.ballot.too_short"),
        ({"type": BallotType.KPI_SET}, "board.draft.no_consequence"),  # nothing of the platform could carry it out
        ({"type": BallotType.DELIVERABLE}, "board.draft.deliverable_id"),
        ({"type": BallotType.DELIVERABLE, "deliverable_id": 999}, "board.draft.deliverable_id"),
        ({"type": BallotType.ACTION_PLAN}, "board.draft.plan_id"),
        ({"type": BallotType.ACTION_PLAN, "plan_id": 999}, "board.draft.plan_id"),
        ({"type": BallotType.TOR_REVISION}, "board.draft.terms_document_id"),
        ({"type": BallotType.TOR_REVISION, "method": Method.SILENCE}, "board.draft.terms_document_id"),
        ({"type": BallotType.RULE_SET}, "board.draft.rule_set_id"),
        ({"type": BallotType.APPOINTMENT}, "board.draft.office_id"),
        ({"type": BallotType.APPOINTMENT, "renewal_id": 999}, "board.draft.renewal"),
    ],
)
def test_refused_drafts(world, fields, code):
    assert code_of(makers.make_draft, world, **fields) == code


def test_a_subject_that_is_not_the_boards_to_decide_now_is_refused_at_drafting(world):
    """What could not take effect at closing is not put to the Board in the first place."""
    world.partners()
    in_force, settled = makers.proposed_terms(world, is_proposal=False), makers.proposed_terms(world)
    settled.rejected_at = world.now
    adopted = makers.draft_plan(world)
    adopted.adopted_at, adopted.adoption_basis = world.now, "B-26-00"
    rule = makers.proposed_rule(world, at_once=True, min_approvals=7)
    world.session.flush()
    for fields, code in (
        (makers.terms_fields(world, in_force), "board.draft.terms_document_id"),
        (makers.terms_fields(world, settled), "board.draft.terms_document_id"),
        (makers.plan_fields(world, adopted), "board.draft.plan_id"),
        (makers.rule_fields(world, rule), "board.draft.rule_set_id"),
    ):
        assert code_of(makers.make_draft, world, **fields) == code


def test_a_draft_keeps_its_own_subject_only(world):
    deliverable, plan = world.deliverable(), makers.draft_plan(world)
    ballot = makers.make_draft(
        world, **makers.silence_fields(world, deliverable), plan_id=plan.id, posts=3, candidates=(CandidateDraft(1, 1),)
    )
    assert (ballot.deliverable_id, ballot.plan_id, ballot.posts, ballot.candidate_count) == (deliverable.id, None, 0, 0)
    assert (ballot.method, ballot.rule) == (Method.SILENCE, default_rule(BallotType.DELIVERABLE).as_json())
    changed = makers.draft_of(**makers.plan_fields(world, plan))
    services.update_draft(world.session, ballot, changed, expected_version=ballot.version, actor=SYSTEM, now=world.now)
    assert (ballot.deliverable_id, ballot.plan_id, ballot.method) == (None, plan.id, Method.VOTE)


def test_a_page_sent_twice_is_one_draft(world):
    first = makers.make_draft(world, form_key="k" * 32)
    assert makers.make_draft(world, form_key="k" * 32, title="Other") is first
    assert makers.make_draft(world, form_key="j" * 32) is not first


def test_text_is_cleaned(world):
    ballot = makers.make_draft(world, title="Appoint\r\n\x07 <b>A</b>", decision_text="One.\r\n\r\n=Two\x00")
    assert ballot.title == "Appoint <b>A</b>"
    assert ballot.decision_text == "One.\n\n=Two"


def test_a_save_never_overwrites_a_newer_one(world):
    ballot = makers.make_draft(world)
    seen = ballot.version
    draft = makers.draft_of(title="First")
    services.update_draft(world.session, ballot, draft, expected_version=seen, actor=SYSTEM, now=world.now)
    late = makers.draft_of(title="Second")
    assert code_of(
        services.update_draft, world.session, ballot, late, expected_version=seen, actor=SYSTEM, now=world.now
    ) == ("board.draft.stale")
    assert ballot.title == "First"


def test_documents_of_a_draft_come_and_go(world):
    ballot = makers.make_draft(world, documents=(makers.paper("One"), makers.paper("Two")))
    first = queries.list_papers(world.session, ballot.id)[0]
    services.update_draft(
        world.session,
        ballot,
        makers.draft_of(documents=(makers.paper("Three"), makers.paper("", "cv of the candidate.pdf"))),
        expected_version=ballot.version,
        removed=frozenset({first.id, 10**9}),
        actor=SYSTEM,
        now=world.now,
    )
    assert [p.title for p in queries.list_papers(world.session, ballot.id)] == ["Two", "Three", "cv of the candidate"]


# ── opening ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── voting ───────────────────────────────────────────────────────────────────────────────────────────────────────────


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


# ── withdrawing, reminding, outcome ──────────────────────────────────────────────────────────────────────────────────


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
