"""The public form through HTTP: from the first page to the reference, and everything that can go wrong on the way."""

import io
import re

import pytest
from sqlalchemy import func, select

from tests.clock import T0
from u4ssc_gov.evaluations import rules
from u4ssc_gov.evaluations.models import EvaluationRequest, RequestMove
from u4ssc_gov.evaluations.rules import LetterFrom, RequestStage
from u4ssc_gov.notifications.models import OutboxMessage

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n"
GOOD = {
    "city": {"city": "Brenvik", "country_code": "NO", "population": "142 000"},
    "contact": {"name": "City focal point", "email": "brenvik@example.org", "role": "Digital office"},
    "letter": {"letter_from": "mayor"},
    "data": {"percent": "88"},
    "support": {"text": "A workshop."},
}


def _begin(client):
    answer = client.send("/request-evaluation")
    assert answer.status_code == 303
    return answer.location


def _fill(client, link, leave_out=()):
    for section, values in GOOD.items():
        if section not in leave_out:
            assert client.send(f"{link}/{section}", dict(values)).status_code == 303


def test_from_start_to_reference(client, session):
    page = client.get("/request-evaluation")
    assert "Start the request" in page.text
    link = _begin(client)
    assert "3 parts are still to do" in client.get(link).text
    for section in GOOD:
        assert client.get(f"{link}/{section}").status_code == 200
    _fill(client, link)
    tasks = client.get(link).text
    assert "Check the request" in tasks
    assert "The link to come back was sent to brenvik@example.org" in tasks
    check = client.get(f"{link}/check").text
    for text in ("Brenvik, Norway", "142,000", "City focal point", "Letter, mayor", "88%", "A workshop."):
        assert text in check
    sent = client.send(f"{link}/send")
    assert (sent.status_code, sent.location) == (303, f"{link}/sent")
    confirmation = client.get(sent.location).text
    assert "E-26-01" in confirmation
    assert "Mon 30 Nov" in confirmation
    assert "Thu 3 Dec" in confirmation
    status = client.get(link).text
    assert "Evaluation of Brenvik: Received" in status
    assert "No answer yet" in status


def test_no_page_writes_on_get(client, session):
    link = _begin(client)
    _fill(client, link)
    version = session.scalar(select(EvaluationRequest.version))
    session.rollback()
    for path in ("", "/city", "/contact", "/letter", "/data", "/support", "/check", "/sent"):
        assert client.get(link + path).status_code in (200, 303)
    assert client.get(f"{link}/send").status_code in (404, 405)
    assert session.scalar(select(EvaluationRequest.version)) == version
    assert session.scalar(select(EvaluationRequest.reference)) is None


def test_a_double_send_is_one_request(client, session):
    link = _begin(client)
    _fill(client, link)
    assert [client.send(f"{link}/send").location for _click in range(2)] == [f"{link}/sent"] * 2
    assert session.scalar(select(func.count()).select_from(RequestMove)) == 1
    assert session.scalar(select(func.count()).where(OutboxMessage.template == "evaluations/received")) == 1


@pytest.mark.parametrize("absent", ["city", "contact", "data"])
def test_an_incomplete_request_cannot_be_sent(client, session, absent):
    link = _begin(client)
    _fill(client, link, leave_out=(absent,))
    assert "Complete the request" in client.get(f"{link}/check").text
    answer = client.send(f"{link}/send")
    assert answer.status_code == 422
    assert "The request is not complete" in answer.text
    assert "<title>Error:" in answer.text
    assert session.scalar(select(EvaluationRequest.reference)) is None


LONG = "x" * 5000


