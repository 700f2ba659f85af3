"""Reads of deliverables: what each person may see is decided inside the query (¶38)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, func, or_, select, true
from sqlalchemy.orm import Session, load_only

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.charter.models import Objective
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables.models import Contributor, Deliverable, DeliverableObjective, StageChange, ThematicGroup
from u4ssc_gov.deliverables.rules import SEEKING, DeliverableKind, Stage
from u4ssc_gov.participants.models import Participant
from u4ssc_gov.partners.models import Partner, SecretariatMembership
from u4ssc_gov.tenures.models import Office, Tenure

_CODE = re.compile(r"[A-Za-z0-9-]{1,20}")
_LIST_COLUMNS = (
    Deliverable.code,
    Deliverable.title,
    Deliverable.kind,
    Deliverable.group_id,
    Deliverable.stage,
    Deliverable.year,
    Deliverable.due_on,
    Deliverable.published_on,
    Deliverable.source,
    Deliverable.confidence,
)


# Work that takes contributors: of the platform, so that somebody reads who comes, and not before the Board already.
SEEKS = and_(Deliverable.stage.in_(sorted(SEEKING)), Deliverable.source == "")


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition under which this actor may know of a deliverable (¶38).

    Published work is everybody's, visitors included. Unfinished work is for the Secretariat, the chairs, the Board,
    the leaders of its group and those who contribute to it.
    """
    return reader_of(actor).may_see(sorted(actor.led_groups), sorted(actor.contributes_to))


LED: Any = bindparam("led", expanding=True)
CHOSEN: Any = bindparam("chosen", expanding=True)


class Reader(NamedTuple):
    """The shape of what an actor may see. A statement is composed once for each: composing costs more than running."""

    sees_all: bool
    leads: bool
    contributes: bool

    def may_see(self, led: Any = LED, chosen: Any = CHOSEN) -> ColumnElement[bool]:
        """``visible_to`` of all actors of this shape; ``reader_values`` fills in whose it is."""
        if self.sees_all:
            return true()
        conditions: list[ColumnElement[bool]] = [Deliverable.stage == Stage.PUBLISHED]
        if self.leads:
            conditions.append(Deliverable.group_id.in_(led))
        if self.contributes:
            conditions.append(Deliverable.id.in_(chosen))
        return or_(*conditions)


def reader_of(actor: Actor) -> Reader:
    """The shape an actor falls under."""
    return Reader(actor.sees_confidential, bool(actor.led_groups), bool(actor.contributes_to))


def reader_values(actor: Actor) -> dict[str, Any]:
    """What fills the gaps of a statement composed for a shape."""
    return {"led": sorted(actor.led_groups), "chosen": sorted(actor.contributes_to)}


