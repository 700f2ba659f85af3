"""Closing: the clock has closed the ballot already; here the outcome is written down, once, with its sum (¶24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import electors, messages, queries, rule_words, rules
from u4ssc_gov.board.electors import Seat
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotState, Cause, Method, Result, Visibility
from u4ssc_gov.board.services import common
from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import SYSTEM, Actor
from u4ssc_gov.core.errors import Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.ledger import queries as ledger_queries
from u4ssc_gov.ledger import services as ledger


def record_outcome(session: Session, ballot: Ballot, *, now: datetime) -> Ballot:
    """Write down the outcome of a closed ballot and mail it, once. Pages compute it whether or not this has run."""
    if queries.state_of(ballot, now) not in rules.ENDED:
        raise RuleViolation(_("%(code)s has not closed.", code=ballot.code), "board.ballot.not_closed")
    if ballot.outcome_recorded_at is None:
        close_ballot(session, ballot, cause=Cause.TIME, now=now)
    return ballot


def record_by_hand(session: Session, ballot: Ballot, *, actor: Actor, now: datetime) -> Ballot:
    """The same by an officer, should the scheduler stand still. ``Forbidden`` for a person the ballot is about."""
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    return record_outcome(session, ballot, now=now)


def close_before_ending(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """A ballot that has closed may still be annulled, superseded or referred; its closing is written down before that,
    whether or not a job has run: the ledger knows no such end without one.
    """
    if queries.state_of(ballot, now) in rules.ENDED:
        record_outcome(session, ballot, now=now)


def close_ballot(session: Session, ballot: Ballot, *, cause: Cause, now: datetime) -> Result:
    """Write the outcome into the ballot and the ledger, and tell everybody who could vote.

    With ``ALL_ANSWERED`` the closing instant moves to ``now``: from the very next moment nothing is taken any more.
    """
    now = common.locked_instant(session, now)
    if cause is Cause.ALL_ANSWERED:
        ballot.closes_at = now
    seats = electors.list_seats(session, ballot.id)
    result = queries.result_of(ballot, seats)
    ballot.outcome, ballot.outcome_recorded_at, ballot.cause = result.outcome, now, cause
    ballot.elected = list(result.elected) if ballot.method is Method.ELECTION else None
    ballot.closed_seq = _enter(session, ballot, seats, result, cause, now=now)
    session.flush()
    outcome = result.outcome.value
    common.note_event(
        session, ballot, "closed", actor=SYSTEM, now=now, seq=ballot.closed_seq, outcome=outcome, cause=cause.value,
        closes_at=ballot.closes_at.isoformat() if ballot.closes_at else None,
    )  # fmt: skip
    record(
        session, "board:ballot:outcome", "ballot", ballot.id, actor=SYSTEM, now=now, code=ballot.code, outcome=outcome
    )
    messages.ballot_closed(session, ballot, seats, result, now=now)
    return result


def _enter(
    session: Session, ballot: Ballot, seats: Sequence[Seat], result: Result, cause: Cause, *, now: datetime
) -> int | None:
    if ballot.opened_seq is None:
        return None
    if rules.rule_from_json(ballot.rule).visibility is Visibility.AT_CLOSE:
        _open_positions(session, ballot, seats, now=now)
    with i18n.speaking(i18n.SOURCE_LOCALE):
        in_words = rule_words.sum_in_words(rules.rule_from_json(ballot.rule), result)
    fields = {
        "closed_at": ballot.closes_at,
        "cause": cause.value,
        "entries": [entry.seq for entry in ledger_queries.list_ballot_entries(session, ballot.id)],
        "positions": [_position(ballot, seat) for seat in seats],
        "tally": tally_entry(result),
        "outcome": result.outcome.value,
        "elected": list(result.elected),
        "sum": in_words,
    }
    return common.log_entry(session, ballot, "ballot.closed", fields, now=now)


def _open_positions(session: Session, ballot: Ballot, seats: Sequence[Seat], *, now: datetime) -> None:
    """Hidden positions that count are opened: whoever holds the commitment can check it."""
    counted = [(seat, seat.vote) for seat in seats if seat.vote is not None and seat.vote.commitment]
    secrets = ledger_queries.find_secrets(session, [vote.commitment or "" for _seat, vote in counted])
    for seat, vote in counted:
        fields = {
            "seat": seat.acronym,
            "revision": vote.number,
            "cast_seq": vote.ledger_seq,
            "choice": vote.position.value,
            "candidates": list(vote.candidates),
            "comment_sha256": ledger.sha256_text(vote.comment),
            "cure_sha256": ledger.sha256_text(vote.cure),
            "salt": secrets[vote.commitment or ""].salt.hex(),
        }
        common.log_entry(session, ballot, "position.opened", fields, now=now)


def _position(ballot: Ballot, seat: Seat) -> dict[str, Any]:
    vote = seat.vote
    is_election = ballot.method is Method.ELECTION
    return {
        "seat": seat.acronym,
        "choice": vote.position.value if vote else None,
        "candidates": list(vote.candidates) if vote and is_election else [],
        "seq": vote.ledger_seq if vote else None,
    }


def tally_entry(result: Result) -> dict[str, int]:
    """The counts as the ledger writes them: approvals with and without comments apart."""
    counts = result.tally
    return {
        "seats": counts.electors,
        "approve": counts.approve - counts.with_comments,
        "approve_with_comments": counts.with_comments,
        "abstain": counts.abstain,
        "object": counts.object,
        "recuse": counts.recuse,
        "no_objection": counts.no_objection,
        "ask_vote": counts.ask_vote,
    }


def record_outage(
    session: Session, ballot: Ballot, *, since: datetime, until: datetime, actor: Actor, now: datetime
) -> None:
    """Note that the platform could not be reached around the closing. Nothing follows by itself.

    When fewer than half of the seats had answered, the Secretariat may then put the question again as a new round.
    Raises ``RuleViolation`` unless the ballot has closed and is not certified, ``Invalid`` for a period that does not
    reach into the last day before the closing.
    """
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    if queries.state_of(ballot, now) is not BallotState.CLOSED or ballot.closes_at is None:
        message = _("An outage is noted after a ballot has closed and before it is certified.")
        raise RuleViolation(message, "board.outage.state")
    if not (since < until <= now) or until < ballot.closes_at - rules.LAST_DAY or since >= ballot.closes_at:
        message = _("Give a time that lies in the last day before the closing.")
        raise Invalid(message, "board.outage.period", "since")
    details: dict[str, Any] = {"since": since.isoformat(), "until": until.isoformat()}
    common.note_event(session, ballot, "outage", actor=actor, now=now, **details)
    session.flush()
    record(session, "board:ballot:outage", "ballot", ballot.id, actor=actor, now=now, **details)


def note_consequence(session: Session, ballot: Ballot, *, took_effect: bool, words: str, now: datetime) -> None:
    """Write into the history that a consequence could not take effect, and why."""
    kind = "took_effect" if took_effect else "consequence_blocked"
    common.note_event(session, ballot, kind, actor=SYSTEM, now=now, text=words)
    session.flush()
