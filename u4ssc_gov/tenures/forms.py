"""Forms of the tenures room."""

from wtforms import Form, TextAreaField
from wtforms.validators import Length, Optional

from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.tenures.rules import NOTE_LIMIT


class RenewalForm(Form):
    """Ask for another year. Everything else follows from the tenure."""

    note = TextAreaField(
        lazy("Note for the record"),
        [Optional(), Length(max=NOTE_LIMIT, message=lazy("Write at most 600 characters."))],
    )
