"""Pages of the ballots. Views are thin: ``pages`` works out what is shown, ``services`` what is recorded."""

from u4ssc_gov.board.routes import (
    acts,
    answering,
    certifying,
    decisions,
    editing,
    preparing,
    reading,
    recording,
    rounds,
    rule_sets,
    running,
    voting,
)
from u4ssc_gov.board.routes.blueprint import bp

__all__ = [
    "acts",
    "answering",
    "bp",
    "certifying",
    "decisions",
    "editing",
    "preparing",
    "reading",
    "recording",
    "rounds",
    "rule_sets",
    "running",
    "voting",
]
