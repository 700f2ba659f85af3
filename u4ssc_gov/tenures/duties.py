"""What is owed about offices now: renewals to ask for, seats to fill, and the live state of ¶20, ¶21, ¶23 and ¶34."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import Actor, OfficeKind
from u4ssc_gov.core.dates import geneva_date, geneva_midnight, one_year_after
from u4ssc_gov.core.duty import ClauseFinding, ClauseState, Duty, DutyKind, Holder, HolderKind, by_urgency
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.tenures import queries, timeline
from u4ssc_gov.tenures.queries import Seat, Term
from u4ssc_gov.tenures.rules import ENDING_SOON_DAYS, Route, TenureState

_SECRETARIAT = Holder(HolderKind.SECRETARIAT)
_CHAIRS = (OfficeKind.CO_CHAIR, OfficeKind.VICE_CHAIR)


def duties(session: Session, *, actor: Actor, now: datetime) -> list[Duty]:  # noqa: ARG001 - every room's signature
    """What a person owes about their own tenure: nothing, for their answer is not given on this platform yet.

    No statement. Their card is ``queries.my_tenures``; what the secretariat owes is ``secretariat_duties``.
    """
    return []


def secretariat_duties(session: Session, *, now: datetime) -> list[Duty]:
    """Tenures ending within 60 days without a successor, whether asked to go on or not, and vacant seats.

    Two statements.
    """
    today = geneva_date(now)
    seats = queries.list_seats(session, today=today)
    found = [_renew(seat, term, now) for seat in seats if (term := _due_term(seat, today)) is not None]
    found += [
        _follow(seat, term, now) for seat in seats if (term := seat.holder(today)) is not None and term.is_renewal_open
    ]
    found += [_fill(seat, now) for seat in seats if seat.holder(today) is None and seat.next_after(today) is None]
    return by_urgency(found)


def _due_term(seat: Seat, today: date) -> Term | None:
    return seat.holder(today) if timeline.is_renewal_due(seat, today) else None


def _renew(seat: Seat, term: Term, now: datetime) -> Duty:
    route = "23d" if seat.kind in _CHAIRS else "21"
    return Duty(
        key=f"tenure:{term.id}:renew",
        kind=DutyKind.TENURE,
        holder=_SECRETARIAT,
        clauses=("34", route),
        title=timeline.renew_text(term.name, seat.title),
        why=_("Ends %(day)s, nobody is appointed to follow", day=day_text(term.last_day, now)),
        action=_("Renew"),
        endpoint="tenures.show_renewal",
        args={"tenure_id": term.id},
        due_at=geneva_midnight(term.ends_on - timedelta(days=ENDING_SOON_DAYS)),
        icon="renew",
    )


def _follow(seat: Seat, term: Term, now: datetime) -> Duty:
    """An asked renewal is not decided by itself: a chair's waits for a ballot, a Leader's for a consultation."""
    asked = day_text(geneva_date(term.renewal_asked_at or now), now)
    if seat.kind in _CHAIRS:
        why, clauses = _("Asked on %(day)s; the Board decides in a ballot", day=asked), ("34", "23d")
    else:
        why, clauses = _("Asked on %(day)s; consult the partners, record what followed", day=asked), ("34", "21")
    return Duty(
        key=f"renewal:{term.renewal_id}:follow",
        kind=DutyKind.TENURE,
        holder=_SECRETARIAT,
        clauses=clauses,
        title=_("Settle the renewal of %(name)s", name=timeline.holder_text(term.name, seat.title)),
        why=why,
        action=_("Follow renewal"),
        endpoint="tenures.show_renewal",
        args={"tenure_id": term.id},
        due_at=geneva_midnight(term.ends_on),
        since=term.renewal_asked_at,
        icon="renew",
    )


def _fill(seat: Seat, now: datetime) -> Duty:
    since = due_at = None
    if seat.empty_since is not None:  # owed on the first day without a holder, so that both numbers of days agree
        since, due_at = geneva_midnight(seat.empty_since), geneva_midnight(seat.empty_since + timedelta(days=1))
    never = _("Never filled")
    return Duty(
        key=f"office:{seat.office_id}:seat:{seat.number}:fill",
        kind=DutyKind.TENURE,
        holder=_SECRETARIAT,
        clauses=("21",) if seat.kind is OfficeKind.LEADER else ("20",),
        title=_("Fill the vacant seat: %(office)s", office=seat.title),
        why=_("Vacant since %(day)s", day=day_text(seat.empty_since, now)) if seat.empty_since is not None else never,
        action=_("See the seat"),
        endpoint="tenures.list_tenures",
        args={"vacant": 1, "_anchor": f"seat-{seat.office_id}-{seat.number}"},
        due_at=due_at,
        since=since,
        icon="people",
    )


def clause_findings(session: Session, *, now: datetime) -> list[ClauseFinding]:
    """The live state of ¶20a to 20c, 21c, 23d, 34a and 34b. Two statements."""
    today = geneva_date(now)
    seats = queries.list_seats(session, today=today)
    held = [(seat, term) for seat in seats if (term := seat.holder(today)) is not None]
    chairs = [(seat, term) for seat, term in held if seat.kind in _CHAIRS]
    return [
        _chairs_seated(seats, today),
        _nominated(chairs),
        _programme_leader(seats, today, now),
        _consulted([term for seat, term in held if seat.kind is OfficeKind.LEADER]),
        _approved([term for _seat, term in chairs]),
        _one_year([term for _seat, term in held], today),
        _renewals(seats, today),
    ]


def _finding(clause: str, state: ClauseState, sentence: str, facts: str = "", **args: Any) -> ClauseFinding:
    return ClauseFinding(
        clause, state, sentence, facts, endpoint="tenures.list_tenures", args=args, link_label=_("See who serves")
    )


def _chairs_seated(seats: list[Seat], today: date) -> ClauseFinding:
    """Two of each (¶20); the seats themselves cannot be more, the register refuses it."""
    missing: list[str] = []
    for kind in _CHAIRS:
        of_kind = [seat for seat in seats if seat.kind is kind]
        empty = sum(seat.holder(today) is None for seat in of_kind)
        name = _("Co-Chair") if kind is OfficeKind.CO_CHAIR else _("Vice-Chair")
        if empty:
            sentence = ngettext(
                "%(num)s of %(seats)s %(office)s seats is vacant",
                "%(num)s of %(seats)s %(office)s seats are vacant",
                empty,
                seats=len(of_kind),
                office=name,
            )
            missing.append(sentence)
        elif not of_kind:
            missing.append(_("no %(office)s seat is on record", office=name))
    if missing:
        return _finding("20a", ClauseState.DUE, "; ".join(missing), vacant=1)
    return _finding("20a", ClauseState.MET, _("Two Co-Chairs and two Vice-Chairs are in office"))


def _nominated(chairs: list[tuple[Seat, Term]]) -> ClauseFinding:
    without = [term.name for _seat, term in chairs if term.nominated_by_id is None]
    sentence = ngettext(
        "%(good)s of %(num)s chair in office has a nomination by a partner on record",
        "%(good)s of %(num)s chairs in office have a nomination by a partner on record",
        len(chairs),
        good=len(chairs) - len(without),
    )
    state = ClauseState.BREACHED if without else ClauseState.MET
    return _finding("20b", state, sentence, _without(without))


def _approved(chairs: list[Term]) -> ClauseFinding:
    without = [term.name for term in chairs if term.route is Route.CONSULTATION or not term.basis]
    sentence = ngettext(
        "%(good)s of %(num)s chair in office has an approving decision on record",
        "%(good)s of %(num)s chairs in office have an approving decision on record",
        len(chairs),
        good=len(chairs) - len(without),
    )
    return _finding("23d", ClauseState.BREACHED if without else ClauseState.MET, sentence, _without(without))


def _programme_leader(seats: list[Seat], today: date, now: datetime) -> ClauseFinding:
    of_kind = [seat for seat in seats if seat.kind is OfficeKind.IP_LEADER]
    term = next((held for seat in of_kind if (held := seat.holder(today)) is not None), None)
    if term is None:
        return _finding("20c", ClauseState.DUE, _("The Implementation Programme has no leader in office"), vacant=1)
    day = day_text(term.last_day, now)
    return _finding("20c", ClauseState.MET, _("The Implementation Programme has a leader until %(day)s", day=day))


def _consulted(leaders: list[Term]) -> ClauseFinding:
    without = [term.name for term in leaders if term.route is Route.BOARD_DECISION or not term.basis]
    sentence = ngettext(
        "%(good)s of %(num)s Leader has a consultation on file",
        "%(good)s of %(num)s Leaders have a consultation on file",
        len(leaders),
        good=len(leaders) - len(without),
    )
    return _finding("21c", ClauseState.BREACHED if without else ClauseState.MET, sentence, _without(without))


def _one_year(terms: list[Term], today: date) -> ClauseFinding:
    too_long = [term.name for term in terms if term.ends_on > one_year_after(term.starts_on)]
    if too_long:
        sentence = ngettext(
            "%(num)s tenure is longer than a year", "%(num)s tenures are longer than a year", len(too_long)
        )
        return _finding("34a", ClauseState.BREACHED, sentence, ", ".join(too_long))
    ending = sum(term.state(today) is TenureState.ENDING for term in terms)
    sentence = ngettext("%(num)s tenure expires within 30 days", "%(num)s tenures expire within 30 days", ending)
    if ending:
        return _finding("34a", ClauseState.DUE, sentence, ending=1)
    return _finding("34a", ClauseState.MET, _("No tenure expires within 30 days"))


def _renewals(seats: list[Seat], today: date) -> ClauseFinding:
    asked = sum(term.is_renewal_open for seat in seats if (term := seat.holder(today)) is not None)
    due = sum(timeline.is_renewal_due(seat, today) for seat in seats)
    sentence = ngettext("%(num)s renewal is asked for", "%(num)s renewals are asked for", asked)
    if due:
        more = ngettext("%(num)s tenure waits to be asked", "%(num)s tenures wait to be asked", due)
        return _finding("34b", ClauseState.DUE, f"{sentence}; {more}")
    return _finding("34b", ClauseState.MET, sentence)


def _without(names: list[str]) -> str:
    return _("Without: %(names)s", names=", ".join(names)) if names else ""
