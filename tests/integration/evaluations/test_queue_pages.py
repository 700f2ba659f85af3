"""The secretariat's pages through HTTP: who sees what, moves with mails, counts of statements."""

import csv
import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.clock import T0
from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.evaluations.models import EvaluationRequest, Kpi, KpiSet, RequestAnswer, RequestMove
from u4ssc_gov.evaluations.rules import LetterFrom, RequestStage
from u4ssc_gov.notifications.models import OutboxMessage

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def officer(sign_in, world, cities):
    """A browser of the secretariat."""
    world.commit()
    return sign_in(cities.officer)


def _version(page):
    return re.search(r'name="version"[^>]*value="(\d+)"', page).group(1)


def _many(session, number, stage=RequestStage.WAITING):
    """Rows by hand: what is counted here is reading."""
    for n in range(number):
        session.add(
            EvaluationRequest(
                reference=f"E-25-{n + 1:02}", city=f"City {n}", country="Norway", country_code="NO", region="Europe",
                population=1000, contact_name="City focal point", contact_email=f"c{n}@example.org",
                letter_from=LetterFrom.MAYOR, data_ready_percent=50, stage=stage, stage_since=T0,
                started_at=T0, asked_at=T0 - timedelta(hours=n), last_answer_at=T0, last_answer="Place in line.",
                first_answer_minutes=60,
            )
        )  # fmt: skip
    session.commit()


@pytest.mark.parametrize("number", [1, 200])
@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/evaluations", 3), ("/evaluations?region=Europe", 3), ("/evaluations?view=table", 4),
        ("/evaluations?view=table&page=3", 4), ("/evaluations/export.csv", 2), ("/evaluations/E-25-01", 5),
        ("/evaluations/E-25-01/move", 3), ("/evaluations/new", 1),
    ],
)  # fmt: skip
def test_statements_do_not_grow_with_the_queue(officer, session, count_statements, number, path, most):
    _many(session, number)
    with count_statements() as seen:
        assert officer.get(path).status_code == 200
    assert len(seen) == most, seen.texts


def test_the_queue_says_the_facts(officer, world, cities, clock):
    clock.set(T0 - timedelta(days=143))
    cities.sent("Brenvik", stage=RequestStage.WAITING)
    clock.set(T0 - timedelta(days=5))
    cities.sent("Lake Tindal", letter=LetterFrom.NONE)
    clock.set(T0)
    world.commit()
    page = officer.get("/evaluations").text
    for text in (
        "1 city waits, for 143 days",
        "143 d",
        "Letter missing",
        "Place by date of request",
        "Record a request",
    ):
        assert text in page
    assert page.count('class="btn btn-primary"') == 1
    assert "score" not in page.lower()
    assert "slot" not in page.lower()


def test_an_empty_queue_says_what_to_do(officer):
    page = officer.get("/evaluations").text
    assert "No city waits for resources" in page
    assert "No request fits" in officer.get("/evaluations?view=table").text


@pytest.mark.parametrize(
    "query",
    ["view=map", "region=%00", "stage=draft", "stage=x", "page=0", "page=-1", "page=99999999999", "letter=x",
     "region=Europe&stage=waiting&letter=missing&answer=late&known=before", "view=table&page=9999"],
)  # fmt: skip
def test_nonsense_in_the_address_is_no_error(officer, world, cities, query):
    cities.draft("Secret draft")
    world.commit()
    page = officer.get(f"/evaluations?{query}")
    assert page.status_code == 200
    assert "Secret draft" not in page.text


@pytest.fixture
def people(world):
    """One person of each kind."""
    return {
        "officer": world.officer("ITU"),
        "ip leader": world.tenure(world.office(OfficeKind.IP_LEADER)),
        "chair": world.co_chair(),
        "board": world.mandate("WMO"),
        "leader": world.leader(world.group()),
        "participant": world.participant(),
        "focal": world.person("City focal point"),
        "other focal": world.person("Other focal point"),
    }


# queue, CSV, own city's request, move page, letter, new
SEES = {
    "officer": (200, 200, 200, 200, 200, 200),
    "ip leader": (200, 200, 200, 403, 403, 403),
    "chair": (200, 200, 200, 403, 403, 403),
    "board": (200, 200, 200, 403, 403, 403),
    "leader": (403, 403, 404, 403, 403, 403),
    "participant": (403, 403, 404, 403, 403, 403),
    "focal": (303, 403, 303, 403, 403, 403),
    "other focal": (303, 403, 404, 403, 403, 403),
    "visitor": (303, 303, 303, 303, 303, 303),
}


