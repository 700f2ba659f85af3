"""Who develops the Action Plan (¶20d): the leader of the Implementation Programme with the Leaders and chairs."""

from __future__ import annotations

from u4ssc_gov.core.actor import Actor


def may_open(actor: Actor) -> bool:
    """Open the draft of a year: Secretariat, chairs, leader of the Implementation Programme."""
    return edits_all(actor)


def edits_all(actor: Actor) -> bool:
    """Add any entry: deliverables of every group, and activities."""
    return actor.is_system or actor.is_secretariat or actor.is_chair or actor.is_ip_leader


def may_add(actor: Actor) -> bool:
    """Add entries at all; a Leader for the deliverables of the groups led (¶20d, ¶21a)."""
    return edits_all(actor) or actor.is_leader


def may_add_for(actor: Actor, group_id: int | None) -> bool:
    """Add the entry of a deliverable of this group."""
    return edits_all(actor) or actor.leads_group(group_id)