@pytest.mark.parametrize(
    ("section", "changed", "message"),
    [
        ("city", {"city": ""}, "Give the name of the city."),
        ("city", {"city": "x" * 121}, "This is longer than the field can hold."),
        ("city", {"city": "\x00\u202e"}, "Give the name of the city."),
        ("city", {"country_code": ""}, "Choose a country from the list."),
        ("city", {"country_code": "ZZ"}, "Choose a country from the list."),
        ("city", {"country_code": "<script>"}, "Choose a country from the list."),
        ("city", {"population": ""}, "Give the number of inhabitants."),
        ("city", {"population": "1e9"}, "whole number from 1 to 100 million"),
        ("city", {"population": "-5"}, "whole number from 1 to 100 million"),
        ("city", {"population": "9" * 300}, "whole number from 1 to 100 million"),
        ("city", {"population": "100000001"}, "whole number from 1 to 100 million"),
        ("contact", {"name": " "}, "Give the name of the contact person."),
        ("contact", {"email": ""}, "Give an e-mail address"),
        ("contact", {"email": "brenvik"}, "Enter an e-mail such as"),
        ("contact", {"email": "a@example.org\r\nBcc: b@example.org"}, "Enter an e-mail such as"),
        ("contact", {"email": "a@" + "b" * 300 + ".org"}, "This is longer than the field can hold."),
        ("contact", {"role": LONG}, "This is longer than the field can hold."),
        ("letter", {"letter_from": ""}, "Choose who signed the letter"),
        ("letter", {"letter_from": "king"}, "Choose who signed the letter"),
        ("data", {"percent": "101"}, "whole number from 0 to 100"),
        ("data", {"percent": "=1+1"}, "whole number from 0 to 100"),
        ("support", {"text": LONG}, "This is longer than the field can hold."),
    ],
)
def test_refusals_beside_the_field(client, session, section, changed, message):
    link = _begin(client)
    answer = client.send(f"{link}/{section}", {**GOOD[section], **changed})
    assert answer.status_code == 422
    assert message in answer.text
    assert "There is a problem" in answer.text
    for name, value in GOOD[section].items():
        if name not in changed and name != "letter_from":
            assert value in answer.text  # what was typed is kept
    row = session.scalars(select(EvaluationRequest)).one()
    assert (row.city, row.contact_email, row.data_ready_percent, row.support_needed) == ("", "", None, "")


def test_missing_fields_are_no_server_error(client):
    link = _begin(client)
    for section in ("city", "contact", "letter", "data"):
        assert client.send(f"{link}/{section}").status_code == 422
    assert client.send(f"{link}/support").status_code == 303  # nothing is an answer there


