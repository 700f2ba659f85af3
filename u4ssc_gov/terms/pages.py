"""Rows of the live Terms of Reference: anchors, official words, the worst state, who is bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from flask import url_for

from u4ssc_gov.charter.queries import ClauseLine
from u4ssc_gov.charter.rules import ClauseKind, base_number, numbers_of
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.duty import ClauseFinding, ClauseState
from u4ssc_gov.core.i18n import gettext as _

# Worst first; also the shape and the colour of a row.
_RANK = {ClauseState.BREACHED: 0, ClauseState.DUE: 1, ClauseState.MET: 2, ClauseState.STATED: 3}
_SHAPE = {ClauseState.BREACHED: "late", ClauseState.DUE: "risk", ClauseState.MET: "ok", ClauseState.STATED: "planned"}
_TONE = {ClauseState.BREACHED: "r", ClauseState.DUE: "a", ClauseState.MET: "", ClauseState.STATED: "ro"}


@dataclass(frozen=True, slots=True)
class LiveState:
    """One sentence on a clause, with its facts and its link."""

    state: ClauseState
    shape: str
    tone: str
    sentence: str
    facts: str
    url: str
    link_label: str


@dataclass(frozen=True, slots=True)
class Words:
    """One paragraph of the official text."""

    number: str
    text: str


@dataclass(slots=True)
class ClauseRow:
    """One row of the page."""

    clause: ClauseLine
    anchors: tuple[str, ...]  # beside the row's own id, so that every chip finds its row
    words: list[Words]
    live: list[LiveState]
    state: ClauseState | None  # the worst; None when nothing is known

    @property
    def hit(self) -> str:
        """The row's tint: red, amber or none."""
        return {ClauseState.BREACHED: "hit", ClauseState.DUE: "hita"}.get(self.state or ClauseState.MET, "")


@dataclass(slots=True)
class Section:
    """A section of the Terms of Reference with its rows."""

    letter: str
    title: str
    rows: list[ClauseRow] = field(default_factory=list)

    @property
    def worst(self) -> ClauseState | None:
        """The worst state of its rows, ``None`` when none is checked."""
        return _worst([row.state for row in self.rows if row.state is not None])

    @property
    def shape(self) -> str:
        """The shape of the worst state; empty when nothing is checked."""
        worst = self.worst
        return "" if worst is None or worst is ClauseState.STATED else _SHAPE[worst]

    @property
    def checked(self) -> int:
        """Rows with a live check."""
        return sum(row.state in _CHECKS for row in self.rows)

    @property
    def met(self) -> int:
        """Rows whose live check is met."""
        return sum(row.state is ClauseState.MET for row in self.rows)


_CHECKS = (ClauseState.MET, ClauseState.DUE, ClauseState.BREACHED)


def section_title(letter: str) -> str:
    """Sections as on the page's left side."""
    titles = {
        "A": _("Background"),
        "B": _("Partners"),
        "C": _("Participants"),
        "D": _("Management team"),
        "E": _("Partners Board"),
        "F": _("Chairs"),
        "G": _("Leaders"),
        "H": _("Participants’ work"),
        "I": _("Secretariat"),
        "J": _("Additional provisions"),
        "K": _("Evaluations (note, part II)"),
    }
    return titles.get(letter, letter)


def build_rows(
    clauses: Sequence[ClauseLine],
    words: Mapping[str, str],
    findings: Mapping[str, list[ClauseFinding]],
    *,
    live: bool,
    may_open: Callable[[str], bool] = lambda _endpoint: True,
) -> list[ClauseRow]:
    """Every ledger row; with ``live`` (signed-in readers) what the records say about it.

    ``may_open`` tells whether this reader may open an endpoint: a finding links nowhere they would be refused.
    """
    anchors = anchors_of(clauses)
    shown = {
        key: [one if may_open(one.endpoint) else replace(one, endpoint="") for one in found]
        for key, found in findings.items()
    }
    return [_row(clause, anchors[clause.slug], words, shown.get(clause.key, []), live=live) for clause in clauses]


