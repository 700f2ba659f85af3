"""Uploading the official text: who, what, and what becomes of it (¶36, ¶48)."""

from __future__ import annotations

import io
import time
from datetime import date

import pytest
from sqlalchemy import func, select, update

from tests.clock import T0
from u4ssc_gov.accounts.models import Person
from u4ssc_gov.charter import queries
from u4ssc_gov.charter.models import TermsDocument, TermsParagraph
from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.errors import Forbidden, Invalid
from u4ssc_gov.partners.models import SecretariatMembership
from u4ssc_gov.workflows import terms_upload

TEXT = b"Terms of Reference\n\n25. The partners.\n26. The Leaders:\n(a) propose\n(b) plan\n"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
UPLOAD = {"content": TEXT, "file_name": "tor.txt", "title": "Terms of Reference", "agreed_on": date(2019, 6, 28)}


def upload(session, *, content, file_name, **fields):
    """Read and record, as the page does."""
    return terms_upload.upload_terms(session, terms_upload.read_upload(content, file_name), **fields)


def test_a_plain_text_is_cut_and_the_newest_is_shown(world, session):
    officer = world.actor(world.officer())
    assert queries.load_charter(session) == ([], None)
    upload(session, **UPLOAD, actor=officer, now=T0)
    clauses, text = queries.load_charter(session)
    assert clauses == []
    assert text is not None
    assert text.agreed_on == date(2019, 6, 28)
    assert text.paragraphs == {"25": "The partners.", "26": "The Leaders:", "26a": "propose", "26b": "plan"}
    newer = {**UPLOAD, "content": b"18. Newer.", "title": "Second", "agreed_on": None}
    upload(session, **newer, actor=officer, now=T0)
    _clauses, text = queries.load_charter(session)
    assert text is not None
    assert (text.title, text.paragraphs) == ("Second", {"18": "Newer."})


def test_of_a_pdf_the_file_is_kept(world, session):
    officer = world.actor(world.officer())
    upload(session, content=PDF, file_name="tor.pdf", title="PDF", agreed_on=None, actor=officer, now=T0)
    _clauses, text = queries.load_charter(session)
    assert text is not None
    assert text.paragraphs == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"content": b""}, "file"),
        ({"content": b"\xff\xfe\x00"}, "file"),
        ({"content": b"x" * 500_001}, "file"),
        ({"content": "".join(f"{n}.\n" for n in range(1, 5)).encode() + b"x\n" * 250_000}, "file"),
        ({"file_name": "tor.exe"}, "file"),
        ({"content": b"\x89PNG\r\n\x1a\n", "file_name": "tor.png"}, "file"),
    ],
)
def test_what_is_refused(world, session, changes, field):
    officer = world.actor(world.officer())
    with pytest.raises(Invalid) as refused:
        upload(session, **{**UPLOAD, **changes}, actor=officer, now=T0)
    assert refused.value.field == field


def test_only_the_secretariat_uploads(world, session):
    for actor in (world.actor(world.co_chair()), world.actor(world.mandate("WMO")), SYSTEM):
        with pytest.raises(Forbidden):
            upload(session, **UPLOAD, actor=actor, now=T0)


def test_the_form(world, sign_in, runtime):
    officer, leader = world.officer(), world.leader(world.group())
    world.commit()
    browser = sign_in(officer)
    assert browser.get("/tor/upload").status_code == 200
    missing = browser.send("/tor/upload", {"title": "Kept title"})
    assert missing.status_code == 422
    assert "The file is empty" in missing.text
    assert "Kept title" in missing.text
    bad_day = {"title": "T", "agreed_on": "31/02/x", "file": (io.BytesIO(TEXT), "tor.txt")}
    assert browser.send("/tor/upload", bad_day, content_type="multipart/form-data").status_code == 422
    good = {"title": "Agreed text", "agreed_on": "2019-06-28", "file": (io.BytesIO(TEXT), "tor.txt")}
    sent = browser.send("/tor/upload", good, content_type="multipart/form-data")
    assert (sent.status_code, sent.location) == (303, "/tor")
    assert sign_in(leader).get("/tor/upload").status_code == 403
    assert sign_in(leader).send("/tor/upload", {"title": "T"}).status_code == 403
    with runtime.database.read() as session:
        assert session.scalars(select(TermsDocument.title)).all() == ["Agreed text"]
        assert session.scalar(select(func.count(TermsParagraph.id))) == 4


