"""Writes: the register of participants (¶19), requests to join (¶29) and their answers."""

from u4ssc_gov.participants.services.answering import accept_request, ask_back, decline_request
from u4ssc_gov.participants.services.joining import ask_to_join, record_request
from u4ssc_gov.participants.services.register import add_participant, end_participation

__all__ = [
    "accept_request",
    "add_participant",
    "ask_back",
    "ask_to_join",
    "decline_request",
    "end_participation",
    "record_request",
]
