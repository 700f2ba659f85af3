"""What the services of this room take: frozen values that a form, a command or the demonstration fills in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from u4ssc_gov.board.rules import BallotType, Method, Position, VotingRule


@dataclass(frozen=True, slots=True)
class PaperDraft:
    """A document to attach to a draft: its title and the uploaded file."""

    title: str
    file_name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CandidateDraft:
    """Somebody who stands in an election, and the partner that nominates them (¶20)."""

    person_id: int
    nominated_by_id: int | None = None


@dataclass(frozen=True, slots=True)
class BallotDraft:
    """Everything the Secretariat writes before it opens a ballot. ``closes_at`` (UTC) may still be missing."""

    type: BallotType
    title: str
    decision_text: str
    if_approved: str = ""
    if_not_approved: str = ""
    closes_at: datetime | None = None
    documents: tuple[PaperDraft, ...] = ()
    rule: VotingRule | None = None  # None: the rule set in force for type and method
    form_key: str | None = None  # random name of the page it was typed on: the same page sent twice is one draft
    renewal_id: int | None = None
    deliverable_id: int | None = None
    method: Method | None = None  # None: the usual one of the type
    candidates: tuple[CandidateDraft, ...] = ()
    posts: int = 0
    office_id: int | None = None
    starts_on: date | None = None
    plan_id: int | None = None
    terms_document_id: int | None = None
    rule_set_id: int | None = None
    previous_id: int | None = None
    after_id: int | None = None
    opens_planned_at: datetime | None = None  # None: when the Secretariat opens it


@dataclass(frozen=True, slots=True)
class CastVote:
    """A position for one seat. ``expected_revision`` is the seat's revision that the voter saw (0: none)."""

    partner_id: int
    position: Position
    text_sha256: str
    expected_revision: int
    comment: str = ""
    cure: str = ""  # what would lift an objection
    candidates: tuple[int, ...] = ()  # numbers of those supported, in an election
