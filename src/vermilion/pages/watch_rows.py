"""What unfolds below findings, packed so that 1,000 of them with 100 rows each fit into a page.

A page holds packs of some findings each: JSON in which each text stands once, deflated (RFC 1950),
in base64. The page's script opens a pack when somebody looks at one of its findings; without it the
rows are in the Parquet file that the page names.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from vermilion.market.findings import MOST_ROWS, Finding, FindingRow
from vermilion.pages.text import visible
from vermilion.pages.watch_money import amount_text
from vermilion.pages.words import Language

MOST_BYTES = 10_000_000
"""Bytes of packs in one page; findings of lower score go without their rows. Policy."""

IN_A_PACK = 20
"""Findings of one pack: some 2,000 rows at most, which a phone opens at once."""


def packed(
    findings: Sequence[Finding],
    bodies: Mapping[Language, Mapping[str, str]],
    room: int = MOST_BYTES,
) -> tuple[Markup, int]:
    """Return the packs as JSON that can stand in a page, and of how many findings there was room.

    Args:
        findings: in the page's order.
        bodies: by language and finding, the HTML that unfolds and does not stand in the page itself.
        room: most bytes.
    """
    packs, taken = [], 0
    for begin in range(0, len(findings), IN_A_PACK):
        some = findings[begin : begin + IN_A_PACK]
        pack = _pack(some, bodies)
        room -= len(pack) + 3
        if room < 0:
            break
        packs.append(pack)
        taken += len(some)
    data = {"each": IN_A_PACK, "packs": packs}
    # Base64 and digits: nothing in it means anything to HTML.
    return Markup(json.dumps(data, separators=(",", ":"))), taken  # noqa: S704


def _pack(findings: Sequence[Finding], bodies: Mapping[Language, Mapping[str, str]]) -> str:
    texts: dict[str, int] = {}
    data: dict[str, Any] = {
        "rows": [[_row(row, texts) for row in one.rows[:MOST_ROWS]] for one in findings],
        "texts": list(texts),
        "bodies": {
            language: [of.get(one.id, "") for one in findings] for language, of in bodies.items()
        },
    }
    written = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.b64encode(zlib.compress(written, 6)).decode()


def _row(row: FindingRow, texts: dict[str, int]) -> list[Any]:
    """Return moment and id of a row, and the numbers of its texts; -1 where there is none."""
    price = None if row.price is None else amount_text(row.price, row.currency)
    named = (row.role, row.kind, row.token, row.sender, row.recipient, price, row.source)
    numbers = [-1 if one is None else texts.setdefault(visible(one), len(texts)) for one in named]
    return [row.ms, visible(row.id), *numbers]
