"""Reads of the queue, of single requests and of the indicators. Drafts are reached by their secret only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from u4ssc_gov.charter.rules import HOUSE
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import days_between, geneva_date, geneva_midnight
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.tokens import digest
from u4ssc_gov.evaluations.models import EvaluationRequest, RequestAnswer, RequestMove
from u4ssc_gov.evaluations.rules import (
    AWAITING_ANSWER,
    BOARD_STAGES,
    DRAFT_LIFETIME,
    OPEN_STAGES,
    LetterFrom,
    Region,
    RequestStage,
    is_reference,
)

R = EvaluationRequest
QueueRow = Any  # a row of columns: reading rows does not make objects
CARDS_PER_STAGE = 5
LINE_LENGTH = 25
_LIVE = R.source == ""
# What a row of the queue shows; ``place`` is added by the statements.
_COLUMNS = (
    R.id, R.reference, R.city, R.country, R.country_code, R.region, R.population, R.contact_name, R.letter_from,
    R.data_ready_percent, R.stage, R.stage_since, R.asked_at, R.last_answer_at, R.last_answer,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What the reader asked to see. ``known_before`` shows the records from before the platform instead."""

    region: Region | None = None
    stage: RequestStage | None = None
    letter_missing: bool = False
    no_answer: bool = False
    known_before: bool = False

    def conditions(self, now: datetime) -> list[ColumnElement[bool]]:
        """The filter as conditions on requests."""
        found: list[ColumnElement[bool]] = [
            R.stage != RequestStage.DRAFT,
            R.source != "" if self.known_before else _LIVE,
        ]
        if self.region is not None:
            found.append(R.region == self.region.value)
        if self.stage is not None:
            found.append(R.stage == self.stage)
        if self.letter_missing:
            found.append(_letter_missing())
        if self.no_answer:
            found.append(_no_answer(now))
        return found


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """The queue in numbers. Days are whole; ``None`` where there is nothing to measure."""

    by_stage: dict[RequestStage, int]
    letters_missing: int
    unanswered: int
    longest_days: int | None
    median_days: int | None
    first_answer_days: int | None

    @property
    def waiting(self) -> int:
        """How many cities wait for resources."""
        return self.by_stage.get(RequestStage.WAITING, 0)


