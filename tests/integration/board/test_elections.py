"""Elections of persons: hidden until closing, several posts, candidates who withdraw, secrecy asked (¶20, ¶23d)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.integration.board import makers
from tests.integration.board.makers import SECRETARIAT, addresses, cast, code_of, entries, events, mails
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board import electors, queries, services
from u4ssc_gov.board.rules import BallotOutcome, BallotState, Position
from u4ssc_gov.board.services import CandidateDraft
from u4ssc_gov.core.actor import SYSTEM, OfficeKind
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.ledger import canonical
from u4ssc_gov.ledger import queries as ledger
from u4ssc_gov.ledger.services import commitment_of
from u4ssc_gov.notifications.writing import parts_of


@pytest.fixture
def people(world):
    return makers.everybody(world)


def said(world, ballot, kind):
    """What the ledger's entries of a kind say."""
    found = ledger.list_ballot_entries(world.session, ballot.id)
    return [canonical.decode(entry.entry) for entry in found if entry.kind == kind]


def close(world, clock, ballot):
    clock.set(max(ballot.closes_at, world.now))
    return services.record_outcome(world.session, ballot, now=world.now)


# ── drafting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"office_id": None}, "board.draft.office_id"),
        ({"office_id": 999}, "board.draft.office_id"),
        ({"starts_on": None}, "board.draft.starts_on"),
        ({"candidates": ()}, "board.draft.candidates"),
        ({"candidates": (CandidateDraft(10**6, 1),)}, "board.draft.candidates"),
        ({"posts": 0}, "board.draft.posts"),
        ({"posts": 3}, "board.draft.posts"),
    ],
)
def test_an_election_that_lacks_something_is_refused(world, change, code):
    fields = makers.election_fields(world)
    assert code_of(makers.make_draft, world, **{**fields, **change}) == code


def test_candidates_are_nominated_by_a_partner_stand_once_and_leaders_are_not_elected(world):
    fields = makers.election_fields(world)
    first, second = fields["candidates"]
    for candidates, code in (
        ((first, first), "board.draft.candidates"),
        ((first, CandidateDraft(second.person_id)), "board.draft.nominated_by"),
        (tuple(CandidateDraft(world.person().id, 1) for _ in range(13)), "board.draft.candidates"),
    ):
        assert code_of(makers.make_draft, world, **{**fields, "candidates": candidates}) == code
    leader = world.office(OfficeKind.LEADER, group=world.group())
    assert code_of(makers.make_draft, world, **{**fields, "office_id": leader.id}) == "board.draft.office_id"


def test_a_changed_draft_numbers_its_candidates_anew(world):
    fields = makers.election_fields(world, 3)
    ballot = makers.make_draft(world, **fields)
    kept = makers.draft_of(**{**fields, "candidates": fields["candidates"][2:0:-1]})
    services.update_draft(world.session, ballot, kept, expected_version=ballot.version, actor=SYSTEM, now=world.now)
    found = queries.list_candidates(world.session, ballot.id)
    assert [(one.number, one.name) for one in found] == [(1, "Candidate 3"), (2, "Candidate 2")]
    assert ballot.candidate_count == 2


# ── voting ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("number", "posts", "candidates", "code"),
    [
        (2, 1, (), "board.vote.no_candidate"),
        (2, 1, (1, 2), "board.vote.too_many"),
        (3, 2, (1, 2, 3), "board.vote.too_many"),
        (2, 1, (3,), "board.vote.candidate"),
        (2, 1, (0,), "board.vote.candidate"),
        (3, 2, (3, 1, 3), None),
        (1, 1, (), None),  # with one candidate in all, approving means that one
        (1, 1, (1,), None),
    ],
)
def test_whom_a_vote_supports(world, people, number, posts, candidates, code):
    ballot = makers.open_election(world, number, posts=posts)
    if code:
        with pytest.raises(Invalid) as refused:
            cast(world, ballot, people["WMO"], "WMO", candidates=candidates)
        assert (refused.value.code, refused.value.field) == (code, "candidates")
        assert entries(world.session, ballot) == ["ballot.opened"]
    else:
        vote = cast(world, ballot, people["WMO"], "WMO", candidates=candidates)
        assert vote.candidates == (sorted(set(candidates)) or [1])


