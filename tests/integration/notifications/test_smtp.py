"""Against a real SMTP server on this machine: what arrives, what is refused, who is let in."""

# ruff: noqa: ARG002, N802 - the handler's methods have the library's names and arguments

import socket

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from u4ssc_gov.notifications import delivery, smtp
from u4ssc_gov.notifications.models import DeliveryStatus, OutboxMessage
from u4ssc_gov.notifications.rendering import Recipient
from u4ssc_gov.notifications.services import queue_mail


class Inbox:
    """Keeps what it is given; refuses recipients and texts as told."""

    def __init__(self):
        self.mails = []
        self.recipient_answer = None
        self.data_answer = "250 OK"
        self.connections = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.recipient_answer and address.startswith("refused"):
            return self.recipient_answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.data_answer.startswith("250"):
            self.mails.append(envelope)
        return self.data_answer


class Loopback(Controller):
    """A server on a free port of this machine."""

    def factory(self):
        return SMTP(self.handler, **self.SMTP_kwargs)


@pytest.fixture
def start():
    running = []

    def begin(**options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        controller = Loopback(Inbox(), hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        return controller

    yield begin
    for controller in running:
        controller.stop()


@pytest.fixture
def send(runtime, clock):
    """Queue messages to these addresses and drain them into a server; returns the report and the statuses."""

    def run(url, *addresses):
        with runtime.database.transaction() as session:
            for address in addresses:
                queue_mail(
                    session,
                    template="accounts/password_changed",
                    to=Recipient("Ána Lucía", address),
                    subject=lambda: "Ihr Kennwort – geändert",
                    context={"at": clock.now()},
                    dedupe_key=address,
                    now=clock.now(),
                )
        transport = smtp.SmtpTransport(smtp.parse_smtp_url(url))
        report = delivery.drain(runtime, transport, now=clock.now())
        with runtime.database.read() as session:
            return report, [row.status for row in session.query(OutboxMessage).order_by(OutboxMessage.id)]

    return run


in_the_clear = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # it is loopback


def url_of(controller, user=""):
    return f"smtp://{user}127.0.0.1:{controller.port}"


def test_a_mail_arrives_whole(start, send):
    controller = start()
    report, _statuses = send(url_of(controller), "ana@example.org", "ben@example.org")
    assert report.done == 2
    inbox = controller.handler
    assert [mail.rcpt_tos for mail in inbox.mails] == [["ana@example.org"], ["ben@example.org"]]  # one each
    assert inbox.connections == 1
    assert inbox.mails[0].mail_from == "secretariat@u4ssc.example"
    content = inbox.mails[0].content
    assert b"Auto-Submitted: auto-generated\r\n" in content
    assert b"multipart/alternative" in content
    assert b"=?utf-8?" in content  # names and subjects beyond ASCII travel encoded
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


def test_a_refused_recipient_is_given_up_and_the_next_one_is_served(start, send):
    controller = start()
    controller.handler.recipient_answer = "550 5.1.1 no such user"
    report, statuses = send(url_of(controller), "refused@example.org", "ben@example.org")
    assert (report.done, report.failed) == (1, 1)
    assert statuses == [DeliveryStatus.FAILED, DeliveryStatus.SENT]
    assert "code 550" in report.note
    assert "refused@" not in report.note


def test_a_full_mailbox_is_tried_again(start, send):
    controller = start()
    controller.handler.recipient_answer = "452 4.2.2 mailbox full"
    _report, statuses = send(url_of(controller), "refused@example.org", "ben@example.org")
    assert statuses == [DeliveryStatus.QUEUED, DeliveryStatus.SENT]


@pytest.mark.parametrize(
    ("answer", "status"), [("554 5.7.1 spam", DeliveryStatus.FAILED), ("451 4.3.0 later", DeliveryStatus.QUEUED)]
)
def test_a_refused_text(start, send, answer, status):
    controller = start()
    controller.handler.data_answer = answer
    report, statuses = send(url_of(controller), "ana@example.org")
    assert (report.failed, statuses) == (1, [status])


def test_a_server_that_is_not_there(send):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    report, statuses = send(f"smtp://127.0.0.1:{port}", "ana@example.org", "ben@example.org")
    assert (report.done, report.failed) == (0, 1)
    assert statuses == [DeliveryStatus.QUEUED, DeliveryStatus.QUEUED]
    assert "ConnectionRefusedError" in report.note


@in_the_clear
def test_name_and_password_are_given(start, send):
    seen = []

    def check(server, session, envelope, mechanism, data):
        seen.append((data.login, data.password))
        return AuthResult(success=data.password == b"p@ss/word")

    controller = start(authenticator=check, auth_required=True, auth_require_tls=False)
    report, _statuses = send(url_of(controller, "me:p%40ss%2Fword@"), "ana@example.org")
    assert report.done == 1
    assert seen[-1] == (b"me", b"p@ss/word")


@in_the_clear
def test_a_wrong_password_is_a_matter_of_the_server_and_is_not_repeated_in_the_note(start, send):
    controller = start(
        authenticator=lambda *_: AuthResult(success=False, handled=False), auth_required=True, auth_require_tls=False
    )
    report, statuses = send(url_of(controller, "me:secretword@"), "ana@example.org")
    assert statuses == [DeliveryStatus.QUEUED]
    assert "secretword" not in report.note
    assert "me:" not in report.note


def test_a_server_without_encryption_is_not_trusted_when_encryption_is_asked_for(start, send):
    controller = start()
    report, statuses = send(f"smtp+starttls://127.0.0.1:{controller.port}", "ana@example.org")
    assert (report.done, statuses) == (0, [DeliveryStatus.QUEUED])
    assert controller.handler.mails == []
