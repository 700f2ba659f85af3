"""Tables for spreadsheets: typed cells, and text that is never calculated."""

import csv
import io
from datetime import UTC, date, datetime, timedelta, timezone

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from u4ssc_gov.web.exports import XLSX, csv_response, download, xlsx_bytes, xlsx_response
from u4ssc_gov.web.security import DOWNLOAD_POLICY

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HEADER = ["name", "count", "day", "at_utc", "yes", "nothing"]
ROW = ["WMO", 7, date(2026, 11, 23), datetime(2026, 11, 23, 10, 0, 5, tzinfo=timezone(timedelta(hours=1))), True, None]
FORMULAS = ["=1+1", "+1", "-1+1", "@SUM(A1)", '=HYPERLINK("https://example.org","x")', "＝1", "{=1}", "\t=1"]  # noqa: RUF001


def sheet_of(content):
    return openpyxl.load_workbook(io.BytesIO(content)).active


def test_cells_keep_their_types():
    sheet = sheet_of(xlsx_bytes("decisions", HEADER, [ROW], now=NOW))
    assert [cell.value for cell in sheet[1]] == HEADER
    name, count, day, at, yes, nothing = sheet[2]
    assert (name.value, name.data_type) == ("WMO", "s")
    assert (count.value, count.data_type) == (7, "n")
    assert day.is_date
    assert day.value == datetime(2026, 11, 23)  # noqa: DTZ001 - spreadsheets know no zones
    assert at.value == datetime(2026, 11, 23, 9, 0, 5)  # noqa: DTZ001 - in UTC
    assert yes.value is True
    assert nothing.value is None
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:F2")


@pytest.mark.parametrize("text", [*FORMULAS, "https://example.org/x", "mailto:a@example.org", "007", "1e5", "TRUE"])
def test_text_stays_text(text):
    cell = sheet_of(xlsx_bytes("x", ["a"], [[text]], now=NOW))["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert cell.hyperlink is None


@pytest.mark.parametrize("text", FORMULAS[:4])
def test_what_looks_like_a_formula_stays_text_when_it_is_edited(text):
    assert sheet_of(xlsx_bytes("x", ["a"], [[text]], now=NOW))["A2"].quotePrefix


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=50))
def test_any_text_can_be_written(text):
    value = sheet_of(xlsx_bytes("x", ["a"], [[text]], now=NOW))["A2"].value
    assert (value or "") == text or "_x" in text  # openpyxl reads "_x0041_" as a letter


def test_a_text_longer_than_a_cell_is_cut_and_an_empty_table_is_a_table():
    assert len(sheet_of(xlsx_bytes("x", ["a"], [["y" * 40_000]], now=NOW))["A2"].value) == 32_767
    assert sheet_of(xlsx_bytes("", ["a", "b"], [], now=NOW)).max_row == 1


def test_the_same_table_is_the_same_file():
    assert xlsx_bytes("x", HEADER, [ROW], now=NOW) == xlsx_bytes("x", HEADER, [ROW], now=NOW)


def test_csv_writes_instants_in_utc_and_defuses_formulas():
    text = csv_response("Decisions & more", [*HEADER, "=x"], [[*ROW, "=1+1"]]).get_data(as_text=True)
    assert text.startswith("\ufeff")
    header, row = csv.reader(io.StringIO(text[1:]))
    assert header[-1] == "'=x"
    assert row == ["WMO", "7", "2026-11-23", "2026-11-23T09:00:05Z", "True", "", "'=1+1"]


def test_downloads_are_attachments_that_run_nothing():
    for response, name in (
        (csv_response("For the meeting", ["a"], []), "for-the-meeting.csv"),
        (xlsx_response("For the meeting", ["a"], [], now=NOW), "for-the-meeting.xlsx"),
        (download(b"x", "U4SSC-BM-2026-07.zip", "application/zip"), "U4SSC-BM-2026-07.zip"),
    ):
        assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response.headers["Content-Security-Policy"] == DOWNLOAD_POLICY
    assert xlsx_response("x", ["a"], [], now=NOW).mimetype == XLSX
