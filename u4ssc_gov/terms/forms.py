"""The forms for uploading the official text and for accepting it."""

from __future__ import annotations

from wtforms import BooleanField, DateField, FileField, Form, HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional

from u4ssc_gov.charter.rules import TITLE_LIMIT
from u4ssc_gov.charter.undertakings import KEYS, UNDERTAKINGS
from u4ssc_gov.core.i18n import lazy


class UploadForm(Form):
    """A file, its title and the day it was agreed. The file itself is checked when it is stored."""

    file = FileField(lazy("File"))
    title = StringField(lazy("Title"), [InputRequired(lazy("Give the text a title.")), Length(max=TITLE_LIMIT)])
    agreed_on = DateField(lazy("Agreed on"), [Optional()])
    is_proposal = BooleanField(lazy("This is a proposed revision for the Board (¶23c)"))


def _box(key: str) -> BooleanField:
    sentence = next(one.sentence for one in UNDERTAKINGS if one.key == key)
    return BooleanField(sentence, [InputRequired(lazy("Tick this to take part."))])


class AcceptForm(Form):
    """The version that was read, and one box for each undertaking."""

    document_id = HiddenField()
    voluntary = _box("voluntary")
    costs = _box("costs")
    gain = _box("gain")
    confidence = _box("confidence")
    agreement = _box("agreement")

    @property
    def document(self) -> int:
        """The version's number; 0, which no version has, when it is none."""
        text = self.document_id.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @property
    def ticked(self) -> frozenset[str]:
        """The undertakings that are ticked."""
        return frozenset(key for key in KEYS if self[key].data)

    def emptied(self) -> AcceptForm:
        """The same form with its errors and nothing ticked."""
        fresh = AcceptForm()
        fresh.form_errors = self.form_errors
        return fresh
