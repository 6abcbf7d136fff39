"""What is read in columns is what the ordinary reader reads."""

from __future__ import annotations

import csv
import datetime as dt
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as arrow
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather, parquet

from vermilion.desk.watch.reading import History, HistoryRequest, read_history
from vermilion.desk.watch.reading_ids import (
    collection_by_id,
    collection_sql,
    has_many,
    is_nobody,
    is_nobody_sql,
    many_sql,
)
from vermilion.desk.watch.reading_mapped import MappedColumns
from vermilion.intake import load_mapping, read_events
from vermilion.sql import DuckDb

DATA = Path("/work/shared/data")
EXAMPLES = Path(__file__).parents[3] / "examples" / "mappings"
COLUMNS = ("id", "when", "item", "from", "to", "price", "kind", "state")

BASE: dict[str, Any] = {"source": "//market.example/orders", "format": "csv"}
SALE: dict[str, Any] = {
    "type": "sale",
    "when": [{"column": "kind", "in": ["sale", "both"]}],
    "stage": "settled",
    "id": {"column": "id"},
    "subject": {"template": "{item}-{id}"},
    "time": {"column": "when"},
    "data": {
        "token": {"template": "eip155:1/erc1155:0xab/{item}"},
        "platform": {"const": "market:platform:it's"},
        "parties": {"seller": {"template": "eip155:1:{from}"}, "buyer": {"column": "to"}},
        "price": {"amount": {"column": "price"}, "currency": {"const": "ETH"}},
        "mode": {"column": "state", "values": {"open": "fixed_price", "won": "auction"}},
    },
}
GIFT: dict[str, Any] = {
    "type": "transfer",
    "when": [{"column": "kind", "not_in": ["sale", "both", "pay", "offer"]}],
    "stage": "settled",
    "id": {"template": "{id}/{kind}"},
    "time": {"column": "when", "zone": "Asia/Shanghai"},
    "data": {
        "kind": {"column": "kind"},
        "token": {"column": "item"},
        "parties": {"sender": {"column": "from"}, "recipient": {"column": "to"}},
    },
}
PAYMENT: dict[str, Any] = {
    "type": "payment",
    "when": [{"column": "kind", "in": ["both", "pay"]}],
    "stage": "settled",
    "id": {"template": "{id}:paid"},
    "time": {"column": "when"},
    "data": {
        "parties": {"payer": {"column": "to"}, "payee": {"column": "from"}},
        "settlement": [
            {
                "amount": {
                    "amount": {"column": "price", "decimals_of": "CNY"},
                    "currency": {"const": "CNY"},
                }
            }
        ],
    },
}
OFFER: dict[str, Any] = {
    "type": "offer",
    "when": [{"column": "price", "present": True}, {"column": "kind", "in": ["offer"]}],
    "stage": "settled",
    "id": {"column": "id"},
    "time": {"column": "when"},
    "data": {
        "token": {"template": "m:t:{item}"},
        "parties": {"issuer": {"column": "from"}},
        "price": {"amount": {"column": "price"}, "currency": {"column": "state"}},
    },
}

NASTY = st.sampled_from(
    ["", "-", "0", '"', '""', "a,b", 'say "so"', " ", "\t", "é中", "x" * 513, "\x07", "a\nb", "a:b/c",
     "eip155:1/erc1155:0xab/7", "eip155:1:0x" + "0" * 40, "\\", "'", "null", "\r"]
)  # fmt: skip
CELLS: dict[str, st.SearchStrategy[str]] = {
    "id": st.one_of(st.sampled_from(["1", "2", "3", "A-1"]), NASTY),
    "when": st.one_of(
        st.sampled_from(
            ["2024-05-01T10:00:00Z", "2024-05-01 10:00:00.1234+08:00", "2024-05-01 10:00:00",
             "1969-12-31T23:59:59.9999Z", "2024-02-30T10:00:00Z", "2024-05-01T24:00:00Z", "9001-01-01T00:00:00Z",
             "2024-05-01T10:00Z", "2024-05-01t10:00:00z", "1986-06-01 10:00:00", "2024-05-01 10:00:00+0800",
             "2024-05-01T10:00:00-00:00", "1900-01-01T00:00:00+23:59", "2024-05-01T10:00:60Z"]
        ),
        NASTY,
    ),
    "item": st.one_of(st.sampled_from(["7", "8", "market:token:9", "plain"]), NASTY),
    "from": st.one_of(st.sampled_from(["0xa", "0xb"]), NASTY),
    "to": st.one_of(st.sampled_from(["m:u:1", "m:u:2"]), NASTY),
    "price": st.one_of(
        st.sampled_from(
            ["5", "007", "-3", "1.50", "1.505", "9" * 38, "9" * 39, "1e3", "+5", "5.", "0.00", "12345678901234567890"]
        ),
        NASTY,
    ),
    "kind": st.one_of(st.sampled_from(["sale", "both", "pay", "offer", "mint", "burn", "gift", ""]), NASTY),
    "state": st.one_of(st.sampled_from(["open", "won", "ETH", "CNY"]), NASTY),
}  # fmt: skip
ROWS = st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=40)
EMITS = st.lists(
    st.sampled_from([SALE, GIFT, PAYMENT, OFFER]), min_size=1, max_size=4, unique_by=id
)
MAPPINGS = st.tuples(EMITS, st.booleans(), st.booleans(), st.sampled_from([",", ";", "\t", "|"]))


