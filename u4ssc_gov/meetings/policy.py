"""Who may schedule e-meetings, join them and write their minutes (¶26d, ¶26e, ¶30a). Pure predicates."""

from __future__ import annotations

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.meetings.models import Outcome


def may_run(actor: Actor, group_id: int | None) -> bool:
    """Leaders of the deliverable's group and the secretariat schedule, call off and write minutes."""
    return actor.is_system or actor.is_secretariat or actor.leads_group(group_id)


def may_join(actor: Actor, deliverable_id: int | None, group_id: int | None) -> bool:
    """Who sees the joining link: those who work on the deliverable, and those who see everything."""
    return actor.sees_confidential or actor.leads_group(group_id) or deliverable_id in actor.contributes_to


def may_complete(actor: Actor, action: Outcome) -> bool:
    """The owner of an action says that it is done."""
    return actor.person_id is not None and action.owner_id == actor.person_id
