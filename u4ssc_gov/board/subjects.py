"""What a ballot is about, and whether the platform can carry its decision out: refused at drafting, not at closing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.board import rules
from u4ssc_gov.board.inputs import BallotDraft, CandidateDraft
from u4ssc_gov.board.models import Ballot, RuleSet
from u4ssc_gov.board.rules import BallotType
from u4ssc_gov.charter.models import TermsDocument
from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Invalid, RuleViolation
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.tenures.models import Office, Tenure
from u4ssc_gov.tenures.queries import find_renewal_by_id
from u4ssc_gov.tenures.rules import Route

T = TypeVar("T")
TWICE = "board.draft.twice"
COLUMNS = (
    "renewal_id",
    "office_id",
    "starts_on",
    "deliverable_id",
    "plan_id",
    "terms_document_id",
    "rule_set_id",
)
# One ballot at a time decides on one of these; two seats of an office may well be filled by two elections.
_SINGLE = ("renewal_id", "deliverable_id", "plan_id", "terms_document_id", "rule_set_id")
# Indicator sets have no versions yet that a decision could bring into force.
NOT_CARRIED_OUT = frozenset({BallotType.KPI_SET})


def completed(session: Session, draft: BallotDraft) -> BallotDraft:
    """The draft with what follows from its subject filled in; columns of other subjects emptied.

    Raises ``RuleViolation`` when no room of the platform can carry the decision out, ``Invalid`` when the subject is
    missing or is not one the Board decides now.
    """
    if draft.type in NOT_CARRIED_OUT:
        message = _("Decisions on KPI sets cannot be carried out on this platform yet. Put them to a meeting.")
        raise RuleViolation(message, "board.draft.no_consequence")
    if draft.type is BallotType.APPOINTMENT:
        return _appointment(session, _only(draft, "renewal_id", "office_id", "starts_on"))
    return _SUBJECTS[draft.type](session, replace(draft, candidates=(), posts=0))


def find_other(session: Session, draft: Any, ballot_id: int | None, *, opened: bool = False) -> str:
    """The code of another ballot on the same subject that is drafted, runs or waits to be certified; else empty.

    ``draft`` is a draft or a ballot, ``ballot_id`` its own, if it has one. The round that it follows does not count.
    ``opened``: drafts do not count.
    """
    name = next((one for one in _SINGLE if getattr(draft, one) is not None), "")
    if not name:
        return ""
    alive = select(Ballot.code).where(
        getattr(Ballot, name) == getattr(draft, name),
        Ballot.certified_at.is_(None),
        Ballot.withdrawn_at.is_(None),
        Ballot.superseded_at.is_(None),
        Ballot.referred_at.is_(None),
        Ballot.annulled_at.is_(None),
    )
    for own in (ballot_id, draft.previous_id):
        if own is not None:
            alive = alive.where(Ballot.id != own)
    if opened:
        alive = alive.where(Ballot.opens_at.is_not(None))
    return session.scalar(alive.order_by(Ballot.id).limit(1)) or ""


def check_no_other(session: Session, draft: Any, ballot_id: int | None, *, opened: bool = False) -> None:
    """Raise ``RuleViolation`` while another ballot on the same subject is under way: the Board is asked once."""
    code = find_other(session, draft, ballot_id, opened=opened)
    if code:
        message = _("%(code)s is about the same matter already. Go on with it, or withdraw it first.", code=code)
        raise RuleViolation(message, TWICE)


def check_first_day(draft: Any, now: datetime, *, closes_at: datetime | None = None) -> None:
    """Raise ``Invalid`` when a tenure would start before the ballot that fills it can have closed (¶20, ¶34).

    ``draft`` is a draft or a ballot; its first day is a day in Geneva. While no closing is set, the day of ``now`` is
    the earliest that it could be. A renewal has its day from the tenure that it follows.
    """
    starts_on, closing = draft.starts_on, closes_at or draft.closes_at
    last = geneva_date(closing or now)
    if draft.renewal_id is not None or starts_on is None or starts_on > last:
        return
    if closing is None:
        message = _("Choose a day after today: a tenure starts after the ballot has closed.")
        raise Invalid(message, "board.draft.starts_on", "starts_on")
    message = _(
        "The tenure would start on %(start)s, before this ballot has closed on %(closing)s. Choose an earlier closing, "
        "or a later first day under “Office and first day”.",
        start=day_text(starts_on, now),
        closing=day_text(last, now),
    )
    raise Invalid(message, "board.draft.starts_too_early", "closes_on")


def _deliverable(session: Session, draft: BallotDraft) -> BallotDraft:
    _exists(session, Deliverable, draft.deliverable_id, _("Choose the deliverable."), "deliverable_id")
    return _only(draft, "deliverable_id")


def _terms(session: Session, draft: BallotDraft) -> BallotDraft:
    message = _("Choose the uploaded proposal that would come into force.")
    document = _exists(session, TermsDocument, draft.terms_document_id, message, "terms_document_id")
    if not document.is_proposal or document.rejected_at is not None:
        raise Invalid(message, "board.draft.terms_document_id", "terms_document_id")
    return _only(draft, "terms_document_id")


def _plan(session: Session, draft: BallotDraft) -> BallotDraft:
    (key,) = Ballot.__table__.c.plan_id.foreign_keys  # the plan's room stands beside this one: its table is read only
    plans = key.column.table
    found = session.execute(select(plans.c.adopted_at).where(plans.c.id == draft.plan_id)).one_or_none()
    if found is None:
        raise Invalid(_("Choose the draft of the Action Plan."), "board.draft.plan_id", "plan_id")
    if found.adopted_at is not None:
        raise Invalid(_("This Action Plan is adopted already."), "board.draft.plan_id", "plan_id")
    return _only(draft, "plan_id")


def _rule(session: Session, draft: BallotDraft) -> BallotDraft:
    row = _exists(session, RuleSet, draft.rule_set_id, _("Draft the new rule first."), "rule_set_id")
    if row.in_force_at is not None or row.rejected_at is not None:
        raise Invalid(_("This rule is decided already."), "board.draft.rule_set_id", "rule_set_id")
    return _only(draft, "rule_set_id")


def _guidance(_session: Session, draft: BallotDraft) -> BallotDraft:
    return _only(draft)


def _only(draft: BallotDraft, *names: str) -> BallotDraft:
    emptied: dict[str, Any] = {name: None for name in COLUMNS if name not in names}
    return replace(draft, **emptied)


def _exists(session: Session, kind: type[T], key: int | None, message: str, field: str) -> T:
    found = session.get(kind, key) if key is not None else None
    if found is None:
        raise Invalid(message, f"board.draft.{field}", field)
    return found


def _appointment(session: Session, draft: BallotDraft) -> BallotDraft:
    """Co-Chairs and Vice-Chairs (¶20, ¶23d): a renewal names its one candidate, otherwise partners nominate."""
    if draft.renewal_id is not None:
        renewal = find_renewal_by_id(session, draft.renewal_id)
        if renewal is None or renewal.closed_at is not None or renewal.route is not Route.BOARD_DECISION:
            message = _("This renewal is not one the Board has to decide. Start again from People and tenures.")
            raise Invalid(message, "board.draft.renewal", "renewal")
        held = session.get_one(Tenure, renewal.tenure_id)
        holder = CandidateDraft(held.person_id, held.nominated_by_id)
        return replace(draft, office_id=held.office_id, starts_on=renewal.starts_on, candidates=(holder,), posts=1)
    office = _exists(session, Office, draft.office_id, _("Choose the office to fill."), "office_id")
    if office.kind not in (OfficeKind.CO_CHAIR, OfficeKind.VICE_CHAIR):
        message = _("The Board elects Co-Chairs and Vice-Chairs; Leaders are appointed after a consultation (¶21).")
        raise Invalid(message, "board.draft.office_id", "office_id")
    if draft.starts_on is None:
        raise Invalid(_("Choose the day on which the tenure starts."), "board.draft.starts_on", "starts_on")
    if not 1 <= len(draft.candidates) <= rules.MAXIMUM_CANDIDATES:
        message = _("Name 1 to %(count)s candidates.", count=rules.MAXIMUM_CANDIDATES)
        raise Invalid(message, "board.draft.candidates", "candidates")
    if any(one.nominated_by_id is None for one in draft.candidates):
        message = _("A partner nominates each candidate (¶20). Name the partner.")
        raise Invalid(message, "board.draft.nominated_by", "candidates")
    if not 1 <= draft.posts <= office.seats:
        message = _("This office has %(count)s seats. Choose how many are filled.", count=office.seats)
        raise Invalid(message, "board.draft.posts", "posts")
    return draft


_SUBJECTS = {
    BallotType.DELIVERABLE: _deliverable,
    BallotType.TOR_REVISION: _terms,
    BallotType.ACTION_PLAN: _plan,
    BallotType.RULE_SET: _rule,
    BallotType.GUIDANCE: _guidance,
}
