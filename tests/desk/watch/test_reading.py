"""A market's history is read into canonical tables, whole, and told of."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as arrow
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pyarrow import feather, parquet

from vermilion.desk.book import Book
from vermilion.desk.check import CheckRequest, check
from vermilion.desk.watch.reading import History, HistoryRequest, earlier_history, read_history
from vermilion.desk.watch.reading_staged import SCHEMAS
from vermilion.errors import DataError, UsageError
from vermilion.facts.history import TABLES
from vermilion.intake import load_mapping
from vermilion.intake.json_array import array_items

DATA = Path("/work/shared/data")
EXAMPLES = Path(__file__).parents[3] / "examples" / "mappings"


def event(id: str, kind: str, data: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    """Return an event as JSON has it."""
    return {
        "specversion": "1.0", "type": kind, "source": "//m", "id": id, "time": "2024-05-01T10:00:00Z",
        "stage": "settled", "data": data,
    } | envelope  # fmt: skip


def sale(id: str, price: int | None = 5, **envelope: Any) -> dict[str, Any]:
    """Return a sale."""
    data: dict[str, Any] = {"token": "m:token:7", "parties": {"seller": "m:u:1", "buyer": "m:u:2"}}
    if price is not None:
        data["price"] = {"amount": price, "currency": "CNY"}
    return event(id, "sale", data, **envelope)


def ndjson(path: Path, events: list[dict[str, Any]]) -> Path:
    """Write events, one a line."""
    path.write_text("".join(json.dumps(one) + "\n" for one in events), "utf-8")
    return path


def rows(history: History, table: str = "moves") -> list[dict[str, Any]]:
    """Return the rows of a table in the order of their positions."""
    found = [row for path in history.paths()[table] for row in parquet.read_table(path).to_pylist()]
    return sorted(found, key=lambda row: row.get("position") or 0)


def read(folder: Path, *events: dict[str, Any], **request: Any) -> History:
    """Read events."""
    return read_history(
        HistoryRequest(folder / "h", [ndjson(folder / "e.ndjson", list(events))], **request)
    )


def test_every_kind_of_event(tmp_path: Path) -> None:
    """Each event that a table can hold comes to lie in it with what it says; others are counted."""
    money = {"amount": 9, "currency": "CNY"}
    euros = {"amount": 4, "currency": "EUR"}
    history = read(
        tmp_path,
        sale("s1"),
        event("t1", "transfer", {"kind": "mint", "token": "m:token:8",
                                 "parties": {"sender": "m:u:9", "recipient": "m:u:1"}}),
        event("t2", "transfer", {"token": "m:token:8", "consideration": money,
                                 "parties": {"sender": "m:u:1", "recipient": "m:u:2"}}),
        event("t3", "transfer", {"token": "eip155:1/erc1155:0xab/1", "parties":
              {"sender": "eip155:1:0xb", "recipient": "eip155:1:0x" + "0" * 40}}),
        event("p1", "payment", {"parties": {"payer": "m:u:1", "payee": "m:u:2"},
                                "settlement": [{"amount": money}, {"amount": money}, {"amount": euros}]}),
        event("o1", "offer", {"token": "m:token:8", "price": money, "parties": {"issuer": "m:org:1"},
                              "per_person_cap": 2, "closes_at": "2024-06-01T00:00:00Z"}),
        event("n1", "post", {"purpose": "advertisement", "token": "m:token:8"}),
        event("n2", "post", {"purpose": "discussion", "token": "m:token:8"}),
        event("i1", "issue", {"token": {"id": "m:token:8", "collection": "m:c:1", "edition": {"size": 10}},
                              "parties": {"issuer": "m:org:1"}}),
        event("f1", "platform", {"platform": {"id": "m:platform:1", "operator": "m:org:2"}}),
        event("f2", "party", {"party": {"id": "m:org:2", "wallets": ["eip155:1:0xc"]}}),
        event("h1", "holding", {"token": "m:token:8"}),
        sale("s2", stage="proposed"),
    )  # fmt: skip
    moves = {row["id"]: row for row in rows(history)}
    assert [(one["kind"], one["sender"], one["recipient"], one["price"], one["many"]) for one in moves.values()] == [
        ("sale", "m:u:1", "m:u:2", 5, False),
        ("mint", None, "m:u:1", None, False),
        ("sale", "m:u:1", "m:u:2", 9, False),
        ("burn", "eip155:1:0xb", None, None, True),
    ]  # fmt: skip
    assert [one["collection"] for one in moves.values()] == [
        "m:token",
        "m:c:1",
        "m:c:1",
        "eip155:1/erc1155:0xab",
    ]
    paid = [(one["id"], one["amount"], one["currency"]) for one in rows(history, "payments")]
    assert paid == [("p1", 18, "CNY"), ("p1#EUR", 4, "EUR")]
    (listed,) = rows(history, "listings")
    assert (listed["seller"], listed["price"], listed["collection"]) == ("m:org:1", 9, "m:c:1")
    assert listed["until_ms"] == 1_717_200_000_000
    assert [(one["id"], one["collection"]) for one in rows(history, "news")] == [("n1", "m:c:1")]
    issued = [(one["id"], one["supply"], one["per_person_cap"]) for one in rows(history, "issues")]
    assert sorted(issued) == [("i1", 10, None), ("o1", None, 2)]
    assert {(one["party"], one["role"]) for one in rows(history, "accounts")} == {
        ("m:org:1", "issuer"),
        ("m:platform:1", "platform"),
        ("m:org:2", "platform"),
        ("eip155:1:0xc", "platform"),
    }
    assert history.other == 2
    assert history.as_of_ms == 1_714_557_600_000
    assert set(history.tables) == set(TABLES)
    assert earlier_history(tmp_path / "h") == history


def test_unplaceable(tmp_path: Path) -> None:
    """A sale that names no token, or a price below zero, is a reject with its line, and nothing else."""
    history = read(tmp_path, sale("a"), event("b", "sale", {}), sale("c", -1), {"id": 1})
    assert [row["id"] for row in rows(history)] == ["a"]
    assert history.rejects is not None
    told = [json.loads(line) for line in history.rejects.read_text().splitlines()]
    assert [(one["line"], one["field"]) for one in told][:2] == [
        (2, "data.token"),
        (3, "data.price.amount"),
    ]
    assert (history.rejected, history.files[0].rejected) == (3, 3)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "d"]),
        st.sampled_from([None, "a", "x"]),
        st.sampled_from(["settled", "withdrawn", "proposed"]),
    ),
    max_size=12,
)


def standing(steps: list[tuple[str, str | None, str]]) -> list[tuple[str, int]]:
    """Fold by hand: of each business the identity that first came last, unless it withdraws."""
    first: dict[str, tuple[str, str]] = {}
    for id, subject, stage in steps:
        if stage != "proposed":
            first.setdefault(id, (subject or id, stage))
    last: dict[str, str] = {}
    for id, (subject, _) in first.items():
        last[subject] = id
    counted = {id for subject, id in last.items() if first[id][1] == "settled"}
    return [
        (id, n) for n, (id, _, stage) in enumerate(steps) if stage == "settled" and id in counted
    ]


@settings(max_examples=12, deadline=None)
@example([("a", None, "settled"), ("b", "a", "settled"), ("a", None, "settled")], 2)
@given(STEPS, st.integers(0, 12))
def test_corrections(tmp_path_factory: pytest.TempPathFactory, steps: Any, cut: int) -> None:
    """What stands is the last settled event of each business, in one read and in two that go on."""
    # An identity that comes again comes with the same content, as a conflict is another matter.
    kinds: dict[str, tuple[str | None, str]] = {}
    steps = [(id, *kinds.setdefault(id, (subject, stage))) for id, subject, stage in steps]
    folder = tmp_path_factory.mktemp("c")
    events = [
        sale(id, n, stage=stage, **({"subject": s} if s else {}))
        for n, (id, s, stage) in enumerate(steps)
    ]
    whole = read(folder, *events)
    assert [(row["id"], int(row["price"])) for row in rows(whole)] == standing(steps)
    first = read_history(HistoryRequest(folder / "1", [ndjson(folder / "1.ndjson", events[:cut])]))
    rest = [ndjson(folder / "2.ndjson", events[cut:])]
    second = read_history(HistoryRequest(folder / "2", rest, earlier=Path(first.folder)))
    assert [(row["id"], int(row["price"])) for row in rows(second)] == standing(steps)


def canonical(folder: Path, **columns: Any) -> Path:
    """Write a canonical table of one row."""
    row = {"source": "s", "id": "1", "ms": 5, "position": 0, "kind": "sale", "collection": "c", "token": "t",
           "quantity": 1, "many": False, "price": 7, "currency": "ETH"} | columns  # fmt: skip
    return write(folder / "m.parquet", [row])


def write(path: Path, found: list[dict[str, Any]]) -> Path:
    """Write moves."""
    parquet.write_table(arrow.Table.from_pylist(found, SCHEMAS["moves"]), path)
    return path


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"id": None}, "id"), ({"kind": "swap"}, "kind"), ({"quantity": 0}, "quantity"), ({"price": -1}, "price"),
        ({"currency": None}, "currency"), ({"ms": 10**17}, "ms"), ({"token": ""}, "token"), ({"many": None}, "many"),
    ],
)  # fmt: skip
def test_wrong_rows(wrong: dict[str, Any], field: str, tmp_path: Path) -> None:
    """A row of a canonical table that cannot be is a reject that names row and column."""
    history = read_history(HistoryRequest(tmp_path / "h", [canonical(tmp_path, **wrong)]))
    assert history.counts["moves"] == 0
    assert history.rejects is not None
    told = json.loads(history.rejects.read_text())
    assert (told["line"], told["field"]) == (1, field)
    assert told["remedy"]


def test_canonical_files(tmp_path: Path) -> None:
    """Canonical tables are known by their columns, as Parquet, Arrow or a folder, and add up."""
    source = canonical(tmp_path)
    table = parquet.read_table(source)
    feather.write_feather(
        table.drop(["tx", "platform"]), str(tmp_path / "m.arrow"), compression="uncompressed"
    )
    (tmp_path / "folder").mkdir()
    parquet.write_table(table, tmp_path / "folder" / "moves.parquet")
    files = [
        source,
        tmp_path / "m.arrow",
        tmp_path / "folder",
        ndjson(tmp_path / "e.ndjson", [sale("a")]),
    ]
    history = read_history(HistoryRequest(tmp_path / "h", files))
    assert history.counts["moves"] == 4
    assert [one.read for one in history.files] == ["tables", "tables", "tables", "rows"]
    assert {row["token"] for row in rows(history)} == {"t", "m:token:7"}


def test_news_of_a_token(tmp_path: Path) -> None:
    """News that name only a token are of the collection that its id tells; what is stated stays."""
    stated = {"id": "a", "collection": "own", "token": "m:c:1"}
    bare = {"id": "b", "collection": None, "token": "m:c:2"}
    general = {"id": "c", "collection": None, "token": None}
    common = {"source": "//m", "ms": 1_700_000_000_000, "position": 0}
    for number, told in enumerate(([stated, bare, general], [stated, general])):
        folder = tmp_path / str(number)
        folder.mkdir()
        table = arrow.Table.from_pylist([common | one for one in told], SCHEMAS["news"])
        parquet.write_table(table, folder / "news.parquet")
        moves = write(folder / "moves.parquet", [])
        history = read_history(HistoryRequest(folder / "h", [moves, folder / "news.parquet"]))
        found = {one["id"]: one["collection"] for one in rows(history, "news")}
        assert (
            found == {"a": "own", "b": "m:c", "c": None} if number == 0 else {"a": "own", "c": None}
        )


def test_inexact_column(tmp_path: Path) -> None:
    """A canonical table whose prices are floating-point numbers is refused, as they are not exact."""
    table = parquet.read_table(canonical(tmp_path))
    parquet.write_table(table.set_column(11, "price", arrow.array([7.0])), tmp_path / "f.parquet")
    with pytest.raises(DataError, match="`price` of `moves` holds double"):
        read_history(HistoryRequest(tmp_path / "h", [tmp_path / "f.parquet"]))
    assert not (tmp_path / "h").exists()


def test_nothing_half_written(tmp_path: Path) -> None:
    """Where reading fails there is no folder and nothing beside it, and a full folder is left alone."""
    with pytest.raises(DataError):
        read_history(HistoryRequest(tmp_path / "h", [tmp_path / "absent.ndjson"]))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "kept").write_text("x")
    with pytest.raises(UsageError, match="there already"):
        read_history(HistoryRequest(tmp_path, [tmp_path / "kept"]))


def test_book(tmp_path: Path) -> None:
    """A record gives the history that the same events give as a file, also in two steps."""
    events = [
        sale("a"),
        sale("b", 6, subject="x"),
        sale("c", 7, subject="x"),
        sale("d", stage="proposed"),
    ]
    found = []
    for number, part in enumerate((events[:2], events[2:]), 1):
        check(
            CheckRequest([ndjson(tmp_path / f"{number}.ndjson", part)], [], book=tmp_path / "book")
        )
        with Book.open(tmp_path / "book") as book:
            earlier = Path(found[-1].folder) if found else None
            found.append(
                read_history(HistoryRequest(tmp_path / f"h{number}", book=book, earlier=earlier))
            )
            whole = read_history(HistoryRequest(tmp_path / f"w{number}", book=book))
        assert rows(found[-1]) == rows(whole)
    assert [(row["id"], row["price"]) for row in rows(found[-1])] == [("a", 5), ("c", 7)]
    assert found[-1].position == whole.position
    assert found[-1].erased == 0


def test_accounts(tmp_path: Path) -> None:
    """A list of service accounts is read from CSV and YAML, with days and times, and nobody is shipped."""
    (tmp_path / "a.csv").write_text("party,role,from,until\nm:u:1,exchange,2024-01-01,\n")
    (tmp_path / "a.yaml").write_text(
        "- {party: 'm:u:1', role: exchange, from: '2024-01-01T00:00:00Z'}\n"
    )
    dead = "eip155:1:0x000000000000000000000000000000000000dEaD"
    given_sale = sale("a") | {
        "data": {"token": "t", "parties": {"seller": dead, "buyer": "eip155:1:0xdead"}}
    }
    for name in ("a.csv", "a.yaml"):
        request = HistoryRequest(
            tmp_path / name.replace(".", "-"),
            [ndjson(tmp_path / "e", [given_sale])],
            accounts=tmp_path / name,
        )
        assert {tuple(row.values()) for row in rows(read_history(request), "accounts")} == {
            ("m:u:1", "exchange", 1_704_067_200_000, None),
            (dead, "null", None, None),
        }


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("party,role\nx,exchang\n", "did you mean `exchange`"),
        ("party,rol\nx,exchange\n", "did you mean `role`"),
        ("party,role,from\nx,exchange,tomorrow\n", "give a date"),
        ("party,role,from,until\nx,exchange,2024-01-02,2024-01-01\n", "first moment"),
        ("party,role\n,exchange\n", "as events write it"),
    ],
)
def test_wrong_accounts(text: str, says: str, tmp_path: Path) -> None:
    """What is wrong in a list of accounts is told with its line and a remedy."""
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(DataError) as found:
        read(tmp_path, sale("a"), accounts=tmp_path / "a.csv")
    assert says in str(found.value.help)
    assert str(found.value.where).endswith(":2")


@given(
    st.lists(
        st.sampled_from(['{"a": "]}, [\\""}', "{}", '{"b":[1,{"c":2}]}', "7", '"x,y"']), max_size=6
    ),
    st.data(),
)
def test_json_array(items: list[str], data: st.DataObject) -> None:
    """The items of an array are cut out with their lines, wherever the text is cut into chunks."""
    text = ("\n[\n" + ",\n".join(items) + "\n]\n").encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=5)))
    chunks = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert list(array_items(chunks)) == [(3 + n, item.encode()) for n, item in enumerate(items)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"a": 1}', "json_syntax"),
        (b"[1, 2", "json_truncated"),
        (b"[1] x", "json_trailing_data"),
        (b"", "json_syntax"),
    ],
)
def test_no_array(text: bytes, code: str) -> None:
    """A file that is not one whole array ends in a fault that says why."""
    assert [one[1].code for one in array_items([text]) if not isinstance(one[1], bytes)] == [code]


def test_tezos(tmp_path: Path) -> None:
    """The published buys and sales of a Tezos wallet are read but for rows with broken texts."""
    files = [DATA / "tezos" / name for name in ("bought_data.json", "sales_data.json")]
    if not files[0].is_file():
        pytest.skip("the published data is not here")
    history = read_history(
        HistoryRequest(tmp_path / "h", files, load_mapping(EXAMPLES / "tezos.yaml"))
    )
    assert (history.counts["moves"], history.rejected) == (3107, 13)
    assert all(row["many"] for row in rows(history))


def test_solana(tmp_path: Path) -> None:
    """Transfers of Solana tokens are read through the example mapping, in columns."""
    (tmp_path / "s.csv").write_text(
        "signature,index,block_time,mint,collection,from,to,type,price_lamports,marketplace\n"
        "5sig,0,2024-05-01T10:00:00Z,Mint1,Coll1,,Bob,mint,,\n"
        "6sig,0,2024-05-02T10:00:00Z,Mint1,Coll1,Bob,Eve,sale,1500000000,tensor\n"
        "7sig,1,2024-05-03T10:00:00Z,Mint1,Coll1,Eve,Ann,transfer,,\n"
    )
    history = read_history(
        HistoryRequest(tmp_path / "h", [tmp_path / "s.csv"], load_mapping(EXAMPLES / "solana.yaml"))
    )
    found = rows(history)
    assert [(row["kind"], row["price"]) for row in found] == [
        ("mint", None),
        ("sale", 1_500_000_000),
        ("transfer", None),
    ]
    assert {row["collection"] for row in found} == {
        "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp/nft:Coll1"
    }
    assert history.files[0].read == "columns"


def test_logs(tmp_path: Path) -> None:
    """Raw logs with the blocks beside them are decoded into the same tables."""
    files = [DATA / "eth_blocks" / name for name in ("expected_logs.json", "expected_blocks.json")]
    if not files[0].is_file():
        pytest.skip("the published data is not here")
    history = read_history(HistoryRequest(tmp_path / "h", files))
    assert history.files[0].read == "logs"
    assert history.counts["moves"] > 0
    assert dt.datetime.fromtimestamp(rows(history)[0]["ms"] / 1000, dt.UTC).year == 2023
