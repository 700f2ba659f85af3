"""What each role's home shows beside the duties, in a fixed number of statements (ux 3).

One person may hold several roles: the page shows the union.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from u4ssc_gov.board.pages import cards as board
from u4ssc_gov.core.actor import Actor, HeldOffice
from u4ssc_gov.core.dates import geneva_date, geneva_midnight
from u4ssc_gov.core.duty import Duty, DutyKind, HolderKind
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.deliverables import mine as deliverables
from u4ssc_gov.deliverables import pages
from u4ssc_gov.deliverables.mine import WorkLine
from u4ssc_gov.desk import offices
from u4ssc_gov.desk.ballots import DecidedBallot, OpenBallot, decided_ballot, open_ballot
from u4ssc_gov.desk.offices import OfficeLine
from u4ssc_gov.desk.rows import DutyRow, buckets, long_day, make_rows, weekday_text
from u4ssc_gov.evaluations import queries as evaluations
from u4ssc_gov.evaluations.models import EvaluationRequest
from u4ssc_gov.evaluations.queries import EvaluationHealth
from u4ssc_gov.evaluations.rules import AWAITING_ANSWER, BOARD_STAGES, RequestStage, answer_due
from u4ssc_gov.meetings import queries as meetings
from u4ssc_gov.meetings.queries import MeetingLine

_STAGE_NAMES = {
    RequestStage.RECEIVED: lambda: _("Received"),
    RequestStage.SCREENING: lambda: _("Screening"),
    RequestStage.WAITING: lambda: _("Waiting for resources"),
    RequestStage.SCHEDULED: lambda: _("Scheduled"),
    RequestStage.UNDER_WAY: lambda: _("Under way"),
    RequestStage.COMPLETED: lambda: _("Completed"),
    RequestStage.DECLINED: lambda: _("Declined"),
    RequestStage.WITHDRAWN: lambda: _("Withdrawn"),
}


@dataclass(frozen=True, slots=True)
class TenureCard:
    """An office held now: how much of its one year is over (¶34)."""

    title: str
    days_left: int
    term_days: int
    percent: int
    starts_on: date
    last_day: date


@dataclass(frozen=True, slots=True)
class LedDeliverable:
    """A deliverable of a led group with its line of stages."""

    row: WorkLine
    kind: str
    stage: str
    late_days: int
    steps: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class CityRequest:
    """A focal point's request: its stage, its place and the last answer."""

    request: EvaluationRequest
    stage: str
    steps: list[tuple[str, str, str]]
    place: int | None
    answer_by: date | None  # when the city is owed the next answer


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the Secretariat's health line; the whole tile is a link."""

    label: str
    value: int
    of: str
    foot: str
    tone: str
    url: str
    clause: str


@dataclass(slots=True)
class Home:
    """Everything the page shows."""

    title: str
    lede: str
    inbox: list[tuple[str, list[DutyRow]]] = field(default_factory=list)
    ballots: list[OpenBallot] = field(default_factory=list)
    decided: list[DecidedBallot] = field(default_factory=list)
    led: list[LedDeliverable] = field(default_factory=list)
    chosen: list[WorkLine] = field(default_factory=list)
    seeking: list[WorkLine] = field(default_factory=list)
    requests: list[CityRequest] = field(default_factory=list)
    next_meeting: MeetingLine | None = None
    tenures: list[TenureCard] = field(default_factory=list)
    offices: list[OfficeLine] = field(default_factory=list)


