"""Columns that grow in pieces, so that a million rows cost no object each."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Columns = dict[str, NDArray[Any]]

DERIVED, RANDOM, NOBODY = -9, -2, -1
"""In place of a party: the owner until then, anybody, and nobody."""

SALE, TRANSFER, MINT, BURN = range(4)
KINDS = ("sale", "transfer", "mint", "burn")

_TYPES = {
    "ms": np.int64,
    "factor": np.float32,
    "launch": np.int64,
    "delay_ms": np.int64,
    "token": np.int64,
    "batch": np.int64,
}
_DEFAULTS: dict[str, Any] = {
    "sender": DERIVED,
    "recipient": RANDOM,
    "quantity": 0,
    "factor": 1.0,
    "plant": -1,
    "owner": RANDOM,
    "batch": -1,
    "cap": 0,
}


class Table:
    """A table of named columns; what is left out of a piece has the column's usual value."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self._pieces: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, number: int, **columns: Any) -> None:
        """Add so many rows; a single value holds for all of them."""
        for name in self._names:
            value = columns.get(name, _DEFAULTS.get(name, 0))
            piece = np.empty(number, _TYPES.get(name, np.int32))
            piece[:] = value
            self._pieces[name].append(piece)
        self._length += number

    def __getitem__(self, name: str) -> NDArray[Any]:
        pieces = self._pieces[name]
        if len(pieces) != 1:
            empty = np.empty(0, _TYPES.get(name, np.int32))
            self._pieces[name] = [np.concatenate(pieces) if pieces else empty]
        return self._pieces[name][0]

    def columns(self) -> Columns:
        """Return all columns."""
        return {name: self[name] for name in self._names}
