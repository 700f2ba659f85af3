"""Reads of participants, their organisations, and requests to join.

Names and organisations are for signed-in people; who asked to join is the Secretariat's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, String, and_, bindparam, false, func, or_, select, true
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Account, Person
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.countries import country_name
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.participants import policy
from u4ssc_gov.participants.models import JoinInterest, JoinMessage, JoinRequest, Organisation, Participant
from u4ssc_gov.participants.rules import JoinSource, JoinState, ParticipantKind, is_reference, state_of

_EVERYTHING = 2**31 - 1
_MOST_DUTIES = 50
_PART = (bindparam("limit", type_=Integer), bindparam("offset", type_=Integer))


@dataclass(frozen=True, slots=True)
class ParticipantLine:
    """One participant in the directory."""

    id: int
    name: str
    kind: ParticipantKind
    organisation: str
    organisation_id: int | None
    country_code: str
    joined_on: date
    email: str

    @property
    def country(self) -> str:
        """The country's name in the reader's language."""
        return country_name(self.country_code)


class DirectoryFilter(NamedTuple):
    """What the directory is narrowed to; empty values narrow nothing. ``words`` are looked for in names."""

    kind: str = ""
    country: str = ""
    words: str = ""
    organisation: int = 0


_LINE: Any = (
    Participant.id,
    Person.full_name,
    Participant.kind,
    Participant.organisation,
    Participant.organisation_id,
    Participant.country_code,
    Participant.joined_on,
    Person.email,
)


def list_participants(
    session: Session,
    *,
    now: datetime,
    limit: int | None = None,
    offset: int = 0,
    wanted: DirectoryFilter = DirectoryFilter(),  # noqa: B008 - a tuple
) -> list[ParticipantLine]:
    """Participants now, by name. One statement."""
    statement = (
        select(*_LINE)
        .join(Person, Person.id == Participant.person_id)
        .where(*_directory(wanted, now))
        .order_by(Person.full_name, Participant.id)
        .limit(limit)
        .offset(offset)
    )
    return [ParticipantLine(*row) for row in session.execute(statement)]


def count_participants(session: Session, *, now: datetime, wanted: DirectoryFilter) -> int:
    """How many participants the filtered directory has."""
    statement = (
        select(func.count(Participant.id))
        .join(Person, Person.id == Participant.person_id)
        .where(*_directory(wanted, now))
    )
    return session.scalar(statement) or 0


def _directory(wanted: DirectoryFilter, now: datetime) -> list[ColumnElement[bool]]:
    found = [_is_current(geneva_date(now))]
    if wanted.kind:
        found.append(Participant.kind == ParticipantKind(wanted.kind))
    if wanted.country:
        found.append(Participant.country_code == wanted.country)
    if wanted.organisation:
        found.append(Participant.organisation_id == wanted.organisation)
    if wanted.words:
        needle = wanted.words.casefold()
        named = func.lower(Person.full_name).contains(needle, autoescape=True)
        found.append(or_(named, func.lower(Participant.organisation).contains(needle, autoescape=True)))
    return found


def count_by_kind(session: Session, *, now: datetime) -> dict[ParticipantKind, int]:
    """How many participants there are now, by kind of body. One statement."""
    statement = (
        select(Participant.kind, func.count())
        .where(_is_current(geneva_date(now)))
        .group_by(Participant.kind)
        .order_by(Participant.kind)
    )
    return dict(session.execute(statement).all())


def list_countries(session: Session, *, now: datetime) -> list[str]:
    """The codes of the countries that participants come from now."""
    statement = (
        select(Participant.country_code)
        .where(_is_current(geneva_date(now)), Participant.country_code != "")
        .distinct()
        .order_by(Participant.country_code)
    )
    return list(session.scalars(statement))


def participations_since(session: Session, person_id: int, day: date) -> Sequence[Participant]:
    """The times a person takes part on a Geneva day or after it."""
    statement = (
        select(Participant)
        .where(Participant.person_id == person_id, or_(Participant.left_on.is_(None), Participant.left_on > day))
        .order_by(Participant.joined_on, Participant.id)
    )
    return session.scalars(statement).all()


def find_participation(session: Session, person_id: int, day: date) -> Participant | None:
    """A person's participation on a Geneva day."""
    statement = select(Participant).where(Participant.person_id == person_id, _is_current(day))
    return session.scalars(statement.order_by(Participant.id)).first()


