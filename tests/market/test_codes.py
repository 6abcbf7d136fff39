"""Codes of texts."""

from __future__ import annotations

from pathlib import Path

from vermilion.market.prepare import prepare
from vermilion.sql import DuckDb

from .harness import write
from .rows import account, paid, sale

MADE = ("moves_party", "payments", "listings", "services", "repeated")


class Colliding(DuckDb):
    """DuckDB whose hashes are nearly all equal, also to that of null."""

    def digest(self, *columns: str) -> str:
        """Return one of two hashes."""
        return f"{super().digest(*columns)} % 2"


class Strange(DuckDb):
    """DuckDB whose hashes of `known` and `strange` are equal."""

    def digest(self, *columns: str) -> str:
        """Return the hash of the one for that of the other."""
        return super().digest(
            *(f"replace({one}, 'strange', 'known')" for one in columns[:1]), *columns[1:]
        )


def test_a_text_that_has_no_code_gets_none_by_its_hash(tmp_path: Path) -> None:
    """Transactions without payments, and who traded other collections only, are taken for nobody else."""
    moves = [
        sale("known", "b", token="c/1", tx="strange"),
        sale("strange", "b", token="d/1", tx="strange"),
    ]
    tables = write(tmp_path, moves=moves, payments=[paid("known", "b") | {"tx": "known"}])
    with Strange("300MB", 1) as sql:
        prepare(sql, tables)
        assert list(sql.rows("SELECT DISTINCT tx FROM moves_party")) == [(None,)]
        prepare(sql, tables, collections=["c"])
        assert len(list(sql.rows("SELECT * FROM handovers"))) == 1


def test_equal_hashes_confuse_no_texts(tmp_path: Path) -> None:
    """Tables are the same where texts, identities and null share their hashes."""
    moves = [
        sale("a", "b", token="c/1"),
        sale("b", "a", token="d/1") | {"id": "m0"},
        sale("a", "b", token="c/1") | {"id": "m0"},
        sale("b", "c", token="c/2") | {"sender": None, "platform": "p", "tx": "t"},
    ]
    tables = write(
        tmp_path,
        moves=moves,
        payments=[paid("a", "b") | {"tx": "t"}, paid("b", "c") | {"payer": None}],
        listings=[{"token": "c/2", "seller": "a"}, {"token": "d/1", "seller": None}],
        accounts=[account("a", "exchange")],
    )
    made = []
    for engine in (DuckDb, Colliding):
        with engine("300MB", 1) as sql:
            prepare(sql, tables)
            made.append(
                {name: sorted(map(str, sql.rows(f"SELECT * FROM {name}"))) for name in MADE}
            )
    assert made[0] == made[1]
    assert all(made[0].values())
