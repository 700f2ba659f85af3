"""Whoever comes second is told so, whoever may not is told why: nobody hears "done" of something that was dropped."""

from datetime import timedelta

import pytest

from tests.integration.board import makers
from tests.integration.board.makers import cast, code_of, entries, events, mails, object_to
from u4ssc_gov.accounts import services as accounts
from u4ssc_gov.board import queries, rules, services
from u4ssc_gov.board.rules import BallotState, Method, Position
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.errors import Conflict
from u4ssc_gov.partners.models import Partner
from u4ssc_gov.workflows import outcomes

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def people(world):
    return makers.everybody(world)


@pytest.fixture
def itu(world):
    return world.officer("ITU")


@pytest.fixture
def officer(world):
    return world.officer("UNECE")


def act(call, world, *args, by, **fields):
    return call(world.session, *args, actor=world.actor(by), now=world.now, **fields)


def certified(world, clock, people, answers="y" * 9):
    ballot = makers.open_one(world)
    makers.answer(world, ballot, people, answers)
    clock.set(ballot.closes_at)
    return services.certify_ballot(world.session, ballot, actor=SYSTEM, now=world.now)


def challenge(world, ballot, by, grounds="No notice.", acronym="WMO"):
    key = world.partner(acronym).id
    return act(services.raise_challenge, world, ballot, by=by, partner_id=key, grounds=grounds)


def annul(world, ballot, itu, officer):
    act(services.ask_annulment, world, ballot, by=itu, reason="Another text.")
    act(outcomes.annul, world, ballot, by=officer)


# ── challenges ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_challenge_is_not_answered_once_the_ballot_is_annulled(world, clock, people, itu, officer):
    ballot = certified(world, clock, people)
    raised = challenge(world, ballot, people["WMO"])
    annul(world, ballot, itu, officer)
    before = len(mails(world.session, "ballot_news")), entries(world.session, ballot)
    answer = (services.decide_challenge, world, ballot, raised)
    assert code_of(act, *answer, by=officer, upheld=False, answer="It was sent.") == "board.challenge.annulled"
    assert (len(mails(world.session, "ballot_news")), entries(world.session, ballot)) == before
    assert raised.decided_at is None


def test_two_officers_answer_one_challenge_otherwise(world, clock, people, itu, officer):
    ballot = certified(world, clock, people)
    raised = challenge(world, ballot, people["WMO"])
    answer = (services.decide_challenge, world, ballot, raised)
    act(*answer, by=itu, upheld=False, answer="It was sent.")
    act(*answer, by=itu, upheld=False, answer="It was sent. ")  # a double click
    for fields in ({"upheld": True, "answer": "It was sent."}, {"upheld": False, "answer": "It was late."}):
        assert code_of(act, *answer, by=officer, **fields) == "board.challenge.answered"
    assert (raised.upheld, raised.answer, raised.decided_by_id) == (False, "It was sent.", itu.id)
    assert entries(world.session, ballot).count("challenge.decided") == 1


def test_representative_and_alternate_challenge_with_other_words(world, clock, people):
    alternate = world.mandate("WMO", alternate=True)
    ballot = certified(world, clock, people)
    first = challenge(world, ballot, people["WMO"])
    assert challenge(world, ballot, people["WMO"]) is challenge(world, ballot, alternate) is first
    for person, grounds in ((alternate, "Wrong electors."), (people["WMO"], "Other.")):
        with pytest.raises(Conflict) as refused:
            challenge(world, ballot, person, grounds)
        assert "No notice." in refused.value.message
        assert people["WMO"].full_name in refused.value.message
    assert entries(world.session, ballot).count("challenge.raised") == 1


def test_the_page_of_a_second_challenge_keeps_what_was_typed(world, clock, people, sign_in):
    alternate = world.mandate("WMO", alternate=True)
    ballot = certified(world, clock, people)
    challenge(world, ballot, people["WMO"])
    sent = {"partner_id": world.partner("WMO").id, "grounds": "Wrong electors."}
    world.commit()
    refused = sign_in(alternate).send(f"/ballots/{ballot.code}/challenge", sent)
    html = refused.get_data(as_text=True)
    assert refused.status_code == 409
    for words in ("Wrong electors.", "No notice.", "Read the challenge on record"):
        assert words in html


# ── corrections, annulment, the next round ───────────────────────────────────────────────────────────────────────────


