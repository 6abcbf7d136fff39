"""Strict NDJSON: every fault has its own code, field and remedy, and costs no other line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from vermilion.errors import DataError
from vermilion.facts.canonical import canonical_bytes
from vermilion.intake import MAX_LINE_BYTES, Received, Reject, read_events

from .samples import codes, line, nested, read, sale

GOOD = line()


def swap(old: bytes, new: bytes) -> bytes:
    """Return the good line with one piece replaced."""
    assert old in GOOD
    return GOOD.replace(old, new, 1)


FAULTS = [
    ("json_syntax", None, b"id,price"),
    ("json_syntax", None, swap(b"1990", b"0x10")),
    ("json_truncated", None, GOOD[:-5]),
    ("json_duplicate_key", "id", swap(b'"id":', b'"id":"other","id":')),
    ("json_duplicate_key", "data.price.amount", swap(b"1990", b'1,"amount":1990')),
    ("json_duplicate_key", "data.price.amount", swap(b"1990", b'1990,"am\\u006funt":1990')),
    ("json_trailing_data", None, GOOD + b" {}"),
    ("json_not_finite", None, swap(b"1990", b"NaN")),
    ("json_not_finite", None, swap(b"1990", b"-Infinity")),
    ("number_out_of_range", None, swap(b"1990", b"9" * 5000)),
    ("number_out_of_range", None, swap(b"1990", b"1e999")),
    ("unknown_field", "data.prize", swap(b'"price"', b'"prize"')),
    ("unknown_field", "sorce", swap(b'"source"', b'"sorce"')),
    ("missing_field", "id", swap(b'"id":"sale-1",', b"")),
    ("missing_field", "type", swap(b'"type":"sale",', b"")),
    ("missing_field", "data.price.currency", swap(b',"currency":"CNY"', b"")),
    ("wrong_type", "data.token", swap(b'"market:token:7"', b"7")),
    ("wrong_type", None, b"[1]"),
    ("wrong_type", "data", line(data=None)),
    ("wrong_type", "data.settlement", line(data={"settlement": {}})),
    ("unknown_value", "stage", swap(b"settled", b"setled")),
    (
        "unknown_value",
        "data.settlement[0].instrument",
        line(data={"settlement": [{"instrument": "ecny"}]}),
    ),
    ("unknown_event_type", "type", swap(b'"sale"', b'"sales"')),
    ("time_naive", "time", swap(b"+08:00", b"")),
    ("time_invalid", "time", swap(b"05-01", b"02-30")),
    ("time_out_of_range", "time", line(time="0001-01-01T00:00:00+08:00")),
    ("time_out_of_range", "time", line(time="9999-12-31T20:00:00Z")),
    ("time_out_of_range", "time", line(time="1900-01-01T00:00:00+08:00")),
    (
        "time_out_of_range",
        "data.valid_until",
        line(type="party", data={"party": {"id": "a"}, "valid_until": "9999-12-31T00:00:00Z"}),
    ),
    (
        "time_out_of_range",
        "data.provenance.price.at",
        line(data={"provenance": {"token": {}, "price": {"at": "9999-12-31T00:00:00Z"}}}),
    ),
    (
        "list_too_long",
        "data.inline.parties[0].controlled_by",
        line(data={"inline": {"parties": [{"id": "a", "controlled_by": ["b"] * 257}]}}),
    ),
    ("list_too_long", "data.settlement", line(data={"settlement": [{}] * 65})),
    (
        "list_too_long",
        "data.provenance",
        line(data={"provenance": {str(n): {} for n in range(257)}}),
    ),
    ("money_invalid", "data.price.amount", swap(b"1990", b"19.90")),
    ("money_invalid", "data.price.amount", swap(b"1990", b'"19.90"')),
    ("money_invalid", "data.price.amount", swap(b"1990", b"1" + b"0" * 38)),
    ("currency_unknown", "data.price.currency", swap(b"CNY", b"RMB")),
    ("too_long", None, b"x" * (MAX_LINE_BYTES + 1)),
    ("too_deep", None, nested(65)),
    ("too_deep", None, nested(100_000)),
    ("too_deep", None, b"[" * 100_000),
    ("encoding_not_utf8", None, swap(b"market:token:7", "藏品".encode("gb18030"))),
    ("nul_character", "data.token", swap(b"token:7", b"token\\u0000")),
    ("nul_character", "data.token", swap(b"token:7", b"token\\b")),
    ("nul_character", "data.token", swap(b"token:7", b"token\x7f")),
    ("nul_character", "data.token", swap(b"token:7", b"token\\ud800")),
    ("nul_character", None, swap(b"token:7", b"token\x01")),
    (
        "duplicate_inline_id",
        "data.inline.parties[1].id",
        line(data={"inline": {"parties": [{"id": "a"}, {"id": "a", "kind": "person"}]}}),
    ),
    ("money_negative", "data.price.amount", swap(b"1990", b"-1")),
    ("money_negative", "data.price.amount", swap(b"1990", b'"-1"')),
    (
        "money_negative",
        "data.settlement[1].amount.amount",
        line(
            data={
                "settlement": [
                    {"amount": {"amount": 0, "currency": "CNY"}},
                    {"amount": {"amount": "-" + "9" * 20, "currency": "CNY"}},
                ]
            }
        ),
    ),
    ("not_normalised", "id", swap(b"sale-1", "cafe\u0301".encode())),
    ("not_normalised", "id", swap(b"sale-1", b"cafe\\u0301")),
    ("not_normalised", "subject", line(subject="cafe\u0301")),
    ("text_empty", "id", swap(b"sale-1", b"")),
    ("text_too_long", "id", swap(b"sale-1", b"x" * 513)),
    (
        "number_out_of_range",
        "data.provenance.price.confidence",
        line(data={"provenance": {"price": {"confidence": 101}}}),
    ),
    (
        "text_form",
        "data.party.residency",
        line(type="party", data={"party": {"id": "a", "residency": "cn"}}),
    ),
]


@pytest.mark.parametrize(("code", "field", "bad"), FAULTS)
def test_fault_has_its_code_and_field(
    code: str, field: str | None, bad: bytes, tmp_path: Path
) -> None:
    """A bad line is rejected with its code, field and a remedy, and its neighbours are kept."""
    items = read(b"\n".join([GOOD, bad, GOOD]) + b"\n", tmp_path)
    assert codes(items) == ["ok", code, "ok"]
    reject = items[1]
    assert isinstance(reject, Reject)
    assert (reject.line, reject.field) == (2, field)
    assert reject.file == str(tmp_path / "input")
    assert reject.reason
    assert reject.remedy
    assert reject.reason.isprintable()


@pytest.mark.parametrize(
    ("bad", "remedy"),
    [
        (swap(b'"price"', b'"prcie"'), "did you mean `price`?"),
        (swap(b"settled", b"setled"), "did you mean `settled`?"),
        (swap(b'"sale"', b'"sales"'), "did you mean `sale`?"),
        (swap(b"CNY", b"RMB"), "write `CNY`"),
        (swap(b"CNY", b"cny"), "write `CNY`"),
    ],
)
def test_misspelling_is_answered_with_the_word_meant(
    bad: bytes, remedy: str, tmp_path: Path
) -> None:
    """A misspelt field, value, type or currency is answered with the nearest right one."""
    (reject,) = read(bad, tmp_path)
    assert isinstance(reject, Reject)
    assert reject.remedy == remedy


@pytest.mark.parametrize("bad", [bad for _, _, bad in FAULTS])
def test_reason_speaks_no_program(bad: bytes, tmp_path: Path) -> None:
    """Reasons and remedies use the supplier's words, not those of a programming language."""
    (reject,) = read(bad, tmp_path)
    assert isinstance(reject, Reject)
    words = f"{reject.reason} {reject.remedy}".replace(f"{reject.field}", "")
    for alien in ("`str`", "`int", "`float`", "datetime", "Expected", "msgspec", "None"):
        assert alien not in words


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\n\n \n"])
def test_line_endings_and_blank_lines(ending: bytes, tmp_path: Path) -> None:
    """CRLF, blank lines and a byte order mark change nothing; line numbers count every line."""
    items = read(b"\xef\xbb\xbf" + GOOD + ending + GOOD, tmp_path)
    assert codes(items) == ["ok", "ok"]
    assert [item.line for item in items] == [1, 1 + ending.count(b"\n")]


