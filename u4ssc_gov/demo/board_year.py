"""Ballots of every method and outcome: certified ones, one to certify, open ones, one suspended, one draft."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from sqlalchemy import select

from u4ssc_gov.board import services as board
from u4ssc_gov.board.electors import find_elector
from u4ssc_gov.board.inputs import BallotDraft, CandidateDraft, CastVote, PaperDraft
from u4ssc_gov.board.locks import lock_ballot
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotType, Method, Position
from u4ssc_gov.core.dates import geneva_date, one_year_after
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.demo.board_questions import CLOSED, COMMENTS, CURE, OPEN, Question
from u4ssc_gov.demo.cast import Cast, person
from u4ssc_gov.demo.timeline import Timeline
from u4ssc_gov.plan.queries import find_plan
from u4ssc_gov.tenures.models import Office
from u4ssc_gov.workflows import outcomes, terms_upload

POSITIONS = {
    "y": Position.APPROVE,
    "c": Position.APPROVE_WITH_COMMENTS,
    "o": Position.ABSTAIN,
    "x": Position.OBJECT,
    "r": Position.RECUSE,
    "n": Position.NO_OBJECTION,
    "1": Position.APPROVE,
    "2": Position.APPROVE,
}


def tell(line: Timeline, cast: Cast, made: dict[str, Deliverable], years: int) -> None:
    """Add the acts of the current year and of ``years - 1`` years before it."""
    for back in range(years - 1, 0, -1):
        for repeat in range(2):
            for question in CLOSED:
                if not question.subject:
                    _ballot(line, cast, made, question, shift=365 * back - 12 * repeat, closes=True)
    for question in CLOSED:
        _ballot(line, cast, made, question, shift=0, closes=True)
    for question in OPEN:
        _ballot(line, cast, made, question, shift=0, closes=False)
    line.at(line.ago(1), lambda now: _draft(line, cast, now))
    line.at(line.ago(1, 11), lambda now: _revision(line, cast, now))


def _draft(line: Timeline, cast: Cast, now: datetime) -> None:
    plan = find_plan(line.session, geneva_date(line.today).year + 1)
    draft = BallotDraft(
        BallotType.ACTION_PLAN,
        "Adopt the Action Plan of next year",
        "The Partners Board adopts the annual Action Plan as submitted by the Leaders.",
        plan_id=plan.id if plan else None,
    )
    board.draft_ballot(line.session, draft, actor=line.actor(cast.officer, now), now=now)


def _revision(line: Timeline, cast: Cast, now: datetime) -> None:
    """A revision of the Terms of Reference: its text is uploaded and frozen with the ballot, which opens by itself."""
    officer, title = line.actor(cast.officer, now), "Terms of Reference, proposed revision"
    proposal = terms_upload.upload_terms(
        line.session, terms_upload.read_upload(_paper(title), f"{title}.txt"), title=title,
        agreed_on=None, is_proposal=True, actor=officer, now=now,
    )  # fmt: skip
    draft = BallotDraft(
        BallotType.TOR_REVISION,
        "Revise the Terms of Reference",
        f"The Partners Board approves the revised Terms of Reference “{title}” as attached.",
        "The revised text is in force once the decision is certified.",
        "The present text stays in force.",
        terms_document_id=proposal.id,
    )
    ballot = board.draft_ballot(line.session, draft, actor=officer, now=now)
    opens_at = line.ahead(line.working_days_ahead(6), 9)
    closes_at = line.ahead(line.working_days_ahead(48), 17)
    board.open_ballot(line.session, ballot, opens_at=opens_at, closes_at=closes_at, actor=officer, now=now)


@dataclass(slots=True)
class _Kept:
    """The ballot once it is open."""

    ballot: Ballot | None = None


def _ballot(
    line: Timeline, cast: Cast, made: dict[str, Deliverable], question: Question, *, shift: int, closes: bool
) -> None:
    opened = line.ago(question.opened_days_ago + shift, 9)
    closes_at = _weekday(opened + timedelta(days=question.open_days, hours=8))
    kept = _Kept()
    line.at(opened, lambda now: _open(line, cast, made, question, closes_at, shift, kept, now))
    rng = Random(question.title)  # noqa: S311 - the same year each time
    last_day = min(question.open_days, question.opened_days_ago + shift) - 0.1
    for place, (letter, acronym) in enumerate(zip(question.pattern, cast.partners, strict=True)):
        if letter not in POSITIONS:
            continue
        instant = opened + timedelta(days=rng.uniform(0.1, last_day))
        if question.method is Method.SILENCE and letter == "x":  # after those who have no objection
            instant = opened + timedelta(days=last_day)
        said = _words(question, letter, place)
        line.at(
            min(instant, line.today - timedelta(minutes=rng.randrange(5, 600))),
            partial(_vote, line, cast, kept, acronym, letter, said),
        )
    if closes:
        line.at(closes_at + timedelta(minutes=1), lambda now: _close(line, kept, now))
        if question.certified:
            line.at(min(closes_at + timedelta(hours=20), line.today), lambda now: _certify(line, cast, kept, now))
        elif question.referred:
            line.at(min(closes_at + timedelta(hours=20), line.today), lambda now: _refer(line, cast, kept, now))


def _words(question: Question, letter: str, place: int) -> str:
    """What a partner writes: its reason, or a comment, which many leave out and who approves with comments does not."""
    if letter == "x":
        return question.reason
    offered = [words for words in COMMENTS if words] if letter == "c" else COMMENTS
    return offered[(place * 5 + len(question.title)) % len(offered)]


def _weekday(closing: datetime) -> datetime:
    """The same hour on a working day: nobody closes a ballot at the weekend."""
    return closing + timedelta(days=7 - closing.weekday() if closing.weekday() > 4 else 0)


def _period(starts_on: date) -> str:
    """First and last day of a tenure, as the text of an election names them."""
    last_day = one_year_after(starts_on) - timedelta(days=1)
    return f"from {starts_on.day} {starts_on:%B %Y} to {last_day.day} {last_day:%B %Y}"


def _open(
    line: Timeline,
    cast: Cast,
    made: dict[str, Deliverable],
    question: Question,
    closes_at: datetime,
    shift: int,
    kept: _Kept,
    now: datetime,
) -> None:
    # Who opens a ballot does not certify it: what still waits is for the officer that the demonstration offers first.
    officer = line.actor(cast.officers[0 if question.certified and question in CLOSED else 1], now)
    subject = made.get(question.subject)
    is_election = question.method is Method.ELECTION
    office = line.session.scalar(select(Office.id).where(Office.code == question.office)) if is_election else None
    starts_on = geneva_date(line.today) + timedelta(days=question.starts_in - shift)
    draft = BallotDraft(
        question.type,
        question.title,
        question.text.format(period=_period(starts_on)),
        question.if_approved,
        question.if_not,
        closes_at,
        tuple(PaperDraft(title, f"{title}.txt", _paper(title)) for title in question.papers),
        method=question.method,
        deliverable_id=subject.id if subject else None,
        candidates=tuple(_nominee(line, cast, acronym, now) for acronym in question.nominators),
        posts=1 if is_election else 0,
        office_id=office,
        starts_on=starts_on if is_election else None,
    )
    ballot = board.draft_ballot(line.session, draft, actor=officer, now=now)
    kept.ballot = board.open_ballot(line.session, ballot, closes_at=closes_at, actor=officer, now=now)


def _nominee(line: Timeline, cast: Cast, acronym: str, now: datetime) -> CandidateDraft:
    nominee = person(line, f"Expert nominated by {acronym}, {now:%B %Y}", now, organisation=f"Nominated by {acronym}")
    return CandidateDraft(nominee.id, cast.partners[acronym].id)


def _paper(title: str) -> bytes:
    return f"{title}\n\nThis paper belongs to the demonstration. Its content is invented.\n".encode()


def _vote(line: Timeline, cast: Cast, kept: _Kept, acronym: str, letter: str, comment: str, now: datetime) -> None:
    ballot = kept.ballot
    if ballot is None:
        return
    representative = line.actor(cast.representatives[acronym], now)
    locked = lock_ballot(line.session, ballot.code, actor=representative)
    partner_id = cast.partners[acronym].id
    found = find_elector(line.session, locked.id, partner_id)
    given = CastVote(
        partner_id=partner_id,
        position=POSITIONS[letter],
        comment=comment,
        cure=CURE if letter == "x" and locked.method is Method.SILENCE else "",
        candidates=(int(letter),) if letter.isdigit() else (),
        text_sha256=locked.text_sha256,
        expected_revision=found[1].revision if found and found[1] else 0,
    )
    board.cast_vote(line.session, locked, given, actor=representative, now=now)


def _close(line: Timeline, kept: _Kept, now: datetime) -> None:
    if kept.ballot is not None and kept.ballot.suspended_at is None:
        board.record_outcome(line.session, kept.ballot, now=now)


def _certify(line: Timeline, cast: Cast, kept: _Kept, now: datetime) -> None:
    if kept.ballot is not None:
        outcomes.certify(line.session, kept.ballot, actor=line.actor(cast.officers[1], now), now=now)


def _refer(line: Timeline, cast: Cast, kept: _Kept, now: datetime) -> None:
    if kept.ballot is not None:
        reason = "Two candidates have equal support; the partners wish to hear both at the annual meeting."
        actor = line.actor(cast.officers[1], now)
        board.refer_to_meeting(line.session, kept.ballot, reason=reason, actor=actor, now=now)
