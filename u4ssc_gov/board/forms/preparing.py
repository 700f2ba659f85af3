"""Shapes of input for preparing a ballot, one form for each page (the Secretariat). Days and hours are Geneva's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
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

from u4ssc_gov.board.rules import DECISION_LENGTH, MAXIMUM_CANDIDATES, MAXIMUM_DOCUMENTS, BallotType
from u4ssc_gov.core.dates import GENEVA, local_to_utc
from u4ssc_gov.core.formatting import number_text
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy, ngettext
from u4ssc_gov.core.tokens import new_token

NOTE_LENGTH = 600
LARGEST = 2**31 - 1  # what a column of keys can hold


def line_ends(value: Any) -> Any:
    """Browsers send two characters for a line end; a limit counts one."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


class AtMost(Length):
    """A limit in characters. The sentence names the field: it stands in the summary too."""

    def __call__(self, form: Any, field: Field) -> None:  # noqa: ARG002 - called so
        """Refuse what is longer."""
        if len(field.data or "") > self.max:
            label, most = field.label.text, number_text(self.max)
            raise ValidationError(_("%(field)s: use %(most)s characters at most.", field=label, most=most))


def at_most(limit: int) -> Length:
    """A limit in characters."""
    return AtMost(max=limit)


class ChoiceField(SelectField):
    """One of the choices that the page was made with; ``choices`` are (value, label), set after the form is made.

    What is missing, or is not among the choices, gets one and the same sentence: choose.
    """

    def __init__(self, label: str, message: str, *, optional: bool = False, **kwargs: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **kwargs)
        self.message, self.optional = message, optional
        if not optional:
            self.flags.required = True

    def offer(self, choices: Iterable[tuple[Any, str]], *, empty: str = "") -> None:
        """Set what can be chosen; ``empty`` is the line above the others that chooses nothing."""
        first = [("", empty)] if empty else []
        self.choices = [*first, *((str(value), label) for value, label in choices)]

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002 - called so
        """Refuse what is not on offer."""
        if self.optional and not self.data:
            return
        if not self.data or self.data not in {str(choice[0]) for choice in self.choices or ()}:
            raise ValidationError(self.message)

    @property
    def number(self) -> int | None:
        """The chosen key."""
        data = str(self.data or "")
        return int(data) if data.isascii() and data.isdigit() and len(data) < 11 and int(data) <= LARGEST else None


class DraftForm(Form):
    """What every page of a draft carries: the version it was made from, and a name of its own for new drafts.

    ``other`` is the code of another ballot on the same matter, when the draft was refused for it.
    """

    other = ""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    form_key = HiddenField(default=new_token, validators=[at_most(64)])  # a page sent twice is one draft


class TypeForm(Form):
    """What is decided."""

    type = ChoiceField(lazy("What is decided"), lazy("Choose what is decided"))


class MethodForm(DraftForm):
    """How it is decided."""

    method = ChoiceField(lazy("How the Board decides"), lazy("Choose a method"))


class DeliverableForm(DraftForm):
    """Which deliverable."""

    deliverable_id = ChoiceField(lazy("Deliverable"), lazy("Choose the deliverable."))


class PlanForm(DraftForm):
    """Which draft of the Action Plan."""

    plan_id = ChoiceField(lazy("Draft of the Action Plan"), lazy("Choose the draft of the Action Plan."))


class TermsForm(DraftForm):
    """Which proposed text."""

    terms_document_id = ChoiceField(
        lazy("Proposed text"), lazy("Choose the uploaded proposal that would come into force.")
    )


class RuleSetForm(DraftForm):
    """Which version of a voting rule."""

    rule_set_id = ChoiceField(lazy("New version of a rule"), lazy("Choose the version of the rule."))


SUBJECTS: dict[BallotType, tuple[type[DraftForm], str]] = {
    BallotType.DELIVERABLE: (DeliverableForm, "deliverable_id"),
    BallotType.ACTION_PLAN: (PlanForm, "plan_id"),
    BallotType.TOR_REVISION: (TermsForm, "terms_document_id"),
    BallotType.RULE_SET: (RuleSetForm, "rule_set_id"),
}
"""The form of each kind of matter that has a subject to choose, and the column it fills."""


