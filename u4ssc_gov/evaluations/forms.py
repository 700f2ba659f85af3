"""Shapes of input: the parts of the public form, and the secretariat's moves, answers and records."""

from __future__ import annotations

import re
from datetime import datetime, time
from typing import Any

from wtforms import DateField, FileField, Form, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the type stubs
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from u4ssc_gov.core.dates import GENEVA
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.core.tokens import new_token
from u4ssc_gov.evaluations import countries, rules
from u4ssc_gov.evaluations.labels import stage_label
from u4ssc_gov.evaluations.rules import LetterFrom, RequestStage, Section

_GROUPED = re.compile(r"^[0-9]{1,3}([ ,.\u00a0\u202f'’][0-9]{3})+$|^[0-9]{1,12}$")
_LINE_LENGTH = 200


def _at_most(longest: int) -> Length:
    return Length(max=longest, message=lazy("This is longer than the field can hold."))


class WholeNumberField(StringField):
    """A whole number, also as people write it: 142 000 or 142,000. Anything else is refused and shown again."""

    def __init__(self, label: str, validators: Any = None, *, low: int, high: int, message: str, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.low, self.high, self.message = low, high, message
        self.number: int | None = None

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - the signature is the library's
        """Read the number, or say what is wanted."""
        text = (self.data or "").strip()
        self.number = None
        if not text:
            return
        digits = re.sub(r"[^0-9]", "", text) if _GROUPED.match(text) else ""
        if not digits or not self.low <= int(digits) <= self.high:
            raise ValidationError(str(self.message))
        self.number = int(digits)


class CityForm(Form):
    """Which city."""

    city = StringField(lazy("Name of the city"), [DataRequired(lazy("Give the name of the city.")), _at_most(120)])
    country_code = SelectField(lazy("Country or area"), validate_choice=False)
    population = WholeNumberField(
        lazy("Inhabitants"),
        [DataRequired(lazy("Give the number of inhabitants."))],
        low=1,
        high=rules.POPULATION_MAXIMUM,
        message=lazy("Give the number of inhabitants as a whole number from 1 to 100 million."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country_code.choices = [SelectChoice(code, name) for code, name in countries.country_choices()]

    def validate_country_code(self, field: SelectField) -> None:
        """Only what is on the list."""
        if field.data not in countries.codes():
            raise ValidationError(_("Choose a country from the list."))

    def part(self) -> rules.CityPart:
        """What was typed."""
        return rules.CityPart(self.city.data or "", self.country_code.data or "", self.population.number)


class ContactForm(Form):
    """Whom answers go to. The service checks the address."""

    name = StringField(
        lazy("Name of the contact person"),
        [DataRequired(lazy("Give the name of the contact person.")), _at_most(_LINE_LENGTH)],
    )
    email = StringField(
        lazy("E-mail address"), [DataRequired(lazy("Give an e-mail address such as name@city.example.")), _at_most(254)]
    )
    role = StringField(lazy("Office or function"), [Optional(), _at_most(_LINE_LENGTH)])

    def part(self) -> rules.ContactPart:
        """What was typed."""
        return rules.ContactPart(self.name.data or "", self.email.data or "", self.role.data or "")


_SIGNERS = [
    SelectChoice(LetterFrom.MAYOR.value, lazy("The mayor")),
    SelectChoice(LetterFrom.MINISTRY.value, lazy("A ministry")),
]


def _check_signer(field: RadioField) -> None:
    if field.data not in (LetterFrom.MAYOR.value, LetterFrom.MINISTRY.value):
        raise ValidationError(_("Choose who signed the letter."))


class UploadField(FileField):
    """A file that may be left out; ``content`` holds it after validation."""

    content: bytes = b""

    @property
    def file_name(self) -> str:
        """The name the browser gave, empty when no file was chosen."""
        return getattr(self.data, "filename", "") or ""

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - the signature is the library's
        """Read it once; one byte more than allowed is enough to know that it is too much."""
        if self.file_name:
            self.content = self.data.read(rules.LETTER_MAXIMUM_SIZE + 1)
            self.data.close()  # a large one lies in a temporary file
        if self.file_name and not self.content:
            raise ValidationError(_("The file is empty. Choose another one."))


class LetterForm(Form):
    """Whose letter backs the request. Give it the files as well as the fields."""

    letter_from = RadioField(
        lazy("Who signed the letter?"),
        choices=[
            SelectChoice(LetterFrom.MAYOR.value, lazy("The mayor")),
            SelectChoice(LetterFrom.MINISTRY.value, lazy("A ministry")),
            SelectChoice(LetterFrom.NONE.value, lazy("There is no letter yet")),
        ],
        validate_choice=False,
    )
    file = UploadField(lazy("The letter"))

    def validate_letter_from(self, field: RadioField) -> None:
        """One of the three."""
        if field.data not in {letter.value for letter in LetterFrom}:
            raise ValidationError(_("Choose who signed the letter, or that there is none yet."))

    def part(self) -> rules.LetterPart:
        """What was chosen and uploaded."""
        return rules.LetterPart(LetterFrom(self.letter_from.data), self.file.content, self.file.file_name)


class LateLetterForm(LetterForm):
    """A letter that came after the request: it has a signer."""

    letter_from = RadioField(lazy("Who signed the letter?"), choices=_SIGNERS, validate_choice=False)

    def validate_letter_from(self, field: RadioField) -> None:
        """One of the two."""
        _check_signer(field)


class DataForm(Form):
    """How much data the city has."""

    percent = WholeNumberField(
        lazy("Share of the indicators for which you have data, in per cent"),
        [DataRequired(lazy("Give a whole number from 0 to 100."))],
        low=0,
        high=100,
        message=lazy("Give a whole number from 0 to 100."),
    )

    def part(self) -> rules.DataPart:
        """What was typed."""
        return rules.DataPart(self.percent.number)


class SupportForm(Form):
    """What help the city needs."""

    text = TextAreaField(lazy("What support does the city need?"), [Optional(), _at_most(rules.TEXT_MAXIMUM)])

    def part(self) -> rules.SupportPart:
        """What was typed."""
        return rules.SupportPart(self.text.data or "")


SectionForm = CityForm | ContactForm | LetterForm | DataForm | SupportForm
SECTION_FORMS: dict[Section, type[SectionForm]] = {
    Section.CITY: CityForm,
    Section.CONTACT: ContactForm,
    Section.LETTER: LetterForm,
    Section.DATA: DataForm,
    Section.SUPPORT: SupportForm,
}


class RecordForm(CityForm):
    """A request that came by letter. What the letter does not say may stay open."""

    form_key = HiddenField(default=new_token, validators=[_at_most(64)])  # a page sent twice is one request

    population = WholeNumberField(
        lazy("Inhabitants"),
        [Optional()],
        low=1,
        high=rules.POPULATION_MAXIMUM,
        message=lazy("Give the number of inhabitants as a whole number from 1 to 100 million."),
    )
    name = StringField(
        lazy("Name of the contact person"),
        [DataRequired(lazy("Give the name of the contact person.")), _at_most(_LINE_LENGTH)],
    )
    email = StringField(
        lazy("E-mail address"), [DataRequired(lazy("Give an e-mail address such as name@city.example.")), _at_most(254)]
    )
    role = StringField(lazy("Office or function"), [Optional(), _at_most(_LINE_LENGTH)])
    letter_from = RadioField(lazy("Who signed the letter?"), choices=_SIGNERS, validate_choice=False)
    file = UploadField(lazy("The letter"))
    asked_on = DateField(lazy("Date of the letter"), [Optional()])
    percent = WholeNumberField(
        lazy("Share of the indicators with data, in per cent"),
        [Optional()],
        low=0,
        high=100,
        message=lazy("Give a whole number from 0 to 100."),
    )
    text = TextAreaField(lazy("Support needed"), [Optional(), _at_most(rules.TEXT_MAXIMUM)])

    def validate_letter_from(self, field: RadioField) -> None:
        """A request by letter has a signer."""
        _check_signer(field)

    def facts(self, now: datetime) -> rules.RequestFacts:
        """What was typed. A letter of today counts from now, an older one from the noon of its day in Geneva."""
        asked_on = self.asked_on.data
        asked_at = None
        if asked_on is not None and asked_on != now.astimezone(GENEVA).date():
            asked_at = datetime.combine(asked_on, time(12), GENEVA)
        return rules.RequestFacts(
            city=self.part(),
            contact=rules.ContactPart(self.name.data or "", self.email.data or "", self.role.data or ""),
            letter=rules.LetterPart(LetterFrom(self.letter_from.data), self.file.content, self.file.file_name),
            data=rules.DataPart(self.percent.number),
            support=rules.SupportPart(self.text.data or ""),
            asked_at=asked_at,
            form_key=self.form_key.data,
        )


class AnswerForm(Form):
    """An answer to the city."""

    answer = TextAreaField(
        lazy("Answer to the city"), [DataRequired(lazy("Write the answer to the city.")), _at_most(rules.TEXT_MAXIMUM)]
    )
    version = HiddenField()

    @property
    def expected_version(self) -> int:
        """The version the writer saw; 0, which never matches, when it is nonsense."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


class MoveForm(AnswerForm):
    """A move with its answer."""

    to = HiddenField()
    reason = TextAreaField(lazy("Reason"), [Optional(), _at_most(rules.REASON_MAXIMUM)])

    def validate_to(self, field: HiddenField) -> None:  # noqa: ARG002 - the signature is the library's
        """A stage that exists; whether it is allowed now is for the service to say."""
        if self.stage is None:
            raise ValidationError(_("Choose the stage to move to."))

    @property
    def stage(self) -> RequestStage | None:
        """The stage chosen."""
        return stage_of(self.to.data)

    @property
    def stage_name(self) -> str:
        """Its name."""
        return stage_label(self.stage) if self.stage else ""


def stage_of(text: str | None) -> RequestStage | None:
    """The stage a text names, or ``None``."""
    try:
        return RequestStage(text or "")
    except ValueError:
        return None
