"""What a decision of the Board sets in motion, both ways: when it passes and when it does not (¶20 to ¶24).

The one place where the outcome of a ballot reaches another room. A consequence that can no longer take effect (a seat
was filled meanwhile, say) never stops the decision from standing: it is undone to the savepoint, written into the
ballot's history and the audit trail, and the Secretariat finds it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import assert_never

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.audit.services import record
from u4ssc_gov.board import queries, rule_sets
from u4ssc_gov.board import services as board
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotOutcome, BallotType
from u4ssc_gov.charter import services as charter
from u4ssc_gov.charter.models import TermsDocument
from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import SYSTEM, Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Invalid, RuleViolation
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables import services as deliverables
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.plan import services as plan
from u4ssc_gov.plan.models import ActionPlan
from u4ssc_gov.tenures import queries as tenure_queries
from u4ssc_gov.tenures import services as tenures
from u4ssc_gov.tenures.models import Office
from u4ssc_gov.tenures.rules import EndReason, Route
from u4ssc_gov.workflows.appointments import apply_renewal


def certify(session: Session, ballot: Ballot, *, actor: Actor, now: datetime) -> Ballot:
    """Certify the outcome of a closed ballot and carry it out, in one transaction; a second time changes nothing.

    The ballot's row must be locked. Raises what ``certify_ballot`` raises.
    """
    is_first = ballot.certified_at is None
    board.certify_ballot(session, ballot, actor=actor, now=now)
    if is_first:
        carry_out(session, ballot, now=now)
    return ballot


def carry_out(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """Apply the outcome; what can no longer take effect is undone and written down."""
    with _written_down(session, ballot, now=now):
        apply_outcome(session, ballot, now=now)


@contextmanager
def _written_down(session: Session, ballot: Ballot, *, now: datetime) -> Iterator[None]:
    """Behind a savepoint: a refusal becomes a line in the ballot's history and in the audit trail."""
    try:
        with session.begin_nested():
            yield
    except (RuleViolation, Invalid) as refused:
        board.note_consequence(session, ballot, took_effect=False, words=refused.message, now=now)
        record(session, "board:outcome:block", "ballot", ballot.id, actor=SYSTEM, now=now, reason=refused.code)


def apply_outcome(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """The consequence of a certified outcome, for each kind of subject."""
    is_approved = ballot.outcome is BallotOutcome.APPROVED
    match ballot.type:
        case BallotType.APPOINTMENT:
            _appoint(session, ballot, now=now)
        case BallotType.DELIVERABLE:
            _deliverable(session, ballot, is_approved=is_approved, now=now)
        case BallotType.ACTION_PLAN:
            _plan(session, ballot, is_approved=is_approved, now=now)
        case BallotType.TOR_REVISION:
            _terms(session, ballot, is_approved=is_approved, now=now)
        case BallotType.RULE_SET:
            _rule(session, ballot, is_approved=is_approved, now=now)
        case BallotType.GUIDANCE | BallotType.KPI_SET:
            pass  # guidance takes effect by standing in the register; KPI sets are refused at drafting
        case _:
            assert_never(ballot.type)


def _appoint(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """Each elected candidate starts a tenure of one year; a renewal that fails ends on its day (¶20, ¶34)."""
    elected = frozenset(ballot.elected or ())
    if ballot.renewal_id is not None:
        is_approved, basis = 1 in elected, ballot.code
        refused = apply_renewal(session, ballot.renewal_id, is_approved=is_approved, basis=basis, actor=SYSTEM, now=now)
        if refused:
            board.note_consequence(session, ballot, took_effect=False, words=refused, now=now)
        return
    if ballot.office_id is None or ballot.starts_on is None:
        return
    office = session.get_one(Office, ballot.office_id)
    today = geneva_date(now)
    if elected and ballot.starts_on < today:
        with i18n.speaking(i18n.SOURCE_LOCALE):  # it stays on the record
            words = _(
                "The tenure starts on %(today)s, the day of the certificate, and not on %(day)s as the text says: that "
                "day had passed.",
                today=day_text(today, now),
                day=day_text(ballot.starts_on, now),
            )
        board.note_consequence(session, ballot, took_effect=True, words=words, now=now)
    for candidate in queries.list_candidates(session, ballot.id):
        if candidate.number not in elected:
            continue
        with _written_down(session, ballot, now=now):  # each by itself: one seat that is taken stops no other tenure
            tenures.start_tenure(
                session,
                office,
                session.get_one(Person, candidate.person_id),
                starts_on=max(ballot.starts_on, today),
                route=Route.BOARD_DECISION,
                basis=ballot.code,
                nominated_by_id=candidate.nominated_by_id,
                actor=SYSTEM,
                now=now,
            )


def _deliverable(session: Session, ballot: Ballot, *, is_approved: bool, now: datetime) -> None:
    if ballot.deliverable_id is None:
        return
    deliverables.record_board_decision(
        session,
        session.get_one(Deliverable, ballot.deliverable_id),
        is_approved=is_approved,
        basis=ballot.code,
        actor=SYSTEM,
        now=now,
    )


def _plan(session: Session, ballot: Ballot, *, is_approved: bool, now: datetime) -> None:
    if ballot.plan_id is None:
        return
    found = session.get_one(ActionPlan, ballot.plan_id)
    if is_approved:
        plan.adopt_plan(session, found, basis=ballot.code, actor=SYSTEM, now=now)
    else:
        plan.return_plan(session, found, basis=ballot.code, actor=SYSTEM, now=now)


def _terms(session: Session, ballot: Ballot, *, is_approved: bool, now: datetime) -> None:
    if ballot.terms_document_id is None:
        return
    document = session.get_one(TermsDocument, ballot.terms_document_id)
    charter.settle_proposal(session, document, is_approved=is_approved, basis=ballot.code, actor=SYSTEM, now=now)


def _rule(session: Session, ballot: Ballot, *, is_approved: bool, now: datetime) -> None:
    if ballot.rule_set_id is None:
        return
    row = rule_sets.get_rule_set(session, ballot.rule_set_id)
    basis = ballot.decision_number or ballot.code
    board.settle_rule_set(session, row, is_approved=is_approved, basis=basis, actor=SYSTEM, now=now)


def annul(session: Session, ballot: Ballot, *, actor: Actor, now: datetime) -> Ballot:
    """The second agency confirms the annulment: the ballot decides nothing, tenures that rest on it end today.

    What else it set in motion is for the Secretariat to put right; the history says so.
    """
    is_first, was_certified = ballot.annulled_at is None, ballot.certified_at is not None
    board.confirm_annulment(session, ballot, actor=actor, now=now)
    if is_first and was_certified and ballot.type is BallotType.APPOINTMENT:
        today = geneva_date(now)
        for tenure in tenure_queries.list_resting_on(session, ballot.code, today):
            on = max(today, tenure.starts_on)
            tenures.end_tenure(session, tenure, on=on, reason=EndReason.REMOVED, actor=SYSTEM, now=now)
    return ballot
