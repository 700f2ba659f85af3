"""Kinds of clause, and the house settings for what the Terms of Reference leave open (ADR 0007)."""

from dataclasses import dataclass
from enum import StrEnum


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
    ballot_minimum_hours: int = 72  # ¶24: shortest time a ballot stays open
    ballot_default_days: int = 14


HOUSE = HouseSettings()
