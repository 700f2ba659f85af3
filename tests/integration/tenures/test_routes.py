"""The pages of people and tenures: who sees what, filters, renewing, the export, and a fixed number of statements."""

import csv
import io
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.integration.board import makers
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.board.rules import BallotType, Method
from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.partners.models import Partner
from u4ssc_gov.tenures.models import Renewal, Tenure

SOON = date(2025, 12, 9)  # first day of a tenure with 15 days left at T0


@pytest.fixture
def officer(world):
    """A secretariat officer."""
    return world.officer()


@pytest.fixture
def ending(world, officer):
    """A Leader whose tenure ends in 15 days; the tenure's id."""
    person = world.leader(world.group("City platforms"), starts_on=SOON)
    person.full_name, person.organisation = "Leader of platforms", "University of Example"
    tenure_id = world.session.scalar(select(Tenure.id).where(Tenure.person_id == person.id))
    world.commit()
    return tenure_id


@pytest.fixture
def chair(world, officer):
    """A Co-Chair whose tenure ends in 38 days; the tenure's id."""
    person = world.tenure(world.office(OfficeKind.CO_CHAIR, seats=2), starts_on=date(2026, 1, 1))
    tenure_id = world.session.scalar(select(Tenure.id).where(Tenure.person_id == person.id))
    world.commit()
    return tenure_id


def text_of(response):
    return response.get_data(as_text=True)


# Who


def test_visitors_are_sent_to_sign_in(client, app):
    for url in ("/people", "/people?view=directory", "/people/partners/WMO", "/people/tenures.csv", "/people/1/renew"):
        if "accounts.show_sign_in" in app.view_functions:
            response = client.get(url)
            assert response.status_code == 303
            assert "/sign-in" in response.location


def test_everybody_signed_in_sees_who_serves_and_only_the_secretariat_renews(world, sign_in, officer, ending, chair):
    people = {
        "participant": (world.participant(), False),
        "board": (world.mandate("WMO"), False),
        "chair": (world.co_chair(), False),
        "officer": (officer, True),
    }
    world.commit()
    for person, may_renew in people.values():
        browser = sign_in(person)
        for view in ("timeline", "table"):
            page = text_of(browser.get(f"/people?view={view}"))
            assert "Leader of platforms" in page
            assert (f"/people/{ending}/renew" in page) is may_renew
            assert ("/people/tenures.csv" in page) is may_renew
        for method, url in [("get", "/people/tenures.csv"), ("get", f"/people/{ending}/renew")]:
            assert getattr(browser, method)(url).status_code == (200 if may_renew else 403)
        assert browser.send(f"/people/{ending}/renew").status_code == (303 if may_renew else 403)
        assert browser.get("/people?view=directory").status_code == 200
        assert browser.get("/people/partners/WMO").status_code == 200


# The list


def test_tiles_count_seats_and_the_first_due_row_is_primary(world, sign_in, officer, ending, chair):
    page = text_of(sign_in(officer).get("/people"))
    for figure in ("<b>2 of 3</b>", 'class="t-a">1</b>', 'class="t-r">1</b>'):
        assert figure in page
    assert "vacant: Co-Chair" in page
    assert page.count("btn-primary") == 1
    assert page.index("btn-primary") > page.index("Leaders of thematic groups")  # 15 days before 38


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("", {"platforms", "chair", "vacant"}),
        ("role=leader", {"platforms"}),
        ("role=co_chair", {"chair", "vacant"}),
        ("ending=1", {"platforms"}),
        ("vacant=1", {"vacant"}),
        ("ending=1&vacant=1", {"platforms", "vacant"}),
        ("organisation=University+of+Example", {"platforms"}),
        ("role=leader&vacant=1", set()),
        ("role=nonsense&view=nonsense&ending=2&page=-1", {"platforms", "chair", "vacant"}),
        ("organisation=%00%3Cscript%3E", set()),
        ("page=99999999999999999999999", {"platforms", "chair", "vacant"}),
    ],
)
@pytest.mark.parametrize("view", ["timeline", "table"])
def test_filters_are_the_address(world, sign_in, officer, ending, chair, view, query, seen):
    page = text_of(sign_in(officer).get(f"/people?{query}" if "view" in query else f"/people?view={view}&{query}"))
    body = page[page.index('class="filters"') :]
    found = {
        name
        for name, mark in {
            "platforms": ">Leader of platforms<",
            "chair": ">Holder of ",
            "vacant": ">Vacant</b>",
        }.items()
        if mark in body or (name == "vacant" and '<th scope="row">Vacant</th>' in body)
    }
    assert found == seen
    assert ("No office matches" in body) is (not seen)


def test_without_any_office_the_page_says_what_happens_next(world, sign_in):
    person = world.participant()
    world.commit()
    page = text_of(sign_in(person).get("/people"))
    assert "No offices are on record yet" in page


