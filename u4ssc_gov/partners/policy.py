"""Who may keep the register of partners, mandates and secretariat officers (¶18, ¶30)."""

from u4ssc_gov.core.actor import Actor


def may_manage(actor: Actor) -> bool:
    """Record partners, grant and end mandates: the secretariat, or the platform itself."""
    return actor.is_secretariat or actor.is_system