def test_a_second_correction_of_an_objection(world, people, itu, officer):
    ballot = makers.open_silence(world)
    object_to(world, ballot, people["WMO"], "WMO")
    key = world.partner("WMO").id
    offer = (services.propose_editorial, world, ballot)
    first = act(*offer, by=itu, partner_id=key, text="“may” for “shall”")
    assert act(*offer, by=officer, partner_id=key, text="“may” for “shall” ") is first
    assert code_of(act, *offer, by=officer, partner_id=key, text="Strike it.") == "board.editorial.offered"
    assert events(world.session, ballot).count("editorial") == 1


def test_a_second_request_for_annulment(world, clock, people, itu, officer):
    ballot = certified(world, clock, people)
    ask = (services.ask_annulment, world, ballot)
    act(*ask, by=itu, reason="Another text.")
    act(*ask, by=itu, reason=" Another text.")
    for person, reason in ((officer, "Another text."), (officer, "Wrong electors."), (itu, "Wrong electors.")):
        assert code_of(act, *ask, by=person, reason=reason) == "board.annulment.asked"
    assert (ballot.annulment_reason, ballot.annulment_asked_by_id) == ("Another text.", itu.id)
    assert events(world.session, ballot).count("annulment_asked") == 1


def test_the_next_round_by_another_method_while_one_is_drafted(world, clock, people, itu, officer):
    ballot = makers.open_silence(world)
    object_to(world, ballot, people["WMO"], "WMO")
    again = (services.draft_next_round, world, ballot)
    drafted = act(*again, by=itu, method=Method.VOTE)
    assert act(*again, by=officer, method=Method.VOTE) is drafted
    with pytest.raises(Conflict) as refused:
        act(*again, by=officer, method=Method.SILENCE)
    assert (refused.value.code, drafted.code in refused.value.message) == ("board.ballot.round_drafted", True)


def test_two_rounds_of_one_question_never_run_at_once(world, clock, people, itu, officer):
    ballot = certified(world, clock, people)
    annul(world, ballot, itu, officer)
    again = (services.draft_next_round, world, ballot)
    first = act(*again, by=itu)
    makers.open_draft(world, first)
    assert code_of(act, *again, by=itu) == "board.ballot.round_alive"
    clock.set(first.closes_at)  # it decided nothing: what follows is its own next round
    assert code_of(act, *again, by=itu) == "board.ballot.round_alive"
    second = act(services.draft_next_round, world, first, by=itu)
    makers.open_draft(world, second)
    assert queries.state_of(first, world.now) is BallotState.SUPERSEDED
    assert code_of(act, *again, by=itu) == "board.ballot.round_alive"  # two rounds later too
    services.withdraw_ballot(world.session, second, reason="A mistake.", actor=SYSTEM, now=world.now)
    third = act(*again, by=itu)
    assert makers.open_draft(world, third).opens_at == world.now


def test_a_draft_does_not_open_beside_another_round(world, clock, people, itu, officer):
    ballot = certified(world, clock, people)
    annul(world, ballot, itu, officer)
    one = act(services.draft_next_round, world, ballot, by=itu)
    other = makers.make_draft(world, previous_id=ballot.id)  # as a race would leave it
    makers.open_draft(world, one)
    assert code_of(makers.open_draft, world, other) == "board.ballot.round_alive"
    assert queries.state_of(other, world.now) is BallotState.DRAFT


# ── a result is set aside by two ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("answers", "may"), [("y" * 9, False), ("x" * 9, False), ("yyyyyxxxxx", True), ("yy", True)])
def test_one_officer_cannot_void_a_result(world, clock, people, itu, officer, answers, may):
    ballot = makers.open_one(world)
    makers.answer(world, ballot, people, answers)
    clock.set(ballot.closes_at)
    supersede = (services.supersede_by_meeting, world, ballot)
    if may:
        assert act(*supersede, by=itu, reason="Decided in Geneva.").superseded_at == world.now
        return
    assert code_of(act, *supersede, by=itu, reason="Decided in Geneva.") == "board.ballot.decided"
    assert queries.state_of(ballot, world.now) is BallotState.CLOSED
    annul(world, ballot, itu, officer)
    assert queries.state_of(ballot, world.now) is BallotState.ANNULLED


def test_the_pages_say_that_it_takes_two(world, clock, people, itu, sign_in):
    ballot = makers.open_one(world)
    makers.answer(world, ballot, people, "y" * 9)
    clock.set(ballot.closes_at)
    world.commit()
    browser = sign_in(itu)
    html = browser.get(f"/ballots/{ballot.code}").get_data(as_text=True)
    assert "officers of two agencies annul it together" in html
    assert "/supersede" not in html
    refused = browser.send(f"/ballots/{ballot.code}/supersede", {"reason": "Decided in Geneva on 3 June."})
    html = refused.get_data(as_text=True)
    assert (refused.status_code, "which one officer cannot set aside" in html) == (422, True)
    assert "Decided in Geneva on 3 June." in html


