"""What a check ends with: a verdict, never a traceback, for its reader is a diplomat and its input may be hostile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

CODES = {"verified": 0, "refuted": 1, "not_checkable": 2, "verified_with_warnings": 3}

# What hostile input may provoke in the standard library; anything of this kind means that the file cannot be read.
_ACCIDENTS = (ArithmeticError, AttributeError, LookupError, MemoryError, OSError, RecursionError, TypeError, ValueError)


class Refuted(Exception):
    """A rule of the format is broken; `rule` is its short name for programs, `seq` the entry concerned."""

    def __init__(self, rule: str, sentence: str, seq: int | None = None) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence
        self.seq = seq


class NotCheckable(Exception):
    """Nothing is known to be wrong, but there is not enough here to say that it is right."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence


@dataclass
class Findings:
    """What a check has learnt so far; it is handed down so that an early end keeps what was found."""

    facts: dict[str, Any] = field(default_factory=dict)
    warnings: list[dict[str, str]] = field(default_factory=list)
    unsupported: NotCheckable | None = None

    def warn(self, rule: str, sentence: str) -> None:
        """Note what lessens the value of the proof without breaking it."""
        self.warnings.append({"rule": rule, "sentence": sentence})

    def lacks(self, rule: str, sentence: str) -> None:
        """Remember why the end can only be "not checkable", and go on: a broken rule found later weighs more."""
        if self.unsupported is None:
            self.unsupported = NotCheckable(rule, sentence)


@dataclass(frozen=True)
class Verdict:
    """The end of a check. `code` is the exit code of section 10 of the format."""

    status: str
    facts: dict[str, Any]
    broken: dict[str, Any] | None
    warnings: list[dict[str, str]]

    @property
    def code(self) -> int:
        """The exit code."""
        return CODES[self.status]

    def as_dict(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "status": self.status,
            "code": self.code,
            "facts": self.facts,
            "broken": self.broken,
            "warnings": self.warnings,
        }


def judge(check: Callable[[Findings], None]) -> Verdict:
    """Run a check and turn however it ends into a verdict."""
    findings = Findings()
    try:
        check(findings)
    except Refuted as end:
        broken = {"rule": end.rule, "sentence": end.sentence, "entry": end.seq}
        return Verdict("refuted", {}, broken, [])  # facts of a refuted record are no facts
    except NotCheckable as end:
        return _not_checkable(findings, end)
    except _ACCIDENTS:
        return _not_checkable(findings, NotCheckable("unreadable", "This file cannot be read as what it claims to be."))
    if findings.unsupported is not None:
        return _not_checkable(findings, findings.unsupported)
    status = "verified_with_warnings" if findings.warnings else "verified"
    return Verdict(status, findings.facts, None, findings.warnings)


def _not_checkable(findings: Findings, end: NotCheckable) -> Verdict:
    broken = {"rule": end.rule, "sentence": end.sentence, "entry": None}
    return Verdict("not_checkable", findings.facts, broken, findings.warnings)
