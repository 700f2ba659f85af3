"""Mail about joining. An address that nobody confirmed gets fixed words: nothing that a stranger typed goes there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.countries import country_name
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import speaking
from u4ssc_gov.core.tokens import digest
from u4ssc_gov.notifications.rendering import Recipient, secretariat_of
from u4ssc_gov.notifications.services import queue_mail
from u4ssc_gov.participants.models import JoinMessage, JoinRequest, Participant
from u4ssc_gov.participants.rules import KIND_NAMES, MessageKind, answer_due


def received(session: Session, request: JoinRequest, *, now: datetime) -> None:
    """The confirmation with the reference."""

    def subject() -> str:
        return _("%(reference)s: we have your request to take part", reference=request.reference)

    _to_asker(session, request, "participants/received", "received", subject=subject, locale=request.locale, now=now)


def asked_again(session: Session, request: JoinRequest, *, locale: str, now: datetime) -> None:
    """A second request of the address while one is open: told here and nowhere else. Once a day."""

    def subject() -> str:
        return _("%(reference)s: your request to take part is open", reference=request.reference)

    key = f"again:{geneva_date(now).isoformat()}"
    template = "participants/asked_again"
    _to_asker(session, request, template, key, subject=subject, locale=request.locale or locale, now=now)


def _to_asker(
    session: Session,
    request: JoinRequest,
    template: str,
    key: str,
    *,
    subject: Callable[[], str],
    locale: str,
    now: datetime,
) -> None:
    queue_mail(
        session,
        template=template,
        to=Recipient("", request.email, locale or "en"),
        subject=subject,
        context={"reference": request.reference, "answer_day": _answer_day(request)},
        dedupe_key=f"join:{request.id}:{key}",
        now=now,
    )


def takes_part_already(session: Session, email: str, *, locale: str, now: datetime) -> None:
    """The address belongs to a participant: told here and nowhere else. Once a day."""
    queue_mail(
        session,
        template="participants/takes_part",
        to=Recipient("", email, locale or "en"),
        subject=lambda: _("You take part in U4SSC already"),
        context={},
        dedupe_key=f"join:known:{digest(email)[:24]}:{geneva_date(now).isoformat()}",
        now=now,
    )


def new_request(session: Session, request: JoinRequest, *, now: datetime) -> None:
    """The notice of a new request, to the Secretariat's address (¶29: joining is an e-mail to the Secretariat)."""
    with speaking("en"):
        facts = {"kind": str(KIND_NAMES[request.kind]), "country": country_name(request.country_code)}
    queue_mail(
        session,
        template="participants/new_request",
        to=secretariat_of(session),
        subject=lambda: _(
            "%(reference)s: %(name)s asks to take part", reference=request.reference, name=request.full_name
        ),
        context={
            "reference": request.reference,
            "name": request.full_name,
            "email": request.email,
            "organisation": request.organisation,
            "paragraphs": [line for line in request.motive.split("\n") if line.strip()],
            "answer_day": _answer_day(request),
            "path": f"/participants/requests/{request.reference}",
            **facts,
        },
        dedupe_key=f"join:{request.id}:new",
        now=now,
    )


def answer(session: Session, request: JoinRequest, message: JoinMessage, *, can_sign_in: bool, now: datetime) -> None:
    """A question, an acceptance or a refusal with its reason, to the person who asked."""
    subjects = {
        MessageKind.QUESTION: lambda: _("%(reference)s: a question about your request", reference=request.reference),
        MessageKind.ACCEPTANCE: lambda: _("%(reference)s: welcome to U4SSC", reference=request.reference),
        MessageKind.REASON: lambda: _("%(reference)s: your request to take part", reference=request.reference),
    }
    queue_mail(
        session,
        template="participants/answer",
        to=Recipient(request.full_name, request.email, request.locale or "en"),
        subject=subjects[message.kind],
        context={
            "reference": request.reference,
            "kind": message.kind.value,
            "paragraphs": [line for line in message.text.split("\n") if line.strip()],
            "can_sign_in": can_sign_in,
        },
        dedupe_key=f"join:{request.id}:answer:{message.id}",
        now=now,
    )


def left(session: Session, participant: Participant, *, name: str, now: datetime) -> None:
    """The notice that somebody takes part no more, to the Secretariat's address."""
    queue_mail(
        session,
        template="participants/left",
        to=secretariat_of(session),
        subject=lambda: _("%(name)s takes part no more", name=name),
        context={"name": name, "organisation": participant.organisation, "left_on": participant.left_on},
        dedupe_key=f"participant:{participant.id}:left",
        now=now,
    )


def _answer_day(request: JoinRequest) -> date:
    return geneva_date(answer_due(request.asked_at, request.questioned_at))
