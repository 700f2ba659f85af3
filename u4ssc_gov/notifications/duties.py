"""What undeliverable mail asks of the secretariat (¶30: it keeps everybody informed)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.duty import Duty, DutyKind, Holder, HolderKind
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.notifications import queries


def duties(session: Session, *, actor: Actor, now: datetime) -> list[Duty]:
    """The secretariat's duty to look at messages that could not be delivered. One statement for it, none for others."""
    return secretariat_duties(session, now=now) if actor.is_secretariat else []


def secretariat_duties(session: Session, *, now: datetime) -> list[Duty]:  # noqa: ARG001 - every room's has the same shape
    """One duty for all given-up messages together. One statement."""
    count, oldest = queries.count_unsettled_failures(session)
    if not count:
        return []
    return [
        Duty(
            key="mail:failed",
            kind=DutyKind.MAIL,
            holder=Holder(HolderKind.SECRETARIAT),
            clauses=("30",),
            title=ngettext(
                "Reach %(num)s person whose mail came back", "Reach the people of %(num)s mails that came back", count
            ),
            why=_("The mail server refused them or could not be reached for three days"),
            action=_("See the mails"),
            endpoint="admin.list_mail",
            args={"status": "failed"},
            since=oldest,
            icon="mail",
        )
    ]
