"""Lists as CSV files that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from litestar.response import Response

from vermilion.pages.text import visible
from vermilion.web.console.frame import HEADERS

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What a spreadsheet may take for the beginning of a formula (OWASP, CSV injection)."""


def harmless(text: str) -> str:
    """Return a cell with hidden characters written out, and led by an apostrophe if it could be a formula."""
    shown = visible(text)
    return f"'{shown}" if text.lstrip(" ").startswith(_FORMULA) else shown


def csv_file(name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Response[bytes]:
    """Return a download in UTF-8 with a mark at its beginning, which Excel needs for Chinese."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return Response(
        b"\xef\xbb\xbf" + out.getvalue().encode(),
        media_type="text/csv; charset=utf-8",
        headers={**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'},
    )
