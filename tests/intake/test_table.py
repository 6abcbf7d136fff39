"""Foreign tables through a mapping: conversions, unknowns, conditions, ids, faults of rows."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from vermilion.errors import RulebookError
from vermilion.intake import MAX_LINE_BYTES, Received, Reject

from .samples import codes, read

HEAD = "source: //m/x\nformat: csv\n"
SALE = (
    HEAD
    + """
emit:
  - type: sale
    stage: settled
    id: {column: id}
    time: {column: t}
    data: {token: {column: token}}
"""
)
ROW = "1,2024-05-01T10:00:00Z,a:b:c\n"


def sale_of(data: str, columns: str, extra: str = "") -> str:
    """Return a mapping whose rows are sales with the given data."""
    return f"""{HEAD}{extra}
emit:
  - type: {columns}
    stage: settled
    id: {{const: x}}
    time: {{const: "2024-05-01T10:00:00Z"}}
    data: {data}
"""


def data_of(items: list[Received | Reject]) -> list[Any]:
    """Return each event's data, or each reject's code and field."""
    return [
        json.loads(item.canonical).get("data", {})
        if isinstance(item, Received)
        else (item.code, item.field)
        for item in items
    ]


@pytest.mark.parametrize(
    ("data", "text", "expected"),
    [
        ("{price: {amount: {column: c}, currency: {const: ETH}}}", "9" * 38, {"price": {"amount": "9" * 38, "currency": "ETH"}}),
        ("{price: {amount: {column: c}, currency: {const: ETH}}}", "5", {"price": {"amount": 5, "currency": "ETH"}}),
        ("{price: {amount: {column: c}, currency: {const: ETH}}}", "1" + "0" * 38, ("money_invalid", "c")),
        ("{price: {amount: {column: c}, currency: {const: ETH}}}", "1e18", ("money_invalid", "c")),
        ("{price: {amount: {const: 5}, currency: {column: c}}}", "RMB", ("currency_unknown", "c")),
        ("{price: {amount: {column: c, decimals_of: CNY}, currency: {const: CNY}}}", "19.90", {"price": {"amount": 1990, "currency": "CNY"}}),
        ("{price: {amount: {column: c, decimals_of: CNY}, currency: {const: CNY}}}", "-0.5", ("money_negative", "c")),
        ("{price: {amount: {column: c, decimals_of: CNY}, currency: {const: CNY}}}", "19.9000", {"price": {"amount": 1990, "currency": "CNY"}}),
        ("{price: {amount: {column: c, decimals_of: CNY}, currency: {const: CNY}}}", "19.901", ("money_invalid", "c")),
        ("{price: {amount: {column: c, decimals_of: CNY}, currency: {const: CNY}}}", "¥19.90", ("money_invalid", "c")),
        ("{price: {amount: {column: c, decimals_of: JPY}, currency: {const: JPY}}}", "19", {"price": {"amount": 19, "currency": "JPY"}}),
        ("{price: {amount: {column: c, decimals_of: ETH}, currency: {const: ETH}}}", "0.000000000000000001", {"price": {"amount": 1, "currency": "ETH"}}),
        ("{token: {template: 'a:{c}:{{x}}%s'}}", "7", {"token": "a:7:{x}%s"}),
        ("{token: {column: c}, purpose: {column: c, values: {投资: investment, 7: custody}}}".replace("7:", '"7":'), "投资", {"token": "投资", "purpose": "investment"}),
        ("{purpose: {column: c, values: {投资: investment}}}", "自用", ("unknown_value", "c")),
        ("{purpose: {column: c}}", "invesment", ("unknown_value", "c")),
        ("{token: {column: c}}", "x" * 513, ("text_too_long", "c")),
        ("{inline: {parties: [{id: {const: p}, self_supporting: {column: c}}]}}", "YES", {"inline": {"parties": [{"id": "p", "self_supporting": True}]}}),
        ("{inline: {parties: [{id: {const: p}, self_supporting: {column: c}}]}}", "maybe", ("wrong_type", "c")),
        ("{inline: {parties: [{id: {const: p}, birth_date: {column: c}}]}}", "2001-02-29", ("time_invalid", "c")),
        ("{inline: {parties: [{id: {const: p}, memberships: {column: c, split: ';'}}]}}", "NIFA; CBA;", {"inline": {"parties": [{"id": "p", "memberships": ["NIFA", "CBA"]}]}}),
        ("{inline: {parties: [{id: {const: p}, memberships: {column: c, split: ';'}}]}}", "NIFA;" * 65, ("list_too_long", "c")),
        ("{inline: {parties: [{id: {column: c}}, {id: {const: p}}]}}", "p", ("duplicate_inline_id", "c")),
        ("{inline: {tokens: [{id: {const: p}, edition: {size: {column: c}}}]}}", "12", {"inline": {"tokens": [{"id": "p", "edition": {"size": 12}}]}}),
        ("{inline: {tokens: [{id: {const: p}, edition: {size: {column: c}}}]}}", "1.5", ("wrong_type", "c")),
        ("{inline: {tokens: [{id: {const: p}, edition: {size: {column: c}}}]}}", "-1", ("number_out_of_range", "c")),
        ("{token: {column: c}, provenance: {token: {source: {const: chain}}}}", "x", {"token": "x", "provenance": {"token": {"source": "chain"}}}),
    ],
)  # fmt: skip
def test_cell_becomes_a_field(data: str, text: str, expected: Any, tmp_path: Path) -> None:
    """A cell becomes exactly what its field holds, or a reject that names the column."""
    assert data_of(read(f"c\n{text}\n".encode(), tmp_path, sale_of(data, "sale"))) == [expected]


@pytest.mark.parametrize(
    ("zone", "text", "expected"),
    [
        ("", "2017-06-23 21:05:06+00:00", "2017-06-23T21:05:06Z"),
        ("", "2017-06-23 21:05:06", "time_naive"),
        ("", "23.06.2017", "time_invalid"),
        (", zone: Asia/Shanghai", "2024-05-01 10:00:00", "2024-05-01T02:00:00Z"),
        (", zone: Asia/Shanghai", "2024-05-01 10:00", "2024-05-01T02:00:00Z"),
        (", zone: Asia/Shanghai", "2024-05-01T10:00:00+00:00", "2024-05-01T10:00:00Z"),
        (", zone: Asia/Shanghai", "2024-02-30 10:00:00", "time_invalid"),
        (", zone: Asia/Shanghai", "2024-W05-1", "time_invalid"),
        (", zone: Asia/Shanghai", "0001-01-01 00:00:00", "time_out_of_range"),
        (", zone: Asia/Shanghai", "1900-06-01 00:00:00", "1900-05-31T15:54:17Z"),
        (", zone: Asia/Shanghai", "9999-12-31 23:59:59", "time_out_of_range"),
        (", zone: America/New_York", "9999-12-31 23:59:59", "time_out_of_range"),
        ("", "9999-12-31T23:59:59Z", "time_out_of_range"),
        (", zone: Europe/Berlin", "2024-10-27 02:30:00", "time_ambiguous"),
        (", zone: Europe/Berlin", "2024-03-31 02:30:00", "time_ambiguous"),
    ],
)
def test_times(zone: str, text: str, expected: str, tmp_path: Path) -> None:
    """A time keeps its offset or takes the stated zone; one that could mean two moments is refused."""
    mapping = SALE.replace("{column: t}", f"{{column: t{zone}}}")
    (item,) = read(f"id,t,token\n1,{text},x\n".encode(), tmp_path, mapping)
    if isinstance(item, Received):
        assert json.loads(item.canonical)["time"] == expected
    else:
        assert (item.code, item.field) == (expected, "t")


def test_unknown_spreads_no_further_than_it_must(tmp_path: Path) -> None:
    """An unknown amount makes the price unknown and keeps the leg's instrument; all-null is absent."""
    data = """
      token: {template: "a:{b}:{c}"}
      price: {amount: {column: c}, currency: {const: ETH}}
      parties: {buyer: {column: b}, seller: {column: b}}
      settlement:
        - {amount: {amount: {column: c}, currency: {const: ETH}}, instrument: {const: cash}}
        - {channel: {column: b}}
      inline: {parties: [{id: {column: b}, kind: {const: person}}], works: {const: []}}"""
    mapping = sale_of(data, "sale", "nulls: {c: ['-', 'n/a']}")
    (item,) = read(b"b,c\n,-\n", tmp_path, mapping)
    assert isinstance(item, Received)
    assert data_of([item]) == [{"settlement": [{"instrument": "cash"}]}]


