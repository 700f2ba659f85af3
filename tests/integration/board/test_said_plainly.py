"""What pages, mails and records say is what happens: in each state, by each method, before and after each end."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.integration.board import makers
from tests.integration.board.makers import code_of, mails
from u4ssc_gov.board import queries, services
from u4ssc_gov.board.models import BallotEvent
from u4ssc_gov.board.rules import BallotType, Method, Position
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.tenures.models import Tenure
from u4ssc_gov.workflows import outcomes

DAY = timedelta(days=1)


def words(response) -> str:
    return " ".join(response.get_data(as_text=True).split())


@pytest.fixture
def people(world):
    return makers.everybody(world)


@pytest.fixture
def officer(world):
    return world.officer()


@pytest.fixture
def see(world, sign_in):
    """The page of a ballot, or another address, as somebody sees it."""

    def show(person, ballot, rest=""):
        world.commit()
        return words(sign_in(person).get(f"/ballots/{ballot.code}{rest}"))

    return show


# ── the first day of a tenure ────────────────────────────────────────────────────────────────────────────────────────


def test_a_tenure_cannot_start_before_its_ballot_has_closed(world, session, clock):
    early = {**makers.election_fields(world), "starts_on": date(2020, 2, 1)}
    assert code_of(makers.make_draft, world, **early) == "board.draft.starts_on"
    soon = {**makers.election_fields(world), "starts_on": date(2026, 12, 1)}
    closing = world.now + 14 * DAY
    assert code_of(makers.make_draft, world, closes_at=closing, **soon) == "board.draft.starts_too_early"
    ballot = makers.make_draft(world, **soon)
    assert code_of(makers.open_draft, world, ballot, days=14) == "board.draft.starts_too_early"
    assert code_of(makers.open_draft, world, ballot, days=8) == "board.draft.starts_too_early"  # closes on that day
    assert makers.open_draft(world, ballot, days=7).closes_at == world.now + 7 * DAY


def test_a_late_certificate_says_from_when_the_tenure_runs(world, session, clock, people, officer, see):
    ballot = makers.open_election(world, 1)
    makers.answer(world, ballot, people, "1" * 10)
    clock.set(world.now.replace(year=2027, month=1, day=5))
    page = see(officer, ballot, "/certify")
    assert "The text names 1 Jan as the first day of the tenure, and that day has passed." in page
    outcomes.certify(session, ballot, actor=SYSTEM, now=world.now)
    tenure = session.query(Tenure).one()
    assert tenure.starts_on == date(2027, 1, 5)
    assert "The tenure starts on 5 Jan, the day of the certificate, and not on 1 Jan" in see(people["WMO"], ballot)


# ── one ballot for one matter ────────────────────────────────────────────────────────────────────────────────────────


def test_a_second_ballot_on_one_matter_is_refused_with_a_link(world, session, clock, officer, sign_in):
    plan = makers.draft_plan(world)
    fields = makers.plan_fields(world, plan)
    first = makers.make_draft(world, **fields)
    assert code_of(makers.make_draft, world, **fields) == "board.draft.twice"
    world.commit()
    answer = sign_in(officer).send("/ballots/new/action_plan", {"plan_id": str(plan.id)})
    assert answer.status_code == 422
    assert f"{first.code} is about the same matter already." in words(answer)
    assert f'href="/ballots/{first.code}"' in words(answer)
    services.withdraw_ballot(session, first, reason="Not yet.", actor=SYSTEM, now=world.now)
    second = makers.open_one(world, days=20, **fields)
    assert code_of(makers.make_draft, world, **fields) == "board.draft.twice"
    clock.move(days=21)
    services.record_outcome(session, second, now=world.now)
    again = services.draft_next_round(session, second, actor=SYSTEM, now=world.now)  # the same matter, lawfully
    assert makers.open_draft(world, again, days=20).round == 2


# ── the e-mail of a vote on record ───────────────────────────────────────────────────────────────────────────────────


def test_the_email_of_a_vote_on_record_is_opened_by_those_it_concerns(world, people, officer, sign_in, see):
    ballot = makers.open_one(world)
    vote = makers.on_record(world, ballot, officer, "WMO")
    address = f"/ballots/{ballot.code}/receipts/{vote.receipt}/evidence"
    other, chair = world.officer("ITU"), world.co_chair()
    assert address in see(officer, ballot)
    assert address in see(people["WMO"], ballot, f"/receipts/{vote.receipt}")
    assert address not in see(people["WMO"], ballot)
    for reader, status in ((officer, 200), (other, 200), (people["WMO"], 200), (people["FAO"], 404), (chair, 404)):
        assert sign_in(reader).get(address).status_code == status
    cast = makers.cast(world, ballot, people["FAO"], "FAO")
    world.commit()
    assert sign_in(officer).get(f"/ballots/{ballot.code}/receipts/{cast.receipt}/evidence").status_code == 404


def test_the_email_stays_hidden_as_long_as_positions_do(world, clock, people, officer, sign_in):
    ballot = makers.open_election(world)
    vote = makers.on_record(world, ballot, officer, "WMO", candidates=(1,))
    other = world.officer("ITU")
    world.commit()
    address = f"/ballots/{ballot.code}/receipts/{vote.receipt}/evidence"
    for reader, status in ((officer, 200), (people["WMO"], 200), (other, 404)):
        assert sign_in(reader).get(address).status_code == status
    clock.set(ballot.closes_at)
    assert sign_in(other).get(address).status_code == 200


# ── before it opens ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_check_page_warns_of_a_short_silence_and_of_a_weekend(world, officer, see):
    fields = makers.silence_fields(world)
    short = makers.make_draft(world, closes_at=world.now + 5 * DAY, **fields)  # Saturday
    page = see(officer, short, "/check-opening")
    assert "It is open for less than the usual 10 working days of its rule, which would end Mon 7 Dec" in page
    assert "It closes at a weekend: Sat 28 Nov." in page
    assert "Open the ballot" in page
    usual = makers.make_draft(world, closes_at=world.now + 14 * DAY, title="Another")
    page = see(officer, usual, "/check-opening")
    assert "less than the usual" not in page
    assert "weekend" not in page
    assert "It closes early once every partner has answered itself" in page


def test_a_draft_counts_the_partners_of_today_and_says_so(world, officer, see):
    page = see(officer, makers.make_draft(world))
    assert "16 partners; at least 9 must answer" in page
    assert "The partners are counted when the ballot opens" in page


def test_a_scheduled_ballot_has_no_result_and_its_opening_is_in_the_history(world, clock, people, officer, see):
    draft = makers.make_draft(world)
    ballot = services.open_ballot(
        world.session, draft, opens_at=world.now + DAY, closes_at=world.now + 6 * DAY, actor=SYSTEM, now=world.now
    )
    page = see(people["WMO"], ballot)
    for wrong in ("<h2>Result", "did not vote", "were printed here", "Opened by itself"):
        assert wrong not in page.partition("</header>")[2], wrong
    assert "These numbers are fixed and cannot change." in page
    clock.move(days=2)
    page = see(people["WMO"], ballot)
    assert "Opened by itself at the time it was scheduled for" in page
    services.withdraw_ballot(world.session, ballot, reason="Wrong text.", actor=SYSTEM, now=world.now)
    history = see(people["WMO"], ballot).partition('id="history"')[2]
    assert history.index("Scheduled to open") < history.index("Opened by itself") < history.index("Withdrawn")


# ── while it runs ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_early_close_is_said_where_the_rule_has_it(world, people, see):
    assert "It closes early once every partner has answered itself" in see(people["WMO"], makers.open_one(world))
    assert "It closes early" not in see(people["WMO"], makers.open_silence(world))


def test_who_asked_for_a_vote_withdraws_a_request_and_not_an_objection(world, clock, people, officer, see):
    ballot = makers.open_silence(world)
    makers.cast(world, ballot, people["WMO"], "WMO", Position.ASK_VOTE)
    page = see(people["WMO"], ballot)
    assert "Withdraw WMO’s request for a vote" in page
    assert "Lift WMO’s objection" not in page
    panel = see(officer, ballot)
    assert "you can offer a correction" not in panel
    clock.move(hours=1)
    makers.cast(world, ballot, people["WMO"], "WMO", Position.NO_OBJECTION)
    assert "WMO withdrew its request for a vote" in see(people["FAO"], ballot)
    assert any("withdrew its request" in mail.text for mail in mails(world.session, "ballot_news"))


@pytest.mark.parametrize(("position", "words_"), [("object", "You can lift it"), ("ask_vote", "You can withdraw")])
def test_the_check_page_of_what_breaks_a_silence_does_not_promise_changes(world, people, sign_in, position, words_):
    ballot = makers.open_silence(world)
    sent = {"partner_id": world.partner("WMO").id, "text_sha256": ballot.text_sha256, "expected_revision": 0}
    sent |= {"position": position, "comment": "Chapter 4.", "cure": "Leave it out."}
    world.commit()
    page = words(sign_in(people["WMO"]).send(f"/ballots/{ballot.code}/vote/check", sent))
    assert words_ in page
    assert "You can change it until the ballot closes" not in page
    assert f'data-address="/ballots/{ballot.code}?partner=WMO&amp;change=1#vote"' in page


def test_the_calendar_entry_of_a_suspended_silence_does_not_say_adopted(world, people, sign_in):
    ballot = makers.open_silence(world)
    makers.object_to(world, ballot, people["WMO"], "WMO")
    world.commit()
    event = sign_in(people["FAO"]).get(f"/ballots/{ballot.code}/closing.ics").get_data(as_text=True)
    event = event.replace("\r\n ", "")
    assert "is adopted at this minute" not in event
    assert "The text is not adopted if the objection still stands" in event


def test_nothing_is_lifted_in_a_plain_vote(world, people):
    ballot = makers.open_one(world)
    vote = makers.object_to(world, ballot, people["WMO"], "WMO")
    assert (vote.comment, vote.cure) == ("Chapter 4 repeats ours.", "")


def test_the_mail_of_an_election_names_who_stands(world, people):
    makers.open_election(world)
    mail = mails(world.session, "ballot_opened")[0]
    for text in ("1. Candidate 1, nominated by ITU", "2. Candidate 2, nominated by UNECE"):
        assert text in " ".join(mail.text.split())


def test_a_remark_that_was_sent_is_not_offered_again(world, people, sign_in):
    ballot, person = makers.open_one(world), world.participant()
    world.commit()
    browser = sign_in(person)
    sent = browser.send(f"/ballots/{ballot.code}/remarks", {"text": "Please hear cities."})
    assert sent.location == f"/ballots/{ballot.code}?remark=kept#remarks"
    assert "data-arrived" in words(browser.get(sent.location))
    assert "data-arrived" not in words(browser.get(f"/ballots/{ballot.code}"))


# ── how it ends ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_rail_of_an_ended_ballot_says_when_it_ended(world, session, clock, people, see):
    ballot = makers.open_one(world, days=20)
    clock.move(days=2)
    services.withdraw_ballot(session, ballot, reason="Wrong text.", actor=SYSTEM, now=world.now)
    clock.move(days=1)
    page = see(people["WMO"], ballot)
    assert "Wed 25 Nov" in page.partition('class="rail')[2] or "25 Nov" in page
    assert "13 Dec" not in page


def test_an_election_ended_for_secrecy_never_shows_positions(world, people, see):
    ballot = makers.open_election(world)
    makers.answer(world, ballot, people, "12")
    for acronym in ("WMO", "FAO"):
        actor = world.actor(people[acronym])
        services.ask_secrecy(world.session, ballot, partner_id=world.partner(acronym).id, actor=actor, now=world.now)
    page = see(people["WMO"], ballot)
    assert "This ballot ended before its closing, so how partners answered is not shown." in page
    assert "is shown when the ballot closes" not in page


def test_what_was_needed_and_what_becomes_of_a_seat_that_stays_empty(world, clock, people, see):
    ballot = makers.open_election(world, 2, posts=2)
    makers.answer(world, ballot, people, "11111111112")
    clock.set(ballot.closes_at)
    page = see(people["WMO"], ballot)
    assert (
        "1 of 2 posts were filled. The support of at least 6 partners was needed. The other post stays vacant;" in page
    )


def test_a_tie_promises_no_certificate_in_the_mail_either(world, session, clock, people):
    ballot = makers.open_one(world)
    makers.answer(world, ballot, people, "yyyyyxxxxx")
    clock.set(ballot.closes_at)
    services.record_outcome(session, ballot, now=world.now)
    mail = mails(session, "ballot_outcome")[0].text
    assert "This decides nothing yet." in mail
    assert "takes effect then" not in mail


def test_the_history_of_an_annulment_names_two_agencies_and_one_person(world, session, clock, people, see):
    ballot = makers.open_one(world)
    first, second = world.officer("UNECE"), world.officer("ITU")
    services.ask_annulment(session, ballot, reason="Wrong electors.", actor=world.actor(first), now=world.now)
    outcomes.annul(session, ballot, actor=world.actor(second), now=world.now)
    page = see(people["WMO"], ballot)
    assert "Annulled by two Secretariat agencies; confirmed" in page


def test_subjects_of_guidance_are_none(world, people, see):
    ballot = makers.open_one(world, type=BallotType.GUIDANCE, method=Method.VOTE)
    assert "What this is about" not in see(people["WMO"], ballot)
    assert queries.state_of(ballot, world.now).value == "open"
    assert world.session.query(BallotEvent).count() == 1
