"""A city's draft: begun, saved part by part, sent once, forgotten after a month."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from tests.clock import T0
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.errors import Forbidden, Invalid, NotFound, RuleViolation, TooMany
from u4ssc_gov.core.tokens import digest
from u4ssc_gov.evaluations import jobs, queries, rules, services
from u4ssc_gov.evaluations.models import EvaluationRequest, RequestMove
from u4ssc_gov.evaluations.rules import LetterFrom, RequestStage, Section
from u4ssc_gov.notifications.models import OutboxMessage

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF\n"


def _mails(session):
    return [(m.template, m.to_address) for m in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))]


def test_the_secret_is_kept_only_as_a_hash(session, world):
    request, secret = services.start_draft(session, locale="en", network="1.2.3.4", now=T0)
    world.commit()
    row = session.execute(text("SELECT * FROM evaluation_request")).mappings().one()
    assert secret not in str(dict(row))
    assert "1.2.3.4" not in str(dict(row))
    assert row["secret_sha256"] == digest(secret)
    assert queries.get_by_secret(session, secret, now=T0).id == request.id
    for wrong in ("", "x", secret + "x", secret[:-1], digest(secret), "\ud800", "a" * 5000):
        with pytest.raises(NotFound):
            queries.get_by_secret(session, wrong, now=T0)


def test_twenty_drafts_an_hour_from_a_network(session):
    for _number in range(20):
        services.start_draft(session, locale="en", network="1.2.3.4", now=T0)
    with pytest.raises(TooMany):
        services.start_draft(session, locale="en", network="1.2.3.4", now=T0 + timedelta(minutes=59, seconds=59))
    services.start_draft(session, locale="en", network="1.2.3.5", now=T0)
    services.start_draft(session, locale="en", network="1.2.3.4", now=T0 + timedelta(hours=1))


def test_an_unknown_language_is_not_kept(session):
    request, _secret = services.start_draft(session, locale="<script>", network="n", now=T0)
    assert request.locale == ""


def test_the_link_goes_to_a_new_address_five_times_at_most(session):
    request, secret = services.start_draft(session, locale="en", network="n", now=T0)
    for number in (1, 1, 2, 3, 4, 5, 6, 7):
        part = rules.ContactPart("Name", f"c{number}@example.org")
        services.save_section(session, request, Section.CONTACT, part, secret=secret, now=T0)
    mails = _mails(session)
    assert mails == [("evaluations/draft_link", f"c{n}@example.org") for n in (1, 2, 3, 4, 5)]
    body = session.scalar(select(OutboxMessage.text).limit(1))
    assert f"http://localhost/request-evaluation/{secret}" in body
    assert "Name" not in body  # nothing a stranger typed goes to an unconfirmed address


CITY, CONTACT, LETTER, DATA, SUPPORT = Section


@pytest.mark.parametrize(
    ("section", "part", "field"),
    [
        (CITY, rules.CityPart("", "NO", 1), "city"),
        (CITY, rules.CityPart("\x00\u202e \n", "NO", 1), "city"),
        (CITY, rules.CityPart("x" * 121, "NO", 1), "city"),
        (CITY, rules.CityPart("x", "ZZ", 1), "country_code"),
        (CITY, rules.CityPart("x", "", 1), "country_code"),
        (CITY, rules.CityPart("x", "Norway", 1), "country_code"),
        (CITY, rules.CityPart("x", "NO", None), "population"),
        (CITY, rules.CityPart("x", "NO", 0), "population"),
        (CITY, rules.CityPart("x", "NO", -1), "population"),
        (CITY, rules.CityPart("x", "NO", 10**30), "population"),
        (CONTACT, rules.ContactPart("", "a@example.org"), "name"),
        (CONTACT, rules.ContactPart("x" * 201, "a@example.org"), "name"),
        (CONTACT, rules.ContactPart("x", ""), "email"),
        (CONTACT, rules.ContactPart("x", "nobody"), "email"),
        (CONTACT, rules.ContactPart("x", "a@example.org\r\nBcc: b@example.org"), "email"),
        (CONTACT, rules.ContactPart("x", "a@example.org, b@example.org"), "email"),
        (CONTACT, rules.ContactPart("x", "a@" + "b" * 250 + ".org"), "email"),
        (CONTACT, rules.ContactPart("x", "<a@example.org>"), "email"),
        (CONTACT, rules.ContactPart("x", "a@example.org", "r" * 201), "role"),
        (LETTER, rules.LetterPart(LetterFrom.NONE, PDF, "letter.pdf"), "letter_from"),
        (LETTER, rules.LetterPart(LetterFrom.MAYOR, b"x" * (5 * 1024 * 1024 + 1), "letter.txt"), "file"),
        (LETTER, rules.LetterPart(LetterFrom.MAYOR, b"<html><script>1</script>", "letter.html"), "file"),
        (LETTER, rules.LetterPart(LetterFrom.MAYOR, b"<html><script>1</script>", "letter.pdf"), "file"),
        (DATA, rules.DataPart(None), "percent"),
        (DATA, rules.DataPart(101), "percent"),
        (DATA, rules.DataPart(-1), "percent"),
        (SUPPORT, rules.SupportPart("x" * 4001), "text"),
    ],
)
def test_refusals(session, section, part, field):
    request, _secret = services.start_draft(session, locale="en", network="n", now=T0)
    with pytest.raises(Invalid) as refused:
        services.save_section(session, request, section, part, now=T0)
    assert refused.value.field == field


def test_what_is_kept_is_clean(session):
    request, _secret = services.start_draft(session, locale="en", network="n", now=T0)
    services.save_section(
        session, request, CITY, rules.CityPart(" San\nTelmo\x00 del Ri\u0301o ", "CO", 88_000), now=T0
    )
    services.save_section(session, request, CONTACT, rules.ContactPart("A\r\nB", " A.B@Example.ORG ", "C\tD"), now=T0)
    assert (request.city, request.country, request.region) == ("San Telmo del Río", "Colombia", "Latin America")
    assert (request.contact_name, request.contact_email, request.contact_role) == ("A B", "a.b@example.org", "C D")


def test_five_letters_at_most_and_none_takes_the_file_away(session):
    request, _secret = services.start_draft(session, locale="en", network="n", now=T0)
    for _number in range(5):
        services.save_section(session, request, LETTER, rules.LetterPart(LetterFrom.MINISTRY, PDF, "l.pdf"), now=T0)
    with pytest.raises(Invalid):
        services.save_section(session, request, LETTER, rules.LetterPart(LetterFrom.MINISTRY, PDF, "l.pdf"), now=T0)
    assert request.letter_file_id is not None
    services.save_section(session, request, LETTER, rules.LetterPart(LetterFrom.NONE), now=T0)
    assert request.letter_file_id is None


@pytest.mark.parametrize("absent", [CITY, CONTACT, DATA])
def test_an_incomplete_request_is_not_sent(session, world, cities, absent):
    request, _secret = services.start_draft(session, locale="en", network="n", now=T0)
    whole = {
        CITY: rules.CityPart("x", "NO", 1),
        CONTACT: rules.ContactPart("x", "a@example.org"),
        DATA: rules.DataPart(0),
    }
    for section, part in whole.items():
        if section is not absent:
            services.save_section(session, request, section, part, now=T0)
    with pytest.raises(RuleViolation, match="Missing"):
        services.send_request(session, request, now=T0)
    assert (request.reference, request.stage) == (None, RequestStage.DRAFT)


def test_sending_gives_a_reference_and_two_mails_once(session, world, cities):
    request, secret = cities.draft(letter=LetterFrom.NONE)
    before = len(_mails(session))
    for _click in range(2):
        services.send_request(session, request, secret=secret, now=T0)
    assert request.reference == "E-26-01"
    assert (request.stage, request.asked_at) == (RequestStage.RECEIVED, T0)
    assert _mails(session)[before:] == [
        ("evaluations/received", "city1@example.org"),
        ("evaluations/new_request", session.info["secretariat_email"]),
    ]
    assert session.scalar(select(func.count()).select_from(RequestMove)) == 1
    confirmation = session.scalar(select(OutboxMessage).where(OutboxMessage.template == "evaluations/received"))
    assert f"/request-evaluation/{secret}" in confirmation.text
    assert "E-26-01" in confirmation.subject
    assert "Mon 30 Nov" in confirmation.text
    assert "Thu 3 Dec" in confirmation.text
    assert "letter of the mayor" in confirmation.text
    notice = session.scalar(select(OutboxMessage).where(OutboxMessage.template == "evaluations/new_request"))
    assert secret not in notice.text + notice.html
    assert "142,000" in notice.text


def test_references_count_by_geneva_year_and_leave_no_gap(session, world, cities, clock):
    assert [cities.sent().reference for _n in range(3)] == ["E-26-01", "E-26-02", "E-26-03"]
    world.commit()
    cities.sent()
    session.rollback()
    assert cities.sent().reference == "E-26-04"
    clock.set(T0.replace(month=12, day=31, hour=23, minute=30))  # the new year in Geneva
    assert cities.sent().reference == "E-27-01"


def test_names_of_a_mail_cannot_break_its_header(session, cities):
    request, secret = cities.draft("Bren\r\nBcc: x@example.org")
    services.send_request(session, request, secret=secret, now=T0)
    for mail in session.scalars(select(OutboxMessage)):
        assert "\n" not in mail.subject + mail.to_name + mail.to_address
        assert "\r" not in mail.subject + mail.to_name + mail.to_address


def test_markup_is_escaped_in_mails(session, cities):
    request, secret = cities.draft("<b>Brenvik</b>")
    services.send_request(session, request, secret=secret, now=T0)
    for mail in session.scalars(select(OutboxMessage)):
        assert "<b>Brenvik" not in mail.html


@pytest.mark.parametrize(
    ("stage", "may_add"),
    [(RequestStage.RECEIVED, True), (RequestStage.SCREENING, True), (RequestStage.DECLINED, False)],
)
def test_a_missing_letter_may_follow_and_nothing_else_may_change(session, cities, stage, may_add):
    request = cities.sent(letter=LetterFrom.NONE)
    if stage is not RequestStage.RECEIVED:
        cities.move(request, stage, reason="No government backs it.")
    with pytest.raises(RuleViolation):
        services.save_section(session, request, CITY, rules.CityPart("Other", "NO", 1), now=T0)
    part = rules.LetterPart(LetterFrom.MAYOR, PDF, "letter.pdf")
    if may_add:
        services.save_section(session, request, LETTER, part, now=T0)
        assert request.letter_from is LetterFrom.MAYOR
    with pytest.raises(RuleViolation):
        services.save_section(session, request, LETTER, part, now=T0)


@pytest.mark.parametrize(("seconds", "left"), [(-1, 1), (0, 0), (1, 0), (30 * 86400, 0)])
def test_a_draft_nobody_touched_for_a_month_is_gone(runtime, session, world, cities, seconds, left):
    request, secret = cities.draft()
    kept, _secret = cities.draft()
    services.send_request(session, kept, now=T0)
    world.commit()
    gone_id, kept_id = request.id, kept.id
    at = T0 + timedelta(days=30, seconds=seconds)
    if left:
        assert queries.get_by_secret(session, secret, now=at)
    else:
        with pytest.raises(NotFound):  # whether or not the sweep ran
            queries.get_by_secret(session, secret, now=at)
    session.rollback()
    assert jobs.delete_stale_drafts(runtime, now=at).done == 1 - left
    assert jobs.delete_stale_drafts(runtime, now=at).done == 0
    with runtime.database.read() as reading:
        drafts = select(func.count()).where(EvaluationRequest.stage == RequestStage.DRAFT)
        assert reading.scalar(drafts) == left
        assert reading.get(EvaluationRequest, kept_id) is not None
        deleted = select(AuditRecord.subject_id).where(AuditRecord.action == "evaluations:draft:delete")
        assert list(reading.scalars(deleted)) == ([] if left else [gone_id])


def test_a_save_gives_a_draft_another_month(runtime, session, world, cities):
    request, secret = cities.draft()
    services.save_section(session, request, SUPPORT, rules.SupportPart("More."), now=T0 + timedelta(days=29))
    world.commit()
    assert jobs.delete_stale_drafts(runtime, now=T0 + timedelta(days=31)).done == 0
    assert queries.get_by_secret(session, secret, now=T0 + timedelta(days=31))


def test_the_network_is_forgotten_after_a_day(runtime, session, world, cities):
    request, _secret = cities.draft()
    world.commit()
    assert jobs.forget_networks(runtime, now=T0 + timedelta(days=1, seconds=-1)).done == 0
    assert jobs.forget_networks(runtime, now=T0 + timedelta(days=1)).done == 1
    assert jobs.forget_networks(runtime, now=T0 + timedelta(days=1)).done == 0
    session.refresh(request)
    assert request.network_hash == ""


def test_the_number_of_a_deleted_draft_is_not_given_again(runtime, session, world, cities):
    request, _secret = cities.draft()
    gone = request.id
    world.commit()
    jobs.delete_stale_drafts(runtime, now=T0 + timedelta(days=31))
    with runtime.database.transaction() as writing:
        again, _secret = services.start_draft(writing, locale="en", network="n", now=T0)
        assert again.id > gone


def _facts(**changed):
    facts = {
        "city": rules.CityPart("Hadra", "MA", None),
        "contact": rules.ContactPart("City focal point", "hadra@example.org"),
        "letter": rules.LetterPart(LetterFrom.MINISTRY, PDF, "letter.pdf"),
        "data": rules.DataPart(None),
        "support": rules.SupportPart(""),
    }
    return rules.RequestFacts(**{**facts, **changed})


def test_a_request_by_letter_gets_the_same_confirmation_and_can_be_completed(session, world, cities):
    world.person("City focal point", email="hadra@example.org")
    asked = T0 - timedelta(days=20)
    request = services.record_request(session, _facts(asked_at=asked), actor=cities.actor, now=T0)
    assert (request.reference, request.asked_at, request.stage) == ("E-26-01", asked, RequestStage.RECEIVED)
    assert request.focal_point_id is not None
    assert _mails(session) == [("evaluations/received", "hadra@example.org")]
    with pytest.raises(RuleViolation, match="City, Data readiness"):
        cities.move(request, RequestStage.SCREENING)
    services.save_section(session, request, CITY, rules.CityPart("Hadra", "MA", 640_000), now=T0)
    services.save_section(session, request, DATA, rules.DataPart(66), now=T0)
    cities.move(request, RequestStage.SCREENING)
    assert request.first_answer_minutes == 20 * 24 * 60


def test_only_the_secretariat_records_and_only_possible_dates(session, world, cities):
    with pytest.raises(Forbidden):
        services.record_request(session, _facts(), actor=world.actor(world.mandate("WMO")), now=T0)
    for asked in (T0 + timedelta(seconds=1), T0.replace(year=2015)):
        with pytest.raises(Invalid) as refused:
            services.record_request(session, _facts(asked_at=asked), actor=cities.actor, now=T0)
        assert refused.value.field == "asked_on"
