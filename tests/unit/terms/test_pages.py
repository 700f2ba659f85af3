"""Rows of the Terms of Reference page: anchors, worst states, filters."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from u4ssc_gov.charter.queries import ClauseLine
from u4ssc_gov.charter.rules import numbers_of
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.duty import ClauseFinding, ClauseState
from u4ssc_gov.terms import pages

LEDGER = Path(__file__).parents[3] / "u4ssc_gov" / "initiative" / "data" / "clauses.csv"


def _ledger():
    with LEDGER.open(encoding="utf-8", newline="") as file:
        return [
            ClauseLine(r["key"], r["slug"], r["section"], r["title"], r["kind"], r["binds"], r["does"])
            for r in csv.DictReader(file)
        ]


def test_every_paragraph_of_the_ledger_has_one_anchor():
    clauses = _ledger()
    anchors = pages.anchors_of(clauses)
    given = [clause.slug for clause in clauses] + [anchor for more in anchors.values() for anchor in more]
    assert len(given) == len(set(given))
    for clause in clauses:
        for number in numbers_of(clause.key):
            assert f"p{number}" in given
    assert {"p20", "p21", "p34", "p10", "p22", "p23", "p25", "p26", "p27", "p11", "p6", "p22o"} <= set(given)


def test_a_bare_number_stands_at_its_first_row():
    anchors = pages.anchors_of(_ledger())
    assert "p20" in anchors["p20a"]
    assert "p34" in anchors["p34a"]
    assert "p22e" in anchors["p22a"]


def test_official_words_fall_back_to_the_whole_paragraph():
    words = {"20": "Whole twenty.", "26e": "Take minutes.", "5": "Five.", "6": "Six."}
    assert [(w.number, w.text) for w in pages._words("20a", words)] == [("20", "Whole twenty.")]
    assert [w.text for w in pages._words("26e", words)] == ["Take minutes."]
    assert [w.number for w in pages._words("5–6", words)] == ["5", "6"]
    assert pages._words("48", words) == []


def test_rows_say_what_is_known_and_no_more():
    clauses = _ledger()
    worst = ClauseFinding("26e", ClauseState.BREACHED, "1 without minutes")
    better = ClauseFinding("26e", ClauseState.MET, "Others have")
    rows = {row.clause.key: row for row in pages.build_rows(clauses, {}, {"26e": [better, worst]}, live=True)}
    assert [one.state for one in rows["26e"].live] == [ClauseState.BREACHED, ClauseState.MET]
    assert rows["26e"].hit == "hit"
    assert rows["37"].state is ClauseState.STATED  # a fact
    assert rows["26f"].live == []  # a duty nobody checks yet
    closed = pages.build_rows(clauses, {}, {"26e": [worst]}, live=False)
    assert all(not row.live and row.state is None for row in closed)


@pytest.mark.parametrize(
    ("binds", "actor", "mine"),
    [
        ("all", Actor(person_id=1), True),
        ("all", Actor(), False),
        ("secretariat;IP leader", Actor(person_id=1, secretariat_of="UNECE"), True),
        ("leader", Actor(person_id=1, secretariat_of="UNECE"), False),
        ("participant", Actor(person_id=1, participant_kind="academia"), True),
        ("", Actor(person_id=1), False),
    ],
)
def test_who_is_bound(binds, actor, mine):
    clause = ClauseLine("1", "p1", "A", "T", "duty", binds, "")
    assert pages.binds(clause, actor) is mine
