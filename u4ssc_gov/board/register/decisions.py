"""The register of decisions: what the Board certified, by number, and which of it is public (¶24, ¶30d).

Certified decisions stand in the register for everybody who is signed in, adopted or not, annulled ones too. In public
stand those that are recorded: the time for challenges has passed, nothing is open. An annulled decision keeps its
number there, with a mark; what the public saw of it before stays, and nothing else is added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, load_only

from u4ssc_gov.board import electors, queries, rule_words, rules, seen, wording
from u4ssc_gov.board.electors import Cell
from u4ssc_gov.board.models import Ballot, Challenge
from u4ssc_gov.board.queries import COUNTED, INSTANTS
from u4ssc_gov.board.rules import BallotOutcome, BallotType, Method
from u4ssc_gov.core.actor import ANONYMOUS, Actor
from u4ssc_gov.core.db import UTCDateTime
from u4ssc_gov.core.errors import NotFound
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line

EXPORT_LIMIT = 5000
ANNULLED = "annulled"
OUTCOMES = (*(outcome.value for outcome in BallotOutcome), ANNULLED)
_LONGEST_SEARCH = 100
_NUMBER = re.compile(r"(?:U4SSC/BM/)?(20\d\d)/0*([1-9]\d{0,4})", re.ASCII | re.IGNORECASE)

_CERTIFIED = and_(
    Ballot.certified_at.is_not(None),
    Ballot.decision_number.is_not(None),
    Ballot.withdrawn_at.is_(None),
    Ballot.superseded_at.is_(None),
    Ballot.referred_at.is_(None),
)
_UPHELD = select(Challenge.id).where(Challenge.ballot_id == Ballot.id, Challenge.upheld.is_(True)).exists()
_RECORDED = and_(
    _CERTIFIED,
    Ballot.annulled_at.is_(None),
    Ballot.challenged_at.is_(None),
    or_(Ballot.challenges_until.is_(None), Ballot.challenges_until <= bindparam("now", type_=UTCDateTime)),
    ~_UPHELD,  # an annulment follows; until it has, nothing is shown that may fall
)
_WAS_RECORDED = and_(
    or_(Ballot.challenges_until.is_(None), Ballot.annulled_at >= Ballot.challenges_until),
    Ballot.challenged_at.is_(None),
    ~_UPHELD,
)
_PUBLIC = or_(_RECORDED, and_(_CERTIFIED, Ballot.annulled_at.is_not(None)))
_SINCE = bindparam("since", type_=UTCDateTime)
_FOR_MEETING = or_(
    and_(_CERTIFIED, Ballot.certified_at > _SINCE),
    and_(Ballot.referred_at > _SINCE, Ballot.annulled_at.is_(None)),
)
_COLUMNS = load_only(
    Ballot.code,
    Ballot.type,
    Ballot.method,
    Ballot.title,
    Ballot.rule,
    Ballot.outcome,
    Ballot.decision_year,
    Ballot.decision_number,
    Ballot.text_sha256,
    *COUNTED,
    *INSTANTS,
    raiseload=True,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; nonsense counts as not asked."""

    year: int | None = None
    ballot_type: BallotType | None = None
    method: Method | None = None
    outcome: str = ""
    text: str = ""

    @property
    def is_set(self) -> bool:
        """Whether anything is filtered."""
        return self != Filters()


class Row(NamedTuple):
    """One line of the register."""

    number: str
    path: str  # the part of the address after the register's own
    code: str
    title: str
    ballot_type: BallotType
    type_label: str
    method: Method
    method_label: str
    outcome: str
    tag: tuple[str, str]
    at: datetime  # certified, or referred
    counts_words: str
    cells: tuple[str, ...]
    me: int | None
    counts: rules.Tally
    text_sha256: str
    is_referred: bool


def read_filters(args: Mapping[str, str]) -> Filters:
    """Read the query string."""
    year, outcome = args.get("year", ""), args.get("outcome", "")
    is_year = year.isascii() and year.isdigit() and len(year) == 4
    return Filters(
        int(year) if is_year else None,
        {member.value: member for member in BallotType}.get(args.get("type", "")),
        {member.value: member for member in Method}.get(args.get("method", "")),
        outcome if outcome in OUTCOMES else "",
        clean_line(args.get("q", ""))[:_LONGEST_SEARCH],
    )


def statement(chosen: Filters, *, public: bool = False) -> Select[Ballot]:
    """The decisions asked for, newest first, composed once for each combination of filters."""
    outcome = "" if not chosen.outcome else (ANNULLED if chosen.outcome == ANNULLED else "outcome")
    asked = (chosen.year is not None, chosen.ballot_type is not None, chosen.method is not None)
    return _statement(public, *asked, outcome, bool(chosen.text))


