"""The secretariat's moves and answers: in order, once, with a mail, only by those who may (¶10)."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from tests.clock import T0
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.errors import Forbidden, Invalid, RuleViolation
from u4ssc_gov.evaluations import messages, queries, rules, services
from u4ssc_gov.evaluations.models import EvaluationRequest, RequestAnswer, RequestMove
from u4ssc_gov.evaluations.rules import LetterFrom, RequestStage
from u4ssc_gov.notifications.models import OutboxMessage

from .conftest import PATH

ENDS = (RequestStage.DECLINED, RequestStage.WITHDRAWN)


def _count(session, model):
    return session.scalar(select(func.count()).select_from(model))


@pytest.mark.parametrize("came_from", [RequestStage.RECEIVED, *PATH])
def test_every_move_from_every_stage(session, world, cities, came_from):
    """The whole matrix: what the table allows happens, everything else is refused and changes nothing."""
    request = cities.sent(stage=came_from)
    world.commit()
    for to in RequestStage:
        if to in rules.next_stages(came_from):
            cities.move(request, to, reason="Because." if to in ENDS else "")
            assert (request.stage, request.stage_since) == (to, T0)
            session.rollback()
        else:
            with pytest.raises(RuleViolation):
                cities.move(request, to, reason="Because.")
            session.rollback()
        assert request.stage is came_from


def test_a_move_leaves_a_row_an_answer_an_audit_row_and_a_mail(session, world, cities, clock):
    request = cities.sent()
    clock.move(days=3)
    cities.move(request, RequestStage.SCREENING, answer="We check it.\n\nBy Friday.")
    move = session.scalars(select(RequestMove).order_by(RequestMove.id.desc())).first()
    assert (move.stage, move.at, move.by_id) == (RequestStage.SCREENING, clock.now(), cities.officer.id)
    answer = session.scalars(select(RequestAnswer)).one()
    assert (answer.text, answer.by_id) == ("We check it.\n\nBy Friday.", cities.officer.id)
    assert (request.last_answer, request.last_answer_at) == ("We check it.", clock.now())
    assert request.first_answer_minutes == 3 * 24 * 60
    audit = session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
    assert audit.action == "evaluations:request:move"
    assert "check" not in str(audit.details)
    mail = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert (mail.template, mail.to_address) == ("evaluations/answer", "city1@example.org")
    assert "We check it." in mail.text
    assert "By Friday." in mail.html
    assert "Sun 6 Dec" in mail.text  # ten days on


def test_the_mail_of_the_line_says_the_place(session, cities):
    cities.sent("First", stage=RequestStage.WAITING)
    second = cities.sent("Second", stage=RequestStage.WAITING)
    mail = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert "Place 2 in line" in mail.text
    assert cities.place(second) == 2
    assert "place in line is 2" in messages.answer_words(second, RequestStage.WAITING, 2)


def test_places_follow_the_date_of_asking_and_close_up(session, cities, clock):
    late = cities.sent("Late", stage=RequestStage.SCREENING)
    clock.move(hours=-1)
    early = cities.sent("Early", stage=RequestStage.SCREENING)
    clock.move(hours=2)
    cities.move(late, RequestStage.WAITING)
    assert (cities.place(late), cities.place(early)) == (1, None)
    cities.move(early, RequestStage.WAITING)
    assert (cities.place(early), cities.place(late)) == (1, 2)
    cities.move(early, RequestStage.SCHEDULED)
    assert (cities.place(early), cities.place(late)) == (None, 1)
    cities.move(early, RequestStage.WAITING)  # back to its old place
    assert (cities.place(early), cities.place(late)) == (1, 2)


def test_no_line_without_a_letter(session, world, cities):
    request = cities.sent(letter=LetterFrom.NONE, stage=RequestStage.SCREENING)
    with pytest.raises(RuleViolation, match="letter"):
        cities.move(request, RequestStage.WAITING)
    letter = rules.LetterPart(LetterFrom.MINISTRY)
    with pytest.raises(Forbidden):
        services.record_letter(session, request, letter, actor=world.actor(world.mandate("WMO")), now=T0)
    with pytest.raises(Invalid):
        services.record_letter(session, request, rules.LetterPart(LetterFrom.NONE), actor=cities.actor, now=T0)
    services.record_letter(session, request, letter, actor=cities.actor, now=T0)
    with pytest.raises(RuleViolation):
        services.record_letter(session, request, letter, actor=cities.actor, now=T0)
    cities.move(request, RequestStage.WAITING)


@pytest.mark.parametrize("to", ENDS)
@pytest.mark.parametrize(
    ("reason", "refused"), [("", True), (" \x00\n", True), ("x" * 1001, True), ("x" * 1000, False)]
)
def test_an_end_needs_a_reason_that_fits(session, cities, to, reason, refused):
    request = cities.sent()
    if refused:
        with pytest.raises(Invalid) as error:
            cities.move(request, to, reason=reason)
        assert error.value.field == "reason"
    else:
        cities.move(request, to, reason=reason)
        mail = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
        assert "Reason:" in mail.text


@pytest.mark.parametrize("text", ["", "  \n\x00", "x" * 4001])
def test_an_answer_has_words_that_fit(cities, text):
    request = cities.sent()
    with pytest.raises(Invalid):
        cities.move(request, RequestStage.SCREENING, answer=text)
    with pytest.raises(Invalid):
        cities.answer(request, text)


def test_a_double_click_moves_and_mails_once(session, world, cities):
    request = cities.sent()
    version = request.version
    mails = _count(session, OutboxMessage)
    for _click in range(2):
        cities.move(request, RequestStage.SCREENING, version=version)
    assert _count(session, OutboxMessage) == mails + 1
    assert _count(session, RequestMove) == 2
    version = request.version
    for _click in range(2):
        cities.answer(request, "Place 1. More.", version=version)
    assert _count(session, OutboxMessage) == mails + 2
    assert request.version == version + 1


@pytest.mark.parametrize("version", [0, 1, 10**9])
def test_a_stale_page_moves_nothing(session, cities, version):
    request = cities.sent()
    cities.answer(request)
    with pytest.raises(RuleViolation, match="while you were writing"):
        cities.move(request, RequestStage.SCREENING, version=version)
    with pytest.raises(RuleViolation, match="while you were writing"):
        cities.answer(request, "Another.", version=version)


def test_an_ended_request_gets_no_answer(cities):
    request = cities.sent()
    cities.move(request, RequestStage.WITHDRAWN, reason="The city asked.")
    with pytest.raises(RuleViolation):
        cities.answer(request)


@pytest.mark.parametrize("who", ["board", "chair", "leader", "former officer"])
def test_only_the_secretariat_moves(session, world, cities, who):
    person = {
        "board": lambda: world.mandate("WMO"),
        "chair": world.co_chair,
        "leader": lambda: world.leader(world.group()),
        "former officer": lambda: world.officer(ends_on=T0.date()),
    }[who]()
    request = cities.sent()
    with pytest.raises(Forbidden):
        cities.move(request, RequestStage.SCREENING, actor=world.actor(person))


def test_the_focal_point_is_known_from_screening_on(session, world, cities):
    person = world.person("City focal point", email="hadra@example.org")
    request = cities.sent("Hadra", email="Hadra@example.org")
    assert request.focal_point_id is None  # anybody can type an address
    cities.move(request, RequestStage.SCREENING)
    assert request.focal_point_id == person.id


def test_moves_and_answers_cannot_be_rewritten(session, world, cities):
    cities.sent(stage=RequestStage.SCREENING)
    world.commit()
    for model, column in ((RequestMove, "reason"), (RequestAnswer, "text")):
        row = session.scalars(select(model)).first()
        setattr(row, column, "something else")
        with pytest.raises(DBAPIError, match="append-only"):
            session.flush()
        session.rollback()


def test_references_stay_unique_when_cities_send_at_once(runtime, session, world, cities):
    drafts = [cities.draft(f"City {n}")[0].id for n in range(8)]
    world.commit()
    errors = []

    def send(request_id):
        try:
            with runtime.database.transaction() as own:
                row = own.get(EvaluationRequest, request_id, with_for_update=True)
                services.send_request(own, row, now=T0)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)

    threads = [Thread(target=send, args=(request_id,)) for request_id in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    with runtime.database.read() as reading:
        found = sorted(reading.scalars(select(EvaluationRequest.reference)))
    assert found == [f"E-26-{n:02}" for n in range(1, 9)]


def test_one_request_sent_by_two_clicks_at_once_is_sent_once(runtime, session, world, cities):
    _request, secret = cities.draft()
    world.commit()
    errors = []

    def click():
        try:
            with runtime.database.transaction() as own:
                row = queries.get_by_secret(own, secret, now=T0, lock=True)
                services.send_request(own, row, secret=secret, now=T0)
        except Exception as error:  # noqa: BLE001 - shown by the assertion below
            errors.append(error)

    threads = [Thread(target=click) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    with runtime.database.read() as reading:
        assert reading.scalar(select(func.count()).select_from(RequestMove)) == 1
        received = select(func.count()).where(OutboxMessage.template == "evaluations/received")
        assert reading.scalar(received) == 1


def test_the_platform_may_move_for_the_demonstration(cities):
    request = cities.sent()
    cities.move(request, RequestStage.SCREENING, actor=SYSTEM)
    assert request.stage is RequestStage.SCREENING


def test_the_first_answer_is_measured_once(cities, clock):
    request = cities.sent()
    clock.move(days=2)
    cities.answer(request)
    clock.move(days=2)
    cities.answer(request, "Another.")
    assert request.first_answer_minutes == 2 * 24 * 60
    assert request.last_answer_at - request.asked_at == timedelta(days=4)
