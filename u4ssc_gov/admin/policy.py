"""Who may look into the machinery: pure predicates on the actor."""

from __future__ import annotations

from u4ssc_gov.core.actor import Actor


def may_read_mail(actor: Actor, *, is_demo: bool) -> bool:
    """The secretariat; in the demonstration everybody, visitors too, because its mails reach nobody else."""
    return actor.is_secretariat or is_demo


def may_handle_mail(actor: Actor) -> bool:
    """Only the secretariat sends a mail again or notes that it is settled."""
    return actor.is_secretariat
