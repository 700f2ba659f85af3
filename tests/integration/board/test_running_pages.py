"""The Secretariat runs, certifies and ends a ballot: each act on its own page, nothing typed is lost."""

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.integration.board import makers
from u4ssc_gov.board import electors, history, queries, services
from u4ssc_gov.board.pages import ballot as pages
from u4ssc_gov.board.pages import running as running_pages
from u4ssc_gov.board.rules import BallotOutcome, BallotState, Capacity, Method, Position, VotingRule
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.dates import GENEVA
from u4ssc_gov.workflows import outcomes

SECOND = timedelta(seconds=1)


@pytest.fixture
def officer(world):
    return world.officer()


@pytest.fixture
def enter(world, sign_in, officer):
    """Commit what was made and return the officer's browser."""

    def make(person=None):
        world.commit()
        return sign_in(person or officer)

    return make


def text(response):
    return response.get_data(as_text=True)


def plain(response):
    """The words of a page without its tags, blanks made one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(response)))


def ballot_now(session, code="B-26-01"):
    with Session(session.get_bind(), expire_on_commit=False) as own:
        return queries.find_ballot(own, code, actor=SYSTEM)


def state_now(session, clock, code="B-26-01"):
    return queries.state_of(ballot_now(session, code), clock.now())


def events(session, code="B-26-01"):
    with Session(session.get_bind()) as own:
        return [one.kind for one in history.list_events(own, queries.find_ballot(own, code, actor=SYSTEM).id)]


def local(instant):
    """A day and an hour as the fields of a page take them."""
    found = instant.astimezone(GENEVA)
    return found.date().isoformat(), found.strftime("%H:%M")


REASONS = [
    ("", "Give the reason"),
    (" \x00 ", "Give the reason"),
    ("\u200b", "Give the reason"),
    ("x" * 601, "Reason: use 600"),
]


# ── every act that needs a reason ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("act", ["withdraw", "supersede", "annul"])
@pytest.mark.parametrize(("reason", "message"), REASONS)
def test_an_act_needs_a_reason_that_can_be_read(world, enter, session, clock, act, reason, message):
    makers.open_one(world)
    answer = enter().send(f"/ballots/B-26-01/{act}", {"reason": reason})
    assert answer.status_code == 422
    assert message in text(answer)
    assert state_now(session, clock) is BallotState.OPEN


def test_withdrawing(world, enter, session, clock):
    makers.open_one(world)
    browser = enter()
    url = "/ballots/B-26-01/withdraw"
    assert "Voting ends at once" in text(browser.get(url))
    assert browser.send(url, {"reason": "Stepped <b>back</b>"}).location == "/ballots/B-26-01"
    page = text(browser.get("/ballots/B-26-01"))
    assert "Stepped &lt;b&gt;back&lt;/b&gt;" in page
    assert state_now(session, clock) is BallotState.WITHDRAWN
    again = browser.send(url, {"reason": "Again, and this stays"})
    assert again.status_code == 422
    assert "has ended" in text(again)
    assert "can no longer be withdrawn" in text(browser.get(url))


def test_a_draft_is_withdrawn_without_a_mail(world, enter, session, clock):
    makers.make_draft(world)
    browser = enter()
    assert "No e-mail goes out." in text(browser.get("/ballots/B-26-01/withdraw"))
    browser.send("/ballots/B-26-01/withdraw", {"reason": "Not needed"})
    assert makers.mails(session, "ballot_news") == []


def test_a_meeting_has_decided_it(world, enter, session, clock):
    makers.open_one(world)
    browser = enter()
    url = "/ballots/B-26-01/supersede"
    assert "no outcome of its own" in text(browser.get(url))
    assert browser.send(url, {"reason": "Annual meeting of 24 November"}).status_code == 303
    assert state_now(session, clock) is BallotState.SUPERSEDED
    assert "has ended already" in text(browser.get(url))
    assert browser.send(url, {"reason": "Again"}).status_code == 422


def test_a_draft_is_not_superseded(world, enter, session):
    makers.make_draft(world)
    browser = enter()
    assert "was never opened" in text(browser.get("/ballots/B-26-01/supersede"))
    assert browser.send("/ballots/B-26-01/supersede", {"reason": "x"}).status_code == 422


# ── an open ballot ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_reminding_and_recording_by_hand(world, enter, clock, session):
    makers.everybody(world)
    ballot = makers.open_one(world)
    closes_at = ballot.closes_at
    browser = enter()
    url = "/ballots/B-26-01"
    assert browser.send(f"{url}/remind").location == url
    assert "16 reminders are on their way." in text(browser.get(url))
    browser.send(f"{url}/remind")
    assert "They were reminded today already" in text(browser.get(url))
    browser.send(f"{url}/outcome")
    assert "has not closed" in text(browser.get(url))
    clock.set(closes_at)
    browser = enter()
    browser.send(f"{url}/outcome")
    assert "is recorded and on its way by e-mail" in text(browser.get(url))
    assert ballot_now(session).outcome is BallotOutcome.NO_QUORUM


def test_extending_once(world, enter, clock, session):
    ballot = makers.open_one(world, days=5)
    latest = ballot.closes_at + timedelta(days=7)
    browser = enter()
    url = "/ballots/B-26-01/extend"
    page = text(browser.get(url))
    day, hour = local(latest)
    assert f'value="{day}"' in page  # the latest that the rule allows
    sent = {"closes_on": day, "closes_time": hour, "reason": "Two partners asked for more time."}
    assert browser.send(url, sent).location == "/ballots/B-26-01"
    assert ballot_now(session).closes_at == latest
    assert "cannot be extended again" in text(browser.get(url))
    again = browser.send(url, sent)
    assert again.status_code == 422
    assert "once at most" in text(again)
    assert ballot_now(session).closes_at == latest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"reason": ""}, "Give the reason"),
        ({"closes_on": ""}, "Choose the day of the closing."),
        ({"closes_time": ""}, "Add the hour of the closing."),
        ({"closes_on": "2026-11-27"}, "Choose a closing after the present one"),
        ({"closes_on": "2026-12-06"}, "at most 7 days later"),
        ({"closes_on": "9999-12-31"}, "Choose a day in the coming months."),
        ({"closes_on": "' OR 1=1"}, "Not a valid date"),
    ],
)
def test_an_extension_that_is_refused(world, enter, session, changes, message):
    ballot = makers.open_one(world, days=5)
    before = ballot.closes_at
    sent = {"closes_on": "2026-12-01", "closes_time": "10:00", "reason": "This stays", **changes}
    answer = enter().send("/ballots/B-26-01/extend", sent)
    assert answer.status_code == 422
    assert message in text(answer)
    assert ("This stays" in text(answer)) is ("reason" not in changes)
    assert ballot_now(session).closes_at == before


def test_an_extension_after_the_closing_or_against_the_rule(world, enter, clock, session):
    ballot = makers.open_one(world, rule=VotingRule(extension_days=0))
    closes_at = ballot.closes_at
    assert "Its rule allows no extension." in text(enter().get("/ballots/B-26-01/extend"))
    clock.set(closes_at)
    browser = enter()
    assert "Only an open ballot can be extended." in text(browser.get("/ballots/B-26-01/extend"))
    day, hour = local(closes_at + timedelta(days=1))
    late = browser.send("/ballots/B-26-01/extend", {"closes_on": day, "closes_time": hour, "reason": "Late"})
    assert late.status_code == 422
    assert "is not open" in text(late)


def test_a_candidate_withdraws(world, enter, session):
    makers.open_election(world, 3)
    browser = enter()
    url = "/ballots/B-26-01/withdraw-candidate"
    assert "Candidate 2" in text(browser.get(url))
    for wrong in ("", "9", "x", "-1"):
        answer = browser.send(url, {"candidate": wrong, "reason": "This stays"})
        assert answer.status_code == 422
        assert "Choose who withdrew." in text(answer)
        assert "This stays" in text(answer)
    assert browser.send(url, {"candidate": "2", "reason": "Took another post"}).status_code == 303
    assert ballot_now(session).struck == [2]
    assert "Candidate 2" not in text(browser.get(url)).partition("<form")[2].partition("Strike the candidate")[0]
    assert browser.send(url, {"candidate": "2", "reason": "Again"}).status_code == 422


def test_nobody_withdraws_from_a_vote(world, enter):
    makers.open_one(world)
    browser = enter()
    assert "while it is open" in text(browser.get("/ballots/B-26-01/withdraw-candidate"))
    answer = browser.send("/ballots/B-26-01/withdraw-candidate", {"candidate": "1", "reason": "x"})
    assert answer.status_code == 422


# ── on record of an e-mail ───────────────────────────────────────────────────────────────────────────────────────────

RECORD = "/ballots/B-26-01/on-record/WMO"


def position(session, **changes):
    values = {"position": "approve", "comment": "As we wrote.", "text_sha256": ballot_now(session).text_sha256}
    return {**values, "expected_revision": "0", **changes}


def mail():
    return {"evidence": (io.BytesIO(makers.PDF), "mail.pdf")}


def test_a_position_on_record_is_checked_then_recorded_with_its_mail(world, enter, session):
    world.mandate("WMO")
    makers.open_one(world)
    browser = enter()
    assert browser.send("/ballots/B-26-01/on-record", {"seat": "WMO"}).location == RECORD
    assert "WMO supports the decision as written" in text(browser.get(RECORD))
    check = browser.send(RECORD, position(session))
    assert check.status_code == 200
    assert "Check WMO’s position before you record it" in text(check)
    assert "Record WMO’s position: Approve" in text(check)
    seat = electors.find_elector(session, ballot_now(session).id, world.partner("WMO").id)
    assert seat[1] is None  # nothing is recorded yet
    session.rollback()
    change = browser.send(RECORD, position(session, change="1"))
    assert "As we wrote." in text(change)
    missing = browser.send(f"{RECORD}/record", position(session))
    assert missing.status_code == 422
    assert "Attach the e-mail of the partner." in text(missing)
    assert "As we wrote." in text(missing)
    assert browser.send(f"{RECORD}/record", position(session, **mail())).status_code == 303
    vote = electors.find_elector(session, ballot_now(session).id, world.partner("WMO").id)[1]
    assert (vote.capacity, vote.position, vote.comment) == (Capacity.ON_RECORD, Position.APPROVE, "As we wrote.")
    assert vote.evidence_id is not None
    session.rollback()
    again = browser.send(f"{RECORD}/record", position(session, **mail()))
    assert again.status_code in (303, 409)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"position": ""}, "Choose a position"),
        ({"position": "no_objection"}, "Choose a position"),
        ({"position": "veto"}, "Choose a position"),
        ({"position": "object", "comment": ""}, "Give the reason for WMO’s objection"),
        ({"position": "approve_with_comments", "comment": "\u200b"}, "Write the comments of WMO"),
        ({"comment": "x" * 2001}, "Comment: use 2,000 characters at most."),
    ],
)
def test_a_position_that_is_refused_stays_on_the_page(world, enter, session, changes, message):
    makers.open_one(world)
    browser = enter()
    answer = browser.send(RECORD, position(session, **changes))
    assert answer.status_code == 422
    assert message in text(answer)
    sent = browser.send(f"{RECORD}/record", position(session, **changes, **mail()))
    assert sent.status_code == 422
    assert events(session) == ["opened"]


def test_a_silence_asks_for_the_cure(world, enter, session):
    makers.open_silence(world)
    browser = enter()
    answer = browser.send(RECORD, position(session, position="object"))
    assert answer.status_code == 422
    assert "Say what would lift WMO’s objection" in text(answer)
    answer = browser.send(RECORD, position(session, position="object", cure="Chapter 4 goes"))
    assert answer.status_code == 200
    assert "Chapter 4 goes" in text(answer)
    browser.send(f"{RECORD}/record", position(session, position="object", cure="Chapter 4 goes", **mail()))
    assert ballot_now(session).suspended_at is not None


def test_an_election_asks_for_candidates(world, enter, session):
    makers.open_election(world)
    browser = enter()
    assert "Candidates it supports" in text(browser.get(RECORD))
    answer = browser.send(RECORD, position(session))
    assert answer.status_code == 422
    assert "Choose whom this vote supports." in text(answer)
    answer = browser.send(RECORD, position(session, candidates=["2"]))
    assert "Candidate 2" in text(answer)
    browser.send(f"{RECORD}/record", position(session, candidates=["2"], **mail()))
    vote = electors.find_elector(session, ballot_now(session).id, world.partner("WMO").id)[1]
    assert vote.candidates == [2]


def test_a_partners_own_vote_stands(world, enter, session):
    voter = world.mandate("WMO")
    ballot = makers.open_one(world)
    makers.cast(world, ballot, voter, "WMO", Position.ABSTAIN)
    browser = enter()
    assert 'value="WMO"' not in text(browser.get("/ballots/B-26-01/on-record"))
    assert browser.send("/ballots/B-26-01/on-record", {"seat": "WMO"}).status_code == 422
    assert "a partner’s own vote stands" in text(browser.get(RECORD))
    late = browser.send(f"{RECORD}/record", position(session, expected_revision="1", comment="This stays", **mail()))
    assert late.status_code == 409
    assert "own vote stands" in text(late)
    assert "This stays" in text(late)


def test_a_position_after_the_closing_or_for_another_text(world, enter, session, clock):
    ballot = makers.open_one(world)
    closes_at = ballot.closes_at
    browser = enter()
    other = browser.send(f"{RECORD}/record", position(session, text_sha256="0" * 64, **mail()))
    assert other.status_code == 409
    clock.set(closes_at)
    browser = enter()
    assert "is not open" in text(browser.get(RECORD))
    late = browser.send(f"{RECORD}/record", position(session, **mail()))
    assert late.status_code == 409
    assert "closed at" in text(late)
    assert events(session) == ["opened"]


@pytest.mark.parametrize("seat", ["NASA", "wmo", "%00", "x" * 300])
def test_no_such_seat(world, enter, seat):
    makers.open_one(world)
    assert enter().get(f"/ballots/B-26-01/on-record/{seat}").status_code == 404


def test_a_file_that_is_refused_keeps_the_rest(world, enter, session):
    makers.open_one(world)
    bad = {"evidence": (io.BytesIO(b"<svg/>"), "a.svg")}
    answer = enter().send(f"{RECORD}/record", position(session, **bad))
    assert answer.status_code == 422
    assert "cannot be taken" in text(answer)
    assert "As we wrote." in text(answer)
    assert events(session) == ["opened"]


# ── a broken silence ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def broken(world):
    """A silence that WMO's objection suspended."""
    ballot = makers.open_silence(world)
    makers.object_to(world, ballot, world.mandate("WMO"), "WMO")
    return ballot


