"""When a renewal is decided (¶20, ¶21, ¶34): the next tenure starts, or the old one simply ends on its day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import RuleViolation
from u4ssc_gov.tenures import queries, services


def apply_renewal(
    session: Session, renewal_id: int, *, is_approved: bool, basis: str, actor: Actor, now: datetime
) -> str:
    """Carry out the decision on a renewal; returns what stood in the way of an approved one, usually nothing.

    ``basis`` names the decision ("B-26-19"). Repeating it changes nothing. A decision that can no longer take effect
    (the seat was filled meanwhile, or the holder left before the end) never blocks the ballot that made it: the
    renewal is closed and the reason kept in the audit trail, where the secretariat finds it.
    """
    renewal = queries.lock_renewal(session, renewal_id)
    if not is_approved:
        services.close_renewal(session, renewal, basis=basis, actor=actor, now=now)
        return ""
    try:
        services.complete_renewal(session, renewal, basis=basis, actor=actor, now=now)
    except RuleViolation as refused:
        details = {"basis": basis, "reason": refused.code}
        record(session, "tenures:renewal:block", "renewal", renewal_id, actor=actor, now=now, capacity="", **details)
        services.close_renewal(session, renewal, basis=basis, actor=actor, now=now)
        return refused.message
    return ""