# ── who certifies ────────────────────────────────────────────────────────────────────────────────────────────────────


def with_account(world, person):
    accounts.add_account(world.session, person, actor=SYSTEM, now=world.now)
    world.session.flush()
    return person


def opened_by(world, clock, person):
    draft = makers.make_draft(world)
    closes_at = world.now + 4 * DAY
    act(services.open_ballot, world, draft, by=person, closes_at=closes_at)
    clock.set(closes_at)
    return draft


def test_who_opened_a_ballot_does_not_certify_it(world, clock, people, itu, officer, sign_in):
    for person in (itu, officer):
        with_account(world, person)
    ballot = opened_by(world, clock, itu)
    assert code_of(act, services.certify_ballot, world, ballot, by=itu) == "board.ballot.opener"
    world.commit()
    page = sign_in(itu).get(f"/ballots/{ballot.code}/certify").get_data(as_text=True)
    assert "You opened this ballot. Another officer of the Secretariat certifies it." in page
    assert act(services.certify_ballot, world, ballot, by=officer).certified_by_id == officer.id


def test_a_secretariat_of_one_certifies_its_own_and_the_history_says_so(world, clock, people, itu, officer, sign_in):
    with_account(world, itu)  # the other one cannot sign in
    ballot = opened_by(world, clock, itu)
    act(services.certify_ballot, world, ballot, by=itu)
    world.commit()
    page = sign_in(people["WMO"]).get(f"/ballots/{ballot.code}").get_data(as_text=True)
    assert "by the officer who opened it; no other was in office" in page


def test_the_mail_of_a_certificate_says_so_and_ends_with_a_checkpoint(world, clock, people, runtime):
    from u4ssc_gov.ledger.jobs import sign_checkpoints

    ballot = makers.open_one(world)
    makers.answer(world, ballot, people, "y" * 9)
    world.commit()
    sign_checkpoints(runtime, now=clock.now())
    clock.set(ballot.closes_at)
    services.certify_ballot(world.session, ballot, actor=SYSTEM, now=world.now)
    told = [mail for mail in mails(world.session, "ballot_outcome") if "is certified" in mail.subject]
    assert len(told) == len(people) + 1
    assert "Decision U4SSC/BM/2026/01 is certified" in told[0].text
    assert "Ledger checkpoint: " in told[0].text.rpartition("The page shows every position")[2]


def test_a_concerned_officer_neither_reminds_nor_writes_down_the_outcome(world, clock, people, itu, officer, sign_in):
    ballot = makers.open_election(world, people=[itu, officer])
    world.commit()
    browser = sign_in(itu)
    assert browser.send(f"/ballots/{ballot.code}/remind").status_code == 403
    clock.set(ballot.closes_at)
    world.commit()
    assert sign_in(itu).send(f"/ballots/{ballot.code}/outcome").status_code == 403
    other = world.officer("ITU")
    world.commit()
    assert sign_in(other).send(f"/ballots/{ballot.code}/outcome").status_code == 303


# ── a former representative, a late draft, too many remarks ──────────────────────────────────────────────────────────


def test_a_former_representative_is_told_since_when_and_keeps_the_text(world, clock, sign_in):
    voter = world.mandate("WMO", ends_on=(world.now + 2 * DAY).date())
    ballot = makers.open_one(world)
    world.commit()
    sent = {"partner_id": world.partner("WMO").id, "position": "object", "comment": "The text of an hour's work.",
            "text_sha256": ballot.text_sha256, "expected_revision": "0"}  # fmt: skip
    world.commit()
    clock.move(days=2)
    browser = sign_in(voter)
    for path in ("vote/check", "vote"):
        refused = browser.send(f"/ballots/{ballot.code}/{path}", sent)
        html = refused.get_data(as_text=True)
        assert refused.status_code == 403
        assert "Your mandate for WMO ended on 24 Nov" in html
        assert "The text of an hour&#39;s work." in html
    assert code_of(cast, world, ballot, voter, "WMO") == "board.vote.mandate_ended"
    assert code_of(cast, world, ballot, world.mandate("FAO"), "WMO") == "board.vote.not_elector"


