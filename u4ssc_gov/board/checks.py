"""What must hold before a vote is recorded. Each refusal says what happened and where the typed text is."""

from __future__ import annotations

from datetime import datetime

from u4ssc_gov.board import queries, rules
from u4ssc_gov.board.models import Ballot, Elector, Vote
from u4ssc_gov.board.rules import BallotState, Position
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import GENEVA
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid
from u4ssc_gov.core.i18n import gettext as _


def not_an_elector() -> Forbidden:
    """What somebody is told who votes for a partner without the right."""
    return Forbidden(_("You cannot vote for this partner in this ballot."), "board.vote.not_elector")


def check_can_vote(ballot: Ballot, *, comment: str, now: datetime) -> None:
    """Raise ``Conflict`` unless the ballot is open at ``now``; the message says where the typed comment is."""
    state = queries.state_of(ballot, now)
    if state is BallotState.OPEN:
        return
    if state is BallotState.WITHDRAWN:
        message = _("The Secretariat withdrew %(code)s. Nothing was recorded.", code=ballot.code)
        raise Conflict(message, "board.ballot.withdrawn")
    if state is not BallotState.CLOSED or ballot.closes_at is None:
        raise Conflict(_("%(code)s is not open yet.", code=ballot.code), "board.ballot.not_open")
    at = ballot.closes_at.astimezone(GENEVA).strftime("%H:%M")
    if comment:
        message = _(
            "%(code)s closed at %(time)s Geneva while you were writing. Your comment is below; send it to the "
            "Secretariat.",
            code=ballot.code,
            time=at,
        )
    else:
        message = _("%(code)s closed at %(time)s Geneva. This vote was not recorded.", code=ballot.code, time=at)
    raise Conflict(message, "board.ballot.closed")


def is_repeated(latest: Vote, actor: Actor, position: Position, comment: str, expected_revision: int) -> bool:
    """The second half of a double click: what it asks for is exactly what the first half recorded."""
    return (
        latest.revision == expected_revision + 1
        and latest.cast_by_id == actor.person_id
        and latest.position is position
        and latest.comment == comment
    )


def check_comment(position: Position, comment: str, acronym: str) -> None:
    """Raise ``Invalid`` for an objection without a reason (house setting) or a comment that is too long."""
    if position is Position.OBJECT and not comment:
        message = _("Give the reason for %(partner)s’s objection", partner=acronym)
        raise Invalid(message, "board.vote.reason_missing", "comment")
    if len(comment) > rules.COMMENT_LENGTH:
        message = _("Shorten the comment to 2,000 characters. It has %(count)s.", count=len(comment))
        raise Invalid(message, "board.vote.comment_long", "comment")


def check_seen(ballot: Ballot, elector: Elector, latest: Vote | None, text_sha256: str, expected_revision: int) -> None:
    """The voter must have read the text on record and seen the partner's vote in force."""
    if text_sha256 != ballot.text_sha256:
        message = _("The page you voted from does not show the text on record. Read the ballot again, then vote.")
        raise Conflict(message, "board.vote.other_text", latest)
    if (latest.revision if latest else 0) != expected_revision:
        if latest is None:
            message = _("The page you voted from is out of date. Read the ballot again, then vote.")
        else:
            message = _(
                "%(name)s answered for %(partner)s while you were reading. Nothing of yours was recorded.",
                name=latest.cast_by_name,
                partner=elector.acronym,
            )
        raise Conflict(message, "board.vote.answered", latest)