@pytest.mark.parametrize(("row", "field"), [(",2024-05-01T10:00:00Z,x", "id"), ("1,,x", "t"), ("1,2024-05-01T10:00:00Z,", "token")])  # fmt: skip
def test_unknown_envelope_field_is_a_reject(row: str, field: str, tmp_path: Path) -> None:
    """An event without id, time or any data is a reject that names the column."""
    (item,) = read(f"id,t,token\n{row}\n".encode(), tmp_path, SALE)
    assert isinstance(item, Reject)
    assert (item.code, item.field) == ("missing_field", field)


MANY = (
    HEAD
    + """
nulls: {price: ["-"]}
emit:
  - {type: sale, stage: settled, time: {column: t}, data: {token: {column: k}},
     when: [{column: price, present: true}, {column: k, not_in: [bad]}]}
  - {type: transfer, stage: settled, time: {column: t}, data: {token: {column: k}},
     when: {column: price, present: false}}
  - {type: holding, stage: settled, time: {column: t}, data: {token: {column: k}},
     when: {column: k, in: [both]}}
"""
)


def test_conditions_choose_the_entries(tmp_path: Path) -> None:
    """A row emits an event for each entry that takes it, and is a reject if none does."""
    rows = "t,k,price\n" + "".join(
        f"2024-05-01T10:00:00Z,{k},{p}\n"
        for k, p in [("x", "1"), ("x", "-"), ("both", ""), ("bad", "1")]
    )
    items = read(rows.encode(), tmp_path, MANY)
    types = [
        json.loads(item.canonical)["type"] if isinstance(item, Received) else item.code
        for item in items
    ]
    assert types == ["sale", "transfer", "transfer", "holding", "unmapped"]
    assert [item.line for item in items] == [2, 3, 4, 4, 5]


