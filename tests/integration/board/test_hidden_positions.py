"""An election hides positions until it closes: nothing that anybody can open, download or get by mail says how.

Each test puts a canary into what one partner answered and looks for it everywhere, as everybody.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.integration.board import makers
from u4ssc_gov.board import seen
from u4ssc_gov.board.pages import cards
from u4ssc_gov.board.rules import Position
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.notifications.writing import parts_of
from u4ssc_gov.workflows import voting

CANARY = "A canary that nobody may hear before the closing"
ROLES = ("board", "alternate", "chair", "secretariat", "leader", "participant")
EVERYWHERE = (
    "/ballots/{code}",
    "/ballots/{code}?positions=comment",
    "/ballots/{code}?positions=missing",
    "/ballots",
    "/ballots?format=csv",
    "/ballots?state=open&method=election",
    "/ballots/{code}/closing.ics",
    "/ballots/{code}/receipts/{receipt}",
    "/ballots/{code}/receipts/{receipt}/file",
    "/ballots/{code}/secrecy",
    "/home",
)


def people_of(world):
    """Somebody of each role; none of them votes for WMO."""
    return {
        "board": world.mandate("FAO"),
        "alternate": world.mandate("CBD", alternate=True),
        "chair": world.co_chair(),
        "secretariat": world.officer(),
        "leader": world.leader(world.group()),
        "participant": world.participant(),
    }


@pytest.fixture
def voter(world):
    return world.mandate("WMO")


@pytest.fixture
def election(world, voter):
    """Three candidates; WMO supports the second, with a canary, after it had been against all of them."""
    ballot = makers.open_election(world, 3)
    makers.cast(world, ballot, voter, "WMO", Position.OBJECT, comment=f"{CANARY}, first")
    makers.cast(world, ballot, voter, "WMO", candidates=(2,), comment=CANARY)
    world.commit()
    return ballot


def everything(browser, ballot, receipt):
    """Whatever this reader can open, as text, by address."""
    found = {}
    for path in EVERYWHERE:
        response = browser.get(path.format(code=ballot.code, receipt=receipt))
        found[path] = response.get_data(as_text=True)
    return found


@pytest.mark.parametrize("role", ROLES)
def test_nobody_else_sees_how_a_partner_answered(world, sign_in, election, role):
    person = people_of(world)[role]
    world.commit()
    browser = sign_in(person)
    for path, text in everything(browser, election, f"{election.code}-WMO-2").items():
        assert "canary" not in text, path
        assert "Against</b>" not in text or "value=" in text, path
    page = browser.get(f"/ballots/{election.code}").get_data(as_text=True)
    assert "in favour" not in page
    assert "0 approve" not in page
    assert "1 approve" not in page


@pytest.mark.parametrize("role", ["board", "chair", "secretariat"])
def test_the_board_sees_who_has_answered_and_no_more(world, sign_in, election, role):
    person = people_of(world)[role]
    world.commit()
    browser = sign_in(person)
    html = browser.get(f"/ballots/{election.code}").get_data(as_text=True)
    assert "1 of 16 have answered; 9 are needed. Positions are shown when the ballot closes." in html
    assert '<i class="a"' in html  # the cell of WMO
    assert "1 of 16 have answered" in browser.get("/ballots").get_data(as_text=True)
    assert ",16,1,,,,,,,15,," in browser.get("/ballots?format=csv").get_data(as_text=True)


@pytest.mark.parametrize("role", ["leader", "participant"])
def test_others_do_not_even_see_the_turnout(world, sign_in, election, role):
    person = people_of(world)[role]
    world.commit()
    browser = sign_in(person)
    for path in ("/ballots/{code}", "/ballots", "/ballots?format=csv"):
        text = browser.get(path.format(code=election.code)).get_data(as_text=True)
        assert "have answered" not in text
        assert '<i class="a' not in text
        assert '<span class="a"' not in text
        assert ",16,1," not in text


def test_a_partner_sees_its_own(world, sign_in, election, voter):
    other = world.mandate("WMO", alternate=True)
    world.commit()
    for person in (voter, other):
        browser = sign_in(person)
        html = browser.get(f"/ballots/{election.code}").get_data(as_text=True)
        assert CANARY in html
        assert "Approve: Candidate 2" in html
        assert "Was Against until" in html
        receipt = browser.get(f"/ballots/{election.code}/receipts/{election.code}-WMO-2").get_data(as_text=True)
        assert "vote is recorded: for Candidate 2" in receipt


def test_the_secretariat_opens_a_receipt_without_the_position(world, sign_in, election):
    officer = world.officer()
    world.commit()
    browser = sign_in(officer)
    html = browser.get(f"/ballots/{election.code}/receipts/{election.code}-WMO-2").get_data(as_text=True)
    assert "WMO has answered" in html
    assert "Candidate 2" not in html
    file = browser.get(f"/ballots/{election.code}/receipts/{election.code}-WMO-2/file").get_json()
    assert file["position"] is None
    assert file["person"]["value"]["name"] == "Representative of WMO"


def test_mails_before_the_closing_say_nothing(world, clock, session, election):
    world.mandate("FAO")
    world.officer()
    clock.set(election.closes_at - timedelta(hours=20))
    voting.remind_if_due(session, election.id, clock.now())
    world.commit()
    own = {message.to_address for message in session.scalars(select(OutboxMessage)) if "WMO" in message.to_name}
    for message in session.scalars(select(OutboxMessage)):
        if message.to_address in own:
            continue
        said = " ".join((message.subject, *parts_of(message, session.info)))
        assert "canary" not in said
        assert "Candidate 2" not in said or message.template != "board/vote_receipt"


@pytest.mark.parametrize("role", ROLES)
def test_after_the_closing_all_is_shown_to_those_it_is_for(world, clock, sign_in, election, role):
    person = people_of(world)[role]
    world.commit()
    clock.set(election.closes_at)
    html = sign_in(person).get(f"/ballots/{election.code}").get_data(as_text=True)
    assert "1 approves" in html
    assert "1 in favour" in html
    assert (CANARY in html) is (role not in ("leader", "participant"))


def test_withdrawn_before_the_closing_it_stays_hidden(world, session, clock, sign_in, election):
    from u4ssc_gov.board import services

    services.withdraw_ballot(session, session.merge(election), reason="Stepped back", actor=SYSTEM, now=clock.now())
    person = people_of(world)["board"]
    world.commit()
    clock.set(election.closes_at + timedelta(days=1))
    html = sign_in(person).get(f"/ballots/{election.code}").get_data(as_text=True)
    assert "Stepped back" in html
    assert "canary" not in html


def test_hidden_where_the_rows_are_read(world, session, election):
    """Below every page: what the readers of this room hand out carries nothing to leak."""
    actor = world.actor(world.officer())
    seat = seen.list_seats(session, election, actor=actor, now=world.now)[-1]
    assert (seat.acronym, seat.revisions, seat.is_hidden) == ("WMO", (), True)
    cell = seen.cells_by_ballot(session, [election], actor=actor, now=world.now)[election.id][-1]
    assert (cell.position, cell.candidates, cell.is_hidden) == (None, (), True)
    card = cards.ballot_cards(session, actor, world.now)[0]
    assert [one.position for one in card.cells] == [None] * 16
    outsider = world.actor(world.participant())
    seat = seen.list_seats(session, election, actor=outsider, now=world.now)[-1]
    assert (seat.revisions, seat.is_hidden) == ((), False)
