"""The page on which a renewal is asked for and followed: its tenure, its office, what was decided and by whom (¶34)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.tenures.models import Office, Renewal, Tenure
from u4ssc_gov.tenures.queries import TERM_COLUMNS, Term


@dataclass(frozen=True, slots=True)
class TenurePage:
    """What the renewal page shows: the tenure, its office, and how often its holder has served in it."""

    term: Term
    office_id: int
    title: str
    kind: OfficeKind
    asked_by: str  # name of the officer who asked for the renewal, or empty
    renewal_note: str
    result_tenure_id: int | None
    times_served: int  # tenures of this person in this office, this one included
    follower_name: str  # who is appointed to follow, or empty
    decision_basis: str  # who decided on the renewal and when, or empty


def _times_served() -> Any:
    """How many tenures of the holder in this office, this one included."""
    served = aliased(Tenure)
    found = select(func.count()).where(
        served.office_id == Tenure.office_id,
        served.person_id == Tenure.person_id,
        served.starts_on <= Tenure.starts_on,
        served.ends_on > served.starts_on,
    )
    return found.scalar_subquery()


def _follower() -> Any:
    """The name of whoever is appointed to the seat after this tenure."""
    after, next_holder = aliased(Tenure), aliased(Person)
    found = (
        select(next_holder.full_name)
        .join(after, after.person_id == next_holder.id)
        .where(
            after.office_id == Tenure.office_id,
            after.seat == Tenure.seat,
            after.starts_on >= Tenure.ends_on,
            after.ends_on > after.starts_on,
        )
        .order_by(after.starts_on, after.id)
        .limit(1)
    )
    return found.scalar_subquery()


def get_tenure_page(session: Session, tenure_id: int) -> TenurePage:
    """One tenure for its renewal page, in one statement, two where nobody was appointed. Raises ``NotFound``."""
    asker, result = aliased(Person), aliased(Tenure)
    basis = select(result.basis).where(result.id == Renewal.result_tenure_id).scalar_subquery()
    row = session.execute(
        select(
            *TERM_COLUMNS,
            Renewal.id,
            Office.id,
            Office.title,
            Office.kind,
            asker.full_name,
            Renewal.note,
            Renewal.result_tenure_id,
            _times_served(),
            _follower(),
            basis,
        )
        .select_from(Tenure)
        .join(Office, Office.id == Tenure.office_id)
        .join(Person, Person.id == Tenure.person_id)
        .outerjoin(Renewal, Renewal.tenure_id == Tenure.id)
        .outerjoin(asker, asker.id == Renewal.requested_by_id)
        .where(Tenure.id == tenure_id)
    ).one_or_none()
    if row is None:
        raise NotFound(_("There is no such tenure."), "tenures.tenure.unknown")
    renewal_id, office_id, title, kind, asked_by, note, result_id, times_served, follower_name, basis_said = row[16:]
    term = Term(*row[:16])
    if renewal_id is not None and result_id is None and not term.is_renewal_open:
        basis_said = _why_closed(session, renewal_id)
    return TenurePage(
        term,
        office_id,
        title,
        kind,
        asked_by or "",
        note or "",
        result_id,
        times_served,
        follower_name or "",
        basis_said or "",
    )


def _why_closed(session: Session, renewal_id: int) -> str:
    """Who decided that nobody is appointed, as it was recorded with the act."""
    details = session.scalar(
        select(AuditRecord.details)
        .where(
            AuditRecord.subject_kind == "renewal",
            AuditRecord.subject_id == renewal_id,
            AuditRecord.action == "tenures:renewal:close",
        )
        .order_by(AuditRecord.id.desc())
        .limit(1)
    )
    return str((details or {}).get("basis", ""))
