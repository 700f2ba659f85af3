"""``python -m u4ssc_gov load-initiative``: bring the real records in; a second run changes nothing.

Rows are matched by their natural keys. A row that the platform's users have since worked on (it no longer carries a
source) is left alone, and nothing is ever deleted.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board.services import store_defaults
from u4ssc_gov.charter.models import Clause, Objective
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.dates import GENEVA, geneva_midnight
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.deliverables.models import Deliverable, ThematicGroup
from u4ssc_gov.deliverables.rules import DeliverableKind, Stage
from u4ssc_gov.evaluations.models import EvaluationRequest, Kpi, KpiSet
from u4ssc_gov.evaluations.rules import RequestStage
from u4ssc_gov.meetings.models import Meeting
from u4ssc_gov.meetings.rules import MeetingKind
from u4ssc_gov.partners.models import Partner
from u4ssc_gov.partners.services import enter_seat

DATA = Path(__file__).resolve().parent / "data"
KPI_SET = "Y.4903"
Row = Mapping[str, str]


@dataclass(slots=True)
class Counts:
    """How many rows were new and how many differed, by table."""

    added: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    @property
    def is_nothing_new(self) -> bool:
        """Whether the load changed anything."""
        return not any(self.added.values()) and not any(self.changed.values())


def load_initiative(runtime: Runtime, *, now: datetime, say: Callable[[str], None] = lambda _line: None) -> Counts:
    """Load every file in one transaction and return the counts; ``say`` is told one line a table."""
    counts = Counts()
    with runtime.database.transaction() as session:
        for name, load in _LOADERS:
            load(session, counts, now)
            session.flush()
            say(f"{name}: {counts.added.get(name, 0)} new, {counts.changed.get(name, 0)} changed")
        if not counts.is_nothing_new:
            record(session, "initiative:records:load", "initiative", 0, actor=SYSTEM, now=now, added=counts.added)
    return counts


def read_rows(name: str) -> Iterator[Row]:
    """The rows of one data file."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as source:
        yield from csv.DictReader(source)


def _merge(
    session: Session,
    counts: Counts,
    name: str,
    model: type[Any],
    key: Sequence[str],
    rows: Iterator[dict[str, Any]],
) -> None:
    """Add what is missing, update what differs; ``key`` are the columns that identify a row."""
    known = {tuple(getattr(row, k) for k in key): row for row in session.scalars(select(model))}
    for values in rows:
        identity = tuple(values[k] for k in key)
        found = known.get(identity)
        if found is None:
            known[identity] = model(**values)
            session.add(known[identity])
            counts.added[name] = counts.added.get(name, 0) + 1
        elif _update(found, values):
            counts.changed[name] = counts.changed.get(name, 0) + 1


def _update(found: Any, values: dict[str, Any]) -> bool:
    if hasattr(found, "source") and not found.source:
        return False  # ours no longer: people work on it
    changed = {k: v for k, v in values.items() if k not in _ONCE and getattr(found, k) != v}
    for column, value in changed.items():
        setattr(found, column, value)
    return bool(changed)


# Columns written when a row is first loaded and then left alone.
_ONCE = frozenset({"created_at", "scheduled_at", "stage_since", "started_at"})


def _partners(session: Session, counts: Counts, now: datetime) -> None:
    known = set(session.scalars(select(Partner.id)))
    rows = (
        {
            "position": int(r["position"]),
            "acronym": r["acronym"],
            "official_name": r["official_name"],
            "website": r["website"],
            "is_secretariat_agency": r["secretariat"] == "yes",
            "joined_on": date.fromisoformat(r["joined_on"]) if r["joined_on"] else None,
            "source": r["source"],
            "note": r["note"],
        }
        for r in read_rows("partners")
    )
    _merge(session, counts, "partners", Partner, ("acronym",), rows)
    session.flush()
    for partner in session.scalars(select(Partner).order_by(Partner.position)):
        if partner.id not in known:
            enter_seat(session, partner, now=now)


def _objectives(session: Session, counts: Counts, _now: datetime) -> None:
    keep = ("letter", "title", "text", "confidence", "source")
    rows = ({k: r[k] for k in keep} for r in read_rows("objectives"))
    _merge(session, counts, "objectives", Objective, ("letter",), rows)


def _clauses(session: Session, counts: Counts, _now: datetime) -> None:
    keep = ("key", "slug", "section", "title", "kind", "binds", "does", "source")
    rows = ({**{k: r[k] for k in keep}, "position": int(r["position"])} for r in read_rows("clauses"))
    _merge(session, counts, "clauses", Clause, ("key",), rows)


def _groups(session: Session, counts: Counts, _now: datetime) -> None:
    rows = list(read_rows("groups"))
    plain = ({"code": r["code"], "name": r["name"], "source": r["source"]} for r in rows)
    _merge(session, counts, "groups", ThematicGroup, ("code",), plain)
    session.flush()
    by_code = _groups_by_code(session)
    for row in rows:
        if row["parent"]:
            by_code[row["code"]].parent_id = by_code[row["parent"]].id


def _groups_by_code(session: Session) -> dict[str, ThematicGroup]:
    return {group.code: group for group in session.scalars(select(ThematicGroup))}


