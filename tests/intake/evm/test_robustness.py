"""Whatever logs hold, reading them ends, in bounded memory, and every row is accounted for."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from intake.evm.chain_logs import COINS, SEAPORT, Chain, as_cryo, as_etl, party, word
from intake.evm.decoding import A, B, decoded
from vermilion.errors import Error
from vermilion.intake.evm import chain, decode_files
from vermilion.intake.evm.topics import KECCAK, Event

_WORDS = st.lists(
    st.sampled_from([0, 1, 2, 3, 32, 64, 96, 128, 160, 2**31, 2**63, 2**64, 2**256 - 1]),
    max_size=14,
).map(lambda numbers: "".join(map(word, numbers)))
_DATA = st.one_of(
    _WORDS, _WORDS.map(lambda text: text[:-7]), st.text("0123456789abcdefx", max_size=70)
)
_TOPIC = st.sampled_from([word(0), word(1), party(1), word(2**256 - 1), "12", word(party(1))])


@st.composite
def _logs(draw: st.DrawFn) -> dict[str, Any]:
    event = draw(st.sampled_from(list(KECCAK)))
    maker = Chain().tx().log(draw(st.sampled_from([COINS, SEAPORT])), event, [])
    [log] = maker.logs
    log["topics"] += [f"0x{topic}" for topic in draw(st.lists(_TOPIC, max_size=4))]
    log["data"] = f"0x{draw(_DATA)}"
    return log


@given(st.lists(_logs(), min_size=1, max_size=8))
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_any_data_is_decoded_or_rejected(
    tmp_path_factory: pytest.TempPathFactory, logs: list[dict[str, Any]]
) -> None:
    """Random words where offsets, lengths and amounts belong never crash or wrap."""
    found = decoded(tmp_path_factory.mktemp("logs"), logs)
    notes = found.notes
    lines = set(found.rejects["line"].to_pylist())
    assert notes["read"] == len(logs)
    assert notes["passed_over"] + notes["decoded"] + len(lines) >= len(logs)
    for name in ("quantity", "price"):
        assert all(value is None or 0 <= value < 10**38 for value in found.moves[name].to_pylist())
    assert all(0 <= value < 10**38 for value in found.payments["amount"].to_pylist())


@given(st.binary(max_size=400))
@settings(max_examples=40)
def test_any_bytes_for_a_file(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    """A file of anything, and a line of anything between logs, ends in rows, rejects or an error."""
    folder = tmp_path_factory.mktemp("junk")
    log = json.dumps(as_etl(Chain().tx().unique(A, B, 1).logs[0])).encode()
    for text in (junk, log + b"\n" + junk + b"\n" + log):
        path = folder / "logs"
        path.write_bytes(text)
        try:
            found = decode_files([path], chain(1))
        except Error:
            continue
        else:
            assert len(found.moves) <= text.count(b"0xddf2")


@pytest.mark.parametrize("layout", ["etl", "cryo"])
def test_damaged_columns(tmp_path: Path, layout: str) -> None:
    """A Parquet file that is cut off anywhere is an error with a remedy."""
    logs = Chain().tx().unique(A, B, 1).logs
    table = as_cryo(logs) if layout == "cryo" else pa.Table.from_pylist(list(map(as_etl, logs)))
    path = tmp_path / "logs.parquet"
    parquet.write_table(table, path)
    whole = path.read_bytes()
    for end in range(4, len(whole), 101):
        path.write_bytes(whole[:end])
        with pytest.raises(Error) as raised:
            decode_files([path], chain(1))
        assert raised.value.help


def test_a_short_file_does_not_fill_the_memory(tmp_path: Path) -> None:
    """Long data that a small file says hundreds of times is kept once."""
    long = Chain().tx().log(COINS, Event.BATCH, [A, A, B], word(0) * 8_000).logs[0]
    table = pa.Table.from_pylist([as_etl(long)]).take(pa.array([0] * 500))
    unpacked = table.nbytes
    path = tmp_path / "logs.parquet"
    parquet.write_table(table, path)
    assert path.stat().st_size < 2**20
    del table
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    found = decode_files([path], chain(1))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found.moves) == 0
    assert peak + pa.total_allocated_bytes() - before < unpacked // 4
