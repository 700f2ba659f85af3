"""A duty: who owes what by when, by which paragraph, and where to do it (ADR 0008).

Derived from records at ``now``, never stored. Home is the duties of one holder, the Terms of Reference page is the
duties grouped by clause, a reminder is a duty that crossed a step.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class DutyKind(StrEnum):
    """Which part of the work a duty belongs to; the secretariat's home filters by it."""

    BALLOT = "ballot"
    MINUTES = "minutes"
    MEETING = "meeting"
    TENURE = "tenure"
    DELIVERABLE = "deliverable"
    EVALUATION = "evaluation"
    PLAN = "plan"
    PARTICIPANT = "participant"
    MAIL = "mail"


class HolderKind(StrEnum):
    """Who owes it: one person, a partner (either of its mandate holders), or the secretariat as a body."""

    PERSON = "person"
    PARTNER = "partner"
    GROUP_LEADERS = "group_leaders"
    SECRETARIAT = "secretariat"
    CHAIRS = "chairs"


@dataclass(frozen=True, slots=True)
class Holder:
    """The one who owes a duty. ``id`` is the person's, partner's or thematic group's; 0 for the bodies."""

    kind: HolderKind
    id: int = 0


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing somebody owes. ``key`` is stable over time; ``due_at`` is a UTC instant or ``None`` when undated."""

    key: str
    kind: DutyKind
    holder: Holder
    clauses: tuple[str, ...]  # paragraph keys such as "26e"
    title: str  # verb and thing, translated
    why: str  # one line: since when, what is known already
    action: str  # the button's verb
    endpoint: str
    args: dict[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None
    since: datetime | None = None
    icon: str = "flag"

    def is_overdue(self, now: datetime) -> bool:
        """Whether the due instant has passed."""
        return self.due_at is not None and self.due_at <= now


class ClauseState(StrEnum):
    """How a paragraph stands at this moment."""

    MET = "met"
    DUE = "due"
    BREACHED = "breached"
    STATED = "stated"


@dataclass(frozen=True, slots=True)
class ClauseFinding:
    """The live state of one row of the clause ledger, with the sentence and the records behind it."""

    clause: str  # key of the clause ledger row
    state: ClauseState
    sentence: str
    facts: str = ""
    endpoint: str = ""
    args: dict[str, Any] = field(default_factory=dict)
    link_label: str = ""


def by_urgency(duties: list[Duty]) -> list[Duty]:
    """Most urgent first: dated before undated, then by due instant, then by key so that the order never wavers."""
    return sorted(duties, key=lambda d: (d.due_at is None, d.due_at.timestamp() if d.due_at else 0.0, d.key))
