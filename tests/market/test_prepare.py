"""The tables that detectors read."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from vermilion.market.codes import CODED
from vermilion.market.prepare import identify, prepare
from vermilion.sql import DuckDb, SqlEngine

from .harness import DAY, START, write


def prepared(
    sql: SqlEngine, folder: Path, moves: list[dict[str, object]], **tables: object
) -> None:
    """Prepare short rows."""
    prepare(sql, write(folder, moves=moves, **tables))  # type: ignore[arg-type]


def moves_of(sql: SqlEngine, columns: str) -> list[tuple[object, ...]]:
    """Return columns of the moves in their order."""
    return list(sql.rows(f"SELECT {columns} FROM moves ORDER BY n"))


@pytest.mark.filterwarnings("ignore")
def test_order_is_the_rows_own(engines: SqlEngine, tmp_path: Path) -> None:
    """Rows are numbered by moment, position, source and id, however they come, also at one place."""
    rows = [
        {"id": "d", "ms": START, "position": 7},
        {"id": "a", "ms": START + 1, "position": 0},
        {"id": "c", "ms": START, "position": 7},
        {"id": "b", "ms": START, "position": 2},
    ]
    prepared(engines, tmp_path, rows)
    identify(engines, "named", "SELECT n FROM moves")
    assert [id for (id,) in engines.rows("SELECT id FROM named ORDER BY n")] == ["b", "c", "d", "a"]


@pytest.mark.filterwarnings("ignore")
def test_an_identity_counts_once(engines: SqlEngine, tmp_path: Path) -> None:
    """The first of an identity stays, at whatever place the others are; another collection's is another."""
    rows = [
        {"id": "x", "position": 3, "token": "c/1"},
        {"id": "x", "position": 1, "token": "c/1", "ms": START - 5},
        {"id": "x", "position": 1, "token": "c/1", "ms": START - 5},
        {"id": "x", "position": 9, "token": "d/1"},
    ]
    prepared(engines, tmp_path, rows)
    assert moves_of(engines, "ms") == [(START - 5,), (START + 3 * 60_000,)]
    assert list(engines.rows("SELECT collection, times FROM repeated")) == [("c", 2)]


@pytest.mark.filterwarnings("ignore")
def test_what_is_announced_again_counts_once(engines: SqlEngine, tmp_path: Path) -> None:
    """Of listings, news and issues that come twice the first stays; another collection's is another."""
    again = [
        {"id": "x", "collection": "c", "token": "c/1", "ms": START + 5},
        {"id": "x", "collection": "c", "token": "c/1", "ms": START},
        {"id": "x", "collection": "d", "token": "d/1", "ms": START},
        {"id": "y", "collection": "c", "token": "c/1", "ms": START},
    ]
    moves = [{"token": "c/1"}, {"token": "d/1"}]
    prepared(engines, tmp_path, moves, listings=again, news=again, issues=again)
    for name in ("listings", "news", "issues"):
        assert list(engines.rows(f"SELECT n, ms FROM {name} ORDER BY n")) == [
            (0, START),
            (1, START),
            (2, START),
        ]


@pytest.mark.filterwarnings("ignore")
def test_which_row_of_an_identity_stays_is_not_chance(engines: SqlEngine, tmp_path: Path) -> None:
    """Of rows of one identity and one place that say different things the same one stays, however they come."""
    kept = []
    for turn in (1, -1):
        rows = [
            {"id": "x", "ms": START, "position": 1, "collection": "c", "token": "c/1", **more}
            for more in (
                {"price": 5, "amount": 5, "supply": 5, "sender": "b", "seller": "b", "payer": "b"},
                {"price": 7, "amount": 7, "supply": 7, "sender": "a", "seller": "a", "payer": "a"},
                {"price": 6, "amount": 6, "supply": 6},
            )
        ][::turn]
        prepared(engines, tmp_path, rows, payments=rows, listings=rows, issues=rows)
        columns = {"moves": "price", "payments": "amount", "listings": "price", "issues": "supply"}
        kept.append([list(engines.rows(f"SELECT {one} FROM {of}")) for of, one in columns.items()])
    assert kept[0] == kept[1] == [[(7,)], [(7,)], [(7,)], [(5,)]]


@pytest.mark.filterwarnings("ignore")
def test_what_came_again_takes_no_other_row_with_it(engines: SqlEngine, tmp_path: Path) -> None:
    """A row stays whose place a second copy of another one has, and so does the first copy."""
    rows = [
        {"id": "x", "ms": START, "position": 1},
        {"id": "x", "ms": START, "position": 2},
        {"id": "y", "ms": START, "position": 2},
        {"id": "z", "ms": START, "position": 3},
    ]
    prepared(engines, tmp_path, rows)
    identify(engines, "named", "SELECT n FROM moves")
    assert [id for (id,) in engines.rows("SELECT id FROM named ORDER BY n")] == ["x", "y", "z"]


def test_services_by_their_time(tmp_path: Path) -> None:
    """A service account is one within its dates, which may overlap, and a contract always."""
    rows = [
        {"sender": "s", "recipient": "p:contract:w", "day": 0},
        {"sender": "s", "recipient": "a", "day": 5},
        {"sender": "b", "recipient": "s", "day": 20},
    ]
    accounts = [
        {"party": "s", "role": "custody", "from_ms": START + 2 * DAY, "until_ms": START + 9 * DAY},
        {"party": "s", "role": "lending", "from_ms": START + 4 * DAY, "until_ms": START + 20 * DAY},
        {"party": "b", "role": "platform"},
    ]
    with DuckDb("300MB", 1) as sql:
        prepared(sql, tmp_path, rows, accounts=accounts)
        told = moves_of(sql, "sender_service, recipient_service")
    assert told == [(False, True), (True, False), (False, False)]


def test_prices(tmp_path: Path) -> None:
    """A price of nothing, an unknown one and that of a transfer are none; logarithms are of one unit."""
    rows = [
        {"price": 0},
        {"price": None},
        {"kind": "transfer", "price": 5},
        {"price": 200, "quantity": 2, "many": True},
        {"price": 10**37},
    ]
    with DuckDb("300MB", 1) as sql:
        prepared(sql, tmp_path, rows)
        told = moves_of(sql, "priced, unit_log")
    assert told == [(False, None)] * 3 + [(True, 4_605_170), (True, 85_195_648)]


@pytest.mark.filterwarnings("ignore")
def test_numbers_are_wide(engines: SqlEngine, tmp_path: Path) -> None:
    """Every number has 64 bits, so that no arithmetic on a large history overflows; Spark's own has 32."""
    rows = [{"id": "x"}, {"id": "y", "ms": START + 1}]
    prepared(engines, tmp_path, rows, listings=rows[:1], news=rows[:1], issues=rows[:1])
    for name in ("moves", "listings", "news", "issues", "payments", *CODED):
        for field in engines.arrow(f"SELECT * FROM {name}").schema:
            assert not pa.types.is_integer(field.type) or field.type.bit_width == 64, (name, field)
