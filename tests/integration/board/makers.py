"""Ballots for the tests of this room, made through its services."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.factories import ACRONYMS, World
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import electors, queries, services
from u4ssc_gov.board.models import Ballot, Vote
from u4ssc_gov.board.rules import BallotType, Position
from u4ssc_gov.board.services import BallotDraft, PaperDraft
from u4ssc_gov.core.actor import SYSTEM

DECISION = (
    "The Partners Board approves the appointment of the candidate as Co-Chair of U4SSC for one year. It thanks all."
)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def draft_of(**fields: Any) -> BallotDraft:
    """A draft that lacks nothing but its closing instant."""
    fields.setdefault("type", BallotType.APPOINTMENT)
    fields.setdefault("title", "Appoint a Co-Chair for 2027")
    fields.setdefault("decision_text", DECISION)
    return BallotDraft(**fields)


def paper(title: str = "Letter of nomination", name: str = "letter.pdf") -> PaperDraft:
    """A small PDF."""
    return PaperDraft(title, name, PDF)


def make_draft(world: World, **fields: Any) -> Ballot:
    """A draft, kept."""
    world.partners()
    world.session.info.setdefault("files_dir", None)
    return services.draft_ballot(world.session, draft_of(**fields), actor=SYSTEM, now=world.now)


def open_one(world: World, *, days: float = 4, **fields: Any) -> Ballot:
    """A ballot that was opened now and closes in some days."""
    ballot = make_draft(world, **fields)
    closes_at = world.now + timedelta(days=days)
    return services.open_ballot(world.session, ballot, closes_at=closes_at, actor=SYSTEM, now=world.now)


def cast(
    world: World,
    ballot: Ballot,
    voter: Person,
    acronym: str,
    position: Position = Position.APPROVE,
    *,
    comment: str = "",
    expected: int | None = None,
    now: datetime | None = None,
) -> Vote:
    """A vote through the service; by default on top of whatever is in force."""
    partner = world.partner(acronym)
    found = electors.find_elector(world.session, ballot.id, partner.id)
    latest = found[1].revision if found and found[1] else 0
    return services.cast_vote(
        world.session,
        queries.lock_ballot_by_id(world.session, ballot.id),
        partner_id=partner.id,
        position=position,
        comment=comment,
        text_sha256=ballot.text_sha256,
        expected_revision=latest if expected is None else expected,
        actor=world.actor(voter),
        now=now or world.now,
    )


def everybody(world: World) -> dict[str, Person]:
    """A representative for each of the 16 partners."""
    world.partners()
    return {acronym: world.mandate(acronym) for acronym in ACRONYMS}
