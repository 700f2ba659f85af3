"""The parts of a request: checked one by one and written into it, from the public form or from a letter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from u4ssc_gov.core import i18n
from u4ssc_gov.core.actor import Actor
from u4ssc_gov.core.addresses import mail_address
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.core.i18n import gettext as _
from u4ssc_gov.core.text import clean_line, clean_text
from u4ssc_gov.documents.services import store_file
from u4ssc_gov.evaluations import countries, rules
from u4ssc_gov.evaluations.models import EvaluationRequest
from u4ssc_gov.evaluations.rules import LetterFrom


def parts_of(request: EvaluationRequest) -> rules.RequestParts:
    """What completeness is judged by, of a request."""
    return rules.RequestParts(
        city=request.city or "",
        country_code=request.country_code or "",
        population=request.population,
        contact_name=request.contact_name or "",
        contact_email=request.contact_email or "",
        letter_from=request.letter_from,
        data_ready_percent=request.data_ready_percent,
    )


def apply_part(
    session: Session,
    request: EvaluationRequest,
    values: rules.Part,
    *,
    actor: Actor,
    now: datetime,
    partly: bool = False,
) -> None:
    """Check one part and write it into the request; ``partly`` lets figures stay unknown."""
    match values:
        case rules.CityPart():
            _apply_city(request, values, partly=partly)
        case rules.ContactPart():
            request.contact_name = _line(values.name, 200, "name", _("Give the name of the contact person."))
            request.contact_email = mail_address(values.email)
            request.contact_role = _line(values.role, 200, "role")
        case rules.LetterPart():
            _apply_letter(session, request, values, actor=actor, now=now)
        case rules.DataPart():
            percent = values.percent
            if (percent is None and not partly) or (percent is not None and not 0 <= percent <= 100):
                raise Invalid(_("Give a whole number from 0 to 100."), "evaluations.data.percent", "percent")
            request.data_ready_percent = percent
        case rules.SupportPart():
            words = clean_text(values.text)
            if len(words) > rules.TEXT_MAXIMUM:
                raise Invalid(too_long(rules.TEXT_MAXIMUM), "evaluations.support.length", "text")
            request.support_needed = words


def _apply_city(request: EvaluationRequest, values: rules.CityPart, *, partly: bool) -> None:
    city = _line(values.city, 120, "city", _("Give the name of the city."))
    if values.country_code not in countries.codes():
        raise Invalid(_("Choose a country from the list."), "evaluations.city.country", "country_code")
    people = values.population
    if (people is None and not partly) or (people is not None and not 1 <= people <= rules.POPULATION_MAXIMUM):
        message = _("Give the number of inhabitants as a whole number from 1 to 100 million.")
        raise Invalid(message, "evaluations.city.population", "population")
    with i18n.speaking("en"):  # kept in English, shown by its code in the reader's language
        request.country = countries.country_name(values.country_code)[:80]
    request.city, request.country_code, request.population = city, values.country_code, people
    request.region = countries.region_of(values.country_code).value


def _apply_letter(
    session: Session, request: EvaluationRequest, values: rules.LetterPart, *, actor: Actor, now: datetime
) -> None:
    if values.content and values.letter_from is LetterFrom.NONE:
        message = _("You chose a file. Say also who signed the letter.")
        raise Invalid(message, "evaluations.letter.from", "letter_from")
    if values.content:
        if len(values.content) > rules.LETTER_MAXIMUM_SIZE:
            message = _("This file is larger than 5 MB. Choose a smaller one.")
            raise Invalid(message, "evaluations.letter.size", "file")
        if (request.uploads or 0) >= rules.UPLOADS_PER_REQUEST:
            message = _("Five files were sent for this request. Send the letter to the Secretariat by mail.")
            raise Invalid(message, "evaluations.letter.uploads", "file")
        stored = store_file(session, content=values.content, file_name=values.file_name, actor=actor, now=now)
        request.letter_file_id = stored.id
        request.uploads = (request.uploads or 0) + 1
    elif values.letter_from is LetterFrom.NONE:
        request.letter_file_id = None
    request.letter_from = values.letter_from


def _line(value: str, longest: int, field: str, missing: str = "") -> str:
    line = clean_line(value)
    if not line and missing:
        raise Invalid(missing, f"evaluations.{field}.missing", field)
    if len(line) > longest:
        raise Invalid(too_long(longest), f"evaluations.{field}.length", field)
    return line


def too_long(longest: int) -> str:
    return _("Use at most %(count)s characters.", count=longest)
