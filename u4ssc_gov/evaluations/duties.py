"""What the secretariat owes waiting cities, and how the paragraphs on evaluations stand (¶4, ¶10, ¶11)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.dates import days_between, geneva_date
from u4ssc_gov.core.duty import ClauseFinding, ClauseState, Duty, DutyKind, Holder, HolderKind
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.evaluations import catalogue, queries, rules
from u4ssc_gov.evaluations.rules import LetterFrom, RequestStage

SECRETARIAT = Holder(HolderKind.SECRETARIAT)
_QUEUE = "evaluations.show_queue"


def duties(session: Session, *, actor: Actor, now: datetime) -> list[Duty]:
    """What this actor owes here: an officer what the secretariat owes, nobody else anything. One statement or none."""
    return secretariat_duties(session, now=now) if actor.is_secretariat else []


def secretariat_duties(session: Session, *, now: datetime) -> list[Duty]:
    """Requests to screen (¶10a) and cities to answer (¶10b), in one statement."""
    found = []
    for row in queries.list_awaiting_answer(session, now=now):
        due_at = rules.answer_due(row.asked_at, row.last_answer_at)
        is_owed = now >= due_at - rules.ANSWER_NOTICE
        if row.stage is not RequestStage.WAITING:  # one row a city: whoever screens it answers it
            found.append(_screen(row, due_at if is_owed else None, now))
        elif is_owed:
            found.append(_answer(row, due_at, now))
    return found


def _screen(row: queries.QueueRow, answer_by: datetime | None, now: datetime) -> Duty:
    """``answer_by``: when the city is owed its next answer, if that is soon or over."""
    missing, due_at = row.letter_from is LetterFrom.NONE, rules.screening_due(row.asked_at)
    why = _("%(reference)s · no government letter yet", reference=row.reference) if missing else row.reference
    if answer_by is not None:
        day = day_text(geneva_date(answer_by), now)
        why = _("%(facts)s · answer owed by %(day)s", facts=why, day=day)
    return Duty(
        key=f"evaluation:{row.id}:screen",
        kind=DutyKind.EVALUATION,
        holder=SECRETARIAT,
        clauses=("10a",),
        title=_("Screen the request of %(city)s", city=row.city),
        why=why,
        action=_("Screen"),
        endpoint="evaluations.show_request",
        args={"reference": row.reference},
        due_at=due_at if answer_by is None else min(due_at, answer_by),
        since=row.asked_at,
        icon="city",
    )


def _answer(row: queries.QueueRow, due_at: datetime, now: datetime) -> Duty:
    days = days_between(row.last_answer_at or row.asked_at, now)
    return Duty(
        key=f"evaluation:{row.id}:answer:{due_at.date().isoformat()}",
        kind=DutyKind.EVALUATION,
        holder=SECRETARIAT,
        clauses=("10b",),
        title=ngettext(
            "Answer %(city)s: no answer for %(num)s day",
            "Answer %(city)s: no answer for %(num)s days",
            days,
            city=row.city,
        ),
        why=row.reference,
        action=_("Answer"),
        endpoint="evaluations.show_request",
        args={"reference": row.reference},
        due_at=due_at,
        since=row.last_answer_at or row.asked_at,
        icon="msg",
    )


def clause_findings(session: Session, *, now: datetime) -> list[ClauseFinding]:
    """The live state of ¶4, 11 and ¶10, in two statements."""
    counts = queries.clause_counts(session, now)
    return [
        _kpi_set(catalogue.find_set_in_force(session, now=now)),
        _backing(counts),
        _line(counts, now),
        _steps(counts),
    ]


def _kpi_set(found: catalogue.SetInForce | None) -> ClauseFinding:
    if found is None:
        return ClauseFinding("4, 11", ClauseState.DUE, _("No KPI set is in force"), endpoint="evaluations.list_kpis")
    sentence = _("KPI set %(code)s with %(count)s indicators is in force", code=found.code, count=found.indicators)
    return ClauseFinding(
        "4, 11",
        ClauseState.MET,
        sentence,
        facts=found.title,
        endpoint="evaluations.list_kpis",
        link_label=_("Open the indicators"),
    )


def _backing(counts: queries.QueueRow) -> ClauseFinding:
    if counts.unbacked:
        sentence = ngettext(
            "%(num)s request went on without a government letter",
            "%(num)s requests went on without a government letter",
            counts.unbacked,
        )
        return _finding("10a", ClauseState.BREACHED, sentence, letter="missing")
    sentence = ngettext(
        "%(num)s open request, all beyond screening with a government letter",
        "%(num)s open requests, all beyond screening with a government letter",
        counts.open,
    )
    facts = ""
    if counts.letters_missing:
        facts = ngettext("%(num)s letter is still missing", "%(num)s letters are still missing", counts.letters_missing)
    return _finding("10a", ClauseState.MET, sentence, facts)


def _line(counts: queries.QueueRow, now: datetime) -> ClauseFinding:
    if not counts.waiting:
        return _finding("10b", ClauseState.MET, _("No request waits for resources"))
    days = days_between(counts.oldest, now)
    sentence = ngettext(
        "%(num)s request waits for resources, for %(days)s days",
        "%(num)s requests wait for resources; the longest for %(days)s days",
        counts.waiting,
        days=days,
    )
    if not counts.unanswered:
        return _finding("10b", ClauseState.MET, sentence, _("Each city had an answer within 10 days"))
    facts = ngettext(
        "%(num)s city has had no answer for 10 days", "%(num)s cities have had no answer for 10 days", counts.unanswered
    )
    return _finding("10b", ClauseState.DUE, sentence, facts, answer="late")


def _steps(counts: queries.QueueRow) -> ClauseFinding:
    sentence = _(
        "%(under_way)s under way, %(scheduled)s scheduled; every step is taken in order and recorded",
        under_way=counts.under_way,
        scheduled=counts.scheduled,
    )
    return _finding("10c", ClauseState.MET, sentence)


def _finding(clause: str, state: ClauseState, sentence: str, facts: str = "", **args: str) -> ClauseFinding:
    return ClauseFinding(clause, state, sentence, facts, _QUEUE, dict(args), _("Open the queue"))