class WholeNumber(IntegerField):
    """A whole number; what is none gets a sentence of its own."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_("Write a whole number, like 1 or 2.")) from None


class OfficeForm(DraftForm):
    """Which office is filled, from when, how many seats. ``today`` (Geneva) and ``seats`` are set by the page."""

    today: date | None = None
    seats: dict[int, int] = {}  # noqa: RUF012 - set for each form, never changed

    office_id = ChoiceField(lazy("Office"), lazy("Choose the office to fill."))
    starts_on = DateField(
        lazy("First day of the tenure"), validators=[InputRequired(lazy("Choose the day on which the tenure starts."))]
    )
    posts = WholeNumber(
        lazy("Seats to fill"), validators=[InputRequired(lazy("Write how many seats are filled."))], default=1
    )

    def validate_starts_on(self, field: Field) -> None:
        """A day in another century is a slip of the pen; a tenure starts after the ballot that fills it (¶34)."""
        _check_year(field.data)
        if self.today is not None and isinstance(field.data, date) and field.data <= self.today:
            raise ValidationError(_("Choose a day after today: a tenure starts after the ballot has closed."))

    def validate_posts(self, field: Field) -> None:
        """At least one seat, and no more than the office has (¶20)."""
        if field.data is None:
            return
        most = self.seats.get(self.office_id.number or 0)
        if field.data < 1 or (most is not None and field.data > most):
            if most is None:
                raise ValidationError(_("At least one seat is filled."))
            raise ValidationError(
                ngettext(
                    "This office has %(num)s seat: write 1.",
                    "This office has %(num)s seats: write a number from 1 to %(num)s.",
                    most,
                )
            )


class CandidateForm(Form):
    """One who stands, and the partner that nominates them."""

    person_id = ChoiceField(lazy("Candidate"), lazy("Choose somebody from the list."), optional=True)
    nominated_by_id = ChoiceField(lazy("Nominated by"), lazy("Choose a partner from the list."), optional=True)

    def validate_nominated_by_id(self, field: Field) -> None:
        """A partner nominates each candidate (¶20); a partner without a candidate is a slip."""
        if self.person_id.data and not field.data:
            raise ValidationError(_("A partner nominates each candidate (¶20). Name the partner."))
        if field.data and not self.person_id.data:
            raise ValidationError(_("Choose whom this partner nominates."))


class CandidatesForm(DraftForm):
    """Who stands. Empty rows count as not filled in."""

    rows = FieldList(FormField(CandidateForm), min_entries=2, max_entries=MAXIMUM_CANDIDATES)

    def offer(self, people: Sequence[tuple[int, str]], partners: Sequence[tuple[int, str]]) -> None:
        """Set who can be chosen in every row."""
        for row in self.rows:
            row.form.person_id.offer(people, empty=_("Choose a person"))
            row.form.nominated_by_id.offer(partners, empty=_("Choose a partner"))

    @property
    def chosen(self) -> list[tuple[int, int | None]]:
        """The rows that are filled in: person and partner."""
        found = [(row.form.person_id.number, row.form.nominated_by_id.number) for row in self.rows]
        return [(person, partner) for person, partner in found if person is not None]


class RenewalForm(DraftForm):
    """The renewal that a ballot decides. Its words are made from it, unless the link brought others."""

    renewal = IntegerField(validators=[Optional()], widget=HiddenInput())
    title = HiddenField(validators=[at_most(200)])
    decision_text = HiddenField(validators=[at_most(DECISION_LENGTH)])


class TextForm(DraftForm):
    """The words that the record will hold."""

    title = StringField(lazy("Title"), validators=[InputRequired(lazy("Write the title of the ballot.")), at_most(200)])
    decision_text = TextAreaField(
        lazy("Decision text"),
        filters=[line_ends],
        validators=[InputRequired(lazy("Write the decision as it will be recorded.")), at_most(DECISION_LENGTH)],
    )
    if_approved = TextAreaField(lazy("If approved"), filters=[line_ends], validators=[at_most(NOTE_LENGTH)])
    if_not_approved = TextAreaField(lazy("If not approved"), filters=[line_ends], validators=[at_most(NOTE_LENGTH)])


class PaperForm(Form):
    """One document to attach."""

    title = StringField(lazy("Title"), validators=[at_most(200)])
    file = FileField(lazy("File"))

    def validate_title(self, field: Field) -> None:
        """A title without a file is a file that got lost, for example when the page came back with an error."""
        if field.data and not getattr(self.file.data, "filename", ""):
            raise ValidationError(_("Choose the file for “%(title)s”.", title=field.data))


class PapersForm(DraftForm):
    """The documents to attach."""

    papers = FieldList(FormField(PaperForm), min_entries=MAXIMUM_DOCUMENTS, max_entries=MAXIMUM_DOCUMENTS)


# ── days and hours ───────────────────────────────────────────────────────────────────────────────────────────────────

FIRST, SECOND = "first", "second"


def is_ambiguous(day: date, at: time) -> bool:
    """Whether Geneva's clocks show this hour twice on that day: in autumn, when they go back."""
    return geneva_instant(day, at, FIRST) != geneva_instant(day, at, SECOND)


