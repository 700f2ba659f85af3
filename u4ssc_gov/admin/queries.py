"""Reads for the administration pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import AccessLink, Account
from u4ssc_gov.accounts.queries import open_invitation
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.dates import geneva_midnight
from u4ssc_gov.core.sweeps import JobLease, JobRun
from u4ssc_gov.notifications.models import DeliveryStatus, OutboxMessage


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What of the audit trail is wanted; empty means everything."""

    actor: str = ""  # part of the name
    action: str = ""  # beginning of the action: "board:" or "board:vote:cast"
    day: date | None = None  # a Geneva day


def audit_list(wanted: AuditFilter) -> Select[AuditRecord]:
    """The audit trail, newest first."""
    statement = select(AuditRecord)
    if wanted.actor:
        statement = statement.where(AuditRecord.actor_name.icontains(wanted.actor, autoescape=True))
    if wanted.action:
        statement = statement.where(AuditRecord.action.startswith(wanted.action, autoescape=True))
    if wanted.day is not None:
        begins, ends = geneva_midnight(wanted.day), geneva_midnight(wanted.day + timedelta(days=1))
        statement = statement.where(AuditRecord.at >= begins, AuditRecord.at < ends)
    return statement.order_by(AuditRecord.id.desc())


def list_leases(session: Session) -> dict[str, JobLease]:
    """When each job is next due."""
    return {lease.job: lease for lease in session.scalars(select(JobLease).order_by(JobLease.job))}


def list_last_runs(session: Session) -> dict[str, JobRun]:
    """The latest run of each job."""
    latest = select(func.max(JobRun.id)).group_by(JobRun.job)
    return {run.job: run for run in session.scalars(select(JobRun).where(JobRun.id.in_(latest)).order_by(JobRun.id))}


def list_eventful_runs(session: Session, *, limit: int) -> Sequence[JobRun]:
    """The latest runs that did something or failed."""
    statement = select(JobRun).where(or_(JobRun.done > 0, JobRun.failed > 0)).order_by(JobRun.id.desc()).limit(limit)
    return session.scalars(statement).all()


@dataclass(frozen=True, slots=True)
class Facts:
    """Figures of the overview."""

    accounts: int
    invited: int
    waiting_mails: int
    failed_mails: int
    last_run_at: datetime | None


def get_facts(session: Session, now: datetime) -> Facts:
    """Everything the overview shows, in one statement."""
    failed = (OutboxMessage.status == DeliveryStatus.FAILED, OutboxMessage.settled_at.is_(None))
    waiting = OutboxMessage.status.in_((DeliveryStatus.QUEUED, DeliveryStatus.SENDING))
    usable = (Account.disabled_at.is_(None), or_(Account.password_hash != "", Account.demo_role != ""))
    row = session.execute(
        select(
            select(func.count(Account.id)).where(*usable).scalar_subquery(),
            select(func.count(AccessLink.account_id.distinct())).where(*open_invitation(now)).scalar_subquery(),
            select(func.count(OutboxMessage.id)).where(waiting).scalar_subquery(),
            select(func.count(OutboxMessage.id)).where(*failed).scalar_subquery(),
            select(func.max(JobRun.now_at)).scalar_subquery(),
        )
    ).one()
    return Facts(*row)
