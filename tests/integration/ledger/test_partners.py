"""Seats and mandates enter the log with the act that makes them (¶18, ¶23)."""

from datetime import date, timedelta

import pytest

from tests.clock import T0
from u4ssc_gov.core.actor import SYSTEM, MandateCapacity
from u4ssc_gov.core.errors import RuleViolation, Unavailable
from u4ssc_gov.initiative.loading import load_initiative
from u4ssc_gov.ledger import canonical, queries
from u4ssc_gov.ledger import services as ledger
from u4ssc_gov.partners import services

TODAY = date(2026, 11, 23)


def told(session) -> list[dict[str, object]]:
    """Everything in the log about WMO."""
    return [canonical.decode(entry.entry) for entry in queries.list_seat_entries(session, {"WMO"})]


@pytest.fixture
def wmo(session):
    """The partner, through its service."""
    return services.add_partner(
        session, acronym="WMO", official_name="World Meteorological Organization", position=1, actor=SYSTEM, now=T0
    )


def grant(session, wmo, person, **more):
    more = {"starts_on": TODAY, "now": T0} | more
    return services.grant_mandate(session, wmo, person, capacity=MandateCapacity.ALTERNATE, actor=SYSTEM, **more)


def test_a_seat_a_mandate_and_its_end(session, world, wmo):
    person = world.person("Zoë", email="zoe@example.org")
    mandate = grant(session, wmo, person, ends_on=date(2027, 11, 23))
    services.end_mandate(session, mandate, on=TODAY, actor=SYSTEM, now=T0 + timedelta(hours=1))
    joined, granted, ended = told(session)
    assert (joined["kind"], joined["name"], joined["on"]) == ("seat.joined", "World Meteorological Organization", None)
    name = f"mdt_{mandate.id}"
    commitment = granted.pop("person")
    assert granted == {
        "at": "2026-11-23T09:00:00.000000Z",
        "capacity": "alternate",
        "ends_on": "2027-11-23",
        "kind": "mandate.granted",
        "mandate": name,
        "seat": "WMO",
        "seq": 2,
        "starts_on": "2026-11-23",
        "v": 1,
    }
    secret = queries.find_secrets(session, [commitment])[commitment]
    assert secret.plaintext == f'{{"email":"zoe@example.org","mandate":"{name}","name":"Zoë"}}'
    assert (ended["kind"], ended["mandate"], ended["ends_on"]) == ("mandate.ended", name, "2026-11-23")
    assert ended["at"] == "2026-11-23T10:00:00.000000Z"


def test_what_was_refused_leaves_no_entry(session, world, wmo):
    person = world.person()
    grant(session, wmo, person)
    with pytest.raises(RuleViolation):
        grant(session, wmo, person)
    assert [entry["kind"] for entry in told(session)] == ["seat.joined", "mandate.granted"]


def test_a_mandate_begins_no_earlier_than_the_newest_entry(session, world, wmo):
    ledger.append(session, "seat.left", {"seat": "X", "on": None}, now=T0 + timedelta(seconds=1))
    mandate = grant(session, wmo, world.person())
    assert mandate.granted_at == T0 + timedelta(seconds=1)
    with pytest.raises(Unavailable):
        grant(session, wmo, world.person(), now=T0 - timedelta(seconds=2))


def test_the_partners_of_the_initiative_have_their_seats(runtime, session):
    load_initiative(runtime, now=T0)
    load_initiative(runtime, now=T0)
    entries = [canonical.decode(entry.entry) for entry in queries.list_seat_entries(session, {"ITU", "WMO"})]
    assert [entry["seat"] for entry in entries] == ["ITU", "WMO"]
    assert queries.find_head(session).size == 17
    assert len(queries.list_seat_entries(session, {"ITU", "WMO"}, before=2)) == 1
