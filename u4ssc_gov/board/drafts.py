"""Between the form of a draft and what the services take."""

from __future__ import annotations

from typing import Any

from werkzeug.datastructures import FileStorage

from u4ssc_gov.board.forms import BallotForm
from u4ssc_gov.board.models import Ballot
from u4ssc_gov.board.rules import BallotType
from u4ssc_gov.board.services import BallotDraft, PaperDraft
from u4ssc_gov.core.dates import GENEVA


def values_of(ballot: Ballot) -> dict[str, Any]:
    """The form's first values when a draft is edited; the closing instant in Geneva's time."""
    closes = ballot.closes_at.astimezone(GENEVA) if ballot.closes_at else None
    return {
        "type": ballot.type.value,
        "title": ballot.title,
        "decision_text": ballot.decision_text,
        "if_approved": ballot.if_approved,
        "if_not_approved": ballot.if_not_approved,
        "closes_on": closes.date() if closes else None,
        "closes_time": closes.time() if closes else None,
    }


def draft_from(form: BallotForm) -> BallotDraft:
    """What was typed and uploaded."""
    return BallotDraft(
        type=BallotType(form.type.data),
        title=form.title.data or "",
        decision_text=form.decision_text.data or "",
        if_approved=form.if_approved.data or "",
        if_not_approved=form.if_not_approved.data or "",
        closes_at=form.closes_at(),
        documents=tuple(_papers(form)),
        form_key=form.form_key.data,
        renewal_id=form.renewal.data,
    )


def _papers(form: BallotForm) -> list[PaperDraft]:
    found = []
    for entry in form.papers:
        file = entry.form.file.data
        if isinstance(file, FileStorage) and file.filename:
            found.append(PaperDraft(entry.form.title.data or "", file.filename, file.read()))
    return found
