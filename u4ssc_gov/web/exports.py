"""Registers as CSV and as Excel: numbers and dates stay what they are, text cannot become a formula (threat T25)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter
from flask import Response

from u4ssc_gov.core.text import csv_safe, slugify
from u4ssc_gov.web.security import DOWNLOAD_POLICY

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST_CELL = 32_767
_WIDEST = 60
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV download (UTF-8 with signature, so that spreadsheets read accents right). Instants are written in UTC."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([csv_safe(cell) for cell in header])
    for row in rows:
        writer.writerow([csv_safe(_plain(cell)) for cell in row])
    return download("\ufeff" + out.getvalue(), f"{slugify(filename)}.csv", "text/csv; charset=utf-8")


def _plain(cell: object) -> object:
    if cell is None:
        return ""
    return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(cell, datetime) else cell


def xlsx_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, now: datetime) -> Response:
    """An Excel download: numbers, days and instants (UTC) as such, everything else as text that is never calculated."""
    content = xlsx_bytes(filename, header, rows, now=now)
    return download(content, f"{slugify(filename)}.xlsx", XLSX)


def xlsx_bytes(title: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, now: datetime) -> bytes:
    """The workbook: one sheet, its first row frozen, with a filter on every column."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, _OPTIONS)
    book.set_properties({"title": title, "created": now.astimezone(UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet(slugify(title)[:31] or "table")
    writer = _Writer(book, sheet)
    for column, name in enumerate(header):
        sheet.write_string(0, column, name, writer.head)
    last = 0
    for last, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            writer.write(last, column, cell)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, max(len(header) - 1, 0))
    sheet.autofit(_WIDEST * 7)
    book.close()
    return out.getvalue()


class _Writer:
    """Cells of one workbook, each by its type."""

    def __init__(self, book: Any, sheet: Any) -> None:
        """Make the formats."""
        self.sheet = sheet
        self.head = book.add_format({"bold": True, "bottom": 1})
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.quoted = book.add_format({"quote_prefix": True})  # stays text when somebody edits the cell

    def write(self, row: int, column: int, cell: object) -> None:
        """Write one cell; ``None`` leaves it empty."""
        if isinstance(cell, bool):
            self.sheet.write_boolean(row, column, cell)
        elif isinstance(cell, int | float):
            self.sheet.write_number(row, column, cell)
        elif isinstance(cell, datetime):
            naive = cell.astimezone(UTC).replace(tzinfo=None, microsecond=0)
            self.sheet.write_datetime(row, column, naive, self.instant)
        elif isinstance(cell, date):
            self.sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), self.day)  # noqa: DTZ001 - a calendar day has no zone
        elif cell is not None and cell != "":
            self._text(row, column, str(cell))

    def _text(self, row: int, column: int, text: str) -> None:
        style = self.quoted if csv_safe(text) != text else None
        self.sheet.write_string(row, column, text[:_LONGEST_CELL], style)


def download(content: str | bytes, name: str, content_type: str) -> Response:
    """Something we made, as an attachment that a browser neither guesses at nor runs. ``name`` is plain ASCII."""
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    return response
