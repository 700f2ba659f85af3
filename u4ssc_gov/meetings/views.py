"""What the pages of this room show: filters, days, words and steps. Reads records, asks no questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Any

from flask import request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from u4ssc_gov.charter.rules import HOUSE
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import GENEVA, days_overdue
from u4ssc_gov.core.formatting import day_text, zone_of
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy, ngettext
from u4ssc_gov.meetings.models import Meeting
from u4ssc_gov.meetings.queries import Filters, MeetingLine, MeetingRecord
from u4ssc_gov.meetings.rules import (
    MeetingKind,
    MeetingState,
    MinutesDraft,
    MinutesStage,
    OutcomeKind,
    Presence,
    Sheet,
    minutes_due_at,
    time_zones,
)

KINDS = {
    MeetingKind.E_MEETING: lazy("E-meeting"),
    MeetingKind.ANNUAL: lazy("Annual meeting"),
    MeetingKind.LAUNCH: lazy("Launch"),
    MeetingKind.BETWEEN_MEETINGS: lazy("Between meetings"),
}
STATES = {
    MeetingState.SCHEDULED: (lazy("Scheduled"), "b"),
    MeetingState.UNDER_WAY: (lazy("Under way"), "g"),
    MeetingState.HELD: (lazy("Held"), ""),
    MeetingState.NOT_HELD: (lazy("Not held"), "line"),
    MeetingState.CANCELLED: (lazy("Cancelled"), "line"),
}
PRESENCES = {
    Presence.PRESENT: lazy("Present"),
    Presence.APOLOGIES: lazy("Apologies"),
    Presence.ABSENT: lazy("Absent"),
    Presence.UNMARKED: lazy("Not marked"),
}
OUTCOMES = {
    OutcomeKind.DECISION: (lazy("Decision"), "flag", "d"),
    OutcomeKind.ACTION: (lazy("Action"), "check", "a"),
    OutcomeKind.INFORMATION: (lazy("Information"), "info", ""),
}


def _zone_name(name: str) -> str:
    """The zone of the seat is called as everywhere else: Geneva."""
    return "Geneva" if name == GENEVA.key else name.replace("_", " ")


@lru_cache(maxsize=64)
def zone_options(selected: str) -> Markup:
    """The options of the time zone select; drawn once for each choice, because there are hundreds."""
    options = [
        Markup('<option value="{0}"{2}>{1}</option>').format(
            name, _zone_name(name), Markup(" selected") if name == selected else ""
        )
        for name in time_zones()
    ]
    return Markup("").join(options)


def read_filters(args: MultiDict[str, str]) -> Filters:
    """Filters of the list from its address; nonsense counts as no filter."""
    kind = args.get("kind", "")
    return Filters(
        mine=args.get("mine") == "1",
        when="past" if args.get("when") == "past" else "coming",
        without_minutes=args.get("without_minutes") == "1",
        kind=MeetingKind(kind) if kind in {k.value for k in MeetingKind} else None,
        code=args.get("deliverable", "")[:20],
    )


def address(filters: Filters, endpoint: str = "meetings.list_meetings", **changes: Any) -> str:
    """The list's address with some filters changed."""
    wanted = replace(filters, **changes)
    return url_for(
        endpoint,
        mine="1" if wanted.mine else None,
        when="past" if wanted.when == "past" else None,
        without_minutes="1" if wanted.without_minutes else None,
        kind=wanted.kind.value if wanted.kind else None,
        deliverable=wanted.code or None,
    )


def list_controls(filters: Filters) -> dict[str, Any]:
    """Tabs, switch, chip and select of the list."""
    return {
        "tabs": [
            _link(_("Coming"), address(filters, when="coming", without_minutes=False), filters.when == "coming"),
            _link(_("Past"), address(filters, when="past"), filters.when == "past"),
        ],
        "scopes": [
            _link(_("All"), address(filters, mine=False), not filters.mine),
            _link(_("Mine"), address(filters, mine=True), filters.mine),
        ],
        "without": _link(
            _("Without minutes"),
            address(filters, when="past", without_minutes=not filters.without_minutes),
            filters.without_minutes,
        ),
        "kinds": [("", _("All kinds")), *((kind.value, str(name)) for kind, name in KINDS.items())],
        "export": address(filters, "meetings.export_meetings"),
    }


def _link(label: str, url: str, current: bool) -> dict[str, Any]:
    return {"label": label, "url": url, "current": current}


def by_day(lines: Sequence[MeetingLine], actor: Actor) -> list[tuple[date, list[MeetingLine]]]:
    """Lines grouped by the reader's own day, in the order given."""
    zone = zone_of(actor.time_zone)
    return [(day, list(group)) for day, group in groupby(lines, lambda line: line.starts_at.astimezone(zone).date())]


