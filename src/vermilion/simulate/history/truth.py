"""The truth about a history: one row for each planted move and payment."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from vermilion.simulate.history.rows import KINDS
from vermilion.simulate.history.tables import Tables
from vermilion.simulate.history.texts import joined
from vermilion.simulate.history.words import CHAIN, NAMES, PATTERNS, ROLES, SLUG

SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("id", pa.string()),
        ("kind", pa.string()),
        ("pattern", pa.string()),
        ("innocent", pa.bool_()),
        ("plant", pa.int64()),
        ("role", pa.string()),
        ("loop", pa.int64()),
        ("delay_ms", pa.int64()),
        ("free_legs", pa.int64()),
        ("relays", pa.int64()),
        ("members", pa.int64()),
        ("escrow", pa.bool_()),
    ]
)
"""Columns of the truth: identity, what it is, what was planted, and the figures of its plant.

`kind` is that of the move, or `payment`. `loop` is the number of owners a token passes until it is
back, `delay_ms` the time from the plant's first to its last sale. A payment's role is `fund` where it
fills a purse and `money` where it moves within a sale's transaction.
"""


def truth(tables: Tables) -> pa.Table:
    """Return the truth about a history, in the order of moves, then of payments."""
    moves, paid = tables.moves, tables.payments
    rows = np.flatnonzero(moves["plant"] >= 0)
    money = np.flatnonzero(paid["plant"] >= 0)
    identity = tables.identity(rows, tables.transaction(rows))
    plant = np.concatenate([moves["plant"][rows], paid["plant"][money]])
    style = np.concatenate([moves["style"][rows], paid["style"][money]])
    kinds = np.concatenate([moves["kind"][rows], np.full(money.size, len(KINDS))])
    roles = np.concatenate([moves["role"][rows], len(ROLES) + (paid["row"][money] >= 0)])
    plants = tables.scene.plants.columns()
    pattern = plants["pattern"][plant]
    found = {
        "source": pa.array((CHAIN, SLUG)).take(pa.array(style.astype(np.int64))),
        "id": pa.concat_arrays([identity, joined("p-", money)]),
        "kind": pa.array((*KINDS, "payment")).take(pa.array(kinds.astype(np.int64))),
        "pattern": pa.array(NAMES).take(pa.array(pattern.astype(np.int64))),
        "innocent": pattern >= len(PATTERNS),
        "plant": plant.astype(np.int64),
        "role": pa.array((*ROLES, "fund", "money")).take(pa.array(roles.astype(np.int64))),
        "escrow": plants["escrow"][plant] == 1,
    }
    for name in ("loop", "delay_ms", "free_legs", "relays", "members"):
        found[name] = plants[name][plant].astype(np.int64)
    return pa.table({name: found[name] for name in SCHEMA.names}, schema=SCHEMA)
