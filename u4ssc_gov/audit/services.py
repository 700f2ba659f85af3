"""Write audit rows. Called by every service that changes something."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import Actor


def record(
    session: Session,
    action: str,
    subject_kind: str,
    subject_id: int,
    *,
    actor: Actor,
    now: datetime,
    capacity: str = "",
    **details: Any,
) -> AuditRecord:
    """Append one row: ``action`` is ``room:thing:verb``; ``details`` are JSON values, never confidential text."""
    row = AuditRecord(
        at=now,
        actor_person_id=actor.person_id,
        actor_name=actor.name,
        capacity=capacity or actor.acting_for,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        details=details,
    )
    session.add(row)
    return row
