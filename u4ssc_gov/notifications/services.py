"""Queue mail in the transaction of the change it tells of; a second queueing under the same key does nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from u4ssc_gov.core.i18n import speaking
from u4ssc_gov.core.text import clean_line
from u4ssc_gov.core.tokens import digest
from u4ssc_gov.notifications.models import DeliveryStatus, OutboxMessage
from u4ssc_gov.notifications.rendering import Recipient, render_mail
from u4ssc_gov.notifications.writing import freeze

# Composed once: one statement takes all the messages of an act, and those already queued or sent stay as they are.
_INSERTS = {
    name: insert(OutboxMessage).on_conflict_do_nothing().returning(OutboxMessage.id)
    for name, insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of an act: ``subject`` is called in the recipient's language, ``dedupe_key`` as in ``queue_mail``."""

    to: Recipient
    subject: Callable[[], str]
    context: Mapping[str, Any]
    dedupe_key: str


_Parts = tuple[str, str, dict[str, Any] | None]  # text, HTML, facts


def queue_mails(
    session: Session, template: str, mails: Sequence[Mail], *, now: datetime, write_later: bool = False
) -> int:
    """Render and queue what one act has to say to several people; tells how many messages were not queued before.

    Whoever shares context, language, zone and subject gets the same text, rendered once: such a template cannot name
    its recipient. With ``write_later`` the facts are queued, and the text is written from them as it is sent.
    """
    drawn: dict[tuple[int, str, str, str], _Parts] = {}
    rows = []
    for mail in mails:
        with speaking(mail.to.locale or "en"):
            line = clean_line(mail.subject())[:200]
            shared = (id(mail.context), mail.to.locale, mail.to.time_zone, line)
            if shared not in drawn:
                drawn[shared] = _drawn(session, template, mail, line, now=now, write_later=write_later)
        rows.append(_row(template, mail.to, line, drawn[shared], mail.dedupe_key, now))
    if not rows:
        return 0
    session.flush()  # what the messages tell of is written before them
    statement = _INSERTS[session.get_bind().dialect.name]
    return len(session.connection().execute(statement, rows).all())


def _drawn(session: Session, template: str, mail: Mail, subject: str, *, now: datetime, write_later: bool) -> _Parts:
    if write_later:
        return "", "", freeze(mail.context, to=mail.to, now=now)
    parts = render_mail(
        template, mail.context, to=mail.to, subject=subject, now=now, info=session.info, names_recipient=False
    )
    return *parts, None


def _row(template: str, to: Recipient, subject: str, parts: _Parts, dedupe_key: str, now: datetime) -> dict[str, Any]:
    text, html, facts = parts
    return {
        "dedupe_key": dedupe_key,
        # The same after a crash: receivers drop the copy.
        "message_id": f"<{digest(dedupe_key)[:32]}@u4ssc-governance>",
        "template": template,
        "to_name": clean_line(to.name),
        "to_address": clean_line(to.address),
        "subject": subject,
        "text": text,
        "html": html,
        "facts": facts,
        "queued_at": now,
        "status": DeliveryStatus.QUEUED,
        "next_attempt_at": now,
    }


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
        parts = render_mail(template, context, to=to, subject=line, now=now, info=session.info)
    message = OutboxMessage(**_row(template, to, line, (*parts, None), dedupe_key, now))
    session.add(message)
    session.flush()
    return message
