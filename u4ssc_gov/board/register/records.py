"""The signed record of a decision, as docs/ledger-format.md 9 has it: one archive that anybody can verify offline.

The same decision, checkpoint and class of readers give the same bytes: the checkpoint is the first one that covers the
last entry of the ballot, words are in the source language, and nothing depends on the present (ADR 0013).
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from sqlalchemy.orm import Session

from u4ssc_gov.board import queries
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.register import dossiers, record_pdf, record_words
from u4ssc_gov.board.register.dossiers import Dossier, Reader, Sources
from u4ssc_gov.board.rules import Visibility
from u4ssc_gov.core import i18n
from u4ssc_gov.ledger import canonical
from u4ssc_gov.ledger import queries as ledger
from u4ssc_gov.ledger.models import LedgerCheckpoint, LedgerEntry

FORMAT = "u4ssc-record/1"
READY_WITHIN = 60  # seconds; how often the log is signed
_PERSONS = ("person", "by", "second")
_FOLDER = Path(__file__).resolve().parent / "typeset"


@dataclass(frozen=True, slots=True)
class Record:
    """A file that was made of a decision."""

    content: bytes
    at: datetime  # of the checkpoint (archive) or the certificate (PDF): what "last modified" means

    @property
    def sha256(self) -> str:
        """The fingerprint by which somebody recognises it."""
        return hashlib.sha256(self.content).hexdigest()


def variant(reader: Reader) -> Reader:
    """Which of the two files a reader gets: the full one, or the public one."""
    return Reader.FULL if reader is Reader.FULL else Reader.PUBLIC


def find_checkpoint(session: Session, dossier: Dossier) -> LedgerCheckpoint | None:
    """The first checkpoint that covers the last entry; ``None`` until there is one, or without entries."""
    return ledger.find_checkpoint_covering(session, dossier.last_seq) if dossier.last_seq is not None else None


def make_pdf(session: Session, rows: Sources, reader: Reader) -> Record:
    """The PDF record of a certified decision. It needs no checkpoint. Reads nothing more."""
    with i18n.speaking(i18n.SOURCE_LOCALE):
        dossier = dossiers.build(rows, variant(reader))
        return Record(_pdf(session, dossier), certified_at(rows.ballot))


def certified_at(ballot: Ballot) -> datetime:
    """When it was certified; what is no decision has no record."""
    if ballot.certified_at is None:
        raise ValueError(f"{ballot.code} is not certified")
    return ballot.certified_at


def find_records(session: Session, rows: Sources, readers: Sequence[Reader]) -> list[Record]:
    """The signed records of a certified decision for these classes of readers; empty before a checkpoint covers it,
    and without ledger entries. Five statements; one more for each full record.
    """
    with i18n.speaking(i18n.SOURCE_LOCALE):
        found = [dossiers.build(rows, variant(reader)) for reader in readers]
        checkpoint, first = find_checkpoint(session, found[0]), ledger.find_entry(session, 0)
        if checkpoint is None or first is None:
            return []
        entries = _entries(session, rows, first)
        proven = _Proven(
            rows=rows,
            origin=str(canonical.decode(first.entry)["origin"]),
            key=str(canonical.decode(first.entry)["key"]),
            checkpoint=checkpoint,
            listed=_listed(session, entries, checkpoint),
            text=_frozen_text(session, rows),
        )
        return [_record(session, proven, dossier) for dossier in found]


def find_record(session: Session, rows: Sources, reader: Reader) -> Record | None:
    """The signed record for one class of readers."""
    return next(iter(find_records(session, rows, (reader,))), None)


@dataclass(frozen=True, slots=True)
class _Proven:
    """What the records of a decision have in common."""

    rows: Sources
    origin: str
    key: str
    checkpoint: LedgerCheckpoint
    listed: list[dict[str, Any]]
    text: bytes


def _record(session: Session, proven: _Proven, dossier: Dossier) -> Record:
    files = {
        "text/decision.json": proven.text,
        "reveal.json": canonical.document(_reveal(session, proven.rows, dossier)),
        "TRUST.txt": _rendered("TRUST.txt", session, dossier, proven),
        "READ-ME.html": _rendered("READ-ME.html", session, dossier, proven),
        "record.pdf": _pdf(session, dossier),
    }
    record = {
        "ballot": dossier.ballot.code,
        "checkpoint": proven.checkpoint.note,
        "entries": proven.listed,
        "files": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        "format": FORMAT,
        "origin": proven.origin,
    }
    made = archive({"record.json": canonical.document(record), **files})
    return Record(made, proven.checkpoint.signed_at)


def archive(members: Mapping[str, bytes]) -> bytes:
    """The archive of these members in this order: its one spelling."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as target:
        for name, content in members.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            target.writestr(info, content)
    return stream.getvalue()


