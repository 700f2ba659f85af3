"""Signing in and out: throttle, no enumeration, sessions that can be ended, addresses to go on to."""

import dataclasses
import re
import statistics
import time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from u4ssc_gov.accounts import queries, rules, services
from u4ssc_gov.accounts.models import Account, SignInAttempt, SignInSession
from u4ssc_gov.accounts.routes import safe_target
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.factory import create_app

PASSWORD = "twelve green bicycles"
WRONG = "The e-mail or the password is not right."


@pytest.fixture
def marta(world):
    person = world.person("Marta", email="marta@example.org")
    account = services.add_account(world.session, person, actor=SYSTEM, now=world.now)
    account.person = person
    services.set_password(world.session, account, person, PASSWORD, actor=SYSTEM, now=world.now)
    world.commit()
    return person


@pytest.fixture
def ask(runtime):
    """One value from the database, leaving no lock behind."""

    def first(statement):
        with runtime.database.read() as reading:
            return reading.scalar(statement)

    return first


def enter(client, email="marta@example.org", password=PASSWORD, then="", **kwargs):
    return client.send("/sign-in", {"email": email, "password": password, "then": then}, **kwargs)


def test_sign_in_opens_a_session_of_the_server(client, marta, ask):
    answer = enter(client, email="MARTA@Example.org ")
    assert answer.status_code == 303
    assert client.get("/account").status_code == 200
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    kept = ask(select(SignInSession.token_sha256))
    assert token not in kept
    assert ask(select(AuditRecord.action).order_by(AuditRecord.id.desc())) == "accounts:session:open"


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("marta@example.org", "wrong wrong wrong"),
        ("nobody@example.org", PASSWORD),
        ("marta@example.org", PASSWORD + " "),
        ("marta@example.org\r\nBcc: x@example.org", PASSWORD),
        ("' OR 1=1 --", "' OR 1=1 --"),
        ("x" * 254, "y" * 1000),
        ("\x00marta", "\x00"),
        ("<b>", "🚲" * 100),
    ],
)
def test_wrong_pairs_all_get_the_same_page(client, marta, email, password):
    answer = enter(client, email=email, password=password)
    assert answer.status_code == 422
    assert WRONG in answer.text
    assert password not in answer.text or password in ("\x00", "<b>")


@pytest.mark.parametrize("missing", ["email", "password"])
def test_what_is_missing_is_named(client, marta, missing):
    answer = enter(client, **{missing: ""})
    assert answer.status_code == 422
    assert "Enter your" in answer.text
    assert WRONG not in answer.text


@pytest.mark.parametrize("field", ["email", "password"])
def test_what_is_too_long_is_refused_before_it_is_looked_up(client, marta, ask, field):
    assert enter(client, **{field: "x" * 1001}).status_code == 422
    assert ask(select(func.count(SignInAttempt.id))) == 0


def test_known_and_unknown_look_the_same(client, marta, app):
    def page(email):
        body = enter(app.test_client(), email=email, password="wrong wrong wrong").text
        return re.sub(r'(csrf_token" value="|nonce="|value=")[^"]*"', r"\1", body)

    assert page("marta@example.org") == page("nobody@example.org")


def test_known_and_unknown_take_the_same_time(marta, runtime, clock):
    def seconds(email):
        with runtime.database.writing() as session:
            began = time.perf_counter()
            services.sign_in(session, email, "wrong wrong wrong", network="x", device="", now=clock.now())
            return time.perf_counter() - began

    seconds("warm@example.org")
    known, unknown = [], []
    for number in range(6):
        known.append(seconds("marta@example.org"))
        unknown.append(seconds(f"nobody{number}@example.org"))
    assert 0.5 < statistics.median(known) / statistics.median(unknown) < 2


def test_failed_attempts_are_counted_and_throttled_and_forgiven(client, marta, ask, clock):
    for _attempt in range(rules.ATTEMPTS_PER_ACCOUNT):
        assert enter(client, password="wrong wrong wrong").status_code == 422
    throttled = enter(client)
    assert throttled.status_code == 429
    assert throttled.headers["Retry-After"] == "900"
    assert ask(select(func.count(SignInAttempt.id))) == 3 * rules.ATTEMPTS_PER_ACCOUNT
    clock.move(minutes=15, seconds=-1)
    assert enter(client).status_code == 429
    clock.move(seconds=1)
    assert enter(client).status_code == 303


