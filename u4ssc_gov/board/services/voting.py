"""Casting a position for a seat (¶24): a new revision each time, entered into the ledger in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session, make_transient_to_detached

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import checks, electors, locks, messages, policy, queries, rules
from u4ssc_gov.board.electors import MandateHolder
from u4ssc_gov.board.inputs import CastVote, PaperDraft
from u4ssc_gov.board.models import Ballot, Elector, Vote
from u4ssc_gov.board.rules import Capacity, Cause, Visibility
from u4ssc_gov.board.services import common, seats
from u4ssc_gov.board.services.closing import close_ballot
from u4ssc_gov.board.services.silence import follow_silence
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.db import table_of
from u4ssc_gov.core.errors import Forbidden
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.documents.models import StoredFile
from u4ssc_gov.documents.services import store_file
from u4ssc_gov.ledger import services as ledger

_INSERT = insert(table_of(Vote)).returning(table_of(Vote).c.id)
_COLUMNS = tuple(column.key for column in table_of(Vote).columns if not column.primary_key)


_REVISIONS = range(2**31)  # what a column holds; a number from a hand-made form may be any


def cast_vote(session: Session, ballot: Ballot, cast: CastVote, *, actor: Actor, now: datetime) -> Vote:
    """Record a partner's position as a new revision; earlier ones stay (¶24). The ballot's row must be locked.

    The same person sending the same vote twice gets the same receipt. Raises ``Forbidden``, ``Invalid`` for an
    objection without a reason or a choice that is not on offer, and ``Conflict`` when the ballot takes no positions
    now, its text is not the one that was read, or somebody answered meanwhile (the vote in force is on ``latest``).
    """
    cast = checks.cleaned(ballot, cast)
    found = _seat(session, ballot, cast, now) if policy.may_vote(actor, cast.partner_id) else None
    if found is None or actor.person_id is None:
        raise checks.not_an_elector(session, actor, cast.partner_id, now)
    elector, latest, holders = found
    if latest is not None and checks.is_repeated(latest, actor, cast):
        return latest
    now = common.locked_instant(session, now)
    checks.check_can_vote(ballot, latest, cast, now=now)
    checks.check_position(ballot, cast, elector.acronym)
    mandate = next((holder for holder in holders if holder.person_id == actor.person_id), None)
    if mandate is None:
        message = _("Your mandate for %(partner)s has ended.", partner=elector.acronym)
        raise Forbidden(message, "board.vote.mandate_ended")
    checks.check_seen(ballot, elector, latest, cast)
    vote = _revision(ballot, elector, latest, cast, Capacity(mandate.capacity.value), actor=actor, now=now)
    leaf = _enter(session, ballot, elector, latest, vote, actor=actor, mandate=mandate.mandate, evidence=None, now=now)
    return _settle(session, ballot, elector, vote, holders=holders, leaf=leaf, actor=actor, now=now)


def lock_for_vote(session: Session, code: str, cast: CastVote, *, actor: Actor, now: datetime) -> Ballot:
    """The ballot with its row locked, for ``cast_vote``. Whoever was overtaken is told so without waiting for the lock.

    Raises ``NotFound`` for no such ballot, and what ``cast_vote`` raises for a vote that somebody else's has overtaken.
    """
    if policy.may_vote(actor, cast.partner_id) and cast.expected_revision in _REVISIONS:
        ballot = locks.lock_unless_overtaken(session, code, cast.partner_id, cast.expected_revision, actor=actor)
        if ballot is not None:
            return ballot
        _refuse_overtaken(session, queries.get_ballot(session, code, actor=actor), cast, actor=actor, now=now)
    return locks.lock_ballot(session, code, actor=actor, narrow=True)


def _refuse_overtaken(session: Session, ballot: Ballot, cast: CastVote, *, actor: Actor, now: datetime) -> None:
    """Raise for a vote that is overtaken for certain; the second half of a double click is not."""
    cast = checks.cleaned(ballot, cast)
    found = electors.find_elector(session, ballot.id, cast.partner_id)
    if found is None:
        return
    elector, latest = found
    if latest is not None and checks.is_repeated(latest, actor, cast):
        return
    checks.check_can_vote(ballot, latest, cast, now=now)
    checks.check_position(ballot, cast, elector.acronym)
    checks.check_seen(ballot, elector, latest, cast)


def record_for_seat(
    session: Session, ballot: Ballot, cast: CastVote, evidence: PaperDraft, *, actor: Actor, now: datetime
) -> Vote:
    """Record the position that a partner sent by e-mail, with that e-mail attached (the Secretariat, on record).

    The seat's people are told at once. The seat's own vote wins: once it has voted itself nothing is recorded for it,
    and a vote of its own later takes the place of this one; both stay.
    """
    common.require_secretariat(actor)
    common.require_unconcerned(session, ballot, actor)
    cast = checks.cleaned(ballot, cast)
    found = electors.find_elector(session, ballot.id, cast.partner_id)
    if found is None or actor.person_id is None:
        raise checks.not_an_elector(session, actor, cast.partner_id, now)
    elector, latest = found
    if latest is not None and checks.is_repeated(latest, actor, cast, on_record=True):
        return latest
    now = common.locked_instant(session, now)
    checks.check_can_vote(ballot, latest, cast, now=now)
    checks.check_position(ballot, cast, elector.acronym)
    checks.check_own_vote_stands(latest, elector)
    seats.require_partner_still(session, elector, now)
    checks.check_seen(ballot, elector, latest, cast)
    stored = store_file(session, content=evidence.content, file_name=evidence.file_name, actor=actor, now=now)
    vote = _revision(ballot, elector, latest, cast, Capacity.ON_RECORD, actor=actor, now=now)
    vote.evidence_id = stored.id
    leaf = _enter(session, ballot, elector, latest, vote, actor=actor, mandate=None, evidence=stored, now=now)
    holders = electors.list_holders(session, now, partner_ids=[cast.partner_id])
    return _settle(session, ballot, elector, vote, holders=holders, leaf=leaf, actor=actor, now=now)


def _seat(
    session: Session, ballot: Ballot, cast: CastVote, now: datetime
) -> tuple[Elector, Vote | None, list[MandateHolder]] | None:
    """The partner's seat with its newest vote and its people at the instant that counts, under both locks."""
    return electors.find_seat_with_people(session, ballot.id, cast.partner_id, now=ledger.moment(session, now))


