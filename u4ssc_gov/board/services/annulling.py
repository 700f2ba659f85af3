"""Annulling a ballot whose procedure failed (wrong text, wrong electorate): two agencies, nothing deleted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import messages, queries, rules
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotState
from u4ssc_gov.board.services import common
from u4ssc_gov.board.services.closing import close_before_ending
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Conflict, Forbidden, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.ledger import services as ledger

_ANNULLABLE = rules.RUNNING | rules.ENDED | {BallotState.SCHEDULED}


def ask_annulment(session: Session, ballot: Ballot, *, reason: str, actor: Actor, now: datetime) -> Ballot:
    """An officer of one agency asks that a ballot be annulled. Takes effect when another agency's officer confirms.

    The same request sent twice is one. Raises ``Conflict`` when somebody has asked for it with other words.
    """
    _require_officer(session, ballot, actor)
    reason = common.checked_reason(reason)
    message = _("%(code)s cannot be annulled.", code=ballot.code)
    common.require_state(ballot, _ANNULLABLE, message, "board.ballot.not_annullable", now=now)
    if ballot.annulment_asked_at is not None:
        return _same_request(ballot, reason, actor)
    ballot.annulment_asked_at, ballot.annulment_asked_by_id = now, actor.person_id
    ballot.annulment_asked_for, ballot.annulment_reason = actor.secretariat_of, reason
    session.flush()
    common.note_event(
        session, ballot, "annulment_asked", actor=actor, now=now, text=reason, agency=actor.secretariat_of
    )
    record(session, "board:ballot:ask_annulment", "ballot", ballot.id, actor=actor, now=now, code=ballot.code)
    messages.annulment_asked(session, ballot, now=now)
    return ballot


def confirm_annulment(session: Session, ballot: Ballot, *, actor: Actor, now: datetime) -> Ballot:
    """The second officer, of another Secretariat agency, annuls the ballot for good. Everybody who could vote is told.

    Raises ``RuleViolation`` when nobody asked, ``Forbidden`` for the same person or the same agency.
    """
    _require_officer(session, ballot, actor)
    if ballot.annulled_at is not None:
        return ballot
    if ballot.annulment_asked_at is None:
        raise RuleViolation(_("Nobody has asked for this annulment."), "board.annulment.not_asked")
    if ballot.annulment_asked_for == actor.secretariat_of or ballot.annulment_asked_by_id == actor.person_id:
        message = _(
            "%(agency)s asked for the annulment. An officer of another Secretariat agency confirms it.",
            agency=ballot.annulment_asked_for,
        )
        raise Forbidden(message, "board.annulment.same_agency")
    now = common.locked_instant(session, now)
    message = _("%(code)s cannot be annulled.", code=ballot.code)
    common.require_state(ballot, _ANNULLABLE, message, "board.ballot.not_annullable", now=now)
    close_before_ending(session, ballot, now=now)
    ballot.annulled_at = now
    asker = queries.find_person(session, ballot.annulment_asked_by_id)
    first = ledger.commit_person(session, name=asker.full_name, email=asker.email, mandate=None) if asker else None
    fields = {"reason_sha256": ledger.sha256_text(ballot.annulment_reason), "by": first}
    fields["second"] = common.person_of(session, actor)
    seq = common.log_entry(session, ballot, "ballot.annulled", fields, now=now)
    session.flush()
    common.note_event(session, ballot, "annulled", actor=actor, now=now, text=ballot.annulment_reason, seq=seq)
    record(session, "board:ballot:annul", "ballot", ballot.id, actor=actor, now=now, code=ballot.code)
    messages.ballot_annulled(session, ballot, now=now)
    return ballot


def _same_request(ballot: Ballot, reason: str, actor: Actor) -> Ballot:
    if (ballot.annulment_asked_by_id, ballot.annulment_reason) == (actor.person_id, reason):
        return ballot
    message = _(
        "%(agency)s has asked for this annulment already: “%(reason)s”. Nothing of yours was recorded.",
        agency=ballot.annulment_asked_for,
        reason=ballot.annulment_reason,
    )
    raise Conflict(message, "board.annulment.asked", ballot)


def _require_officer(session: Session, ballot: Ballot, actor: Actor) -> None:
    if not actor.is_secretariat:
        message = _("Officers of two Secretariat agencies annul a ballot together.")
        raise Forbidden(message, "board.annulment.forbidden")
    common.require_unconcerned(session, ballot, actor)
