"""Writes: groups, proposals, moves between stages, and who contributes (¶21, ¶26, ¶27)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.errors import Forbidden, Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text, slugify
from u4ssc_gov.deliverables import policy, queries, rules
from u4ssc_gov.deliverables.models import Contributor, Deliverable, DeliverableObjective, StageChange, ThematicGroup
from u4ssc_gov.deliverables.rules import DeliverableProposal, Stage


def add_group(
    session: Session,
    *,
    name: str,
    code: str = "",
    parent: ThematicGroup | None = None,
    opened_on: date | None = None,
    actor: Actor,
    now: datetime,
) -> ThematicGroup:
    """Open a thematic group, or a working group inside ``parent``. Secretariat only."""
    if not policy.may_add_group(actor):
        raise Forbidden(_("Only the Secretariat opens thematic groups."), "deliverables.group.forbidden")
    name = clean_line(name)
    if not name or len(name) > rules.TITLE_LIMIT:
        message = _("Give the group a name of at most %(count)s characters.", count=rules.TITLE_LIMIT)
        raise Invalid(message, "deliverables.group.name", "name")
    key = slugify(code or name)
    if not key or queries.find_group_by_code(session, key) is not None:
        raise Invalid(_("Another group has this code. Choose a different one."), "deliverables.group.code", "code")
    group = ThematicGroup(
        code=key, name=name, parent_id=parent.id if parent else None, opened_on=opened_on or geneva_date(now)
    )
    session.add(group)
    session.flush()
    record(session, "deliverables:group:add", "thematic_group", group.id, actor=actor, now=now, code=key)
    return group


def propose_deliverable(session: Session, proposal: DeliverableProposal, *, actor: Actor, now: datetime) -> Deliverable:
    """Record a proposal under the year's next code (¶26a). Leaders for their own group, or the Secretariat."""
    if not policy.may_propose(actor, proposal.group_id):
        message = _("You can propose deliverables for the groups you lead. Ask the Secretariat for others.")
        raise Forbidden(message, "deliverables.propose.forbidden")
    if queries.find_group(session, proposal.group_id) is None:
        raise Invalid(_("Choose a thematic group."), "deliverables.proposal.group", "group_id")
    today = geneva_date(now)
    proposal = replace(
        proposal,
        title=clean_line(proposal.title),
        scope=clean_text(proposal.scope),
        summary=clean_text(proposal.summary),
        objectives=tuple(sorted(set(proposal.objectives))),
    )
    rules.check_proposal(proposal, queries.known_letters(session), today)
    deliverable = Deliverable(
        code=_next_code(session, today.year),
        title=proposal.title,
        kind=proposal.kind,
        group_id=proposal.group_id,
        stage=Stage.PROPOSED,
        year=today.year,
        summary=proposal.summary,
        scope=proposal.scope,
        proposed_on=today,
        due_on=proposal.due_on,
        created_at=now,
    )
    session.add(deliverable)
    session.flush()
    session.add_all(
        DeliverableObjective(deliverable_id=deliverable.id, letter=letter) for letter in proposal.objectives
    )
    _note_stage(session, deliverable, "", actor, now)
    record(
        session, "deliverables:deliverable:propose", "deliverable", deliverable.id,
        actor=actor, now=now, code=deliverable.code,
    )  # fmt: skip
    return deliverable


