"""The Secretariat puts an office to the Board: the seats, the candidates, a renewal."""

import pytest

from tests.integration.board.preparing.helpers import NEW, ballot_now, count, save, text
from u4ssc_gov.board.rules import Method

OFFICE = {"starts_on": "2027-01-01", "posts": "1"}


def rows_of(election, number=2):
    found = {}
    for place in range(number):
        found[f"rows-{place}-person_id"] = str(election["people"][place])
        found[f"rows-{place}-nominated_by_id"] = str(election["partners"][place])
    return found


def test_an_election_asks_for_the_office_then_for_the_candidates(browser, session, election):
    answer = browser.send(f"{NEW}/appointment", {**OFFICE, "office_id": str(election["office"])})
    candidates = answer.location
    assert candidates.startswith(f"{NEW}/appointment/candidates?")
    assert count(session) == 0
    link = browser.get(f"{NEW}?type=appointment&office={election['office']}", follow_redirects=True)
    assert f'value="{election["office"]}" checked' in text(link)
    assert "Who stands?" in text(browser.get(candidates))
    more = browser.send(candidates, {**rows_of(election), "more": "1"})
    assert more.status_code == 200
    assert "rows-3-person_id" in text(more)
    assert count(session) == 0
    assert browser.send(candidates, rows_of(election)).location == "/ballots/B-26-01/edit/text"
    ballot = ballot_now(session)
    assert (ballot.method, ballot.posts, ballot.candidate_count) == (Method.ELECTION, 1, 2)
    assert ballot.title == "Elect a Co-Chair for 2027"
    page = text(browser.get("/ballots/B-26-01/edit"))
    assert "Candidate 1; Candidate 2" in page
    assert "Co-Chair, 1 seat, from 1 Jan 2027" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"office_id": ""}, "Choose the office to fill."),
        ({"office_id": "999"}, "Choose the office to fill."),
        ({"starts_on": ""}, "Choose the day on which the tenure starts."),
        ({"starts_on": "soon"}, "Not a valid date"),
        ({"starts_on": "0001-01-01"}, "Choose a day in the coming months."),
        ({"posts": ""}, "Write how many seats are filled."),
        ({"posts": "many"}, "Write a whole number, like 1 or 2."),
        ({"posts": "1.5"}, "Write a whole number, like 1 or 2."),
        ({"posts": "0"}, "This office has 2 seats: write a number from 1 to 2."),
        ({"posts": "-1"}, "This office has 2 seats: write a number from 1 to 2."),
        ({"posts": "3"}, "This office has 2 seats: write a number from 1 to 2."),
        ({"starts_on": "2020-02-01"}, "Choose a day after today: a tenure starts after the ballot has closed."),
        ({"starts_on": "2026-11-23"}, "Choose a day after today: a tenure starts after the ballot has closed."),
    ],
)
def test_an_office_that_is_refused(browser, session, election, changes, message):
    sent = {**OFFICE, "office_id": str(election["office"]), **changes}
    answer = browser.send(f"{NEW}/appointment", sent)
    assert answer.status_code == 422
    assert message in text(answer)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows, _e: rows.clear(), "Name 1 to 12 candidates."),
        (lambda rows, _e: rows.update({"rows-0-nominated_by_id": ""}), "A partner nominates each candidate"),
        (lambda rows, _e: rows.update({"rows-0-person_id": ""}), "Choose whom this partner nominates."),
        (lambda rows, _e: rows.update({"rows-0-person_id": "9" * 12}), "Choose somebody from the list."),
        (lambda rows, e: rows.update({"rows-1-person_id": str(e["people"][0])}), "Choose each candidate once"),
    ],
)
def test_candidates_that_are_refused_stay_on_the_page(browser, session, election, change, message):
    sent = rows_of(election)
    change(sent, election)
    url = f"{NEW}/appointment/candidates?office_id={election['office']}&starts_on=2027-01-01&posts=1"
    answer = browser.send(url, sent)
    assert answer.status_code == 422
    assert message in text(answer)
    assert count(session) == 0
    for value in (value for name, value in sent.items() if value and len(value) < 6 and name.endswith("person_id")):
        assert f'<option selected value="{value}">' in text(answer)


def test_two_seats_are_filled_at_once(browser, session, election):
    url = f"{NEW}/appointment/candidates?office_id={election['office']}&starts_on=2027-01-01&posts=2"
    assert browser.send(url, rows_of(election)).status_code == 303
    assert ballot_now(session).title == "Fill 2 Co-Chair seats for 2027"


def test_more_seats_than_the_office_has(browser, session, election):
    url = f"{NEW}/appointment/candidates?office_id={election['office']}&starts_on=2027-01-01&posts=3"
    assert browser.send(url, rows_of(election)).status_code == 404  # refused on the page of the office before


@pytest.mark.parametrize("query", ["", "?office_id=x", "?office_id=1&posts=1", "?office_id=1&starts_on=x&posts=1"])
def test_candidates_without_an_office_start_again(browser, election, query):
    assert browser.get(f"{NEW}/appointment/candidates{query}").status_code == 404


def test_candidates_and_office_can_be_changed(browser, session, election):
    url = f"{NEW}/appointment/candidates?office_id={election['office']}&starts_on=2027-01-01&posts=1"
    browser.send(url, rows_of(election))
    assert save(browser, "candidates", rows_of(election, 1)).status_code == 303
    sent = {"office_id": str(election["office"]), "starts_on": "2027-02-01", "posts": "2"}
    assert save(browser, "office", sent).status_code == 303
    ballot = ballot_now(session)
    assert (ballot.candidate_count, ballot.posts, str(ballot.starts_on)) == (1, 2, "2027-02-01")


def test_a_renewal_arrives_filled_in(browser, session, renewal):
    number, name = renewal
    link = browser.get(f"{NEW}?renewal={number}").location
    assert link == f"{NEW}/appointment?renewal={number}"
    page = text(browser.get(link))
    assert f"Renew {name} as Co-Chair" in page
    answer = browser.send(link, {"renewal": str(number)})
    assert answer.location == "/ballots/B-26-01/edit/text"
    ballot = ballot_now(session)
    assert (ballot.renewal_id, ballot.candidate_count, ballot.posts) == (number, 1, 1)
    assert ballot.title == f"Renew {name} as Co-Chair"
    assert "another year as Co-Chair of U4SSC" in ballot.decision_text
    assert "another year" in text(browser.get("/ballots/B-26-01/edit"))
    assert browser.get("/ballots/B-26-01/edit/office").status_code == 404


def test_a_link_may_bring_words_of_its_own(browser, session, renewal):
    link = f"{NEW}?renewal={renewal[0]}&type=appointment&title=One+year+more&decision_text=The+Board+agrees."
    page = browser.get(link, follow_redirects=True)
    assert "One year more" in text(page)
    sent = {"renewal": str(renewal[0]), "title": "One year more", "decision_text": "The Board agrees."}
    browser.send(f"{NEW}/appointment", sent)
    ballot = ballot_now(session)
    assert (ballot.title, ballot.decision_text) == ("One year more", "The Board agrees.")


@pytest.mark.parametrize("wrong", ["999", "0", "-1", "x", "99999999999999999999", ""])
def test_a_renewal_that_is_none_is_refused(browser, session, wrong):
    answer = browser.send(f"{NEW}/appointment", {"renewal": wrong})
    assert answer.status_code == 422
    assert count(session) == 0
    assert browser.get(f"{NEW}/appointment?renewal={wrong}").status_code in (200, 422)
