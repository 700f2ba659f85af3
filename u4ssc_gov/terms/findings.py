"""The live state of the ledger: each room answers for its own clauses (house idea 7)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.board import duties as board
from u4ssc_gov.core.duty import ClauseFinding
from u4ssc_gov.evaluations import duties as evaluations
from u4ssc_gov.meetings import duties as meetings
from u4ssc_gov.partners import duties as partners
from u4ssc_gov.plan import duties as plan
from u4ssc_gov.tenures import duties as tenures
from u4ssc_gov.terms import taking_part

SOURCES = (
    partners.clause_findings,
    taking_part.clause_findings,
    tenures.clause_findings,
    board.clause_findings,
    plan.work_findings,  # with those of the deliverables, in one statement
    meetings.clause_findings,
    evaluations.clause_findings,
)


def collect(session: Session, *, now: datetime) -> dict[str, list[ClauseFinding]]:
    """Findings by ledger key, in nine statements whatever the size of the records."""
    found: dict[str, list[ClauseFinding]] = {}
    for source in SOURCES:
        for finding in source(session, now=now):
            found.setdefault(finding.clause, []).append(finding)
    return found
