"""Opening and closing to the microsecond, with no job ever run: in both nights when Geneva changes its clocks, on leap
day and at the end of a year, for voters on the earliest and the latest clock of the world.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product
from operator import itemgetter
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.integration.board import makers
from tests.integration.board.test_voting_pages import vote_fields
from tests.support.board_sums import full_minute
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import electors, locks, services
from u4ssc_gov.board.inputs import BallotDraft, CandidateDraft, CastVote
from u4ssc_gov.board.models import Ballot, Vote
from u4ssc_gov.board.rules import BallotType, Method, Position, Visibility, VotingRule
from u4ssc_gov.core.actor import SYSTEM, MandateCapacity, OfficeKind
from u4ssc_gov.core.errors import Conflict
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.ledger import jobs as ledger_jobs
from u4ssc_gov.ledger import queries as ledger
from u4ssc_gov.ledger.models import LedgerEntry
from u4ssc_gov.partners import services as partners
from u4ssc_gov.tenures import services as tenures
from u4ssc_gov.workflows.identity import actor_for_person
from u4verify import log
from u4verify.trust import read_trust

DAY, SECOND, TICK = timedelta(days=1), timedelta(seconds=1), timedelta(microseconds=1)
AROUND = (-SECOND, -TICK, timedelta(), TICK, SECOND)
ZONES = {"CBD": "Pacific/Kiritimati", "FAO": "Pacific/Niue", "WMO": "Europe/Zurich"}  # UTC+14, UTC-11, Geneva
KINDS = (
    ("opening", Method.VOTE),
    ("closing", Method.VOTE),
    ("closing", Method.ELECTION),  # its positions are hidden until then
    ("extension", Method.VOTE),
)


def utc(text: str) -> datetime:
    """An instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NIGHTS = {
    # half past one; the hour that is left out; half past three
    "spring": ("2027-03-28 00:30:00", "2027-03-28 01:00:00", "2027-03-28 01:30:00"),
    # half past two, the first time; the hour that comes again; half past two, the second time; three
    "autumn": ("2027-10-31 00:30:00", "2027-10-31 01:00:00", "2027-10-31 01:30:00", "2027-10-31 02:00:00"),
    # noon, and the last instant of the day in Geneva and in Kiritimati
    "leap day": ("2028-02-29 09:59:59.999999", "2028-02-29 11:00:00", "2028-02-29 22:59:59.999999"),
    # midnight in Kiritimati, in Geneva, in UTC and in Niue
    "year end": ("2027-12-31 10:00:00", "2027-12-31 23:00:00", "2028-01-01 00:00:00", "2028-01-01 11:00:00"),
}
# When an objection comes, and when the consultation on it ends: five working days later at the same minute in Geneva.
CONSULTATIONS = (
    ("2027-03-25 01:30:00", "2027-04-01 00:30:00"),  # across the night in spring, at half past two
    ("2027-03-27 23:30:00", "2027-04-01 22:30:00"),  # on the Sunday itself, half an hour past midnight
    ("2027-10-28 00:30:00.000001", "2027-11-04 01:30:00.000001"),  # across the night in autumn
    ("2027-10-31 01:30:00", "2027-11-05 01:30:00"),  # in the hour that comes again
    ("2027-12-27 22:59:59.999999", "2028-01-03 22:59:59.999999"),  # across the end of the year
    ("2028-02-24 23:00:00", "2028-03-02 23:00:00"),  # across leap day, at midnight in Geneva
)