@dataclass(frozen=True, slots=True)
class GroupLeader:
    """A leader in office; ``ends_on`` is the first day out of office."""

    person_id: int
    name: str
    ends_on: date

    @property
    def last_day(self) -> date:
        """The last day in office."""
        return self.ends_on - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A thematic group with its leaders in office."""

    id: int
    code: str
    name: str
    leaders: tuple[GroupLeader, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of deliverables is narrowed to."""

    stage: Stage | None = None
    kind: DeliverableKind | None = None
    group_id: int | None = None
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """How many contributors one organisation has."""

    organisation: str
    people: int


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody to be told by mail."""

    person_id: int
    name: str
    email: str
    locale: str
    time_zone: str


def get_deliverable(session: Session, code: str, actor: Actor) -> Deliverable:
    """One deliverable by its code; ``NotFound`` also when this actor may not know of it."""
    found = None
    if _CODE.fullmatch(code):
        values = {"code": code, **reader_values(actor)}
        found = session.execute(_one_visible(reader_of(actor)), values).scalar_one_or_none()
    if found is None:
        raise NotFound(_("There is no such deliverable, or it is not open to you."), "deliverables.unknown")
    return found


@cache
def _one_visible(reader: Reader) -> Select[Deliverable]:
    return select(Deliverable).where(Deliverable.code == bindparam("code"), reader.may_see())


def get_open_deliverable(session: Session, code: str, *, lock: bool = False) -> Deliverable:
    """One deliverable that takes contributors, by its code: title and group are known to those who may choose (¶27a).

    ``lock`` holds its row until the transaction ends, so that a double click joins once.
    """
    found = None
    if _CODE.fullmatch(code):
        statement = select(Deliverable).where(Deliverable.code == code, SEEKS)
        found = session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound(_("There is no such deliverable, or it takes no contributors now."), "deliverables.not_open")
    return found


_TODAY = bindparam("today", type_=Date)
_GROUPS = (
    select(
        ThematicGroup.id, ThematicGroup.code, ThematicGroup.name, Person.id.label("person_id"), Person.full_name,
        Tenure.ends_on,
    )
    .outerjoin(Office, Office.group_id == ThematicGroup.id)
    .outerjoin(Tenure, and_(Tenure.office_id == Office.id, Tenure.starts_on <= _TODAY, Tenure.ends_on > _TODAY))
    .outerjoin(Person, Person.id == Tenure.person_id)
    .order_by(ThematicGroup.name, ThematicGroup.id, Tenure.seat, Tenure.id)
)  # fmt: skip
_ONE_GROUP = _GROUPS.where(ThematicGroup.id == bindparam("group"))


def list_groups(session: Session, today: date, *, only: int | None = None) -> dict[int, GroupLine]:
    """Thematic groups by name with the leaders in office on a Geneva day: one statement."""
    rows = session.execute(_GROUPS if only is None else _ONE_GROUP, {"today": today, "group": only})
    found: dict[int, GroupLine] = {}
    for group_id, code, name, person_id, full_name, ends_on in rows:
        known = found.get(group_id)
        leaders = known.leaders if known else ()
        if person_id is not None:
            leaders = (*leaders, GroupLeader(person_id, full_name, ends_on))
        found[group_id] = GroupLine(group_id, code, name, leaders)
    return found


def list_statement(actor: Actor, filters: Filters) -> Select[Deliverable]:
    """What this actor may see, newest first; for ``web.paginate`` and for the export."""
    statement = (
        select(Deliverable)
        .where(visible_to(actor))
        .options(load_only(*_LIST_COLUMNS, raiseload=True))
        .order_by(Deliverable.year.desc().nulls_last(), Deliverable.code.desc(), Deliverable.id)
    )
    if filters.stage is not None:
        statement = statement.where(Deliverable.stage == filters.stage)
    if filters.kind is not None:
        statement = statement.where(Deliverable.kind == filters.kind)
    if filters.group_id is not None:
        statement = statement.where(Deliverable.group_id == filters.group_id)
    if filters.mine:
        statement = statement.where(_is_mine(actor))
    return statement


def _is_mine(actor: Actor) -> ColumnElement[bool]:
    return or_(
        Deliverable.group_id.in_(sorted(actor.led_groups)),
        Deliverable.id.in_(sorted(actor.contributes_to)),
    )


def list_for_export(session: Session, actor: Actor, filters: Filters) -> Sequence[Deliverable]:
    """Every deliverable of the filtered list."""
    return session.scalars(list_statement(actor, filters)).all()


def seeking_statement(actor: Actor) -> Select[Deliverable]:
    """Deliverables in the making that this actor has not chosen: only title, kind, group and stage are shown (¶27a)."""
    statement = (
        select(Deliverable)
        .where(SEEKS)
        .options(load_only(*_LIST_COLUMNS, raiseload=True))
        .order_by(Deliverable.code.desc(), Deliverable.id)
    )
    if actor.contributes_to:
        statement = statement.where(Deliverable.id.not_in(sorted(actor.contributes_to)))
    if actor.led_groups:
        statement = statement.where(
            or_(Deliverable.group_id.is_(None), Deliverable.group_id.not_in(sorted(actor.led_groups)))
        )
    return statement


def published_statement() -> Select[Deliverable]:
    """Published deliverables, newest first."""
    columns = (*_LIST_COLUMNS, Deliverable.summary)
    return (
        select(Deliverable)
        .where(Deliverable.stage == Stage.PUBLISHED)
        .options(load_only(*columns, raiseload=True))
        .order_by(
            Deliverable.published_on.desc().nulls_last(),
            Deliverable.year.desc().nulls_last(),
            Deliverable.title,
            Deliverable.id,
        )
    )


def count_by_stage(session: Session) -> dict[Stage, int]:
    """How many deliverables stand at each stage."""
    rows = session.execute(select(Deliverable.stage, func.count()).group_by(Deliverable.stage))
    return {row[0]: row[1] for row in rows}


class ObjectiveLine(NamedTuple):
    """An objective of ¶22."""

    letter: str
    title: str


_OBJECTIVES = (
    select(Objective.letter, Objective.title)
    .join(DeliverableObjective, DeliverableObjective.letter == Objective.letter)
    .where(DeliverableObjective.deliverable_id == bindparam("deliverable"))
    .order_by(Objective.letter)
)


def list_objectives(session: Session, deliverable: Deliverable) -> list[ObjectiveLine]:
    """The objectives of ¶22 a deliverable serves."""
    return [ObjectiveLine(*row) for row in session.execute(_OBJECTIVES, {"deliverable": deliverable.id})]


class StageLine(NamedTuple):
    """A move of a deliverable."""

    stage: Stage
    at: datetime
    basis: str


_STAGE_CHANGES = (
    select(StageChange.stage, StageChange.at, StageChange.basis)
    .where(StageChange.deliverable_id == bindparam("deliverable"))
    .order_by(StageChange.at, StageChange.id)
)


def list_stage_changes(session: Session, deliverable: Deliverable) -> list[StageLine]:
    """Every move, oldest first."""
    return [StageLine(*row) for row in session.execute(_STAGE_CHANGES, {"deliverable": deliverable.id})]


_ORGANISATION = func.coalesce(func.nullif(Participant.organisation, ""), Person.organisation)
_CONTRIBUTING = (
    select(_ORGANISATION.label("organisation"), func.count(func.distinct(Contributor.person_id)).label("people"))
    .select_from(Contributor)
    .join(Person, Person.id == Contributor.person_id)
    .outerjoin(
        Participant,
        and_(
            Participant.person_id == Person.id,
            Participant.joined_on <= _TODAY,
            or_(Participant.left_on.is_(None), Participant.left_on > _TODAY),
        ),
    )
    .where(Contributor.deliverable_id == bindparam("deliverable"), Contributor.left_at.is_(None))
    .group_by(_ORGANISATION)
    .order_by(func.count(func.distinct(Contributor.person_id)).desc(), _ORGANISATION)
)


def list_contributing(session: Session, deliverable: Deliverable, today: date) -> list[Share]:
    """Current contributors by organisation, most first (¶23e, ¶27)."""
    rows = session.execute(_CONTRIBUTING, {"deliverable": deliverable.id, "today": today})
    return [Share(name, people) for name, people in rows]


def find_contribution(session: Session, deliverable_id: int, person_id: int) -> Contributor | None:
    """The current choice of a person, if any."""
    statement = select(Contributor).where(
        Contributor.deliverable_id == deliverable_id,
        Contributor.person_id == person_id,
        Contributor.left_at.is_(None),
    )
    return session.scalars(statement.order_by(Contributor.id)).first()


def list_codes(session: Session, prefix: str) -> Sequence[str]:
    """Codes that begin with a prefix such as ``D-26-``."""
    statement = select(Deliverable.code).where(Deliverable.code.startswith(prefix, autoescape=True))
    return session.scalars(statement.order_by(Deliverable.code)).all()


def known_letters(session: Session) -> frozenset[str]:
    """The letters of ¶22 on record."""
    return frozenset(session.scalars(select(Objective.letter)))


def find_group(session: Session, group_id: int) -> ThematicGroup | None:
    """A thematic group by id."""
    return session.get(ThematicGroup, group_id)


def find_group_by_code(session: Session, code: str) -> ThematicGroup | None:
    """A thematic group by its code."""
    return session.scalar(select(ThematicGroup).where(ThematicGroup.code == code))


def list_leaders(session: Session, deliverable: Deliverable, today: date) -> list[Addressee]:
    """Who leads a deliverable's group on a Geneva day."""
    statement = (
        select(Person.id, Person.full_name, Person.email, Person.locale, Person.time_zone)
        .join(Tenure, Tenure.person_id == Person.id)
        .join(Office, Office.id == Tenure.office_id)
        .where(Office.group_id == deliverable.group_id, Tenure.starts_on <= today, Tenure.ends_on > today)
        .order_by(Tenure.seat, Person.id)
    )
    return [Addressee(*row) for row in session.execute(statement)]


def list_officers(session: Session, today: date) -> list[Addressee]:
    """The Secretariat's officers on a Geneva day (¶30)."""
    statement = (
        select(Person.id, Person.full_name, Person.email, Person.locale, Person.time_zone)
        .join(SecretariatMembership, SecretariatMembership.person_id == Person.id)
        .join(Partner, Partner.id == SecretariatMembership.partner_id)
        .where(
            SecretariatMembership.starts_on <= today,
            or_(SecretariatMembership.ends_on.is_(None), SecretariatMembership.ends_on > today),
            Partner.is_secretariat_agency.is_(True),
        )
        .distinct()
        .order_by(Person.id)
    )
    return [Addressee(*row) for row in session.execute(statement)]
