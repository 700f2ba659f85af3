"""Is this the decision that was adopted? A number, a fingerprint, or both, against the register. Reads only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.register import decisions, dossiers, records
from u4ssc_gov.board.register.dossiers import Reader, Sources
from u4ssc_gov.board.rules import Method
from u4ssc_gov.core.text import clean_line

_LONGEST = 400
_SHA256 = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody typed or pasted, and what was read out of it."""

    typed_number: str = ""
    typed_sha256: str = ""
    is_sent: bool = False  # the form was sent, whatever is in it

    @property
    def number(self) -> str:
        """The number in its one spelling; empty when there is none in it."""
        return decisions.read_number(self.typed_number)

    @property
    def sha256(self) -> str:
        """The fingerprint; programs print it with a file name beside it, or in capitals."""
        found = _SHA256.search(self.typed_sha256.lower())
        return found[0] if found else ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked yet."""
        return not (self.typed_number or self.typed_sha256)


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict, in a word that the page puts into sentences."""

    verdict: str  # found, match, differs, unknown, annulled, number, sha256, more or nothing
    ballot: Ballot | None = None
    what: str = ""  # text, pdf, zip, full_pdf or full_zip
    files: tuple[tuple[str, str], ...] = ()  # (what, SHA-256) of what anybody can save
    annulled_at: datetime | None = None
    number: str = ""


def read_question(args: Mapping[str, str]) -> Asked:
    """Read the query string."""
    number, sha256 = clean_line(args.get("number", "")), clean_line(args.get("sha256", ""))
    return Asked(number[:_LONGEST], sha256[:_LONGEST], "number" in args or "sha256" in args)


def answer(session: Session, asked: Asked, now: datetime) -> Answer | None:
    """The verdict; ``None`` when nothing was asked."""
    if asked.is_empty:
        return Answer("nothing") if asked.is_sent else None
    if asked.typed_sha256 and not asked.sha256:
        return Answer("sha256")
    if not asked.typed_number:
        return _by_text(session, asked.sha256, now)
    if not asked.number:
        return Answer("number")
    ballot = decisions.find_public(session, asked.number, now)
    if ballot is None:
        return Answer("unknown", number=asked.number)
    if ballot.annulled_at is not None:
        return Answer("annulled", annulled_at=ballot.annulled_at, number=asked.number)
    return _compared(session, ballot, asked.sha256)


def _by_text(session: Session, sha256: str, now: datetime) -> Answer:
    """Without a number only the text can be found: files are not kept, they are made when somebody asks."""
    ballot = decisions.find_public_by_text(session, sha256, now)
    return Answer("match", ballot, "text", number=ballot.decision_number or "") if ballot else Answer("more")


def _compared(session: Session, ballot: Ballot, sha256: str) -> Answer:
    number = ballot.decision_number or ""
    if sha256 and sha256 == ballot.text_sha256:
        return Answer("match", ballot, "text", number=number)
    rows = dossiers.gather(session, ballot)
    signed = records.find_records(session, rows, (Reader.PUBLIC, Reader.FULL) if sha256 else (Reader.PUBLIC,))
    public = {"pdf": records.make_pdf(session, rows, Reader.PUBLIC).sha256}
    if signed and is_public_record(ballot):
        public["zip"] = signed[0].sha256
    files = (("text", ballot.text_sha256), *public.items())
    if not sha256:
        return Answer("found", ballot, files=files, number=number)
    known = {**{made: what for what, made in public.items()}, **_full(session, rows, signed)}
    if sha256 in known:
        return Answer("match", ballot, known[sha256], files, number=number)
    return Answer("differs", ballot, files=files, number=number)


def _full(session: Session, rows: Sources, signed: list[records.Record]) -> dict[str, str]:
    found = {records.make_pdf(session, rows, Reader.FULL).sha256: "full_pdf"}
    if len(signed) > 1:
        found[signed[1].sha256] = "full_zip"
    return found


def is_public_record(ballot: Ballot) -> bool:
    """Whether the signed record itself is public: that of an election names everybody who stood."""
    return ballot.method is not Method.ELECTION
