"""What a plan of a year and its entries must satisfy (¶20d, ¶22, ¶23a)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from u4ssc_gov.core.errors import Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _

FIRST_YEAR, LAST_YEAR = 2016, 2100
NEXT_PLAN_DAYS = 120  # house setting: how long before a year its plan is looked for
LIMITS = {"title": 200, "lead": 200, "expected_result": 600, "period": 60}


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """One line for a plan. ``deliverable_id`` ties it to a deliverable; without one it is an activity."""

    title: str
    objective: str  # letter of ¶22
    lead: str = ""
    expected_result: str = ""
    period: str = ""
    deliverable_id: int | None = None
    form_key: str | None = None  # random name of the page it was typed on: the same page sent twice is one line


def check_year(year: int) -> None:
    """Raise ``Invalid`` for a year the initiative cannot plan."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        message = _("Choose a year from %(first)s to %(last)s.", first=FIRST_YEAR, last=LAST_YEAR)
        raise Invalid(message, "plan.year", "year")


def check_draft(*, is_adopted: bool, year: int) -> None:
    """Raise ``RuleViolation`` when the plan was adopted: then it changes only by a new version (¶23a)."""
    if is_adopted:
        message = _("The Action Plan %(year)s is adopted and does not change any more.", year=year)
        raise RuleViolation(message, "plan.adopted")


def check_not_before_board(ballot_code: str, *, year: int) -> None:
    """Raise ``RuleViolation`` while a ballot decides on the plan: what the Board reads is what it adopts (¶23a)."""
    if ballot_code:
        message = _(
            "The Action Plan %(year)s is before the Board in ballot %(code)s. It does not change until that ballot is "
            "decided.",
            year=year,
            code=ballot_code,
        )
        raise RuleViolation(message, "plan.before_board")


def check_entry(entry: EntryDraft, known_letters: frozenset[str]) -> None:
    """Raise ``Invalid`` for what is missing, too long or unknown. Texts are cleaned before."""
    if not entry.title:
        raise Invalid(_("Give the entry a title."), "plan.entry.title", "title")
    if not entry.expected_result:
        raise Invalid(_("Say what will exist at the end of the year."), "plan.entry.result", "expected_result")
    for name, limit in LIMITS.items():
        if len(getattr(entry, name)) > limit:
            raise Invalid(_("Use at most %(count)s characters.", count=limit), "plan.entry.too_long", name)
    if entry.objective not in known_letters:
        message = _("Choose the objective of paragraph 22 that this serves.")
        raise Invalid(message, "plan.entry.objective", "objective")


def activity_code(year: int, number: int) -> str:
    """The identifier of an activity: A-27-02."""
    return f"A-{year % 100:02}-{number:02}"


def days_left(year: int, today: date) -> int:
    """Whole days until the last day before a plan's year: the day by which the Board should have adopted it."""
    return (date(year - 1, 12, 31) - today).days
