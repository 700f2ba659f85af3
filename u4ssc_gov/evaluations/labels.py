"""Words for stages, regions, letters and sections, in the reader's language; each list is translated once."""

from __future__ import annotations

from functools import cache

from u4ssc_gov.core import i18n
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.evaluations.rules import LetterFrom, Region, RequestStage, Section


def stage_label(stage: RequestStage) -> str:
    """A stage as people call it."""
    return _stages(i18n.current().code)[stage]


@cache
def _stages(_language: str) -> dict[RequestStage, str]:
    return {
        RequestStage.DRAFT: _("Draft"),
        RequestStage.RECEIVED: _("Received"),
        RequestStage.SCREENING: _("Screening"),
        RequestStage.WAITING: _("Waiting for resources"),
        RequestStage.SCHEDULED: _("Scheduled"),
        RequestStage.UNDER_WAY: _("Under way"),
        RequestStage.COMPLETED: _("Completed"),
        RequestStage.DECLINED: _("Declined"),
        RequestStage.WITHDRAWN: _("Withdrawn"),
        RequestStage.NOT_EVALUATED: _("Not evaluated"),
    }


def move_label(stage: RequestStage) -> str:
    """What a move to a stage is called on a button."""
    return _moves(i18n.current().code)[stage]


@cache
def _moves(_language: str) -> dict[RequestStage, str]:
    return {
        RequestStage.SCREENING: _("Start screening"),
        RequestStage.WAITING: _("Move to the line"),
        RequestStage.SCHEDULED: _("Schedule the evaluation"),
        RequestStage.UNDER_WAY: _("Start the evaluation"),
        RequestStage.COMPLETED: _("Complete the evaluation"),
        RequestStage.DECLINED: _("Decline the request"),
        RequestStage.WITHDRAWN: _("Record a withdrawal"),
    }


def region_label(region: str) -> str:
    """A broad region; text that is none of ours is shown as it is."""
    return _regions(i18n.current().code).get(region, region)


@cache
def _regions(_language: str) -> dict[str, str]:
    return {
        Region.AFRICA.value: _("Africa"),
        Region.ARAB_STATES.value: _("Arab States"),
        Region.ASIA.value: _("Asia"),
        Region.EUROPE.value: _("Europe"),
        Region.LATIN_AMERICA.value: _("Latin America"),
        Region.OTHER.value: _("Other"),
    }


def letter_label(letter: LetterFrom) -> str:
    """Who signed the letter."""
    return _letters(i18n.current().code)[letter]


@cache
def _letters(_language: str) -> dict[LetterFrom, str]:
    return {
        LetterFrom.NONE: _("No letter yet"),
        LetterFrom.MAYOR: _("Letter, mayor"),
        LetterFrom.MINISTRY: _("Letter, ministry"),
    }


def section_label(section: Section) -> str:
    """A part of the public form."""
    return _sections(i18n.current().code)[section]


@cache
def _sections(_language: str) -> dict[Section, str]:
    return {
        Section.CITY: _("City"),
        Section.CONTACT: _("Contact"),
        Section.LETTER: _("Government letter"),
        Section.DATA: _("Data readiness"),
        Section.SUPPORT: _("Support needed"),
    }
