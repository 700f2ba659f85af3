"""Drafts: what is decided, by which method, with which consequence. Nobody but the Secretariat sees them (¶24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.audit.services import record
from u4ssc_gov.board import queries, rule_sets, rules, subjects
from u4ssc_gov.board.inputs import BallotDraft
from u4ssc_gov.board.models import Ballot, BallotDocument, Candidate
from u4ssc_gov.board.rules import Method, VotingRule
from u4ssc_gov.board.services import common
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Conflict, Invalid
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text
from u4ssc_gov.documents.services import store_file

TITLE_LENGTH = 200
NOTE_LENGTH = 600


def draft_ballot(session: Session, draft: BallotDraft, *, actor: Actor, now: datetime) -> Ballot:
    """Keep a new draft under the next code of the Geneva year ("B-26-19"). Nobody but the Secretariat sees it (¶24).

    Raises ``Forbidden``, ``Invalid`` (with the field), and ``RuleViolation`` for a matter whose consequence the
    platform cannot carry out.
    """
    common.require_secretariat(actor)
    year = geneva_date(now).year
    number = queries.next_number(session, year)
    if draft.form_key and (sent_before := queries.find_by_form_key(session, draft.form_key)) is not None:
        return sent_before
    draft = subjects.completed(session, draft)
    subjects.check_no_other(session, draft, None)
    if draft.previous_id is None:  # a new round may need a new first day: opening says so
        subjects.check_first_day(draft, now)
    ballot = Ballot(
        form_key=draft.form_key or None,
        year=year,
        number=number,
        code=f"B-{year % 100:02}-{number:02}",
        drafted_at=now,
        drafted_by_id=actor.person_id,
        previous_id=draft.previous_id,
        round=queries.next_round(session, draft.previous_id),
    )
    _fill(session, ballot, draft, now)
    session.add(ballot)
    session.flush()
    _set_candidates(session, ballot, draft)
    _attach(session, ballot, draft, kept=0, actor=actor, now=now)
    record(session, "board:ballot:draft", "ballot", ballot.id, actor=actor, now=now, code=ballot.code)
    return ballot


def update_draft(
    session: Session,
    ballot: Ballot,
    draft: BallotDraft,
    *,
    expected_version: int,
    removed: frozenset[int] = frozenset(),
    actor: Actor,
    now: datetime,
) -> Ballot:
    """Change a draft; ``removed`` are ids of its documents to drop, ``draft.documents`` are added after the others.

    Raises ``Conflict`` when somebody saved it since ``expected_version``, ``RuleViolation`` once it is open.
    """
    common.require_secretariat(actor)
    common.require_draft(ballot, now)
    if ballot.version != expected_version:
        message = _(
            "Somebody else changed this draft while you were writing. Your text is below; compare and save again."
        )
        raise Conflict(message, "board.draft.stale")
    draft = subjects.completed(session, draft)
    subjects.check_no_other(session, draft, ballot.id)
    if (draft.starts_on, draft.closes_at) != (ballot.starts_on, ballot.closes_at):
        subjects.check_first_day(draft, now)
    _fill(session, ballot, draft, now)
    _set_candidates(session, ballot, draft)
    documents = queries.list_documents(session, ballot.id)
    for document in documents:
        if document.id in removed:
            session.delete(document)
    kept = [document for document in documents if document.id not in removed]
    for position, document in enumerate(kept, start=1):
        document.position = position
    _attach(session, ballot, draft, kept=len(kept), actor=actor, now=now)
    ballot.drafted_at = now  # also makes a change of documents alone a new version
    session.flush()
    record(session, "board:ballot:edit", "ballot", ballot.id, actor=actor, now=now, code=ballot.code)
    return ballot


def _fill(session: Session, ballot: Ballot, draft: BallotDraft, now: datetime) -> None:
    """Copy the cleaned text, the rule in force and the subject; refuse what is missing or too long."""
    text = common.checked_text
    ballot.type = draft.type
    ballot.title = text(clean_line(draft.title), "title", TITLE_LENGTH, _("Write the title of the ballot."))
    missing = _("Write the decision as it will be recorded.")
    ballot.decision_text = text(clean_text(draft.decision_text), "decision_text", rules.DECISION_LENGTH, missing)
    ballot.if_approved = text(clean_text(draft.if_approved), "if_approved", NOTE_LENGTH)
    ballot.if_not_approved = text(clean_text(draft.if_not_approved), "if_not_approved", NOTE_LENGTH)
    method = _method(draft)
    rule = draft.rule or rule_sets.rule_in_force(session, draft.type, method, now)
    ballot.method, ballot.rule = rule.method, rule.as_json()
    if draft.closes_at is not None:
        check_closing(draft.closes_at, max(now, draft.opens_planned_at or now), rule)
    ballot.closes_at, ballot.opens_planned_at = draft.closes_at, draft.opens_planned_at
    ballot.posts = draft.posts if rule.method is Method.ELECTION else 0
    for name in subjects.COLUMNS:
        setattr(ballot, name, getattr(draft, name))
    ballot.after_id = draft.after_id


def _method(draft: BallotDraft) -> Method:
    """The method asked for, refused when this kind of matter is not decided that way (house setting)."""
    allowed = rules.methods_of(draft.type)
    method = draft.rule.method if draft.rule is not None else draft.method or allowed[0]
    if method not in allowed or draft.method not in (None, method):
        raise Invalid(_("This kind of matter is not decided by this method."), "board.draft.method", "method")
    return method


def _set_candidates(session: Session, ballot: Ballot, draft: BallotDraft) -> None:
    """Number the candidates in the order they were given."""
    for candidate in queries.list_candidates(session, ballot.id):
        session.delete(candidate)
    session.flush()
    names: dict[int, str] = {}
    for number, one in enumerate(draft.candidates if ballot.method is Method.ELECTION else (), start=1):
        person = session.get(Person, one.person_id)
        if person is None or one.person_id in names:
            raise Invalid(_("Choose each candidate once, from the list."), "board.draft.candidates", "candidates")
        names[one.person_id] = person.full_name
        session.add(
            Candidate(
                ballot_id=ballot.id,
                number=number,
                person_id=person.id,
                name=person.full_name,
                nominated_by_id=one.nominated_by_id,
            )
        )
    ballot.candidate_count = len(names)
    session.flush()


def _attach(session: Session, ballot: Ballot, draft: BallotDraft, *, kept: int, actor: Actor, now: datetime) -> None:
    if kept + len(draft.documents) > rules.MAXIMUM_DOCUMENTS:
        message = _("A ballot has %(count)s documents at most. Remove one first.", count=rules.MAXIMUM_DOCUMENTS)
        raise Invalid(message, "board.draft.documents", "documents")
    for position, paper in enumerate(draft.documents, start=kept + 1):
        stored = store_file(session, content=paper.content, file_name=paper.file_name, actor=actor, now=now)
        title = clean_line(paper.title) or stored.file_name.rpartition(".")[0] or stored.file_name
        session.add(
            BallotDocument(
                ballot_id=ballot.id,
                file_id=stored.id,
                title=common.checked_text(title, "documents", TITLE_LENGTH),
                sha256=stored.sha256,
                position=position,
            )
        )
    session.flush()


def copy_documents(session: Session, papers: Sequence[BallotDocument], ballot: Ballot) -> None:
    """Give a new round the papers of the round before it; the paper of its subject is made anew when it opens."""
    for paper in (one for one in papers if not one.of_subject):
        session.add(
            BallotDocument(
                ballot_id=ballot.id,
                file_id=paper.file_id,
                title=paper.title,
                sha256=paper.sha256,
                position=paper.position,
            )
        )
    session.flush()


def check_closing(closes_at: datetime, now: datetime, rule: VotingRule) -> None:
    """Refuse a closing instant that gives partners less than the rule's shortest time, or more than 90 days."""
    if closes_at < now + timedelta(hours=rule.minimum_hours):
        message = _("A ballot stays open for at least %(hours)s hours.", hours=rule.minimum_hours)
        raise Invalid(message, "board.ballot.too_short", "closes_on")
    if closes_at > now + rules.MAXIMUM_OPEN:
        message = _("A ballot stays open for %(days)s days at most.", days=rules.MAXIMUM_OPEN.days)
        raise Invalid(message, "board.ballot.too_long", "closes_on")
