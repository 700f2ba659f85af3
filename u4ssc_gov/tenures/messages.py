"""Mail about tenures (ux 11): the end is near, to the holder and to the secretariat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.notifications.rendering import Recipient
from u4ssc_gov.notifications.services import queue_mail
from u4ssc_gov.tenures.ending import EndingTenure
from u4ssc_gov.tenures.rules import Route, next_term, route_for
from u4ssc_gov.tenures.timeline import holder_text

TEMPLATE = "tenures/tenure_ending"


def tenure_ending(session: Session, ending: EndingTenure, step: int, *, now: datetime) -> int:
    """Queue the reminder of a step to the holder and to the secretariat; returns how many were new."""
    holder = Recipient(ending.name, ending.email, ending.locale, ending.time_zone)
    office = Recipient("U4SSC Secretariat", str(session.info.get("secretariat_email", "")))
    sent = _queue(session, ending, step, holder, now, is_holder=True)
    if office.address:
        sent += _queue(session, ending, step, office, now, is_holder=False)
    return sent


def _queue(session: Session, ending: EndingTenure, step: int, to: Recipient, now: datetime, *, is_holder: bool) -> int:
    days = (ending.ends_on - geneva_date(now)).days - 1
    whom = f"person:{ending.person_id}" if is_holder else "secretariat"
    queued = queue_mail(
        session,
        template=TEMPLATE,
        to=to,
        subject=lambda: _subject(ending, days, is_holder=is_holder),
        context=_context(ending, days, is_holder=is_holder),
        dedupe_key=f"tenure:{ending.tenure_id}:T-{step}:{whom}",
        now=now,
    )
    return int(queued is not None)


def _subject(ending: EndingTenure, days: int, *, is_holder: bool) -> str:
    if is_holder:
        if days <= 0:
            return _("Your tenure as %(office)s ends today", office=ending.title)
        return ngettext(
            "Your tenure ends in %(num)s day: %(office)s",
            "Your tenure ends in %(num)s days: %(office)s",
            days,
            office=ending.title,
        )
    return _("Tenure ending: %(holder)s", holder=holder_text(ending.name, ending.title))


def _context(ending: EndingTenure, days: int, *, is_holder: bool) -> dict[str, Any]:
    starts_on, ends_on = next_term(ending.ends_on)
    return {
        "is_holder": is_holder,
        "name": ending.name,
        "office": ending.title,
        "is_board": route_for(ending.kind) is Route.BOARD_DECISION,
        "last_day": ending.ends_on - timedelta(days=1),
        "days": days,
        "next_first_day": starts_on,
        "next_last_day": ends_on - timedelta(days=1),
        "asked_on": ending.renewal_asked_on,
        "path": "/people" if is_holder else f"/people/{ending.tenure_id}/renew",
    }
