"""How a message leaves the house: an SMTP server named by one URL, with its certificate checked."""

from __future__ import annotations

import ipaddress
import smtplib
import ssl
from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from u4ssc_gov.core.text import clean_line
from u4ssc_gov.settings import SettingsError

if TYPE_CHECKING:
    from u4ssc_gov.notifications.models import OutboxMessage
    from u4ssc_gov.settings import Settings

TIMEOUT_SECONDS = 15
_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_PERMANENT = 500


class DeliveryError(Exception):
    """A message did not leave. The text is for the secretariat and holds no addresses or credentials."""


class TemporaryFailure(DeliveryError):
    """This message may pass later."""


class ServerUnreachable(TemporaryFailure):
    """No message will pass now: the server does not answer, or does not let us in."""


class PermanentFailure(DeliveryError):
    """This message will never pass: the address is refused or cannot be written to."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """What the URL says."""

    host: str
    port: int
    security: str  # "smtp", "smtps" or "smtp+starttls"
    user: str = ""
    password: str = field(default="", repr=False)


def parse_smtp_url(url: str) -> SmtpServer:
    """Read ``smtp+starttls://user:password@host:587``. Raises ``SettingsError`` with a sentence for the operator."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError as error:
        raise SettingsError("U4SSC_SMTP_URL has a port that is not a number from 0 to 65535.") from error
    if parts.scheme not in _PORTS:
        raise SettingsError("U4SSC_SMTP_URL must start with smtps://, smtp+starttls:// or smtp://.")
    if not parts.hostname:
        raise SettingsError("U4SSC_SMTP_URL names no mail server, for example smtp+starttls://user:password@host:587.")
    if parts.scheme == "smtp" and not is_loopback(parts.hostname):
        raise SettingsError(
            "U4SSC_SMTP_URL would send mail and password unencrypted over the network. "
            "Use smtps:// or smtp+starttls://; smtp:// is for a mail server on this machine only."
        )
    return SmtpServer(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        security=parts.scheme,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def compose(message: OutboxMessage, settings: Settings) -> EmailMessage:
    """The message as it travels: text and HTML, always the same Message-ID.

    Raises ``PermanentFailure`` when the address cannot be written to.
    """
    mail = EmailMessage(policy=SMTP)
    sender_name, sender = parseaddr(settings.mail_from)
    try:
        mail["From"] = Address(_header_text(sender_name), addr_spec=sender)
        mail["To"] = Address(_header_text(message.to_name), addr_spec=_header_text(message.to_address))
        mail["Reply-To"] = Address(addr_spec=settings.secretariat_email)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise PermanentFailure("The address is not one that mail can be sent to.") from error
    mail["Subject"] = _header_text(message.subject)
    mail["Message-ID"] = message.message_id
    mail["Date"] = format_datetime(message.queued_at)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    return mail


def _header_text(value: str) -> str:
    """One line that stays one. The library decodes what looks like an encoded word and writes it out again, line
    breaks included: ``=?utf-8?q?=0D=0ABcc:…?=`` as a name would become a header of its own, so the mark is broken up.
    """
    return clean_line(value).replace("=?", "= ?")


class SmtpTransport:
    """One connection, opened at the first message and kept for the run."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def send(self, mail: EmailMessage) -> None:
        """Hand one message over. Returns only when the server took it; raises a ``DeliveryError`` otherwise."""
        try:
            connection = self._connection or self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise ServerUnreachable(f"The mail server could not be used ({_name(error)}).") from error
        try:
            connection.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            code, _text = next(iter(error.recipients.values()))
            raise _refusal(code, "The recipient's mail server refuses the address") from error
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code, "The mail server refuses the message") from error
        except (smtplib.SMTPNotSupportedError, UnicodeError) as error:
            raise PermanentFailure("The mail server cannot write to this address.") from error
        except (OSError, smtplib.SMTPException) as error:  # among them: our own sender refused, connection lost
            self.close()
            raise ServerUnreachable(f"The mail server did not take the message ({_name(error)}).") from error

    def close(self) -> None:
        """Say goodbye to the server."""
        if self._connection is not None:
            try:
                self._connection.quit()
            except (OSError, smtplib.SMTPException):
                self._connection.close()
            self._connection = None

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context()  # checks certificate and host name
        connection: smtplib.SMTP
        if server.security == "smtps":
            connection = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        try:
            if server.security == "smtp+starttls":
                connection.starttls(context=context)
            if server.user:
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection


def _refusal(code: int, sentence: str) -> DeliveryError:
    kind = PermanentFailure if code >= _PERMANENT else TemporaryFailure
    return kind(f"{sentence} (code {code}).")


def _name(error: Exception) -> str:
    """The kind of a failure and its code; never its text, which may repeat addresses or credentials."""
    code = getattr(error, "smtp_code", "")
    return f"{type(error).__name__} {code}".strip()