def test_row_gives_all_its_events_or_none(tmp_path: Path) -> None:
    """If one of a row's events cannot be made, the row is one reject."""
    mapping = MANY.replace("type: holding, stage: settled, time: {column: t}", "type: holding, stage: settled, time: {column: price}")  # fmt: skip
    items = read(b"t,k,price\n2024-05-01T10:00:00Z,both,1\n", tmp_path, mapping)
    assert codes(items) == ["time_invalid"]


def test_ids_from_rows_are_stable(tmp_path: Path) -> None:
    """Ids of rows without id are unique and stay when the export is re-sorted or grows."""
    rows = [f"2024-05-01T10:00:00Z,{k},1" for k in "abcab"] + ["2024-05-01T10:00:00Z,both,1"]
    first = read("\n".join(["t,k,price", *rows]).encode(), tmp_path, MANY)
    ids = [item.event.id for item in first if isinstance(item, Received)]
    assert len(set(ids)) == len(rows) + 1
    assert [name.rsplit("-")[1] for name in ids] == ["1", "1", "1", "2", "2", "1", "1.2"]
    random.Random(7).shuffle(rows)
    again = read("\n".join(["t,k,price", *rows, rows[0]]).encode(), tmp_path, MANY)
    assert set(ids) < {item.event.id for item in again if isinstance(item, Received)}
    turned = ["price,k,t"] + [",".join(reversed(row.split(","))) for row in rows]
    third = read("\n".join(turned).encode(), tmp_path, MANY)
    assert {item.event.id for item in third if isinstance(item, Received)} == set(ids)


