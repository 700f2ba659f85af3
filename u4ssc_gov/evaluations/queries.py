"""Reads of the queue, of single requests and of the indicators. Drafts are reached by their secret only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from statistics import median
from types import SimpleNamespace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from u4ssc_gov.charter.rules import HOUSE
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import days_between, geneva_date, geneva_midnight
from u4ssc_gov.core.db import UTCDateTime
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.tokens import digest
from u4ssc_gov.evaluations.models import EvaluationRequest, RequestAnswer, RequestMove
from u4ssc_gov.evaluations.rules import (
    ANSWER_NOTICE,
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
_EVERYTHING = 2**31 - 1
# Conditions and statements are built once: composing them anew would cost more than running them, on every page.
_LIVE = R.source == ""
_SENT = R.stage != RequestStage.DRAFT
_WAITING = R.stage == RequestStage.WAITING
_OLDEST_WAITING = func.min(case((_WAITING, R.asked_at), else_=None))
_LETTER_MISSING = and_(R.letter_from == LetterFrom.NONE, R.stage.in_(OPEN_STAGES))
_NO_ANSWER = and_(
    R.stage.in_(AWAITING_ANSWER),
    func.coalesce(R.last_answer_at, R.asked_at) <= bindparam("late_before", type_=UTCDateTime),
)
_ON_BOARD = and_(
    R.stage.in_(BOARD_STAGES),
    or_(
        R.stage.in_(OPEN_STAGES),
        and_(R.stage == RequestStage.COMPLETED, R.stage_since >= bindparam("year_start", type_=UTCDateTime)),
    ),
    _LIVE,
)
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

    def parameters(self, now: datetime) -> dict[str, Any]:
        """The values of the filter for a statement of its shape."""
        region = "" if self.region is None else self.region.value
        return {**_instants(now), "region": region, "stage": self.stage}

    @property
    def shape(self) -> tuple[bool, bool, bool, bool, bool]:
        """Which conditions the filter sets, whatever their values: what its statements are kept under."""
        return self.region is not None, self.stage is not None, self.letter_missing, self.no_answer, self.known_before


def _conditions(
    has_region: bool, has_stage: bool, letter_missing: bool, no_answer: bool, known_before: bool
) -> list[ColumnElement[bool]]:
    """A filter's shape as conditions on requests."""
    found: list[ColumnElement[bool]] = [_SENT, R.source != "" if known_before else _LIVE]
    if has_region:
        found.append(R.region == bindparam("region", type_=String))
    if has_stage:
        found.append(R.stage == bindparam("stage", type_=R.stage.type))
    if letter_missing:
        found.append(_LETTER_MISSING)
    if no_answer:
        found.append(_NO_ANSWER)
    return found


def _instants(now: datetime) -> dict[str, Any]:
    """The instants that conditions compare with."""
    return {"late_before": now - timedelta(days=HOUSE.first_answer_days), "year_start": year_start(now)}


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
        return _SENT
    if actor.focal_requests:
        return and_(R.id.in_(sorted(actor.focal_requests)), R.stage != RequestStage.DRAFT)
    return false()


def get_request(session: Session, reference: str, *, actor: Actor, lock: bool = False) -> EvaluationRequest:
    """A request by reference. Raises ``NotFound`` when there is none that this actor may know of."""
    visible = visible_to(actor)
    statement = _SENT_BY_REFERENCE if visible is _SENT else _BY_REFERENCE.where(visible)
    # An address may hold anything; no request has an empty reference.
    return _one(session, statement, lock=lock, reference=reference if is_reference(reference) else "")


def get_by_secret(session: Session, secret: str, *, now: datetime, lock: bool = False) -> EvaluationRequest:
    """A request by the secret of its save-and-return link. Raises ``NotFound``, also for a draft left for a month."""
    return _one(session, _BY_SECRET, lock=lock, secret=digest(secret), stale=now - DRAFT_LIFETIME)


def list_mine(session: Session, *, actor: Actor) -> Sequence[EvaluationRequest]:
    """The sent requests whose focal point this actor is, newest first."""
    if not actor.focal_requests:
        return []
    mine = and_(R.id.in_(sorted(actor.focal_requests)), R.stage != RequestStage.DRAFT)
    return session.scalars(select(R).where(mine).order_by(R.asked_at.desc(), R.id.desc())).all()


_BY_REFERENCE = select(R).where(R.reference == bindparam("reference", type_=String))
_SENT_BY_REFERENCE = _BY_REFERENCE.where(_SENT)
_BY_SECRET = select(R).where(
    R.secret_sha256 == bindparam("secret", type_=String),
    or_(_SENT, R.touched_at > bindparam("stale", type_=UTCDateTime)),
)