def values(chosen: Filters, now: datetime) -> dict[str, Any]:
    """The parameters of ``statement``."""
    outcome = BallotOutcome(chosen.outcome) if chosen.outcome not in ("", ANNULLED) else None
    escaped = re.sub(r"([\\%_])", r"\\\1", chosen.text)
    return {
        "now": now,
        "year": chosen.year,
        "type": chosen.ballot_type,
        "method": chosen.method,
        "outcome": outcome,
        "text": f"%{escaped}%",
    }


@cache
def _statement(public: bool, year: bool, kind: bool, method: bool, outcome: str, text: bool) -> Select[Ballot]:
    found = select(Ballot).where(_PUBLIC if public else _CERTIFIED).options(_COLUMNS)
    if year:
        found = found.where(Ballot.decision_year == bindparam("year"))
    if kind:
        found = found.where(Ballot.type == bindparam("type"))
    if method:
        found = found.where(Ballot.method == bindparam("method"))
    if outcome == ANNULLED:
        found = found.where(Ballot.annulled_at.is_not(None))
    elif outcome:
        found = found.where(Ballot.outcome == bindparam("outcome"), Ballot.annulled_at.is_(None))
    if text:
        found = found.where(or_(*(_contains(column) for column in (Ballot.title, Ballot.decision_number))))
    return found.order_by(Ballot.decision_year.desc(), Ballot.certified_at.desc(), Ballot.id.desc())


