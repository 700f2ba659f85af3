"""Administration: who sees it, mails as their readers see them, jobs, the audit trail."""

import dataclasses
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from u4ssc_gov.accounts import services as accounts
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.factory import create_app
from u4ssc_gov.jobs import JOBS, run_due
from u4ssc_gov.notifications.models import DeliveryStatus, OutboxMessage

PAGES = (
    "/admin",
    "/admin/mail",
    "/admin/mail/1",
    "/admin/mail/1/body",
    "/admin/jobs",
    "/admin/audit",
    "/admin/audit.csv",
)


@pytest.fixture
def officer_person(world):
    person = world.officer()
    world.commit()
    return person


@pytest.fixture
def officer(officer_person, sign_in):
    return sign_in(officer_person)


@pytest.fixture
def invite(world):
    def add(number, name="Ana"):
        accounts.invite_person(
            world.session,
            full_name=name,
            email=f"ana{number}@example.org",
            organisation="",
            actor=SYSTEM,
            now=world.now,
        )
        world.commit()

    return add


@pytest.fixture
def mail(runtime):
    def look(message_id=1, **changes):
        with runtime.database.transaction() as session:
            found = session.get(OutboxMessage, message_id)
            for name, value in changes.items():
                setattr(found, name, value)
            return found

    return look


def raw(app):
    """A browser without the checks for our own pages: a mail has styles inline."""
    return FlaskClient(app, use_cookies=True)


def test_who_sees_what(world, officer_person, sign_in, app, invite):
    invite(1)
    people = {
        "officer": (officer_person, (200, 200, 200, 200, 200, 200)),
        "chair": (world.co_chair(), (403, 200, 200, 403, 403, 403)),
        "voter": (world.mandate("WMO"), (403, 200, 200, 403, 403, 403)),
        "participant": (world.participant(), (403, 200, 200, 403, 403, 403)),
        "former officer": (world.officer(ends_on=world.now.date()), (403, 200, 200, 403, 403, 403)),
    }
    world.commit()
    pages = [page for page in PAGES if not page.endswith("body")]
    for name, (person, expected) in people.items():
        browser = sign_in(person)
        assert tuple(browser.get(page).status_code for page in pages) == expected, name
    visitor = raw(app)
    assert [visitor.get(page).status_code for page in PAGES] == [303, 200, 200, 200, 303, 303, 303]


def test_who_is_invited_is_counted_as_it_is_listed(officer, invite, world):
    world.mandate("WMO")  # somebody with an account of the demonstration's kind: never invited, so not counted
    world.commit()

    def said():
        overview, listed = officer.get("/admin").text, officer.get("/admin/people/invite").text
        return re.search(r"(\d+) invited, not in yet", overview)[1], "Everybody who was invited has come in" in listed

    assert said() == ("0", True)
    invite(1)
    assert said() == ("1", False)


def test_a_visitor_of_the_demonstration_finds_the_link_that_was_mailed_to_them(client, invite):
    """The footer of every page leads here; whoever asks for an evaluation has no account to sign in with."""
    invite(1)
    assert "/admin/mail" in client.get("/").text
    page = client.get("/admin/mail").text
    assert "Ana" in page
    assert "/invitation/" in client.get("/admin/mail/1").text
    assert "Send it again" not in client.get("/admin/mail/1").text
    assert client.send("/admin/mail/1/retry").status_code == 401


def test_outside_the_demonstration_only_the_secretariat_reads_mail_and_nobody_a_secret(
    runtime, clock, world, officer_person, invite, app
):
    invite(1)
    person = world.person()
    world.commit()
    production = Runtime(dataclasses.replace(runtime.settings, environment="production"), runtime.database)
    strict = create_app(runtime=production, clock=clock)
    with runtime.database.read() as session:
        secret = re.search(r"/invitation/(\S+)", session.get(OutboxMessage, 1).text).group(1)
    tokens = []
    with runtime.database.transaction() as session:
        for one in (officer_person, person):
            account = accounts.queries.find_account_of(session, one.id) or accounts.add_account(
                session, session.merge(one), actor=SYSTEM, now=clock.now()
            )
            session.flush()
            account = accounts.queries.find_account_of(session, one.id)
            tokens.append(accounts.open_session(session, account, device="", now=clock.now())[1])
    browsers = []
    for token in tokens:
        browser = raw(strict)
        with browser.session_transaction() as cookie:
            cookie["_user_id"] = token
        browsers.append(browser)
    reader, other = browsers
    for page in ("/admin/mail/1", "/admin/mail/1/body"):
        assert "/invitation/…" in reader.get(page).text
        assert secret not in reader.get(page).text
    with runtime.database.read() as session:
        assert secret in session.get(OutboxMessage, 1).text  # it still has to be sent
    assert [other.get(page).status_code for page in PAGES] == [403] * len(PAGES)
    assert {raw(strict).get(page).status_code for page in PAGES} == {303}