def test_the_elected_are_the_most_supported(world, clock, people):
    ballot = makers.open_election(world, 3, posts=2)
    for acronym, names in zip(people, [(1, 2)] * 5 + [(2,)] * 4 + [(1, 3)] * 3, strict=False):
        cast(world, ballot, people[acronym], acronym, candidates=names)
    close(world, clock, ballot)
    assert (ballot.outcome, ballot.elected) == (BallotOutcome.APPROVED, [1, 2])
    assert "Candidate 1" in mails(world.session, "ballot_outcome")[0].text


@pytest.mark.parametrize(
    ("answers", "posts", "outcome", "elected"),
    [
        ("111112222", 1, BallotOutcome.APPROVED, [1]),
        ("11111o222", 1, BallotOutcome.APPROVED, [1]),
        ("11112222x", 1, BallotOutcome.NOT_APPROVED, []),  # nobody has more than half of those who approve or object
        ("11111o22o", 2, BallotOutcome.PARTLY, [1]),
        ("111112", 1, BallotOutcome.NO_QUORUM, []),
        ("11111rrrrrrr", 1, BallotOutcome.APPROVED, [1]),  # five of nine that did not recuse themselves
        ("xxxxxxxxxx", 1, BallotOutcome.NOT_APPROVED, []),
        ("oooooooooo", 1, BallotOutcome.NOT_APPROVED, []),
    ],
)
def test_how_an_election_ends(world, clock, people, answers, posts, outcome, elected):
    ballot = makers.open_election(world, 2, posts=posts)
    makers.answer(world, ballot, people, answers)
    close(world, clock, ballot)
    assert (ballot.outcome, ballot.elected) == (outcome, elected)
    (closed,) = said(world, ballot, "ballot.closed")
    assert (closed["outcome"], closed["elected"]) == (outcome.value, elected)


def test_a_candidate_who_withdraws_is_struck_and_everybody_may_vote_anew(world, clock, people):
    ballot = makers.open_election(world, 3)
    makers.answer(world, ballot, people, "1111122222")
    act = {"actor": world.actor(world.officer()), "now": world.now}
    strike = (services.withdraw_candidate, world.session, ballot)
    assert code_of(*strike, 1, reason=" ", **act) == "board.draft.reason_missing"
    assert code_of(*strike, 4, reason="x", **act) == "board.candidate.unknown"
    services.withdraw_candidate(world.session, ballot, 1, reason="Retires in May.", **act)
    services.withdraw_candidate(world.session, ballot, 1, reason="Retires in May.", **act)
    assert (ballot.struck, entries(world.session, ballot).count("candidate.withdrawn")) == ([1], 1)
    assert addresses(world.session, "ballot_news") == sorted([SECRETARIAT, *(one.email for one in people.values())])
    assert "Candidate 1 does not stand any more" in mails(world.session, "ballot_news")[0].text
    assert code_of(cast, world, ballot, people["WMO"], "WMO", candidates=(1,)) == "board.vote.candidate"
    cast(world, ballot, people["ITU"], "ITU", candidates=(2,))
    close(world, clock, ballot)
    assert (ballot.outcome, ballot.elected) == (BallotOutcome.APPROVED, [2])
    # four seats supported nobody else: they abstain in the sums, and the tally says what they cast
    (closed,) = said(world, ballot, "ballot.closed")
    assert closed["tally"]["approve"] == 10
    assert closed["positions"][1]["candidates"] == [1]
    late = {**act, "now": world.now}
    assert code_of(*strike, 2, reason="x", **late) == "board.ballot.not_open"


# ── hidden until closing ─────────────────────────────────────────────────────────────────────────────────────────────


