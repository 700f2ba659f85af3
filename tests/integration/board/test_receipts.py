"""Receipts: the page, the file for u4verify, who gets them; and the closing for a calendar."""

import re
from datetime import timedelta

import pytest
import rfc8785
from icalendar import Calendar

from tests.integration.board import makers
from u4ssc_gov.board import services
from u4ssc_gov.board.rules import Position
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.ledger.jobs import sign_checkpoints
from u4ssc_gov.ledger.queries import find_opening, list_ballot_entries
from u4ssc_gov.ledger.services import sha256_text
from u4verify import receipt as verifier
from u4verify.trust import read_trust


@pytest.fixture
def voter(world):
    return world.mandate("WMO")


@pytest.fixture
def ballot(world, voter):
    made = makers.open_one(world)
    makers.cast(world, made, voter, "WMO", comment="We welcome it.")
    world.commit()
    return made


def file_of(browser, ballot, receipt):
    response = browser.get(f"/ballots/{ballot.code}/receipts/{receipt}/file")
    assert response.status_code == 200
    name = f'attachment; filename="{receipt}.u4receipt"'
    assert response.headers["Content-Disposition"].startswith(name)
    assert response.headers["Cache-Control"] == "no-store"
    assert rfc8785.dumps(response.get_json(force=True)) == response.data
    return response.data


def trust_of(session):
    return read_trust(rfc8785.dumps(find_opening(session).trust))


def test_before_a_checkpoint_it_is_not_checkable_yet(world, session, sign_in, ballot, voter):
    browser = sign_in(voter)
    html = browser.get(f"/ballots/{ballot.code}/receipts/{ballot.code}-WMO-1").get_data(as_text=True)
    assert "Covered by a signed checkpoint within 60 seconds" in html
    assert "u4verify receipt B-26-01-WMO-1.u4receipt" in html
    verdict = verifier.verify_bytes(file_of(browser, ballot, f"{ballot.code}-WMO-1"), trust_of(session))
    assert verdict.code == 2


def test_covered_it_verifies_offline(world, session, clock, runtime, sign_in, ballot, voter):
    sign_checkpoints(runtime, now=clock.now())
    browser = sign_in(voter)
    html = browser.get(f"/ballots/{ballot.code}/receipts/{ballot.code}-WMO-1").get_data(as_text=True)
    assert "Covered by the signed checkpoint of size" in html
    data = file_of(browser, ballot, f"{ballot.code}-WMO-1")
    verdict = verifier.verify_bytes(data, trust_of(session))
    assert verdict.facts["choice"] == "approve"
    assert verdict.facts["person"] == "Representative of WMO"
    assert verdict.code in (0, 3)  # 3: no independent witness yet
    broken = data.replace(b'\\"approve\\"', b'\\"abstain\\"')
    assert verifier.verify_bytes(broken, trust_of(session)).code == 1


def test_a_hidden_position_is_opened_to_its_own_people_alone(world, session, clock, runtime, sign_in, voter):
    election = makers.open_election(world, 2)
    makers.cast(world, election, voter, "WMO", candidates=(2,))
    officer = world.officer()
    world.commit()
    sign_checkpoints(runtime, now=clock.now())
    trust, receipt = trust_of(session), f"{election.code}-WMO-1"
    world.commit()
    own = verifier.verify_bytes(file_of(sign_in(voter), election, receipt), trust)
    assert (own.facts["choice"], own.facts["candidates"]) == ("approve", [2])
    browser = sign_in(officer)
    page = browser.get(f"/ballots/{election.code}/receipts/{receipt}").get_data(as_text=True)
    refused = browser.get(f"/ballots/{election.code}/receipts/{receipt}/file")
    assert (refused.status_code, "sha256" in refused.get_data(as_text=True)) == (403, False)
    assert f"{receipt}/file" not in page