def build_home(session: Session, duties: list[Duty], *, actor: Actor, zone: ZoneInfo, now: datetime) -> Home:
    """The home of everybody but the Secretariat; a person with several roles gets the union, within 12 statements.

    ``duties`` come without the votes owed: those are the ballot cards.
    """
    roles = roles_of(actor)
    cards = board.ballot_cards(session, actor, now) if actor.is_board or actor.is_chair else []
    to_vote = [card for card in cards if not card.has_voted]
    rows = make_rows(duties, zone, now, primary=not to_vote)
    home = Home(
        title=_title(duties, to_vote, actor, now),
        lede=_lede(actor, now),
        inbox=_by_role(duties, rows, actor) if len(roles) > 1 else buckets(rows),
        ballots=[open_ballot(card, zone, now) for card in cards],
        tenures=[tenure_card(office, geneva_date(now)) for office in actor.offices],
    )
    _add_roles(home, session, actor, zone, now, alone=len(roles) == 1)
    if roles == ["focal"] and not duties and home.requests:
        first = home.requests[0]
        home.title = _("The request of %(city)s: %(stage)s", city=first.request.city, stage=first.stage)
    return home


def _add_roles(home: Home, session: Session, actor: Actor, zone: ZoneInfo, now: datetime, *, alone: bool) -> None:
    """What each role follows. Somebody with several roles sees less of each, so that the page stays one page."""
    if actor.is_board and alone:
        home.decided = [decided_ballot(found, zone, now) for found in board.recently_decided(session, actor, now)]
    if actor.is_chair and alone:
        home.offices = offices.list_ending(session, now)
    if actor.led_groups or actor.contributes_to:
        today = geneva_date(now)
        mine = deliverables.list_mine(session, actor)
        home.led = [_led(row, today, now) for row in mine if actor.leads_group(row.group_id)][:3]
        home.chosen = [row for row in mine if not actor.leads_group(row.group_id)]
    if actor.participant_kind and alone:
        home.seeking = deliverables.list_seeking(session, actor)
    if actor.focal_requests:
        home.requests = city_requests(session, actor, now, places=alone)
    if roles_of(actor) != ["focal"]:
        home.next_meeting = meetings.next_meeting(session, actor, now)


def roles_of(actor: Actor) -> list[str]:
    """The roles this person holds now, in the order of the page."""
    held = (
        ("board", actor.is_board),
        ("chair", actor.is_chair),
        ("ip_leader", actor.is_ip_leader),
        ("leader", actor.is_leader),
        ("participant", bool(actor.participant_kind) or bool(actor.contributes_to)),
        ("focal", bool(actor.focal_requests)),
    )
    return [name for name, holds in held if holds]


def _title(duties: list[Duty], to_vote: list[board.BallotCard], actor: Actor, now: datetime) -> str:
    if to_vote and len(roles_of(actor)) == 1:
        agencies = sorted({acronym for card in to_vote for acronym in card.to_vote})
        if len(agencies) == 1:
            return ngettext(
                "%(num)s ballot needs %(agency)s’s vote",
                "%(num)s ballots need %(agency)s’s vote",
                len(to_vote),
                agency=agencies[0],
            )
        return ngettext("%(num)s ballot needs your votes", "%(num)s ballots need your votes", len(to_vote))
    count = len(duties) + sum(len(card.to_vote) for card in to_vote)
    if not count:
        return _("Nothing needs you today")
    late = sum(duty.is_overdue(now) for duty in duties)
    if not late:
        return ngettext("%(num)s thing needs you", "%(num)s things need you", count)
    if late == count:
        return ngettext(
            "%(num)s thing needs you, and it is overdue", "%(num)s things need you, and all are overdue", count
        )
    return ngettext(
        "%(count)s things need you, one of them is overdue",
        "%(count)s things need you, %(num)s of them are overdue",
        late,
        count=count,
    )


def _lede(actor: Actor, now: datetime) -> str:
    parts = [long_day(geneva_date(now))]
    if actor.mandates:
        names = ", ".join(mandate.partner_name for mandate in actor.mandates)
        parts.append(_("You vote for %(partners)s", partners=names))
    if actor.offices:
        parts.append(_("You are %(offices)s", offices="; ".join(office.title for office in actor.offices)))
    return " · ".join(parts)