def test_received_event_and_its_canonical_bytes(tmp_path: Path) -> None:
    """A received event carries its canonical bytes, and reading these gives the same bytes."""
    (item,) = read(GOOD, tmp_path)
    assert isinstance(item, Received)
    assert item.canonical == canonical_bytes(item.event)
    (again,) = read(item.canonical, tmp_path)
    assert isinstance(again, Received)
    assert again.canonical == item.canonical


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" ,\t", "  : ")])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_spelling_of_json_is_free(
    separators: tuple[str, str], ascii_only: bool, tmp_path: Path
) -> None:
    """Blanks, escapes and order of keys make no fault and no difference to canonical bytes."""
    event = sale(subject="订单, é: 1\t\n")
    text = json.dumps(event, separators=separators, ensure_ascii=ascii_only, sort_keys=ascii_only)
    items = read(text.encode() + b"\n" + line(**event), tmp_path)
    assert codes(items) == ["ok", "ok"]
    assert len({item.canonical for item in items if isinstance(item, Received)}) == 1


@pytest.mark.parametrize("amount", [2**53, 2**53 + 1, 2**63, 2**64, 10**38 - 1])
@pytest.mark.parametrize("quoted", [True, False])
def test_money_is_exact(amount: int, quoted: bool, tmp_path: Path) -> None:
    """An amount of up to 38 digits is kept to the last digit, as a number or in quotes."""
    spelt = f'"{amount}"' if quoted else str(amount)
    (item,) = read(swap(b"1990", spelt.encode()), tmp_path)
    assert isinstance(item, Received)
    assert item.event.data.price.minor_units == amount  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_utf16_is_one_reject_for_the_file(encoding: str, tmp_path: Path) -> None:
    """A file in UTF-16 or UTF-32 is one reject, not one for each line."""
    items = read("\n".join([GOOD.decode()] * 5).encode(encoding), tmp_path)
    assert codes(items) == ["encoding_utf16"]


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0"])
def test_foreign_file_is_one_reject(head: bytes, tmp_path: Path) -> None:
    """A workbook, archive or the like is one reject that names what the file is."""
    assert codes(read(head + b"\n" * 50, tmp_path)) == ["format_unsupported"]