def _one(session: Session, statement: Select[Any], *, lock: bool, **values: Any) -> EvaluationRequest:
    # A lock is worth something only if what it protects is read anew.
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    found: EvaluationRequest | None = session.scalar(statement, values)
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
    return 1 + (session.scalar(_EARLIER, {"asked_at": request.asked_at, "request": request.id}) or 0)


_EARLIER = select(func.count()).where(
    _WAITING,
    _LIVE,
    or_(
        R.asked_at < bindparam("asked_at", type_=UTCDateTime),
        and_(
            R.asked_at == bindparam("asked_at", type_=UTCDateTime),
            R.id < bindparam("request", type_=Integer),
        ),
    ),
)


def list_moves(session: Session, request_id: int) -> Sequence[RequestMove]:
    """The moves of a request, newest first."""
    return session.scalars(_MOVES, {"request": request_id}).all()


_MOVES = (
    select(RequestMove)
    .where(RequestMove.request_id == bindparam("request", type_=Integer))
    .order_by(RequestMove.at.desc(), RequestMove.id.desc())
)


def list_answers(session: Session, request_id: int, *, limit: int = 50) -> Sequence[RequestAnswer]:
    """The last answers sent to a city, newest first."""
    return session.scalars(_ANSWERS, {"request": request_id, "limit": limit}).all()


_ANSWERS = (
    select(RequestAnswer)
    .where(RequestAnswer.request_id == bindparam("request", type_=Integer))
    .order_by(RequestAnswer.at.desc(), RequestAnswer.id.desc())
    .limit(bindparam("limit", type_=Integer))
)


def figures(session: Session, *, now: datetime) -> QueueFigures:
    """The queue in numbers, in one statement whatever its length."""
    rows = session.execute(_FIGURES, {**_instants(now), "year_ago": now - timedelta(days=365)}).all()
    stages = [row for row in rows if row[0] == "stage"]
    asked = [row[5] for row in rows if row[0] == "asked"]
    answered = [row[2] for row in rows if row[0] == "answered"]
    oldest = next((row[5] for row in stages if row[1] is RequestStage.WAITING), None)
    return QueueFigures(
        by_stage={row[1]: row[2] for row in stages},
        letters_missing=sum(row[3] for row in stages),
        unanswered=sum(row[4] for row in stages),
        longest_days=None if oldest is None else days_between(oldest, now),
        median_days=round(median(days_between(at, now) for at in asked)) if asked else None,
        first_answer_days=round(median(answered) / (24 * 60)) if answered else None,
    )


def _middle(column: Any, *conditions: ColumnElement[bool]) -> Any:
    rank = func.row_number().over(order_by=(column, R.id)).label("rank")
    return select(column.label("value"), rank, func.count().over().label("total")).where(*conditions).subquery()


def _is_middle(ranked: Any) -> ColumnElement[bool]:
    return and_(2 * ranked.c.rank >= ranked.c.total, 2 * ranked.c.rank <= ranked.c.total + 2)


# Counts by stage; below them the one or two middle values of the waiting cities' dates and of a year's first answers.
_ASKED = _middle(R.asked_at, _WAITING, _LIVE)
_ANSWERED = _middle(
    R.first_answer_minutes,
    R.first_answer_minutes.is_not(None),
    R.asked_at > bindparam("year_ago", type_=UTCDateTime),
    _LIVE,
)
_FIGURES = union_all(
    select(
        literal("stage"),
        R.stage,
        func.count(),
        func.sum(case((_LETTER_MISSING, 1), else_=0)),
        func.sum(case((_NO_ANSWER, 1), else_=0)),
        func.min(R.asked_at),
    )
    .where(_ON_BOARD)
    .group_by(R.stage),
    select(literal("asked"), null(), null(), null(), null(), _ASKED.c.value).where(_is_middle(_ASKED)),
    select(literal("answered"), null(), _ANSWERED.c.value, null(), null(), null()).where(_is_middle(_ANSWERED)),
)


def list_cards(session: Session, wanted: QueueFilter, *, now: datetime) -> list[QueueRow]:
    """The first requests of each stage of the board, with their place in it, in one statement.

    Five of each stage, twenty-five of those waiting: the latter are the line below the board as well.
    """
    return list(session.execute(_cards(wanted.shape), wanted.parameters(now)).all())


@cache
def _cards(shape: tuple[bool, bool, bool, bool, bool]) -> Select[Any]:
    done = R.stage == RequestStage.COMPLETED
    order = (case((done, None), else_=R.asked_at), case((done, R.stage_since), else_=None).desc(), R.id)
    place = func.row_number().over(partition_by=R.stage, order_by=order).label("place")
    ranked = select(R.id.label("key"), place).where(_ON_BOARD).subquery()
    nth = func.row_number().over(partition_by=R.stage, order_by=ranked.c.place).label("nth")
    chosen = (
        select(*_COLUMNS, ranked.c.place, nth)
        .select_from(R)
        .join(ranked, ranked.c.key == R.id)
        .where(*_conditions(*shape))
        .subquery()
    )
    length = case((chosen.c.stage == RequestStage.WAITING, LINE_LENGTH), else_=CARDS_PER_STAGE)
    return select(chosen).where(chosen.c.nth <= length).order_by(chosen.c.stage, chosen.c.nth)


