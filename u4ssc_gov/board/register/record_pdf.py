"""The decision as a document on paper: typeset by typst, the same bytes for the same record wherever it is made.

Everything that people wrote is handed over as data and shown as text: no markup of theirs is ever read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import structlog
import typst

from u4ssc_gov.board.register import record_words
from u4ssc_gov.board.register.dossiers import Dossier

log = structlog.get_logger(__name__)
TEMPLATE = Path(__file__).resolve().parent / "typeset" / "decision.typ"
_LONG_RUN = re.compile(r"\S{48,}")
_PIECE = re.compile(r"\S{1,24}")
_HALF = re.compile("[\ud800-\udfff]")
_HASH = re.compile(r"[0-9a-f]{64}")


def make_pdf(dossier: Dossier, *, origin: str, base_url: str) -> bytes:
    """The record as PDF. The dossier must have been loaded in the source language; its clock is the certificate's."""
    data = record_words.data_of(dossier, origin=origin, base_url=base_url)
    at = dossier.ballot.certified_at
    written = json.dumps(shown(data), ensure_ascii=False, sort_keys=True)
    return typeset(written, int(at.timestamp()) if at is not None else 0)


@lru_cache(maxsize=64)
def typeset(data: str, at: int) -> bytes:
    """The PDF of these data, dated at an instant (seconds since 1970). A function of nothing else.

    Tagged for readers of screens (PDF/UA-1). A text with characters that the fonts do not have is set without that
    promise, and says so.
    """
    try:
        return _compiled(data, at, accessible=True)
    except typst.TypstError as error:
        log.info("board.record.plain_pdf", reason=str(error)[:200])
    said = json.loads(data)
    said["notes"] = [*said["notes"], record_words.MISSING_GLYPHS]
    return _compiled(json.dumps(said, ensure_ascii=False, sort_keys=True), at, accessible=False)


def _compiled(data: str, at: int, *, accessible: bool) -> bytes:
    return typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": data},
        pdf_standards=["ua-1"] if accessible else [],
        timestamp=at,
    )


@cache
def _fonts() -> Any:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def shown(value: Any) -> Any:
    """The same data with every text fit to be set: no half characters, no run of letters wider than the page."""
    if isinstance(value, str):
        return _LONG_RUN.sub(_breakable, _HALF.sub("\ufffd", value))
    if isinstance(value, Mapping):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list | tuple) else value


def _breakable(run: re.Match[str]) -> str:
    if _HASH.fullmatch(run[0]):
        return run[0]  # somebody copies it out of the page
    return "\u200b".join(_PIECE.findall(run[0]))
