"""Who may keep the register of partners, mandates and secretariat officers (¶18, ¶30)."""

from u4ssc_gov.core.actor import Actor, MandateCapacity


def may_manage(actor: Actor) -> bool:
    """Record partners, grant and end mandates: the secretariat, or the platform itself."""
    return actor.is_secretariat or actor.is_system


def may_name(actor: Actor, partner_id: int) -> bool:
    """Name and end who votes for a partner: the partner's own focal point, its representative, or the secretariat."""
    held = actor.mandate_for(partner_id)
    return may_manage(actor) or (held is not None and held.capacity is MandateCapacity.REPRESENTATIVE)


def may_read_reasons(actor: Actor, partner_id: int) -> bool:
    """Why a mandate ended is between a partner and the secretariat."""
    return may_manage(actor) or actor.mandate_for(partner_id) is not None
