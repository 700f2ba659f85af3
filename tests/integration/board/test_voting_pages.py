"""The ballot's pages as a voter meets them: choose, check, record, receipt; and everything that can go wrong."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.integration.board import makers
from u4ssc_gov.board import services
from u4ssc_gov.board.models import Vote
from u4ssc_gov.board.rules import Position
from u4ssc_gov.core.actor import SYSTEM

HOSTILE = '=1+1"><script>alert(1)</script>\u202e'


def fields_of(html, action):
    """The hidden values of one form of a page."""
    match = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', html, re.DOTALL)
    assert match, html
    found = {}
    for tag in re.findall(r"<input[^>]*>", match.group()):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if attributes.get("type") == "hidden" and attributes["name"] != "csrf_token":
            found[attributes["name"]] = attributes["value"]
    return found


@pytest.fixture
def ballot(world):
    made = makers.open_one(world, documents=(makers.paper(),))
    world.commit()
    return made


@pytest.fixture
def voter(world):
    made = world.mandate("WMO")
    world.commit()
    return made


def page_of(browser, ballot, query=""):
    response = browser.get(f"/ballots/{ballot.code}{query}")
    assert response.status_code == 200
    return response.get_data(as_text=True)


def vote_fields(browser, ballot, query="", **typed):
    values = fields_of(page_of(browser, ballot, query), f"/ballots/{ballot.code}/vote/check")
    return {**values, "position": "approve", "comment": "", **typed}


def votes(session):
    """How many votes are on record; lets go of the database at once, on SQLite a writing session holds all of it."""
    with Session(session.get_bind()) as own:
        return own.scalar(select(func.count(Vote.id)))


def test_open_vote_receipt_change_closed(world, clock, sign_in, ballot, voter, session):
    other = world.mandate("WMO", alternate=True)
    world.commit()
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot, position="approve", comment="We welcome it.")
    checked = browser.send(f"/ballots/{ballot.code}/vote/check", typed)
    html = checked.get_data(as_text=True)
    assert checked.status_code == 200
    assert "Record WMO’s vote: Approve" in html
    assert votes(session) == 0
    values = fields_of(html, f"/ballots/{ballot.code}/vote")
    assert values == {key: str(value) for key, value in typed.items() if key != "comment"}
    recorded = browser.send(f"/ballots/{ballot.code}/vote", {**values, "comment": "We welcome it."})
    assert recorded.status_code == 303
    assert recorded.location == f"/ballots/{ballot.code}/receipts/{ballot.code}-WMO-1"
    receipt = browser.get(recorded.location).get_data(as_text=True)
    assert "WMO’s vote is recorded: Approve" in receipt
    assert other.full_name in receipt
    voted = page_of(browser, ballot)
    assert "Change WMO’s vote" in voted
    assert "Continue to check" not in voted
    colleague = sign_in(other)
    typed = vote_fields(colleague, ballot, "?change=1", position="object", comment="A reason")
    assert typed["expected_revision"] == "1"
    assert colleague.send(f"/ballots/{ballot.code}/vote", typed).location.endswith("-WMO-2")
    assert "A later vote replaced this one" in browser.get(recorded.location).get_data(as_text=True)
    assert "Was Approve until" in page_of(browser, ballot)
    clock.set(ballot.closes_at)
    closed = page_of(sign_in(voter), ballot)
    assert "No quorum" in closed
    assert "Continue to check" not in closed
    assert "Change WMO’s vote" not in closed


def test_an_earlier_comment_is_not_taken_for_the_reason_of_another_position(sign_in, ballot, voter, session):
    browser = sign_in(voter)
    browser.send(f"/ballots/{ballot.code}/vote", vote_fields(browser, ballot, comment="We welcome it."))
    changing = page_of(browser, ballot, "?change=1")
    assert "We welcome it.</textarea>" in changing  # the same position keeps its words
    assert "We welcome it.</textarea>" not in page_of(browser, ballot, "?change=1&position=object")
    action = f"/ballots/{ballot.code}/vote/check"
    typed = {**fields_of(changing, action), "position": "object", "comment": "We welcome it."}
    refused = browser.send(action, typed)
    html = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert "Write the words for this one." in html
    assert "We welcome it.</textarea>" not in html
    again = {**fields_of(html, action), "position": "object", "comment": "We welcome it."}  # written anew: meant
    checked = browser.send(action, again).get_data(as_text=True)
    assert "Record WMO’s vote: Object" in checked
    assert fields_of(checked, f"/ballots/{ballot.code}/vote")["asked_anew"] == "1"
    assert browser.send(action, {**typed, "position": "abstain"}).status_code == 200  # asks for no reason
    assert votes(session) == 1


def test_the_column_of_ones_own_vote_is_for_those_who_have_one(world, sign_in, ballot, voter):
    officer = world.officer()
    world.commit()
    assert "Your vote" in sign_in(voter).get("/ballots").text
    assert "Your vote" not in sign_in(officer).get("/ballots").text


def test_a_link_ticks_the_radio_and_nothing_more(sign_in, ballot, voter, session):
    browser = sign_in(voter)
    for value in ("approve", "abstain", "object"):
        assert re.search(rf'value="{value}" checked', page_of(browser, ballot, f"?position={value}"))
    assert " checked" not in page_of(browser, ballot)
    assert " checked" not in page_of(browser, ballot, "?position=%00nonsense")
    assert votes(session) == 0


def test_an_objection_without_a_reason_comes_back(sign_in, ballot, voter, session):
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot, position="object", comment=" ")
    for action in ("vote/check", "vote"):
        response = browser.send(f"/ballots/{ballot.code}/{action}", typed)
        html = response.get_data(as_text=True)
        assert response.status_code == 422
        assert html.count("Give the reason for WMO’s objection") == 2  # in the summary and at the field
        assert "<title>Error: " in html
        assert 'value="object" checked' in html
        assert "Reason for the objection" in html
    assert votes(session) == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"position": ""},
        {"position": "yes"},
        {"position": "approve\x00"},
        {"comment": "x" * 2001},
        {"partner_id": "x"},
        {"partner_id": "1e9"},
        {"expected_revision": "x"},
        {"expected_revision": "1.5"},
    ],
)
@pytest.mark.parametrize("action", ["vote/check", "vote"])
def test_input_that_makes_no_sense_comes_back(sign_in, ballot, voter, session, wrong, action):
    browser = sign_in(voter)
    response = browser.send(f"/ballots/{ballot.code}/{action}", vote_fields(browser, ballot, **wrong))
    assert response.status_code == 422
    assert "There is a problem" in response.get_data(as_text=True)
    assert votes(session) == 0


def test_two_thousand_characters_with_line_ends_of_browsers(sign_in, ballot, voter):
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot, comment="ab\r\n" * 666 + "cd")  # 2,000 as people count
    assert browser.send(f"/ballots/{ballot.code}/vote", typed).status_code == 303


@pytest.mark.parametrize("partner_id", ["999999999999999999999", "-1", "0"])
def test_a_partner_that_is_not_ones_own(sign_in, ballot, voter, session, partner_id):
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot, partner_id=partner_id)
    for action in ("vote/check", "vote"):
        assert browser.send(f"/ballots/{ballot.code}/{action}", typed).status_code == 403
    assert votes(session) == 0


def test_hostile_text_is_shown_as_text(sign_in, ballot, voter):
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot, comment=HOSTILE)
    html = browser.send(f"/ballots/{ballot.code}/vote/check", typed).get_data(as_text=True)
    assert "<script>alert" not in html
    assert browser.send(f"/ballots/{ballot.code}/vote", typed).status_code == 303
    html = page_of(browser, ballot)
    assert "<script>alert" not in html
    assert "=1+1&#34;&gt;&lt;script&gt;" in html


def test_change_goes_back_with_the_text(sign_in, ballot, voter):
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot, position="object", comment="Half a sentence")
    response = browser.send(f"/ballots/{ballot.code}/vote/check", {**typed, "change": "1"})
    html = response.get_data(as_text=True)
    assert response.status_code == 200
    assert "Half a sentence" in html
    assert 'value="object" checked' in html


def test_a_double_click_shows_the_same_receipt(sign_in, ballot, voter, session):
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot, comment="Yes")
    first, second = (browser.send(f"/ballots/{ballot.code}/vote", typed) for _ in range(2))
    assert first.location == second.location
    assert votes(session) == 1


def test_a_colleague_was_first(world, sign_in, ballot, voter, session):
    other = world.mandate("WMO", alternate=True)
    world.commit()
    slow, quick = sign_in(voter), sign_in(other)
    typed = vote_fields(slow, ballot, position="object", comment="My long reason")
    assert quick.send(f"/ballots/{ballot.code}/vote", vote_fields(quick, ballot)).status_code == 303
    response = slow.send(f"/ballots/{ballot.code}/vote", typed)
    html = response.get_data(as_text=True)
    assert response.status_code == 409
    assert f"{other.full_name} answered for WMO" in html
    assert "My long reason" in html
    assert votes(session) == 1
    again = fields_of(html, f"/ballots/{ballot.code}/vote/check")
    assert again["expected_revision"] == "1"
    retried = slow.send(f"/ballots/{ballot.code}/vote", {**again, "comment": "My long reason"})
    assert retried.location.endswith("-WMO-2")


@pytest.mark.parametrize("action", ["vote/check", "vote"])
@pytest.mark.parametrize(("late", "status"), [(-1, (200, 303)), (0, (409,)), (1, (409,))])
def test_closed_while_writing(clock, sign_in, ballot, voter, session, action, late, status):
    clock.set(ballot.closes_at - timedelta(minutes=5))
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot, comment="Every word of this")
    clock.set(ballot.closes_at + timedelta(seconds=late))
    response = browser.send(f"/ballots/{ballot.code}/{action}", typed)
    assert response.status_code in status
    if 409 in status:
        html = response.get_data(as_text=True)
        assert f"{ballot.code} closed at 10:00 Geneva while you were writing." in html
        assert "Every word of this" in html
        assert "Write to the Secretariat" in html
        assert votes(session) == 0


def test_withdrawn_while_writing(session, clock, sign_in, ballot, voter):
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot, comment="Every word")
    services.withdraw_ballot(session, session.merge(ballot), reason="Stepped back", actor=SYSTEM, now=clock.now())
    session.commit()
    response = browser.send(f"/ballots/{ballot.code}/vote", typed)
    assert response.status_code == 409
    assert "Every word" in response.get_data(as_text=True)
    assert "Stepped back" in page_of(browser, ballot)


def test_a_page_with_another_text_is_refused(sign_in, ballot, voter, session):
    browser = sign_in(voter)
    response = browser.send(f"/ballots/{ballot.code}/vote", vote_fields(browser, ballot, text_sha256="0" * 64))
    assert response.status_code == 409
    assert votes(session) == 0


def test_somebody_with_two_mandates_votes_for_each(world, sign_in, ballot, voter, session):
    world.mandate("FAO", voter, alternate=True)
    world.commit()
    browser = sign_in(voter)
    html = page_of(browser, ballot)
    assert "You vote for 2 partners" in html
    assert "FAO’s vote" in html  # the first in the order of ¶18
    typed = vote_fields(browser, ballot)
    ambiguous = {key: value for key, value in typed.items() if key != "partner_id"}
    for action in ("vote/check", "vote"):
        response = browser.send(f"/ballots/{ballot.code}/{action}", ambiguous)
        assert response.status_code == 422
        assert "Choose one first" in response.get_data(as_text=True)
    assert browser.send(f"/ballots/{ballot.code}/vote", typed).location.endswith("-FAO-1")
    assert "WMO’s vote" in page_of(browser, ballot)  # the next one without a vote
    typed = vote_fields(browser, ballot, "?partner=WMO")
    assert browser.send(f"/ballots/{ballot.code}/vote", typed).location.endswith("-WMO-1")
    assert votes(session) == 2


def test_one_mandate_needs_no_partner_in_the_form(sign_in, ballot, voter):
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot)
    del typed["partner_id"]
    assert browser.send(f"/ballots/{ballot.code}/vote", typed).location.endswith("-WMO-1")


def test_a_mandate_that_ended_ends_in_an_open_browser(world, clock, sign_in, ballot, session):
    voter = world.mandate("WMO", ends_on=(clock.now() + timedelta(days=1)).date())
    world.commit()
    clock.set(clock.now().replace(hour=22, minute=59, second=59))  # one second to midnight in Geneva
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot)
    clock.move(seconds=1)
    assert browser.send(f"/ballots/{ballot.code}/vote", typed).status_code == 403
    assert votes(session) == 0


def test_without_a_mandate_there_is_no_vote(world, sign_in, ballot, session):
    for person in (world.officer(), world.co_chair(), world.participant()):
        world.commit()
        browser = sign_in(person)
        assert "Continue to check" not in page_of(browser, ballot)
        typed = {"position": "approve", "text_sha256": ballot.text_sha256, "expected_revision": "0"}
        for action in ("vote/check", "vote"):
            assert browser.send(f"/ballots/{ballot.code}/{action}", typed).status_code == 403
    assert votes(session) == 0


def test_visitors_are_sent_to_sign_in_and_forms_need_their_token(client, sign_in, ballot, voter, session):
    assert client.get(f"/ballots/{ballot.code}").status_code == 303
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot)
    assert browser.post(f"/ballots/{ballot.code}/vote", data=typed).status_code == 400
    assert votes(session) == 0


# ── who sees what ────────────────────────────────────────────────────────────────────────────────────────────────────

INSIDERS = ("board", "chair", "secretariat")


def people(world):
    group = world.group()
    return {
        "board": world.mandate("FAO"),
        "chair": world.co_chair(),
        "secretariat": world.officer(),
        "leader": world.leader(group),
        "participant": world.participant(),
    }


@pytest.mark.parametrize("role", ["board", "chair", "secretariat", "leader", "participant"])
def test_who_sees_positions_and_comments(world, clock, sign_in, ballot, voter, role):
    person = people(world)[role]
    makers.cast(world, ballot, voter, "WMO", Position.OBJECT, comment="Our confidential reason")
    world.commit()
    html = page_of(sign_in(person), ballot)
    listed = sign_in(person).get("/ballots").get_data(as_text=True)
    table = sign_in(person).get("/ballots?format=csv").get_data(as_text=True)
    insider = role in INSIDERS
    assert ("Our confidential reason" in html) is insider
    assert ("1 objection" in html) is insider
    assert ("1 objection" in listed) is insider
    assert (",16,1,0,1,0,0,0,0,15," in table) is insider  # answered, then the counts by answer
    assert (voter.full_name in html) is insider
    clock.set(ballot.closes_at)
    html = page_of(sign_in(person), ballot)
    assert "No quorum" in html
    assert "1 objection" in html
    assert ("Our confidential reason" in html) is insider
    assert (voter.full_name in html) is insider


def test_a_draft_does_not_exist_for_others(world, sign_in):
    draft = makers.make_draft(world, documents=(makers.paper(),))
    everyone = people(world)
    world.commit()
    for role, person in everyone.items():
        browser = sign_in(person)
        status = 200 if role == "secretariat" else 404
        assert browser.get(f"/ballots/{draft.code}").status_code == status
        assert browser.get(f"/ballots/{draft.code}/documents/1").status_code == status
        assert (draft.code in browser.get("/ballots").get_data(as_text=True)) is (role == "secretariat")
        assert (draft.code in browser.get("/ballots?state=draft").get_data(as_text=True)) is (role == "secretariat")


def test_who_sees_a_receipt(world, sign_in, ballot, voter):
    receipt = makers.cast(world, ballot, voter, "WMO").receipt
    everyone = {**people(world), "voter": voter, "other holder": world.mandate("WMO", alternate=True)}
    world.commit()
    allowed = {"secretariat", "voter", "other holder"}
    for role, person in everyone.items():
        status = 200 if role in allowed else 404
        assert sign_in(person).get(f"/ballots/{ballot.code}/receipts/{receipt}").status_code == status


@pytest.mark.parametrize(
    "path",
    [
        "/ballots/B-26-99",
        "/ballots/b-26-01",
        "/ballots/%00",
        "/ballots/B-26-01%00",
        "/ballots/B-26-99999999999999999999",
        "/ballots/B-26-01/receipts/%00",
        "/ballots/B-26-01/receipts/B-26-01-WMO-1",
        "/ballots/B-26-01/documents/999999999999999999999999",
        "/ballots/B-26-01/documents/0",
    ],
)
def test_addresses_of_nothing(sign_in, ballot, voter, path):
    assert sign_in(voter).get(path).status_code == 404


def test_a_document_is_an_attachment(sign_in, ballot, voter):
    browser = sign_in(voter)
    url = re.search(rf'href="(/ballots/{ballot.code}/documents/\d+)"', page_of(browser, ballot))
    response = browser.get(url.group(1))
    assert response.data == makers.PDF
    assert response.headers["Content-Disposition"].startswith('attachment; filename="letter.pdf"')
    assert response.headers["Content-Security-Policy"].startswith("sandbox")


def test_the_table_of_positions_can_be_filtered(world, sign_in, ballot, voter):
    makers.cast(world, ballot, voter, "WMO", comment="Words")
    world.commit()
    browser = sign_in(voter)

    def rows(query):
        return page_of(browser, ballot, query).split("<tbody>")[1].split("</tbody>")[0]

    assert rows("") == rows("?positions=all") == rows("?positions=%00")
    assert rows("").count("<tr>") == 2  # the vote, and in one row everybody without one
    assert rows("?positions=comment").count("<tr>") == 1
    assert "Words" in rows("?positions=comment")
    assert "Words" not in rows("?positions=missing")
    assert rows("?positions=missing").count("<bdi>") == 15


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pages_need_a_fixed_number_of_statements(world, sign_in, count_statements):
    everyone = makers.everybody(world)
    ballots = [makers.open_one(world) for _ in range(2)]
    world.commit()
    browser = sign_in(everyone["WMO"])
    receipt = makers.cast(world, ballots[0], everyone["WMO"], "WMO").receipt
    world.commit()

    def measured():
        counts = []
        for path in (
            f"/ballots/{ballots[0].code}",
            "/ballots",
            "/ballots?format=csv",
            f"/ballots/{ballots[0].code}/receipts/{receipt}",
        ):
            with count_statements() as seen:
                assert browser.get(path).status_code == 200
            counts.append(len(seen))
        return counts

    before = measured()
    for ballot in ballots:
        for acronym, person in list(everyone.items())[:14]:  # with the last one, the ballot would close
            for _ in range(3):
                makers.cast(world, ballot, person, acronym, Position.ABSTAIN, comment="x")
    for _ in range(30):
        makers.open_one(world)
    world.commit()
    assert measured() == before == [7, 5, 3, 7]
