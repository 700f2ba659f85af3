"""Several people write the same minutes: nobody's newer text is ever overwritten, nothing is lost (¶26e)."""

from __future__ import annotations

import threading
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from tests.integration.meetings.conftest import note
from u4ssc_gov.audit.models import AuditRecord
from u4ssc_gov.core.errors import Conflict, Forbidden, Invalid, RuleViolation
from u4ssc_gov.meetings import queries, rules, services
from u4ssc_gov.meetings.models import Minutes, NoteRevision, Outcome
from u4ssc_gov.meetings.rules import (
    ClosureEdit,
    MinutesDraft,
    NewOutcome,
    NoteEdit,
    OutcomeEdit,
    OutcomeKind,
    Presence,
    PresenceEdit,
)


@pytest.fixture
def sheet(runtime, minutes, place):
    """The minutes as they are in the database."""

    def load():
        with runtime.database.read() as session:
            return queries.load_sheet(session, place.meeting, session.get_one(Minutes, minutes.id))

    return load


@pytest.fixture
def other(world, place):
    """A second leader of the same group."""
    person = world.leader(place.group)
    world.commit()
    return person


@pytest.fixture
def other_writer(world):
    """A secretariat officer, who may write too (¶30a)."""
    person = world.officer()
    world.commit()
    return person


def revisions(runtime):
    with runtime.database.read() as session:
        return list(session.scalars(select(NoteRevision.said).order_by(NoteRevision.id)))


def test_two_people_saving_different_items_both_arrive(save, sheet, place, other_writer):
    first, second = (item.id for item in sheet().items)
    assert not save(place.leader, page="a", notes=note(first, "From the leader")).has_conflicts
    report = save(other_writer, page="b", notes=note(second, "From the officer") + note(first, ""))
    assert not report.has_conflicts  # the officer never touched the first item
    assert [item.said for item in sheet().items] == ["From the leader", "From the officer"]


def test_the_same_item_is_a_conflict_and_both_texts_are_kept(save, sheet, place, other_writer, runtime):
    first, second = (item.id for item in sheet().items)
    save(place.leader, page="a", notes=note(first, "Newer text"))
    report = save(other_writer, page="b", notes=note(first, "Clashing text") + note(second, "Free text"))
    (conflict,) = report.notes
    assert (conflict.theirs, conflict.mine, conflict.revision) == ("Newer text", "Clashing text", 1)
    assert conflict.saved_by == place.leader.full_name
    assert [item.said for item in sheet().items] == ["Newer text", "Free text"]
    again = save(other_writer, page="c", notes=note(first, "Clashing text", expected=1))
    assert not again.has_conflicts
    assert sheet().items[0].said == "Clashing text"
    assert revisions(runtime) == ["Newer text", "Free text", "Clashing text"]


def test_a_page_never_conflicts_with_its_own_autosaves(save, sheet, place):
    first = sheet().items[0].id
    for text in ("One", "One two", "One two three", "One"):  # the answers got lost: the page still expects revision 0
        assert not save(place.leader, page="a", notes=note(first, text)).has_conflicts
        assert sheet().items[0].said == text
    other_tab = save(place.leader, page="b", notes=note(first, "Another tab"))
    assert other_tab.has_conflicts


def test_text_left_alone_never_undoes_what_somebody_saved_since(save, sheet, place, other_writer):
    first = sheet().items[0].id
    save(place.leader, page="a", notes=note(first, "Old"))
    save(other_writer, page="b", notes=note(first, "New", expected=1))
    report = save(place.leader, page="c", notes=note(first, "Old", expected=1))
    assert not report.has_conflicts
    assert report.saved == []
    assert sheet().items[0].said == "New"


def test_identical_content_writes_nothing(save, sheet, place, runtime, clock):
    first = sheet().items[0].id
    save(place.leader, page="a", notes=note(first, "Text"))
    with runtime.database.read() as session:
        before = (session.scalar(select(func.count(AuditRecord.id))), session.get_one(Minutes, 1).saved_at)
    clock.move(minutes=1)
    report = save(place.leader, page="b", notes=note(first, " Text\r\n", expected=1))
    assert report.saved == []
    with runtime.database.read() as session:
        assert (session.scalar(select(func.count(AuditRecord.id))), session.get_one(Minutes, 1).saved_at) == before
    assert revisions(runtime) == ["Text"]


