"""The register of decisions: numbered, filtered by the address, paged, exported; and one decision with everything."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import openpyxl
import pytest

from tests.integration.board import makers
from tests.support.decided import CANARIES, Board, many
from u4ssc_gov.board import services
from u4ssc_gov.board.register import decisions, dossiers
from u4ssc_gov.board.register.dossiers import Reader
from u4ssc_gov.board.rules import BallotType, Method
from u4ssc_gov.meetings.models import Meeting
from u4ssc_gov.meetings.rules import MeetingKind
from u4ssc_gov.workflows import outcomes

URL = "/decisions/U4SSC/BM/2026/{:02}"


@pytest.fixture
def board(world, clock, runtime):
    return Board(world, clock, runtime)


class Reader24:
    """A representative who signs in anew when the clock has moved on: a session lasts a day."""

    def __init__(self, board, sign_in):
        self.board, self.sign_in = board, sign_in

    def get(self, url):
        self.board.world.commit()
        return self.browser().get(url)

    def browser(self):
        return self.sign_in(self.board.people["FAO"])


@pytest.fixture
def rep(board, sign_in):
    return Reader24(board, sign_in)


def numbers(page):
    """The numbers on a page, in the order of its rows."""
    return re.findall(r"<bdi class=\"nw\">([^<]+)</bdi>", page)


def annual(world, ends_at, **fields):
    world.session.add(
        Meeting(kind=MeetingKind.ANNUAL, title="Annual meeting", starts_at=ends_at - timedelta(days=1), ends_at=ends_at,
                scheduled_at=ends_at, **fields)
    )  # fmt: skip
    world.session.flush()


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_certified_decision_stands_in_the_register_newest_first(world, board, rep):
    board.record(board.vote())
    board.record(makers.open_one(world, title="Nobody answered"))
    board.annulled()
    makers.open_one(world, title="Still open")
    makers.make_draft(world, title=CANARIES["draft"])
    board.everybody(title="Closed, not certified")
    world.commit()
    page = rep.get("/decisions").text
    assert numbers(page) == [f"U4SSC/BM/2026/{n:02}" for n in (3, 2, 1)]
    for shown in ("Approved", "No quorum", "Annulled", "Meet cities at the Forum", "Strategic guidance", "Vote",
                  "9 approve · 1 objection · 0 abstain · 6 did not vote"):  # fmt: skip
        assert shown in page, shown
    for hidden in ("Still open", CANARIES["draft"], "Closed, not certified"):
        assert hidden not in page


def test_filters_are_in_the_address(world, clock, board, rep):
    board.certify(board.vote())
    board.certify(board.silence(days=5))
    board.certify(board.election(days=4))
    board.certify(makers.open_one(world, title="Nobody_answered 100%"))
    board.annulled()
    clock.move(days=30)
    board.certify(board.everybody(title="Agreed in the new year"))
    world.commit()
    for query, expected in (
        ("year=2027", [1]),
        ("year=2026&type=guidance", [5, 4, 1]),
        ("type=deliverable", [2]),
        ("method=silence", [2]),
        ("method=election", [3]),
        ("outcome=no_quorum", [4]),
        ("outcome=annulled", [5]),
        ("year=2026&outcome=approved", [3, 2, 1]),
        ("q=forum", [1]),
        ("q=FORUM", [1]),
        ("q=u4ssc/bm/2026/03", [3]),
        ("q=nobody_answered", [4]),
        ("q=100%25", [4]),
        ("q=%25", [4]),
        ("q=_", [4]),
        ("q=%5C", []),
        ("q=%27%3B--", []),
        ("q=%00forum", [1]),
        ("year=nonsense&type=x&method=y&outcome=z&year=", [1, 5, 4, 3, 2, 1]),
        ("year=2019", []),
    ):
        page = rep.get(f"/decisions?{query}").text
        assert [int(n.rpartition("/")[2]) for n in numbers(page)] == expected, query
        if not expected:
            assert "No decision matches these filters." in page


def test_an_empty_register_says_why(rep):
    assert "No decision has been certified yet" in rep.get("/decisions").text


@pytest.mark.parametrize("number", [1, 200])
def test_fixed_statements(world, board, rep, count_statements, number):
    many(world, number)
    browser = rep.browser()
    for url, expected in (
        ("/decisions", 7),
        ("/decisions?q=matter&year=2026&outcome=approved&page=3", 7),
        ("/decisions/next-meeting", 6),
        ("/decisions?format=csv", 3),
        ("/decisions?format=xlsx", 3),
        ("/decisions/U4SSC/BM/2026/501", 8),
    ):
        with count_statements() as seen:
            assert browser.get(url).status_code == 200
        assert len(seen) == expected <= 12, (url, len(seen), seen.texts)


def test_statements_of_a_decision_with_everything(world, board, rep, count_statements):
    board.record(board.election())
    world.commit()
    browser = rep.browser()
    with count_statements() as seen:
        assert browser.get(URL.format(1)).status_code == 200
    assert len(seen) <= 12, len(seen)


def test_the_register_is_paged(world, rep):
    many(world, 30)
    first, second = rep.get("/decisions?q=matter").text, rep.get("/decisions?q=matter&page=2").text
    assert numbers(first)[0] == "U4SSC/BM/2026/530"
    assert numbers(second) == [f"U4SSC/BM/2026/{500 + n}" for n in (5, 4, 3, 2, 1)]
    assert "q=matter&amp;page=1" in second


def test_visitors_sign_in_first(world, board, client):
    board.record(board.vote())
    for url in ("/decisions", "/decisions/next-meeting", URL.format(1), URL.format(1) + "/record.pdf",
                URL.format(1) + "/record.zip"):  # fmt: skip
        assert client.get(url).status_code == 303


# ── tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_tables_are_typed_and_hold_no_formula_and_no_word_of_partners(world, board, rep):
    board.record(board.vote(title="=HYPERLINK(1)"))
    board.annulled()
    world.commit()
    text = rep.get("/decisions?format=csv").get_data(as_text=True)
    header, *rows = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    assert tuple(header) == decisions.EXPORT_HEADER
    assert [row[0] for row in rows] == ["U4SSC/BM/2026/02", "U4SSC/BM/2026/01"]
    assert rows[1][2] == "'=HYPERLINK(1)"
    assert rows[1][7:16] == ["16", "8", "1", "0", "1", "0", "0", "0", "6"]
    response = rep.get("/decisions?format=xlsx")
    assert response.headers["Content-Disposition"] == 'attachment; filename="decisions.xlsx"'
    sheet = openpyxl.load_workbook(io.BytesIO(response.data)).active
    assert (sheet["C3"].value, sheet["C3"].data_type) == ("=HYPERLINK(1)", "s")
    assert sheet["G3"].is_date
    assert (sheet["H3"].value, sheet["H3"].data_type) == (16, "n")
    for what, canary in CANARIES.items():
        assert canary not in text, what
        assert canary.encode() not in b"".join(str(cell.value).encode() for row in sheet for cell in row), what


def test_a_table_follows_the_filters(world, board, rep):
    board.record(board.vote())
    board.record(board.silence())
    world.commit()
    rows = rep.get("/decisions?format=csv&method=silence").get_data(as_text=True).strip().split("\r\n")
    assert len(rows) == 2
    assert "/decisions?method=silence&amp;format=xlsx" in rep.get("/decisions?method=silence").text.replace(
        "format=xlsx&amp;method=silence", "method=silence&amp;format=xlsx"
    )


# ── one decision ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_of_a_decision_has_everything(world, board, rep):
    ballot = board.record(board.vote(if_approved="The Secretariat prepares it."))
    page = rep.get(URL.format(1)).text
    for shown in (
        ballot.title, makers.DECISION, "The Secretariat prepares it.", "at least 9 must answer",
        "At least 9 of 16 partners answer (10)", "More approve than object (9 to 1)", "Approve with comments",
        CANARIES["comment"], CANARIES["extension"], CANARIES["paper"], f"{CANARIES['voter']} WMO",
        "Was Abstain until", "Stood at the closing", "Closing announced", ballot.text_sha256, "/ballots/B-26-01",
        f"by {CANARIES['officer']}", "Certified as decision U4SSC/BM/2026/01", "Could be contested until",
        "/record.pdf", "/record.zip", "/board-decisions/U4SSC/BM/2026/01", f"entry {ballot.closed_seq + 1}",
    ):  # fmt: skip
        assert shown in page, shown
    assert page.count('class="btn btn-primary') == 1


def test_a_participant_sees_positions_and_no_names_and_no_words(world, board, sign_in):
    board.record(board.vote())
    person = world.participant()
    world.commit()
    browser = sign_in(person)
    page = browser.get(URL.format(1)).text
    assert "Approve with comments" in page
    for what in ("comment", "cure", "extension", "voter", "officer"):
        assert CANARIES[what] not in page, what
    for name in ("record.pdf", "record.zip"):
        content = browser.get(f"{URL.format(1)}/{name}").data
        for what in ("comment", "cure", "extension", "voter", "officer", "email", "content"):
            assert CANARIES[what].encode() not in content, (name, what)


def test_silence_is_called_silence_and_says_what_became_of_the_objection(world, board, rep):
    board.record(board.silence())
    page = rep.get(URL.format(1)).text
    for shown in ("Adopted by silence", "2 have no objection · 0 objections · 14 silent", "Lifted: No objection",
                  CANARIES["comment"], "WMO objected; the silence was suspended", "Silent"):  # fmt: skip
        assert shown in page, shown


def test_an_election_names_who_stood_to_those_who_are_signed_in(world, board, rep):
    board.record(board.election())
    page = rep.get(URL.format(1)).text
    for shown in ("Candidate 1", "for candidate 1", "Elected", f"{CANARIES['candidate']} 2"):
        assert shown in page, shown
    assert "Was Approve until" not in page  # what was hidden and replaced stays hidden


def test_on_record_says_so(world, board, rep):
    board.record(board.on_record())
    page = rep.get(URL.format(1)).text
    assert page.count("On record, from an e-mail") == 1  # the other partner voted itself


def test_challenges_and_annulment_are_told(world, board, rep):
    board.contested()
    board.annulled()
    board.sign()
    page = rep.get(URL.format(1)).text
    for shown in (CANARIES["grounds"], CANARIES["answer"], "not upheld", "May be contested until"):
        assert shown in page, shown
    assert "/board-decisions/" not in page
    page = rep.get(URL.format(2)).text
    assert "It decides nothing; nothing was deleted." in page
    assert CANARIES["extension"] in page


def test_a_consequence_that_was_blocked_is_told(world, board, rep):
    ballot = board.certify(board.everybody())
    services.note_consequence(world.session, ballot, took_effect=False, words="Canary words", now=world.now)
    world.commit()
    assert "Canary words" in rep.get(URL.format(1)).text
    assert dossiers.load(world.session, ballot, Reader.SIGNED_IN).blocked_why == ""


def test_the_signed_record_is_announced_until_it_is_there(world, clock, board, rep):
    board.certify(board.everybody())
    world.commit()
    page = rep.get(URL.format(1)).text
    assert "The signed record is ready within 60 seconds" in page
    assert "/record.zip" not in page
    response = rep.get(URL.format(1) + "/record.zip")
    assert response.status_code == 404
    assert "ready within 60 seconds" in response.text
    board.sign()
    response = rep.get(URL.format(1) + "/record.zip")
    assert (response.status_code, response.mimetype) == (200, "application/zip")
    assert response.headers["Content-Disposition"] == 'attachment; filename="U4SSC-BM-2026-01.zip"'
    assert response.headers["Cache-Control"] == "no-store"
    assert rep.get(URL.format(1) + "/record.pdf").data == rep.get(URL.format(1) + "/record.pdf").data


@pytest.mark.parametrize(
    "path",
    ["2026/02", "2026/1", "2026/001", "2025/01", "0/01", "2026/x", "99999999999/01", "2026/01/record.docx",
     "2026/%00", "2026/01%0a", "2026/' OR 1=1"],
)  # fmt: skip
def test_another_number_is_no_decision(world, board, rep, path):
    board.record(board.everybody())
    assert rep.get(f"/decisions/U4SSC/BM/{path}").status_code == 404


def test_hostile_words_are_text(world, board, rep):
    board.record(board.everybody(title="<img src=x onerror=alert(1)>", decision_text="<script>1</script> {{ 7*7 }}"))
    page = rep.get(URL.format(1)).text
    assert "&lt;script&gt;1&lt;/script&gt; {{ 7*7 }}" in page
    assert "<img" not in page


# ── for the next annual meeting ──────────────────────────────────────────────────────────────────────────────────────


def test_the_next_annual_meeting_is_told_what_was_decided_and_referred_since_the_last(world, clock, board, rep):
    board.record(board.everybody(title="Before the meeting"))
    annual(world, clock.now())
    annual(world, clock.now() + timedelta(hours=5), cancelled_at=clock.now())
    clock.move(days=1)
    board.record(board.everybody(title="After the meeting"))
    ballot = makers.open_one(world, title="Put to the meeting")
    clock.set(ballot.closes_at + timedelta(hours=1))
    actor = world.actor(board.officer)
    services.refer_to_meeting(world.session, ballot, reason="No quorum.", actor=actor, now=clock.now())
    board.annulled()
    annual(world, clock.now() + timedelta(days=100))
    world.commit()
    page = rep.get("/decisions/next-meeting").text
    assert numbers(page) == ["U4SSC/BM/2026/02", "B-26-03", "U4SSC/BM/2026/03"]
    for shown in ("2 decisions, 1 question referred", "since the annual meeting of 4 Dec", "The next one is on"):
        assert shown in page, shown
    assert "Before the meeting" not in page
    assert '<span class="n">3</span>' in rep.get("/decisions").text
    rows = list(csv.reader(io.StringIO(rep.get("/decisions/next-meeting?format=csv").text.lstrip("\ufeff"))))
    assert [(row[0], row[1], row[5]) for row in rows[1:]] == [
        ("U4SSC/BM/2026/02", "B-26-02", "approved"),
        ("", "B-26-03", "referred"),
        ("U4SSC/BM/2026/03", "B-26-04", "annulled"),
    ]  # fmt: skip
    assert rep.get("/decisions/next-meeting?format=xlsx").status_code == 200


def test_without_an_earlier_annual_meeting_everything_is_told(world, board, rep):
    board.record(board.everybody())
    page = rep.get("/decisions/next-meeting").text
    assert "no earlier annual meeting is on record" in page
    assert "The next one has no date yet" in page
    assert numbers(page) == ["U4SSC/BM/2026/01"]


def test_nothing_to_tell(world, rep):
    assert "Nothing was decided electronically" in rep.get("/decisions/next-meeting").text


# ── reading numbers ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("U4SSC/BM/2026/07", "U4SSC/BM/2026/07"),
        ("u4ssc/bm/2026/7", "U4SSC/BM/2026/07"),
        (" U4SSC / BM / 2026 / 007 ", "U4SSC/BM/2026/07"),
        ("https://example.org/board-decisions/U4SSC/BM/2026/112", "U4SSC/BM/2026/112"),
        ("2026/7", "U4SSC/BM/2026/07"),
        ("U4SSC/BM/2026/", ""),
        ("7", ""),
        ("", ""),
        ("\u0662\u0660\u0662\u0666/\u0667", ""),
    ],
)
def test_numbers_are_read_as_people_write_them(typed, expected):
    assert decisions.read_number(typed) == expected


def test_nonsense_in_an_address_is_not_asked():
    asked = decisions.read_filters({"year": "20261", "type": "x", "method": "", "outcome": "nothing", "q": "  "})
    assert asked == decisions.Filters()
    assert not asked.is_set
    full = decisions.read_filters({"type": "guidance", "method": "vote", "q": "a" * 500})
    assert (full.ballot_type, full.method, len(full.text)) == (BallotType.GUIDANCE, Method.VOTE, 100)


def test_what_was_certified_twice_is_one_decision(world, board):
    ballot = board.record(board.everybody())
    outcomes.certify(world.session, ballot, actor=world.actor(board.officer), now=world.now)
    assert len(world.session.scalars(decisions.statement(decisions.Filters()), {}).all()) == 1
