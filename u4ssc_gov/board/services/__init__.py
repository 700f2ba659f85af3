"""Writes: draft, open, vote, consult, close, certify, and every other way a ballot ends (¶20, ¶23, ¶24).

Each service checks who, then when, then changes and tells. The row of the ballot is locked first, the ledger last.
"""

from u4ssc_gov.board.inputs import BallotDraft, CandidateDraft, CastVote, PaperDraft
from u4ssc_gov.board.services.annulling import ask_annulment, confirm_annulment
from u4ssc_gov.board.services.certifying import certify_ballot, decide_challenge, raise_challenge
from u4ssc_gov.board.services.closing import note_consequence, record_by_hand, record_outage, record_outcome
from u4ssc_gov.board.services.drafting import check_closing, draft_ballot, update_draft
from u4ssc_gov.board.services.ending import refer_to_meeting, supersede_by_meeting, withdraw_ballot
from u4ssc_gov.board.services.opening import open_ballot, tell_opening, text_digest
from u4ssc_gov.board.services.remarks import add_remark, propose_editorial
from u4ssc_gov.board.services.rounds import draft_next_round
from u4ssc_gov.board.services.rule_sets import draft_rule_set, settle_rule_set, store_defaults
from u4ssc_gov.board.services.running import ask_secrecy, extend_ballot, remind_partners, withdraw_candidate
from u4ssc_gov.board.services.voting import cast_vote, lock_for_vote, record_for_seat

__all__ = [
    "BallotDraft",
    "CandidateDraft",
    "CastVote",
    "PaperDraft",
    "add_remark",
    "ask_annulment",
    "ask_secrecy",
    "cast_vote",
    "certify_ballot",
    "check_closing",
    "confirm_annulment",
    "decide_challenge",
    "draft_ballot",
    "draft_next_round",
    "draft_rule_set",
    "extend_ballot",
    "lock_for_vote",
    "note_consequence",
    "open_ballot",
    "propose_editorial",
    "raise_challenge",
    "record_by_hand",
    "record_for_seat",
    "record_outage",
    "record_outcome",
    "refer_to_meeting",
    "remind_partners",
    "settle_rule_set",
    "store_defaults",
    "supersede_by_meeting",
    "tell_opening",
    "text_digest",
    "update_draft",
    "withdraw_ballot",
    "withdraw_candidate",
]
