"""Who may do what with deliverables (¶21, ¶26, ¶27)."""

from __future__ import annotations

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Forbidden
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.deliverables.rules import SECRETARIAT_ONLY, Stage


def may_propose(actor: Actor, group_id: int | None) -> bool:
    """Leaders for their own group; the Secretariat for any (¶21, ¶26a)."""
    return actor.is_system or actor.is_secretariat or actor.leads_group(group_id)


def may_lead(actor: Actor, deliverable: Deliverable) -> bool:
    """Leaders of its group run a deliverable, and nobody else's (¶21a, ¶26c)."""
    return actor.leads_group(deliverable.group_id)


def may_move(actor: Actor, deliverable: Deliverable, to: Stage) -> bool:
    """The Secretariat records decisions and endings; the leader moves the work in between."""
    if actor.is_system or actor.is_secretariat:
        return True
    return may_lead(actor, deliverable) and to not in SECRETARIAT_ONLY


def may_choose(actor: Actor) -> bool:
    """Participants choose deliverables; partners' mandate holders contribute too (¶27a, ¶23e)."""
    return actor.is_signed_in and (bool(actor.participant_kind) or actor.is_board)


def check_may_choose(actor: Actor) -> None:
    """Raise ``Forbidden`` with the reason: not registered, or the Terms of Reference not accepted (¶48)."""
    if may_choose(actor):
        return
    if actor.unaccepted_kind:
        message = _("Accept the Terms of Reference in force first; then you can choose deliverables (¶48).")
        raise Forbidden(message, "deliverables.join.unaccepted")
    message = _("Participants and partners choose deliverables. Ask the Secretariat to be registered.")
    raise Forbidden(message, "deliverables.join.forbidden")


def may_add_group(actor: Actor) -> bool:
    """The Secretariat keeps the register of thematic groups."""
    return actor.is_system or actor.is_secretariat
