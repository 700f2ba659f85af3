"""The page of a ballot in every state and method: what it says on top, what may be done, what may not."""

import re
from datetime import timedelta

import pytest

from tests.integration.board import makers
from u4ssc_gov.board import services
from u4ssc_gov.board.models import BallotEvent, Remark
from u4ssc_gov.board.rules import Method, Position
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.workflows import outcomes

ASKED = "Continue to check"


@pytest.fixture
def everyone(world):
    return makers.everybody(world)


@pytest.fixture
def officers(world):
    return [world.officer("UNECE"), world.officer("ITU")]


@pytest.fixture
def see(world, sign_in):
    """The page of a ballot as somebody reads it, without tags."""

    def read(ballot, person, query=""):
        world.commit()
        response = sign_in(person).get(f"/ballots/{ballot.code}{query}")
        assert response.status_code == 200
        return " ".join(re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)).split())

    return read


def certify(world, clock, ballot, officer):
    clock.set(ballot.closes_at)
    outcomes.certify(world.session, ballot, actor=world.actor(officer), now=clock.now())


# ── before ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_draft(world, see, officers):
    text = see(makers.make_draft(world), officers[0])
    assert "Nobody but the Secretariat sees it" in text
    assert ASKED not in text
    assert "History" not in text


def test_scheduled(world, see, everyone):
    draft = makers.make_draft(world)
    opens_at = world.now + timedelta(days=2)
    services.open_ballot(
        world.session, draft, opens_at=opens_at, closes_at=opens_at + timedelta(days=5), actor=SYSTEM, now=world.now
    )
    text = see(draft, everyone["WMO"])
    assert "Opens Wed 25 Nov" in text
    assert "Nobody can answer before it opens" in text
    assert ASKED not in text


# ── a vote ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_open_says_what_is_missing_and_when(world, clock, see, everyone):
    ballot = makers.open_one(world)
    makers.answer(world, ballot, everyone, "yyyx")
    text = see(ballot, everyone["WMO"])
    assert "Needed to pass, as of now: 5 more answers and 2 more approvals." in text
    assert "Closes in 4 days" in text
    assert "House setting: the Terms of Reference name no quorum" in text
    for meaning in ("Approve with comments", "The comment is required", "A reason is required", "takes no part"):
        assert meaning in text
    makers.answer(world, ballot, everyone, "----yyyyy")
    assert "Everything that is needed is there. It can still change until the closing." in see(ballot, everyone["WMO"])
    clock.set(ballot.closes_at - timedelta(hours=23))
    assert "Closes within 24 hours" in see(ballot, everyone["WMO"])


def test_voted_shows_the_vote_and_change(world, see, everyone):
    ballot = makers.open_one(world)
    makers.cast(world, ballot, everyone["WMO"], "WMO", Position.ABSTAIN)
    makers.cast(world, ballot, everyone["WMO"], "WMO", Position.APPROVE_WITH_COMMENTS, comment="Yearly, please.")
    text = see(ballot, everyone["WMO"])
    assert ASKED not in text
    assert "Change WMO’s vote" in text
    assert "Was Abstain until 23 Nov." in text
    assert "Representative of WMO, representative" in text
    assert ASKED in see(ballot, everyone["WMO"], "?change=1")


def test_on_record_says_so(world, see, everyone, officers):
    ballot = makers.open_one(world)
    makers.on_record(world, ballot, officers[0], "WMO")
    text = see(ballot, everyone["WMO"])
    assert "for the Secretariat, from an e-mail of the partner" in text
    assert "A vote of WMO’s own takes its place." in text


