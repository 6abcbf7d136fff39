"""Downloads hold what the pages show, and nothing that a spreadsheet runs."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from vermilion.web.console.csv import csv_file, harmless

from .conftest import Visits

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@given(st.sampled_from(DANGEROUS).map(lambda begin: f"{begin}1") | st.text())
def test_no_cell_is_a_formula(text: str) -> None:
    """Whatever a cell holds, no spreadsheet takes it for a formula, blanks before it or not."""
    assert not harmless(text).lstrip(" ").startswith(DANGEROUS)


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=4))
def test_cells_stay_in_their_columns(rows: list[list[str]]) -> None:
    """Quotes, separators and line ends inside a cell never begin another one."""
    written = csv_file("x.csv", ["a", "b"], rows).content.decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(written, newline="")))
    assert read == [["a", "b"], *([harmless(cell) for cell in row] for row in rows)]


def test_lists_can_be_downloaded(visits: Visits) -> None:
    """The files have a row for each judgement and case that the filters ask for."""
    visitor = visits("ana")
    for path, column, value in (
        ("/judgements.csv?type=sale", "type", "sale"),
        ("/cases.csv?status=open", "status", "open"),
    ):
        answer = visitor.get(path)
        assert answer.headers["content-disposition"].startswith("attachment")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
        assert len(rows) > 10
        assert {row[column] for row in rows} == {value}


def test_a_wrong_page_is_refused(visits: Visits) -> None:
    """A cursor that is none is told as a page, not as a failure."""
    for path in (
        "/judgements?before=x",
        "/judgements.csv?before=-1",
        "/cases?before=x",
        "/cases.csv?before=x",
    ):
        assert visits("olga").get(path).status_code == 400
