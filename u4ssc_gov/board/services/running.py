"""Acts on an open ballot: extend it once, remind, strike a candidate who withdrew, ask for secrecy (¶24)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import electors, history, messages, policy, queries, rules
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotState
from u4ssc_gov.board.services import common
from u4ssc_gov.board.services.ending import end_without_outcome
from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import SYSTEM, Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Forbidden, Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.ledger import services as ledger

_OPEN = frozenset({BallotState.OPEN})


def extend_ballot(
    session: Session, ballot: Ballot, *, closes_at: datetime, reason: str, actor: Actor, now: datetime
) -> Ballot:
    """Move the closing of an open ballot further on: once, before it closes, with a reason; everybody is told.

    ``closes_at`` is a UTC instant, at most the rule's calendar days (Geneva) after the closing in force. Raises
    ``RuleViolation`` after the closing and for a second extension, ``Invalid`` for an instant out of bounds.
    """
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    reason = common.checked_reason(reason)
    now = common.locked_instant(session, now)
    message = _("%(code)s is not open; only an open ballot can be extended.", code=ballot.code)
    common.require_state(ballot, _OPEN, message, "board.extension.not_open", now=now)
    rule, was = rules.rule_from_json(ballot.rule), ballot.closes_at or now
    if ballot.extended_at is not None or rule.extension_days == 0:
        message = _("A ballot is extended once at most. Put the question again as a new round if it decides nothing.")
        raise RuleViolation(message, "board.extension.twice")
    if not was < closes_at <= rules.latest_extension(rule, was):
        message = _("Choose a closing after the present one, at most %(days)s days later.", days=rule.extension_days)
        raise Invalid(message, "board.extension.length", "closes_on")
    ballot.closes_at, ballot.extended_at = closes_at, now
    fields = {"was": was, "closes_at": closes_at, "reason_sha256": ledger.sha256_text(reason)}
    fields["by"] = common.person_of(session, actor)
    seq = common.log_entry(session, ballot, "ballot.extended", fields, now=now)
    session.flush()
    common.note_event(
        session, ballot, "extended", actor=actor, now=now, text=reason, seq=seq,
        was=was.isoformat(), closes_at=closes_at.isoformat(),
    )  # fmt: skip
    record(session, "board:ballot:extend", "ballot", ballot.id, actor=actor, now=now, closes_at=closes_at.isoformat())
    messages.ballot_extended(session, ballot, reason, was=was, now=now)
    return ballot


def remind_partners(session: Session, ballot: Ballot, *, actor: Actor, now: datetime) -> int:
    """Mail the mandate holders of partners without a vote, at most once per Geneva day; returns how many mails.

    Raises ``Forbidden`` for a person the ballot is about, ``RuleViolation`` when the ballot is not open, when all have
    voted, or when they were reminded today.
    """
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    common.require_state(ballot, _OPEN, _("%(code)s is not open.", code=ballot.code), "board.ballot.not_open", now=now)
    seats = electors.list_seats(session, ballot.id)
    if all(seat.vote for seat in seats):
        raise RuleViolation(_("Every partner has voted."), "board.reminder.nobody")
    sent = messages.ballot_reminder(session, ballot, seats, step=geneva_date(now).isoformat(), now=now)
    if not sent:
        message = _("They were reminded today already, or nobody holds a mandate for them now.")
        raise RuleViolation(message, "board.reminder.today")
    record(session, "board:ballot:remind", "ballot", ballot.id, actor=actor, now=now, mails=sent)
    return sent


def withdraw_candidate(
    session: Session, ballot: Ballot, number: int, *, reason: str, actor: Actor, now: datetime
) -> Ballot:
    """Strike a candidate who withdrew from an open election. Votes for others stand; everybody is told and may change.

    Does nothing the second time. Raises ``RuleViolation`` when the election is not open, ``Invalid`` for no candidate.
    """
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    reason = common.checked_reason(reason)
    now = common.locked_instant(session, now)
    message = _("%(code)s is not open.", code=ballot.code)
    common.require_state(ballot, _OPEN, message, "board.ballot.not_open", now=now)
    candidate = next((one for one in queries.list_candidates(session, ballot.id) if one.number == number), None)
    if candidate is None:
        raise Invalid(_("There is no such candidate."), "board.candidate.unknown", "candidate")
    if candidate.withdrawn_at is not None:
        return ballot
    candidate.withdrawn_at = now
    ballot.struck = sorted({*(ballot.struck or ()), number})
    fields = {"candidate": number, "by": common.person_of(session, actor)}
    seq = common.log_entry(session, ballot, "candidate.withdrawn", fields, now=now)
    session.flush()
    common.note_event(
        session, ballot, "candidate_withdrawn", actor=actor, now=now, text=reason, seq=seq,
        candidate=number, name=candidate.name,
    )  # fmt: skip
    record(session, "board:candidate:withdraw", "ballot", ballot.id, actor=actor, now=now, candidate=number)
    messages.candidate_withdrawn(session, ballot, candidate, reason, now=now)
    return ballot


def ask_secrecy(session: Session, ballot: Ballot, *, partner_id: int, actor: Actor, now: datetime) -> bool:
    """A seat asks that an election be held in secret. When enough ask, it ends here: all positions are void, all told.

    The platform holds no secret ballots (ADR 0014). Returns whether the ballot ended. Asking twice changes nothing.
    """
    found = electors.find_elector(session, ballot.id, partner_id) if policy.may_vote(actor, partner_id) else None
    if found is None:
        raise Forbidden(_("Only a partner that may vote can ask for this."), "board.secrecy.forbidden")
    now = common.locked_instant(session, now)
    message = _("%(code)s is not open.", code=ballot.code)
    common.require_state(ballot, _OPEN, message, "board.ballot.not_open", now=now)
    wanted = rules.rule_from_json(ballot.rule).secrecy_seats
    if not wanted:
        message = _("The rule of this ballot does not provide for a secret ballot.")
        raise RuleViolation(message, "board.secrecy.not_offered")
    acronym = found[0].acronym
    asked = history.seats_that(session, ballot.id, "secrecy_asked")
    if acronym in asked:
        return False
    common.note_event(session, ballot, "secrecy_asked", actor=actor, now=now, seat=acronym)
    session.flush()
    record(session, "board:secrecy:ask", "ballot", ballot.id, actor=actor, now=now, partner=acronym)
    if len(asked) + 1 < wanted:
        messages.secrecy_asked(session, ballot, acronym, wanted, now=now)
        return False
    with i18n.speaking(i18n.SOURCE_LOCALE):  # it stays on the record: not in the language of whoever asked last
        reason = _("%(num)s partners asked for a secret ballot. The positions given here are void.", num=wanted)
    end_without_outcome(session, ballot, reason=reason, actor=SYSTEM, now=now)
    return True
