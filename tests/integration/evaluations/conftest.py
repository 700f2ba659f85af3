"""A city that asks, and how far its request has come."""

import pytest

from u4ssc_gov.evaluations import queries, rules, services
from u4ssc_gov.evaluations.rules import LetterFrom, RequestStage, Section

PATH = (
    RequestStage.SCREENING,
    RequestStage.WAITING,
    RequestStage.SCHEDULED,
    RequestStage.UNDER_WAY,
    RequestStage.COMPLETED,
)


class Cities:
    """Requests made through the services."""

    def __init__(self, session, world):
        self.session, self.world = session, world
        self.officer = world.officer()
        self.number = 0

    @property
    def actor(self):
        return self.world.actor(self.officer)

    def draft(self, city="Brenvik", country="NO", people=142_000, letter=LetterFrom.MAYOR, percent=88, email=""):
        """A complete draft and its secret."""
        self.number += 1
        now, session = self.world.now, self.session
        network = f"network {self.number}"
        request, secret = services.start_draft(session, locale="en", network=network, now=now)
        for section, part in (
            (Section.CITY, rules.CityPart(city, country, people)),
            (
                Section.CONTACT,
                rules.ContactPart("City focal point", email or f"city{self.number}@example.org", "Office"),
            ),
            (Section.LETTER, rules.LetterPart(letter)),
            (Section.DATA, rules.DataPart(percent)),
            (Section.SUPPORT, rules.SupportPart("A workshop.")),
        ):
            services.save_section(session, request, section, part, secret=secret, now=now)
        return request, secret

    def sent(self, city="Brenvik", *, stage=RequestStage.RECEIVED, **facts):
        """A sent request, moved on to a stage."""
        request, secret = self.draft(city, **facts)
        services.send_request(self.session, request, secret=secret, now=self.world.now)
        if stage in PATH:
            for to in PATH[: PATH.index(stage) + 1]:
                self.move(request, to)
        return request

    def move(self, request, to, answer="We write to you.", reason="", version=None, actor=None):
        """One move by the officer."""
        return services.move_request(
            self.session, request, to, answer=answer, reason=reason,
            expected_version=request.version if version is None else version,
            actor=actor or self.actor, now=self.world.now,
        )  # fmt: skip

    def answer(self, request, text="Place 1 in line.", version=None):
        """An answer without a move."""
        return services.answer_request(
            self.session, request, text,
            expected_version=request.version if version is None else version, actor=self.actor, now=self.world.now,
        )  # fmt: skip

    def place(self, request):
        """The place in line."""
        return queries.place_in_line(self.session, request)


@pytest.fixture
def cities(session, world):
    """Makers of requests."""
    return Cities(session, world)