def test_ids_from_rows_tell_nothing_of_other_columns(tmp_path: Path) -> None:
    """A column that the mapping does not use changes no id, nor does one that only `nulls` names."""
    rows = [f"2024-05-01T10:00:00Z,{k},1" for k in "aba"]
    plain = read("\n".join(["t,k,price", *rows]).encode(), tmp_path, MANY)
    wider = [f"{row},{phone}" for phone, row in enumerate(rows)]
    mapping = MANY.replace('nulls: {price: ["-"]}', 'nulls: {price: ["-"], phone: ["0"]}')
    again = read("\n".join(["t,k,price,phone", *wider]).encode(), tmp_path, mapping)
    assert ids_of(plain) == ids_of(again)
    objects = [dict(zip(["at", "phone"], ["2024-05-01T10:00:00Z", n], strict=True)) for n in "112"]
    foreign = ids_of(read("\n".join(map(json.dumps, objects)).encode(), tmp_path, JSON))
    assert [name.rsplit("-")[1] for name in foreign] == ["1", "2", "3"]


def ids_of(items: list[Received | Reject]) -> list[str]:
    """Return the ids of the events received."""
    return [item.event.id for item in items if isinstance(item, Received)]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("1,2024-05-01T10:00:00Z", "csv_columns"),
        ("1,2024-05-01T10:00:00Z,a,b", "csv_columns"),
        ('1,2024-05-01T10:00:00Z,"a', "csv_quote"),
        ('1,2024-05-01T10:00:00Z,"a"b', "csv_quote"),
        ('1,2024-05-01T10:00:00Z,a","', "csv_quote"),
        ("1,2024-05-01T10:00:00Z,a\rb", "csv_quote"),
        ("1,2024-05-01T10:00:00Z,a\0b", "nul_character"),
        ("1,2024-05-01T10:00:00Z,a\x7fb", "nul_character"),
        ("1,2024-05-01T10:00:00Z," + "x" * MAX_LINE_BYTES, "too_long"),
        ('1,2024-05-01T10:00:00Z,"' + "x" * 200_000 + '"', "too_long"),
    ],
)
def test_bad_row_costs_one_row(bad: str, code: str, tmp_path: Path) -> None:
    """A row that is no CSV is one reject; the rows after it are read."""
    items = read(f"id,t,token\n{ROW}{bad}\n{ROW}{ROW}".encode(), tmp_path, SALE)
    assert codes(items) == ["ok", code, "ok", "ok"]
    assert [item.line for item in items] == [2, 3, 4, 5]


def test_row_in_gb18030(tmp_path: Path) -> None:
    """A row that is not UTF-8 is a reject that says how to convert the file."""
    items = read(f"id,t,token\n{ROW}".encode() + ROW.replace("a:b", "藏品").encode("gb18030"), tmp_path, SALE)  # fmt: skip
    assert codes(items) == ["ok", "encoding_not_utf8"]
    assert isinstance(items[1], Reject)
    assert "GB18030" in items[1].remedy


def test_quoted_fields(tmp_path: Path) -> None:
    """Quoted commas, quotes and line breaks are kept; the line is where the row starts."""
    rows = f'id,t,token\r\n1,2024-05-01T10:00:00Z,"a,""b""\r\n\nc"\r\n{ROW}'
    items = read(rows.encode(), tmp_path, SALE)
    assert codes(items) == ["ok", "ok"]
    assert data_of(items)[0] == {"token": 'a,"b"\r\n\nc'}
    assert [item.line for item in items] == [2, 5]


