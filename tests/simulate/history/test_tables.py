"""A history is made of canonical tables, in order, whole, and the same every time."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from vermilion.errors import UsageError
from vermilion.facts.history import ORDER, TABLES
from vermilion.simulate.history import HistoryConfig, write_history
from vermilion.simulate.history.tables import schema

from .samples import CONFIG, ask, folder

SMALL = HistoryConfig(seed=3, trades=1_000)
PLAIN = msgspec.structs.replace(SMALL, planted=0, innocents=0)


@pytest.mark.parametrize("name", TABLES)
def test_columns_are_canonical(name: str) -> None:
    """Each file has exactly the columns and types of its table, and nulls only where they may be."""
    table = pq.read_table(folder() / f"{name}.parquet")
    assert table.schema.remove_metadata().equals(schema(name))
    for column, known in TABLES[name].items():
        assert known.nullable or not table[column].null_count, column


def test_rows_are_in_their_order() -> None:
    """Moves lie in the total order, and no two of the same moment share a position, but duplicates."""
    order = ", ".join(ORDER)
    [(out, alike)] = ask(
        "SELECT COUNT(*) FILTER (WHERE ms < before), COUNT(*) FILTER (WHERE same AND id <> last) FROM "
        "(SELECT ms, id, LAG(ms) OVER (ORDER BY rowid) AS before, LAG(id) OVER (ORDER BY rowid) AS last, "
        f"(ms, position) = LAG((ms, position)) OVER (ORDER BY {order}) AS same FROM moves)"
    )
    assert (out, alike) == (0, 0)


def test_equal_configurations_give_equal_bytes(tmp_path: Path) -> None:
    """The same seed gives the same files to the byte, another seed another market."""
    for name, seed in (("one", 3), ("two", 3), ("other", 4)):
        write_history(msgspec.structs.replace(SMALL, seed=seed), tmp_path / name)
    for name in (*TABLES, "truth"):
        one, two, other = (
            (tmp_path / folder / f"{name}.parquet").read_bytes()
            for folder in ("one", "two", "other")
        )
        assert one == two
        assert one != other or name == "accounts"


def test_owners_hand_on() -> None:
    """Who gives a unique token is who got it last, but for the few transfers that were left out."""
    [(moves, broken)] = ask(
        "SELECT COUNT(*), COUNT(*) FILTER (WHERE sender <> owner) FROM (SELECT sender, kind, "
        "LAG(recipient) OVER (PARTITION BY token ORDER BY ms, position) AS owner "
        "FROM (SELECT DISTINCT * FROM moves) WHERE NOT many) WHERE kind <> 'mint'"
    )
    assert 0 < broken <= moves * CONFIG.broken / 1_000


def test_faults_come_at_their_rates() -> None:
    """Duplicates, missing prices and unknown sellers are about as many as asked for."""
    [(twice, unpriced, unknown, sales, moves)] = ask(
        "SELECT COUNT(*) - COUNT(DISTINCT (source, id)), "
        "COUNT(*) FILTER (WHERE kind = 'sale' AND price IS NULL), "
        "COUNT(*) FILTER (WHERE kind = 'sale' AND sender IS NULL), "
        "COUNT(*) FILTER (WHERE kind = 'sale'), COUNT(*) FROM moves"
    )
    for found, rate, of in (
        (twice, CONFIG.duplicates, moves),
        (unpriced, CONFIG.missing_prices, sales),
        (unknown, CONFIG.unknown_parties, sales),
    ):
        expected = of * rate / 1_000
        assert expected / 3 - 3 < found < expected * 2 + 6


def test_faults_spare_what_is_planted() -> None:
    """Every planted move is there once, and each planted sale has its price and its parties."""
    [(told, there, known)] = ask(
        "SELECT (SELECT COUNT(*) FROM truth WHERE kind <> 'payment'), COUNT(DISTINCT (source, id)), "
        "COUNT(*) FILTER (WHERE kind <> 'sale' OR price > 0 AND sender IS NOT NULL) FROM planted"
    )
    assert told == there == known


def test_plain_market_has_no_truth(tmp_path: Path) -> None:
    """Nothing planted means an empty truth and no token that anybody gets twice."""
    import duckdb

    written = write_history(PLAIN, tmp_path)
    assert written.rows["truth"] == 0
    assert not written.planted
    again = duckdb.sql(
        f"SELECT token FROM (SELECT DISTINCT * FROM '{tmp_path}/moves.parquet') WHERE NOT many "
        "AND recipient IS NOT NULL GROUP BY token, recipient HAVING COUNT(*) > 1"
    ).fetchall()
    assert not again


@pytest.mark.parametrize("style", ["chain", "platform"])
def test_one_style_only(style: str, tmp_path: Path) -> None:
    """A history of one style has no row of the other's source, currency or ids."""
    config = msgspec.structs.replace(PLAIN, style=style)
    write_history(config, tmp_path)
    moves = pq.read_table(tmp_path / "moves.parquet").to_pydict()
    source, currency = {"chain": ("eip155:1", "ETH"), "platform": ("lanting", "CNY")}[style]
    assert set(moves["source"]) == {source}
    assert set(moves["currency"]) == {currency, None}
    assert all(token.startswith(source) for token in moves["token"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"trades": 10}, "out_of_range"),
        ({"planted": 301}, "out_of_range"),
        ({"days": 364}, "out_of_range"),
        ({"patterns": ("rings",)}, "unknown_pattern"),
        ({"without": ("rings",)}, "unknown_pattern"),
    ],
)
def test_impossible_configurations_are_refused(change: dict[str, object], code: str) -> None:
    """A number out of range and an unknown pattern are told with what to do."""
    with pytest.raises(UsageError) as caught:
        HistoryConfig(**change)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.help


def test_files_are_not_replaced_unasked(tmp_path: Path) -> None:
    """A file that is there stays unless replacing it was asked for, and no draft is left."""
    write_history(PLAIN, tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(UsageError, match="already"):
        write_history(PLAIN, tmp_path)
    write_history(PLAIN, tmp_path, force=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
