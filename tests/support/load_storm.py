"""A storm: many people vote at the same moment while the ballot closes. Who was told what and when, kept outside."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import cycle

from flask import Flask
from sqlalchemy.orm import Session

from tests.support.load_client import Browser, Gone, receipt_of, revision_shown, sign_in
from u4ssc_gov.accounts.services import add_person
from u4ssc_gov.board import services as board
from u4ssc_gov.board.inputs import BallotDraft
from u4ssc_gov.board.jobs import record_outcomes
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotType, Method, default_rule
from u4ssc_gov.core.actor import SYSTEM, MandateCapacity
from u4ssc_gov.core.clock import SystemClock
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.partners.services import add_partner, grant_mandate

SEATS, PEOPLE = 50, 4  # of each seat one representative and three alternates
ATTEMPTS = 3
LOOKING = 2.0  # seconds until somebody who has read an answer tries again
CONNECTING = timedelta(seconds=0.3)
LONG_AGO = date(2020, 1, 1)
_CLOCK = SystemClock()


@dataclass(frozen=True)
class Attempt:
    """One vote that was sent, and the answer. Instants are those of the client."""

    ballot: str
    seat: str
    comment: str  # of this attempt alone: by it the record is compared with what was sent
    position: str
    expected: int
    sent: datetime
    answered: datetime
    status: int
    receipt: str = ""
    page: str = field(default="", repr=False)

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return (self.answered - self.sent).total_seconds()

    @property
    def is_late(self) -> bool:
        """Whether the page said that the ballot has closed."""
        return self.status == 409 and " closed at " in self.page


@dataclass
class Voter:
    """One person: a browser, the seat they vote for, and what they tried."""

    browser: Browser
    name: str
    seat: str
    partner_id: int
    tried: list[Attempt] = field(default_factory=list)

    def vote(self, ballot: Ballot, expected: int) -> Attempt:
        """Send one vote and keep the answer."""
        number = len(self.tried)
        position = ("approve", "abstain", "object")[(number + int(self.name[-1])) % 3]
        comment = f"{self.name}, attempt {number}"
        fields = {
            "partner_id": str(self.partner_id),
            "position": position,
            "comment": comment,
            "text_sha256": ballot.text_sha256,
            "expected_revision": str(expected),
        }
        sent = _CLOCK.now()
        status, location, page = self.browser.ask("POST", f"/ballots/{ballot.code}/vote", fields)
        receipt = receipt_of(location) if status == 303 else ""
        made = Attempt(ballot.code, self.seat, comment, position, expected, sent, _CLOCK.now(), status, receipt, page)
        self.tried.append(made)
        return made

    def insist(self, ballot: Ballot) -> None:
        """Vote; then change it, or try again with what the page of the refusal shows. Stops once told it is closed.

        Nobody answers a page at once: between two attempts a person looks at what the first one brought.
        """
        expected = 0
        for number in range(ATTEMPTS):
            if number:
                time.sleep(LOOKING)  # the person reads the answer: part of what is played, nothing is waited for
            made = self.vote(ballot, expected)
            if made.status == 303:
                expected = int(made.receipt.rsplit("-", 1)[-1])
            elif made.status == 409 and not made.is_late:
                shown = revision_shown(made.page)
                expected = expected + 1 if shown is None else shown
            else:
                break
        self.browser.close()


def seat_people(session: Session, app: Flask, ports: Sequence[int], *, now: datetime) -> list[Voter]:
    """Make the seats, their people, mandates and sessions through the services; people take the servers in turn."""
    servers = cycle(ports)
    voters = []
    for number in range(1, SEATS + 1):
        seat = f"T{number:02}"
        partner = add_partner(
            session, acronym=seat, official_name=f"Test seat {number}", position=number, actor=SYSTEM, now=now
        )
        for place in range(PEOPLE):
            name = f"Person {seat} {place}"
            address = f"{seat}.{place}@example.org"
            person = add_person(session, full_name=name, email=address, actor=SYSTEM, now=now)
            capacity = MandateCapacity.ALTERNATE if place else MandateCapacity.REPRESENTATIVE
            grant_mandate(
                session, partner, person, capacity=capacity, starts_on=LONG_AGO, actor=SYSTEM, now=now
            )  # fmt: skip
            browser = sign_in(session, app, person.id, next(servers), now=_CLOCK.now())
            voters.append(Voter(browser, name, seat, partner.id))
    return voters


def open_ballot(session: Session, *, closes_at: datetime, early_close: bool, now: datetime) -> Ballot:
    """A vote on guidance, opened at ``now``."""
    rule = replace(default_rule(BallotType.GUIDANCE, Method.VOTE), early_close=early_close)
    draft = BallotDraft(
        BallotType.GUIDANCE, "Agree on the guidance", "The Partners Board agrees.", method=Method.VOTE, rule=rule
    )
    ballot = board.draft_ballot(session, draft, actor=SYSTEM, now=now)
    return board.open_ballot(session, ballot, closes_at=closes_at, actor=SYSTEM, now=now)


@dataclass
class Storm:
    """Everybody votes at ``begins`` at once; closers look all the time whether there is something to close."""

    ballot: Ballot
    begins: datetime
    problems: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self, voters: Sequence[Voter], closers: Sequence[Runtime]) -> None:
        """Let it blow over, the closing included when it is near."""
        doors = threading.Barrier(len(voters) + 1)
        start = threading.Barrier(len(voters))
        voting = [threading.Thread(target=self._vote, args=(voter, doors, start)) for voter in voters]
        closing = [threading.Thread(target=self._close, args=(runtime,)) for runtime in closers]
        for thread in (*voting, *closing):
            thread.start()
        sleep_until(self.begins - CONNECTING)
        doors.wait(30)
        for thread in voting:
            thread.join(60)
        assert self.ballot.closes_at is not None
        if self.ballot.closes_at - utc_now() < timedelta(minutes=1):
            sleep_until(self.ballot.closes_at)
        self.over.set()
        for thread in closing:
            thread.join(60)
        assert self.problems == []
        assert not any(thread.is_alive() for thread in (*voting, *closing))

    def _vote(self, voter: Voter, doors: threading.Barrier, start: threading.Barrier) -> None:
        try:
            doors.wait(30)
            voter.browser.connect()  # servers hang up on those who wait too long
            start.wait(30)
            voter.insist(self.ballot)
        except (*Gone, threading.BrokenBarrierError) as error:
            self.problems.append(f"{voter.name}: {error!r}")

    def _close(self, runtime: Runtime) -> None:
        last = False
        while not last:
            last = self.over.is_set()
            report = record_outcomes(runtime, now=utc_now())
            if report.failed:
                self.problems.append(report.note)
            time.sleep(0.02)  # a job that runs all the time, and lets others run


def sleep_until(moment: datetime) -> None:
    """Wait for an instant that everybody waits for."""
    time.sleep(max(0.0, (moment - utc_now()).total_seconds()))


def utc_now() -> datetime:
    """The host's clock, which servers, closers and clients share here."""
    return _CLOCK.now()