def test_two_editors_race_and_exactly_one_text_stands(runtime, minutes, place, sheet, actor_of, other_writer, clock):
    first = sheet().items[0].id
    actors = [actor_of(place.leader), actor_of(other_writer)]
    gate, reports, failures = threading.Barrier(2), {}, []

    def run(number):
        try:
            gate.wait(timeout=10)
            with runtime.database.transaction() as session:
                row = session.get_one(Minutes, minutes.id)
                draft = MinutesDraft(page=f"page {number}", notes=note(first, f"Text {number}"))
                reports[number] = services.save_minutes(session, row, draft, actor=actors[number], now=clock.now())
        except Exception as error:  # noqa: BLE001 - shown by the main thread
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []
    lost = [number for number, report in reports.items() if report.has_conflicts]
    assert len(lost) == 1
    winner = 1 - lost[0]
    assert sheet().items[0].said == f"Text {winner}"
    assert (reports[lost[0]].notes[0].mine, reports[lost[0]].notes[0].theirs) == (f"Text {lost[0]}", f"Text {winner}")
    assert revisions(runtime) == [f"Text {winner}"]


@pytest.fixture
def outcome(save, sheet, place):
    """An action under the first item."""
    first = sheet().items[0].id
    new = NewOutcome(first, OutcomeKind.ACTION, "Draft two pages", place.expert.full_name, "2026-12-04")
    save(place.leader, page="z", new_outcomes=(new,))
    return sheet().items[0].outcomes[0]


def test_an_owner_of_the_joining_list_is_that_person(outcome, runtime, place):
    with runtime.database.read() as session:
        row = session.scalars(select(Outcome)).one()
    assert (row.owner_id, row.owner_name, row.due_on) == (place.expert.id, place.expert.full_name, date(2026, 12, 4))


def edit(line, text, seen=None, **more):
    values = {"owner": line.owner, "due": line.due_text, **more}
    return (OutcomeEdit(line.id, text, seen=line.seen if seen is None else seen, **values),)


def test_an_outcome_changed_by_both_is_a_conflict(save, sheet, place, other_writer, outcome):
    save(place.leader, page="a", outcomes=edit(outcome, "Draft three pages"))
    report = save(other_writer, page="b", outcomes=edit(outcome, "Draft four pages"))
    (conflict,) = report.outcomes
    assert (conflict.theirs, conflict.mine.text) == ("Draft three pages", "Draft four pages")
    assert sheet().items[0].outcomes[0].text == "Draft three pages"
    assert not save(other_writer, page="c", outcomes=edit(outcome, "Draft four pages", conflict.seen)).has_conflicts
    assert sheet().items[0].outcomes[0].text == "Draft four pages"


def test_an_outcome_left_alone_stays_as_somebody_changed_it(save, sheet, place, other_writer, outcome):
    save(place.leader, page="a", outcomes=edit(outcome, "Draft three pages"))
    assert not save(other_writer, page="b", outcomes=edit(outcome, "Draft two pages")).has_conflicts
    assert sheet().items[0].outcomes[0].text == "Draft three pages"


def test_a_page_follows_up_on_its_own_outcome(save, sheet, place, outcome):
    for text in ("Draft three pages", "Draft two pages"):  # back to what the page had shown: its own change, undone
        assert not save(place.leader, page="a", outcomes=edit(outcome, text)).has_conflicts
        assert sheet().items[0].outcomes[0].text == text


def test_a_removed_outcome_is_not_restored_unasked_nor_is_an_edit_of_it_lost(save, sheet, place, other_writer, outcome):
    save(place.leader, page="a", outcomes=edit(outcome, outcome.text), removed=(outcome.id,))
    assert sheet().items[0].outcomes == ()
    assert not save(other_writer, page="b", outcomes=edit(outcome, outcome.text)).has_conflicts
    assert sheet().items[0].outcomes == ()
    report = save(other_writer, page="b", outcomes=edit(outcome, "Better wording"))
    (conflict,) = report.outcomes
    assert conflict.removed
    save(other_writer, page="c", outcomes=edit(outcome, "Better wording", conflict.seen))
    assert sheet().items[0].outcomes[0].text == "Better wording"


def test_removing_what_somebody_changed_since_is_a_conflict(save, sheet, place, other_writer, outcome):
    save(place.leader, page="a", outcomes=edit(outcome, "Draft three pages"))
    report = save(other_writer, page="b", outcomes=edit(outcome, outcome.text), removed=(outcome.id,))
    assert report.has_conflicts
    assert sheet().items[0].outcomes[0].text == "Draft three pages"


