"""Who may do what with a ballot. *When* is a matter of ``rules``."""

from __future__ import annotations

from u4ssc_gov.board.rules import ENDED, BallotState, Visibility
from u4ssc_gov.core.actor import Actor


def may_prepare(actor: Actor) -> bool:
    """Draft, open, run, certify and end ballots, and remind partners: the Secretariat (¶24, ¶30)."""
    return actor.is_secretariat or actor.is_system


def may_vote(actor: Actor, partner_id: int) -> bool:
    """Cast the vote of a partner: its current representative or alternate (¶24)."""
    return actor.mandate_for(partner_id) is not None


def may_remark(actor: Actor) -> bool:
    """Say something about an open ballot without a vote: chairs, leaders, participants, focal points (¶25, ¶27)."""
    waits = bool(actor.unaccepted_kind) and not (actor.offices or actor.is_secretariat)  # a participant's right (¶48)
    return actor.is_signed_in and not actor.is_board and not waits


def may_classify(actor: Actor) -> bool:
    """Offer to treat an objection as a matter of wording: the Secretariat and the chairs."""
    return may_prepare(actor) or actor.is_chair


def may_see_drafts(actor: Actor) -> bool:
    """Drafts are the Secretariat's own until a ballot opens."""
    return actor.is_secretariat or actor.is_system


def may_see_positions(actor: Actor, state: BallotState, visibility: Visibility = Visibility.LIVE) -> bool:
    """Board, chairs and Secretariat follow positions live unless the rule hides them until closing; everybody who is
    signed in sees them once the ballot has closed.
    """
    if state in ENDED:
        return actor.is_signed_in
    return actor.sees_confidential and visibility is Visibility.LIVE


def may_see_turnout(actor: Actor) -> bool:
    """Who has answered, not how: Board, chairs and Secretariat, from the opening on."""
    return actor.sees_confidential


def may_see_comments(actor: Actor) -> bool:
    """Comments and the names of those who voted are written for the partners, the chairs and the Secretariat."""
    return actor.sees_confidential


def may_see_receipt(actor: Actor, partner_id: int) -> bool:
    """A receipt belongs to the partner's own mandate holders and the Secretariat."""
    return may_vote(actor, partner_id) or actor.is_secretariat
