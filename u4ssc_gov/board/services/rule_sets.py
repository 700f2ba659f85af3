"""Changing a voting rule: by the Board, or by the Secretariat until the Board has changed one (¶24)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.audit.services import record
from u4ssc_gov.board import rule_sets, rules
from u4ssc_gov.board.models import RuleSet
from u4ssc_gov.board.rules import BallotType, Method, VotingRule
from u4ssc_gov.board.services import common
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.errors import Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _


def draft_rule_set(
    session: Session,
    ballot_type: BallotType,
    method: Method,
    rule: VotingRule,
    *,
    reason: str,
    at_once: bool,
    actor: Actor,
    now: datetime,
) -> RuleSet:
    """Keep a new version of a rule. ``at_once`` puts it in force by the Secretariat's own act.

    Raises ``RuleViolation`` when the Board has decided on rules before (then only the Board does), and ``Invalid``
    with the field for a number that makes no rule. Ballots that are open or closed keep the rule they were opened with.
    """
    common.require_secretariat(actor)
    if method not in rules.methods_of(ballot_type):
        raise Invalid(_("This kind of matter is not decided by this method."), "board.rule.method", "method")
    version = rule_sets.next_version(session, ballot_type, method)
    rule = rule_sets.numbered(rule, method, version)
    for field, code in rules.problems_of(rule):
        raise Invalid(_problem(code), f"board.rule.{code}", field)
    if at_once and rule_sets.is_boards_alone(session):
        message = _("The Board has decided on its rules; from then on only the Board changes them. Open a ballot.")
        raise RuleViolation(message, "board.rule.board_only")
    row = RuleSet(
        type=ballot_type,
        method=method,
        version=version,
        rule=rule.as_json(),
        reason=common.checked_reason(reason),
        drafted_at=now,
        drafted_by_id=actor.person_id,
        in_force_at=now if at_once else None,
    )
    session.add(row)
    session.flush()
    record(
        session, "board:rule:draft", "rule_set", row.id,
        actor=actor, now=now, type=ballot_type.value, method=method.value, version=version, in_force=at_once,
    )  # fmt: skip
    return row


def _problem(code: str) -> str:
    if code == "fraction":
        return _("Write a fraction of whole numbers between 0 and 1, such as 2/3.")
    if code == "visibility":
        return _("A silence is followed live: partners must see what breaks it.")
    return _("Choose a number within the bounds; a ballot is never open for less than 72 hours.")


def settle_rule_set(
    session: Session, row: RuleSet, *, is_approved: bool, basis: str, actor: Actor, now: datetime
) -> RuleSet:
    """The Board decided on a version: it comes into force, or it never will. Does nothing the second time."""
    common.require_secretariat(actor)
    if row.in_force_at is None and row.rejected_at is None:
        row.basis = basis
        if is_approved:
            row.in_force_at = now
        else:
            row.rejected_at = now
        record(
            session, "board:rule:settle", "rule_set", row.id, actor=actor, now=now, basis=basis, approved=is_approved
        )
        session.flush()
    return row


def store_defaults(session: Session, *, actor: Actor, now: datetime) -> int:
    """Store the house defaults as first versions, once; returns how many were new."""
    added = 0
    for ballot_type, methods in rules.DEFAULTS.items():
        for method, rule in methods.items():
            if rule_sets.list_versions(session, ballot_type, method):
                continue
            row = RuleSet(
                type=ballot_type,
                method=method,
                version=1,
                rule=rule.as_json(),
                reason="House default: the Terms of Reference name no quorum, majority, period or method.",
                drafted_at=now,
                drafted_by_id=actor.person_id,
                in_force_at=now,
            )
            session.add(row)
            session.flush()
            record(session, "board:rule:draft", "rule_set", row.id, actor=actor, now=now, type=ballot_type.value)
            added += 1
    return added
