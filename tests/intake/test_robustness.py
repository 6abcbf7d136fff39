"""Whatever bytes arrive: no exception but Vermilion's own, no line without answer, little memory."""

from __future__ import annotations

import gzip
import itertools
import json
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vermilion.errors import Error
from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import Event
from vermilion.facts.money import CURRENCY_CODES
from vermilion.intake import MAX_LINE_BYTES, Received, Reject, load_mapping, read_events
from vermilion.intake.items import Fault
from vermilion.intake.reader import read_ndjson
from vermilion.intake.source import plain_chunks, split_lines
from vermilion.intake.strict import decode_event

from .samples import line, nested, sale, written

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE_FILE = {"encoding_utf16", "format_unsupported", "csv_header"}
CSV_MAPPING = """
source: //m/x
format: csv
nulls: {b: ["-"]}
emit:
  - {type: sale, stage: settled, time: {column: t, zone: Asia/Shanghai}, data: {token: {template: "a:{b}"}, price: {amount: {column: c, decimals_of: CNY}, currency: {const: CNY}}}}
"""
JSON_MAPPING = CSV_MAPPING.replace("csv", "ndjson")

fuzz = settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**60), max_value=10**60),
    st.floats(),
    st.text(),
    st.sampled_from(["", "CNY", "settled", "\x00", "\x7f", "2024-05-01T10:00:00Z", "x" * 600]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@st.composite
def spoilt_sales(draw: st.DrawFn) -> bytes:
    """Draw a sale with some field replaced, dropped or added, however it is spelt."""
    event = sale()
    for _ in range(draw(st.integers(0, 3))):
        place: dict[str, Any] = draw(
            st.sampled_from([event, event["data"], event["data"].get("price", event)])
        ) if isinstance(event["data"], dict) else event  # fmt: skip
        if not isinstance(place, dict):
            continue
        key = draw(st.sampled_from([*place, "inline", "settlement", "provenance", "extra"]))
        if draw(st.booleans()):
            place[key] = draw(values)
        elif key != "data":
            place.pop(key, None)
    return json.dumps(event, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


@st.composite
def mutated_lines(draw: st.DrawFn) -> bytes:
    """Draw the bytes of a sale with pieces overwritten, removed or repeated."""
    content = bytearray(line())
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(len(content), start + 20)))
        piece = st.binary(max_size=6) | st.sampled_from([b"{", b'"', b"\\u0000", b"1e999", b"NaN", bytes(content[start:end]) * 2])  # fmt: skip
        content[start:end] = draw(piece)
    return bytes(content)


hostile = st.one_of(
    st.binary(max_size=300),
    mutated_lines(),
    spoilt_sales(),
    values.map(lambda value: json.dumps(value).encode()),
    st.lists(mutated_lines() | st.just(line()), max_size=4).map(b"\n".join),
    mutated_lines().map(gzip.compress),
    st.tuples(st.lists(spoilt_sales(), max_size=4), st.integers(1, 60)).map(
        lambda pair: gzip.compress(b"\n".join(pair[0]))[: -pair[1]]
    ),
    st.sampled_from(["utf-16", "utf-32", "utf-8-sig", "gb18030"]).map(line().decode().encode),
    st.sampled_from([nested(100_000), b"[" * 100_000, b'{"type":"sale","id":' + b"9" * 100_000]),
    st.lists(st.text(alphabet='ab,"\n\r\0-19', max_size=30), max_size=6).map(
        lambda rows: "\n".join(["t,b,c", *rows]).encode()
    ),
)


def plain_lines(content: bytes) -> set[int]:
    """Return the numbers of the lines that are not blank."""
    parts = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    return {number for number, part in enumerate(parts, 1) if part and not part.isspace()}


@pytest.mark.parametrize("mapping", [None, CSV_MAPPING, JSON_MAPPING])
@fuzz
@given(content=hostile)
def test_any_bytes_are_answered(content: bytes, mapping: str | None, tmp_path: Path) -> None:
    """Any file gives items or an error of ours, and each line that is not blank gives an item."""
    path = tmp_path / "any"
    path.write_bytes(content)
    loaded = load_mapping(written(mapping, tmp_path)) if mapping else None
    try:
        items = list(read_events(path, loaded))
    except Error:
        return
    for item in items:
        assert isinstance(item, Received | Reject)
        assert isinstance(item, Received) or (item.code and item.reason and item.remedy)
        msgspec.json.encode(item)
    answered = {item.line for item in items}
    whole = any(isinstance(item, Reject) and item.code in WHOLE_FILE for item in items)
    if mapping != CSV_MAPPING and not whole and not content.startswith(b"\x1f\x8b"):
        assert answered == plain_lines(content)


