"""Windows in bulk on DuckDB against the state machine."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from vermilion.features import KEEP, LATE, Definition
from vermilion.features.sql import replay_sql, window_sql
from vermilion.features.sql_replay import ADDED, ASKED, Happened, calendar_days, replayed
from vermilion.rulebook.load import SHIPPED

from .sql_streams import (
    CALENDAR,
    HOURS,
    NOON,
    Contribution,
    Question,
    Relations,
    answered,
    crowd,
    in_bulk,
    online,
    plain,
    relations,
    scaled,
    text_for,
)
from .streams import DEFINITIONS, Step, streams

KEEPS = st.sampled_from([0, 3, 10, 50, KEEP])
NAMES = [f"{one.function} {one.within}" for one in DEFINITIONS]
EACH = pytest.mark.parametrize("definition", DEFINITIONS, ids=NAMES)
WITHIN_FIVE = pytest.mark.parametrize(
    "definition", DEFINITIONS[1::4], ids=[one.function for one in DEFINITIONS[1::4]]
)
BY_NAME = dict(zip(NAMES, DEFINITIONS, strict=True))
CROWD = crowd(1, 36)


@pytest.fixture(scope="module")
def duck() -> duckdb.DuckDBPyConnection:
    """Return a connection that knows the exchanges' calendar."""
    made = duckdb.connect(config={"threads": 1})
    begins, upto = zip(*calendar_days(), strict=True)
    made.register("days", pa.table({"begins": begins, "upto": upto}))
    return made


def load(duck: duckdb.DuckDBPyConnection, asked: Relations) -> Any:
    """Give the relations to DuckDB, and return what runs SELECTs on them."""
    for name, table in asked.arrow().items():
        duck.register(name, table)
    return lambda text: duck.execute(text).fetchall()


@EACH
@settings(max_examples=4, phases=[Phase.generate, Phase.shrink])
@given(steps=streams(), keep=KEEPS)
def test_equals_the_state_machine(
    duck: duckdb.DuckDBPyConnection, definition: Definition, steps: list[Step], keep: int
) -> None:
    """Every answer is the state machine's, through ties, late events, lists and corrections."""
    asked, scale = scaled(definition, [steps])
    keep *= scale
    assert in_bulk(load(duck, asked), asked, keep).answers == online(asked, keep)


@EACH
def test_equals_the_state_machine_over_many_keys(
    duck: duckdb.DuckDBPyConnection, definition: Definition
) -> None:
    """Every answer is the state machine's over many keys at once, most of them told by SQL."""
    asked, _ = scaled(definition, CROWD)
    wanted = online(asked)
    found = in_bulk(load(duck, asked), asked)
    assert found.answers == wanted
    assert 0 < len(found.again) < len(wanted) * 2 / 3


@WITHIN_FIVE
def test_one_relation_or_two(duck: duckdb.DuckDBPyConnection, definition: Definition) -> None:
    """It does not matter whether what is added and what is asked come in one relation or in two."""
    asked, _ = scaled(definition, CROWD)
    run = load(duck, asked)
    two = ("contributions", "questions")
    text = window_sql(asked.definition, *two, including=True, calendar="days")
    rows = run(text)
    found = in_bulk(run, asked)
    assert {seq for seq, _, _, replay in rows if replay} == found.again
    again = run(replay_sql(asked.definition, *two, f"({text})", including=True))
    exact = dict(replayed(asked.definition, [Happened(*row) for row in again], calendar=CALENDAR))
    for seq, _, answer, replay in rows:
        assert found.answers[seq] == plain(exact[seq] if replay else answer)


@WITHIN_FIVE
def test_what_an_event_adds_comes_after_what_it_asks(
    duck: duckdb.DuckDBPyConnection, definition: Definition
) -> None:
    """Without being taken in, what the asking event adds counts from the next one on."""
    asked, _ = scaled(definition, CROWD)
    asked = asked.without_own()
    assert in_bulk(load(duck, asked), asked).answers == online(asked)


@WITHIN_FIVE
def test_in_order_and_untouched_is_all_told_by_sql(
    duck: duckdb.DuckDBPyConnection, definition: Definition
) -> None:
    """Where time does not go back, nothing is taken out and no sum is wide, nothing is replayed."""
    asked, _ = scaled(definition, CROWD[::6])
    found = in_bulk(load(duck, asked), asked)
    assert found.answers == online(asked)
    assert found.again == set()


SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def shipped() -> dict[tuple[Any, int | None], list[str]]:
    """Return the names of the windows of all shipped rulebooks, by function and width."""
    found: dict[tuple[Any, int | None], list[str]] = {}
    for path in sorted(SHIPPED.glob("*/windows.yaml")):
        for name, one in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).items():
            within = one.get("within")
            width = within and int(within[:-1]) * SECONDS[within[-1]]
            found.setdefault((one["function"], width), []).append(f"{path.parent.name}.{name}")
    return found


@pytest.mark.parametrize(
    ("function", "within"), shipped(), ids=[" ".join(names) for names in shipped().values()]
)
def test_windows_of_the_shipped_rulebooks(
    duck: duckdb.DuckDBPyConnection, function: Any, within: int | None
) -> None:
    """Each shipped window is told by SQL, and equals the state machine with its own width."""
    definition = Definition(function, bytes(16), within)
    scale = within // 40 if within else HOURS
    asked = relations(definition, CROWD, scale=scale, begin=NOON)
    found = in_bulk(load(duck, asked), asked)
    assert found.answers == online(asked)
    assert len(found.again) < len(found.answers)


LITERATURE = {
    "count": "COUNT(h.v)",
    "sum": "SUM(h.v)",
    "min": "MIN(h.v)",
    "max": "MAX(h.v)",
    "first": "FIRST_VALUE(h.v)",
    "last": "LAST_VALUE(h.v)",
}


@pytest.mark.parametrize("function", LITERATURE)
def test_the_plain_window_is_caught(duck: duckdb.DuckDBPyConnection, function: Any) -> None:
    """The window that textbooks give, a RANGE over time, answers otherwise on the same streams."""
    definition = BY_NAME[f"{function} 5"]
    asked, _ = scaled(definition, CROWD)
    text = f"""SELECT s.seq, s.k, s.answer, FALSE AS replay FROM (
SELECT h.seq, h.k, h.asks, {LITERATURE[function]} OVER (PARTITION BY h.k ORDER BY h.t
RANGE BETWEEN 4 PRECEDING AND CURRENT ROW) AS answer FROM history AS h
) AS s WHERE s.asks"""
    found, wanted = answered(load(duck, asked), asked, text).answers, online(asked)
    assert sum(found[seq] != wanted[seq] for seq in wanted) > len(wanted) / 20


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("count 5", "a.since < a.reached", "0 = 1"),
        ("count 5", "ORDER BY m.place, m.turn, m.kind", "ORDER BY m.place, m.turn DESC, m.kind"),
        ("count 5", "ORDER BY m.place, m.turn, m.kind", "ORDER BY m.place, m.kind"),
        ("count 5", "a.reached ELSE a.since + 5", "a.reached ELSE a.since + 6"),
        ("count 5", "a.reached ELSE a.since + 5", "a.since ELSE a.since + 5"),
        ("count 5", "a.since + 5 <= a.reached", "0 = 1"),
        ("count 5", " - m.moved AS", " AS"),
        ("count None", "h.until IS NOT NULL", "0 = 1"),
        ("sum 40", "COALESCE(CASE WHEN s.own", "0 * COALESCE(CASE WHEN s.own"),
        ("distinct 40", "COALESCE(m.v, m.own)", "m.own"),
        ("distinct 40", "c.there_before = 0", "0 = 0"),
        ("distinct None", "SELECT DISTINCT", "SELECT"),
        ("max 5", "g.newest > g.seq", "0 = 1"),
        ("max 5", "MAX(CASE WHEN h.kind = 0", "MAX(CASE WHEN 0 = 1"),
        ("min 5", "b.side DESC", "b.side"),
        ("min 5", "1 PRECEDING", "CURRENT ROW"),
        ("min 40", "b.place DESC", "b.place"),
        ("first None", "1 PRECEDING", "CURRENT ROW"),
        ("last 5", "b.latest > b.since - 5", "b.latest >= b.since - 5"),
        ("last None", "MAX(CASE WHEN h.kind = 0", "MAX(CASE WHEN 0 = 1"),
        ("held_for None", "a.own IS NOT NULL THEN 0", "0 = 1 THEN 0"),
        ("trading_days None", "28800", "0"),
    ],
)
def test_each_part_is_needed(
    duck: duckdb.DuckDBPyConnection, name: str, old: str, new: str
) -> None:
    """With a part of the SELECT broken an answer differs, so that the comparison sees all parts."""
    asked, _ = scaled(BY_NAME[name], CROWD)
    text = text_for(asked.definition)
    if "PRECEDING" in old:
        asked = asked.without_own()
    assert old in text
    broken = answered(load(duck, asked), asked, text.replace(old, new))
    assert broken.answers != online(asked)


