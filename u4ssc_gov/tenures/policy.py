"""Who may keep the register of offices and tenures (¶30)."""

from u4ssc_gov.core.actor import Actor


def may_manage(actor: Actor) -> bool:
    """Add offices, start and end tenures: the secretariat, or the platform when a decision takes effect."""
    return actor.is_secretariat or actor.is_system


def may_renew(actor: Actor) -> bool:
    """Ask that a holder serve another year: an officer of the secretariat, by name."""
    return actor.is_secretariat
