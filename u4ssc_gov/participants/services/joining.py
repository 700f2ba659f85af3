"""Somebody asks to take part: by the form, or by an e-mail that the Secretariat records (¶29)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import SignInAttempt
from u4ssc_gov.accounts.queries import count_failed_attempts
from u4ssc_gov.audit.services import record
from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.addresses import mail_address
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Forbidden, Invalid, RuleViolation, TooMany
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.tokens import digest
from u4ssc_gov.participants import messages, policy, queries, rules
from u4ssc_gov.participants.models import JoinInterest, JoinRequest
from u4ssc_gov.participants.rules import JoinFacts, JoinSource, ParticipantKind

KIND = "join_request"


def ask_to_join(
    session: Session,
    facts: JoinFacts,
    *,
    has_consented: bool,
    form_key: str,
    network: str,
    locale: str,
    actor: Actor,
    now: datetime,
) -> JoinRequest | None:
    """Take in a request from the form and tell the address and the Secretariat by mail.

    ``None`` when the address has an open request or takes part already: that is told by mail only, so that nobody
    learns from the page who asked before. A page sent twice is one request. Raises ``Invalid`` beside the field that
    is wrong, and ``TooMany`` when this network has asked too often.
    """
    if not has_consented:
        message = _("Without your consent the request cannot be handled.")
        raise Invalid(message, "participants.request.consent", "consent")
    _count_try(session, network, now=now)
    checked, email = rules.check_facts(facts), mail_address(facts.email)
    language = locale if locale in i18n.available_codes() else ""
    number = _lock_counter(session, geneva_date(now).year)
    if form_key and queries.find_by_form_key(session, form_key) is not None:
        return None
    known = queries.find_open_request(session, email)
    if known is not None:
        messages.asked_again(session, known, locale=language, now=now)
        return None
    if queries.find_participant_by_email(session, email, geneva_date(now)) is not None:
        messages.takes_part_already(session, email, locale=language, now=now)
        return None
    request = _new(checked, email, number, JoinSource.FORM, asked_at=now, now=now)
    request.form_key, request.locale, request.consented_at = form_key or None, language, now
    _add(session, request, checked, actor=actor, now=now)
    messages.new_request(session, request, now=now)
    return request


def record_request(
    session: Session, facts: JoinFacts, *, asked_at: datetime, form_key: str, actor: Actor, now: datetime
) -> JoinRequest:
    """Record a request that came by e-mail (¶29); the address gets the same confirmation as from the form.

    A page sent twice is one request. Raises ``RuleViolation`` when the address has an open request or takes part
    already, ``Invalid`` for a day in the future or before the initiative. Secretariat only.
    """
    if not policy.may_manage(actor):
        raise Forbidden(_("Requests to join are handled by the Secretariat."), "participants.request.forbidden")
    checked, email = rules.check_facts(facts), mail_address(facts.email)
    if asked_at > now or geneva_date(asked_at) < rules.FIRST_DAY:
        message = _("The day of the e-mail lies in the future or before 2016.")
        raise Invalid(message, "participants.request.asked_on", "asked_on")
    number = _lock_counter(session, geneva_date(now).year)
    if form_key and (sent_before := queries.find_by_form_key(session, form_key)) is not None:
        return sent_before
    known = queries.find_open_request(session, email)
    if known is not None:
        message = _("%(reference)s of this address is open. Answer that one.", reference=known.reference)
        raise RuleViolation(message, "participants.request.open")
    if queries.find_participant_by_email(session, email, geneva_date(now)) is not None:
        raise RuleViolation(_("This address belongs to a participant already."), "participants.request.takes_part")
    request = _new(checked, email, number, JoinSource.EMAIL, asked_at=asked_at, now=now)
    request.form_key, request.recorded_by_id = form_key or None, actor.person_id
    _add(session, request, checked, actor=actor, now=now)
    return request


def _count_try(session: Session, network: str, *, now: datetime) -> None:
    """Count this try of a network, and refuse beyond the limit. The caller commits only what is taken in."""
    key = "j:" + digest(network)[:40]
    tries = count_failed_attempts(session, key, now - rules.THROTTLE_WINDOW)
    if tries >= rules.REQUESTS_PER_NETWORK:
        minutes = rules.THROTTLE_WINDOW.seconds // 60
        message = _(
            "Many requests came from your network. Wait %(minutes)s minutes, or write to the Secretariat.",
            minutes=minutes,
        )
        raise TooMany(message, "participants.request.throttled", rules.THROTTLE_WINDOW.seconds)
    session.add(SignInAttempt(key=key, at=now, succeeded=False))


def _lock_counter(session: Session, year: int) -> int:
    """The number before the next one of a year. The counter's row stays locked, so requests are taken in one by one."""
    session.execute(
        text("INSERT INTO join_counter (year, last) VALUES (:year, 0) ON CONFLICT DO NOTHING"), {"year": year}
    )
    # An update that changes nothing locks the row on both engines.
    last = session.scalar(text("UPDATE join_counter SET last = last WHERE year = :year RETURNING last"), {"year": year})
    return int(last or 0)


def _new(
    facts: JoinFacts, email: str, last: int, source: JoinSource, *, asked_at: datetime, now: datetime
) -> JoinRequest:
    kind = ParticipantKind(facts.kind)
    return JoinRequest(
        reference=rules.reference_of(geneva_date(now).year, last + 1),
        source=source,
        kind=kind,
        full_name=facts.full_name,
        email=email,
        organisation="" if kind is ParticipantKind.INDEPENDENT_EXPERT else facts.organisation,
        country_code=facts.country_code,
        motive=facts.motive,
        asked_at=asked_at,
        recorded_at=now,
    )


def _add(session: Session, request: JoinRequest, facts: JoinFacts, *, actor: Actor, now: datetime) -> None:
    year = geneva_date(now).year
    session.execute(text("UPDATE join_counter SET last = last + 1 WHERE year = :year"), {"year": year})
    session.add(request)
    session.flush()
    session.add_all(
        JoinInterest(request_id=request.id, code=code, title=title) for code, title in facts.interests
    )  # fmt: skip
    record(
        session, f"participants:request:{request.source.value}", KIND, request.id,
        actor=actor, now=now, reference=request.reference,
    )  # fmt: skip
    messages.received(session, request, now=now)