@dataclass
class Timetable:
    """A Board of three seats far apart, and acts that are done in the order of their instants."""

    runtime: Runtime
    start: datetime
    people: dict[str, int] = field(default_factory=dict)
    partner: dict[str, int] = field(default_factory=dict)
    acts: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    cases: int = 0

    def build(self) -> None:
        """Partners and their people in the register, through its services."""
        with self.runtime.database.transaction() as s:
            for number, (acronym, zone) in enumerate(ZONES.items(), start=1):
                row = partners.add_partner(
                    s, acronym=acronym, official_name=acronym, position=number, actor=SYSTEM, now=self.start
                )
                person = Person(
                    full_name=f"Person of {acronym}",
                    email=f"{number}@example.org",
                    time_zone=zone,
                    created_at=self.start,
                )
                s.add(person)
                s.flush()
                partners.grant_mandate(
                    s, row, person,
                    capacity=MandateCapacity.REPRESENTATIVE, starts_on=self.start.date(), actor=SYSTEM, now=self.start,
                )  # fmt: skip
                self.people[acronym], self.partner[acronym] = person.id, row.id
            office = tenures.add_office(
                s, kind=OfficeKind.CO_CHAIR, code="co", title="Co-Chair", seats=2, actor=SYSTEM, now=self.start
            )
            self.office = office.id

    def at(self, instant: datetime, act: Callable[[], None]) -> None:
        """Do this then."""
        self.acts.append((instant, len(self.acts), act))

    def run(self) -> None:
        """Do everything in its turn. No job is run in between."""
        for _instant, _place, act in sorted(self.acts, key=itemgetter(0, 1)):
            act()

    def ballot(self, method: Method, *, closes_at: datetime, opens_at: datetime | None = None) -> int:
        """A ballot of three seats, opened or scheduled at the start."""
        rule = VotingRule(
            method=method,
            min_approvals=0,
            early_close=False,
            visibility=Visibility.AT_CLOSE if method is Method.ELECTION else Visibility.LIVE,
        )
        stand = tuple(CandidateDraft(person, self.partner["CBD"]) for person in self.people.values())
        election: dict[str, Any] = {"candidates": stand, "posts": 1, "office_id": self.office}
        with self.runtime.database.transaction() as s:
            draft = BallotDraft(
                type=BallotType.APPOINTMENT if method is Method.ELECTION else BallotType.GUIDANCE,
                title="A question",
                decision_text="It is decided.",
                method=method,
                rule=rule,
                starts_on=self.start.date() + timedelta(days=400),
                **(election if method is Method.ELECTION else {}),
            )
            row = services.draft_ballot(s, draft, actor=SYSTEM, now=self.start)
            services.open_ballot(s, row, closes_at=closes_at, opens_at=opens_at, actor=SYSTEM, now=self.start)
            return row.id

    def answer(self, ballot: int, seat: str, at: datetime, position: Position, *, accepted: bool) -> None:
        """One vote at an instant, taken or refused as it must be. The words make each revision another one."""
        self.cases += 1
        code = ""
        try:
            with self.runtime.database.transaction() as s:
                row = locks.lock_ballot_by_id(s, ballot)
                found = electors.find_elector(s, ballot, self.partner[seat])
                seen = found[1].revision if found and found[1] else 0
                names = (1,) if row.method is Method.ELECTION and position is Position.APPROVE else ()
                cast = CastVote(
                    self.partner[seat], position, row.text_sha256, seen, f"At {at.isoformat()}.", "A comma.", names
                )
                actor = actor_for_person(s, s.get_one(Person, self.people[seat]), now=at)
                vote = services.cast_vote(s, row, cast, actor=actor, now=at)
                assert (vote.cast_at, vote.revision) == (at, seen + 1)
        except Conflict as refused:
            code = refused.code
        assert code in (("",) if accepted else ("board.ballot.closed", "board.ballot.not_open")), (seat, at, code)

    def extend(self, ballot: int, closes_at: datetime, now: datetime) -> None:
        """Give more time."""
        with self.runtime.database.transaction() as s:
            row = locks.lock_ballot_by_id(s, ballot)
            services.extend_ballot(s, row, closes_at=closes_at, reason="Late papers.", actor=SYSTEM, now=now)

    def finish(self, now: datetime) -> None:
        """Certify what has closed, then let the other program replay the whole log."""
        with self.runtime.database.transaction() as s:
            for row in s.scalars(select(Ballot).order_by(Ballot.id)).all():
                if row.closes_at is not None and row.closes_at <= now:
                    services.certify_ballot(s, row, actor=SYSTEM, now=now)
        assert ledger_jobs.sign_checkpoints(self.runtime, now=now).done == 1
        with self.runtime.database.read() as s:
            replayed(s)
            check_windows(s)