def test_an_outcome_that_came_empty_is_dropped_at_saving_and_not_while_rows_are_added(
    save, sheet, place, other_writer, outcome
):
    first = sheet().items[0].id
    save(place.leader, page="z", new_outcomes=(NewOutcome(first, OutcomeKind.ACTION),))
    empty = sheet().items[0].outcomes[1]
    save(place.leader, page="z", outcomes=edit(empty, ""))  # an autosave, or a button that adds another row
    assert len(sheet().items[0].outcomes) == 2
    save(place.leader, page="z", outcomes=(*edit(outcome, outcome.text), *edit(empty, "")), tidy=True)
    assert [line.text for line in sheet().items[0].outcomes] == [outcome.text]
    assert save(place.leader, page="z", outcomes=edit(empty, ""), tidy=True).saved == []  # sent twice
    save(place.leader, page="z", outcomes=edit(outcome, "", due=""), tidy=True)
    assert sheet().items[0].outcomes[0].owner  # an owner alone is somebody's work and stays
    line = sheet().items[0].outcomes[0]
    save(place.leader, page="z", outcomes=edit(line, "", owner="", due=""), tidy=True)
    assert sheet().items[0].outcomes == ()


def test_an_empty_row_of_somebody_else_stays(save, sheet, place, other_writer):
    first, second = (item.id for item in sheet().items)
    save(place.leader, page="a", new_outcomes=(NewOutcome(first, OutcomeKind.DECISION),))
    row = sheet().items[0].outcomes[0]
    save(other_writer, page="b", notes=note(second, "Theirs"), outcomes=edit(row, ""), tidy=True)
    assert [line.id for line in sheet().items[0].outcomes] == [row.id]
    assert not save(place.leader, page="a", outcomes=edit(row, "Adopted")).has_conflicts
    assert [line.text for line in sheet().items[0].outcomes] == ["Adopted"]
    save(other_writer, page="b", outcomes=edit(row, ""), removed=(row.id,))  # the Remove button is no accident


def test_an_empty_row_that_somebody_filled_meanwhile_is_not_dropped(save, sheet, place, other_writer):
    first = sheet().items[0].id
    save(place.leader, page="a", new_outcomes=(NewOutcome(first, OutcomeKind.DECISION),))
    empty = sheet().items[0].outcomes[0]
    save(other_writer, page="b", outcomes=edit(empty, "Adopted"))
    assert not save(place.leader, page="c", outcomes=edit(empty, ""), tidy=True).has_conflicts
    assert [line.text for line in sheet().items[0].outcomes] == ["Adopted"]


def test_attendance_is_merged_person_by_person(save, sheet, place, other_writer):
    one, two = (person.id for person in sheet().people)
    save(place.leader, page="a", presences=(PresenceEdit(one, Presence.PRESENT), PresenceEdit(two, Presence.UNMARKED)))
    stale = (PresenceEdit(one, Presence.UNMARKED), PresenceEdit(two, Presence.APOLOGIES))
    save(other_writer, page="b", presences=stale)
    assert [person.presence for person in sheet().people] == [Presence.PRESENT, Presence.APOLOGIES]
    undone = (PresenceEdit(two, Presence.UNMARKED),)  # the same page takes its own mark back
    save(other_writer, page="b", presences=undone)
    assert sheet().people[1].presence is Presence.UNMARKED


@pytest.mark.parametrize(
    "draft",
    [
        {"notes": (NoteEdit(1, "x" * (rules.SAID_MAXIMUM + 1)),)},
        {"new_outcomes": (NewOutcome(1, OutcomeKind.ACTION, "x" * 1001),)},
        {"new_outcomes": (NewOutcome(1, OutcomeKind.ACTION, "x", "y" * 201),)},
        {"new_outcomes": (NewOutcome(1, OutcomeKind.ACTION, "x", "y", "soon"),)},
        {"new_outcomes": (NewOutcome(1, OutcomeKind.ACTION, "x", "y", "2026-02-30"),)},
        {"new_outcomes": (NewOutcome(1, OutcomeKind.ACTION, "x", "y", "9999-12-31"),)},
        {"new_outcomes": (NewOutcome(1, OutcomeKind.ACTION, "x", "y", "20261204"),)},
        {"new_outcomes": (NewOutcome(1, OutcomeKind.ACTION),) * 301},
        {"new_items": ("x" * 201,)},
        {"new_items": ("x",) * 59},
        {"new_people": (("x" * 201, ""),)},
        {"new_people": (("x", "y" * 201),)},
        {"new_people": (("Somebody", "ITU"), ("Somebody", "ITU"))[:1] * 501},
    ],
)
def test_what_is_too_long_or_wrong_saves_nothing_at_all(save, sheet, place, draft):
    with pytest.raises(Invalid):
        save(place.leader, **{"new_people": (("A guest", ""),), **draft})
    assert len(sheet().people) == 2
    assert all(not item.said and not item.outcomes for item in sheet().items)


