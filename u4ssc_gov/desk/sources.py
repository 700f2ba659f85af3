"""Where duties come from: each room computes its own, in a fixed number of statements (house idea 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.board import duties as board
from u4ssc_gov.charter import duties as charter
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.duty import Duty, by_urgency
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables import duties as deliverables
from u4ssc_gov.desk import queries
from u4ssc_gov.evaluations import duties as evaluations
from u4ssc_gov.meetings import duties as meetings
from u4ssc_gov.notifications import duties as notifications
from u4ssc_gov.participants import duties as participants
from u4ssc_gov.plan import duties as plan
from u4ssc_gov.tenures import duties as tenures


def own_duties(session: Session, *, actor: Actor, now: datetime) -> list[Duty]:
    """What this actor owes, most urgent first, without votes: a Board member's page shows those as ballots.

    An objection that suspended a silence is no card: whether it stands is asked here.
    """
    found = [
        *charter.duties(actor=actor),
        *meetings.duties(session, actor=actor, now=now),
        *deliverables.duties(session, actor=actor, now=now),
        *plan.duties(session, actor=actor, now=now),
        *tenures.duties(session, actor=actor, now=now),
        *board.lifting_duties(session, actor=actor, now=now),
    ]
    return by_urgency(found)


def queue(session: Session, *, actor: Actor, now: datetime) -> list[Duty]:
    """The Secretariat's queue: what the Secretariat and this officer owe, and what it looks after for others.

    Each thing once, most urgent first. A room whose own duties are the Secretariat's is asked once only.
    """
    overseen = [
        *tenures.secretariat_duties(session, now=now),
        *board.secretariat_duties(session, now=now),
        *meetings.secretariat_duties(session, now=now),
        *evaluations.secretariat_duties(session, now=now),
        *deliverables.secretariat_duties(session, now=now, led_groups=actor.led_groups),
        *participants.secretariat_duties(session, now=now),
        *notifications.secretariat_duties(session, now=now),
    ]
    own = charter.duties(actor=actor) + meetings.duties(session, actor=actor, now=now)
    if actor.is_board:
        own += board.duties(session, actor=actor, now=now)
    known = {duty.key: duty for duty in (*overseen, *own)}
    return by_urgency(_with_ballots(session, list(known.values())))


def _with_ballots(session: Session, duties: list[Duty]) -> list[Duty]:
    """Renewals that the Board decides, each with its ballot. One statement, or none when no renewal is asked."""
    keys = {duty.key for duty in duties if duty.key.startswith("renewal:") and "23d" in duty.clauses}
    if not keys:
        return duties
    ballots = {f"renewal:{id_}:follow": code for id_, code in queries.list_renewal_ballots(session).items()}
    return [
        replace(duty, why=_("%(why)s: %(code)s", why=duty.why, code=ballots[duty.key]))
        if duty.key in keys and duty.key in ballots
        else duty
        for duty in duties
    ]