def _entries(session: Session, rows: Sources, first: LedgerEntry) -> list[LedgerEntry]:
    """Entry 0, everything about the seats and their mandates up to the ballot's last entry, and the ballot's own."""
    seats = [seat.acronym for seat in rows.seats]
    around = ledger.list_seat_entries(session, seats, before=rows.entries[-1].seq)
    return sorted([first, *around, *rows.entries], key=lambda entry: entry.seq)


def _listed(session: Session, entries: Sequence[LedgerEntry], checkpoint: LedgerCheckpoint) -> list[dict[str, Any]]:
    proofs = ledger.inclusion_proofs(session, [entry.seq for entry in entries], checkpoint.size)
    return [{"entry": entry.entry.decode(), "proof": [node.hex() for node in proofs[entry.seq]]} for entry in entries]


def _frozen_text(session: Session, rows: Sources) -> bytes:
    papers = queries.list_documents(session, rows.ballot.id)
    return canonical.document(queries.frozen_text(rows.ballot, papers, rows.candidates))


def _reveal(session: Session, rows: Sources, dossier: Dossier) -> dict[str, Any]:
    """What the Board, the chairs and the Secretariat may see beside the entries; nothing for everybody else.

    Persons are those who acted in this ballot, as far as they have not been erased.
    """
    if dossier.reader is not Reader.FULL:
        return {"comments": [], "persons": []}
    acted = [canonical.decode(entry.entry) for entry in rows.entries]
    sealed = [said[name] for said in acted for name in _PERSONS if said.get(name)]
    secrets = ledger.find_secrets(session, sealed)
    persons = [
        {"commitment": one, "salt": secrets[one].salt.hex(), "value": canonical.decode(secrets[one].plaintext.encode())}
        for one in sealed
        if one in secrets
    ]
    return {"comments": _comments(dossier), "persons": persons}


def _comments(dossier: Dossier) -> list[dict[str, Any]]:
    found = [
        {"comment": vote.comment or None, "cure": vote.cure or None, "seq": vote.ledger_seq}
        for vote in dossier.revisions
        if vote.ledger_seq is not None and (vote.comment or vote.cure)
    ]
    return sorted(found, key=lambda item: int(str(item["seq"])))


def _pdf(session: Session, dossier: Dossier) -> bytes:
    origin, base_url = str(session.info["ledger_origin"]), str(session.info["base_url"])
    return record_pdf.make_pdf(dossier, origin=origin, base_url=base_url)


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _rendered(name: str, session: Session, dossier: Dossier, proven: _Proven) -> bytes:
    ballot = dossier.ballot
    text = (
        _templates()
        .get_template(name)
        .render(
            key=proven.key,
            origin=proven.origin,
            base_url=str(session.info["base_url"]).rstrip("/"),
            number=ballot.decision_number,
            code=ballot.code,
            title=record_words.directed(ballot.title),
            certified=record_words.instant(ballot.certified_at),
            annulled=record_words.instant(ballot.annulled_at),
            full=dossier.reader is Reader.FULL,
            hidden=dossier.rule.visibility is Visibility.AT_CLOSE,
            text_sha256=ballot.text_sha256,
        )
    )
    return text.encode()
