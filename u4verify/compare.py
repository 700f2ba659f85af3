"""Two views of the log, perhaps years apart or in two mailboxes: is the older one the beginning of the newer one?"""

from __future__ import annotations

import binascii
import re
from binascii import a2b_base64, a2b_qp
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from itertools import pairwise

from u4verify import log
from u4verify.merkle import verify_consistency
from u4verify.note import Checkpoint, checkpoint_of, parse_checkpoint
from u4verify.verdict import Findings, NotCheckable, Refuted, Verdict, judge

LARGEST_MAIL = 25 * 1024 * 1024

# Mail programs wrap and quote; the line stays recognisable.
_LINE = re.compile(r"Ledger checkpoint:\s+(\S{1,255})\s+([0-9]{1,16})\s+([A-Za-z0-9+/]{43}=)")
_QUOTED = re.compile(r"^[ \t]*(?:>[ \t]*)+", re.MULTILINE)
_BASE64 = re.compile(
    rb"^(?:[A-Za-z0-9+/]{40,998}={0,2}\r?\n)+(?:[A-Za-z0-9+/]{1,998}={0,2}(?:\r?\n|\Z))?", re.MULTILINE
)
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(frozen=True)
class View:
    """What one file says about the log: checkpoints, and the entries when it is an export."""

    checkpoints: tuple[Checkpoint, ...]
    lines: list[bytes] | None = None


def verify_bytes(first: bytes, second: bytes, proof: bytes | None = None) -> Verdict:
    """Compare two files, with a consistency proof in a third if there is one."""
    return judge(lambda findings: _check(first, second, proof, findings))


def read_view(data: bytes) -> View:
    """A log export, a checkpoint, or the checkpoint lines of a mail."""
    if data.startswith(b"{"):
        lines = log.split(data)
        first = next(iter(log.read(lines)))
        if first.kind != "log.opened":
            raise Refuted("log.opened", "The log is not opened by its entry 0.", 0)
        checked = sum(1 for _ in log.read(lines))
        return View((Checkpoint(first["origin"], checked, log.root_at(lines, checked)),), lines)
    if len(data) > LARGEST_MAIL:
        raise NotCheckable("compare.size", "The file is larger than any mail.")
    try:
        return View((parse_checkpoint(data.decode("utf-8")),))
    except (Refuted, UnicodeDecodeError):
        return View(_in_mail(data))


def _in_mail(data: bytes) -> tuple[Checkpoint, ...]:
    found: dict[tuple[str, int, bytes], Checkpoint] = {}
    for text in _texts(data):
        for match in _LINE.finditer(text):
            checkpoint = checkpoint_of(match[1], match[2], match[3])
            found.setdefault((checkpoint.origin, checkpoint.size, checkpoint.root), checkpoint)
    if not found:
        raise NotCheckable("compare.none", "One of the files holds neither a log nor a checkpoint.")
    return tuple(found.values())


def _texts(data: bytes) -> list[str]:
    """The file as it stands and as a mail program would decode it.

    Every transfer encoding is tried on the whole file: reading a hostile mail part by part can take hours.
    """
    spelled = [data, a2b_qp(data), *_base64_parts(data)]
    texts = [_QUOTED.sub("", item.decode("utf-8", errors="replace")) for item in spelled]
    return texts + [unescape(_TAG.sub("", text)) for text in texts if "<" in text]


def _base64_parts(data: bytes) -> Iterator[bytes]:
    for match in _BASE64.finditer(data):
        with suppress(binascii.Error):
            yield a2b_base64(match[0])


def _check(first: bytes, second: bytes, proof: bytes | None, findings: Findings) -> None:
    views = (read_view(first), read_view(second))
    checkpoints = sorted((item for view in views for item in view.checkpoints), key=lambda item: item.size)
    findings.facts["checkpoints"] = [
        {"origin": item.origin, "size": item.size, "root": item.root.hex()} for item in checkpoints
    ]
    if len({item.origin for item in checkpoints}) > 1:
        raise Refuted("compare.origin", "The two files speak of two different logs.")
    _check_equals(checkpoints)
    longest = max((view.lines for view in views if view.lines is not None), key=len, default=None)
    for older, newer in pairwise(checkpoints):
        _check_pair(older, newer, longest, proof)


def _check_equals(checkpoints: list[Checkpoint]) -> None:
    for older, newer in pairwise(checkpoints):
        if older.size == newer.size and older.root != newer.root:
            raise Refuted(
                "compare.fork", f"Two different logs of {older.size} entries were shown: the history was rewritten."
            )


def _check_pair(older: Checkpoint, newer: Checkpoint, lines: list[bytes] | None, proof: bytes | None) -> None:
    if older.size == newer.size:
        return
    if lines is not None and newer.size <= len(lines):
        for item in (older, newer):
            if log.root_at(lines, item.size) != item.root:
                raise Refuted(
                    "compare.fork", f"The log does not begin with the {item.size} entries that the other file knows."
                )
        return
    if proof is None:
        raise NotCheckable(
            "compare.more", f"This takes a log of at least {newer.size} entries, or a proof: give one as a file."
        )
    path = [bytes.fromhex(item) for item in re.findall(r"\b[0-9a-f]{64}\b", proof.decode("utf-8"))]
    if not verify_consistency(older.size, newer.size, older.root, newer.root, path):
        # A proof may come from anywhere: a false one says nothing about the log.
        raise NotCheckable(
            "compare.proof", "This proof does not show that the shorter log is the beginning of the longer one."
        )