def lock_person(session: Session, person_id: int) -> None:
    """Lock the row of a person, so that they join once."""
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update()).one()


def _is_current(today: date) -> ColumnElement[bool]:
    return and_(Participant.joined_on <= today, or_(Participant.left_on.is_(None), Participant.left_on > today))


# ── organisations ──


def find_organisation(session: Session, name_key: str, country_code: str) -> Organisation | None:
    """An organisation by its name without case and its country."""
    statement = select(Organisation).where(Organisation.name_key == name_key, Organisation.country_code == country_code)
    return session.scalar(statement)


def get_organisation(session: Session, organisation_id: int) -> Organisation:
    """An organisation by its number. Raises ``NotFound``."""
    found = session.get(Organisation, organisation_id)
    if found is None:
        raise NotFound(_("There is no such organisation."), "participants.organisation.unknown")
    return found


# ── requests to join ──


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Who asked to join, and why, is known to the Secretariat only (¶29)."""
    return true() if policy.may_manage(actor) else false()


class RequestFilter(NamedTuple):
    """What the list of requests is narrowed to; empty values narrow nothing."""

    state: str = ""
    kind: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One request in the list."""

    reference: str
    full_name: str
    email: str
    organisation: str
    kind: ParticipantKind
    country_code: str
    source: JoinSource
    asked_at: datetime
    questioned_at: datetime | None
    decided_at: datetime | None
    is_accepted: bool | None

    @property
    def state(self) -> JoinState:
        """Where it stands."""
        return state_of(decided_at=self.decided_at, is_accepted=self.is_accepted, questioned_at=self.questioned_at)

    @property
    def country(self) -> str:
        """The country's name in the reader's language."""
        return country_name(self.country_code)


@dataclass(frozen=True, slots=True)
class UndecidedLine:
    """A request that waits for the Secretariat."""

    id: int
    reference: str
    full_name: str
    asked_at: datetime
    questioned_at: datetime | None


_STATES: dict[str, ColumnElement[bool]] = {
    JoinState.OPEN: and_(JoinRequest.decided_at.is_(None), JoinRequest.questioned_at.is_(None)),
    JoinState.QUESTIONED: and_(JoinRequest.decided_at.is_(None), JoinRequest.questioned_at.is_not(None)),
    JoinState.ACCEPTED: and_(JoinRequest.decided_at.is_not(None), JoinRequest.is_accepted.is_(True)),
    JoinState.DECLINED: and_(JoinRequest.decided_at.is_not(None), JoinRequest.is_accepted.is_(False)),
}
_REQUEST_LINE: Any = (
    JoinRequest.reference,
    JoinRequest.full_name,
    JoinRequest.email,
    JoinRequest.organisation,
    JoinRequest.kind,
    JoinRequest.country_code,
    JoinRequest.source,
    JoinRequest.asked_at,
    JoinRequest.questioned_at,
    JoinRequest.decided_at,
    JoinRequest.is_accepted,
)


def list_requests(
    session: Session, wanted: RequestFilter, *, actor: Actor, limit: int | None = None, offset: int = 0
) -> list[RequestLine]:
    """Requests under a filter: those to answer first, the oldest first; then the latest decided. One statement."""
    values = {"kind": wanted.kind, "country": wanted.country}
    part = {"limit": _EVERYTHING if limit is None else limit, "offset": offset}
    statement = _requests(wanted.state, bool(wanted.kind), bool(wanted.country)).where(visible_to(actor))
    return [RequestLine(*row) for row in session.execute(statement, {**values, **part})]


def count_requests(session: Session, wanted: RequestFilter, *, actor: Actor) -> int:
    """How many requests a filter leaves."""
    conditions = _wanted(wanted.state, bool(wanted.kind), bool(wanted.country))
    statement = select(func.count(JoinRequest.id)).where(*conditions, visible_to(actor))
    return session.scalar(statement, {"kind": wanted.kind, "country": wanted.country}) or 0