def test_an_unknown_address_is_throttled_just_the_same(client, marta):
    for _attempt in range(rules.ATTEMPTS_PER_ACCOUNT):
        assert enter(client, email="nobody@example.org").status_code == 422
    assert enter(client, email="Nobody@example.org").status_code == 429


def test_a_network_is_throttled_over_all_addresses(client, marta):
    for number in range(rules.ATTEMPTS_PER_NETWORK):
        assert enter(client, email=f"n{number}@example.org").status_code == 422
    assert enter(client).status_code == 429
    assert enter(client, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 303


def fail_elsewhere(app, times, email="marta@example.org"):
    """Wrong passwords from as many networks."""
    statuses = []
    for number in range(times):
        address = f"192.0.{number // 250}.{number % 250}"
        answer = enter(app.test_client(), email, "wrong wrong wrong", environ_base={"REMOTE_ADDR": address})
        statuses.append(answer.status_code)
    return statuses


def test_a_stranger_elsewhere_keeps_nobody_out(app, marta):
    """Eight wrong passwords from anywhere once closed the account for a quarter of an hour."""
    for _attempt in range(2 * rules.ATTEMPTS_PER_ACCOUNT):
        enter(app.test_client(), password="wrong wrong wrong", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert enter(app.test_client(), environ_base={"REMOTE_ADDR": "192.0.2.8"}).status_code == 303


def test_a_browser_that_came_in_before_is_counted_on_its_own(app, client, marta):
    assert enter(client).status_code == 303
    client.send("/sign-out")
    for _attempt in range(rules.ATTEMPTS_PER_NETWORK):  # others behind the same address
        enter(app.test_client(), email="nobody@example.org", password="wrong wrong wrong")
        enter(app.test_client(), password="wrong wrong wrong")
    fail_elsewhere(app, 80)
    assert enter(app.test_client()).status_code == 429
    assert enter(client).status_code == 303
    client.send("/sign-out")
    for _attempt in range(rules.ATTEMPTS_PER_ACCOUNT):
        assert enter(client, password="wrong wrong wrong").status_code == 422
    assert enter(client).status_code == 429
    assert enter(client, email="nobody@example.org").status_code == 429  # it is known as Marta, not as others


def test_the_browsers_cookie_is_signed_and_read_by_no_script(app, client, marta):
    answer = enter(client)
    (set_cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("u4ssc-browser=")]
    for flag in ("HttpOnly", "SameSite=Lax", "Max-Age=15552000"):
        assert flag in set_cookie
    value = set_cookie.split(";")[0].split("=", 1)[1]
    assert "marta" not in value
    for forged in (value[:-3] + "AAA", "", "x", "a.b.c", value.replace(".", "")):
        other = app.test_client()
        other.set_cookie("u4ssc-browser", forged)
        assert enter(other, password="wrong wrong wrong").status_code == 422


def test_guessing_from_many_networks_meets_pauses_that_grow(app, marta, clock):
    assert set(fail_elsewhere(app, rules.ATTEMPTS_FROM_EVERYWHERE)) == {422}
    stopped = enter(app.test_client(), environ_base={"REMOTE_ADDR": "198.51.100.1"})
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "5")
    assert "Wait 1 minute," in stopped.text
    clock.move(seconds=5)
    assert enter(app.test_client(), environ_base={"REMOTE_ADDR": "198.51.100.1"}).status_code == 303


def test_the_attempts_hold_no_address(client, marta, ask):
    enter(client, password="wrong wrong wrong")
    assert "marta" not in ask(select(SignInAttempt.key))


def test_a_form_without_token_is_refused(client, marta):
    answer = client.post("/sign-in", data={"email": "marta@example.org", "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_cannot_sign_somebody_in(client, marta, headers):
    assert enter(client, headers=headers).status_code == 403


def test_signing_in_leaves_the_earlier_cookie_behind(client, marta):
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody"
    enter(client)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie


def test_a_disabled_account_cannot_sign_in_and_is_out_at_once(client, marta, world):
    enter(client)
    account = queries.find_account_of(world.session, marta.id)
    account.disabled_at = world.now
    world.commit()
    assert client.get("/account").status_code == 303
    assert enter(client).status_code == 422


def test_sign_out_ends_the_row_so_that_a_copied_cookie_is_worthless(client, marta, app, ask):
    enter(client)
    with client.session_transaction() as cookie:
        copied = dict(cookie)
    answer = client.send("/sign-out")
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie.update(copied)
    assert thief.get("/account").status_code == 303
    assert ask(select(SignInSession.ended_at)) is not None


def test_signing_out_twice_is_no_error(client, marta):
    assert client.send("/sign-out").status_code == 303
    assert client.send("/sign-out").status_code == 303


def test_a_session_ends_after_its_lifetime(client, marta, clock):
    enter(client)
    clock.move(seconds=rules.SESSION_LIFETIME.total_seconds() - 1)
    assert client.get("/account").status_code == 200
    clock.move(seconds=1)
    assert client.get("/account").status_code == 303


def test_another_browser_can_be_signed_out_also_under_another_host_name(client, app, marta, runtime, clock):
    elsewhere = {"base_url": "http://127.0.0.1"}
    with runtime.database.transaction() as session:
        account = queries.find_account_of(session, marta.id)
        other, token = services.open_session(session, account, device="Firefox, Linux", now=clock.now())
    there = app.test_client()
    with there.session_transaction(**elsewhere) as cookie:
        cookie["_user_id"] = token
    assert there.get("/account", **elsewhere).status_code == 200
    enter(client)
    assert "Firefox, Linux" in client.get("/account").text
    assert client.send(f"/account/sessions/{other.id}/end").status_code == 303
    assert there.get("/account", **elsewhere).status_code == 303
    assert client.get("/account").status_code == 200
    assert client.send(f"/account/sessions/{other.id}/end").status_code == 303  # a second click


def test_nobody_ends_the_session_of_somebody_else(client, marta, world, sign_in, ask):
    enter(client)
    mine = ask(select(SignInSession.id))
    stranger = world.person()
    world.commit()
    browser = sign_in(stranger)
    assert browser.send(f"/account/sessions/{mine}/end").status_code == 404
    assert browser.send("/account/sessions/99999999999999999999/end").status_code == 404
    assert client.get("/account").status_code == 200


def test_sign_out_everywhere(app, marta):
    browsers = [app.test_client() for _ in range(3)]
    for browser in browsers:
        enter(browser)
    assert browsers[0].send("/account/sessions/end-all").headers["Location"] == "/sign-in"
    assert [browser.get("/account").status_code for browser in browsers] == [303, 303, 303]


def test_an_unknown_host_name_is_refused(client):
    assert client.get("/sign-in", base_url="http://evil.example").status_code == 400


GOOD = [
    "/account",
    "/account?page=2",
    "/account/password",
    "/new-password",
    "/admin/mail?status=sent&page=2",
    "/healthz",
]
BAD = [
    "",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "https://evil.example",
    "http:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "account",
    "./account",
    "../account",
    " /account",
    "/account\n",
    "/\n/evil.example",
    "/\t/evil.example",
    "/account\r\nSet-Cookie: a=b",
    "/%2f/evil.example",
    "/%2F%2Fevil.example",
    "/%5cevil.example",
    "/%5C%5Cevil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/.evil.example",
    "/@evil.example",
    "//@evil.example/account",
    "/account/sessions/end-all",
    "/sign-out",
    "/sign-in",
    "/sign-in?then=/sign-in",
    "/nothing-here",
    "/static/css/u4.css",
    "/account/",
    "/ACCOUNT",
    "/" + "a" * 3000,
    "/account?" + "a" * 2000,
    "/acc\u0000ount",
    "/\u202eaccount",
    "/account\u2028",
    "/%00",
    "/sign-in/demo",
    "http://localhost/account",
    "//localhost/account",
    "/;@evil.example",
    "/..//evil.example",
]


@pytest.mark.parametrize("target", GOOD)
def test_signing_in_goes_on_to_a_page_of_ours(client, marta, target):
    assert enter(client, then=target).headers["Location"] == target


@pytest.mark.parametrize("target", BAD)
def test_signing_in_never_leads_elsewhere(app, target):
    with app.test_request_context(base_url="http://localhost"):
        assert safe_target(target) == ""


def test_a_bad_target_leads_home(client, marta, app):
    assert enter(client, then="//evil.example").headers["Location"] == "/home"
    page = app.test_client().get("/sign-in?then=//evil.example").text
    assert "evil.example" not in page


def test_a_closed_page_leads_through_sign_in_and_back(client, marta):
    answer = client.get("/account/password")
    assert answer.headers["Location"] == "/sign-in?then=/account/password"
    assert 'value="/account/password"' in client.get(answer.headers["Location"]).text


# ── the demonstration ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def demo_account(world):
    person = world.person("Leader, City Platforms")
    account = services.add_account(world.session, person, actor=SYSTEM, now=world.now, demo_role="leader")
    world.commit()
    return account


def test_the_demonstration_offers_its_people(client, demo_account, marta):
    page = client.get("/sign-in").text
    assert "Leader, City Platforms" in page
    assert "Write the minutes of the e-meeting that was just held." in page
    assert "Marta" not in page
    answer = client.send("/sign-in/demo", {"account_id": demo_account.id, "then": "/account"})
    assert answer.headers["Location"] == "/account"
    assert "Leader, City Platforms" in client.get("/account").text


@pytest.mark.parametrize("wanted", ["", "0", "-1", "abc", "99999999999999999999", "1 OR 1=1", "\x00"])
def test_nobody_else_can_be_tried(client, demo_account, wanted):
    assert client.send("/sign-in/demo", {"account_id": wanted}).status_code == 404


def test_a_real_account_cannot_be_tried(client, demo_account, marta, ask):
    account = ask(select(Account).where(Account.person_id == marta.id))
    assert client.send("/sign-in/demo", {"account_id": account.id}).status_code == 404


def test_production_knows_no_demonstration(runtime, clock, demo_account, ask):
    settings = dataclasses.replace(runtime.settings, environment="production")
    app = create_app(runtime=Runtime(settings, runtime.database), clock=clock)
    app.config["WTF_CSRF_ENABLED"] = False
    client = FlaskClient(app, use_cookies=True)
    assert "Leader, City Platforms" not in client.get("/sign-in").text
    assert client.post("/sign-in/demo", data={"account_id": demo_account.id}).status_code == 404
    assert ask(select(func.count(SignInSession.id))) == 0


def test_statements(client, count_statements, demo_account, world, marta):
    with count_statements() as few:
        client.get("/sign-in")
    for number in range(30):
        services.add_account(
            world.session, world.person(f"Demo {number}"), actor=SYSTEM, now=world.now, demo_role="participant"
        )
    world.commit()
    with count_statements() as many:
        client.get("/sign-in")
    assert len(few) == len(many) == 1
    enter(client)
    with count_statements() as account:
        client.get("/account")
    assert len(account) == 2


def test_behind_a_proxy_each_reader_has_an_address_of_their_own(runtime, clock, marta):
    def browser(proxies, address):
        settings = dataclasses.replace(runtime.settings, proxies=proxies)
        app = create_app(runtime=Runtime(settings, runtime.database), clock=clock)
        app.config["WTF_CSRF_ENABLED"] = False
        client = FlaskClient(app, use_cookies=True)
        data = {"email": "marta@example.org", "password": PASSWORD}
        return client.post("/sign-in", data=data, headers={"X-Forwarded-For": address}).status_code

    with runtime.database.transaction() as session:
        for _attempt in range(rules.ATTEMPTS_PER_NETWORK):
            session.add(SignInAttempt(key=services.network_key("192.0.2.7"), at=clock.now(), succeeded=False))
    assert browser(1, "192.0.2.7") == 429
    assert browser(1, "192.0.2.8") == 303
    assert browser(1, "192.0.2.7, 192.0.2.8") == 303  # the last proxy's word counts, not the reader's own
    assert browser(0, "192.0.2.7") == 303


def test_a_database_that_is_busy_is_no_bug(client, marta, runtime, monkeypatch):
    def busy(*_arguments, **_named):
        raise OperationalError("BEGIN IMMEDIATE", None, Exception("database is locked"))

    monkeypatch.setattr(services, "sign_in", busy)
    answer = enter(client)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Nothing was recorded." in answer.text
