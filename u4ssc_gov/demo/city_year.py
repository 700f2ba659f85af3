"""Cities that ask for an evaluation: at every stage, more waiting than can be served."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from u4ssc_gov.demo.cast import DOMAIN, FOCAL_CITY, Cast
from u4ssc_gov.demo.timeline import Timeline
from u4ssc_gov.evaluations import services as evaluations
from u4ssc_gov.evaluations.models import EvaluationRequest
from u4ssc_gov.evaluations.rules import (
    CityPart,
    ContactPart,
    DataPart,
    LetterFrom,
    LetterPart,
    RequestFacts,
    RequestStage,
    SupportPart,
)

S = RequestStage


@dataclass(frozen=True, slots=True)
class City:
    """An invented city in a real country."""

    name: str
    country: str
    population: int
    asked_days_ago: int
    stage: RequestStage
    data: int
    letter: LetterFrom = LetterFrom.MINISTRY


CITIES = (
    City(FOCAL_CITY, "NO", 142_000, 143, S.WAITING, 88),
    City("Kestrel Bay", "ZA", 305_000, 121, S.WAITING, 79),
    City("San Telmo del Río", "AR", 88_000, 71, S.WAITING, 91, LetterFrom.MAYOR),
    City("Hadra", "JO", 410_000, 64, S.WAITING, 66),
    City("Vilnor", "LT", 69_000, 52, S.WAITING, 83, LetterFrom.MAYOR),
    City("Porto Areno", "BR", 410_000, 5, S.RECEIVED, 45, LetterFrom.MAYOR),
    City("Lake Tindal", "GH", 96_000, 9, S.RECEIVED, 30, LetterFrom.NONE),
    City("Orrin Vale", "IE", 68_000, 12, S.SCREENING, 41, LetterFrom.MAYOR),
    City("Sabika Nord", "MA", 530_000, 19, S.SCREENING, 63),
    City("Valmora", "CL", 240_000, 170, S.SCHEDULED, 80),
    City("Tashir", "UZ", 1_100_000, 160, S.SCHEDULED, 72),
    City("Nordhavna", "IS", 77_000, 230, S.UNDER_WAY, 90),
    City("Mirandela Sul", "MZ", 190_000, 240, S.UNDER_WAY, 60),
    City("Ghazal", "TN", 640_000, 260, S.UNDER_WAY, 75),
    City("Eastmoor", "GB", 118_000, 350, S.COMPLETED, 92),
    City("Luma", "PH", 820_000, 340, S.COMPLETED, 85),
    City("Dry Fork", "US", 31_000, 120, S.DECLINED, 15, LetterFrom.NONE),
)
WAY = (S.SCREENING, S.WAITING, S.SCHEDULED, S.UNDER_WAY, S.COMPLETED)
ANSWERS = {
    S.SCREENING: "We have your request and are reading it. You hear from us again within ten days.",
    S.WAITING: "Your request is complete. It waits until resources allow an evaluation; your page shows its place.",
    S.SCHEDULED: "An evaluation of your city is scheduled. We will agree on the dates with you.",
    S.UNDER_WAY: "The evaluation has begun. Your focal point receives the data sheet today.",
    S.COMPLETED: "The evaluation is complete. Thank you for your work.",
    S.DECLINED: "We cannot take the request further. You are welcome to ask again with a letter of your government.",
}

READING = (
    "We are still reading your request. The figures on data readiness are with a verifier; nothing is asked of you now."
)
IN_LINE = (
    "Your request keeps its place in line. Resources for the next evaluations are not settled yet.",
    "Nothing has changed in the line. The Secretariat speaks with two donors about the next evaluations.",
    "You keep your place. Use the time to name the offices that hold the data; it makes the evaluation shorter.",
    "Two evaluations are close to their end. When they are, the verifiers are free for the next city in line.",
    "The line moves slowly this quarter. We write again when a decision on resources is taken.",
)


def tell(line: Timeline, cast: Cast, years: int) -> None:
    """Add the acts of the current year and of ``years - 1`` years before it."""
    for back in range(years - 1, 0, -1):
        for city in CITIES:
            _city(line, cast, city, shift=365 * back)
    for city in CITIES:
        _city(line, cast, city, shift=0)


def _city(line: Timeline, cast: Cast, city: City, *, shift: int) -> None:
    asked = line.ago(city.asked_days_ago + shift, 11)
    stage = city.stage if shift == 0 or city.stage is S.DECLINED else S.COMPLETED
    letter = (
        city.letter if shift == 0 or city.letter is not LetterFrom.NONE or stage is S.DECLINED else LetterFrom.MAYOR
    )
    kept: dict[str, EvaluationRequest] = {}
    line.at(asked, lambda now: kept.update(request=_ask(line, cast, city, letter, shift, now)))
    way = WAY[: WAY.index(stage) + 1] if stage in WAY else ((S.SCREENING, S.DECLINED) if stage is S.DECLINED else ())
    days = city.asked_days_ago + shift
    for number, step in enumerate(way, start=1):
        instant = line.ago(max(days - 4 - (number - 1) * 18, 1 if shift == 0 else shift - 300), 12 + number % 5)
        line.at(instant, partial(_move, line, cast, kept, step))
    # Nobody waits longer than the house period without an answer; one screening is overdue, for the secretariat to see.
    if len(way) > 1:
        line.at(line.ago(max(days - 13, 1), 15), partial(_answer, line, cast, kept, READING))
    if stage in WAY[2:]:
        line.at(line.ago(max(days - 31, 1), 15), partial(_answer, line, cast, kept, IN_LINE[0]))
    if stage is S.WAITING:
        first, last = city.asked_days_ago - 31, 6 - Random(city.name).randrange(4)  # noqa: S311 - the same each time
        count = -(-(first - last) // 8)
        for number in range(count + 1):
            text = IN_LINE[(number + len(city.name)) % len(IN_LINE)]
            instant = line.ago(first - number * (first - last) // count, 16)
            line.at(instant, partial(_answer, line, cast, kept, text))


def _ask(line: Timeline, cast: Cast, city: City, letter: LetterFrom, shift: int, now: datetime) -> EvaluationRequest:
    is_focal = city.name == FOCAL_CITY and shift == 0 and cast.focal_point is not None
    local = "".join(c for c in city.name.lower() if c.isascii() and c.isalnum())
    facts = RequestFacts(
        CityPart(city.name, city.country, city.population),
        ContactPart(
            f"Focal point of {city.name}",
            cast.focal_point.email if is_focal and cast.focal_point else f"focal.point.{local}@{DOMAIN}",
            "Focal point",
        ),
        LetterPart(letter),
        DataPart(city.data),
        SupportPart("Training for the offices that hold the data."),
        asked_at=now - timedelta(minutes=1),
    )
    return evaluations.record_request(line.session, facts, actor=line.actor(cast.officer, now), now=now)


def _move(line: Timeline, cast: Cast, kept: dict[str, EvaluationRequest], to: RequestStage, now: datetime) -> None:
    request = kept["request"]
    line.session.refresh(request)
    evaluations.move_request(
        line.session,
        request,
        to,
        answer=ANSWERS[to],
        reason="No letter of the government came with it." if to is S.DECLINED else "",
        expected_version=request.version,
        actor=line.actor(cast.officer, now),
        now=now,
    )


def _answer(line: Timeline, cast: Cast, kept: dict[str, EvaluationRequest], text: str, now: datetime) -> None:
    request = kept["request"]
    line.session.refresh(request)
    officer = line.actor(cast.officer, now)
    evaluations.answer_request(line.session, request, text, expected_version=request.version, actor=officer, now=now)