def test_markup_is_shown_as_text(client):
    link = _begin(client)
    client.send(f"{link}/city", {**GOOD["city"], "city": "<script>alert(1)</script>"})
    client.send(f"{link}/support", {"text": '"><img src=x>'})
    for path in ("/city", "/support", "/check"):
        page = client.get(link + path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


@pytest.mark.parametrize(
    ("content", "name", "status"),
    [
        (PDF, "letter.pdf", 303),
        (PDF, "letter.exe", 422),
        (b"<svg onload=1>", "letter.svg", 422),
        (b"", "letter.pdf", 422),
        (b"x" * 1001, "letter.txt", 422),
        (PDF, "../../etc/" + "x" * 400 + ".pdf", 303),
        (PDF, "\u202efdp.pdf", 303),
    ],
)
def test_letters(client, session, monkeypatch, content, name, status):
    monkeypatch.setattr(rules, "LETTER_MAXIMUM_SIZE", 1000)
    link = _begin(client)
    upload = {"letter_from": "mayor", "file": (io.BytesIO(content), name)}
    answer = client.send(f"{link}/letter", upload, content_type="multipart/form-data")
    assert answer.status_code == status
    row = session.scalars(select(EvaluationRequest)).one()
    assert (row.letter_file_id is not None) == (status == 303)
    assert row.letter_from is (LetterFrom.MAYOR if status == 303 else LetterFrom.NONE)


@pytest.mark.parametrize("secret", ["x", "0" * 43, "%00", "%F0%9F%98%80", "a" * 3000, "..%2f..%2fetc"])
@pytest.mark.parametrize("path", ["", "/city", "/check", "/sent", "/nonsense"])
def test_unknown_secrets(client, secret, path):
    assert client.get(f"/request-evaluation/{secret}{path}").status_code == 404


@pytest.mark.parametrize("path", ["/city", "/send", "/nonsense", "/sent"])
def test_unknown_secrets_cannot_be_written(client, path):
    assert client.send(f"/request-evaluation/unknown{path}", {"city": "x"}).status_code in (404, 405)


def test_a_draft_left_for_a_month_is_a_404(client, clock):
    link = _begin(client)
    clock.move(days=30, seconds=-1)
    assert client.get(link).status_code == 200
    clock.move(seconds=1)
    answer = client.get(link)
    assert answer.status_code == 404
    assert "30 days" in answer.text


def test_the_secret_is_in_no_log(client, capfd):
    link = _begin(client)
    secret = link.rsplit("/", 1)[1]
    _fill(client, link)
    client.send(f"{link}/send")
    client.get(link + "x")
    assert secret not in "".join(capfd.readouterr())


def test_the_twenty_first_draft_of_an_hour(client, clock):
    for _number in range(20):
        _begin(client)
    answer = client.send("/request-evaluation")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3600"
    clock.move(hours=1)
    _begin(client)


def test_a_post_without_token_writes_nothing(client, session):
    assert client.post("/request-evaluation").status_code == 400
    assert session.scalar(select(func.count()).select_from(EvaluationRequest)) == 0


def test_a_sent_request_takes_only_the_missing_letter(client, session, world, cities):
    request, secret = cities.draft(letter=LetterFrom.NONE)
    world.commit()
    link = f"/request-evaluation/{secret}"
    client.send(f"{link}/send")
    assert "What we need from you" in client.get(link).text
    assert client.get(f"{link}/city").status_code == 303
    assert client.send(f"{link}/city", dict(GOOD["city"], city="Other")).status_code == 422
    assert client.get(f"{link}/letter").status_code == 200
    assert client.send(f"{link}/letter", {"letter_from": "ministry"}).status_code == 303
    assert "What we need from you" not in client.get(link).text
    session.refresh(request)
    assert (request.city, request.letter_from) == ("Brenvik", LetterFrom.MINISTRY)


@pytest.mark.parametrize(
    ("stage", "fact"),
    [
        (RequestStage.RECEIVED, "Evaluation of Brenvik: Received"),
        (RequestStage.SCREENING, "Evaluation of Brenvik: Screening"),
        (RequestStage.WAITING, "Brenvik is in place 1 of the line"),
        (RequestStage.SCHEDULED, "Evaluation of Brenvik: Scheduled"),
        (RequestStage.UNDER_WAY, "Evaluation of Brenvik: Under way"),
        (RequestStage.COMPLETED, "Evaluation of Brenvik: Completed"),
    ],
)
def test_the_status_page_at_each_stage(client, world, cities, count_statements, stage, fact):
    request, secret = cities.draft()
    cities.session.flush()
    from u4ssc_gov.evaluations import services

    services.send_request(cities.session, request, secret=secret, now=T0)
    for to in list(RequestStage)[2 : list(RequestStage).index(stage) + 1]:
        cities.move(request, to, answer=f"On to {to.value}.")
    world.commit()
    with count_statements() as seen:
        page = client.get(f"/request-evaluation/{secret}").text
    assert len(seen) <= 4
    assert fact in re.search(r"<h1>(.*?)</h1>", page).group(1)
    if stage is not RequestStage.RECEIVED:
        assert f"On to {stage.value}." in page


def test_a_declined_city_reads_the_reason(client, world, cities):
    from u4ssc_gov.evaluations import services

    request, secret = cities.draft()
    services.send_request(cities.session, request, secret=secret, now=T0)
    cities.move(request, RequestStage.DECLINED, reason="No government backs it.")
    world.commit()
    page = client.get(f"/request-evaluation/{secret}").text
    assert "No government backs it." in page
    assert 'aria-current="step"' not in page


def test_a_signed_in_person_may_follow_the_link_too(sign_in, world, cities):
    _request, secret = cities.draft()
    person = world.person()
    world.commit()
    assert sign_in(person).get(f"/request-evaluation/{secret}").status_code == 200


def test_the_link_in_the_mail_opens_the_draft(client, session):
    link = _begin(client)
    _fill(client, link)
    mail = session.scalar(select(OutboxMessage.text).where(OutboxMessage.template == "evaluations/draft_link"))
    path = re.search(r"http://localhost(/request-evaluation/\S+)", mail).group(1)
    assert path == link
    assert "30 days" in mail
