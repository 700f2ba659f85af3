"""Who may do what with a ballot. *When* is a matter of ``rules``."""

from __future__ import annotations

from u4ssc_gov.board.rules import BallotState
from u4ssc_gov.core.actor import Actor


def may_prepare(actor: Actor) -> bool:
    """Draft, edit, open, withdraw a ballot and remind partners: the secretariat (¶24, ¶30)."""
    return actor.is_secretariat or actor.is_system


def may_vote(actor: Actor, partner_id: int) -> bool:
    """Cast the vote of a partner: its current representative or alternate (¶24)."""
    return actor.mandate_for(partner_id) is not None


def may_see_drafts(actor: Actor) -> bool:
    """Drafts are the secretariat's own until a ballot opens."""
    return actor.is_secretariat or actor.is_system


def may_see_positions(actor: Actor, state: BallotState) -> bool:
    """Board, chairs and secretariat follow positions live; everybody else sees them once the ballot has closed."""
    return actor.sees_confidential or (actor.is_signed_in and state is BallotState.CLOSED)


def may_see_comments(actor: Actor) -> bool:
    """Comments and the names of those who voted are written for the partners, the chairs and the secretariat."""
    return actor.sees_confidential


def may_see_receipt(actor: Actor, partner_id: int) -> bool:
    """A receipt belongs to the partner's own mandate holders and the secretariat."""
    return may_vote(actor, partner_id) or actor.is_secretariat
