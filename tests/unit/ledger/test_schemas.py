"""The table of kinds is the one of docs/ledger-format.md, read from the document itself."""

import re
from pathlib import Path

import pytest

from u4ssc_gov.ledger import schemas

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "ledger-format.md").read_text("utf-8")


def documented() -> dict[str, set[str]]:
    """Kinds and keys as the document's table has them."""
    section = DOCUMENT.split("## 5.")[1].split("## 6.")[0]
    found = {}
    for kind, cell in re.findall(r"^\| `([a-z]+\.[a-z]+)` \| (.+) \|$", section, re.MULTILINE):
        keys = cell.split(" Always")[0]
        for _depth in range(3):  # explanations in parentheses, nested ones first
            keys = re.sub(r"\([^()]*\)", "", keys)
        found[kind] = set(re.findall(r"`([a-z0-9_]+)`", keys))
    return found


def test_every_kind_has_the_keys_of_the_document():
    assert {kind: set(keys) for kind, keys in schemas.SCHEMAS.items()} == documented()


def test_the_rule_has_the_keys_of_the_document():
    section = DOCUMENT.split("## 6.")[1].split("## 7.")[0]
    first = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`([a-z_]+)`", " ".join(first))) == schemas.NESTED[("ballot.opened", "rule")]


def test_the_tally_has_the_keys_of_the_document():
    text = re.search(r'`\{("abstain"[^}]*)\}`', DOCUMENT).group(1)
    assert set(re.findall(r'"([a-z_]+)"', text)) == schemas.NESTED[("ballot.closed", "tally")]


def test_a_key_too_many_or_too_few_is_a_bug():
    schemas.check_keys("seat.left", {"seat": "WMO", "on": None})
    with pytest.raises(ValueError, match=r"seat\.left: on is missing"):
        schemas.check_keys("seat.left", {"seat": "WMO"})
    with pytest.raises(ValueError, match="why is unknown"):
        schemas.check_keys("seat.left", {"seat": "WMO", "on": None, "why": ""})
    with pytest.raises(ValueError, match="no kind"):
        schemas.check_keys("seat.sold", {})


@pytest.mark.parametrize(
    "wrong",
    [
        {"rule": {}},
        {"electorate": [{"seat": "WMO", "name": "x"}]},
        {"electorate": [{"seat": "WMO", "name": "x", "mandates": [{"mandate": "mdt_1"}]}]},
        {"electorate": ["WMO"]},
        {"candidates": [{"candidate": 1, "name": "x", "age": 3}]},
    ],
    ids=repr,
)
def test_objects_inside_are_checked_too(wrong):
    rule = dict.fromkeys(schemas.NESTED[("ballot.opened", "rule")])
    electorate = [{"seat": "WMO", "name": "x", "mandates": [{"mandate": "mdt_1", "capacity": "alternate"}]}]
    good = dict.fromkeys(schemas.SCHEMAS["ballot.opened"]) | {
        "rule": rule,
        "electorate": electorate,
        "candidates": [{"candidate": 1, "name": "x"}],
    }
    schemas.check_keys("ballot.opened", good)
    with pytest.raises(ValueError, match=r"missing|unknown|object"):
        schemas.check_keys("ballot.opened", good | wrong)
