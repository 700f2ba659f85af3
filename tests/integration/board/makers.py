"""Ballots for the tests of this room, made through its services, and what they are about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import ACRONYMS, World
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import electors, history, locks, services
from u4ssc_gov.board.models import Ballot, RuleSet, Vote
from u4ssc_gov.board.rules import BallotType, Method, Position, default_rule
from u4ssc_gov.board.services import BallotDraft, CandidateDraft, CastVote, PaperDraft
from u4ssc_gov.charter.models import TermsDocument
from u4ssc_gov.charter.services import add_terms
from u4ssc_gov.core.actor import SYSTEM, OfficeKind
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, NotFound, RuleViolation
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.documents.services import store_file
from u4ssc_gov.ledger import queries as ledger
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.plan.models import ActionPlan
from u4ssc_gov.plan.services import open_plan

DECISION = (
    "The Partners Board approves the appointment of the candidate as Co-Chair of U4SSC for one year. It thanks all."
)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
SECRETARIAT = "secretariat@u4ssc.example"
STARTS_ON = date(2027, 1, 1)


def draft_of(**fields: Any) -> BallotDraft:
    """A draft that lacks nothing but its closing instant: a plain vote on guidance unless told otherwise."""
    kind = fields.setdefault("type", BallotType.GUIDANCE)
    fields.setdefault("title", "Appoint a Co-Chair for 2027")
    fields.setdefault("decision_text", DECISION)
    if kind is BallotType.GUIDANCE:
        fields.setdefault("method", Method.VOTE)
    return BallotDraft(**fields)


def paper(title: str = "Letter of nomination", name: str = "letter.pdf") -> PaperDraft:
    """A small PDF."""
    return PaperDraft(title, name, PDF)


def make_draft(world: World, **fields: Any) -> Ballot:
    """A draft, kept."""
    world.partners()
    world.session.info.setdefault("files_dir", None)
    return services.draft_ballot(world.session, draft_of(**fields), actor=SYSTEM, now=world.now)


def open_draft(world: World, ballot: Ballot, *, days: float = 4) -> Ballot:
    """Open a draft now, for some days."""
    closes_at = world.now + timedelta(days=days)
    return services.open_ballot(world.session, ballot, closes_at=closes_at, actor=SYSTEM, now=world.now)


def open_one(world: World, *, days: float = 4, **fields: Any) -> Ballot:
    """A ballot that was opened now and closes in some days."""
    return open_draft(world, make_draft(world, **fields), days=days)


# ── what a ballot is about ───────────────────────────────────────────────────────────────────────────────────────────


def silence_fields(world: World, deliverable: Deliverable | None = None) -> dict[str, Any]:
    """The fields of a deliverable that is adopted by silence."""
    deliverable = deliverable or world.deliverable(stage=Stage.PROPOSED)
    return {"type": BallotType.DELIVERABLE, "title": "Adopt the guide", "deliverable_id": deliverable.id}


def open_silence(world: World, *, days: float = 14, deliverable: Deliverable | None = None, **fields: Any) -> Ballot:
    """A deliverable under silence (14 days from T0: ten working days)."""
    return open_one(world, days=days, **{**silence_fields(world, deliverable), **fields})


def draft_plan(world: World, year: int = 2027) -> ActionPlan:
    """The draft of an Action Plan."""
    return open_plan(world.session, year, actor=world.actor(world.officer()), now=world.now)


def plan_fields(world: World, plan: ActionPlan | None = None) -> dict[str, Any]:
    """The fields of a vote on an Action Plan."""
    plan = plan or draft_plan(world)
    return {"type": BallotType.ACTION_PLAN, "title": f"Adopt the Action Plan {plan.year}", "plan_id": plan.id}


def proposed_terms(world: World, *, is_proposal: bool = True, text: str = "1. A new first paragraph.") -> TermsDocument:
    """An uploaded text of the Terms of Reference, by default a proposal that waits for the Board."""
    actor = world.actor(world.officer())
    stored = store_file(world.session, content=PDF, file_name="terms.pdf", actor=actor, now=world.now)
    return add_terms(
        world.session, file_id=stored.id, sha256=stored.sha256, text=text, title="Terms of Reference 2027",
        agreed_on=None, is_proposal=is_proposal, actor=actor, now=world.now,
    )  # fmt: skip


def terms_fields(world: World, document: TermsDocument | None = None) -> dict[str, Any]:
    """The fields of a revision of the Terms of Reference."""
    document = document or proposed_terms(world)
    title = "Revise the Terms of Reference"
    return {"type": BallotType.TOR_REVISION, "title": title, "terms_document_id": document.id}


def proposed_rule(
    world: World,
    kind: BallotType = BallotType.GUIDANCE,
    method: Method = Method.VOTE,
    *,
    at_once: bool = False,
    **numbers: Any,
) -> RuleSet:
    """A new version of a rule: it waits for the Board, or the Secretariat puts it in force at once."""
    rule = replace(default_rule(kind, method), **numbers)
    return services.draft_rule_set(
        world.session, kind, method, rule,
        reason="More time to consult.", at_once=at_once, actor=SYSTEM, now=world.now,
    )  # fmt: skip


def rule_fields(world: World, row: RuleSet | None = None) -> dict[str, Any]:
    """The fields of a vote on a voting rule."""
    row = row or proposed_rule(world, min_approvals=7)
    return {"type": BallotType.RULE_SET, "title": "Change a voting rule", "rule_set_id": row.id}


def election_fields(
    world: World, number: int = 2, *, posts: int = 1, people: Sequence[Person] = (), seats: int = 2
) -> dict[str, Any]:
    """The fields of an election of Co-Chairs with so many candidates, each nominated by a partner of ¶18 in turn."""
    world.partners()
    people = people or [world.person(f"Candidate {index}") for index in range(1, number + 1)]
    nominated = [
        CandidateDraft(person.id, world.partner(acronym).id) for person, acronym in zip(people, ACRONYMS, strict=False)
    ]
    return {
        "type": BallotType.APPOINTMENT,
        "title": "Elect a Co-Chair for 2027",
        "office_id": world.office(OfficeKind.CO_CHAIR, seats=seats).id,
        "candidates": tuple(nominated),
        "posts": posts,
        "starts_on": STARTS_ON,
    }


def open_election(
    world: World, number: int = 2, *, posts: int = 1, people: Sequence[Person] = (), days: float = 14, **fields: Any
) -> Ballot:
    """An election that was opened now."""
    return open_one(world, days=days, **{**election_fields(world, number, posts=posts, people=people), **fields})


# ── positions ────────────────────────────────────────────────────────────────────────────────────────────────────────


def vote_of(
    world: World,
    ballot: Ballot,
    acronym: str,
    position: Position = Position.APPROVE,
    *,
    comment: str = "",
    cure: str = "",
    candidates: tuple[int, ...] = (),
    expected: int | None = None,
    text_sha256: str | None = None,
) -> CastVote:
    """A position on top of whatever is in force, as a page would send it."""
    partner = world.partner(acronym)
    found = electors.find_elector(world.session, ballot.id, partner.id)
    latest = found[1].revision if found and found[1] else 0
    return CastVote(
        partner_id=partner.id,
        position=position,
        text_sha256=ballot.text_sha256 if text_sha256 is None else text_sha256,
        expected_revision=latest if expected is None else expected,
        comment=comment,
        cure=cure,
        candidates=candidates,
    )


def cast(
    world: World,
    ballot: Ballot,
    voter: Person,
    acronym: str,
    position: Position = Position.APPROVE,
    *,
    now: datetime | None = None,
    **fields: Any,
) -> Vote:
    """A position through the service; by default on top of whatever is in force."""
    wanted = vote_of(world, ballot, acronym, position, **fields)
    locked = locks.lock_ballot_by_id(world.session, ballot.id)
    return services.cast_vote(world.session, locked, wanted, actor=world.actor(voter), now=now or world.now)


def object_to(world: World, ballot: Ballot, voter: Person, acronym: str, *, now: datetime | None = None) -> Vote:
    """An objection with its reason and what would lift it."""
    words = {"comment": "Chapter 4 repeats ours.", "cure": "Refer to our chapter."}
    return cast(world, ballot, voter, acronym, Position.OBJECT, now=now, **words)


def answer(world: World, ballot: Ballot, people: dict[str, Person], answers: str, **fields: Any) -> None:
    """Positions of the first partners of ¶18, one letter each: y, c with comments, o abstain, x object, r recuse, n no
    objection, ``-`` none, and in an election a digit for the candidate supported."""
    kinds = {
        "y": Position.APPROVE,
        "c": Position.APPROVE_WITH_COMMENTS,
        "o": Position.ABSTAIN,
        "x": Position.OBJECT,
        "r": Position.RECUSE,
        "n": Position.NO_OBJECTION,
    }
    for acronym, letter in zip(ACRONYMS, answers, strict=False):
        if letter == "-":
            continue
        named = {"candidates": (int(letter),)} if letter.isdigit() else {}
        words = {"comment": f"{acronym} says why."} if letter in "cx" else {}
        position = kinds.get(letter, Position.APPROVE)
        cast(world, ballot, people[acronym], acronym, position, **{**words, **named, **fields})


def on_record(
    world: World,
    ballot: Ballot,
    officer: Person,
    acronym: str,
    position: Position = Position.APPROVE,
    *,
    now: datetime | None = None,
    **fields: Any,
) -> Vote:
    """The Secretariat records what a partner sent by e-mail."""
    wanted = vote_of(world, ballot, acronym, position, **fields)
    evidence = PaperDraft("", "mail.pdf", PDF)
    actor = world.actor(officer)
    return services.record_for_seat(world.session, ballot, wanted, evidence, actor=actor, now=now or world.now)


def everybody(world: World) -> dict[str, Person]:
    """A representative for each of the 16 partners."""
    world.partners()
    return {acronym: world.mandate(acronym) for acronym in ACRONYMS}


# ── what was written down ────────────────────────────────────────────────────────────────────────────────────────────


def mails(session: Session, template: str) -> Sequence[OutboxMessage]:
    """The mails of a template of this room, in the order they were queued."""
    statement = select(OutboxMessage).where(OutboxMessage.template == f"board/{template}")
    return session.scalars(statement.order_by(OutboxMessage.id)).all()


def addresses(session: Session, template: str) -> list[str]:
    """To whom the mails of a template go, sorted."""
    return sorted(message.to_address for message in mails(session, template))


def entries(session: Session, ballot: Ballot) -> list[str]:
    """The kinds of a ballot's ledger entries, in their order."""
    return [entry.kind for entry in ledger.list_ballot_entries(session, ballot.id)]


def events(session: Session, ballot: Ballot) -> list[str]:
    """The kinds of the lines in a ballot's history, in their order."""
    return [event.kind for event in history.list_events(session, ballot.id)]


def code_of(call: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """The code of the refusal that a call meets."""
    with pytest.raises((Conflict, Forbidden, Invalid, NotFound, RuleViolation)) as refused:
        call(*args, **kwargs)
    return str(refused.value.code)
