"""Writes: offices, tenures, renewals (¶20, ¶21, ¶34). The row of the office is locked while its seats are counted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor, OfficeKind
from u4ssc_gov.core.dates import geneva_date, one_year_after
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text
from u4ssc_gov.tenures import policy, queries, rules
from u4ssc_gov.tenures.models import Office, Renewal, Tenure
from u4ssc_gov.tenures.rules import Capacity, EndReason, Route


def add_office(
    session: Session,
    *,
    kind: OfficeKind,
    code: str,
    title: str,
    seats: int,
    group_id: int | None = None,
    position: int = 0,
    actor: Actor,
    now: datetime,
) -> Office:
    """Open an office. Raises ``RuleViolation`` beyond the seats of ¶20, ``Conflict`` when the code is in use."""
    _require_manager(actor)
    most = rules.MOST_SEATS.get(kind)
    if most is not None and (seats > most or queries.has_office_of_kind(session, kind)):
        message = _("There are never more than %(count)s seats of this kind (¶20).", count=most)
        raise RuleViolation(message, "tenures.office.seats")
    if seats < 1:
        raise Invalid(_("An office has at least one seat."), "tenures.office.no_seat", "seats")
    if (kind is OfficeKind.LEADER) != (group_id is not None):
        message = _("A Leader’s office belongs to a thematic group, the other offices do not (¶21).")
        raise Invalid(message, "tenures.office.group", "group_id")
    if queries.find_office_by_code(session, clean_line(code)) is not None:
        raise Conflict(_("This office is already on record."), "tenures.office.known")
    office = Office(
        kind=kind, code=clean_line(code), title=clean_line(title), seats=seats, group_id=group_id, position=position
    )
    session.add(office)
    session.flush()
    record(session, "tenures:office:add", "office", office.id, actor=actor, now=now, code=office.code, seats=seats)
    return office


def start_tenure(
    session: Session,
    office: Office,
    person: Person,
    *,
    starts_on: date,
    route: Route,
    basis: str,
    nominated_by_id: int | None = None,
    predecessor_id: int | None = None,
    capacity: Capacity = Capacity.FULL,
    actor: Actor,
    now: datetime,
) -> Tenure:
    """Put a person in a seat of an office from a Geneva day on, for one year (¶34).

    An interim tenure fills the rest of its predecessor's year. A day in the past records what was decided before the
    platform knew of it. Raises ``RuleViolation`` when the act does not fit the office (¶20, ¶21), when no seat is free
    on every day of the term, or when the person already holds this office on one of those days.
    """
    _require_manager(actor)
    if office.kind in (OfficeKind.CO_CHAIR, OfficeKind.VICE_CHAIR) and nominated_by_id is None:
        message = _("A Co-Chair or Vice-Chair is nominated by a partner (¶20). Name the partner.")
        raise Invalid(message, "tenures.tenure.no_nomination", "nominated_by_id")
    term = Tenure(
        office_id=office.id,
        person_id=person.id,
        starts_on=starts_on,
        capacity=capacity,
        route=route,
        basis=clean_line(basis),
        nominated_by_id=nominated_by_id,
        predecessor_id=predecessor_id,
        created_at=now,
        created_by_id=actor.person_id,
    )
    return _seat(session, term, office, person, actor=actor, now=now)


def end_tenure(session: Session, tenure: Tenure, *, on: date, reason: EndReason, actor: Actor, now: datetime) -> Tenure:
    """End a tenure early: ``on`` is the first Geneva day out of office, today at the earliest.

    A tenure that has not begun is withdrawn by ending it on its first day. An open renewal is closed. Raises
    ``RuleViolation`` for a day in the past (acts done in office stay valid) or later than its term (¶34).
    """
    _require_manager(actor)
    queries.lock_office(session, tenure.office_id)
    queries.lock_tenure(session, tenure.id)
    today = geneva_date(now)
    if reason is EndReason.TERM:
        message = _("A term ends by itself on its day (¶34). Give a reason for ending it early.")
        raise RuleViolation(message, "tenures.tenure.no_reason")
    if tenure.ends_on <= today:
        raise RuleViolation(_("This tenure has already ended."), "tenures.tenure.ended")
    if on < max(today, tenure.starts_on):
        message = _("A tenure ends today at the earliest: what was done in office stays valid.")
        raise RuleViolation(message, "tenures.tenure.past_end")
    if on >= tenure.ends_on:
        raise RuleViolation(_("This tenure ends before that day anyway (¶34)."), "tenures.tenure.longer")
    tenure.ends_on = on
    tenure.end_reason = reason
    renewal = queries.find_renewal(session, tenure.id)
    if renewal is not None and renewal.closed_at is None:
        renewal.closed_at = now
        record(session, "tenures:renewal:close", "renewal", renewal.id, actor=actor, now=now, tenure=tenure.id)
    details: dict[str, Any] = {"on": str(on), "reason": reason.value}
    record(session, "tenures:tenure:end", "tenure", tenure.id, actor=actor, now=now, **details)
    return tenure


def request_renewal(session: Session, tenure: Tenure, *, actor: Actor, now: datetime, note: str = "") -> Renewal:
    """Ask that the holder serve another year, by the office's own route (¶34). Asking twice gives the same renewal.

    Raises ``RuleViolation`` when the tenure has not begun or has ended, or when a successor is already appointed.
    """
    if not policy.may_renew(actor) or actor.person_id is None:
        raise Forbidden(_("Only the Secretariat asks for renewals."), "tenures.renewal.forbidden")
    queries.lock_tenure(session, tenure.id)
    known = queries.find_renewal(session, tenure.id)
    if known is not None:
        return known
    office = session.get_one(Office, tenure.office_id)
    _check_renewable(session, tenure, geneva_date(now))
    cleaned = clean_text(note)
    if len(cleaned) > rules.NOTE_LIMIT:
        raise Invalid(_("Write at most 600 characters."), "tenures.renewal.note_too_long", "note")
    starts_on, ends_on = rules.next_term(tenure.ends_on)
    renewal = Renewal(
        tenure_id=tenure.id,
        route=rules.route_for(office.kind),
        starts_on=starts_on,
        ends_on=ends_on,
        requested_at=now,
        requested_by_id=actor.person_id,
        note=cleaned,
    )
    session.add(renewal)
    session.flush()
    details: dict[str, Any] = {"tenure": tenure.id, "route": renewal.route.value, "starts_on": str(starts_on)}
    record(session, "tenures:renewal:request", "renewal", renewal.id, actor=actor, now=now, **details)
    return renewal


def complete_renewal(
    session: Session, renewal: Renewal, *, basis: str, nominated_by_id: int | None = None, actor: Actor, now: datetime
) -> Tenure:
    """The renewal was decided in favour: the next term starts the day the old one ends, or today when that is past.

    Does nothing the second time and returns the same tenure. Raises ``RuleViolation`` as ``start_tenure`` does, and
    when the renewal was closed without a new tenure.
    """
    _require_manager(actor)
    queries.lock_renewal(session, renewal.id)
    if renewal.result_tenure_id is not None:
        return session.get_one(Tenure, renewal.result_tenure_id)
    _check_open(renewal)
    old = session.get_one(Tenure, renewal.tenure_id)
    term = Tenure(
        office_id=old.office_id,
        person_id=old.person_id,
        starts_on=max(renewal.starts_on, geneva_date(now)),
        capacity=Capacity.FULL,
        route=renewal.route,
        basis=clean_line(basis),
        nominated_by_id=nominated_by_id or old.nominated_by_id,
        predecessor_id=old.id,
        created_at=now,
        created_by_id=actor.person_id,
    )
    office, person = session.get_one(Office, old.office_id), session.get_one(Person, old.person_id)
    tenure = _seat(session, term, office, person, actor=actor, now=now)
    renewal.result_tenure_id = tenure.id
    renewal.closed_at = now
    record(session, "tenures:renewal:complete", "renewal", renewal.id, actor=actor, now=now, tenure=tenure.id)
    return tenure


def decide_renewal(
    session: Session, tenure_id: int, *, is_appointed: bool, basis: str, actor: Actor, now: datetime
) -> Renewal:
    """Record what followed the consultation on a Leader's renewal: a Co-Chair's appointment, or none (¶21, ¶34).

    ``basis`` says who decided and when. Does nothing the second time. Raises ``RuleViolation`` for a renewal that the
    Board decides, for one that was never asked, and as ``complete_renewal`` does.
    """
    if not policy.may_renew(actor):
        raise Forbidden(_("Only the Secretariat keeps the register of tenures."), "tenures.forbidden")
    renewal = queries.find_renewal(session, tenure_id)
    if renewal is None:
        raise RuleViolation(_("This renewal was not asked for yet."), "tenures.renewal.not_asked")
    if renewal.route is not Route.CONSULTATION:
        raise RuleViolation(_("The Partners Board decides this renewal in a ballot (¶23)."), "tenures.renewal.board")
    cleaned = clean_line(basis)
    if not cleaned:
        raise Invalid(_("Say who decided and when."), "tenures.renewal.no_basis", "basis")
    if len(cleaned) > rules.BASIS_LIMIT:
        raise Invalid(_("Write at most 300 characters."), "tenures.renewal.basis_too_long", "basis")
    queries.lock_renewal(
        session, renewal.id
    )  # the row that both ways lock first: two officers come one after the other
    if is_appointed:
        complete_renewal(session, renewal, basis=cleaned, actor=actor, now=now)
    elif renewal.result_tenure_id is not None:
        raise RuleViolation(_("The appointment is on record already."), "tenures.renewal.decided")
    else:
        close_renewal(session, renewal, basis=cleaned, actor=actor, now=now)
    return renewal


def close_renewal(session: Session, renewal: Renewal, *, basis: str, actor: Actor, now: datetime) -> Renewal:
    """The renewal was not decided in favour: the tenure ends on its day. Does nothing the second time."""
    _require_manager(actor)
    queries.lock_renewal(session, renewal.id)
    if renewal.closed_at is None:
        renewal.closed_at = now
        details: dict[str, Any] = {"tenure": renewal.tenure_id, "basis": clean_line(basis)}
        record(session, "tenures:renewal:close", "renewal", renewal.id, actor=actor, now=now, **details)
    return renewal


def _require_manager(actor: Actor) -> None:
    if not policy.may_manage(actor):
        raise Forbidden(_("Only the Secretariat keeps the register of tenures."), "tenures.forbidden")


def _seat(session: Session, term: Tenure, office: Office, person: Person, *, actor: Actor, now: datetime) -> Tenure:
    """Check a new term against the office and its other tenures, give it its last day and its seat, and record it."""
    _check_act(office.kind, term.route, term.basis)
    if (term.starts_on - geneva_date(now)).days > rules.FURTHEST_START_DAYS:
        message = _("A tenure lasts one year, so it is decided at most one year before it starts (¶34).")
        raise RuleViolation(message, "tenures.tenure.too_far_ahead")
    queries.lock_office(session, office.id)
    term.ends_on = _first_day_out(session, term)
    taken = queries.tenures_between(session, office.id, term.starts_on, term.ends_on)
    if any(other.person_id == person.id for other in taken):
        message = _("%(name)s already holds this office during that time.", name=person.full_name)
        raise RuleViolation(message, "tenures.tenure.same_person")
    periods = [(other.seat, other.starts_on, other.ends_on) for other in taken]
    before = queries.find_last_seat(session, office.id, person.id, predecessor_id=term.predecessor_id)
    seat = rules.free_seat(office.seats, periods, term.starts_on, term.ends_on, preferred=before)
    if seat is None:
        message = _("No seat of %(office)s is free during that time (¶20, ¶34).", office=office.title)
        raise RuleViolation(message, "tenures.tenure.no_seat")
    term.seat = seat
    session.add(term)
    session.flush()
    dates = {"starts_on": str(term.starts_on), "ends_on": str(term.ends_on)}
    record(session, "tenures:tenure:start", "tenure", term.id, actor=actor, now=now, office=office.code, **dates)
    return term


def _check_act(kind: OfficeKind, route: Route, basis: str) -> None:
    if not rules.is_route_open(kind, route):
        message = _("Chairs are approved by the Board, Leaders are appointed after a consultation (¶20, ¶21).")
        raise RuleViolation(message, "tenures.tenure.wrong_route")
    if not basis:
        message = _("Name the decision that this tenure rests on.")
        raise Invalid(message, "tenures.tenure.no_basis", "basis")


def _first_day_out(session: Session, term: Tenure) -> date:
    """A year after the first day (¶34), or for an interim the end of the year it completes."""
    known = session.get(Tenure, term.predecessor_id) if term.predecessor_id is not None else None
    if known is not None and (known.office_id != term.office_id or known.ends_on > term.starts_on):
        message = _("A tenure follows an earlier one of the same office, from the day that one ends.")
        raise RuleViolation(message, "tenures.tenure.predecessor")
    if term.capacity is Capacity.FULL:
        return one_year_after(term.starts_on)
    while known is not None and known.capacity is Capacity.INTERIM:  # an interim completes the year of a full term
        known = session.get_one(Tenure, known.predecessor_id)
    if known is None or term.starts_on >= one_year_after(known.starts_on):
        message = _("An interim tenure fills the rest of a tenure that ended early. Name that tenure.")
        raise RuleViolation(message, "tenures.tenure.interim")
    return one_year_after(known.starts_on)


def _check_renewable(session: Session, tenure: Tenure, today: date) -> None:
    if tenure.ends_on <= today:
        message = _("This tenure has ended; nobody can renew it. The seat needs a new appointment (¶34).")
        raise RuleViolation(message, "tenures.renewal.ended")
    if tenure.starts_on > today:
        raise RuleViolation(_("This tenure has not begun yet."), "tenures.renewal.not_begun")
    next_day = tenure.ends_on + timedelta(days=1)
    followers = queries.tenures_between(session, tenure.office_id, tenure.ends_on, next_day)
    if any(follower.seat == tenure.seat for follower in followers):
        raise RuleViolation(_("Somebody is already appointed to follow."), "tenures.renewal.successor")


def _check_open(renewal: Renewal) -> None:
    if renewal.closed_at is not None:
        message = _("This renewal was closed without a new tenure.")
        raise RuleViolation(message, "tenures.renewal.closed")