def test_offering_a_correction(world, enter, session, broken):
    partner = world.partner("WMO").id
    browser = enter()
    url = "/ballots/B-26-01/correction"
    page = text(browser.get(url))
    assert "Chapter 4 repeats ours." in page
    assert "Refer to our chapter." in page
    for wrong, message in (("", "Write the correction"), ("x" * 2001, "use 2,000 characters at most")):
        answer = browser.send(url, {"partner_id": str(partner), "text": wrong})
        assert answer.status_code == 422
        assert message in text(answer)
    answer = browser.send(url, {"partner_id": "1" * 9, "text": "This stays"})
    assert answer.status_code == 422
    assert "Choose the partner that objects." in text(answer)
    assert "This stays" in text(answer)
    sent = {"partner_id": str(partner), "text": "“Chapter 4” becomes “chapter 4 of WMO”."}
    assert browser.send(url, sent).status_code == 303
    assert browser.send(url, sent).status_code == 303  # a double click offers once
    assert events(session).count("editorial") == 1


def test_no_correction_without_an_objection(world, enter):
    makers.open_silence(world)
    browser = enter()
    assert "No objection waits" in text(browser.get("/ballots/B-26-01/correction"))
    assert browser.send("/ballots/B-26-01/correction", {"partner_id": "1", "text": "x"}).status_code == 422