@pytest.mark.parametrize("view", ["timeline", "table", "directory"])
def test_as_many_statements_for_200_rows_as_for_one(world, sign_in, officer, count_statements, view):
    world.leader(world.group(), starts_on=SOON)
    world.participant()
    world.mandate("WMO")
    world.commit()
    browser = sign_in(officer)
    browser.get("/people")
    with count_statements() as few:
        assert browser.get(f"/people?view={view}").status_code == 200
    for n in range(199):
        world.leader(world.group(), starts_on=SOON + timedelta(days=n))
        world.participant()
    for partner in world.partners():
        world.mandate(partner.acronym, alternate=True)
    world.commit()
    with count_statements() as many:
        page = browser.get(f"/people?view={view}")
    assert len(many) == len(few) <= (6 if view == "directory" else 5)
    assert "Page 1 of 8" in text_of(page)
    assert browser.get(f"/people?view={view}&page=8").status_code == 200


def test_old_tenures_do_not_make_the_page_heavier(world, sign_in, officer, count_statements):
    office = world.office(OfficeKind.LEADER, group=world.group())
    for year in range(2000, 2026):
        world.tenure(office, starts_on=date(year, 12, 9))
    world.commit()
    page = text_of(sign_in(officer).get("/people"))
    assert page.count('class="sb ') == 2  # the window only


# Renewing


def test_renewing_a_leader_with_one_click(world, sign_in, officer, ending, session):
    browser = sign_in(officer)
    page = text_of(browser.get(f"/people/{ending}/renew"))
    assert "9 Dec 2026 – 8 Dec 2027" in page
    assert "Consultation of the partners" in page
    assert "/ballots/new" not in page
    response = browser.send(f"/people/{ending}/renew", {"note": "Served well"})
    assert (response.status_code, response.location) == (303, f"/people/{ending}/renew")
    page = text_of(browser.get(f"/people/{ending}/renew"))
    for part in ("Asked on 23 Nov by Secretariat officer UNECE.", "Served well", "The renewal is asked for."):
        assert part in page
    assert "Ask for the renewal" not in page
    assert "Follow renewal" in text_of(browser.get("/people"))


APPOINTED = {"decision": "appointed", "basis": "Co-Chairs, letter of 4 December"}


def test_what_followed_a_consultation_is_checked_and_recorded_once(sign_in, officer, ending, session):
    browser = sign_in(officer)
    url = f"/people/{ending}/renew"
    assert "What followed the consultation" not in text_of(browser.get(url))
    browser.send(url)
    assert "What followed the consultation" in text_of(browser.get(url))
    check = browser.send(f"{url}/check", APPOINTED)
    assert check.status_code == 200
    assert "Co-Chairs, letter of 4 December" in text_of(check)
    assert session.scalar(select(Renewal.closed_at)) is None  # nothing yet
    session.rollback()
    changed = text_of(browser.send(f"{url}/check", {**APPOINTED, "change": "1"}))
    assert 'value="Co-Chairs, letter of 4 December"' in changed
    for _n in range(2):
        done = browser.send(f"{url}/decide", APPOINTED)
        assert (done.status_code, done.location) == (303, url)
    session.expire_all()
    terms = session.scalars(select(Tenure).order_by(Tenure.starts_on)).all()
    assert [term.starts_on for term in terms] == [SOON, date(2026, 12, 9)]
    assert terms[1].basis == "Co-Chairs, letter of 4 December"
    session.rollback()
    page = text_of(browser.get(url))
    assert "The appointment is recorded." in page
    for part in ("Co-Chairs, letter of 4 December", "recorded on 23 Nov", "Renewal of ", "Go on to people and tenures"):
        assert part in page
    assert "by 8 Dec" not in page  # it is recorded already
    assert re.search(r'<li class="now"><i></i><span><b>The new tenure starts', browser.get(url).text)  # not begun yet
    assert "What followed the consultation" not in page
    assert browser.send(f"{url}/decide", {**APPOINTED, "decision": "not_appointed"}).status_code == 422
    assert browser.send(f"{url}/check", APPOINTED).status_code == 422