def _by_role(duties: list[Duty], rows: list[DutyRow], actor: Actor) -> list[tuple[str, list[DutyRow]]]:
    titles = {
        "board": _("As Board member"),
        "chair": _("As chair"),
        "leader": _("As Leader"),
        "focal": _("As focal point"),
        "you": _("For you"),
    }
    grouped: dict[str, list[DutyRow]] = {}
    for duty, row in zip(duties, rows, strict=True):
        grouped.setdefault(_role_of(duty, actor), []).append(row)
    return [(titles[role], grouped[role]) for role in titles if role in grouped]


def _role_of(duty: Duty, actor: Actor) -> str:
    match duty.holder.kind:
        case HolderKind.PARTNER:
            return "board"
        case HolderKind.CHAIRS:
            return "chair"
        case HolderKind.GROUP_LEADERS:
            return "leader"
        case _:
            pass
    if duty.kind is DutyKind.EVALUATION and actor.focal_requests:
        return "focal"
    if duty.kind is DutyKind.TENURE:
        return "chair" if actor.is_chair else "leader"
    return "you"


def _led(row: WorkLine, today: date, now: datetime) -> LedDeliverable:
    return LedDeliverable(
        row, pages.kind_name(row.kind), pages.stage_name(row.stage), pages.late_days(row, today),
        tuple(pages.steps(row, (), now)),
    )  # fmt: skip


