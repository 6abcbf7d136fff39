"""What an Arrow stream says of itself is not believed."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from vermilion.web.api.arrow import arrow_lines
from vermilion.web.api.arrow_sizes import unpacked_size
from vermilion.web.api.asked import TooLargeError
from vermilion.web.settings import Limits, ServeSettings

from .desk import Desk, served

pyarrow: Any = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

STREAM = "/v1/events/stream"
ARROW = {"Content-Type": "application/vnd.apache.arrow.stream"}


def lines(answer: Any) -> list[dict[str, Any]]:
    """Return the lines of an answer."""
    return [json.loads(one) for one in answer.text.splitlines()]


def ipc(batch: Any, compression: str | None = None) -> bytes:
    """Return an Arrow IPC stream of one batch."""
    sink = pyarrow.BufferOutputStream()
    options = pyarrow.ipc.IpcWriteOptions(compression=compression)
    with pyarrow.ipc.new_stream(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def leading_elsewhere() -> bytes:
    """Return a stream whose text is said to stand behind the stream's end."""
    body = ipc(pyarrow.record_batch({"event": ["a" * 7, "b" * 7]}))
    places = struct.pack("<iii", 0, 7, 14)
    assert body.count(places) == 1
    return body.replace(places, struct.pack("<iii", 4_000, 4_007, 4_014))


def packed() -> bytes:
    """Return a few kilobytes that unpack to more than a stream may have, though no batch does."""
    batch = pyarrow.record_batch({"event": ["a" * 2**24]})
    sink = pyarrow.BufferOutputStream()
    options = pyarrow.ipc.IpcWriteOptions(compression="zstd")
    with pyarrow.ipc.new_stream(sink, batch.schema, options=options) as writer:
        for _ in range(3):
            writer.write_batch(batch)
    return bytes(sink.getvalue())


def packed_dictionary() -> bytes:
    """Return a few kilobytes whose dictionary is large, and no row of it is."""
    word = pyarrow.array(["a" * 2**26])
    none = pyarrow.array([None], pyarrow.int8())
    rows = pyarrow.DictionaryArray.from_arrays(none, word)
    return ipc(pyarrow.record_batch({"event": rows}), "lz4")


def run_ends() -> bytes:
    """Return a text that is repeated as often as a number says."""
    runs = pyarrow.RunEndEncodedArray.from_arrays(pyarrow.array([10**6], pyarrow.int32()), ["a"])
    return ipc(pyarrow.record_batch({"event": runs}))


def views() -> bytes:
    """Return a text that several rows may show at once."""
    return ipc(pyarrow.record_batch({"event": pyarrow.array(["a"], pyarrow.string_view())}))


@pytest.mark.parametrize(
    ("hostile", "code"),
    [
        (leading_elsewhere, "not_arrow"),
        (packed, "arrow_too_large"),
        (run_ends, "type_not_taken"),
        (views, "type_not_taken"),
    ],
)
def test_arrow_that_would_take_the_desk_along(
    shared: Desk, hostile: Callable[[], bytes], code: str
) -> None:
    """What leads out of the stream, or unpacks to far more, is refused before it is read."""
    answer = shared.ask("sandbox", "POST", STREAM, content=hostile(), headers=ARROW)
    assert answer.json()["code"] == code, answer.text


def test_a_dictionary_is_measured_before_it_is_unpacked() -> None:
    """What a compressed dictionary becomes is read off its message."""
    messages = list(pyarrow.ipc.MessageReader.open_stream(packed_dictionary()))
    assert sum(map(unpacked_size, messages)) >= 2**26
    assert [one.type for one in messages if unpacked_size(one) >= 2**26] == ["dictionary"]


def test_empty_lines_end_where_lines_end(tmp_path: Path) -> None:
    """Lines without an event, of which a few bytes of Arrow hold any number, come to an end."""
    settings = ServeSettings(limits=Limits(stream_lines=2))
    blank = pyarrow.record_batch({"event": pyarrow.nulls(1_000_000)})
    with served(tmp_path / "book", settings) as desk:
        for how in ({"content": b"\n" * 4}, {"content": ipc(blank), "headers": ARROW}):
            (last,) = lines(desk.ask("platform", "POST", STREAM, **how))
            assert (last["line"], last["rejected"]["code"]) == (3, "too_many_lines")


def test_others_are_answered_between_rows() -> None:
    """A stream of large rows that are no events holds nobody up."""
    row = pyarrow.array(["[" * 900_000]).dictionary_encode()
    rows = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 100), row.dictionary)
    body = ipc(pyarrow.record_batch({"event": rows}))
    turns: list[int] = []

    async def counted() -> None:
        async def whole() -> AsyncIterator[bytes]:
            yield body

        async def other() -> None:
            while True:
                turns.append(1)
                await asyncio.sleep(0)

        beside = asyncio.create_task(other())
        async for _ in arrow_lines(whole()):
            pass
        beside.cancel()

    asyncio.run(counted())
    assert len(turns) >= 100


def test_a_body_of_arrow_is_not_read_to_its_end(shared: Desk) -> None:
    """What is larger than a stream may be is refused as soon as that is known."""
    read: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        while len(read) < 100:
            read.append(1)
            yield bytes(2**20)

    async def ask() -> None:
        async for _ in arrow_lines(endless()):
            pass

    with pytest.raises(TooLargeError):
        asyncio.run(ask())
    assert len(read) < 40


@pytest.mark.parametrize("said", [{}, {"Content-Type": "application/x-ndjson"}])
def test_a_stream_that_nobody_called_one_is_refused(tmp_path: Path, said: dict[str, str]) -> None:
    """It is not read as lines of text, each of which would fail; the remedy names the type."""
    body = ipc(pyarrow.record_batch({"event": ["{}", "{}"]}))
    with served(tmp_path / "book") as desk:
        answer = desk.ask("platform", "POST", STREAM, content=body, headers=said)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (415, "arrow_unnamed")
        assert ARROW["Content-Type"] in problem["remedy"]
        torn = desk.ask("platform", "POST", STREAM, content=iter([body[:3], body[3:]]))
        assert torn.status_code == 415
        text = desk.ask("platform", "POST", STREAM, content=b"\xff\xff\xff\n{}")
        assert [one["line"] for one in lines(text)] == [1, 2]
