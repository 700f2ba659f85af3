"""Invitations, new passwords, the profile: who may, what is refused, and that a link works once."""

import re

import pytest
from sqlalchemy import func, select

from u4ssc_gov.accounts import jobs, queries, rules, services
from u4ssc_gov.accounts.models import AccessLink, Account, Person, SignInAttempt, SignInSession
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.notifications.models import OutboxMessage

PASSWORD = "twelve green bicycles"
OTHER = "nine blue umbrellas!"


@pytest.fixture
def ask(runtime):
    """One value from the database, leaving no lock behind."""

    def first(statement):
        with runtime.database.read() as reading:
            return reading.scalar(statement)

    return first


@pytest.fixture
def officer(world, sign_in):
    person = world.officer()
    world.commit()
    return sign_in(person)


@pytest.fixture
def marta(world):
    person = world.person("Marta", email="marta@example.org")
    account = services.add_account(world.session, person, actor=SYSTEM, now=world.now)
    account.person = person
    services.set_password(world.session, account, person, PASSWORD, actor=SYSTEM, now=world.now)
    world.commit()
    return person


def invite(browser, **changes):
    return browser.send("/admin/people/invite", {"full_name": "Ana", "email": "Ana@Example.org", **changes})


def link_in(mail):
    return re.search(r"http://localhost(/(?:invitation|new-password)/\S+)", mail.text).group(1)


@pytest.fixture
def last_mail(runtime):
    def find():
        with runtime.database.read() as reading:
            return reading.scalar(select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1))

    return find


def test_from_invitation_to_home(officer, client, ask, last_mail):
    assert invite(officer).status_code == 303
    mail = last_mail()
    assert mail.to_address == "ana@example.org"
    assert mail.subject == "Choose a password to join the U4SSC platform"
    path = link_in(mail)
    assert "Welcome, Ana." in client.get(path).text
    assert client.get(path).status_code == 200  # opening uses nothing up: scanners open links
    assert client.send(path, {"password": PASSWORD}).status_code == 303
    assert client.get("/account").status_code == 200
    assert client.get(path).status_code == 410
    assert client.send(path, {"password": OTHER}).status_code == 410
    assert ask(select(func.count(Person.id)).where(Person.email == "ana@example.org")) == 1
    link = ask(select(AccessLink))
    assert link.token_sha256 not in mail.text


def test_the_mail_is_complete_in_both_parts(officer, last_mail):
    invite(officer)
    mail = last_mail()
    assert link_in(mail) in mail.html
    assert "7 Dec" in mail.text
    assert "UTC" in mail.text
    for part in (mail.text, mail.html):
        assert "Demonstration" in part
        assert "Questions: reply to this e-mail" in part


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"full_name": ""}, "Enter the person’s name."),
        ({"full_name": "x" * 201}, "cannot be longer than 200"),
        ({"email": ""}, "Enter the person’s e-mail."),
        ({"email": "no address"}, "name@example.org"),
        ({"email": "a@b@c"}, "name@example.org"),
        ({"email": "ana@example.org\r\nBcc: eve@example.org"}, "name@example.org"),
        ({"email": "x" * 250 + "@example.org"}, "cannot be longer than 254"),
        ({"organisation": "x" * 201}, "cannot be longer than 200"),
        ({"email": "marta@example.org"}, "has an account already"),
    ],
)
def test_what_an_invitation_refuses(officer, marta, ask, changes, sentence):
    answer = invite(officer, **changes)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert ask(select(func.count(OutboxMessage.id))) == 0
    if "full_name" not in changes:
        assert 'value="Ana"' in answer.text  # what was typed is kept


def test_hostile_names_stay_text(officer, client, last_mail, ask):
    hostile = "=HYPERLINK(1)<script>alert(1)</script>\x00\u202e"
    assert invite(officer, full_name=hostile).status_code == 303
    assert ask(select(Person.full_name).order_by(Person.id.desc()).limit(1)) == "=HYPERLINK(1)<script>alert(1)</script>"
    mail = last_mail()
    assert "<script>" not in mail.html
    assert "<script>alert" not in officer.get("/admin/people/invite").text
    assert "<script>alert" not in client.get(link_in(mail)).text


