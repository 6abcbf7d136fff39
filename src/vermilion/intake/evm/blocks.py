"""Files of blocks and transactions beside logs: block times, and payments in the chain's own currency."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from vermilion.errors import DataError
from vermilion.intake.columnar import is_columnar, table_rows
from vermilion.intake.evm import faults
from vermilion.intake.evm.logs import NUMBERS, TIMES, moments, parsed, plain
from vermilion.intake.evm.rows import BLOCKS, INDEXES, NEVER, Faults, Logs, Pays
from vermilion.intake.evm.tables import native_table, reject_rows
from vermilion.intake.evm.words import WORD, Cells, Ints, cells, none
from vermilion.intake.items import Fault
from vermilion.intake.source import read_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vermilion.intake.evm.chains import Chain

_ROWS = 2**15
_BAD_TX = Fault(
    "transaction_malformed",
    "the transaction's hash, parties or value are absent or malformed",
    "export hash, from, to, value, block number and transaction index",
)


class BlockTimes:
    """The times of blocks in epoch milliseconds."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}
        self._blocks = self._ms = np.zeros(0, np.int64)

    def add(self, blocks: Ints, ms: Ints) -> None:
        """Learn the times of blocks; those not known are passed over."""
        known = (ms != NEVER) & (blocks >= 0)
        self._known.update(zip(blocks[known].tolist(), ms[known].tolist(), strict=True))
        self._blocks = np.zeros(0, np.int64)

    def forget(self) -> None:
        """Know no times any more."""
        self._known.clear()

    def known(self, logs: Logs) -> Logs:
        """Return logs with the times of their blocks where they have none of their own."""
        lacking = logs.ms == NEVER
        if not self._known or not lacking.any():
            return logs
        if not len(self._blocks):
            pairs = sorted(self._known.items())
            self._blocks, self._ms = np.array(pairs, np.int64).T
        place = np.searchsorted(self._blocks, logs.block).clip(max=len(self._blocks) - 1)
        found = lacking & (self._blocks[place] == logs.block)
        return logs._replace(ms=np.where(found, self._ms[place], logs.ms))


def add_times(path: Path, clock: BlockTimes) -> None:
    """Learn block times from a file of blocks or transactions.

    Raises:
        DataError: the file cannot be read.
    """
    for _, rows in _tables(path):
        blocks = parsed([_first(row, NUMBERS) for row in rows])
        clock.add(blocks, moments([_first(row, TIMES) for row in rows]))


def native_payments(path: Path, chain: Chain) -> Iterator[tuple[Any, Any, Counter[str]]]:
    """Yield the payments that transactions carry, with rejects and counts, part by part.

    Failed transactions and those without value pay nothing. A contract that is made by a transaction
    takes its value.

    Raises:
        DataError: the file cannot be read.
    """
    for numbers, rows in _tables(path):
        out = Faults()
        at = [n for n, row in enumerate(rows) if _value(row) != 0 and not _failed(row)]
        logs, pays = _pays([rows[n] for n in at], [numbers[n] for n in at], out)
        table = native_table(logs, pays, chain)
        notes = Counter(transactions=len(rows), paying=table.num_rows)
        yield table, reject_rows(out, str(path)), notes


def _pays(rows: list[dict[str, Any]], numbers: list[int], out: Faults) -> tuple[Logs, Pays]:
    values = [_value(row) for row in rows]
    row = np.array(numbers, np.int64)
    made = ("receiptcontractaddress", "contractaddress")
    tx = _bytes([_first(one, ("hash", "transactionhash")) for one in rows])
    payer = _bytes([_first(one, ("fromaddress", "from")) for one in rows])
    payee = _bytes([_first(one, ("toaddress", "to", *made)) for one in rows])
    block = parsed([_first(one, ("blocknumber",)) for one in rows])
    index = parsed([_first(one, ("transactionindex",)) for one in rows])
    logs = Logs(
        row, payee, (none(len(rows)),) * 4, none(len(rows)), tx, block, index,
        moments([_first(one, TIMES) for one in rows]), np.zeros(len(rows), np.bool_),
    )  # fmt: skip
    good = np.ones(len(rows), np.bool_)
    for fine, fault in (
        (np.array([value is not None for value in values], np.bool_), _BAD_TX.of("value")),
        (np.array([value is None or value < 10**38 for value in values], np.bool_),
         faults.TOO_LARGE.of("value")),
        ((tx.size == WORD) & (payer.size == 20), _BAD_TX.of("hash")),
        ((payee.size == 20) | (payee.size < 1), _BAD_TX.of("to_address")),
        ((block >= 0) & (block < BLOCKS), faults.BLOCK),
        ((index >= 0) & (index < INDEXES), faults.INDEX.of("transaction_index")),
        (logs.ms != NEVER, faults.TIME),
    ):  # fmt: skip
        out.add(row[good & ~fine], fault)
        good &= fine
    at = np.flatnonzero(good)
    halves = [(values[n] or 0).to_bytes(16, "big") for n in at.tolist()]
    amount = np.frombuffer(b"".join(halves), np.uint8).reshape(-1, 16)
    nobody = np.zeros((len(at), 20), np.uint8)
    return logs, Pays(at, payer.at(at).fixed(20), payee.at(at).fixed(20), amount, nobody)


def _bytes(values: list[Any]) -> Cells:
    texts = [value if isinstance(value, str) else None for value in values]
    return cells(pa.array(texts, pa.large_string()))


def _first(row: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((row[name] for name in names if row.get(name) not in {None, ""}), None)


def _value(row: dict[str, Any]) -> int | None:
    """Return a transaction's value, None where it is absent or not exact."""
    value = _first(row, ("valuestring", "value", "valuebinary"))
    try:
        if isinstance(value, str):
            return max(int(value, 16 if value[:2] == "0x" else 10), -1)
        return value if isinstance(value, int) and value >= 0 else None
    except ValueError:
        return None


def _failed(row: dict[str, Any]) -> bool:
    status = _first(row, ("receiptstatus", "status", "success"))
    return status in {0, "0", "0x0", "false", "False"}


def _tables(path: Path) -> Iterator[tuple[list[int], list[dict[str, Any]]]]:
    """Yield a file's rows with plain names, thousands at once, and their numbers."""
    numbers: list[int] = []
    rows: list[dict[str, Any]] = []
    for number, row in _rows(path):
        if isinstance(row, dict):
            numbers.append(number)
            rows.append({plain(name): value for name, value in row.items()})
        if len(rows) >= _ROWS:
            yield numbers, rows
            numbers, rows = [], []
    yield numbers, rows


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    if is_columnar(path):
        yield from table_rows(path)
        return
    header: list[str] | None = None
    for number, line in read_lines(path, None):
        if isinstance(line, Fault) or not line.strip():
            continue
        if header is None and line.lstrip()[:1] != b"{":
            header = _cells(line)
        elif header is not None:
            yield number, dict(zip(header, _cells(line), strict=False))
        else:
            yield number, _object(line, path, number)


def _cells(line: bytes) -> list[str]:
    """Return the cells of a line of CSV; none of those that are read holds a comma."""
    return [cell.strip(' "\r') for cell in line.decode(errors="replace").split(",")]


def _object(line: bytes, path: Path, number: int) -> Any:
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError(
            "json_damaged",
            f"the line is no JSON: {error}",
            help="export it again",
            where=f"{path}:{number}",
        ) from None
