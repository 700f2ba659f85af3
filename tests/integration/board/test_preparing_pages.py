"""The Secretariat prepares a ballot: one thing on each page, the list of steps, the check, the opening."""

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.integration.board import makers
from u4ssc_gov.board import queries, services
from u4ssc_gov.board.forms.preparing import FIRST, SECOND, geneva_instant, is_ambiguous
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.pages import drafts
from u4ssc_gov.board.pages import preparing as preparing_pages
from u4ssc_gov.board.rules import BallotState, BallotType, Method, default_rule
from u4ssc_gov.core.actor import SYSTEM, OfficeKind
from u4ssc_gov.core.dates import GENEVA
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.tenures import services as tenures
from u4ssc_gov.tenures.models import Tenure

NEW = "/ballots/new"
WORDS = {"title": "Endorse the guide", "decision_text": makers.DECISION, "if_approved": "", "if_not_approved": ""}
DATES = {"opens": "now", "closes_on": "2026-12-07", "closes_time": "17:00"}


@pytest.fixture
def officer(world):
    world.partners()
    made = world.officer()
    world.commit()
    return made


@pytest.fixture
def browser(sign_in, officer):
    return sign_in(officer)


def ballot_now(session, code="B-26-01"):
    """The ballot as it is on record; lets go of the database at once, on SQLite a writing session holds all of it."""
    with Session(session.get_bind(), expire_on_commit=False) as own:
        return queries.find_ballot(own, code, actor=SYSTEM)


def count(session, model=Ballot):
    with Session(session.get_bind()) as own:
        return own.scalar(select(func.count(model.id)))


def text(response):
    return response.get_data(as_text=True)


def save(browser, step, fields, code="B-26-01", version=None):
    """Send one page of a draft, with the version it shows unless another is given."""
    url = f"/ballots/{code}/edit/{step}"
    if version is None:
        version = re.search(r'name="version"[^>]*value="(\d+)"', text(browser.get(url)))[1]
    return browser.send(url, {"version": version, "then": "list", **fields})


def draft(browser, **changes):
    """A draft of guidance through its first page."""
    answer = browser.send(f"{NEW}/guidance", {**WORDS, **changes})
    assert answer.status_code == 303, text(answer)
    return answer


# ── what is decided, and about what ──────────────────────────────────────────────────────────────────────────────────


def test_kinds_that_nobody_could_carry_out_are_shown_with_why_and_not_offered(browser, session):
    page = text(browser.get(NEW))
    assert [f'value="{kind.value}"' in page for kind in BallotType] == [
        kind is not BallotType.KPI_SET for kind in BallotType
    ]
    assert "is not on offer" in page
    assert "Indicator sets have no versions here yet" in page
    assert browser.send(NEW, {"type": "kpi_set"}).status_code == 422
    refused = browser.get(f"{NEW}/kpi_set")
    assert refused.status_code == 409
    assert "cannot be carried out" in text(refused)
    assert count(session) == 0


@pytest.mark.parametrize("kind", ["", "coup", "APPOINTMENT", "'", "\x00", "x" * 5000])
def test_no_kind(browser, kind):
    answer = browser.send(NEW, {"type": kind})
    assert answer.status_code == 422
    assert "Choose what is decided" in text(answer)


@pytest.mark.parametrize("kind", ["coup", "APPOINTMENT", "%00", "x" * 500])
def test_an_address_of_no_kind(browser, kind):
    assert browser.get(f"{NEW}/{kind}").status_code == 404


def test_a_kind_leads_to_its_question(browser):
    assert browser.send(NEW, {"type": "action_plan"}).location == f"{NEW}/action_plan"
    assert browser.get(f"{NEW}?type=guidance&title=A").location == f"{NEW}/guidance?title=A"
    assert browser.get(f"{NEW}?type=nonsense").status_code == 200


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("action_plan", "There is no draft of an Action Plan."),
        ("tor_revision", "No proposal was uploaded."),
        ("rule_set", "No version of a rule waits for the Board."),
        ("deliverable", "There is no deliverable in the making."),
    ],
)
def test_nothing_to_decide_on_says_where_to_begin(browser, session, kind, words):
    assert words in text(browser.get(f"{NEW}/{kind}"))
    assert browser.send(f"{NEW}/{kind}", {}).status_code == 422
    assert count(session) == 0