def _deliverables(session: Session, counts: Counts, now: datetime) -> None:
    groups = _groups_by_code(session)
    numbers: dict[str, int] = {}

    def rows() -> Iterator[dict[str, Any]]:
        for r in read_rows("deliverables"):
            short = r["year"][2:] or "00"  # 00: the sources give no year
            numbers[short] = numbers.get(short, 0) + 1
            yield {
                "code": f"D-{short}-K{numbers[short]:02}",  # K: known from before the platform
                "title": r["title"],
                "kind": DeliverableKind(r["kind"] or "other"),
                "group_id": groups[r["group"]].id if r["group"] else None,
                "stage": Stage(r["status"]),
                "year": int(r["year"]) if r["year"] else None,
                "source": r["source"],
                "confidence": r["confidence"],
                "note": r["note"],
                "created_at": now,
            }

    _merge(session, counts, "deliverables", Deliverable, ("code",), rows())


def _meetings(session: Session, counts: Counts, now: datetime) -> None:
    rows = (
        {
            "kind": MeetingKind(r["kind"]),
            "title": r["title"],
            **_period(r),
            "place": r["place"] or ("online" if r["mode"] == "online" else ""),
            "outcome_note": r["outcome"],
            "source": r["source"],
            "confidence": r["confidence"],
            "scheduled_at": now,
        }
        for r in read_rows("meetings")
    )
    _merge(session, counts, "meetings", Meeting, ("title", "starts_at"), rows)


def _period(row: Row) -> dict[str, Any]:
    """The instants of a meeting; where the source gives days only, the Geneva days."""
    first, last = date.fromisoformat(row["date_start"]), date.fromisoformat(row["date_end"])
    if not row["time_start"]:
        starts_at, ends_at = geneva_midnight(first), geneva_midnight(last + timedelta(days=1))
        return {"starts_at": starts_at, "ends_at": ends_at, "is_date_only": True}
    zone = ZoneInfo(row["time_zone"]) if row["time_zone"] else GENEVA
    starts = datetime.combine(first, time.fromisoformat(row["time_start"]), zone)
    ends = datetime.combine(last, time.fromisoformat(row["time_end"]), zone)
    return {"starts_at": starts.astimezone(ZoneInfo("UTC")), "ends_at": ends.astimezone(ZoneInfo("UTC"))}


def _requests(session: Session, counts: Counts, now: datetime) -> None:
    numbers: dict[str, int] = {}

    def rows() -> Iterator[dict[str, Any]]:
        for r in read_rows("evaluation_requests"):
            short = r["year"][2:] or "00"
            numbers[short] = numbers.get(short, 0) + 1
            yield {
                "reference": f"E-{short}-K{numbers[short]:02}",
                "city": r["city"],
                "country": r["country"],
                "country_code": r["country_code"],
                "region": r["region"],
                "stage": RequestStage(r["stage"]),
                "stage_detail": _told(r)[:600],
                "stage_since": geneva_midnight(date(int(r["year"]), 1, 1)) if r["year"] else now,
                "started_at": now,
                "recorded_year": int(r["year"]) if r["year"] else None,
                "source": r["source"],
                "confidence": r["confidence"],
            }

    _merge(session, counts, "evaluation_requests", EvaluationRequest, ("reference",), rows())


def _told(row: Row) -> str:
    """What a source tells of a city's request, in sentences: how far it came, who asked, who helped, who paid."""
    named = (("Asked by", row["requester"]), ("With", row["partner_organisation"]), ("Paid by", row["funding"]))
    said = [row["stage_detail"], *(f"{word}: {what}" for word, what in named if what)]
    return " ".join(f"{sentence.rstrip('.')}." for sentence in said if sentence)


def _kpis(session: Session, counts: Counts, _now: datetime) -> None:
    values = {
        "code": KPI_SET,
        "title": "U4SSC key performance indicators for smart sustainable cities",
        "source": "Recommendation ITU-T Y.4903",
    }
    _merge(session, counts, "kpi_sets", KpiSet, ("code",), iter([values]))
    session.flush()
    set_id = session.scalars(select(KpiSet.id).where(KpiSet.code == KPI_SET)).one()
    keep = ("code", "dimension", "sub_dimension", "category", "title", "tier", "type", "unit", "direction", "numerator",
            "denominator", "sdg", "confidence", "data_points", "verifier_checks", "source")  # fmt: skip
    rows = (
        {**{k: r[k] for k in keep}, "kpi_set_id": set_id, "position": position}
        for position, r in enumerate(read_rows("kpis"), start=1)
    )
    _merge(session, counts, "kpis", Kpi, ("kpi_set_id", "code"), rows)


def _rules(session: Session, counts: Counts, now: datetime) -> None:
    """The house defaults of the voting rules, stored and dated like every later version."""
    added = store_defaults(session, actor=SYSTEM, now=now)
    if added:
        counts.added["voting_rules"] = added


_LOADERS: tuple[tuple[str, Callable[[Session, Counts, datetime], None]], ...] = (
    ("partners", _partners),
    ("objectives", _objectives),
    ("clauses", _clauses),
    ("groups", _groups),
    ("deliverables", _deliverables),
    ("meetings", _meetings),
    ("evaluation_requests", _requests),
    ("kpis", _kpis),
    ("voting_rules", _rules),
)
