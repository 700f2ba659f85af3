"""The real records: all there, each with its source, and a second load changes nothing."""

import csv
from datetime import UTC, datetime

from sqlalchemy import func, select

from u4ssc_gov.charter.models import Clause, Objective
from u4ssc_gov.deliverables.models import Deliverable, ThematicGroup
from u4ssc_gov.deliverables.rules import Stage
from u4ssc_gov.evaluations.models import EvaluationRequest, Kpi
from u4ssc_gov.evaluations.rules import RequestStage
from u4ssc_gov.initiative.loading import DATA, load_initiative, read_rows
from u4ssc_gov.meetings.models import Meeting
from u4ssc_gov.meetings.rules import MeetingKind
from u4ssc_gov.partners.models import Partner

TABLES = {
    "partners": (Partner, 16),
    "objectives": (Objective, 15),
    "clauses": (Clause, 69),
    "groups": (ThematicGroup, 24),
    "deliverables": (Deliverable, 39),
    "meetings": (Meeting, 18),
    "evaluation_requests": (EvaluationRequest, 45),
    "kpis": (Kpi, 91),
}


def test_every_record_is_loaded_with_its_source(runtime, session, clock):
    counts = load_initiative(runtime, now=clock.now())
    for name, (model, expected) in TABLES.items():
        assert counts.added[name] == expected, name
        assert session.scalar(select(func.count()).select_from(model)) == expected, name
        assert session.scalar(select(func.count()).select_from(model).where(model.source == "")) == 0, name


def test_a_second_load_changes_nothing(runtime, clock):
    load_initiative(runtime, now=clock.now())
    clock.move(days=400)
    assert load_initiative(runtime, now=clock.now()).is_nothing_new


def test_a_record_people_work_on_is_left_alone(runtime, session, clock):
    load_initiative(runtime, now=clock.now())
    row = session.scalars(select(Deliverable).order_by(Deliverable.id)).first()
    row.title, row.source = "Renamed here", ""
    session.commit()
    load_initiative(runtime, now=clock.now())
    session.expire_all()
    assert session.get(Deliverable, row.id).title == "Renamed here"


def test_partners_stand_in_the_order_of_paragraph_18(runtime, session, clock):
    load_initiative(runtime, now=clock.now())
    partners = session.scalars(select(Partner).order_by(Partner.position)).all()
    assert [p.acronym for p in partners][:2] == ["ITU", "UNECE"]
    assert {p.acronym for p in partners if p.is_secretariat_agency} == {"ITU", "UNECE", "UN-Habitat"}


def test_hours_are_kept_where_the_source_gives_them(runtime, session, clock):
    load_initiative(runtime, now=clock.now())
    one = session.scalars(
        select(Meeting)
        .where(Meeting.kind == MeetingKind.E_MEETING, Meeting.is_date_only.is_(False))
        .order_by(Meeting.starts_at)
    ).first()
    assert one.starts_at == datetime(2023, 9, 28, 14, 0, tzinfo=UTC)  # 16:00 in Geneva, summer time


def test_stages_are_those_really_reached(runtime, session, clock):
    load_initiative(runtime, now=clock.now())
    counted = dict(
        session.execute(select(EvaluationRequest.stage, func.count()).group_by(EvaluationRequest.stage)).all()
    )
    assert counted == {
        RequestStage.COMPLETED: 27,
        RequestStage.UNDER_WAY: 6,
        RequestStage.NOT_EVALUATED: 6,
        RequestStage.WAITING: 5,
        RequestStage.SCHEDULED: 1,
    }
    assert session.scalar(select(func.count()).where(Deliverable.stage == Stage.PUBLISHED)) == 31


def test_unknown_fields_stay_empty():
    kpis = list(read_rows("kpis"))
    assert any(not k["direction"] for k in kpis)
    assert all(k["confidence"] for k in kpis)


def test_the_files_are_plain_csv():
    for path in DATA.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        assert "\r" not in text, path.name
        rows = list(csv.DictReader(text.splitlines()))
        assert all(None not in row and None not in row.values() for row in rows), path.name
