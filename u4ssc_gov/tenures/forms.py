"""Forms of the tenures room."""

from wtforms import Form, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the type stubs
from wtforms.validators import InputRequired, Length, Optional

from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.tenures.rules import BASIS_LIMIT, NOTE_LIMIT


class RenewalForm(Form):
    """Ask for another year. Everything else follows from the tenure."""

    note = TextAreaField(
        lazy("Note for the record"),
        [Optional(), Length(max=NOTE_LIMIT, message=lazy("Write at most 600 characters."))],
    )


class DecisionForm(Form):
    """What followed the consultation of the partners on a renewal (¶21)."""

    decision = RadioField(
        lazy("What followed the consultation"),
        [InputRequired(lazy("Choose what followed the consultation."))],
        choices=[
            SelectChoice("appointed", lazy("A Co-Chair appointed the holder for another year")),
            SelectChoice("not_appointed", lazy("Nobody was appointed: the tenure ends on its day")),
        ],
    )
    basis = StringField(
        lazy("Who decided, and when"),
        [
            InputRequired(lazy("Say who decided and when.")),
            Length(max=BASIS_LIMIT, message=lazy("Write at most 300 characters.")),
        ],
    )
