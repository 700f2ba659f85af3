"""Days of partners and mandates, acronyms and reasons: what is allowed, without a database (¶18, ¶23)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum

from u4ssc_gov.core.errors import Invalid, RuleViolation
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text

REASON_LIMIT = 600
NAME_LIMIT = 200
ACRONYM_LIMIT = 20
FARTHEST = timedelta(days=3653)  # nobody plans a mandate more than ten years ahead
_ACRONYM = re.compile(r"[^\W\d_a-z][\w-]*")  # begins with a capital: no address of the register is spelled like this


class PartnerEventKind(StrEnum):
    """What can happen to a partner."""

    JOINED = "joined"
    LEFT = "left"
    NAMED = "named"
    ENDED = "ended"


class PartnerState(StrEnum):
    """Where a partner stands on a day; derived, never stored."""

    COMING = "coming"
    PRESENT = "present"
    LEFT = "left"


def state_of(joined_on: date | None, left_on: date | None, today: date) -> PartnerState:
    """The state on a Geneva day; ``left_on`` is the first day without."""
    if left_on is not None and left_on <= today:
        return PartnerState.LEFT
    if joined_on is not None and joined_on > today:
        return PartnerState.COMING
    return PartnerState.PRESENT


def first_day_after(last_day: date | None) -> date | None:
    """The first day without, from the last day with; what people type is the last day."""
    if last_day is None or last_day == date.max:
        return last_day
    return last_day + timedelta(days=1)


def check_period(starts_on: date, ends_on: date | None) -> None:
    """Raise ``Invalid`` when the end does not lie after the start."""
    if ends_on is not None and ends_on <= starts_on:
        raise Invalid(_("The end lies after the start."), "partners.period", "ends_on")


def check_ahead(day: date | None, today: date, field: str) -> None:
    """Raise ``Invalid`` for a day more than ten years ahead: a slip of the keyboard."""
    if day is not None and day - today > FARTHEST:
        raise Invalid(_("Choose a day within the next ten years."), "partners.too_far", field)


def check_start(starts_on: date, today: date) -> None:
    """Raise ``Invalid`` for a mandate that would begin before today: votes cannot become valid afterwards."""
    if starts_on < today:
        message = _("A mandate begins today at the earliest: nobody votes with a mandate given later.")
        raise Invalid(message, "partners.mandate.past_start", "starts_on")
    check_ahead(starts_on, today, "starts_on")


def check_end(on: date, starts_on: date, ends_on: date | None, today: date) -> None:
    """Raise ``RuleViolation`` when ``on`` cannot be the first day without a mandate."""
    if ends_on is not None and ends_on <= on:
        raise RuleViolation(_("This mandate has ended by then."), "partners.mandate.ended")
    if on < max(today, starts_on):
        message = _("A mandate ends today at the earliest: votes already cast stay valid.")
        raise RuleViolation(message, "partners.mandate.past_end")
    check_ahead(on, today, "on")


def check_leaving(on: date, joined_on: date | None, left_on: date | None, today: date) -> None:
    """Raise when ``on`` cannot be the first day on which a body is no longer a partner."""
    if left_on is not None:
        raise RuleViolation(_("It is on record already that this partner leaves."), "partners.partner.left")
    if on < max(today, joined_on or today):
        message = _("A partner leaves today at the earliest: what it did as a partner stays valid.")
        raise Invalid(message, "partners.partner.past_leaving", "on")
    check_ahead(on, today, "on")


def checked_acronym(value: str) -> str:
    """The cleaned acronym; raises ``Invalid`` when it is missing, too long or could not stand in an address."""
    short = clean_line(value)
    if not short:
        raise Invalid(_("A partner has an acronym and an official name."), "partners.partner.no_name", "acronym")
    if len(short) > ACRONYM_LIMIT or not _ACRONYM.fullmatch(short):
        message = _("Use a capital first, then letters, digits and hyphens, at most %(count)s.", count=ACRONYM_LIMIT)
        raise Invalid(message, "partners.partner.acronym", "acronym")
    return short


def checked_name(value: str) -> str:
    """The cleaned official name; raises ``Invalid`` when it is missing or too long."""
    name = clean_line(value)
    if not name:
        raise Invalid(_("A partner has an acronym and an official name."), "partners.partner.no_name", "official_name")
    if len(name) > NAME_LIMIT:
        raise Invalid(_("Use at most %(count)s characters.", count=NAME_LIMIT), "partners.name_long", "official_name")
    return name


def checked_website(value: str) -> str:
    """The cleaned address of a website; raises ``Invalid`` when it is too long or not one for a secure page."""
    site = clean_line(value)
    if site and (len(site) > NAME_LIMIT or not site.startswith("https://") or " " in site):
        raise Invalid(_("Enter an address that begins with https://."), "partners.partner.website", "website")
    return site


def checked_reason(value: str, *, is_required: bool = True) -> str:
    """The cleaned reason; raises ``Invalid`` when it is missing or too long."""
    reason = clean_text(value)
    if is_required and not reason:
        raise Invalid(_("Give the reason; it stays on the record."), "partners.reason_missing", "reason")
    if len(reason) > REASON_LIMIT:
        raise Invalid(_("Use at most %(count)s characters.", count=REASON_LIMIT), "partners.reason_long", "reason")
    return reason