def test_positions_stand_in_the_ledger_as_commitments_until_the_election_closes(world, clock, people):
    ballot = makers.open_election(world)
    cast(world, ballot, people["ITU"], "ITU", candidates=(1,), comment="Knows the work.")
    vote = cast(world, ballot, people["ITU"], "ITU", candidates=(2,))
    first, second = said(world, ballot, "position.cast")
    assert all((one["choice"], one["candidates"]) == (None, None) for one in (first, second))
    assert first["commitment"] != second["commitment"] == vote.commitment
    close(world, clock, ballot)
    (opened,) = said(world, ballot, "position.opened")  # only the one that counts
    assert (opened["choice"], opened["candidates"], opened["cast_seq"]) == ("approve", [2], vote.ledger_seq)
    hidden = ("choice", "candidates", "comment_sha256", "cure_sha256")
    assert all(one[name] is None for one in (first, second) for name in hidden)
    shown = canonical.encode({name: opened[name] for name in hidden})
    assert commitment_of(bytes.fromhex(opened["salt"]), shown) == second["commitment"]
    assert entries(world.session, ballot)[-2:] == ["position.opened", "ballot.closed"]


def test_nobody_else_reads_a_hidden_position_in_mail_history_or_audit(world, people):
    alternate = world.mandate("ITU", alternate=True)
    ballot = makers.open_election(world, 2)
    cast(world, ballot, people["ITU"], "ITU", candidates=(2,), comment="Knows the work.")
    sent = mails(world.session, "vote_receipt")
    assert "Knows the work." not in str([mail.facts for mail in sent])
    receipts = {mail.to_address: parts_of(mail, world.session.info)[0] for mail in sent}
    assert sorted(receipts) == sorted([SECRETARIAT, people["ITU"].email, alternate.email])
    for text in receipts.values():  # of its own people too: the Secretariat can open what went out
        assert "Candidate 2" not in text
        assert "Knows the work." not in text
        assert "B-26-01-ITU-1" in text
        assert "hidden until closing" in text
    assert events(world.session, ballot) == ["opened"]
    audited = world.session.scalars(select(AuditRecord).where(AuditRecord.action == "board:vote:cast")).one()
    assert set(audited.details) == {"receipt", "partner", "revision"}
    services.remind_partners(world.session, ballot, actor=world.actor(world.officer()), now=world.now)
    reminder = mails(world.session, "ballot_reminder")[0].text
    assert "1 of 16 have answered · 15 to vote" in reminder
    assert "1 approves" not in reminder


def test_masking_leaves_nothing_but_that_a_seat_answered(world, people):
    ballot = makers.open_election(world)
    cast(world, ballot, people["ITU"], "ITU", candidates=(1,), comment="x")
    seats = [electors.masked_seat(seat) for seat in electors.list_seats(world.session, ballot.id)]
    cells = [electors.masked(cell) for cell in electors.cells_by_ballot(world.session, [ballot.id])[ballot.id]]
    for found in (seats, cells):
        assert [one.is_hidden for one in found] == [True] + [False] * 15
        assert [one.position for one in found] == [None] * 16
        assert all(one.candidates == () for one in found)
        assert electors.count_answered(found) == 1
    assert seats[0].revisions == ()
    assert not any(cell.has_comment for cell in cells)


def test_an_election_in_which_every_seat_has_answered_closes_at_once(world, clock, people):
    ballot = makers.open_election(world)
    makers.answer(world, ballot, people, "1" * 15)
    clock.move(hours=5)
    assert queries.state_of(ballot, world.now) is BallotState.OPEN
    cast(world, ballot, people["WMO"], "WMO", Position.RECUSE)
    assert (ballot.closes_at, queries.state_of(ballot, world.now)) == (world.now, BallotState.CLOSED)
    assert (ballot.outcome, ballot.cause.value) == (BallotOutcome.APPROVED, "all_answered")
    assert entries(world.session, ballot)[-17:] == [*["position.opened"] * 16, "ballot.closed"]
    assert code_of(cast, world, ballot, people["WMO"], "WMO", candidates=(2,)) == "board.ballot.closed"


