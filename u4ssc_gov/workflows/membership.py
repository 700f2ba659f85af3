"""A partner joins or leaves (¶18), and the ballots under way say what that means for them (ADR 0014)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.services import seats
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.text import clean_line
from u4ssc_gov.partners import queries
from u4ssc_gov.partners import services as partners
from u4ssc_gov.partners.models import Partner


def ballots_under_way(session: Session, partner: Partner, *, now: datetime) -> Sequence[Ballot]:
    """Open, suspended and scheduled ballots in which a partner has a seat."""
    return seats.list_under_way(session, now, partner_id=partner.id)


def record_joining(
    session: Session,
    *,
    acronym: str,
    official_name: str,
    website: str,
    joined_on: date,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Partner:
    """A body becomes a partner. It has no seat in the ballots under way; their history says so. Sent twice, it is
    recorded once."""
    partners.require_manager(actor)
    ballots = seats.lock_under_way(session, now)
    known = queries.find_partner(session, clean_line(acronym))
    if known is not None and known.left_on is None and known.joined_on == joined_on:
        return known
    partner = partners.join_partner(
        session, acronym=acronym, official_name=official_name, website=website, joined_on=joined_on, reason=reason,
        actor=actor, now=now,
    )  # fmt: skip
    seats.note_partner(session, ballots, "partner_joined", partner.acronym, joined_on, actor=actor, now=now)
    return partner


def record_leaving(
    session: Session, partner: Partner, *, on: date, reason: str, actor: Actor, now: datetime
) -> Sequence[Ballot]:
    """A partner leaves. Its seat and position stay in the ballots under way, which are returned; mandates end.
    Sent twice, it is recorded once."""
    partners.require_manager(actor)
    ballots = seats.lock_under_way(session, now, partner_id=partner.id)
    if queries.lock_partner(session, partner.id).left_on == on:
        return ballots
    partners.leave_partner(session, partner, on=on, reason=reason, actor=actor, now=now)
    seats.note_partner(session, ballots, "partner_left", partner.acronym, on, actor=actor, now=now)
    return ballots