@pytest.mark.parametrize(
    ("stage", "title", "otherwise"),
    [
        (Stage.PROPOSED, "Approve the proposal “Guide”", "It stays a proposal."),
        (Stage.BOARD_APPROVAL, "Approve “Guide”", "The deliverable goes back to its leader."),
        (Stage.DRAFTING, "Decide on “Guide”", "The deliverable stays as it is."),
    ],
)
def test_a_deliverable_gives_the_draft_its_words(world, browser, session, stage, title, otherwise):
    subject = world.deliverable(stage=stage, title="Guide")
    world.deliverable(stage=Stage.PUBLISHED, title="Old news")
    key = subject.id
    world.commit()
    page = text(browser.get(f"{NEW}/deliverable"))
    assert "Old news" not in page
    assert f'value="{key}"' in page
    answer = browser.send(f"{NEW}/deliverable", {"deliverable_id": str(key)})
    assert answer.location == "/ballots/B-26-01/edit/method"
    ballot = ballot_now(session)
    assert (ballot.title, ballot.if_not_approved, ballot.deliverable_id) == (title, otherwise, key)
    assert ballot.method is Method.SILENCE  # the usual one
    assert queries.state_of(ballot, world.now) is BallotState.DRAFT


@pytest.mark.parametrize("wrong", ["", "0", "-1", "999999", "9" * 30, "x", "1 OR 1=1", "\u0661"])
def test_a_subject_that_is_not_on_offer(world, browser, session, wrong):
    world.deliverable(stage=Stage.PUBLISHED)
    world.deliverable()
    world.commit()
    answer = browser.send(f"{NEW}/deliverable", {"deliverable_id": wrong})
    assert answer.status_code == 422
    assert "Choose the deliverable." in text(answer)
    assert count(session) == 0


def test_other_subjects_give_their_words(world, browser, session):
    plan, terms, rule = makers.draft_plan(world), makers.proposed_terms(world), makers.proposed_rule(world)
    keys = {"action_plan": ("plan_id", plan.id), "tor_revision": ("terms_document_id", terms.id)}
    keys["rule_set"] = ("rule_set_id", rule.id)
    world.commit()
    for kind, (name, key) in keys.items():
        assert browser.send(f"{NEW}/{kind}", {name: str(key)}).status_code == 303
    titles = [ballot_now(session, f"B-26-0{number}").title for number in (1, 2, 3)]
    assert titles == [
        "Adopt the Action Plan 2027",
        "Revise the Terms of Reference: Terms of Reference 2027",
        "Change the voting rule: Strategic guidance, Vote",
    ]
    assert "at least 9 must answer" in ballot_now(session, "B-26-03").decision_text
    assert ballot_now(session, "B-26-01").plan_id == keys["action_plan"][1]
    assert "Action Plan 2027" in text(browser.get("/ballots/B-26-01/edit"))


def test_a_subject_can_be_changed(world, browser, session):
    first, second = world.deliverable(title="First"), world.deliverable(title="Second")
    ids = (first.id, second.id)
    world.commit()
    browser.send(f"{NEW}/deliverable", {"deliverable_id": str(ids[0])})
    assert save(browser, "subject", {"deliverable_id": str(ids[1])}).location == "/ballots/B-26-01/edit"
    assert ballot_now(session).deliverable_id == ids[1]
    assert save(browser, "subject", {"deliverable_id": ""}).status_code == 422


def test_hostile_words_are_shown_as_words(browser, session):
    draft(browser, title="<script>alert(1)</script> {{ 7*7 }}", decision_text="“\u202e” & <b>bold</b>")
    for path in ("edit", "edit/text", "check-opening"):
        page = text(browser.get(f"/ballots/B-26-01/{path}"))
        assert "<script>alert" not in page
        assert "<b>bold" not in page
        assert "49" not in re.sub(r"[0-9a-f]{8,}", "", page.partition("<h1")[2].partition("</main")[0])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "Write the title of the ballot."),
        ({"title": None}, "Write the title of the ballot."),
        ({"title": " \u202e "}, "Write the title of the ballot."),
        ({"title": "x" * 201}, "Title: use 200 characters at most."),
        ({"decision_text": ""}, "Write the decision as it will be recorded."),
        ({"decision_text": "x" * 8001}, "Decision text: use 8,000 characters at most."),
        ({"if_approved": "x" * 601}, "If approved: use 600 characters at most."),
    ],
)
def test_words_that_are_refused_come_back(browser, session, changes, message):
    merged = {**WORDS, "if_not_approved": "This stays", **changes}
    sent = {key: value for key, value in merged.items() if value is not None}
    answer = browser.send(f"{NEW}/guidance", sent)
    assert answer.status_code == 422
    assert message in text(answer)
    assert "This stays" in text(answer)
    assert count(session) == 0
    draft(browser)
    answer = save(browser, "text", sent)
    assert (answer.status_code, message in text(answer), "This stays" in text(answer)) == (422, True, True)
    assert ballot_now(session).title == WORDS["title"]


