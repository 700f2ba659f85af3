"""Writing requests: the city's draft, sending it, and the secretariat's moves and answers (¶10)."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.queries import find_person_by_email
from u4ssc_gov.audit.services import record
from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import ANONYMOUS, Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Invalid, RuleViolation, TooMany
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text
from u4ssc_gov.core.tokens import digest, new_token
from u4ssc_gov.evaluations import messages, policy, queries, rules
from u4ssc_gov.evaluations.labels import section_label, stage_label
from u4ssc_gov.evaluations.models import EvaluationRequest, RequestAnswer, RequestMove
from u4ssc_gov.evaluations.parts import apply_part, parts_of, too_long
from u4ssc_gov.evaluations.rules import LetterFrom, RequestStage, Section

KIND = "evaluation_request"


def start_draft(
    session: Session, *, locale: str, network: str, actor: Actor = ANONYMOUS, now: datetime
) -> tuple[EvaluationRequest, str]:
    """Begin a draft and return it with the secret of its link, which is kept nowhere else.

    Raises ``TooMany`` when twenty requests were begun from this network within the hour.
    """
    network_hash = digest("evaluations:" + network)
    if queries.count_drafts_since(session, network_hash, now - timedelta(hours=1)) >= rules.DRAFTS_PER_HOUR:
        message = _("Many requests were begun from your network. Wait an hour, or write to the Secretariat.")
        raise TooMany(message, "evaluations.draft.throttled", 3600)
    secret = new_token()
    draft = EvaluationRequest(
        secret_sha256=digest(secret),
        stage=RequestStage.DRAFT,
        stage_since=now,
        started_at=now,
        touched_at=now,
        letter_from=LetterFrom.NONE,
        locale=locale if locale in i18n.available_codes() else "",
        network_hash=network_hash,
    )
    session.add(draft)
    session.flush()
    record(session, "evaluations:draft:start", KIND, draft.id, actor=actor, now=now)
    return draft, secret


def save_section(
    session: Session,
    request: EvaluationRequest,
    section: Section,
    values: rules.Part,
    *,
    secret: str = "",
    actor: Actor = ANONYMOUS,
    now: datetime,
) -> EvaluationRequest:
    """Save one part of the form. With ``secret``, a newly given address is sent the link.

    Raises ``Invalid`` beside the field, or ``RuleViolation`` when this part can no longer be changed.
    """
    if section not in rules.open_sections(request.stage, parts_of(request)):
        message = _("This part can no longer be changed here. Write to the Secretariat with your reference.")
        raise RuleViolation(message, "evaluations.section.closed")
    address = request.contact_email
    apply_part(session, request, values, actor=actor, now=now)
    request.touched_at = now
    is_new = bool(secret) and request.stage is RequestStage.DRAFT and request.contact_email not in ("", address)
    if is_new and request.links_mailed < rules.LINKS_PER_DRAFT:
        request.links_mailed += 1
        messages.mail_link(session, request, secret, now=now)
    session.flush()
    record(session, "evaluations:section:save", KIND, request.id, actor=actor, now=now, section=section.value)
    return request


def send_request(
    session: Session, request: EvaluationRequest, *, secret: str = "", actor: Actor = ANONYMOUS, now: datetime
) -> EvaluationRequest:
    """Send a complete draft: it gets its reference, the city a confirmation, the secretariat a notice (¶10a).

    The caller holds the row's lock. Sending a second time changes nothing. Raises ``RuleViolation`` when a part is
    missing.
    """
    if request.stage is not RequestStage.DRAFT:
        return request
    _check_complete(request)
    _receive(session, request, asked_at=now, actor=actor, now=now)
    record(session, "evaluations:request:send", KIND, request.id, actor=actor, now=now, reference=request.reference)
    messages.mail_received(session, request, secret, now=now)
    messages.mail_new_request(session, request, now=now)
    return request


def record_request(session: Session, facts: rules.RequestFacts, *, actor: Actor, now: datetime) -> EvaluationRequest:
    """Record a request that came by letter; the city gets the same confirmation and link as from the form (¶10a).

    What the letter does not say may stay open; the city completes it through its link. Secretariat only.
    """
    policy.check_may_work_queue(actor)
    asked_at = facts.asked_at or now
    if asked_at > now or not rules.is_asked_on_possible(geneva_date(asked_at), now):
        message = _("The date of the letter lies in the future or before 2016. Give the date on the letter.")
        raise Invalid(message, "evaluations.request.asked_on", "asked_on")
    if facts.form_key and (sent_before := queries.find_by_form_key(session, facts.form_key)) is not None:
        return sent_before
    secret = new_token()
    request = EvaluationRequest(
        form_key=facts.form_key or None,
        secret_sha256=digest(secret),
        stage=RequestStage.DRAFT,
        stage_since=now,
        started_at=now,
        letter_from=LetterFrom.NONE,
        locale=facts.locale if facts.locale in i18n.available_codes() else "",
    )
    for part in (facts.city, facts.contact, facts.letter, facts.data, facts.support):
        apply_part(session, request, part, actor=actor, now=now, partly=True)
    person = find_person_by_email(session, request.contact_email)
    request.focal_point_id = person.id if person else None
    session.add(request)
    _receive(session, request, asked_at=asked_at, actor=actor, now=now)
    record(session, "evaluations:request:record", KIND, request.id, actor=actor, now=now, reference=request.reference)
    messages.mail_received(session, request, secret, now=now)
    return request


def move_request(
    session: Session,
    request: EvaluationRequest,
    to: RequestStage,
    *,
    answer: str,
    reason: str,
    expected_version: int,
    actor: Actor,
    now: datetime,
) -> EvaluationRequest:
    """Move a request to its next stage and send the city the answer that goes with it (¶10b, ¶10c).

    The caller holds the row's lock. ``expected_version`` is the version the mover saw; the same move sent twice
    happens once. Raises ``RuleViolation`` for a stage not allowed, an incomplete request, a line without a letter
    (¶10a) or a stale version; ``Invalid`` for a missing answer or reason.
    """
    policy.check_may_work_queue(actor)
    if request.version == expected_version + 1 and request.stage is to:
        return request
    _check_version(request, expected_version)
    _check_move(request, to)
    words, why = _answer_text(answer), clean_text(reason)
    if to in rules.NEEDS_REASON and not why:
        raise Invalid(_("Give the reason; the city reads it."), "evaluations.move.reason", "reason")
    if len(why) > rules.REASON_MAXIMUM:
        raise Invalid(too_long(rules.REASON_MAXIMUM), "evaluations.move.reason_length", "reason")
    # Before anything changes: a read in between would flush half of the move under a version of its own.
    place = queries.next_place(session, request) if to is RequestStage.WAITING else None
    person = find_person_by_email(session, request.contact_email) if request.focal_point_id is None else None
    came_from = request.stage
    request.stage, request.stage_since = to, now
    if person is not None and to is RequestStage.SCREENING:  # the secretariat has looked at it: the address is theirs
        request.focal_point_id = person.id
    session.add(RequestMove(request_id=request.id, stage=to, at=now, by_id=actor.person_id, reason=why))
    sent = _add_answer(session, request, messages.answer_subject(request, to), words, actor=actor, now=now)
    record(
        session,
        "evaluations:request:move",
        KIND,
        request.id,
        actor=actor,
        now=now,
        came_from=came_from.value,
        to=to.value,
    )
    messages.mail_answer(session, request, sent, place=place, reason=why, now=now)
    return request


def answer_request(
    session: Session, request: EvaluationRequest, text: str, *, expected_version: int, actor: Actor, now: datetime
) -> EvaluationRequest:
    """Send the city an answer without moving its request. The same answer sent twice goes out once.

    Raises ``RuleViolation`` for a stale version or an ended request, ``Invalid`` for an empty or too long answer.
    """
    policy.check_may_work_queue(actor)
    words = _answer_text(text)
    if request.version == expected_version + 1 and request.last_answer == rules.summary_of(words):
        return request
    _check_version(request, expected_version)
    if request.stage not in rules.OPEN_STAGES:
        raise RuleViolation(_("This request has ended; no answer can be sent here."), "evaluations.answer.ended")
    place = queries.place_in_line(session, request)
    sent = _add_answer(session, request, messages.answer_subject(request, None), words, actor=actor, now=now)
    record(session, "evaluations:request:answer", KIND, request.id, actor=actor, now=now)
    messages.mail_answer(session, request, sent, place=place, reason="", now=now)
    return request


def record_letter(
    session: Session, request: EvaluationRequest, values: rules.LetterPart, *, actor: Actor, now: datetime
) -> EvaluationRequest:
    """Record the government's letter of a request whose letter was missing (¶10a). Secretariat only."""
    policy.check_may_work_queue(actor)
    if Section.LETTER not in rules.open_sections(request.stage, parts_of(request)):
        raise RuleViolation(_("This request has its letter already, or has ended."), "evaluations.letter.closed")
    if values.letter_from is LetterFrom.NONE:
        raise Invalid(_("Choose who signed the letter."), "evaluations.letter.from", "letter_from")
    apply_part(session, request, values, actor=actor, now=now)
    session.flush()
    record(session, "evaluations:letter:record", KIND, request.id, actor=actor, now=now, by=values.letter_from.value)
    return request


