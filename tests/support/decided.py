"""Decisions of every kind, made through the services on a Board whose seats and mandates stand in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.clock import StandingClock
from tests.factories import ACRONYMS, World
from tests.integration.board import makers
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import locks, services
from u4ssc_gov.board.inputs import PaperDraft
from u4ssc_gov.board.models import Ballot, Elector, Vote
from u4ssc_gov.board.rules import (
    BallotOutcome,
    BallotType,
    Capacity,
    Cause,
    Method,
    Position,
    decision_number,
    default_rule,
)
from u4ssc_gov.core.actor import SYSTEM, MandateCapacity
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.ledger.jobs import sign_checkpoints
from u4ssc_gov.partners import services as partners
from u4ssc_gov.workflows import outcomes

# Words and names that no public page, file or table may hold.
CANARIES = {
    "comment": "Canary comment of a partner",
    "cure": "Canary cure of a partner",
    "extension": "Canary reason for the extension",
    "grounds": "Canary grounds of a challenge",
    "answer": "Canary answer to a challenge",
    "paper": "Canary title of a confidential paper",
    "content": "canary content of a confidential paper",
    "voter": "Canary Voter",
    "officer": "Canary Officer",
    "candidate": "Canary Candidate",
    "email": "canary@example.org",
    "draft": "Canary title of a draft",
}


class Board:
    """A Board of 16 with a representative each, and the acts that lead to a decision."""

    def __init__(self, world: World, clock: StandingClock, runtime: Runtime) -> None:
        self.world, self.clock, self.runtime = world, clock, runtime
        self.officer = world.officer("UNECE")
        self.officer.full_name = CANARIES["officer"]
        self.people: dict[str, Person] = {}
        for partner in world.partners():
            partners.enter_seat(world.session, partner, now=world.now)
            email = CANARIES["email"] if partner.acronym == "ITU" else f"{partner.acronym.lower()}@example.org"
            self.people[partner.acronym] = self.grant(
                partner.acronym, world.person(f"{CANARIES['voter']} {partner.acronym}", email=email)
            )

    def grant(self, acronym: str, person: Person, *, alternate: bool = False) -> Person:
        """A mandate from today on, through the service."""
        capacity = MandateCapacity.ALTERNATE if alternate else MandateCapacity.REPRESENTATIVE
        partner, now = self.world.partner(acronym), self.world.now
        partners.grant_mandate(
            self.world.session, partner, person, capacity=capacity, starts_on=geneva_date(now), actor=SYSTEM, now=now
        )
        return person

    def cast(self, ballot: Ballot, acronym: str, position: Position = Position.APPROVE, **fields: Any) -> None:
        """A position of a seat, a minute after the act before."""
        self.clock.move(minutes=1)
        makers.cast(self.world, ballot, self.people[acronym], acronym, position, **fields)

    def answer(self, ballot: Ballot, answers: str) -> None:
        """Positions of the first partners of ¶18, one letter each."""
        self.clock.move(minutes=1)
        makers.answer(self.world, ballot, self.people, answers)

    def certify(self, ballot: Ballot) -> Ballot:
        """Wait for the closing, certify an hour later."""
        assert ballot.closes_at is not None
        self.clock.set(max(ballot.closes_at, self.clock.now()) + timedelta(hours=1))
        actor = self.world.actor(self.officer)
        return outcomes.certify(self.world.session, ballot, actor=actor, now=self.world.now)

    def record(self, ballot: Ballot) -> Ballot:
        """Certify, wait until nobody can contest it any more, and sign the ledger."""
        self.certify(ballot)
        self.clock.move(days=11)
        self.sign()
        return ballot

    def sign(self) -> None:
        """Sign the ledger as it is."""
        self.world.commit()
        report = sign_checkpoints(self.runtime, now=self.clock.now())
        assert not report.failed, report.note

    # ── decisions ────────────────────────────────────────────────────────────────────────────────────────────────────

    def vote(self, **fields: Any) -> Ballot:
        """A vote with a comment, an objection, a changed and an alternate's position, an extension and a paper."""
        paper = PaperDraft(CANARIES["paper"], "paper.txt", CANARIES["content"].encode())
        ballot = makers.open_one(self.world, **{"title": "Meet cities at the Forum", "documents": (paper,), **fields})
        self.answer(ballot, "yyyyyyyy")
        self.cast(ballot, "WMO", Position.ABSTAIN)
        self.cast(ballot, "WMO", Position.APPROVE_WITH_COMMENTS, comment=CANARIES["comment"])
        self.cast(ballot, "UNESCO", Position.OBJECT, comment=CANARIES["comment"], cure=CANARIES["cure"])
        self.grant("UNEP", self.world.person(f"{CANARIES['voter']} alternate"), alternate=True)
        assert ballot.closes_at is not None
        services.extend_ballot(
            self.world.session, locks.lock_ballot_by_id(self.world.session, ballot.id),
            closes_at=ballot.closes_at + timedelta(days=2), reason=CANARIES["extension"],
            actor=self.world.actor(self.officer), now=self.world.now,
        )  # fmt: skip
        return ballot

    def silence(self, **fields: Any) -> Ballot:
        """A silence that is broken, suspended, mended and resumed."""
        ballot = makers.open_silence(self.world, **fields)
        self.cast(ballot, "CBD", Position.NO_OBJECTION)
        self.cast(ballot, "WMO", Position.OBJECT, comment=CANARIES["comment"], cure=CANARIES["cure"])
        self.cast(ballot, "WMO", Position.NO_OBJECTION)
        return ballot

    def election(self, **fields: Any) -> Ballot:
        """An election with hidden positions, one of them changed."""
        people = [self.world.person(f"{CANARIES['candidate']} {number}") for number in (1, 2)]
        ballot = makers.open_election(self.world, people=people, **fields)
        self.answer(ballot, "111111112")
        self.cast(ballot, "WMO", Position.APPROVE, candidates=(2,))
        self.cast(ballot, "WMO", Position.APPROVE, candidates=(1,))
        return ballot

    def on_record(self, **fields: Any) -> Ballot:
        """A vote in which the Secretariat recorded what two partners sent by e-mail; one voted itself afterwards."""
        ballot = makers.open_one(self.world, **{"title": "Print the report", **fields})
        self.answer(ballot, "yyyyyyyy")
        for acronym in ("WMO", "UNESCO"):
            self.clock.move(minutes=1)
            makers.on_record(self.world, ballot, self.officer, acronym, Position.ABSTAIN)
        self.cast(ballot, "WMO")
        return ballot

    def everybody(self, **fields: Any) -> Ballot:
        """A vote that closes early because every partner has answered."""
        ballot = makers.open_one(self.world, **{"title": "Everybody agrees", **fields})
        self.answer(ballot, "y" * len(ACRONYMS))
        return ballot

    def contested(self, *, upheld: bool = False, answered: bool = True) -> Ballot:
        """A certified vote whose procedure a partner contested."""
        ballot = self.certify(self.everybody(title="A contested decision"))
        session, partner = self.world.session, self.world.partner("FAO")
        challenge = services.raise_challenge(
            session, ballot, partner_id=partner.id, grounds=CANARIES["grounds"],
            actor=self.world.actor(self.people["FAO"]), now=self.clock.move(hours=1),
        )  # fmt: skip
        if answered:
            services.decide_challenge(
                session, ballot, challenge, upheld=upheld, answer=CANARIES["answer"],
                actor=self.world.actor(self.officer), now=self.clock.move(hours=1),
            )  # fmt: skip
        return ballot

    def annulled(self) -> Ballot:
        """A certified vote that officers of two agencies annulled."""
        return self.annul(self.certify(self.everybody(title="An annulled decision")))

    def annul(self, ballot: Ballot) -> Ballot:
        """Officers of two agencies annul it."""
        session, second = self.world.session, self.world.officer("ITU")
        services.ask_annulment(
            session, ballot, reason=CANARIES["extension"], actor=self.world.actor(self.officer), now=self.world.now
        )
        outcomes.annul(session, ballot, actor=self.world.actor(second), now=self.clock.move(hours=1))
        return ballot


