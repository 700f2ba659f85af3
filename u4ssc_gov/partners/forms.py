"""Forms of the register of partners."""

from wtforms import DateField, EmailField, Form, RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the type stubs
from wtforms.validators import InputRequired, Length, Optional

from u4ssc_gov.core.actor import MandateCapacity
from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.partners.rules import ACRONYM_LIMIT, NAME_LIMIT, REASON_LIMIT

_REASON_SIZE = Length(max=REASON_LIMIT, message=lazy("Use at most 600 characters."))
_REASON_NEEDED = [InputRequired(lazy("Give the reason; it stays on the record.")), _REASON_SIZE]


class NameForm(Form):
    """Who is to vote for a partner, in which capacity, from when until when."""

    email = EmailField(lazy("E-mail"), [InputRequired(lazy("Enter the person’s e-mail.")), Length(max=254)])
    full_name = StringField(lazy("Name"), [Length(max=NAME_LIMIT)])
    capacity = RadioField(
        lazy("Capacity"),
        [InputRequired(lazy("Choose representative or alternate."))],
        choices=[
            SelectChoice(MandateCapacity.REPRESENTATIVE.value, lazy("Representative")),
            SelectChoice(MandateCapacity.ALTERNATE.value, lazy("Alternate")),
        ],
    )
    starts_on = DateField(lazy("First day"), [InputRequired(lazy("Choose the first day."))])
    ends_on = DateField(lazy("Last day"), [Optional()])


class EndForm(Form):
    """When a mandate ends."""

    on = DateField(lazy("First day without the mandate"), [InputRequired(lazy("Choose the first day without it."))])
    reason = TextAreaField(lazy("Reason"), [Optional(), _REASON_SIZE])


class JoinForm(Form):
    """A body that becomes a partner."""

    acronym = StringField(lazy("Acronym"), [InputRequired(lazy("Enter the acronym.")), Length(max=ACRONYM_LIMIT)])
    official_name = StringField(
        lazy("Official name"), [InputRequired(lazy("Enter the official name.")), Length(max=NAME_LIMIT)]
    )
    website = StringField(lazy("Website"), [Optional(), Length(max=NAME_LIMIT)])
    joined_on = DateField(lazy("First day as a partner"), [InputRequired(lazy("Choose the first day."))])
    reason = TextAreaField(
        lazy("Reason"),
        _REASON_NEEDED,
    )


class LeaveForm(Form):
    """When a partner leaves, and why."""

    on = DateField(
        lazy("First day on which it is no longer a partner"), [InputRequired(lazy("Choose the first day without it."))]
    )
    reason = TextAreaField(
        lazy("Reason"),
        _REASON_NEEDED,
    )
