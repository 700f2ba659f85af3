"""Shapes of input for ballots. What is right is decided by ``rules`` and ``services``."""

from __future__ import annotations

from typing import Any

from wtforms import (
    Field,
    Form,
    HiddenField,
    IntegerField,
    RadioField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the type stubs
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import HiddenInput

from u4ssc_gov.board.forms.preparing import at_most
from u4ssc_gov.board.rules import COMMENT_LENGTH, Position
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy

POSITIONS = [
    SelectChoice(Position.APPROVE.value, lazy("Approve")),
    SelectChoice(Position.APPROVE_WITH_COMMENTS.value, lazy("Approve with comments")),
    SelectChoice(Position.NO_OBJECTION.value, lazy("No objection")),
    SelectChoice(Position.ABSTAIN.value, lazy("Abstain")),
    SelectChoice(Position.OBJECT.value, lazy("Object")),
    SelectChoice(Position.ASK_VOTE.value, lazy("Ask for a vote")),
    SelectChoice(Position.RECUSE.value, lazy("Recuse")),
]
_WITHOUT_CANDIDATES = frozenset(choice.value for choice in POSITIONS) - {Position.APPROVE.value}


def _line_ends(value: Any) -> Any:
    """Browsers send two characters for a line end; a limit counts one."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _one_of(choices: list[SelectChoice], message: str) -> Any:
    def check(_form: Form, field: Field) -> None:
        if field.data not in {choice.value for choice in choices}:
            raise ValidationError(message)

    return check


class CandidatesField(Field):
    """The numbers of the candidates ticked; anything that is no number is left out and so not chosen."""

    data: list[int]

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the ticked boxes."""
        self.data = [int(value) for value in valuelist if value.isascii() and value.isdigit() and len(value) < 4]

    def process_data(self, value: Any) -> None:
        """Start from what the page says."""
        self.data = list(value or [])


class VoteForm(Form):
    """A position with its comment, and what the voter had read and seen when choosing it."""

    partner_id = IntegerField(validators=[Optional()], widget=HiddenInput())
    text_sha256 = HiddenField()
    expected_revision = IntegerField(validators=[Optional()], widget=HiddenInput())
    asked_anew = HiddenField()  # words of the earlier position were refused once; who writes them again means them
    position = RadioField(
        lazy("Position"),
        choices=POSITIONS,
        validate_choice=False,
        validators=[_one_of(POSITIONS, lazy("Choose a position"))],
    )
    candidates = CandidatesField()
    cure = TextAreaField(
        lazy("What would lift the objection"),
        filters=[_line_ends],
        validators=[Length(max=COMMENT_LENGTH, message=lazy("Shorten this to %(max)d characters."))],
    )
    comment = TextAreaField(
        lazy("Comment"),
        filters=[_line_ends],
        validators=[Length(max=COMMENT_LENGTH, message=lazy("Shorten the comment to %(max)d characters."))],
    )

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Read the form. "approve-2" is one choice: support for the second candidate; ticking somebody is support."""
        super().process(*args, **kwargs)
        chosen = str(self.position.data or "")
        head, _dash, number = chosen.partition("-")
        if head == Position.APPROVE.value and number.isascii() and number.isdigit() and len(number) < 4:
            self.position.data, self.candidates.data = head, [int(number)]
        elif not chosen and self.candidates.data:
            self.position.data = Position.APPROVE.value

    def validate_candidates(self, field: Field) -> None:
        """Candidates go with support and with nothing else."""
        if field.data and self.position.data in _WITHOUT_CANDIDATES:
            raise ValidationError(_("You chose candidates and an answer that supports nobody. Keep one of the two."))


class RemarkForm(Form):
    """What somebody without a vote says."""

    text = TextAreaField(
        lazy("Your remark"),
        filters=[_line_ends],
        validators=[InputRequired(lazy("Write the remark.")), at_most(COMMENT_LENGTH)],
    )


class SeatForm(Form):
    """For which of one's partners something is asked."""

    partner_id = IntegerField(validators=[Optional()], widget=HiddenInput())


class ChallengeForm(SeatForm):
    """Why a partner contests how a decision came about."""

    grounds = TextAreaField(
        lazy("Which step of the procedure was not followed?"),
        filters=[_line_ends],
        validators=[
            InputRequired(lazy("Say which step of the procedure was not followed.")),
            at_most(COMMENT_LENGTH),
        ],
    )
