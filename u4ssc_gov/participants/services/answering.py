"""The Secretariat answers who asks to join: with a question, with an invitation, or with a reason (¶29)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.accounts import queries as people
from u4ssc_gov.accounts import services as accounts
from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Forbidden, RuleViolation
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_text
from u4ssc_gov.participants import messages, policy, queries, rules
from u4ssc_gov.participants.models import JoinMessage, JoinRequest, Participant
from u4ssc_gov.participants.rules import MessageKind
from u4ssc_gov.participants.services.joining import KIND
from u4ssc_gov.participants.services.register import add_participant


def ask_back(
    session: Session, request: JoinRequest, question: str, *, expected_version: int, actor: Actor, now: datetime
) -> JoinRequest:
    """Mail a question; the house period for the answer begins anew. The caller holds the row's lock.

    The same question sent twice goes out once. Raises ``RuleViolation`` for a stale page or a decided request,
    ``Invalid`` for an empty or too long question.
    """
    _check_may_answer(actor)
    words = rules.check_message(question, "question", _("Write what you want to know."))
    last = next(iter(queries.list_messages(session, request.id)), None)
    if request.version == expected_version + 1 and last is not None and last.text == words:
        return request
    _check_open(request, expected_version, now)
    request.questioned_at = now
    sent = _write(session, request, MessageKind.QUESTION, words, actor=actor, now=now)
    record(session, "participants:request:question", KIND, request.id, actor=actor, now=now)
    messages.answer(session, request, sent, can_sign_in=False, now=now)
    return request


def decline_request(
    session: Session, request: JoinRequest, reason: str, *, expected_version: int, actor: Actor, now: datetime
) -> JoinRequest:
    """Decline with a reason that is mailed. The caller holds the row's lock. Raises as ``ask_back``."""
    _check_may_answer(actor)
    words = rules.check_message(reason, "reason", _("Give the reason; the person reads it."))
    _check_open(request, expected_version, now)
    _decide(request, is_accepted=False, actor=actor, now=now)
    sent = _write(session, request, MessageKind.REASON, words, actor=actor, now=now)
    record(session, "participants:request:decline", KIND, request.id, actor=actor, now=now)
    messages.answer(session, request, sent, can_sign_in=False, now=now)
    return request


def accept_request(
    session: Session,
    request: JoinRequest,
    *,
    kind: str,
    organisation: str,
    country_code: str,
    words: str = "",
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> Participant:
    """Make the person a participant from today on, with their organisation, and invite them (¶19, ¶29).

    What the request says of kind, organisation and country may be put right. The caller holds the row's lock.
    Raises ``RuleViolation`` for a stale page, a decided request, somebody who takes part already or whose account is
    suspended; ``Invalid`` beside the field that is wrong.
    """
    _check_may_answer(actor)
    _check_open(request, expected_version, now)
    known = queries.find_known(session, request.email)
    if known is not None and known.is_disabled:
        message = _("The account of %(name)s is suspended. Settle that first.", name=known.name)
        raise RuleViolation(message, "participants.request.suspended")
    chosen, body = rules.kind_of(kind), rules.check_country(country_code)
    name = rules.check_organisation(chosen, organisation)
    can_sign_in = known is not None and known.has_account
    if not can_sign_in:
        accounts.invite_person(
            session, full_name=request.full_name, email=request.email, organisation=name, actor=actor, now=now
        )
    person = people.find_person_by_email(session, request.email)
    if person is None:  # the invitation made it
        raise RuleViolation(_("The invitation could not be made."), "participants.request.uninvited")
    participant = add_participant(
        session, person, kind=chosen, organisation=name, country_code=body,
        joined_on=geneva_date(now), actor=actor, now=now,
    )  # fmt: skip
    _decide(request, is_accepted=True, actor=actor, now=now)
    request.participant_id = participant.id
    text = clean_text(words)[: rules.MESSAGE_MAXIMUM]
    sent = _write(session, request, MessageKind.ACCEPTANCE, text, actor=actor, now=now)
    record(
        session, "participants:request:accept", KIND, request.id,
        actor=actor, now=now, participant=participant.id, kind=chosen.value,
    )  # fmt: skip
    messages.answer(session, request, sent, can_sign_in=can_sign_in, now=now)
    return participant


def _check_may_answer(actor: Actor) -> None:
    if not policy.may_manage(actor):
        raise Forbidden(_("Requests to join are handled by the Secretariat."), "participants.request.forbidden")


def _check_open(request: JoinRequest, expected_version: int, now: datetime) -> None:
    if request.decided_at is not None:
        day = day_text(geneva_date(request.decided_at), now)
        words = _("accepted") if request.is_accepted else _("declined")
        message = _(
            "%(reference)s is %(decided)s already, since %(day)s. Nothing of yours was recorded.",
            reference=request.reference, decided=words, day=day,
        )  # fmt: skip
        raise RuleViolation(message, "participants.request.decided")
    if request.version != expected_version:
        message = _("Somebody answered this request while you were reading. Look at what was written, then decide.")
        raise RuleViolation(message, "participants.request.stale")


def _decide(request: JoinRequest, *, is_accepted: bool, actor: Actor, now: datetime) -> None:
    request.decided_at, request.is_accepted, request.decided_by_id = now, is_accepted, actor.person_id


def _write(
    session: Session, request: JoinRequest, kind: MessageKind, text: str, *, actor: Actor, now: datetime
) -> JoinMessage:
    message = JoinMessage(request_id=request.id, kind=kind, at=now, by_id=actor.person_id, text=text)
    session.add(message)
    session.flush()
    return message
