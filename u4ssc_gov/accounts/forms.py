"""The shape of what people type when they sign in, choose a password or set their profile."""

from __future__ import annotations

from functools import cache
from importlib import resources

from wtforms import EmailField, Form, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from u4ssc_gov.accounts import rules
from u4ssc_gov.core import i18n
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.i18n import lazy

_SEAT = "Europe/Zurich"
_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


class SignInForm(Form):
    """E-mail and password. Nothing here says whether the address is known."""

    email = EmailField(lazy("E-mail"), [InputRequired(lazy("Enter your e-mail.")), Length(max=254)])
    password = PasswordField(lazy("Password"), [InputRequired(lazy("Enter your password.")), Length(max=1000)])
    then = HiddenField()


class PasswordForm(Form):
    """A password chosen through a one-time link."""

    password = PasswordField(
        lazy("New password"), [InputRequired(lazy("Choose a password.")), Length(max=rules.PASSWORD_MAXIMUM)]
    )


class ChangePasswordForm(PasswordForm):
    """The present password, then the new one."""

    current = PasswordField(
        lazy("Present password"), [InputRequired(lazy("Enter your present password.")), Length(max=1000)]
    )


class AskPasswordForm(Form):
    """Whose password is to be chosen anew."""

    email = EmailField(lazy("E-mail"), [InputRequired(lazy("Enter your e-mail.")), Length(max=254)])


class InviteForm(Form):
    """A person the secretariat lets in."""

    full_name = StringField(lazy("Name"), [InputRequired(lazy("Enter the person’s name.")), Length(max=200)])
    email = EmailField(
        lazy("E-mail"),
        [
            InputRequired(lazy("Enter the person’s e-mail.")),
            Length(max=254),
        ],
    )
    organisation = StringField(lazy("Organisation"), [Length(max=200)])


class ProfileForm(Form):
    """Language and time zone."""

    locale = SelectField(lazy("Language"))
    time_zone = SelectField(lazy("Time zone"))

    def offer(self, *, demo: bool, present_zone: str) -> ProfileForm:
        """Fill in the choices; ``present_zone`` stays choosable even when the list no longer has it."""
        self.locale.choices = language_choices(demo=demo)
        zones = dict(time_zone_choices())
        if present_zone not in _known_zones():
            zones = {present_zone: ((present_zone, present_zone),), **zones}
        self.time_zone.choices = {region: list(found) for region, found in zones.items()}
        return self


def language_choices(*, demo: bool) -> list[tuple[str, str]]:
    """The browser's choice first, then each language by its own name; the made-up one only in the demonstration."""
    codes = [*i18n.available_codes(), *([i18n.PSEUDO_LOCALE] if demo else [])]
    return [("", _("As my browser asks")), *((code, i18n.language(code).name) for code in codes)]


@cache
def time_zone_choices() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Zones by region, named by their city; Geneva leads because the initiative's seat is there."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(_zone_names()):
        region, _slash, city = name.partition("/")
        if region in _REGIONS and city and name != _SEAT:
            found.setdefault(region, []).append((name, city.replace("_", " ").replace("/", ", ")))
    seat = ((_SEAT, "Geneva"), ("UTC", "UTC"))
    return (("U4SSC", seat), *((region, tuple(zones)) for region, zones in found.items()))


def _zone_names() -> list[str]:
    # The package's own list: asking the system reads hundreds of files.
    return resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()


@cache
def _known_zones() -> frozenset[str]:
    return frozenset(name for _region, zones in time_zone_choices() for name, _city in zones)