@pytest.mark.parametrize("method", ["silence", "vote"])
def test_putting_it_again(world, enter, session, clock, broken, method):
    browser = enter()
    url = "/ballots/B-26-01/next-round"
    assert "This one is never reopened" in text(browser.get(url))
    assert browser.send(url, {"method": "election"}).status_code == 422
    assert browser.send(url, {"method": method}).location == "/ballots/B-26-02/edit"
    again = ballot_now(session, "B-26-02")
    assert (again.method, again.round, again.title) == (Method(method), 2, "Adopt the guide")
    assert browser.send(url, {"method": method}).location == "/ballots/B-26-02/edit"  # the draft there is
    assert state_now(session, clock) is BallotState.SUSPENDED
    assert queries.state_of(again, clock.now()) is BallotState.DRAFT


def test_a_decided_ballot_is_not_put_again(world, enter, session, clock):
    people = makers.everybody(world)
    ballot = makers.open_one(world)
    makers.answer(world, ballot, people, "y" * 10)
    clock.set(ballot.closes_at)
    browser = enter()
    assert "A ballot is never reopened" in text(browser.get("/ballots/B-26-01/next-round"))
    refused = browser.send("/ballots/B-26-01/next-round", {"method": "vote"})
    assert refused.status_code == 422
    assert "cannot be put again" in text(refused)
    assert "decided nothing" in text(browser.get("/ballots/B-26-01/refer"))
    assert browser.send("/ballots/B-26-01/refer", {"reason": "This stays"}).status_code == 422


