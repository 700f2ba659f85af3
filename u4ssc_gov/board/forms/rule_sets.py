"""The form of a voting rule: every number in plain words with its bounds; ``rules.problems_of`` has the last word."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wtforms import BooleanField, Field, Form, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput

from u4ssc_gov.board.forms.preparing import NOTE_LENGTH, ChoiceField, at_most, line_ends
from u4ssc_gov.board.rules import Advice, Method, PassBase, PeriodKind, QuorumBase, Visibility, VotingRule
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy
from u4ssc_gov.core.tokens import new_token

_CHOOSE = lazy("Choose one of these.")


class NumberField(IntegerField):
    """A whole number with its bounds, both named when they are missed."""

    def __init__(self, label: str, low: int, high: int, *, optional: bool = False, **kwargs: Any) -> None:
        message = lazy("Write a whole number from %(min)d to %(max)d.")
        first: Any = Optional() if optional else InputRequired(lazy("Write a whole number."))
        super().__init__(label, validators=[first, NumberRange(low, high, message=message)], **kwargs)
        self.low, self.high = low, high


_QUORUM = ("quorum_num", "quorum_den", "quorum_base")
_PASS = ("pass_num", "pass_den", "pass_at_least", "pass_base", "min_approvals")
_LIMITS = ("max_objections", "max_objections_num", "max_objections_den")
_COMMON = (
    "period_days",
    "period_kind",
    "minimum_hours",
    "extension_days",
    "visibility",
    "reminder_hours",
    "challenge_days",
)
FIELDS: dict[Method, tuple[str, ...]] = {
    Method.VOTE: (*_QUORUM, *_PASS, *_LIMITS, "on_no_quorum", "on_tie", "early_close", *_COMMON),
    Method.ELECTION: (*_QUORUM, *_PASS, *_LIMITS, "on_no_quorum", "on_tie", "secrecy_seats", "early_close", *_COMMON),
    Method.SILENCE: ("silence_break", "silence_acknowledged", "consultation_days", *_COMMON),
}
"""Which numbers a rule of each method has."""
_KINDS: dict[str, Any] = {
    "quorum_base": QuorumBase,
    "pass_base": PassBase,
    "period_kind": PeriodKind,
    "on_no_quorum": Advice,
    "on_tie": Advice,
    "visibility": Visibility,
}


class RuleForm(Form):
    """A new version of a rule. Fields that its method does not have are taken away."""

    seen = IntegerField(validators=[Optional()], widget=HiddenInput())  # the newest version on the page
    quorum_num = NumberField(lazy("More than"), 0, 100)
    quorum_den = NumberField(lazy("out of"), 1, 100)
    quorum_base = ChoiceField(lazy("of"), _CHOOSE)
    pass_num = NumberField(lazy("Share"), 0, 100)
    pass_den = NumberField(lazy("out of"), 1, 100)
    pass_at_least = BooleanField(lazy("Exactly this share is enough"))
    pass_base = ChoiceField(lazy("of"), _CHOOSE)
    min_approvals = NumberField(lazy("Least number of approvals"), 0, 100)
    max_objections = NumberField(lazy("Most objections, as a number"), 0, 100, optional=True)
    max_objections_num = NumberField(lazy("Most objections, as a share of all partners"), 0, 100, optional=True)
    max_objections_den = NumberField(lazy("out of"), 1, 100, optional=True)
    on_no_quorum = ChoiceField(lazy("When too few answer"), _CHOOSE)
    on_tie = ChoiceField(lazy("When it is a tie"), _CHOOSE)
    secrecy_seats = NumberField(lazy("Partners that can end it by asking for a secret ballot"), 0, 100)
    silence_break = NumberField(lazy("Objections that break the silence"), 1, 100)
    silence_acknowledged = NumberField(lazy("Partners that must say they have no objection"), 0, 100)
    consultation_days = NumberField(lazy("Working days of consultation on an objection"), 1, 30)
    early_close = BooleanField(lazy("It closes as soon as every partner has answered"))
    period_days = NumberField(lazy("Usually open for, in days"), 1, 60)
    period_kind = ChoiceField(lazy("Which days"), _CHOOSE)
    minimum_hours = NumberField(lazy("Never open for less than, in hours"), 72, 2160)
    extension_days = NumberField(lazy("Longest extension, in days"), 0, 30)
    visibility = ChoiceField(lazy("Positions are shown"), _CHOOSE)
    reminder_hours = StringField(lazy("Reminders, in hours before the closing"), validators=[at_most(60)])
    challenge_days = NumberField(lazy("Time for challenges, in days"), 0, 60)
    reason = TextAreaField(
        lazy("Reason for the change"),
        filters=[line_ends],
        validators=[InputRequired(lazy("Give the reason; partners will read it.")), at_most(NOTE_LENGTH)],
    )
    form_key = StringField(default=new_token, validators=[at_most(64)], widget=HiddenInput())

    def validate_quorum_num(self, field: Field) -> None:
        """A share is not more than the whole."""
        _check_share(field, self.quorum_den)

    def validate_pass_num(self, field: Field) -> None:
        """A share is not more than the whole."""
        _check_share(field, self.pass_den)

    def validate_max_objections_num(self, field: Field) -> None:
        """Both parts of the fraction, or neither."""
        if (field.data is None) != (self.max_objections_den.data is None):
            raise ValidationError(_("Write both numbers of the share, or none."))
        _check_share(field, self.max_objections_den)

    def validate_reminder_hours(self, field: Field) -> None:
        """At most five whole numbers, the largest first."""
        hours = hours_of(field.data or "")
        if hours is None:
            raise ValidationError(_("Write at most five whole numbers from 1 to 2160, the largest first: 168, 72, 24."))


def _check_share(field: Field, whole: Any) -> None:
    if field.data is not None and whole.data is not None and field.data > whole.data:
        raise ValidationError(_("Write a fraction of whole numbers between 0 and 1, such as 2/3."))


def hours_of(text: str) -> tuple[int, ...] | None:
    """The hours typed as "168, 72, 24"; ``None`` when they are no such list."""
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    if len(parts) > 5 or not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        return None
    hours = tuple(int(part) for part in parts)
    in_order = list(hours) == sorted(set(hours), reverse=True)
    return hours if in_order and all(1 <= hour <= 2160 for hour in hours) else None


def make_form(method: Method, data: Any, **values: Any) -> RuleForm:
    """The form of a method, without the fields it does not have."""
    form = RuleForm(data, **values)
    kept = {*FIELDS[method], "seen", "reason", "form_key"}
    for name in [name for name in form._fields if name not in kept]:
        del form[name]
    return form


def values_of(rule: VotingRule) -> dict[str, Any]:
    """The first values of the form: the rule as it is."""
    found = {name: getattr(rule, name) for name in FIELDS[rule.method]}
    plain = {name: str(value.value) if name in _KINDS else value for name, value in found.items()}
    return {**plain, "reminder_hours": ", ".join(str(hours) for hours in rule.reminder_hours)}


def rule_from(form: RuleForm, rule: VotingRule) -> VotingRule:
    """The rule with what was typed."""
    changes: dict[str, Any] = {}
    for name in FIELDS[rule.method]:
        value = form[name].data
        changes[name] = _KINDS[name](value) if name in _KINDS else value
    changes["reminder_hours"] = hours_of(form.reminder_hours.data or "") or ()
    return replace(rule, **changes)
