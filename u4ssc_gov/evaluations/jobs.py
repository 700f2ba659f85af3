"""Sweeps: abandoned drafts are deleted, networks forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.core.sweeps import SweepReport, sweep
from u4ssc_gov.evaluations import queries, services


def delete_stale_drafts(rt: Runtime, *, now: datetime) -> SweepReport:
    """Delete drafts that nobody touched for 30 days."""
    return sweep(rt, queries.list_stale_drafts, _delete, now=now)


def forget_networks(rt: Runtime, *, now: datetime) -> SweepReport:
    """Empty the network hashes of requests begun more than a day ago."""
    return sweep(rt, queries.list_remembered_networks, _forget, now=now)


def _delete(session: Session, request_id: int, now: datetime) -> bool:
    return services.delete_draft(session, request_id, actor=SYSTEM, now=now)


def _forget(session: Session, request_id: int, now: datetime) -> bool:
    return services.forget_network(session, request_id, actor=SYSTEM, now=now)