@cache
def _requests(state: str, has_kind: bool, has_country: bool) -> Select[Any]:
    return (
        select(*_REQUEST_LINE)
        .where(*_wanted(state, has_kind, has_country))
        .order_by(
            JoinRequest.decided_at.is_not(None), JoinRequest.decided_at.desc(), JoinRequest.asked_at, JoinRequest.id
        )
        .limit(_PART[0])
        .offset(_PART[1])
    )


def _wanted(state: str, has_kind: bool, has_country: bool) -> list[ColumnElement[bool]]:
    found = [_STATES[state]] if state in _STATES else []
    if has_kind:
        found.append(JoinRequest.kind == bindparam("kind", type_=JoinRequest.kind.type))
    if has_country:
        found.append(JoinRequest.country_code == bindparam("country", type_=String))
    return found


_UNDECIDED = (
    select(
        JoinRequest.id,
        JoinRequest.reference,
        JoinRequest.full_name,
        JoinRequest.asked_at,
        JoinRequest.questioned_at,
    )
    .where(JoinRequest.decided_at.is_(None))
    .order_by(func.coalesce(JoinRequest.questioned_at, JoinRequest.asked_at), JoinRequest.id)
    .limit(_MOST_DUTIES)
)


def list_undecided(session: Session) -> list[UndecidedLine]:
    """The requests that have waited longest, at most fifty. One statement."""
    return [UndecidedLine(*row) for row in session.execute(_UNDECIDED)]


def get_request(session: Session, reference: str, *, actor: Actor, lock: bool = False) -> JoinRequest:
    """A request by its reference. Raises ``NotFound`` when there is none that this actor may know of."""
    found = None
    if is_reference(reference):
        statement = select(JoinRequest).where(JoinRequest.reference == reference, visible_to(actor))
        if lock:
            statement = statement.with_for_update().execution_options(populate_existing=True)
        found = session.scalar(statement)
    if found is None:
        raise NotFound(_("There is no such request."), "participants.request.unknown")
    return found


def find_by_form_key(session: Session, form_key: str) -> JoinRequest | None:
    """The request that was sent from one page."""
    return session.scalar(select(JoinRequest).where(JoinRequest.form_key == form_key))


def find_open_request(session: Session, email: str) -> JoinRequest | None:
    """The undecided request of an address."""
    statement = select(JoinRequest).where(JoinRequest.email == email, JoinRequest.decided_at.is_(None))
    return session.scalar(statement)


def find_participant_by_email(session: Session, email: str, day: date) -> Participant | None:
    """The participation of an address on a Geneva day."""
    statement = (
        select(Participant)
        .join(Person, Person.id == Participant.person_id)
        .where(Person.email == email, _is_current(day))
    )
    return session.scalars(statement.order_by(Participant.id)).first()


@dataclass(frozen=True, slots=True)
class MessageLine:
    """Something the Secretariat wrote, with who wrote it."""

    kind: str
    at: datetime
    by: str
    text: str


def list_messages(session: Session, request_id: int) -> list[MessageLine]:
    """What was written to somebody who asks to join, newest first."""
    statement = (
        select(JoinMessage.kind, JoinMessage.at, func.coalesce(Person.full_name, ""), JoinMessage.text)
        .outerjoin(Person, Person.id == JoinMessage.by_id)
        .where(JoinMessage.request_id == request_id)
        .order_by(JoinMessage.at.desc(), JoinMessage.id.desc())
    )
    return [MessageLine(*row) for row in session.execute(statement)]


def list_interests(session: Session, request_id: int) -> list[tuple[str, str]]:
    """Code and title of what they named."""
    statement = select(JoinInterest.code, JoinInterest.title).where(JoinInterest.request_id == request_id)
    return [(code, title) for code, title in session.execute(statement.order_by(JoinInterest.code))]


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the platform knows under an address already."""

    person_id: int
    name: str
    has_account: bool
    is_disabled: bool


def find_known(session: Session, email: str) -> Known | None:
    """The person behind an address, and whether they can sign in."""
    statement = (
        select(Person.id, Person.full_name, Account.password_hash, Account.disabled_at)
        .outerjoin(Account, Account.person_id == Person.id)
        .where(Person.email == email)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else Known(row[0], row[1], bool(row[2]), row[3] is not None)
