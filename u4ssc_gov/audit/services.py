"""Write audit rows. Called by every service that changes something."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.db import table_of

_INSERT = insert(table_of(AuditRecord))


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
) -> None:
    """Append one row now: ``action`` is ``room:thing:verb``; ``details`` are JSON values, never confidential text."""
    row = {
        "at": now,
        "actor_person_id": actor.person_id,
        "actor_name": actor.name,
        "capacity": capacity or actor.acting_for,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "details": details,
    }
    session.execute(_INSERT, row)
