"""Files of raw logs as canonical tables, part by part or whole.

A part ends between two blocks, so that each transaction lies in one part. A file whose blocks are out
of order is sorted first, in memory.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from vermilion.errors import DataError
from vermilion.intake.columnar import is_columnar
from vermilion.intake.evm.blocks import BlockTimes, add_times, native_payments
from vermilion.intake.evm.decode import decode
from vermilion.intake.evm.opened import FileKind, arrow_batches, file_kind, json_batches
from vermilion.intake.evm.punks import OpenBids, Punks
from vermilion.intake.evm.rows import Faults
from vermilion.intake.evm.tables import (
    BIDS,
    REJECTS,
    SCHEMAS,
    bids_table,
    listings_table,
    moves_table,
    payments_table,
    reject_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from vermilion.intake.evm.chains import Chain
    from vermilion.intake.evm.rows import Logs


class Decoded(NamedTuple):
    """Canonical tables in Arrow; `rejects` as `intake.Reject` has its fields.

    `bids` are the bids on punks that began or ended, and `notes` counts: `read`, `decoded`,
    `passed_over` (other events), `bundles`, `barters`, `mixed_currencies` (sales without a price for
    that reason), `passed_through` (hands that held a token within a sale), `sales_without_transfer`,
    `foreign_orders` (of contracts that are not believed), `punk_bids_accepted`,
    `punk_buyers_unknown`, `punk_prices_unknown`.
    """

    moves: Any
    payments: Any
    listings: Any
    rejects: Any
    bids: Any
    notes: Counter[str]


def is_logs(path: Path) -> bool:
    """Say whether a file holds raw EVM logs: Parquet, Arrow, CSV or JSON.

    Raises:
        OSError: the file cannot be read.
    """
    return file_kind(path) is FileKind.LOGS


def decode_files(
    paths: Sequence[Path], chain: Chain, on_bytes: Callable[[int], None] | None = None
) -> Decoded:
    """Decode files of raw logs, with files of blocks and transactions beside them.

    Raises:
        DataError: a file cannot be read, or is none of these.
    """
    return joined_parts(decode_parts(paths, chain, on_bytes))


def joined_parts(parts: Iterator[Decoded]) -> Decoded:
    """Return parts as one."""
    found = list(parts)
    notes: Counter[str] = Counter()
    for part in found:
        notes.update(part.notes)
    tables = zip(*(part[:-1] for part in [nothing(), *found]), strict=True)
    moves, payments, listings, rejects, bids = map(pa.concat_tables, tables)
    return Decoded(moves, payments, listings, rejects, bids, notes)


def nothing() -> Decoded:
    """Return no rows."""
    empty = {name: schema.empty_table() for name, schema in SCHEMAS.items()}
    return Decoded(**empty, rejects=REJECTS.empty_table(), bids=BIDS.empty_table(), notes=Counter())


def decode_parts(
    paths: Sequence[Path], chain: Chain, on_bytes: Callable[[int], None] | None = None
) -> Iterator[Decoded]:
    """Yield what files hold, part by part; memory is bounded by the part where blocks are in order.

    Files of logs are read in the order given, as if they were one; so a bid on a punk in one file is
    known to a sale in the next.

    Raises:
        DataError: a file cannot be read, or is none of these.
    """
    kinds = [(path, _kind(path)) for path in paths]
    clock = BlockTimes()
    for path, kind in kinds:
        if kind is not FileKind.LOGS:
            add_times(path, clock)
    for path, kind in kinds:
        if kind is FileKind.TRANSACTIONS:
            for table, rejects, notes in native_payments(path, chain):
                yield nothing()._replace(payments=table, rejects=rejects, notes=notes)
    decoder = Decoder(chain, clock)
    for path, kind in kinds:
        if kind is FileKind.LOGS:
            source = arrow_batches if is_columnar(path) else json_batches
            for logs, faults, read in source(path, on_bytes):
                yield decoder.part(logs, faults, str(path), read)


def _kind(path: Path) -> FileKind:
    kind = file_kind(path)
    if kind is FileKind.OTHER:
        raise DataError(
            "no_logs",
            "the file holds neither raw logs nor blocks nor transactions",
            help="logs have address, topics, data, transaction_hash, block_number and log_index",
            where=str(path),
        )
    return kind


class Decoder:
    """Decodes parts of one chain's logs in their order; it keeps the bids on punks that stand.

    With `only`, sales of tokens of other contracts are passed over.
    """

    def __init__(
        self,
        chain: Chain,
        times: BlockTimes,
        bids: OpenBids | None = None,
        only: frozenset[bytes] = frozenset(),
    ) -> None:
        self._chain = chain
        self._only = only
        self._times = times
        self._punks = Punks(bids)

    def part(self, logs: Logs, faults: Faults, file: str, read: int) -> Decoded:
        """Decode a part whose transactions are whole.

        Args:
            logs: the part's logs.
            faults: what was wrong with rows that are not among them.
            file: the name of the file for its rejects.
            read: how many logs were read, of which `logs` may be without those not decoded.
        """
        found = decode(self._times.known(logs), self._chain, self._punks, self._only)
        found.faults.found[:0] = faults.found
        found.notes["passed_over"] += read - found.notes["read"]
        found.notes["read"] = read
        return Decoded(
            moves_table(found, self._chain),
            payments_table(found, self._chain),
            listings_table(found, self._chain),
            reject_rows(found.faults, file),
            bids_table(found),
            found.notes,
        )
