"""What the pages show, made ready once a row so that templates stay plain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from u4ssc_gov.core import i18n
from u4ssc_gov.core.dates import days_between, geneva_date
from u4ssc_gov.core.formatting import day_text, number_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.evaluations import queries, rules
from u4ssc_gov.evaluations.countries import country_name
from u4ssc_gov.evaluations.forms import stage_of
from u4ssc_gov.evaluations.labels import letter_label, move_label, region_label, section_label, stage_label
from u4ssc_gov.evaluations.models import EvaluationRequest, RequestMove
from u4ssc_gov.evaluations.parts import parts_of
from u4ssc_gov.evaluations.queries import QueueFigures, QueueFilter, QueueRow
from u4ssc_gov.evaluations.rules import BOARD_STAGES, LetterFrom, Region, RequestStage, Section

LONG_WAIT_DAYS = 90
ENDED = (RequestStage.DECLINED, RequestStage.WITHDRAWN)
QUEUE_URL = "/evaluations"
_REGIONS = {known.value: known for known in Region}


class Row(NamedTuple):
    """One request in the queue: card, place in the line or row of the table. The board unpacks it in this order."""

    reference: str
    city: str
    country: str
    region: str
    population: str
    contact: str
    stage: RequestStage
    stage_label: str
    letter: str
    letter_missing: bool
    data: str
    asked: str
    days: int | None
    is_long: bool
    stage_day: str
    answered: str
    answer: str
    is_late: bool
    place: int | None
    moves: tuple[tuple[str, str], ...]  # stage and what the button says
    waited: str  # "12 days" while it is open
    age: str  # the foot of its card: "12 d" where the city waits for word, else the day of its stage
    is_hot: bool
    data_note: str  # "Data 45%"


@dataclass(frozen=True, slots=True)
class Column:
    """One stage of the board."""

    stage: RequestStage
    label: str
    count: int
    rows: list[Row]

    @property
    def more(self) -> int:
        """How many requests of this stage are not among the cards."""
        return max(0, self.count - len(self.cards))

    @property
    def cards(self) -> list[Row]:
        """The first of this stage."""
        return self.rows[: queries.CARDS_PER_STAGE]


def queue_row(row: QueueRow, now: datetime) -> Row:
    """One row of the statements, in words."""
    stage: RequestStage = row.stage
    code, year, asked_at, answered_at = i18n.current().code, now.year, row.asked_at, row.last_answer_at
    awaits = stage in rules.AWAITING_ANSWER
    is_open = stage in rules.OPEN_STAGES
    days = days_between(asked_at, now) if asked_at and is_open else None
    is_long = days is not None and days > LONG_WAIT_DAYS
    stage_day = _day_of(row.stage_since, year, code)
    return Row(
        reference=row.reference or "",
        city=row.city or _("Cities not named"),
        country=country_name(row.country_code) if row.country_code else row.country,
        region=region_label(row.region),
        population=number_text(row.population) if row.population else "",
        contact=row.contact_name,
        stage=stage,
        stage_label=stage_label(stage),
        letter=letter_label(row.letter_from),
        letter_missing=row.letter_from is LetterFrom.NONE and is_open,
        data="" if row.data_ready_percent is None else f"{row.data_ready_percent}%",
        asked=_day_of(asked_at, year, code),
        days=days,
        is_long=is_long,
        stage_day=stage_day,
        answered=_day_of(answered_at, year, code),
        answer=row.last_answer,
        is_late=awaits and asked_at is not None and rules.answer_due(asked_at, answered_at) <= now,
        place=row.place if stage is RequestStage.WAITING else None,
        moves=_moves(stage, code),
        waited=_days_text(days, code),
        age=_stage_words(stage, stage_day, code) if days is None or not awaits else _days_short(days, code),
        is_hot=awaits and is_long,
        data_note="" if row.data_ready_percent is None else _data_note(row.data_ready_percent, code),
    )


# Remembered by what they depend on: the same few texts stand on every row.


@lru_cache(maxsize=4096)
def _day_of(moment: datetime | None, year: int, _language: str) -> str:
    return "" if moment is None else day_text(geneva_date(moment), datetime(year, 1, 1, tzinfo=UTC))


@lru_cache(maxsize=64)
def _moves(stage: RequestStage, _language: str) -> tuple[tuple[str, str], ...]:
    return tuple((to.value, move_label(to)) for to in rules.next_stages(stage))


@lru_cache(maxsize=1024)
def _days_text(days: int | None, _language: str) -> str:
    return "" if days is None else ngettext("%(num)s day", "%(num)s days", days)


@lru_cache(maxsize=1024)
def _data_note(percent: int, _language: str) -> str:
    return _("Data %(percent)s", percent=f"{percent}%")


@lru_cache(maxsize=4096)
def _stage_words(stage: RequestStage, day: str, _language: str) -> str:
    """What happened on the day that a card shows: a bare day would leave that open."""
    if stage is RequestStage.SCHEDULED:
        return _("since %(day)s", day=day)
    if stage is RequestStage.UNDER_WAY:
        return _("Started %(day)s", day=day)
    return day


@lru_cache(maxsize=1024)
def _days_short(days: int, _language: str) -> str:
    return _("%(num)s d", num=days)


def board(session: Session, wanted: QueueFilter, figures: QueueFigures, *, now: datetime) -> list[Column]:
    """The six stages with their first requests. One statement."""
    by_stage: dict[RequestStage, list[Row]] = {}
    for row in queries.list_cards(session, wanted, now=now):
        by_stage.setdefault(row.stage, []).append(queue_row(row, now))
    year = geneva_date(now).year
    filtered = wanted != QueueFilter()
    columns = []
    for stage in BOARD_STAGES:
        label = _("Completed in %(year)s", year=year) if stage is RequestStage.COMPLETED else stage_label(stage)
        rows = by_stage.get(stage, [])
        # Under a filter the figures, which count everything, would promise more than there is.
        columns.append(Column(stage, label, len(rows) if filtered else figures.by_stage.get(stage, 0), rows))
    return columns


def headline(figures: QueueFigures) -> str:
    """The queue as a fact."""
    if not figures.waiting:
        return _("No city waits for resources")
    return ngettext(
        "%(num)s city waits, for %(days)s days",
        "%(num)s cities wait, the longest for %(days)s days",
        figures.waiting,
        days=figures.longest_days or 0,
    )


def figure_pairs(figures: QueueFigures) -> list[tuple[str, str]]:
    """The three live figures beside the bar."""
    return [
        (_("Waiting, median"), _days(figures.median_days)),
        (_("Longest wait"), _days(figures.longest_days)),
        (_("First answer, median"), _days(figures.first_answer_days)),
    ]


def stage_parts(figures: QueueFigures, now: datetime) -> list[tuple[int, str, str]]:
    """The bar of all requests by stage."""
    tones = ("free", "sky", "amber", "green", "blue", "navy")
    year = geneva_date(now).year
    parts = []
    for stage, tone in zip(BOARD_STAGES, tones, strict=True):
        count = figures.by_stage.get(stage, 0)
        label = (
            stage_label(stage).lower() if stage is not RequestStage.COMPLETED else _("completed in %(year)s", year=year)
        )
        parts.append((count, tone, f"{count} {label}"))
    return parts


def filter_of(args: Mapping[str, str]) -> QueueFilter:
    """The filter an address asks for; nonsense is left out."""
    region = args.get("region", "")
    stage = stage_of(args.get("stage"))
    return QueueFilter(
        region=_REGIONS.get(region),
        stage=None if stage is RequestStage.DRAFT else stage,
        letter_missing=args.get("letter") == "missing",
        no_answer=args.get("answer") == "late",
        known_before=args.get("known") == "before",
    )


def arguments_of(wanted: QueueFilter, **changed: str | None) -> dict[str, str]:
    """A filter as arguments of an address, with some changed (``None`` removes)."""
    kept: dict[str, str | None] = {
        "region": wanted.region.value if wanted.region else None,
        "stage": wanted.stage.value if wanted.stage else None,
        "letter": "missing" if wanted.letter_missing else None,
        "answer": "late" if wanted.no_answer else None,
        "known": "before" if wanted.known_before else None,
    }
    return {name: value for name, value in {**kept, **changed}.items() if value}


def address_of(path: str, arguments: Mapping[str, str]) -> str:
    """An address of the queue, the same for the same arguments."""
    return f"{path}?{urlencode(arguments)}" if arguments else path


def queue_context(wanted: QueueFilter, figures: QueueFigures, *, is_table: bool, now: datetime) -> dict[str, Any]:
    """What board and table share: figures, filters and the addresses that change them."""
    return {
        "wanted": wanted,
        # The keys hold all that these parts of the page depend on, so that the templates may remember them.
        "now_parts": (headline(figures), tuple(stage_parts(figures, now)), tuple(figure_pairs(figures))),
        "bar_parts": (wanted, is_table, figures.letters_missing, figures.unanswered),
        "bar": queue_bar,
        "base_url": QUEUE_URL,
    }


def queue_bar(wanted: QueueFilter, is_table: bool, letters_missing: int, unanswered: int) -> dict[str, Any]:
    """The filters above board and table."""
    view = "table" if is_table else "board"

    def link(**changed: str | None) -> str:
        return address_of(QUEUE_URL, arguments_of(wanted, **{"view": view, **changed}))

    late, missing = wanted.no_answer, wanted.letter_missing
    return {
        "regions": [("", _("All regions")), *((one.value, region_label(one.value)) for one in Region)],
        "stages": [("", _("All stages")), *((one.value, stage_label(one)) for one in RequestStage if one != "draft")],
        "views": [
            {"label": _("Board and line"), "url": link(view="board", stage=None, known=None), "current": not is_table},
            {"label": _("Table"), "url": link(view="table"), "current": is_table},
        ],
        "chips": [
            {
                "label": _("Letter missing"),
                "url": link(letter=None if missing else "missing"),
                "count": letters_missing,
                "current": missing,
            },
            {
                "label": _("No answer in 10 days"),
                "url": link(answer=None if late else "late"),
                "count": unanswered,
                "current": late,
            },
            {
                "label": _("Known before the platform"),
                "url": link(view="table", known=None if wanted.known_before else "before"),
                "count": None,
                "current": wanted.known_before,
            },
        ],
        "export_url": address_of(f"{QUEUE_URL}/export.csv", arguments_of(wanted)),
    }


def stepper(request: EvaluationRequest, moves: Sequence[RequestMove], now: datetime) -> list[tuple[str, str, str]]:
    """The six stages for ``ui.steps``: label, day reached, state."""
    reached: dict[RequestStage, datetime] = {}
    for move in reversed(moves):
        reached[move.stage] = move.at
    current = BOARD_STAGES.index(request.stage) if request.stage in BOARD_STAGES else -1
    items = []
    for index, stage in enumerate(BOARD_STAGES):
        if stage is request.stage and stage is not RequestStage.COMPLETED:
            state = "now"
        elif stage in reached and (index <= current or current < 0):
            state = "done"
        else:
            state = ""
        items.append((stage_label(stage), _day(reached.get(stage), now) if state else "", state))
    return items


def task_list(request: EvaluationRequest) -> list[dict[str, Any]]:
    """The parts of the form with their states."""
    missing = rules.missing_parts(parts_of(request))
    tasks = []
    for section in Section:
        if section in missing:
            state, tone = _("To do"), "b"
        elif section is Section.LETTER and request.letter_from is LetterFrom.NONE:
            state, tone = _("May follow later"), "a"
        elif section is Section.SUPPORT and not request.support_needed:
            state, tone = _("Optional"), ""
        else:
            state, tone = _("Done"), "g"
        tasks.append({"section": section, "label": section_label(section), "state": state, "tone": tone})
    return tasks


def answers_in_form(request: EvaluationRequest, file_name: str = "") -> list[tuple[Section, str, str]]:
    """What the city wrote, for the check page: part, term, value."""
    population = number_text(request.population) if request.population else _("not given")
    letter = letter_label(request.letter_from) + (f" · {file_name}" if file_name else "")
    percent = "" if request.data_ready_percent is None else f"{request.data_ready_percent}%"
    country = country_name(request.country_code) if request.country_code else ""
    return [
        (Section.CITY, _("City"), ", ".join(part for part in (request.city, country) if part) or _("not given")),
        (Section.CITY, _("Inhabitants"), population),
        (Section.CONTACT, _("Contact"), request.contact_name or _("not given")),
        (Section.CONTACT, _("E-mail address"), request.contact_email or _("not given")),
        (Section.CONTACT, _("Office or function"), request.contact_role or _("not given")),
        (Section.LETTER, _("Government letter"), letter),
        (Section.DATA, _("Data readiness"), percent or _("not given")),
        (Section.SUPPORT, _("Support needed"), request.support_needed or _("none named")),
    ]


def form_values(request: EvaluationRequest) -> dict[str, Any]:
    """What the forms of the parts start from."""
    return {
        "city": request.city,
        "country_code": request.country_code,
        "population": str(request.population) if request.population else "",
        "name": request.contact_name,
        "email": request.contact_email,
        "role": request.contact_role,
        "letter_from": request.letter_from.value,
        "percent": "" if request.data_ready_percent is None else str(request.data_ready_percent),
        "text": request.support_needed,
    }


def register_rows(rows: Sequence[QueueRow], now: datetime) -> list[list[object]]:
    """Rows of the CSV: numbers stay numbers, dates are ISO days in Geneva."""
    return [
        [
            row.reference,
            row.city,
            row.country,
            row.country_code,
            row.region,
            row.population,
            row.stage.value,
            _iso(row.stage_since),
            row.place,
            _iso(row.asked_at),
            days_between(row.asked_at, now) if row.asked_at and row.stage in rules.OPEN_STAGES else None,
            row.letter_from.value,
            row.data_ready_percent,
            _iso(row.last_answer_at),
            row.last_answer,
            row.recorded_year,
            row.source,
        ]
        for row in rows
    ]


REGISTER_HEADER = (
    "reference", "city", "country", "country_code", "region", "population", "stage", "stage_since", "place", "asked_on",
    "days_waiting", "letter_from", "data_ready_percent", "last_answer_on", "last_answer", "year", "source",
)  # fmt: skip


def _days(count: int | None) -> str:
    return "–" if count is None else ngettext("%(num)s day", "%(num)s days", count)


def _day(moment: datetime | None, now: datetime) -> str:
    return _day_of(moment, now.year, i18n.current().code)


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else geneva_date(moment).isoformat()
