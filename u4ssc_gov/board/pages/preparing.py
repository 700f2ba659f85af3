"""What the Secretariat sees while it prepares a ballot, worked out from the records: no Flask, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.board import electors, messages, queries, rule_sets, rule_words, rules, subjects, wording
from u4ssc_gov.board.models import Ballot, Candidate, RuleSet
from u4ssc_gov.board.pages import choices, drafts
from u4ssc_gov.board.queries import Paper
from u4ssc_gov.board.rules import BallotType, Method
from u4ssc_gov.board.subjects import NOT_CARRIED_OUT
from u4ssc_gov.charter.models import TermsDocument
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import GENEVA, geneva_date
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.formatting import day_text, when_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.partners.models import Partner
from u4ssc_gov.tenures.models import Office

SATURDAY = 5  # as ``date.weekday`` counts


class TypeOption(NamedTuple):
    """One kind of matter on the first page."""

    value: str
    label: str
    clause: str
    follows: str
    refused: str  # why it is not on offer; empty when it is


def type_options() -> list[TypeOption]:
    """What can be decided, with its paragraph and what follows; those that nobody could carry out say why."""
    refused = _("Indicator sets have no versions here yet that a decision could bring into force. Put it to a meeting.")
    return [
        TypeOption(
            kind.value,
            type_name(kind),
            rules.clauses_of(kind)[0],
            _follows(kind),
            refused if kind in NOT_CARRIED_OUT else "",
        )
        for kind in choices.types_on_offer()
    ]


def type_name(kind: BallotType) -> str:
    """What is decided, in full."""
    return {
        BallotType.DELIVERABLE: _("A deliverable"),
        BallotType.APPOINTMENT: _("Co-Chairs or Vice-Chairs"),
        BallotType.ACTION_PLAN: _("The annual Action Plan"),
        BallotType.GUIDANCE: _("Strategic guidance"),
        BallotType.TOR_REVISION: _("A revision of the Terms of Reference"),
        BallotType.RULE_SET: _("A voting rule of the Board"),
        BallotType.KPI_SET: _("The set of key performance indicators"),
    }[kind]


def _follows(kind: BallotType) -> str:
    return {
        BallotType.DELIVERABLE: _("A proposal becomes approved work; a final text can be published, or goes back."),
        BallotType.APPOINTMENT: _("Whoever is elected starts a tenure of one year on the day you name."),
        BallotType.ACTION_PLAN: _("The draft of a year is in force and does not change any more."),
        BallotType.GUIDANCE: _("The text stands in the register of decisions; nothing else follows by itself."),
        BallotType.TOR_REVISION: _("An uploaded proposal comes into force in place of the present text."),
        BallotType.RULE_SET: _("A new version of a rule holds for ballots opened from then on."),
        BallotType.KPI_SET: "",
    }[kind]


class MethodOption(NamedTuple):
    """One way to decide, with its plain meaning and its rule."""

    value: str
    label: str
    meaning: str
    rule: str
    is_usual: bool


def method_options(session: Session, ballot: Ballot, now: datetime) -> list[MethodOption]:
    """The methods a matter may be decided by, the usual one first. Two statements and one for each method."""
    partners = len(electors.list_current_partners(session, now))
    found = []
    for place, method in enumerate(rules.methods_of(ballot.type)):
        rule = rule_sets.rule_in_force(session, ballot.type, method, now)
        words = f"{rule_words.rule_in_words(rule, partners)}; {open_for(rule)}"
        found.append(MethodOption(method.value, wording.method_label(method), meaning(method), words, place == 0))
    return found


def open_for(rule: rules.VotingRule) -> str:
    """How long a ballot by a rule is open."""
    return _("open for %(period)s", period=rule_words.period_in_words(rule))


def meaning(method: Method) -> str:
    """A method in one plain sentence."""
    return {
        Method.SILENCE: _("The text is adopted at the closing unless a partner objects. Partners need not answer."),
        Method.VOTE: _("Partners approve, abstain or object, and enough of them have to answer."),
        Method.ELECTION: _("Partners choose among candidates. Positions are shown once it has closed."),
    }[method]


# ── the list of steps ────────────────────────────────────────────────────────────────────────────────────────────────


class Task(NamedTuple):
    """One step of a draft: what it holds now and how it stands."""

    step: str  # empty: nothing to change
    label: str
    value: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class TaskList:
    """The page of a draft."""

    tasks: tuple[Task, ...]
    missing: tuple[Task, ...]
    type_label: str


def build_tasks(session: Session, ballot: Ballot, now: datetime, *, plan: str = "") -> TaskList:
    """The steps of a draft with their states. At most five statements. ``plan`` names the Action Plan it is about."""
    candidates = queries.list_candidates(session, ballot.id) if ballot.method is Method.ELECTION else ()
    papers = queries.list_papers(session, ballot.id)
    tasks = [Task("", _("What is decided"), type_name(ballot.type), _("Done"), "g")]
    if ballot.renewal_id is not None:
        name = candidates[0].name if candidates else ""
        tasks.append(Task("", _("Renewal"), _("%(name)s, another year", name=name), _("Done"), "g"))
    if len(rules.methods_of(ballot.type)) == 1:
        tasks.append(Task("", _("Method"), wording.method_label(ballot.method), _("Only one"), ""))
    for step in drafts.steps_of(ballot):
        tasks.append(_task(session, step, ballot, candidates, papers, now, plan))
    missing = tuple(task for task in tasks if task.tone in ("a", "r"))
    return TaskList(tuple(tasks), missing, wording.type_label(ballot.type))


def step_label(step: str) -> str:
    """The name of a page of a draft."""
    return {
        "subject": _("Subject"),
        "office": _("Office and first day"),
        "candidates": _("Candidates"),
        "method": _("Method"),
        "text": _("Decision text"),
        "documents": _("Documents"),
        "dates": _("Opening and closing"),
    }[step]


def _task(
    session: Session,
    step: str,
    ballot: Ballot,
    candidates: Sequence[Candidate],
    papers: Sequence[Paper],
    now: datetime,
    plan: str,
) -> Task:
    label, done = step_label(step), (_("Done"), "g")
    if step == "dates":
        problem = dates_problem(ballot, now)
        state = (_("To do"), "a") if ballot.closes_at is None else (_("Too near"), "r") if problem else done
        return Task(step, label, problem or dates_words(ballot, now), *state)
    if step == "documents":
        value = ngettext("%(num)s document", "%(num)s documents", len(papers)) if papers else _("None")
        return Task(step, label, value, *(done if papers else (_("Optional"), "")))
    if step == "office" and first_day_problem(ballot, now):
        return Task(step, label, office_words(session, ballot, now), _("Too early"), "r")
    values = {
        "subject": lambda: plan or subject_words(session, ballot),
        "office": lambda: office_words(session, ballot, now),
        "candidates": lambda: "; ".join(one.name for one in candidates),
        "method": lambda: wording.method_label(ballot.method),
        "text": lambda: ballot.title,
    }
    return Task(step, label, values[step](), *done)


def subject_words(session: Session, ballot: Ballot) -> str:
    """The subject by its name."""
    if ballot.deliverable_id is not None:
        found = session.get_one(Deliverable, ballot.deliverable_id)
        return f"{found.code} {found.title}"
    if ballot.terms_document_id is not None:
        return session.get_one(TermsDocument, ballot.terms_document_id).title
    if ballot.rule_set_id is not None:
        return choices.rule_name(session.get_one(RuleSet, ballot.rule_set_id))
    return ""


def office_words(session: Session, ballot: Ballot, now: datetime) -> str:
    """Office, seats and first day."""
    office = session.get(Office, ballot.office_id) if ballot.office_id is not None else None
    if office is None or ballot.starts_on is None:
        return ""
    seats = ngettext("%(num)s seat", "%(num)s seats", ballot.posts)
    return f"{office.title}, {seats}, " + _("from %(day)s", day=day_text(ballot.starts_on, now))


def dates_words(ballot: Ballot, now: datetime) -> str:
    """When a draft opens and closes."""
    closes = when_text(ballot.closes_at, GENEVA, now) if ballot.closes_at else ""
    if ballot.opens_planned_at is None:
        return _("Opens when you open it; closes %(closing)s", closing=closes)
    opens = when_text(ballot.opens_planned_at, GENEVA, now)
    return _("Opens %(opening)s; closes %(closing)s", opening=opens, closing=closes)


def dates_problem(ballot: Ballot, now: datetime) -> str:
    """What is wrong with the instants of a draft, or an empty string."""
    if ballot.closes_at is None:
        return _("The draft has no closing day and time.")
    if ballot.opens_planned_at is not None and ballot.opens_planned_at < now:
        return _("The opening that was planned has passed. Choose another, or open the ballot at once.")
    return drafts.closing_problem(ballot, now)


# ── before opening ───────────────────────────────────────────────────────────────────────────────────────────────────


class Problem(NamedTuple):
    """What stands in the way of opening, and the page that puts it right (empty: none)."""

    text: str
    step: str

    @property
    def label(self) -> str:
        """The name of that page."""
        return step_label(self.step) if self.step else ""


@dataclass(frozen=True, slots=True)
class OpeningPage:
    """What opening a draft would do: who votes by which rule, which mail goes out, and what stands in the way."""

    partners: Sequence[Partner]
    silent: tuple[str, ...]  # acronyms of partners that nobody may vote for on the opening day
    mails: int
    rule: str
    period: str
    rule_version: int
    type_label: str
    method_label: str
    subject: str
    candidates: tuple[tuple[str, str], ...]  # (name, who nominates)
    papers: Sequence[Paper]
    subject_paper: str  # the paper that is made of the subject when it opens; empty without one
    early_close: str  # when it may close before its time; empty when never
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]  # what is unusual and allowed
    mail: tuple[str, str] | None  # subject and text


def build_opening(
    session: Session, ballot: Ballot, *, actor: Actor, now: datetime, plan: str = "", problem: str = ""
) -> OpeningPage:
    """Put the check page of a draft together. At most eleven statements."""
    begins = max(now, ballot.opens_planned_at or now)
    partners = electors.list_current_partners(session, begins)
    holders = electors.list_holders(session, begins, partner_ids=[partner.id for partner in partners])
    represented = {holder.partner_id for holder in holders}
    acronyms = {partner.id: partner.acronym for partner in partners}
    rule = rules.rule_from_json(ballot.rule)
    candidates = queries.list_candidates(session, ballot.id) if ballot.method is Method.ELECTION else ()
    standing = tuple((one.name, acronyms.get(one.nominated_by_id or 0, "")) for one in candidates)
    mail = None
    if partners and ballot.closes_at is not None:
        first = partners[0].acronym
        mail = messages.preview_opening(
            session, ballot, acronym=first, partners=len(partners), candidates=standing, now=now
        )
    return OpeningPage(
        partners=partners,
        silent=tuple(partner.acronym for partner in partners if partner.id not in represented),
        mails=len(holders),
        rule=rule_words.rule_in_words(rule, len(partners)),
        period=rule_words.period_in_words(rule),
        rule_version=rule.version,
        type_label=type_name(ballot.type),
        method_label=wording.method_label(ballot.method),
        subject=plan or office_words(session, ballot, now) or subject_words(session, ballot),
        candidates=standing,
        papers=queries.list_papers(session, ballot.id),
        subject_paper=_subject_paper(session, ballot, plan),
        early_close=rule_words.early_close_in_words(rule),
        warnings=_warnings(ballot, rule, begins, now),
        problems=_problems(session, ballot, candidates, len(partners), actor, now, problem),
        mail=mail,
    )


def _subject_paper(session: Session, ballot: Ballot, plan: str) -> str:
    if ballot.type is BallotType.ACTION_PLAN:
        return plan
    return subject_words(session, ballot) if ballot.type in (BallotType.TOR_REVISION, BallotType.RULE_SET) else ""


def _warnings(ballot: Ballot, rule: rules.VotingRule, begins: datetime, now: datetime) -> tuple[str, ...]:
    """A closing that the rule allows and that is unusual: sooner than its usual period, or at a weekend in Geneva."""
    closes_at = ballot.closes_at
    if closes_at is None:
        return ()
    found = []
    usual = rules.usual_closing(rule, begins)
    if closes_at < usual:
        found.append(
            _(
                "It is open for less than the usual %(period)s of its rule, which would end %(usual)s.",
                period=rule_words.period_in_words(rule),
                usual=when_text(usual, GENEVA, now),
            )
        )
    if geneva_date(closes_at).weekday() >= SATURDAY:
        day = day_text(geneva_date(closes_at), now, weekday=True)
        found.append(_("It closes at a weekend: %(day)s.", day=day))
    return tuple(found)


def _problems(
    session: Session,
    ballot: Ballot,
    candidates: Sequence[Candidate],
    partners: int,
    actor: Actor,
    now: datetime,
    problem: str,
) -> tuple[Problem, ...]:
    found = [Problem(problem, "")] if problem else []
    if (words := dates_problem(ballot, now)) and words != problem:
        found.append(Problem(words, "dates"))
    if actor.person_id is not None and any(one.person_id == actor.person_id for one in candidates):
        found.append(Problem(_("This ballot is about you. Another officer of the Secretariat opens it."), ""))
    if (words := rule_problem(session, ballot, now)) and words != problem:
        found.append(Problem(words, "text"))
    if (words := first_day_problem(ballot, now)) and words != problem:
        found.append(Problem(words, "office"))
    if (other := subjects.find_other(session, ballot, ballot.id)) and other not in problem:
        found.append(Problem(_("%(code)s is about the same matter already. Withdraw one of the two.", code=other), ""))
    rule = rules.rule_from_json(ballot.rule)
    if not rules.can_pass(rule, partners, ballot.candidate_count, ballot.posts):
        words = _("The rule of this ballot cannot be met with %(count)s partners.", count=partners)
        if words != problem:
            found.append(Problem(words, ""))
    return tuple(found)


def rule_problem(session: Session, ballot: Ballot, now: datetime) -> str:
    """A draft keeps the rule it was saved with; when another is in force now, it has to be saved again."""
    if rules.rule_from_json(ballot.rule) == rule_sets.rule_in_force(session, ballot.type, ballot.method, now):
        return ""
    return _("The voting rule was changed after this draft was saved. Save the text again to take the new rule.")


def first_day_problem(ballot: Ballot, now: datetime) -> str:
    """Why a tenure cannot start on the day the draft names, or an empty string."""
    try:
        subjects.check_first_day(ballot, now)
    except Invalid as error:
        return error.message
    return ""


def renewal_name(session: Session, person_id: int) -> str:
    """Who a renewal is about."""
    return session.get_one(Person, person_id).full_name
