"""Kinds and stages of a deliverable, and what a proposal and a move must satisfy (¶21, ¶26)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from u4ssc_gov.core.errors import Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy

TITLE_LIMIT = 200
TEXT_LIMIT = 4000
BASIS_LIMIT = 200
_BALLOT_CODE = re.compile(r"\bB-\d{2}-\d{2,4}\b")


class DeliverableKind(StrEnum):
    """What a deliverable is; ``OTHER`` only for records whose kind is unknown."""

    REPORT = "report"
    STUDY = "study"
    GUIDELINES = "guidelines"
    POLICY_PAPER = "policy_paper"
    FRAMEWORK = "framework"
    RECOMMENDATION = "recommendation"
    CASE_STUDIES = "case_study_collection"
    CITY_PROFILE = "city_profile"
    TOOL = "tool"
    OTHER = "other"


class Stage(StrEnum):
    """The life of a deliverable, in order; the last two are ways out."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    DRAFTING = "drafting"
    HARMONISING = "harmonising"
    REVIEW = "review"
    BOARD_APPROVAL = "board_approval"
    PUBLISHED = "published"
    ON_HOLD = "on_hold"
    WITHDRAWN = "withdrawn"


PATH = (
    Stage.PROPOSED,
    Stage.APPROVED,
    Stage.DRAFTING,
    Stage.HARMONISING,
    Stage.REVIEW,
    Stage.BOARD_APPROVAL,
    Stage.PUBLISHED,
)
ACTIVE = frozenset({Stage.APPROVED, Stage.DRAFTING, Stage.HARMONISING, Stage.REVIEW, Stage.BOARD_APPROVAL})
# Before the Board there is nothing left to contribute to (¶27a).
SEEKING = ACTIVE - {Stage.BOARD_APPROVAL}
FINAL = frozenset({Stage.PUBLISHED, Stage.WITHDRAWN})
# Recording what others decided, or ending the work, is not the leader's act.
SECRETARIAT_ONLY = frozenset({Stage.APPROVED, Stage.PUBLISHED, Stage.WITHDRAWN})

STAGE_NAMES: Mapping[Stage, str] = {
    Stage.PROPOSED: lazy("Proposed"),
    Stage.APPROVED: lazy("Approved"),
    Stage.DRAFTING: lazy("Drafting"),
    Stage.HARMONISING: lazy("Harmonising"),
    Stage.REVIEW: lazy("Review"),
    Stage.BOARD_APPROVAL: lazy("Board approval"),
    Stage.PUBLISHED: lazy("Published"),
    Stage.ON_HOLD: lazy("On hold"),
    Stage.WITHDRAWN: lazy("Withdrawn"),
}
KIND_NAMES: Mapping[DeliverableKind, str] = {
    DeliverableKind.REPORT: lazy("Report"),
    DeliverableKind.STUDY: lazy("Study"),
    DeliverableKind.GUIDELINES: lazy("Guidelines"),
    DeliverableKind.POLICY_PAPER: lazy("Policy paper"),
    DeliverableKind.FRAMEWORK: lazy("Framework"),
    DeliverableKind.RECOMMENDATION: lazy("Recommendation"),
    DeliverableKind.CASE_STUDIES: lazy("Case studies"),
    DeliverableKind.CITY_PROFILE: lazy("City profile"),
    DeliverableKind.TOOL: lazy("Tool"),
    DeliverableKind.OTHER: lazy("Kind not known"),
}


@dataclass(frozen=True, slots=True)
class DeliverableProposal:
    """What somebody proposes (¶26a, ¶26g): title, objectives and scope are required."""

    title: str
    kind: DeliverableKind
    group_id: int
    objectives: tuple[str, ...]  # letters of ¶22
    scope: str
    summary: str = ""
    due_on: date | None = None


def next_stages(stage: Stage, *, is_approved: bool = True) -> tuple[Stage, ...]:
    """Stages a deliverable may move to from here. Published and withdrawn are final.

    Work put on hold goes on where drafting stopped; a proposal that was never approved must be approved first (¶21b).
    """
    if stage in FINAL:
        return ()
    if stage is Stage.ON_HOLD:
        return (Stage.DRAFTING if is_approved else Stage.APPROVED, Stage.WITHDRAWN)
    following = PATH[PATH.index(stage) + 1]
    return (following, Stage.ON_HOLD, Stage.WITHDRAWN)


def check_move(stage: Stage, to: Stage, basis: str, *, is_approved: bool) -> None:
    """Raise when the move is out of order, or when an approval does not name the act behind it (¶21b)."""
    if to not in next_stages(stage, is_approved=is_approved):
        message = _(
            "From “%(stage)s” this cannot become “%(to)s”. Load the page again to see where it stands.",
            stage=str(STAGE_NAMES[stage]),
            to=str(STAGE_NAMES[to]),
        )
        raise RuleViolation(message, "deliverables.stage.order")
    if to is Stage.APPROVED and not names_a_decision(basis):
        message = _("Name the ballot (such as B-26-03) or the annual meeting that approved this deliverable.")
        raise Invalid(message, "deliverables.stage.basis", "basis")


def names_a_decision(basis: str) -> bool:
    """Whether a basis names a ballot of the Board or an annual meeting: the two ways of ¶21b."""
    return bool(_BALLOT_CODE.search(basis)) or "annual meeting" in basis.casefold()


def check_proposal(proposal: DeliverableProposal, known_letters: frozenset[str], today: date) -> None:
    """Raise ``Invalid`` for what ¶26g requires and is missing, too long or unknown. Texts are cleaned before."""
    if not proposal.title:
        raise Invalid(_("Give the deliverable a title."), "deliverables.proposal.title", "title")
    if len(proposal.title) > TITLE_LIMIT:
        message = _("Use at most %(count)s characters for the title.", count=TITLE_LIMIT)
        raise Invalid(message, "deliverables.proposal.title_long", "title")
    if not proposal.scope:
        message = _("Say what the deliverable covers and what it leaves out.")
        raise Invalid(message, "deliverables.proposal.scope", "scope")
    for name, text in (("scope", proposal.scope), ("summary", proposal.summary)):
        if len(text) > TEXT_LIMIT:
            message = _("Use at most %(count)s characters.", count=TEXT_LIMIT)
            raise Invalid(message, "deliverables.proposal.too_long", name)
    if not proposal.objectives or not known_letters.issuperset(proposal.objectives):
        message = _("Choose at least one of the fifteen objectives (¶22).")
        raise Invalid(message, "deliverables.proposal.objectives", "objectives")
    if proposal.due_on is not None and proposal.due_on <= today:
        raise Invalid(_("Choose a day after today."), "deliverables.proposal.due", "due_on")


def code_of(year: int, number: int) -> str:
    """The identifier of the n-th deliverable of a year: D-26-04."""
    return f"D-{year % 100:02}-{number:02}"


def number_in(code: str) -> int:
    """The running number inside an identifier; 0 when it has another shape."""
    tail = code.rsplit("-", 1)[-1]
    return int(tail) if tail.isascii() and tail.isdigit() else 0


def is_late(stage: Stage, due_on: date | None, today: date) -> bool:
    """Whether unfinished work has passed its day (¶25b). The due day itself still counts."""
    return stage in ACTIVE and due_on is not None and due_on < today