def test_a_second_invitation_replaces_the_first(officer, client, last_mail, ask, clock):
    invite(officer)
    first = link_in(last_mail())
    clock.move(minutes=1)
    invite(officer)
    assert client.get(first).status_code == 410
    assert client.get(link_in(last_mail())).status_code == 200
    assert ask(select(func.count(Account.id)).where(Account.password_hash == "")) == 2  # the officer's and Ana's


@pytest.mark.parametrize("email", ["ü@x.example", "ana", "a@localhost"])
def test_an_address_that_our_mail_cannot_carry_is_refused(officer, ask, email):
    answer = invite(officer, email=email)
    assert answer.status_code == 422
    assert "Enter an e-mail such as" in answer.text
    assert email in answer.text
    assert ask(select(OutboxMessage.id)) is None


def test_one_person_has_one_address_however_it_is_spelled(officer, ask):
    assert invite(officer, email="A@bücher.example").status_code == 303
    assert ask(select(OutboxMessage.to_address)) == "a@xn--bcher-kva.example"
    assert invite(officer, email="a@XN--bcher-kva.example").status_code == 303  # again to the same person
    assert ask(select(func.count()).select_from(Person).where(Person.email.like("a@%"))) == 1


def test_only_the_secretariat_invites(world, sign_in, client, app, ask):
    people = {
        "chair": world.co_chair(),
        "voter": world.mandate("WMO"),
        "former": world.officer(ends_on=world.now.date()),
    }
    world.commit()
    assert invite(client).status_code == 401
    for person in people.values():
        browser = sign_in(person)
        assert invite(browser).status_code == 403
        assert browser.get("/admin/people/invite").status_code == 403
    assert ask(select(func.count(Person.id)).where(Person.email == "ana@example.org")) == 0


def test_an_invitation_ends_after_14_days(officer, client, last_mail, clock):
    invite(officer)
    path = link_in(last_mail())
    clock.move(days=14, seconds=-1)
    assert client.get(path).status_code == 200
    clock.move(seconds=1)
    assert client.get(path).status_code == 410
    assert client.send(path, {"password": PASSWORD}).status_code == 410


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Choose a password."),
        ("short", "at least 12"),
        ("x" * 129, "longer than 128"),
        ("ana ana ana ana", "your name"),
    ],
)
def test_a_weak_password_is_refused_and_the_link_stays(officer, client, last_mail, password, sentence):
    invite(officer)
    path = link_in(last_mail())
    answer = client.send(path, {"password": password})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("secret", ["x", "a" * 5000, "%00", "..%2F..", "' OR 1=1 --", "%F0%9F%9A%B2"])
def test_made_up_links_have_ended(client, secret):
    assert client.get(f"/invitation/{secret}").status_code in (404, 410)
    assert client.get(f"/new-password/{secret}").status_code in (404, 410)


def test_an_invitation_is_no_link_for_a_new_password(officer, client, last_mail):
    invite(officer)
    secret = link_in(last_mail()).rsplit("/", 1)[1]
    assert client.get(f"/new-password/{secret}").status_code == 410


def test_the_answer_to_asking_is_the_same_for_known_and_unknown(client, marta, last_mail, ask):
    known = client.send("/new-password", {"email": "marta@example.org"})
    mails = ask(select(func.count(OutboxMessage.id)))
    unknown = client.send("/new-password", {"email": "nobody@example.org"})
    nonce = re.compile(r'nonce="[^"]+"|value="[^"]+"')
    assert (known.status_code, nonce.sub("", known.text)) == (unknown.status_code, nonce.sub("", unknown.text))
    assert mails == ask(select(func.count(OutboxMessage.id))) == 1


