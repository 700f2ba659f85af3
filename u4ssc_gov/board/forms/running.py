"""Shapes of input for running, certifying and ending ballots (the Secretariat)."""

from __future__ import annotations

from datetime import datetime

from wtforms import DateField, Field, FileField, Form, HiddenField, IntegerField, RadioField, TextAreaField, TimeField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the type stubs
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import HiddenInput

from u4ssc_gov.board.forms.preparing import NOTE_LENGTH, ChoiceField, MomentForm, at_most, line_ends, which_field
from u4ssc_gov.board.forms.voting import CandidatesField
from u4ssc_gov.board.rules import COMMENT_LENGTH
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy


class ReasonForm(Form):
    """A reason that all partners read."""

    reason = TextAreaField(
        lazy("Reason"),
        filters=[line_ends],
        validators=[InputRequired(lazy("Give the reason; partners will read it.")), at_most(NOTE_LENGTH)],
    )


class WithdrawForm(ReasonForm):
    """Why a ballot is withdrawn."""


class ConfirmForm(Form):
    """Nothing but the button."""


class ExtendForm(ReasonForm, MomentForm):
    """A later closing and why."""

    closes_on = DateField(lazy("New closing day"), validators=[InputRequired(lazy("Choose the day of the closing."))])
    closes_time = TimeField(
        lazy("New closing hour in Geneva"), validators=[InputRequired(lazy("Add the hour of the closing."))]
    )
    closes_which = which_field()

    def validate_closes_on(self, _field: Field) -> None:
        """A day and an hour that exist, once."""
        self.check_moment("closes")

    @property
    def closes_at(self) -> datetime | None:
        """The new closing."""
        return self.moment("closes")


class CandidateWithdrawalForm(ReasonForm):
    """Which candidate withdrew, and what partners are told."""

    candidate = ChoiceField(lazy("Candidate"), lazy("Choose who withdrew."))


class SeatForm(Form):
    """For which seat a position is recorded."""

    seat = ChoiceField(lazy("Partner"), lazy("Choose the partner that answered by e-mail."))


class OnRecordForm(Form):
    """A position that a partner sent by e-mail. The e-mail itself is attached on the check page."""

    text_sha256 = HiddenField(validators=[at_most(64)])
    expected_revision = IntegerField(validators=[Optional()], widget=HiddenInput())
    position = ChoiceField(lazy("Position"), lazy("Choose a position"))
    candidates = CandidatesField()
    comment = TextAreaField(lazy("Comment"), filters=[line_ends], validators=[at_most(COMMENT_LENGTH)])
    cure = TextAreaField(
        lazy("What would lift the objection"), filters=[line_ends], validators=[at_most(COMMENT_LENGTH)]
    )
    evidence = FileField(lazy("The e-mail of the partner"))


class CorrectionForm(Form):
    """The offer to treat an objection as a matter of wording."""

    partner_id = ChoiceField(lazy("Whose objection"), lazy("Choose the partner that objects."))
    text = TextAreaField(
        lazy("Correction"),
        filters=[line_ends],
        validators=[InputRequired(lazy("Write the correction that would be made.")), at_most(COMMENT_LENGTH)],
    )


class RoundForm(Form):
    """How the question is put again."""

    method = ChoiceField(lazy("How the Board decides"), lazy("Choose a method"))


class OutageForm(MomentForm):
    """Between when the platform could not be reached."""

    since_on = DateField(lazy("From, day"), validators=[InputRequired(lazy("Choose the day on which it began."))])
    since_time = TimeField(lazy("From, hour in Geneva"), validators=[InputRequired(lazy("Add the hour."))])
    since_which = which_field()
    until_on = DateField(lazy("Until, day"), validators=[InputRequired(lazy("Choose the day on which it ended."))])
    until_time = TimeField(lazy("Until, hour in Geneva"), validators=[InputRequired(lazy("Add the hour."))])
    until_which = which_field()

    def validate_since_on(self, _field: Field) -> None:
        """A day and an hour that exist, once."""
        self.check_moment("since")

    def validate_until_on(self, _field: Field) -> None:
        """A day and an hour that exist, once."""
        self.check_moment("until")


class ChallengeAnswerForm(Form):
    """The answer to a challenge."""

    upheld = RadioField(
        lazy("Was a step of the procedure left out?"),
        choices=[
            SelectChoice("no", lazy("No. The decision stands")),
            SelectChoice("yes", lazy("Yes. The ballot has to be annulled")),
        ],
        validate_choice=False,
    )
    answer = TextAreaField(
        lazy("Answer"),
        filters=[line_ends],
        validators=[InputRequired(lazy("Give the reason; partners will read it.")), at_most(COMMENT_LENGTH)],
    )

    def validate_upheld(self, field: Field) -> None:
        """One of the two, said by the officer and not by the page."""
        if field.data not in ("yes", "no"):
            raise ValidationError(_("Say whether the challenge is right."))
