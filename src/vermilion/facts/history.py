"""The canonical tables of a market's history: what intake gives and what market surveillance reads.

Each is a Parquet file (or an Arrow table) with exactly these columns. Rows are in no order; their
total order is `ORDER` everywhere.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

ColumnType = Literal["STRING", "BIGINT", "BOOLEAN", "DECIMAL(38,0)"]
MoveKind = Literal["sale", "transfer", "mint", "burn"]
AccountRole = Literal[
    "null",
    "exchange",
    "bridge",
    "custody",
    "lending",
    "escrow",
    "marketplace",
    "contract",
    "mixer",
    "platform",
    "issuer",
]

ORDER = ("ms", "position", "source", "id")
"""The total order of rows."""

NO_HANDS = ("null", "bridge", "custody", "lending", "escrow", "marketplace", "contract", "mixer")
"""Roles of accounts that hold for others, or for nobody: what passes through them is no trade of theirs."""

NO_LINKS = (*NO_HANDS, "exchange", "platform", "issuer")
"""Roles of accounts that pay everybody: money that comes from them joins nobody to anybody."""


class Column(NamedTuple):
    """A column: its type, whether it may be null, and what it means."""

    type: ColumnType
    nullable: bool
    meaning: str


_NAME = {
    "source": Column("STRING", False, "who says so; with `id` the identity of the event"),
    "id": Column("STRING", False, "the event's id within its source"),
    "ms": Column("BIGINT", False, "time in epoch milliseconds, UTC"),
    "position": Column("BIGINT", False, "order among rows of the same millisecond"),
}

MOVES = {
    **_NAME,
    "kind": Column("STRING", False, "`sale`, `transfer`, `mint` or `burn`"),
    "collection": Column("STRING", False, "the collection's id"),
    "token": Column("STRING", False, "the token's whole id"),
    "sender": Column("STRING", True, "seller, or who gives; null where unknown and for a mint"),
    "recipient": Column("STRING", True, "buyer, or who takes; null where unknown and for a burn"),
    "quantity": Column("DECIMAL(38,0)", False, "units; 1 of a unique token"),
    "many": Column("BOOLEAN", False, "whether the token has several units, as of ERC-1155"),
    "price": Column(
        "DECIMAL(38,0)", True, "of the whole quantity, in minor units; null if unknown"
    ),
    "currency": Column("STRING", True, "of the price"),
    "platform": Column("STRING", True, "where it happened"),
    "tx": Column("STRING", True, "the transaction on a chain"),
}
"""Every change of ownership: sales, transfers, mints, burns."""

PAYMENTS = {
    **_NAME,
    "payer": Column("STRING", True, "who pays"),
    "payee": Column("STRING", True, "who is paid"),
    "amount": Column("DECIMAL(38,0)", True, "in minor units"),
    "currency": Column("STRING", True, "of the amount"),
    "tx": Column("STRING", True, "the transaction on a chain"),
}
"""Money that moves between parties."""

LISTINGS = {
    **_NAME,
    "collection": Column("STRING", False, "the collection's id"),
    "token": Column("STRING", False, "the token's whole id"),
    "seller": Column("STRING", True, "who offers it"),
    "price": Column("DECIMAL(38,0)", True, "asked, in minor units"),
    "currency": Column("STRING", True, "of the price"),
    "until_ms": Column("BIGINT", True, "when the offer ends"),
    "platform": Column("STRING", True, "where it is offered"),
}
"""Offers to sell."""

NEWS = {
    **_NAME,
    "collection": Column("STRING", True, "what it is about"),
    "token": Column("STRING", True, "what it is about"),
}
"""Published announcements."""

ISSUES = {
    **_NAME,
    "collection": Column("STRING", False, "the collection's id"),
    "issuer": Column("STRING", True, "who issues it"),
    "supply": Column("BIGINT", True, "how many there will be"),
    "per_person_cap": Column("BIGINT", True, "how many one person may buy in the primary sale"),
}
"""What a primary sale promised."""

ACCOUNTS = {
    "party": Column("STRING", False, "the account"),
    "role": Column("STRING", False, "what it is: one of `AccountRole`"),
    "from_ms": Column("BIGINT", True, "since when; always if null"),
    "until_ms": Column("BIGINT", True, "until but not including when; for good if null"),
}
"""Accounts that are known to be something else than a trader, with dates."""

TABLES = {
    "moves": MOVES,
    "payments": PAYMENTS,
    "listings": LISTINGS,
    "news": NEWS,
    "issues": ISSUES,
    "accounts": ACCOUNTS,
}
"""Every canonical table by name; `moves` must be there, the others may be empty."""
