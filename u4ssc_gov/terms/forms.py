"""The form for uploading the official text."""

from __future__ import annotations

from wtforms import BooleanField, DateField, FileField, Form, StringField
from wtforms.validators import InputRequired, Length, Optional

from u4ssc_gov.charter.rules import TITLE_LIMIT
from u4ssc_gov.core.i18n import lazy


class UploadForm(Form):
    """A file, its title and the day it was agreed. The file itself is checked when it is stored."""

    file = FileField(lazy("File"))
    title = StringField(lazy("Title"), [InputRequired(lazy("Give the text a title.")), Length(max=TITLE_LIMIT)])
    agreed_on = DateField(lazy("Agreed on"), [Optional()])
    is_proposal = BooleanField(lazy("This is a proposed revision for the Board (¶23c)"))
