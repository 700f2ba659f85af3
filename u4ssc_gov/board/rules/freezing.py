"""What is frozen when a ballot opens, the numbers it carries, and the paragraphs it answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from u4ssc_gov.board.rules.kinds import BallotType


def frozen_text(
    *,
    code: str,
    ballot_type: BallotType,
    title: str,
    decision_text: str,
    if_approved: str,
    if_not_approved: str,
    rule: Mapping[str, Any],
    documents: Sequence[tuple[str, str]],
    candidates: Sequence[tuple[int, str]] = (),
    posts: int = 0,
) -> dict[str, Any]:
    """Everything a partner votes on; ``documents`` are (title, SHA-256 of the content)."""
    return {
        "candidates": [{"candidate": number, "name": name} for number, name in candidates],
        "code": code,
        "decision_text": decision_text,
        "documents": [list(document) for document in documents],
        "if_approved": if_approved,
        "if_not_approved": if_not_approved,
        "posts": posts,
        "rule": dict(rule),
        "title": title,
        "type": ballot_type.value,
    }


def digest_of(frozen: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical form (RFC 8785), as hexadecimal digits."""
    return hashlib.sha256(rfc8785.dumps(dict(frozen))).hexdigest()


def receipt_code(code: str, acronym: str, revision: int) -> str:
    """The number of a receipt: "B-26-19-WMO-1"."""
    return f"{code}-{acronym}-{revision}"


def decision_number(year: int, number: int) -> str:
    """The number of a decision taken between meetings: "U4SSC/BM/2026/07"."""
    return f"U4SSC/BM/{year}/{number:02}"


def clauses_of(ballot_type: BallotType) -> tuple[str, ...]:
    """The paragraphs of the clause ledger that a ballot of this type answers."""
    return {
        BallotType.APPOINTMENT: ("23d", "24", "34a"),
        BallotType.DELIVERABLE: ("21b", "24"),
        BallotType.ACTION_PLAN: ("23a", "24"),
        BallotType.TOR_REVISION: ("23c", "24"),
        BallotType.KPI_SET: ("4", "24"),
        BallotType.GUIDANCE: ("23b", "24"),
        BallotType.RULE_SET: ("24",),
    }[ballot_type]