def _revision(
    ballot: Ballot,
    elector: Elector,
    latest: Vote | None,
    cast: CastVote,
    capacity: Capacity,
    *,
    actor: Actor,
    now: datetime,
) -> Vote:
    revision = (latest.revision if latest else 0) + 1
    return Vote(
        ballot_id=ballot.id,
        elector_id=elector.id,
        revision=revision,
        position=cast.position,
        candidates=list(cast.candidates) if ballot.method is rules.Method.ELECTION else None,
        comment=cast.comment,
        cure=cast.cure,
        cast_at=now,
        cast_by_id=actor.person_id,
        cast_by_name=actor.name,
        capacity=capacity,
        evidence_id=None,
        receipt=rules.receipt_code(ballot.code, elector.acronym, revision),
        ledger_seq=None,
        commitment=None,
    )


def _enter(
    session: Session,
    ballot: Ballot,
    elector: Elector,
    latest: Vote | None,
    vote: Vote,
    *,
    actor: Actor,
    mandate: str | None,
    evidence: StoredFile | None,
    now: datetime,
) -> str:
    """Append the ledger entry of a revision; returns its leaf hash, nothing for a ballot older than the ledger.

    Of a position hidden until closing nothing is entered but one commitment, to the choice and to the words.
    """
    entry = None
    if ballot.opened_seq is not None:
        hidden = rules.rule_from_json(ballot.rule).visibility is Visibility.AT_CLOSE
        said: dict[str, Any] = {
            "choice": vote.position.value,
            "candidates": vote.candidates or [],
            "comment_sha256": ledger.sha256_text(vote.comment),
            "cure_sha256": ledger.sha256_text(vote.cure),
        }
        if hidden:
            vote.commitment = ledger.commit_value(session, said)[0]
        fields: dict[str, Any] = {
            "seat": elector.acronym,
            "revision": vote.revision,
            "prev_seq": latest.ledger_seq if latest else None,
            **(dict.fromkeys(said) if hidden else said),
            "commitment": vote.commitment,
            "capacity": vote.capacity.value,
            "mandate": mandate,
            "person": common.person_of(session, actor, mandate),
            "evidence_sha256": evidence.sha256 if evidence else None,
            "text_sha256": ballot.text_sha256,
            "voter_signature": None,
        }
        entry = common.append_entry(session, ballot, "position.cast", fields, now=now)
        vote.ledger_seq = entry.seq if entry else None
    _store(session, vote)
    return entry.leaf_hash.hex() if entry else ""


def _store(session: Session, vote: Vote) -> None:
    """Write the revision now, by one plain statement, and hand it to the session as a row that is there."""
    vote.id = session.execute(_INSERT, {name: getattr(vote, name) for name in _COLUMNS}).scalar_one()
    make_transient_to_detached(vote)
    session.add(vote)


def _settle(
    session: Session,
    ballot: Ballot,
    elector: Elector,
    vote: Vote,
    *,
    holders: Sequence[MandateHolder],
    leaf: str,
    actor: Actor,
    now: datetime,
) -> Vote:
    """Audit and receipt, then what the position brings about: a broken or restored silence, or an early close."""
    details = {"receipt": vote.receipt, "partner": elector.acronym, "revision": vote.revision}
    record(session, "board:vote:cast", "ballot", ballot.id, actor=actor, now=now, capacity=elector.acronym, **details)
    messages.vote_recorded(session, ballot, elector, vote, holders=holders, leaf_hash=leaf, now=now)
    rule = rules.rule_from_json(ballot.rule)
    if rule.method is rules.Method.SILENCE:
        locks.load_rest(session, ballot)
        follow_silence(session, ballot, rule, elector, vote, actor=actor, now=now)
    elif rule.early_close and electors.have_all_answered(session, ballot.id):
        locks.load_rest(session, ballot)
        close_ballot(session, ballot, cause=Cause.ALL_ANSWERED, now=now)
    return vote
