"""Certifying an outcome: it gets its number and takes effect; the procedure may be challenged for some days (¶24)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import electors, history, messages, officers, policy, queries, rules
from u4ssc_gov.board.models import Ballot, Challenge
from u4ssc_gov.board.rules import BallotState
from u4ssc_gov.board.services import common
from u4ssc_gov.board.services.closing import record_outcome
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Conflict, Forbidden, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_text
from u4ssc_gov.ledger import services as ledger

GROUNDS_LENGTH = 2000


def certify_ballot(session: Session, ballot: Ballot, *, actor: Actor, now: datetime) -> Ballot:
    """Certify a closed ballot: its outcome stands and gets the next number of the Geneva year ("U4SSC/BM/2026/07").

    Does nothing the second time. Consequences follow in ``workflows.outcomes``. Raises ``Forbidden`` for others than
    the Secretariat, for a person the ballot is about and for the officer who opened it (a Secretariat in which nobody
    else can certifies its own, and the history says so), ``RuleViolation`` before it has closed.
    """
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    if ballot.certified_at is not None and ballot.annulled_at is None:
        return ballot
    now = common.locked_instant(session, now)
    if queries.state_of(ballot, now) is not BallotState.CLOSED:
        message = _("%(code)s has not closed, or was ended another way.", code=ballot.code)
        raise RuleViolation(message, "board.ballot.not_closed")
    alone = officers.opened_it(ballot, actor)
    if alone and officers.others_can_certify(session, ballot, actor, now):
        message = _("You opened %(code)s. Another officer of the Secretariat certifies it.", code=ballot.code)
        raise Forbidden(message, "board.ballot.opener")
    year = geneva_date(now).year
    number = rules.decision_number(year, queries.next_decision(session, year))
    record_outcome(session, ballot, now=now)
    rule = rules.rule_from_json(ballot.rule)
    ballot.certified_at, ballot.certified_by_id = now, actor.person_id
    ballot.decision_year, ballot.decision_number = year, number
    ballot.challenges_until = now + timedelta(days=rule.challenge_days)
    outcome = ballot.outcome.value if ballot.outcome else ""
    fields = {"number": number, "outcome": outcome, "closed_seq": ballot.closed_seq}
    fields["by"] = common.person_of(session, actor)
    seq = common.log_entry(session, ballot, "ballot.certified", fields, now=now)
    session.flush()
    common.note_event(session, ballot, "certified", actor=actor, now=now, seq=seq, number=number, alone=alone)
    record(session, "board:ballot:certify", "ballot", ballot.id, actor=actor, now=now, code=ballot.code, number=number)
    messages.ballot_certified(session, ballot, now=now)
    return ballot


def raise_challenge(
    session: Session, ballot: Ballot, *, partner_id: int, grounds: str, actor: Actor, now: datetime
) -> Challenge:
    """Contest how a certified decision came about, within the rule's days. A seat may do so once.

    The same words of the same seat sent twice are one challenge. Raises ``Forbidden`` for somebody who does not speak
    for a seat of this ballot, ``RuleViolation`` outside the days, ``Conflict`` when the seat has challenged it already.
    """
    found = electors.find_elector(session, ballot.id, partner_id) if policy.may_vote(actor, partner_id) else None
    if found is None or actor.person_id is None:
        raise Forbidden(_("Only a partner that could vote challenges a decision."), "board.challenge.forbidden")
    acronym = found[0].acronym
    now = common.locked_instant(session, now)
    known = history.find_challenge(session, ballot.id, partner_id)
    if known is not None:
        return _same_challenge(session, known, clean_text(grounds))
    until = ballot.challenges_until
    if queries.state_of(ballot, now) not in rules.ENDED or until is None or now >= until:
        message = _("The time for challenging %(code)s has passed, or has not begun.", code=ballot.code)
        raise RuleViolation(message, "board.challenge.late")
    missing = _("Say which step of the procedure was not followed.")
    grounds = common.checked_text(clean_text(grounds), "grounds", GROUNDS_LENGTH, missing, room="board.challenge")
    challenge = Challenge(
        ballot_id=ballot.id,
        partner_id=partner_id,
        acronym=acronym,
        raised_at=now,
        raised_by_id=actor.person_id,
        grounds=grounds,
    )
    session.add(challenge)
    ballot.challenged_at = now
    fields = {"seat": acronym, "grounds_sha256": ledger.sha256_text(grounds)}
    fields["person"] = common.person_of(session, actor)
    seq = common.log_entry(session, ballot, "challenge.raised", fields, now=now)
    session.flush()
    common.note_event(session, ballot, "challenged", actor=actor, now=now, seat=acronym, text=grounds, seq=seq)
    record(session, "board:challenge:raise", "ballot", ballot.id, actor=actor, now=now, partner=acronym)
    messages.challenge_raised(session, ballot, challenge, now=now)
    return challenge


def _same_challenge(session: Session, known: Challenge, grounds: str) -> Challenge:
    if known.grounds == grounds:
        return known
    raiser = queries.find_person(session, known.raised_by_id)
    message = _(
        "%(name)s has challenged this decision for %(partner)s already: “%(grounds)s”. A partner does so once. Nothing "
        "of yours was recorded.",
        name=raiser.full_name if raiser else "",
        partner=known.acronym,
        grounds=known.grounds,
    )
    raise Conflict(message, "board.challenge.raised", known)


def decide_challenge(
    session: Session, ballot: Ballot, challenge: Challenge, *, upheld: bool, answer: str, actor: Actor, now: datetime
) -> Challenge:
    """Answer a challenge with a reason. Upholding it leads to annulment, which two agencies confirm.

    The same answer given twice is one. Raises ``Forbidden`` for a person the ballot is about, ``Conflict`` when it was
    answered otherwise, ``RuleViolation`` when the decision does not stand any more.
    """
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    answer = common.checked_text(
        clean_text(answer), "answer", GROUNDS_LENGTH, _("Give the reason; partners will read it."),
        room="board.challenge",
    )  # fmt: skip
    now = common.locked_instant(session, now)
    if challenge.decided_at is not None:
        return _same_answer(session, challenge, answer, upheld=upheld)
    if queries.state_of(ballot, now) not in rules.ENDED:
        message = _("%(code)s was annulled: there is no decision left that could be challenged.", code=ballot.code)
        raise RuleViolation(message, "board.challenge.annulled")
    challenge.decided_at, challenge.decided_by_id = now, actor.person_id
    challenge.upheld, challenge.answer = upheld, answer
    session.flush()
    if not history.has_open_challenge(session, ballot.id):
        ballot.challenged_at = None
    fields = {"seat": challenge.acronym, "upheld": upheld, "reason_sha256": ledger.sha256_text(answer)}
    fields["by"] = common.person_of(session, actor)
    seq = common.log_entry(session, ballot, "challenge.decided", fields, now=now)
    session.flush()
    common.note_event(
        session, ballot, "challenge_decided", actor=actor, now=now, seat=challenge.acronym, text=answer, seq=seq,
        upheld=upheld,
    )  # fmt: skip
    record(session, "board:challenge:decide", "ballot", ballot.id, actor=actor, now=now, upheld=upheld)
    messages.challenge_decided(session, ballot, challenge, now=now)
    return challenge


def _same_answer(session: Session, challenge: Challenge, answer: str, *, upheld: bool) -> Challenge:
    if (challenge.upheld, challenge.answer) == (upheld, answer):
        return challenge
    by = queries.find_person(session, challenge.decided_by_id)
    message = _(
        "%(name)s has answered this challenge already: “%(answer)s”. Nothing of yours was recorded.",
        name=by.full_name if by else "",
        answer=challenge.answer,
    )
    raise Conflict(message, "board.challenge.answered", challenge)