def test_a_first_page_sent_twice_is_one_draft(browser, session):
    key = re.search(r'name="form_key"[^>]*value="([^"]+)"', text(browser.get(f"{NEW}/guidance")))[1]
    answers = [browser.send(f"{NEW}/guidance", {**WORDS, "form_key": key}) for _click in range(2)]
    assert [one.location for one in answers] == ["/ballots/B-26-01/edit/method"] * 2
    assert count(session) == 1


def test_every_page_of_every_kind(world, browser, session):
    kinds = {
        "deliverable": makers.silence_fields(world),
        "plan": makers.plan_fields(world),
        "terms": makers.terms_fields(world),
        "rule": makers.rule_fields(world),
        "election": makers.election_fields(world),
        "guidance": {},
    }
    made = [makers.make_draft(world, **fields) for fields in kinds.values()]
    pages = [(ballot.code, step) for ballot in made for step in drafts.steps_of(ballot)]
    world.commit()
    assert len(pages) == 26
    for code, step in pages:
        assert browser.get(f"/ballots/{code}/edit/{step}").status_code == 200
    for ballot in made:
        assert browser.get(f"/ballots/{ballot.code}/check-opening").status_code == 200
        assert browser.get(f"/ballots/{ballot.code}/edit").status_code == 200


# ── elections and renewals ───────────────────────────────────────────────────────────────────────────────────────────

OFFICE = {"starts_on": "2027-01-01", "posts": "1"}


@pytest.fixture
def election(world, officer):
    """What an election is made from."""
    office = world.office(OfficeKind.CO_CHAIR, seats=2)
    people = [world.person(f"Candidate {number}") for number in (1, 2)]
    partners = [world.partner(acronym) for acronym in ("ITU", "FAO")]
    made = {"office": office.id, "people": [one.id for one in people], "partners": [one.id for one in partners]}
    world.commit()
    return made


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


@pytest.fixture
def renewal(world, officer):
    """Another year asked for a Co-Chair."""
    holder = world.co_chair()
    tenure = world.session.scalar(select(Tenure).where(Tenure.person_id == holder.id))
    asked = tenures.request_renewal(world.session, tenure, actor=world.actor(officer), now=world.now, note="")
    made = (asked.id, holder.full_name)
    world.commit()
    return made


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


# ── the steps of a draft ─────────────────────────────────────────────────────────────────────────────────────────────


def test_the_pages_follow_one_another(world, browser, session):
    draft(browser)
    steps = []
    url = "/ballots/B-26-01/edit/method"
    fields = {"method": {"method": "vote"}, "text": WORDS, "documents": {}, "dates": DATES}
    while "/edit/" in url:
        step = url.rpartition("/")[2]
        steps.append(step)
        url = save(browser, step, {**fields[step], "then": "next"}).location
    assert steps == ["method", "text", "documents", "dates"]
    assert url == "/ballots/B-26-01/check-opening"


def test_the_list_says_what_is_still_to_do(world, browser, session):
    draft(browser)
    page = text(browser.get("/ballots/B-26-01/edit"))
    assert "1 step is still to do." in page
    assert "Continue with: Opening and closing" in page
    save(browser, "dates", DATES)
    page = text(browser.get("/ballots/B-26-01/edit"))
    assert "All that is needed is there." in page
    assert "closes Mon 7 Dec, 17:00 Geneva" in page
    assert 'href="/ballots/B-26-01/check-opening"' in page


def test_a_method_with_its_rule_in_words(world, browser, session):
    draft(browser)
    page = text(browser.get("/ballots/B-26-01/edit/method"))
    assert page.index("Silence procedure") < page.index('value="vote"')
    assert "adopted at the closing unless a partner objects or asks for a vote; open for 10 working days" in page
    assert "16 partners; at least 9 must answer" in page
    for wrong in ("", "election", "magic"):
        answer = save(browser, "method", {"method": wrong})
        assert answer.status_code == 422
        assert "Choose a method" in text(answer)
    assert save(browser, "method", {"method": "vote"}).status_code == 303
    assert ballot_now(session).method is Method.VOTE


