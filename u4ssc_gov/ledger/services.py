"""Writes to the log, inside the transaction of the act they record (ADR 0012). Nothing here commits.

Order of locks in the house: the ballot's row first, the ledger last. Instants are compared under the lock, so that two
servers' clocks cannot put an entry before the one it follows.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from u4ssc_gov.core.db import fetch, table_of
from u4ssc_gov.core.errors import Unavailable
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.ledger import canonical, merkle, queries, schemas
from u4ssc_gov.ledger.keys import KeyFileError, ensure_key
from u4ssc_gov.ledger.models import LedgerEntry, LedgerSecret, LedgerState
from u4ssc_gov.ledger.note import verifier_key

VERSION = 1
PATIENCE = timedelta(seconds=2)  # how far back a clock may step before writing stops
_SALT = 32
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)  # before every entry
_HELD = "ledger_held"  # in the session's info: the transaction that holds the lock, and the row
# With the newest checkpoint, which receipts quote: one question to the database less for each vote.
_STATE = (
    select(LedgerState.size, LedgerState.frontier, LedgerState.last_at, queries.NEWEST_NOTE.scalar_subquery())
    .where(LedgerState.id == 1)
    .with_for_update(of=LedgerState)
)
_ENTRY, _SECRET = insert(table_of(LedgerEntry)), insert(table_of(LedgerSecret))
_GROWN = update(table_of(LedgerState)).where(LedgerState.id == 1)


@dataclass(slots=True)
class _State:
    """The log's row as the holder of its lock knows it."""

    size: int
    frontier: bytes
    last_at: datetime
    note: str | None


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry as it was added: its number, its canonical bytes, the hash of its leaf (32 bytes), its instant."""

    seq: int
    entry: bytes
    leaf_hash: bytes
    recorded_at: datetime


def lock(session: Session) -> None:
    """Take the log's lock until the transaction ends; a second time costs nothing. Makes the log's row on first use."""
    _held(session)


def settled(session: Session, now: datetime) -> datetime:
    """The instant to check and record with, under the lock: ``now``, never earlier than the newest entry.

    Raises ``Unavailable`` when the clock has gone back by more than two seconds: nothing can be recorded then.
    """
    state = _held(session)
    if now < state.last_at - PATIENCE:
        message = _("Nothing was recorded: the platform’s clock shows an earlier time than its newest record. Tell us.")
        raise Unavailable(message, "ledger.clock_regressed")
    return max(now, state.last_at)


def moment(session: Session, now: datetime) -> datetime:
    """The same without a look at the clock's health: for what is read and compared before anything is recorded."""
    return max(now, _held(session).last_at)


def newest_note(session: Session) -> str | None:
    """The text of the newest signed checkpoint; asks nobody when this transaction holds the lock."""
    held = _known(session)
    return queries.find_latest_note(session) if held is None else held.note


def append(
    session: Session, kind: str, fields: Mapping[str, object], *, now: datetime, ballot_id: int | None = None
) -> Appended:
    """Add an entry at ``settled(now)``, after what was changed before it; the first of all is ``log.opened``.

    Raises ``ValueError`` for a key too many or too few and for a value outside the profile (both are bugs of the
    caller), ``Unavailable`` when the clock has gone back.
    """
    at = settled(session, now)
    state = _held(session)
    if state.size == 0:
        _add(session, state, "log.opened", _opening(session), at, None)
    return _add(session, state, kind, fields, at, ballot_id)


def open_log(session: Session, *, now: datetime) -> bool:
    """Add entry 0 where there is none; whether there was none. For the signer, who may be the key's only reader."""
    at = settled(session, now)
    state = _held(session)
    if state.size:
        return False
    _add(session, state, "log.opened", _opening(session), at, None)
    return True


def commit_person(session: Session, *, name: str, email: str, mandate: str | None) -> str:
    """Commit to a person under a fresh salt; the name stays outside the log. Returns the commitment."""
    known = {"name": unicodedata.normalize("NFC", name), "email": unicodedata.normalize("NFC", email)}
    return commit_value(session, {**known, "mandate": mandate})[0]


def commit_value(session: Session, value: Mapping[str, object]) -> tuple[str, bytes]:
    """Commit to a value under a fresh salt and keep both where they can be erased. Returns commitment and salt."""
    salt, message = secrets.token_bytes(_SALT), canonical.encode(value)
    commitment = commitment_of(salt, message)
    session.execute(_SECRET, {"commitment": commitment, "salt": salt, "plaintext": message.decode()})
    return commitment, salt


def commitment_of(salt: bytes, message: bytes) -> str:
    """The commitment to canonical bytes under a salt, as it stands in an entry."""
    return hmac.new(salt, message, hashlib.sha256).hexdigest()


def sha256_text(text: str) -> str | None:
    """SHA-256 of a text in UTF-8, as hexadecimal digits; ``None`` for an empty one."""
    return hashlib.sha256(text.encode()).hexdigest() if text else None


def _held(session: Session) -> _State:
    """The log's row, locked in this very transaction (a savepoint that is undone gives its lock back)."""
    known = _known(session)
    if known is not None:
        return known
    row = fetch(session, _STATE, {}).one_or_none()
    state = _made(session) if row is None else _State(*row)
    session.info[_HELD] = (session.get_nested_transaction() or session.get_transaction(), state)
    return state


def _known(session: Session) -> _State | None:
    transaction = session.get_nested_transaction() or session.get_transaction()
    held: tuple[object, _State] | None = session.info.get(_HELD)
    return held[1] if held is not None and held[0] is transaction and transaction is not None else None


def _made(session: Session) -> _State:
    """Make the row; of several first users one makes it and the others wait for it."""
    or_nothing = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    row = {"id": 1, "epoch": 1, "size": 0, "frontier": b"", "last_at": _BEGINNING}
    session.execute(or_nothing(LedgerState).values(row).on_conflict_do_nothing())
    return _State(*fetch(session, _STATE, {}).one())


def _opening(session: Session) -> dict[str, Any]:
    origin = str(session.info["ledger_origin"])
    try:
        key = ensure_key(session.info["ledger_key_file"])
    except (PermissionError, KeyFileError) as error:
        message = _("Nothing was recorded: the ledger has not been opened yet, and its key cannot be read here.")
        raise Unavailable(message, "ledger.no_key") from error
    return {"origin": origin, "key": str(verifier_key(origin, key))}


def _add(
    session: Session,
    state: _State,
    kind: str,
    fields: Mapping[str, object],
    at: datetime,
    ballot_id: int | None,
) -> Appended:
    schemas.check_keys(kind, fields)
    content = canonical.encode({**fields, "v": VERSION, "seq": state.size, "kind": kind, "at": at})
    leaf = merkle.leaf_hash(content)
    session.flush()  # what the entry tells of is written before it
    seq, row = state.size, {"entry": content, "leaf_hash": leaf, "kind": kind, "ballot_id": ballot_id}
    session.execute(_ENTRY, {**row, "seq": seq, "recorded_at": at})
    frontier = merkle.Frontier.from_bytes(state.size, state.frontier)
    frontier.append(leaf)
    state.size, state.frontier, state.last_at = frontier.size, frontier.to_bytes(), at
    session.execute(_GROWN, {"size": state.size, "frontier": state.frontier, "last_at": at})
    return Appended(seq, content, leaf, at)
