"""What the queue, the duties and the clause ledger say of the requests."""

from datetime import timedelta

import pytest

from tests.clock import T0
from u4ssc_gov.core.duty import ClauseState
from u4ssc_gov.evaluations import catalogue, duties, pages, queries
from u4ssc_gov.evaluations.models import EvaluationRequest, Kpi, KpiSet
from u4ssc_gov.evaluations.queries import QueueFilter
from u4ssc_gov.evaluations.rules import LetterFrom, Region, RequestStage


def _known_before(session, city="Grodno"):
    session.add(
        EvaluationRequest(
            city=city, country="Belarus", country_code="BY", region="Europe", stage=RequestStage.WAITING,
            stage_since=T0, started_at=T0, letter_from=LetterFrom.NONE, source="a note, para 9", recorded_year=2019,
            confidence="seen", stage_detail="planned",
        )
    )  # fmt: skip
    session.flush()


def _kpi_set(session, code="U4SSC-2017", in_force_from=None, number=3):
    made = KpiSet(code=code, title=f"Set {code}", in_force_from=in_force_from)
    session.add(made)
    session.flush()
    for position in range(number):
        session.add(
            Kpi(
                kpi_set_id=made.id, code=f"EC {position}", position=position, dimension="Economy",
                sub_dimension="ICT", category="ICT", title=f"Indicator {position}", tier="core" if position else "",
            )
        )  # fmt: skip
    session.flush()
    return made


@pytest.fixture
def queue(session, cities, clock):
    """Asked 30, 20, 10 and 4 days ago; one waits at each age but the last, which has no letter and no answer."""
    made = {}
    for name, days, country, letter, stage in (
        ("Old", 30, "GH", LetterFrom.MINISTRY, RequestStage.WAITING),
        ("Middle", 20, "NO", LetterFrom.MAYOR, RequestStage.WAITING),
        ("Young", 10, "NO", LetterFrom.MAYOR, RequestStage.WAITING),
        ("Done", 9, "NO", LetterFrom.MAYOR, RequestStage.COMPLETED),
        ("New", 4, "BR", LetterFrom.NONE, RequestStage.RECEIVED),
    ):
        clock.set(T0 - timedelta(days=days))
        made[name] = cities.sent(name, country=country, letter=letter, stage=stage)
    clock.set(T0)
    cities.draft("Secret draft")
    _known_before(session)
    return made


def test_figures(session, queue):
    figures = queries.figures(session, now=T0)
    assert figures.by_stage == {RequestStage.WAITING: 3, RequestStage.RECEIVED: 1, RequestStage.COMPLETED: 1}
    assert (figures.letters_missing, figures.unanswered) == (1, 3)
    assert (figures.longest_days, figures.median_days, figures.first_answer_days) == (30, 20, 0)
    assert pages.headline(figures) == "3 cities wait, the longest for 30 days"


def test_an_empty_queue(session):
    figures = queries.figures(session, now=T0)
    assert (figures.longest_days, figures.median_days, figures.first_answer_days) == (None, None, None)
    assert pages.headline(figures) == "No city waits for resources"
    assert queries.evaluation_health(session, T0) == queries.EvaluationHealth(0, None, 0, 0)


@pytest.mark.parametrize("ages", [[1], [1, 2], [5, 1, 9], [4, 4, 4, 4], [10, 20, 30, 40, 50, 61]])
def test_the_median_of_the_line(session, cities, clock, ages):
    from statistics import median

    for age in ages:
        clock.set(T0 - timedelta(days=age))
        cities.sent(stage=RequestStage.WAITING)
    assert queries.figures(session, now=T0).median_days == round(median(ages))


@pytest.mark.parametrize(("seconds", "late"), [(-1, 0), (0, 1), (1, 1)])
def test_no_answer_in_ten_days_to_the_second(session, cities, seconds, late):
    cities.sent()
    at = T0 + timedelta(days=10, seconds=seconds)
    assert queries.figures(session, now=at).unanswered == late
    assert queries.evaluation_health(session, at).unanswered == late
    row = queries.list_register(session, QueueFilter(), now=at)[0]
    assert pages.queue_row(row, at).is_late is bool(late)


