"""A chain read from its node range by range, and read again where the chain changed its mind.

1. The node must be of the chain asked for.
2. Before a range is read, its first block must follow the last block known; else the reading steps
   back to the newest block known to both, drops what came after it, and reads again.
3. Logs and blocks are asked for one after the other; a log whose block is not the one that the node
   now has means that the chain changed in between, and the range is asked for again.
4. What was read is kept with its cursor, and ranges grow while the node answers, and shrink when it
   finds them too large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from vermilion.errors import DataError
from vermilion.intake.evm.blocks import BlockTimes
from vermilion.intake.evm.files import Decoder
from vermilion.intake.evm.lines import RpcLog, columns, parse
from vermilion.intake.evm.logs import moments
from vermilion.intake.evm.rows import Faults
from vermilion.intake.evm.rpc import RangeTooLargeError
from vermilion.intake.evm.topics import TOPIC_EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from vermilion.intake.evm.chains import Chain
    from vermilion.intake.evm.parts import Parts
    from vermilion.intake.evm.rpc import Header, Node

CONFIRMATIONS = 12
"""Blocks that must lie on top of one before it is read. Policy."""

REMEMBERED = 64
"""Blocks whose hashes are remembered, so the deepest change that is undone. Policy."""

FIRST_SPAN, LARGEST_SPAN = 1_000, 10_000
"""Blocks asked for at first and at most. Policy."""

_MOODS = 10
"""How often a range is read again because the chain changes under the reading. Policy."""


class Reading(msgspec.Struct, frozen=True):
    """What is read: blocks to the last, of which contracts, how far from the newest block.

    No contracts means all. Contracts are 40 hex digits with `0x`.
    """

    first: int
    last: int | None
    contracts: tuple[str, ...] = ()
    confirmations: int = CONFIRMATIONS
    remembered: int = REMEMBERED
    span: int = FIRST_SPAN


class Followed(msgspec.Struct, frozen=True):
    """How a reading ended: the last block read, changes of the chain, and moves they withdrew."""

    last: int
    reorganisations: int
    withdrawn: int


class _ChangedError(Exception):
    """The chain changed while it was read."""


def follow(
    node: Node, chain: Chain, reading: Reading, parts: Parts,
    on_range: Callable[[int, int], None] | None = None,
) -> Followed:  # fmt: skip
    """Read a chain into parts, from where they end to the last block that is confirmed.

    Raises:
        DataError: the node is of another chain, out of reach, or changed more than is remembered.
        StorageError: the parts cannot be written.
    """
    return _Follower(node, chain, reading, parts).run(on_range)


class _Follower:
    def __init__(self, node: Node, chain: Chain, reading: Reading, parts: Parts) -> None:
        self._node, self._chain, self._reading, self._parts = node, chain, reading, parts
        self._span = reading.span
        self._changes = self._withdrawn = self._moods = 0
        self._times = BlockTimes()
        self._decoder = self._fresh()

    def run(self, on_range: Callable[[int, int], None] | None) -> Followed:
        """Read until the last confirmed block is read and still the node's."""
        found = self._node.chain_id()
        if found != self._chain.id:
            raise DataError(
                "wrong_chain",
                f"the node is of chain {found}, not of {self._chain.id}",
                help="give its number with --chain, or another node",
            )
        while True:
            head = self._node.head()
            end = head - self._reading.confirmations
            end = end if self._reading.last is None else min(end, self._reading.last)
            if not self._follows():
                self._step_back()
            elif self._parts.cursor.next > end:
                return Followed(self._parts.cursor.next - 1, self._changes, self._withdrawn)
            else:
                self._range(head, end)
                if on_range is not None:
                    on_range(self._parts.cursor.next - 1, end)

    def _follows(self) -> bool:
        """Say whether the node still has the last block known."""
        hashes = self._parts.cursor.hashes
        if not hashes:
            return True
        last = max(hashes)
        header = self._node.headers([last]).get(last)
        return header is not None and header.hash == hashes[last]

    def _step_back(self) -> None:
        """Drop what came after the newest block that the node has as it is known here."""
        hashes = self._parts.cursor.hashes
        ancestor = self._reading.first - 1
        for number in sorted(hashes, reverse=True):
            header = self._node.headers([number]).get(number)
            if header is not None and header.hash == hashes[number]:
                ancestor = number
                break
        else:
            if min(hashes) > self._reading.first:
                raise DataError(
                    "changed_too_deep",
                    f"the chain changed further back than block {min(hashes)}, the oldest remembered",
                    help="read again into another folder, with more --confirmations",
                )
        self._changes += 1
        self._withdrawn += self._parts.withdraw(ancestor)
        self._decoder = self._fresh()

    def _fresh(self) -> Decoder:
        only = frozenset(
            bytes.fromhex(contract.removeprefix("0x")) for contract in self._reading.contracts
        )
        return Decoder(self._chain, self._times, self._parts.bids(), only)

    def _range(self, head: int, end: int) -> None:
        first = self._parts.cursor.next
        last = min(first + self._span - 1, end)
        try:
            texts = self._node.logs(self._question(first, last))
            faults = Faults()
            found, rows = parse(list(enumerate(texts, 1)), RpcLog, faults)
            logs = [log for log in found if isinstance(log, RpcLog)]
            headers = self._headers(first, last, head, logs)
        except RangeTooLargeError as error:
            if first == last:
                raise DataError(
                    "block_too_large",
                    f"the node answers not even for block {first} alone: {error}",
                    help="ask for fewer contracts, or another node",
                ) from None
            self._span = max((last - first + 1) // 2, 1)
            return
        except _ChangedError:
            self._moods += 1
            if self._moods > _MOODS:
                raise DataError(
                    "chain_unsteady",
                    f"the chain changes faster than block {first} can be read",
                    help="raise --confirmations, or ask a node that is in step",
                ) from None
            return
        self._moods = 0
        self._learn(headers)
        part = columns(logs, rows)
        decoded = self._decoder.part(part, faults, self._chain.name, len(texts))
        known = {number: header.hash for number, header in headers.items()}
        hashes = sorted((self._parts.cursor.hashes | known).items())[-self._reading.remembered :]
        self._parts.add(decoded, first, last, dict(hashes))
        self._span = min(2 * self._span, LARGEST_SPAN)

    def _question(self, first: int, last: int) -> dict[str, Any]:
        question: dict[str, Any] = {
            "fromBlock": hex(first),
            "toBlock": hex(last),
            "topics": [[f"0x{topic.hex()}" for topic in TOPIC_EVENTS]],
        }
        if self._reading.contracts:
            # Without the marketplaces' own logs no sale would have a price.
            markets = (
                f"0x{contract}"
                for contract in sorted(self._chain.seaports | self._chain.looksrares)
            )
            question["address"] = [*self._reading.contracts, *markets]
        return question

    def _headers(self, first: int, last: int, head: int, logs: list[RpcLog]) -> dict[int, Header]:
        """Return the blocks that hold logs, the last, and those not deep enough to be sure of.

        Raises:
            _ChangedError: they do not hang together, or with the logs, or with what is known.
        """
        told = {_block(log): log.block_hash for log in logs if log.removed is not True}
        sure = head - self._reading.remembered
        wanted = {last, *told, *range(max(first, sure), last + 1)}
        numbers = sorted(number for number in wanted if first <= number <= last)
        headers = self._node.headers(numbers)
        if len(headers) != len(numbers):
            raise _ChangedError
        hashes = self._parts.cursor.hashes | {n: one.hash for n, one in headers.items()}
        for number, header in headers.items():
            before = hashes.get(number - 1)
            if before is not None and before != header.parent_hash:
                raise _ChangedError
        for log in logs:
            header_of = headers.get(_block(log))
            if header_of is None or log.removed is True:
                continue
            if log.block_hash not in {None, header_of.hash}:
                raise _ChangedError
        return headers

    def _learn(self, headers: dict[int, Header]) -> None:
        ms = moments([header.timestamp for header in headers.values()])
        self._times.forget()
        self._times.add(np.array(list(headers), np.int64), ms)


def _block(log: RpcLog) -> int:
    number = log.block_number
    try:
        return int(number, 16) if isinstance(number, str) else number if number is not None else -1
    except ValueError:
        return -1
