"""What somebody undertakes who takes part, in our words, one by one (¶31 to ¶33, ¶38, ¶48)."""

from __future__ import annotations

from typing import NamedTuple

from u4ssc_gov.core.i18n import lazy


class Undertaking(NamedTuple):
    """One sentence that is ticked by itself: its key, the first paragraph it rests on, how those are written."""

    key: str
    anchor: str
    paragraphs: str
    sentence: str


UNDERTAKINGS = (
    Undertaking("voluntary", "31", "31–33", lazy("I take part of my own will and without pay; taking part is free.")),
    Undertaking("costs", "31", "31–33", lazy("I bear my own travel costs, or my organisation does.")),
    Undertaking("gain", "38", "38", lazy("I seek no personal gain from taking part.")),
    Undertaking("confidence", "38", "38", lazy("I keep unpublished work confidential until it is completed.")),
    Undertaking("agreement", "48", "48", lazy("I agree to the Terms of Reference without exception.")),
)
KEYS = tuple(one.key for one in UNDERTAKINGS)
