"""What visitors may know, in few statements: numbers, people in office, partners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import OfficeKind
from u4ssc_gov.core.dates import geneva_date
from u4ssc_gov.deliverables.models import Deliverable
from u4ssc_gov.deliverables.rules import ACTIVE, Stage
from u4ssc_gov.evaluations.models import EvaluationRequest
from u4ssc_gov.evaluations.rules import RequestStage
from u4ssc_gov.meetings.models import Meeting
from u4ssc_gov.meetings.rules import MeetingKind
from u4ssc_gov.partners.models import Partner
from u4ssc_gov.tenures.models import Office, Tenure

MANAGEMENT = (OfficeKind.CO_CHAIR, OfficeKind.VICE_CHAIR, OfficeKind.IP_LEADER)


@dataclass(frozen=True, slots=True)
class Numbers:
    """Figures of the start page: what this platform saw, and apart from it what is known from before, by its source."""

    partners: int
    making: int
    published: int
    evaluated: int
    published_before: int
    evaluated_before: int


@dataclass(frozen=True, slots=True)
class InOffice:
    """A person of the management team: name, office and last day, nothing else."""

    name: str
    office: str
    last_day: date


@dataclass(frozen=True, slots=True)
class PublicEvent:
    """A coming event that is open to know of."""

    title: str
    starts_at: datetime
    ends_at: datetime
    is_date_only: bool
    place: str

    @property
    def day_number(self) -> int:
        """The day of the month in Geneva."""
        return geneva_date(self.starts_at).day


def count_numbers(session: Session, today: date) -> Numbers:
    """The figures in one statement. How unfinished work from before the platform ended is not known: left out."""
    partners = select(func.count(Partner.id)).where(or_(Partner.left_on.is_(None), Partner.left_on > today))
    works, here = select(func.count(Deliverable.id)), Deliverable.source == ""
    making = works.where(Deliverable.stage.in_(sorted(ACTIVE)), here)
    published = works.where(Deliverable.stage == Stage.PUBLISHED)
    evaluated = select(func.count(EvaluationRequest.id)).where(EvaluationRequest.stage == RequestStage.COMPLETED)
    cities_here = EvaluationRequest.source == ""
    own = (partners, making, published.where(here), evaluated.where(cities_here))
    parts = (*own, published.where(~here), evaluated.where(~cities_here))
    return Numbers(*session.execute(select(*(part.scalar_subquery() for part in parts))).one())


def list_in_office(session: Session, today: date) -> list[InOffice]:
    """The management team in office on a Geneva day (¶20)."""
    statement = (
        select(Person.full_name, Office.title, Tenure.ends_on)
        .join(Tenure, Tenure.person_id == Person.id)
        .join(Office, Office.id == Tenure.office_id)
        .where(Office.kind.in_(MANAGEMENT), Tenure.starts_on <= today, Tenure.ends_on > today)
        .order_by(Office.position, Office.id, Tenure.seat, Tenure.id)
        .limit(8)
    )
    return [InOffice(name, office, ends_on - timedelta(days=1)) for name, office, ends_on in session.execute(statement)]


def list_partners(session: Session, today: date) -> Sequence[tuple[str, str]]:
    """Acronym and name of the partners in the order of ¶18."""
    statement = (
        select(Partner.acronym, Partner.official_name)
        .where(or_(Partner.left_on.is_(None), Partner.left_on > today))
        .order_by(Partner.position)
    )
    return [(acronym, name) for acronym, name in session.execute(statement)]


def list_events(session: Session, now: datetime) -> list[PublicEvent]:
    """Coming meetings of the whole initiative that are public: annual meetings and launches."""
    statement = (
        select(Meeting.title, Meeting.starts_at, Meeting.ends_at, Meeting.is_date_only, Meeting.place)
        .where(
            Meeting.kind.in_((MeetingKind.ANNUAL, MeetingKind.LAUNCH)),
            Meeting.deliverable_id.is_(None),
            Meeting.ends_at > now,
            Meeting.cancelled_at.is_(None),
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(4)
    )
    return [PublicEvent(*row) for row in session.execute(statement)]
