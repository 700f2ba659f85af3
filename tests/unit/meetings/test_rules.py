"""Rules of meetings and minutes against independent models (¶26d, ¶26e)."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock import T0
from u4ssc_gov.core.actor import Actor, HeldOffice, OfficeKind
from u4ssc_gov.core.errors import Invalid
from u4ssc_gov.meetings import policy, rules
from u4ssc_gov.meetings.rules import (
    AgendaLine,
    ItemLine,
    MeetingPlan,
    MeetingState,
    OutcomeKind,
    OutcomeLine,
    PersonLine,
    Presence,
    Sheet,
    Verdict,
)

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (T0 - SECOND, MeetingState.SCHEDULED),
        (T0, MeetingState.UNDER_WAY),
        (T0 + timedelta(hours=1) - SECOND, MeetingState.UNDER_WAY),
        (T0 + timedelta(hours=1), MeetingState.HELD),
        (T0 + timedelta(hours=1) + SECOND, MeetingState.HELD),
    ],
)
def test_the_state_of_a_meeting_at_its_boundaries(moment, expected):
    def state(**marks):
        marks = {"cancelled": False, "not_held": False} | marks
        return rules.meeting_state(T0, T0 + timedelta(hours=1), moment, **marks)

    assert state() is expected
    assert state(cancelled=True) is MeetingState.CANCELLED
    assert state(not_held=True) is MeetingState.NOT_HELD


@pytest.mark.parametrize(("days", "step"), [(4.99, None), (5, 5), (6.99, 5), (7, 7), (10.99, 7), (11, 11), (400, 11)])
def test_reminders_have_three_steps(days, step):
    assert rules.reminder_step(T0, T0 + timedelta(days=days)) == step


def plan(**changes):
    values = {"day": date(2026, 12, 3), "start": time(14), "end": time(15), "time_zone": "Europe/Zurich"}
    return MeetingPlan(**{**values, **changes})


def test_a_plan_becomes_instants_of_its_zone():
    assert rules.check_period(plan(), T0) == (
        datetime(2026, 12, 3, 13, tzinfo=UTC),
        datetime(2026, 12, 3, 14, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "meetings.zone.unknown", "time_zone"),
        ({"time_zone": ""}, "meetings.zone.unknown", "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "meetings.zone.unknown", "time_zone"),
        ({"day": date(1, 1, 1)}, "meetings.time.past", "day"),
        ({"day": date(9999, 12, 31)}, "meetings.time.far", "day"),
        ({"day": date(2026, 11, 23), "start": time(9, 59), "end": time(11)}, "meetings.time.past", "start"),
        ({"day": date(2026, 11, 23), "start": time(10), "end": time(11)}, "meetings.time.past", "start"),
        ({"end": time(14)}, "meetings.time.inverted", "end"),
        ({"end": time(13)}, "meetings.time.inverted", "end"),
        ({"day": date(2027, 3, 28), "start": time(2, 30), "end": time(4)}, "meetings.time.nonexistent", "start"),
        ({"day": date(2027, 3, 28), "start": time(1), "end": time(2, 30)}, "meetings.time.nonexistent", "end"),
    ],
)
def test_an_infeasible_time_is_refused_with_its_field(changes, code, field):
    with pytest.raises(Invalid) as refused:
        rules.check_period(plan(**changes), T0)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_one_minute_from_now_is_in_time():
    starts_at, _end = rules.check_period(plan(day=date(2026, 11, 23), start=time(10, 1), end=time(11)), T0)
    assert starts_at == T0 + timedelta(minutes=1)


@given(
    day=st.dates(date(2026, 11, 1), date(2028, 12, 31)),
    start=st.times().map(lambda t: t.replace(microsecond=0)),
    end=st.times().map(lambda t: t.replace(microsecond=0)),
    zone=st.sampled_from(["Europe/Zurich", "America/St_Johns", "Pacific/Kiritimati", "Asia/Kathmandu", "UTC"]),
)
def test_whatever_is_accepted_is_in_the_future_and_reads_as_typed(day, start, end, zone):
    try:
        starts_at, ends_at = rules.check_period(plan(day=day, start=start, end=end, time_zone=zone), T0)
    except Invalid:
        return
    assert T0 < starts_at < ends_at <= T0 + timedelta(days=734)
    for instant, typed in ((starts_at, start), (ends_at, end)):
        local = instant.astimezone(ZoneInfo(zone))
        assert (local.date(), local.time()) == (day, typed)


def test_an_agenda_is_one_item_a_line():
    assert rules.parse_agenda("Opening\n\n Chapter 4 | A presenter | 25 \nEnd |  | ") == (
        AgendaLine("Opening"),
        AgendaLine("Chapter 4", "A presenter", 25),
        AgendaLine("End"),
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("\n".join(["item"] * 61), "meetings.agenda.long"),
        ("x" * 201, "meetings.agenda.title"),
        ("| nobody", "meetings.agenda.title"),
        ("a | " + "b" * 201, "meetings.agenda.title"),
        ("a | b | soon", "meetings.agenda.length"),
        ("a | b | 0", "meetings.agenda.length"),
        ("a | b | -5", "meetings.agenda.length"),
        ("a | b | 601", "meetings.agenda.length"),
        ("a | b | " + "9" * 5000, "meetings.agenda.length"),
        ("a | b | \u0665", "meetings.agenda.length"),
    ],
)
def test_an_agenda_that_cannot_be_read_says_which_line(text, code):
    with pytest.raises(Invalid) as refused:
        rules.parse_agenda(text)
    assert (refused.value.code, refused.value.field) == (code, "agenda")


@pytest.mark.parametrize("url", ["", "https://meet.example.org/j/1?p=2", "https://meet.example.org:8443/x"])
def test_joining_links_over_https_are_taken(url):
    assert rules.check_joining_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://meet.example.org", "javascript:alert(1)", "https://", "https:/meet", "//meet.example.org", "meet",
        "data:text/html,x", "https://user:secret@meet.example.org", "https://meet.example.org/a b",
        'https://meet.example.org/"><script>', "https://[::1", "https://meet.example.org:99999/", "HTTPS//x",
        "https://meet.example.org/" + "x" * 500, "https://meet.example.org\\@evil.example",
    ],
)  # fmt: skip
def test_other_joining_links_are_refused(url):
    with pytest.raises(Invalid):
        rules.check_joining_url(url)


@pytest.mark.parametrize(("same", "current", "here", "untouched"), list(product((True, False), repeat=4)))
def test_merging_never_overwrites_newer_text_of_somebody_else(same, current, here, untouched):
    verdict = rules.merge(same=same, seen_is_current=current, saved_here=here, untouched=untouched)
    newer_of_somebody_else = not current and not here
    assert not (verdict is Verdict.WRITE and newer_of_somebody_else)
    changed_by_me = not same and not untouched
    if newer_of_somebody_else and changed_by_me:
        assert verdict is Verdict.CONFLICT
    if not same and (current or here):
        assert verdict is Verdict.WRITE
    if same:
        assert verdict is Verdict.KEEP


@given(st.text(), st.text(), st.none() | st.dates(), st.text(), st.text(), st.none() | st.dates())
def test_fingerprints_tell_contents_apart(text, owner, due, text2, owner2, due2):
    same = (text, owner, due) == (text2, owner2, due2)
    if "\x00" not in text + owner + text2 + owner2:  # cleaned away before
        first, second = rules.fingerprint(text, owner, due), rules.fingerprint(text2, owner2, due2)
        assert (first == second) == same


def item(**fields):
    return ItemLine(id=1, position=1, title="Opening", **fields)


def person(presence):
    return PersonLine(1, "Somebody", "", presence)


def action(**fields):
    return OutcomeLine(9, OutcomeKind.ACTION, "Do it", **fields)


PRESENT = (person(Presence.PRESENT),)


@pytest.mark.parametrize(
    ("sheet", "found"),
    [
        (Sheet((item(said="Text"),), PRESENT), []),
        (Sheet((item(not_discussed=True),), PRESENT), []),
        (Sheet((item(outcomes=(OutcomeLine(9, OutcomeKind.DECISION, "Yes"),)),), PRESENT), []),
        (Sheet((item(),), PRESENT), [("item-1", True)]),
        (
            Sheet((item(outcomes=(OutcomeLine(9, OutcomeKind.DECISION, ""),)),), PRESENT),
            [("item-1", True), ("outcome-9", True)],
        ),
        (
            Sheet((item(said="T", outcomes=(OutcomeLine(9, OutcomeKind.ACTION, "", "A"),)),), PRESENT),
            [("outcome-9", True)],
        ),
        (
            Sheet((item(said="T", outcomes=(OutcomeLine(9, OutcomeKind.INFORMATION, ""),)),), PRESENT),
            [("outcome-9", True)],
        ),
        (Sheet((), PRESENT), [("agenda", True)]),
        (Sheet((item(said="Text"),), ()), [("attendance", True)]),
        (Sheet((item(said="Text"),), (person(Presence.ABSENT),)), [("attendance", True)]),
        (Sheet((item(said="Text"),), (person(Presence.UNMARKED),)), [("attendance", True), ("attendance", False)]),
        (Sheet((item(said="Text"),), (*PRESENT, person(Presence.UNMARKED))), [("attendance", False)]),
        (Sheet((item(said="T", outcomes=(action(),)),), PRESENT), [("outcome-9", True)]),
        (Sheet((item(said="T", outcomes=(action(owner="A"),)),), PRESENT), [("outcome-9", True)]),
        (Sheet((item(said="T", outcomes=(action(due_on=date(2026, 12, 4)),)),), PRESENT), [("outcome-9", True)]),
        (Sheet((item(said="T", outcomes=(action(owner="A", due_on=date(2026, 12, 4)),)),), PRESENT), []),
    ],
)
def test_what_minutes_lack(sheet, found):
    assert [(gap.anchor, gap.blocks) for gap in rules.gaps(sheet)] == found


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (OutcomeLine(9, OutcomeKind.ACTION, "", "A", date(2026, 12, 4)), "Describe the action, or remove it"),
        (OutcomeLine(9, OutcomeKind.DECISION, ""), "Describe the decision, or remove it"),
        (OutcomeLine(9, OutcomeKind.INFORMATION, ""), "Describe the information, or remove it"),
        (OutcomeLine(9, OutcomeKind.ACTION, "Do it", "A"), "Give an owner and a due day"),
        (OutcomeLine(9, OutcomeKind.ACTION, "Do it", "A", date(2026, 12, 4)), ""),
        (OutcomeLine(9, OutcomeKind.DECISION, "Yes"), ""),
    ],
)
def test_an_outcome_says_what_stands_in_its_way(line, words):
    assert line.problem == words


def leading(group):
    office = HeldOffice(1, 1, OfficeKind.LEADER, "Leader", group, date(2026, 1, 1), date(2027, 1, 1))
    return Actor(person_id=1, offices=(office,))


def test_only_leaders_of_the_group_and_the_secretariat_run_meetings():
    assert policy.may_run(leading(5), 5)
    assert policy.may_run(Actor(person_id=1, secretariat_of="UNECE"), 5)
    assert not policy.may_run(leading(6), 5)
    assert not policy.may_run(leading(5), None)
    assert not policy.may_run(Actor(person_id=1, contributes_to=frozenset({5})), 5)


def test_the_joining_link_is_for_those_who_work_on_it():
    assert policy.may_join(Actor(person_id=1, contributes_to=frozenset({7})), 7, 5)
    assert policy.may_join(leading(5), 7, 5)
    assert not policy.may_join(Actor(person_id=1), 7, 5)
    assert not policy.may_join(Actor(person_id=1), None, None)