@fuzz
@given(content=spoilt_sales() | mutated_lines())
def test_canonical_form_is_stable(content: bytes) -> None:
    """What is accepted has one canonical form, and reading that gives it again."""
    found = decode_event(content)
    if isinstance(found, Fault):
        return
    again = decode_event(found[1])
    assert not isinstance(again, Fault)
    assert again[1] == found[1]


@fuzz
@given(
    amount=st.integers(min_value=0, max_value=10**38 - 1),
    currency=st.sampled_from(sorted(CURRENCY_CODES)),
)
def test_every_amount_is_kept(amount: int, currency: str) -> None:
    """Every amount below 10^38 is read and written to the last digit."""
    found = decode_event(line(data={"price": {"amount": amount, "currency": currency}}))
    assert not isinstance(found, Fault)
    assert found[0].data.price.minor_units == amount  # type: ignore[union-attr]
    again = msgspec.json.decode(found[1], type=Event)
    assert canonical_bytes(again) == found[1]


@fuzz
@given(
    keys=st.lists(st.sampled_from(["id", "subject", "time", "token", "amount"]), min_size=1, max_size=3),
    value=st.sampled_from(['"a,b"', '"2024-05-01T10:00:00+08:00"', "null", '"\\u002c"', "99999999999999999999"]),
    spaced=st.booleans(),
)  # fmt: skip
def test_no_repeated_key_passes(keys: list[str], value: str, spaced: bool) -> None:
    """A line that states any key twice never becomes an event, however it is spelt."""
    text = json.dumps(sale(), separators=(", ", ": ") if spaced else (",", ":"))
    for key in keys:
        gap = " " if spaced else ""
        text = text.replace(f'"{key}":', f'"{key}":{gap}{value},{gap}"{key}":', 1)
    assert isinstance(decode_event(text.encode()), Fault)


@fuzz
@given(content=st.binary(max_size=200), cuts=st.lists(st.integers(1, 9), max_size=30))
def test_lines_do_not_depend_on_pieces(content: bytes, cuts: list[int]) -> None:
    """However a file arrives in pieces, its lines are the same."""
    pieces = []
    rest = content
    for cut in cuts:
        pieces.append(rest[:cut])
        rest = rest[cut:]
    expected = [(n, part) for n, part in enumerate(content.split(b"\n"), 1)]
    if not expected[-1][1]:
        expected.pop()
    assert list(split_lines([*pieces, rest])) == expected


def chunks(content: bytes, size: int) -> Iterator[bytes]:
    """Yield the same piece until it adds up to a size."""
    return itertools.repeat(content, size // len(content))


@pytest.mark.parametrize("packed", [False, True])
def test_memory_is_bounded_by_the_line_limit(packed: bool) -> None:
    """One line of 100 MB is one reject, and needs less than 20 MB, plain or compressed."""
    size = 100 * 2**20
    raw: Iterator[bytes] = chunks(b'{"a":"' + b"x" * 65_530, size)
    if packed:
        squeezed = gzip.compress(b"".join(raw), 1)
        raw = iter([squeezed[n : n + 2**18] for n in range(0, len(squeezed), 2**18)])
    tracemalloc.start()
    tail = iter([b"\n" + line() + b"\n"]) if not packed else iter(())
    items = list(read_ndjson(split_lines(plain_chunks(itertools.chain(raw, tail))), "f"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [item.code for item in items if isinstance(item, Reject)] == ["too_long"]
    assert len(items) == (1 if packed else 2)
    assert peak < 20 * 2**20


def test_open_quote_holds_no_more_than_a_row(tmp_path: Path) -> None:
    """A quote that never closes over many rows needs little memory and costs one row."""
    path = tmp_path / "open"
    row = b"2024-05-01 10:00:00,1,5\n"
    with path.open("wb") as file:
        file.write(b't,b,c\n1,"2,3\n')
        for _ in range(3):
            file.write(row * (MAX_LINE_BYTES // len(row)))
    mapping = load_mapping(written(CSV_MAPPING, tmp_path))
    found: dict[str, int] = {}
    tracemalloc.start()
    for item in itertools.islice(read_events(path, mapping), 15_000):
        code = item.code if isinstance(item, Reject) else "ok"
        found[code] = found.get(code, 0) + 1
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == {"csv_quote": 1, "ok": 14_999}
    assert peak < 20 * 2**20
