"""Other ways a ballot ends: withdrawn, overtaken by a meeting, referred to the annual meeting (¶24, ¶30d)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import messages, queries, rules
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotState
from u4ssc_gov.board.services import common, rounds
from u4ssc_gov.board.services.closing import close_before_ending
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.ledger import services as ledger

_BEFORE_CLOSING = rules.RUNNING | {BallotState.DRAFT, BallotState.SCHEDULED}


def withdraw_ballot(session: Session, ballot: Ballot, *, reason: str, actor: Actor, now: datetime) -> Ballot:
    """Withdraw a draft or a ballot that has not closed, for good, with a reason; who may vote is told. No outcome."""
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    reason = common.checked_reason(reason)
    return end_without_outcome(session, ballot, reason=reason, actor=actor, now=now)


def end_without_outcome(session: Session, ballot: Ballot, *, reason: str, actor: Actor, now: datetime) -> Ballot:
    """The act of withdrawing, once it is known that it may be done."""
    now = common.locked_instant(session, now)
    state = queries.state_of(ballot, now)
    if state not in _BEFORE_CLOSING:
        message = _("%(code)s has ended and can no longer be withdrawn.", code=ballot.code)
        raise RuleViolation(message, "board.ballot.ended")
    ballot.withdrawn_reason = reason
    ballot.withdrawn_at, ballot.withdrawn_by_id = now, actor.person_id
    fields = {"reason_sha256": ledger.sha256_text(reason), "by": common.person_of(session, actor)}
    seq = common.log_entry(session, ballot, "ballot.withdrawn", fields, now=now)
    session.flush()
    common.note_event(session, ballot, "withdrawn", actor=actor, now=now, text=reason, seq=seq)
    record(session, "board:ballot:withdraw", "ballot", ballot.id, actor=actor, now=now, code=ballot.code)
    if state is not BallotState.DRAFT:
        messages.ballot_withdrawn(session, ballot, now=now)
    return ballot


def supersede_by_meeting(session: Session, ballot: Ballot, *, reason: str, actor: Actor, now: datetime) -> Ballot:
    """A meeting has decided the same question: the ballot ends without an outcome of its own. ``reason`` names it.

    Raises ``RuleViolation`` for a draft, for a ballot that was certified or ended before, and for one that closed with
    a result: that is set aside by officers of two agencies (``ask_annulment``), never by one alone (ADR 0014).
    """
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    reason = common.checked_reason(reason)
    now = common.locked_instant(session, now)
    allowed = rules.RUNNING | {BallotState.SCHEDULED, BallotState.CLOSED}
    message = _("%(code)s has ended already.", code=ballot.code)
    common.require_state(ballot, allowed, message, "board.ballot.ended", now=now)
    if not may_be_superseded(session, ballot, now):
        message = _(
            "%(code)s has closed with a result, which one officer cannot set aside. Ask for its annulment and name the "
            "meeting; an officer of another Secretariat agency confirms it.",
            code=ballot.code,
        )
        raise RuleViolation(message, "board.ballot.decided")
    close_before_ending(session, ballot, now=now)
    ballot.superseded_at = now
    fields = {"next": None, "reason_sha256": ledger.sha256_text(reason), "by": common.person_of(session, actor)}
    seq = common.log_entry(session, ballot, "ballot.superseded", fields, now=now)
    session.flush()
    common.note_event(session, ballot, "superseded", actor=actor, now=now, text=reason, seq=seq)
    record(session, "board:ballot:supersede", "ballot", ballot.id, actor=actor, now=now, code=ballot.code)
    messages.ballot_superseded(session, ballot, reason, now=now)
    return ballot


def may_be_superseded(session: Session, ballot: Ballot, now: datetime) -> bool:
    """Whether a meeting's decision may take the place of this ballot by the act of one officer."""
    state = queries.state_of(ballot, now)
    if state is BallotState.CLOSED:
        return rounds.may_follow(session, ballot, now)
    return state in rules.RUNNING or state is BallotState.SCHEDULED


def refer_to_meeting(session: Session, ballot: Ballot, *, reason: str, actor: Actor, now: datetime) -> Ballot:
    """Put a question that was not decided electronically on the agenda of the next annual meeting (¶30d).

    Raises ``RuleViolation`` for a ballot that was decided, is open, or was never opened.
    """
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    reason = common.checked_reason(reason)
    now = common.locked_instant(session, now)
    if queries.state_of(ballot, now) is BallotState.ANNULLED or not rounds.may_follow(session, ballot, now):
        message = _("Only a ballot that decided nothing is referred to the annual meeting.")
        raise RuleViolation(message, "board.ballot.not_referable")
    close_before_ending(session, ballot, now=now)
    ballot.referred_at = now
    fields = {"reason_sha256": ledger.sha256_text(reason), "by": common.person_of(session, actor)}
    seq = common.log_entry(session, ballot, "ballot.referred", fields, now=now)
    session.flush()
    common.note_event(session, ballot, "referred", actor=actor, now=now, text=reason, seq=seq)
    record(session, "board:ballot:refer", "ballot", ballot.id, actor=actor, now=now, code=ballot.code)
    messages.ballot_referred(session, ballot, reason, now=now)
    return ballot
