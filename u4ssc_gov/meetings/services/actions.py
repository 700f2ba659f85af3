"""The owner of an action says that it is done; the minutes stay as they were filed (¶26e, ¶27c)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Forbidden
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.meetings import policy, queries
from u4ssc_gov.meetings.models import Minutes, Outcome


def complete_action(session: Session, minutes: Minutes, outcome_id: int, *, actor: Actor, now: datetime) -> Outcome:
    """Close an action of filed minutes; a second call changes nothing.

    Raises ``NotFound`` for what is no action of these minutes, ``Forbidden`` unless the actor owns it.
    """
    action = queries.get_filed_action(session, minutes, outcome_id)
    if not policy.may_complete(actor, action):
        message = _("Whoever owns the action says that it is done; its Leaders can close it in their next minutes.")
        raise Forbidden(message, "meetings.action.forbidden")
    if action.closed_at is None:
        action.closed_at = now
        record(session, "meetings:action:complete", "minutes", minutes.id, actor=actor, now=now, outcome=action.id)
    return action