def test_documents_are_kept_added_and_removed(browser, session):
    draft(browser)
    first = {"papers-0-title": "One", "papers-0-file": (io.BytesIO(makers.PDF), "a.pdf")}
    assert save(browser, "documents", first).status_code == 303
    page = text(browser.get("/ballots/B-26-01/edit/documents"))
    paper = re.search(r'name="remove" value="(\d+)"', page)[1]
    second = {"remove": ["x", paper], "papers-0-title": "Two", "papers-0-file": (io.BytesIO(makers.PDF), "b.pdf")}
    assert save(browser, "documents", second).status_code == 303
    ballot = ballot_now(session)
    assert [one.title for one in queries.list_papers(session, ballot.id)] == ["Two"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"papers-0-title": "A title without its file"}, "Choose the file for"),
        ({"papers-0-file": (io.BytesIO(b"<svg/>"), "a.svg")}, "cannot be taken"),
        ({"papers-0-file": (io.BytesIO(b""), "a.pdf")}, "The file is empty"),
    ],
)
def test_documents_that_are_refused(browser, session, fields, message):
    draft(browser)
    answer = save(browser, "documents", fields)
    assert answer.status_code == 422
    assert message in text(answer)


def test_the_dates_are_prefilled_by_the_rule(world, browser, clock, session):
    clock.set(datetime(2026, 11, 23, 9, 20, tzinfo=UTC))
    draft(browser)
    page = text(browser.get("/ballots/B-26-01/edit/dates"))
    assert 'value="2026-12-07"' in page  # ten working days
    assert 'value="11:00"' in page  # the next full hour: no minute less than the rule gives
    assert "open for 10 working days" in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"closes_on": ""}, "Choose the day of the closing."),
        ({"closes_time": ""}, "Add the hour of the closing."),
        ({"closes_on": "soon"}, "Not a valid date"),
        ({"closes_time": "25:00"}, "Not a valid time"),
        ({"closes_on": "0001-01-01"}, "Choose a day in the coming months."),
        ({"closes_on": "9999-12-31"}, "Choose a day in the coming months."),
        ({"closes_on": "2027-03-28", "closes_time": "02:30"}, "This hour does not exist in Geneva"),
        ({"closes_on": "2026-11-26", "closes_time": "09:59"}, "at least 72 hours"),
        ({"closes_on": "2027-02-21", "closes_time": "10:01"}, "90 days at most"),
        ({"opens": ""}, "Choose when it opens"),
        ({"opens": "never"}, "Choose when it opens"),
        ({"opens": "later"}, "Choose the day on which it opens."),
        ({"opens": "later", "opens_on": "2026-11-24"}, "Add the hour."),
        ({"opens": "later", "opens_on": "2026-11-23", "opens_time": "09:00"}, "cannot open in the past"),
        ({"opens": "later", "opens_on": "2026-12-05", "opens_time": "09:00"}, "at least 72 hours"),
    ],
)
def test_dates_that_are_refused_come_back(browser, session, changes, message):
    draft(browser)
    answer = save(browser, "dates", {**DATES, **changes})
    assert answer.status_code == 422
    assert message in text(answer)
    if changes.get("closes_on") != "":
        assert f'value="{changes.get("closes_on", DATES["closes_on"])}"' in text(answer)
    assert ballot_now(session).closes_at is None


@pytest.mark.parametrize(("closes_on", "closes_time"), [("2026-11-26", "10:00"), ("2027-02-21", "10:00")])
def test_the_shortest_and_the_longest_time(browser, session, closes_on, closes_time):
    draft(browser)
    assert save(browser, "dates", {**DATES, "closes_on": closes_on, "closes_time": closes_time}).status_code == 303
    assert ballot_now(session).closes_at is not None


