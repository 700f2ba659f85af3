"""The timeline of seats: which bars stand where, and the words beside them. Pure; the templates draw it.

Ten quarters, five before the current one and four after, so that the last term, this one and the next are in sight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.core.dates import days_between, geneva_date
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy, ngettext
from u4ssc_gov.core.text import initials
from u4ssc_gov.tenures.queries import Seat, Term
from u4ssc_gov.tenures.rules import RENEWAL_ASKED_DAYS, EndReason, Route, TenureState, route_for

QUARTERS = 10
QUARTERS_BEFORE = 5
_ANOTHER_YEAR = datetime.min.replace(tzinfo=UTC)  # seen from here, every day is written with its year
# How wide a label is, in pixels, and the axis on a desk and on a small laptop: a label that does not fit is left out.
_LETTER, _PADDING, _DESK, _LAPTOP = 6.3, 14, 530, 370

ROLE_NAMES = {
    OfficeKind.CO_CHAIR: lazy("Co-Chairs"),
    OfficeKind.VICE_CHAIR: lazy("Vice-Chairs"),
    OfficeKind.IP_LEADER: lazy("Programme leader"),
    OfficeKind.LEADER: lazy("Leaders"),
}
STATE_NAMES = {
    TenureState.SCHEDULED: lazy("Not begun"),
    TenureState.IN_OFFICE: lazy("In office"),
    TenureState.ENDING: lazy("Ends within 30 days"),
    TenureState.ENDED: lazy("Ended"),
}
ROUTE_NAMES = {
    Route.BOARD_DECISION: lazy("Decision of the Partners Board"),
    Route.CONSULTATION: lazy("Consultation of the partners"),
    Route.ANNUAL_MEETING: lazy("Annual meeting"),
}


@dataclass(frozen=True, slots=True)
class Window:
    """The days the timeline spans, ``[starts_on, ends_on)``, and where today stands in it."""

    starts_on: date
    ends_on: date
    today: date

    def at(self, day: date) -> float:
        """Where a day begins, in per cent from the start, kept inside the window."""
        share = 100 * (day - self.starts_on).days / (self.ends_on - self.starts_on).days
        return round(min(max(share, 0.0), 100.0), 2)

    @property
    def labels(self) -> list[str]:
        """One label a quarter; where a year begins, the year. Both together do not fit on a laptop."""
        quarters = (_quarter(self.starts_on, n) for n in range(QUARTERS))
        return [_("Q%(number)s", number=quarter + 1) if quarter else str(year) for year, quarter in quarters]


def window_around(today: date) -> Window:
    """The window that shows a Geneva day."""
    year, quarter = _quarter(today, -QUARTERS_BEFORE)
    starts_on = date(year, quarter * 3 + 1, 1)
    year, quarter = _quarter(starts_on, QUARTERS)
    return Window(starts_on, date(year, quarter * 3 + 1, 1), today)


def _quarter(day: date, offset: int) -> tuple[int, int]:
    """Year and quarter (0 to 3) so many quarters after the one a day lies in."""
    return divmod(day.year * 4 + (day.month - 1) // 3 + offset, 4)


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: start and width in per cent, its look (past, now, soon, prop, vac), its label and the full words."""

    at: float
    width: float
    kind: str
    label: str
    words: str
    is_long: bool = False  # the label fits on a desk and not on a small laptop


@dataclass(frozen=True, slots=True, eq=False)  # each stands for itself: what is drawn of it is remembered under it
class SeatView:
    """One row of the page: a seat, its holder or the vacancy, its bars and its state in words."""

    seat: Seat
    term: Term | None  # who holds it today
    name: str
    initials: str
    under: str  # office and nominating partner or organisation
    bars: tuple[Bar, ...]
    rag: str  # ok, risk, late
    state: str
    small: str
    is_renewable: bool  # within 60 days of the end, nothing asked, nobody appointed
    is_asked: bool
    leads: bool  # a seat of a Leader, not of the management team
    needs_ballot: bool = False  # a chair's seat that nobody holds and nobody is appointed to
    needs_consultation: bool = False  # the same of a Leader's seat
    last_day: str = ""  # of the holder, in words, where the bar has no room to say it


def view_of(seat: Seat, window: Window, now: datetime, acronyms: Mapping[int, str]) -> SeatView:
    """How a seat reads today. ``acronyms`` names partners by id."""
    term = seat.holder(window.today)
    partner = acronyms.get(term.nominated_by_id or 0, "") if term is not None else ""
    # Days are written with their year when it is not this one: of the instant, nothing but its year is shown.
    return _view(seat, term, window, _first_of_year(now.year), partner, i18n.current().code)


