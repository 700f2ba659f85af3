"""The pages of partners: who votes for whom is named and ended there, joining and leaving are recorded (¶18, ¶23)."""

import csv
import io
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.clock import T0
from tests.integration.board import makers
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.ledger import canonical
from u4ssc_gov.ledger import queries as ledger
from u4ssc_gov.notifications.models import OutboxMessage
from u4ssc_gov.partners import services
from u4ssc_gov.partners.models import Mandate, Partner, PartnerEvent

TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
SECRETARIAT = "secretariat@u4ssc.example"


@pytest.fixture
def officer(world):
    return world.officer()


@pytest.fixture
def focal(world):
    """The representative of WMO."""
    return world.mandate("WMO", world.person("Focal of WMO"))


def text_of(response):
    return response.get_data(as_text=True)


def wanted(**fields):
    return {
        "email": "new@example.org",
        "full_name": "New alternate",
        "capacity": "alternate",
        "starts_on": str(TODAY),
        "ends_on": "",
        **fields,
    }


@pytest.fixture
def db(runtime, world):
    """A reading session; the writing one has given its lock back by then."""
    with runtime.database.reading() as opened:
        yield opened


def read(db, statement):
    """What is on record now."""
    db.rollback()
    return db.scalars(statement).all()


def mandates(db):
    return read(db, select(Mandate).order_by(Mandate.id))


def told(db):
    """Address and subject of the mails about mandates."""
    sent = read(db, select(OutboxMessage).where(OutboxMessage.template == "partners/mandate_changed"))
    return {(mail.to_address, mail.subject) for mail in sent}


def kinds(db, acronym="WMO"):
    db.rollback()
    return [canonical.decode(entry.entry)["kind"] for entry in ledger.list_seat_entries(db, {acronym})]


def unknown(db, email="new@example.org"):
    return not read(db, select(Person.id).where(Person.email == email))


# Name


def test_the_secretariat_names_somebody_unknown_who_is_invited_and_everybody_is_told(
    world, db, sign_in, officer, focal
):
    world.commit()
    browser = sign_in(officer)
    assert "Name a representative or alternate of WMO" in text_of(browser.get("/people/partners/WMO/name"))
    answer = browser.send("/people/partners/WMO/name", wanted(ends_on="2026-12-31"))
    assert (answer.status_code, answer.location) == (303, "/people/partners/WMO")
    (_old, mandate) = mandates(db)
    person = db.get(Person, mandate.person_id)
    assert (person.email, person.full_name, person.organisation) == ("new@example.org", "New alternate", "WMO")
    assert (mandate.starts_on, mandate.ends_on, mandate.granted_by_id) == (TODAY, date(2027, 1, 1), officer.id)
    assert kinds(db) == ["mandate.granted"]
    assert told(db) == {
        ("new@example.org", "You vote for WMO"),
        (focal.email, "New alternate votes for WMO"),
        (SECRETARIAT, "New alternate votes for WMO"),
    }
    templates = read(db, select(OutboxMessage.template))
    assert templates.count("accounts/invitation") == 1
    page = text_of(browser.get("/people/partners/WMO"))
    for shown in ("New alternate was named alternate from", "31 Dec", officer.full_name, "No end is set"):
        assert shown in page


def test_the_partners_own_focal_point_names_and_ends_its_alternates_and_nobody_elses(world, db, sign_in, focal):
    other = world.person("Known expert", email="known@example.org")
    world.mandate("FAO")
    world.commit()
    browser = sign_in(focal)
    sent = wanted(email=" KNOWN@example.org ", full_name="")
    assert browser.send("/people/partners/WMO/name", sent).status_code == 303
    mandate = mandates(db)[-1]
    assert (mandate.person_id, mandate.granted_by_id) == (other.id, focal.id)
    assert focal.email not in {address for address, _subject in told(db)}
    assert browser.get("/people/partners/FAO/name").status_code == 403
    assert browser.send("/people/partners/FAO/name", wanted()).status_code == 403
    url = f"/people/partners/WMO/mandates/{mandate.id}/end"
    assert "Votes already cast stay" in text_of(browser.get(url))
    assert browser.send(url, {"on": str(TODAY), "reason": "Moved on"}).status_code == 303
    assert mandates(db)[-1].ends_on == TODAY
    assert ("known@example.org", "Your mandate for WMO ends") in told(db)
    assert sign_in(other).get("/people/partners/WMO/name").status_code == 403


