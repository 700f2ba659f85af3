"""The signed record and the PDF of a decision: the same bytes, verified by the program that shares no line with us."""

from __future__ import annotations

import io
import json
import time
import zipfile
from datetime import timedelta

import pypdf
import pytest

from tests.integration.board import makers
from tests.support.decided import CANARIES, KINDS, Board
from u4ssc_gov.board.register import decisions, dossiers, record_pdf, records
from u4ssc_gov.board.register.dossiers import Reader
from u4ssc_gov.board.rules import Position
from u4ssc_gov.core import i18n
from u4ssc_gov.ledger import queries as ledger
from u4ssc_gov.ledger.models import LedgerSecret
from u4ssc_gov.ledger.services import append
from u4verify import archive as verifier_archive
from u4verify import record as verifier
from u4verify.trust import read_trust

BOTH = (Reader.FULL, Reader.PUBLIC)
HOSTILE = (
    '#set page(fill: red) $ x^2 $ = Heading *bold* _slanted_ @label <label> #import "@preview/x:0.1.0" \\ // /* */\n'
    '<script>alert(1)</script> [[wiki]] `raw` #sys.inputs.data #read("/etc/passwd") \\u{1F600}\n'
    "مرحبا بالعالم 123 (عربي) · שלום · Ελληνικά · Привет, мир"
)


@pytest.fixture
def board(world, clock, runtime):
    return Board(world, clock, runtime)


def made(world, ballot, reader):
    found = records.find_record(world.session, dossiers.gather(world.session, ballot), reader)
    return found.content if found is not None else None


def pdf(world, ballot, reader):
    return records.make_pdf(world.session, dossiers.gather(world.session, ballot), reader).content


def trust_of(world):
    return read_trust(json.dumps(ledger.find_opening(world.session).trust).encode())


def verdict(world, content):
    return verifier.verify_bytes(content, trust_of(world))


def members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def words_of(content):
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u200b", "").split())


# ── verified offline ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reader", BOTH)
@pytest.mark.parametrize("kind", KINDS)
def test_the_verifier_finds_every_record_right(world, board, kind, reader):
    ballot = KINDS[kind](board)
    found = verdict(world, made(world, ballot, reader))
    assert (found.status, found.broken) == ("verified_with_warnings", None)
    assert found.code == 3
    assert [warning["rule"] for warning in found.warnings] == ["witness.none"]
    assert found.facts["outcome"] == ballot.outcome.value
    assert found.facts["decision_text"] == ballot.decision_text
    assert {"kind": "ballot.certified", "number": ballot.decision_number} in [
        {"kind": act["kind"], "number": act.get("number")} for act in found.facts["afterwards"]
    ]


@pytest.mark.parametrize("reader", BOTH)
def test_contested_and_annulled_decisions_have_records_too(world, board, reader):
    contested = board.contested()
    annulled = board.annulled()
    board.sign()
    kinds = {
        ballot.code: [act["kind"] for act in verdict(world, made(world, ballot, reader)).facts["afterwards"]]
        for ballot in (contested, annulled)
    }
    assert kinds[contested.code] == ["ballot.certified", "challenge.raised", "challenge.decided"]
    assert kinds[annulled.code] == ["ballot.certified", "ballot.annulled"]
    assert "It decides nothing" in words_of(pdf(world, annulled, reader))


def test_a_changed_copy_is_refused(world, board):
    ballot = KINDS["vote"](board)
    content = made(world, ballot, Reader.FULL)
    for name, before, after in (
        ("record.json", b"approve", b"abstain"),
        ("text/decision.json", b"appointment", b"disappoints"),
        ("reveal.json", CANARIES["comment"].encode(), CANARIES["comment"].encode()[::-1]),
        ("record.pdf", b"%PDF", b"%PdF"),
        ("READ-ME.html", b"Verify it", b"Trust me "),
        ("TRUST.txt", b"verifier", b"Verifier"),
    ):
        files = members(content)
        assert before in files[name], name
        files[name] = files[name].replace(before, after, 1)
        found = verdict(world, records.archive(files))
        assert (found.status, found.code) == ("refuted", 1), name


def test_a_number_that_is_another_is_refused_even_with_its_digests_brought_up_to_date(world, board):
    ballot = KINDS["vote"](board)
    files = members(made(world, ballot, Reader.PUBLIC))
    said = json.loads(files["record.json"])
    last = said["entries"][-1]
    last["entry"] = last["entry"].replace("U4SSC/BM/2026/01", "U4SSC/BM/2026/02")
    files["record.json"] = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    found = verdict(world, records.archive(files))
    assert (found.status, found.broken["rule"]) == ("refuted", "inclusion")


def test_the_archive_is_written_the_way_the_verifier_writes_it(world, board):
    content = made(world, KINDS["closed early"](board), Reader.FULL)
    files = members(content)
    assert list(files) == [*verifier_archive.REQUIRED, *verifier_archive.OPTIONAL]
    assert verifier_archive.build(files) == content