def test_without_a_vote(world, see):
    ballot = makers.open_one(world)
    text = see(ballot, world.participant())
    assert "You do not vote in this ballot" in text
    assert "You may leave a remark below" in text
    assert ASKED not in text


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("yyyyyyyyy", "Approved on Fri 27 Nov: 9 approve · 0 objections"),
        ("yxxxxxxxx", "Not approved on Fri 27 Nov: 1 approves · 8 objections"),
        ("yyyyyxxxxx", "Tie on Fri 27 Nov: 5 approve · 5 objections"),
        ("yyy", "No quorum on Fri 27 Nov: 3 approve · 0 objections"),
    ],
)
def test_closed_awaits_certification(world, clock, see, everyone, answers, said):
    ballot = makers.open_one(world, if_approved="It is published.", if_not_approved="It goes back.")
    makers.answer(world, ballot, everyone, answers)
    clock.set(ballot.closes_at)
    text = see(ballot, everyone["WMO"])
    assert said in text
    is_open = said.startswith(("Tie", "No quorum"))
    assert ("The Secretariat certifies this outcome next; it takes effect then." in text) is not is_open
    assert ("This decides nothing yet" in text) is is_open
    assert ASKED not in text


def test_certified_challenged_answered_recorded(world, clock, see, everyone, officers):
    ballot = makers.open_one(world)
    makers.answer(world, ballot, everyone, "yyyyyyyyy")
    certify(world, clock, ballot, officers[0])
    text = see(ballot, everyone["WMO"])
    assert "U4SSC/BM/2026/01 · certified by Secretariat officer UNECE" in text
    assert "Its procedure may be challenged until" in text
    assert "Challenge for WMO" in text
    challenge = services.raise_challenge(
        world.session, ballot, partner_id=world.partner("FAO").id, grounds="The text was another.",
        actor=world.actor(everyone["FAO"]), now=clock.now(),
    )  # fmt: skip
    text = see(ballot, everyone["FAO"])
    assert "A challenge waits for its answer" in text
    assert "The text was another." in text
    assert "Challenge for FAO" not in text
    services.decide_challenge(
        world.session, ballot, challenge, upheld=False, answer="It was the same.",
        actor=world.actor(officers[1]), now=clock.now(),
    )  # fmt: skip
    text = see(ballot, everyone["FAO"])
    assert "Not upheld: the decision stands" in text
    assert "It was the same." in text
    outsider = see(ballot, world.participant())
    assert "The text was another." not in outsider
    assert "Not upheld" in outsider
    clock.set(ballot.challenges_until)
    text = see(ballot, everyone["WMO"])
    assert "the time for challenges has passed" in text
    assert "Challenge for WMO" not in text


def test_every_seat_answered_closes_at_once(world, see, everyone):
    ballot = makers.open_one(world)
    makers.answer(world, ballot, everyone, "y" * 16)
    assert "Every partner had answered, so it closed before its time." in see(ballot, everyone["WMO"])


def test_annulled(world, clock, see, everyone, officers):
    ballot = makers.open_one(world)
    makers.answer(world, ballot, everyone, "yyyyyyyyy")
    certify(world, clock, ballot, officers[0])
    services.ask_annulment(
        world.session, ballot, reason="The wrong text.", actor=world.actor(officers[0]), now=clock.now()
    )
    text = see(ballot, everyone["WMO"])
    assert "asked for the annulment" not in text  # nobody but the Secretariat hears of it before it is confirmed
    assert "asked for the annulment" in see(ballot, officers[1])
    outcomes.annul(world.session, ballot, actor=world.actor(officers[1]), now=clock.now())
    text = see(ballot, everyone["WMO"])
    assert "Annulled" in text
    assert "The wrong text." in text
    assert "It was decision U4SSC/BM/2026/01." in text


def test_partners_that_came_and_went(world, clock, see, everyone):
    ballot = makers.open_one(world, days=10)
    clock.move(days=2)
    world.partner("FAO").left_on = clock.now().date()
    world.session.flush()
    text = see(ballot, everyone["WMO"])
    assert "Left since the opening: FAO. The electors are those of the opening day." in text


# ── silence ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_silence_asks_nothing_of_those_who_agree(world, see, everyone):
    ballot = makers.open_silence(world)
    text = see(ballot, everyone["WMO"])
    assert "Nothing needs to be done by those who agree." in text
    assert "Nobody objects. The text is adopted at the closing if that stays so." in text
    assert "Adopted in 14 days unless a partner objects" in text
    assert "Ask for a vote" in text
    assert "Saying nothing has the same effect" in text
    assert "What would lift the objection" in text


