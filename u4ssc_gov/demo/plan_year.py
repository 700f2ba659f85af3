"""The draft of next year's Action Plan: entries of the leaders and of the Implementation Programme."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.demo.cast import LEADERS, Cast
from u4ssc_gov.demo.timeline import Timeline
from u4ssc_gov.plan import services as plan
from u4ssc_gov.plan.queries import get_plan
from u4ssc_gov.plan.rules import EntryDraft

# Deliverable's title or an activity, objective of ¶22, expected result, period.
ENTRIES = (
    ("Guidelines on interoperable city platforms", "b", "Guidelines published in two languages", "January to April"),
    ("Reuse of city platform components", "d", "Report with eight examples", "January to June"),
    ("Heat early warning in cities", "n", "Study and a webinar with meteorological services", "January to March"),
    ("Accessible digital services", "k", "Policy paper agreed with organisations of users", "January to September"),
    ("Financing small adaptation projects", "j", "Framework tested by three cities", "February to October"),
    ("Circular use of construction material", "n", "Collection of ten case studies", "January to November"),
    ("Buying artificial intelligence responsibly", "c", "Guidelines and a list of questions", "January to December"),
    ("", "f", "Training of twenty verifiers", "March and September"),
)


def tell(line: Timeline, cast: Cast, made: dict[str, Deliverable]) -> None:
    """Add the acts: the draft is opened six weeks ago and filled by its leads since."""
    line.at(line.ago(42), lambda now: _open(line, cast, now))
    for number, (title, letter, result, period) in enumerate(ENTRIES):
        line.at(
            line.ago(30 - number * 2, 13),
            partial(_entry, line, cast, made, (title, letter, result, period)),
        )


def _open(line: Timeline, cast: Cast, now: datetime) -> None:
    year = geneva_date(line.today).year + 1
    plan.open_plan(line.session, year, actor=line.actor(cast.officer, now), now=now)


def _entry(
    line: Timeline, cast: Cast, made: dict[str, Deliverable], entry: tuple[str, str, str, str], now: datetime
) -> None:
    title, letter, result, period = entry
    deliverable = made.get(title)
    leads: dict[int | None, str] = {cast.groups[code].id: f"Leader, {name}" for code, name, _days in LEADERS}
    draft = EntryDraft(
        title=title or "Training for verifiers",
        objective=letter,
        deliverable_id=deliverable.id if deliverable else None,
        lead=leads.get(deliverable.group_id, "") if deliverable else "Leader, Implementation Programme",
        expected_result=result,
        period=period,
    )
    found = get_plan(line.session, geneva_date(line.today).year + 1, lock=True)
    plan.add_entry(line.session, found, draft, actor=line.actor(cast.officer, now), now=now)
