"""Between the pages of a draft and what the services take: its steps, their values, what each of them changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from werkzeug.datastructures import FileStorage

from u4ssc_gov.board import rules, services, subjects
from u4ssc_gov.board.forms import preparing as forms
from u4ssc_gov.board.forms.preparing import FIRST, SECOND, SUBJECTS, DatesForm, DraftForm, PapersForm
from u4ssc_gov.board.inputs import BallotDraft, CandidateDraft, PaperDraft
from u4ssc_gov.board.models import Ballot, Candidate
from u4ssc_gov.board.rules import BallotType, Method, VotingRule
from u4ssc_gov.core.dates import GENEVA
from u4ssc_gov.core.errors import Invalid

FORMS: dict[str, type[DraftForm]] = {
    "office": forms.OfficeForm,
    "candidates": forms.CandidatesForm,
    "method": forms.MethodForm,
    "text": forms.TextForm,
    "documents": forms.PapersForm,
    "dates": forms.DatesForm,
}


def steps_of(ballot: Ballot) -> tuple[str, ...]:
    """The pages of a draft in their order, by what it is about."""
    first: tuple[str, ...] = ()
    if ballot.type is BallotType.APPOINTMENT and ballot.renewal_id is None:
        first = ("office", "candidates")
    elif ballot.type in SUBJECTS:
        first = ("subject",)
    method = ("method",) if len(rules.methods_of(ballot.type)) > 1 else ()
    return (*first, *method, "text", "documents", "dates")


def step_after(ballot: Ballot, step: str) -> str | None:
    """The page that follows, ``None`` after the last."""
    steps = steps_of(ballot)
    place = steps.index(step) + 1 if step in steps else 0
    return steps[place] if place < len(steps) else None


def form_class(step: str, ballot_type: BallotType) -> type[DraftForm]:
    """The form of a page."""
    return SUBJECTS[ballot_type][0] if step == "subject" else FORMS[step]


def draft_of(ballot: Ballot, candidates: Sequence[Candidate], now: datetime) -> BallotDraft:
    """The draft as it is kept. A closing that has come too near is left out: the page of the dates asks anew."""
    return BallotDraft(
        type=ballot.type,
        title=ballot.title,
        decision_text=ballot.decision_text,
        if_approved=ballot.if_approved,
        if_not_approved=ballot.if_not_approved,
        closes_at=ballot.closes_at if not closing_problem(ballot, now) else None,
        opens_planned_at=ballot.opens_planned_at,
        method=ballot.method,
        candidates=tuple(CandidateDraft(one.person_id, one.nominated_by_id) for one in candidates),
        posts=ballot.posts,
        previous_id=ballot.previous_id,
        after_id=ballot.after_id,
        **{name: getattr(ballot, name) for name in subjects.COLUMNS},
    )


def closing_problem(ballot: Ballot, now: datetime) -> str:
    """Why a ballot could not close when its draft says, or an empty string; also when it does not say."""
    if ballot.closes_at is None:
        return ""
    begins = max(now, ballot.opens_planned_at or now)
    try:
        services.check_closing(ballot.closes_at, begins, rules.rule_from_json(ballot.rule))
    except Invalid as error:
        return error.message
    return ""


# ── what a page starts from ──────────────────────────────────────────────────────────────────────────────────────────


def values_of(step: str, ballot: Ballot, candidates: Sequence[Candidate], now: datetime) -> dict[str, Any]:
    """The first values of a page."""
    if step == "subject":
        name = SUBJECTS[ballot.type][1]
        return {name: str(getattr(ballot, name) or "")}
    if step == "office":
        return {"office_id": str(ballot.office_id or ""), "starts_on": ballot.starts_on, "posts": ballot.posts}
    if step == "candidates":
        return {"rows": candidate_rows(candidates)}
    if step == "method":
        return {"method": ballot.method.value}
    if step == "text":
        return {name: getattr(ballot, name) for name in ("title", "decision_text", "if_approved", "if_not_approved")}
    return _dates(ballot, now) if step == "dates" else {}


def candidate_rows(candidates: Sequence[Candidate]) -> list[dict[str, str]]:
    """One row for each candidate, and an empty one."""
    rows = [{"person_id": str(c.person_id), "nominated_by_id": str(c.nominated_by_id or "")} for c in candidates]
    return [*rows, {"person_id": "", "nominated_by_id": ""}][: rules.MAXIMUM_CANDIDATES]


def _dates(ballot: Ballot, now: datetime) -> dict[str, Any]:
    begins = max(now, ballot.opens_planned_at or now)
    closing = ballot.closes_at or suggested_closing(rules.rule_from_json(ballot.rule), begins)
    values = {"opens": "later" if ballot.opens_planned_at else "now", **_moment("closes", closing)}
    return {**values, **_moment("opens", ballot.opens_planned_at)} if ballot.opens_planned_at else values


def _moment(name: str, instant: datetime) -> dict[str, Any]:
    local = instant.astimezone(GENEVA)
    which = SECOND if local.fold else FIRST
    return {f"{name}_on": local.date(), f"{name}_time": local.time().replace(fold=0), f"{name}_which": which}


def moment_values(name: str, instant: datetime) -> dict[str, Any]:
    """Day, hour and which of two equal hours, for the fields of a form."""
    return _moment(name, instant)


def suggested_closing(rule: VotingRule, begins: datetime) -> datetime:
    """The usual closing, at a full hour: partners get no minute less than the rule gives them."""
    closing = rules.usual_closing(rule, begins)
    full = closing.replace(minute=0, second=0, microsecond=0)
    return full if full == closing else full + timedelta(hours=1)


# ── what a page changes ──────────────────────────────────────────────────────────────────────────────────────────────


def changed(step: str, form: Any, draft: BallotDraft) -> BallotDraft:
    """The draft with what was typed on a page; nothing else is touched."""
    if step == "subject":
        name = SUBJECTS[draft.type][1]
        return replace(draft, **{name: form[name].number})
    if step == "office":
        return replace(draft, **office_of(form))
    if step == "candidates":
        return replace(draft, candidates=candidates_of(form))
    if step == "method":
        return replace(draft, method=Method(form.method.data))
    if step == "text":
        return replace(draft, **words_of(form))
    return _with_dates(form, draft) if step == "dates" else replace(draft, documents=tuple(papers_of(form)))


def words_of(form: Any) -> dict[str, Any]:
    """The four texts."""
    return {name: form[name].data or "" for name in ("title", "decision_text", "if_approved", "if_not_approved")}


def office_of(form: Any) -> dict[str, Any]:
    """Office, first day and seats."""
    return {"office_id": form.office_id.number, "starts_on": form.starts_on.data, "posts": form.posts.data or 0}


def candidates_of(form: Any) -> tuple[CandidateDraft, ...]:
    """Those who stand."""
    return tuple(CandidateDraft(person, partner) for person, partner in form.chosen)


def _with_dates(form: DatesForm, draft: BallotDraft) -> BallotDraft:
    return replace(draft, closes_at=form.closes_at, opens_planned_at=form.opens_at)


def papers_of(form: PapersForm) -> list[PaperDraft]:
    """The files that were chosen."""
    found = []
    for entry in form.papers:
        file = entry.form.file.data
        if isinstance(file, FileStorage) and file.filename:
            found.append(PaperDraft(entry.form.title.data or "", file.filename, file.read()))
    return found