@dataclass(frozen=True, slots=True)
class EvaluationHealth:
    """What the secretariat's home shows of the queue."""

    waiting: int
    longest_days: int | None
    unanswered: int
    received: int


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Which requests an actor may know of: readers of the queue all that were sent, a focal point the own ones."""
    if actor.sees_confidential or actor.is_ip_leader:  # as policy.may_see_queue
        return R.stage != RequestStage.DRAFT
    if actor.focal_requests:
        return and_(R.id.in_(sorted(actor.focal_requests)), R.stage != RequestStage.DRAFT)
    return false()


def get_request(session: Session, reference: str, *, actor: Actor, lock: bool = False) -> EvaluationRequest:
    """A request by reference. Raises ``NotFound`` when there is none that this actor may know of."""
    known = R.reference == reference if is_reference(reference) else false()
    return _one(session, select(R).where(known, visible_to(actor)), lock=lock)


def get_by_secret(session: Session, secret: str, *, now: datetime, lock: bool = False) -> EvaluationRequest:
    """A request by the secret of its save-and-return link. Raises ``NotFound``, also for a draft left for a month."""
    fresh = or_(R.stage != RequestStage.DRAFT, R.touched_at > now - DRAFT_LIFETIME)
    return _one(session, select(R).where(R.secret_sha256 == digest(secret), fresh), lock=lock)


def list_mine(session: Session, *, actor: Actor) -> Sequence[EvaluationRequest]:
    """The sent requests whose focal point this actor is, newest first."""
    if not actor.focal_requests:
        return []
    mine = and_(R.id.in_(sorted(actor.focal_requests)), R.stage != RequestStage.DRAFT)
    return session.scalars(select(R).where(mine).order_by(R.asked_at.desc(), R.id.desc())).all()


def _one(session: Session, statement: Select[EvaluationRequest], *, lock: bool) -> EvaluationRequest:
    # A lock is worth something only if what it protects is read anew.
    found = session.scalar(statement.with_for_update().execution_options(populate_existing=True) if lock else statement)
    if found is None:
        message = _(
            "There is no such request, or its link has ended. A draft is deleted after 30 days without a change."
        )
        raise NotFound(message, "evaluations.request.unknown")
    return found


def place_in_line(session: Session, request: EvaluationRequest) -> int | None:
    """The place of a waiting request by date of asking, from 1; ``None`` when it does not wait."""
    return next_place(session, request) if request.stage is RequestStage.WAITING else None


def next_place(session: Session, request: EvaluationRequest) -> int:
    """The place a request has in the line, or would take if it entered now."""
    if request.asked_at is None:
        return 1
    earlier = or_(R.asked_at < request.asked_at, and_(R.asked_at == request.asked_at, R.id < request.id))
    return 1 + (session.scalar(select(func.count()).where(R.stage == RequestStage.WAITING, _LIVE, earlier)) or 0)


def list_moves(session: Session, request_id: int) -> Sequence[RequestMove]:
    """The moves of a request, newest first."""
    statement = select(RequestMove).where(RequestMove.request_id == request_id)
    return session.scalars(statement.order_by(RequestMove.at.desc(), RequestMove.id.desc())).all()


def list_answers(session: Session, request_id: int, *, limit: int = 50) -> Sequence[RequestAnswer]:
    """The last answers sent to a city, newest first."""
    statement = select(RequestAnswer).where(RequestAnswer.request_id == request_id)
    return session.scalars(statement.order_by(RequestAnswer.at.desc(), RequestAnswer.id.desc()).limit(limit)).all()


def figures(session: Session, *, now: datetime) -> QueueFigures:
    """The queue in numbers, in two statements whatever its length."""
    rows = session.execute(
        select(
            R.stage,
            func.count(),
            func.sum(case((_letter_missing(), 1), else_=0)),
            func.sum(case((_no_answer(now), 1), else_=0)),
            func.min(R.asked_at),
        )
        .where(_on_board(now))
        .group_by(R.stage)
        .order_by(R.stage)
    ).all()
    oldest = next((row[4] for row in rows if row[0] is RequestStage.WAITING), None)
    asked, answered = _medians(session, now)
    return QueueFigures(
        by_stage={row[0]: row[1] for row in rows},
        letters_missing=sum(row[2] for row in rows),
        unanswered=sum(row[3] for row in rows),
        longest_days=None if oldest is None else days_between(oldest, now),
        median_days=round(median(days_between(at, now) for at in asked)) if asked else None,
        first_answer_days=round(median(answered) / (24 * 60)) if answered else None,
    )


def _medians(session: Session, now: datetime) -> tuple[list[datetime], list[int]]:
    """The one or two middle values of the waiting cities' dates and of a year's first answers, in one statement."""
    asked = _middle(R.asked_at, R.stage == RequestStage.WAITING, _LIVE)
    answered = _middle(
        R.first_answer_minutes, R.first_answer_minutes.is_not(None), R.asked_at > now - timedelta(days=365), _LIVE
    )
    rows = session.execute(
        union_all(
            select(literal("asked"), asked.c.value, null()).where(_is_middle(asked)),
            select(literal("answered"), null(), answered.c.value).where(_is_middle(answered)),
        )
    ).all()
    return [row[1] for row in rows if row[0] == "asked"], [row[2] for row in rows if row[0] == "answered"]


def _middle(column: Any, *conditions: ColumnElement[bool]) -> Any:
    rank = func.row_number().over(order_by=(column, R.id)).label("rank")
    return select(column.label("value"), rank, func.count().over().label("total")).where(*conditions).subquery()


def _is_middle(ranked: Any) -> ColumnElement[bool]:
    return and_(2 * ranked.c.rank >= ranked.c.total, 2 * ranked.c.rank <= ranked.c.total + 2)


def list_cards(session: Session, wanted: QueueFilter, *, now: datetime) -> list[QueueRow]:
    """The first requests of each stage of the board, with their place in it, in one statement.

    Five of each stage, twenty-five of those waiting: the latter are the line below the board as well.
    """
    done = R.stage == RequestStage.COMPLETED
    order = (case((done, None), else_=R.asked_at), case((done, R.stage_since), else_=None).desc(), R.id)
    place = func.row_number().over(partition_by=R.stage, order_by=order).label("place")
    ranked = select(R.id.label("key"), place).where(_on_board(now)).subquery()
    nth = func.row_number().over(partition_by=R.stage, order_by=ranked.c.place).label("nth")
    chosen = (
        select(*_COLUMNS, ranked.c.place, nth)
        .select_from(R)
        .join(ranked, ranked.c.key == R.id)
        .where(*wanted.conditions(now))
        .subquery()
    )
    length = case((chosen.c.stage == RequestStage.WAITING, LINE_LENGTH), else_=CARDS_PER_STAGE)
    statement = select(chosen).where(chosen.c.nth <= length).order_by(chosen.c.stage, chosen.c.nth)
    return list(session.execute(statement).all())


def count_register(session: Session, wanted: QueueFilter, *, now: datetime) -> int:
    """How many requests the table holds under a filter."""
    return session.scalar(select(func.count()).select_from(R).where(*wanted.conditions(now))) or 0


def list_register(
    session: Session, wanted: QueueFilter, *, now: datetime, limit: int | None = None, offset: int = 0
) -> list[QueueRow]:
    """Requests under a filter with their place in the line: those waiting first, by place, then the newest."""
    place = func.row_number().over(order_by=(R.asked_at, R.id)).label("place")
    line = select(R.id.label("key"), place).where(R.stage == RequestStage.WAITING, _LIVE).subquery()
    statement = (
        select(*_COLUMNS, R.stage_detail, R.recorded_year, R.confidence, R.source, line.c.place)
        .select_from(R)
        .outerjoin(line, line.c.key == R.id)
        .where(*wanted.conditions(now))
        .order_by(
            case((R.stage == RequestStage.WAITING, 0), else_=1),
            line.c.place,
            R.asked_at.desc(),
            R.recorded_year.desc().nulls_last(),
            R.city,
            R.id,
        )
        .limit(limit)
        .offset(offset)
    )
    return list(session.execute(statement).all())


def evaluation_health(session: Session, now: datetime) -> EvaluationHealth:
    """The queue for the secretariat's home, in one statement."""
    waiting = R.stage == RequestStage.WAITING
    row = session.execute(
        select(
            func.sum(case((waiting, 1), else_=0)),
            func.min(case((waiting, R.asked_at), else_=None)),
            func.sum(case((_no_answer(now), 1), else_=0)),
            func.sum(case((R.stage == RequestStage.RECEIVED, 1), else_=0)),
        ).where(R.stage.in_(AWAITING_ANSWER), _LIVE)
    ).one()
    oldest: datetime | None = row[1]
    return EvaluationHealth(
        row[0] or 0, None if oldest is None else days_between(oldest, now), row[2] or 0, row[3] or 0
    )


