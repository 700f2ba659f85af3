"""Who is in the demonstration: role names, mandates, offices, the nine people one can sign in as."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import select

from u4ssc_gov.accounts import services as accounts
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import SYSTEM, MandateCapacity, OfficeKind
from u4ssc_gov.core.dates import geneva_date, geneva_midnight
from u4ssc_gov.deliverables.models import ThematicGroup
from u4ssc_gov.demo import accepting
from u4ssc_gov.demo.beginning import beginning
from u4ssc_gov.demo.timeline import Timeline
from u4ssc_gov.participants import services as participants
from u4ssc_gov.participants.rules import ParticipantKind
from u4ssc_gov.partners import services as partner_services
from u4ssc_gov.partners.models import Partner
from u4ssc_gov.tenures import services as tenures
from u4ssc_gov.tenures.models import Office, Tenure
from u4ssc_gov.tenures.rules import EndReason, Route

DOMAIN = "demo.u4ssc.example"
OFFICERS = (("UNECE", "secretariat"), ("ITU", "secretariat_second"), ("UN-Habitat", ""))
# Leaders: group code, short name, days until the current tenure ends.
LEADERS = (
    ("city-platforms", "City Platforms", 20),
    ("ai-in-cities", "Artificial Intelligence", 15),
    ("circular-cities", "Circular Cities", 61),
    ("financing", "Innovative Financing", 115),
    ("people-centred", "People-Centred Cities", 164),
    ("procurement", "Procurement", 230),
    ("data-spaces", "Data Spaces", 290),
)
CHAIR_DAYS = 38  # until the chairs' tenures end; who is elected to follow begins on that day
VICE_CHAIR_DAYS = 250  # until the tenure of the Vice-Chair who resigned would have ended
# Chairs: office, days until the end, nominating partner.
CHAIRS = (
    (OfficeKind.CO_CHAIR, "Co-Chair, first seat", CHAIR_DAYS, "ITU"),
    (OfficeKind.CO_CHAIR, "Co-Chair, second seat", CHAIR_DAYS, "UNECE"),
    (OfficeKind.VICE_CHAIR, "Vice-Chair, first seat", CHAIR_DAYS, "UN-Habitat"),
)
PARTICIPANTS = (
    (ParticipantKind.ACADEMIA, "Participant, technical university", "A technical university", "KE"),
    (ParticipantKind.CITY, "Participant, harbour city", "A harbour city", "NO"),
    (ParticipantKind.NATIONAL_ORGANISATION, "Participant, ministry of housing", "A ministry of housing", "CL"),
    (ParticipantKind.PRIVATE_SECTOR, "Participant, sensor company", "A sensor company", "JP"),
    (ParticipantKind.NGO, "Participant, mobility charity", "A mobility charity", "TH"),
    (ParticipantKind.LOCAL_ORGANISATION, "Participant, regional utility", "A regional utility", "PT"),
    (ParticipantKind.INTERNATIONAL_ORGANISATION, "Participant, city network", "A network of cities", "BE"),
    (ParticipantKind.INDEPENDENT_EXPERT, "Participant, independent expert", "Independent", "GH"),
    (ParticipantKind.ACADEMIA, "Participant, planning school", "A school of planning", "ET"),
    (ParticipantKind.CITY, "Participant, mountain city", "A mountain city", "NP"),
)
ZONES = {
    "UNECA": "Africa/Addis_Ababa",
    "ECLAC": "America/Santiago",
    "UNEP": "Africa/Nairobi",
    "UN-Habitat": "Africa/Nairobi",
}
FOCAL_CITY = "Brenvik"


@dataclass(slots=True)
class Cast:
    """Everybody, by what they are."""

    partners: dict[str, Partner] = field(default_factory=dict)
    officers: list[Person] = field(default_factory=list)
    representatives: dict[str, Person] = field(default_factory=dict)
    alternates: dict[str, Person] = field(default_factory=dict)
    leaders: dict[str, Person] = field(default_factory=dict)  # by group code
    groups: dict[str, ThematicGroup] = field(default_factory=dict)
    participants: list[Person] = field(default_factory=list)
    focal_point: Person | None = None
    tenures: dict[str, Tenure] = field(default_factory=dict)

    @property
    def officer(self) -> Person:
        """The secretariat officer one signs in as."""
        return self.officers[0]


def gather(line: Timeline, years: int) -> Cast:
    """Add the acts that bring everybody in, ``years`` before today, and return the cast they fill."""
    cast = Cast()
    cast.partners = {p.acronym: p for p in line.session.scalars(select(Partner).order_by(Partner.position))}
    cast.groups = {g.code: g for g in line.session.scalars(select(ThematicGroup))}
    start = beginning(line.today, years)
    line.at(start, lambda now: _people(line, cast, now))
    line.at(start, lambda now: _offices(line, cast, now))
    _terms(line, cast, years)
    return cast


def person(
    line: Timeline, name: str, now: datetime, *, organisation: str = "", role: str = "", zone: str = ""
) -> Person:
    """A person with an account; ``role`` offers it on the sign-in page."""
    local = "".join(c if c.isalnum() else "." for c in name.lower()).replace("..", ".")
    made = accounts.add_person(
        line.session,
        full_name=name,
        email=f"{local}@{DOMAIN}",
        organisation=organisation,
        time_zone=zone or "Europe/Zurich",
        actor=SYSTEM,
        now=now,
    )
    accounts.add_account(line.session, made, actor=SYSTEM, now=now, demo_role=role)
    return made


def _people(line: Timeline, cast: Cast, now: datetime) -> None:
    today = geneva_date(now)
    for acronym, role in OFFICERS:
        officer = person(line, f"Secretariat officer, {acronym}", now, organisation=acronym, role=role)
        partner_services.add_secretariat_member(
            line.session, cast.partners[acronym], officer, starts_on=today, actor=SYSTEM, now=now
        )
        cast.officers.append(officer)
    accepting.upload(line, cast.officer, now)
    for acronym, partner in cast.partners.items():
        roles = {"WMO": ("board_representative", "board_alternate"), "UNDP": ("board_other", "")}.get(acronym, ("", ""))
        for capacity, role, found in zip(MandateCapacity, roles, (cast.representatives, cast.alternates), strict=True):
            name = f"{capacity.value.title()} of {acronym}"
            holder = person(line, name, now, organisation=acronym, role=role, zone=ZONES.get(acronym, ""))
            partner_services.grant_mandate(
                line.session, partner, holder, capacity=capacity, starts_on=today, actor=SYSTEM, now=now
            )
            found[acronym] = holder
    for number, (kind, name, organisation, country_code) in enumerate(PARTICIPANTS):
        made = person(line, name, now, organisation=organisation, role="" if number else "participant")
        participants.add_participant(
            line.session,
            made,
            kind=kind,
            organisation=organisation,
            country_code=country_code,
            joined_on=today,
            actor=SYSTEM,
            now=now,
        )
        cast.participants.append(made)
    for taking_part in (*cast.officers, *cast.representatives.values(), *cast.alternates.values(), *cast.participants):
        accepting.accept(line, taking_part, now)
    cast.focal_point = person(line, f"Focal point of {FOCAL_CITY}", now, organisation=FOCAL_CITY, role="focal_point")


def _offices(line: Timeline, cast: Cast, now: datetime) -> None:
    def add(kind: OfficeKind, code: str, title: str, seats: int, group_id: int | None, position: int) -> None:
        tenures.add_office(
            line.session, kind=kind, code=code, title=title, seats=seats, group_id=group_id, position=position,
            actor=SYSTEM, now=now,
        )  # fmt: skip

    add(OfficeKind.CO_CHAIR, "co-chair", "Co-Chair", 2, None, 1)
    add(OfficeKind.VICE_CHAIR, "vice-chair", "Vice-Chair", 2, None, 2)
    add(OfficeKind.IP_LEADER, "ip-leader", "Leader, Implementation Programme", 1, None, 3)
    for position, (code, name, _days) in enumerate(LEADERS, start=10):
        add(OfficeKind.LEADER, f"leader-{code}", f"Leader, {name}", 1, cast.groups[code].id, position)


def _terms(line: Timeline, cast: Cast, years: int) -> None:
    """Terms of each seat, year after year up to the current one; one Vice-Chair resigned three weeks ago."""
    for kind, name, days, nominator in CHAIRS:
        role = "co_chair" if name == CHAIRS[0][1] else ""
        _seat(line, cast, kind.value.replace("_", "-"), name, days, years, nominator, role)
    _seat(line, cast, "vice-chair", "Vice-Chair, second seat", VICE_CHAIR_DAYS, years, "UNEP", "")
    line.at(line.ago(21), lambda now: _resign(line, cast.tenures["Vice-Chair, second seat"], now))
    _seat(line, cast, "ip-leader", "Leader, Implementation Programme", 219, years, "", "")
    for code, name, days in LEADERS:
        role = "leader" if code == "city-platforms" else ""
        _seat(line, cast, f"leader-{code}", f"Leader, {name}", days, years, "", role, group=code)


def _seat(
    line: Timeline,
    cast: Cast,
    office: str,
    name: str,
    days_left: int,
    years: int,
    nominator: str,
    role: str,
    group: str = "",
) -> None:
    last_day_out = geneva_date(line.today) + timedelta(days=days_left)
    holders: dict[date, Person] = {}
    starts = [_years_before(last_day_out, back) for back in range(years + 1, 0, -1)]
    for number, starts_on in enumerate(starts):
        current = number == len(starts) - 1
        instant = line.ago((geneva_date(line.today) - starts_on).days + 10, 12)

        def act(now: datetime, starts_on: date = starts_on, current: bool = current, number: int = number) -> None:
            holder_name = name if current else f"Former {name}, term {number + 1}"
            holder = person(line, holder_name, now, role=role if current else "")
            found = line.session.scalars(select(Office).where(Office.code == office)).one()
            chair = bool(nominator)
            act_name = "decision of the Board" if chair else "consultation of the partners"
            cast.tenures[name] = tenures.start_tenure(
                line.session,
                found,
                holder,
                starts_on=starts_on,
                route=Route.BOARD_DECISION if chair else Route.CONSULTATION,
                basis=f"Demonstration: {act_name}, {starts_on.year}",
                nominated_by_id=cast.partners[nominator].id if chair else None,
                actor=SYSTEM,
                now=now,
            )

            holders[starts_on] = holder  # from its first day on, not from the day it was decided

        line.at(max(instant, beginning(line.today, years)), act)
        begins = max(geneva_midnight(starts_on), beginning(line.today, years))
        line.at(begins, partial(_begin, line, cast, group, holders, starts_on))


def _begin(line: Timeline, cast: Cast, group: str, holders: dict[date, Person], day: date, now: datetime) -> None:
    if group:
        cast.leaders[group] = holders[day]
    accepting.accept(line, holders[day], now)


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return date(day.year - years, 3, 1)


def _resign(line: Timeline, tenure: Tenure, now: datetime) -> None:
    tenures.end_tenure(line.session, tenure, on=geneva_date(now), reason=EndReason.RESIGNED, actor=SYSTEM, now=now)
