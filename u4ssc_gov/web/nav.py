"""The side navigation: only what is built, only what the reader may open (ux section 2)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.web.request import actor


@dataclass(frozen=True, slots=True)
class NavItem:
    """One line of the navigation."""

    label: str
    url: str
    icon: str
    current: bool
    count: int | None = None
    hot: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """A titled group; the first has no title."""

    title: str
    items: tuple[NavItem, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    endpoint: str
    label: str
    icon: str
    secretariat: bool = False
    evaluations: bool = False
    own_request: bool = False
    participant: bool = False
    section: str = ""  # of its room, where the room has more than one line here

    @property
    def place(self) -> str:
        """Where one must be for this line to be the current one."""
        return self.section or self.endpoint.split(".", 1)[0]

    def is_for(self, reader: Actor) -> bool:
        if self.secretariat:
            return reader.is_secretariat
        if self.evaluations:
            return _reads_queue(reader)
        if self.participant:
            return bool(reader.participant_kind or reader.unaccepted_kind)
        if self.own_request:
            return bool(reader.focal_requests)
        return True


def _reads_queue(reader: Actor) -> bool:
    return reader.is_secretariat or reader.is_ip_leader or reader.is_chair or reader.is_board


_GROUPS: tuple[tuple[str, tuple[_Entry, ...]], ...] = (
    ("", (_Entry("desk.show_home", lazy("Home"), "home"),)),
    (
        lazy("Work"),
        (
            _Entry("deliverables.list_deliverables", lazy("Deliverables"), "doc"),
            _Entry("meetings.list_meetings", lazy("E-meetings"), "meet"),
        ),
    ),
    (
        lazy("Decide"),
        (
            _Entry("board.list_ballots", lazy("Ballots"), "vote"),
            _Entry("board.list_decisions", lazy("Decisions"), "flag", section="decisions"),
            _Entry("plan.show_plan", lazy("Action Plan"), "plan"),
        ),
    ),
    (
        lazy("Serve"),
        (
            _Entry("tenures.list_tenures", lazy("People and tenures"), "people"),
            _Entry("participants.list_directory", lazy("Participants"), "user"),
            _Entry(
                "participants.show_mine", lazy("My participation"), "check", participant=True, section="participants/me"
            ),
            _Entry("evaluations.show_queue", lazy("City evaluations"), "eval", evaluations=True),
            _Entry("evaluations.show_mine", lazy("Your city’s request"), "city", own_request=True),
        ),
    ),
    (
        lazy("Rules"),
        (
            _Entry("terms.show_terms", lazy("Terms of Reference"), "tor"),
            _Entry("board.list_rules", lazy("Voting rules"), "shield", section="ballots/rules"),
        ),
    ),
    (lazy("Secretariat"), (_Entry("admin.show_overview", lazy("Administration"), "gear", secretariat=True),)),
)


_SECTIONS = frozenset(entry.section for _title, entries in _GROUPS for entry in entries if entry.section)
_groups: dict[tuple[object, ...], list[NavGroup]] = {}


def _place() -> str:
    """The room one is in, or the section of it that has a line of its own: the address begins with its name."""
    for section in _SECTIONS:
        if f"{request.path}/".startswith(f"/{section}/"):
            return section
    return (request.endpoint or "").split(".", 1)[0]


def key() -> tuple[object, ...]:
    """What the navigation depends on: the room one is in, what one may open, the language."""
    reader = actor()
    opens = (reader.is_signed_in, reader.is_secretariat, _reads_queue(reader), bool(reader.focal_requests))
    takes_part = bool(reader.participant_kind or reader.unaccepted_kind)
    return ("nav", takes_part, _place(), opens, i18n.current().code)


def groups(wanted: tuple[object, ...]) -> list[NavGroup]:
    """The navigation of this reader on this page (``wanted``: its ``key``); visitors have none."""
    reader = actor()
    if not reader.is_signed_in:
        return []
    if wanted not in _groups:
        _groups[wanted] = _make(reader)
    return _groups[wanted]


def _is_current(entry: _Entry, place: str, reader: Actor) -> bool:
    """Whether the entry stands for the place one is in; of two entries of one place, the first."""
    return entry.place == place and not (entry.own_request and _reads_queue(reader))


def _make(reader: Actor) -> list[NavGroup]:
    place = _place()
    built = current_app.view_functions
    found = []
    for title, entries in _GROUPS:
        items = tuple(
            NavItem(str(e.label), url_for(e.endpoint), e.icon, _is_current(e, place, reader))
            for e in entries
            if e.endpoint in built and e.is_for(reader)
        )
        if items:
            found.append(NavGroup(str(title) if title else "", items))
    return found