def test_why_a_mandate_ended_is_read_by_the_partner_and_the_secretariat_alone(world, db, sign_in, officer, focal):
    alternate, leader = world.mandate("WMO", alternate=True), world.leader(world.group())
    mandate = world.session.scalars(select(Mandate).where(Mandate.person_id == alternate.id)).one()
    services.end_mandate(world.session, mandate, on=TODAY, reason="Canary reason", actor=SYSTEM, now=T0)
    world.commit()
    for reader, reads in ((officer, True), (focal, True), (alternate, False), (leader, False)):
        assert ("Canary reason" in text_of(sign_in(reader).get("/people/partners/WMO"))) is reads


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"starts_on": "2026-11-22"}, "today at the earliest"),
        ({"starts_on": "2040-01-01"}, "within the next ten years"),
        ({"starts_on": "yesterday"}, "Not a valid date value"),
        ({"starts_on": ""}, "Choose the first day"),
        ({"ends_on": "2026-11-22"}, "The end lies after the start"),
        ({"ends_on": "9999-12-31"}, "within the next ten years"),
        ({"capacity": "representative"}, "has a representative during that time"),
        ({"capacity": "king"}, "Not a valid choice"),
        ({"email": ""}, "Enter the person’s e-mail"),
        ({"email": "nobody"}, "Enter an e-mail such as"),
        ({"full_name": ""}, "Enter the person’s name"),
        ({"full_name": "x" * 201}, "200"),
        ({"email": "disabled@example.org"}, "can no longer sign in"),
        ({"email": "fao@example.org"}, "speaks for another partner"),
    ],
)
def test_refusals_keep_what_was_typed_and_change_nothing(world, db, sign_in, officer, focal, changes, says):
    from u4ssc_gov.accounts import services as accounts

    gone = world.person(email="disabled@example.org")
    accounts.add_account(world.session, gone, actor=SYSTEM, now=T0).disabled_at = T0
    world.mandate("FAO", world.person(email="fao@example.org"))
    world.commit()
    before = len(mandates(db))
    answer = sign_in(officer).send("/people/partners/WMO/name", wanted(**changes))
    assert answer.status_code == 422
    page = text_of(answer)
    assert says in page
    assert changes.get("email", "new@example.org") in page
    assert len(mandates(db)) == before
    assert not told(db)
    assert unknown(db)


def test_a_second_click_names_nobody_twice(world, db, sign_in, officer):
    world.partners()
    world.commit()
    browser = sign_in(officer)
    assert browser.send("/people/partners/WMO/name", wanted()).status_code == 303
    again = browser.send("/people/partners/WMO/name", wanted())
    assert again.status_code == 303
    assert len(mandates(db)) == 1
    assert len(told(db)) == 2


def test_ending_twice_says_so(world, db, sign_in, officer, focal):
    world.commit()
    url = f"/people/partners/WMO/mandates/{mandates(db)[0].id}/end"
    browser = sign_in(officer)
    assert browser.send(url, {"on": "2026-11-22"}).status_code == 422
    assert browser.send(url, {"on": str(TODAY), "reason": "x" * 601}).status_code == 422
    assert browser.send(url, {"on": str(TODAY)}).status_code == 303
    assert browser.send(url, {"on": str(TODAY)}).status_code == 303  # the same again is done already
    later = browser.send(url, {"on": str(TODAY + DAY)})
    assert later.status_code == 422
    assert "has ended" in text_of(later)
    assert "This mandate has ended" in text_of(browser.get(url))
    assert browser.get("/people/partners/FAO/mandates/1/end").status_code == 404
    assert browser.get("/people/partners/WMO/mandates/999/end").status_code == 404


# Join and leave


def joining(**fields):
    return {
        "acronym": "UNOPS",
        "official_name": "United Nations Office for Project Services",
        "website": "https://www.unops.org",
        "joined_on": str(TODAY),
        "reason": "Decision of the annual meeting",
        **fields,
    }


