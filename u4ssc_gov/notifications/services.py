"""Queue mail in the transaction of the change it tells of; a second queueing under the same key does nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.core.i18n import speaking
from u4ssc_gov.core.text import clean_line
from u4ssc_gov.core.tokens import digest
from u4ssc_gov.notifications.models import DeliveryStatus, OutboxMessage
from u4ssc_gov.notifications.rendering import Recipient, render_mail


def queue_mail(
    session: Session,
    *,
    template: str,
    to: Recipient,
    subject: Callable[[], str],
    context: Mapping[str, Any],
    dedupe_key: str,
    now: datetime,
) -> OutboxMessage | None:
    """Render and queue one message for one recipient; ``None`` when that key is already queued or sent.

    ``template`` names ``templates/email/<template>.txt`` and ``.html``. ``subject`` is called in the recipient's
    language. ``dedupe_key`` says what the message is about and to whom: ``ballot:7:opened:person:12``.
    """
    if session.scalar(select(OutboxMessage.id).where(OutboxMessage.dedupe_key == dedupe_key)) is not None:
        return None
    with speaking(to.locale or "en"):
        line = clean_line(subject())[:200]
        text, html = render_mail(template, context, to=to, subject=line, now=now, info=session.info)
    message = OutboxMessage(
        dedupe_key=dedupe_key,
        message_id=f"<{digest(dedupe_key)[:32]}@u4ssc-governance>",  # the same after a crash: receivers drop the copy
        template=template,
        to_name=clean_line(to.name),
        to_address=clean_line(to.address),
        subject=line,
        text=text,
        html=html,
        queued_at=now,
        status=DeliveryStatus.QUEUED,
        next_attempt_at=now,
    )
    session.add(message)
    session.flush()
    return message