def test_referring_to_the_annual_meeting(world, enter, session, clock, broken):
    browser = enter()
    url = "/ballots/B-26-01/refer"
    for reason, message in REASONS:
        answer = browser.send(url, {"reason": reason})
        assert (answer.status_code, message in text(answer)) == (422, True)
    assert browser.send(url, {"reason": "The partners wish to talk."}).status_code == 303
    assert state_now(session, clock) is BallotState.REFERRED
    assert browser.send(url, {"reason": "Again"}).status_code == 422


# ── certifying ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def closed(world, clock):
    """A vote that passed and closed."""
    people = makers.everybody(world)
    ballot = makers.open_one(world, if_approved="The guide is published.", if_not_approved="Nothing follows.")
    makers.answer(world, ballot, people, "y" * 10)
    clock.set(ballot.closes_at)
    return ballot


def test_certifying(world, enter, session, clock, closed):
    browser = enter()
    url = "/ballots/B-26-01/certify"
    page = plain(browser.get(url))
    assert "10 approve · 0 objections · 0 abstain · 6 did not vote" in page
    assert "At least 9 of 16 partners answer (10)" in page
    assert "The guide is published." in page
    assert "U4SSC/BM/2026/01" in page
    assert "contested for 10 days" in page
    assert ballot_now(session).certified_at is None
    assert browser.send(url).location == "/ballots/B-26-01"
    ballot = ballot_now(session)
    assert (ballot.decision_number, ballot.outcome) == ("U4SSC/BM/2026/01", BallotOutcome.APPROVED)
    assert "is certified as U4SSC/BM/2026/01" in text(browser.get("/ballots/B-26-01"))
    assert browser.send(url).status_code == 303  # a double click certifies once
    assert events(session).count("certified") == 1


