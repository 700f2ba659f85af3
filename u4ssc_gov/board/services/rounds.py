"""Rounds: nothing is ever reopened. What was not decided may be put anew, as the next round of the same question."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import electors, history, locks, queries, rules, subjects
from u4ssc_gov.board.inputs import BallotDraft, CandidateDraft
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotState, Method
from u4ssc_gov.board.services import common
from u4ssc_gov.board.services.closing import close_before_ending
from u4ssc_gov.board.services.drafting import copy_documents, draft_ballot
from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Conflict, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.ledger import services as ledger


def draft_next_round(
    session: Session, ballot: Ballot, *, method: Method | None = None, actor: Actor, now: datetime
) -> Ballot:
    """Draft the next round of a ballot that decided nothing: the same text, to be changed before it opens.

    ``method`` turns a silence that was broken into a vote. Drafting the same round twice gives the same draft. Raises
    ``RuleViolation`` for a ballot that was decided or is still open, ``Conflict`` when another round is there already.
    """
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    _check_undecided(session, ballot, now)
    known = _find_alive(session, ballot.id, now)
    if known is not None:
        return _same_draft(known, method or ballot.method, now)
    candidates = [
        CandidateDraft(one.person_id, one.nominated_by_id)
        for one in queries.list_candidates(session, ballot.id)
        if one.withdrawn_at is None
    ]
    draft = BallotDraft(
        type=ballot.type,
        title=ballot.title,
        decision_text=ballot.decision_text,
        if_approved=ballot.if_approved,
        if_not_approved=ballot.if_not_approved,
        method=method or ballot.method,
        candidates=tuple(candidates),
        posts=ballot.posts,
        previous_id=ballot.id,
        after_id=ballot.after_id,
        **{name: getattr(ballot, name) for name in subjects.COLUMNS},
    )
    made = draft_ballot(session, draft, actor=actor, now=now)
    copy_documents(session, queries.list_documents(session, ballot.id), made)
    common.note_event(session, ballot, "next_round", actor=actor, now=now, next=made.code)
    record(session, "board:ballot:round", "ballot", ballot.id, actor=actor, now=now, next=made.code)
    return made


def _find_alive(session: Session, ballot_id: int, now: datetime, *, but: int | None = None) -> Ballot | None:
    """A round after this ballot, however many rounds later, that was not given up."""
    for following in history.list_next_rounds(session, ballot_id):
        if following.id != but and queries.state_of(following, now) not in rules.GONE:
            return following
        found = _find_alive(session, following.id, now, but=but)
        if found is not None:
            return found
    return None


def _same_draft(known: Ballot, method: Method, now: datetime) -> Ballot:
    if queries.state_of(known, now) is not BallotState.DRAFT:
        message = _("This question has been put again already: %(code)s. Nothing was drafted.", code=known.code)
        raise Conflict(message, "board.ballot.round_alive", known)
    if known.method is not method:
        message = _(
            "The next round is drafted already, by another method: %(code)s. Change the method there, or withdraw that "
            "draft first. Nothing was drafted.",
            code=known.code,
        )
        raise Conflict(message, "board.ballot.round_drafted", known)
    return known


def check_alone(session: Session, previous: Ballot, ballot: Ballot, *, now: datetime) -> None:
    """Raise ``Conflict`` while another round of the same question is there: two never run at once."""
    known = _find_alive(session, previous.id, now, but=ballot.id)
    if known is not None and queries.state_of(known, now) is not BallotState.DRAFT:
        message = _("This question has been put again already: %(code)s. This draft cannot open.", code=known.code)
        raise Conflict(message, "board.ballot.round_alive", known)


def may_follow(session: Session, ballot: Ballot, now: datetime) -> bool:
    """Whether this ballot decided nothing, so that a new round, a vote or the annual meeting may follow."""
    state = queries.state_of(ballot, now)
    if state in (BallotState.SUSPENDED, BallotState.ANNULLED):
        return True
    if state is not BallotState.CLOSED:
        return False
    result = queries.result_of(ballot, electors.list_seats(session, ballot.id))
    return rules.leaves_open(result) or history.was_cut_short(session, ballot, result)


def _check_undecided(session: Session, ballot: Ballot, now: datetime) -> None:
    if not may_follow(session, ballot, now):
        message = _(
            "%(code)s cannot be put again: a ballot is never reopened, and only one that decided nothing has a next "
            "round.",
            code=ballot.code,
        )
        raise RuleViolation(message, "board.ballot.no_next_round")


def previous_of(session: Session, ballot: Ballot) -> Ballot | None:
    """The round before this one, with its row locked (¶24: two rounds never run at once)."""
    return locks.lock_ballot_by_id(session, ballot.previous_id) if ballot.previous_id is not None else None


def end_round(session: Session, previous: Ballot, following: Ballot, *, actor: Actor, now: datetime) -> None:
    """The next round opens: the round before is superseded by it. Refused when it was decided meanwhile."""
    if queries.state_of(previous, now) is BallotState.ANNULLED:
        return
    _check_undecided(session, previous, now)
    close_before_ending(session, previous, now=now)
    previous.superseded_at = now
    with i18n.speaking(i18n.SOURCE_LOCALE):  # it stays on the record
        reason = _("Followed by %(code)s.", code=following.code)
    fields = {"next": following.code, "reason_sha256": ledger.sha256_text(reason)}
    fields["by"] = common.person_of(session, actor)
    seq = common.log_entry(session, previous, "ballot.superseded", fields, now=now)
    common.note_event(session, previous, "superseded", actor=actor, now=now, text=reason, seq=seq, next=following.code)
    record(session, "board:ballot:supersede", "ballot", previous.id, actor=actor, now=now, next=following.code)
