"""What happens to a Board in a simulated year, wanted and unwanted. Chance chooses; most of it makes sense."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy.orm import Session

from tests.factories import LONG_AGO
from tests.support.board_machine import CLOCK_CHANGES, ORDER, PDF, SECOND, STARTS, TICK, BoardYears
from tests.support.board_model import BREAKING, OUTCOME, RUNNING, Ballot, Cast, Kinds, Mandate, cleaned
from tests.support.board_sums import OFFERED, day_of, days_later, midnight
from u4ssc_gov.board import history, jobs, services
from u4ssc_gov.board.inputs import BallotDraft, CandidateDraft, CastVote, PaperDraft
from u4ssc_gov.board.models import Ballot as Row
from u4ssc_gov.board.models import Vote
from u4ssc_gov.board.rules import BallotType, Method, Position, VotingRule, problems_of, rule_from_json
from u4ssc_gov.core.actor import MandateCapacity
from u4ssc_gov.partners import services as partners
from u4ssc_gov.partners.models import Mandate as MandateRow
from u4ssc_gov.workflows import outcomes

NUDGES = (-SECOND, -TICK, timedelta(), timedelta(), TICK, SECOND)
FRACTIONS = ((1, 2), (1, 2), (1, 2), (2, 3), (1, 3), (1, 4), (3, 4), (0, 1), (5, 8))
BOUNDS = (None, None, None, (1, 4), (1, 3), (1, 2), (0, 1))
DAY = timedelta(days=1)
# Eight bytes each: numbers would mostly be small ones, and a year mostly the same few acts.
chance = st.binary(min_size=8, max_size=8)


def voting_rule(r: Random, method: str) -> dict[str, Any]:
    """Any numbers that the platform takes for a rule."""
    quorum, threshold, bound = r.choice(FRACTIONS), r.choice(FRACTIONS), r.choice(BOUNDS)
    made = VotingRule(
        method=Method(method),
        version=r.randint(1, 9),
        quorum_num=quorum[0],
        quorum_den=quorum[1],
        pass_num=threshold[0],
        pass_den=threshold[1],
        pass_at_least=r.random() < 0.4,
        min_approvals=r.choice((0, 0, 0, 1, 3, 5)),
        max_objections=r.choice((None, None, None, 0, 1, 4)),
        max_objections_num=bound and bound[0],
        max_objections_den=bound and bound[1],
        silence_break=r.choice((1, 1, 1, 2, 3)),
        silence_acknowledged=r.choice((0, 0, 1, 3)),
        consultation_days=r.choice((1, 5, 5, 12)),
        minimum_hours=r.choice((72, 72, 73, 120)),
        early_close=r.random() < 0.5,
        extension_days=r.choice((0, 1, 7, 7, 30)),
        challenge_days=r.choice((0, 1, 10, 10)),
        secrecy_seats=r.choice((0, 1, 2, 2)),
        reminder_hours=r.choice(((), (72,), (168, 72, 24), (24, 24))),
    ).as_json()
    made["quorum_base"] = r.choice(("all_seats", "seats_minus_recused"))
    made["pass_base"] = r.choice(("yes_no", "cast", "seats_minus_recused", "all_seats"))
    made["visibility"] = r.choice(("live", "at_close"))
    return made if not problems_of(rule_from_json(made)) else made | {"visibility": "live", "reminder_hours": []}


class BoardActs(BoardYears):
    """A run: it begins with a Board and two questions, and then something happens at each step."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: Counter[bytes] = Counter()

    def lot(self, draw: bytes) -> Random:
        """Chance from a draw. One that is drawn again, as happens often, is another chance."""
        self.drawn[draw] += 1
        return Random(draw + bytes([self.drawn[draw] % 256]))

    @initialize(draw=chance)
    def a_board(self, draw: bytes) -> None:
        """Five to sixteen seats; the last may have nobody who speaks for it."""
        r = self.lot(draw)
        self.begin(r.choice((5, 5, 6, 6, 7, 8, 9, 12, 16)), r.choice(STARTS), silent=r.random() < 0.3)
        while len(self.board.ballots) < 2:
            self.put_a_question(r)

    @rule(draw=chance)
    def something_happens(self, draw: bytes) -> None:
        """One act, or the passing of time."""
        r = self.lot(draw)
        self.steps["steps"] += 1
        there = Counter(b.state(self.now) for b in self.board.ballots)
        running, closed, certified = there["open"] + there["suspended"], there["closed"], there["certified"]
        election = any(b.candidates and b.state(self.now) == "open" for b in self.board.ballots)
        acts = {
            self.wait: 14 if running else 20,
            self.put_a_question: 4 if running else 20,
            self.open_a_draft: 1 + 3 * there["draft"],
            self.answer: 30 if running else 1,
            self.everybody_answers: 12 if there["open"] else 0,
            self.lift: 12 if there["suspended"] else 1,
            self.extend: 6 if there["open"] else 2,
            self.end_it: 6 if closed + running else 1,
            self.strike: 5 if election else 1,
            self.certify: 14 if closed else 2,
            self.challenge: 14 if certified else 1,
            self.annul: 5 if closed + certified + there["recorded"] else 1,
            self.next_round: 7 if closed + there["annulled"] + there["suspended"] else 1,
            self.outage: 4 if closed else 0,
            self.ask_for_secrecy: 4 if election else 1,
            self.grant: 5,
            self.end_mandate: 3,
            self.hand_over: 6 if there["open"] else 0,
            self.a_partner_joins: int(len(self.board.seats) < 16),
            self.run_the_jobs: 5,
        }
        r.choices(list(acts), list(acts.values()))[0](r)

    def wait(self, r: Random) -> None:
        """Go on to somewhere around a known instant, or just go on."""
        known = [at for b in self.board.ballots for at in (b.opens_at, b.closes_at, b.challenges_until) if at]
        if r.random() < 0.25:
            days = {day for m in self.board.mandates for day in (m.starts_on, m.ends_on) if day and day > LONG_AGO}
            known = [*map(midnight, days), *CLOCK_CHANGES]
        nudge = r.choice(NUDGES)
        coming = sorted({at + nudge for at in known if at + nudge > self.now})
        if coming and r.random() < 0.75:
            self.now = coming[r.choice((0, 0, 0, 1, 2)) % len(coming)]
        else:
            longest = r.choice((60, 3600, 86400, 86400, 5 * 86400, 30 * 86400))
            self.now += timedelta(seconds=r.randint(1, longest), microseconds=r.randint(0, 999_999))
        self._look(None)

    # ── questions ────────────────────────────────────────────────────────────────────────────────────────────────────

    def put_a_question(self, r: Random) -> None:
        """Draft a ballot under some rule, and mostly open or schedule it."""
        if sum(b.state(self.now) in RUNNING for b in self.board.ballots) > 3:
            return
        method, by = r.choice(tuple(OFFERED)), self.officer(r)
        stand: tuple[int, ...] = ()
        if method == "election":
            stand = (*self.people[36 : 36 + r.randint(0, 3)], self.officers[3])
            stand = stand if r.random() < 0.5 else stand[:-1] or stand
        b = Ballot("", method, voting_rule(r, method), stand, r.randint(1, 2) if stand else 0)
        b.after = r.choice(self.board.ballots) if self.board.ballots and r.random() < 0.1 else None

        def real(s: Session) -> Row:
            draft = BallotDraft(
                type=BallotType.APPOINTMENT if stand else BallotType.GUIDANCE,
                title=f"Question {len(self.board.ballots)}",
                decision_text="The Board decides this question.",
                rule=rule_from_json(b.rule),
                method=Method(method),
                candidates=tuple(CandidateDraft(person, self.partner(s, ORDER[1]).id) for person in stand),
                posts=b.posts,
                office_id=self.office,
                starts_on=day_of(self.now) + timedelta(days=40 * 365),
                after_id=self.row(s, b.after).id if b.after else None,
            )
            return services.draft_ballot(s, draft, actor=self.actor(s, by)[0], now=self.now)

        row = self.act("draft", lambda: self.board.draft(b, by, self.now), real, None)
        if row is not None:
            assert row.code == b.code
            if r.random() < 0.9:
                self._open(r, b)

    def _open(self, r: Random, b: Ballot) -> None:
        by, opens_at = self.officer(r), None
        if r.random() < 0.35:
            opens_at = self.now + r.choice((timedelta(), timedelta(hours=30), 6 * DAY, -TICK, TICK))
        if r.random() < 0.1:  # in one of the nights when the clocks change
            opens_at = min((at for at in CLOCK_CHANGES if at > self.now), default=self.now) + r.choice(NUDGES)
        begins, least = opens_at or self.now, timedelta(hours=b.rule["minimum_hours"])
        closes_at = begins + least + r.choice((timedelta(), timedelta(), TICK, -TICK, DAY, 7 * DAY))
        if r.random() < 0.15:
            closes_at = begins + 90 * DAY + r.choice((timedelta(), TICK))

        def real(s: Session) -> str:
            row = self.row(s, b)
            services.open_ballot(
                s, row, closes_at=closes_at, opens_at=opens_at, actor=self.actor(s, by)[0], now=self.now
            )
            b.text = row.text_sha256
            return b.text

        self.act("open", lambda: self.board.open(b, opens_at, closes_at, by, self.now), real, b)

    def open_a_draft(self, r: Random) -> None:
        """Open what was left a draft, or try to open anew what was not."""
        self._open(r, self.pick(r, "draft"))

    def next_round(self, r: Random) -> None:
        """Put anew what was not decided."""
        b, by = self.pick(r, "closed", "suspended", "annulled"), self.officer(r)
        method = "vote" if r.random() < 0.5 and b.method == "silence" else b.method
        known = next((one for one in reversed(self.board.ballots) if one.previous is b), None)
        if known is not None and known.state(self.now) == "draft":
            self._open(r, known)
            return
        following = Ballot("", method, {}, (), b.posts, previous=b, after=b.after)

        def real(s: Session) -> Row:
            row, actor = self.row(s, b), self.actor(s, by)[0]
            return services.draft_next_round(s, row, method=Method(method), actor=actor, now=self.now)

        row = self.act("next_round", lambda: self.board.next_round(b, following, by, self.now), real, b)
        if row is not None:
            assert (row.code, row.method.value) == (following.code, method)
            following.rule = dict(row.rule)
            if r.random() < 0.8:
                self._open(r, following)

    # ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _cast(self, r: Random, b: Ballot, seat: str, person: int, answer: str, slip: str = "") -> None:
        """One answer, with a slip now and then."""
        seen = len(b.casts.get(seat, ()))
        standing = [n for n in range(1, len(b.candidates) + 1) if n not in b.struck or slip == "struck"]
        names = tuple(r.sample(standing, min(len(standing), r.randint(1, max(1, b.posts)))))
        names = (1, 2, 3) if slip == "names" else () if slip == "nobody" else names
        words, cure = (
            "" if slip == "words" else f"Because {r.randint(0, 3)}.",
            "" if slip == "cure" else "Another text.",
        )
        cast, expected = Cast(person, answer, names, words, cure, "", self.now), seen
        if slip == "unseen":
            expected = max(0, seen - r.choice((1, 1, -1)))
        if slip == "twice" and seen:  # exactly what was sent before
            last, expected = b.casts[seat][-1], seen - 1
            cast = Cast(person, last.choice, last.names, last.words, last.cure, "", self.now)
        text = "0" * 64 if slip == "text" else b.text
        if slip == "record":
            cast = Cast(self.officer(r), cast.choice, cast.names, cast.words, cast.cure, "", self.now)
        with self.runtime.database.read() as s:
            partner = self.partner(s, seat).id
            actor, since = self.actor(s, cast.person, stale=slip == "stale")
        sent = CastVote(partner, Position(cast.choice), text, expected, cast.words, cast.cure, cast.names)
        meant = cleaned(b, cast)

        def real(s: Session) -> Vote:
            row = self.row(s, b)
            if slip == "record":
                mail = PaperDraft("E-mail", "mail.pdf", PDF)
                return services.record_for_seat(s, row, sent, mail, actor=actor, now=self.now)
            return services.cast_vote(s, row, sent, actor=actor, now=self.now)

        def model() -> Kinds:
            if slip == "record":
                return self.board.record(b, seat, meant, text=text, expected=expected)
            return self.board.cast(b, seat, meant, text=text, expected=expected, since=since)

        self.act("record" if slip == "record" else "cast", model, real, b)

    def _speaker(self, r: Random, seat: str) -> int:
        """Mostly one of the seat's people, of now or of before; else somebody else's."""
        people = [m.person for m in self.board.mandates if m.seat == seat]
        now = [m.person for m in self.board.mandates if m.seat == seat and m.covers(day_of(self.now))]
        kind = r.random()
        pool = (now or people) if kind < 0.88 else people if kind < 0.95 else []
        return r.choice(pool or self.people[:44])

    def answer(self, r: Random) -> None:
        """A few seats answer or change their answer, each from its own machine."""
        b, offered = self.pick(r, *RUNNING), list(OFFERED["vote"])
        for _ in range(r.randint(1, 4)):
            seat = r.choice(list(b.seats or self.board.seats))
            offered = list(OFFERED[b.method]) * 8 + ["no_objection", "approve", "approve_with_comments"]
            slips = (
                "struck",
                "names",
                "nobody",
                "words",
                "cure",
                "unseen",
                "twice",
                "text",
                "record",
                "record",
                "stale",
            )
            slip = r.choice(slips) if r.random() < 0.35 else ""
            choice = r.choice(offered) if r.random() < 0.7 else OFFERED[b.method][0]
            self._cast(r, b, seat, self._speaker(r, seat), choice, slip)

    def everybody_answers(self, r: Random) -> None:
        """One seat after the other; perhaps all of them."""
        b = self.pick(r, "open")
        weights = [r.choice((0, 1, 4, 9)) for _ in OFFERED[b.method]]
        weights[0] += 1
        if b.method == "silence" and r.random() < 0.8:
            weights = [1, 0, 0, 0]
        for seat in b.seats[: len(b.seats) - r.choice((0, 0, 0, 1, 3))]:
            people = [m.person for m in self.board.mandates if m.seat == seat and m.covers(day_of(self.now))]
            if people:
                self._cast(r, b, seat, r.choice(people), r.choices(OFFERED[b.method], weights)[0])

    def lift(self, r: Random) -> None:
        """A seat lets a silence go on."""
        b = self.pick(r, "suspended")
        objecting = [one for one, cast in b.counted().items() if cast.choice in BREAKING]
        seat = r.choice(objecting or list(self.board.seats))
        self._cast(r, b, seat, self._speaker(r, seat), "no_objection", r.choice(("", "", "record")))

    # ── what the Secretariat does ────────────────────────────────────────────────────────────────────────────────────

    def extend(self, r: Random) -> None:
        """To around the longest that the rule allows, or hardly at all."""
        b = self.pick(r, "open")
        was = b.closes_at or self.now
        closes_at = days_later(was, r.choice((0, b.rule["extension_days"], b.rule["extension_days"]))) + r.choice(
            NUDGES
        )
        self.by_officer(
            r, "extend", b,
            lambda me: self.board.extend(b, closes_at, me, self.now),
            lambda s, row, **who: services.extend_ballot(s, row, closes_at=closes_at, reason="Late papers.", **who),
        )  # fmt: skip

    def end_it(self, r: Random) -> None:
        """Withdraw, hand over to a meeting, or refer."""
        how = r.choice(("withdrawn", "superseded", "superseded", "referred", "referred", "referred"))
        call, does, states = {
            "withdrawn": (services.withdraw_ballot, self.board.withdraw, ("open", "scheduled", "draft")),
            "superseded": (services.supersede_by_meeting, self.board.supersede, ("closed", "suspended", "open")),
            "referred": (services.refer_to_meeting, self.board.refer, ("closed", "suspended")),
        }[how]
        b = self.pick(r, *states)
        self.by_officer(
            r, how, b,
            lambda me: does(b, me, self.now),
            lambda s, row, **who: call(s, row, reason="As said.", **who),
        )  # fmt: skip

    def strike(self, r: Random) -> None:
        """A candidate does not stand any more."""
        elections = [b for b in self.board.ballots if b.candidates and b.state(self.now) == "open"]
        b, number = r.choice(elections) if elections else self.pick(r), r.randint(1, 4)
        self.by_officer(
            r, "strike", b,
            lambda me: self.board.strike(b, number, me, self.now),
            lambda s, row, **who: services.withdraw_candidate(s, row, number, reason="Illness.", **who),
        )  # fmt: skip

    def certify(self, r: Random) -> None:
        """Certify and carry out; officers who stand may not."""
        b = self.pick(r, "closed")
        self.by_officer(r, "certify", b, lambda me: self.board.certify(b, me, self.now), outcomes.certify)

    def challenge(self, r: Random) -> None:
        """A seat contests the procedure; the Secretariat answers."""
        b = self.pick(r, "certified")
        waiting = [seat for seat, is_decided in b.challenges.items() if not is_decided or r.random() < 0.2]
        if waiting and r.random() < 0.6:
            seat, upheld = r.choice(waiting), r.random() < 0.5

            def decide(s: Session, row: Row, **by: Any) -> Any:
                found = history.find_challenge(s, row.id, self.partner(s, seat).id)
                assert found is not None
                return services.decide_challenge(s, row, found, upheld=upheld, answer="It was not.", **by)

            self.by_officer(r, "decide", b, lambda me: self.board.answer_challenge(b, seat, me, upheld=upheld), decide)
            return
        seat = r.choice(list(self.board.seats))
        person = self._speaker(r, seat)

        def real(s: Session) -> Any:
            key, actor = self.partner(s, seat).id, self.actor(s, person)[0]
            words = "The text was another one."
            return services.raise_challenge(s, self.row(s, b), partner_id=key, grounds=words, actor=actor, now=self.now)

        self.act("challenge", lambda: self.board.challenge(b, seat, person, self.now), real, b)

    def annul(self, r: Random) -> None:
        """One agency asks, another one confirms."""
        asked = [b for b in self.board.ballots if b.annulment and not b.ended]
        if r.random() < (0.7 if asked else 0.1):
            b = r.choice(asked) if asked else self.pick(r)
            self.by_officer(r, "annul", b, lambda me: self.board.annul(b, me, self.now), outcomes.annul)
            return
        b = self.pick(r, "certified", "closed", "recorded", "open")
        self.by_officer(
            r, "ask_annulment", b,
            lambda me: self.board.ask_annulment(b, me, self.now),
            lambda s, row, **who: services.ask_annulment(s, row, reason="Another electorate.", **who),
        )  # fmt: skip

    def outage(self, r: Random) -> None:
        """The platform was down for the last hour before a closing."""
        b = self.pick(r, "closed")
        if b.closes_at is not None and b.closes_at < self.now:
            since, until = b.closes_at - timedelta(hours=1), b.closes_at
            self.by_officer(
                r, "outage", b,
                lambda me: self.board.note_outage(b, me, self.now),
                lambda s, row, **who: services.record_outage(s, row, since=since, until=until, **who),
            )  # fmt: skip

    def ask_for_secrecy(self, r: Random) -> None:
        """A seat wants a secret ballot."""
        elections = [b for b in self.board.ballots if b.candidates and b.state(self.now) == "open"]
        b, seat = r.choice(elections) if elections else self.pick(r), r.choice(list(self.board.seats))
        person = self._speaker(r, seat)

        def real(s: Session) -> Any:
            key, actor = self.partner(s, seat).id, self.actor(s, person)[0]
            return services.ask_secrecy(s, self.row(s, b), partner_id=key, actor=actor, now=self.now)

        self.act("secrecy", lambda: self.board.ask_secrecy(b, seat, person, self.now), real, b)

    # ── around the ballots ───────────────────────────────────────────────────────────────────────────────────────────

    def grant(self, r: Random) -> None:
        """A new person, or one who spoke before, may cast for a seat from some day on."""
        seat, person, me = r.choice(list(self.board.seats)), r.choice(self.people[:40]), self.officer(r)
        starts, length = day_of(self.now) + r.choice((-1, 0, 0, 1, 5)) * DAY, r.choice((None, 1, 3, 20))
        ends = starts + length * DAY if length else None
        self._begin(seat, person, r.choice(list(MandateCapacity)), starts, ends, me)

    def _begin(
        self, seat: str, person: int, capacity: MandateCapacity, starts: date, ends: date | None, me: int
    ) -> None:
        def real(s: Session) -> None:
            self._grant(s, seat, person, capacity, starts, ends, self.actor(s, me)[0])

        mandate = Mandate(seat, person, capacity.value, starts, ends)
        self.act("grant", lambda: self.board.grant(mandate, me, self.now), real, None)

    def end_mandate(self, r: Random) -> None:
        """Somebody stops speaking for a seat, today at the earliest."""
        on = day_of(self.now) + r.choice((-1, 0, 0, 1, 4)) * DAY
        self._end(r.choice(self.board.mandates), on, self.officer(r))

    def _end(self, mandate: Mandate, on: date, me: int) -> None:
        def real(s: Session) -> Any:
            row = s.get_one(MandateRow, int(mandate.name))
            return partners.end_mandate(s, row, on=on, actor=self.actor(s, me)[0], now=self.now)

        self.act("end_mandate", lambda: self.board.end(mandate, on, me, self.now), real, None)

    def hand_over(self, r: Random) -> None:
        """A seat changes its person at midnight; around it both answer, the former one perhaps from an old page."""
        b = self.pick(r, "open")
        tomorrow, me = day_of(self.now) + DAY, self.officers[0]
        held = [m for m in self.board.mandates if m.seat in b.seats and m.covers(day_of(self.now)) and not m.ends_on]
        free = set(self.people[:40]) - {m.person for m in self.board.mandates}
        if not held or not free:
            return
        old, new = r.choice(held), r.choice(sorted(free))
        with self.runtime.database.read() as s:
            self.actor(s, old.person)
        self._end(old, tomorrow, me)
        self._begin(old.seat, new, MandateCapacity(old.capacity), tomorrow, None, me)
        then = midnight(tomorrow) + r.choice(NUDGES)
        if then > self.now:
            self.now = then
            self._look(None)
        for person in r.sample((old.person, new), 2):
            self._cast(r, b, old.seat, person, r.choice(OFFERED[b.method]), r.choice(("", "stale")))

    def a_partner_joins(self, r: Random) -> None:
        """A new seat, which votes in what opens from that day on."""
        on, acronym = day_of(self.now) + r.randint(0, 9) * DAY, ORDER[len(self.board.seats)]
        place = len(self.board.seats) + 1
        self.act("join", lambda: ["seat.joined"], lambda s: self._join(s, acronym, place, on), None)

    def run_the_jobs(self, r: Random) -> None:
        """Everything the scheduler does with ballots; the second time there is nothing left to write."""
        for _ in range(r.choice((1, 1, 2))):
            waiting = [b for b in self.board.ballots if b.state(self.now) in OUTCOME and not b.entered]
            waiting.sort(key=lambda b: (b.closes_at or self.now, b.code))
            kinds = [kind for b in waiting for kind in self.board.enter(b, self.now)]
            self.is_sound = False
            report = jobs.record_outcomes(self.runtime, now=self.now)
            assert (report.done, report.failed) == (len(waiting), 0)
            assert jobs.tell_openings(self.runtime, now=self.now).failed == 0
            assert jobs.ballot_reminders(self.runtime, now=self.now).failed == 0
            self._look(None, kinds)
            self.is_sound = True
            self.seen["jobs", "done"] += 1