def test_a_consultation_without_an_appointment_closes_the_renewal(sign_in, officer, ending, session):
    browser = sign_in(officer)
    url = f"/people/{ending}/renew"
    sent = {"decision": "not_appointed", "basis": "Co-Chairs, 4 December: a new call"}
    assert browser.send(f"{url}/decide", sent).status_code == 422  # not asked for yet
    browser.send(url)
    assert "None. The office is vacant after 8 Dec." in text_of(browser.send(f"{url}/check", sent))
    assert browser.send(f"{url}/decide", sent).status_code == 303
    page = text_of(browser.get(url))
    assert "without a new tenure" in page
    assert "Co-Chairs, 4 December: a new call" in page
    assert "nobody was appointed, recorded on 23 Nov" in page
    assert len(session.scalars(select(Tenure)).all()) == 1
    session.rollback()
    assert browser.send(f"{url}/decide", APPOINTED).status_code == 422


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Choose what followed the consultation."),
        ({"decision": "appointed"}, "Say who decided and when."),
        ({"decision": "appointed", "basis": " \u200b "}, "Say who decided and when."),
        ({"decision": "appointed", "basis": "x" * 301}, "Write at most 300 characters."),
        ({"decision": "perhaps", "basis": "x"}, "Not a valid choice."),
    ],
)
def test_a_decision_that_says_nothing_is_refused(sign_in, officer, ending, session, sent, words):
    browser = sign_in(officer)
    browser.send(f"/people/{ending}/renew")
    answer = browser.send(f"/people/{ending}/renew/decide", sent)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert session.scalar(select(Renewal.closed_at)) is None


def test_a_chairs_renewal_is_not_settled_past_the_board(world, sign_in, officer, chair, session):
    browser = sign_in(officer)
    browser.send(f"/people/{chair}/renew")
    answer = browser.send(f"/people/{chair}/renew/decide", APPOINTED)
    assert answer.status_code == 422
    assert "The Partners Board decides this renewal in a ballot" in text_of(answer)
    assert session.scalar(select(Renewal.closed_at)) is None
    other = world.participant()
    world.commit()
    browser = sign_in(other)
    assert browser.send(f"/people/{chair}/renew/decide", APPOINTED).status_code == 403
    assert browser.send(f"/people/{chair}/renew/check", APPOINTED).status_code == 403


def test_a_renewal_that_has_a_ballot_leads_to_it(world, sign_in, officer, chair, session):
    browser = sign_in(officer)
    browser.send(f"/people/{chair}/renew")
    ballot = makers.make_draft(
        world, type=BallotType.APPOINTMENT, method=Method.ELECTION, renewal_id=session.scalar(select(Renewal.id))
    )
    world.commit()
    page = text_of(browser.get(f"/people/{chair}/renew"))
    assert f'href="/ballots/{ballot.code}"' in page
    assert "Draft the ballot" not in page
    assert f"the Board decides in a ballot: {ballot.code}" in text_of(browser.get("/home"))


@pytest.mark.parametrize("view", ["timeline", "table"])
def test_a_vacant_seat_says_what_the_secretariat_does_now(world, sign_in, officer, chair, view):
    office = world.office(OfficeKind.LEADER, group=world.group("Data spaces"))
    reader = world.participant()
    world.commit()
    page = text_of(sign_in(officer).get(f"/people?vacant=1&view={view}"))
    assert page.count("Prepare the ballot") == 1  # the second seat of the Co-Chairs
    assert "/ballots/new?type=appointment&amp;office=" in page
    assert f"{office.title}. The Secretariat consults the partners" in page
    page = text_of(sign_in(reader).get(f"/people?vacant=1&view={view}"))
    assert "Prepare the ballot" not in page
    assert "The Secretariat consults" not in page


def test_a_double_click_records_one_renewal(world, sign_in, officer, ending, session):
    browser = sign_in(officer)
    for _n in range(2):
        assert browser.send(f"/people/{ending}/renew").status_code == 303
    assert len(session.scalars(select(Renewal)).all()) == 1
    actions = session.scalars(select(AuditRecord.action)).all()
    assert actions.count("tenures:renewal:request") == 1


def test_a_chairs_renewal_leads_to_the_ballot_when_the_board_offers_one(world, app, sign_in, officer, chair, session):
    browser = sign_in(officer)
    assert "Decision of the Partners Board" in text_of(browser.get(f"/people/{chair}/renew"))
    browser.send(f"/people/{chair}/renew")
    page = text_of(browser.get(f"/people/{chair}/renew"))
    renewal_id = session.scalar(select(Renewal.id))
    assert (f"/ballots/new?renewal={renewal_id}" in page) is ("board.new_ballot" in app.view_functions)


@pytest.mark.parametrize(
    ("note", "message"),
    [("x" * 601, "Write at most 600 characters."), ("é\r\n" * 300, "Write at most 600 characters.")],
)
def test_a_refused_note_is_kept_and_nothing_is_recorded(sign_in, officer, ending, session, note, message):
    response = sign_in(officer).send(f"/people/{ending}/renew", {"note": note})
    page = text_of(response)
    assert response.status_code == 422
    assert message in page
    assert note[:50].split("\r")[0] in page
    assert session.scalar(select(Renewal.id)) is None


