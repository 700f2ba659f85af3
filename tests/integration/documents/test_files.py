"""What may be stored, and how it is handed out."""

import io
import zipfile

import pytest

from u4ssc_gov.core.actor import SYSTEM
from u4ssc_gov.core.errors import Invalid, NotFound, Unavailable
from u4ssc_gov.core.files import path_of
from u4ssc_gov.documents import queries, rules
from u4ssc_gov.documents.services import store_file
from u4ssc_gov.web.downloads import disposition, file_response

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\0" * 40


def zipped(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


DOCX = zipped(("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<w/>"))
XLSX = zipped(("[Content_Types].xml", "<Types/>"), ("xl/workbook.xml", "<x/>"))
ODT = zipped(("mimetype", "application/vnd.oasis.opendocument.text"), ("content.xml", "<o/>"))
MACRO = zipped(("word/document.xml", "<w/>"), ("word/vbaProject.bin", "x"))


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("A.PDF", PDF, "application/pdf"),
        ("a.docx", DOCX, rules.MEDIA_TYPES["docx"]),
        ("a.xlsx", XLSX, rules.MEDIA_TYPES["xlsx"]),
        ("a.odt", ODT, rules.MEDIA_TYPES["odt"]),
        ("a.txt", "Über alles\n".encode(), "text/plain"),
        ("a.png", PNG, "image/png"),
        ("a.jpg", JPG, "image/jpeg"),
        ("a.jpeg", JPG, "image/jpeg"),
        # name and content disagree, or the kind is not on the list
        ("a.pdf", PNG, None),
        ("a.png", PDF, None),
        ("a.docx", XLSX, None),
        ("a.xlsx", DOCX, None),
        ("a.docx", MACRO, None),
        ("a.docx", b"PK\x03\x04 torn", None),
        ("a.odt", DOCX, None),
        ("a.odt", zipped(("mimetype", "application/epub+zip")), None),
        ("a.txt", b"<svg onload=alert(1)>", None),
        ("a.txt", b" \n<!doctype html>", None),
        ("a.txt", b"\xff\xfe\x00", None),
        ("a.txt", b"MZ\x00\x01", None),
        ("a.svg", b"<svg/>", None),
        ("a.html", b"<html>", None),
        ("a.pdf.exe", PDF, None),
        ("pdf", PDF, None),
        ("", PDF, None),
        ("a.docm", DOCX, None),
        ("a.zip", DOCX, None),
    ],
)
def test_name_and_content_must_agree(name, content, media_type):
    assert rules.media_type_of(name, content) == media_type


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\letter.pdf", "letter.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie x.pdf"),
        (".htaccess", "htaccess"),
        ('"quoted".pdf', "quoted.pdf"),
        ("\u202efdp.exe", "fdp.exe"),
        ("", "file"),
        ("...", "file"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("Lettre n° 3 – été.pdf", "Lettre n° 3 – été.pdf"),
        ("e:\u0301t*e\u0301.txt", "été.txt"),  # parted letters are joined again
    ],
)
def test_names_are_cleaned(given, kept):
    assert rules.clean_name(given) == kept


def test_a_file_is_kept_under_its_hash_with_a_row_and_an_audit_row(session, world, runtime):
    stored = store_file(session, content=PDF, file_name="x/letter.pdf", actor=SYSTEM, now=world.now)
    again = store_file(session, content=PDF, file_name="same.pdf", actor=SYSTEM, now=world.now)
    assert path_of(runtime.files_dir, stored.sha256).read_bytes() == PDF
    assert (stored.file_name, stored.size, stored.media_type) == ("letter.pdf", len(PDF), "application/pdf")
    assert stored.sha256 == again.sha256
    assert stored.public_id != again.public_id
    assert queries.get_file(session, stored.id) is stored
    with pytest.raises(NotFound):
        queries.get_file(session, 999)


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.pdf", "documents.file.empty"),
        (PDF + b" " * rules.MAXIMUM_SIZE, "a.pdf", "documents.file.too_large"),
        (b"<svg/>", "a.svg", "documents.file.kind"),
    ],
)
def test_refusals_say_why_and_keep_nothing(session, world, runtime, content, name, code):
    with pytest.raises(Invalid) as refused:
        store_file(session, content=content, file_name=name, actor=SYSTEM, now=world.now)
    assert refused.value.code == code
    assert refused.value.field == "file"
    assert not runtime.files_dir.exists()


def test_exactly_twenty_megabytes_are_taken(session, world):
    content = PDF + b" " * (rules.MAXIMUM_SIZE - len(PDF))
    assert store_file(session, content=content, file_name="a.pdf", actor=SYSTEM, now=world.now).size == 20 * 1024 * 1024


def test_a_download_is_an_attachment_that_nothing_runs(session, world, app):
    stored = store_file(session, content=b"Plain text", file_name="été.txt", actor=SYSTEM, now=world.now)
    with app.test_request_context():
        response = file_response(stored)
    assert response.data == b"Plain text"
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert (
        response.headers["Content-Disposition"]
        == "attachment; filename=\"ete.txt\"; filename*=UTF-8''%C3%A9t%C3%A9.txt"
    )


@pytest.mark.parametrize(
    ("name", "plain"),
    [("信.pdf", "file.pdf"), ('a"b\\c.pdf', "abc.pdf"), ("100%.pdf", "100.pdf"), ("file", "file"), ("信", "file")],
)
def test_the_name_for_old_readers(name, plain):
    assert disposition(name).startswith(f'attachment; filename="{plain}"; ')
    assert "\n" not in disposition(name)


def test_a_damaged_file_is_not_handed_out(session, world, app, runtime):
    stored = store_file(session, content=PDF, file_name="a.pdf", actor=SYSTEM, now=world.now)
    path_of(runtime.files_dir, stored.sha256).write_bytes(b"%PDF something else")
    with app.test_request_context(), pytest.raises(Unavailable):
        file_response(stored)