def test_suspended_and_lifted(world, sign_in, see, everyone):
    ballot = makers.open_silence(world)
    makers.object_to(world, ballot, everyone["FAO"], "FAO")
    text = see(ballot, everyone["WMO"])
    assert "FAO objects" in text
    assert "Chapter 4 repeats ours." in text
    assert "What would lift it: Refer to our chapter." in text
    assert "The partners consult until Mon 30 Nov" in text
    assert ASKED not in text
    assert "Lift FAO’s objection" not in text
    services.propose_editorial(
        world.session, ballot, partner_id=world.partner("FAO").id, text="See chapter 2.", actor=SYSTEM, now=world.now
    )
    text = see(ballot, everyone["FAO"])
    assert "Lift FAO’s objection" in text
    assert "See chapter 2." in text
    outsider = see(ballot, world.participant())
    assert "A partner broke the silence" in outsider
    assert "Chapter 4 repeats ours." not in outsider
    assert "FAO objected" not in outsider
    browser = sign_in(everyone["FAO"])
    html = browser.get(f"/ballots/{ballot.code}").get_data(as_text=True)
    form = dict(re.findall(r'<input name="(\w+)" type="hidden" value="([^"]*)">', html))
    typed = {**form, "position": "no_objection", "comment": "Agreed on chapter 2."}
    checked = browser.send(f"/ballots/{ballot.code}/vote/check", typed).get_data(as_text=True)
    assert "Check before you lift FAO’s objection" in checked
    assert browser.send(f"/ballots/{ballot.code}/vote", typed).status_code == 303
    text = see(ballot, everyone["WMO"])
    assert "FAO lifted its objection" in text
    assert "Was Object until" in text
    assert "Nobody objects." in text


def test_broken_silence(world, clock, see, everyone):
    ballot = makers.open_silence(world)
    makers.cast(world, ballot, everyone["FAO"], "FAO", Position.ASK_VOTE)
    assert "FAO asks for a vote" in see(ballot, everyone["WMO"])
    clock.set(ballot.closes_at)
    text = see(ballot, everyone["WMO"])
    assert "Silence broken" in text
    assert "0 have no objection · 0 objections · 1 asks for a vote · 15 silent" in text
    assert "This decides nothing yet" in text


def test_adopted_by_silence(world, clock, see, everyone):
    ballot = makers.open_silence(world)
    clock.set(ballot.closes_at)
    assert "Adopted by silence" in see(ballot, everyone["WMO"])


def test_superseded_by_a_vote_and_by_a_meeting(world, see, everyone):
    ballot = makers.open_silence(world)
    makers.object_to(world, ballot, everyone["FAO"], "FAO")
    draft = services.draft_next_round(world.session, ballot, method=Method.VOTE, actor=SYSTEM, now=world.now)
    assert draft.code not in see(ballot, everyone["WMO"])  # a draft does not exist for others
    makers.open_draft(world, draft)
    text = see(ballot, everyone["WMO"])
    assert f"The question was put again: {draft.code}" in text
    assert f"Round 2 of {ballot.code}" in see(draft, everyone["WMO"])
    other = makers.open_one(world)
    services.supersede_by_meeting(world.session, other, reason="Annual meeting, item 4.", actor=SYSTEM, now=world.now)
    text = see(other, everyone["WMO"])
    assert "A meeting decided this question. Annual meeting, item 4." in text


def test_withdrawn_and_referred(world, clock, see, everyone):
    gone = makers.open_one(world)
    services.withdraw_ballot(world.session, gone, reason="Stepped back.", actor=SYSTEM, now=world.now)
    text = see(gone, everyone["WMO"])
    assert "Stepped back." in text
    assert "Nothing is decided." in text
    ballot = makers.open_silence(world)
    makers.object_to(world, ballot, everyone["FAO"], "FAO")
    services.refer_to_meeting(world.session, ballot, reason="To be heard.", actor=SYSTEM, now=world.now)
    text = see(ballot, everyone["WMO"])
    assert "Referred to the annual meeting" in text
    assert "To be heard." in text


