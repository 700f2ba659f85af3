"""Which mail goes to whom about a ballot, once each. Contexts hold plain values only."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.board import electors, queries, rules, wording
from u4ssc_gov.board.electors import MandateHolder, Seat
from u4ssc_gov.board.models import Ballot, Elector, Vote
from u4ssc_gov.board.rules import Result
from u4ssc_gov.core import formatting, i18n
from u4ssc_gov.core.actor import MandateCapacity
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.notifications.rendering import Recipient, render_mail
from u4ssc_gov.notifications.services import queue_mail

SUBJECT_LENGTH = 60


def ballot_opened(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """Ask every partner's representative and alternate to vote."""
    seats = electors.list_seats(session, ballot.id)
    papers = [{"id": paper.id, "title": paper.title} for paper in queries.list_papers(session, ballot.id)]
    for seat, holder, others in _voters(session, seats, now):
        _queue(
            session,
            "board/ballot_opened",
            holder,
            subject=_opened_subject(ballot, seat.acronym, now),
            context={
                **_facts(ballot),
                **_opened_context(ballot, seat.acronym, len(seats)),
                "papers": papers,
                "others": others,
            },
            key=f"ballot:{ballot.id}:opened:partner:{seat.partner_id}",
            now=now,
        )


def preview_opening(session: Session, ballot: Ballot, *, acronym: str, partners: int, now: datetime) -> tuple[str, str]:
    """Subject and text of the mail that opening would send, for the check page. Sends nothing."""
    papers = [{"id": paper.id, "title": paper.title} for paper in queries.list_papers(session, ballot.id)]
    context = {
        **_facts(ballot),
        **_opened_context(ballot, acronym, partners),
        "papers": papers,
        "others": [],
    }
    to = Recipient(_("Representative of %(partner)s", partner=acronym), "")
    subject = _opened_subject(ballot, acronym, now)()
    text, _html = render_mail(
        "board/ballot_opened", _spoken(context), to=to, subject=subject, now=now, info=session.info
    )
    return subject, text


def ballot_reminder(session: Session, ballot: Ballot, seats: Sequence[Seat], *, step: str, now: datetime) -> int:
    """Remind partners without a vote; ``step`` makes the mail unique ("T-4d", or a day). Returns how many went out."""
    counts = electors.tally_of(seats)
    cells = [wording.CELLS[seat.position] if seat.position else "" for seat in seats]
    missing = [seat for seat in seats if seat.vote is None]
    sent = 0
    for seat, holder, _others in _voters(session, missing, now):
        queued = _queue(
            session,
            "board/ballot_reminder",
            holder,
            subject=_reminder_subject(ballot, seat.acronym, now),
            context={
                **_facts(ballot),
                "partner": seat.acronym,
                "left": lambda: _left(ballot, now),
                "cells": cells,
                "counts": lambda: wording.counts_in_words(counts, closed=False),
                "rule": _rule_line(ballot, len(seats)),
            },
            key=f"ballot:{ballot.id}:reminder:{step}:partner:{seat.partner_id}",
            now=now,
        )
        sent += queued
    return sent


def vote_recorded(session: Session, ballot: Ballot, elector: Elector, vote: Vote, *, now: datetime) -> None:
    """Send the receipt to the voter, the partner's other mandate holders and the Secretariat's address."""
    holders = electors.list_holders(session, now, partner_ids=[elector.partner_id])
    context = {
        **_facts(ballot),
        "partner": elector.acronym,
        "partner_name": elector.official_name,
        "position": lambda: wording.position_label(vote.position),
        "comment": vote.comment,
        "receipt": vote.receipt,
        "cast_at": vote.cast_at,
        "cast_by": vote.cast_by_name,
        "is_change": vote.revision > 1,
    }
    for holder in [*holders, *_secretariat(session)]:
        _queue(
            session,
            "board/vote_receipt",
            holder,
            subject=lambda: _("Receipt %(receipt)s: %(partner)s’s vote", receipt=vote.receipt, partner=elector.acronym),
            context=context,
            key=f"ballot:{ballot.id}:receipt:{vote.receipt}",
            now=now,
        )


def ballot_outcome(session: Session, ballot: Ballot, seats: Sequence[Seat], result: Result, *, now: datetime) -> None:
    """Tell everybody who could vote, and the Secretariat, how the ballot ended."""
    rule = rules.rule_from_json(ballot.rule)
    context = {
        **_facts(ballot),
        "outcome": lambda: wording.outcome_label(result.outcome),
        "approved": result.outcome is rules.BallotOutcome.APPROVED,
        "next_step": ballot.if_approved if result.outcome is rules.BallotOutcome.APPROVED else ballot.if_not_approved,
        "cells": [wording.CELLS[seat.position] if seat.position else "" for seat in seats],
        "counts": lambda: wording.counts_in_words(result.tally, closed=True),
        "checks": lambda: [(check.holds, wording.check_in_words(check, rule, result.tally)) for check in result.checks],
    }
    for holder in _everybody(session, seats, now):
        _queue(
            session,
            "board/ballot_outcome",
            holder,
            subject=lambda: _fit(f"{wording.outcome_label(result.outcome)}: {ballot.code} {ballot.title}"),
            context=context,
            key=f"ballot:{ballot.id}:outcome",
            now=now,
        )


