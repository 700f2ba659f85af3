"""What the Terms of Reference page says of partners and the secretariat now (¶18, ¶30). One statement."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.duty import ClauseFinding, ClauseState
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.partners import queries
from u4ssc_gov.partners.queries import PartnerFigures


def clause_findings(session: Session, *, now: datetime) -> list[ClauseFinding]:
    """The live state of ¶18 and ¶30. One statement."""
    partners = queries.list_figures(session, now=now)
    return [_voting(partners), _secretariat(partners)]


def _voting(partners: list[PartnerFigures]) -> ClauseFinding:
    silent = [partner.acronym for partner in partners if partner.representatives == 0]
    sentence = ngettext(
        "%(voting)s of %(num)s partner has a voting focal point",
        "%(voting)s of %(num)s partners have a voting focal point",
        len(partners),
        voting=len(partners) - len(silent),
    )
    return ClauseFinding(
        clause="18",
        state=ClauseState.DUE if silent or not partners else ClauseState.MET,
        sentence=sentence,
        facts=_("None yet: %(partners)s", partners=", ".join(silent)) if silent else "",
        endpoint="partners.list_partners",
        args={"show": "unspoken"} if silent else {},
        link_label=_("See the partners"),
    )


def _secretariat(partners: list[PartnerFigures]) -> ClauseFinding:
    agencies = [partner for partner in partners if partner.is_secretariat_agency]
    without = [partner.acronym for partner in agencies if partner.officers == 0]
    officers = sum(partner.officers for partner in agencies)
    sentence = ngettext(
        "%(agencies)s are the Secretariat, with %(num)s officer",
        "%(agencies)s are the Secretariat, with %(num)s officers",
        officers,
        agencies=", ".join(partner.acronym for partner in agencies),
    )
    return ClauseFinding(
        clause="30",
        state=ClauseState.STATED,
        sentence=sentence if agencies else _("No partner is recorded as an agency of the Secretariat"),
        facts=_("No officer yet: %(partners)s", partners=", ".join(without)) if without else "",
        endpoint="tenures.list_tenures",
        args={"view": "directory"},
        link_label=_("See the partners"),
    )
