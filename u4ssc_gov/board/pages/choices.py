"""What a draft can be about, who can stand, who can nominate: reads for the pages that prepare a ballot.

Drafts of the Action Plan are read by the route from their own room.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.queries import list_people
from u4ssc_gov.board import electors, rule_parts
from u4ssc_gov.board.inputs import BallotDraft
from u4ssc_gov.board.models import RuleSet
from u4ssc_gov.board.pages import suggestions
from u4ssc_gov.board.rules import BallotType
from u4ssc_gov.charter.models import TermsDocument
from u4ssc_gov.core.actor import Actor, OfficeKind
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.deliverables.queries import Filters, list_statement
from u4ssc_gov.deliverables.rules import ACTIVE, STAGE_NAMES, Stage
from u4ssc_gov.tenures.models import Office

Choices = list[tuple[int, str]]
_DECIDABLE = ACTIVE | {Stage.PROPOSED, Stage.ON_HOLD}
_FIRST = (Stage.BOARD_APPROVAL, Stage.PROPOSED)  # what waits for the Board stands on top


def list_deliverables(session: Session, actor: Actor) -> Choices:
    """Deliverables in the making, those that wait for the Board first."""
    statement = list_statement(actor, Filters()).where(Deliverable.stage.in_(sorted(_DECIDABLE)))
    found = sorted(session.scalars(statement), key=lambda one: (one.stage not in _FIRST, one.stage is Stage.ON_HOLD))
    return [(one.id, f"{one.code} {one.title} ({STAGE_NAMES[one.stage]})") for one in found]


def list_proposed_terms(session: Session, now: datetime) -> Choices:
    """Uploaded proposals for new Terms of Reference that nobody has decided on, newest first."""
    statement = select(TermsDocument).where(TermsDocument.is_proposal.is_(True), TermsDocument.rejected_at.is_(None))
    found = session.scalars(statement.order_by(TermsDocument.uploaded_at.desc(), TermsDocument.id.desc()))
    return [
        (one.id, _("%(title)s, uploaded %(day)s", title=one.title, day=day_text(one.uploaded_at.date(), now)))
        for one in found
    ]


def list_pending_rules(session: Session) -> Choices:
    """Versions of voting rules that wait for the Board, newest first."""
    statement = select(RuleSet).where(RuleSet.in_force_at.is_(None), RuleSet.rejected_at.is_(None))
    return [(row.id, rule_name(row)) for row in session.scalars(statement.order_by(RuleSet.id.desc()))]


def rule_name(row: RuleSet) -> str:
    """A version of a rule by its name."""
    return rule_parts.name_of(row.type, row.method, row.version)


def list_offices(session: Session) -> Sequence[Office]:
    """The offices that the Board fills (¶20)."""
    kinds = (OfficeKind.CO_CHAIR, OfficeKind.VICE_CHAIR)
    return session.scalars(select(Office).where(Office.kind.in_(kinds)).order_by(Office.position, Office.id)).all()


def list_nominees(session: Session) -> Choices:
    """Everybody in the register, by name."""
    return [
        (person.id, f"{person.full_name}, {person.organisation}" if person.organisation else person.full_name)
        for person in list_people(session)
    ]


def list_nominators(session: Session, now: datetime) -> Choices:
    """The partners of today, in the order of ¶18."""
    return [(partner.id, partner.acronym) for partner in electors.list_current_partners(session, now)]


def types_on_offer() -> tuple[BallotType, ...]:
    """What can be decided, in the order of the page."""
    return (
        BallotType.DELIVERABLE,
        BallotType.APPOINTMENT,
        BallotType.ACTION_PLAN,
        BallotType.GUIDANCE,
        BallotType.TOR_REVISION,
        BallotType.RULE_SET,
        BallotType.KPI_SET,
    )


def words_for(session: Session, draft: BallotDraft, now: datetime) -> suggestions.Words:
    """The words that follow from a deliverable, a proposed text or a rule."""
    if draft.deliverable_id is not None:
        return suggestions.for_deliverable(session.get_one(Deliverable, draft.deliverable_id))
    if draft.terms_document_id is not None:
        return suggestions.for_terms(session.get_one(TermsDocument, draft.terms_document_id).title)
    partners = len(electors.list_current_partners(session, now))
    return suggestions.for_rule(session.get_one(RuleSet, draft.rule_set_id), partners)
