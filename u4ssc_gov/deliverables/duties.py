"""What is owed about deliverables, and how the paragraphs on them stand (¶21, ¶25b, ¶26, ¶27a, ¶38)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Date, Row, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date, geneva_midnight
from u4ssc_gov.core.duty import ClauseFinding, ClauseState, Duty, DutyKind, Holder, HolderKind
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.deliverables.models import Contributor, Deliverable
from u4ssc_gov.deliverables.queries import LED
from u4ssc_gov.deliverables.rules import ACTIVE, STAGE_NAMES, Stage
from u4ssc_gov.participants.models import Participant

SOON_DAYS = 30  # house setting: how long before its day a deliverable appears on its leader's home
_LONGEST = 50


def duties(session: Session, *, actor: Actor, now: datetime) -> list[Duty]:
    """What this actor owes: leaders their due work, the Secretariat a decision on proposals. At most one statement."""
    today = geneva_date(now)
    leads, decides = bool(actor.led_groups), actor.is_secretariat
    if not leads and not decides:
        return []
    return [_own_duty(row, now) for row in _rows(session, _owed(leads, decides), today, actor.led_groups)]


def secretariat_duties(session: Session, *, now: datetime, led_groups: frozenset[int] = frozenset()) -> list[Duty]:
    """Work past its day, owed by its leaders (¶25b), and proposals to put to the Board (¶21b). One statement.

    With ``led_groups``, also what an officer who leads those groups owes soon, in the same statement.
    """
    today = geneva_date(now)
    rows = _rows(session, _overseen(bool(led_groups)), today, led_groups)
    return [
        _own_duty(row, now) if row.stage is Stage.PROPOSED or row.group_id in led_groups else _late_duty(row, now)
        for row in rows
    ]


def _undecided() -> ColumnElement[bool]:
    """Proposed on the platform; what the records from before call proposed is history."""
    return and_(Deliverable.stage == Stage.PROPOSED, Deliverable.source == "")


_ROWS = (
    select(
        Deliverable.id, Deliverable.code, Deliverable.title, Deliverable.stage, Deliverable.group_id,
        Deliverable.due_on, Deliverable.created_at,
    )
    .order_by(Deliverable.due_on.asc().nulls_last(), Deliverable.id)
    .limit(_LONGEST)
)  # fmt: skip
_UNFINISHED = Deliverable.stage.in_(sorted(ACTIVE))
_LED_SOON = and_(Deliverable.group_id.in_(LED), Deliverable.due_on <= bindparam("soon", type_=Date))


@cache
def _owed(leads: bool, decides: bool) -> Any:
    wanted = [and_(_UNFINISHED, _LED_SOON)] if leads else []
    return _ROWS.where(or_(*wanted, _undecided()) if decides else or_(*wanted))


@cache
def _overseen(leads: bool) -> Any:
    late = Deliverable.due_on < bindparam("today", type_=Date)
    return _ROWS.where(or_(and_(_UNFINISHED, or_(late, _LED_SOON) if leads else late), _undecided()))


def _rows(session: Session, statement: Any, today: date, led_groups: frozenset[int]) -> list[Any]:
    values = {"today": today, "soon": today + timedelta(days=SOON_DAYS), "led": sorted(led_groups)}
    return list(session.execute(statement, values))


def _own_duty(row: Row[Any], now: datetime) -> Duty:
    if row.stage is Stage.PROPOSED:
        return Duty(
            key=f"deliverable:{row.id}:decide",
            kind=DutyKind.DELIVERABLE,
            holder=Holder(HolderKind.SECRETARIAT),
            clauses=("21b",),
            title=_("Put %(code)s %(title)s to the Board", code=row.code, title=row.title),
            why=_("Proposed %(day)s, not decided yet", day=day_text(geneva_date(row.created_at), now)),
            action=_("Prepare the ballot"),
            endpoint="board.new_draft",
            args={"kind": "deliverable", "deliverable_id": row.id},
            since=row.created_at,
            icon="doc",
        )
    return Duty(
        key=f"deliverable:{row.id}:finish",
        kind=DutyKind.DELIVERABLE,
        holder=Holder(HolderKind.GROUP_LEADERS, row.group_id),
        clauses=("25b",),
        title=_("Finish %(code)s %(title)s", code=row.code, title=row.title),
        why=_("Stage: %(stage)s", stage=str(STAGE_NAMES[row.stage])),
        action=_("Open deliverable"),
        endpoint="deliverables.show_deliverable",
        args={"code": row.code},
        due_at=_end_of(row.due_on),
        icon="doc",
    )


def _late_duty(row: Row[Any], now: datetime) -> Duty:
    return Duty(
        key=f"deliverable:{row.id}:finish",
        kind=DutyKind.DELIVERABLE,
        holder=Holder(HolderKind.GROUP_LEADERS, row.group_id or 0),
        clauses=("25b",),
        title=_("%(code)s %(title)s is past its day", code=row.code, title=row.title),
        why=_("Stage: %(stage)s · was due %(day)s", stage=str(STAGE_NAMES[row.stage]), day=day_text(row.due_on, now)),
        action=_("Open deliverable"),
        endpoint="deliverables.show_deliverable",
        args={"code": row.code},
        due_at=_end_of(row.due_on),
        icon="doc",
    )


def _end_of(day: date) -> datetime:
    """The due day itself still counts: the instant is the midnight after it."""
    return geneva_midnight(day + timedelta(days=1))


def clause_findings(session: Session, *, now: datetime) -> list[ClauseFinding]:
    """How ¶21b, ¶25b, ¶26a, ¶26g, ¶27a, ¶36 and ¶38 stand. One statement."""
    return findings_from(session.execute(clause_counts(geneva_date(now))).one(), now)


def findings_from(counts: Any, now: datetime) -> list[ClauseFinding]:
    """The findings from a row that holds the columns of ``clause_counts``."""
    return [
        _approvals(counts),
        _lateness(counts, now),
        _proposals(counts),
        _scopes(counts),
        _choices(int(counts.idle), int(counts.participants)),
        _published(counts),
        _closed(counts),
    ]


def clause_counts(today: date) -> Select[Any]:
    """Every number behind the findings, as one row."""
    active = Deliverable.stage.in_(sorted(ACTIVE))
    ours = and_(active, Deliverable.source == "")
    late = and_(active, Deliverable.due_on < today)
    has_chosen = exists().where(Contributor.person_id == Participant.person_id, Contributor.left_at.is_(None))
    return select(
        _number(active).label("active"),
        _number(ours).label("ours"),
        _number(and_(ours, Deliverable.approval_basis == "")).label("without_basis"),
        _number(and_(ours, Deliverable.scope == "")).label("without_scope"),
        _number(late).label("late"),
        func.min(case((late, Deliverable.due_on))).label("late_since"),
        _number(_undecided()).label("proposed"),
        _number(Deliverable.stage == Stage.PUBLISHED).label("published"),
        _number(Deliverable.stage != Stage.PUBLISHED).label("unpublished"),
        _participants(today).scalar_subquery().label("participants"),
        _participants(today).where(~has_chosen).scalar_subquery().label("idle"),
    ).select_from(Deliverable)


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _participants(today: date) -> Select[Any]:
    return select(func.count(Participant.id)).where(
        Participant.joined_on <= today, or_(Participant.left_on.is_(None), Participant.left_on > today)
    )


def _list_link(**args: str) -> dict[str, Any]:
    return {"endpoint": "deliverables.list_deliverables", "args": args, "link_label": _("Open deliverables")}


def _approvals(counts: Row[Any]) -> ClauseFinding:
    missing, ours = int(counts.without_basis), int(counts.ours)
    if missing:
        sentence = ngettext(
            "%(num)s active deliverable has no approval on record",
            "%(num)s active deliverables have no approval on record",
            missing,
        )
        return ClauseFinding("21b", ClauseState.BREACHED, sentence, **_list_link())
    sentence = ngettext(
        "%(num)s active deliverable, with its approval on record",
        "%(num)s active deliverables, each with its approval on record",
        ours,
    )
    return ClauseFinding("21b", ClauseState.MET, sentence, _older(counts), **_list_link())


def _older(counts: Row[Any]) -> str:
    older = int(counts.active) - int(counts.ours)
    if not older:
        return ""
    return ngettext(
        "%(num)s more comes from before the platform and is not checked.",
        "%(num)s more come from before the platform and are not checked.",
        older,
    )


def _lateness(counts: Row[Any], now: datetime) -> ClauseFinding:
    late = int(counts.late)
    if not late:
        return ClauseFinding("25b", ClauseState.MET, _("No active deliverable is past its day"), **_list_link())
    sentence = ngettext("%(num)s deliverable is past its day", "%(num)s deliverables are past their day", late)
    facts = _("The longest since %(day)s.", day=day_text(counts.late_since, now)) if counts.late_since else ""
    return ClauseFinding("25b", ClauseState.BREACHED, sentence, facts, **_list_link())


def _proposals(counts: Row[Any]) -> ClauseFinding:
    waiting = int(counts.proposed)
    if not waiting:
        return ClauseFinding("26a", ClauseState.MET, _("No proposal waits for a decision"))
    sentence = ngettext("%(num)s proposal waits for a decision", "%(num)s proposals wait for a decision", waiting)
    return ClauseFinding("26a", ClauseState.DUE, sentence, **_list_link(stage=Stage.PROPOSED.value))


def _scopes(counts: Row[Any]) -> ClauseFinding:
    missing, ours = int(counts.without_scope), int(counts.ours)
    if missing:
        sentence = ngettext(
            "%(num)s active deliverable has no scope", "%(num)s active deliverables have no scope", missing
        )
        return ClauseFinding("26g", ClauseState.BREACHED, sentence, **_list_link())
    sentence = ngettext(
        "%(num)s active deliverable has a title and a scope",
        "%(num)s active deliverables have a title and a scope",
        ours,
    )
    return ClauseFinding("26g", ClauseState.MET, sentence, _older(counts), **_list_link())


def _choices(idle: int, participants: int) -> ClauseFinding:
    facts = ngettext("%(num)s participant takes part now.", "%(num)s participants take part now.", participants)
    if not idle:
        return ClauseFinding("27a", ClauseState.MET, _("Every participant chose a deliverable"), facts)
    sentence = ngettext("%(num)s participant chose no deliverable", "%(num)s participants chose no deliverable", idle)
    return ClauseFinding("27a", ClauseState.DUE, sentence, facts)


def _published(counts: Row[Any]) -> ClauseFinding:
    sentence = ngettext(
        "%(num)s published deliverable is on the public site",
        "%(num)s published deliverables are on the public site",
        int(counts.published),
    )
    return ClauseFinding(
        "36", ClauseState.MET, sentence, endpoint="public.list_published", link_label=_("Open the public list")
    )


def _closed(counts: Row[Any]) -> ClauseFinding:
    sentence = ngettext(
        "%(num)s unpublished deliverable is closed to everybody else",
        "%(num)s unpublished deliverables are closed to everybody else",
        int(counts.unpublished),
    )
    facts = _("Open to those working on it, the chairs, the Board and the Secretariat.")
    return ClauseFinding("38", ClauseState.MET, sentence, facts)
