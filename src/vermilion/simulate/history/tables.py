"""The canonical tables of a finished history, and the truth about it, as streams of Arrow tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vermilion.facts.history import TABLES
from vermilion.simulate.history.prices import UNIT
from vermilion.simulate.history.rows import KINDS, SALE, Columns
from vermilion.simulate.history.scene import DAY, Codes, Scene
from vermilion.simulate.history.texts import TRANSACTION, Texts, hexadecimal, joined
from vermilion.simulate.history.words import CHAIN, CURRENCIES, MARKETPLACES, SLUG

ROWS = 500_000
"""Rows in a row group."""

_TYPES = {
    "STRING": pa.string(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DECIMAL(38,0)": pa.decimal128(38, 0),
}


def schema(name: str) -> pa.Schema:
    """Return the schema of a canonical table."""
    return pa.schema([(column, _TYPES[known.type]) for column, known in TABLES[name].items()])


@dataclass
class Tables:
    """What a history comes to: rows, who paid whom, and the texts of all codes."""

    scene: Scene
    texts: Texts
    moves: Columns
    payments: Columns

    def write_moves(self) -> Iterator[pa.Table]:
        """Give the moves in their order, few of them twice."""
        number = self.moves["ms"].size
        twice = self.scene.rng.random(number, np.float32) * 1_000 < self.scene.config.duplicates
        for first in range(0, number, ROWS):
            rows = np.arange(first, min(first + ROWS, number))
            rows = np.repeat(rows, 1 + (twice[rows] & (self.moves["plant"][rows] < 0)))
            yield self._moves({name: column[rows] for name, column in self.moves.items()}, rows)

    def _moves(self, moves: Columns, rows: Codes) -> pa.Table:
        style, priced = moves["style"], moves["price"] >= 0
        known = self.scene.collections.columns()
        tx = self.transaction(rows)
        found = {
            "source": _one_of((CHAIN, SLUG), style),
            "id": self.identity(rows, tx),
            "ms": moves["ms"],
            "position": moves["position"],
            "kind": _one_of(KINDS, moves["kind"]),
            "collection": self.texts.collections.take(pa.array(moves["collection"])),
            "token": self.texts.tokens.take(pa.array(moves["token"])),
            "sender": self._party(moves["sender"]),
            "recipient": self._party(moves["recipient"]),
            "quantity": _decimal(moves["quantity"], 1),
            "many": known["many"][moves["collection"]] == 1,
            "price": _amount(moves["price"], style, priced),
            "currency": _null_where(_one_of(CURRENCIES, style), ~priced),
            "platform": _null_where(
                _one_of(MARKETPLACES, np.where(style == 1, 3, moves["collection"] % 3)),
                moves["kind"] != SALE,
            ),
            "tx": tx,
        }
        return pa.table(found, schema=schema("moves"))

    def transaction(self, rows: Codes) -> pa.Array:
        """Return the transaction of each move; null on the platform."""
        batch = self.moves["batch"][rows]
        salt = self.scene.config.seed * 7 + 3
        value = np.where(batch >= 0, 2**40 + batch, rows)
        return _null_where(hexadecimal(value, salt, TRANSACTION), self.moves["style"][rows] == 1)

    def identity(self, rows: Codes, tx: pa.Array) -> pa.Array:
        """Return the id of each move: transaction and place in its block, or a number."""
        number = joined("m-", rows)
        on_chain = joined(tx, "/", self.moves["position"][rows])
        return pc.if_else(pc.is_null(tx), number, on_chain)

    def _party(self, code: Codes) -> pa.Array:
        return self.texts.parties.take(pa.array(code, mask=code < 0))

    def write_payments(self) -> Iterator[pa.Table]:
        """Give the payments in their order."""
        total = self.payments["ms"].size
        for first in range(0, total, ROWS):
            rows = np.arange(first, min(first + ROWS, total))
            paid = {name: column[rows] for name, column in self.payments.items()}
            inside = self.transaction(np.maximum(paid["row"], 0))
            own = hexadecimal(rows + 2**41, self.scene.config.seed * 7 + 3, TRANSACTION)
            tx = _null_where(
                pc.if_else(pa.array(paid["row"] >= 0), inside, own), paid["style"] == 1
            )
            found = {
                "source": _one_of((CHAIN, SLUG), paid["style"]),
                "id": joined("p-", rows),
                "ms": paid["ms"],
                "position": rows,
                "payer": self._party(paid["payer"]),
                "payee": self._party(paid["payee"]),
                "amount": _amount(paid["amount"], paid["style"], paid["amount"] >= 0),
                "currency": _one_of(CURRENCIES, paid["style"]),
                "tx": tx,
            }
            yield pa.table(found, schema=schema("payments"))

    def write_listings(self) -> Iterator[pa.Table]:
        """Give what was listed before it was sold, in order."""
        sold = np.flatnonzero((self.moves["listed"] >= 0) & (self.moves["price"] >= 0))
        sold = sold[np.argsort(self.moves["listed"][sold], kind="stable")]
        for first in range(0, sold.size, ROWS):
            at = sold[first : first + ROWS]
            moves = {name: column[at] for name, column in self.moves.items()}
            style = moves["style"]
            found = {
                "source": _one_of((CHAIN, SLUG), style),
                "id": joined("l-", np.arange(first, first + at.size)),
                "ms": moves["listed"],
                "position": np.arange(first, first + at.size),
                "collection": self.texts.collections.take(pa.array(moves["collection"])),
                "token": self.texts.tokens.take(pa.array(moves["token"])),
                "seller": self._party(moves["sender"]),
                "price": _amount(moves["price"], style, moves["price"] >= 0),
                "currency": _one_of(CURRENCIES, style),
                "until_ms": moves["listed"] + 7 * DAY,
                "platform": _one_of(MARKETPLACES, np.where(style == 1, 3, moves["collection"] % 3)),
            }
            yield pa.table(found, schema=schema("listings"))

    def write_news(self) -> Iterator[pa.Table]:
        """Give an announcement of each launch, and those that were planted."""
        news, known = self.scene.news.columns(), self.scene.collections.columns()
        collection = np.concatenate([np.arange(known["style"].size), news["collection"]])
        ms = np.concatenate([known["launch"] - DAY, news["ms"]])
        order = np.argsort(ms, kind="stable")
        collection, ms = collection[order], ms[order]
        found = {
            "source": _one_of((CHAIN, SLUG), known["style"][collection]),
            "id": joined("n-", np.arange(ms.size)),
            "ms": ms,
            "position": np.arange(ms.size),
            "collection": self.texts.collections.take(pa.array(collection)),
            "token": pa.nulls(ms.size, pa.string()),
        }
        yield pa.table(found, schema=schema("news"))

    def write_issues(self) -> Iterator[pa.Table]:
        """Give what each collection's primary sale promised."""
        known = self.scene.collections.columns()
        code = np.arange(known["style"].size)
        found = {
            "source": _one_of((CHAIN, SLUG), known["style"]),
            "id": joined("i-", code),
            "ms": known["launch"],
            "position": code,
            "collection": self.texts.collections,
            "issuer": self._party(known["issuer"]),
            "supply": self._supply(),
            "per_person_cap": pa.array(known["cap"].astype(np.int64), mask=known["cap"] == 0),
        }
        yield pa.table(found, schema=schema("issues"))

    def _supply(self) -> Codes:
        items = self.scene.items.columns()
        units = np.bincount(
            items["collection"], items["quantity"], minlength=len(self.scene.collections)
        )
        return units.astype(np.int64)

    def write_accounts(self) -> Iterator[pa.Table]:
        """Give service accounts and issuers."""
        rows: list[tuple[int, str]] = [
            (code, role) for role, codes in self.scene.parties.services.items() for code in codes
        ]
        rows += [(code, "issuer") for code in self.texts.issuers]
        found = {
            "party": self._party(np.array([code for code, _ in rows])),
            "role": [role for _, role in rows],
            "from_ms": pa.nulls(len(rows), pa.int64()),
            "until_ms": pa.nulls(len(rows), pa.int64()),
        }
        yield pa.table(found, schema=schema("accounts"))


def _one_of(words: tuple[str, ...], codes: Codes) -> pa.Array:
    return pa.array(words).take(pa.array(codes.astype(np.int64)))


def _null_where(values: pa.Array, absent: Any) -> pa.Array:
    return pc.if_else(pa.array(absent), pa.scalar(None, values.type), values)


def _decimal(values: Codes, unit: int) -> pa.Array:
    """Return values times the unit, exactly."""
    wide = pa.array(values.astype(np.int64)).cast(pa.decimal128(19, 0))
    return pc.multiply(wide, pa.scalar(unit, pa.decimal128(13, 0))).cast(pa.decimal128(38, 0))


def _amount(values: Codes, style: Codes, known: Codes) -> pa.Array:
    ether, yuan = (_decimal(values, unit) for unit in UNIT)
    return _null_where(pc.if_else(pa.array(style == 1), yuan, ether), ~known)
