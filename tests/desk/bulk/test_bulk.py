"""Tests that judging in bulk says what judging one by one says, event by event and rule by rule."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from vermilion.desk.backtest.model import EventName
from vermilion.desk.backtest.tally import ComparisonTally
from vermilion.desk.book import Book
from vermilion.desk.bulk import BulkRun, compare, make_facts, read_manifest
from vermilion.desk.bulk import facts as making
from vermilion.desk.decision import Ruling
from vermilion.desk.desk import Desk, Sealed
from vermilion.errors import DataError, RulebookError, UsageError
from vermilion.facts.canonical import canonical_bytes
from vermilion.intake import Received, read_events
from vermilion.rulebook import (
    Engine,
    Profile,
    check_document,
    find_rulebook,
    load_rulebook,
)
from vermilion.rulebook.model import ParameterValue
from vermilion.simulate import MarketConfig, market
from vermilion.sql import DuckDb

ROUGH = MarketConfig(
    seed=7,
    events=900,
    violation_rate=400,
    withheld=100,
    duplicates=30,
    late=60,
    corrections=60,
    proposed=200,
)
"""A market in which everything goes wrong that can: it is late, twice, corrected, unknown."""


def engine(name: str, **changes: Any) -> Engine:
    """Return a shipped rulebook, made ready, with parts of its document replaced."""
    loaded = load_rulebook(find_rulebook(name))
    if not changes:
        return Engine(loaded, Profile())
    return Engine(check_document(msgspec.structs.replace(loaded.document, **changes)), Profile())


def written(config: MarketConfig, folder: Path) -> Path:
    """Write a market and return its file."""
    path = folder / "events.ndjson"
    path.write_bytes(b"".join(canonical_bytes(one) + b"\n" for one in market(config)))
    return path


def online(
    path: Path, engines: Sequence[Engine], folder: Path
) -> Iterator[tuple[Any, list[Ruling]]]:
    """Judge a file one by one; yield each event that was new with its rulings."""
    with Book.open(folder / "book") as book:
        for one in engines:
            book.activate(one)
        desk = Desk(book, engines)
        received = [one for one in read_events(path) if isinstance(one, Received)]
        for start in range(0, len(received), 500):
            for answer in desk.submit(received[start : start + 500]):
                if isinstance(answer, Sealed):
                    judged = answer.judged
                    yield judged.event, [ruling for ruling, *_ in judged.ruled]


def said(ruling: Ruling) -> tuple[str, str, str, str]:
    """Return verdict and rules of a ruling as the table of outcomes writes them."""
    hit, missing = (
        " ".join(one.id for one in ruling.rules if one.outcome == outcome)
        for outcome in ("hit", "missing")
    )
    return ruling.verdict, hit, missing, " ".join(one.rpartition("@")[0] for one in ruling.passed)


@pytest.fixture(scope="module")
def shipped() -> list[Engine]:
    """Return the rulebooks of a Chinese platform."""
    return [engine("cn"), engine("platform")]


@pytest.fixture(scope="module")
def draft() -> Engine:
    """Return a draft of the platform's rulebook: another number, a rule less, a narrower window."""
    document = load_rulebook(find_rulebook("platform")).document
    name, parameter = next(
        (name, one)
        for name, one in document.parameters.items()
        if isinstance(one.values[0].value, int)
    )
    value = ParameterValue(from_=dt.date(2026, 3, 10), value=0, source="policy")
    windows = {
        key: msgspec.structs.replace(one, within="30d") if one.function == "held_for" else one
        for key, one in document.windows.items()
    }
    rules = [
        msgspec.structs.replace(one, mode="off") if number == 0 else one
        for number, one in enumerate(document.rules)
    ]
    changed = msgspec.structs.replace(parameter, values=[*parameter.values, value])
    return engine(
        "platform",
        parameters=document.parameters | {name: changed},
        windows=windows,
        rules=rules,
    )


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of a rough market: one subject for many, other offsets, moments that tie."""
    path = written(ROUGH, tmp_path_factory.mktemp("events"))
    lines = [json.loads(one) for one in path.read_bytes().splitlines()]
    deals = [one for one in lines if one["type"] in {"sale", "transfer", "payment", "offer"}]
    for number, one in enumerate(deals):
        if number % 7 == 0:
            one["subject"] = f"shared{number % 5}"
        if number % 11 == 0:
            one["time"] = deals[number // 2]["time"]
        if number % 5 == 0:
            zone = dt.timezone(dt.timedelta(hours=-8))
            one["time"] = dt.datetime.fromisoformat(one["time"]).astimezone(zone).isoformat()
    path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in lines))
    return path


@pytest.fixture(scope="module")
def facts(
    events: Path, shipped: list[Engine], draft: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Return fact tables of the rough market."""
    folder = tmp_path_factory.mktemp("facts") / "facts"
    make_facts([events], [*shipped, draft], folder)
    return folder


