"""Messages that are written as they are sent (ADR 0004): what they say is frozen in the outbox when they are queued.

The facts hold words already in the recipient's language, numbers and instants; nothing is looked up again. A template
gives the same text on any day, and nobody waits for its writing with a ballot locked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from u4ssc_gov.core.i18n import SOURCE_LOCALE, speaking
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.notifications.rendering import Recipient, render_mail

_INSTANT, _DAY = "$instant", "$day"  # how JSON carries what it has no word for


def freeze(context: Mapping[str, Any], *, to: Recipient, now: datetime) -> dict[str, Any]:
    """The facts of a message: its context, and the language, zone and instant that it is written in and for.

    Raises ``TypeError`` for a value that could change until the message is written.
    """
    return {
        "locale": to.locale or SOURCE_LOCALE,
        "time_zone": to.time_zone,
        "now": _frozen(now),
        "context": {name: _frozen(value) for name, value in context.items()},
    }


def thaw(context: Mapping[str, Any]) -> dict[str, Any]:
    """The context that was frozen, as it was."""
    return {name: _thawed(value) for name, value in context.items()}


def parts_of(message: OutboxMessage, info: Mapping[str, Any]) -> tuple[str, str]:
    """Text and HTML of a message, written now from its facts when that has not been done. ``info``: of the database."""
    facts = message.facts
    if facts is None:
        return message.text, message.html
    to = Recipient(message.to_name, message.to_address, facts["locale"], facts["time_zone"])
    with speaking(to.locale):
        return render_mail(
            message.template,
            thaw(facts["context"]),
            to=to,
            subject=message.subject,
            now=_thawed(facts["now"]),
            info=info,
            names_recipient=False,
        )


def _frozen(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, datetime):
        return {_INSTANT: value.isoformat()}
    if isinstance(value, date):
        return {_DAY: value.isoformat()}
    if isinstance(value, list | tuple):
        return [_frozen(item) for item in value]
    raise TypeError(f"a {type(value).__name__} cannot wait in the outbox")


def _thawed(value: Any) -> Any:
    if isinstance(value, list):
        return [_thawed(item) for item in value]
    if isinstance(value, dict):
        if _INSTANT in value:
            return datetime.fromisoformat(value[_INSTANT])
        return date.fromisoformat(value[_DAY])
    return value