def geneva_instant(day: date, at: time, which: str = FIRST) -> datetime | None:
    """The UTC instant of an hour in Geneva; ``None`` for one that does not exist. ``which`` of two is asked for."""
    if which != SECOND:
        return local_to_utc(day, at, GENEVA)
    local = datetime.combine(day, at, GENEVA).replace(fold=1)
    instant = local.astimezone(UTC)
    return instant if instant.astimezone(GENEVA).replace(tzinfo=None) == local.replace(tzinfo=None) else None


def _check_year(value: Any) -> None:
    if isinstance(value, date) and not 2000 <= value.year <= 2100:
        raise ValidationError(_("Choose a day in the coming months."))


class MomentForm(Form):
    """Base of forms with instants: a day, an hour, and which of two equal hours when the clocks go back."""

    def moment(self, name: str) -> datetime | None:
        """The instant in UTC, or ``None`` when it is not given whole."""
        day, at = self._fields[f"{name}_on"].data, self._fields[f"{name}_time"].data
        return geneva_instant(day, at, self._fields[f"{name}_which"].data or FIRST) if day and at else None

    def twice(self, name: str) -> bool:
        """Whether the page has to ask which of two equal hours is meant."""
        day, at = self._fields[f"{name}_on"].data, self._fields[f"{name}_time"].data
        return bool(day and at and is_ambiguous(day, at))

    def check_moment(self, name: str) -> None:
        """Refuse a day without an hour, an hour that does not exist, and one that comes twice until it is clear."""
        day, at = self._fields[f"{name}_on"], self._fields[f"{name}_time"]
        if not isinstance(day.data, date):
            return
        _check_year(day.data)
        if at.data is None:
            if at.errors or at.process_errors:
                return  # said beside the hour
            raise ValidationError(_("Add the hour."))
        if geneva_instant(day.data, at.data) is None:
            raise ValidationError(
                _("This hour does not exist in Geneva on that day: the clocks go forward. Choose another.")
            )
        if self.twice(name) and self._fields[f"{name}_which"].data not in (FIRST, SECOND):
            raise ValidationError(_("Geneva has this hour twice on that day: the clocks go back. Say which one."))


def which_field() -> RadioField:
    choices = [
        SelectChoice(FIRST, lazy("The first, in summer time")),
        SelectChoice(SECOND, lazy("The second, in winter time")),
    ]
    return RadioField(lazy("Which of the two hours"), choices=choices, validate_choice=False)


class DatesForm(DraftForm, MomentForm):
    """When it opens and when it closes."""

    opens = ChoiceField(lazy("It opens"), lazy("Choose when it opens"))
    opens_on = DateField(lazy("Opening day"), validators=[Optional()])
    opens_time = TimeField(lazy("Opening hour in Geneva"), validators=[Optional()])
    opens_which = which_field()
    closes_on = DateField(lazy("Closing day"), validators=[InputRequired(lazy("Choose the day of the closing."))])
    closes_time = TimeField(
        lazy("Closing hour in Geneva"), validators=[InputRequired(lazy("Add the hour of the closing."))]
    )
    closes_which = which_field()

    def validate_opens(self, field: Field) -> None:
        """A ballot that opens by itself needs a day."""
        if field.data == "later" and self.opens_on.data is None and not self.opens_on.process_errors:
            raise ValidationError(_("Choose the day on which it opens."))

    def validate_opens_on(self, _field: Field) -> None:
        """Asked for only when the ballot opens by itself."""
        if self.opens.data == "later":
            self.check_moment("opens")

    def validate_closes_on(self, _field: Field) -> None:
        """A day and an hour that exist, once."""
        self.check_moment("closes")

    @property
    def opens_at(self) -> datetime | None:
        """When it opens by itself; ``None`` when the Secretariat opens it."""
        return self.moment("opens") if self.opens.data == "later" else None

    @property
    def closes_at(self) -> datetime | None:
        """The closing."""
        return self.moment("closes")