@lru_cache(maxsize=4)
def _first_of_year(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=512)
def _view(seat: Seat, term: Term | None, window: Window, now: datetime, partner: str, _language: str) -> SeatView:
    """As ``view_of``, made once for what it depends on."""
    leads = seat.kind is OfficeKind.LEADER
    bars = tuple(_bars(seat, window, now))
    if term is None:
        state, small = _vacancy_words(seat, window.today, now)
        by_ballot, by_consultation = vacancy_route(seat, window.today)
        return SeatView(
            seat, None, _("Vacant"), "?", seat.title, bars, "late", state, small, False, False, leads,
            by_ballot, by_consultation,
        )  # fmt: skip
    days = (term.ends_on - window.today).days
    follower = seat.follower(term)
    origin = _("nominated by %(partner)s", partner=partner) if partner else term.organisation
    return SeatView(
        seat=seat,
        term=term,
        name=term.name,
        initials=initials(term.name),
        under=_under(term.name, seat.title, origin),
        bars=bars,
        rag="risk" if term.state(window.today) is TenureState.ENDING else "ok",
        state=days_left_text(days - 1),
        small=_what_follows(term, follower, now),
        is_renewable=is_renewal_due(seat, window.today),
        is_asked=term.is_renewal_open,
        leads=leads,
        last_day=_("last day %(day)s", day=day_text(term.last_day, now)),
    )


def _under(name: str, office: str, origin: str) -> str:
    """What stands under a name: the office, unless the name is the office's own, and where its holder comes from."""
    return " · ".join([words for words in ("" if name.startswith(office) else office, origin) if words])


def vacancy_route(seat: Seat, today: date) -> tuple[bool, bool]:
    """Whether a seat waits to be filled, by a ballot of the Board or after a consultation (¶20, ¶21)."""
    if seat.holder(today) is not None or seat.next_after(today) is not None:
        return False, False
    by_ballot = route_for(seat.kind) is Route.BOARD_DECISION
    return by_ballot, not by_ballot


def is_renewal_due(seat: Seat, today: date) -> bool:
    """Whether the question is open: within 60 days of the end, nothing asked yet and nobody appointed to follow."""
    term = seat.holder(today)
    if term is None or term.renewal_id is not None or seat.follower(term) is not None:
        return False
    return (term.ends_on - today).days <= RENEWAL_ASKED_DAYS


def holder_text(name: str, office: str) -> str:
    """ "Name, Office"; a name that is the office's own, with or without its seat, stands alone."""
    return name if name.startswith(office) else _("%(name)s, %(office)s", name=name, office=office)


def renew_text(name: str, office: str) -> str:
    """ "Renew Name as Office", or "Renew Office, second seat" where people bear the names of their roles."""
    if name.startswith(office):
        return _("Renew %(name)s", name=name)
    return _("Renew %(name)s as %(office)s", name=name, office=office)


def renewal_text(name: str, office: str) -> str:
    """ "Renewal of Name, Office", once it was asked for."""
    return _("Renewal of %(holder)s", holder=holder_text(name, office))


def days_left_text(days: int) -> str:
    """Full days after today until the last day in office, which is 0."""
    return _("Ends today") if days <= 0 else ngettext("%(num)s day left", "%(num)s days left", days)


def period_text(starts_on: date, ends_on: date, now: datetime) -> str:
    """First and last day in office: "1 Jan – 31 Dec", "9 Dec 2025 – 8 Dec 2026" with both years when they differ."""
    last_day = ends_on - timedelta(days=1)
    reference = now if starts_on.year == last_day.year else _ANOTHER_YEAR
    return f"{day_text(starts_on, reference)} – {day_text(last_day, reference)}"


def _what_follows(term: Term, follower: Term | None, now: datetime) -> str:
    if follower is not None:
        if follower.person_id == term.person_id:
            return _("renewed to %(day)s", day=day_text(follower.last_day, now))
        return _("%(name)s follows", name=follower.name)
    if term.renewal_asked_at is not None:
        day = day_text(geneva_date(term.renewal_asked_at), now)
        if term.is_renewal_open:
            return _("renewal asked %(day)s", day=day)
        return _("not renewed")
    return ""


def vacant_days(empty_since: date, today: date) -> int:
    """How long a seat has been empty; its first empty day counts as one."""
    return max(days_between(empty_since, today), 1)