@pytest.fixture(scope="module")
def rulings(
    events: Path, shipped: list[Engine], draft: Engine, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Any, list[Ruling]]]:
    """Return what judging one by one says to the rough market."""
    folder = tmp_path_factory.mktemp("online")
    first = list(online(events, shipped, folder / "one"))
    second = list(online(events, [draft], folder / "two"))
    return [(event, [*a, *b]) for (event, a), (_, b) in zip(first, second, strict=True)]


class TestEquality:
    """Bulk and one by one."""

    def test_every_rule_of_every_event(
        self, facts: Path, shipped: list[Engine], rulings: list[tuple[Any, list[Ruling]]]
    ) -> None:
        """Verdict and rules hit, unknown and passed are equal, row for row."""
        with BulkRun(facts, shipped) as run:
            for place, one in enumerate(shipped):
                columns = "seq, source, id, verdict, hit, unknown, passed"
                rows = list(run.sql.rows(f"SELECT {columns} FROM {run.outcomes(one)} ORDER BY seq"))
                expected = [
                    (seq, event.source, event.id, *said(found[place]))
                    for seq, (event, found) in enumerate(rulings)
                ]
                assert rows == expected
                assert len({row[3] for row in rows}) > 1

    def test_comparison(
        self,
        facts: Path,
        shipped: list[Engine],
        draft: Engine,
        rulings: list[tuple[Any, list[Ruling]]],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Two rulebooks compare in bulk as they do event by event, examples included."""
        tally = ComparisonTally(shipped[1], draft)
        for event, found in rulings:
            tally.add(EventName(event.source, event.id), found[1], found[2])
        monkeypatch.setattr("vermilion.desk.bulk.run.COMBINATIONS", 10)
        found_in_bulk = compare(facts, shipped[1], draft, limit_memory="500MB")
        assert found_in_bulk == tally.comparison()
        assert any(one.before != one.after for one in found_in_bulk.verdicts)

    def test_clocks_differ(self, events: Path, shipped: list[Engine], tmp_path: Path) -> None:
        """Rulebooks of two time zones are each judged by their own legal date."""
        document = shipped[1].rulebook.document
        heading = msgspec.structs.replace(
            document.rulebook, id="elsewhere", time_zone="America/New_York"
        )
        other = engine("platform", rulebook=heading)
        make_facts([events], [shipped[1], other], tmp_path / "facts")
        assert read_manifest(tmp_path / "facts").zones == ["Asia/Shanghai", "America/New_York"]
        expected = [said(found) for _, (_, found) in online(events, [shipped[1], other], tmp_path)]
        with BulkRun(tmp_path / "facts", [shipped[1], other]) as run:
            table = run.outcomes(other)
            rows = run.sql.rows(f"SELECT verdict, hit, unknown, passed FROM {table} ORDER BY seq")
            assert list(rows) == expected
        compared = compare(tmp_path / "facts", shipped[1], other)
        assert sum(one.events for one in compared.verdicts) == len(expected)


class TestFacts:
    """Making fact tables."""

    def test_amounts_that_get_wider(
        self, shipped: list[Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Amounts beyond 64 bits after many that are not begin a new part, and judge alike."""
        monkeypatch.setattr("vermilion.desk.bulk.writer.ROWS", 50)
        lines = [json.loads(canonical_bytes(one)) for one in market(MarketConfig(events=300))]
        sales = [one for one in lines if one["type"] == "sale"]
        for one in sales[-20:]:
            one["data"]["price"]["amount"] = str(10**37)
        path = tmp_path / "events.ndjson"
        path.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in lines))
        manifest = make_facts([path], shipped[:1], tmp_path / "facts")
        assert [bool(part.wide) for part in manifest.tables["sale"].parts] == [False, True]
        expected = [said(found) for _, (found,) in online(path, shipped[:1], tmp_path)]
        with BulkRun(tmp_path / "facts", shipped[:1]) as run:
            table = run.outcomes(shipped[0])
            rows = run.sql.rows(f"SELECT verdict, hit, unknown, passed FROM {table} ORDER BY seq")
            assert list(rows) == expected

    def test_a_list_from_outside(self, events: Path, shipped: list[Engine], tmp_path: Path) -> None:
        """A `list` event of a file is rejected, as `check` does; the desk alone writes such."""
        first = events.read_bytes().splitlines()[0]
        plain = json.loads(first) | {"type": "list", "id": "x", "data": {"list": {"id": "un"}}}
        path = tmp_path / "events.ndjson"
        path.write_bytes(first + b"\n" + msgspec.json.encode(plain) + b"\n")
        manifest = make_facts([path], shipped[1:], tmp_path / "facts")
        assert (manifest.events, manifest.rejected) == (1, 1)
        assert "list" not in manifest.tables

    def test_numbers_beyond_a_column(self) -> None:
        """A sum of more than 38 digits is refused in words."""
        with DuckDb("100MB") as engine, pytest.raises(DataError, match="more than 38 digits"):
            engine.load("t", {"seq": "BIGINT", "answer": "DECIMAL(38,0)"}, iter([(0, 10**38)]))

    def test_manifest(self, facts: Path, events: Path, shipped: list[Engine]) -> None:
        """Rulebooks, inputs, rows and what a column comes from are told, to the owner alone."""
        manifest = read_manifest(facts)
        assert [one.digest for one in manifest.rulebooks][:2] == [one.digest for one in shipped]
        assert manifest.inputs[0].bytes == events.stat().st_size
        assert manifest.duplicate > 0
        assert facts.stat().st_mode & 0o077 == 0
        assert manifest.events == sum(table.rows for table in manifest.tables.values())
        labels = {one.name: one.label for one in manifest.tables["sale"].columns}
        assert labels["f_price__currency"] == "price.currency"

    def test_a_rulebook_that_reads_more(
        self, events: Path, shipped: list[Engine], tmp_path: Path
    ) -> None:
        """What a rulebook reads and the tables lack is named, with what to do."""
        make_facts([events], shipped[1:], tmp_path / "facts")
        with pytest.raises(RulebookError, match="reads what the fact tables do not have") as caught:
            compare(tmp_path / "facts", shipped[1], shipped[0])
        assert "`" in caught.value.message
        assert "vermilion facts" in str(caught.value.help)

    def test_whole_or_not_at_all(
        self, events: Path, shipped: list[Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where making them fails, nothing is left of them; what is there is never overwritten."""

        def fail(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(making, "write_manifest", fail)
        with pytest.raises(Exception, match="cannot be written"):
            make_facts([events], shipped[1:], tmp_path / "facts")
        assert list(tmp_path.iterdir()) == []
        (tmp_path / "facts").mkdir()
        with pytest.raises(UsageError, match="there already"):
            make_facts([events], shipped[1:], tmp_path / "facts")

    def test_no_facts(self, shipped: list[Engine], tmp_path: Path) -> None:
        """A folder that holds none, and files without events, are refused in words."""
        with pytest.raises(DataError, match="no fact tables"):
            compare(tmp_path, shipped[1], shipped[1])
        (tmp_path / "empty").write_bytes(b"{}\n")
        with pytest.raises(DataError, match="no events"):
            make_facts([tmp_path / "empty"], shipped[1:], tmp_path / "facts")
