"""ERC-721, ERC-1155, ERC-2309 and ERC-20 transfers, decoded a column at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vermilion.intake.evm import faults
from vermilion.intake.evm.arrays import span
from vermilion.intake.evm.rows import Faults, Hops, Logs, Pays, only
from vermilion.intake.evm.words import WORD, addresses, amounts, expanded, whole, zero

if TYPE_CHECKING:
    from vermilion.intake.evm.words import Bytes, Ints, Mask
    from vermilion.intake.items import Fault

LONGEST_RUN = 10_000
"""Tokens that one ConsecutiveTransfer may name, which costs its sender nothing per token. Policy."""

ONE = np.zeros(16, np.uint8)
ONE[-1] = 1


def units(count: int) -> Bytes:
    """Return so many quantities of one."""
    return np.tile(ONE, (count, 1))


def parties(logs: Logs, at: Ints, first: int, out: Faults) -> tuple[Ints, Bytes, Bytes]:
    """Return giver and taker of logs, from two topics; those that hold no address are faults."""
    sender, clean = addresses(logs.topics[first].at(at).fixed(WORD))
    recipient, also = addresses(logs.topics[first + 1].at(at).fixed(WORD))
    good = kept(logs, at, clean & also, faults.NO_ADDRESS, out)
    if good.all():
        return at, sender, recipient
    return at[good], sender[good], recipient[good]


def unique(logs: Logs, at: Ints, out: Faults) -> Hops:
    """Decode `Transfer` of ERC-721."""
    at, sender, recipient = parties(logs, at, 1, out)
    ident = logs.topics[3].at(at).fixed(WORD)
    hops = _hops(logs, at, (ident, sender, recipient, units(len(at))), many=False)
    return _between_somebody(logs, hops, out)


def payments(logs: Logs, at: Ints, out: Faults) -> Pays:
    """Decode `Transfer` of ERC-20."""
    at, payer, payee = parties(logs, at, 1, out)
    amount, fits = amounts(logs.data.at(at).word(0))
    pays = Pays(at, payer, payee, amount, logs.address.at(at).fixed(20))
    return only(pays, kept(logs, at, fits, faults.TOO_LARGE.of("data.value"), out))


def single(logs: Logs, at: Ints, out: Faults) -> Hops:
    """Decode `TransferSingle` of ERC-1155."""
    at, sender, recipient = parties(logs, at, 2, out)
    data = logs.data.at(at)
    quantity, fits = amounts(data.word(WORD))
    hops = _hops(logs, at, (data.word(0), sender, recipient, quantity), many=True)
    hops = only(hops, kept(logs, at, fits, faults.TOO_LARGE.of("data.value"), out))
    return _between_somebody(logs, hops, out)


def batch(logs: Logs, at: Ints, out: Faults, *, many: bool) -> Hops:
    """Decode `TransferBatch`: of ERC-1155, or (of unique tokens) without values.

    A log with one value that does not fit is rejected whole.
    """
    at, sender, recipient = parties(logs, at, 2, out)
    data = logs.data.at(at)
    idents, good = span(data, 0, 1)
    values = idents
    if many:
        values, also = span(data, WORD, 1)
        good &= also & (idents.items == values.items)
    row, slot = expanded(np.where(good, idents.items, 0))
    each = data.at(row)
    ident = each.word(idents.begin[row] + WORD * slot)
    quantity = units(len(row))
    large = np.zeros(len(at), np.bool_)
    if many:
        quantity, fits = amounts(each.word(values.begin[row] + WORD * slot))
        large[row[~fits]] = True
    kept(logs, at, good, faults.ARRAY, out)
    kept(logs, at, ~large, faults.TOO_LARGE.of("data.values"), out)
    hops = _hops(logs, at[row], (ident, sender[row], recipient[row], quantity), many=many)
    return _between_somebody(logs, only(hops._replace(slot=slot), ~large[row]), out)


def consecutive(logs: Logs, at: Ints, out: Faults) -> Hops:
    """Decode `ConsecutiveTransfer` of ERC-2309: a range of tokens, mostly minted at once."""
    at, sender, recipient = parties(logs, at, 2, out)
    first, known = whole(logs.topics[1].at(at).fixed(WORD))
    last, also = whole(logs.data.at(at).word(0))
    count = last - first + 1
    good = kept(logs, at, known & also & (count > 0) & (count <= LONGEST_RUN), faults.LONG_RUN, out)
    row, slot = expanded(np.where(good, count, 0))
    ident = np.zeros((len(row), WORD), np.uint8)
    ident[:, 24:] = (first[row] + slot).astype(">u8")[:, None].view(np.uint8)
    hops = _hops(logs, at[row], (ident, sender[row], recipient[row], units(len(row))), many=False)
    return _between_somebody(logs, hops._replace(slot=slot), out)


def kept(logs: Logs, at: Ints, good: Mask, fault: Fault, out: Faults) -> Mask:
    """Note a fault of the logs that are not good, and return which are."""
    out.add(logs.row[at[~good]], fault)
    return good


def _hops(logs: Logs, at: Ints, parts: tuple[Bytes, Bytes, Bytes, Bytes], *, many: bool) -> Hops:
    none = np.zeros(len(at), np.int64)
    return Hops(at, none, logs.address.at(at).fixed(20), *parts, np.full(len(at), many))


def _between_somebody(logs: Logs, hops: Hops, out: Faults) -> Hops:
    """Return the hops that move something: not of no units, and not from nobody to nobody."""
    hops = only(hops, ~zero(hops.quantity)) if hops.many.any() else hops
    nobody = zero(hops.sender) & zero(hops.recipient)
    if nobody.any():
        out.add(np.unique(logs.row[hops.log[nobody]]), faults.NOBODY)
        return only(hops, ~nobody)
    return hops
