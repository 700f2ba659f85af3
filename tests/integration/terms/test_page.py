"""The live Terms of Reference page: anchors, live states, what visitors see, statements."""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from tests.clock import T0
from u4ssc_gov.charter.models import Clause
from u4ssc_gov.charter.rules import numbers_of
from u4ssc_gov.workflows import terms_upload

LEDGER = Path(__file__).parents[3] / "u4ssc_gov" / "initiative" / "data" / "clauses.csv"


@pytest.fixture
def ledger(session):
    with LEDGER.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = ("key", "slug", "section", "title", "kind", "binds", "does", "source")
    session.add_all(Clause(position=int(row["position"]), **{name: row[name] for name in columns}) for row in rows)
    session.flush()
    return rows


def test_every_clause_chip_finds_its_row(world, ledger, client):
    world.commit()
    ids = set(re.findall(r'id="(p[0-9a-z]+)"', client.get("/tor").text))
    for row in ledger:
        assert row["slug"] in ids
        assert {f"p{number}" for number in numbers_of(row["key"])} <= ids
    assert {"p20", "p21", "p34", "p10", "p22b", "p30", "p26e"} <= ids


def test_the_terms_come_before_the_note_on_evaluations(world, ledger, client):
    world.commit()
    letters = re.findall(r'id="section-([A-Z])"', client.get("/tor").text)
    assert letters == sorted(letters)
    assert letters[0] == "A"


def test_visitors_read_titles_and_words_without_the_live_state(world, session, ledger, client):
    officer = world.actor(world.officer())
    terms_upload.upload_terms(
        session, terms_upload.read_upload(b"26. They:\n(e) take official minutes", "tor.txt"), title="Agreed text",
        agreed_on=date(2019, 6, 28), actor=officer, now=T0,
    )  # fmt: skip
    work = world.deliverable(due_on=date(2026, 11, 1))
    world.commit()
    page = client.get("/tor?show=attention").text
    assert "Minutes of each e-meeting" in page
    assert "take official minutes" in page
    assert "Agreed text" in page
    for inside in ("past its day", "No live check yet", work.code, "Upload the official text", "Needs attention"):
        assert inside not in page


def test_readers_inside_see_the_state(world, ledger, sign_in):
    world.deliverable(due_on=date(2026, 11, 1))
    officer = world.officer()
    world.commit()
    page = sign_in(officer).get("/tor").text
    assert "1 deliverable is past its day" in page
    assert "No live check yet" in page
    assert "Stated; nothing to check" in page
    assert "Upload the official text" in page


def test_the_filters(world, ledger, sign_in):
    world.deliverable(due_on=date(2026, 11, 1))
    group = world.group()
    leader = world.leader(group)
    world.commit()
    browser = sign_in(leader)
    attention = browser.get("/tor?show=attention").text
    assert 'id="p25b"' in attention
    assert 'id="p26m"' not in attention
    mine = browser.get("/tor?show=mine").text
    assert 'id="p26e"' in mine
    assert 'id="p23a"' not in mine
    assert browser.get("/tor?show=%00nonsense").status_code == 200


def test_without_a_ledger_the_page_says_so(client):
    assert "The clause ledger has not been loaded yet" in client.get("/tor").text


@pytest.mark.parametrize("number", [1, 60])
def test_twelve_statements_at_most(world, session, ledger, client, sign_in, count_statements, number):
    officer = world.officer()
    for _ in range(number):
        group = world.group()
        world.leader(group)
        work = world.deliverable(group, due_on=date(2026, 11, 1))
        world.participant(work)
        world.meeting(work)
    world.commit()
    with count_statements() as seen:
        client.get("/tor")
    assert len(seen) == 1
    browser = sign_in(officer)
    with count_statements() as seen:
        assert browser.get("/tor").status_code == 200
    assert len(seen) <= 12
