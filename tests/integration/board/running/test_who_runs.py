"""Who may run a ballot, and what the pages of it take."""

import pytest

from tests.integration.board import makers
from tests.integration.board.running.helpers import ballot_now

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
