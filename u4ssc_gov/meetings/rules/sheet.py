"""Everything minutes hold, and what they still lack before they can be filed (¶26e)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.meetings.rules.states import OutcomeKind, Presence


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One outcome as it stands."""

    id: int
    kind: OutcomeKind
    text: str
    owner: str = ""
    due_on: date | None = None
    due_text: str = ""  # as typed, when it was not a day
    seen: str = ""
    closed_at: datetime | None = None
    owner_id: int | None = None  # the person, when the name is that of one on the joining list

    @property
    def lacks(self) -> bool:
        """Whether an action has text but no owner or no due day."""
        return self.kind is OutcomeKind.ACTION and bool(self.text) and not (self.owner and self.due_on)

    @property
    def problem(self) -> str:
        """What stands in the way of filing this outcome, in words; empty when nothing does."""
        if not self.text:
            return {
                OutcomeKind.DECISION: _("Describe the decision, or remove it"),
                OutcomeKind.ACTION: _("Describe the action, or remove it"),
                OutcomeKind.INFORMATION: _("Describe the information, or remove it"),
            }[self.kind]
        return _("Give an owner and a due day") if self.lacks else ""


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One agenda item with its note and outcomes."""

    id: int
    position: int
    title: str
    presenter: str = ""
    length_minutes: int | None = None
    said: str = ""
    not_discussed: bool = False
    revision: int = 0
    saved_by: str = ""
    outcomes: tuple[OutcomeLine, ...] = ()

    @property
    def is_noted(self) -> bool:
        """Whether something stands under the item: text or an outcome."""
        return bool(self.said) or any(outcome.text for outcome in self.outcomes)


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person on the joining list. ``label`` tells two of one name apart."""

    id: int
    name: str
    organisation: str
    presence: Presence
    person_id: int | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class EarlierAction:
    """An action of earlier minutes, open or closed in these."""

    id: int
    text: str
    owner: str
    due_on: date | None
    number: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything minutes hold, for the editor, the check, the finished page and the rules."""

    items: tuple[ItemLine, ...]
    people: tuple[PersonLine, ...]
    earlier: tuple[EarlierAction, ...] = ()

    def count(self, presence: Presence) -> int:
        """How many people took part in this way."""
        return sum(1 for person in self.people if person.presence is presence)

    def outcomes(self, kind: OutcomeKind) -> list[tuple[ItemLine, OutcomeLine]]:
        """Outcomes of one kind that have a text, with their items."""
        return [(item, out) for item in self.items for out in item.outcomes if out.kind is kind and out.text]

    def has_undescribed(self, kind: OutcomeKind) -> bool:
        """Whether an outcome of this kind has no text yet."""
        return any(out.kind is kind and not out.text for item in self.items for out in item.outcomes)


@dataclass(frozen=True, slots=True)
class Gap:
    """Something minutes lack. ``blocks``: they cannot be filed without it. ``anchor``: where in the editor.

    ``item``: the agenda item that must be unfolded to see it, or 0.
    """

    text: str
    anchor: str
    blocks: bool
    item: int = 0


def gaps(sheet: Sheet) -> list[Gap]:
    """What is missing, in the order of the editor. Minutes with a blocking gap cannot be filed."""
    found = []
    if not sheet.count(Presence.PRESENT):
        found.append(Gap(_("Mark at least one person as present"), "attendance", True))
    unmarked = sheet.count(Presence.UNMARKED)
    if unmarked:
        text = ngettext("Mark the attendance of %(num)s person", "Mark the attendance of %(num)s people", unmarked)
        found.append(Gap(text, "attendance", False))
    if not sheet.items:
        found.append(Gap(_("Add at least one agenda item"), "agenda", True))
    for item in sheet.items:
        found.extend(_gaps_of(item))
    return found


def _gaps_of(item: ItemLine) -> list[Gap]:
    found = []
    if not item.is_noted and not item.not_discussed:
        text = _("Note item %(number)s, or mark it “not discussed”", number=item.position)
        found.append(Gap(text, f"item-{item.id}", True, item.id))
    for outcome in item.outcomes:
        if not outcome.text:
            text = _("%(problem)s (item %(number)s)", problem=outcome.problem, number=item.position)
            found.append(Gap(text, f"outcome-{outcome.id}", True, item.id))
    lacking = [outcome for outcome in item.outcomes if outcome.lacks]
    if lacking:
        text = ngettext(
            "Give an owner and a due day to %(num)s action of item %(number)s",
            "Give an owner and a due day to %(num)s actions of item %(number)s",
            len(lacking),
            number=item.position,
        )
        found.append(Gap(text, f"outcome-{lacking[0].id}", True, item.id))
    return found