def test_rows_of_other_minutes_are_out_of_reach(save, sheet, place, world, session, actor_of, clock):
    elsewhere = world.meeting(place.deliverable, number=6, ended_days_ago=20, people=(place.leader,))
    world.commit()
    theirs = services.start_minutes(session, elsewhere, actor=actor_of(place.leader), now=clock.now())
    session.commit()
    target = queries.load_sheet(session, elsewhere, theirs)
    session.commit()
    report = save(
        place.leader,
        notes=note(target.items[0].id, "Smuggled"),
        presences=(PresenceEdit(target.people[0].id, Presence.PRESENT),),
        new_outcomes=(NewOutcome(target.items[0].id, OutcomeKind.DECISION, "Smuggled"),),
        outcomes=(OutcomeEdit(99999, "Smuggled"),),
        closures=(ClosureEdit(99999, True),),
    )
    assert report.saved == []


def test_items_and_people_are_added(save, sheet, place):
    save(place.leader, new_items=(" Any other\nbusiness ",), new_people=(("A guest", "WMO"),))
    assert sheet().items[-1].title == "Any other business"
    assert (sheet().people[0].name, sheet().people[0].presence) == ("A guest", Presence.PRESENT)


def test_contributors_cannot_save(save, place, sheet):
    with pytest.raises(Forbidden):
        save(place.expert, notes=note(sheet().items[0].id, "Mine"))


def test_a_leader_whose_tenure_ended_one_second_ago_cannot_save(save, sheet, world, place, clock, actor_of):
    from u4ssc_gov.core.dates import geneva_midnight

    last = date(2026, 11, 24)
    ending = world.leader(place.group, starts_on=date(2025, 11, 24), ends_on=last)
    world.commit()
    first = sheet().items[0].id
    clock.set(geneva_midnight(last) - timedelta(seconds=1))
    assert save(ending, page="a", notes=note(first, "In time")).saved
    clock.set(geneva_midnight(last) + timedelta(seconds=1))
    with pytest.raises(Forbidden):
        save(ending, page="a", notes=note(first, "Too late", expected=1))
    assert sheet().items[0].said == "In time"


def complete(save, sheet, place):
    people = tuple(PresenceEdit(person.id, Presence.PRESENT) for person in sheet().people)
    notes = tuple(NoteEdit(item.id, "Noted", expected_revision=item.revision) for item in sheet().items)
    save(place.leader, page="c", notes=notes, presences=people)


def file(runtime, minutes, actor, clock):
    with runtime.database.transaction() as session:
        return services.file_minutes(session, session.get_one(Minutes, minutes.id), actor=actor, now=clock.now())


def test_filed_minutes_never_change(save, sheet, place, runtime, minutes, actor_of, clock):
    with pytest.raises(RuleViolation):
        file(runtime, minutes, actor_of(place.leader), clock)
    complete(save, sheet, place)
    file(runtime, minutes, actor_of(place.leader), clock)
    with pytest.raises(Conflict, match="These minutes were filed on 23 Nov"):
        save(place.leader, notes=note(sheet().items[0].id, "Later", expected=1))
    with pytest.raises(Conflict):
        file(runtime, minutes, actor_of(place.leader), clock)
    assert sheet().items[0].said == "Noted"


def test_minutes_with_an_outcome_without_text_are_not_filed(save, sheet, place, runtime, minutes, actor_of, clock):
    complete(save, sheet, place)
    new = NewOutcome(sheet().items[0].id, OutcomeKind.ACTION, "", place.expert.full_name, "2026-12-04")
    save(place.leader, page="c", new_outcomes=(new,))
    with pytest.raises(RuleViolation, match="Describe the action, or remove it"):
        file(runtime, minutes, actor_of(place.leader), clock)
    save(place.leader, page="c", outcomes=edit(sheet().items[0].outcomes[0], "Draft two pages"))
    file(runtime, minutes, actor_of(place.leader), clock)


def test_actions_of_earlier_minutes_are_closed_in_these(
    save, sheet, place, runtime, minutes, world, session, actor_of, clock, outcome
):
    complete(save, sheet, place)
    file(runtime, minutes, actor_of(place.leader), clock)
    later = world.meeting(place.deliverable, number=8, ended_days_ago=1, people=(place.leader,))
    world.commit()
    leader = actor_of(place.leader)
    draft = services.start_minutes(session, later, actor=leader, now=clock.now())
    session.commit()

    def close(*, closed, seen, page="p"):
        edit = MinutesDraft(page=page, closures=(ClosureEdit(outcome.id, closed, seen),))
        services.save_minutes(session, draft, edit, actor=leader, now=clock.now())
        session.commit()
        (earlier,) = queries.load_sheet(session, later, draft).earlier
        session.commit()
        return earlier.closed

    assert close(closed=True, seen=False)
    assert not close(closed=False, seen=False)  # the same page takes it back
    assert close(closed=True, seen=False)
    assert close(closed=False, seen=False, page="q")  # another page that never touched it
    assert sheet().items[0].outcomes[0].closed_at == clock.now()
