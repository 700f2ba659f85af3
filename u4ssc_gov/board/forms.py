"""Shapes of input for ballots. What is right is decided by ``rules`` and ``services``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from wtforms import (
    DateField,
    Field,
    FieldList,
    FileField,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the type stubs
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from u4ssc_gov.board.rules import COMMENT_LENGTH, DECISION_LENGTH, MAXIMUM_DOCUMENTS, BallotType, Position
from u4ssc_gov.core.dates import GENEVA, local_to_utc
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.core.tokens import new_token

TYPES = [
    SelectChoice(BallotType.APPOINTMENT.value, lazy("Appointment of a Co-Chair or Vice-Chair")),
    SelectChoice(BallotType.DELIVERABLE.value, lazy("Deliverable")),
    SelectChoice(BallotType.ACTION_PLAN.value, lazy("Action Plan")),
    SelectChoice(BallotType.TOR_REVISION.value, lazy("Revision of the Terms of Reference")),
    SelectChoice(BallotType.KPI_SET.value, lazy("KPI set")),
    SelectChoice(BallotType.GUIDANCE.value, lazy("Strategic guidance")),
]
POSITIONS = [
    SelectChoice(Position.APPROVE.value, lazy("Approve")),
    SelectChoice(Position.ABSTAIN.value, lazy("Abstain")),
    SelectChoice(Position.OBJECT.value, lazy("Object")),
]


def _line_ends(value: Any) -> Any:
    """Browsers send two characters for a line end; a limit counts one."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _one_of(choices: list[SelectChoice], message: str) -> Any:
    def check(_form: Form, field: Field) -> None:
        if field.data not in {choice.value for choice in choices}:
            raise ValidationError(message)

    return check


def _at_most(limit: int) -> Length:
    return Length(max=limit, message=lazy("Use %(max)d characters at most."))


class VoteForm(Form):
    """A position with its comment, and what the voter had read and seen when choosing it."""

    partner_id = IntegerField(validators=[Optional()], widget=HiddenInput())
    text_sha256 = HiddenField()
    expected_revision = IntegerField(validators=[Optional()], widget=HiddenInput())
    position = RadioField(
        lazy("Position"),
        choices=POSITIONS,
        validate_choice=False,
        validators=[_one_of(POSITIONS, lazy("Choose a position"))],
    )
    comment = TextAreaField(
        lazy("Comment"),
        filters=[_line_ends],
        validators=[Length(max=COMMENT_LENGTH, message=lazy("Shorten the comment to %(max)d characters."))],
    )


class PaperForm(Form):
    """One document to attach."""

    title = StringField(lazy("Title"), validators=[_at_most(200)])
    file = FileField(lazy("File"))

    def validate_title(self, field: Field) -> None:
        """A title without a file is a file that got lost, for example when the page came back with an error."""
        if field.data and not getattr(self.file.data, "filename", ""):
            raise ValidationError(_("Choose the file for “%(title)s”.", title=field.data))


class BallotForm(Form):
    """A draft. Day and time are Geneva's."""

    type = SelectField(
        lazy("What is decided"),
        choices=TYPES,
        validate_choice=False,
        validators=[_one_of(TYPES, lazy("Choose what is decided"))],
    )
    title = StringField(
        lazy("Title"), validators=[InputRequired(lazy("Write the title of the ballot.")), _at_most(200)]
    )
    decision_text = TextAreaField(
        lazy("Decision text"),
        filters=[_line_ends],
        validators=[InputRequired(lazy("Write the decision as it will be recorded.")), _at_most(DECISION_LENGTH)],
    )
    if_approved = TextAreaField(lazy("If approved"), filters=[_line_ends], validators=[_at_most(600)])
    if_not_approved = TextAreaField(lazy("If not approved"), filters=[_line_ends], validators=[_at_most(600)])
    closes_on = DateField(lazy("Closing day"), validators=[Optional()])
    closes_time = TimeField(lazy("Closing time in Geneva"), validators=[Optional()])
    papers = FieldList(FormField(PaperForm), min_entries=MAXIMUM_DOCUMENTS, max_entries=MAXIMUM_DOCUMENTS)
    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    form_key = HiddenField(default=new_token, validators=[_at_most(64)])  # a page sent twice is one draft
    renewal = IntegerField(validators=[Optional()], widget=HiddenInput())  # the renewal this ballot decides

    def validate_closes_on(self, field: Field) -> None:
        """A day without an hour, or in another century, is no closing instant."""
        if not isinstance(field.data, date):
            return
        if not 2000 <= field.data.year <= 2100:
            raise ValidationError(_("Choose a day in the coming months."))
        if self.closes_time.data is None:
            raise ValidationError(_("Add the closing time."))
        if self.closes_at() is None:
            raise ValidationError(
                _("This hour does not exist in Geneva on that day: the clocks go forward. Choose another.")
            )

    def closes_at(self) -> datetime | None:
        """The closing instant in UTC, or ``None`` when no day is given."""
        if self.closes_on.data is None or self.closes_time.data is None:
            return None
        return local_to_utc(self.closes_on.data, self.closes_time.data, GENEVA)


class WithdrawForm(Form):
    """Why a ballot is withdrawn."""

    reason = TextAreaField(
        lazy("Reason"),
        filters=[_line_ends],
        validators=[InputRequired(lazy("Give the reason; partners will read it.")), _at_most(600)],
    )