def delete_draft(session: Session, request_id: int, *, actor: Actor, now: datetime) -> bool:
    """Delete a draft that nobody touched for 30 days; nothing of it is left but the audit row. For the sweep."""
    draft = session.get(EvaluationRequest, request_id)
    if draft is None or draft.stage is not RequestStage.DRAFT or draft.touched_at is None:
        return False
    if draft.touched_at > now - rules.DRAFT_LIFETIME:
        return False
    session.delete(draft)
    record(session, "evaluations:draft:delete", KIND, request_id, actor=actor, now=now)
    return True


def forget_network(session: Session, request_id: int, *, actor: Actor, now: datetime) -> bool:
    """Empty the hash of the network a request came from, a day later. For the sweep."""
    request = session.get(EvaluationRequest, request_id)
    if request is None or not request.network_hash or request.started_at > now - timedelta(days=1):
        return False
    request.network_hash = ""
    record(session, "evaluations:network:forget", KIND, request_id, actor=actor, now=now)
    return True


def _receive(session: Session, request: EvaluationRequest, *, asked_at: datetime, actor: Actor, now: datetime) -> None:
    year = geneva_date(now).year
    request.reference = rules.reference_of(year, _next_number(session, year))
    request.stage, request.stage_since, request.asked_at = RequestStage.RECEIVED, now, asked_at
    session.flush()
    session.add(RequestMove(request_id=request.id, stage=RequestStage.RECEIVED, at=now, by_id=actor.person_id))


