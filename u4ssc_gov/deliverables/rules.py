"""Kinds and stages of a deliverable (¶21, ¶26)."""

from enum import StrEnum


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


def next_stages(stage: Stage) -> tuple[Stage, ...]:
    """Stages a deliverable may move to from here. Published and withdrawn are final."""
    if stage in (Stage.PUBLISHED, Stage.WITHDRAWN):
        return ()
    if stage is Stage.ON_HOLD:
        return (Stage.DRAFTING, Stage.WITHDRAWN)
    following = PATH[PATH.index(stage) + 1]
    return (following, Stage.ON_HOLD, Stage.WITHDRAWN)