def replayed(s: Session) -> list[dict[str, Any]]:
    """The entries, once ``u4verify`` has found the whole log in order."""
    lines = s.scalars(select(LedgerEntry.entry).order_by(LedgerEntry.seq)).all()
    checkpoint, opening = ledger.find_latest_checkpoint(s), ledger.find_opening(s)
    assert opening is not None
    note = checkpoint.note.encode() if checkpoint else None
    trust = read_trust(json.dumps(opening.trust).encode())
    verdict = log.verify_bytes(b"".join(line + b"\n" for line in lines), note, trust)
    assert verdict.code == (3 if checkpoint else 2), verdict.as_dict()
    return [json.loads(line) for line in lines]


def check_windows(s: Session) -> int:
    """Every vote on record lies, as its entry does, between the opening and the closing that was in force then."""
    checked, closing, opening = 0, {}, {}
    at_of = dict(s.execute(select(Vote.ledger_seq, Vote.cast_at)).all())
    for line in s.scalars(select(LedgerEntry.entry).order_by(LedgerEntry.seq)):
        entry = json.loads(line)
        code = entry.get("ballot")
        if entry["kind"] == "ballot.opened":
            opening[code] = datetime.fromisoformat(entry["opens_at"])
        if entry["kind"] in ("ballot.opened", "ballot.extended", "ballot.suspended", "ballot.resumed"):
            closing[code] = datetime.fromisoformat(entry["closes_at"])
        if entry["kind"] == "position.cast":
            at = datetime.fromisoformat(entry["at"])
            assert at_of.pop(entry["seq"]) == at
            assert opening[code] <= at
            assert at < closing[code]
            checked += 1
    assert not at_of
    return checked


@pytest.mark.parametrize("night", NIGHTS)
def test_openings_closings_and_extensions_to_the_microsecond(runtime, night):
    instants = [utc(text) for text in NIGHTS[night]]
    table = Timetable(runtime, instants[0] - 10 * DAY)
    table.build()
    for x, (kind, method) in product(instants, KINDS):
        opens_at = x if kind == "opening" else None
        closes_at = {"opening": x + 5 * DAY, "closing": x, "extension": x - 3 * DAY}[kind]
        ballot = table.ballot(method, closes_at=closes_at, opens_at=opens_at)
        if kind == "extension":
            table.at(closes_at - TICK, lambda b=ballot, x=x, now=closes_at - TICK: table.extend(b, x, now))
            for nudge in AROUND:  # the closing that was is none any more
                now = closes_at + nudge + 2 * TICK
                table.at(now, lambda b=ballot, now=now: table.answer(b, "WMO", now, Position.APPROVE, accepted=True))
        for nudge, seat in product(AROUND, ZONES):
            accepted = nudge >= timedelta() if kind == "opening" else nudge < timedelta()
            position = Position.APPROVE if nudge != -TICK else Position.ABSTAIN
            table.at(
                x + nudge,
                lambda b=ballot, s=seat, now=x + nudge, p=position, ok=accepted: table.answer(
                    b, s, now, p, accepted=ok
                ),
            )
    table.run()
    assert table.cases == len(instants) * (len(KINDS) * 15 + 5)
    with runtime.database.read() as s:
        for row in s.scalars(select(Ballot).where(Ballot.closes_at.in_(instants))):
            for seat in electors.list_seats(s, row.id):  # what came a microsecond before the closing is what counts
                assert seat.position is Position.ABSTAIN
    table.finish(instants[-1] + 6 * DAY)