@pytest.mark.parametrize("who", SEES)
def test_who_sees_what(client, sign_in, session, world, cities, people, who):
    from u4ssc_gov.evaluations import rules, services

    request, other = cities.sent("Brenvik", letter=LetterFrom.NONE), cities.sent("Hadra")
    part = rules.LetterPart(LetterFrom.MAYOR, PDF, "letter.pdf")
    services.record_letter(session, request, part, actor=cities.actor, now=T0)
    request.focal_point_id, other.focal_point_id = people["focal"].id, people["other focal"].id
    session.flush()
    world.commit()
    browser = client if who == "visitor" else sign_in(people[who])
    base = f"/evaluations/{request.reference}"
    paths = ("/evaluations", "/evaluations/export.csv", base, f"{base}/move", f"{base}/letter", "/evaluations/new")
    assert tuple(browser.get(path).status_code for path in paths) == SEES[who]
    if who not in ("officer", "visitor"):
        for path in (f"{base}/move", f"{base}/answer", f"{base}/letter", "/evaluations/new"):
            assert browser.send(path, {"to": "screening", "answer": "x", "version": "1"}).status_code == 403
    session.expire_all()
    assert session.get(EvaluationRequest, request.id).stage is RequestStage.RECEIVED


@pytest.mark.parametrize(("who", "shown"), [("officer", True), ("ip leader", True), ("chair", False), ("board", False)])
def test_who_sees_the_contact(sign_in, world, cities, people, who, shown):
    cities.sent("Brenvik", stage=RequestStage.WAITING)
    world.commit()
    browser = sign_in(people[who])
    assert ("city1@example.org" in browser.get("/evaluations/E-26-01").text) is shown
    for path in ("/evaluations", "/evaluations?view=table"):
        page = browser.get(path).text
        assert ("City focal point" in page) is shown
        assert ("Record a request" in page) is (who == "officer")
    assert ("Next stage" in browser.get("/evaluations/E-26-01").text) is (who == "officer")


def test_a_focal_point_follows_the_own_city_only(sign_in, session, world, cities, people):
    own, other = cities.sent("Brenvik", stage=RequestStage.WAITING), cities.sent("Hadra")
    own.focal_point_id, other.focal_point_id = people["focal"].id, people["other focal"].id
    session.flush()
    world.commit()
    browser = sign_in(people["focal"])
    page = browser.get("/my-request").text
    assert "Brenvik is in place 1 of the line" in page
    assert "Hadra" not in page
    assert browser.get(f"/my-request?reference={other.reference}").status_code == 404
    assert browser.get("/my-request?reference=%00").status_code == 404
    assert "You are not the focal point" in sign_in(people["leader"]).get("/my-request").text


def test_a_move_through_the_page(officer, session, world, cities):
    cities.sent("Brenvik")
    world.commit()
    page = officer.get("/evaluations/E-26-01/move?to=screening").text
    assert "We have read the request of Brenvik" in page
    assert "Start screening and send the answer" in page
    typed = {"to": "screening", "answer": "Words of our own.", "reason": "", "version": _version(page)}
    preview = officer.send("/evaluations/E-26-01/move", {**typed, "action": "preview"})
    assert preview.status_code == 200
    assert preview.text.count("Words of our own.") == 2
    assert session.scalar(select(func.count()).select_from(RequestAnswer)) == 0
    session.rollback()
    for _click in range(2):
        answer = officer.send("/evaluations/E-26-01/move", {**typed, "action": "move"})
        assert (answer.status_code, answer.location) == (303, "/evaluations/E-26-01")
    shown = officer.get("/evaluations/E-26-01").text
    assert "Words of our own." in shown
    assert "the answer is on its way" in shown
    assert session.scalar(select(func.count()).select_from(RequestMove)) == 2
    assert session.scalar(select(func.count()).where(OutboxMessage.template == "evaluations/answer")) == 1


