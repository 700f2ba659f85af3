"""Decisions in public: recorded ones only, partner by partner; and whether a file is the one that was adopted."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile

import pypdf
import pytest

from tests.integration.board import makers
from tests.support.decided import CANARIES, Board, many
from u4ssc_gov.board import services
from u4ssc_gov.board.register import dossiers, records
from u4ssc_gov.board.register.dossiers import Reader
from u4ssc_gov.board.rules import Position
from u4ssc_gov.ledger import queries as ledger
from u4verify import record as verifier
from u4verify.trust import read_trust

URL = "/board-decisions/U4SSC/BM/2026/{:02}"
FILES = ("/record.pdf", "/record.zip")


@pytest.fixture
def board(world, clock, runtime):
    return Board(world, clock, runtime)


def numbers(page):
    return re.findall(r"<bdi class=\"nw\">([^<]+)</bdi>", page)


def sha256(content):
    return hashlib.sha256(content).hexdigest()


# ── which decisions ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_decision_is_public_from_the_instant_nobody_can_contest_it(world, clock, board, client):
    ballot = board.certify(board.vote())
    board.sign()
    for moment, status in ((-1, 404), (0, 200)):
        clock.set(ballot.challenges_until)
        clock.move(microseconds=moment)
        for address in (URL.format(1), *(URL.format(1) + name for name in FILES)):
            assert client.get(address).status_code == status, address
        assert len(numbers(client.get("/board-decisions").text)) == (1 if status == 200 else 0)


@pytest.mark.parametrize("make", [
    lambda board: board.contested(answered=False),
    lambda board: board.contested(upheld=True),
    lambda board: makers.open_one(board.world, title="Open"),
    lambda board: makers.make_draft(board.world, title=CANARIES["draft"]),
    lambda board: board.everybody(),
])  # fmt: skip
def test_what_may_still_fall_is_not_public(world, clock, board, client, make):
    ballot = make(board)
    clock.move(days=40)
    board.sign()
    for address in (URL.format(1), *(URL.format(1) + name for name in FILES)):
        assert client.get(address).status_code == 404, address
    page = client.get("/board-decisions").text
    assert ballot.title not in page
    assert "No decision is public yet" in page


def test_a_challenge_that_failed_does_not_hide_a_decision(world, clock, board, client):
    board.contested()
    clock.move(days=11)
    board.sign()
    page = client.get(URL.format(1)).text
    assert "Contested the procedure on" in page
    assert "not upheld" in page


def test_not_adopted_is_public_too(world, board, client):
    board.record(makers.open_one(world, title="Nobody answered"))
    assert "No quorum" in client.get(URL.format(1)).text


def test_an_annulled_decision_keeps_its_number_and_says_so(world, clock, board, client):
    ballot = board.annulled()  # before it was recorded: nothing of it was public
    board.sign()
    page = client.get(URL.format(1)).text
    assert "Decision U4SSC/BM/2026/01 of the Partners Board" in page
    assert "Officers of two Secretariat agencies annulled it. It decides nothing." in page
    assert ballot.title not in page
    assert "WMO" not in page
    table = client.get("/board-decisions").text
    assert "U4SSC/BM/2026/01" in table
    assert ">Annulled</span>" in table
    assert ballot.title not in table
    for name in FILES:
        assert client.get(URL.format(1) + name).status_code == 404


def test_a_decision_annulled_after_it_was_recorded_stays_readable_with_a_mark(world, clock, board, client):
    ballot = board.record(board.everybody(title="Annulled much later"))
    board.annul(ballot)
    board.sign()
    page = client.get(URL.format(1)).text
    assert "It decides nothing. What stands below is how it had come about" in page
    assert "Annulled much later" in page
    assert "Approve" in page
    assert client.get(URL.format(1) + "/record.pdf").status_code == 200
    assert "Annulled much later" in client.get("/board-decisions?outcome=annulled").text


def test_the_elected_are_named_and_nobody_else_who_stood(world, clock, board, client):
    board.record(board.election())
    page = client.get(URL.format(1)).text
    assert "Canary Candidate 1" in page
    assert "Canary Candidate 2" not in page
    assert "Those who were not elected are not named in public." in page
    pdf = pypdf.PdfReader(io.BytesIO(client.get(URL.format(1) + "/record.pdf").data))
    text = " ".join(sheet.extract_text() for sheet in pdf.pages)
    assert "Canary Candidate 1" in text
    assert "Canary Candidate 2" not in text


def test_an_agreed_correction_stands_beside_the_text_in_page_and_record(world, clock, board, client):
    ballot = makers.open_silence(world)
    board.cast(ballot, "WMO", Position.OBJECT, comment="A comma.", cure="Add it.")
    services.propose_editorial(
        world.session, ballot, partner_id=world.partner("WMO").id, text="In line 2, “cities, towns”.",
        actor=world.actor(board.officer), now=clock.move(minutes=5),
    )  # fmt: skip
    board.cast(ballot, "WMO", Position.NO_OBJECTION)
    board.record(ballot)
    page = client.get(URL.format(1)).text
    assert "Corrections of wording that were agreed" in page
    assert "In line 2, “cities, towns”." in page
    pdf = pypdf.PdfReader(io.BytesIO(client.get(URL.format(1) + "/record.pdf").data))
    text = " ".join(" ".join(sheet.extract_text() for sheet in pdf.pages).split())
    assert "Correction of wording, agreed by WMO" in text
    assert "In line 2, “cities, towns”." in text


def test_an_offer_that_was_not_agreed_to_is_no_correction(world, clock, board, client):
    ballot = makers.open_silence(world)
    board.cast(ballot, "WMO", Position.OBJECT, comment="A comma.", cure="Add it.")
    services.propose_editorial(
        world.session, ballot, partner_id=world.partner("WMO").id, text="In line 2, “cities, towns”.",
        actor=world.actor(board.officer), now=clock.move(minutes=5),
    )  # fmt: skip
    board.record(ballot)
    assert "cities, towns" not in client.get(URL.format(1)).text


def test_the_public_register_as_a_table(world, board, client):
    board.record(board.vote())
    table = client.get("/board-decisions?format=csv")
    assert (table.status_code, table.mimetype) == (200, "text/csv")
    assert "U4SSC/BM/2026/01" in table.text
    assert client.get("/board-decisions?format=xlsx").mimetype.endswith("spreadsheetml.sheet")


def test_an_empty_question_is_answered_with_what_to_write(client):
    answer = client.get("/check?number=&sha256=")
    assert answer.status_code == 422
    assert "Write the number of a decision, or the SHA-256 of a file or a text" in answer.text
    assert client.get("/check").status_code == 200


# ── canaries ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_person_word_paper_draft_or_hidden_position_reaches_the_public(world, clock, board, client):
    """Everything a visitor can load about six decisions, read byte by byte."""
    makers.make_draft(world, title=CANARIES["draft"], decision_text=CANARIES["draft"])
    for ballot in (board.vote(), board.silence(), board.election(), board.on_record()):
        board.record(ballot)
    board.contested()
    board.annulled()
    clock.move(days=11)
    board.sign()
    addresses = ["/", "/board-decisions", "/board-decisions?q=canary", "/check", "/ledger", "/ledger/trust.json"]
    for year, number in ((2026, 1), (2026, 2), (2026, 3), (2027, 1), (2027, 2), (2027, 3)):
        page = f"/board-decisions/U4SSC/BM/{year}/{number:02}"
        addresses += [page, *(page + name for name in FILES), f"/check?number={year}/{number}"]
    elected = ("/", "/board-decisions/U4SSC/BM/2026/03", "/board-decisions/U4SSC/BM/2026/03/record.pdf")
    found = 0
    for address in addresses:
        response = client.get(address)
        found += response.status_code == 200
        content = response.data
        if response.mimetype == "application/pdf":
            content += " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages).encode()
        for what, canary in CANARIES.items():
            # A paper's title is part of the text that was hashed; who is in office stands on the start page.
            known = (what, address[-4:]) == ("paper", ".zip") or (what == "candidate" and address in elected)
            assert known or canary.encode() not in content, (address, what)
        assert f"{CANARIES['candidate']} 2".encode() not in content  # not elected: not named
    assert found == len(addresses) - 3  # the zip of the election, and the files of what was annulled


def test_the_record_of_an_election_is_not_public_because_it_names_who_stood(world, board, client):
    board.record(board.election())
    page = client.get(URL.format(1)).text
    assert "2 candidates stood, 1 was elected." in page
    assert "/record.zip" not in page
    response = client.get(URL.format(1) + "/record.zip")
    assert response.status_code == 404
    assert "names everybody who stood" in response.text


def test_the_public_record_verifies_offline(world, board, client):
    board.record(board.vote())
    content = client.get(URL.format(1) + "/record.zip").data
    trust = read_trust(json.dumps(ledger.find_opening(world.session).trust).encode())
    assert verifier.verify_bytes(content, trust).code == 3
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        assert json.loads(opened.read("reveal.json")) == {"comments": [], "persons": []}
        assert opened.read("record.pdf") == client.get(URL.format(1) + "/record.pdf").data


# ── the pages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_page_says_text_outcome_positions_rule_and_fingerprint(world, board, client):
    ballot = board.record(board.vote(if_approved="The Secretariat prepares it."))
    page = client.get(URL.format(1)).text
    for shown in (
        ballot.title, makers.DECISION, "The Secretariat prepares it.", "Approved", "WMO in full",
        "Approve with comments", "at least 9 must answer", ballot.text_sha256, "Stood at the closing",
    ):  # fmt: skip
        assert shown in page, shown
    assert page.count('class="btn btn-primary') == 1


def test_filters_and_pages_are_in_the_address(world, client):
    many(world, 30)
    first = client.get("/board-decisions?type=guidance&method=vote&outcome=approved&year=2026&q=matter").text
    assert len(numbers(first)) == 25
    assert "page=2" in first
    assert numbers(client.get("/board-decisions?page=2").text)[-1] == "U4SSC/BM/2026/501"
    assert "No decision matches these filters." in client.get("/board-decisions?type=action_plan").text
    assert 'value="annulled"' in first


@pytest.mark.parametrize("number", [1, 200])
def test_fixed_statements(world, client, count_statements, number):
    many(world, number)
    for url, expected in (
        ("/board-decisions", 4),
        ("/board-decisions/U4SSC/BM/2026/501", 7),
        ("/board-decisions/U4SSC/BM/2026/501/record.pdf", 7),
        ("/check", 0),
        ("/check?number=2026/501", 8),
        (f"/check?sha256={'a' * 64}", 1),
        (f"/check?number=2026/501&sha256={'a' * 64}", 8),
    ):
        with count_statements() as seen:
            assert client.get(url).status_code == 200, url
        assert len(seen) == expected <= 12, (url, len(seen))


def test_statements_of_a_decision_with_a_signed_record(world, board, client, count_statements):
    board.record(board.vote())
    for url, most in ((URL.format(1), 8), (URL.format(1) + "/record.zip", 12),
                      (f"/check?number=2026/1&sha256={'a' * 64}", 13)):  # fmt: skip
        with count_statements() as seen:
            assert client.get(url).status_code == 200
        assert len(seen) <= most, (url, len(seen))


def test_the_start_page_and_the_navigation_lead_there(client):
    page = client.get("/").text
    assert page.count('href="/board-decisions"') >= 2
    assert 'href="/check"' in client.get("/board-decisions").text


# ── kept for a while ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_pages_may_be_kept_by_whoever_is_not_signed_in(world, board, client, sign_in):
    board.record(board.vote())
    for address in ("/board-decisions", URL.format(1)):
        response = client.get(address)
        assert response.headers.getlist("Cache-Control") == ["public, max-age=60"]
        assert "Cookie" in response.headers["Vary"]
        assert "Set-Cookie" not in response.headers
        assert sign_in(board.people["FAO"]).get(address).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("name", FILES)
def test_files_have_validators(world, board, client, name):
    board.record(board.vote())
    first = client.get(URL.format(1) + name)
    assert first.headers["ETag"] == f'"{sha256(first.data)}"'
    assert first.headers["Cache-Control"] == "public, max-age=300"
    assert first.headers["Content-Disposition"].startswith('attachment; filename="U4SSC-BM-2026-01.')
    for header in ({"If-None-Match": first.headers["ETag"]}, {"If-Modified-Since": first.headers["Last-Modified"]}):
        again = client.get(URL.format(1) + name, headers=header)
        assert (again.status_code, again.data) == (304, b"")
    assert client.get(URL.format(1) + name, headers={"If-None-Match": '"another"'}).status_code == 200


# ── is it the one adopted ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_number_is_found_however_it_is_written(world, board, client):
    board.record(board.vote())
    for typed in ("U4SSC/BM/2026/01", "u4ssc/bm/2026/1", "2026/1", " U4SSC / BM / 2026 / 01 "):
        page = client.get("/check", query_string={"number": typed}).text
        assert "This decision is recorded." in page, typed
        for name in FILES:
            assert sha256(client.get(URL.format(1) + name).data) in page


def test_every_record_is_recognised_and_every_change_of_it(world, board, client):
    ballot = board.record(board.vote())
    rows = dossiers.gather(world.session, ballot)
    files = {
        "the PDF record of": client.get(URL.format(1) + "/record.pdf").data,
        "the signed record of": client.get(URL.format(1) + "/record.zip").data,
        "the PDF record for the Board": records.make_pdf(world.session, rows, Reader.FULL).content,
        "the signed record for the Board": records.find_record(world.session, rows, Reader.FULL).content,
    }
    for words, content in files.items():
        page = client.get("/check", query_string={"number": "2026/1", "sha256": sha256(content)}).text
        assert f"This is {words}" in page, words
        page = client.get("/check", query_string={"number": "2026/1", "sha256": sha256(content + b" ")}).text
        assert "this fingerprint is not that of its text" in page


def test_a_fingerprint_is_read_as_programs_print_it(world, board, client):
    ballot = board.record(board.vote())
    for typed in (ballot.text_sha256, f"{ballot.text_sha256.upper()}  text.json", f"SHA256 = {ballot.text_sha256}"):
        page = client.get("/check", query_string={"sha256": typed}).text
        assert "This is the text of decision U4SSC/BM/2026/01" in page


def test_a_file_needs_its_number(world, board, client):
    board.record(board.vote())
    page = client.get("/check", query_string={"sha256": "b" * 64}).text
    assert "add the number of the decision" in page


def test_an_annulled_decision_is_called_annulled_and_nothing_else_is_said(world, board, client):
    ballot = board.annulled()
    board.sign()
    page = client.get("/check?number=2026/1").text
    assert "was annulled by officers of two Secretariat agencies" in page
    assert ballot.title not in page
    assert ballot.text_sha256 not in page


def test_what_is_not_public_and_what_does_not_exist_look_the_same(world, clock, board, client):
    ballot = board.certify(board.everybody(title="Not public yet"))
    board.sign()
    pages = [client.get(f"/check?number=2026/{number}").text for number in (1, 99)]
    for page in pages:
        assert "No recorded decision has the number" in page
    hidden = client.get("/check", query_string={"sha256": ballot.text_sha256}).text
    assert "This is not the fingerprint of the text of a recorded decision." in hidden
    assert "Not public yet" not in pages[0] + hidden


@pytest.mark.parametrize(("query", "words"), [
    ({"number": "seven"}, "Write the number as it stands on the record"),
    ({"number": "<script>alert(1)</script>"}, "Write the number as it stands on the record"),
    ({"sha256": "abc"}, "A SHA-256 has 64 digits"),
    ({"number": "2026/1", "sha256": "z" * 64}, "A SHA-256 has 64 digits"),
    ({"number": "x" * 5000}, "Write the number as it stands on the record"),
    ({"sha256": "a" * 65}, "A SHA-256 has 64 digits"),
])  # fmt: skip
def test_a_mistake_keeps_what_was_typed_and_says_what_to_do(client, query, words):
    response = client.get("/check", query_string=query)
    assert response.status_code == 422
    assert words in response.text
    assert "Error:" in response.text
    assert "<script>alert" not in response.text
    for value in query.values():
        if len(value) < 100 and "<" not in value:
            assert f'value="{value}"' in response.text


def test_asking_writes_nothing_and_takes_no_post(world, board, client, count_statements):
    board.record(board.vote())
    with count_statements() as seen:
        client.get("/check", query_string={"number": "2026/1", "sha256": "a" * 64})
    assert not [text for text in seen.texts if not text.startswith(("SELECT", "WITH"))]
    assert client.send("/check", {"number": "2026/1"}).status_code == 405