@pytest.mark.parametrize(("objected", "ends"), CONSULTATIONS)
def test_the_end_of_a_consultation_to_the_microsecond(runtime, objected, ends):
    since, until = utc(objected), full_minute(utc(ends))
    table = Timetable(runtime, since - 4 * DAY)
    table.build()
    for nudge, seat in product(AROUND, ZONES):
        ballot = table.ballot(Method.SILENCE, closes_at=since + TICK)  # an objection in the very last microsecond
        table.at(since, lambda b=ballot, s=seat: table.answer(b, s, since, Position.OBJECT, accepted=True))
        table.at(
            until + nudge,
            lambda b=ballot, s=seat, now=until + nudge: table.answer(
                b, s, now, Position.NO_OBJECTION, accepted=now < until
            ),
        )
    table.run()
    with runtime.database.read() as s:
        closings = {row.closes_at for row in s.scalars(select(Ballot))}
    lifted = {
        full_minute(until + nudge + 3 * DAY) for nudge in AROUND if nudge < timedelta()
    }  # the time left, at least 72 hours
    assert closings == {until} | lifted
    table.finish(until + 4 * DAY)


def test_there_are_more_than_a_thousand_cases():
    assert sum(len(night) for night in NIGHTS.values()) * (len(KINDS) * 15 + 5) + len(CONSULTATIONS) * 30 > 1000


@pytest.mark.parametrize("behind", [TICK, SECOND, 2 * SECOND])
def test_a_server_whose_clock_is_behind_takes_nothing_after_the_closing(runtime, behind):
    """What another server recorded at the closing shows that it has come, whatever this server's clock says."""
    x = utc("2027-03-28 01:00:00")
    table = Timetable(runtime, x - 5 * DAY)
    table.build()
    closing, later = table.ballot(Method.VOTE, closes_at=x), table.ballot(Method.VOTE, closes_at=x + DAY)
    table.answer(later, "FAO", x, Position.APPROVE, accepted=True)
    table.answer(closing, "FAO", x - behind, Position.APPROVE, accepted=False)
    table.finish(x + 2 * DAY)


PAGES = [
    (text, nudge, zone)
    for text in ("2027-03-28 01:00:00", "2027-10-31 01:00:00")
    for nudge in AROUND
    for zone in ("Pacific/Kiritimati", "Pacific/Niue")
]


@pytest.mark.parametrize(("text", "nudge", "zone"), PAGES)
def test_the_page_takes_votes_until_the_closing_and_no_longer(world, clock, sign_in, runtime, text, nudge, zone):
    x = utc(text)
    clock.set(x - 4 * DAY)
    world.partners()
    for acronym in ("CBD", "WMO"):
        partners.enter_seat(world.session, world.partner(acronym), now=clock.now())
    voter = world.person(time_zone=zone)
    partners.grant_mandate(
        world.session, world.partner("WMO"), voter,
        capacity=MandateCapacity.REPRESENTATIVE, starts_on=clock.now().date(), actor=SYSTEM, now=clock.now(),
    )  # fmt: skip
    ballot = makers.make_draft(world, type=BallotType.GUIDANCE, method=Method.VOTE, title="A question")
    services.open_ballot(world.session, ballot, closes_at=x, actor=SYSTEM, now=clock.now())
    world.commit()
    clock.set(x - SECOND)
    browser = sign_in(voter)
    typed = vote_fields(browser, ballot)
    clock.set(x + nudge)
    response = browser.send(f"/ballots/{ballot.code}/vote", typed)
    assert response.status_code == (303 if nudge < timedelta() else 409)
    with runtime.database.read() as s:
        found = [json.loads(line) for line in s.scalars(select(LedgerEntry.entry).order_by(LedgerEntry.seq))]
        cast = [datetime.fromisoformat(entry["at"]) for entry in found if entry["kind"] == "position.cast"]
        assert cast == ([x + nudge] if nudge < timedelta() else [])
        assert check_windows(s) == len(cast)