def name_of(meeting: Meeting | MeetingLine) -> str:
    """ "E-meeting 7", or the title of a meeting that has no number."""
    return meeting.title if meeting.number is None else _("E-meeting %(number)s", number=meeting.number)


def topic_of(meeting: Meeting | MeetingLine) -> str:
    """What a numbered meeting is about, when that says more than its name."""
    return "" if meeting.number is None or meeting.title == name_of(meeting) else meeting.title


def export_header() -> list[str]:
    """Names of the columns of ``export_rows``."""
    return [
        _("Day"), _("Start (UTC)"), _("End (UTC)"), _("Kind"), _("Deliverable"), _("Number"), _("Title"), _("State"),
        _("Minutes"),
    ]  # fmt: skip


def export_rows(lines: Sequence[MeetingLine], now: datetime) -> list[tuple[object, ...]]:
    """Rows under ``export_header``, times in UTC."""
    return [
        (
            line.starts_at.date().isoformat(),
            "" if line.is_date_only else f"{line.starts_at:%H:%M}",
            "" if line.is_date_only else f"{line.ends_at:%H:%M}",
            str(KINDS[line.kind]),
            line.code or "",
            line.number,
            line.title,
            str(STATES[line.state(now)][0]),
            line.stage.value if line.deliverable_id is not None and not line.source else "",
        )
        for line in lines
    ]


def steps(record: MeetingRecord, actor: Actor, now: datetime) -> list[tuple[str, str, str]]:
    """The way of minutes: Scheduled, Held, Draft, Filed."""
    meeting, minutes, zone = record.meeting, record.minutes, zone_of(actor.time_zone)

    def day(moment: datetime) -> str:
        return day_text(moment.astimezone(zone).date(), now)

    held = now >= meeting.ends_at
    found = [
        (_("Scheduled"), day(meeting.scheduled_at), "done" if now >= meeting.starts_at else "now"),
        (_("Held"), day(meeting.starts_at), "done" if held else "now" if now >= meeting.starts_at else ""),
    ]
    if record.stage is MinutesStage.FILED and minutes is not None and minutes.filed_at is not None:
        return [*found, (_("Draft"), day(minutes.started_at), "done"), (_("Filed"), day(minutes.filed_at), "done")]
    draft = (_("Draft"), "", "now" if held or record.stage is MinutesStage.DRAFT else "")
    due = _("by %(day)s", day=day(minutes_due_at(meeting.ends_at, HOUSE.minutes_due_days)))
    return [*found, draft, (_("Filed"), due, "")]


def lateness(record: MeetingRecord, now: datetime) -> str:
    """ "4 days overdue" for minutes past their day, else empty."""
    due_at = minutes_due_at(record.meeting.ends_at, HOUSE.minutes_due_days)
    if record.stage is MinutesStage.FILED or now < due_at:
        return ""
    days = days_overdue(due_at, now)
    return ngettext("%(num)s day overdue", "%(num)s days overdue", days) if days else _("overdue today")


def open_item(sheet: Sheet) -> int:
    """Which item the editor shows unfolded: the one asked for, else the first that still needs a note."""
    asked = request.args.get("open", "")
    if asked.isascii() and asked.isdigit():
        return int(asked[:9])
    return next((item.id for item in sheet.items if not item.is_noted and not item.not_discussed), 0)


def with_typed(sheet: Sheet, draft: MinutesDraft) -> Sheet:
    """The sheet with what was typed laid over it, for a page that shows a refused save again."""
    notes = {edit.item_id: edit for edit in draft.notes}
    outcomes = {edit.outcome_id: edit for edit in draft.outcomes}
    marks = {edit.attendance_id: edit.presence for edit in draft.presences}
    closed = {edit.outcome_id: edit.closed for edit in draft.closures}
    items = []
    for item in sheet.items:
        lines = tuple(
            replace(line, text=typed.text, owner=typed.owner, due_text=typed.due)
            if (typed := outcomes.get(line.id))
            else line
            for line in item.outcomes
        )
        note = notes.get(item.id)
        said, skipped = (note.said, note.not_discussed) if note else (item.said, item.not_discussed)
        items.append(replace(item, said=said, not_discussed=skipped, outcomes=lines))
    return replace(
        sheet,
        items=tuple(items),
        people=tuple(replace(person, presence=marks.get(person.id, person.presence)) for person in sheet.people),
        earlier=tuple(replace(action, closed=closed.get(action.id, action.closed)) for action in sheet.earlier),
    )


def today_of(actor: Actor, now: datetime) -> date:
    """The reader's own day."""
    return now.astimezone(zone_of(actor.time_zone)).date()
