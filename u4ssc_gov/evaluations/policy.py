"""Who may see the queue and who may work it."""

from __future__ import annotations

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Forbidden
from u4ssc_gov.core.i18n import gettext as _


def may_see_queue(actor: Actor) -> bool:
    """The secretariat, the Leader of the Implementation Programme, the chairs (¶25a) and the Board."""
    return actor.sees_confidential or actor.is_ip_leader


def may_work_queue(actor: Actor) -> bool:
    """Move, answer and record requests: the secretariat (¶10b)."""
    return actor.is_system or actor.is_secretariat


def may_see_contact(actor: Actor) -> bool:
    """Name and address of the city's contact: those who deal with the city."""
    return may_work_queue(actor) or actor.is_ip_leader


def may_read_letter(actor: Actor) -> bool:
    """The government's letter stays with the secretariat."""
    return may_work_queue(actor)


def check_may_work_queue(actor: Actor) -> None:
    """Raise ``Forbidden`` unless this actor works the queue."""
    if not may_work_queue(actor):
        raise Forbidden(_("Requests of cities are worked by the Secretariat."), "evaluations.queue.forbidden")


def check_may_see_queue(actor: Actor) -> None:
    """Raise ``Forbidden`` unless this actor may see the queue."""
    if not may_see_queue(actor):
        raise Forbidden(
            _("The queue is open to the Secretariat, the Leader of the Implementation Programme, chairs and Board."),
            "evaluations.queue.hidden",
        )
