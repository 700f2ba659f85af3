"""Mails about how a ballot ended: at closing, and when the outcome is certified and gets its number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, queries, rule_words, rules, wording
from u4ssc_gov.board.electors import Seat
from u4ssc_gov.board.messages.common import Letter, everybody, facts, fit, queue_all
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotOutcome, Result
from u4ssc_gov.core.i18n import gettext as _


def ballot_closed(session: Session, ballot: Ballot, seats: Sequence[Seat], result: Result, *, now: datetime) -> None:
    """Tell everybody who could vote, and the Secretariat, how the ballot ended; it waits for certification."""

    def subject() -> str:
        return fit(f"{wording.outcome_label(result.outcome, ballot.method)}: {ballot.code} {ballot.title}")

    context = {
        **facts(session, ballot),
        **_outcome(session, ballot, seats, result),
        "number": "",
        "challenges_until": None,
    }
    key = f"ballot:{ballot.id}:outcome"
    letters = [Letter(holder, subject, context, key) for holder in everybody(session, seats, now)]
    queue_all(session, "board/ballot_outcome", letters, now=now)


def ballot_certified(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """Tell the same people that the outcome is certified, under which number, and until when it may be challenged."""
    seats = electors.list_seats(session, ballot.id)
    result = queries.result_of(ballot, seats)

    def subject() -> str:
        return fit(_("Decision %(number)s: %(title)s", number=ballot.decision_number, title=ballot.title))

    context = {
        **facts(session, ballot),
        **_outcome(session, ballot, seats, result),
        "number": ballot.decision_number,
        "challenges_until": ballot.challenges_until,
    }
    key = f"ballot:{ballot.id}:certified"
    letters = [Letter(holder, subject, context, key) for holder in everybody(session, seats, now)]
    queue_all(session, "board/ballot_outcome", letters, now=now)


def _outcome(session: Session, ballot: Ballot, seats: Sequence[Seat], result: Result) -> dict[str, Any]:
    rule = rules.rule_from_json(ballot.rule)
    is_approved = result.outcome in (BallotOutcome.APPROVED, BallotOutcome.PARTLY)
    names = {one.number: one.name for one in queries.list_candidates(session, ballot.id)} if result.elected else {}
    return {
        "outcome": lambda: wording.outcome_label(result.outcome, ballot.method),
        "approved": is_approved,
        "leaves_open": rules.leaves_open(result),
        "elected": [names[number] for number in result.elected],
        "next_step": ballot.if_approved if is_approved else "" if rules.leaves_open(result) else ballot.if_not_approved,
        "cells": [wording.cell(seat.position) for seat in seats],
        "counts": lambda: rule_words.counts_in_words(result.tally, closed=True, method=rule.method),
        "checks": lambda: [
            (check.holds, rule_words.check_in_words(check, rule, result.tally)) for check in result.checks
        ],
    }