@pytest.mark.parametrize("asked", ["waiting", "completed", "nonsense", ""])
def test_the_move_page_offers_only_what_is_allowed(officer, world, cities, asked):
    cities.sent("Brenvik")
    world.commit()
    page = officer.get(f"/evaluations/E-26-01/move?to={asked}").text
    assert 'value="screening"' in page
    assert "to=waiting" not in page
    assert "to=declined" in page


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"to": "completed"}, "cannot move to"),
        ({"to": "draft"}, "cannot move to"),
        ({"to": "<b>"}, "Choose the stage to move to."),
        ({"to": ""}, "Choose the stage to move to."),
        ({"answer": ""}, "Write the answer to the city."),
        ({"answer": "x" * 4001}, "This is longer than the field can hold."),
        ({"to": "declined"}, "Give the reason; the city reads it."),
        ({"to": "declined", "reason": "x" * 1001}, "This is longer than the field can hold."),
        ({"version": "0"}, "while you were writing"),
        ({"version": "x"}, "while you were writing"),
        ({"version": "9" * 50}, "while you were writing"),
    ],
)
def test_refused_moves_keep_what_was_typed(officer, session, world, cities, changed, message):
    request = cities.sent("Brenvik")
    world.commit()
    typed = {"to": "screening", "answer": "Kept words.", "reason": "", "version": str(request.version), **changed}
    answer = officer.send("/evaluations/E-26-01/move", typed)
    assert answer.status_code == 422
    assert message in answer.text
    if "answer" not in changed:
        assert "Kept words." in answer.text
    session.expire_all()
    assert session.get(EvaluationRequest, request.id).stage is RequestStage.RECEIVED


def test_after_a_stale_move_the_page_can_be_sent_again(officer, session, world, cities):
    request = cities.sent("Brenvik")
    world.commit()
    stale = {"to": "screening", "answer": "Kept words.", "version": "1"}
    page = officer.send("/evaluations/E-26-01/move", stale).text
    assert _version(page) == str(request.version)
    assert officer.send("/evaluations/E-26-01/move", {**stale, "version": _version(page)}).status_code == 303


def test_a_line_without_letter_and_the_letter_recorded(officer, session, world, cities):
    request = cities.sent("Brenvik", letter=LetterFrom.NONE, stage=RequestStage.SCREENING)
    world.commit()
    assert "Record it first" in officer.get("/evaluations/E-26-01/move?to=waiting").text
    typed = {"to": "waiting", "answer": "x", "version": str(request.version)}
    assert "record the letter first" in officer.send("/evaluations/E-26-01/move", typed).text
    wrong = officer.send("/evaluations/E-26-01/letter", {"letter_from": "none"})
    assert (wrong.status_code, "Choose who signed the letter." in wrong.text) == (422, True)
    assert officer.get("/evaluations/E-26-01/letter").status_code == 404
    upload = {"letter_from": "ministry", "file": (io.BytesIO(PDF), "Letter é.pdf")}
    assert officer.send("/evaluations/E-26-01/letter", upload, content_type="multipart/form-data").status_code == 303
    letter = officer.get("/evaluations/E-26-01/letter")
    assert letter.data == PDF
    assert letter.headers["Content-Disposition"].startswith("attachment")
    page = officer.get("/evaluations/E-26-01/move?to=waiting").text
    assert officer.send("/evaluations/E-26-01/move", {**typed, "version": _version(page)}).status_code == 303


def test_an_answer_through_the_page(officer, session, world, cities):
    request = cities.sent("Brenvik")
    world.commit()
    empty = officer.send("/evaluations/E-26-01/answer", {"answer": " ", "version": str(request.version)})
    assert (empty.status_code, "Write the answer to the city." in empty.text) == (422, True)
    for _click in range(2):
        typed = {"answer": "=We write <b>soon</b>.", "version": str(request.version)}
        assert officer.send("/evaluations/E-26-01/answer", typed).status_code == 303
    assert "&lt;b&gt;soon" in officer.get("/evaluations/E-26-01").text
    assert session.scalar(select(func.count()).select_from(RequestAnswer)) == 1


def test_an_ended_request_offers_nothing(officer, world, cities):
    request = cities.sent("Brenvik")
    cities.move(request, RequestStage.DECLINED, reason="No government backs it.")
    world.commit()
    page = officer.get("/evaluations/E-26-01").text
    assert "Next stage" not in page
    assert "Send the answer" not in page
    assert "No government backs it." in page
    assert officer.get("/evaluations/E-26-01/move").status_code == 409


@pytest.mark.parametrize(
    "path", ["/evaluations/E-26-99", "/evaluations/x", "/evaluations/%00", "/evaluations/E-26-01/x"]
)
def test_requests_that_do_not_exist(officer, path):
    assert officer.get(path).status_code == 404
    assert officer.get(f"{path}/move").status_code == 404


RECORD = {
    "city": "Hadra", "country_code": "MA", "population": "", "name": "City focal point", "email": "hadra@example.org",
    "role": "", "letter_from": "ministry", "asked_on": "2026-11-03", "percent": "", "text": "",
}  # fmt: skip