def test_a_proposal_waits_for_the_board_beside_the_present_text(world, session, sign_in):
    officer = world.officer()
    upload(session, **UPLOAD, actor=world.actor(officer), now=T0)
    world.partners()
    world.commit()
    browser = sign_in(officer)
    assert "proposed revision for the Board" in browser.get("/tor/upload").get_data(as_text=True)
    sent = {"title": "Revision 2027", "is_proposal": "y", "file": (io.BytesIO(b"25. New partners."), "new.txt")}
    answer = browser.send("/tor/upload", sent)
    document = session.scalar(select(TermsDocument.id).where(TermsDocument.is_proposal.is_(True)))
    assert answer.location == f"/ballots/new/tor_revision?terms_document_id={document}"
    _clauses, text = queries.load_charter(session)
    assert text is not None
    assert text.title == "Terms of Reference"
    session.rollback()
    page = browser.get(answer.location).get_data(as_text=True)
    assert "kept as a proposal" in page
    assert f'value="{document}" checked' in page
    refused = browser.send("/tor/upload", {"title": "", "is_proposal": "y"})
    assert refused.status_code == 422
    assert 'name="is_proposal" type="checkbox" value="y"' in refused.get_data(as_text=True).replace("checked ", "")


def test_a_large_text_is_refused_soon_and_while_it_is_read_others_write(world, sign_in, runtime, monkeypatch):
    """An 8 MB text once held the write lock for minutes."""
    officer = world.officer()
    world.commit()
    browser, wrote = sign_in(officer), []
    reading = terms_upload.read_upload

    def read(content, file_name):
        with runtime.database.transaction() as session:  # waits in vain where the request holds the lock
            wrote.append(session.get_one(Person, officer.id).full_name)
        return reading(content, file_name)

    monkeypatch.setattr(terms_upload, "read_upload", read)
    began = time.perf_counter()
    fields = (("csrf_token", browser.csrf_token()), ("title", "Long"))
    head = "--x\r\nContent-Disposition: form-data; name="
    body = "".join(f'{head}"{name}"\r\n\r\n{text}\r\n' for name, text in fields)
    body += f'{head}"file"; filename="tor.txt"\r\n\r\n1. x\n' + "xy\n" * 2_700_000 + "\r\n--x--\r\n"
    answer = browser.post("/tor/upload", data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 422
    assert "more than 500000 characters" in answer.text
    assert wrote == [officer.full_name]
    assert time.perf_counter() - began < 5
    good = {"title": "Agreed text", "file": (io.BytesIO(TEXT), "tor.txt")}
    assert browser.send("/tor/upload", good, content_type="multipart/form-data").status_code == 303


def test_who_lost_the_right_while_the_text_was_read_records_nothing(world, sign_in, runtime, monkeypatch):
    officer = world.officer()
    world.commit()
    browser = sign_in(officer)
    reading = terms_upload.read_upload

    def read(content, file_name):
        with runtime.database.transaction() as session:
            session.execute(update(SecretariatMembership).values(ends_on=date(2026, 1, 1)))
        return reading(content, file_name)

    monkeypatch.setattr(terms_upload, "read_upload", read)
    sent = {"title": "Late", "file": (io.BytesIO(TEXT), "tor.txt")}
    assert browser.send("/tor/upload", sent, content_type="multipart/form-data").status_code == 403
    with runtime.database.read() as session:
        assert session.scalars(select(TermsDocument.title)).all() == []


@pytest.mark.parametrize("is_proposal", [False, True])
def test_an_upload_sent_twice_is_one_text(world, session, sign_in, is_proposal):
    officer = world.officer()
    world.partners()
    world.commit()
    browser = sign_in(officer)

    def send(title="Twice", content=TEXT):
        sent = {"title": title, "file": (io.BytesIO(content), "tor.txt")} | (
            {"is_proposal": "y"} if is_proposal else {}
        )
        return browser.send("/tor/upload", sent, content_type="multipart/form-data")

    answers = [send() for _click in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    count = select(func.count(TermsDocument.id))
    assert session.scalar(count) == 1
    session.rollback()
    for other in ({"title": "Another"}, {"content": b"18. Newer."}, {}):  # the first again, after others
        assert send(**other).status_code == 303
    assert session.scalar(count) == 4