def test_saving_a_draft_after_it_opened_keeps_what_was_typed(world, sign_in, officer):
    ballot = makers.open_one(world)
    world.commit()
    typed = {"title": "Another title", "decision_text": "A long text,\nof two lines.", "version": "1"}
    refused = sign_in(officer).send(f"/ballots/{ballot.code}/edit/text", typed)
    html = refused.get_data(as_text=True)
    assert refused.status_code == 409
    for words in ("is no longer a draft", "Another title", "A long text,\nof two lines."):
        assert words in html
    assert sign_in(officer).get(f"/ballots/{ballot.code}/edit/text").status_code == 303


def test_remarks_have_an_end(world, sign_in):
    ballot = makers.open_one(world)
    person, other = world.participant(), world.participant()
    for number in range(rules.MAXIMUM_REMARKS):
        act(services.add_remark, world, ballot, f"Remark {number}", by=person)
    act(services.add_remark, world, ballot, "Remark 0", by=person)  # said before
    assert code_of(act, services.add_remark, world, ballot, "One more", by=person) == "board.remark.too_many"
    act(services.add_remark, world, ballot, "One more", by=other)
    world.commit()
    refused = sign_in(person).send(f"/ballots/{ballot.code}/remarks", {"text": "One more word"})
    assert refused.status_code == 422
    assert "One more word" in refused.get_data(as_text=True)
    assert f"at most {rules.MAXIMUM_REMARKS} remarks of one person" in refused.get_data(as_text=True)


# ── instants ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_closings_that_follow_an_objection_are_full_minutes_and_stated(world, clock, people, sign_in):
    ballot = makers.open_silence(world)
    was = ballot.closes_at
    clock.move(seconds=61.78)
    object_to(world, ballot, people["WMO"], "WMO")
    consultation = ballot.closes_at
    assert (consultation.second, consultation.microsecond) == (0, 0)
    assert consultation > world.now
    clock.move(seconds=90.5)
    cast(world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION)
    left = was - (world.now - timedelta(seconds=90.5))
    assert timedelta() <= ballot.closes_at - (world.now + left) < timedelta(minutes=1)
    assert (ballot.closes_at.second, ballot.closes_at.microsecond) == (0, 0)
    told = mails(world.session, "ballot_news")
    assert "for the time that was left, at least 72 hours" in " ".join(told[0].text.split())
    assert "Before, it was to close Mon 7 Dec, 10:00 Geneva" in told[-1].text
    world.commit()
    page = sign_in(people["FAO"]).get(f"/ballots/{ballot.code}").get_data(as_text=True)
    assert "WMO lifted its objection. It was to close Mon 7 Dec, 10:00 Geneva" in page
    assert "and now closes Mon 7 Dec, 10:02 Geneva" in page


def test_an_extension_and_a_late_note_are_told_in_the_history(world, clock, people, sign_in):
    ballot = makers.open_one(world)
    later = ballot.closes_at + 3 * DAY
    services.extend_ballot(world.session, ballot, closes_at=later, reason="Holidays.", actor=SYSTEM, now=world.now)
    assert "Before, it was to close Fri 27 Nov, 10:00 Geneva" in mails(world.session, "ballot_news")[0].text
    clock.set(later + timedelta(hours=2))
    services.record_outcome(world.session, ballot, now=world.now)
    world.commit()
    page = sign_in(people["FAO"]).get(f"/ballots/{ballot.code}").get_data(as_text=True)
    assert "Extended. It was to close Fri 27 Nov, 10:00 Geneva" in page
    assert "and now closes Mon 30 Nov, 10:00 Geneva" in page
    assert "Closed Mon 30 Nov, 10:00 Geneva" in page
    assert "which was written down late" in page


# ── what the ledger cannot hold ──────────────────────────────────────────────────────────────────────────────────────


def test_a_file_name_cannot_make_a_decision_unverifiable(world):
    """What is taken out of a name may have kept letters apart: it is normalised afterwards."""
    draft = makers.make_draft(world, documents=(makers.paper("", "e:\u0301t\u0065\u0301.pdf"),))
    (paper,) = queries.list_documents(world.session, draft.id)
    assert paper.title == "été"
    assert makers.open_draft(world, draft).opened_seq is not None


@pytest.mark.parametrize("where", ["paper", "partner", "text"])
def test_nothing_opens_that_no_verifier_would_believe(world, where):
    draft = makers.make_draft(world, documents=(makers.paper("Annex"),))
    if where == "paper":
        queries.list_documents(world.session, draft.id)[0].title = "e\u0301"
    elif where == "partner":
        world.session.get_one(Partner, world.partner("WMO").id).official_name = "Organisation me\u0301te\u0301o"
    else:
        draft.decision_text = "A\x85B"
    world.session.flush()
    assert code_of(makers.open_draft, world, draft) == "board.ballot.not_freezable"
    world.session.rollback()