def mapping_file(folder: Path, document: dict[str, Any]) -> Path:
    """Write a mapping."""
    path = folder / "mapping.yaml"

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    path.write_text(yaml.dump(document, Dumper=Plain), "utf-8")
    return path


def made(folder: Path, chosen: tuple[Any, ...], format: str = "csv") -> Path:
    """Write the mapping that was drawn."""
    emits, digest, nulls, delimiter = chosen
    if digest:
        emits = [
            {key: one for key, one in emit.items() if key not in {"id", "subject"}}
            for emit in emits
        ]
    document = BASE | {"emit": emits, "format": format}
    if nulls:
        document["nulls"] = {"price": ["-", "0"], "to": ["eip155:1:0x" + "0" * 40, "null"]}
    if format == "csv":
        document["delimiter"] = delimiter
    return mapping_file(folder, document)


def told(history: History) -> tuple[dict[str, list[Any]], str]:
    """Return the rows of all tables in one order, and the rejects."""
    tables = {
        name: sorted(
            (tuple(row.values()) for path in paths for row in parquet.read_table(path).to_pylist()),
            key=repr,
        )
        for name, paths in history.paths().items()
    }
    return tables, history.rejects.read_text() if history.rejects else ""


def both(folder: Path, file: Path, mapping: Path) -> tuple[History, History]:
    """Read a file in columns where that can be, and once more row by row."""
    loaded = load_mapping(mapping)
    fast = read_history(HistoryRequest(folder / "fast", [file], loaded))

    def by_rows(self: MappedColumns, path: Path, on_bytes: Any = None) -> Any:
        return read_events(path, loaded, on_bytes=on_bytes)

    with patch.object(MappedColumns, "read", by_rows):
        slow = read_history(HistoryRequest(folder / "slow", [file], loaded))
    assert slow.files[0].read == "rows"
    return fast, slow


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROWS, MAPPINGS, st.booleans())
def test_csv(rows: list[dict[str, str]], chosen: Any, quote_all: bool) -> None:
    """Tables and rejects are the same, byte for byte, whatever is in the cells of a CSV file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        quoting = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
        with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS, delimiter=chosen[-1], quoting=quoting)
            writer.writeheader()
            writer.writerows(rows)
        fast, slow = both(folder, folder / "t.csv", made(folder, chosen))
        assert told(fast) == told(slow)
        assert fast.files[0].rows == slow.files[0].rows


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [b"1,2024-05-01T10:00:00Z,7,a,b,5,sale,open", b"", b"  ", b"1,2", b'"1",2024-05-01T10:00:00Z,7,a,b,5,sale,open',
             b'1,2024-05-01T10:00:00Z,"7,8",a,b,5,sale,open\r', b'1,2024-05-01T10:00:00Z,7,"a', b'b",c,5,sale,open',
             b'1,2024-05-01T10:00:00Z,7"x"y,a,b,5,sale,open', b'1,2024-05-01T10:00:00Z,"7"x,a,b,5,sale,open',
             b"1,2024-05-01T10:00:00Z,\xff,a,b,5,sale,open", b"1,2024-05-01T10:00:00Z,7\r,a,b,5,sale,open",
             b"1,2024-05-01T10:00:00Z,\x00,a,b,5,sale,open", b'1,2024-05-01T10:00:00Z,"","a","b",5,sale,open']
        ),
        st.binary(max_size=20).filter(lambda one: b"\n" not in one),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(LINES, st.booleans(), st.booleans())
def test_lines(lines: list[bytes], digest: bool, ends: bool) -> None:
    """Tables and rejects are the same whatever the lines are: quotes, breaks, bytes that are no text."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = b"\n".join([",".join(COLUMNS).encode(), *lines]) + (b"\n" if ends else b"")
        (folder / "t.csv").write_bytes(text)
        mapping = made(folder, ([SALE, PAYMENT], digest, False, ","))
        fast, slow = both(folder, folder / "t.csv", mapping)
        assert told(fast) == told(slow)


