"""What a partner may answer in a ballot, each answer with what it means, in the words of the vote box."""

from __future__ import annotations

from typing import NamedTuple

from u4ssc_gov.board import wording
from u4ssc_gov.board.rules import OFFERED, Method, Position, VotingRule
from u4ssc_gov.core.i18n import gettext as _


class Offer(NamedTuple):
    """One answer: the value that the form sends, its name, its meaning, and whether it stops something."""

    value: str
    label: str
    meaning: str
    is_stop: bool


def offers_for(rule: VotingRule, partner: str, candidates: int) -> tuple[Offer, ...]:
    """The answers that this ballot takes from a partner, in their order."""
    return tuple(
        Offer(
            position.value,
            wording.position_label(position, rule.method),
            _meaning(position, rule, partner, candidates),
            position is Position.OBJECT,
        )
        for position in OFFERED[rule.method]
    )


def _meaning(position: Position, rule: VotingRule, partner: str, candidates: int) -> str:
    special = {Method.SILENCE: _in_silence, Method.ELECTION: _in_election}.get(rule.method)
    words = special(position, rule, partner, candidates) if special else ""
    return words or _in_general(position, partner)


def _in_general(position: Position, partner: str) -> str:
    return {
        Position.APPROVE: _("%(partner)s supports the decision as written", partner=partner),
        Position.APPROVE_WITH_COMMENTS: _(
            "%(partner)s supports the decision and puts a comment on the record. The comment is required",
            partner=partner,
        ),
        Position.ABSTAIN: _("%(partner)s takes no side and does not stand in the way", partner=partner),
        Position.OBJECT: _("%(partner)s wants the decision stopped. A reason is required", partner=partner),
        Position.RECUSE: _("%(partner)s takes no part, for example because the decision concerns it", partner=partner),
    }[position]


def _in_silence(position: Position, rule: VotingRule, partner: str, _candidates: int) -> str:
    if position is Position.NO_OBJECTION:
        if rule.silence_acknowledged:
            return _("%(partner)s says so on the record. The rule asks for a number of these", partner=partner)
        return _("%(partner)s says so on the record. Saying nothing has the same effect", partner=partner)
    if position is Position.OBJECT:
        return _(
            "%(partner)s stops the silence and the partners consult. The reason, and what would lift the objection, "
            "are required",
            partner=partner,
        )
    if position is Position.ASK_VOTE:
        return _("%(partner)s wants the Board to vote instead. This stops the silence too", partner=partner)
    return ""


def _in_election(position: Position, _rule: VotingRule, partner: str, candidates: int) -> str:
    if position is Position.APPROVE:
        if candidates == 1:
            return _("%(partner)s supports the candidate", partner=partner)
        return _("%(partner)s supports those ticked below", partner=partner)
    if position is Position.OBJECT:
        if candidates == 1:
            return _("%(partner)s is against the candidate. A reason is required", partner=partner)
        return _("%(partner)s is against every candidate. A reason is required", partner=partner)
    return ""
