"""Who may keep the register of participants (¶29: the secretariat handles who joins)."""

from u4ssc_gov.core.actor import Actor


def may_manage(actor: Actor) -> bool:
    """Record participants: the secretariat, or the platform itself."""
    return actor.is_secretariat or actor.is_system
