"""Kinds of clause, house settings for what the Terms of Reference leave open (ADR 0007), and their paragraphs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.i18n import gettext as _


class ClauseKind(StrEnum):
    """What a paragraph asks of the platform."""

    RULE = "rule"
    DUTY = "duty"
    RIGHT = "right"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class HouseSettings:
    """Numbers the Terms of Reference do not give. Shown to readers as house settings, never as the ToR's."""

    minutes_due_days: int = 7  # ¶26e says "regularly"
    first_answer_days: int = 10  # ¶10: a city waits no longer for an answer
    renewal_asked_days: int = 60  # ¶34: how long before the end the question is put


HOUSE = HouseSettings()


# ── paragraphs: how keys of the ledger and an official text meet ────────────────────────────────────────────────────

_SPAN = re.compile(r"^(\d+)([a-z]?)–(\d*)([a-z]?)$")
_PART = re.compile(r"^(\d+)([a-z]?)$")
_NUMBERED = re.compile(r"^\s*(\d{1,3})\.\s+(\S.*)$")
_LETTERED = re.compile(r"^\s*\(([a-z])\)\s+(\S.*)$")
_LARGEST_GAP = 5  # a number further on than this belongs to the sentence, not to the numbering
TITLE_LIMIT = 200
TEXT_LIMIT = 500_000  # characters: twelve times the text of 2019
PARAGRAPH_LIMIT = 2_000


@dataclass(frozen=True, slots=True)
class CutParagraph:
    """One paragraph cut out of a text: "26" or "26e", and its words."""

    number: str
    text: str


def numbers_of(key: str) -> tuple[str, ...]:
    """The paragraphs a ledger key stands for: "5–6" gives 5 and 6, "27c,d" gives 27c and 27d, "22a–o" all fifteen."""
    found: list[str] = []
    number = ""
    for part in (part.strip() for piece in key.split(";") for part in piece.split(",")):
        span, single = _SPAN.match(part), _PART.match(part)
        if span is not None:
            found.extend(_spread(*span.groups()))
        elif single is not None:
            number = single.group(1)
            found.append(part)
        elif part.isalpha() and number:
            found.append(number + part)
    return tuple(dict.fromkeys(found))


def _spread(first: str, letter: str, last: str, last_letter: str) -> list[str]:
    if letter and last_letter:
        return [f"{first}{chr(code)}" for code in range(ord(letter), ord(last_letter) + 1)]
    return [str(number) for number in range(int(first), int(last or first) + 1)]


def base_number(number: str) -> str:
    """The paragraph a lettered one belongs to: "20a" gives "20"."""
    return number.rstrip("abcdefghijklmnopqrstuvwxyz")


def cut_paragraphs(text: str) -> list[CutParagraph]:
    """Cut a text at its leading numbers ("12.") and letters ("(a)"); other lines belong to what came before.

    Numbers must grow and letters must follow one another, so that a list inside a paragraph does not break it up. The
    time it takes grows with the length of the text and no faster.
    """
    found: list[tuple[str, list[str]]] = []
    number, letter = 0, ""
    for line in text.splitlines():
        numbered, lettered = _NUMBERED.match(line), _LETTERED.match(line)
        if numbered and (not found or 0 < int(numbered.group(1)) - number <= _LARGEST_GAP):
            number, letter = int(numbered.group(1)), ""
            found.append((str(number), [numbered.group(2).strip()]))
        elif lettered and found and lettered.group(1) == (chr(ord(letter) + 1) if letter else "a"):
            letter = lettered.group(1)
            found.append((f"{number}{letter}", [lettered.group(2).strip()]))
        elif found and line.strip():
            found[-1][1].append(line.strip())  # joined once: adding to a growing text takes the square of its length
    return [CutParagraph(number, " ".join(words)) for number, words in found]


def check_title(title: str) -> None:
    """Raise ``Invalid`` when the title of an uploaded text is missing or too long."""
    if not title or len(title) > TITLE_LIMIT:
        message = _("Give the text a title of at most %(count)s characters.", count=TITLE_LIMIT)
        raise Invalid(message, "charter.terms.title", "title")


def cut_text(text: str) -> tuple[CutParagraph, ...]:
    """The paragraphs of an uploaded text. Raises ``Invalid`` when the text or their number is beyond the limits."""
    if len(text) > TEXT_LIMIT:
        message = _("This text has more than %(count)s characters. Upload it as a PDF.", count=TEXT_LIMIT)
        raise Invalid(message, "charter.terms.long", "file")
    cut = tuple(cut_paragraphs(text))
    if len(cut) > PARAGRAPH_LIMIT:
        message = _("This text has more than %(count)s paragraphs. Upload it as a PDF.", count=PARAGRAPH_LIMIT)
        raise Invalid(message, "charter.terms.paragraphs", "file")
    return cut