def _row(
    clause: ClauseLine, anchors: tuple[str, ...], words: Mapping[str, str], findings: list[ClauseFinding], *, live: bool
) -> ClauseRow:
    states = [_live(finding) for finding in sorted(findings, key=lambda f: _RANK[f.state])]
    if not states and is_fact(clause):
        states = [LiveState(ClauseState.STATED, "planned", "ro", _("Stated; nothing to check"), "", "", "")]
    shown = states if live else []
    return ClauseRow(clause, anchors, _words(clause.key, words), shown, _worst([one.state for one in shown]))


def _live(finding: ClauseFinding) -> LiveState:
    url = url_for(finding.endpoint, **finding.args) if finding.endpoint and finding.link_label else ""
    return LiveState(
        finding.state, _SHAPE[finding.state], _TONE[finding.state], finding.sentence, finding.facts, url,
        finding.link_label,
    )  # fmt: skip


def _worst(states: Iterable[ClauseState]) -> ClauseState | None:
    return min(states, key=lambda state: _RANK[state], default=None)


def is_fact(clause: ClauseLine) -> bool:
    """Whether the clause only states something and nothing else."""
    return clause.kind == ClauseKind.FACT.value


def _words(key: str, words: Mapping[str, str]) -> list[Words]:
    """The official words of a key: its own paragraphs, else those they are part of, each once."""
    found: dict[str, str] = {}
    for number in numbers_of(key):
        name = number if number in words else base_number(number)
        if name in words:
            found[name] = words[name]
    return [Words(number, text) for number, text in found.items()]


def anchors_of(clauses: Sequence[ClauseLine]) -> dict[str, tuple[str, ...]]:
    """Further anchors by slug: each paragraph of a combined key, and the bare number at its first row.

    A chip that says ¶20 finds the row 20a, one that says ¶22(e) the row 22a–o. No anchor is given twice.
    """
    taken = {clause.slug for clause in clauses}
    found: dict[str, list[str]] = {clause.slug: [] for clause in clauses}
    exact = [(clause.slug, f"p{number}") for clause in clauses for number in numbers_of(clause.key)]
    bare = [(clause.slug, f"p{base_number(number)}") for clause in clauses for number in numbers_of(clause.key)]
    for slug, anchor in (*exact, *bare):
        if anchor not in taken:
            taken.add(anchor)
            found[slug].append(anchor)
    return {slug: tuple(anchors) for slug, anchors in found.items()}


def binds(clause: ClauseLine, actor: Actor) -> bool:
    """Whether a clause binds the reader in one of the roles held now."""
    mine = {"all"} if actor.is_signed_in else set()
    roles = {
        "secretariat": actor.is_secretariat,
        "partners": actor.is_board,
        "board": actor.is_board,
        "chairs": actor.is_chair,
        "co-chairs": actor.is_co_chair,
        "leader": actor.is_leader,
        "leaders": actor.is_leader,
        "ip leader": actor.is_ip_leader,
        "participant": bool(actor.participant_kind),
        "city": bool(actor.focal_requests),
    }
    mine.update(name for name, holds in roles.items() if holds)
    return any(part.strip().lower() in mine for part in clause.binds.split(";"))


def narrow(rows: Sequence[ClauseRow], chosen: str, actor: Actor) -> list[ClauseRow]:
    """The rows of a filter: ``attention`` (due or not met), ``mine`` (binds the reader), or all."""
    if chosen == "attention":
        return [row for row in rows if row.state in (ClauseState.DUE, ClauseState.BREACHED)]
    if chosen == "mine":
        return [row for row in rows if binds(row.clause, actor)]
    return list(rows)


def by_section(rows: Sequence[ClauseRow]) -> list[Section]:
    """Rows under their sections, by letter: the note on evaluations comes after the Terms of Reference themselves."""
    found: dict[str, Section] = {}
    for row in rows:
        letter = row.clause.section
        found.setdefault(letter, Section(letter, section_title(letter))).rows.append(row)
    return sorted(found.values(), key=lambda section: section.letter)


def counts(rows: Sequence[ClauseRow]) -> dict[str, int]:
    """How many rows are met, due, breached, or not checked."""
    return {
        "met": sum(row.state is ClauseState.MET for row in rows),
        "due": sum(row.state is ClauseState.DUE for row in rows),
        "breached": sum(row.state is ClauseState.BREACHED for row in rows),
        "unchecked": sum(row.state not in _CHECKS for row in rows),
    }
