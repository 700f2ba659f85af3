"""The outbox: every message once, retries by the clock, a kill in between, hostile headers."""

import dataclasses
import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.core.tokens import new_token
from u4ssc_gov.notifications import delivery, duties, rules, smtp
from u4ssc_gov.notifications.jobs import drain_outbox
from u4ssc_gov.notifications.models import DeliveryStatus, OutboxMessage
from u4ssc_gov.notifications.rendering import Recipient, render_mail
from u4ssc_gov.notifications.services import Mail, queue_mail, queue_mails
from u4ssc_gov.notifications.writing import freeze, parts_of, thaw

SECRET = new_token()


class ListTransport:
    """Takes messages into a list, or fails as told."""

    def __init__(self, *failures):
        self.taken = []
        self.failures = list(failures)
        self.closed = 0

    def send(self, mail):
        if self.failures and (failure := self.failures.pop(0)) is not None:
            raise failure
        self.taken.append(mail)

    def close(self):
        self.closed += 1


class Killed(BaseException):
    """The process ends at once: nothing that follows runs."""


@pytest.fixture
def queue(runtime, clock):
    def add(
        number=1, *, name="Ana", address="ana@example.org", subject="A new password", template="accounts/new_password"
    ):
        with runtime.database.transaction() as session:
            message = queue_mail(
                session,
                template=template,
                to=Recipient(name, address),
                subject=lambda: subject,
                context={"path": f"/new-password/{SECRET}", "until": clock.now(), "at": clock.now()},
                dedupe_key=f"test:{number}",
                now=clock.now(),
            )
            return None if message is None else message.id

    return add


@pytest.fixture
def look(runtime):
    def find(message_id=1):
        with runtime.database.read() as session:
            return session.get(OutboxMessage, message_id)

    return find


def test_one_key_one_message(queue, runtime):
    assert queue() == 1
    assert queue() is None
    with runtime.database.read() as session:
        assert session.scalar(select(func.count(OutboxMessage.id))) == 1


def test_a_message_goes_out_once(queue, runtime, clock, look):
    queue()
    transport = ListTransport()
    assert delivery.drain(runtime, transport, now=clock.now()).done == 1
    assert delivery.drain(runtime, transport, now=clock.now()).done == 0
    assert look().status is DeliveryStatus.SENT
    assert look().sent_at == clock.now()
    assert not look().shown_only
    assert transport.closed == 2
    (mail,) = transport.taken
    assert mail["To"] == "Ana <ana@example.org>"
    assert mail["From"] == "U4SSC Secretariat <secretariat@u4ssc.example>"
    assert mail["Reply-To"] == "secretariat@u4ssc.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == look().message_id
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_what_is_rolled_back_is_never_sent(runtime, clock):
    transport = ListTransport()
    with runtime.database.writing() as session:
        queue_mail(
            session,
            template="accounts/password_changed",
            to=Recipient("Ana", "ana@example.org"),
            subject=lambda: "x",
            context={"at": clock.now()},
            dedupe_key="x",
            now=clock.now(),
        )
        session.rollback()
    assert delivery.drain(runtime, transport, now=clock.now()).done == 0


def test_without_a_mail_server_the_demonstration_keeps_it_on_the_page(queue, runtime, clock, look):
    queue()
    assert drain_outbox(runtime, now=clock.now()).done == 1
    assert look().status is DeliveryStatus.SENT
    assert look().shown_only


def test_outside_the_demonstration_a_one_time_link_is_not_archived(queue, runtime, clock, look):
    queue(1)
    queue(2, template="accounts/password_changed")
    production = Runtime(dataclasses.replace(runtime.settings, environment="production"), runtime.database)
    transport = ListTransport()
    assert delivery.drain(production, transport, now=clock.now()).done == 2
    assert f"/new-password/{SECRET}" in transport.taken[0].get_body(("plain",)).get_content()
    for kept in (look(1).text, look(1).html):
        assert SECRET not in kept
        assert "/new-password/…" in kept
    assert "/new-password\n" in look(2).text


def test_the_retry_table(queue, runtime, clock, look):
    queue()
    for minutes in (1, 5, 15, 60, 60):
        report = delivery.drain(runtime, ListTransport(smtp.TemporaryFailure("busy (code 451).")), now=clock.now())
        assert (report.done, report.failed, report.note) == (0, 1, "busy (code 451).")
        assert look().status is DeliveryStatus.QUEUED
        assert look().next_attempt_at == clock.now() + timedelta(minutes=minutes)
        clock.move(minutes=minutes, seconds=-1)
        assert delivery.drain(runtime, ListTransport(), now=clock.now()).done == 0
        clock.move(seconds=1)
    assert delivery.drain(runtime, ListTransport(), now=clock.now()).done == 1
    assert look().attempts == 6
    assert look().last_error == ""