def test_the_next_number(world, clock, closed):
    assert running_pages.next_number(world.session, world.now) == "U4SSC/BM/2026/01"
    services.certify_ballot(world.session, closed, actor=SYSTEM, now=world.now)
    assert running_pages.next_number(world.session, world.now) == "U4SSC/BM/2026/02"
    assert running_pages.next_number(world.session, world.now + timedelta(days=60)) == "U4SSC/BM/2027/01"


def test_a_ballot_that_has_not_closed_is_not_certified(world, enter, session, clock):
    ballot = makers.open_one(world)
    closes_at = ballot.closes_at
    clock.set(closes_at - SECOND)
    browser = enter()
    assert "has not closed" in text(browser.get("/ballots/B-26-01/certify"))
    assert browser.send("/ballots/B-26-01/certify").status_code == 422
    clock.set(closes_at)
    browser = enter()
    assert "It decided nothing" not in text(browser.get("/ballots/B-26-01/certify"))
    assert browser.send("/ballots/B-26-01/certify").status_code == 303


def test_the_person_concerned_does_not_certify(world, enter, session, clock, officer):
    ballot = makers.open_election(world, people=[officer, world.person()])
    clock.set(ballot.closes_at)
    browser = enter()
    page = browser.get("/ballots/B-26-01/certify")
    assert "You may not do this: the ballot is about you." in text(page)
    refused = browser.send("/ballots/B-26-01/certify")
    assert refused.status_code == 403
    assert "This ballot is about you." in text(refused)
    assert ballot_now(session).certified_at is None
    for act in ("withdraw", "extend", "refer", "next-round", "annul", "outage"):
        assert "You may not do this" in text(browser.get(f"/ballots/B-26-01/{act}")) or act in ("withdraw", "extend")
    other = enter(world.officer("ITU"))
    assert other.send("/ballots/B-26-01/certify").status_code == 303