def test_a_new_password_signs_every_other_browser_out(client, app, marta, last_mail):
    other = app.test_client()
    other.send("/sign-in", {"email": "marta@example.org", "password": PASSWORD})
    client.send("/new-password", {"email": "marta@example.org"})
    path = link_in(last_mail())
    assert client.send(path, {"password": OTHER}).status_code == 303
    assert other.get("/account").status_code == 303
    assert client.get("/account").status_code == 200
    for password, status in ((PASSWORD, 422), (OTHER, 303)):
        again = app.test_client().send("/sign-in", {"email": "marta@example.org", "password": password})
        assert again.status_code == status


def test_asking_is_limited_for_known_and_unknown_alike(app, marta, ask):
    for email in ("marta@example.org", "nobody@example.org"):
        browser = app.test_client()
        for _time in range(rules.NEW_PASSWORDS_PER_ACCOUNT):
            assert browser.send("/new-password", {"email": email}).status_code == 200
        assert browser.send("/new-password", {"email": email}).status_code == 429
    assert ask(select(func.count(OutboxMessage.id))) == rules.NEW_PASSWORDS_PER_ACCOUNT


def test_one_changes_ones_own_password(client, app, marta, last_mail, ask):
    other = app.test_client()
    for browser in (client, other):
        browser.send("/sign-in", {"email": "marta@example.org", "password": PASSWORD})
    answer = client.send("/account/password", {"current": "wrong wrong wrong", "password": OTHER})
    assert answer.status_code == 422
    assert "not your present password" in answer.text
    answer = client.send("/account/password", {"current": PASSWORD, "password": "short"})
    assert answer.status_code == 422
    assert "at least 12" in answer.text
    assert client.send("/account/password", {"current": PASSWORD, "password": OTHER}).status_code == 303
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    assert last_mail().subject == "Your password for the U4SSC platform was changed"
    assert PASSWORD not in str(ask(select(AuditRecord.details).order_by(AuditRecord.id.desc())))


def test_guessing_the_present_password_is_throttled(client, marta):
    client.send("/sign-in", {"email": "marta@example.org", "password": PASSWORD})
    for _attempt in range(rules.ATTEMPTS_PER_ACCOUNT):
        client.send("/account/password", {"current": "wrong wrong wrong", "password": OTHER})
    assert client.send("/account/password", {"current": PASSWORD, "password": OTHER}).status_code == 429


@pytest.mark.parametrize(
    ("locale", "zone", "status"),
    [
        ("en", "Africa/Nairobi", 303),
        ("", "Europe/Zurich", 303),
        ("en_XB", "UTC", 303),
        ("xx", "Europe/Zurich", 422),
        ("en", "Mars/Olympus", 422),
        ("en", "../../etc/passwd", 422),
        ("en", "", 422),
        ("en' --", "UTC", 422),
    ],
)
def test_the_profile(world, sign_in, ask, locale, zone, status):
    person = world.person()
    world.commit()
    browser = sign_in(person)
    answer = browser.send("/account", {"locale": locale, "time_zone": zone})
    assert answer.status_code == status
    kept = ask(select(Person.time_zone).where(Person.id == person.id))
    assert kept == (zone if status == 303 else "Europe/Zurich")


def test_the_pseudo_language_turns_the_page_round(world, sign_in):
    person = world.person()
    world.commit()
    browser = sign_in(person)
    browser.send("/account", {"locale": "en_XB", "time_zone": "UTC"})
    assert 'dir="rtl"' in browser.get("/account").text


def test_tidying_forgets_what_serves_no_purpose(client, marta, runtime, clock, ask):
    client.send("/sign-in", {"email": "marta@example.org", "password": PASSWORD})
    client.send("/new-password", {"email": "marta@example.org"})
    assert jobs.tidy(runtime, now=clock.now()).done == 0
    clock.move(days=1, seconds=1)
    assert jobs.tidy(runtime, now=clock.now()).done == 5
    assert ask(select(func.count(SignInAttempt.id))) == 0
    clock.move(days=40)
    assert jobs.tidy(runtime, now=clock.now()).done == 2
    assert ask(select(func.count(SignInSession.id))) == ask(select(func.count(AccessLink.id))) == 0
    assert jobs.tidy(runtime, now=clock.now()).done == 0


