"""One change of ownership, one row: sales that were told of take the place of the transfers they settle.

Within a transaction the transfers of a token that follow from hand to hand are a chain. The sale that
a marketplace tells of stands for the whole chain, from its first giver to its last taker, so that
conduits, escrows and aggregators that hold the token for a moment are no owners. Where several sales
lie in one chain, each stands for the part up to the next.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vermilion.intake.evm.chained import Hop, Told, sales_of
from vermilion.intake.evm.rows import Claims, Hops, Logs, joined, only
from vermilion.intake.evm.words import Ints, Mask, same, zero

if TYPE_CHECKING:
    from collections import Counter

    from vermilion.intake.evm.words import Bytes

NO_CLAIM = -1


class Settled(NamedTuple):
    """Changes of ownership, and for each the claim that makes it a sale, or `NO_CLAIM`."""

    hops: Hops
    claim: Ints


def settle(logs: Logs, hops: Hops, claims: Claims, notes: Counter[str]) -> Settled:
    """Join what moved with what was sold; nothing is lost, and no change of hands is told twice."""
    if not len(claims.log):
        return Settled(hops, np.full(len(hops.log), NO_CLAIM))
    hop_key, claim_key = _keys(logs, hops, claims)
    groups = int(claim_key.max()) + 1
    sold = hop_key >= 0
    hops_in = np.bincount(hop_key[sold], minlength=groups)
    claims_in = np.bincount(claim_key, minlength=groups)
    claim_of = np.full(groups, NO_CLAIM)
    claim_of[claim_key] = np.arange(len(claim_key))
    claim = np.full(len(hops.log), NO_CLAIM)
    simple = np.zeros(len(hops.log), np.bool_)
    simple[sold] = (hops_in == 1)[hop_key[sold]] & (claims_in == 1)[hop_key[sold]]
    claim[simple] = claim_of[hop_key[simple]]
    # A claim that names neither hand of the one transfer is about something else.
    simple[simple] = _fits(only(hops, simple), only(claims, claim[simple]))
    claim[~simple] = NO_CLAIM
    done = np.zeros(len(claim_key), np.bool_)
    done[claim[simple]] = True
    keep = np.ones(len(hops.log), np.bool_)
    recipient = hops.recipient.copy()
    moved = _by_group(logs, hops, np.flatnonzero(sold & ~simple), hop_key)
    told = _by_group(logs, claims, np.flatnonzero(~done), claim_key)
    for group, members in told.items():
        for sale in sales_of(_hops(hops, moved[group]), _tolds(claims, members)):
            claim[sale.hops[0]] = sale.claims[0]
            recipient[sale.hops[0]] = hops.recipient[sale.hops[-1]]
            keep[sale.hops[1:]] = False
            done[sale.claims] = True
            notes["passed_through"] += len(sale.hops) - 1
    alone = np.flatnonzero(~done)
    notes["sales_without_transfer"] += len(alone)
    lone = Hops(*(getattr(claims, _ALIKE.get(name, name))[alone] for name in Hops._fields))
    kept = only(hops._replace(recipient=recipient), keep)
    return Settled(joined(Hops, [kept, lone]), np.concatenate([claim[keep], alone]))


_ALIKE = {"sender": "seller", "recipient": "buyer"}


def _keys(logs: Logs, hops: Hops, claims: Claims) -> tuple[Ints, Ints]:
    """Number what is sold: (transaction, contract, token), exactly; -1 for what is not sold."""
    import pyarrow as pa
    from pyarrow import compute

    def column(rows: Hops | Claims, tx: Bytes) -> pa.Array:
        words = np.concatenate([tx, rows.contract, rows.ident], axis=1)
        return pa.FixedSizeBinaryArray.from_buffers(
            pa.binary(words.shape[1]), len(words), [None, pa.py_buffer(words.tobytes())]
        )

    told = column(claims, logs.tx.at(claims.log).fixed(32)).dictionary_encode()
    moved = column(hops, logs.tx.at(hops.log).fixed(32))
    found = compute.index_in(moved, value_set=told.dictionary)
    return (
        np.asarray(found.fill_null(-1)).astype(np.int64),
        np.asarray(told.indices).astype(np.int64),
    )


def _fits(hops: Hops, claims: Claims) -> Mask:
    """Say which claims name a hand of the transfer they are held against, and its quantity."""
    hand = zero(claims.seller) | same(claims.seller, hops.sender)
    hand |= same(claims.buyer, hops.recipient)
    return hand & same(claims.quantity, hops.quantity)


def _by_group(
    logs: Logs, rows: Hops | Claims, places: Ints, keys: Ints
) -> defaultdict[int, list[int]]:
    """Return the rows at some places by their key, in the order of the chain."""
    order = np.lexsort((rows.slot[places], logs.log_index[rows.log[places]]))
    found: defaultdict[int, list[int]] = defaultdict(list)
    for place in places[order].tolist():
        found[int(keys[place])].append(place)
    return found


def _hops(hops: Hops, places: list[int]) -> list[Hop]:
    return [
        Hop(at, bytes(hops.sender[at]), bytes(hops.recipient[at]), bytes(hops.quantity[at]))
        for at in places
    ]


def _tolds(claims: Claims, places: list[int]) -> list[Told]:
    return [
        Told(
            at,
            bytes(claims.seller[at]),
            bytes(claims.buyer[at]),
            bytes(claims.quantity[at]),
            bool(claims.priced[at]),
        )
        for at in places
    ]
