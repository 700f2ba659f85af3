"""The form for one entry of a draft."""

from __future__ import annotations

from wtforms import Form, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.core.tokens import new_token
from u4ssc_gov.plan.rules import LIMITS, EntryDraft

_REQUIRED = lazy("Fill this in.")


def _whole_number(value: str) -> int | None:
    """A choice's id; the empty choice means an activity."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


class EntryForm(Form):
    """What is planned, by whom, and what will exist at the end. Choices are handed in by the route."""

    form_key = HiddenField(default=new_token, validators=[Length(max=64)])  # a page sent twice is one line
    deliverable_id = SelectField(lazy("Deliverable"), [Optional()], choices=[])
    title = StringField(lazy("Title"), [InputRequired(_REQUIRED), Length(max=LIMITS["title"])])
    objective = SelectField(lazy("Objective (paragraph 22)"), [InputRequired(_REQUIRED)], choices=[])
    lead = StringField(lazy("Led by"), [Optional(), Length(max=LIMITS["lead"])])
    expected_result = TextAreaField(
        lazy("Expected result"), [InputRequired(_REQUIRED), Length(max=LIMITS["expected_result"])]
    )
    period = StringField(lazy("Period"), [Optional(), Length(max=LIMITS["period"])])

    def entry(self) -> EntryDraft:
        """The line as the service takes it."""
        return EntryDraft(
            title=self.title.data or "",
            objective=self.objective.data or "",
            lead=self.lead.data or "",
            expected_result=self.expected_result.data or "",
            period=self.period.data or "",
            deliverable_id=_whole_number(self.deliverable_id.data or ""),
            form_key=self.form_key.data,
        )