def test_nothing_decided_offers_the_ways_on(world, enter, session, clock):
    ballot = makers.open_one(world)
    clock.set(ballot.closes_at)
    page = text(enter().get("/ballots/B-26-01/certify"))
    assert "recorded as not adopted" in page
    assert "/ballots/B-26-01/next-round" in page
    assert "/ballots/B-26-01/refer" in page


def test_a_consequence_that_cannot_take_effect_is_said(world, enter, session, clock):
    people = makers.everybody(world)
    plan = makers.draft_plan(world)
    ballot = makers.open_one(world, **makers.plan_fields(world, plan), days=5)
    makers.answer(world, ballot, people, "y" * 12)
    plan.adopted_at, plan.adoption_basis = world.now, "Annual meeting"
    clock.set(ballot.closes_at)
    browser = enter()
    browser.send("/ballots/B-26-01/certify")
    assert "It could not take effect by itself:" in text(browser.get("/ballots/B-26-01"))


def test_noting_an_outage(world, enter, session, clock):
    ballot = makers.open_one(world)
    closes_at = ballot.closes_at
    browser = enter()
    assert "after a ballot has closed" in text(browser.get("/ballots/B-26-01/outage"))
    clock.set(closes_at + timedelta(hours=2))
    browser = enter()
    url = "/ballots/B-26-01/outage"
    since, until = local(closes_at - timedelta(hours=3)), local(closes_at + timedelta(hours=1))
    sent = {"since_on": since[0], "since_time": since[1], "until_on": until[0], "until_time": until[1]}
    for changes, message in (
        ({"since_on": ""}, "Choose the day on which it began."),
        ({"until_time": "x"}, "Not a valid time"),
        ({"since_on": "2026-11-20", "until_on": "2026-11-21"}, "in the last day before the closing"),
        ({"until_on": "2026-12-24"}, "in the last day before the closing"),
    ):
        answer = browser.send(url, {**sent, **changes})
        assert (answer.status_code, message in text(answer)) == (422, True)
    assert browser.send(url, sent).status_code == 303
    assert events(session)[-1] == "outage"


# ── challenges and annulment ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def challenged(world, clock, closed):
    """A certified decision that WMO contests."""
    outcomes.certify(world.session, closed, actor=SYSTEM, now=world.now)
    voter = world.actor(world.mandate("WMO", alternate=True))
    partner = world.partner("WMO").id
    services.raise_challenge(
        world.session, closed, partner_id=partner, grounds="We got <i>no</i> mail.", actor=voter, now=world.now
    )
    return closed


def test_answering_a_challenge(world, enter, session, clock, challenged):
    browser = enter()
    url = "/ballots/B-26-01/challenges/WMO"
    assert "We got &lt;i&gt;no&lt;/i&gt; mail." in text(browser.get(url))
    for sent, message in (
        ({"answer": "This stays"}, "Say whether the challenge is right."),
        ({"answer": "This stays", "upheld": "maybe"}, "Say whether the challenge is right."),
        ({"answer": "", "upheld": "no"}, "Give the reason"),
        ({"answer": "\u200b", "upheld": "no"}, "Give the reason"),
        ({"answer": "x" * 2001, "upheld": "no"}, "use 2,000 characters at most"),
    ):
        answer = browser.send(url, sent)
        assert (answer.status_code, message in text(answer)) == (422, True)
        assert sent["answer"] != "This stays" or "This stays" in text(answer)
    assert browser.send(url, {"answer": "The mail went out on 23 November.", "upheld": "no"}).status_code == 303
    assert ballot_now(session).challenged_at is None
    assert "answered already" in text(browser.get(url))
    assert browser.send(url, {"answer": "Again", "upheld": "yes"}).status_code == 303  # changes nothing
    with Session(session.get_bind()) as own:
        (challenge,) = history.list_challenges(own, ballot_now(session).id)
        assert (challenge.upheld, challenge.answer) == (False, "The mail went out on 23 November.")