# ── secrecy ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_seat_asks_for_secrecy_and_all_are_told_two_end_the_ballot(world, people):
    ballot = makers.open_election(world)
    cast(world, ballot, people["FAO"], "FAO", candidates=(1,))

    def ask(acronym, person=None):
        actor = world.actor(person or people[acronym])
        partner_id = world.partner(acronym).id
        return services.ask_secrecy(world.session, ballot, partner_id=partner_id, actor=actor, now=world.now)

    assert code_of(ask, "WMO", people["FAO"]) == "board.secrecy.forbidden"
    assert code_of(ask, "WMO", world.officer()) == "board.secrecy.forbidden"
    assert ask("WMO") is False
    assert ask("WMO") is False  # asking twice changes nothing
    assert ask("WMO", world.mandate("WMO", alternate=True)) is False  # a seat asks, not a person
    assert len(mails(world.session, "ballot_news")) == 17
    assert queries.state_of(ballot, world.now) is BallotState.OPEN
    assert ask("FAO") is True
    assert queries.state_of(ballot, world.now) is BallotState.WITHDRAWN
    assert entries(world.session, ballot) == ["ballot.opened", "position.cast", "ballot.withdrawn"]
    assert events(world.session, ballot) == ["opened", "secrecy_asked", "secrecy_asked", "withdrawn"]
    last = mails(world.session, "ballot_news")[17:]
    assert len(last) == 18
    assert all("The positions given here are void." in mail.text for mail in last)
    assert code_of(ask, "ITU") == "board.ballot.not_open"


def test_a_text_is_never_decided_in_secret(world, people):
    ballot = makers.open_one(world)
    kwargs = {"partner_id": world.partner("WMO").id, "actor": world.actor(people["WMO"]), "now": world.now}
    assert code_of(services.ask_secrecy, world.session, ballot, **kwargs) == "board.secrecy.not_offered"


# ── persons concerned ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_person_who_stands_runs_no_part_of_the_election(world, clock):
    officer = world.officer()
    ballot = makers.open_election(world, people=[officer, world.person()])
    draft = makers.make_draft(world, **makers.election_fields(world, people=[officer]))
    s, act = world.session, {"actor": world.actor(officer), "now": world.now}
    later, reason = ballot.closes_at + timedelta(days=1), "Because."
    wanted = makers.vote_of(world, ballot, "WMO", candidates=(1,))
    for call, *rest in (
        (lambda **kw: services.open_ballot(s, draft, closes_at=later, **kw),),
        (lambda **kw: services.extend_ballot(s, ballot, closes_at=later, reason=reason, **kw),),
        (lambda **kw: services.withdraw_ballot(s, ballot, reason=reason, **kw),),
        (lambda **kw: services.withdraw_candidate(s, ballot, 2, reason=reason, **kw),),
        (lambda **kw: services.supersede_by_meeting(s, ballot, reason=reason, **kw),),
        (lambda **kw: services.record_for_seat(s, ballot, wanted, makers.paper(), **kw),),
        (lambda **kw: services.ask_annulment(s, ballot, reason=reason, **kw),),
    ):
        assert code_of(call, *rest, **act) == "board.ballot.concerned"
    close(world, clock, ballot)
    act["now"] = world.now
    for call in (
        lambda **kw: services.certify_ballot(s, ballot, **kw),
        lambda **kw: services.draft_next_round(s, ballot, **kw),
        lambda **kw: services.refer_to_meeting(s, ballot, reason=reason, **kw),
        lambda **kw: services.record_outage(s, ballot, since=world.now, until=world.now, **kw),
    ):
        assert code_of(call, **act) == "board.ballot.concerned"
    other = world.actor(world.officer("ITU"))
    assert services.certify_ballot(s, ballot, actor=other, now=world.now).decision_number == "U4SSC/BM/2026/01"
