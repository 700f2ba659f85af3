"""The silence procedure: an objection suspends it for consultation, lifting the last one lets it go on (¶24)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import electors, messages, rules
from u4ssc_gov.board.models import Ballot, Elector, Vote
from u4ssc_gov.board.rules import BREAKING, VotingRule
from u4ssc_gov.board.services import common
from u4ssc_gov.core.actor import Actor


def follow_silence(
    session: Session, ballot: Ballot, rule: VotingRule, elector: Elector, vote: Vote, *, actor: Actor, now: datetime
) -> None:
    """Suspend when the silence is broken now; go on with a new closing when nothing breaks it any more.

    While suspended, ``closes_at`` is the end of the consultation: an objection that stands then has ended the silence.
    """
    seats = electors.list_seats(session, ballot.id)
    breaking = sum(seat.position in BREAKING for seat in seats)
    is_broken = breaking >= rule.silence_break
    if ballot.suspended_at is None and is_broken:
        _suspend(session, ballot, rule, elector, vote, actor=actor, now=now)
    elif ballot.suspended_at is not None and not is_broken:
        _resume(session, ballot, rule, elector, vote, actor=actor, now=now)


def _suspend(
    session: Session, ballot: Ballot, rule: VotingRule, elector: Elector, vote: Vote, *, actor: Actor, now: datetime
) -> None:
    ballot.suspended_at, ballot.suspended_closing = now, ballot.closes_at
    ballot.closes_at = rules.consultation_end(rule, now)
    fields = {"seat": elector.acronym, "cast_seq": vote.ledger_seq, "closes_at": ballot.closes_at}
    seq = common.log_entry(session, ballot, "ballot.suspended", fields, now=now)
    common.note_event(
        session, ballot, "suspended", actor=actor, now=now, seat=elector.acronym, text=vote.comment, seq=seq,
        position=vote.position.value, cure=vote.cure, until=ballot.closes_at.isoformat(),
    )  # fmt: skip
    session.flush()
    record(session, "board:ballot:suspend", "ballot", ballot.id, actor=actor, now=now, code=ballot.code)
    messages.silence_broken(session, ballot, elector, vote, now=now)


def _resume(
    session: Session, ballot: Ballot, rule: VotingRule, elector: Elector, vote: Vote, *, actor: Actor, now: datetime
) -> None:
    lifted = electors.lifted_position(session, elector, vote)
    suspended_at, closing = ballot.suspended_at or now, ballot.suspended_closing or now
    ballot.closes_at = rules.resumed_closing(rule, suspended_at, closing, now)
    ballot.suspended_at = ballot.suspended_closing = None
    fields = {"cast_seq": vote.ledger_seq, "closes_at": ballot.closes_at}
    seq = common.log_entry(session, ballot, "ballot.resumed", fields, now=now)
    common.note_event(
        session, ballot, "resumed", actor=actor, now=now, seat=elector.acronym, seq=seq,
        closes_at=ballot.closes_at.isoformat(), position=lifted.value,
    )  # fmt: skip
    session.flush()
    record(session, "board:ballot:resume", "ballot", ballot.id, actor=actor, now=now, code=ballot.code)
    messages.silence_resumed(session, ballot, elector, lifted, now=now)
