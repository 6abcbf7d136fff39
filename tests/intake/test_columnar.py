"""Tests of events and tables in Parquet, Arrow IPC and Zstandard."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import zstandard

from intake.samples import codes, line, read, sale, written
from vermilion.errors import DataError, RulebookError
from vermilion.facts.canonical import canonical_bytes
from vermilion.intake import MAX_LINE_BYTES, Received, Reject, columnar, load_mapping, read_events
from vermilion.simulate import MarketConfig, market

pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")

KINDS = ("parquet", "feather", "arrows")

MAPPING = """
source: //market.example/trades
format: parquet
emit:
  - type: sale
    stage: settled
    id: {column: tx.hash}
    time: {column: at, zone: Asia/Shanghai}
    data:
      token: {template: "market:token:{token}"}
      parties: {buyer: {column: buyer}}
      price: {amount: {column: wei}, currency: {const: ETH}}
"""


def file_of(table: Any, folder: Path, kind: str, **how: Any) -> Path:
    """Write a table as a file of a kind."""
    path = folder / f"events.{kind}"
    if kind == "parquet":
        pq.write_table(table, path, **({"compression": "zstd"} | how))
        return path
    maker = pa.ipc.new_file if kind == "feather" else pa.ipc.new_stream
    with maker(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=how.get("row_group_size"))
    return path


def market_events(number: int) -> list[dict[str, Any]]:
    """Return deals of a made-up market as JSON would hold them."""
    found = (json.loads(canonical_bytes(one)) for one in market(MarketConfig(events=number)))
    return [one for one in found if one["type"] in {"sale", "transfer", "payment"}]


class TestEvents:
    """Events in columns."""

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("nested", [True, False])
    def test_columns_and_lines_are_the_same_events(
        self, kind: str, nested: bool, tmp_path: Path
    ) -> None:
        """A market as structs, or as one column of JSON, is the market that its lines are."""
        lines = [json.dumps(one).encode() for one in market_events(400)]
        items = read(b"\n".join(lines), tmp_path)
        rows = [json.loads(one) for one in lines] if nested else [{"event": one} for one in lines]
        path = file_of(pa.Table.from_pylist(rows), tmp_path, kind, row_group_size=150)
        found = list(read_events(path))
        assert [one.canonical for one in found if isinstance(one, Received)] == [
            one.canonical for one in items if isinstance(one, Received)
        ]
        assert [one.line for one in found] == list(range(1, len(lines) + 1))

    @pytest.mark.parametrize("kind", KINDS)
    def test_amounts_are_exact(self, kind: str, tmp_path: Path) -> None:
        """Whole numbers of any width arrive digit by digit; fractions and what is below zero are refused."""
        amounts = [10**37 + 1, 2**53 + 1, -5]
        taken = [10**37 + 1, 2**53 + 1, None]
        rows = [sale(data=sale()["data"] | {"price": {"amount": 0, "currency": "ETH"}})] * 3
        for values, expected in (
            (pa.array([Decimal(a) for a in amounts], pa.decimal128(38, 0)), taken),
            (pa.array([Decimal(a) for a in amounts], pa.decimal256(50, 0)), taken),
            (pa.array([2**63 - 1, 2**53 + 1, -5], pa.int64()), [2**63 - 1, 2**53 + 1, None]),
            (pa.array([0.5, 1e20, 19.0], pa.float64()), [None, None, 19]),
        ):
            price = pa.StructArray.from_arrays(
                [values, pa.array(["ETH"] * 3)], ["amount", "currency"]
            )
            table = pa.Table.from_pylist(
                [{k: v for k, v in row.items() if k != "data"} for row in rows]
            )
            data = pa.StructArray.from_arrays(
                [
                    price,
                    pa.array([sale()["data"]["parties"]] * 3),
                    pa.array(["market:token:7"] * 3),
                ],
                ["price", "parties", "token"],
            )
            found = list(read_events(file_of(table.append_column("data", data), tmp_path, kind)))
            assert [
                one.event.data.price.minor_units if isinstance(one, Received) else None  # type: ignore[union-attr]
                for one in found
            ] == expected

    def test_times_keep_their_moment(self, tmp_path: Path) -> None:
        """A time of any unit and zone is the moment that it was."""
        moment = dt.datetime(2024, 5, 1, 2, tzinfo=dt.UTC)
        for unit, zone in (("s", "UTC"), ("us", "Asia/Shanghai"), ("ns", "America/New_York")):
            table = pa.Table.from_pylist([sale()]).drop_columns(["time"])
            times = pa.array([moment], pa.timestamp(unit, zone))
            path = file_of(table.append_column("time", times), tmp_path, "arrows")
            (item,) = read_events(path)
            assert isinstance(item, Received)
            assert item.event.time == moment

    def test_a_row_that_is_no_event_is_rejected_by_its_number(self, tmp_path: Path) -> None:
        """Rejects name the file and the row, and the rows around them are read."""
        rows = [sale(), sale(id=""), sale(id="b")]
        path = file_of(pa.Table.from_pylist(rows), tmp_path, "parquet", row_group_size=1)
        found = list(read_events(path))
        assert [(type(one), one.file, one.line) for one in found] == [
            (Received, str(path), 1),
            (Reject, str(path), 2),
            (Received, str(path), 3),
        ]


class TestTables:
    """Foreign tables in columns, through a mapping."""

    def table(self, wei: Any) -> Any:
        """Return a table of trades with amounts of a type."""
        count = len(wei)
        return pa.table(
            {
                "tx": pa.array([{"hash": f"0x{n}"} for n in range(count)]),
                "at": pa.array([1_714_557_600_000] * count, pa.timestamp("ms")),
                "token": pa.array([7] * count, pa.uint64()),
                "buyer": pa.array(["market:user:1"] * count).dictionary_encode(),
                "wei": wei,
            }
        )

    @pytest.mark.parametrize("kind", KINDS)
    def test_wei_beyond_64_bits(self, kind: str, tmp_path: Path) -> None:
        """Decimals of 38 digits come through a mapping exactly, in whatever file they are."""
        amounts = [10**37 + 7, 3]
        wei = pa.array([Decimal(a) for a in amounts], pa.decimal128(38, 0))
        path = file_of(self.table(wei), tmp_path, kind)
        found = list(read_events(path, load_mapping(written(MAPPING, tmp_path))))
        assert codes(found) == ["ok", "ok"]
        events = [one.event for one in found if isinstance(one, Received)]
        assert [one.data.price.minor_units for one in events] == amounts  # type: ignore[union-attr]
        assert [one.id for one in events] == ["0x0", "0x1"]
        assert events[0].time == dt.datetime(2024, 5, 1, 2, tzinfo=dt.UTC)

    def test_floats_are_no_money(self, tmp_path: Path) -> None:
        """Amounts in a column of floats are refused, and the error says what to do."""
        path = file_of(self.table(pa.array([1.0, 2.0])), tmp_path, "parquet")
        with pytest.raises(DataError, match="not exact") as caught:
            list(read_events(path, load_mapping(written(MAPPING, tmp_path))))
        assert "decimal" in str(caught.value.help)

    def test_unknown_column(self, tmp_path: Path) -> None:
        """A column that the file does not have is named, with its nearest."""
        path = file_of(
            self.table(pa.array([1])).rename_columns(["tx", "at", "token", "buyers", "wei"]),
            tmp_path,
            "parquet",
        )
        with pytest.raises(RulebookError, match="`buyer` is not a column") as caught:
            list(read_events(path, load_mapping(written(MAPPING, tmp_path))))
        assert "buyers" in str(caught.value.help)


class TestBounds:
    """What is made to fill the memory."""

    def test_one_long_text_repeated(self, tmp_path: Path) -> None:
        """A text of 4 MiB that a short file repeats a hundred thousand times is refused row by row."""
        events = pa.DictionaryArray.from_arrays(
            pa.array([0, 1] * 50_000, pa.int32()), ["x" * 2**22, line().decode()]
        )
        for kind in KINDS:
            path = file_of(pa.table({"event": events}), tmp_path, kind)
            items = read_events(path)
            assert codes([next(items) for _ in range(4)]) == ["too_long", "ok"] * 2

    def test_large_row_group(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A row group or batch that unpacks to more than the limit is refused before it is read."""
        monkeypatch.setattr(columnar, "MOST_UNPACKED", 2**16)
        for kind in KINDS:
            path = file_of(
                pa.table({"event": [line(id=str(n)) for n in range(1_000)]}), tmp_path, kind
            )
            (reject,) = read_events(path)
            assert isinstance(reject, Reject)
            assert reject.code == "columnar_too_large"
            assert "smaller" in reject.remedy

    def test_damaged_files(self, tmp_path: Path) -> None:
        """A file cut off anywhere gives the rows before the damage, and one reject in their place."""
        for kind in KINDS:
            whole = file_of(pa.table({"event": [line()] * 50}), tmp_path, kind).read_bytes()
            for size in (4, 9, len(whole) // 2, len(whole) - 3):
                (tmp_path / "cut").write_bytes(whole[:size])
                found = codes(list(read_events(tmp_path / "cut")))
                assert set(found[:-1]) <= {"ok"}
                assert not found or found[-1] in {"ok", "columnar_damaged"}


class TestValues:
    """What a column can hold and Python cannot."""

    @pytest.mark.parametrize(
        "values",
        [
            pa.array([b"{}", b"\xff"]).view(pa.string()),
            pa.array([0, 2**62], pa.timestamp("us", "UTC")),
            pa.array([0, 2**31 - 1], pa.date32()),
        ],
        ids=["text", "time", "date"],
    )
    def test_a_row_alone_is_rejected(self, values: Any, tmp_path: Path) -> None:
        """Text that is not UTF-8 and times that no calendar has lose their own row and no other."""
        for kind in KINDS:
            found = codes(list(read_events(file_of(pa.table({"at": values}), tmp_path, kind))))
            assert found[0] != "row_unreadable"
            assert found[1] == "row_unreadable"

    def test_a_time_zone_that_is_none(self, tmp_path: Path) -> None:
        """Rows whose time zone nobody knows are rejected."""
        times = pa.array([0], pa.timestamp("us", "Nowhere/Town"))
        for kind in KINDS:
            found = read_events(file_of(pa.table({"time": times}), tmp_path, kind))
            assert codes(list(found)) == ["row_unreadable"]

    @pytest.mark.parametrize(
        "values",
        [
            pa.array([1], pa.duration("ns")),
            pa.array([[("a", 1)]], pa.map_(pa.string(), pa.timestamp("ns", "UTC"))),
            pa.array([[1]], pa.large_list(pa.timestamp("ns"))),
        ],
        ids=["duration", "map", "list"],
    )
    def test_what_json_has_not(self, values: Any, tmp_path: Path) -> None:
        """A value of a type that no event has is rejected by its row, with or without a mapping."""
        table = pa.table({"x": values, "buyer": ["alice"]})
        for kind in KINDS:
            path = file_of(table, tmp_path, kind)
            assert len(codes(list(read_events(path)))) == 1
            assert len(list(columnar.table_rows(path))) == 1
            json.dumps([row for _, row in columnar.table_rows(path)])

    def test_two_columns_of_one_name(self, tmp_path: Path) -> None:
        """Which of them counts is not guessed; the file is refused."""
        columns = [pa.array([line()]), pa.array([line()])]
        table = pa.Table.from_arrays(columns, names=["event", "event"])
        for kind in KINDS:
            assert codes(list(read_events(file_of(table, tmp_path, kind)))) == ["column_twice"]


def test_a_pipe_is_read_whole(tmp_path: Path) -> None:
    """To see what a file is takes nothing from a pipe, which gives its bytes once."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    text = b"".join(line(id=str(n)) + b"\n" for n in range(3))
    writer = threading.Thread(target=pipe.write_bytes, args=(text,), daemon=True)
    writer.start()
    assert codes(list(read_events(pipe))) == ["ok"] * 3
    writer.join(5)


class TestZstandard:
    """Text compressed with Zstandard."""

    def test_frames(self, tmp_path: Path) -> None:
        """Several frames, with and without their size, are one text."""
        lines = [line(id=str(n)) for n in range(2_000)]
        compressor = zstandard.ZstdCompressor()
        sink = io.BytesIO()
        with compressor.stream_writer(sink, closefd=False) as writer:
            writer.write(b"\n".join(lines[1_000:]))
        content = compressor.compress(b"\n".join(lines[:1_000]) + b"\n") + sink.getvalue()
        assert codes(read(content, tmp_path)) == ["ok"] * 2_000

    def test_cut_off(self, tmp_path: Path) -> None:
        """What was read before the damage counts, and the reject says what to do."""
        lines = [line(id=str(n)) for n in range(2_000)]
        content = zstandard.ZstdCompressor().compress(b"\n".join(lines))
        for damaged in (content[: len(content) // 2], content[:-4] + b"\0\0\0\0"):
            found = codes(read(damaged, tmp_path))
            assert found[-1] == "zstd_damaged"

    def test_table(self, tmp_path: Path) -> None:
        """A compressed table goes through its mapping as a plain one does."""
        mapping = "source: s\nformat: csv\nemit:\n- {type: sale, stage: settled, id: {column: i}, time: {column: t, zone: UTC}, data: {token: {column: k}, parties: {buyer: {column: b}}, price: {amount: {column: p}, currency: {const: CNY}}}}\n"
        table = b"i,t,k,b,p\n1,2024-05-01 10:00:00,market:token:1,market:user:1,5\n"
        compressed = zstandard.ZstdCompressor().compress(table)
        assert (
            codes(read(table, tmp_path, mapping))
            == codes(read(compressed, tmp_path, mapping))
            == ["ok"]
        )

    def test_memory_is_bounded(self, tmp_path: Path) -> None:
        """Zeros that expand ten thousand times cost a bounded line at a time."""
        content = zstandard.ZstdCompressor().compress(
            b"\0" * (64 * MAX_LINE_BYTES) + b"\n" + line()
        )
        assert len(content) < MAX_LINE_BYTES // 64
        assert codes(read(content, tmp_path)) == ["too_long", "ok"]


@pytest.mark.parametrize("kind", [pa.null(), pa.struct([])], ids=["nulls", "structs of nothing"])
def test_a_row_of_very_many_nothings(kind: Any) -> None:
    """A row whose values take no byte is measured by how many they are, before it is taken out."""
    values = pa.array([None] * 2_000_000, kind)
    lists = pa.ListArray.from_arrays(pa.array([0, 2_000_000, 2_000_000], pa.int32()), values)
    large, small = columnar.batch_rows(pa.record_batch({"data": lists}))
    assert (large.code, small) == ("too_long", {"data": []})
