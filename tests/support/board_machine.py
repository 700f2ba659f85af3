"""Years of ballots through the real services on a real database, beside ``board_model`` and the log's own verifier.

Each act is asked of the model first, then of the platform in a transaction of its own. Both must accept or both refuse;
a refused act leaves no row behind; an accepted one leaves exactly the ledger entries that the model names. Every entry
is played by ``u4verify`` as soon as it is there, and at the end of a run the whole log and the records are verified.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, ClassVar

import rfc8785
from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.factories import ACRONYMS, LONG_AGO, SECRETARIAT
from tests.support.board_model import OUTCOME, Ballot, Board, Kinds, Mandate, Refused
from tests.support.ledger_maker import digest, pack
from tests.support.ledger_primitives import trust_text
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import electors, locks, queries
from u4ssc_gov.board.models import Ballot as Row
from u4ssc_gov.board.models import BallotEvent, Vote
from u4ssc_gov.board.register import dossiers, records
from u4ssc_gov.board.register.dossiers import Reader
from u4ssc_gov.board.services.closing import tally_entry
from u4ssc_gov.core.actor import SYSTEM, Actor, MandateCapacity, OfficeKind
from u4ssc_gov.core.errors import U4sscError
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.ledger import jobs as ledger_jobs
from u4ssc_gov.ledger import queries as ledger
from u4ssc_gov.ledger.models import LedgerEntry, LedgerSecret
from u4ssc_gov.partners import services as partners
from u4ssc_gov.partners.models import Partner
from u4ssc_gov.tenures import services as tenures
from u4ssc_gov.workflows.identity import actor_for_person
from u4verify import deciding, log, record
from u4verify.history import History
from u4verify.schema import read_entry
from u4verify.trust import Trust, read_trust

ORDER = (*SECRETARIAT, *(acronym for acronym in ACRONYMS if acronym not in SECRETARIAT))
TICK, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
NUDGES = (-SECOND, -TICK, timedelta(), TICK, SECOND)
CLOCK_CHANGES = tuple(
    datetime(year, month, day, 1, tzinfo=UTC)
    for year, month, day in ((2027, 3, 28), (2027, 10, 31), (2028, 3, 26), (2028, 10, 29), (2029, 3, 25))
)
STARTS = (
    datetime(2026, 11, 23, 9, tzinfo=UTC),
    datetime(2026, 12, 28, 22, 59, 59, tzinfo=UTC),
    datetime(2027, 3, 20, 1, 30, tzinfo=UTC),  # half past two in Geneva, an hour that 28 March lacks
    datetime(2027, 10, 22, 0, 30, tzinfo=UTC),  # half past two in Geneva, an hour that 31 October has twice
    datetime(2028, 2, 24, 12, 0, 0, 1, tzinfo=UTC),
)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
ALL = Counter[tuple[str, str]]


class BoardYears(RuleBasedStateMachine):
    """One run: a Board of five to sixteen seats, their people, three agencies' officers, and a clock that jumps."""

    fresh: ClassVar[Callable[[], Runtime]]  # a platform on an empty, migrated database
    seen: ClassVar[ALL]  # how often which act ended how, over all runs
    steps: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.runtime = type(self).fresh()
        self.board = Board()
        self.now = STARTS[0]
        self.lines: list[bytes] = []
        self.history = History()
        self.counts = (0, 0, 0)
        self.compared: dict[str, tuple[Any, ...]] = {}
        self.seen_as: dict[int, tuple[Actor, datetime]] = {}
        self.is_sound = True

    def begin(self, seats: int, start: datetime, *, silent: bool) -> None:
        """Seats, a representative and an alternate for each (perhaps not for the last), officers, candidates."""
        note(f"begin: {seats} seats at {start.isoformat()}")
        self.now = start
        with self.runtime.database.transaction() as s:
            people = [Person(full_name=f"Person {n}", email=f"p{n}@example.org", created_at=start) for n in range(48)]
            s.add_all(people)
            s.flush()
            self.people = [person.id for person in people]
            for number, acronym in enumerate(ORDER[:seats]):
                self._join(s, acronym, number + 1, None)
                if not (silent and number + 1 == seats):
                    for place, capacity in enumerate(MandateCapacity):
                        self._grant(s, acronym, self.people[number * 2 + place], capacity, LONG_AGO, None, SYSTEM)
            self.officers = self.people[40:44]
            for person, acronym in zip(self.officers, (*SECRETARIAT, "ITU"), strict=True):
                agency = self.partner(s, acronym)
                partners.add_secretariat_member(
                    s, agency, s.get_one(Person, person), starts_on=LONG_AGO, actor=SYSTEM, now=start
                )
                self.board.officers[person] = acronym
            office = tenures.add_office(
                s, kind=OfficeKind.CO_CHAIR, code="co", title="Co-Chair", seats=2, actor=SYSTEM, now=start
            )
            self.office = office.id
        self._look(None)

    # ── doing the same thing twice: in the model and on the platform ─────────────────────────────────────────────────

    def act(self, name: str, expected: Callable[[], Kinds], real: Callable[[Session], Any], b: Ballot | None) -> Any:
        """One act. Returns what the platform returned, ``None`` when both refused."""
        kinds, why, code, result = [], "", "", None
        try:
            kinds = expected()
        except Refused as refused:
            why = str(refused)
        self.is_sound = False
        try:
            with self.runtime.database.transaction() as s:
                result = real(s)
        except U4sscError as error:
            code = error.code
        said = f"{name} at {self.now.isoformat()}: the model {why or 'accepts'}, the platform {code or 'accepts'}"
        assert bool(why) == bool(code), said
        self.seen[name, code or "done"] += 1
        note(f"{self.now.isoformat()} {name} {b.code if b else ''}: {code or 'done'} {' '.join(kinds)}")
        self._look(b, kinds, refused=bool(code))
        self.is_sound = True
        return result

    def _look(self, b: Ballot | None, kinds: Kinds | None = None, *, refused: bool = False) -> None:
        with self.runtime.database.read() as s:
            tables = (Vote.id, BallotEvent.id, LedgerEntry.seq)
            counts = s.execute(select(*(select(func.count(key)).scalar_subquery() for key in tables))).one()
            assert not refused or tuple(counts) == self.counts, "a refused act left something behind"
            self.counts = tuple(counts)
            found = self._read_entries(s)
            assert kinds is None or found == kinds, (found, kinds)
            assert len(self.lines) == counts[2]
            rows = {row.code: row for row in s.scalars(select(Row))}
            for one in self.board.ballots:
                state = one.state(self.now)
                assert queries.state_of(rows[one.code], self.now).value == state, (one.code, state)
                mark = (state in OUTCOME, one.entered, one.ended)
                if one is b or (one.opens_at and self.compared.get(one.code) != mark):
                    self.compared[one.code] = mark
                    self._compare(s, rows[one.code], one)

    def _read_entries(self, s: Session) -> Kinds:
        """Play the new entries; they go on from the old ones without a gap and bear this instant."""
        found = []
        columns = (LedgerEntry.seq, LedgerEntry.entry, LedgerEntry.recorded_at)
        for seq, content, at in s.execute(select(*columns).where(LedgerEntry.seq >= len(self.lines)).order_by("seq")):
            assert (seq, at) == (len(self.lines), self.now)
            entry = read_entry(content, f"entry {seq}")
            assert datetime.fromisoformat(entry.at) == at
            self.history.take(entry)
            self.lines.append(content)
            found.append(entry.kind)
        return [kind for kind in found if kind != "log.opened"]

    def _compare(self, s: Session, row: Row, b: Ballot) -> None:
        """One ballot as the platform, the model and the verifier see it."""
        state, seats = b.state(self.now), electors.list_seats(s, row.id)
        assert (row.opens_at, row.closes_at, row.text_sha256) == (b.opens_at, b.closes_at, b.text), b.code
        assert tuple(seat.acronym for seat in seats) == b.seats
        for seat in seats:
            said = [(r.cast_by_id, r.position.value, r.candidates, r.capacity.value, r.cast_at) for r in seat.revisions]
            casts = b.casts.get(seat.acronym, [])
            assert said == [(c.person, c.choice, c.names, c.capacity, c.at) for c in casts], (b.code, seat.acronym)
            assert [r.number for r in seat.revisions] == list(range(1, len(said) + 1))
            assert all(b.opens_at and b.opens_at <= r.cast_at <= self.now for r in seat.revisions)
        if not b.seats:
            return
        own, result = b.outcome(), queries.result_of(row, seats)
        assert (result.outcome.value, result.elected, tally_entry(result)) == (own.name, own.elected, own.tally)
        assert sum(own.tally.values()) == len(seats) + len(b.counted())
        answers = [deciding.Answer(c.choice, c.names) for c in b.counted().values()]
        third = deciding.decide(row.rule, len(seats), answers, posts=b.posts, withdrawn=b.struck)
        assert (third.outcome, third.elected, third.tally) == (own.name, own.elected, own.tally)
        played = self.history.ballots[b.code]
        assert datetime.fromisoformat(played.closing) == b.closes_at or b.cause == "all_answered"
        assert (row.outcome_recorded_at is not None, played.closed is not None) == (b.entered, b.entered)
        if played.closed is not None:
            assert row.outcome is not None
            assert (row.outcome.value, tuple(row.elected or ()), row.cause) == (own.name, own.elected, b.cause)
            closed = played.closed
            assert (closed["outcome"], tuple(closed["elected"]), closed["tally"]) == (own.name, own.elected, own.tally)
            assert (closed["cause"], datetime.fromisoformat(closed["closed_at"])) == (b.cause, b.closes_at)
        assert (row.decision_number or "", state == "draft") == (b.number, False)

    # ── who and what ─────────────────────────────────────────────────────────────────────────────────────────────────

    def partner(self, s: Session, acronym: str) -> Partner:
        return s.scalars(select(Partner).where(Partner.acronym == acronym)).one()

    def row(self, s: Session, b: Ballot) -> Row:
        return locks.lock_ballot(s, b.code, actor=SYSTEM)

    def actor(self, s: Session, person: int, *, stale: bool = False) -> tuple[Actor, datetime]:
        """Who a person is now, or was when they were last looked at."""
        if not stale or person not in self.seen_as:
            self.seen_as[person] = (actor_for_person(s, s.get_one(Person, person), now=self.now), self.now)
        return self.seen_as[person]

    def pick(self, r: Random, *states: str) -> Ballot:
        """A ballot, mostly one in these states."""
        good = [b for b in self.board.ballots if b.state(self.now) in states]
        return r.choice(good if good and r.random() < 0.92 else self.board.ballots)

    def officer(self, r: Random) -> int:
        """Mostly an officer; the last of them may stand in an election."""
        return r.choice(self.officers if r.random() < 0.95 else self.people[:10])

    def by_officer(
        self, r: Random, name: str, b: Ballot, expected: Callable[[int], Kinds], call: Callable[..., Any]
    ) -> None:
        """An act on a ballot that the Secretariat does."""
        by = self.officer(r)

        def real(s: Session) -> Any:
            return call(s, self.row(s, b), actor=self.actor(s, by)[0], now=self.now)

        self.act(name, lambda: expected(by), real, b)

    def _join(self, s: Session, acronym: str, position: int, on: date | None) -> None:
        partners.add_partner(
            s,
            acronym=acronym,
            official_name=f"{acronym} in full",
            position=position,
            is_secretariat_agency=acronym in SECRETARIAT,
            joined_on=on,
            actor=SYSTEM,
            now=self.now,
        )
        self.board.seats[acronym] = on

    def _grant(
        self, s: Session, seat: str, person: int, capacity: MandateCapacity, starts: date, ends: date | None, by: Actor
    ) -> None:
        row = partners.grant_mandate(
            s, self.partner(s, seat), s.get_one(Person, person),
            capacity=capacity, starts_on=starts, ends_on=ends, actor=by, now=self.now,
        )  # fmt: skip
        if by is SYSTEM:
            self.board.mandates.append(Mandate(seat, person, capacity.value, starts, ends, str(row.id)))
        else:
            self.board.mandates[-1].name = str(row.id)

    # ── the end of a run: the whole log, and the records ─────────────────────────────────────────────────────────────

    def teardown(self) -> None:
        """Sign a checkpoint with this platform's key and have everything verified by the other program."""
        try:
            if self.is_sound and self.lines:
                self._verify_everything()
        finally:
            self.runtime.database.dispose()
        super().teardown()

    def _verify_everything(self) -> None:
        assert ledger_jobs.sign_checkpoints(self.runtime, now=self.now).done == 1
        with self.runtime.database.read() as s:
            stored = s.scalars(select(LedgerEntry.entry).order_by(LedgerEntry.seq)).all()
            assert stored == self.lines  # nothing that was once there has changed
            checkpoint, opening = ledger.find_latest_checkpoint(s), ledger.find_opening(s)
            assert checkpoint is not None
            assert opening is not None
            trust = read_trust(json.dumps(opening.trust).encode())
            data = b"".join(line + b"\n" for line in self.lines)
            verdict = log.verify_bytes(data, checkpoint.note.encode(), trust)
            assert (verdict.code, [w["rule"] for w in verdict.warnings]) == (3, ["witness.none"]), verdict.as_dict()
            assert verdict.facts["entries"] == checkpoint.size == len(self.lines)
            years: dict[int, list[str]] = {}
            for row in s.scalars(select(Row).where(Row.decision_year.is_not(None)).order_by(Row.certified_at, Row.id)):
                years.setdefault(row.decision_year or 0, []).append(row.decision_number or "")
            for year, numbers in years.items():
                assert sorted(numbers) == [f"U4SSC/BM/{year}/{n + 1:02}" for n in range(len(numbers))]
            for b in [one for one in self.board.ballots if one.entered][:3]:
                self._verify_record(self._record(s, b, checkpoint.note, checkpoint.size, opening.key), trust)
            for b in [one for one in self.board.ballots if one.number][-1:]:  # the platform's own, which hold a PDF too
                rows = dossiers.gather(s, queries.get_ballot(s, b.code, actor=SYSTEM))
                made = records.find_records(s, rows, (Reader.FULL, Reader.PUBLIC))
                assert len(made) == 2
                for one in made:
                    self._verify_record(one.content, trust)
        self.steps["entries"] += len(self.lines)
        self.steps["ballots"] += len(self.board.ballots)

    def _verify_record(self, content: bytes, trust: Trust) -> None:
        found = record.verify_bytes(content, trust)
        assert (found.code, [w["rule"] for w in found.warnings]) == (3, ["witness.none"]), found.as_dict()
        self.steps["records"] += 1

    def _record(self, s: Session, b: Ballot, note: str, size: int, key: str) -> bytes:
        """The decision record of section 9, put together from the entries."""
        row = queries.get_ballot(s, b.code, actor=SYSTEM)
        own = {entry.seq: entry for entry in ledger.list_ballot_entries(s, row.id)}
        known = [*ledger.list_seat_entries(s, b.seats, before=max(own)), *own.values()]
        texts = {0: self.lines[0]} | {entry.seq: entry.entry for entry in sorted(known, key=lambda one: one.seq)}
        proofs = ledger.inclusion_proofs(s, list(texts), size)
        said = [json.loads(text) for text in texts.values()]
        named = {entry[field] for entry in said for field in ("person", "by", "second") if entry.get(field)}
        secrets = s.scalars(select(LedgerSecret).where(LedgerSecret.commitment.in_(named)).order_by("commitment"))
        persons = [
            {"commitment": one.commitment, "salt": one.salt.hex(), "value": json.loads(one.plaintext or "")}
            for one in secrets
        ]
        papers, candidates = queries.list_documents(s, row.id), queries.list_candidates(s, row.id)
        spoken = {vote.ledger_seq: vote for vote in s.scalars(select(Vote).where(Vote.ballot_id == row.id))}
        opened = {entry["cast_seq"] for entry in said if entry["kind"] == "position.opened"}
        comments = [
            {"comment": vote.comment or None, "cure": vote.cure or None, "seq": seq}
            for seq, vote in sorted(spoken.items(), key=lambda pair: pair[0] or 0)
            if (vote.comment or vote.cure) and (vote.commitment is None or seq in opened)
        ]
        files = {
            "text/decision.json": rfc8785.dumps(queries.frozen_text(row, papers, candidates)),
            "reveal.json": rfc8785.dumps({"comments": comments, "persons": persons}),
            "TRUST.txt": trust_text(key, json.loads(self.lines[0])["origin"]),
            "READ-ME.html": b"<!doctype html><title>Record</title>",
        }
        proven = [
            {"entry": text.decode(), "proof": [node.hex() for node in proofs[seq]]}
            for seq, text in sorted(texts.items())
        ]
        whole = {
            "ballot": b.code,
            "checkpoint": note,
            "entries": proven,
            "files": {name: digest(content) for name, content in files.items()},
            "format": "u4ssc-record/1",
            "origin": json.loads(self.lines[0])["origin"],
        }
        return pack({"record.json": rfc8785.dumps(whole)} | files)
