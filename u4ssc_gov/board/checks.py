"""What must hold before a position is recorded. Each refusal says what happened and where the typed text is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from u4ssc_gov.board import queries, rules
from u4ssc_gov.board.inputs import CastVote
from u4ssc_gov.board.models import Ballot, Elector, Vote
from u4ssc_gov.board.rules import BREAKING, BallotState, Capacity, Method, Position
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import GENEVA
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_text

_GONE = frozenset({BallotState.WITHDRAWN, BallotState.SUPERSEDED, BallotState.REFERRED, BallotState.ANNULLED})


def not_an_elector() -> Forbidden:
    """What somebody is told who votes for a partner without the right."""
    return Forbidden(_("You cannot vote for this partner in this ballot."), "board.vote.not_elector")


def cleaned(ballot: Ballot, cast: CastVote) -> CastVote:
    """The position with cleaned words; with one candidate in all, approving means that one."""
    names = tuple(sorted(set(cast.candidates)))
    if ballot.method is not Method.ELECTION or cast.position is not Position.APPROVE:
        names = ()
    elif not names and ballot.candidate_count == 1:
        names = (1,)
    breaks = ballot.method is Method.SILENCE and cast.position is Position.OBJECT  # nothing is lifted in a vote
    cure = clean_text(cast.cure) if breaks else ""
    return replace(cast, comment=clean_text(cast.comment), cure=cure, candidates=names)


def check_can_vote(ballot: Ballot, latest: Vote | None, cast: CastVote, *, now: datetime) -> None:
    """Raise ``Conflict`` unless the ballot takes this position at ``now``; the message says where the comment is."""
    state = queries.state_of(ballot, now)
    if state is BallotState.OPEN or (state is BallotState.SUSPENDED and _lifts(latest, cast)):
        return
    if state is BallotState.SUSPENDED:
        message = _("%(code)s is suspended: a partner broke the silence. Nothing was recorded.", code=ballot.code)
        raise Conflict(message, "board.ballot.suspended")
    if state is BallotState.WITHDRAWN:
        message = _("The Secretariat withdrew %(code)s. Nothing was recorded.", code=ballot.code)
        raise Conflict(message, "board.ballot.withdrawn")
    if state in _GONE:
        raise Conflict(_("%(code)s has ended. Nothing was recorded.", code=ballot.code), "board.ballot.ended")
    if state not in rules.ENDED or ballot.closes_at is None:
        raise Conflict(_("%(code)s is not open yet.", code=ballot.code), "board.ballot.not_open")
    raise Conflict(_closed_message(ballot.code, ballot.closes_at, bool(cast.comment)), "board.ballot.closed")


def _lifts(latest: Vote | None, cast: CastVote) -> bool:
    """While a silence is suspended, only the seat that broke it may answer, and only by letting it go on."""
    return latest is not None and latest.position in BREAKING and cast.position is Position.NO_OBJECTION


def _closed_message(code: str, closes_at: datetime, wrote: bool) -> str:
    at = closes_at.astimezone(GENEVA).strftime("%H:%M")
    if wrote:
        return _(
            "%(code)s closed at %(time)s Geneva while you were writing. Your comment is below; send it to the "
            "Secretariat.",
            code=code,
            time=at,
        )
    return _("%(code)s closed at %(time)s Geneva. Nothing was recorded.", code=code, time=at)


def is_repeated(latest: Vote, actor: Actor, cast: CastVote, *, on_record: bool = False) -> bool:
    """The second half of a double click: what it asks for is exactly what the first half recorded."""
    return (
        latest.revision == cast.expected_revision + 1
        and (latest.capacity is Capacity.ON_RECORD) == on_record
        and latest.cast_by_id == actor.person_id
        and latest.position is cast.position
        and (latest.comment, latest.cure) == (cast.comment, cast.cure)
        and tuple(latest.candidates or ()) == cast.candidates
    )


_EXPLAINED = frozenset({Position.OBJECT, Position.APPROVE_WITH_COMMENTS})


def is_left_over(latest: Vote | None, cast: CastVote) -> bool:
    """Whether the words were written for another position and would now stand as the reason for this one."""
    return (
        latest is not None
        and cast.position in _EXPLAINED
        and cast.position is not latest.position
        and bool(cast.comment)
        and cast.comment == latest.comment
    )


def check_position(ballot: Ballot, cast: CastVote, acronym: str) -> None:
    """Raise ``Invalid`` for a position the method does not know, a choice of candidates that is not on offer, an
    objection without a reason (in a silence also without its cure), or words that are too long.
    """
    if cast.position not in rules.OFFERED[ballot.method]:
        raise Invalid(_("Choose one of the answers of this ballot."), "board.vote.not_offered", "position")
    if ballot.method is Method.ELECTION and cast.position is Position.APPROVE:
        _check_candidates(ballot, cast.candidates)
    if cast.position is Position.OBJECT and not cast.comment:
        message = _("Give the reason for %(partner)s’s objection", partner=acronym)
        raise Invalid(message, "board.vote.reason_missing", "comment")
    if cast.position is Position.APPROVE_WITH_COMMENTS and not cast.comment:
        raise Invalid(_("Write the comments of %(partner)s", partner=acronym), "board.vote.comment_missing", "comment")
    if ballot.method is Method.SILENCE and cast.position is Position.OBJECT and not cast.cure:
        message = _("Say what would lift %(partner)s’s objection", partner=acronym)
        raise Invalid(message, "board.vote.cure_missing", "cure")
    for field, words in (("comment", cast.comment), ("cure", cast.cure)):
        if len(words) > rules.COMMENT_LENGTH:
            message = _("Shorten this to 2,000 characters. It has %(count)s.", count=len(words))
            raise Invalid(message, "board.vote.comment_long", field)


def _check_candidates(ballot: Ballot, names: tuple[int, ...]) -> None:
    standing = set(range(1, ballot.candidate_count + 1)) - set(ballot.struck or ())
    if not names:
        raise Invalid(_("Choose whom this vote supports."), "board.vote.no_candidate", "candidates")
    if not standing.issuperset(names):
        message = _("One of those you chose does not stand any more. Choose again.")
        raise Invalid(message, "board.vote.candidate", "candidates")
    if len(names) > ballot.posts:
        message = _("Choose at most %(count)s; so many posts are filled.", count=ballot.posts)
        raise Invalid(message, "board.vote.too_many", "candidates")


def check_own_vote_stands(latest: Vote | None, elector: Elector) -> None:
    """Raise ``Conflict`` when the seat has voted itself: nothing is recorded for it any more."""
    if latest is not None and latest.capacity is not Capacity.ON_RECORD:
        message = _(
            "%(name)s has voted for %(partner)s already; a partner’s own vote stands.",
            name=latest.cast_by_name,
            partner=elector.acronym,
        )
        raise Conflict(message, "board.vote.own_vote_stands", latest)


def check_seen(ballot: Ballot, elector: Elector, latest: Vote | None, cast: CastVote) -> None:
    """The voter must have read the text on record and seen the partner's vote in force."""
    if cast.text_sha256 != ballot.text_sha256:
        message = _("The page you voted from does not show the text on record. Read the ballot again, then vote.")
        raise Conflict(message, "board.vote.other_text", latest)
    if (latest.revision if latest else 0) != cast.expected_revision:
        if latest is None:
            message = _("The page you voted from is out of date. Read the ballot again, then vote.")
        else:
            message = _(
                "%(name)s answered for %(partner)s while you were reading. Nothing of yours was recorded.",
                name=latest.cast_by_name,
                partner=elector.acronym,
            )
        raise Conflict(message, "board.vote.answered", latest)
