"""Histories that are odd, and histories that change in ways other than growing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from market.harness import DAY, START, write
from market.rows import Short, gift, paid, sale
from vermilion.desk.watch.compute import JOINED, RESULTS
from vermilion.desk.watch.reading import HistoryRequest, read_history
from vermilion.desk.watch.results import Results
from vermilion.desk.watch.run import WatchRequest, watch
from vermilion.desk.watch.state import Market
from vermilion.errors import UsageError
from vermilion.facts.history import TABLES
from vermilion.market.declaration import chosen, detectors
from vermilion.market.findings import Finding
from vermilion.sql import DuckDb

from .test_state import same

Step = dict[str, list[Short]]
Paths = dict[str, list[Path]]


def engine() -> DuckDb:
    """Return a small engine."""
    return DuckDb("500MB", 1)


def updated(market: Market, paths: Paths, names: list[str]) -> Path:
    """Bring a market up to date; return its results."""
    with engine() as sql:
        market.update(sql, paths, chosen(names))
    assert market.results is not None
    return market.results


def alike(one: Path, other: Path) -> bool:
    """Say whether two folders hold the same results."""
    return (
        same(one, other) == dict.fromkeys(RESULTS, 0)
        and (one / JOINED).read_bytes() == (other / JOINED).read_bytes()
    )


GROWN: dict[str, tuple[list[str], list[Step]]] = {
    "parties joined that moved nothing": (
        ["self_trade"],
        [
            {"moves": [sale("a", "b")], "payments": [paid("u", "v", id="1")]},
            {"payments": [paid("x", "y", id="2")]},
        ],
    ),
    "payments and nothing else": (
        ["self_trade"],
        [{"payments": [paid("u", "v", id="1")]}, {"payments": [paid("x", "y", id="2")]}],
    ),
    "a later payment, of public rule sets": (
        ["allium"],
        [
            {
                "moves": [
                    sale(*hands, token="c/1", day=5 + n)
                    for n, hands in enumerate([("a", "b"), ("x", "a")] * 3)
                ],
                "payments": [paid("u", "a", id="1", day=0), paid("w", "b", id="2", day=0)],
            },
            {"payments": [paid("a", "b", id="3", day=4)]},
        ],
    ),
    "a sale that came again with another price": (
        ["funded_each_other"],
        [
            {
                "moves": [
                    sale("s", "b", id="x", ms=START + 10 * DAY, price=700, position=0),
                    sale("s", "b", id="x", ms=START + 11 * DAY, price=555, position=1),
                ],
                "payments": [paid("b", "s", amount=555, ms=START)],
            },
            {"moves": [sale("q", "r", token="d/1", id="y")]},
        ],
    ),
    "the same, where other moves share a place": (
        ["funded_each_other"],
        [
            {
                "moves": [
                    sale("s", "b", id="x", ms=START + 10 * DAY, price=700, position=0),
                    sale("s", "b", id="x", ms=START + 11 * DAY, price=555, position=1),
                    *(sale("k", "l", id=f"t{n}", ms=START, position=3) for n in range(2)),
                ],
                "payments": [paid("b", "s", amount=555, ms=START)],
            },
            {"moves": [sale("q", "r", token="d/1", id="y")]},
        ],
    ),
}


@pytest.mark.parametrize("case", GROWN)
def test_grown_equals_full(tmp_path: Path, case: str) -> None:
    """What grew step by step comes to the same as a run over all."""
    names, steps = GROWN[case]
    market, paths = Market(tmp_path / "grown"), dict[str, list[Path]]({name: [] for name in TABLES})
    for step in steps:
        for name, files in write(tmp_path, **step).items():
            paths[name] = paths[name] + files
        grown = updated(market, paths, names)
    assert alike(grown, updated(Market(tmp_path / "full"), paths, names))


def test_payments_that_went(tmp_path: Path) -> None:
    """Where all payments are gone, so is what they joined."""
    names, moves = ["self_trade"], write(tmp_path, moves=[sale("a", "b")])
    market = Market(tmp_path / "grown")
    updated(market, moves | write(tmp_path, payments=[paid("a", "b")]), names)
    grown = updated(market, moves, names)
    assert alike(grown, updated(Market(tmp_path / "full"), moves, names))


def test_a_file_written_anew_in_place(tmp_path: Path) -> None:
    """A file that was overwritten is seen, though its old rows are nowhere."""
    paths = write(tmp_path, moves=[sale("a", "b")])
    market = Market(tmp_path / "grown")
    updated(market, paths, ["self_trade"])
    other = write(tmp_path, moves=[sale("a", "a")])
    shutil.copyfile(other["moves"][0], paths["moves"][0])
    with Results(updated(market, paths, ["self_trade"])) as results:
        assert results.found() == {"self_trade": 1}


def test_a_history_that_lasts_is_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who overwrites a file that was read changes nothing of a book."""
    given = write(tmp_path, moves=[sale("a", "a")])["moves"][0]
    monkeypatch.setattr("vermilion.desk.watch.reading._Reading._read_book", lambda *_: None)
    book: Any = object()
    history = read_history(HistoryRequest(tmp_path / "history", [given], book=book))
    kept = (tmp_path / "history" / history.tables["moves"][0]).stat()
    assert kept.st_ino != given.stat().st_ino


