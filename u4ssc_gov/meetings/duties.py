"""What is owed about meetings: minutes, actions, the calendar; and how ¶26d, ¶26e and ¶30d stand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from u4ssc_gov.charter.rules import HOUSE
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date, geneva_midnight, one_year_after
from u4ssc_gov.core.duty import ClauseFinding, ClauseState, Duty, DutyKind, Holder, HolderKind
from u4ssc_gov.core.formatting import day_text, zone_of
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.meetings import queries, rules
from u4ssc_gov.meetings.queries import ActionRow, Tally, UnwrittenRow


def duties(session: Session, *, actor: Actor, now: datetime) -> list[Duty]:
    """Minutes that this actor's groups owe, and actions that this person owns. At most two statements."""
    found: list[Duty] = []
    if actor.led_groups:
        rows = queries.list_unwritten(session, now=now, groups=sorted(actor.led_groups))
        found.extend(_minutes_duty(row, actor.time_zone, now) for row in rows)
    if actor.person_id is not None:
        found.extend(_action_duty(row, actor.person_id) for row in queries.list_open_actions(session, actor))
    return found


def _minutes_duty(row: UnwrittenRow, zone: str, now: datetime) -> Duty:
    day = day_text(row.ends_at.astimezone(zone_of(zone)).date(), now, weekday=True)
    if row.minutes_id:
        why = _("%(code)s · held %(day)s · the draft is begun", code=row.code, day=day)
    else:
        why = ngettext(
            "%(code)s · held %(day)s · %(num)s person on the joining list",
            "%(code)s · held %(day)s · %(num)s people on the joining list",
            row.listed,
            code=row.code,
            day=day,
        )
    return _duty(row, _("Write minutes of e-meeting %(number)s", number=row.number), why, _("Write minutes"))


def _duty(row: UnwrittenRow, title: str, why: str, action: str) -> Duty:
    return Duty(
        key=f"minutes:{row.meeting_id}",
        kind=DutyKind.MINUTES,
        holder=Holder(HolderKind.GROUP_LEADERS, row.group_id or 0),
        clauses=("26e",),
        title=title,
        why=why,
        action=action,
        endpoint="meetings.edit_minutes" if row.minutes_id else "meetings.show_meeting",
        args={"code": row.code, "number": row.number},
        due_at=rules.minutes_due_at(row.ends_at, HOUSE.minutes_due_days),
        since=row.ends_at,
        icon="edit",
    )


def _action_duty(row: ActionRow, person_id: int) -> Duty:
    return Duty(
        key=f"action:{row.id}",
        kind=DutyKind.MINUTES,
        holder=Holder(HolderKind.PERSON, person_id),
        clauses=("27c",),
        title=_("Action due: %(action)s", action=row.text),
        why=_("%(code)s · action of e-meeting %(number)s", code=row.code, number=row.number),
        action=_("Report it done"),
        endpoint="meetings.show_minutes",
        args={"code": row.code, "number": row.number, "_anchor": f"action-{row.id}"},
        due_at=_end_of(row.due_on) if row.due_on else None,
        icon="check",
    )


def _end_of(day: date) -> datetime:
    """The due day itself still counts: the instant is the midnight after it."""
    return geneva_midnight(day + timedelta(days=1))


def secretariat_duties(session: Session, *, now: datetime) -> list[Duty]:
    """Overdue minutes with the leaders who owe them (¶26e, ¶30a). One statement."""
    leaders: dict[int, list[str]] = {}
    rows: dict[int, UnwrittenRow] = {}
    for row in queries.list_unwritten(session, now=now):
        if rules.minutes_due_at(row.ends_at, HOUSE.minutes_due_days) <= now:
            rows[row.meeting_id] = row
            leaders.setdefault(row.meeting_id, []).extend([row.leader] if row.leader else [])
    return [_desk_duty(row, leaders[row.meeting_id]) for row in rows.values()]


def _desk_duty(row: UnwrittenRow, leaders: list[str]) -> Duty:
    title = _("Minutes of e-meeting %(number)s of %(code)s are missing", number=row.number, code=row.code)
    names = ", ".join(leaders) if leaders else _("no Leader in office")
    action = _("Open the draft") if row.minutes_id else _("Open e-meeting")  # it leads to one or the other
    return _duty(row, title, _("%(title)s · %(leaders)s", title=row.title, leaders=names), action)


def clause_findings(session: Session, *, now: datetime) -> list[ClauseFinding]:
    """How ¶26d, ¶26e and ¶30d stand. One statement."""
    tally = queries.count_state(session, now=now, due_days=HOUSE.minutes_due_days)
    return [_calendar(tally), _minutes(tally), _annual(tally, now)]


def _calendar(tally: Tally) -> ClauseFinding:
    sentence = ngettext(
        "%(planned)s of %(num)s active deliverable has an e-meeting ahead",
        "%(planned)s of %(num)s active deliverables have an e-meeting ahead",
        tally.active,
        planned=tally.planned,
    )
    state = ClauseState.MET if tally.planned >= tally.active else ClauseState.DUE
    return ClauseFinding("26d", state, sentence, "", "meetings.list_meetings", {}, _("Open the calendar"))


def _minutes(tally: Tally) -> ClauseFinding:
    if not tally.held:
        return ClauseFinding("26e", ClauseState.MET, _("No e-meeting has been held on the platform yet"))
    if not tally.unwritten:
        sentence = ngettext("The %(num)s e-meeting held has minutes", "All %(num)s e-meetings have minutes", tally.held)
        return ClauseFinding("26e", ClauseState.MET, sentence)
    sentence = ngettext("%(num)s e-meeting without minutes", "%(num)s e-meetings without minutes", tally.unwritten)
    facts = ngettext(
        "%(num)s is past the %(days)s days of the house setting.",
        "%(num)s are past the %(days)s days of the house setting.",
        tally.overdue,
        days=HOUSE.minutes_due_days,
    )
    state = ClauseState.BREACHED if tally.overdue else ClauseState.DUE
    args = {"when": "past", "without_minutes": "1"}
    return ClauseFinding("26e", state, sentence, facts, "meetings.list_meetings", args, _("Open the list"))


def _annual(tally: Tally, now: datetime) -> ClauseFinding:
    link = {"endpoint": "meetings.list_meetings", "link_label": _("Open the list")}
    past = {"when": "past", "kind": "annual"}
    if tally.next_annual_at is not None:
        day = day_text(geneva_date(tally.next_annual_at), now)
        sentence = _("The next annual meeting is on %(day)s", day=day)
        return ClauseFinding("30d", ClauseState.MET, sentence, args={"kind": "annual"}, **link)
    if tally.last_annual_at is None:
        return ClauseFinding("30d", ClauseState.DUE, _("No annual meeting is on record"))
    last, today = geneva_date(tally.last_annual_at), geneva_date(now)
    facts = _("The last one was on %(day)s.", day=day_text(last, now))
    year = today.year + 1 if last.year == today.year else today.year
    sentence = _("Annual meeting %(year)s has no date", year=year)
    state = ClauseState.BREACHED if today > one_year_after(last) else ClauseState.DUE
    return ClauseFinding("30d", state, sentence, facts, args=past, **link)
