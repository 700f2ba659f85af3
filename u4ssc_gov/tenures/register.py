"""The register of seats as a page asks for it: filters, rows of the table and of the export. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.tenures import timeline
from u4ssc_gov.tenures.queries import Seat, Term
from u4ssc_gov.tenures.rules import TenureState

VIEWS = ("timeline", "table", "directory")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; anything unknown is read as "all"."""

    view: str = "timeline"
    role: OfficeKind | None = None
    organisation: str = ""
    ending: bool = False
    vacant: bool = False

    @classmethod
    def read(cls, arguments: Mapping[str, str]) -> Filters:
        """Read the query string."""
        view, role = arguments.get("view", ""), arguments.get("role", "")
        return cls(
            view=view if view in VIEWS else VIEWS[0],
            role=OfficeKind(role) if role in set(OfficeKind) else None,
            organisation=arguments.get("organisation", "").strip()[:200],
            ending=arguments.get("ending") == "1",
            vacant=arguments.get("vacant") == "1",
        )

    def arguments(self, **changes: Any) -> dict[str, Any]:
        """The query string of this filter with changes, without what is at its default."""
        wanted = replace(self, **changes)
        found = {
            "view": wanted.view if wanted.view != VIEWS[0] else "",
            "role": wanted.role.value if wanted.role else "",
            "organisation": wanted.organisation,
            "ending": "1" if wanted.ending else "",
            "vacant": "1" if wanted.vacant else "",
        }
        return {name: value for name, value in found.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Whether some seats are left out."""
        return bool(self.role or self.organisation or self.ending or self.vacant)


def select_seats(seats: Sequence[Seat], filters: Filters, today: date, acronyms: Mapping[int, str]) -> list[Seat]:
    """The seats that a filter leaves. Ending and vacant together show both kinds."""
    if not filters.is_narrowed:
        return list(seats)
    return [seat for seat in seats if _matches(seat, filters, today, acronyms)]


def _matches(seat: Seat, filters: Filters, today: date, acronyms: Mapping[int, str]) -> bool:
    if filters.role is not None and seat.kind is not filters.role:
        return False
    holder = seat.holder(today)
    if filters.organisation and (holder is None or filters.organisation not in _bodies(holder, acronyms)):
        return False
    if not filters.ending and not filters.vacant:
        return True
    if holder is None:
        return filters.vacant
    return filters.ending and holder.state(today) is TenureState.ENDING


def _bodies(term: Term, acronyms: Mapping[int, str]) -> set[str]:
    """Where a holder comes from: own organisation and the partner that nominated."""
    return {term.organisation, acronyms.get(term.nominated_by_id or 0, "")} - {""}


def organisations(seats: Sequence[Seat], today: date, acronyms: Mapping[int, str]) -> list[str]:
    """What the organisation filter offers: where today's holders come from."""
    found: set[str] = set()
    for seat in seats:
        holder = seat.holder(today)
        if holder is not None:
            found.add(holder.organisation)
            found.add(acronyms.get(holder.nominated_by_id or 0, ""))
    found.discard("")
    return sorted(sorted(found), key=str.casefold)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table and of the export: a tenure that has not ended, or a vacant seat."""

    seat: Seat
    term: Term | None
    state: str
    rag: str
    nominated_by: str
    is_renewable: bool
    needs_ballot: bool = False


def lines_of(seat: Seat, today: date, acronyms: Mapping[int, str]) -> list[Line]:
    """The vacancy or the holder, then whoever is appointed to follow."""
    lines = []
    if seat.holder(today) is None:
        by_ballot, _by_consultation = timeline.vacancy_route(seat, today)
        lines.append(Line(seat, None, _("Vacant"), "late", "", is_renewable=False, needs_ballot=by_ballot))
    for term in seat.terms:
        state = term.state(today)
        if state is TenureState.ENDED:
            continue
        rag = {TenureState.ENDING: "risk", TenureState.SCHEDULED: "planned"}.get(state, "ok")
        renewable = state is not TenureState.SCHEDULED and timeline.is_renewal_due(seat, today)
        nominated_by = acronyms.get(term.nominated_by_id or 0, "")
        lines.append(Line(seat, term, str(timeline.STATE_NAMES[state]), rag, nominated_by, renewable))
    return lines


def export_header() -> list[str]:
    """The columns of the export."""
    return [
        _("Office"), _("Seat"), _("Holder"), _("Organisation"), _("Nominated by"), _("First day"), _("Last day"),
        _("State"), _("Route"), _("Basis"), _("Renewal asked"), _("Vacant since"),
    ]  # fmt: skip


def export_row(line: Line) -> list[object]:
    """One row of the export; days as ISO dates."""
    seat, term = line.seat, line.term
    if term is None:
        since = seat.empty_since.isoformat() if seat.empty_since else ""
        return [seat.title, seat.number, "", "", "", "", "", line.state, "", "", "", since]
    return [
        seat.title, seat.number, term.name, term.organisation, line.nominated_by, term.starts_on.isoformat(),
        term.last_day.isoformat(), line.state, str(timeline.ROUTE_NAMES[term.route]), term.basis,
        _day_of(term.renewal_asked_at), "",
    ]  # fmt: skip


def _day_of(moment: datetime | None) -> str:
    return geneva_date(moment).isoformat() if moment is not None else ""
