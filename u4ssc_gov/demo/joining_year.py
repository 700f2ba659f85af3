"""People who ask to join: to be answered, asked back, accepted and not here yet, declined."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import select

from u4ssc_gov.core.actor import ANONYMOUS
from u4ssc_gov.demo.cast import Cast
from u4ssc_gov.demo.timeline import Timeline
from u4ssc_gov.participants import services
from u4ssc_gov.participants.models import JoinRequest
from u4ssc_gov.participants.rules import JoinFacts

DOMAIN = "join.u4ssc.example"
ASKED = (
    (12, "ngo", "Expert, cycling association", "cycling", "A cycling association", "NL",
     "We count cyclists in 30 cities and publish what we find. We want to bring that to work on mobility."),
    (18, "private_sector", "Expert, lighting company", "lighting", "A maker of street lights", "DE",
     "We would like to present our products to the cities that take part."),
    (9, "city", "Expert, river city", "river", "A river city", "PT",
     "Our city renews its data platform next year. I can share the tender and the lessons of the first one."),
    (8, "independent_expert", "Expert on accessible services", "services", "", "CA",
     "Twenty years of work on services that everybody can use. I would review drafts."),
)  # fmt: skip


def tell(line: Timeline, cast: Cast) -> None:
    """Add what they asked and what the Secretariat answered."""
    for days, *facts in ASKED:
        line.at(line.ago(days, 11), partial(_ask, line, facts))
    line.at(line.ago(10, 15), lambda now: _accept(line, cast, "cycling", now))
    line.at(line.ago(15, 15), lambda now: _decline(line, cast, "lighting", now))
    line.at(line.ago(5, 15), lambda now: _ask_back(line, cast, "river", now))


def _ask(line: Timeline, facts: Sequence[object], now: datetime) -> None:
    kind, name, local, organisation, country_code, motive = (str(fact) for fact in facts)
    said = JoinFacts(kind, name, f"{local}@{DOMAIN}", organisation, country_code, motive)
    services.ask_to_join(
        line.session, said, has_consented=True, form_key="", network=local, locale="en", actor=ANONYMOUS, now=now
    )


def _request(line: Timeline, local: str) -> JoinRequest:
    return line.session.scalars(select(JoinRequest).where(JoinRequest.email == f"{local}@{DOMAIN}")).one()


def _accept(line: Timeline, cast: Cast, local: str, now: datetime) -> None:
    found = _request(line, local)
    services.accept_request(
        line.session, found, kind=found.kind.value, organisation=found.organisation, country_code=found.country_code,
        words="The group on data spaces looks for figures such as yours.", expected_version=found.version,
        actor=line.actor(cast.officer, now), now=now,
    )  # fmt: skip


def _decline(line: Timeline, cast: Cast, local: str, now: datetime) -> None:
    found = _request(line, local)
    reason = (
        "Taking part is work on deliverables, not a place to present products. If you want to write with us, ask again."
    )
    services.decline_request(
        line.session, found, reason, expected_version=found.version, actor=line.actor(cast.officer, now), now=now
    )


def _ask_back(line: Timeline, cast: Cast, local: str, now: datetime) -> None:
    found = _request(line, local)
    question = "Do you write for the city, or for yourself? For the city we need a line from your head of office."
    services.ask_back(
        line.session, found, question, expected_version=found.version, actor=line.actor(cast.officer, now), now=now
    )