def test_open_quotes_are_searched_once(tmp_path: Path) -> None:
    """Tens of thousands of rows behind a quote that never closes are all read, in linear time."""
    rows = "id,t,token\n" + '9,2024-05-01T10:00:00Z,"\n' + ROW * 30_000 + 'x"\n'
    found = codes(read(rows.encode(), tmp_path, SALE))
    assert found == ["csv_quote", *["ok"] * 30_000, "csv_quote"]


@pytest.mark.parametrize("heading", ["", "\n\n", "id,t,id\n", "id,,t\n", '"id,t\n'])
def test_bad_heading_is_one_reject(heading: str, tmp_path: Path) -> None:
    """A table without a usable heading is one reject."""
    items = read(f"{heading}".encode(), tmp_path, SALE)
    assert codes(items) in (["csv_header"], ["csv_quote"])


def test_column_that_the_table_lacks_is_the_mappings_fault(tmp_path: Path) -> None:
    """A column that is not in the heading is refused with the mapping's place and a suggestion."""
    with pytest.raises(RulebookError) as caught:
        read(f"id,t,tokens\n{ROW}".encode(), tmp_path, SALE)
    assert caught.value.help == "did you mean `tokens`?"
    assert caught.value.where == f"{tmp_path / 'mapping.yaml'} emit[0].data.token"


JSON = """
source: //m/x
format: ndjson
nulls: {price: ["-"]}
emit:
  - type: sale
    stage: settled
    time: {column: at}
    data:
      token: {template: "t:{item.no}"}
      parties: {buyer: {column: who.id}}
      price: {amount: {column: price, decimals_of: CNY}, currency: {const: CNY}}
      inline: {parties: [{id: {const: p}, memberships: {column: clubs, split: ","}}]}
"""


def test_foreign_json(tmp_path: Path) -> None:
    """Keys and dotted paths are columns; numbers stay exact and lists stay lists."""
    row = {"at": "2024-05-01T10:00:00Z", "item": {"no": 7}, "who": {"id": "u"}, "price": "Q", "clubs": ["NIFA", "CBA"]}  # fmt: skip
    text = json.dumps(row).replace('"Q"', "12345678901234567890123.10")
    (item,) = read(text.encode(), tmp_path, JSON)
    assert isinstance(item, Received)
    assert data_of([item]) == [
        {
            "token": "t:7",
            "parties": {"buyer": "u"},
            "price": {"amount": "1234567890123456789012310", "currency": "CNY"},
            "inline": {"parties": [{"id": "p", "memberships": ["NIFA", "CBA"]}]},
        }
    ]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("[]", "wrong_type"),
        ("null", "wrong_type"),
        ('{"at":"2024-05-01T10:00:00Z","at":"2024-05-01T10:00:00Z"}', "json_duplicate_key"),
        ('{"at":"2024-05-01T10:00:00Z","item":{"no":"a\\u0000"}}', "nul_character"),
        ('{"at":"2024-05-01T10:00:00Z","item":{"no":{}}}', "wrong_type"),
        ('{"at":"2024-05-01T10:00:00Z","item":{"no":["a"]}}', "wrong_type"),
        ('{"at":"2024-05-01T10:00:00Z","item":3,"price":1e999999999}', "money_invalid"),
        ('{"at":"2024-05-01T10:00:00Z"', "json_truncated"),
        ('{"item":{"no":1}}', "missing_field"),
        ('{"a":' * 100 + "1" + "}" * 100, "too_deep"),
    ],
)
def test_bad_foreign_json(row: str, code: str, tmp_path: Path) -> None:
    """A foreign object is read as strictly as an event."""
    good = '{"at":"2024-05-01T10:00:00Z","item":{"no":1}}'
    assert codes(read(f"{row}\n{good}".encode(), tmp_path, JSON)) == [code, "ok"]