def found(
    folder: Path, moves: list[Short], names: list[str] | None, **tables: Any
) -> list[Finding]:
    """Return the findings in a history; its report can be made and its flags written."""
    paths = write(folder, moves=moves, **tables)
    request = WatchRequest(chosen(names), engine, "duckdb", [one for [one] in paths.values()])
    return watch(request).report.findings


def test_who_came_again_at_the_place_of_another(tmp_path: Path) -> None:
    """A finding shows its own rows, though a duplicate of another lies at their place."""
    moves = [
        sale("a", "b", id="x", ms=START, position=0),
        sale("a", "b", id="x", ms=START + 1, position=0),
        sale("q", "q", id="y", ms=START + 1, position=0, token="c/2"),
    ]
    [one] = found(tmp_path, moves, ["self_trade"])
    assert [row.id for row in one.rows] == ["y"]


@pytest.mark.parametrize("price", [10**28, 10**37])
def test_prices_beyond_every_sum(tmp_path: Path, price: int) -> None:
    """Prices that no sum can hold end no run."""
    moves = [sale("a", "a", price=price) for _ in range(20)]
    [one] = found(tmp_path, moves, ["self_trade"])
    assert one.volume == {"CNY": 20 * price}


def test_quantities_beyond_every_sum(tmp_path: Path) -> None:
    """Mints of more units than any sum can hold, which anybody may make, end no run."""
    huge = 9 * 10**37
    moves = [
        {"kind": "mint", "recipient": f"p{n}", "quantity": huge, "many": True} for n in range(8)
    ]
    issues = [{"collection": "c", "issuer": "i", "per_person_cap": 2}]
    names = ["primary_concentration", "limit_evasion"]
    assert not found(tmp_path, moves, names, issues=issues)


def test_units_given_back_to_the_issuer(tmp_path: Path) -> None:
    """The issuer, to whom buyers give units back, evades no limit."""
    moves = []
    for n in range(3):
        moves += [
            sale("i", f"p{n}", token=f"c/{n}", hour=n),
            gift(f"p{n}", "i", token=f"c/{n}", hour=n + 1),
        ]
    issues = [{"collection": "c", "issuer": "i", "per_person_cap": 1, "ms": START - DAY}]
    assert not found(tmp_path, moves, ["limit_evasion"], issues=issues)


@pytest.mark.parametrize("issuer", ["0issuer", "zissuer"])
def test_names_decide_nothing(tmp_path: Path, issuer: str) -> None:
    """Whether an issuer's other account is exempt does not hang on what it is called."""
    moves = [sale("x", "m", day=0), sale("m", "y", day=1)]
    more: Any = {"payments": [paid(issuer, "m", day=-1)]}
    more["issues"] = [{"collection": "c", "issuer": issuer}]
    assert not found(tmp_path, moves, ["short_interval"], **more)


def test_bands_have_the_numbers_of_their_detector(tmp_path: Path) -> None:
    """Bands follow the numbers with which `volatility_band` runs."""
    paths = write(tmp_path, moves=[sale(f"p{n}", f"q{n}", day=n) for n in range(9)])
    [one] = chosen(["volatility_band"])
    sizes = []
    for points in (5, 8):
        market = Market(tmp_path / str(points))
        with engine() as sql:
            market.update(sql, paths, [one.with_parameters({"min_points": points})])
        assert market.results is not None
        with Results(market.results) as results:
            sizes.append(min(band.sales for band in results.bands()))
    assert sizes == [5, 8]


@pytest.mark.parametrize(
    "setting",
    ["round_trip.same_price=-1", "floor_run_up.period_days=0", "ring.soon_days=1000000000000"],
)
def test_numbers_without_sense_are_refused(setting: str) -> None:
    """A number that its SQL cannot hold is wrong use, not a failure of storage."""
    named, _, value = setting.partition("=")
    detector, _, parameter = named.partition(".")
    with pytest.raises(UsageError) as error:
        detectors()[detector].with_parameters({parameter: int(value)})
    assert error.value.code == "parameter_range"
