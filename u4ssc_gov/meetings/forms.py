"""Shape of what people send: a schedule, a reason, and the minutes form with its many rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from typing import cast

from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.meetings import rules
from u4ssc_gov.meetings.rules import (
    ClosureEdit,
    MeetingPlan,
    MinutesDraft,
    NewOutcome,
    NoteEdit,
    OutcomeEdit,
    OutcomeKind,
    Presence,
    PresenceEdit,
)

_ROW = re.compile(r"^(rev|out|att|was-close)-(\d{1,9})(-text)?$", re.ASCII)
_PRESENCES = {presence.value: presence for presence in Presence}
_ADD = {f"add_{kind.value}": kind for kind in OutcomeKind}


class MeetingForm(Form):
    """Schedule an e-meeting. The agenda is text, one item a line."""

    title = StringField(
        lazy("What it is about"),
        [Optional(), Length(max=rules.TITLE_MAXIMUM, message=lazy("Use at most 200 characters."))],
    )
    day = DateField(lazy("Day"), [InputRequired(lazy("Give the day."))])
    start = TimeField(lazy("Start"), [InputRequired(lazy("Give the start."))])
    end = TimeField(lazy("End"), [InputRequired(lazy("Give the end."))])
    # A plain text to WTForms: the page draws the select from a cached list of some 490 zones, the rule checks the name.
    time_zone = StringField(lazy("Time zone"), [InputRequired(lazy("Choose a time zone from the list."))])
    joining_url = StringField(
        lazy("Joining link"), [Optional(), Length(max=500, message=lazy("Use at most 500 characters."))]
    )
    agenda = TextAreaField(
        lazy("Agenda"), [Optional(), Length(max=30_000, message=lazy("Use at most 30,000 characters."))]
    )

    def plan(self) -> MeetingPlan:
        """What was asked for. Raises ``Invalid`` for an agenda that cannot be read."""
        return MeetingPlan(
            day=cast("date", self.day.data),
            start=cast("time", self.start.data),
            end=cast("time", self.end.data),
            time_zone=self.time_zone.data or "",
            title=self.title.data or "",
            joining_url=self.joining_url.data or "",
            agenda=rules.parse_agenda(self.agenda.data or ""),
        )


class ReasonForm(Form):
    """Why an e-meeting does not, or did not, take place."""

    reason = TextAreaField(
        lazy("Reason"),
        [
            InputRequired(lazy("Say why in a sentence.")),
            Length(max=rules.REASON_MAXIMUM, message=lazy("Use at most 600 characters.")),
        ],
    )


def _rows(form: MultiDict[str, str], kind: str) -> Iterator[int]:
    for name in form:
        match = _ROW.match(name)
        if match and match[1] == kind and bool(match[3]) == (kind == "out"):
            yield int(match[2])


def _number(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 10 else 0


def _presence(value: str | None) -> Presence:
    return _PRESENCES.get(value or "", Presence.UNMARKED)


def read_draft(form: MultiDict[str, str], *, by_hand: bool) -> MinutesDraft:
    """Everything the minutes form carries. ``by_hand`` also takes what is half typed in the add-a-row fields.

    Fields that are missing or nonsense are left out, so a damaged form never empties anything.
    """
    action, target = _button(form) if by_hand else ("", 0)
    kind = _ADD.get(action)
    return MinutesDraft(
        page=form.get("page", "")[:32],
        notes=tuple(
            NoteEdit(row, form.get(f"said-{row}", ""), f"nd-{row}" in form, _number(form.get(f"rev-{row}")))
            for row in _rows(form, "rev")
            if f"said-{row}" in form and f"skip-note-{row}" not in form
        ),
        outcomes=tuple(
            OutcomeEdit(
                row,
                form.get(f"out-{row}-text", ""),
                form.get(f"out-{row}-owner", ""),
                form.get(f"out-{row}-due", ""),
                form.get(f"out-{row}-seen", "")[:16],
            )
            for row in _rows(form, "out")
            if f"skip-out-{row}" not in form
        ),
        new_outcomes=(NewOutcome(target, kind),) if kind is not None and target else (),
        removed=(target,) if action == "remove" else (),
        presences=tuple(
            PresenceEdit(row, _presence(form.get(f"att-{row}")), _presence(form.get(f"was-att-{row}")))
            for row in _rows(form, "att")
            if f"was-att-{row}" in form
        ),
        closures=tuple(
            ClosureEdit(row, f"close-{row}" in form, form.get(f"was-close-{row}") == "1")
            for row in _rows(form, "was-close")
        ),
        new_items=(form.get("new-item", ""),) if by_hand else (),
        new_people=((form.get("new-person", ""), form.get("new-organisation", "")),) if by_hand else (),
        tidy=by_hand and action in ("", "file"),
    )


def _button(form: MultiDict[str, str]) -> tuple[str, int]:
    name, _colon, target = form.get("action", "").partition(":")
    return name, _number(target)


def pressed(form: MultiDict[str, str]) -> str:
    """Which button sent the form; empty for the plain save."""
    return _button(form)[0]


def target_of(form: MultiDict[str, str]) -> int:
    """The agenda item that an add button was pressed for; 0 for the other buttons."""
    name, target = _button(form)
    return target if name in _ADD else 0