def test_an_hour_that_comes_twice_is_asked_about(world, clock, sign_in, officer, session):
    clock.set(datetime(2026, 10, 12, 9, 0, tzinfo=UTC))
    browser = sign_in(officer)
    draft(browser)
    twice = {**DATES, "closes_on": "2026-10-25", "closes_time": "02:30"}
    page = text(browser.get("/ballots/B-26-01/edit/dates"))
    assert "closes_which" not in page
    answer = save(browser, "dates", twice)
    assert answer.status_code == 422
    assert "Say which one." in text(answer)
    assert "closes_which" in text(answer)
    assert save(browser, "dates", {**twice, "closes_which": "third"}).status_code == 422
    for which, instant in ((FIRST, "00:30"), (SECOND, "01:30")):
        assert save(browser, "dates", {**twice, "closes_which": which}).status_code == 303
        assert ballot_now(session).closes_at.strftime("%d %H:%M") == f"25 {instant}"
        page = text(browser.get("/ballots/B-26-01/edit/dates"))
        assert re.search(rf'value="{which}" checked', page)


def test_hours_in_geneva():
    day = datetime(2026, 10, 25, tzinfo=GENEVA).date()
    for hour, ambiguous in ((1, False), (2, True), (3, False)):
        at = datetime(2026, 10, 25, hour, 59, tzinfo=UTC).time()
        assert is_ambiguous(day, at) is ambiguous
        gap = geneva_instant(day, at, SECOND) - geneva_instant(day, at, FIRST)
        assert gap == timedelta(hours=1 if ambiguous else 0)
    spring = datetime(2027, 3, 28, tzinfo=GENEVA).date()
    at = datetime(2027, 3, 28, 2, 30, tzinfo=UTC).time()
    assert geneva_instant(spring, at, FIRST) is geneva_instant(spring, at, SECOND) is None
    assert not is_ambiguous(spring, at)


def test_a_stale_page_comes_back_whole(browser, session):
    draft(browser)
    version = str(ballot_now(session).version)
    assert save(browser, "text", {**WORDS, "title": "First"}, version=version).status_code == 303
    late = save(browser, "text", {**WORDS, "title": "Second"}, version=version)
    assert late.status_code == 409
    assert "Somebody else changed this draft" in text(late)
    assert 'value="Second"' in text(late)
    assert ballot_now(session).title == "First"
    fresh = re.search(r'name="version"[^>]*value="(\d+)"', text(late))[1]
    assert save(browser, "text", {**WORDS, "title": "Second"}, version=fresh).status_code == 303


@pytest.mark.parametrize("version", ["", "0", "x", "9" * 30])
def test_a_page_without_its_version_saves_nothing(browser, session, version):
    draft(browser)
    assert save(browser, "text", {**WORDS, "title": "Other"}, version=version).status_code in (409, 422)
    assert ballot_now(session).title == WORDS["title"]


def test_a_closing_that_came_too_near_does_not_stop_other_pages(world, clock, sign_in, officer, session):
    browser = sign_in(officer)
    draft(browser)
    save(browser, "dates", DATES)
    clock.move(days=13)
    browser = sign_in(officer)
    assert "at least 72 hours" in text(browser.get("/ballots/B-26-01/edit"))
    answer = save(browser, "text", {**WORDS, "title": "Better words"})
    assert answer.status_code == 303
    assert "had come too near" in text(browser.get(answer.location))
    ballot = ballot_now(session)
    assert (ballot.title, ballot.closes_at) == ("Better words", None)


def test_pages_that_a_draft_does_not_have(browser, session):
    draft(browser)
    for step in ("subject", "office", "candidates", "nonsense", "x" * 300):
        assert browser.get(f"/ballots/B-26-01/edit/{step}").status_code == 404


def test_an_open_ballot_has_no_steps(world, browser, session):
    ballot = makers.open_one(world)
    code, version = ballot.code, ballot.version
    world.commit()
    for path in ("edit", "edit/text", "check-opening"):
        assert browser.get(f"/ballots/{code}/{path}").location == f"/ballots/{code}"
    late = browser.send(f"/ballots/{code}/edit/text", {**WORDS, "version": str(version)})
    assert late.status_code == 303
    assert ballot_now(session).title == "Appoint a Co-Chair for 2027"


# ── the check and the opening ────────────────────────────────────────────────────────────────────────────────────────


def ready(browser, **dates):
    draft(browser)
    save(browser, "method", {"method": "vote"})
    paper = {"papers-0-title": "The guide", "papers-0-file": (io.BytesIO(makers.PDF), "a.pdf")}
    save(browser, "documents", paper)
    assert save(browser, "dates", {**DATES, **dates}).status_code == 303