TYPED = {
    "id": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    "when": st.one_of(
        st.none(),
        st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(9100, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    ),
    "item": CELLS["item"].filter(lambda one: "\x00" not in one),
    "from": st.one_of(st.none(), st.sampled_from(["0xa", "", "\t", "\x7f", "é"])),
    "to": st.one_of(st.none(), st.booleans()),
    "price": st.one_of(st.none(), st.integers(-5, 10**20).map(Decimal)),
    "kind": st.sampled_from(["sale", "both", "pay", "offer", "mint", "", None]),
    "state": st.sampled_from(["open", "won", "CNY", None]),
}
TYPES = {
    "id": arrow.int64(),
    "when": arrow.timestamp("us", "UTC"),
    "to": arrow.bool_(),
    "price": arrow.decimal128(38, 0),
}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.fixed_dictionaries(TYPED), min_size=1, max_size=10), MAPPINGS, st.booleans())
def test_columnar(rows: list[dict[str, Any]], chosen: Any, ipc: bool) -> None:
    """Tables and rejects are the same whatever typed columns of Parquet or Arrow hold."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        schema = arrow.schema([(one, TYPES.get(one, arrow.string())) for one in COLUMNS])
        table = arrow.Table.from_pylist(rows, schema)
        file = folder / "t.bin"
        if ipc:
            feather.write_feather(table, str(file), compression="uncompressed")
        else:
            parquet.write_table(table, file)
        fast, slow = both(folder, file, made(folder, chosen, "parquet"))
        assert told(fast) == told(slow)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.one_of(NASTY, st.text("a:/0\n", max_size=12)), min_size=1))
def test_ids(texts: list[str]) -> None:
    """What an id says by its form is the same in Python and in SQL."""
    with DuckDb("200MB", 1) as sql:
        sql.put("t", arrow.table({"x": arrow.array(texts, arrow.string())}))
        query = f"SELECT x, {collection_sql('x')}, {many_sql('x')}, {is_nobody_sql('x')} FROM t"
        for text, collection, many, nobody in sql.rows(query):
            assert collection == collection_by_id(text)
            assert (many, nobody) == (has_many(text), is_nobody(text))


def test_the_fast_path_is_taken(tmp_path: Path) -> None:
    """Good rows are taken in columns, and only the others are read one by one."""
    good = "1,2024-05-01T10:00:00Z,7,a,b,5,sale,open\n"
    (tmp_path / "t.csv").write_text(
        ",".join(COLUMNS) + "\n" + good * 50 + "2,yesterday,7,a,b,5,sale,open\n"
    )
    mapping = load_mapping(made(tmp_path, ([SALE], False, False, ",")))
    told_of = read_history(HistoryRequest(tmp_path / "h", [tmp_path / "t.csv"], mapping))
    assert told_of.counts["moves"] == 50
    read = told_of.files[0]
    assert (read.read, read.rows, read.one_by_one, read.rejected) == ("columns", 51, 1, 1)


def test_unknown_to_sql(tmp_path: Path) -> None:
    """A mapping that SQL does not know is read row by row, and the result says so."""
    emit = SALE | {"time": {"column": "when", "zone": "Europe/Berlin"}}
    (tmp_path / "t.csv").write_text(
        ",".join(COLUMNS) + "\n1,2024-05-01 10:00:00,7,a,b,5,sale,open\n"
    )
    mapping = load_mapping(made(tmp_path, ([emit], False, False, ",")))
    read = read_history(HistoryRequest(tmp_path / "h", [tmp_path / "t.csv"], mapping)).files[0]
    assert (read.read, read.rows) == ("rows", 1)


@pytest.mark.parametrize("name", ["punks/punks_sales.csv", "mooncats/mooncats_adopt.csv"])
def test_real_tables(name: str, tmp_path: Path) -> None:
    """Real tables are read in columns to the last row, with what the ordinary reader makes of them."""
    if not (DATA / name).is_file():
        pytest.skip("the published data is not here")
    fast, slow = both(tmp_path, DATA / name, EXAMPLES / f"{name.partition('/')[0]}.yaml")
    assert told(fast) == told(slow)
    assert (fast.files[0].read, fast.files[0].one_by_one) == ("columns", 0)
