"""Simulated years of the Board: platform, model and verifier never differ. Then what they found, in plain tests."""

from __future__ import annotations

import itertools
import os
import secrets
import shutil
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import select

from tests.conftest import ENGINE
from tests.support.board_acts import BoardActs
from u4ssc_gov.board import services
from u4ssc_gov.board.inputs import BallotDraft
from u4ssc_gov.board.rules import BallotType, Method, Visibility, VotingRule, problems_of
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.ledger.models import LedgerEntry
from u4ssc_gov.partners import services as partners
from u4verify.history import History
from u4verify.schema import read_entry
from u4verify.verdict import Refuted

DEEP = os.environ.get("U4SSC_TIER") == "deep"
SEED = int(os.environ.get("U4SSC_SEED") or (secrets.randbelow(2**32) if DEEP else 24))
EXAMPLES, STEPS = (40, 40) if ENGINE == "sqlite" else (12, 30)
LEAST = ("cast", "record", "open", "extend", "certify", "challenge", "annul", "next_round", "referred", "end_mandate")


@pytest.fixture
def platforms(empty_platform, tmp_path):
    """A maker of platforms, each on an empty, migrated database."""
    numbers = itertools.count()

    def make():
        number = next(numbers)
        shutil.rmtree(tmp_path / str(number - 1), ignore_errors=True)
        folder = tmp_path / str(number)
        folder.mkdir()
        return empty_platform(folder)

    return make


@pytest.mark.slow
def test_years_of_ballots(platforms):
    """U4SSC_TIER=deep runs twenty times as many years from a new seed; U4SSC_SEED repeats one. With U4SSC_UNSHRUNK a
    difference is shown as it was met, at once, instead of in its shortest form minutes later.
    """
    sys.stdout.write(f"seed {SEED}\n")

    years = type("Years", (BoardActs,), {"fresh": staticmethod(platforms), "seen": Counter(), "steps": Counter()})
    run_state_machine_as_test(
        seed(SEED)(years),
        settings=settings(
            max_examples=EXAMPLES * (20 if DEEP else 1),
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate, *([] if os.environ.get("U4SSC_UNSHRUNK") else [Phase.shrink])],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
    for (act, how), number in sorted(years.seen.items()):
        sys.stdout.write(f"{number:6} {act}: {how}\n")
    sys.stdout.write(f"{dict(years.steps)}\n")
    for act in LEAST:  # a machine that never comes so far proves nothing
        assert years.seen[act, "done"], act
    for act in ("cast", "open", "certify"):
        assert any(name == act and how != "done" for name, how in years.seen), act


# ── what the years found, each in a plain example ────────────────────────────────────────────────────────────────────


def play(session):
    """Let the verifier replay the whole log."""
    history = History()
    for seq, content in session.execute(select(LedgerEntry.seq, LedgerEntry.entry).order_by(LedgerEntry.seq)):
        history.take(read_entry(content, f"entry {seq}"))
    return history


@pytest.fixture
def board(world):
    """Five seats that the ledger knows, each with a representative."""
    for partner in world.partners(5):
        partners.enter_seat(world.session, partner, now=world.now)
    return world


def put(world, *, days=4, **numbers):
    """An open ballot under a rule of one's own."""
    rule = VotingRule(**{"min_approvals": 0, "early_close": False, **numbers})
    draft = BallotDraft(
        type=BallotType.GUIDANCE, title="A question", decision_text="It is decided.", method=rule.method, rule=rule
    )
    ballot = services.draft_ballot(world.session, draft, actor=SYSTEM, now=world.now)
    closes_at = world.now + timedelta(days=days)
    return services.open_ballot(world.session, ballot, closes_at=closes_at, actor=SYSTEM, now=world.now)


@pytest.mark.parametrize("way", ["supersede", "refer", "next round", "annul"])
def test_found_a_closed_ballot_ended_another_way_before_any_job_had_written_down_its_closing(board, clock, way):
    """The log had the end without the closing before it; the verifier refuted the whole log."""
    session, ballot = board.session, put(board)
    clock.set(ballot.closes_at)
    who = {"actor": SYSTEM, "now": clock.now()}
    if way == "supersede":
        services.supersede_by_meeting(session, ballot, reason="Decided in Geneva.", **who)
    elif way == "refer":
        services.refer_to_meeting(session, ballot, reason="Too few answered.", **who)
    elif way == "next round":
        following = services.draft_next_round(session, ballot, **who)
        services.open_ballot(session, following, closes_at=clock.now() + timedelta(days=20), **who)
    else:
        officers = [board.actor(board.officer(acronym)) for acronym in ("ITU", "UNECE")]
        services.ask_annulment(session, ballot, reason="Another text.", actor=officers[0], now=clock.now())
        services.confirm_annulment(session, ballot, actor=officers[1], now=clock.now())
    assert ballot.outcome_recorded_at == clock.now()
    played = play(session).ballots[ballot.code]
    assert played.closed is not None
    assert [entry.kind for entry in played.after] == [f"ballot.{'annulled' if way == 'annul' else _end_of(way)}"]


def _end_of(way):
    return "referred" if way == "refer" else "superseded"


@pytest.mark.parametrize(
    ("closes", "days", "latest"),
    [
        # a day that has 23 hours: 24 would end two Geneva days later, which the verifier refutes
        ("2027-03-27 22:30", 1, "2027-03-28 21:30"),
        # a day that has 25: the same minute of the next day was refused
        ("2027-10-30 10:00", 1, "2027-10-31 11:00"),
        ("2027-10-26 22:59", 7, "2027-11-02 23:59"),
    ],
)
def test_found_an_extension_across_the_night_of_a_clock_change(board, clock, closes, days, latest):
    """Days of an extension are days of Geneva, not 24 hours each."""
    was, until = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (closes, latest))
    clock.set(was - timedelta(days=4))
    ballot = put(board, extension_days=days)
    assert ballot.closes_at == was
    who = {"reason": "Late papers.", "actor": SYSTEM, "now": clock.now()}
    with pytest.raises(Invalid) as refused:
        services.extend_ballot(board.session, ballot, closes_at=until + timedelta(microseconds=1), **who)
    assert refused.value.code == "board.extension.length"
    services.extend_ballot(board.session, ballot, closes_at=until, **who)
    assert datetime.fromisoformat(play(board.session).ballots[ballot.code].closing) == until


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ({"reminder_hours": (72, 24, 24)}, "reminder_hours"),  # falling, says the format
        ({"method": Method.SILENCE, "visibility": Visibility.AT_CLOSE}, "visibility"),  # what breaks it must be seen
    ],
)
def test_found_a_rule_that_the_format_does_not_know(board, numbers, field):
    """It could be stored, and every record of a ballot under it was refuted."""
    assert [name for name, _code in problems_of(VotingRule(**numbers))] == [field]
    assert put(board, **numbers).opens_at is not None
    with pytest.raises(Refuted):
        play(board.session)