# ── elections ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_election_of_one_of_several(world, clock, sign_in, see, everyone):
    ballot = makers.open_election(world, 3)
    text = see(ballot, everyone["WMO"])
    assert "Who stands" in text
    assert "Nominated by UNECE" in text
    browser = sign_in(everyone["WMO"])
    html = browser.get(f"/ballots/{ballot.code}").get_data(as_text=True)
    assert 'value="approve-3"' in html
    assert " checked" not in html
    assert 'value="approve-3" checked' in browser.get(f"/ballots/{ballot.code}?position=approve-3").get_data(
        as_text=True
    )
    form = dict(re.findall(r'<input name="(\w+)" type="hidden" value="([^"]*)">', html))
    checked = browser.send(f"/ballots/{ballot.code}/vote/check", {**form, "position": "approve-3"})
    assert "Record WMO’s vote: for Candidate 3" in checked.get_data(as_text=True)
    assert "Until the ballot closes nobody but WMO sees how it voted" in checked.get_data(as_text=True)
    sent = browser.send(f"/ballots/{ballot.code}/vote", {**form, "position": "approve", "candidates": "3"})
    assert sent.status_code == 303
    makers.answer(world, ballot, everyone, "33333333")
    clock.set(ballot.closes_at)
    text = see(ballot, everyone["WMO"])
    assert "Elected: Candidate 3" in text
    assert "9 in favour" in text


def test_election_of_two_of_three(world, clock, sign_in, see, everyone, officers):
    ballot = makers.open_election(world, 3, posts=2)
    world.commit()
    browser = sign_in(everyone["WMO"])
    html = browser.get(f"/ballots/{ballot.code}").get_data(as_text=True)
    assert "Choose at most 2" in html
    form = dict(re.findall(r'<input name="(\w+)" type="hidden" value="([^"]*)">', html))
    for wrong, said in (
        ({"candidates": ["1", "2", "3"]}, "Choose at most 2"),
        ({"position": "approve"}, "Choose whom this vote supports."),
        ({"position": "abstain", "candidates": ["1"]}, "Keep one of the two."),
        ({"position": "object", "comment": ""}, "Give the reason"),
        ({"candidates": ["9"]}, "does not stand any more"),
    ):
        response = browser.send(f"/ballots/{ballot.code}/vote", {**form, **wrong})
        assert response.status_code == 422
        assert said in response.get_data(as_text=True)
    services.withdraw_candidate(world.session, ballot, 3, reason="Ill.", actor=world.actor(officers[0]), now=world.now)
    assert "Withdrew" in see(ballot, everyone["WMO"])
    sent = browser.send(f"/ballots/{ballot.code}/vote", {**form, "candidates": ["1", "2"]})  # ticking is supporting
    assert sent.status_code == 303
    makers.answer(world, ballot, everyone, "11111111")
    clock.set(ballot.closes_at)
    text = see(ballot, everyone["WMO"])
    assert "Elected in part" in text
    assert "1 of 2 posts were filled. The other post stays vacant;" in text


def test_nobody_elected(world, clock, see, everyone):
    ballot = makers.open_election(world, 1)
    makers.answer(world, ballot, everyone, "xxxxxxxxx")
    clock.set(ballot.closes_at)
    text = see(ballot, everyone["WMO"])
    assert "Nobody elected" in text
    assert "0 approve · 9 against" in text


# ── home and list ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_home_of_a_board_member(world, sign_in, everyone):
    makers.open_one(world, title="A plain vote")
    makers.open_silence(world, title="A silence")
    election = makers.open_election(world)
    broken = makers.open_silence(world, title="A broken one")
    makers.object_to(world, broken, everyone["FAO"], "FAO")
    makers.cast(world, election, everyone["FAO"], "FAO", candidates=(1,))
    world.commit()
    html = sign_in(everyone["WMO"]).get("/home").get_data(as_text=True)
    text = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert "2 ballots need WMO’s vote" in text  # a silence asks for nothing
    assert "Adopted in 14 days unless a partner objects" in text
    assert "1 of 16 have answered · 15 to vote" in text
    assert "Suspended: FAO broke the silence; the partners consult." in text
    assert "Consultation ends in 7 days" in text