@pytest.mark.parametrize("partner", ["ITU", "nobody", "%00"])
def test_no_such_challenge(world, enter, challenged, partner):
    assert enter().get(f"/ballots/B-26-01/challenges/{partner}").status_code == 404


def test_two_agencies_annul(world, enter, session, clock, closed):
    browser = enter()
    assert "Nobody has asked" in text(browser.get("/ballots/B-26-01/annul/confirm"))
    assert browser.send("/ballots/B-26-01/annul/confirm").status_code == 422
    assert browser.send("/ballots/B-26-01/annul", {"reason": "The wrong text was attached."}).status_code == 303
    assert "has asked for this annulment already" in text(browser.get("/ballots/B-26-01/annul"))
    again = browser.send("/ballots/B-26-01/annul", {"reason": "Another reason"})
    assert again.status_code == 422
    assert ballot_now(session).annulment_reason == "The wrong text was attached."
    assert "another Secretariat agency" in text(browser.get("/ballots/B-26-01/annul/confirm"))
    assert browser.send("/ballots/B-26-01/annul/confirm").status_code == 403
    same = enter(world.officer("UNECE"))
    assert same.send("/ballots/B-26-01/annul/confirm").status_code == 403
    assert state_now(session, clock) is BallotState.CLOSED
    other = enter(world.officer("ITU"))
    assert "The wrong text was attached." in text(other.get("/ballots/B-26-01/annul/confirm"))
    assert other.send("/ballots/B-26-01/annul/confirm").status_code == 303
    assert state_now(session, clock) is BallotState.ANNULLED
    assert "cannot be annulled" in text(other.get("/ballots/B-26-01/annul"))


# ── the panel ────────────────────────────────────────────────────────────────────────────────────────────────────────


def panel_of(world, ballot, officer):
    actor = world.actor(officer)
    found = queries.get_ballot_text(world.session, ballot.code, actor=actor)
    page = pages.build(world.session, found, (), (), actor=actor, now=world.now)
    return running_pages.build_panel(page, actor, world.now)


def names(panel):
    return [act.endpoint for act in (*([panel.primary] if panel.primary else []), *panel.acts, *panel.quiet)]


def test_the_panel_of_a_draft_and_of_a_scheduled_ballot(world, officer):
    ballot = makers.make_draft(world)
    assert names(panel_of(world, ballot, officer)) == ["check_opening", "edit_ballot", "withdraw_ballot"]
    opens_at = world.now + timedelta(days=1)
    services.open_ballot(
        world.session, ballot, closes_at=opens_at + timedelta(days=4), opens_at=opens_at, actor=SYSTEM, now=world.now
    )
    panel = panel_of(world, ballot, officer)
    assert names(panel) == ["withdraw_ballot", "ask_annulment"]
    assert "It opens by itself Tue 24 Nov, 10:00 Geneva" in panel.sentence


def test_the_panel_of_an_open_ballot(world, officer):
    people = makers.everybody(world)
    ballot = makers.open_one(world, rule=VotingRule(early_close=False))
    panel = panel_of(world, ballot, officer)
    assert panel.sentence.startswith("16 partners have not answered.")
    assert names(panel) == [
        "remind_partners", "choose_seat", "extend_ballot", "supersede_ballot", "withdraw_ballot", "ask_annulment",
    ]  # fmt: skip
    makers.answer(world, ballot, people, "y" * 16)
    services.extend_ballot(
        world.session, ballot, closes_at=ballot.closes_at + SECOND, reason="x", actor=SYSTEM, now=world.now
    )
    panel = panel_of(world, ballot, officer)
    assert panel.sentence == "Every partner has answered."
    assert panel.notes == ["It was extended once, and cannot be extended again."]
    assert "remind_partners" not in names(panel)
    election = panel_of(world, makers.open_election(world), officer)
    assert "withdraw_candidate" in names(election)
    assert election.sentence.startswith("16 partners have not answered.")


