"""The signer and the nightly check. Neither is waited for: entries are as good before a checkpoint covers them."""

from __future__ import annotations

from datetime import datetime

import structlog

from u4ssc_gov.core.runtime import Runtime
from u4ssc_gov.core.sweeps import SweepReport
from u4ssc_gov.ledger import checking, queries, signing
from u4ssc_gov.ledger.keys import KeyFileError, load_key
from u4ssc_gov.workflows.ledger_alarm import report_damage

log = structlog.get_logger(__name__)


def sign_checkpoints(runtime: Runtime, *, now: datetime) -> SweepReport:
    """Sign the log when it has grown. Refuses, and says why, when it is not a continuation of what was signed.

    Where the key belongs to another user of the machine, that user signs and this run does nothing.
    """
    with runtime.database.read() as session:
        if queries.find_head(session) is None and not _remembers(runtime):
            return SweepReport()
    mark = checking.mark_of(runtime)
    if mark.exists():
        return SweepReport(failed=1, note=f"Nothing is signed while {mark.name} is in the data folder.")
    memory = signing.memory_file(runtime.settings.ledger_key)
    try:
        key = load_key(runtime.settings.ledger_key)
        with runtime.database.read() as session:
            if not signing.is_due(session, memory):
                return SweepReport()
        with runtime.database.transaction() as session:
            made = signing.sign_checkpoint(session, key, memory, now=now)
    except PermissionError:
        return SweepReport()
    except (signing.SigningRefused, KeyFileError) as error:
        return _failed("ledger.not_signed", str(error))
    return SweepReport(done=int(made is not None))


def _failed(event: str, reason: str) -> SweepReport:
    """Log the sentence alone: a traceback with its variables would be full of keys and hashes."""
    log.error(event, reason=reason)
    return SweepReport(failed=1, note=reason)


def _remembers(runtime: Runtime) -> bool:
    try:
        return signing.memory_file(runtime.settings.ledger_key).exists()
    except PermissionError:
        return False


def verify_ledger(runtime: Runtime, *, now: datetime) -> SweepReport:
    """Recompute everything from bytes. Damage stops the signing, is audited once and fails every run."""
    try:
        with runtime.database.read() as session:
            checking.check_log(session, signed_roots(runtime))
    except checking.Damage as damage:
        if checking.stop_signing(runtime, str(damage), now=now):
            with runtime.database.transaction() as session:
                report_damage(session, str(damage), now=now)
        return _failed("ledger.damaged", str(damage))
    return SweepReport()


def signed_roots(runtime: Runtime) -> dict[int, bytes]:
    """The root the signer remembers, by size; empty where its memory is another user's or there is none."""
    try:
        memory = signing.recall(signing.memory_file(runtime.settings.ledger_key))
    except PermissionError:
        return {}
    except signing.SigningRefused as error:
        raise checking.Damage(str(error)) from error
    return {memory.size: memory.root} if memory is not None else {}
