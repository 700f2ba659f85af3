"""Which mail goes to whom about a ballot, once each. Contexts hold plain values only."""

from u4ssc_gov.board.messages.news import (
    annulment_asked,
    ballot_annulled,
    ballot_extended,
    ballot_referred,
    ballot_superseded,
    ballot_withdrawn,
    candidate_withdrawn,
    challenge_decided,
    challenge_raised,
    editorial_proposed,
    secrecy_asked,
    silence_broken,
    silence_resumed,
)
from u4ssc_gov.board.messages.outcomes import ballot_certified, ballot_closed
from u4ssc_gov.board.messages.votes import ballot_opened, ballot_reminder, preview_opening, vote_recorded

__all__ = [
    "annulment_asked",
    "ballot_annulled",
    "ballot_certified",
    "ballot_closed",
    "ballot_extended",
    "ballot_opened",
    "ballot_referred",
    "ballot_reminder",
    "ballot_superseded",
    "ballot_withdrawn",
    "candidate_withdrawn",
    "challenge_decided",
    "challenge_raised",
    "editorial_proposed",
    "preview_opening",
    "secrecy_asked",
    "silence_broken",
    "silence_resumed",
    "vote_recorded",
]