def test_last_years_completions_are_off_the_board(session, cities, clock):
    cities.sent(stage=RequestStage.COMPLETED)
    year_end = T0.replace(month=12, day=31, hour=22, minute=59, second=59)  # one second before Geneva's new year
    assert queries.figures(session, now=year_end).by_stage
    later = year_end + timedelta(seconds=1)
    assert not queries.figures(session, now=later).by_stage
    assert queries.list_cards(session, QueueFilter(), now=later) == []
    assert queries.count_register(session, QueueFilter(), now=later) == 1


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (QueueFilter(), ["Old", "Middle", "Young", "New", "Done"]),
        (QueueFilter(region=Region.EUROPE), ["Middle", "Young", "Done"]),
        (QueueFilter(stage=RequestStage.WAITING), ["Old", "Middle", "Young"]),
        (QueueFilter(stage=RequestStage.DECLINED), []),
        (QueueFilter(letter_missing=True), ["New"]),
        (QueueFilter(no_answer=True), ["Old", "Middle", "Young"]),
        (QueueFilter(no_answer=True, region=Region.AFRICA), ["Old"]),
        (QueueFilter(known_before=True), ["Grodno"]),
    ],
)
def test_the_register_under_filters(session, queue, wanted, names):
    rows = queries.list_register(session, wanted, now=T0)
    assert [row.city for row in rows] == names
    assert queries.count_register(session, wanted, now=T0) == len(names)
    places = {row.city: row.place for row in rows}
    assert {city: place for city, place in places.items() if place} == {
        city: place for city, place in (("Old", 1), ("Middle", 2), ("Young", 3)) if city in names
    }


def test_a_page_of_the_register(session, queue):
    rows = queries.list_register(session, QueueFilter(), now=T0, limit=2, offset=1)
    assert [(row.city, row.place) for row in rows] == [("Middle", 2), ("Young", 3)]


def test_the_board_keeps_places_under_a_filter(session, queue):
    figures = queries.figures(session, now=T0)
    columns = {c.stage: c for c in pages.board(session, QueueFilter(region=Region.EUROPE), figures, now=T0)}
    waiting = columns[RequestStage.WAITING]
    assert [(row.city, row.place) for row in waiting.rows] == [("Middle", 2), ("Young", 3)]
    assert (waiting.count, waiting.more) == (2, 0)
    everything = {c.stage: c for c in pages.board(session, QueueFilter(), figures, now=T0)}
    assert [c.city for c in everything[RequestStage.WAITING].cards] == ["Old", "Middle", "Young"]
    cities = [row.city for column in everything.values() for row in column.rows]
    assert "Secret draft" not in cities
    assert "Grodno" not in cities


def test_columns_show_five_and_the_line_twenty_five(session, cities, clock):
    for number in range(28):
        clock.set(T0 - timedelta(hours=number))
        cities.sent(f"W{number}", stage=RequestStage.WAITING)
        if number < 7:
            cities.sent(f"R{number}")
    clock.set(T0)
    figures = queries.figures(session, now=T0)
    columns = {c.stage: c for c in pages.board(session, QueueFilter(), figures, now=T0)}
    waiting, received = columns[RequestStage.WAITING], columns[RequestStage.RECEIVED]
    assert (len(waiting.rows), len(waiting.cards), waiting.count, waiting.more) == (25, 5, 28, 23)
    assert [row.place for row in waiting.rows] == list(range(1, 26))
    assert waiting.rows[0].city == "W27"
    assert (len(received.cards), received.more) == (5, 2)


def test_who_finds_which_request(session, world, queue):
    own, other = queue["Old"], queue["Middle"]
    focal = world.person()
    own.focal_point_id = focal.id
    draft = session.query(EvaluationRequest).filter_by(stage=RequestStage.DRAFT).one()
    draft.focal_point_id = focal.id
    session.flush()
    readers = {
        "officer": world.officer(),
        "board": world.mandate("WMO"),
        "chair": world.co_chair(),
    }
    for person in readers.values():
        assert queries.get_request(session, other.reference, actor=world.actor(person)).id == other.id
    actor = world.actor(focal)
    assert queries.get_request(session, own.reference, actor=actor).id == own.id
    assert [one.id for one in queries.list_mine(session, actor=actor)] == [own.id]
    stranger = world.actor(world.leader(world.group()))
    assert queries.list_mine(session, actor=stranger) == []
    for person, request in ((actor, other), (stranger, own), (stranger, other)):
        with pytest.raises(queries.NotFound):
            queries.get_request(session, request.reference, actor=person)