def test_gzip_is_recognised_by_content(tmp_path: Path) -> None:
    """Compressed members, padding between them included, read as one file."""
    content = gzip.compress(GOOD + b"\n") + b"\0" * 9 + gzip.compress(GOOD)
    assert codes(read(content, tmp_path)) == ["ok", "ok"]


@pytest.mark.parametrize("harm", ["cut", "flipped", "garbage"])
def test_damaged_gzip_keeps_earlier_lines(harm: str, tmp_path: Path) -> None:
    """A damaged archive is one reject at the line reached; whole lines before it are kept."""
    whole = gzip.compress(b"".join(line(id=f"s{n}") + b"\n" for n in range(2000)))
    content = {
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:-6] + bytes([whole[-6] ^ 1]) + whole[-5:],
        "garbage": whole + b"garbage",
    }[harm]
    *kept, last = read(content, tmp_path)
    assert codes(kept) == ["ok"] * len(kept)
    assert codes([last]) == ["gzip_damaged"]
    assert last.line == len(kept) + 1
    assert len(kept) > 100 if harm == "cut" else len(kept) == 2000


def test_progress_is_told_in_bytes_of_the_file(tmp_path: Path) -> None:
    """The bytes told for a progress bar add up to the size of the (compressed) file."""
    path = tmp_path / "input"
    for content in (GOOD * 5000, gzip.compress(GOOD * 5000)):
        path.write_bytes(content)
        told: list[int] = []
        list(read_events(path, on_bytes=told.append))
        assert sum(told) == len(content)
        assert len(told) < 20


@pytest.mark.parametrize("name", ["missing", ".", "nul\0name"])
def test_unreadable_path_is_an_error(name: str, tmp_path: Path) -> None:
    """A path that is no readable file is refused at once, with the place named."""
    with pytest.raises(DataError) as caught:
        read_events(tmp_path / name)
    assert caught.value.where == str(tmp_path / name)


def test_empty_file_holds_nothing(tmp_path: Path) -> None:
    """An empty file yields no event and no reject."""
    assert read(b"", tmp_path) == []