def test_a_mail_as_its_reader_sees_it(officer, invite, app, runtime, clock, sign_in, officer_person):
    invite(1, name="Ana <b>bold</b>")
    page = officer.get("/admin/mail/1")
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert "script-src 'nonce-" in page.headers["Content-Security-Policy"]
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert "Ana &lt;b&gt;bold&lt;/b&gt;" in page.text
    assert "/invitation/" in page.text
    browser = raw(app)
    with officer.session_transaction() as mine, browser.session_transaction() as cookie:
        cookie.update(mine)
    body = browser.get("/admin/mail/1/body")
    policy = body.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline';")
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert '<base target="_blank">' in body.text


@pytest.mark.parametrize("number", ["0", "2", "2147483647", "2147483648", "99999999999999999999", "-1", "abc", "1.5"])
def test_no_such_mail(officer, invite, number):
    invite(1)
    assert officer.get(f"/admin/mail/{number}").status_code == 404
    assert officer.send(f"/admin/mail/{number}/retry").status_code == 404


def test_the_list_of_mails_by_state(officer, invite, mail):
    assert "No mail yet." in officer.get("/admin/mail").text
    for number in (1, 2):
        invite(number, name=f"Person {number}")
    mail(2, status=DeliveryStatus.FAILED)
    assert "Person 1" not in officer.get("/admin/mail?status=failed").text
    assert "Person 2" in officer.get("/admin/mail?status=failed").text
    assert "No mail in this state." in officer.get("/admin/mail?status=sending").text
    for strange in ("nonsense", "FAILED", "%00", "queued'"):
        assert "Person 1" in officer.get(f"/admin/mail?status={strange}").text


def test_mails_are_found_by_subject_name_and_address(officer, invite, mail):
    for number, name in ((1, "Ana"), (2, "Bela"), (3, "")):
        invite(number, name=name or "Nobody")
    mail(3, to_name="", subject="50 % of Ana's cities")
    shown = {
        "?q=ana1@": {"ana1@example.org"},
        "?q=bela": {"ana2@example.org"},
        "?q=%25": {"ana3@example.org"},
        "?q=%25&status=sent": set(),
        "?q=nothing+like+it": set(),
        "?q=%20%20": {"ana1@example.org", "ana2@example.org", "ana3@example.org"},
    }
    for query, expected in shown.items():
        page = officer.get(f"/admin/mail{query}").text
        assert {f"ana{n}@example.org" for n in (1, 2, 3) if f"ana{n}@example.org" in page} == expected, query
    assert "No mail matches." in officer.get("/admin/mail?q=nothing+like+it").text
    assert 'value="be&#34;la"' in officer.get("/admin/mail?q=be%22la").text
    assert "status=failed&amp;q=bela" in officer.get("/admin/mail?q=bela").text  # the state keeps the words


def test_a_recipient_without_a_name_is_shown_by_address(officer, invite, mail):
    """The mail of somebody's request has no name: what a stranger typed goes to no unconfirmed address."""
    invite(1)
    mail(1, to_name="")
    assert '<td data-label="To"><bdi>ana1@example.org</bdi></td>' in officer.get("/admin/mail").text
    assert "<dt>To</dt><dd><bdi>ana1@example.org</bdi></dd>" in officer.get("/admin/mail/1").text


