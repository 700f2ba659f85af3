"""What the Terms of Reference page says of participants now (¶19). One statement."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.duty import ClauseFinding, ClauseState
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.participants import queries
from u4ssc_gov.participants.rules import ParticipantKind


def clause_findings(session: Session, *, now: datetime) -> list[ClauseFinding]:
    """The live state of ¶19: every participant has one kind of body, because nobody joins without. One statement."""
    kinds = queries.count_by_kind(session, now=now)
    independent = kinds.pop(ParticipantKind.INDEPENDENT_EXPERT, 0)
    total = independent + sum(kinds.values())
    sentence = ngettext(
        "%(num)s participant, from a kind of body that ¶19 names",
        "%(num)s participants, each from a kind of body that ¶19 names",
        total,
    )
    experts = ngettext("%(num)s is an independent expert", "%(num)s are independent experts", independent)
    finding = ClauseFinding(
        clause="19",
        state=ClauseState.MET,
        sentence=sentence if total else _("No participants are recorded yet"),
        facts=experts if independent else "",
        endpoint="tenures.list_tenures",
        args={"view": "directory"},
        link_label=_("See the participants"),
    )
    return [finding]