def test_it_is_given_up_after_72_hours_and_becomes_a_duty(queue, runtime, clock, look, world):
    queue()
    began = clock.now()
    while look().status is DeliveryStatus.QUEUED:
        clock.set(look().next_attempt_at)
        delivery.drain(runtime, ListTransport(smtp.ServerUnreachable("gone")), now=clock.now())
    assert look().status is DeliveryStatus.FAILED
    assert timedelta(hours=71) < clock.now() - began <= timedelta(hours=72)
    with runtime.database.read() as session:
        (duty,) = duties.secretariat_duties(session, now=clock.now())
        officer = world.actor(world.officer())
        assert duties.duties(session, actor=officer, now=clock.now()) == [duty]
        assert duties.duties(session, actor=world.actor(world.person()), now=clock.now()) == []
    assert duty.key == "mail:failed"


def test_a_refused_address_is_given_up_at_once_and_holds_up_nobody(queue, runtime, clock, look):
    queue(1)
    queue(2)
    transport = ListTransport(smtp.PermanentFailure("refused (code 550)."), None)
    report = delivery.drain(runtime, transport, now=clock.now())
    assert (report.done, report.failed) == (1, 1)
    assert look(1).status is DeliveryStatus.FAILED
    assert look(1).last_error == "refused (code 550)."
    assert look(2).status is DeliveryStatus.SENT


def test_an_unreachable_server_costs_one_attempt_a_run(queue, runtime, clock, look):
    for number in range(1, 4):
        queue(number)
    delivery.drain(runtime, ListTransport(smtp.ServerUnreachable("gone")), now=clock.now())
    assert [look(number).attempts for number in (1, 2, 3)] == [1, 0, 0]


def test_a_bug_in_one_message_is_a_failure_of_that_one(queue, runtime, clock, look):
    queue(1)
    queue(2)
    report = delivery.drain(runtime, ListTransport(ZeroDivisionError(), None), now=clock.now())
    assert (report.done, report.failed) == (1, 1)
    assert look(1).status is DeliveryStatus.QUEUED
    assert look(1).last_error == "The message could not be sent (ZeroDivisionError)."


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_while_sending_it_goes_again_with_the_same_message_id(queue, runtime, clock, look, moment):
    queue()

    class Kill(ListTransport):
        def send(self, mail):
            if moment == "after":
                super().send(mail)
            raise Killed

    first, second = Kill(), ListTransport()
    with pytest.raises(Killed):
        delivery.drain(runtime, first, now=clock.now())
    assert look().status is DeliveryStatus.SENDING
    clock.move(seconds=rules.CLAIM.total_seconds() - 1)
    assert delivery.drain(runtime, second, now=clock.now()).done == 0
    clock.move(seconds=1)
    assert delivery.drain(runtime, second, now=clock.now()).done == 1
    assert {mail["Message-ID"] for mail in first.taken + second.taken} == {look().message_id}
    assert len(first.taken) == (moment == "after")


