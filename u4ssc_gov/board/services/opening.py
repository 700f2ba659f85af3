"""Opening a ballot: electors, rule, text and papers are copied and frozen; everybody who may vote is told (¶24)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import electors, messages, queries, rules, subjects
from u4ssc_gov.board.electors import MandateHolder
from u4ssc_gov.board.models import Ballot, BallotDocument, Candidate, Elector
from u4ssc_gov.board.rules import BallotOutcome, BallotState
from u4ssc_gov.board.services import common, rounds
from u4ssc_gov.board.services.drafting import check_closing
from u4ssc_gov.board.services.subject_papers import attach_subject
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.partners.models import Partner


def open_ballot(
    session: Session,
    ballot: Ballot,
    *,
    closes_at: datetime,
    opens_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> Ballot:
    """Open a draft now, or schedule it for ``opens_at``. ``closes_at`` and ``opens_at`` are UTC instants.

    The electorate is that of the opening day. From here on the text never changes; the database refuses it too.
    Raises ``Invalid`` for the instants, ``RuleViolation`` when nobody could meet the rule, when an earlier ballot must
    be decided first, or when the round before was decided.
    """
    common.require_secretariat(actor)
    common.require_draft(ballot, now)
    common.require_unconcerned(session, ballot, actor)
    previous = rounds.previous_of(session, ballot)
    now = common.locked_instant(session, now)
    begins = opens_at or now
    if begins < now:
        raise Invalid(_("A ballot cannot open in the past."), "board.ballot.past", "opens_on")
    rule = rules.rule_from_json(ballot.rule)
    check_closing(closes_at, begins, rule)
    subjects.check_first_day(ballot, now, closes_at=closes_at)
    subjects.check_no_other(session, ballot, ballot.id, opened=True)
    _check_order(session, ballot, now)
    partners = electors.list_current_partners(session, begins)
    if not rules.can_pass(rule, len(partners), ballot.candidate_count, ballot.posts):
        message = _("The rule of this ballot cannot be met with %(count)s partners.", count=len(partners))
        raise RuleViolation(message, "board.ballot.rule_unreachable")
    session.add_all(_elector(ballot, partner) for partner in partners)
    attach_subject(session, ballot, actor=actor, now=now)
    papers = queries.list_documents(session, ballot.id)
    candidates = queries.list_candidates(session, ballot.id)
    ballot.text_sha256 = text_digest(ballot, papers, candidates)
    ballot.opens_at, ballot.closes_at = begins, closes_at
    ballot.opened_by_id, ballot.opened_for = actor.person_id, actor.secretariat_of
    holders = electors.list_holders(session, begins, partner_ids=[partner.id for partner in partners])
    fields = _entry(ballot, partners, holders, candidates, previous)
    fields["by"] = common.person_of(session, actor)
    session.flush()
    ballot.opened_seq = common.log_entry(session, ballot, "ballot.opened", fields, now=now)
    if previous is not None:
        rounds.end_round(session, previous, ballot, actor=actor, now=now)
    session.flush()
    common.note_event(
        session, ballot, "opened" if begins == now else "scheduled", actor=actor, now=now, seq=ballot.opened_seq,
        silent=[partner.acronym for partner in partners if partner.id not in {h.partner_id for h in holders}],
    )  # fmt: skip
    frozen = ballot.text_sha256
    record(session, "board:ballot:open", "ballot", ballot.id, actor=actor, now=now, code=ballot.code, sha256=frozen)
    tell_opening(session, ballot, now=now)
    return ballot


def tell_opening(session: Session, ballot: Ballot, *, now: datetime) -> bool:
    """Mail the opening once the ballot is open; of a scheduled one a job does it. Tells whether mail was queued."""
    if ballot.opening_told_at is not None or queries.state_of(ballot, now) is not BallotState.OPEN:
        return False
    ballot.opening_told_at = now
    session.flush()
    messages.ballot_opened(session, ballot, now=now)
    return True


def text_digest(ballot: Ballot, papers: Sequence[BallotDocument], candidates: Sequence[Candidate] = ()) -> str:
    """The hash of what is voted on; compare it with ``ballot.text_sha256`` to prove that nothing changed."""
    return rules.digest_of(queries.frozen_text(ballot, papers, candidates))


def _elector(ballot: Ballot, partner: Partner) -> Elector:
    return Elector(
        ballot_id=ballot.id,
        partner_id=partner.id,
        acronym=partner.acronym,
        official_name=partner.official_name,
        position=partner.position,
    )


def _check_order(session: Session, ballot: Ballot, now: datetime) -> None:
    """A ballot that builds on another waits until that one is certified as approved."""
    first = session.get(Ballot, ballot.after_id) if ballot.after_id is not None else None
    if first is None:
        return
    is_certified = queries.state_of(first, now) in (BallotState.CERTIFIED, BallotState.RECORDED)
    if not (is_certified and first.outcome is BallotOutcome.APPROVED):
        message = _("%(code)s has to be approved and certified before this ballot opens.", code=first.code)
        raise RuleViolation(message, "board.ballot.order")


def _entry(
    ballot: Ballot,
    partners: Sequence[Partner],
    holders: Sequence[MandateHolder],
    candidates: Sequence[Candidate],
    previous: Ballot | None,
) -> dict[str, Any]:
    mandates: dict[int, list[dict[str, str]]] = {partner.id: [] for partner in partners}
    for holder in holders:
        mandates[holder.partner_id].append({"capacity": holder.capacity.value, "mandate": holder.mandate})
    return {
        "round": ballot.round,
        "previous": previous.code if previous else None,
        "type": ballot.type.value,
        "method": ballot.method.value,
        "title": ballot.title,
        "text_sha256": ballot.text_sha256,
        "rule": ballot.rule,
        "electorate": [
            {"seat": partner.acronym, "name": partner.official_name, "mandates": mandates[partner.id]}
            for partner in partners
        ],
        "candidates": [{"candidate": one.number, "name": one.name} for one in candidates],
        "posts": ballot.posts,
        "opens_at": ballot.opens_at,
        "closes_at": ballot.closes_at,
    }