def test_each_state_is_a_filter(world, clock, sign_in, everyone, officers):
    made = {"open": makers.open_one(world, days=40), "withdrawn": makers.open_one(world, days=40)}
    services.withdraw_ballot(world.session, made["withdrawn"], reason="x", actor=SYSTEM, now=world.now)
    for state in ("superseded", "referred", "suspended"):
        made[state] = makers.open_silence(world)
        makers.object_to(world, made[state], everyone["FAO"], "FAO")
    end = {"actor": SYSTEM, "now": world.now, "reason": "x"}
    services.supersede_by_meeting(world.session, made["superseded"], **end)
    services.refer_to_meeting(world.session, made["referred"], **end)
    made["recorded"], made["annulled"] = makers.open_one(world), makers.open_one(world)
    for state in ("recorded", "annulled"):
        certify(world, clock, made[state], officers[0])
    services.ask_annulment(world.session, made["annulled"], reason="x", actor=world.actor(officers[0]), now=clock.now())
    outcomes.annul(world.session, made["annulled"], actor=world.actor(officers[1]), now=clock.now())
    clock.set(made["recorded"].challenges_until)
    made["uncertified"] = made.pop("suspended")  # its consultation has ended meanwhile
    made["certified"] = makers.open_one(world, days=4)
    clock.move(days=4)
    certify(world, clock, made["certified"], officers[0])
    made["suspended"] = makers.open_silence(world)
    makers.object_to(world, made["suspended"], everyone["FAO"], "FAO")
    codes = {state: ballot.code for state, ballot in made.items()}
    world.commit()
    browser = sign_in(everyone["WMO"])
    for state, code in codes.items():
        html = browser.get(f"/ballots?state={state}").get_data(as_text=True)
        assert set(re.findall(r"<bdi>(B-[0-9-]+)</bdi>", html)) == {code}, state
    html = browser.get("/ballots?method=silence").get_data(as_text=True)
    silences = {codes[state] for state in ("superseded", "referred", "suspended", "uncertified")}
    assert set(re.findall(r"<bdi>(B-[0-9-]+)</bdi>", html)) == silences


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["vote", "election", "suspended", "certified"])
def test_twelve_statements_at_most_whatever_is_said(world, clock, sign_in, everyone, officers, count_statements, kind):
    ballot = {"election": makers.open_election, "suspended": makers.open_silence}.get(kind, makers.open_one)(world)
    if kind == "suspended":
        makers.object_to(world, ballot, everyone["FAO"], "FAO")
    else:
        makers.answer(world, ballot, everyone, "1111" if kind == "election" else "cccc")
    clock.move(days=2)
    if kind == "certified":
        certify(world, clock, ballot, officers[0])
    people = (everyone["WMO"], officers[1], world.participant())
    world.commit()
    readers = [sign_in(person) for person in people]

    def measured():
        counts = []
        for browser in readers:
            for query in ("", "?remarks=all"):
                with count_statements() as seen:
                    assert browser.get(f"/ballots/{ballot.code}{query}").status_code == 200
                counts.append(len(seen))
        return counts

    say(world, ballot, everyone["ITU"], 1)
    before = measured()
    say(world, ballot, everyone["ITU"], 200)
    assert measured() == before
    assert max(before) <= 12


def say(world, ballot, person, times):
    """So many remarks and lines of history."""
    for number in range(times):
        by = {"by_id": person.id, "by_name": person.full_name}
        world.session.add(Remark(ballot_id=ballot.id, at=world.now, text=f"Remark {number}", **by))
        world.session.add(BallotEvent(ballot_id=ballot.id, at=world.now, kind="outage", text="", details={}, **by))
    world.commit()


def test_old_remarks_wait_behind_a_link(world, see, everyone):
    ballot = makers.open_one(world)
    say(world, ballot, world.participant(), 25)
    text = see(ballot, everyone["WMO"])
    assert "Show 5 earlier remarks" in text
    assert "Remark 24" in text
    assert "Remark 4 " not in text
    assert "Remark 4 " in see(ballot, everyone["WMO"], "?remarks=all") + " "
