"""Duties, clause findings, reminders and mail of this room, at their boundaries (¶26d, ¶26e, ¶30d)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.duty import ClauseState
from u4ssc_gov.meetings import duties, jobs, queries, services
from u4ssc_gov.meetings.models import Meeting, Minutes
from u4ssc_gov.meetings.rules import (
    MeetingKind,
    MinutesDraft,
    NewOutcome,
    NoteEdit,
    OutcomeKind,
    Presence,
    PresenceEdit,
)
from u4ssc_gov.notifications.models import OutboxMessage

SECOND = timedelta(seconds=1)


@pytest.fixture
def read(runtime):
    """Call a query with a reading session of its own."""

    def run(query, *args, **kwargs):
        with runtime.database.read() as session:
            return query(session, *args, **kwargs)

    return run


def outbox(runtime):
    with runtime.database.read() as session:
        return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))


@pytest.mark.parametrize(
    ("moment", "owed"),
    [(-SECOND, []), (timedelta(0), ["minutes"]), (SECOND, ["minutes"]), (timedelta(30), ["minutes"])],
)
def test_minutes_are_owed_from_the_end_of_the_e_meeting(moment, owed, place, clock, actor_of, read):
    clock.set(place.meeting.ends_at + moment)
    found = read(duties.duties, actor=actor_of(place.leader), now=clock.now())
    assert [duty.key.split(":")[0] for duty in found] == owed
    for duty in found:
        assert duty.due_at == place.meeting.ends_at + timedelta(days=7)
        assert (duty.title, duty.action, duty.clauses) == ("Write minutes of e-meeting 7", "Write minutes", ("26e",))
        assert duty.endpoint == "meetings.show_meeting"


def test_a_begun_draft_is_still_owed_and_its_link_is_the_editor(minutes, place, clock, actor_of, read):
    (duty,) = read(duties.duties, actor=actor_of(place.leader), now=clock.now())
    assert duty.endpoint == "meetings.edit_minutes"


@pytest.mark.parametrize("mark", ["cancelled_at", "not_held_at", "source"])
def test_what_did_not_take_place_or_is_historical_owes_nothing(mark, place, session, clock, actor_of, read):
    setattr(place.meeting, mark, "A public page" if mark == "source" else clock.now())
    session.add(place.meeting)
    session.commit()
    assert read(duties.duties, actor=actor_of(place.leader), now=clock.now()) == []
    assert read(duties.secretariat_duties, now=clock.now() + timedelta(days=30)) == []


def test_others_owe_nothing(place, world, clock, actor_of, read):
    elsewhere = world.leader(world.group())
    for person in (place.expert, elsewhere, world.co_chair()):
        world.commit()
        assert read(duties.duties, actor=actor_of(person), now=clock.now()) == []


def test_the_secretariat_sees_overdue_minutes_with_their_leaders(place, world, clock, read):
    second = world.leader(place.group, seat=2)
    world.commit()
    due = place.meeting.ends_at + timedelta(days=7)
    assert read(duties.secretariat_duties, now=due - SECOND) == []
    (duty,) = read(duties.secretariat_duties, now=due)
    assert duty.title == "Minutes of e-meeting 7 of D-26-04 are missing"
    assert place.leader.full_name in duty.why
    assert second.full_name in duty.why


def test_a_group_without_a_leader_is_named_as_such(world, clock, read):
    world.meeting(world.deliverable(), ended_days_ago=8)
    world.commit()
    (duty,) = read(duties.secretariat_duties, now=clock.now())
    assert duty.why.endswith("no Leader in office")


def test_duties_take_two_statements_and_findings_one(place, world, clock, actor_of, read, count_statements):
    for number in range(8, 20):
        world.meeting(place.deliverable, number=number, ended_days_ago=number)
    world.commit()
    leader = actor_of(place.leader)
    with count_statements() as seen:
        assert len(read(duties.duties, actor=leader, now=clock.now())) == 13
    assert len(seen) == 2
    for query in (duties.clause_findings, duties.secretariat_duties):
        with count_statements() as seen:
            read(query, now=clock.now())
        assert len(seen) == 1


def finding(read, key, now):
    found = {finding.clause: finding for finding in read(duties.clause_findings, now=now)}
    assert set(found) == {"26d", "26e", "30d"}
    return found[key]


def test_the_state_of_26e(place, clock, read):
    due = place.meeting.ends_at + timedelta(days=7)
    early = finding(read, "26e", place.meeting.ends_at - SECOND)
    assert (early.state, early.sentence) == (ClauseState.MET, "No e-meeting has been held on the platform yet")
    open_ = finding(read, "26e", due - SECOND)
    assert (open_.state, open_.sentence) == (ClauseState.DUE, "1 e-meeting without minutes")
    assert finding(read, "26e", due).state is ClauseState.BREACHED


def test_26e_is_met_when_everything_is_filed(place, minutes, runtime, actor_of, clock, read):
    file(runtime, minutes, place, actor_of(place.leader), clock.now())
    met = finding(read, "26e", clock.now())
    assert (met.state, met.sentence) == (ClauseState.MET, "The 1 e-meeting held has minutes")


def test_the_state_of_26d(place, session, clock, read, world):
    assert finding(read, "26d", clock.now()).sentence == "0 of 1 active deliverable has an e-meeting ahead"
    world.meeting(place.deliverable, number=8, ended_days_ago=-3)
    world.commit()
    assert finding(read, "26d", clock.now()).state is ClauseState.MET


def annual(session, at):
    session.add(Meeting(kind=MeetingKind.ANNUAL, title="Meeting", starts_at=at, ends_at=at, scheduled_at=at))
    session.commit()


def test_the_state_of_30d(session, clock, read):
    assert finding(read, "30d", clock.now()).sentence == "No annual meeting is on record"
    annual(session, clock.now() - timedelta(days=60))
    due = finding(read, "30d", clock.now())
    assert (due.state, due.sentence) == (ClauseState.DUE, "Annual meeting 2027 has no date")
    late = finding(read, "30d", clock.now() + timedelta(days=310))
    assert (late.state, late.sentence) == (ClauseState.BREACHED, "Annual meeting 2027 has no date")
    annual(session, clock.now() + timedelta(days=100))
    assert finding(read, "30d", clock.now()).state is ClauseState.MET


def file(runtime, minutes, place, actor, now, *new):
    with runtime.database.transaction() as session:
        row = session.get_one(Minutes, minutes.id)
        sheet = queries.load_sheet(session, place.meeting, row)
        draft = MinutesDraft(
            notes=tuple(NoteEdit(item.id, "Noted") for item in sheet.items),
            presences=tuple(PresenceEdit(person.id, Presence.PRESENT) for person in sheet.people),
            new_outcomes=tuple(NewOutcome(sheet.items[0].id, *line) for line in new),
        )
        services.save_minutes(session, row, draft, actor=actor, now=now)
        services.file_minutes(session, row, actor=actor, now=now)


def test_an_action_is_its_owners_duty_until_the_end_of_its_day(place, minutes, runtime, actor_of, clock, read, world):
    lines = (OutcomeKind.ACTION, "Draft two pages", place.expert.full_name, "2026-12-04")
    file(runtime, minutes, place, actor_of(place.leader), clock.now(), lines)
    expert = actor_of(place.expert)
    (duty,) = read(duties.duties, actor=expert, now=clock.now())
    assert (duty.title, duty.due_at.isoformat()) == ("Action due: Draft two pages", "2026-12-04T23:00:00+00:00")
    assert read(duties.duties, actor=actor_of(place.leader), now=clock.now()) == []
    sent = {message.template: message for message in outbox(runtime)}
    filed = sent["meetings/minutes_filed"]
    assert "/deliverables/D-26-04/minutes/7" in filed.text
    assert "Decisions: 0" in filed.text


def test_the_owner_says_that_an_action_is_done(place, minutes, runtime, actor_of, clock, read, sign_in, world):
    lines = (OutcomeKind.ACTION, "Draft two pages", place.expert.full_name, "2026-12-04")
    file(runtime, minutes, place, actor_of(place.leader), clock.now(), lines)
    address = "/deliverables/D-26-04/minutes/7"
    (duty,) = read(duties.duties, actor=actor_of(place.expert), now=clock.now())
    assert duty.action == "Report it done"
    done = f"{address}/actions/{duty.key.partition(':')[2]}/done"
    leader, owner = sign_in(place.leader), sign_in(place.expert)
    assert "Mark as done" not in leader.get(address).text  # the owner says it, nobody for them
    assert leader.send(done).status_code == 403
    assert owner.send(f"{address}/actions/999/done").status_code == 404
    stranger = world.participant()
    world.commit()
    assert sign_in(stranger).send(done).status_code == 404
    assert done in owner.get(address).text
    for _n in range(2):  # a double click
        answer = owner.send(done)
        assert (answer.status_code, answer.location) == (303, f"{address}#action-{duty.key.partition(':')[2]}")
    page = leader.get(address).text
    assert "Closed 23 Nov" in page
    assert "Mark as done" not in owner.get(address).text
    assert read(duties.duties, actor=actor_of(place.expert), now=clock.now()) == []
    with runtime.database.read() as session:
        told = session.scalars(select(AuditRecord).where(AuditRecord.action == "meetings:action:complete")).all()
    assert [row.actor_name for row in told] == [place.expert.full_name]


def test_reminders_come_at_day_5_7_and_11_and_once_each(place, runtime, clock, world):
    ends_at = place.meeting.ends_at

    def run(days, seconds=0):
        clock.set(ends_at + timedelta(days=days, seconds=seconds))
        report = jobs.remind_of_minutes(runtime, now=clock.now())
        assert report.failed == 0
        return report.done

    assert [run(5, -1), run(5), run(5), run(6), run(7, -1), run(7), run(7), run(11), run(30)] == [
        0, 1, 0, 0, 0, 1, 0, 1, 0,
    ]  # fmt: skip
    messages = outbox(runtime)
    assert [message.subject for message in messages] == [
        "Write the minutes of e-meeting 7 of D-26-04",
        "Write the minutes of e-meeting 7 of D-26-04",
        "Minutes of e-meeting 7 are 4 days overdue",
    ]
    assert all("/deliverables/D-26-04/e-meetings/7" in message.text for message in messages)
    assert {message.to_address for message in messages} == {place.leader.email}


def test_a_missed_reminder_is_not_sent_after_its_successor(place, runtime, clock):
    clock.set(place.meeting.ends_at + timedelta(days=12))
    assert jobs.remind_of_minutes(runtime, now=clock.now()).done == 1
    assert jobs.remind_of_minutes(runtime, now=clock.now()).done == 0


def test_scheduling_invites_and_cancelling_tells_the_joining_list(place, runtime, session, actor_of, clock):
    from datetime import time

    from u4ssc_gov.meetings.rules import AgendaLine, MeetingPlan

    plan = MeetingPlan(date(2026, 12, 3), time(14), time(15), agenda=(AgendaLine("Opening"),))
    leader = actor_of(place.leader)
    meeting = services.schedule_meeting(session, place.deliverable, plan, actor=leader, now=clock.now())
    session.commit()
    invited = outbox(runtime)
    assert {message.to_address for message in invited} == {place.leader.email, place.expert.email}
    assert "/deliverables/D-26-04/e-meetings/8.ics" in invited[0].text
    assert "14:00" in invited[0].html
    services.cancel_meeting(session, meeting, "The presenter is ill.", actor=leader, now=clock.now())
    session.commit()
    assert [m.subject for m in outbox(runtime)][2:] == ["E-meeting 8 of D-26-04 is cancelled"] * 2
    assert "The presenter is ill." in outbox(runtime)[2].text


def test_the_next_meeting_is_mine_and_takes_one_statement(place, world, clock, actor_of, runtime, count_statements):
    outsider = world.participant()
    world.meeting(place.deliverable, number=9, ended_days_ago=-5)
    world.meeting(place.deliverable, number=8, ended_days_ago=-3)
    world.commit()
    for person, expected in ((place.leader, 8), (place.expert, 8), (outsider, None)):
        actor = actor_of(person)
        with runtime.database.read() as session, count_statements() as seen:
            found = queries.next_meeting(session, actor, clock.now())
        assert len(seen) == 1
        assert (found.number if found else None) == expected


def test_minutes_cannot_be_started_early_nor_filed_while_the_e_meeting_lasts(place, session, actor_of, clock):
    from u4ssc_gov.core.errors import RuleViolation

    leader = actor_of(place.leader)
    with pytest.raises(RuleViolation):
        services.start_minutes(session, place.meeting, actor=leader, now=place.meeting.starts_at - SECOND)
    draft = services.start_minutes(session, place.meeting, actor=leader, now=place.meeting.starts_at)
    with pytest.raises(RuleViolation, match="when the e-meeting is over"):
        services.file_minutes(session, draft, actor=leader, now=place.meeting.ends_at - SECOND)