def test_a_partner_joins_leaves_and_joins_again(world, db, sign_in, officer, clock):
    world.partners()
    world.commit()
    browser = sign_in(officer)
    answer = browser.send("/people/partners/new", joining())
    assert (answer.status_code, answer.location) == (303, "/people/partners/UNOPS")
    assert browser.send("/people/partners/new", joining()).status_code == 303  # sent twice
    assert browser.send("/people/partners/new", joining(acronym="Unops")).status_code == 422
    assert "17 partners" in text_of(browser.get("/people/partners"))
    assert browser.send("/people/partners/UNOPS/name", wanted()).status_code == 303
    leave = {"on": str(TODAY + 2 * DAY), "reason": "Letter of its head"}
    assert "1 mandate ends" in text_of(browser.get("/people/partners/UNOPS/leave"))
    assert browser.send("/people/partners/UNOPS/leave", leave).status_code == 303
    assert browser.send("/people/partners/UNOPS/leave", leave).status_code == 303  # sent twice
    assert browser.send("/people/partners/UNOPS/leave", leave | {"on": str(TODAY + DAY)}).status_code == 422
    (mandate,) = mandates(db)
    assert mandate.ends_on == TODAY + 2 * DAY
    assert kinds(db, "UNOPS") == ["seat.joined", "mandate.granted", "mandate.ended", "seat.left"]
    assert ("new@example.org", "UNOPS leaves the partners of U4SSC") in told(db)
    assert "Leaves on" in text_of(browser.get("/people/partners/UNOPS"))
    clock.move(days=3)
    browser = sign_in(officer)
    left = text_of(browser.get("/people/partners/UNOPS"))
    for shown in ("Left on", "it is no longer a partner", "Letter of its head", "Decision of the annual meeting"):
        assert shown in left
    assert "Name a representative or alternate" not in left
    assert "UNOPS" not in text_of(browser.get("/people/partners"))
    assert "UNOPS" in text_of(browser.get("/people/partners?show=left"))
    late = browser.send("/people/partners/UNOPS/name", wanted(starts_on=str(TODAY + 3 * DAY)))
    assert late.status_code == 422
    assert browser.send("/people/partners/new", joining(joined_on=str(TODAY + DAY))).status_code == 422
    assert browser.send("/people/partners/new", joining(joined_on=str(TODAY + 3 * DAY))).status_code == 303
    (partner,) = read(db, select(Partner).where(Partner.acronym == "UNOPS"))
    assert (partner.joined_on, partner.left_on, partner.position) == (TODAY + 3 * DAY, None, 17)
    assert len(read(db, select(PartnerEvent).where(PartnerEvent.partner_id == partner.id))) == 5


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"acronym": ""}, "Enter the acronym"),
        ({"acronym": "new"}, "Use a capital first"),
        ({"acronym": "A/B"}, "Use a capital first"),
        ({"official_name": " "}, "official name"),
        ({"website": "javascript:alert(1)"}, "https://"),
        ({"joined_on": "2050-01-01"}, "within the next ten years"),
        ({"reason": ""}, "Give the reason"),
    ],
)
def test_what_cannot_join(world, db, sign_in, officer, changes, says):
    world.commit()
    answer = sign_in(officer).send("/people/partners/new", joining(**changes))
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert not read(db, select(Partner.id).where(Partner.acronym == "UNOPS"))


def test_what_cannot_leave(world, db, sign_in, officer, focal):
    world.commit()
    browser = sign_in(officer)
    assert "Terms of Reference have to be revised" in text_of(browser.get("/people/partners/UNECE/leave"))
    agency = browser.send("/people/partners/UNECE/leave", {"on": str(TODAY), "reason": "x"})
    assert agency.status_code == 422
    for wrong in ({"on": "2026-11-22", "reason": "x"}, {"on": str(TODAY), "reason": ""}, {"on": "", "reason": "x"}):
        assert browser.send("/people/partners/WMO/leave", wrong).status_code == 422
    assert sign_in(focal).get("/people/partners/WMO/leave").status_code == 403
    assert browser.get("/people/partners/NONE/leave").status_code == 404