def list_awaiting_answer(session: Session) -> Sequence[QueueRow]:
    """Requests in the stages where a city waits for word: what duties are made of."""
    statement = (
        select(R.id, R.reference, R.city, R.stage, R.asked_at, R.last_answer_at, R.letter_from)
        .where(R.stage.in_(AWAITING_ANSWER), _LIVE)
        .order_by(R.asked_at, R.id)
    )
    return session.execute(statement).all()


def clause_counts(session: Session, now: datetime) -> QueueRow:
    """What the clause ledger says of the queue (¶10), in one statement."""
    waiting = R.stage == RequestStage.WAITING
    beyond = R.stage.in_((RequestStage.WAITING, RequestStage.SCHEDULED, RequestStage.UNDER_WAY))
    return session.execute(
        select(
            func.count().label("open"),
            func.coalesce(func.sum(case((waiting, 1), else_=0)), 0).label("waiting"),
            func.min(case((waiting, R.asked_at), else_=None)).label("oldest"),
            func.coalesce(func.sum(case((_no_answer(now), 1), else_=0)), 0).label("unanswered"),
            func.coalesce(func.sum(case((_letter_missing(), 1), else_=0)), 0).label("letters_missing"),
            func.coalesce(func.sum(case((and_(beyond, R.letter_from == LetterFrom.NONE), 1), else_=0)), 0).label(
                "unbacked"
            ),
            func.coalesce(func.sum(case((R.stage == RequestStage.SCHEDULED, 1), else_=0)), 0).label("scheduled"),
            func.coalesce(func.sum(case((R.stage == RequestStage.UNDER_WAY, 1), else_=0)), 0).label("under_way"),
        ).where(R.stage.in_(OPEN_STAGES), _LIVE)
    ).one()


def row_of(request: EvaluationRequest, place: int | None) -> QueueRow:
    """A loaded request in the shape of a row of the queue."""
    return SimpleNamespace(**{column.key: getattr(request, column.key) for column in _COLUMNS}, place=place)


def count_drafts_since(session: Session, network_hash: str, since: datetime) -> int:
    """Requests begun from a network after an instant."""
    statement = select(func.count()).where(R.network_hash == network_hash, R.started_at > since)
    return session.scalar(statement) or 0


def list_stale_drafts(session: Session, now: datetime) -> Sequence[int]:
    """Drafts that nobody has touched for a month."""
    stale = and_(R.stage == RequestStage.DRAFT, R.touched_at <= now - DRAFT_LIFETIME)
    return session.scalars(select(R.id).where(stale).order_by(R.id)).all()


def list_remembered_networks(session: Session, now: datetime) -> Sequence[int]:
    """Requests that still carry the hash of a network after a day, when it serves no purpose any more."""
    statement = select(R.id).where(R.network_hash != "", R.started_at <= now - timedelta(days=1))
    return session.scalars(statement.order_by(R.id)).all()


def year_start(now: datetime) -> datetime:
    """The UTC instant at which this year began in Geneva."""
    return geneva_midnight(date(geneva_date(now).year, 1, 1))


def _on_board(now: datetime) -> ColumnElement[bool]:
    open_or_recent = or_(
        R.stage.in_(OPEN_STAGES), and_(R.stage == RequestStage.COMPLETED, R.stage_since >= year_start(now))
    )
    return and_(R.stage.in_(BOARD_STAGES), open_or_recent, _LIVE)


def _letter_missing() -> ColumnElement[bool]:
    return and_(R.letter_from == LetterFrom.NONE, R.stage.in_(OPEN_STAGES))


def _no_answer(now: datetime) -> ColumnElement[bool]:
    late = func.coalesce(R.last_answer_at, R.asked_at) <= now - timedelta(days=HOUSE.first_answer_days)
    return and_(R.stage.in_(AWAITING_ANSWER), late)
