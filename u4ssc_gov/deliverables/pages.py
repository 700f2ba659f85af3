"""What the pages of deliverables show: filters read from the address, the line of stages, rows of the register."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import days_between
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.deliverables import policy
from u4ssc_gov.deliverables.mine import WorkLine
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.deliverables.queries import Filters, GroupLine, Share, StageLine
from u4ssc_gov.deliverables.rules import ACTIVE, KIND_NAMES, PATH, STAGE_NAMES, DeliverableKind, Stage, is_late

EXPORT_HEADER = (
    "code", "title", "kind", "group", "leaders", "stage", "year", "due_on", "published_on", "source", "confidence",
)  # fmt: skip
STAGE_TONES: Mapping[Stage, str] = {
    Stage.PUBLISHED: "g",
    Stage.ON_HOLD: "a",
    Stage.WITHDRAWN: "",
    Stage.PROPOSED: "line",
}
_SHOWN_SHARES = 6
_BALLOT = re.compile(r"B-\d{2}-\d{2,}")


def stage_name(stage: Stage) -> str:
    """The stage in the reader's language."""
    return str(STAGE_NAMES[stage])


def kind_name(kind: DeliverableKind) -> str:
    """The kind in the reader's language."""
    return str(KIND_NAMES[kind])


def stage_tone(stage: Stage) -> str:
    """The colour of a stage's tag; work in the making is blue."""
    return STAGE_TONES.get(stage, "b")


WORDS = {"stage_name": stage_name, "kind_name": kind_name, "stage_tone": stage_tone, "is_late": is_late}


def read_filters(arguments: Mapping[str, str], groups: Mapping[int, GroupLine]) -> Filters:
    """The filters of an address; what names nothing known is ignored."""
    by_code = {group.code: group.id for group in groups.values()}
    stage, kind = arguments.get("stage", ""), arguments.get("kind", "")
    return Filters(
        stage=Stage(stage) if stage in set(Stage) else None,
        kind=DeliverableKind(kind) if kind in set(DeliverableKind) else None,
        group_id=by_code.get(arguments.get("group", "")),
        mine=arguments.get("mine") == "1",
    )


def filter_options(groups: Mapping[int, GroupLine]) -> dict[str, list[tuple[str, str]]]:
    """Choices of the three filters: pairs of value and label, the first meaning "all"."""
    return {
        "stage": [("", _("All stages")), *((stage.value, stage_name(stage)) for stage in Stage)],
        "kind": [("", _("All kinds")), *((kind.value, kind_name(kind)) for kind in DeliverableKind)],
        "group": [("", _("All groups")), *((group.code, group.name) for group in groups.values())],
    }


def export_rows(rows: Iterable[Deliverable], groups: Mapping[int, GroupLine]) -> Iterator[Sequence[object]]:
    """The register, one row a deliverable; stages and kinds as their stable words."""
    for row in rows:
        group = groups.get(row.group_id or 0)
        yield (
            row.code,
            row.title,
            row.kind.value,
            group.name if group else "",
            "; ".join(leader.name for leader in group.leaders) if group and not row.is_from_before else "",
            row.stage.value,
            row.year,
            row.due_on.isoformat() if row.due_on else "",
            row.published_on.isoformat() if row.published_on else "",
            row.source,
            row.confidence,
        )


def steps(
    deliverable: Deliverable | WorkLine, changes: Sequence[StageLine], now: datetime
) -> list[tuple[str, str, str]]:
    """The line of stages: name, the day it was reached with its basis, and done, now or still to come.

    Work on hold or withdrawn stands where it was last on the line.
    """
    reached: dict[Stage, str] = {}
    last = Stage.PROPOSED
    for change in changes:
        if change.stage in PATH:
            last = change.stage
            day = day_text(change.at.date(), now)
            basis = ballot_of(change.basis) or change.basis
            reached[change.stage] = f"{day}, {basis}" if _is_short(basis) else day
    current = deliverable.stage if deliverable.stage in PATH else last
    at = PATH.index(current)
    found = []
    for index, stage in enumerate(PATH):
        state = "done" if index < at or current is Stage.PUBLISHED else "now" if index == at else ""
        small = reached.get(stage, "") if index <= at else ""
        if state == "now" and deliverable.due_on is not None and stage in ACTIVE:
            small = _("to %(day)s", day=day_text(deliverable.due_on, now))
        found.append((stage_name(stage), small, state))
    return found


def ballot_of(basis: str) -> str:
    """The code of the ballot that a basis names first ("B-26-08"), or an empty string."""
    found = _BALLOT.match(basis)
    return found.group() if found else ""


def ballots_on(changes: Sequence[StageLine]) -> tuple[str, ...]:
    """The ballots that a deliverable was decided in, the first one first."""
    return tuple(dict.fromkeys(code for change in changes if (code := ballot_of(change.basis))))


def _is_short(basis: str) -> bool:
    return 0 < len(basis) <= 20


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the contributors' chart; ``percent`` of all contributors."""

    label: str
    people: int
    percent: int


def contributor_bars(shares: Sequence[Share]) -> list[Bar]:
    """The largest organisations, and the rest together."""
    if not shares:
        return []
    everybody = sum(share.people for share in shares)
    shown = [
        Bar(share.organisation or _("No organisation given"), share.people, round(100 * share.people / everybody))
        for share in shares[:_SHOWN_SHARES]
    ]
    rest = sum(share.people for share in shares[_SHOWN_SHARES:])
    if rest:
        shown.append(Bar(_("Others"), rest, round(100 * rest / everybody)))
    return shown


@dataclass(frozen=True, slots=True)
class Rights:
    """What the reader is offered on a deliverable's page."""

    lead: bool
    join: bool
    leave: bool
    work: bool  # sees e-meetings and minutes: everybody who may see unfinished work of this deliverable


def rights(actor: Actor, deliverable: Deliverable) -> Rights:
    """What this reader may do here now."""
    chosen = deliverable.id in actor.contributes_to
    lead = policy.may_lead(actor, deliverable)
    takes = deliverable.stage in ACTIVE
    return Rights(
        lead=lead and deliverable.stage in ACTIVE,
        join=deliverable.seeks_contributors and not chosen and not lead and policy.may_choose(actor),
        leave=chosen and takes,
        work=chosen or lead or actor.sees_confidential,
    )


def late_days(deliverable: Deliverable | WorkLine, today: date) -> int:
    """Whole days past the due day; 0 when it is not late."""
    if deliverable.due_on is None or not is_late(deliverable.stage, deliverable.due_on, today):
        return 0
    return days_between(deliverable.due_on, today)