def count_register(session: Session, wanted: QueueFilter, *, now: datetime) -> int:
    """How many requests the table holds under a filter."""
    return session.scalar(_register_count(wanted.shape), wanted.parameters(now)) or 0


@cache
def _register_count(shape: tuple[bool, bool, bool, bool, bool]) -> Select[Any]:
    return select(func.count()).select_from(R).where(*_conditions(*shape))


def list_register(
    session: Session, wanted: QueueFilter, *, now: datetime, limit: int | None = None, offset: int = 0
) -> list[QueueRow]:
    """Requests under a filter with their place in the line: those waiting first, by place, then the newest."""
    part = {"limit": _EVERYTHING if limit is None else limit, "offset": offset}
    return list(session.execute(_register(wanted.shape), {**wanted.parameters(now), **part}).all())


@cache
def _register(shape: tuple[bool, bool, bool, bool, bool]) -> Select[Any]:
    place = func.row_number().over(order_by=(R.asked_at, R.id)).label("place")
    line = select(R.id.label("key"), place).where(_WAITING, _LIVE).subquery()
    columns: list[Any] = [*_COLUMNS, R.stage_detail, R.recorded_year, R.confidence, R.source, line.c.place]
    return (
        select(*columns)
        .select_from(R)
        .outerjoin(line, line.c.key == R.id)
        .where(*_conditions(*shape))
        .order_by(
            case((_WAITING, 0), else_=1),
            line.c.place,
            R.asked_at.desc(),
            R.recorded_year.desc().nulls_last(),
            R.city,
            R.id,
        )
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer))
    )


def evaluation_health(session: Session, now: datetime) -> EvaluationHealth:
    """The queue for the secretariat's home, in one statement."""
    waiting, oldest, unanswered, received = session.execute(_HEALTH, _instants(now)).one()
    return EvaluationHealth(
        waiting or 0, None if oldest is None else days_between(oldest, now), unanswered or 0, received or 0
    )


_HEALTH = select(
    func.sum(case((_WAITING, 1), else_=0)),
    _OLDEST_WAITING,
    func.sum(case((_NO_ANSWER, 1), else_=0)),
    func.sum(case((R.stage == RequestStage.RECEIVED, 1), else_=0)),
).where(R.stage.in_(AWAITING_ANSWER), _LIVE)


def list_awaiting_answer(session: Session, *, now: datetime) -> Sequence[QueueRow]:
    """What duties are made of: requests to screen, and cities whose next answer is due or soon will be."""
    noticed = now + ANSWER_NOTICE - timedelta(days=HOUSE.first_answer_days)
    return session.execute(_AWAITING_ANSWER, {"noticed": noticed}).all()


_AWAITING_ANSWER = (
    select(R.id, R.reference, R.city, R.stage, R.asked_at, R.last_answer_at, R.letter_from)
    .where(
        R.stage.in_(AWAITING_ANSWER),
        _LIVE,
        or_(
            R.stage != RequestStage.WAITING,
            func.coalesce(R.last_answer_at, R.asked_at) <= bindparam("noticed", type_=UTCDateTime),
        ),
    )
    .order_by(R.asked_at, R.id)
)


def clause_counts(session: Session, now: datetime) -> QueueRow:
    """What the clause ledger says of the queue (¶10), in one statement."""
    return session.execute(_CLAUSE_COUNTS, _instants(now)).one()


def _how_many(condition: ColumnElement[bool], name: str) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)


_CLAUSE_COUNTS = select(
    func.count().label("open"),
    _how_many(_WAITING, "waiting"),
    _OLDEST_WAITING.label("oldest"),
    _how_many(_NO_ANSWER, "unanswered"),
    _how_many(_LETTER_MISSING, "letters_missing"),
    _how_many(
        and_(
            R.stage.in_((RequestStage.WAITING, RequestStage.SCHEDULED, RequestStage.UNDER_WAY)),
            R.letter_from == LetterFrom.NONE,
        ),
        "unbacked",
    ),
    _how_many(R.stage == RequestStage.SCHEDULED, "scheduled"),
    _how_many(R.stage == RequestStage.UNDER_WAY, "under_way"),
).where(R.stage.in_(OPEN_STAGES), _LIVE)


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


def find_by_form_key(session: Session, form_key: str) -> EvaluationRequest | None:
    """The request that was recorded from this very page, if any."""
    return session.scalar(select(EvaluationRequest).where(EvaluationRequest.form_key == form_key))