def ballot_withdrawn(session: Session, ballot: Ballot, *, now: datetime) -> None:
    """Tell everybody who could vote, and the Secretariat, that there is nothing to vote on any more, and why."""
    seats = electors.list_seats(session, ballot.id)
    for holder in _everybody(session, seats, now):
        _queue(
            session,
            "board/ballot_withdrawn",
            holder,
            subject=lambda: _fit(_("Withdrawn: %(code)s %(title)s", code=ballot.code, title=ballot.title)),
            context={**_facts(ballot), "reason": ballot.withdrawn_reason, "withdrawn_at": ballot.withdrawn_at},
            key=f"ballot:{ballot.id}:withdrawn",
            now=now,
        )


def _queue(
    session: Session,
    template: str,
    holder: MandateHolder,
    *,
    subject: Callable[[], str],
    context: Mapping[str, Any],
    key: str,
    now: datetime,
) -> bool:
    """Queue for one person. Values that are functions speak the recipient's language: they are called there."""
    to = Recipient(holder.name, holder.email, holder.locale or i18n.SOURCE_LOCALE, holder.time_zone)
    with i18n.speaking(to.locale):
        spoken = _spoken(context)
    dedupe = f"{key}:person:{holder.person_id}"
    queued = queue_mail(session, template=template, to=to, subject=subject, context=spoken, dedupe_key=dedupe, now=now)
    return queued is not None


def _facts(ballot: Ballot) -> dict[str, Any]:
    return {
        "code": ballot.code,
        "title": ballot.title,
        "decision_text": ballot.decision_text,
        "closes_at": ballot.closes_at,
        "path": f"/ballots/{ballot.code}",
    }


def _opened_context(ballot: Ballot, acronym: str, partners: int) -> dict[str, Any]:
    return {"partner": acronym, "rule": _rule_line(ballot, partners)}


def _rule_line(ballot: Ballot, partners: int) -> Callable[[], str]:
    return lambda: wording.rule_in_words(rules.rule_from_json(ballot.rule), partners)


def _spoken(context: Mapping[str, Any]) -> dict[str, Any]:
    """Call the values that are functions: they speak the language of this moment."""
    return {name: value() if callable(value) else value for name, value in context.items()}


def _opened_subject(ballot: Ballot, acronym: str, now: datetime) -> Callable[[], str]:
    def subject() -> str:
        if ballot.closes_at is None:
            return _fit(_("Vote for %(partner)s: %(title)s", partner=acronym, title=ballot.title))
        day = formatting.day_text(geneva_date(ballot.closes_at), now)
        return _fit(_("Vote for %(partner)s by %(day)s: %(title)s", partner=acronym, day=day, title=ballot.title))

    return subject


def _reminder_subject(ballot: Ballot, acronym: str, now: datetime) -> Callable[[], str]:
    return lambda: _fit(
        _("%(left)s: %(partner)s has not voted on %(code)s", left=_left(ballot, now), partner=acronym, code=ballot.code)
    )


def _left(ballot: Ballot, now: datetime) -> str:
    """How long the ballot stays open: "4 days left"."""
    if ballot.closes_at is None:
        return ""
    hours = max(1, round((ballot.closes_at - now).total_seconds() / 3600))
    if hours <= 48:
        return i18n.ngettext("%(num)s hour left", "%(num)s hours left", hours)
    return i18n.ngettext("%(num)s day left", "%(num)s days left", round(hours / 24))


def _fit(text: str) -> str:
    """At most 60 characters, cut at a word (ux 11)."""
    return textwrap.shorten(text, SUBJECT_LENGTH, placeholder="…")


def _voters(
    session: Session, seats: Sequence[Seat], now: datetime
) -> list[tuple[Seat, MandateHolder, list[dict[str, str]]]]:
    """Each seat's mandate holders, with the names of the others who vote for the same partner."""
    by_partner: dict[int, list[MandateHolder]] = {}
    for holder in electors.list_holders(session, now, partner_ids=[seat.partner_id for seat in seats]):
        by_partner.setdefault(holder.partner_id, []).append(holder)
    found = []
    for seat in seats:
        for holder in by_partner.get(seat.partner_id, ()):
            others = [
                {"name": other.name, "capacity": other.capacity.value}
                for other in by_partner[seat.partner_id]
                if other.person_id != holder.person_id
            ]
            found.append((seat, holder, others))
    return found


def _everybody(session: Session, seats: Sequence[Seat], now: datetime) -> list[MandateHolder]:
    """Every person once, whatever the number of partners they vote for, and the Secretariat."""
    people = {holder.person_id: holder for _seat, holder, _others in _voters(session, seats, now)}
    return [*people.values(), *_secretariat(session)]


def _secretariat(session: Session) -> list[MandateHolder]:
    """The Secretariat's own address as a recipient (person 0), when the platform has one."""
    address = str(session.info.get("secretariat_email", ""))
    if not address:
        return []
    capacity = MandateCapacity.REPRESENTATIVE
    return [MandateHolder(0, 0, "U4SSC Secretariat", address, "", "Europe/Zurich", capacity)]
