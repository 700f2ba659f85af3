"""What is said about an open ballot without deciding it: remarks of others, and offers to correct wording."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import electors, history, messages, policy, rules
from u4ssc_gov.board.models import Ballot, EditorialNote, Remark
from u4ssc_gov.board.rules import Position
from u4ssc_gov.board.services import common
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_text


def add_remark(session: Session, ballot: Ballot, text: str, *, actor: Actor, now: datetime) -> Remark:
    """Keep what somebody without a vote says: a comment, an objection, an amendment. It never breaks a silence.

    The same words sent twice are one remark. Raises ``RuleViolation`` beyond the house's limit for one person.
    """
    if not policy.may_remark(actor) or actor.person_id is None:
        message = _("Partners answer with their position; chairs, leaders and participants may leave a remark.")
        raise Forbidden(message, "board.remark.forbidden")
    message = _("%(code)s is not open.", code=ballot.code)
    common.require_state(ballot, rules.RUNNING, message, "board.ballot.not_open", now=now)
    missing = _("Write the remark.")
    words = common.checked_text(clean_text(text), "text", rules.COMMENT_LENGTH, missing, room="board.remark")
    known = history.find_remark(session, ballot.id, actor.person_id, words)
    if known is not None:
        return known
    if history.count_remarks(session, ballot.id, actor.person_id) >= rules.MAXIMUM_REMARKS:
        message = _("You have left %(num)s remarks here, and that is the most.", num=rules.MAXIMUM_REMARKS)
        raise RuleViolation(message, "board.remark.too_many")
    remark = Remark(ballot_id=ballot.id, at=now, by_id=actor.person_id, by_name=actor.name, text=words)
    session.add(remark)
    session.flush()
    record(session, "board:remark:add", "ballot", ballot.id, actor=actor, now=now, remark=remark.id)
    return remark


def propose_editorial(
    session: Session, ballot: Ballot, *, partner_id: int, text: str, actor: Actor, now: datetime
) -> EditorialNote:
    """Offer to treat an objection as a matter of wording and to correct it. Only the objecting partner can agree.

    It agrees by lifting its objection. Raises ``Invalid`` when that seat does not object, ``Conflict`` when another
    correction of the same objection was offered.
    """
    if not policy.may_classify(actor):
        message = _("The Secretariat or a chair offers this.")
        raise Forbidden(message, "board.editorial.forbidden")
    message = _("%(code)s is not suspended.", code=ballot.code)
    suspended = frozenset({rules.BallotState.SUSPENDED})
    common.require_state(ballot, suspended, message, "board.editorial.state", now=now)
    found = electors.find_elector(session, ballot.id, partner_id)
    elector, vote = found or (None, None)
    if elector is None or vote is None or vote.position is not Position.OBJECT:
        raise Invalid(_("This partner does not object."), "board.editorial.no_objection", "partner_id")
    missing = _("Write the correction that would be made.")
    words = common.checked_text(clean_text(text), "text", rules.COMMENT_LENGTH, missing, room="board.editorial")
    known = history.find_editorial(session, vote.id)
    if known is not None and known.text == words:
        return known
    if known is not None:
        message = _(
            "Another correction was offered to %(partner)s already: “%(text)s”. Nothing of yours was recorded.",
            partner=elector.acronym,
            text=known.text,
        )
        raise Conflict(message, "board.editorial.offered", known)
    note = EditorialNote(ballot_id=ballot.id, vote_id=vote.id, at=now, by_id=actor.person_id, text=words)
    session.add(note)
    session.flush()
    common.note_event(session, ballot, "editorial", actor=actor, now=now, seat=elector.acronym, text=words)
    record(session, "board:objection:classify", "ballot", ballot.id, actor=actor, now=now, partner=elector.acronym)
    messages.editorial_proposed(session, ballot, elector, words, now=now)
    return note