def test_what_was_replaced_while_hidden_is_never_anybody_elses(world, session, clock, runtime, sign_in, voter):
    """Nor a digest of its words in a receipt or in the public record: likely words could be tried against it."""
    election = makers.open_election(world, 2)
    for words in ("I object.", "I object again."):
        makers.cast(world, election, voter, "WMO", Position.OBJECT, comment=words)
    makers.cast(world, election, voter, "WMO", candidates=(2,), comment="Now I do not.")
    officer, other = world.officer(), world.mandate("FAO")
    clock.set(election.closes_at)
    services.record_outcome(session, election, now=clock.now())
    world.commit()
    entries = "".join(one.entry.decode() for one in list_ballot_entries(session, election.id))
    for words in ("I object.", "I object again."):
        assert sha256_text(words) not in entries
    assert sha256_text("Now I do not.") in entries  # in what was opened at the closing
    world.commit()
    for person in (officer, other):
        browser = sign_in(person)
        html = browser.get(f"/ballots/{election.code}").get_data(as_text=True)
        assert "Now I do not." in html
        assert "Was Against until" not in html
        assert "I object" not in html
    browser = sign_in(officer)
    address = f"/ballots/{election.code}/receipts/{election.code}-WMO"
    assert "I object" not in browser.get(f"{address}-1").get_data(as_text=True)
    assert browser.get(f"{address}-1/file").status_code == 403
    assert browser.get(f"{address}-3/file").status_code == 200


def test_who_may_download_it(world, sign_in, client, ballot, voter):
    address = f"/ballots/{ballot.code}/receipts/{ballot.code}-WMO-1/file"
    people = {
        world.mandate("WMO", alternate=True): 200,
        world.officer(): 200,
        world.mandate("FAO"): 404,
        world.co_chair(): 404,
        world.participant(): 404,
    }
    world.commit()
    assert client.get(address).status_code == 303
    for person, status in people.items():
        assert sign_in(person).get(address).status_code == status
    assert sign_in(voter).get(address.replace("-1/", "-2/")).status_code == 404


def test_the_next_ballot_is_offered(world, sign_in, ballot, voter):
    other = makers.open_one(world, title="Another question")
    world.commit()
    html = sign_in(voter).get(f"/ballots/{ballot.code}/receipts/{ballot.code}-WMO-1").get_data(as_text=True)
    assert "1 more ballot needs your vote" in html
    assert "Another question" in html
    assert f"/ballots/{other.code}" in html


# ── the closing for a calendar ───────────────────────────────────────────────────────────────────────────────────────


def event_of(browser, ballot):
    response = browser.get(f"/ballots/{ballot.code}/closing.ics")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(response.data).walk("VEVENT")
    return event


def test_the_closing_is_one_event_with_an_alarm_a_day_before(world, sign_in, ballot, voter):
    browser = sign_in(voter)
    event = event_of(browser, ballot)
    assert event.decoded("dtstart") == ballot.closes_at
    assert event["uid"] == f"{ballot.code}-closing@localhost"
    assert event["sequence"] == 0
    assert event.walk("VALARM")[0].decoded("trigger") == timedelta(days=-1)
    assert re.search(rf'href="/ballots/{ballot.code}/closing.ics"', browser.get(f"/ballots/{ballot.code}").text)


def test_its_sequence_rises_with_each_new_closing(world, sign_in, ballot, voter):
    later = ballot.closes_at + timedelta(days=3)
    services.extend_ballot(world.session, ballot, closes_at=later, reason="Holidays.", actor=SYSTEM, now=world.now)
    world.commit()
    browser = sign_in(voter)
    event = event_of(browser, ballot)
    assert (event["sequence"], event.decoded("dtstart")) == (1, later)
    services.withdraw_ballot(world.session, ballot, reason="Enough.", actor=SYSTEM, now=world.now)
    world.commit()
    event = event_of(browser, ballot)
    assert (event["sequence"], event["status"], event["uid"]) == (2, "CANCELLED", f"{ballot.code}-closing@localhost")


def test_a_silence_that_is_broken_and_goes_on(world, sign_in, voter):
    ballot = makers.open_silence(world)
    fao = world.mandate("FAO")
    makers.object_to(world, ballot, fao, "FAO")
    world.commit()
    browser = sign_in(voter)
    event = event_of(browser, ballot)
    assert (event["sequence"], "consultation ends" in event["summary"]) == (1, True)
    makers.cast(world, ballot, fao, "FAO", Position.NO_OBJECTION)
    world.commit()
    assert event_of(browser, ballot)["sequence"] == 2


def test_a_draft_has_no_closing_for_a_calendar(world, sign_in):
    draft = makers.make_draft(world)
    officer, voter = world.officer(), world.mandate("WMO")
    world.commit()
    for person in (officer, voter):
        assert sign_in(person).get(f"/ballots/{draft.code}/closing.ics").status_code == 404