def _vacancy_words(seat: Seat, today: date, now: datetime) -> tuple[str, str]:
    following = seat.next_after(today)
    if following is not None:
        small = _("%(name)s from %(day)s", name=following.name, day=day_text(following.starts_on, now))
    elif seat.empty_since is not None:
        gone = next((term for term in seat.terms if term.ends_on == seat.empty_since), None)
        small = ngettext("for %(num)s day", "for %(num)s days", vacant_days(seat.empty_since, today))
        if gone is not None and gone.end_reason is EndReason.RESIGNED:
            day = day_text(gone.last_day, now)
            small = _("%(since)s; %(name)s resigned %(day)s", since=small, name=gone.name, day=day)
    else:
        small = _("never filled")
    return _("Vacant"), small


def _bars(seat: Seat, window: Window, now: datetime) -> list[Bar]:
    """Past, current and coming tenures, an asked renewal, and the vacancy between them."""
    bars: list[Bar | None] = []
    for term in seat.terms:
        bars.append(_term_bar(term, window, now))
        if term.is_renewal_open and term.renewal_starts_on and term.renewal_ends_on and seat.follower(term) is None:
            words = _(
                "renewal asked: %(period)s", period=period_text(term.renewal_starts_on, term.renewal_ends_on, now)
            )
            label = _("renewal asked")
            bars.append(_bar(window, term.renewal_starts_on, term.renewal_ends_on, "prop", label, words))
    if seat.holder(window.today) is None:
        following = seat.next_after(window.today)
        starts_on, ends_on = seat.empty_since or window.starts_on, following.starts_on if following else window.ends_on
        known = _("vacant since %(day)s", day=day_text(starts_on, now)) if seat.empty_since else _("vacant")
        bars.append(_bar(window, starts_on, ends_on, "vac", _("vacant"), known))
    return [bar for bar in bars if bar is not None]


def _term_bar(term: Term, window: Window, now: datetime) -> Bar | None:
    kinds = {TenureState.ENDED: "past", TenureState.SCHEDULED: "prop", TenureState.ENDING: "soon"}
    kind = kinds.get(term.state(window.today), "now")
    period = period_text(term.starts_on, term.ends_on, now)
    words = _("%(name)s: %(period)s", name=term.name, period=period)
    label = term.name if kind in ("past", "prop") else period
    if term.end_reason is EndReason.RESIGNED:
        label = _("%(name)s, resigned %(day)s", name=term.name, day=day_text(term.last_day, now))
        words = f"{words} ({label})"
    return _bar(window, term.starts_on, term.ends_on, kind, label, words)


def _bar(window: Window, starts_on: date, ends_on: date, kind: str, label: str, words: str) -> Bar | None:
    """A bar cut to the window, or ``None`` when nothing of it is in sight."""
    at = window.at(starts_on)
    width = round(window.at(ends_on) - at, 2)
    if width <= 0:
        return None
    needed = _LETTER * len(label) + _PADDING
    shown = label if needed <= width * _DESK / 100 else ""
    return Bar(at, width, kind, shown, words, is_long=needed > width * _LAPTOP / 100)


@dataclass(frozen=True, slots=True)
class Figures:
    """The tiles, over all seats whatever the filter."""

    seats: int
    filled: int
    ending: int
    more_soon: int  # their last day in office comes within the 60 days in which renewals are asked for
    asked: int
    vacant: tuple[Seat, ...]

    @classmethod
    def of(cls, seats: Sequence[Seat], today: date) -> Figures:
        """Count the seats on a Geneva day."""
        ending = more_soon = asked = 0
        vacant = []
        for seat in seats:
            term = seat.holder(today)
            if term is None:
                vacant.append(seat)
                continue
            if term.state(today) is TenureState.ENDING:
                ending += 1
            elif days_between(today, term.ends_on) <= RENEWAL_ASKED_DAYS:
                more_soon += 1
            asked += term.is_renewal_open
        return cls(len(seats), len(seats) - len(vacant), ending, more_soon, asked, tuple(vacant))

    def vacancy_text(self, today: date) -> str:
        """What the tile says under the number of vacant seats."""
        if len(self.vacant) != 1:
            return _("vacant")
        seat = self.vacant[0]
        if seat.empty_since is None:
            return _("vacant: %(office)s", office=seat.title)
        days = vacant_days(seat.empty_since, today)
        return ngettext("vacant: %(office)s, %(num)s day", "vacant: %(office)s, %(num)s days", days, office=seat.title)