@pytest.mark.parametrize(
    "reference", ["", "E-26-99", "e-26-01", "E-26-01\x00", "' OR 1=1", "E-26-" + "9" * 99, "E-26-\u0660\u0661"]
)
def test_references_that_name_nothing(session, world, queue, reference):
    with pytest.raises(queries.NotFound):
        queries.get_request(session, reference, actor=world.actor(world.officer()))


def test_duties_of_the_secretariat(session, world, queue, count_statements):
    with count_statements() as seen:
        found = {duty.title: duty for duty in duties.secretariat_duties(session, now=T0)}
    assert len(seen) == 1
    assert set(found) == {
        "Screen the request of New",
        "Answer Old: no answer for 30 days",
        "Answer Middle: no answer for 20 days",
        "Answer Young: no answer for 10 days",
    }
    screen = found["Screen the request of New"]
    assert (screen.clauses, screen.due_at) == (("10a",), T0.replace(day=26, hour=23))
    answer = found["Answer Young: no answer for 10 days"]
    assert (answer.clauses, answer.due_at) == (("10b",), T0)
    assert answer.is_overdue(T0)
    assert not answer.is_overdue(T0 - timedelta(seconds=1))


@pytest.mark.parametrize(("seconds", "owed"), [(-1, 0), (0, 1)])
def test_an_answer_becomes_a_duty_three_days_before(session, cities, seconds, owed):
    cities.sent(stage=RequestStage.WAITING)
    found = duties.secretariat_duties(session, now=T0 + timedelta(days=7, seconds=seconds))
    assert len(found) == owed


def test_duties_end_with_what_was_owed(session, cities):
    request = cities.sent()
    assert [d.key.split(":")[2] for d in duties.secretariat_duties(session, now=T0)] == ["screen"]
    cities.move(request, RequestStage.SCREENING)
    cities.move(request, RequestStage.WAITING)
    assert duties.secretariat_duties(session, now=T0) == []


def test_who_owes(session, world, queue):
    officer, board = world.actor(world.officer()), world.actor(world.mandate("WMO"))
    assert len(duties.duties(session, actor=officer, now=T0)) == 4
    assert duties.duties(session, actor=board, now=T0) == []


def test_clause_findings(session, world, queue, count_statements):
    with count_statements() as seen:
        found = {finding.clause: finding for finding in duties.clause_findings(session, now=T0)}
    assert len(seen) == 2
    assert set(found) == {"4, 11", "10a", "10b", "10c"}
    assert found["4, 11"].state is ClauseState.DUE
    assert (found["10a"].state, found["10a"].facts) == (ClauseState.MET, "1 letter is still missing")
    assert found["10b"].state is ClauseState.DUE
    assert found["10b"].sentence == "3 requests wait for resources; the longest for 30 days"
    assert found["10c"].state is ClauseState.MET
    queue["Old"].letter_from = LetterFrom.NONE  # by hands on the database
    _kpi_set(session)
    found = {finding.clause: finding for finding in duties.clause_findings(session, now=T0)}
    assert found["10a"].state is ClauseState.BREACHED
    assert found["4, 11"].sentence == "KPI set U4SSC-2017 with 3 indicators is in force"


def test_clause_findings_of_an_empty_queue(session):
    found = {finding.clause: finding for finding in duties.clause_findings(session, now=T0)}
    assert found["10b"].state is ClauseState.MET
    assert found["10b"].sentence == "No request waits for resources"


def test_health_in_one_statement(session, queue, count_statements):
    with count_statements() as seen:
        health = queries.evaluation_health(session, T0)
    assert health == queries.EvaluationHealth(waiting=3, longest_days=30, unanswered=3, received=1)
    assert len(seen) == 1


def test_which_set_is_in_force(session):
    assert catalogue.find_set_in_force(session, now=T0) is None
    _kpi_set(session, "undated")
    assert catalogue.find_set_in_force(session, now=T0).code == "undated"
    _kpi_set(session, "old", T0.date() - timedelta(days=9))
    _kpi_set(session, "today", T0.date())
    _kpi_set(session, "tomorrow", T0.date() + timedelta(days=1))
    found = catalogue.find_set_in_force(session, now=T0)
    assert (found.code, found.indicators) == ("today", 3)
    before_midnight = T0.replace(hour=22, minute=59, second=59)
    assert catalogue.find_set_in_force(session, now=before_midnight).code == "today"
    assert catalogue.find_set_in_force(session, now=before_midnight + timedelta(seconds=1)).code == "tomorrow"