def test_two_drainers_send_each_message_once(queue, runtime, clock):
    for number in range(1, 41):
        queue(number)
    transports = [ListTransport(), ListTransport()]
    start = threading.Barrier(2)

    def drain(transport):
        start.wait()
        delivery.drain(runtime, transport, now=clock.now())

    threads = [threading.Thread(target=drain, args=(transport,)) for transport in transports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    ids = [mail["Message-ID"] for transport in transports for mail in transport.taken]
    assert len(ids) == len(set(ids)) == 40


def test_a_run_sends_a_batch_and_the_next_run_the_rest(queue, runtime, clock):
    for number in range(rules.BATCH + 3):
        queue(number)
    assert delivery.drain(runtime, ListTransport(), now=clock.now()).done == rules.BATCH
    assert delivery.drain(runtime, ListTransport(), now=clock.now()).done == 3


HOSTILE = [
    "Ana\r\nBcc: eve@example.org",
    "Ana\nSubject: won",
    "Ana\r\n\r\n<script>alert(1)</script>",
    "Ana\x00\x0b\x0c\x1b[31m",
    "Ana\u2028Bcc: eve@example.org",
    "Ana\x85Bcc: eve@example.org",
    '"Ana" <eve@example.org>, ',
    "=?utf-8?q?=0D=0ABcc:_eve@example.org?=",
    "A" * 200,
    "Ána Lucía 아나 🚲",
    "\u202eanA",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["name", "subject"])
def test_no_header_can_be_smuggled_in(queue, runtime, clock, text, field):
    queue(**{field: text})
    transport = ListTransport()
    assert delivery.drain(runtime, transport, now=clock.now()).done == 1
    head = transport.taken[0].as_bytes().split(b"\r\n\r\n", 1)[0].replace(b"\r\n ", b" ")
    names = [line.split(b":", 1)[0].lower() for line in head.split(b"\r\n")]
    assert sorted(names) == sorted(
        [
            b"from",
            b"to",
            b"reply-to",
            b"subject",
            b"message-id",
            b"date",
            b"auto-submitted",
            b"mime-version",
            b"content-type",
        ]
    )
    assert len(transport.taken[0]["To"].addresses) == 1
    assert transport.taken[0]["To"].addresses[0].addr_spec == "ana@example.org"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@example.org, eve@example.org",
        "<ana@example.org>",
        "=?utf-8?q?=0D=0ABcc:_eve?=@example.org",
        "ana@exa mple.org",
        "a b@c",
    ],
)
def test_an_address_that_is_none_is_given_up_at_once(queue, runtime, clock, look, address):
    queue(address=address)
    transport = ListTransport()
    assert delivery.drain(runtime, transport, now=clock.now()).failed == 1
    assert transport.taken == []
    assert look().status is DeliveryStatus.FAILED


# ── written as they are sent ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def changed_at(runtime, clock):
    """Queue a mail whose text is written later; returns the instant that it tells of."""
    with runtime.database.transaction() as session:
        to = Recipient("Ana", "ana@example.org", time_zone="Asia/Tokyo")
        mail = Mail(to, lambda: "Your password", {"at": clock.now()}, "test:later")
        assert queue_mails(session, "accounts/password_changed", [mail], now=clock.now(), write_later=True) == 1
        assert queue_mails(session, "accounts/password_changed", [mail], now=clock.now(), write_later=True) == 0
    return clock.now()


def test_what_was_true_when_it_was_queued_is_what_is_sent_and_kept(runtime, clock, look, changed_at):
    assert (look().text, look().html) == ("", "")
    early = parts_of(look(), runtime.database.info)
    clock.move(days=40)
    transport = ListTransport(smtp.TemporaryFailure("busy (code 451)."))
    assert delivery.drain(runtime, transport, now=clock.now()).failed == 1
    assert look().facts is not None
    clock.move(minutes=1)
    assert delivery.drain(runtime, transport, now=clock.now()).done == 1
    assert transport.taken[0].get_body(("plain",)).get_content().strip() == early[0].strip()
    assert (look().text, look().html, look().facts) == (*early, None)
    expected = render_mail(
        "accounts/password_changed", {"at": changed_at}, to=Recipient("Ana", "", time_zone="Asia/Tokyo"),
        subject="Your password", now=changed_at, info=runtime.database.info, names_recipient=False,
    )  # fmt: skip
    assert early == expected
    assert "Tokyo" in early[0]


def test_a_mail_that_cannot_be_written_is_tried_again_and_holds_nothing_up(queue, runtime, clock, look, changed_at):
    with runtime.database.transaction() as session:
        session.execute(update(OutboxMessage).values(facts={**look().facts, "context": {}}))
    queue(2)
    report = delivery.drain(runtime, ListTransport(), now=clock.now())
    assert (report.done, report.failed) == (1, 1)
    assert look(1).status is DeliveryStatus.QUEUED
    assert look(1).last_error == "The message could not be sent (UndefinedError)."


@pytest.mark.parametrize("value", [1.5, {"a": 1}, object(), lambda: "x"])
def test_only_what_cannot_change_waits(clock, value):
    with pytest.raises(TypeError):
        freeze({"value": value}, to=Recipient("Ana", ""), now=clock.now())


def test_facts_come_back_as_they_were(clock):
    at = clock.now()
    context = {"at": at, "day": at.date(), "none": None, "yes": True, "number": 7, "names": ["a", at]}
    assert thaw(json.loads(json.dumps(freeze(context, to=Recipient("Ana", ""), now=at)["context"]))) == context