WIDE = [10**26, 10**27, -(10**27), 10**37, 9 * 10**37]


@pytest.mark.parametrize("within", [5, None])
@pytest.mark.parametrize("value", WIDE)
def test_wide_sums_are_replayed(
    duck: duckdb.DuckDBPyConnection, value: int, within: int | None
) -> None:
    """Sums go on past 64 bits, and past what an engine holds they come by replay, never wrapped."""
    definition = BY_NAME[f"sum {within}"]
    added = [Contribution(2 * seq, 100, "k", value, None) for seq in range(20)]
    questions = [Question(2 * seq + 1, 100, "k", seq) for seq in range(20)]
    asked = Relations(definition, added, questions)
    found = in_bulk(load(duck, asked), asked)
    assert found.answers == {2 * seq + 1: value * (seq + 1) + seq for seq in range(20)}
    assert bool(found.again) is (abs(value) >= 10**27)


def test_a_wide_value_of_ones_own_is_replayed(duck: duckdb.DuckDBPyConnection) -> None:
    """What only the question takes in may be wide, too."""
    asked = Relations(
        BY_NAME["sum 5"], [], [Question(0, 100, "k", 10**37), Question(1, 99, "l", 2)]
    )
    assert in_bulk(load(duck, asked), asked) == ({0: 10**37, 1: 2}, {0})


def test_late_is_told_by_the_replay(duck: duckdb.DuckDBPyConnection) -> None:
    """A question for what was let go is replayed, and answers LATE as it did online."""
    added = [Contribution(seq, moment, "k", 1, None) for seq, moment in enumerate((100, 500))]
    asked = Relations(BY_NAME["count 5"], added, [Question(2, 101, "k", None)])
    assert in_bulk(load(duck, asked), asked, keep=10) == ({2: LATE}, {2})


def test_replay_takes_no_more_memory_for_more_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys beyond those at once begin with new windows, and answers stay the same."""
    monkeypatch.setattr("vermilion.features.sql_replay.KEYS_AT_ONCE", 1)
    rows = [
        Happened(key, seq, kind, 100 + seq, 1)
        for key in "abc"
        for seq, kind in ((0, ADDED), (1, ASKED), (1, ADDED), (2, ASKED))
    ]
    assert list(replayed(BY_NAME["count 5"], rows)) == [(1, 2), (2, 3)] * 3


def test_trading_days_need_a_calendar() -> None:
    """Trading days without a calendar are refused at once."""
    with pytest.raises(ValueError, match="calendar"):
        window_sql(BY_NAME["trading_days None"], "contributions", "questions")


def test_the_calendar_is_that_of_the_state_machine() -> None:
    """Each day of the relation counts as the calendar does, and begins at midnight in Shanghai."""
    days = list(calendar_days())
    assert all((begins + 8 * 3_600) % 86_400 == 0 for begins, _ in days)
    (before, none), *rest = days
    assert all(CALENDAR.distance(before, begins) == upto - none for begins, upto in rest[::7])
    assert CALENDAR.distance(before - 1, before) is None
    assert CALENDAR.distance(before, days[-1][0] + 86_400) is None


def test_what_is_not_revocable_and_not_including(duck: duckdb.DuckDBPyConnection) -> None:
    """A history needs no column that is not read."""
    moments = [100, 103, 107, 108]
    rows = [Contribution(seq, moment, "k", "7", None) for seq, moment in enumerate(moments)]
    table = Relations(BY_NAME["last 5"], rows, []).arrow()["contributions"].drop_columns(["until"])
    duck.register("added", table)
    duck.register("asked", table.drop_columns(["v"]))
    for name, wanted in (("count 5", [0, 1, 1, 1]), ("last 5", [None, "7", "7", "7"])):
        text = window_sql(BY_NAME[name], "added", "asked", revocable=False)
        found = duck.execute(f"SELECT s.answer FROM ({text}) AS s ORDER BY s.seq").fetchall()
        assert [plain(answer) for (answer,) in found] == wanted
