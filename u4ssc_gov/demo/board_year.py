"""Ballots: closed ones with every kind of outcome, two open, one in draft."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random

from u4ssc_gov.board import services as board
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.queries import lock_ballot
from u4ssc_gov.board.rules import BallotType, Position
from u4ssc_gov.board.services import BallotDraft, PaperDraft
from u4ssc_gov.demo.cast import Cast
from u4ssc_gov.demo.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Question:
    """One ballot. ``pattern``: a letter for each partner in ¶18 order: y approve, o abstain, x object, - no vote."""

    type: BallotType
    title: str
    text: str
    opened_days_ago: int
    open_days: int
    pattern: str
    if_approved: str = ""
    if_not: str = ""
    papers: tuple[str, ...] = ()


CLOSED = (
    Question(
        BallotType.KPI_SET,
        "Endorse the revised guidance for verifiers",
        "The Partners Board endorses the revised guidance for verifiers of the key performance indicators.",
        24,
        21,
        "yyyyyyoyyyyyyoyy",
    ),
    Question(
        BallotType.DELIVERABLE,
        "Publish Circular procurement for cities",
        "The Partners Board approves the publication of “Circular procurement for cities” as submitted.",
        36,
        19,
        "yy-yyyyyyyyyy-yy",
    ),
    Question(
        BallotType.GUIDANCE,
        "Co-brand the Smart Harbours campaign",
        "The Partners Board supports the use of the initiative’s name in the Smart Harbours campaign.",
        50,
        19,
        "yxoyx-oxx-yox-yx",
    ),
    Question(
        BallotType.DELIVERABLE,
        "Begin work on Buying artificial intelligence responsibly",
        "The Partners Board approves the scope of “Buying artificial intelligence responsibly”.",
        110,
        14,
        "yyyyyy-yyyyy-yyy",
    ),
    Question(
        BallotType.APPOINTMENT,
        "Appoint the Vice-Chair nominated by UNEP",
        "The Partners Board approves the appointment of the expert nominated by UNEP as Vice-Chair for one year.",
        150,
        14,
        "yyyyyyyyyyoyyy-y",
    ),
    Question(
        BallotType.GUIDANCE,
        "Ask for one month more for comments on drafts",
        "The Partners Board asks leaders to give at least one month for comments on full drafts.",
        200,
        14,
        "y---y--y-----y-y",
    ),
    Question(
        BallotType.ACTION_PLAN,
        "Adopt the Action Plan of this year",
        "The Partners Board adopts the annual Action Plan as submitted by the Leaders.",
        330,
        21,
        "yyyyyyyyyy-yyyyy",
    ),
)
OPEN = (
    Question(
        BallotType.APPOINTMENT,
        "Appoint the expert nominated by ECLAC as Co-Chair for 2027",
        "The Partners Board approves the appointment of "
        "the expert nominated by ECLAC as Co-Chair of U4SSC for a tenure of one year, from 1 January to "
        "31 December 2027.",
        10,
        14,
        "yy-yyyoyy--yy-y-",
        "The nominee follows the Co-Chair in the second seat. No further step is needed.",
        "The seat falls vacant when the present tenure ends, and the secretariat asks the partners for nominations.",
        ("Letter of nomination from ECLAC", "Statement of priorities for 2027"),
    ),
    Question(
        BallotType.DELIVERABLE,
        "Add a data-space annex to the guidelines on city platforms",
        "The Partners Board approves that the scope of the "
        "“Guidelines on interoperable city platforms” is widened by one annex on data spaces and that "
        "publication moves from March to April 2027.",
        3,
        14,
        "yy-yy-yy--------",
        "The leader adds the annex to the work plan.",
        "The scope stays as it was approved.",
        ("Proposal of the leader",),
    ),
)
POSITIONS = {"y": Position.APPROVE, "o": Position.ABSTAIN, "x": Position.OBJECT}
REASONS = "The terms of use are not settled. We would agree once the secretariat has cleared them."
COMMENTS = (
    "Strong proposal. We ask that city participants are heard each month.",
    "We welcome the focus on smaller cities.",
    "",
)


def tell(line: Timeline, cast: Cast, years: int) -> None:
    """Add the acts of the current year and of ``years - 1`` years before it."""
    for back in range(years - 1, 0, -1):
        for repeat in range(2):
            for question in CLOSED:
                _ballot(line, cast, question, shift=365 * back - 12 * repeat, closes=True)
    for question in CLOSED:
        _ballot(line, cast, question, shift=0, closes=True)
    for question in OPEN:
        _ballot(line, cast, question, shift=0, closes=False)
    line.at(line.ago(1), lambda now: _draft(line, cast, now))


def _draft(line: Timeline, cast: Cast, now: datetime) -> None:
    draft = BallotDraft(
        BallotType.ACTION_PLAN,
        "Adopt the Action Plan of next year",
        "The Partners Board adopts the annual Action Plan as submitted by the Leaders.",
    )
    board.draft_ballot(line.session, draft, actor=line.actor(cast.officer, now), now=now)


def _ballot(line: Timeline, cast: Cast, question: Question, *, shift: int, closes: bool) -> None:
    opened = line.ago(question.opened_days_ago + shift, 9)
    closes_at = opened + timedelta(days=question.open_days, hours=8)
    kept: dict[str, Ballot] = {}
    line.at(opened, lambda now: kept.update(ballot=_open(line, cast, question, closes_at, now)))
    rng = Random(question.title)  # noqa: S311 - the same year each time
    last_day = min(question.open_days, question.opened_days_ago + shift) - 0.1
    for letter, acronym in zip(question.pattern, cast.partners, strict=True):
        if letter in POSITIONS:
            instant = opened + timedelta(days=rng.uniform(0.1, last_day))
            reason = REASONS if letter == "x" else rng.choice(COMMENTS)
            line.at(
                min(instant, line.today - timedelta(minutes=rng.randrange(5, 600))),
                partial(_vote, line, cast, kept, acronym, POSITIONS[letter], reason),
            )
    if closes:
        line.at(
            closes_at + timedelta(minutes=1), lambda now: board.record_outcome(line.session, kept["ballot"], now=now)
        )


def _open(line: Timeline, cast: Cast, question: Question, closes_at: datetime, now: datetime) -> Ballot:
    officer = line.actor(cast.officer, now)
    papers = tuple(PaperDraft(title, f"{title}.txt", _paper(title)) for title in question.papers)
    draft = BallotDraft(
        question.type, question.title, question.text, question.if_approved, question.if_not, closes_at, papers
    )
    ballot = board.draft_ballot(line.session, draft, actor=officer, now=now)
    return board.open_ballot(line.session, ballot, closes_at=closes_at, actor=officer, now=now)


def _paper(title: str) -> bytes:
    return f"{title}\n\nThis paper belongs to the demonstration. Its content is invented.\n".encode()


def _vote(
    line: Timeline, cast: Cast, kept: dict[str, Ballot], acronym: str, position: Position, comment: str, now: datetime
) -> None:
    ballot = kept["ballot"]
    representative = line.actor(cast.representatives[acronym], now)
    locked = lock_ballot(line.session, ballot.code, actor=representative)
    board.cast_vote(
        line.session,
        locked,
        partner_id=cast.partners[acronym].id,
        position=position,
        comment=comment,
        text_sha256=ballot.text_sha256,
        expected_revision=0,
        actor=representative,
        now=now,
    )