def test_a_request_by_letter(officer, session):
    assert officer.get("/evaluations/new").status_code == 200
    upload = {**RECORD, "file": (io.BytesIO(PDF), "letter.pdf")}
    answer = officer.send("/evaluations/new", upload, content_type="multipart/form-data")
    assert (answer.status_code, answer.location) == (303, "/evaluations/E-26-01")
    page = officer.get(answer.location).text
    assert "Asked 20 days ago" in page
    assert "Not complete: City, Data readiness" in page
    mail = session.scalars(select(OutboxMessage)).one()
    link = re.search(r"http://localhost(/request-evaluation/\S+)", mail.text).group(1)
    session.rollback()
    assert "What we need from you" in officer.get(link).text
    assert officer.send(f"{link}/data", {"percent": "66"}).status_code == 303


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"city": ""}, "Give the name of the city."),
        ({"country_code": "EU"}, "Choose a country from the list."),
        ({"population": "1e9"}, "whole number from 1 to 100 million"),
        ({"email": "x"}, "Enter an e-mail such as"),
        ({"letter_from": "none"}, "Choose who signed the letter."),
        ({"letter_from": ""}, "Choose who signed the letter."),
        ({"asked_on": "2026-11-24"}, "lies in the future"),
        ({"asked_on": "1999-01-01"}, "lies in the future or before 2016"),
        ({"asked_on": "yesterday"}, "date"),
        ({"asked_on": "9999-12-31"}, "lies in the future"),
        ({"asked_on": "0001-01-01"}, "before 2016"),
        ({"percent": "101"}, "whole number from 0 to 100"),
    ],
)
def test_refused_records_keep_what_was_typed(officer, session, changed, message):
    answer = officer.send("/evaluations/new", {**RECORD, **changed})
    assert answer.status_code == 422
    assert message in answer.text
    assert "hadra@example.org" in answer.text or "email" in changed
    assert session.scalar(select(func.count()).select_from(EvaluationRequest)) == 0


def test_csv_is_typed_and_no_formula(officer, session, world, cities):
    cities.sent("=HYPERLINK(1)", stage=RequestStage.WAITING)
    cities.sent("+Plus")
    world.commit()
    answer = officer.get("/evaluations/export.csv")
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert [row["city"] for row in rows] == ["'=HYPERLINK(1)", "'+Plus"]
    assert (rows[0]["place"], rows[0]["population"], rows[0]["asked_on"]) == ("1", "142000", "2026-11-23")
    assert "example.org" not in answer.text
    only = officer.get("/evaluations/export.csv?stage=waiting").get_data(as_text=True)
    assert "Plus" not in only


def test_records_from_before_the_platform(officer, session):
    session.add(
        EvaluationRequest(
            city="Grodno", country="Belarus", country_code="BY", region="Europe", stage=RequestStage.SCHEDULED,
            stage_since=T0, started_at=T0, letter_from=LetterFrom.NONE, source="a note", stage_detail="Pilot planned",
        )
    )  # fmt: skip
    session.commit()
    assert "Grodno" not in officer.get("/evaluations").text
    assert "Grodno" not in officer.get("/evaluations?view=table").text
    page = officer.get("/evaluations?known=before").text
    assert "Grodno" in page
    assert "Pilot planned" in page


def _indicators(session, number):
    made = KpiSet(code="U4SSC-2017", title="Indicators")
    session.add(made)
    session.flush()
    for n in range(number):
        session.add(
            Kpi(
                kpi_set_id=made.id, code=f"EC {n}", position=n, dimension=("Economy", "Environment")[n % 2],
                sub_dimension="ICT", category="=ICT", title=f"Indicator {n}", tier=("core", "advanced", "")[n % 3],
            )
        )  # fmt: skip
    session.commit()


@pytest.mark.parametrize("number", [1, 91])
def test_the_indicators_are_public(client, session, count_statements, number):
    _indicators(session, number)
    with count_statements() as seen:
        page = client.get("/kpis").text
    assert len(seen) == 3
    assert f"{number} indicator" in page
    assert page.count("<tr>") == number + 1


@pytest.mark.parametrize(
    ("query", "rows"),
    [("dimension=Economy", 3), ("tier=core", 2), ("dimension=Economy&tier=core", 1), ("dimension=x&tier=%00", 6)],
)
def test_filters_of_the_indicators(client, session, query, rows):
    _indicators(session, 6)
    assert client.get(f"/kpis?{query}").text.count("<tr>") == rows + 1
    table = client.get(f"/kpis?{query}&format=csv").get_data(as_text=True)
    assert len(table.strip().splitlines()) == rows + 1
    assert "'=ICT" in table


def test_without_a_set(client, sign_in, world):
    assert "No KPI set is in force" in client.get("/kpis").text
    person = world.person()
    world.commit()
    assert "No KPI set is in force" in sign_in(person).get("/kpis").text
