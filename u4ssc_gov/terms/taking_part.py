"""How the paragraphs on taking part stand: ¶19, ¶29, ¶31 to ¶33 and ¶48. They join three rooms, in one statement."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Date, and_, bindparam, case, exists, func, or_, select, union
from sqlalchemy.orm import Session

from u4ssc_gov.charter.models import TermsAcceptance, TermsDocument
from u4ssc_gov.charter.queries import in_force
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.db import UTCDateTime
from u4ssc_gov.core.duty import ClauseFinding, ClauseState
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.participants import duties as participants
from u4ssc_gov.participants import rules
from u4ssc_gov.participants.models import JoinRequest, Participant
from u4ssc_gov.partners.models import Mandate, Partner, SecretariatMembership
from u4ssc_gov.tenures.models import Tenure

_TODAY = bindparam("today", type_=Date)


def _current(starts: Any, ends: Any) -> Any:
    return and_(starts <= _TODAY, or_(ends.is_(None), ends > _TODAY))


# Whoever takes part now, in whatever role, each once: ¶48 binds all.
_ALL = union(
    select(Participant.person_id).where(_current(Participant.joined_on, Participant.left_on)),
    select(Mandate.person_id)
    .join(Partner, Partner.id == Mandate.partner_id)
    .where(_current(Mandate.starts_on, Mandate.ends_on), or_(Partner.left_on.is_(None), Partner.left_on > _TODAY)),
    select(Tenure.person_id).where(Tenure.starts_on <= _TODAY, Tenure.ends_on > _TODAY),
    select(SecretariatMembership.person_id).where(
        _current(SecretariatMembership.starts_on, SecretariatMembership.ends_on)
    ),
).subquery()
_TEXT = in_force(TermsDocument.sha256).scalar_subquery()
_HAS = exists().where(TermsAcceptance.person_id == _ALL.c.person_id, TermsAcceptance.sha256 == _TEXT)
_LATE = func.coalesce(JoinRequest.questioned_at, JoinRequest.asked_at) <= bindparam("late_before", type_=UTCDateTime)
_NOW = _current(Participant.joined_on, Participant.left_on)
_EXPERT = case((Participant.kind == rules.ParticipantKind.INDEPENDENT_EXPERT, 1), else_=0)
_COUNTS = select(
    select(func.count()).select_from(Participant).where(_NOW).scalar_subquery().label("participants"),
    select(func.coalesce(func.sum(_EXPERT), 0)).where(_NOW).scalar_subquery().label("independent"),
    select(func.count()).where(JoinRequest.decided_at.is_(None)).scalar_subquery().label("undecided"),
    select(func.count()).where(JoinRequest.decided_at.is_(None), _LATE).scalar_subquery().label("late"),
    select(func.count()).select_from(_ALL).scalar_subquery().label("all"),
    select(func.count()).select_from(_ALL).where(_HAS).scalar_subquery().label("accepted"),
    in_force(TermsDocument.title).scalar_subquery().label("version"),
)


def clause_findings(session: Session, *, now: datetime) -> list[ClauseFinding]:
    """The live state of ¶19, ¶29, ¶31 to ¶33 and ¶48. One statement."""
    today: date = geneva_date(now)
    late_before = now - timedelta(days=rules.ANSWER_DAYS)
    row = session.execute(_COUNTS, {"today": today, "late_before": late_before}).one()
    counts = participants.Counts(row.participants, row.independent, row.undecided, row.late)
    owing = int(row.all) - int(row.accepted)
    return [
        *participants.findings_from(counts),
        *_accepting("31–33", row.version, owing, int(row.accepted)),
        *_accepting("48", row.version, owing, int(row.accepted)),
    ]


def _accepting(clause: str, version: str | None, owing: int, accepted: int) -> list[ClauseFinding]:
    """Undertakings and agreement are accepted in one act, so both clauses stand alike."""
    if version is None:
        sentence = _("No official text is on record, so nobody can accept it yet")
        return [ClauseFinding(clause, ClauseState.DUE, sentence)]
    have = ngettext("%(num)s person has accepted it", "%(num)s people have accepted it", accepted)
    facts = _("Version: %(title)s. %(have)s.", title=version, have=have)
    if not owing:
        return [ClauseFinding(clause, ClauseState.MET, _("Everybody who takes part has accepted it"), facts)]
    sentence = ngettext(
        "%(num)s person has not accepted the version in force",
        "%(num)s people have not accepted the version in force",
        owing,
    )
    return [ClauseFinding(clause, ClauseState.DUE, sentence, facts)]