# ── the same bytes ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reader", BOTH)
def test_the_same_decision_gives_the_same_bytes_for_ever(world, clock, board, reader):
    ballot = KINDS["election"](board)
    first = made(world, ballot, reader)
    clock.move(days=400)
    append(world.session, "seat.joined", {"seat": "NEW", "name": "A new seat", "on": None}, now=clock.now())
    board.sign()
    record_pdf.typeset.cache_clear()
    world.session.expire_all()
    with i18n.speaking(i18n.PSEUDO_LOCALE):
        assert made(world, ballot, reader) == first
    assert members(first)["record.pdf"] == pdf(world, ballot, reader)
    checkpoint = json.loads(members(first)["record.json"])["checkpoint"]
    size = int(checkpoint.split("\n")[1])
    assert ledger.find_checkpoint_covering(world.session, ballot.closed_seq).size == size


def test_there_is_no_record_before_the_ledger_is_signed(world, board):
    ballot = board.certify(board.everybody())
    assert made(world, ballot, Reader.FULL) is None
    assert pdf(world, ballot, Reader.FULL).startswith(b"%PDF")
    board.sign()
    assert made(world, ballot, Reader.FULL) is not None


def test_a_later_entry_makes_a_new_record_once_it_is_signed(world, clock, board):
    ballot = board.certify(board.everybody())
    board.sign()
    before = made(world, ballot, Reader.PUBLIC)
    from u4ssc_gov.board import services

    services.raise_challenge(
        world.session, ballot, partner_id=world.partner("FAO").id, grounds="The text was another.",
        actor=world.actor(board.people["FAO"]), now=clock.move(hours=1),
    )  # fmt: skip
    assert made(world, ballot, Reader.PUBLIC) is None
    board.sign()
    after = made(world, ballot, Reader.PUBLIC)
    assert after != before
    assert verdict(world, after).code == 3


# ── for whom ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["vote", "silence", "on record", "closed early"])
def test_no_person_and_no_word_is_in_the_public_record(world, board, kind):
    ballot = KINDS[kind](board)
    content = made(world, ballot, Reader.PUBLIC)
    files = members(content)
    assert json.loads(files["reveal.json"]) == {"comments": [], "persons": []}
    seen = content + words_of(files["record.pdf"]).encode()
    for what, canary in CANARIES.items():
        if what != "paper":  # titles of papers are part of the text that was hashed; the papers are not there
            assert canary.encode() not in seen, what
    assert CANARIES["paper"] not in words_of(files["record.pdf"])


def test_the_full_record_shows_who_acted_and_what_they_said(world, board):
    ballot = KINDS["vote"](board)
    content = made(world, ballot, Reader.FULL)
    shown = json.loads(members(content)["reveal.json"])
    assert {item["comment"] for item in shown["comments"]} == {CANARIES["comment"]}
    assert {person["value"]["name"] for person in shown["persons"]} == {
        CANARIES["officer"],
        *(
            f"{CANARIES['voter']} {name}"
            for name in ("ITU", "UNECE", "CBD", "FAO", "UN-Women", "UNECA", "ECLAC", "UNDP")
        ),
        f"{CANARIES['voter']} WMO",
        f"{CANARIES['voter']} UNESCO",
    }  # the alternate of UNEP did not act
    text = words_of(members(content)["record.pdf"])
    for canary in ("comment", "extension", "paper", "officer"):
        assert CANARIES[canary] in text, canary
    assert "Distr.: Limited" in text


def test_a_position_that_was_hidden_and_replaced_stays_hidden(world, board):
    ballot = KINDS["election"](board)
    for reader in BOTH:
        content = made(world, ballot, reader)
        said = [json.loads(item["entry"]) for item in json.loads(members(content)["record.json"])["entries"]]
        opened = [entry for entry in said if entry["kind"] == "position.opened" and entry["seat"] == "WMO"]
        assert [(entry["revision"], entry["candidates"]) for entry in opened] == [(2, [1])]
        assert dossiers.load(world.session, ballot, reader).roll[-1].earlier == ()
        hidden = [secret for secret in world.session.query(LedgerSecret) if '"candidates":[2]' in secret.plaintext]
        salts = {secret.salt.hex() for secret in hidden}
        opened_salts = {entry["salt"] for entry in said if entry["kind"] == "position.opened"}
        assert len(salts - opened_salts) == 1
        assert not any(salt.encode() in content for salt in salts - opened_salts)


def test_somebody_who_was_erased_is_gone_and_the_proof_stays(world, board):
    ballot = KINDS["closed early"](board)
    secret = next(row for row in world.session.query(LedgerSecret) if f"{CANARIES['voter']} CBD" in row.plaintext
                  and row.commitment in {json.loads(e.entry).get("person") for e in
                                         ledger.list_ballot_entries(world.session, ballot.id)})  # fmt: skip
    secret.salt, secret.plaintext, secret.erased_at = b"", "", world.now
    world.session.flush()
    content = made(world, ballot, Reader.FULL)
    assert f"{CANARIES['voter']} CBD" not in members(content)["reveal.json"].decode()
    assert verdict(world, content).code == 3


