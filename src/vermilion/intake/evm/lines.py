"""Raw logs in JSON: lines of blockchain-etl, answers of eth_getLogs, lists of logs.

Lines are parsed together, thousands at once; only where that fails is each parsed by itself, so that
a bad line is a reject and no more.
"""

from __future__ import annotations

from itertools import chain as flattened
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from vermilion.intake.evm.logs import listed_topics, moments, parsed
from vermilion.intake.evm.rows import Faults, Logs
from vermilion.intake.evm.topics import TOPIC_EVENTS
from vermilion.intake.evm.words import Cells, cells
from vermilion.intake.items import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vermilion.intake.source import Line

Number = int | str | None


class EtlLog(msgspec.Struct, gc=False):
    """A log as blockchain-etl writes it."""

    address: str
    data: str
    topics: list[str]
    transaction_hash: str | None
    log_index: Number
    block_number: Number
    block_timestamp: Number = None
    removed: bool | None = False


class RpcLog(msgspec.Struct, rename="camel", gc=False):
    """A log as a node answers."""

    address: str
    data: str
    topics: list[str]
    transaction_hash: str | None
    log_index: Number
    block_number: Number
    block_timestamp: Number = None
    removed: bool | None = False
    block_hash: str | None = None


class Answer(msgspec.Struct):
    """A node's answer to eth_getLogs, its logs not yet read."""

    result: list[msgspec.Raw]


class RpcAnswer(msgspec.Struct):
    """A node's answer to eth_getLogs."""

    result: list[RpcLog]


JsonLog = EtlLog | RpcLog
_KNOWN = frozenset(f"0x{topic.hex()}" for topic in TOPIC_EVENTS)
_NOT_JSON = "the line is no log in JSON: {}"
_REMEDY = "export it again; a log has address, topics, data, transaction hash, block and index"

_ONE: dict[type[JsonLog], Any] = {
    EtlLog: msgspec.json.Decoder(EtlLog),
    RpcLog: msgspec.json.Decoder(RpcLog),
}
_MANY: dict[type[JsonLog], Any] = {
    EtlLog: msgspec.json.Decoder(list[EtlLog]),
    RpcLog: msgspec.json.Decoder(list[RpcLog]),
}


def parse(
    lines: Sequence[Line], kind: type[JsonLog], out: Faults
) -> tuple[list[JsonLog], list[int]]:
    """Parse lines to logs with their numbers; faults are of lines that are none."""
    texts = [line for _, line in lines if isinstance(line, bytes)]
    if len(texts) == len(lines) and all(texts):
        try:
            found: list[JsonLog] = _MANY[kind].decode(b"[" + b",".join(texts) + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError):
            pass
        else:
            # A line with a comma outside its log would move the numbers of those after it.
            if len(found) == len(lines):
                return found, [number for number, _ in lines]
    return _one_by_one(lines, kind, out)


def _one_by_one(
    lines: Sequence[Line], kind: type[JsonLog], out: Faults
) -> tuple[list[JsonLog], list[int]]:
    logs, numbers = [], []
    for number, line in lines:
        if isinstance(line, Fault):
            out.add(np.array([number]), line)
        elif line.strip():
            try:
                logs.append(_ONE[kind].decode(line))
                numbers.append(number)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                fault = Fault("log_malformed", _NOT_JSON.format(error), _REMEDY)
                out.add(np.array([number]), fault)
    return logs, numbers


def whole(text: bytes, kind: type[JsonLog]) -> list[JsonLog] | None:
    """Return the logs of a file that is one answer or one list, all of them sound; else None."""
    wanted: Any = RpcAnswer
    if text.lstrip()[:1] == b"[":
        wanted = list[RpcLog] if kind is RpcLog else list[EtlLog]
    try:
        found: Any = msgspec.json.decode(text, type=wanted)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    items: Any = found.result if isinstance(found, RpcAnswer) else found
    logs: list[JsonLog] = items
    return logs


def answered(line: bytes, first: int) -> list[Line]:
    """Return the logs of an answer, or of a list, each as a line; numbers count from `first`.

    Raises:
        msgspec.DecodeError: it is neither.
    """
    kind: Any = list[msgspec.Raw] if line.lstrip()[:1] == b"[" else Answer
    found = msgspec.json.decode(line, type=kind)
    items = found.result if isinstance(found, Answer) else found
    return [(first + n, bytes(item)) for n, item in enumerate(items)]


def columns(logs: Sequence[JsonLog], rows: Sequence[int]) -> Logs:
    """Return parsed logs as columns, without those whose event is not decoded."""
    chosen = [
        n
        for n, log in enumerate(logs)
        if log.topics and (log.topics[0] in _KNOWN or log.topics[0].lower() in _KNOWN)
    ]
    logs = [logs[n] for n in chosen]
    count = np.fromiter((len(log.topics) for log in logs), np.int64, len(logs))
    flat = _texts(flattened.from_iterable(log.topics for log in logs))
    return Logs(
        np.fromiter((rows[n] for n in chosen), np.int64, len(logs)),
        _texts(log.address for log in logs),
        listed_topics(flat, count),
        _texts(log.data for log in logs),
        _texts(log.transaction_hash for log in logs),
        parsed([log.block_number for log in logs]),
        parsed([log.log_index for log in logs]),
        moments([log.block_timestamp for log in logs]),
        np.fromiter((log.removed is True for log in logs), np.bool_, len(logs)),
    )


def _texts(values: Iterable[str | None]) -> Cells:
    import pyarrow as pa

    return cells(pa.array(list(values), pa.large_string()))