def move_stage(
    session: Session, deliverable: Deliverable, to: Stage, *, basis: str, actor: Actor, now: datetime
) -> Deliverable:
    """Move a deliverable to another stage; an approval names its ballot or annual meeting (¶21b).

    Publishing sets the day of publication: from then on everybody sees it (¶38).
    """
    if not policy.may_move(actor, deliverable, to):
        message = _("Only its leader or the Secretariat moves this deliverable; the Secretariat records decisions.")
        raise Forbidden(message, "deliverables.move.forbidden")
    basis = clean_line(basis)
    if len(basis) > rules.BASIS_LIMIT:
        message = _("Use at most %(count)s characters.", count=rules.BASIS_LIMIT)
        raise Invalid(message, "deliverables.stage.basis_long", "basis")
    before = deliverable.stage
    rules.check_move(before, to, basis, is_approved=bool(deliverable.approval_basis))
    deliverable.stage = to
    if to is Stage.APPROVED:
        deliverable.approval_basis = basis
    if to is Stage.PUBLISHED:
        deliverable.published_on = geneva_date(now)
    _note_stage(session, deliverable, basis, actor, now)
    record(
        session, "deliverables:deliverable:move", "deliverable", deliverable.id,
        actor=actor, now=now, before=before.value, after=to.value, basis=basis,
    )  # fmt: skip
    session.flush()
    return deliverable


def record_board_decision(
    session: Session,
    deliverable: Deliverable,
    *,
    is_approved: bool,
    basis: str,
    actor: Actor,
    now: datetime,
) -> Deliverable:
    """What the Board decided on a deliverable (¶21b): a proposal becomes approved; a text that is not approved goes
    back to its leader; anything else is noted in its history. ``basis`` is the ballot's code and all
    that is noted: what partners wrote with their votes stands on the ballot, for those who may read it there.
    """
    if not (actor.is_system or actor.is_secretariat):
        message = _("The Secretariat records what the Board decides.")
        raise Forbidden(message, "deliverables.decision.forbidden")
    before = deliverable.stage
    if is_approved and before is Stage.PROPOSED:
        deliverable.stage, deliverable.approval_basis = Stage.APPROVED, basis
    elif not is_approved and before is Stage.BOARD_APPROVAL:
        deliverable.stage = Stage.REVIEW
    _note_stage(session, deliverable, basis, actor, now)
    record(
        session, "deliverables:deliverable:decide", "deliverable", deliverable.id,
        actor=actor, now=now, before=before.value, after=deliverable.stage.value, basis=basis, approved=is_approved,
    )  # fmt: skip
    session.flush()
    return deliverable


def join_deliverable(session: Session, deliverable: Deliverable, *, actor: Actor, now: datetime) -> Contributor | None:
    """Record that this person chose a deliverable (¶27a); ``None`` when they had chosen it already."""
    policy.check_may_choose(actor)
    if actor.person_id is None:
        raise Forbidden(_("Sign in to choose a deliverable."), "deliverables.join.forbidden")
    if not deliverable.seeks_contributors:
        message = _("%(code)s takes no contributors now.", code=deliverable.code)
        raise RuleViolation(message, "deliverables.join.closed")
    if queries.find_contribution(session, deliverable.id, actor.person_id) is not None:
        return None
    contributor = Contributor(deliverable_id=deliverable.id, person_id=actor.person_id, joined_at=now)
    session.add(contributor)
    session.flush()
    record(session, "deliverables:contributor:join", "deliverable", deliverable.id, actor=actor, now=now)
    return contributor


def leave_deliverable(session: Session, deliverable: Deliverable, *, actor: Actor, now: datetime) -> Contributor | None:
    """End this person's contribution now; ``None`` when it had ended already."""
    if actor.person_id is None:
        raise Forbidden(_("Sign in to leave a deliverable."), "deliverables.leave.forbidden")
    current = queries.find_contribution(session, deliverable.id, actor.person_id)
    if current is None:
        return None
    current.left_at = now
    record(session, "deliverables:contributor:leave", "deliverable", deliverable.id, actor=actor, now=now)
    session.flush()
    return current


def _next_code(session: Session, year: int) -> str:
    prefix = rules.code_of(year, 0)[:5]
    taken = [rules.number_in(code) for code in queries.list_codes(session, prefix)]
    return rules.code_of(year, max(taken, default=0) + 1)


def _note_stage(session: Session, deliverable: Deliverable, basis: str, actor: Actor, now: datetime) -> None:
    session.add(
        StageChange(deliverable_id=deliverable.id, stage=deliverable.stage, at=now, by_id=actor.person_id, basis=basis)
    )
    session.flush()
