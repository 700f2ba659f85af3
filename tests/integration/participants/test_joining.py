"""The public page "Join the initiative": from the form to the reference, and everything that can go wrong (¶29)."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select

from tests.clock import T0
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import ANONYMOUS
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.participants import rules, services
from u4ssc_gov.participants.models import JoinInterest, JoinRequest
from u4ssc_gov.participants.rules import JoinFacts, ParticipantKind

GOOD = {
    "kind": "academia",
    "organisation": "A technical university",
    "country_code": "KE",
    "full_name": "Expert Example",
    "email": "Expert@Example.org",
    "motive": "I teach city planning.\nI bring students’ surveys.",
    "consent": "y",
}


def send(client, action="send", **changes):
    return client.send("/join", {**GOOD, "action": action, **changes})


def requests(session):
    found = session.scalars(select(JoinRequest).order_by(JoinRequest.id)).all()
    session.commit()  # holds no lock while the application writes
    return found


def mails(session):
    found = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    session.commit()
    return found


def test_from_the_form_to_the_reference(client, session, world):
    published = world.deliverable(stage=Stage.PUBLISHED, title="Published guide")
    hidden = world.deliverable(title="Secret draft")
    world.commit()
    page = client.get("/join")
    assert page.status_code == 200
    for kind in ParticipantKind:
        assert f'value="{kind.value}"' in page.text
    assert "Published guide" in page.text
    assert hidden.title not in page.text
    assert hidden.code not in page.text
    check = send(client, "check", interests=published.code)
    assert check.status_code == 200
    for words in ("Academia", "A technical university", "Kenya", "Expert Example", "surveys", "Published guide"):
        assert words in check.text
    assert requests(session) == []
    sent = send(client, interests=published.code)
    assert (sent.status_code, sent.location) == (303, "/join/sent")
    assert "An e-mail with your reference is on its way" in client.get("/join/sent").text
    (found,) = requests(session)
    assert (found.reference, found.email, found.kind) == ("J-26-001", "expert@example.org", ParticipantKind.ACADEMIA)
    assert (found.asked_at, found.consented_at) == (T0, T0)
    assert session.scalars(select(JoinInterest.title)).all() == ["Published guide"]
    received, notice = mails(session)
    assert (received.to_address, notice.to_address) == ("expert@example.org", "secretariat@u4ssc.example")
    assert "J-26-001" in received.subject
    assert "/participants/requests/J-26-001" in notice.text
    assert "surveys" in notice.text
    assert session.scalars(select(AuditRecord.action)).all() == ["participants:request:form"]


def test_nothing_a_stranger_typed_goes_to_an_address_nobody_confirmed(client, session):
    send(client, full_name="Buy cheap pills", motive="at pills.example", organisation="Pills")
    received = mails(session)[0]
    for part in (received.subject, received.text, received.html, received.to_name):
        assert "ills" not in part


def test_what_was_typed_can_be_changed_before_it_is_sent(client, session):
    page = send(client, "change")
    assert page.status_code == 200
    assert 'value="A technical university"' in page.text
    assert "There is a problem" not in page.text
    assert requests(session) == []


def test_the_page_tells_how_to_write_instead(client):
    link = re.search(r'href="(mailto:[^"]+)"', client.get("/join").text)
    found = re.findall(r'href="(mailto:[^"]+body=[^"]+)"', client.get("/join").text)
    assert link
    assert "Request to take part in U4SSC" in unquote(html.unescape(found[0]))
    assert "Organisation:" in unquote(found[0])


def test_a_page_sent_twice_is_one_request(client, session):
    key = {"form_key": "k" * 40}
    assert [send(client, **key).status_code for _click in range(2)] == [303, 303]
    assert len(requests(session)) == 1
    assert len(mails(session)) == 2


def test_who_asked_before_is_told_by_mail_only(client, session):
    first = send(client)
    again = send(client, motive="Once more", email="EXPERT@example.org")
    assert (first.status_code, first.location) == (again.status_code, again.location)
    assert "J-26" not in client.get(again.location).text
    assert len(requests(session)) == 1
    assert [mail.template for mail in mails(session)][2:] == ["participants/asked_again"]
    send(client)  # told once a day
    assert len(mails(session)) == 3


def test_who_takes_part_already_is_told_by_mail_only(client, session, world):
    person = world.participant()
    world.commit()
    assert send(client, email=person.email).location == "/join/sent"
    assert requests(session) == []
    (told,) = mails(session)
    assert (told.template, told.to_address) == ("participants/takes_part", person.email)


def test_after_a_refusal_one_may_ask_again(client, session, world):
    send(client)
    (found,) = requests(session)
    officer = world.officer()
    services.decline_request(
        session, found, "No.", expected_version=found.version, actor=world.actor(officer), now=T0
    )  # fmt: skip
    world.commit()
    send(client)
    assert [one.reference for one in requests(session)] == ["J-26-001", "J-26-002"]


def test_a_network_is_slowed_down_whatever_it_sends(client, session, clock):
    for number in range(rules.REQUESTS_PER_NETWORK):
        assert send(client, email=f"a{number % 2}@example.org").status_code == 303
    refused = send(client, email="new@example.org")
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    clock.move(minutes=15, seconds=1)
    assert send(client, email="new@example.org").status_code == 303


LONG = "x" * 3000


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kind": ""}, "Choose"),
        ({"kind": "king"}, "Choose one of the kinds of body that ¶19 names."),
        ({"kind": "<script>"}, "Choose one of the kinds"),
        ({"organisation": ""}, "Name the organisation"),
        ({"organisation": " \u202e "}, "Name the organisation"),
        ({"organisation": LONG}, "This is longer than the field can hold."),
        ({"country_code": ""}, "Choose a country from the list."),
        ({"country_code": "ZZ"}, "Choose a country from the list."),
        ({"country_code": "KE' OR 1=1"}, "Choose a country from the list."),
        ({"full_name": ""}, "Give your name."),
        ({"full_name": "\u200b"}, "Give your name."),
        ({"full_name": LONG}, "This is longer than the field can hold."),
        ({"email": "nobody"}, "Enter an e-mail such as name@example.org"),
        ({"email": "a@example.org\r\nBcc: b@example.org"}, "Enter an e-mail such as"),
        ({"email": "ü@example.org"}, "plain letters before the @"),
        ({"motive": ""}, "Say in a few words"),
        ({"motive": "\u2800"}, "Say in a few words"),
        ({"motive": LONG}, "This is longer than the field can hold."),
        ({"consent": ""}, "Without your consent"),
        ({"interests": "D-26-99"}, "Choose from the list."),
    ],
)
def test_refusals_keep_what_was_typed_and_record_nothing(client, session, changed, message):
    for action in ("check", "send"):
        answer = send(client, action, **changed)
        if action == "check" and answer.status_code == 200:
            continue  # what only the service refuses
        assert answer.status_code == 422, action
        assert message in answer.text
        assert "There is a problem" in answer.text
        assert "<script>" not in answer.text.split("<main")[1].split("</main>")[0]
        if "motive" not in changed:
            assert "city planning" in answer.text
    assert requests(session) == []
    assert mails(session) == []


def test_an_independent_expert_needs_no_organisation(client, session):
    assert send(client, kind="independent_expert", organisation="").status_code == 303
    assert requests(session)[0].organisation == ""


def test_the_service_refuses_what_the_form_would(session):
    facts = JoinFacts("king", "A", "a@example.org", "B", "KE", "C")
    asked = {"form_key": "", "network": "n", "locale": "", "actor": ANONYMOUS, "now": T0}
    with pytest.raises(Invalid) as refused:
        services.ask_to_join(session, facts, has_consented=True, **asked)
    assert refused.value.field == "kind"
    with pytest.raises(Invalid) as refused:
        services.ask_to_join(session, facts, has_consented=False, **asked)
    assert refused.value.field == "consent"


def test_reading_writes_nothing_and_costs_one_statement(client, world, session, count_statements):
    for _ in range(200):
        world.deliverable(stage=Stage.PUBLISHED)
    world.commit()
    with count_statements() as seen:
        assert client.get("/join").text.count('name="interests"') == 8
    assert len(seen) == 1
    assert session.scalar(select(func.count()).select_from(JoinRequest)) == 0
