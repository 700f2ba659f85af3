"""Mails that ask for a vote, remind of it, and confirm it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, queries, rule_words, wording
from u4ssc_gov.board.electors import MandateHolder, Seat
from u4ssc_gov.board.messages.common import (
    Letter,
    facts,
    fit,
    headline,
    hides_positions,
    queue_all,
    rule_line,
    secretariat,
    spoken_values,
    voters,
)
from u4ssc_gov.board.models import Ballot, Candidate, Elector, Vote
from u4ssc_gov.board.rules import Capacity, Method, Position
from u4ssc_gov.core import formatting, i18n
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.notifications.rendering import Recipient, render_mail
from u4ssc_gov.partners.models import Partner


def ballot_opened(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """Ask every partner's representative and alternate to vote, once, when the ballot opens."""
    seats = electors.list_seats(session, ballot.id)
    papers = [{"id": paper.id, "title": paper.title} for paper in queries.list_papers(session, ballot.id)]
    known = {**facts(session, ballot), **_standing(ballot, _nominees(session, ballot))}
    letters = [
        Letter(
            holder,
            _opened_subject(ballot, seat.acronym, now),
            {
                **known,
                **_opened_context(ballot, seat.acronym, len(seats)),
                "papers": papers,
                "others": others,
            },
            f"ballot:{ballot.id}:opened:partner:{seat.partner_id}",
        )
        for seat, holder, others in voters(session, seats, now)
    ]
    queue_all(session, "board/ballot_opened", letters, now=now)


def preview_opening(
    session: Session,
    ballot: Ballot,
    *,
    acronym: str,
    partners: int,
    candidates: Sequence[tuple[str, str]] = (),
    now: datetime,
) -> tuple[str, str]:
    """Subject and text of the mail that opening would send, for the check page. Sends nothing.

    ``candidates`` are (name, acronym of the partner that nominates).
    """
    papers = [{"id": paper.id, "title": paper.title} for paper in queries.list_papers(session, ballot.id)]
    context = {
        **facts(session, ballot),
        **_opened_context(ballot, acronym, partners),
        **_standing(ballot, candidates),
        "papers": papers,
        "others": [],
    }
    to = Recipient(_("Representative of %(partner)s", partner=acronym), "")
    subject = _opened_subject(ballot, acronym, now)()
    text, _html = render_mail(
        "board/ballot_opened", spoken_values(context), to=to, subject=subject, now=now, info=session.info
    )
    return subject, text


def ballot_reminder(session: Session, ballot: Ballot, seats: Sequence[Seat], *, step: str, now: datetime) -> int:
    """Remind partners without a vote; ``step`` makes the mail unique ("T-4d", or a day). Returns how many went out."""
    counts = electors.tally_of(seats)
    hidden = hides_positions(ballot)
    cells = [wording.cell(seat.position, hidden=hidden and seat.vote is not None) for seat in seats]
    missing = [seat for seat in seats if seat.vote is None]
    known = {
        **facts(session, ballot),
        "left": lambda: _left(ballot, now),
        "cells": cells,
        "counts": lambda: (
            rule_words.turnout_in_words(len(seats), len(seats) - len(missing))
            if hidden
            else rule_words.counts_in_words(counts, closed=False, method=ballot.method)
        ),
        "rule": rule_line(ballot, len(seats)),
    }
    contexts = {seat.partner_id: {**known, "partner": seat.acronym} for seat in missing}
    letters = [
        Letter(
            holder,
            _reminder_subject(ballot, seat.acronym, now),
            contexts[seat.partner_id],
            f"ballot:{ballot.id}:reminder:{step}:partner:{seat.partner_id}",
        )
        for seat, holder, _others in voters(session, missing, now)
    ]
    return queue_all(session, "board/ballot_reminder", letters, now=now)


