"""``python -m u4ssc_gov ledger …``: what an operator does with the log. Each returns the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from u4ssc_gov.core.files import replace_durably
from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.ledger import checking, queries, services
from u4ssc_gov.ledger.jobs import signed_roots
from u4ssc_gov.ledger.keys import ensure_key
from u4ssc_gov.ledger.models import LedgerEntry
from u4ssc_gov.ledger.note import verifier_key

Say = Callable[[str], None]


def open_log(runtime: Runtime, say: Say, *, now: datetime) -> int:
    """Make the key and entry 0, as the user who will sign."""
    with runtime.database.transaction() as session:
        opened = services.open_log(session, now=now)
    key = verifier_key_of(runtime)
    say(("The ledger is open. Its verifier key: " if opened else "The ledger was open already. Its key: ") + key)
    return 0


def verify(runtime: Runtime, say: Say) -> int:
    """Recompute the log and compare it with its checkpoints and with what the signer remembers; 1 when damaged."""
    mark = checking.mark_of(runtime)
    with runtime.database.read() as session:
        try:
            size = checking.check_log(session, signed_roots(runtime))
        except checking.Damage as damage:
            say(f"The ledger is damaged. {damage} Follow “The ledger and its key” in docs/operations.md.")
            return 1
        newest = queries.find_latest_checkpoint(session)
    covered = newest.size if newest is not None else 0
    say(f"The ledger is whole: {size} entries, {covered} of them covered by a signed checkpoint.")
    if mark.exists():
        say(f"Signing is still stopped. Remove {mark} to go on.")
    return 0


def export(runtime: Runtime, target: Path, say: Say) -> int:
    """Write every entry, one canonical line each."""
    with runtime.database.read() as session:
        entries = session.scalars(select(LedgerEntry.entry).order_by(LedgerEntry.seq)).all()
    replace_durably(target.expanduser().resolve(), b"".join(entry + b"\n" for entry in entries))
    say(f"Wrote {len(entries)} entries to {target}.")
    return 0


def show_key(runtime: Runtime, say: Say) -> int:
    """Print the verifier key."""
    say(verifier_key_of(runtime))
    return 0


def show_trust(runtime: Runtime, say: Say) -> int:
    """Print what ``u4verify`` is told to trust."""
    say(json.dumps(_opening(runtime).trust, indent=1))
    return 0


def verifier_key_of(runtime: Runtime) -> str:
    """The verifier key that entry 0 names; before there is one, that of the key file, which is made when missing."""
    return _opening(runtime).key


def _opening(runtime: Runtime) -> queries.Opening:
    with runtime.database.read() as session:
        found = queries.find_opening(session)
    if found is not None:
        return found
    origin = runtime.settings.ledger_origin
    return queries.Opening(origin, str(verifier_key(origin, ensure_key(runtime.settings.ledger_key))))
