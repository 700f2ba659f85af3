"""Voting rules: read by everybody who is signed in, changed by the Secretariat or put to the Board (¶24)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from u4ssc_gov import web
from u4ssc_gov.board import electors, policy, queries, rule_parts, rule_sets, rule_words, rules, services, wording
from u4ssc_gov.board.forms import rule_sets as rule_forms
from u4ssc_gov.board.forms.rule_sets import RuleForm
from u4ssc_gov.board.inputs import BallotDraft
from u4ssc_gov.board.models import Ballot, RuleSet
from u4ssc_gov.board.pages import choices, suggestions
from u4ssc_gov.board.pages import preparing as preparing_pages
from u4ssc_gov.board.pages import rule_sets as rule_pages
from u4ssc_gov.board.routes.blueprint import bp
from u4ssc_gov.board.rules import Advice, BallotType, Method, PassBase, PeriodKind, QuorumBase, Visibility, VotingRule
from u4ssc_gov.core.errors import Conflict, NotFound
from u4ssc_gov.core.i18n import gettext as _

KINDS = {kind.value: kind for kind in BallotType}
METHODS = {method.value: method for method in Method}


@bp.get("/ballots/rules")
@web.access("signed_in")
def list_rules() -> ResponseReturnValue:
    """Every rule in words with its sums, and who may change them now."""
    page = rule_pages.build_list(web.session(), web.now())
    return render_template("board/rules/list.html", page=page, may_prepare=policy.may_prepare(web.actor()))


@bp.get("/ballots/rules/<kind>/<method>")
@web.access("signed_in")
def show_rule(kind: str, method: str) -> ResponseReturnValue:
    """One rule: its parts, its versions, two of them side by side."""
    known, by = _named(kind, method)
    old, new = request.args.get("old", type=int), request.args.get("new", type=int)
    page = rule_pages.build_rule(web.session(), known, by, web.now(), old=old, new=new)
    label = preparing_pages.type_name(known)
    may = policy.may_prepare(web.actor())
    return render_template(
        "board/rules/rule.html", page=page, label=label, may_prepare=may, clauses=rules.clauses_of(known)
    )


def _named(kind: str, method: str) -> tuple[BallotType, Method]:
    if kind not in KINDS or METHODS.get(method) not in rules.methods_of(KINDS[kind]):
        raise NotFound(_("There is no such rule."), "board.rule.unknown")
    return KINDS[kind], METHODS[method]


@bp.route("/ballots/rules/<kind>/<method>/edit", methods=["GET", "POST"])
@web.access("secretariat")
def edit_rule(kind: str, method: str) -> ResponseReturnValue:
    """Write a new version. Sending it shows the check page and stores nothing."""
    known, by = _named(kind, method)
    form, status = _form(known, by), 200
    if request.method == "POST" and "change" not in request.form:
        if form.validate():
            return _check_page(known, by, form, 200)
        status = 422
    return _edit_page(known, by, form, status)


def _form(kind: BallotType, method: Method) -> RuleForm:
    rule = rule_sets.rule_in_force(web.session(), kind, method, web.now())
    seen = rule_sets.next_version(web.session(), kind, method) - 1
    form = rule_forms.make_form(method, request.form or None, **rule_forms.values_of(rule), seen=seen)
    fields: Any = form
    offers: dict[str, list[tuple[Any, str]]] = {
        "quorum_base": [
            (QuorumBase.SEATS_MINUS_RECUSED, _("partners that have not recused themselves")),
            (QuorumBase.ALL_SEATS, _("all partners")),
        ],
        "pass_base": [(base, rule_parts.base_words(base)) for base in PassBase],
        "period_kind": [(PeriodKind.WORKING, _("working days")), (PeriodKind.CALENDAR, _("calendar days"))],
        "on_no_quorum": [(advice, rule_parts.advice_words(advice)) for advice in Advice],
        "on_tie": [(advice, rule_parts.advice_words(advice)) for advice in Advice],
        "visibility": [(value, rule_parts.visibility_words(value)) for value in Visibility],
    }
    for name, offered in offers.items():
        if name in form:
            fields[name].offer([(one.value, words) for one, words in offered])
    return form


def _edit_page(kind: BallotType, method: Method, form: RuleForm, status: int) -> ResponseReturnValue:
    return render_template(
        "board/rules/edit.html",
        form=form,
        kind=kind.value,
        method=method.value,
        label=preparing_pages.type_name(kind),
        method_label=wording.method_label(method),
    ), status


def _check_page(kind: BallotType, method: Method, form: RuleForm, status: int) -> ResponseReturnValue:
    session, now = web.session(), web.now()
    old = rule_sets.rule_in_force(session, kind, method, now)
    new = rule_forms.rule_from(form, old)
    partners = len(electors.list_current_partners(session, now))
    return render_template(
        "board/rules/check.html",
        form=form,
        kind=kind.value,
        method=method.value,
        label=preparing_pages.type_name(kind),
        method_label=wording.method_label(method),
        in_words=rule_words.rule_in_words(new, partners),
        compared=[row for row in rule_parts.compare(old, new) if row[3]],
        can_pass=rules.can_pass(new, partners),
        partners=partners,
        boards_alone=rule_sets.first_basis(session),
        open_ballots=kind is BallotType.RULE_SET,
    ), status


@bp.post("/ballots/rules/<kind>/<method>/save")
@web.access("secretariat")
def save_rule(kind: str, method: str) -> ResponseReturnValue:
    """Put the version in force at once, or draft it with the ballot by which the Board decides on it."""
    known, by = _named(kind, method)
    form = _form(known, by)
    if not form.validate():
        return _edit_page(known, by, form, 422)
    ballot: Ballot | None = None
    try:
        with web.attempt(form) as done:
            ballot = _save(known, by, form)
    except Conflict as error:
        web.session().rollback()
        form.form_errors = [error.message]
        form.seen.data, form.seen.raw_data = rule_sets.next_version(web.session(), known, by) - 1, None
        return _edit_page(known, by, form, 409)
    return _after_saving(known, by, ballot) if done else _edit_page(known, by, form, 422)


def _save(kind: BallotType, method: Method, form: RuleForm) -> Ballot | None:
    session, now, key = web.session(), web.now(), form.form_key.data or ""
    known = queries.find_by_form_key(session, key) if key else None
    if known is not None:
        return known
    at_once = request.form.get("how") == "now"
    rule = rule_forms.rule_from(form, rule_sets.rule_in_force(session, kind, method, now))
    newest = rule_sets.next_version(session, kind, method) - 1
    if at_once and _is_repeated(kind, method, rule, (form.seen.data or 0) + 1):
        return None
    if (form.seen.data or 0) != newest:
        message = _("Somebody else changed this rule while you were writing. Compare and save again.")
        raise Conflict(message, "board.rule.stale")
    reason, actor = form.reason.data or "", web.actor()
    row = services.draft_rule_set(session, kind, method, rule, reason=reason, at_once=at_once, actor=actor, now=now)
    return None if at_once else _put_to_board(row, key, now)


def _is_repeated(kind: BallotType, method: Method, rule: VotingRule, version: int) -> bool:
    """The second half of a double click: the newest version is this very rule, by this very person."""
    rows = rule_sets.list_versions(web.session(), kind, method)
    newest = rows[0] if rows else None
    return (
        newest is not None
        and newest.version == version
        and newest.in_force_at is not None
        and newest.drafted_by_id == web.actor().person_id
        and newest.rule == rule_sets.numbered(rule, method, version).as_json()
    )


def _put_to_board(row: RuleSet, key: str, now: datetime) -> Ballot:
    draft = BallotDraft(BallotType.RULE_SET, "", "", rule_set_id=row.id, form_key=key or None)
    draft = suggestions.filled(draft, choices.words_for(web.session(), draft, now))
    return services.draft_ballot(web.session(), draft, actor=web.actor(), now=now)


def _after_saving(kind: BallotType, method: Method, ballot: Ballot | None) -> ResponseReturnValue:
    if ballot is not None:
        flash(_("%(code)s is drafted: the Board decides on the rule.", code=ballot.code), "success")
        return redirect(url_for(".edit_ballot", code=ballot.code), 303)
    flash(_("The rule is in force. Ballots that are open keep the rule they were opened with."), "success")
    return redirect(url_for(".show_rule", kind=kind.value, method=method.value), 303)