def test_statements_of_the_invitation_page(officer, world, count_statements):
    with count_statements() as few:
        officer.get("/admin/people/invite")
    for number in range(60):
        services.invite_person(
            world.session,
            full_name=f"N {number}",
            email=f"n{number}@example.org",
            organisation="",
            actor=SYSTEM,
            now=world.now,
        )
    world.commit()
    with count_statements() as many:
        page = officer.get("/admin/people/invite").text
    assert len(few) == len(many) == 2
    assert page.count("@example.org</bdi>") == 50


def test_queries_find_nobody_by_a_strange_address(session):
    assert queries.find_account_by_email(session, "’") is None


def test_a_stranger_who_asks_for_a_new_password_ends_no_invitation(officer, client, app, last_mail):
    """POST /new-password for an invited address once killed the link of the invitation."""
    invite(officer)
    invitation = link_in(last_mail())
    assert app.test_client().send("/new-password", {"email": "ana@example.org"}).status_code == 200
    assert client.get(invitation).status_code == 200
    assert client.send(invitation, {"password": PASSWORD}).status_code == 303


def test_earlier_links_work_until_one_of_them_is_used(client, app, marta, last_mail):
    links = []
    for _time in range(rules.NEW_PASSWORDS_PER_ACCOUNT):
        app.test_client().send("/new-password", {"email": "marta@example.org"})
        links.append(link_in(last_mail()))
    refused = client.send("/new-password", {"email": "marta@example.org"})
    assert refused.status_code == 429
    assert "those in its mail still work" in refused.text
    assert all(client.get(link).status_code == 200 for link in links)
    assert client.send(links[0], {"password": OTHER}).status_code == 303
    assert [app.test_client().get(link).status_code for link in links] == [410, 410, 410]


def test_who_is_signed_in_changes_the_password_whatever_strangers_try(client, app, marta):
    client.send("/sign-in", {"email": "marta@example.org", "password": PASSWORD})
    for number in range(30):
        app.test_client().send(
            "/sign-in", {"email": "marta@example.org", "password": "wrong wrong"},
            environ_base={"REMOTE_ADDR": f"192.0.2.{number}"},
        )  # fmt: skip
    assert client.send("/account/password", {"current": PASSWORD, "password": OTHER}).status_code == 303


def test_an_invitation_sent_twice_goes_out_once(officer, client, last_mail, ask):
    answers = [invite(officer) for _click in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, "/admin/people/invite")] * 2
    assert ask(select(func.count(OutboxMessage.id))) == 1
    assert client.get(link_in(last_mail())).status_code == 200


def test_a_password_chosen_twice_by_one_click_too_many_is_no_error(officer, app, last_mail, clock):
    invite(officer)
    link, browser = link_in(last_mail()), app.test_client()
    token = browser.csrf_token()
    for _click in range(2):
        answer = browser.post(link, data={"csrf_token": token, "password": PASSWORD})
        token = browser.csrf_token()
        assert answer.status_code == 303
    assert browser.get("/account").status_code == 200
    assert app.test_client().send(link, {"password": OTHER}).status_code == 410
    assert app.test_client().get(link).status_code == 410
    clock.move(minutes=1)
    assert app.test_client().send(link, {"password": PASSWORD}).status_code == 410


def test_a_browser_signed_out_twice_is_no_error(app, client, marta, ask, world, sign_in):
    for browser in (client, app.test_client()):
        browser.send("/sign-in", {"email": "marta@example.org", "password": PASSWORD})
    other = ask(select(func.max(SignInSession.id)))
    for _click in range(2):
        assert client.send(f"/account/sessions/{other}/end").status_code == 303
    assert client.send("/account/sessions/999/end").status_code == 404
