"""The Secretariat answers who asks to join: invitation, question, reason; once, and by nobody else (¶19, ¶29)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from tests.clock import T0
from u4ssc_gov.accounts import services as accounts
from u4ssc_gov.accounts.models import Account, Person
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import ANONYMOUS, SYSTEM
from u4ssc_gov.core.errors import Forbidden, Invalid, NotFound, RuleViolation
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.participants import duties, queries, services
from u4ssc_gov.participants.models import JoinMessage, JoinRequest, Organisation, Participant
from u4ssc_gov.participants.rules import JoinFacts, JoinState, ParticipantKind
from u4ssc_gov.terms import taking_part


def accept(world, request, actor, *, version=None, **changes):
    wanted = {
        "kind": request.kind.value, "organisation": request.organisation, "country_code": request.country_code,
        "expected_version": request.version if version is None else version,
    }  # fmt: skip
    return services.accept_request(world.session, request, **{**wanted, **changes}, actor=actor, now=world.now)


def templates(session):
    return session.scalars(select(OutboxMessage.template).order_by(OutboxMessage.id)).all()


def texts(session):
    return session.scalars(select(OutboxMessage.text).order_by(OutboxMessage.id)).all()


def test_accepting_makes_person_organisation_participant_and_invitation(world, session, ask):
    request = ask()
    officer = world.actor(world.officer())
    participant = accept(world, request, officer, words="We look forward to it.")
    person = session.get_one(Person, participant.person_id)
    assert (person.full_name, person.email) == ("Expert 1", "expert1@example.org")
    assert session.get_one(Organisation, participant.organisation_id).name == "A university"
    assert (participant.kind, participant.country_code) == (ParticipantKind.ACADEMIA, "KE")
    assert (request.decided_at, request.is_accepted, request.participant_id) == (T0, True, participant.id)
    assert templates(session)[2:] == ["accounts/invitation", "participants/answer"]
    answer = session.scalar(select(OutboxMessage).where(OutboxMessage.template == "participants/answer"))
    assert "We look forward to it." in answer.text
    assert "invitation" in answer.text
    world.terms()
    assert world.actor(person).unaccepted_kind == "academia"  # nothing is open before acceptance (¶48)
    assert "participants:request:accept" in session.scalars(select(AuditRecord.action)).all()


def test_a_second_participant_of_an_organisation_does_not_make_a_second_one(world, session, ask):
    officer = world.actor(world.officer())
    for name in ("A university", "a  UNIVERSITY", "Another school"):
        accept(world, ask(organisation=name), officer)
    assert session.scalars(select(Organisation.name).order_by(Organisation.id)).all() == [
        "A university",
        "Another school",
    ]


def test_what_the_register_says_may_be_put_right(world, ask):
    officer = world.actor(world.officer())
    participant = accept(world, ask(), officer, kind="city", organisation="A city", country_code="NO")
    assert (participant.kind, participant.organisation, participant.country_code) == (
        ParticipantKind.CITY,
        "A city",
        "NO",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"kind": "king"}, "kind"), ({"organisation": " "}, "organisation"), ({"country_code": "ZZ"}, "country_code")],
)
def test_a_wrong_correction_is_refused(world, session, ask, changes, field):
    request, officer = ask(), world.actor(world.officer())
    with pytest.raises(Invalid) as refused:
        accept(world, request, officer, **changes)
    assert refused.value.field == field
    assert session.scalar(select(func.count()).select_from(Participant)) == 0


def test_nobody_is_accepted_twice(world, session, ask):
    request, officer = ask(), world.actor(world.officer())
    read = request.version
    accept(world, request, officer)
    for version in (read, request.version):
        with pytest.raises(RuleViolation) as refused:
            accept(world, request, officer, version=version)
        assert refused.value.code == "participants.request.decided"
        with pytest.raises(RuleViolation):
            services.decline_request(session, request, "No", expected_version=version, actor=officer, now=T0)
    assert session.scalar(select(func.count()).select_from(Participant)) == 1


def test_who_has_joined_meanwhile_is_not_joined_twice(world, session, ask):
    request, officer = ask(), world.actor(world.officer())
    person = world.person(email=request.email)
    services.add_participant(
        session, person, kind=ParticipantKind.NGO, organisation="X", joined_on=T0.date(), actor=SYSTEM, now=T0
    )
    with pytest.raises(RuleViolation) as refused:
        accept(world, request, officer)
    assert refused.value.code == "participants.participant.known"


def test_somebody_with_an_account_is_not_invited_again(world, session, ask):
    person = world.person(email="known@example.org")
    account = accounts.add_account(session, person, actor=SYSTEM, now=T0)
    account.person = person
    accounts.set_password(session, account, person, "twelve green bicycles", actor=SYSTEM, now=T0)
    participant = accept(world, ask(email=person.email), world.actor(world.officer()))
    assert participant.person_id == person.id
    assert "accounts/invitation" not in templates(session)
    assert "Sign in with the password you have." in texts(session)[-1]


def test_a_suspended_account_is_settled_first(world, session, ask):
    person = world.person(email="known@example.org")
    session.add(Account(person_id=person.id, created_at=T0, disabled_at=T0))
    with pytest.raises(RuleViolation) as refused:
        accept(world, ask(email=person.email), world.actor(world.officer()))
    assert refused.value.code == "participants.request.suspended"


def test_a_question_and_a_reason_are_mailed_and_kept(world, session, ask, clock):
    request, officer = ask(), world.actor(world.officer())
    for _click in range(2):
        services.ask_back(session, request, "Which city?", expected_version=1, actor=officer, now=world.now)
    assert templates(session)[2:] == ["participants/answer"]
    (line,) = queries.list_requests(session, queries.RequestFilter(), actor=officer)
    assert line.state is JoinState.QUESTIONED
    clock.move(days=1)
    services.decline_request(
        session, request, "No such work is planned.", expected_version=request.version, actor=officer, now=world.now
    )
    assert [(one.kind, one.text) for one in queries.list_messages(session, request.id)] == [
        ("reason", "No such work is planned."),
        ("question", "Which city?"),
    ]
    assert "No such work is planned." in texts(session)[-1]
    with pytest.raises(DatabaseError):
        session.execute(text("UPDATE join_message SET text = ''"))


@pytest.mark.parametrize("words", ["", " \u200b ", "x" * 2001])
def test_an_answer_says_something_and_not_too_much(world, session, ask, words):
    request, officer = ask(), world.actor(world.officer())
    for service in (services.ask_back, services.decline_request):
        with pytest.raises(Invalid):
            service(session, request, words, expected_version=1, actor=officer, now=T0)
    assert request.decided_at is None
    assert session.scalar(select(func.count()).select_from(JoinMessage)) == 0


def test_a_stale_page_changes_nothing(world, session, ask):
    request, officer = ask(), world.actor(world.officer())
    services.ask_back(session, request, "Which city?", expected_version=1, actor=officer, now=T0)
    with pytest.raises(RuleViolation) as refused:
        accept(world, request, officer, version=1)
    assert refused.value.code == "participants.request.stale"


def test_only_the_secretariat_answers_and_knows(world, session, ask):
    request = ask()
    for actor in (
        ANONYMOUS,
        world.actor(world.participant()),
        world.actor(world.mandate("WMO")),
        world.actor(world.co_chair()),
    ):
        with pytest.raises(Forbidden):
            accept(world, request, actor)
        with pytest.raises(Forbidden):
            services.decline_request(session, request, "No", expected_version=1, actor=actor, now=T0)
        with pytest.raises(NotFound):
            queries.get_request(session, request.reference, actor=actor)
        assert queries.list_requests(session, queries.RequestFilter(), actor=actor) == []
        assert queries.count_requests(session, queries.RequestFilter(), actor=actor) == 0


def test_the_answer_is_a_duty_with_the_house_period_to_the_second(world, session, ask, clock):
    request, officer = ask(), world.actor(world.officer())
    (duty,) = duties.secretariat_duties(session, now=world.now)
    assert (duty.clauses, duty.due_at) == (("29",), T0 + timedelta(days=10))
    clock.set(duty.due_at - timedelta(seconds=1))
    assert not duty.is_overdue(world.now)
    clock.move(seconds=1)
    assert duty.is_overdue(world.now)
    late = {one.clause: one for one in taking_part.clause_findings(session, now=world.now)}["29"]
    assert late.facts == "1 waits longer than 10 days."
    services.ask_back(session, request, "Which city?", expected_version=1, actor=officer, now=world.now)
    (duty,) = duties.secretariat_duties(session, now=world.now)
    assert duty.due_at == world.now + timedelta(days=10)
    accept(world, request, officer)
    assert duties.secretariat_duties(session, now=world.now) == []


def test_a_request_by_e_mail_is_the_same_request(world, session):
    officer = world.actor(world.officer())
    facts = JoinFacts("ngo", "Writer", "writer@example.org", "A charity", "TH", "She wrote that…")
    record = {"form_key": "k" * 20, "actor": officer, "now": T0}
    made = services.record_request(session, facts, asked_at=T0 - timedelta(days=3), **record)
    assert (made.source.value, made.reference, made.recorded_by_id) == ("email", "J-26-001", officer.person_id)
    assert services.record_request(session, facts, asked_at=T0, **record).id == made.id  # a second click
    with pytest.raises(RuleViolation) as refused:
        services.record_request(session, facts, asked_at=T0, form_key="", actor=officer, now=T0)
    assert refused.value.code == "participants.request.open"
    for asked_at in (T0 + timedelta(seconds=1), T0 - timedelta(days=365 * 12)):
        with pytest.raises(Invalid):
            services.record_request(session, facts, asked_at=asked_at, form_key="", actor=officer, now=T0)
    with pytest.raises(Forbidden):
        services.record_request(
            session, facts, asked_at=T0, form_key="", actor=world.actor(world.participant()), now=T0
        )
    assert templates(session) == ["participants/received"]


# ── pages ──


@pytest.fixture
def desk(world, sign_in):
    officer = world.officer()
    world.commit()
    return sign_in(officer)


def version_in(page):
    return re.search(r'name="version"[^>]*value="(\d+)"', page.text).group(1)


def test_from_the_desk_to_the_answer(world, session, ask, desk):
    request = ask()
    world.commit()
    assert "Answer Expert 1, who asks to join" in desk.get("/home").text
    assert request.reference in desk.get("/participants/requests").text
    page = desk.get(f"/participants/requests/{request.reference}")
    assert "I know cities." in page.text
    form = desk.get(f"/participants/requests/{request.reference}/accept")
    data = {"version": version_in(form), "kind": "academia", "organisation": "A university", "country_code": "KE"}
    answer = desk.send(f"/participants/requests/{request.reference}/accept", data)
    assert answer.status_code == 303
    done = desk.get(answer.location).text
    assert "Accepted" in done
    assert "Accept and invite" not in done
    again = desk.send(f"/participants/requests/{request.reference}/accept", data)
    assert again.status_code == 422
    assert "is accepted already" in again.text


@pytest.mark.parametrize(("step", "field"), [("ask", "question"), ("decline", "reason")])
def test_two_officers_at_once_and_the_second_is_told(world, session, ask, desk, sign_in, step, field):
    request = ask()
    other = world.officer("ITU")
    world.commit()
    url = f"/participants/requests/{request.reference}/{step}"
    second = sign_in(other)
    read = version_in(second.get(url))
    assert desk.send(url, {"version": version_in(desk.get(url)), field: "First"}).status_code == 303
    refused = second.send(url, {"version": read, field: "Second"})
    assert refused.status_code == 422
    assert "Second" in refused.text
    session.rollback()
    assert session.scalars(select(JoinMessage.text)).all() == ["First"]


def test_an_empty_reason_is_refused_beside_the_field(world, ask, desk):
    request = ask()
    world.commit()
    answer = desk.send(f"/participants/requests/{request.reference}/decline", {"version": "1", "reason": " "})
    assert answer.status_code == 422
    assert "Give the reason" in answer.text


def test_an_e_mail_is_recorded_on_its_page(desk, session):
    assert desk.get("/participants/requests/new").status_code == 200
    data = {
        "kind": "ngo", "organisation": "A charity", "country_code": "TH", "full_name": "Writer",
        "email": "writer@example.org", "motive": "She wrote", "asked_on": "2026-11-20",
    }  # fmt: skip
    answer = desk.send("/participants/requests/new", data)
    assert answer.location == "/participants/requests/J-26-001"
    assert "by e-mail" in desk.get(answer.location).text
    refused = desk.send("/participants/requests/new", {**data, "email": "b@example.org", "asked_on": "2027-01-01"})
    assert refused.status_code == 422
    assert "lies in the future" in refused.text
    assert session.scalar(select(func.count()).select_from(JoinRequest)) == 1


def test_the_list_is_filtered_and_exported(world, ask, desk):
    ask(kind="city", organisation="A city", country_code="NO", full_name="=HYPERLINK(1)")
    ask()
    world.commit()
    assert "Expert 2" not in desk.get("/participants/requests?kind=city").text
    assert "Expert 2" in desk.get("/participants/requests?country=KE&state=open").text
    assert "No request fits" in desk.get("/participants/requests?state=accepted").text
    assert desk.get("/participants/requests?state=x&kind=%00&country=ZZ&page=99999").status_code == 200
    csv = desk.get("/participants/requests.csv?kind=city")
    assert "'=HYPERLINK(1)" in csv.text
    assert "Expert 2" not in csv.text
    assert desk.get("/participants/requests.xlsx").data.startswith(b"PK")


def test_the_pages_are_the_secretariats(world, ask, sign_in, client):
    reference = ask().reference
    person = world.participant()
    world.commit()
    browser = sign_in(person)
    for path in ("", "/new", f"/{reference}", f"/{reference}/accept", ".csv", ".xlsx"):
        assert browser.get(f"/participants/requests{path}").status_code == 403
        assert client.get(f"/participants/requests{path}").status_code == 303
    assert browser.send(f"/participants/requests/{reference}/decline", {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("reference", ["J-26-999", "x", "J-26-1%27--", "%00", "J-" + "9" * 400])
def test_no_such_request(desk, reference):
    assert desk.get(f"/participants/requests/{reference}").status_code == 404


def test_statements_do_not_grow(world, ask, desk, count_statements):
    reference = ask().reference
    counts = []
    for number in (1, 200):
        for _ in range(number):
            ask()
        world.commit()
        found = []
        for path in ("/participants/requests", f"/participants/requests/{reference}", "/participants/requests.csv"):
            with count_statements() as seen:
                assert desk.get(path).status_code == 200
            found.append(len(seen))
        counts.append(found)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12