def test_a_mail_that_came_back(officer, invite, mail, runtime, clock, world, sign_in):
    invite(1)
    assert officer.send("/admin/mail/1/retry").status_code == 303
    assert "nothing is to be done" in officer.get("/admin/mail/1").text
    mail(status=DeliveryStatus.FAILED, last_error="refused (code 550).", attempts=75)
    assert "1 came back" in officer.get("/admin").text
    page = officer.get("/admin/mail/1").text
    assert "refused (code 550)." in page
    assert "Send it again" in page
    other = world.person()
    world.commit()
    browser = sign_in(other)
    assert "Send it again" not in browser.get("/admin/mail/1").text
    assert browser.send("/admin/mail/1/retry").status_code == 403
    assert officer.send("/admin/mail/1/settle").status_code == 303
    assert mail().settled_at == clock.now()
    assert "0 came back" in officer.get("/admin").text
    assert officer.send("/admin/mail/1/settle").status_code == 303  # twice changes nothing
    assert officer.send("/admin/mail/1/retry").status_code == 303
    assert (mail().status, mail().attempts, mail().settled_at) == (DeliveryStatus.QUEUED, 0, None)
    with runtime.database.read() as session:
        actions = session.scalars(
            select(AuditRecord.action).where(AuditRecord.action.startswith("notifications:"))
        ).all()
    assert sorted(actions) == ["notifications:mail:retry", "notifications:mail:settle"]


def test_the_jobs_and_their_last_runs(officer, runtime, clock):
    page = officer.get("/admin/jobs").text
    assert all(name in page for name in JOBS)
    assert "Never" in page
    assert "has not run for five minutes" in officer.get("/admin").text
    run_due(runtime, now=clock.now())
    assert "Never" not in officer.get("/admin/jobs").text
    assert "has not run for five minutes" not in officer.get("/admin").text


def test_the_audit_trail_and_its_filters(officer, world, clock):
    voter = world.actor(world.mandate("WMO"))
    for action in ("board:vote:cast", "board:ballot:open", "meetings:minutes:file"):
        record(world.session, action, "thing", 7, actor=voter, now=clock.now(), reason="=1+1", number=5)
    clock.move(days=-1)
    record(world.session, "board:ballot:draft", "thing", 7, actor=SYSTEM, now=clock.now())
    clock.move(days=1)
    world.commit()

    def shown(query):
        text = officer.get(f"/admin/audit?{query}").text
        names = ("board:vote:cast", "board:ballot:open", "meetings:minutes:file", "board:ballot:draft")
        return [f"<bdi>{name}</bdi>" in text for name in names]

    assert shown("") == [True] * 4
    assert shown("action=board:") == [True, True, False, True]
    assert shown("action=board:ballot") == [False, True, False, True]
    assert shown(f"actor={voter.name[:6].lower()}") == [True, True, True, False]
    assert shown("day=2026-11-22") == [False, False, False, True]
    assert shown("day=2026-11-23&action=board:") == [True, True, False, False]
    assert shown("action=%25") == [False] * 4  # a wildcard is a character here
    assert shown("actor=_") == [False] * 4


@pytest.mark.parametrize(
    "query",
    [
        "day=0001-01-01",
        "day=9999-12-31",
        "day=2026-13-01",
        "day=x",
        "actor=%00",
        "actor=" + "x" * 5000,
        "page=999999",
        "page=-1",
        "page=99999999999999",
        "action=<script>alert(1)</script>",
        "day=2026-11-23&day=x",
        "actor='%20OR%201=1",
    ],
)
def test_strange_filters_do_no_harm(officer, query):
    answer = officer.get(f"/admin/audit?{query}")
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert officer.get(f"/admin/audit.csv?{query}").status_code == 200


def test_the_trail_as_csv(officer, world):
    record(
        world.session, "board:vote:cast", "vote", 7, actor=world.actor(world.person("=cmd()")), now=world.now, why="a,b"
    )
    world.commit()
    answer = officer.get("/admin/audit.csv?action=board:")
    assert answer.mimetype == "text/csv"
    lines = answer.get_data(as_text=True).lstrip("\ufeff").split("\r\n")
    assert lines[0] == "at_utc,actor,capacity,action,subject,subject_id,details"
    assert lines[1] == '2026-11-23 09:00:00,\'=cmd(),,board:vote:cast,vote,7,"{""why"": ""a,b""}"'
    assert lines[2] == ""


def test_statements(officer, invite, world, count_statements, runtime, clock):
    counts = []
    for round_ in (range(1, 2), range(2, 60)):
        for number in round_:
            invite(number)
        run_due(runtime, now=clock.move(minutes=1))
        found = []
        for page in PAGES:
            if not page.endswith("body"):
                with count_statements() as seen:
                    officer.get(page)
                found.append(len(seen))
        counts.append(found)
    assert counts[0] == counts[1] == [2, 3, 2, 4, 3, 2]
