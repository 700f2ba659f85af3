"""Makers of what a test needs, as short as a test can bear. Rows are made directly only for dated facts that other
rooms' services grant (mandates, tenures, memberships); everything a test is *about* goes through its service."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.clock import StandingClock
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.charter.models import Objective, TermsAcceptance, TermsDocument
from u4ssc_gov.core.actor import Actor, MandateCapacity, OfficeKind
from u4ssc_gov.core.dates import one_year_after
from u4ssc_gov.deliverables.models import Contributor, Deliverable, ThematicGroup
from u4ssc_gov.deliverables.rules import DeliverableKind, Stage
from u4ssc_gov.documents.models import StoredFile
from u4ssc_gov.meetings.models import AgendaItem, Attendance, Meeting
from u4ssc_gov.meetings.rules import MeetingKind
from u4ssc_gov.participants.models import Participant
from u4ssc_gov.participants.rules import ParticipantKind
from u4ssc_gov.partners.models import Mandate, Partner, SecretariatMembership
from u4ssc_gov.tenures.models import Office, Tenure
from u4ssc_gov.tenures.rules import Route
from u4ssc_gov.workflows.identity import actor_for_person

ACRONYMS = (
    "ITU", "UNECE", "CBD", "FAO", "UN-Women", "UNECA", "ECLAC", "UNDP",
    "UN-Habitat", "UNEP", "UNEP-FI", "UNFCCC", "UNIDO", "UNU-EGOV", "UNESCO", "WMO",
)  # fmt: skip
SECRETARIAT = ("ITU", "UNECE", "UN-Habitat")
LONG_AGO = date(2020, 1, 1)


class World:
    """One test's initiative."""

    def __init__(self, session: Session, clock: StandingClock) -> None:
        self.session = session
        self.clock = clock
        self._numbers = count(1)
        self._terms: TermsDocument | None = None

    @property
    def now(self) -> datetime:
        """The clock's instant."""
        return self.clock.now()

    def commit(self) -> None:
        """Let other sessions (the application's) see what was made."""
        self.session.commit()

    def _save(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def person(self, name: str = "", **fields: Any) -> Person:
        """A person with a role name and an address of their own."""
        number = next(self._numbers)
        fields.setdefault("email", f"person{number}@example.org")
        person = self._save(Person(full_name=name or f"Person {number}", created_at=self.now, **fields))
        self._accept(person)
        return person

    def terms(self, title: str = "Terms of Reference, June 2019", sha256: str = "a" * 64) -> TermsDocument:
        """A text of the Terms of Reference in force from now on. Nobody has accepted it yet."""
        person = self._save(
            Person(full_name="Uploader", email=f"up{next(self._numbers)}@example.org", created_at=self.now)
        )
        stored = self._save(
            StoredFile(
                public_id=f"terms-{person.id}", sha256=sha256, size=1, media_type="text/plain",
                file_name="terms.txt", uploaded_at=self.now,
            )
        )  # fmt: skip
        return self._save(
            TermsDocument(
                file_id=stored.id, sha256=sha256, title=title, agreed_on=date(2019, 6, 28),
                uploaded_at=self.now, uploaded_by_id=person.id,
            )
        )  # fmt: skip

    def accepted_terms(self) -> TermsDocument:
        """The text that participants of a test have accepted; so has everybody else, unless the test says otherwise."""
        if self._terms is None:
            self._terms = self.session.scalar(select(TermsDocument).limit(1)) or self.terms()
            for person in self.session.scalars(select(Person).order_by(Person.id)).all():
                self._accept(person)
        return self._terms

    def _accept(self, person: Person) -> None:
        if self._terms is not None:
            version = self._terms
            self._save(
                TermsAcceptance(
                    person_id=person.id, document_id=version.id, sha256=version.sha256, accepted_at=self.now
                )
            )

    def actor(self, person: Person) -> Actor:
        """The actor this person is now."""
        self.session.flush()
        return actor_for_person(self.session, person, now=self.now)

    def partners(self, number: int = 16) -> list[Partner]:
        """The first partners of ¶18, made once."""
        found = list(self.session.scalars(select(Partner).order_by(Partner.position)))
        for position, acronym in enumerate(ACRONYMS[len(found) : number], start=len(found) + 1):
            found.append(
                self._save(
                    Partner(
                        acronym=acronym,
                        official_name=f"{acronym} in full",
                        position=position,
                        is_secretariat_agency=acronym in SECRETARIAT,
                    )
                )
            )
        return found[:number]

    def partner(self, acronym: str) -> Partner:
        """One partner by acronym."""
        return next(p for p in self.partners() if p.acronym == acronym)

    def mandate(
        self,
        acronym: str,
        person: Person | None = None,
        *,
        alternate: bool = False,
        starts_on: date = LONG_AGO,
        ends_on: date | None = None,
    ) -> Person:
        """A person who votes for a partner; returns the person."""
        capacity = MandateCapacity.ALTERNATE if alternate else MandateCapacity.REPRESENTATIVE
        person = person or self.person(f"{capacity.value.title()} of {acronym}")
        self._save(
            Mandate(
                partner_id=self.partner(acronym).id,
                person_id=person.id,
                capacity=capacity,
                starts_on=starts_on,
                ends_on=ends_on,
                granted_at=self.now,
            )
        )
        return person

    def officer(self, acronym: str = "UNECE", ends_on: date | None = None) -> Person:
        """A secretariat officer."""
        person = self.person(f"Secretariat officer {acronym}")
        self._save(
            SecretariatMembership(
                partner_id=self.partner(acronym).id,
                person_id=person.id,
                starts_on=LONG_AGO,
                ends_on=ends_on,
                granted_at=self.now,
            )
        )
        return person

    def office(self, kind: OfficeKind, *, group: ThematicGroup | None = None, seats: int = 1) -> Office:
        """An office; the chairs' offices are made once."""
        code = f"{kind.value}-{group.id}" if group else kind.value
        found = self.session.scalar(select(Office).where(Office.code == code))
        if found is not None:
            return found
        title = f"Leader, {group.name}" if group else kind.value.replace("_", "-").title()
        return self._save(
            Office(
                kind=kind,
                code=code,
                title=title,
                seats=seats,
                group_id=group.id if group else None,
                position=list(OfficeKind).index(kind) * 100 + (group.id if group else 0),
            )
        )

    def tenure(
        self,
        office: Office,
        person: Person | None = None,
        *,
        starts_on: date | None = None,
        ends_on: date | None = None,
        seat: int = 1,
    ) -> Person:
        """A person in an office, by default since 100 days ago for one year; returns the person."""
        starts_on = starts_on or (self.now - timedelta(days=100)).date()
        person = person or self.person(f"Holder of {office.title}")
        self._save(
            Tenure(
                office_id=office.id,
                seat=seat,
                person_id=person.id,
                starts_on=starts_on,
                ends_on=ends_on or one_year_after(starts_on),
                route=Route.CONSULTATION if office.kind is OfficeKind.LEADER else Route.BOARD_DECISION,
                created_at=self.now,
            )
        )
        return person

    def co_chair(self) -> Person:
        """A Co-Chair in office."""
        return self.tenure(self.office(OfficeKind.CO_CHAIR, seats=2))

    def group(self, name: str = "") -> ThematicGroup:
        """A thematic group."""
        number = next(self._numbers)
        return self._save(ThematicGroup(code=f"group-{number}", name=name or f"Group {number}"))

    def leader(self, group: ThematicGroup, **period: Any) -> Person:
        """A leader of a group."""
        return self.tenure(self.office(OfficeKind.LEADER, group=group), **period)

    def deliverable(
        self, group: ThematicGroup | None = None, *, stage: Stage = Stage.DRAFTING, **fields: Any
    ) -> Deliverable:
        """A deliverable, by default being drafted."""
        number = next(self._numbers)
        return self._save(
            Deliverable(
                code=fields.pop("code", f"D-26-{number:02}"),
                title=fields.pop("title", f"Deliverable {number}"),
                kind=DeliverableKind.GUIDELINES,
                group_id=(group or self.group()).id,
                stage=stage,
                year=2026,
                created_at=self.now,
                **fields,
            )
        )

    def participant(self, deliverable: Deliverable | None = None, *, accepts: bool = True) -> Person:
        """A participant who has accepted the Terms of Reference and may have chosen a deliverable."""
        if accepts:
            self.accepted_terms()
        person = self.person()
        self._save(
            Participant(
                person_id=person.id,
                kind=ParticipantKind.ACADEMIA,
                organisation="A university",
                joined_on=LONG_AGO,
                created_at=self.now,
            )
        )
        if deliverable is not None:
            self._save(Contributor(deliverable_id=deliverable.id, person_id=person.id, joined_at=self.now))
        return person

    def objective(self, letter: str = "b") -> Objective:
        """One of the fifteen objectives."""
        return self.session.get(Objective, letter) or self._save(
            Objective(letter=letter, title=f"Objective {letter}", text=f"Objective {letter} in our words")
        )

    def meeting(
        self,
        deliverable: Deliverable,
        *,
        number: int = 7,
        ended_days_ago: float = 3,
        agenda: tuple[str, ...] = ("Opening and agenda", "Chapter 4"),
        people: tuple[Person, ...] = (),
    ) -> Meeting:
        """An e-meeting of an hour, by default held three days ago."""
        ends_at = self.now - timedelta(days=ended_days_ago)
        meeting: Meeting = self._save(
            Meeting(
                kind=MeetingKind.E_MEETING,
                deliverable_id=deliverable.id,
                number=number,
                title=f"E-meeting {number}",
                starts_at=ends_at - timedelta(hours=1),
                ends_at=ends_at,
                scheduled_at=ends_at - timedelta(days=30),
            )
        )
        for position, title in enumerate(agenda, start=1):
            self._save(AgendaItem(meeting_id=meeting.id, position=position, title=title))
        for person in people:
            self._save(Attendance(meeting_id=meeting.id, person_id=person.id, name=person.full_name))
        return meeting
