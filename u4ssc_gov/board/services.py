"""Writes: draft, open, vote, withdraw, record the outcome (¶24). Each checks who, then when, then changes and tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import checks, electors, messages, policy, queries, rules
from u4ssc_gov.board.models import Ballot, BallotDocument, Elector, Vote
from u4ssc_gov.board.rules import BallotState, BallotType, Position, VotingRule
from u4ssc_gov.charter.rules import HOUSE
from u4ssc_gov.core.actor import SYSTEM, Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.core.text import clean_line, clean_text
from u4ssc_gov.documents.services import store_file
from u4ssc_gov.tenures.queries import find_renewal_by_id
from u4ssc_gov.tenures.rules import Route

TITLE_LENGTH = 200
NOTE_LENGTH = 600


@dataclass(frozen=True, slots=True)
class PaperDraft:
    """A document to attach to a draft: its title and the uploaded file."""

    title: str
    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class BallotDraft:
    """Everything the secretariat writes before it opens a ballot. ``closes_at`` (UTC) may still be missing."""

    type: BallotType
    title: str
    decision_text: str
    if_approved: str = ""
    if_not_approved: str = ""
    closes_at: datetime | None = None
    documents: tuple[PaperDraft, ...] = ()
    rule: VotingRule | None = None  # None: the house default of the type
    form_key: str | None = None  # random name of the page it was typed on: the same page sent twice is one draft
    renewal_id: int | None = None
    deliverable_id: int | None = None


def draft_ballot(session: Session, draft: BallotDraft, *, actor: Actor, now: datetime) -> Ballot:
    """Keep a new draft under the next code of the Geneva year ("B-26-19"). Nobody but the secretariat sees it (¶24).

    Raises ``Forbidden`` and ``Invalid`` (with the field).
    """
    _require_secretariat(actor)
    if draft.renewal_id is not None:
        _check_renewal(session, draft.renewal_id)
    year = geneva_date(now).year
    number = queries.next_number(session, year)
    if draft.form_key and (sent_before := queries.find_by_form_key(session, draft.form_key)) is not None:
        return sent_before
    ballot = Ballot(
        form_key=draft.form_key or None,
        year=year,
        number=number,
        code=f"B-{year % 100:02}-{number:02}",
        drafted_at=now,
        drafted_by_id=actor.person_id,
        renewal_id=draft.renewal_id,
        deliverable_id=draft.deliverable_id,
    )
    _fill(ballot, draft, now)
    session.add(ballot)
    session.flush()
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
    _require_secretariat(actor)
    _require_draft(ballot, now)
    if ballot.version != expected_version:
        message = _(
            "Somebody else changed this draft while you were writing. Your text is below; compare and save again."
        )
        raise Conflict(message, "board.draft.stale")
    _fill(ballot, draft, now)
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


def _check_renewal(session: Session, renewal_id: int) -> None:
    """The Board decides renewals of chairs that nobody has decided yet (¶20, ¶23d)."""
    renewal = find_renewal_by_id(session, renewal_id)
    if renewal is None or renewal.closed_at is not None or renewal.route is not Route.BOARD_DECISION:
        message = _("This renewal is not one the Board has to decide. Start again from People and tenures.")
        raise Invalid(message, "board.draft.renewal", "renewal")


def _fill(ballot: Ballot, draft: BallotDraft, now: datetime) -> None:
    """Copy the cleaned text; refuse what is missing or too long."""
    ballot.type = draft.type
    ballot.title = _text(clean_line(draft.title), "title", TITLE_LENGTH, _("Write the title of the ballot."))
    ballot.decision_text = _text(
        clean_text(draft.decision_text),
        "decision_text",
        rules.DECISION_LENGTH,
        _("Write the decision as it will be recorded."),
    )
    ballot.if_approved = _text(clean_text(draft.if_approved), "if_approved", NOTE_LENGTH)
    ballot.if_not_approved = _text(clean_text(draft.if_not_approved), "if_not_approved", NOTE_LENGTH)
    ballot.rule = (draft.rule or rules.default_rule(draft.type)).as_json()
    if draft.closes_at is not None:
        check_closing(draft.closes_at, now)
    ballot.closes_at = draft.closes_at


def _text(value: str, field: str, limit: int, missing: str = "") -> str:
    if missing and not value:
        raise Invalid(missing, f"board.draft.{field}_missing", field)
    if len(value) > limit:
        message = ngettext("Use %(num)s character at most.", "Use %(num)s characters at most.", limit)
        raise Invalid(message, f"board.draft.{field}_long", field)
    return value


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
                title=_text(title, "documents", TITLE_LENGTH),
                sha256=stored.sha256,
                position=position,
            )
        )
    session.flush()


def check_closing(closes_at: datetime, now: datetime) -> None:
    """Refuse a closing instant that gives partners less than the house minimum, or more than 90 days."""
    if closes_at < now + timedelta(hours=HOUSE.ballot_minimum_hours):
        message = _("A ballot stays open for at least %(hours)s hours.", hours=HOUSE.ballot_minimum_hours)
        raise Invalid(message, "board.ballot.too_short", "closes_on")
    if closes_at > now + rules.MAXIMUM_OPEN:
        message = _("A ballot stays open for %(days)s days at most.", days=rules.MAXIMUM_OPEN.days)
        raise Invalid(message, "board.ballot.too_long", "closes_on")


def open_ballot(session: Session, ballot: Ballot, *, closes_at: datetime, actor: Actor, now: datetime) -> Ballot:
    """Open a draft: copy electors and rule, freeze text and documents by hash, tell everybody who may vote (¶24).

    ``closes_at`` is a UTC instant. From here on the text never changes; the database refuses it too.
    """
    _require_secretariat(actor)
    _require_draft(ballot, now)
    check_closing(closes_at, now)
    partners = electors.list_current_partners(session, now)
    if not rules.rule_from_json(ballot.rule).can_pass(len(partners)):
        message = _("The rule of this ballot cannot be met with %(count)s partners.", count=len(partners))
        raise RuleViolation(message, "board.ballot.rule_unreachable")
    for partner in partners:
        session.add(
            Elector(
                ballot_id=ballot.id,
                partner_id=partner.id,
                acronym=partner.acronym,
                official_name=partner.official_name,
                position=partner.position,
            )
        )
    papers = queries.list_documents(session, ballot.id)
    ballot.text_sha256 = text_digest(ballot, papers)
    ballot.opens_at, ballot.closes_at = now, closes_at
    ballot.opened_by_id, ballot.opened_for = actor.person_id, actor.secretariat_of
    session.flush()
    frozen = ballot.text_sha256
    record(session, "board:ballot:open", "ballot", ballot.id, actor=actor, now=now, code=ballot.code, sha256=frozen)
    messages.ballot_opened(session, ballot, now=now)
    return ballot


def text_digest(ballot: Ballot, papers: Sequence[BallotDocument]) -> str:
    """The hash of what is voted on; compare it with ``ballot.text_sha256`` to prove that nothing changed."""
    return rules.frozen_digest(
        code=ballot.code,
        ballot_type=ballot.type,
        title=ballot.title,
        decision_text=ballot.decision_text,
        if_approved=ballot.if_approved,
        if_not_approved=ballot.if_not_approved,
        rule=ballot.rule,
        documents=[(paper.title, paper.sha256) for paper in papers],
    )


def cast_vote(
    session: Session,
    ballot: Ballot,
    *,
    partner_id: int,
    position: Position,
    comment: str,
    text_sha256: str,
    expected_revision: int,
    actor: Actor,
    now: datetime,
) -> Vote:
    """Record a partner's position as a new revision; earlier ones stay (¶24). The ballot's row must be locked.

    ``expected_revision`` is the partner's revision the voter saw (0: none). The same person sending the same vote
    twice gets the same receipt. Raises ``Forbidden``, ``Invalid`` for an objection without a reason, and ``Conflict``
    when the ballot is no longer open, its text is not the one that was read, or somebody answered meanwhile (the
    vote in force is on ``latest``).
    """
    comment = clean_text(comment)
    found = electors.find_elector(session, ballot.id, partner_id) if policy.may_vote(actor, partner_id) else None
    if found is None or actor.person_id is None:
        raise checks.not_an_elector()
    elector, latest = found
    if latest is not None and checks.is_repeated(latest, actor, position, comment, expected_revision):
        return latest
    checks.check_can_vote(ballot, comment=comment, now=now)
    checks.check_comment(position, comment, elector.acronym)
    if not electors.holds_mandate(session, actor.person_id, partner_id, now):
        message = _("Your mandate for %(partner)s has ended.", partner=elector.acronym)
        raise Forbidden(message, "board.vote.mandate_ended")
    checks.check_seen(ballot, elector, latest, text_sha256, expected_revision)
    mandate = actor.mandate_for(partner_id)
    revision = (latest.revision if latest else 0) + 1
    vote = Vote(
        ballot_id=ballot.id,
        elector_id=elector.id,
        revision=revision,
        position=position,
        comment=comment,
        cast_at=now,
        cast_by_id=actor.person_id,
        cast_by_name=actor.name,
        capacity=mandate.capacity if mandate else None,
        receipt=rules.receipt_code(ballot.code, elector.acronym, revision),
    )
    session.add(vote)
    session.flush()
    details = {"receipt": vote.receipt, "partner": elector.acronym, "revision": revision}
    record(session, "board:vote:cast", "ballot", ballot.id, actor=actor, now=now, capacity=elector.acronym, **details)
    messages.vote_recorded(session, ballot, elector, vote, now=now)
    return vote


def withdraw_ballot(session: Session, ballot: Ballot, *, reason: str, actor: Actor, now: datetime) -> Ballot:
    """Withdraw a draft or an open ballot for good, with a reason; if it was open, everybody who may vote is told."""
    _require_secretariat(actor)
    state = queries.state_of(ballot, now)
    if state not in (BallotState.DRAFT, BallotState.SCHEDULED, BallotState.OPEN):
        message = _("%(code)s has ended and can no longer be withdrawn.", code=ballot.code)
        raise RuleViolation(message, "board.ballot.ended")
    reason = clean_text(reason)
    ballot.withdrawn_reason = _text(reason, "reason", NOTE_LENGTH, _("Give the reason; partners will read it."))
    ballot.withdrawn_at, ballot.withdrawn_by_id = now, actor.person_id
    session.flush()
    record(session, "board:ballot:withdraw", "ballot", ballot.id, actor=actor, now=now, code=ballot.code)
    if state is not BallotState.DRAFT:
        messages.ballot_withdrawn(session, ballot, now=now)
    return ballot


def remind_partners(session: Session, ballot: Ballot, *, actor: Actor, now: datetime) -> int:
    """Mail the mandate holders of partners without a vote, at most once per Geneva day; returns how many mails.

    Raises ``RuleViolation`` when the ballot is not open, when all have voted, or when they were reminded today.
    """
    _require_secretariat(actor)
    if queries.state_of(ballot, now) is not BallotState.OPEN:
        raise RuleViolation(_("%(code)s is not open.", code=ballot.code), "board.ballot.not_open")
    seats = electors.list_seats(session, ballot.id)
    if all(seat.vote for seat in seats):
        raise RuleViolation(_("Every partner has voted."), "board.reminder.nobody")
    sent = messages.ballot_reminder(session, ballot, seats, step=geneva_date(now).isoformat(), now=now)
    if not sent:
        message = _("They were reminded today already, or nobody holds a mandate for them now.")
        raise RuleViolation(message, "board.reminder.today")
    record(session, "board:ballot:remind", "ballot", ballot.id, actor=actor, now=now, mails=sent)
    return sent


def record_outcome(session: Session, ballot: Ballot, *, now: datetime) -> Ballot:
    """Write down the outcome of a closed ballot and mail it, once. Pages compute it whether or not this has run."""
    if queries.state_of(ballot, now) is not BallotState.CLOSED:
        raise RuleViolation(_("%(code)s has not closed.", code=ballot.code), "board.ballot.not_closed")
    if ballot.outcome_recorded_at is not None:
        return ballot
    seats = electors.list_seats(session, ballot.id)
    result = queries.result_of(ballot, seats)
    ballot.outcome, ballot.outcome_recorded_at = result.outcome, now
    session.flush()
    outcome = result.outcome.value
    record(
        session, "board:ballot:outcome", "ballot", ballot.id, actor=SYSTEM, now=now, code=ballot.code, outcome=outcome
    )
    messages.ballot_outcome(session, ballot, seats, result, now=now)
    return ballot


def _require_secretariat(actor: Actor) -> None:
    if not policy.may_prepare(actor):
        raise Forbidden(_("Only the Secretariat prepares ballots."), "board.ballot.secretariat")


def _require_draft(ballot: Ballot, now: datetime) -> None:
    if queries.state_of(ballot, now) is not BallotState.DRAFT:
        message = _("%(code)s is no longer a draft; its text cannot change.", code=ballot.code)
        raise RuleViolation(message, "board.ballot.not_draft")