def test_the_panel_of_a_broken_silence(world, officer, broken):
    panel = panel_of(world, broken, officer)
    assert panel.primary.endpoint == "offer_correction"
    assert names(panel)[1:5] == ["next_round", "refer_ballot", "supersede_ballot", "withdraw_ballot"]
    made = services.draft_next_round(world.session, broken, actor=SYSTEM, now=world.now)
    assert panel_of(world, broken, officer).acts[0].args == {"code": made.code}


def test_the_panel_of_a_closed_ballot(world, officer, clock, closed):
    panel = panel_of(world, closed, officer)
    assert panel.primary.endpoint == "certify_ballot"
    assert "record_outcome" in names(panel)
    services.record_outcome(world.session, closed, now=world.now)
    assert "record_outcome" not in names(panel_of(world, closed, officer))
    undecided = makers.open_one(world)
    clock.set(undecided.closes_at)
    panel = panel_of(world, undecided, officer)
    assert panel.sentence == "It decided nothing: no quorum. It needs a next step."
    assert names(panel)[:2] == ["next_round", "refer_ballot"]
    assert "certify_ballot" in names(panel)


def test_the_panel_of_a_decision(world, officer, clock, challenged):
    panel = panel_of(world, challenged, officer)
    assert (panel.primary.endpoint, panel.primary.args) == ("answer_challenge", {"partner": "WMO"})
    (challenge,) = history.list_challenges(world.session, challenged.id)
    services.decide_challenge(
        world.session, challenged, challenge, upheld=True, answer="x", actor=SYSTEM, now=world.now
    )
    panel = panel_of(world, challenged, officer)
    assert "A challenge was upheld" in panel.sentence
    clock.move(days=11)
    services.ask_annulment(
        world.session, challenged, reason="x", actor=world.actor(world.officer("ITU")), now=world.now
    )
    panel = panel_of(world, challenged, officer)
    assert panel.primary.endpoint == "confirm_annulment"
    assert panel.sentence == "ITU asked that this ballot be annulled."


def test_the_panel_is_the_secretariats(world, sign_in, officer):
    makers.open_one(world)
    voter = world.mandate("WMO")
    world.commit()
    assert "For the Secretariat" in text(sign_in(officer).get("/ballots/B-26-01"))
    assert "For the Secretariat" not in text(sign_in(voter).get("/ballots/B-26-01"))


# ── who ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

ACTS = [
    "withdraw", "remind", "outcome", "extend", "withdraw-candidate", "on-record", "on-record/WMO",
    "on-record/WMO/record", "correction", "next-round", "refer", "supersede", "certify", "outage", "challenges/WMO",
    "annul", "annul/confirm",
]  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_these_acts_are_the_secretariats(world, sign_in, client, act):
    people = [world.mandate("WMO"), world.co_chair(), world.participant()]
    makers.open_one(world)
    world.commit()
    url = f"/ballots/B-26-01/{act}"
    for person in people:
        browser = sign_in(person)
        assert browser.get(url).status_code in (403, 405)
        assert browser.send(url, {"reason": "x"}).status_code == 403
    assert client.send(url, {"reason": "x"}).status_code == 401  # told, with what was typed


@pytest.mark.parametrize("act", [act for act in ACTS if act not in ("remind", "outcome", "on-record/WMO/record")])
@pytest.mark.parametrize("code", ["B-26-99", "B-26-1%00", "nonsense"])
def test_no_such_ballot(enter, world, act, code):
    world.partners()
    assert enter().get(f"/ballots/{code}/{act}").status_code == 404


def test_reading_these_pages_writes_nothing(world, enter, session, broken):
    browser = enter()
    before = ballot_now(session).version
    for act in ACTS:
        assert browser.get(f"/ballots/B-26-01/{act}").status_code in (200, 404, 405)
    assert ballot_now(session).version == before


def test_a_fixed_number_of_statements(world, enter, closed, count_statements):
    browser = enter()
    seen = {}
    for act in ("certify", "on-record/WMO", "on-record", "withdraw", "extend", "next-round", "annul"):
        with count_statements() as made:
            browser.get(f"/ballots/B-26-01/{act}")
        seen[act] = len(made)
    assert max(seen.values()) <= 8
    assert seen["certify"] == 5
