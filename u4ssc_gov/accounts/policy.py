"""Who may do what with accounts: pure predicates on the actor."""

from __future__ import annotations

from u4ssc_gov.core.actor import Actor


def may_invite(actor: Actor) -> bool:
    """The secretariat keeps the list of people and lets them in (¶29)."""
    return actor.is_secretariat or actor.is_system