def test_the_check_page_shows_all_that_opening_does(world, browser, session, clock):
    makers.everybody(world)
    world.commit()
    ready(browser)
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "16 partners; at least 9 must answer; more approve than object; at least 5 approve" in page
    assert "The guide" in page
    assert "To 16 people" in page
    assert "Vote for ITU by 7 Dec: Endorse the guide" in page
    assert "At once, with the button below" in page
    assert "nobody who may vote" not in page
    ballot = ballot_now(session)
    opened = browser.send("/ballots/B-26-01/open", {"version": str(ballot.version)})
    assert opened.location == "/ballots/B-26-01"
    ballot = ballot_now(session)
    assert queries.state_of(ballot, clock.now()) is BallotState.OPEN
    assert ballot.closes_at == datetime(2026, 12, 7, 16, 0, tzinfo=UTC)
    assert ballot.opened_for == "UNECE"
    assert count(session, OutboxMessage) == 16


def test_partners_without_a_voter_are_an_alert_before_opening(world, browser):
    for acronym in makers.ACRONYMS[3:]:
        world.mandate(acronym)
    world.commit()
    ready(browser)
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "3 partners have nobody who may vote:" in page
    assert 'href="/people/partners/CBD"' in page
    assert "Open the ballot" in page


def test_a_ballot_can_open_at_a_day_and_hour(world, browser, session, clock):
    makers.everybody(world)
    world.commit()
    ready(browser, opens="later", opens_on="2026-11-30", opens_time="09:00", closes_on="2026-12-14")
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "Schedule the ballot" in page
    assert "Mon 30 Nov, 09:00 Geneva" in page
    browser.send("/ballots/B-26-01/open", {"version": str(ballot_now(session).version)})
    ballot = ballot_now(session)
    assert queries.state_of(ballot, clock.now()) is BallotState.SCHEDULED
    assert ballot.opens_at == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
    assert count(session, OutboxMessage) == 0
    assert queries.state_of(ballot, ballot.opens_at) is BallotState.OPEN


def test_a_planned_opening_that_passed_is_not_opened_by_chance(world, clock, sign_in, officer, session):
    browser = sign_in(officer)
    ready(browser, opens="later", opens_on="2026-11-24", opens_time="09:00")
    clock.move(days=2)
    browser = sign_in(officer)
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "The opening that was planned has passed." in page
    assert "Schedule the ballot" not in page
    answer = browser.send("/ballots/B-26-01/open", {"version": str(ballot_now(session).version)})
    assert answer.status_code == 422
    assert queries.state_of(ballot_now(session), clock.now()) is BallotState.DRAFT


def test_a_draft_without_a_closing_does_not_open(browser, session):
    draft(browser)
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "The draft has no closing day and time." in page
    assert "Open the ballot" not in page
    assert 'href="/ballots/B-26-01/edit/dates"' in page
    answer = browser.send("/ballots/B-26-01/open", {"version": str(ballot_now(session).version)})
    assert answer.status_code == 422
    assert text(answer).count("The draft has no closing day and time.") == 1


@pytest.mark.parametrize("version", ["", "0", "99", "x", "9" * 30])
def test_only_the_draft_that_was_checked_opens(browser, session, clock, version):
    ready(browser)
    assert browser.send("/ballots/B-26-01/open", {"version": version}).status_code == 409
    assert queries.state_of(ballot_now(session), clock.now()) is BallotState.DRAFT


def test_opening_twice_opens_once(world, browser, session):
    makers.everybody(world)
    world.commit()
    ready(browser)
    version = str(ballot_now(session).version)
    assert browser.send("/ballots/B-26-01/open", {"version": version}).status_code == 303
    again = browser.send("/ballots/B-26-01/open", {"version": version})
    assert again.status_code in (303, 409)
    assert count(session, OutboxMessage) == 16


def test_a_rule_changed_meanwhile_is_not_opened_unseen(world, browser, session):
    ready(browser)
    with Session(session.get_bind()) as own:
        rule = replace(default_rule(BallotType.GUIDANCE, Method.VOTE), min_approvals=9)
        services.draft_rule_set(
            own, BallotType.GUIDANCE, Method.VOTE, rule, reason="x", at_once=True, actor=SYSTEM, now=world.now
        )
        own.commit()
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "The voting rule was changed after this draft was saved." in page
    answer = browser.send("/ballots/B-26-01/open", {"version": str(ballot_now(session).version)})
    assert answer.status_code == 422
    save(browser, "text", WORDS)
    assert "at least 9 approve" in text(browser.get("/ballots/B-26-01/check-opening"))
    answer = browser.send("/ballots/B-26-01/open", {"version": str(ballot_now(session).version)})
    assert answer.status_code == 303


