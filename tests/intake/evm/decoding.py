"""Short ways to decode logs in tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from intake.evm.chain_logs import party
from vermilion.intake.evm import Decoded, chain, decode_files

A, B, C, D, FEES = (party(n) for n in (1, 2, 3, 4, 99))


def decoded(folder: Path, logs: list[dict[str, Any]], number: int = 1) -> Decoded:
    """Write logs as lines of JSON and decode them."""
    path = folder / "logs.ndjson"
    path.write_text("\n".join(map(json.dumps, logs)))
    return decode_files([path], chain(number))


def moves(found: Decoded) -> list[tuple[Any, ...]]:
    """Return kind, token's number, sender, recipient, quantity, price, currency of each move."""
    rows = sorted(found.moves.to_pylist(), key=lambda row: (row["position"], row["id"]))
    return [
        (
            row["kind"],
            int(row["token"].rsplit("/", 1)[1]),
            _bare(row["sender"]),
            _bare(row["recipient"]),
            int(row["quantity"]),
            None if row["price"] is None else int(row["price"]),
            row["currency"],
        )
        for row in rows
    ]


def codes(found: Decoded) -> list[tuple[int, str, str]]:
    """Return line, field and code of each reject."""
    rows = found.rejects.to_pylist()
    return [(row["line"], row["field"], row["code"]) for row in rows]


def _bare(wallet: str | None) -> str | None:
    return None if wallet is None else wallet.removeprefix("eip155:1:0x")
