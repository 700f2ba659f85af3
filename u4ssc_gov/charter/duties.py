"""Who has the version in force still to accept (¶48). The actor carries the answer: no statement."""

from __future__ import annotations

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.duty import Duty, DutyKind, Holder, HolderKind
from u4ssc_gov.core.i18n import gettext as _


def duties(*, actor: Actor) -> list[Duty]:
    """Everybody who takes part accepts the version in force; until a participant has, their rights wait."""
    if not actor.owes_acceptance or actor.person_id is None:
        return []
    waits = _("What you may do as a participant waits for it") if actor.unaccepted_kind else _("It binds all (¶48)")
    return [
        Duty(
            key=f"terms:{actor.person_id}:accept",
            kind=DutyKind.PARTICIPANT,
            holder=Holder(HolderKind.PERSON, actor.person_id),
            clauses=("48",),
            title=_("Accept the Terms of Reference in force"),
            why=waits,
            action=_("Read and accept"),
            endpoint="terms.accept_terms",
            icon="tor",
        )
    ]
