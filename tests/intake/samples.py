"""Sample events and small helpers that the intake tests share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vermilion.intake import Received, Reject, load_mapping, read_events

PROJECT = Path(__file__).parents[2]
DATA = PROJECT.parent / "shared" / "data"


def sale(**changes: Any) -> dict[str, Any]:
    """Return a sale as JSON would hold it, with fields replaced."""
    return {
        "specversion": "1.0",
        "id": "sale-1",
        "source": "//market.example/trades",
        "type": "sale",
        "stage": "settled",
        "subject": "order-1",
        "time": "2024-05-01T10:00:00+08:00",
        "data": {
            "token": "market:token:7",
            "parties": {"seller": "market:user:1", "buyer": "market:user:2"},
            "price": {"amount": 1990, "currency": "CNY"},
        },
    } | changes


def line(**changes: Any) -> bytes:
    """Return a sale as one line of compact JSON."""
    return json.dumps(sale(**changes), ensure_ascii=False, separators=(",", ":")).encode()


def read(content: bytes, folder: Path, mapping: str | None = None) -> list[Received | Reject]:
    """Write a file, read it as events, and return every item."""
    path = folder / "input"
    path.write_bytes(content)
    return list(read_events(path, load_mapping(written(mapping, folder)) if mapping else None))


def written(mapping: str, folder: Path) -> Path:
    """Write a mapping and return its path."""
    path = folder / "mapping.yaml"
    path.write_text(mapping, encoding="utf-8")
    return path


def codes(items: list[Received | Reject]) -> list[str]:
    """Return `ok` or the reject's code for every item."""
    return ["ok" if isinstance(item, Received) else item.code for item in items]


def nested(levels: int) -> bytes:
    """Return a line of JSON with that many objects inside one another."""
    return b'{"a":' * levels + b"1" + b"}" * levels
