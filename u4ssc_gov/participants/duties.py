"""What the Secretariat owes people who ask to join, and how ¶19 and ¶29 stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.core.duty import ClauseFinding, ClauseState, Duty, DutyKind, Holder, HolderKind
from u4ssc_gov.core.formatting import day_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import ngettext
from u4ssc_gov.participants import queries, rules


def secretariat_duties(session: Session, *, now: datetime) -> list[Duty]:
    """Requests to join that wait for an answer (¶29), each with the day of the house period. One statement."""
    return [_answer(line, now) for line in queries.list_undecided(session)]


def _answer(line: queries.UndecidedLine, now: datetime) -> Duty:
    if line.questioned_at is None:
        why = _(
            "%(reference)s · asked %(day)s", reference=line.reference, day=day_text(geneva_date(line.asked_at), now)
        )
    else:
        day = day_text(geneva_date(line.questioned_at), now)
        why = _("%(reference)s · you asked back %(day)s", reference=line.reference, day=day)
    return Duty(
        key=f"join:{line.id}:answer",
        kind=DutyKind.PARTICIPANT,
        holder=Holder(HolderKind.SECRETARIAT),
        clauses=("29",),
        title=_("Answer %(name)s, who asks to join", name=line.full_name),
        why=why,
        action=_("Read and answer"),
        endpoint="participants.show_request",
        args={"reference": line.reference},
        due_at=rules.answer_due(line.asked_at, line.questioned_at),
        since=line.asked_at,
        icon="mail",
    )


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers behind the findings: participants now, of them independent; requests undecided, of them late."""

    participants: int
    independent: int
    undecided: int
    late: int


def findings_from(counts: Counts) -> list[ClauseFinding]:
    """How ¶19 stands, because nobody joins without a kind of body, and ¶29."""
    return [_kinds(counts), _requests(counts)]


def _kinds(counts: Counts) -> ClauseFinding:
    sentence = ngettext(
        "%(num)s participant, from a kind of body that ¶19 names",
        "%(num)s participants, each from a kind of body that ¶19 names",
        counts.participants,
    )
    experts = ngettext(
        "%(num)s is an independent expert", "%(num)s are independent experts", counts.independent
    )  # fmt: skip
    return ClauseFinding(
        clause="19",
        state=ClauseState.MET,
        sentence=sentence if counts.participants else _("No participants are recorded yet"),
        facts=experts if counts.independent else "",
        endpoint="participants.list_directory",
        link_label=_("See the participants"),
    )


def _requests(counts: Counts) -> ClauseFinding:
    if not counts.undecided:
        return ClauseFinding("29", ClauseState.MET, _("Everybody who asked to join has an answer"))
    sentence = ngettext(
        "%(num)s request to join waits for an answer",
        "%(num)s requests to join wait for an answer",
        counts.undecided,
    )
    facts = ""
    if counts.late:
        facts = ngettext(
            "%(num)s waits longer than %(days)s days.",
            "%(num)s wait longer than %(days)s days.",
            counts.late,
            days=rules.ANSWER_DAYS,
        )
    return ClauseFinding("29", ClauseState.DUE, sentence, facts)
