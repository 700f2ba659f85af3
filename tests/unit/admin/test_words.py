"""The audit trail in words: no mark of a program reaches a reader, whatever was recorded."""

from __future__ import annotations

import re
from pathlib import Path

from u4ssc_gov.admin import words

PACKAGE = Path(words.__file__).parent.parent


def test_every_action_of_the_platform_has_its_words():
    source = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    actions = set(re.findall(r'"([a-z]+:[a-z_]+:[a-z_]+)"', source))
    assert len(actions) > 50
    for action in actions:
        _room, thing, verb = action.split(":")
        assert thing in words.THINGS, action
        assert verb in words.VERBS, action


def test_an_action_nobody_listed_is_shown_without_its_marks():
    assert words.action_text("meetings:minutes:save") == "Minutes: saved"
    assert words.action_text("participants:request:accept") == "Request to join: accepted"
    assert words.action_text("evaluations:request:answer") == "City’s request: answered"
    assert words.action_text("rooms:new_thing:turn_round") == "New thing: turn round"


def test_details_are_read_without_brackets_and_quotes():
    told = words.details_text({"changed": ["closed:107", "attendance"], "basis": "B-26-04: a letter", "public": True,
                               "added": {"kpis": 91}, "before": None, "at_time": "10:42"})  # fmt: skip
    assert told == [
        "changed: closed 107, attendance",
        "basis: B-26-04: a letter",
        "public: yes",
        "added: kpis: 91",
        "before: –",
        "at time: 10:42",
    ]
