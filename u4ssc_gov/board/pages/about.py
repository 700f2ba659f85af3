"""What a ballot is about, with the page on which it can be read, and what a new rule would change. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.board import plan_texts, rule_parts, rule_sets, rules
from u4ssc_gov.board.models import RuleSet
from u4ssc_gov.board.queries import BallotText
from u4ssc_gov.charter.models import TermsDocument
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.deliverables.queries import visible_to
from u4ssc_gov.tenures.models import Office, Renewal


class Difference(NamedTuple):
    """One part of a rule: as it is in force, and as it would be."""

    part: str
    now: str
    then: str
    differs: bool


@dataclass(frozen=True, slots=True)
class About:
    """The subject by its name; ``endpoint`` is empty where this reader has no page of it to open."""

    name: str
    endpoint: str = ""
    args: dict[str, Any] | None = None
    note: str = ""
    differences: tuple[Difference, ...] = ()


def load(session: Session, ballot: BallotText, *, actor: Actor, now: datetime) -> About | None:
    """The subject of a ballot; ``None`` for guidance, which has none. One statement; of a rule two."""
    if ballot.deliverable_id is not None:
        return _deliverable(session, ballot.deliverable_id, actor)
    if ballot.plan_id is not None:
        year = plan_texts.year_of(session, ballot.plan_id)
        return About(plan_texts.title_of(year), "plan.show_plan", {"year": year}) if year is not None else None
    if ballot.terms_document_id is not None:
        return _terms(session, ballot.terms_document_id)
    if ballot.rule_set_id is not None:
        return _rule(session, ballot, now)
    return _office(session, ballot, actor, now) if ballot.office_id is not None else None


def _deliverable(session: Session, deliverable_id: int, actor: Actor) -> About | None:
    opens = visible_to(actor)
    row = session.execute(
        select(Deliverable.code, Deliverable.title, opens).where(Deliverable.id == deliverable_id)
    ).one_or_none()
    if row is None:
        return None
    name = _("Deliverable %(code)s: %(title)s", code=row[0], title=row[1])
    return About(name, "deliverables.show_deliverable", {"code": row[0]}) if row[2] else About(name)


def _terms(session: Session, document_id: int) -> About | None:
    row = session.execute(
        select(TermsDocument.title, TermsDocument.in_force_at).where(TermsDocument.id == document_id)
    ).one_or_none()
    if row is None:
        return None
    note = "" if row.in_force_at else _("The proposed text is under Documents; the link leads to the text in force.")
    return About(row.title, "terms.show_terms", {}, note)


def _rule(session: Session, ballot: BallotText, now: datetime) -> About | None:
    row = session.get(RuleSet, ballot.rule_set_id)
    if row is None:
        return None
    proposed = rules.rule_from_json(row.rule)
    in_force = rule_sets.rule_in_force(session, row.type, row.method, ballot.opens_at or now)
    return About(
        rule_parts.name_of(row.type, row.method, row.version),
        "board.show_rule",
        {"kind": row.type.value, "method": row.method.value, "old": in_force.version, "new": row.version},
        differences=tuple(Difference(*line) for line in rule_parts.compare(in_force, proposed)),
    )


def _office(session: Session, ballot: BallotText, actor: Actor, now: datetime) -> About | None:
    """The office and the tenure: that of a renewal has a page of its own for the Secretariat."""
    row = session.execute(
        select(Office.title, Renewal.tenure_id, Renewal.starts_on, Renewal.ends_on)
        .select_from(Office)
        .outerjoin(Renewal, Renewal.id == ballot.renewal_id)
        .where(Office.id == ballot.office_id)
    ).one_or_none()
    if row is None:
        return None
    starts_on = row.starts_on or ballot.starts_on
    name = row.title
    if starts_on is not None:
        name = _("%(office)s, tenure from %(day)s", office=row.title, day=day_text(starts_on, now))
    if row.tenure_id is not None and actor.is_secretariat:
        return About(name, "tenures.show_renewal", {"tenure_id": row.tenure_id})
    return About(name, "tenures.list_tenures", {})
