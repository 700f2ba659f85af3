"""What one save of minutes did, and what it did not do because somebody else's text is newer (¶26e)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from u4ssc_gov.meetings.rules import OutcomeEdit, OutcomeKind


@dataclass(frozen=True, slots=True)
class NoteConflict:
    """Two texts for one item: the newest one and the one that was not saved."""

    item_id: int
    title: str
    mine: str
    theirs: str
    revision: int  # of theirs
    saved_by: str
    saved_at: datetime
    not_discussed: bool = False


@dataclass(frozen=True, slots=True)
class OutcomeConflict:
    """Two versions of one outcome. ``removed``: the other person took it out."""

    outcome_id: int
    title: str
    kind: OutcomeKind
    mine: OutcomeEdit
    theirs: str
    owner: str
    due_on: date | None
    seen: str
    removed: bool
    saved_by: str
    saved_at: datetime | None


@dataclass(slots=True)
class SaveReport:
    """What one save did. ``saved``: names of what was written; ``added``: ids of outcomes made."""

    saved: list[str] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    items: list[int] = field(default_factory=list)
    notes: list[NoteConflict] = field(default_factory=list)
    outcomes: list[OutcomeConflict] = field(default_factory=list)

    @property
    def has_conflicts(self) -> bool:
        """Whether something was not saved because somebody else's text is newer."""
        return bool(self.notes or self.outcomes)
