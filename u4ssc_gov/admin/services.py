"""Writes: what the secretariat does with a mail that came back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.admin import policy
from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Forbidden, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.notifications.models import DeliveryStatus, OutboxMessage


def retry_mail(session: Session, message: OutboxMessage, *, actor: Actor, now: datetime) -> None:
    """Queue a given-up message again, with all its attempts. Raises ``RuleViolation`` when it was not given up."""
    _check(message, actor)
    message.status, message.attempts = DeliveryStatus.QUEUED, 0
    message.next_attempt_at, message.settled_at = now, None
    record(session, "notifications:mail:retry", "outbox_message", message.id, actor=actor, now=now)


def settle_mail(session: Session, message: OutboxMessage, *, actor: Actor, now: datetime) -> None:
    """Note that the recipient was reached in another way. Raises ``RuleViolation`` when it was not given up."""
    _check(message, actor)
    if message.settled_at is None:
        message.settled_at = now
        record(session, "notifications:mail:settle", "outbox_message", message.id, actor=actor, now=now)


def _check(message: OutboxMessage, actor: Actor) -> None:
    if not policy.may_handle_mail(actor):
        raise Forbidden(_("Only the Secretariat handles mails that came back."), "admin.mail.forbidden")
    if message.status is not DeliveryStatus.FAILED:
        raise RuleViolation(
            _("This mail is on its way or was delivered; nothing is to be done."), "admin.mail.not_failed"
        )
