"""Send what the outbox holds: claim one row, commit, send, mark in a second transaction (ADR 0004).

A message is lost at no point: killed before the claim it is still queued, killed after it the claim runs out and the
message goes again. Killed between the server's "accepted" and the mark it goes twice, with the same Message-ID, by
which mail programs drop the copy.
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from typing import Protocol

import structlog
from sqlalchemy import update
from sqlalchemy.orm import Session

from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.core.sweeps import SweepReport
from u4ssc_gov.notifications import queries, rules, smtp, writing
from u4ssc_gov.notifications.models import DeliveryStatus, OutboxMessage

log = structlog.get_logger(__name__)
_ERROR_LENGTH = 400


class Transport(Protocol):
    """Something that takes messages: an SMTP server, or a list in a test."""

    def send(self, mail: EmailMessage) -> None:
        """Hand a message over; raises a ``DeliveryError`` when it was not taken."""

    def close(self) -> None:
        """Let go of the connection."""


def transport_for(runtime: Runtime) -> Transport | None:
    """The transport named by the settings; ``None`` when mail is only shown. Raises ``SettingsError``."""
    url = runtime.settings.smtp_url
    return smtp.SmtpTransport(smtp.parse_smtp_url(url)) if url else None


def drain(runtime: Runtime, transport: Transport | None, *, now: datetime) -> SweepReport:
    """Send what is due, one message at a time; stops early when the server cannot be used, so that nothing waits."""
    report = SweepReport()
    with runtime.database.transaction() as session:
        release_stale_claims(session, now=now)
        due = queries.list_due_ids(session, now, limit=rules.BATCH)
    try:
        for message_id in due:
            message = claim(runtime, message_id, now=now)
            if message is None:
                continue  # another sender has it
            try:
                _hand_over(runtime, transport, message)
            except smtp.DeliveryError as error:
                report.failed += 1
                report.note = str(error)
                _mark_failure(runtime, message, error, now=now)
                if isinstance(error, smtp.ServerUnreachable):
                    break
            else:
                report.done += 1
                _mark_sent(runtime, message, shown_only=transport is None, now=now)
    finally:
        if transport is not None:
            transport.close()
    return report


def release_stale_claims(session: Session, *, now: datetime) -> None:
    """Put messages back into the queue whose sender did not report back."""
    session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.status == DeliveryStatus.SENDING, OutboxMessage.claimed_until <= now)
        .values(status=DeliveryStatus.QUEUED, claimed_until=None)
    )


def claim(runtime: Runtime, message_id: int, *, now: datetime) -> OutboxMessage | None:
    """Take a due message for sending, or ``None`` when somebody else was first. Committed before anything is sent."""
    with runtime.database.transaction() as session:
        taken = session.scalar(
            update(OutboxMessage)
            .where(
                OutboxMessage.id == message_id,
                OutboxMessage.status == DeliveryStatus.QUEUED,
                OutboxMessage.next_attempt_at <= now,
            )
            .values(
                status=DeliveryStatus.SENDING,
                claimed_until=now + rules.CLAIM,
                attempts=OutboxMessage.attempts + 1,
            )
            .returning(OutboxMessage.id)
        )
        if taken is None:
            return None
        return session.get(OutboxMessage, message_id, populate_existing=True)


def _hand_over(runtime: Runtime, transport: Transport | None, message: OutboxMessage) -> None:
    try:
        message.text, message.html = writing.parts_of(message, runtime.database.info)
        mail = smtp.compose(message, runtime.settings)
        if transport is not None:  # without a mail server the message stays on the page of mails
            transport.send(mail)
    except smtp.DeliveryError:
        raise
    except Exception as error:  # a bug in one message must not hold up the others, nor leave its claim open
        log.exception("mail.unexpected", message_id=message.id)
        raise smtp.TemporaryFailure(f"The message could not be sent ({type(error).__name__}).") from error


def _mark_sent(runtime: Runtime, message: OutboxMessage, *, shown_only: bool, now: datetime) -> None:
    values: dict[str, object] = {
        "status": DeliveryStatus.SENT,
        "sent_at": now,
        "claimed_until": None,
        "last_error": "",
        "shown_only": shown_only,
    }
    if message.facts is not None:  # what was sent is what is kept
        values.update(text=message.text, html=message.html, facts=None)
    if not runtime.settings.is_demo:  # one-time links are for the recipient's eyes, not for the archive
        values.update(text=rules.without_secrets(message.text), html=rules.without_secrets(message.html))
    with runtime.database.transaction() as session:
        session.execute(update(OutboxMessage).where(OutboxMessage.id == message.id).values(values))


def _mark_failure(runtime: Runtime, message: OutboxMessage, error: smtp.DeliveryError, *, now: datetime) -> None:
    delay = None if isinstance(error, smtp.PermanentFailure) else rules.next_delay(message.attempts)
    log.warning("mail.not_delivered", message_id=message.id, attempts=message.attempts, given_up=delay is None)
    values: dict[str, object] = {"last_error": str(error)[:_ERROR_LENGTH], "claimed_until": None}
    if delay is None:
        values.update(status=DeliveryStatus.FAILED)
    else:
        values.update(status=DeliveryStatus.QUEUED, next_attempt_at=now + delay)
    mine = (
        OutboxMessage.id == message.id,
        OutboxMessage.status == DeliveryStatus.SENDING,
        OutboxMessage.claimed_until == message.claimed_until,  # not when the claim ran out and another took over
    )
    with runtime.database.transaction() as session:
        session.execute(update(OutboxMessage).where(*mine).values(values))