def vote_recorded(
    session: Session,
    ballot: Ballot,
    elector: Elector,
    vote: Vote,
    *,
    holders: Sequence[MandateHolder],
    leaf_hash: str,
    now: datetime,
) -> None:
    """Send the receipt to all of the seat's people and the Secretariat: an agency notices a vote it did not take.

    ``leaf_hash`` is that of the ledger entry, empty without one. While positions are hidden the mail says that the seat
    has answered, not how: its own people read that on the page of the receipt.
    """
    candidates = (
        {one.number: one.name for one in queries.list_candidates(session, ballot.id)} if vote.candidates else {}
    )
    hides = hides_positions(ballot)
    context = {
        **headline(session, ballot),
        "partner": elector.acronym,
        "partner_name": elector.official_name,
        "position": lambda: wording.position_label(vote.position, ballot.method),
        "candidates": [candidates[number] for number in vote.candidates or ()],
        "comment": vote.comment,
        "is_reason": vote.position is Position.OBJECT,
        "cure": vote.cure,
        "receipt": vote.receipt,
        "cast_at": vote.cast_at,
        "cast_by": vote.cast_by_name,
        "on_record": vote.capacity is Capacity.ON_RECORD,
        "is_change": vote.revision > 1,
        "is_hidden": hides,
        "entry": vote.ledger_seq,
        "leaf_hash": leaf_hash,
    }

    def subject() -> str:
        if ballot.method is Method.SILENCE:
            return _("Receipt %(receipt)s: %(partner)s’s answer", receipt=vote.receipt, partner=elector.acronym)
        return _("Receipt %(receipt)s: %(partner)s’s vote", receipt=vote.receipt, partner=elector.acronym)

    hidden = {
        "position": lambda: _("hidden until closing"),
        "candidates": [],
        "comment": "",
        "cure": "",
        "is_reason": False,
    }
    if hides:  # mails that went out are kept, and the Secretariat can open them
        context |= hidden
    key = f"ballot:{ballot.id}:receipt:{vote.receipt}"
    letters = [Letter(holder, subject, context, key) for holder in (*holders, *secretariat(session))]
    queue_all(session, "board/vote_receipt", letters, now=now, write_later=True)


def _standing(ballot: Ballot, candidates: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Who stands in an election, each with the partner that nominates them; how many posts are filled."""
    return {"candidates": [{"name": name, "by": by} for name, by in candidates], "posts": ballot.posts}


def _nominees(session: Session, ballot: Ballot) -> list[tuple[str, str]]:
    if ballot.method is not Method.ELECTION:
        return []
    asked = (
        select(Candidate.name, Partner.acronym)
        .outerjoin(Partner, Partner.id == Candidate.nominated_by_id)
        .where(Candidate.ballot_id == ballot.id, Candidate.withdrawn_at.is_(None))
        .order_by(Candidate.number)
    )
    return [(name, by or "") for name, by in session.execute(asked)]


def _opened_context(ballot: Ballot, acronym: str, partners: int) -> dict[str, Any]:
    return {"partner": acronym, "rule": rule_line(ballot, partners)}


def _opened_subject(ballot: Ballot, acronym: str, now: datetime) -> Callable[[], str]:
    def subject() -> str:
        if ballot.closes_at is None:
            return fit(_("Vote for %(partner)s: %(title)s", partner=acronym, title=ballot.title))
        day = formatting.day_text(geneva_date(ballot.closes_at), now)
        if ballot.method is Method.SILENCE:
            return fit(_("Adopted on %(day)s unless a partner objects: %(title)s", day=day, title=ballot.title))
        return fit(_("Vote for %(partner)s by %(day)s: %(title)s", partner=acronym, day=day, title=ballot.title))

    return subject


def _reminder_subject(ballot: Ballot, acronym: str, now: datetime) -> Callable[[], str]:
    def subject() -> str:
        left = _left(ballot, now)
        if ballot.method is Method.SILENCE:
            return fit(_("%(left)s to object: %(code)s %(title)s", left=left, code=ballot.code, title=ballot.title))
        return fit(_("%(left)s: %(partner)s has not voted on %(code)s", left=left, partner=acronym, code=ballot.code))

    return subject


def _left(ballot: Ballot, now: datetime) -> str:
    """How long the ballot stays open: "4 days left"."""
    if ballot.closes_at is None:
        return ""
    hours = max(1, round((ballot.closes_at - now).total_seconds() / 3600))
    if hours <= 48:
        return i18n.ngettext("%(num)s hour left", "%(num)s hours left", hours)
    return i18n.ngettext("%(num)s day left", "%(num)s days left", round(hours / 24))