@pytest.mark.parametrize(
    "note", ["<script>alert(1)</script>", "=HYPERLINK(1)", "a\x00b\x1b[31m\u202e", "\r\nBcc: x", ""]
)
def test_a_hostile_note_does_no_harm(sign_in, officer, ending, note):
    browser = sign_in(officer)
    assert browser.send(f"/people/{ending}/renew", {"note": note}).status_code == 303
    page = text_of(browser.get(f"/people/{ending}/renew"))
    assert "<script>alert" not in page
    assert "\u202e" not in page


@pytest.mark.parametrize("path", ["0", "99999", "2147483648", "9" * 40, "-1", "x"])
def test_no_such_tenure(sign_in, officer, ending, path):
    browser = sign_in(officer)
    assert browser.get(f"/people/{path}/renew").status_code == 404
    assert browser.send(f"/people/{path}/renew").status_code in (404, 405)  # 405: the router gives up on the number


def test_a_tenure_that_ended_meanwhile_is_refused_with_the_reason(world, sign_in, officer, ending, clock, session):
    browser = sign_in(officer)
    clock.move(days=15, hours=13, minutes=59, seconds=59)  # one second before Geneva midnight of 9 December
    browser = sign_in(officer)
    assert "Ask for the renewal" in text_of(browser.get(f"/people/{ending}/renew"))
    clock.move(seconds=1)
    response = browser.send(f"/people/{ending}/renew")
    assert response.status_code == 422
    assert "nobody can renew it" in text_of(response)
    assert session.scalar(select(Renewal.id)) is None


def test_a_filled_succession_offers_no_button(world, sign_in, officer, ending):
    tenure = world.session.get(Tenure, ending)
    world.session.add(
        Tenure(
            office_id=tenure.office_id, seat=1, person_id=world.person("Next Leader").id, starts_on=tenure.ends_on,
            ends_on=date(2027, 12, 9), route=tenure.route, created_at=world.now,
        )
    )  # fmt: skip
    world.commit()
    browser = sign_in(officer)
    assert "Next Leader is appointed to follow" in text_of(browser.get(f"/people/{ending}/renew"))
    assert browser.send(f"/people/{ending}/renew").status_code == 422


# The export


def test_the_export_holds_the_table_and_no_formula(world, sign_in, officer, ending, chair, session):
    session.get(Tenure, ending).basis = '=cmd|"x"'
    world.commit()
    response = sign_in(officer).get("/people/tenures.csv")
    assert response.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(text_of(response).removeprefix("\ufeff"))))
    assert [row["Holder"] for row in rows].count("") == 1  # the vacant seat
    platforms = next(row for row in rows if row["Holder"] == "Leader of platforms")
    assert (platforms["First day"], platforms["Last day"]) == ("2025-12-09", "2026-12-08")
    assert platforms["Basis"] == '\'=cmd|"x"'
    only = text_of(sign_in(officer).get("/people/tenures.csv?role=co_chair"))
    assert "Leader of platforms" not in only


# Partners


def test_a_partners_page_names_its_focal_points(world, sign_in, officer):
    world.mandate("UNECE", alternate=True)
    former = world.mandate("UNECE", ends_on=date(2026, 1, 1))
    former.full_name = "Former representative"
    world.commit()
    page = text_of(sign_in(officer).get("/people/partners/UNECE"))
    assert "UNECE in full" in page
    assert "Alternate of UNECE" in page
    now, before = page.split("Mandates that have ended", 1)
    assert "Former representative" not in now
    assert "Former representative" in before
    assert "nobody can vote for this partner" in page
    assert "Agency of the Secretariat" in page
    assert "Secretariat officer UNECE" in page


@pytest.mark.parametrize("acronym", ["NONE", "unece", "%3Cb%3E", "%00", "x" * 500])
def test_no_such_partner(world, sign_in, officer, acronym):
    world.commit()
    assert sign_in(officer).get(f"/people/partners/{acronym}").status_code == 404


def test_a_partners_page_takes_a_fixed_number_of_statements(world, sign_in, officer, count_statements):
    world.commit()
    browser = sign_in(officer)
    with count_statements() as few:
        browser.get("/people/partners/WMO")
    for _n in range(20):
        world.mandate("WMO", alternate=True)
    world.commit()
    with count_statements() as many:
        browser.get("/people/partners/WMO")
    assert len(few) == len(many) == 5


def test_a_website_that_is_not_https_is_text(world, sign_in, officer):
    world.partner("FAO").website = "javascript:alert(1)"
    world.commit()
    page = text_of(sign_in(officer).get("/people/partners/FAO"))
    assert 'href="javascript' not in page


def test_a_note_beside_a_source_is_for_those_who_keep_the_records(world, sign_in, session):
    world.partners()
    partner = session.scalars(select(Partner).where(Partner.acronym == "WMO")).one()
    partner.source, partner.note = "A note of 2019", "Website not looked up"
    reader = world.person()
    world.commit()
    page = text_of(sign_in(reader).get("/people/partners/WMO"))
    assert "A note of 2019" in page
    assert "not looked up" not in page