KINDS: dict[str, Callable[[Board], Ballot]] = {
    "vote": lambda board: board.record(board.vote()),
    "silence": lambda board: board.record(board.silence()),
    "election": lambda board: board.record(board.election()),
    "on record": lambda board: board.record(board.on_record()),
    "closed early": lambda board: board.record(board.everybody()),
    "not adopted": lambda board: board.record(makers.open_one(board.world, title="Nobody answered")),
}


def many(world: World, number: int) -> None:
    """So many recorded decisions of 16 partners, as rows: what lists have to cope with."""
    voters = world.partners()
    rule = default_rule(BallotType.GUIDANCE, Method.VOTE).as_json()
    person = world.person("A certifier")
    for index in range(1, number + 1):
        opened = world.now - timedelta(days=number - index + 40)
        ballot = Ballot(
            year=2026, number=1000 + index, code=f"B-26-{1000 + index}", type=BallotType.GUIDANCE, method=Method.VOTE,
            title=f"Decision about matter {index:03}", decision_text="The Board decides.", rule=rule,
            text_sha256=f"{index:064x}", drafted_at=opened, opens_at=opened, closes_at=opened + timedelta(days=10),
            opened_by_id=person.id, outcome=BallotOutcome.APPROVED, cause=Cause.TIME,
            outcome_recorded_at=opened + timedelta(days=10), certified_at=opened + timedelta(days=11),
            certified_by_id=person.id, decision_year=2026, decision_number=decision_number(2026, 500 + index),
            challenges_until=opened + timedelta(days=21),
        )  # fmt: skip
        world.session.add(ballot)
        world.session.flush()
        for partner in voters:
            elector = Elector(
                ballot_id=ballot.id, partner_id=partner.id, acronym=partner.acronym,
                official_name=partner.official_name, position=partner.position,
            )  # fmt: skip
            world.session.add(elector)
            world.session.flush()
            world.session.add(
                Vote(
                    ballot_id=ballot.id, elector_id=elector.id, revision=1, position=Position.APPROVE, comment="",
                    cast_at=opened + timedelta(days=1), cast_by_id=person.id, cast_by_name=person.full_name,
                    capacity=Capacity.REPRESENTATIVE, receipt=f"{ballot.code}-{partner.acronym}-1",
                )
            )  # fmt: skip
    world.commit()
