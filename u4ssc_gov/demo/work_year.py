"""Deliverables at every stage, their e-meetings, minutes written and minutes owed, and the draft of a plan."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from random import Random

from sqlalchemy import select

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.deliverables import services as deliverables
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.deliverables.rules import PATH, DeliverableKind, DeliverableProposal, Stage
from u4ssc_gov.demo.cast import LEADERS, Cast
from u4ssc_gov.demo.timeline import Timeline
from u4ssc_gov.meetings import services as meetings
from u4ssc_gov.meetings.models import Meeting, Note
from u4ssc_gov.meetings.queries import list_attendance, list_earlier
from u4ssc_gov.meetings.rules import (
    AgendaLine,
    ClosureEdit,
    MeetingPlan,
    MinutesDraft,
    NewOutcome,
    NoteEdit,
    OutcomeKind,
    Presence,
    PresenceEdit,
)
from u4ssc_gov.workflows import joining


@dataclass(frozen=True, slots=True)
class Work:
    """One deliverable of the demonstration. ``held``: e-meetings so far; ``owed``: the last has no minutes."""

    title: str
    kind: DeliverableKind
    group: str
    stage: Stage
    objectives: str
    held: int
    last_held_days_ago: int = 12
    owed: bool = False
    next_in_days: int | None = None
    summary: str = ""
    scope: str = ""


THIS_YEAR = (
    Work(
        "Guidelines on interoperable city platforms",
        DeliverableKind.GUIDELINES,
        "city-platforms",
        Stage.DRAFTING,
        "bi",
        7,
        11,
        owed=True,
        next_in_days=3,
        summary="Guidelines for cities that buy or renew a platform and do not want to be tied to one supplier.",
        scope="How cities let their platforms exchange data: open interfaces, minimal requirements, costs and "
        "governance, with examples from cities of different size.",
    ),
    Work(
        "Reuse of city platform components",
        DeliverableKind.REPORT,
        "city-platforms",
        Stage.HARMONISING,
        "bd",
        6,
        9,
        next_in_days=8,
        summary="A report on parts of platforms that cities pass on to each other, with eight examples.",
        scope="What cities can share instead of buying twice, and under which conditions.",
    ),
    Work(
        "Heat early warning in cities",
        DeliverableKind.STUDY,
        "ai-in-cities",
        Stage.REVIEW,
        "cn",
        8,
        5,
        next_in_days=1,
        summary="A study of how cities warn people before a heatwave, and of what they do in the days that follow.",
        scope="Forecasts, thresholds and messages that reach people in time.",
    ),
    Work(
        "Accessible digital services",
        DeliverableKind.POLICY_PAPER,
        "people-centred",
        Stage.DRAFTING,
        "k",
        5,
        20,
        next_in_days=10,
        summary="A policy paper for city administrations that bring their services online.",
        scope="Services that everybody can use, whatever their abilities, language and device.",
    ),
    Work(
        "Financing small adaptation projects",
        DeliverableKind.FRAMEWORK,
        "financing",
        Stage.DRAFTING,
        "jn",
        5,
        15,
        next_in_days=6,
        summary="A framework for cities whose projects cost less than half a million euros.",
        scope="Ways to pay for projects that are too small for development banks.",
    ),
    Work(
        "Circular use of construction material",
        DeliverableKind.CASE_STUDIES,
        "circular-cities",
        Stage.DRAFTING,
        "nd",
        4,
        3,
        owed=True,
        next_in_days=24,
        summary="Ten case studies, each with quantities, costs and a person to ask.",
        scope="What cities did with the material of demolished buildings.",
    ),
    Work(
        "Buying artificial intelligence responsibly",
        DeliverableKind.GUIDELINES,
        "procurement",
        Stage.APPROVED,
        "bc",
        1,
        30,
        next_in_days=13,
        summary="Guidelines and a list of questions for procurement offices.",
        scope="Questions a city asks before it buys a system that learns.",
    ),
    Work(
        "Data spaces for local government",
        DeliverableKind.REPORT,
        "data-spaces",
        Stage.BOARD_APPROVAL,
        "ci",
        9,
        25,
        summary="A report that explains data spaces to mayors and their staff.",
        scope="What a data space is, who runs it and what a city gains.",
    ),
    Work(
        "Flood-ready digital twins",
        DeliverableKind.STUDY,
        "ai-in-cities",
        Stage.ON_HOLD,
        "cn",
        3,
        90,
        summary="A study of digital twins that three cities use against floods.",
        scope="Models of rivers and streets that help a city prepare.",
    ),
    Work(
        "Circular procurement for cities",
        DeliverableKind.GUIDELINES,
        "procurement",
        Stage.PUBLISHED,
        "bn",
        6,
        70,
        summary="Guidelines with clauses that a city can copy into its contracts.",
        scope="Contracts that keep material in use.",
    ),
    Work(
        "Platform costs over ten years",
        DeliverableKind.TOOL,
        "financing",
        Stage.PROPOSED,
        "j",
        0,
        summary="A tool in the form of a spreadsheet, with an explanation of each line.",
        scope="A calculation that shows what a platform costs after it is bought.",
    ),
)
OLDER = ("Shared mobility", "Street lighting", "Water networks", "Waste collection", "Public space", "Air quality")
AGENDA = (
    AgendaLine("Opening and agenda"),
    AgendaLine("Matters arising from the last e-meeting", length_minutes=10),
    AgendaLine("Draft chapters", "The drafting team", 25),
    AgendaLine("Case studies received", length_minutes=15),
    AgendaLine("Any other business and next e-meeting"),
)
SAID = (
    "The agenda was agreed as circulated.",
    "Two actions were reported done. One stays open until the next e-meeting.",
    "The drafting team presented the outline. Participants compared **three ways** to organise it. "
    "Cities asked for a short section for places "
    "without a data team.",
    "Four case studies were received. Two need figures before they can be used.",
    "No other business. The next e-meeting follows in a month.",
)
DECISIONS = (
    "The chapter recommends open interfaces first and keeps the other two ways in an annex.",
    "Peer review uses two reviewers for each chapter, one of them from a city.",
    "The glossary follows the terms of the KPI methodology.",
)
ACTIONS = (
    "Draft two pages on small cities without a data team",
    "Send the figures for the case study",
    "Propose two reviewers",
)


def tell(line: Timeline, cast: Cast, years: int) -> dict[str, Deliverable]:
    """Add the acts of the current year and of ``years - 1`` years before it; returns deliverables by title."""
    made: dict[str, Deliverable] = {}
    for back in range(years - 1, 0, -1):
        for number, subject in enumerate(OLDER):
            group = LEADERS[number % len(LEADERS)][0]
            work = Work(f"{subject}, {_year(line, back)}", DeliverableKind.REPORT, group, Stage.PUBLISHED, "bd", 7, 75)
            _deliverable(line, cast, work, made, shift=365 * back)
    for work in THIS_YEAR:
        _deliverable(line, cast, work, made, shift=0)
    return made


def _year(line: Timeline, back: int) -> int:
    return geneva_date(line.today).year - back


def _deliverable(line: Timeline, cast: Cast, work: Work, made: dict[str, Deliverable], *, shift: int) -> None:
    proposed = shift + (300 if work.stage is not Stage.PROPOSED else 6)
    line.at(line.ago(proposed), lambda now: _propose(line, cast, work, made, now))
    path = PATH[1 : PATH.index(work.stage) + 1] if work.stage in PATH else PATH[1:3]
    for number, stage in enumerate(path):
        days = max(proposed - 20 - number * 45, shift + 2 + len(path) - number)
        line.at(line.ago(days, 15), partial(_move, line, cast, work, made, stage))
    if work.stage is Stage.ON_HOLD:
        line.at(line.ago(shift + 40), lambda now: _move(line, cast, work, made, Stage.ON_HOLD, now))
    if work.held:
        line.at(line.ago(proposed - 25, 16), lambda now: _contributors(line, cast, work, made, now))
    for number in range(1, work.held + 1):
        days = line.working_days_ago(shift + work.last_held_days_ago + (work.held - number) * 28)
        _meeting(line, cast, work, made, number, days)
    if work.next_in_days is not None:
        line.at(line.ago(1), lambda now: _plan_next(line, cast, work, made, now))


def _propose(line: Timeline, cast: Cast, work: Work, made: dict[str, Deliverable], now: datetime) -> None:
    proposal = DeliverableProposal(
        title=work.title,
        kind=work.kind,
        group_id=cast.groups[work.group].id,
        summary=work.summary or f"{work.title}: what cities did and what others can take from it.",
        scope=work.scope or "Examples, lessons and recommendations.",
        objectives=tuple(work.objectives),
        due_on=geneva_date(now) + timedelta(days=400),
    )
    leader = line.actor(cast.leaders[work.group], now)
    made[work.title] = deliverables.propose_deliverable(line.session, proposal, actor=leader, now=now)


def _move(line: Timeline, cast: Cast, work: Work, made: dict[str, Deliverable], stage: Stage, now: datetime) -> None:
    basis = "Demonstration: decision at the annual meeting" if stage in (Stage.APPROVED, Stage.PUBLISHED) else ""
    actor = line.actor(cast.officer, now)
    deliverables.move_stage(line.session, made[work.title], stage, basis=basis, actor=actor, now=now)


def _contributors(line: Timeline, cast: Cast, work: Work, made: dict[str, Deliverable], now: datetime) -> None:
    for person in _team(cast, work):
        joining.contribute(line.session, made[work.title], actor=line.actor(person, now), now=now)


def _team(cast: Cast, work: Work) -> list[Person]:
    picked = Random(work.title).sample(range(1, len(cast.participants)), 4)  # noqa: S311 - the same team each time
    first = [0] if work.group in ("city-platforms", "ai-in-cities") else []
    return [cast.participants[number] for number in first + picked]


def _meeting(line: Timeline, cast: Cast, work: Work, made: dict[str, Deliverable], number: int, days: int) -> None:
    held: dict[str, Meeting] = {}
    last_and_owed = work.owed and number == work.held

    def schedule(now: datetime) -> None:
        plan = MeetingPlan(
            day=geneva_date(line.ago(days)),
            start=time(14),
            end=time(15),
            agenda=AGENDA,
            joining_url="https://meet.example/u4ssc",
        )
        leader = line.actor(cast.leaders[work.group], now)
        held["meeting"] = meetings.schedule_meeting(line.session, made[work.title], plan, actor=leader, now=now)

    line.at(line.ago(days + 14, 9), schedule)
    if not last_and_owed:
        line.at(line.ago(days - 2, 11), lambda now: _write(line, cast, work, held["meeting"], now))


def _write(line: Timeline, cast: Cast, work: Work, meeting: Meeting, now: datetime) -> None:
    leader = line.actor(cast.leaders[work.group], now)
    session = line.session
    minutes = meetings.start_minutes(session, meeting, actor=leader, now=now)
    rng = Random(meeting.id)  # noqa: S311 - decoration, not secrets
    people = list(list_attendance(session, meeting.id).values())
    items = list(session.scalars(select(Note.agenda_item_id).where(Note.minutes_id == minutes.id).order_by(Note.id)))
    due = (geneva_date(now) + timedelta(days=25)).isoformat()
    # Most actions are done by the next e-meeting; the newest stays open.
    earlier = sorted(list_earlier(session, meeting, minutes).values(), key=lambda outcome: outcome.id)
    draft = MinutesDraft(
        closures=tuple(ClosureEdit(outcome.id, closed=True) for outcome in earlier[:-1] if outcome.closed_at is None),
        notes=tuple(NoteEdit(item, SAID[i % len(SAID)]) for i, item in enumerate(items)),
        presences=tuple(
            PresenceEdit(row.id, Presence.APOLOGIES if rng.random() < 0.2 and i else Presence.PRESENT)
            for i, row in enumerate(people)
        ),
        new_outcomes=(
            NewOutcome(items[2], OutcomeKind.DECISION, rng.choice(DECISIONS)),
            NewOutcome(items[2], OutcomeKind.ACTION, rng.choice(ACTIONS), owner=people[-1].name, due=due),
            NewOutcome(items[3], OutcomeKind.INFORMATION, "The deadline for case studies is extended by two weeks."),
        ),
    )
    meetings.save_minutes(session, minutes, draft, actor=leader, now=now)
    meetings.file_minutes(session, minutes, actor=leader, now=now)


def _plan_next(line: Timeline, cast: Cast, work: Work, made: dict[str, Deliverable], now: datetime) -> None:
    ahead = line.ahead(line.working_days_ahead(work.next_in_days or 1), 14)
    plan = MeetingPlan(
        day=geneva_date(ahead), start=time(14), end=time(15), agenda=AGENDA, joining_url="https://meet.example/u4ssc"
    )
    leader = line.actor(cast.leaders[work.group], now)
    meetings.schedule_meeting(line.session, made[work.title], plan, actor=leader, now=now)
