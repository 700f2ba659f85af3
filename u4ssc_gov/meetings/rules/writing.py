"""What one save of minutes brings, and how it merges with what others saved since (¶26e)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from u4ssc_gov.meetings.rules.states import OutcomeKind, Presence


class Verdict(StrEnum):
    """What to do with one posted value."""

    KEEP = "keep"
    WRITE = "write"
    CONFLICT = "conflict"


def merge(*, same: bool, seen_is_current: bool, saved_here: bool, untouched: bool) -> Verdict:
    """Decide about one posted value so that nobody's newer text is ever overwritten.

    ``same``: it equals what is stored. ``seen_is_current``: nobody saved since the page was opened. ``saved_here``:
    the last save came from the same page. ``untouched``: the person left it as the page had shown it.
    """
    if same:
        return Verdict.KEEP
    if seen_is_current or saved_here:
        return Verdict.WRITE
    return Verdict.KEEP if untouched else Verdict.CONFLICT


def fingerprint(text: str, owner: str, due_on: date | None) -> str:
    """A short name for the content of an outcome, carried by the form as what its writer saw."""
    content = "\x00".join((text, owner, due_on.isoformat() if due_on else ""))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class NoteEdit:
    """What a person wants noted under an item, and which revision they had before them."""

    item_id: int
    said: str
    not_discussed: bool = False
    expected_revision: int = 0


@dataclass(frozen=True, slots=True)
class OutcomeEdit:
    """New content of an outcome; ``seen`` is the ``fingerprint`` of what the page had shown. ``due``: ISO day or ''."""

    outcome_id: int
    text: str
    owner: str = ""
    due: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class NewOutcome:
    """An outcome to add under an item. ``owner`` is a name of the joining list or any other name."""

    item_id: int
    kind: OutcomeKind
    text: str = ""
    owner: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class PresenceEdit:
    """How a person took part, and what the page had shown."""

    attendance_id: int
    presence: Presence
    seen: Presence = Presence.UNMARKED


@dataclass(frozen=True, slots=True)
class ClosureEdit:
    """Whether an action from before is closed, and what the page had shown."""

    outcome_id: int
    closed: bool
    seen: bool = False


@dataclass(frozen=True, slots=True)
class MinutesDraft:
    """Everything one save brings. What is left out stays as it is. ``page`` names the browser page.

    ``tidy``: outcomes that came wholly empty are removed; not while somebody is still adding rows.
    """

    page: str = ""
    notes: tuple[NoteEdit, ...] = ()
    outcomes: tuple[OutcomeEdit, ...] = ()
    new_outcomes: tuple[NewOutcome, ...] = ()
    removed: tuple[int, ...] = ()
    presences: tuple[PresenceEdit, ...] = ()
    closures: tuple[ClosureEdit, ...] = ()
    new_items: tuple[str, ...] = ()
    new_people: tuple[tuple[str, str], ...] = ()  # name and organisation
    tidy: bool = False
