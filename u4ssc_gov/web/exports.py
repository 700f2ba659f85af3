"""Registers as CSV: typed numbers stay numbers, text cannot become a formula (threat T25)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from flask import Response

from u4ssc_gov.core.text import csv_safe, slugify
from u4ssc_gov.web.security import DOWNLOAD_POLICY


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV download (UTF-8 with signature, so that spreadsheets read accents right)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([csv_safe(cell) for cell in header])
    for row in rows:
        writer.writerow([csv_safe("" if cell is None else cell) for cell in row])
    response = Response("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{slugify(filename)}.csv"'
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    return response
