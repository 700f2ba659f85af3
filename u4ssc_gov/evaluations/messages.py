"""Mails to the city and to the secretariat. Nothing a stranger typed goes to an address that was not confirmed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.formatting import number_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import speaking
from u4ssc_gov.core.tokens import digest
from u4ssc_gov.evaluations.countries import country_name
from u4ssc_gov.evaluations.labels import letter_label, stage_label
from u4ssc_gov.evaluations.models import EvaluationRequest, RequestAnswer
from u4ssc_gov.evaluations.rules import AWAITING_ANSWER, DRAFT_LIFETIME, RequestStage, answer_due, screening_day
from u4ssc_gov.notifications.rendering import Recipient, secretariat_of
from u4ssc_gov.notifications.services import queue_mail


def mail_link(session: Session, request: EvaluationRequest, secret: str, *, now: datetime) -> None:
    """The save-and-return link, to the address just given. Only fixed words: the address may be somebody else's."""
    queue_mail(
        session,
        template="evaluations/draft_link",
        to=Recipient("", request.contact_email, request.locale or "en"),
        subject=lambda: _("Your link to the request for a city evaluation"),
        context={"path": f"/request-evaluation/{secret}", "days": DRAFT_LIFETIME.days},
        dedupe_key=f"evaluation:link:{digest(secret)[:24]}:{digest(request.contact_email)[:16]}",
        now=now,
    )


def mail_received(session: Session, request: EvaluationRequest, secret: str, *, now: datetime) -> None:
    """The confirmation with the reference, to the city's contact."""
    asked_at = request.asked_at or now
    queue_mail(
        session,
        template="evaluations/received",
        to=_contact(request),
        subject=lambda: _("%(reference)s: we have your request for a city evaluation", reference=request.reference),
        context={
            "reference": request.reference,
            "city": request.city,
            "path": f"/request-evaluation/{secret}" if secret else "",
            "screening_day": screening_day(max(asked_at, request.stage_since)),
            "answer_day": geneva_date(answer_due(max(asked_at, request.stage_since), request.last_answer_at)),
            "letter_missing": request.letter_from.value == "none",
        },
        dedupe_key=f"evaluation:{request.id}:received",
        now=now,
    )


def mail_new_request(session: Session, request: EvaluationRequest, *, now: datetime) -> None:
    """The notice of a new request, to the secretariat's address."""
    with speaking("en"):
        facts = {
            "city": request.city,
            "country": country_name(request.country_code),
            "population": number_text(request.population) if request.population else "",
            "letter": letter_label(request.letter_from),
        }
    queue_mail(
        session,
        template="evaluations/new_request",
        to=secretariat_of(session),
        subject=lambda: _(
            "%(reference)s: %(city)s asks for an evaluation", reference=request.reference, city=request.city
        ),
        context={
            "reference": request.reference,
            "path": f"/evaluations/{request.reference}",
            "screening_day": screening_day(request.asked_at or now),
            "data_ready": request.data_ready_percent,
            **facts,
        },
        dedupe_key=f"evaluation:{request.id}:new",
        now=now,
    )


def mail_answer(
    session: Session,
    request: EvaluationRequest,
    answer: RequestAnswer,
    *,
    place: int | None,
    reason: str,
    now: datetime,
) -> None:
    """An answer of the secretariat, to the city's contact."""
    waits = request.stage in AWAITING_ANSWER and request.asked_at is not None
    with speaking(request.locale or "en"):
        stage = stage_label(request.stage)
    queue_mail(
        session,
        template="evaluations/answer",
        to=_contact(request),
        subject=lambda: answer.subject,
        context={
            "reference": request.reference,
            "city": request.city,
            "stage": stage,
            "place": place,
            "paragraphs": [part for part in answer.text.split("\n") if part.strip()],
            "reason": reason,
            "answer_day": geneva_date(answer_due(request.asked_at or now, request.last_answer_at)) if waits else None,
        },
        dedupe_key=f"evaluation:{request.id}:answer:{answer.id}",
        now=now,
    )


def answer_subject(request: EvaluationRequest, stage: RequestStage | None) -> str:
    """The subject of an answer, in the city's language; without a stage it is an answer that moves nothing."""
    with speaking(request.locale or "en"):
        if stage is None:
            return _("%(reference)s: an answer about your city evaluation", reference=request.reference)
        return _(
            "%(reference)s: your city evaluation is now “%(stage)s”",
            reference=request.reference,
            stage=stage_label(stage),
        )


def answer_words(request: EvaluationRequest, to: RequestStage, place: int) -> str:
    """The answer that goes with a move, in words to start from, in the city's language."""
    with speaking(request.locale or "en"):
        words = {
            RequestStage.SCREENING: _(
                "We have read the request of %(city)s and are checking it now: the government’s letter, the data you "
                "have and the support you need. We write to you with the result."
            ),
            RequestStage.WAITING: _(
                "The request of %(city)s is complete and waits for resources. Its place in line is %(place)s, by date "
                "of request. We write to you again when this changes, and at least every ten days."
            ),
            RequestStage.SCHEDULED: _(
                "Resources for the evaluation of %(city)s have been found and it is scheduled. We write to your "
                "contact person about dates, the data to collect and the people involved."
            ),
            RequestStage.UNDER_WAY: _(
                "The evaluation of %(city)s has started. We now ask you to collect the data; the indicators are "
                "listed on our site."
            ),
            RequestStage.COMPLETED: _(
                "The evaluation of %(city)s is complete. Thank you for the work of everybody who took part."
            ),
            RequestStage.DECLINED: _(
                "We cannot carry out an evaluation of %(city)s on this request. You may send a new one when the "
                "reason below no longer holds."
            ),
            RequestStage.WITHDRAWN: _(
                "As you asked, the request of %(city)s is withdrawn. You may send a new one at any time."
            ),
        }
        return words.get(to, "") % {"city": request.city, "place": place}


def _contact(request: EvaluationRequest) -> Recipient:
    return Recipient(request.contact_name, request.contact_email, request.locale or "en")