# ── the PDF ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("reader", BOTH)
def test_the_pdf_is_tagged_dated_by_the_certificate_and_made_at_once(world, board, reader):
    ballot = KINDS["vote"](board)
    rows = dossiers.gather(world.session, ballot)
    record_pdf.typeset.cache_clear()
    before = time.monotonic()
    content = records.make_pdf(world.session, rows, reader).content
    assert time.monotonic() - before < 1
    opened = pypdf.PdfReader(io.BytesIO(content))
    assert opened.trailer["/Root"]["/MarkInfo"]["/Marked"].value is True
    assert opened.trailer["/Root"]["/Lang"] == "en-GB"
    assert opened.metadata.title == f"Decision {ballot.decision_number}"
    assert b"pdfuaid:part>1<" in content
    text = words_of(content)
    for words in (ballot.decision_number, ballot.title, ballot.code, ballot.text_sha256, "At least 9 of 16 partners"):
        assert words in text, words
    assert ballot.certified_at.strftime("%Y") in text
    box = opened.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == (595, 842)  # A4


def test_markup_and_other_scripts_in_a_text_are_text(world, board):
    ballot = board.everybody(decision_text=HOSTILE, if_approved="#panic() *now* https://example.org/" + "a" * 300)
    board.record(ballot)
    content = pdf(world, ballot, Reader.FULL)
    text = words_of(content)
    for words in ("#set page(fill: red)", "*bold*", "<script>alert(1)</script>", '#read("/etc/passwd")', "#panic()"):
        assert words in text, words
    assert b"/URI" not in content
    assert verdict(world, made(world, ballot, Reader.FULL)).code == 3


@pytest.mark.parametrize(
    "text",
    ["中文的决定。" * 200, "🎉" * 40, "x" * 8000, "\u0378 \ue000 \ufffd", "e\u0301\u0327" * 500, "\u202eabc", "=1+1",
     "\u200b" + "a\u00ad" * 900, "a\n\n\n\nb " * 700, "ไทย हिन्दी 한국어 日本語"],
)  # fmt: skip
def test_odd_characters_never_stop_a_record(world, board, text):
    ballot = board.certify(board.everybody(decision_text=text, title="A title 🎉 中文 #x"))
    board.sign()
    for reader in BOTH:
        content = pdf(world, ballot, reader)
        assert content.startswith(b"%PDF")
        assert len(pypdf.PdfReader(io.BytesIO(content)).pages) < 30
        assert "not in the fonts of this file" in words_of(content)  # the title alone makes it so
        assert verdict(world, made(world, ballot, reader)).code == 3


def test_a_long_run_stays_on_the_page_and_a_hash_stays_whole():
    shown = record_pdf.shown({"a": ["x" * 100, "ab" * 32, 3, None, "half \ud800 pair"]})["a"]
    assert "\u200b" in shown[0]
    assert shown[0].replace("\u200b", "") == "x" * 100
    assert shown[1:] == ["ab" * 32, 3, None, "half \ufffd pair"]


# ── the other members ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_read_me_says_in_plain_words_what_is_proven(world, board):
    ballot = board.record(board.everybody(title="<b>Bold</b> & “quoted”"))
    files = members(made(world, ballot, Reader.PUBLIC))
    page = files["READ-ME.html"].decode()
    assert page.count("<h1>") == 1
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; “quoted”" in page
    for words in ("What a verified record proves", "What it does not prove", "--trust trust.json", ballot.text_sha256):
        assert words in page
    assert "<script" not in page
    assert "http" not in page.replace("http://localhost/ledger/trust.json", "")  # needs no network
    key = ledger.find_opening(world.session).key
    lines = files["TRUST.txt"].decode().split("\n")
    assert lines[0] == key
    assert "http://localhost/ledger" in files["TRUST.txt"].decode()


def test_comments_with_tabs_and_parted_letters_verify_too(world, board):
    ballot = board.everybody(decision_text="One\ttwo e\x00\u0301")
    assert ballot.decision_text == "One two é"
    board.record(ballot)
    other = makers.open_one(world, title="Another")
    board.answer(other, "yyyyyyyyy")
    board.cast(other, "WMO", Position.OBJECT, comment="a\tb e\x1f\u0301\n\nc")
    board.record(other)
    for one in (ballot, other):
        assert verdict(world, made(world, one, Reader.FULL)).code == 3


def test_a_decision_without_ledger_entries_has_a_pdf_and_no_signed_record(world, clock, board):
    ballot = board.record(board.everybody())
    world.session.expunge(ballot)
    ballot.opened_seq = None
    rows = dossiers.gather(world.session, ballot)
    assert dossiers.build(rows, Reader.FULL).last_seq is None
    assert records.find_record(world.session, rows, Reader.FULL) is None
    assert "older than the ledger" in words_of(records.make_pdf(world.session, rows, Reader.FULL).content)


def test_what_is_not_certified_is_no_decision(world, clock, board):
    ballot = board.everybody()
    assert decisions.find_decision(world.session, "U4SSC/BM/2026/01") is None
    with pytest.raises(ValueError, match="not certified"):
        records.certified_at(ballot)
    clock.move(seconds=timedelta(days=1).total_seconds())