def _next_number(session: Session, year: int) -> int:
    """The next number of a year. The counter's row stays locked until commit, so a rollback leaves no gap."""
    with session.no_autoflush:
        session.execute(
            text("INSERT INTO evaluation_reference_counter (year, last) VALUES (:year, 0) ON CONFLICT DO NOTHING"),
            {"year": year},
        )
        counted = session.scalar(
            text("UPDATE evaluation_reference_counter SET last = last + 1 WHERE year = :year RETURNING last"),
            {"year": year},
        )
    return int(counted or 0)


def _add_answer(
    session: Session, request: EvaluationRequest, subject: str, words: str, *, actor: Actor, now: datetime
) -> RequestAnswer:
    if request.first_answer_minutes is None and request.asked_at is not None:
        request.first_answer_minutes = max(0, int((now - request.asked_at).total_seconds() // 60))
    request.last_answer_at, request.last_answer = now, rules.summary_of(words)
    answer = RequestAnswer(
        request_id=request.id, at=now, by_id=actor.person_id, subject=clean_line(subject)[:200], text=words
    )
    session.add(answer)
    session.flush()
    return answer


def _check_version(request: EvaluationRequest, expected: int) -> None:
    if request.version != expected:
        # Not a Conflict: the form comes back with what was typed, under the state as it is now.
        message = _(
            "Somebody changed this request while you were writing. It is now “%(stage)s”. Your text is below.",
            stage=stage_label(request.stage),
        )
        raise RuleViolation(message, "evaluations.request.stale")


def _check_move(request: EvaluationRequest, to: RequestStage) -> None:
    if to not in rules.next_stages(request.stage):
        message = _(
            "A request that is “%(stage)s” cannot move to “%(to)s”.",
            stage=stage_label(request.stage),
            to=stage_label(to),
        )
        raise RuleViolation(message, "evaluations.move.not_allowed")
    if to is RequestStage.SCREENING:
        _check_complete(request)
    if to is RequestStage.WAITING and request.letter_from is LetterFrom.NONE:
        message = _(
            "No letter of a mayor or ministry is on file. An evaluation starts from a government’s request (¶10); "
            "record the letter first."
        )
        raise RuleViolation(message, "evaluations.move.no_letter")


def _check_complete(request: EvaluationRequest) -> None:
    missing = rules.missing_parts(parts_of(request))
    if missing:
        names = ", ".join(section_label(section) for section in missing)
        message = _("The request is not complete. Missing: %(parts)s.", parts=names)
        raise RuleViolation(message, "evaluations.request.incomplete")


def _answer_text(value: str) -> str:
    words = clean_text(value)
    if not words:
        raise Invalid(_("Write the answer to the city."), "evaluations.answer.missing", "answer")
    if len(words) > rules.TEXT_MAXIMUM:
        raise Invalid(too_long(rules.TEXT_MAXIMUM), "evaluations.answer.length", "answer")
    return words