def test_an_officer_who_stands_does_not_open(world, officer, browser, session):
    makers.make_draft(world, **makers.election_fields(world, people=[officer]), closes_at=world.now + timedelta(days=5))
    world.commit()
    page = text(browser.get("/ballots/B-26-01/check-opening"))
    assert "This ballot is about you." in page
    assert "Open the ballot" not in page
    assert browser.send("/ballots/B-26-01/open", {"version": "1"}).status_code in (403, 409, 422)


def test_suggested_closings_give_no_minute_less(world):
    rule = default_rule(BallotType.GUIDANCE)
    for minute, hour in ((0, 9), (1, 10), (59, 10)):
        begins = datetime(2026, 11, 23, 9, minute, tzinfo=UTC)
        assert drafts.suggested_closing(rule, begins) == datetime(2026, 12, 7, hour, 0, tzinfo=UTC)


PAGES = [
    ("GET", NEW),
    ("POST", NEW),
    ("GET", f"{NEW}/guidance"),
    ("POST", f"{NEW}/guidance"),
    ("GET", f"{NEW}/appointment/candidates"),
    ("POST", f"{NEW}/appointment/candidates"),
    ("GET", "/ballots/B-26-01/edit"),
    ("GET", "/ballots/B-26-01/edit/text"),
    ("POST", "/ballots/B-26-01/edit/text"),
    ("GET", "/ballots/B-26-01/check-opening"),
    ("POST", "/ballots/B-26-01/open"),
]


@pytest.mark.parametrize(("method", "path"), PAGES)
def test_these_pages_are_the_secretariats(world, sign_in, client, method, path):
    people = [world.mandate("WMO"), world.co_chair(), world.participant()]
    makers.make_draft(world)
    world.commit()
    for person in people:
        browser = sign_in(person)
        sent = {**WORDS, "version": "1", "type": "guidance"}
        answer = browser.get(path) if method == "GET" else browser.send(path, sent)
        assert answer.status_code == 403
    answer = client.get(path) if method == "GET" else client.send(path, {})
    assert answer.status_code == (303 if method == "GET" else 401)  # a writer is told, with what was typed
    assert "/sign-in" in (answer.location or answer.text)


def test_reading_writes_nothing(world, browser, session):
    ready(browser)
    before = ballot_now(session).version
    for _method, path in [page for page in PAGES if page[0] == "GET"]:
        browser.get(path)
    assert ballot_now(session).version == before
    assert count(session) == 1


def test_a_fixed_number_of_statements(world, browser, count_statements):
    makers.make_draft(world, closes_at=world.now + timedelta(days=5))
    many = tuple(makers.paper() for _ in range(5))
    people = [world.person() for _ in range(12)]
    fields = makers.election_fields(world, people=people)
    makers.make_draft(world, closes_at=world.now + timedelta(days=5), documents=many, **fields)
    makers.everybody(world)
    for _ in range(30):
        world.deliverable()
    world.commit()
    pages = ("check-opening", "edit", "edit/text", "edit/documents", "edit/dates")
    seen = {}
    for code in ("B-26-01", "B-26-02"):
        for page in pages:
            with count_statements() as made:
                assert browser.get(f"/ballots/{code}/{page}").status_code == 200
            seen[code, page] = len(made)
    assert [seen["B-26-01", page] for page in pages] == [8, 3, 2, 3, 2]
    assert [seen["B-26-02", page] for page in pages] == [10, 5, 2, 3, 2]
    for path, most in ((NEW, 1), (f"{NEW}/deliverable", 2), (f"{NEW}/action_plan", 2), (f"{NEW}/appointment", 2)):
        with count_statements() as made:
            assert browser.get(path).status_code == 200
        assert len(made) == most


def test_every_kind_has_its_words():
    assert {option.value for option in preparing_pages.type_options()} == {kind.value for kind in BallotType}
    assert all(option.label and (option.follows or option.refused) for option in preparing_pages.type_options())
    assert all(preparing_pages.meaning(method) for method in Method)