def _contains(column: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.ilike(bindparam("text"), escape="\\")
    return found


def list_years(session: Session, now: datetime, *, public: bool = False) -> Sequence[int]:
    """Years that have decisions, newest first."""
    years = select(Ballot.decision_year).where(_PUBLIC if public else _CERTIFIED, Ballot.decision_year.is_not(None))
    found = session.scalars(years.distinct().order_by(Ballot.decision_year.desc()), {"now": now})
    return [year for year in found if year is not None]


def build_rows(session: Session, ballots: Sequence[Ballot], *, actor: Actor, now: datetime) -> list[Row]:
    """The lines of a page. One statement."""
    cells = seen.cells_by_ballot(session, ballots, actor=actor, now=now)
    return [_row(ballot, cells.get(ballot.id, []), actor) for ballot in ballots]


def build_public_rows(session: Session, ballots: Sequence[Ballot]) -> list[Row]:
    """The lines of the public page: recorded decisions are open to everybody, partner by partner. Two statements.

    Of a decision that was annulled before it was recorded nothing is shown but that.
    """
    never = _never_recorded(session, ballots)
    cells = electors.cells_by_ballot(session, [ballot.id for ballot in ballots if ballot.id not in never])
    rows = [_row(ballot, cells.get(ballot.id, []), ANONYMOUS) for ballot in ballots]
    return [
        row._replace(title=row.type_label, counts_words="", text_sha256="") if ballot.id in never else row
        for ballot, row in zip(ballots, rows, strict=True)
    ]


def _never_recorded(session: Session, ballots: Sequence[Ballot]) -> frozenset[int]:
    annulled = [ballot.id for ballot in ballots if ballot.annulled_at is not None]
    if not annulled:
        return frozenset()
    recorded = session.scalars(select(Ballot.id).where(Ballot.id.in_(annulled), _WAS_RECORDED)).all()
    return frozenset(annulled) - frozenset(recorded)


def was_recorded(session: Session, ballot: Ballot) -> bool:
    """Whether a decision was public before it was annulled; true for every one that is not annulled."""
    return ballot.id not in _never_recorded(session, [ballot])


def _row(ballot: Ballot, cells: list[Cell], actor: Actor) -> Row:
    mine = {mandate.partner_id for mandate in actor.mandates}
    result = queries.result_of(ballot, cells)
    is_referred = ballot.referred_at is not None
    return Row(
        number=ballot.decision_number or ballot.code,
        path=path_of(ballot.decision_number),
        code=ballot.code,
        title=ballot.title,
        ballot_type=ballot.type,
        type_label=wording.type_label(ballot.type),
        method=ballot.method,
        method_label=wording.method_label(ballot.method),
        outcome=outcome_value(ballot),
        tag=outcome_tag(ballot),
        at=ballot.certified_at or ballot.referred_at,  # type: ignore[arg-type] # one of them is why it is listed
        counts_words=rule_words.counts_in_words(result.tally, closed=True, method=ballot.method),
        cells=tuple([wording.cell(cell.position) for cell in cells]),
        me=next((place for place, cell in enumerate(cells) if cell.partner_id in mine), None),
        counts=result.tally,
        text_sha256=ballot.text_sha256,
        is_referred=is_referred,
    )


def outcome_value(ballot: Ballot) -> str:
    """How it ended, as programs read it."""
    if ballot.annulled_at is not None:
        return ANNULLED
    if ballot.referred_at is not None:
        return "referred"
    return ballot.outcome.value if ballot.outcome else ""


def outcome_tag(ballot: Ballot) -> tuple[str, str]:
    """How it ended, in a word and its tone."""
    if ballot.annulled_at is not None:
        return _("Annulled"), "line"
    if ballot.referred_at is not None:
        return _("Referred"), "a"
    if ballot.outcome is None:
        return _("Certified"), ""
    good = ballot.outcome in (BallotOutcome.APPROVED, BallotOutcome.PARTLY)
    return wording.outcome_label(ballot.outcome, ballot.method), "g" if good else "r"


EXPORT_HEADER = (
    "number", "ballot", "title", "type", "method", "outcome", "decided_at_utc", "partners", "approve",
    "approve_with_comments", "abstain", "object", "recused", "no_objection", "ask_vote", "no_answer", "text_sha256",
)  # fmt: skip


def export_line(row: Row) -> list[Any]:
    """One typed line of a table, under ``EXPORT_HEADER``. Instants are UTC."""
    counts = row.counts
    return [
        "" if row.is_referred else row.number,
        row.code,
        row.title,
        row.ballot_type.value,
        row.method.value,
        row.outcome,
        row.at,
        counts.electors,
        counts.approve - counts.with_comments,
        counts.with_comments,
        counts.abstain,
        counts.object,
        counts.recuse,
        counts.no_objection,
        counts.ask_vote,
        counts.missing,
        row.text_sha256,
    ]


# ── for the next annual meeting ──────────────────────────────────────────────────────────────────────────────────────


def meeting_statement() -> Select[Ballot]:
    """What was certified or referred since an instant (parameter ``since``), in the order it happened."""
    return select(Ballot).where(_FOR_MEETING).options(_COLUMNS).order_by(_ACTED, Ballot.id)


_ACTED = func.coalesce(Ballot.certified_at, Ballot.referred_at)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def since_meeting(last_annual_at: datetime | None, now: datetime) -> dict[str, Any]:
    """The parameters of ``meeting_statement``: without an earlier annual meeting everything is reported."""
    return {"since": last_annual_at or _BEGINNING, "now": now}


def list_since_last_meeting(session: Session, now: datetime, *, last_annual_at: datetime | None) -> Sequence[Ballot]:
    """Decisions certified since the last annual meeting, and ballots referred to the next one (¶30d).

    ``last_annual_at`` is what the room of meetings knows (``meetings.queries.count_state``).
    """
    return session.scalars(meeting_statement(), since_meeting(last_annual_at, now)).all()


def count_since_last_meeting(session: Session, now: datetime, *, last_annual_at: datetime | None) -> tuple[int, int]:
    """How many decisions and how many referred ballots that is. One statement."""
    decided = func.count(Ballot.decision_number)
    row = session.execute(select(decided, func.count()).where(_FOR_MEETING), since_meeting(last_annual_at, now)).one()
    return row[0], row[1] - row[0]


# ── one decision ─────────────────────────────────────────────────────────────────────────────────────────────────────


def path_of(number: str | None) -> str:
    """The part of a decision's address that names it: "U4SSC/BM/2026/07"."""
    return number or ""


def read_number(text: str) -> str:
    """The number that somebody typed, in its one spelling; empty when it is none ("u4ssc/bm/2026/7" is one)."""
    found = _NUMBER.search("".join(text.split()))
    return rules.decision_number(int(found[1]), int(found[2])) if found else ""


def find_decision(session: Session, number: str) -> Ballot | None:
    """A certified decision by its number, annulled ones too."""
    return session.scalar(select(Ballot).where(_CERTIFIED, Ballot.decision_number == number))


def get_decision(session: Session, number: str) -> Ballot:
    """The same; raises ``NotFound``."""
    return _found(find_decision(session, number))


def find_public(session: Session, number: str, now: datetime) -> Ballot | None:
    """A recorded decision by its number, or an annulled one."""
    return session.scalar(select(Ballot).where(_PUBLIC, Ballot.decision_number == number), {"now": now})


def get_public(session: Session, number: str, now: datetime) -> Ballot:
    """The same; raises ``NotFound``: what is not recorded does not exist for visitors."""
    return _found(find_public(session, number, now))


def find_public_by_text(session: Session, sha256: str, now: datetime) -> Ballot | None:
    """The recorded decision whose text has this hash."""
    asked = select(Ballot).where(_RECORDED, Ballot.text_sha256 == sha256).order_by(Ballot.id).limit(1)
    return session.scalar(asked, {"now": now})


def _found(ballot: Ballot | None) -> Ballot:
    if ballot is None:
        raise NotFound(_("There is no such decision."), "board.decision.unknown")
    return ballot
