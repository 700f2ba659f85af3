"""What the secretariat owes, and what the Terms of Reference page says of offices."""

from datetime import date, timedelta

import pytest

from u4ssc_gov.core.actor import SYSTEM, OfficeKind
from u4ssc_gov.core.dates import geneva_midnight
from u4ssc_gov.core.duty import ClauseState
from u4ssc_gov.initiative.loading import read_rows
from u4ssc_gov.partners import duties as partner_duties
from u4ssc_gov.tenures import duties, services
from u4ssc_gov.tenures.models import Tenure
from u4ssc_gov.tenures.rules import EndReason, Route
from u4ssc_gov.terms import taking_part

ENDS = date(2026, 12, 9)


def findings_of(session, world):
    return {finding.clause: finding for finding in duties.clause_findings(session, now=world.now)}


def test_renewing_is_owed_from_sixty_days_before_and_due_thirty_before(session, world):
    person = world.leader(world.group("Data spaces"), starts_on=date(2025, 12, 9))
    tenure = session.query(Tenure).one()
    opens = geneva_midnight(ENDS - timedelta(days=60))
    assert duties.secretariat_duties(session, now=opens - timedelta(seconds=1)) == []
    for now in (opens, opens + timedelta(seconds=1), geneva_midnight(ENDS) - timedelta(seconds=1)):
        (duty,) = duties.secretariat_duties(session, now=now)
        assert duty.key == f"tenure:{tenure.id}:renew"
        assert duty.due_at == geneva_midnight(date(2026, 11, 9))
        assert duty.title == f"Renew {person.full_name} as Leader, Data spaces"
        assert duty.clauses == ("34", "21")
    (duty,) = duties.secretariat_duties(session, now=geneva_midnight(ENDS))
    assert duty.title == "Fill the vacant seat: Leader, Data spaces"
    assert duty.since == geneva_midnight(ENDS)
    assert duty.due_at == geneva_midnight(ENDS + timedelta(days=1))  # on its first day without a holder


def test_an_asked_renewal_is_followed_until_it_is_settled_and_a_successor_clears_it(session, world):
    group = world.group()
    world.leader(group, starts_on=date(2025, 12, 9))
    officer = world.actor(world.officer())
    services.request_renewal(session, session.query(Tenure).one(), actor=officer, now=world.now)
    (duty,) = duties.secretariat_duties(session, now=world.now)
    assert duty.title.startswith("Settle the renewal of ")
    assert duty.why == "Asked on 23 Nov; consult the partners, record what followed"
    assert duty.due_at == geneva_midnight(ENDS)
    tenure_id = session.query(Tenure).one().id
    act = {"basis": "Co-Chairs, 4 December", "actor": officer, "now": world.now}
    services.decide_renewal(session, tenure_id, is_appointed=True, **act)
    other = world.group()
    world.leader(other, starts_on=date(2025, 12, 9))
    world.leader(other, starts_on=ENDS)
    assert duties.secretariat_duties(session, now=world.now) == []


def test_a_chairs_renewal_and_vacancy_name_their_paragraphs(session, world):
    world.tenure(world.office(OfficeKind.VICE_CHAIR, seats=2), starts_on=date(2026, 1, 1))
    first, second = duties.secretariat_duties(session, now=world.now)
    assert (first.clauses, second.clauses) == (("34", "23d"), ("20",))
    assert second.title == "Fill the vacant seat: Vice-Chair"
    assert second.due_at is None  # never filled: nobody knows since when


def test_a_holder_owes_nothing_yet(session, world, count_statements):
    person = world.leader(world.group(), starts_on=date(2025, 12, 9))
    actor = world.actor(person)
    with count_statements() as seen:
        assert duties.duties(session, actor=actor, now=world.now) == []
    assert len(seen) == 0


def test_duties_and_findings_take_two_statements(session, world, count_statements):
    counts = []
    for _round in range(2):
        for _n in range(1 + 20 * _round):
            world.leader(world.group(), starts_on=date(2025, 12, 9))
        world.commit()
        with count_statements() as seen:
            duties.secretariat_duties(session, now=world.now)
            duties.clause_findings(session, now=world.now)
        counts.append(len(seen))
    assert counts == [4, 4]


