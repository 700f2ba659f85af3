"""Shapes of input: the request to join, a request that came by e-mail, and the Secretariat's answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the type stubs
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from u4ssc_gov.core.countries import codes, country_choices
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.core.tokens import new_token
from u4ssc_gov.participants import rules
from u4ssc_gov.participants.rules import KIND_NAMES, JoinFacts, ParticipantKind


def _at_most(longest: int) -> Length:
    return Length(max=longest, message=lazy("This is longer than the field can hold."))


def _kinds() -> list[SelectChoice]:
    return [SelectChoice(kind.value, KIND_NAMES[kind]) for kind in ParticipantKind]


class _BodyForm(Form):
    """Kind of body, organisation and country, as the service wants them."""

    kind = RadioField(
        lazy("Kind of body"), [InputRequired(lazy("Choose a kind."))], choices=_kinds(), validate_choice=False
    )
    organisation = StringField(lazy("Organisation"), [Optional(), _at_most(rules.NAME_MAXIMUM)])
    country_code = SelectField(lazy("Country or area"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country_code.choices = [SelectChoice(code, name) for code, name in country_choices()]

    def validate_kind(self, field: RadioField) -> None:
        """Only the kinds that ¶19 names."""
        if field.data not in set(ParticipantKind):
            raise ValidationError(_("Choose one of the kinds of body that ¶19 names."))

    def validate_country_code(self, field: SelectField) -> None:
        """Only what is on the list."""
        if field.data not in codes():
            raise ValidationError(_("Choose a country from the list."))


def _facts(form: JoinForm | RecordForm, interests: tuple[tuple[str, str], ...] = ()) -> JoinFacts:
    return JoinFacts(
        kind=form.kind.data or "",
        full_name=form.full_name.data or "",
        email=form.email.data or "",
        organisation=form.organisation.data or "",
        country_code=form.country_code.data or "",
        motive=form.motive.data or "",
        interests=interests,
    )


class JoinForm(_BodyForm):
    """A request to take part. ``offer`` says which published deliverables may be named."""

    form_key = HiddenField(default=new_token, validators=[_at_most(64)])  # a page sent twice is one request
    full_name = StringField(
        lazy("Your name"),
        [InputRequired(lazy("Give your name.")), _at_most(rules.NAME_MAXIMUM)],
        render_kw={"autocomplete": "name"},
    )
    email = EmailField(
        lazy("E-mail"),
        [InputRequired(lazy("Give an e-mail address such as name@example.org.")), _at_most(rules.ADDRESS_MAXIMUM)],
        render_kw={"autocomplete": "email"},
    )
    motive = TextAreaField(
        lazy("Why you want to take part and what you bring"),
        [
            InputRequired(lazy("Say in a few words why you want to take part and what you bring.")),
            _at_most(rules.MOTIVE_MAXIMUM),
        ],
    )
    interests = SelectMultipleField(lazy("Published work that interests you"), validate_choice=False)
    consent = BooleanField(
        lazy("The Secretariat may keep and use these data to answer my request."),
        [InputRequired(lazy("Without your consent the request cannot be handled."))],
    )

    def offer(self, published: Sequence[tuple[str, str]]) -> JoinForm:
        """Set what may be named: code and title."""
        self.interests.choices = [SelectChoice(code, title) for code, title in published]
        self.titles = dict(published)
        return self

    def validate_interests(self, field: SelectMultipleField) -> None:
        """Only what was offered."""
        if not set(field.data or ()) <= set(self.titles):
            raise ValidationError(_("Choose from the list."))

    def facts(self) -> JoinFacts:
        """What was typed."""
        chosen = dict.fromkeys(self.interests.data or ())
        return _facts(self, tuple((code, self.titles[code]) for code in chosen))


class RecordForm(_BodyForm):
    """A request that came by e-mail."""

    form_key = HiddenField(default=new_token, validators=[_at_most(64)])
    full_name = StringField(lazy("Name"), [InputRequired(lazy("Give the name.")), _at_most(rules.NAME_MAXIMUM)])
    email = EmailField(
        lazy("E-mail"),
        [InputRequired(lazy("Give an e-mail address such as name@example.org.")), _at_most(rules.ADDRESS_MAXIMUM)],
    )
    motive = TextAreaField(
        lazy("What the e-mail says"),
        [InputRequired(lazy("Copy what the e-mail says.")), _at_most(rules.MOTIVE_MAXIMUM)],
    )
    asked_on = DateField(lazy("Day of the e-mail"), [Optional()])

    def facts(self) -> JoinFacts:
        """What was typed."""
        return _facts(self)


class _AnswerForm(Form):
    """The version of the request that was read."""

    version = HiddenField()

    @property
    def expected(self) -> int:
        """The version's number; 0, which no request has, when it is none."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


class QuestionForm(_AnswerForm):
    """What the Secretariat wants to know."""

    question = TextAreaField(
        lazy("Question"), [InputRequired(lazy("Write what you want to know.")), _at_most(rules.MESSAGE_MAXIMUM)]
    )


class DeclineForm(_AnswerForm):
    """Why a request is declined."""

    reason = TextAreaField(
        lazy("Reason"), [InputRequired(lazy("Give the reason; the person reads it.")), _at_most(rules.MESSAGE_MAXIMUM)]
    )


class AcceptForm(_BodyForm):
    """What the register says of a new participant, and words to them."""

    version = HiddenField()
    words = TextAreaField(lazy("Words to them"), [Optional(), _at_most(rules.MESSAGE_MAXIMUM)])

    @property
    def expected(self) -> int:
        """As of the other answers."""
        return _AnswerForm(data={"version": self.version.data}).expected