def test_edge_03_ballots_under_way_keep_the_seat_and_say_so(world, db, sign_in, officer, focal, clock):
    """A partner that leaves keeps its seat and position there; one that joins waits; the page says both."""
    ballot = makers.open_one(world, days=10)
    short = makers.open_one(world, days=4)
    makers.cast(world, ballot, focal, "WMO")
    world.commit()
    browser = sign_in(officer)
    assert ballot.code in text_of(browser.get("/people/partners/WMO/leave"))
    assert browser.send("/people/partners/new", joining()).status_code == 303
    on = str(TODAY + 5 * DAY)
    assert browser.send("/people/partners/WMO/leave", {"on": on, "reason": "Letter"}).status_code == 303
    db.rollback()
    assert makers.events(db, ballot)[-2:] == ["partner_joined", "partner_left"]
    assert makers.events(db, short)[-1] == "partner_joined"  # it closes before WMO leaves
    page = text_of(browser.get(f"/ballots/{ballot.code}"))
    assert "WMO is no longer a partner from 28 Nov" in page
    assert "its seat and the position it took stay in this ballot" in page
    assert "UNOPS is a partner from 23 Nov" in page
    clock.move(days=6)
    refused = makers.code_of(makers.cast, world, ballot, focal, "WMO", makers.Position.OBJECT, comment="No", cure="x")
    assert refused == "board.vote.mandate_ended"


def test_nothing_is_recorded_for_a_partner_that_left(world, officer, clock):
    ballot = makers.open_one(world, days=10)
    services.leave_partner(
        world.session, world.partner("WMO"), on=TODAY + DAY, reason="Letter", actor=SYSTEM, now=world.now
    )
    clock.move(days=1, hours=14)  # 24 November, 24:00 in Geneva
    assert makers.code_of(makers.on_record, world, ballot, officer, "WMO") == "board.vote.partner_left"


# The list


def test_the_list_filters_and_exports(world, db, sign_in, officer, focal):
    world.partner("FAO").left_on = date(2026, 1, 1)
    world.partner("FAO").joined_on = date(2020, 1, 1)
    world.partner("CBD").joined_on = date(2027, 1, 1)
    world.partner("ITU").official_name = '=cmd|"x"'
    world.commit()
    browser = sign_in(officer)
    shown = {
        show: text_of(browser.get(f"/people/partners?show={show}"))
        for show in ("", "unspoken", "coming", "left", "all")
    }
    for acronym, where in (
        ("WMO", {"", "all"}), ("FAO", {"left", "all"}), ("CBD", {"coming", "all"}), ("UNEP", {"", "unspoken", "all"}),
    ):  # fmt: skip
        assert {show for show, page in shown.items() if f"<bdi>{acronym}</bdi></a>" in page} == where
    assert "14 partners" in shown[""]
    assert "Focal of WMO" in shown[""]
    found = text_of(browser.get("/people/partners?q=wmo&show=nonsense"))
    assert "1 partner<" in found
    assert "No partner matches" in text_of(browser.get("/people/partners?q=%00zzz"))
    rows = list(
        csv.DictReader(io.StringIO(text_of(browser.get("/people/partners.csv?show=all")).removeprefix("\ufeff")))
    )
    assert len(rows) == 16
    wmo = next(row for row in rows if row["acronym"] == "WMO")
    assert (wmo["state"], wmo["representative"]) == ("present", "Focal of WMO")
    assert next(row for row in rows if row["acronym"] == "ITU")["official_name"].startswith("'=")
    reader = sign_in(focal)
    assert reader.get("/people/partners").status_code == 200
    assert reader.get("/people/partners.csv").status_code == 403


def test_statements_do_not_grow(world, db, sign_in, officer, count_statements):
    world.partners()
    world.commit()
    browser = sign_in(officer)
    urls = ("/people/partners", "/people/partners/WMO/name", "/people/partners/WMO/leave")
    counts = []
    for _round in range(2):
        for url in urls:
            with count_statements() as seen:
                assert browser.get(url).status_code == 200
            counts.append(len(seen))
        for acronym in ("WMO", "FAO"):
            for _n in range(20):
                world.mandate(acronym, alternate=True)
        world.commit()
    assert counts[:3] == counts[3:]
    assert max(counts) <= 6