def tenure_card(office: HeldOffice, today: date) -> TenureCard:
    """Full days left after today, as on the page of tenures; ``ends_on`` is the first day out of office."""
    total = max(1, (office.ends_on - office.starts_on).days)
    left = max(0, (office.ends_on - today).days - 1)
    return TenureCard(
        title=office.title,
        days_left=left,
        term_days=total,
        percent=min(100, 100 * (today - office.starts_on).days // total),
        starts_on=office.starts_on,
        last_day=office.ends_on - timedelta(days=1),
    )


def city_requests(session: Session, actor: Actor, now: datetime, *, places: bool) -> list[CityRequest]:
    """The requests of a focal point's city; with ``places``, the place of the first one in line. At most two."""
    found = list(evaluations.list_mine(session, actor=actor))[:5]
    waiting = next((request for request in found if places and request.stage is RequestStage.WAITING), None)
    place = evaluations.place_in_line(session, waiting) if waiting is not None else None
    return [
        CityRequest(
            request,
            stage_name(request.stage),
            _request_steps(request, now),
            place if request is waiting else None,
            _answer_by(request),
        )
        for request in found
    ]


def _answer_by(request: EvaluationRequest) -> date | None:
    if request.stage not in AWAITING_ANSWER or request.asked_at is None:
        return None
    return geneva_date(answer_due(request.asked_at, request.last_answer_at))


def stage_name(stage: RequestStage) -> str:
    """The stage of a request in the reader's language."""
    return _STAGE_NAMES[stage]() if stage in _STAGE_NAMES else stage.value


def _request_steps(request: EvaluationRequest, now: datetime) -> list[tuple[str, str, str]]:
    if request.stage not in BOARD_STAGES:
        return []
    at = BOARD_STAGES.index(request.stage)
    since = day_text(geneva_date(request.stage_since), now)
    done = request.stage is RequestStage.COMPLETED
    return [
        (stage_name(stage), _("since %(day)s", day=since) if index == at else "",
         "done" if index < at or done else "now" if index == at else "")
        for index, stage in enumerate(BOARD_STAGES)
    ]  # fmt: skip


def health_tiles(session: Session, queue: list[Duty], actor: Actor, now: datetime) -> list[Tile]:
    """The Secretariat's figures, counted from its queue and at most one statement more."""
    ending = [duty for duty in queue if duty.kind is DutyKind.TENURE]
    minutes = [duty for duty in queue if duty.key.startswith("minutes:") and duty.is_overdue(now)]
    ballots = [duty for duty in queue if duty.kind is DutyKind.BALLOT]
    return [
        _tile(_("Tenures to settle"), ending, now, "/people", "34a"),
        _tile(_("Minutes overdue"), minutes, now, "/meetings?when=past&without_minutes=1", "26e"),
        _tile(_("Ballots that need a step"), ballots, now, "/ballots", "24"),
        _requests_tile(session, queue, actor, now),
    ]


def _requests_tile(session: Session, queue: list[Duty], actor: Actor, now: datetime) -> Tile:
    if not _holds_more(actor):
        return _evaluation_tile(evaluations.evaluation_health(session, now))
    owed = [duty for duty in queue if duty.kind is DutyKind.EVALUATION]
    return _tile(_("Cities that wait for word"), owed, now, "/evaluations", "10b")


def _holds_more(actor: Actor) -> bool:
    """An officer with an office or a mandate: their duties take the statements that figures would take."""
    return bool(actor.offices or actor.mandates)


def _tile(label: str, duties: list[Duty], now: datetime, url: str, clause: str) -> Tile:
    late = [duty for duty in duties if duty.is_overdue(now)]
    dated = [duty.due_at for duty in duties if duty.due_at is not None]
    if late:
        of, foot, tone = "", ngettext("%(num)s is overdue", "%(num)s are overdue", len(late)), "r"
    elif dated:
        first = min(dated)
        of, foot = "", _("First due %(day)s", day=day_text(geneva_date(first - timedelta(microseconds=1)), now))
        tone = "a" if first <= now + timedelta(days=7) else ""
    else:
        of, foot, tone = "", _("Nothing is due") if not duties else _("No date set"), ""
    return Tile(label, len(duties), of, foot, tone, url, clause)


def _evaluation_tile(health: EvaluationHealth) -> Tile:
    foot = ngettext("%(num)s request has no answer", "%(num)s requests have no answer", health.unanswered)
    if not health.unanswered:
        foot = _("Every request has an answer")
    of = "" if health.longest_days is None else ngettext(
        "longest wait %(num)s day", "longest wait %(num)s days", health.longest_days
    )  # fmt: skip
    tone = "r" if health.unanswered else ""
    return Tile(_("Cities waiting for resources"), health.waiting, of, foot, tone, "/evaluations", "10b")


class View(NamedTuple):
    """A tab of the queue."""

    name: str
    url: str
    is_current: bool
    duties: int


def views_of(queue: list[Duty], kind: str) -> list[View]:
    """All work, then the kinds of work in the queue with their counts; the chosen one is the current one."""
    names = {
        DutyKind.TENURE: _("Tenures"),
        DutyKind.BALLOT: _("Ballots"),
        DutyKind.EVALUATION: _("Evaluations"),
        DutyKind.MINUTES: _("Minutes"),
        DutyKind.MEETING: _("Meetings"),
        DutyKind.DELIVERABLE: _("Deliverables"),
        DutyKind.PLAN: _("Action Plan"),
        DutyKind.PARTICIPANT: _("Participants"),
        DutyKind.MAIL: _("Mail"),
    }
    counts = Counter([duty.kind for duty in queue])
    of_kinds = [
        View(name, f"/home?kind={key.value}", kind == key, counts[key]) for key, name in names.items() if key in counts
    ]
    return [View(_("All work"), "/home", not kind, len(queue)), *of_kinds]


@dataclass(frozen=True, slots=True)
class WeekLine:
    """A meeting of the coming week under its day."""

    line: MeetingLine
    weekday: str
    number: int


def week_ahead(session: Session, actor: Actor, zone: ZoneInfo, now: datetime) -> list[WeekLine]:
    """Meetings up to Sunday, at most six. One statement; none for an officer who holds more than that."""
    if _holds_more(actor):
        return []
    today = geneva_date(now)
    ends_at = geneva_midnight(today + timedelta(days=7 - today.weekday()))
    coming = meetings.list_meetings(session, meetings.Filters(), actor=actor, now=now, limit=6)
    return [
        WeekLine(line, weekday_text(line.starts_at.astimezone(zone).date()), line.starts_at.astimezone(zone).day)
        for line in coming
        if line.starts_at < ends_at and line.cancelled_at is None
    ]
