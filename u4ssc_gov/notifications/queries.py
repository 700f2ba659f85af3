"""Reads of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, defer

from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.notifications.models import DeliveryStatus, OutboxMessage

_LARGEST_ID = 2**31 - 1


def list_due_ids(session: Session, now: datetime, *, limit: int) -> Sequence[int]:
    """Queued messages whose next attempt is due, the oldest first."""
    statement = (
        select(OutboxMessage.id)
        .where(OutboxMessage.status == DeliveryStatus.QUEUED, OutboxMessage.next_attempt_at <= now)
        .order_by(OutboxMessage.next_attempt_at, OutboxMessage.id)
        .limit(limit)
    )
    return session.scalars(statement).all()


def mail_list(status: DeliveryStatus | None, words: str = "") -> Select[OutboxMessage]:
    """Messages without their texts, newest first, for a page of the list; ``words``: part of subject or recipient."""
    statement = select(OutboxMessage).options(defer(OutboxMessage.text), defer(OutboxMessage.html))
    if status is not None:
        statement = statement.where(OutboxMessage.status == status)
    if words:
        fields = (OutboxMessage.subject, OutboxMessage.to_name, OutboxMessage.to_address)
        statement = statement.where(or_(*(field.icontains(words, autoescape=True) for field in fields)))
    return statement.order_by(OutboxMessage.queued_at.desc(), OutboxMessage.id.desc())


def get_mail(session: Session, message_id: int) -> OutboxMessage:
    """One message; raises ``NotFound``."""
    found = session.get(OutboxMessage, message_id) if 0 < message_id <= _LARGEST_ID else None
    if found is None:
        raise NotFound(_("There is no such message."), "notifications.mail.unknown")
    return found


def count_unsettled_failures(session: Session) -> tuple[int, datetime | None]:
    """How many messages were given up and wait for the secretariat, and since when the oldest of them was queued."""
    count, oldest = session.execute(_UNSETTLED).one()
    return count, oldest


_UNSETTLED = select(func.count(), func.min(OutboxMessage.queued_at)).where(
    OutboxMessage.status == DeliveryStatus.FAILED, OutboxMessage.settled_at.is_(None)
)