def test_every_finding_belongs_to_a_row_of_the_ledger(session, world):
    known = {row["key"] for row in read_rows("clauses")}
    for room in (duties, partner_duties, taking_part):
        found = [finding.clause for finding in room.clause_findings(session, now=world.now)]
        assert set(found) <= known
        assert len(found) == len(set(found))


def test_with_nothing_on_record_the_offices_are_missing(session, world):
    found = findings_of(session, world)
    assert found["20a"].state is ClauseState.DUE
    assert found["20c"].state is ClauseState.DUE
    assert found["34a"].state is ClauseState.MET


def test_sentences_follow_the_records(session, world):
    act = {"actor": SYSTEM, "now": world.now}
    partner = world.partner("ITU").id
    for kind, code in [(OfficeKind.CO_CHAIR, "Co-Chair"), (OfficeKind.VICE_CHAIR, "Vice-Chair")]:
        office = services.add_office(session, kind=kind, code=code, title=code, seats=2, **act)
        for _n in range(2):
            last = services.start_tenure(
                session, office, world.person(), starts_on=date(2025, 12, 9), route=Route.BOARD_DECISION,
                basis="B-25-07", nominated_by_id=partner, **act,
            )  # fmt: skip
    group = world.group()
    office = services.add_office(
        session, kind=OfficeKind.LEADER, code="l", title="Leader", seats=1, group_id=group.id, **act
    )
    services.start_tenure(
        session, office, world.person(), starts_on=date(2026, 6, 1), route=Route.CONSULTATION, basis="C-1", **act
    )
    found = findings_of(session, world)
    assert found["20a"].state is ClauseState.MET
    assert found["20b"].sentence == "4 of 4 chairs in office have a nomination by a partner on record"
    assert found["21c"].sentence == "1 of 1 Leader has a consultation on file"
    assert (found["34a"].sentence, found["34a"].state) == ("4 tenures expire within 30 days", ClauseState.DUE)
    assert found["34b"].sentence == "0 renewals are asked for; 4 tenures wait to be asked"
    assert found["23d"].state is ClauseState.MET
    services.end_tenure(session, last, on=date(2026, 11, 23), reason=EndReason.RESIGNED, **act)
    assert findings_of(session, world)["20a"].sentence == "1 of 2 Vice-Chair seats is vacant"


def test_what_breaches_is_named(session, world):
    chair = world.tenure(world.office(OfficeKind.CO_CHAIR, seats=2), starts_on=date(2026, 1, 1))
    world.leader(world.group(), starts_on=date(2026, 1, 1), ends_on=date(2027, 1, 2))
    found = findings_of(session, world)
    assert found["20b"].state is ClauseState.BREACHED
    assert chair.full_name in found["20b"].facts
    assert (found["34a"].state, found["34a"].sentence) == (ClauseState.BREACHED, "1 tenure is longer than a year")


@pytest.mark.parametrize("missing", [0, 1])
def test_partners_without_a_focal_point_are_named(session, world, missing, count_statements):
    acronyms = [partner.acronym for partner in world.partners()]
    for acronym in acronyms[missing:]:
        world.mandate(acronym)
    world.officer()
    world.commit()
    with count_statements() as seen:
        voting, secretariat = partner_duties.clause_findings(session, now=world.now)
    assert len(seen) == 1
    assert voting.sentence == f"{16 - missing} of 16 partners have a voting focal point"
    assert voting.state is (ClauseState.DUE if missing else ClauseState.MET)
    assert ("ITU" in voting.facts) is bool(missing)
    assert secretariat.sentence == "ITU, UNECE, UN-Habitat are the Secretariat, with 1 officer"


def test_participants_are_counted_by_kind(session, world):
    world.participant()
    finding = taking_part.clause_findings(session, now=world.now)[0]
    assert finding.sentence == "1 participant, from a kind of body that ¶19 names"
