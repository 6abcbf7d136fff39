"""Backtest a long history in bulk: time, memory, and equality with judging one by one.

A market is simulated and its fact tables are made, in Python, by what was known at each event. Then
they are tiled: each copy renames every person, token, work and business, so that it is a market of
its own, and the copies of an event follow each other. `cn` is compared with a draft of it in which a
rule is off, a window narrower and numbers change on a day in the middle.

Three things are held against each other:

- the first events, judged one by one by a desk, and in bulk: verdict and outcome of every rule;
- whole copies, sampled: each row in words of outcomes as in the copy that kept its names;
- the comparison of the tiled history: each figure is that of the untiled one times the copies.

    python -m benchmarks.bulk [--events 2000000] [--copies 10] [--prefix 50000] [--sail] [--folder F]

With `--sail` the untiled history is also judged by Sail through Spark Connect (`pip install pysail
pyspark-client==4.2.0`), and every row is held against DuckDB's. Peak memory is that of a process of
its own, which compares and does nothing else.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from vermilion.desk.book import Book
from vermilion.desk.bulk import BulkRun, compare, make_facts, read_manifest
from vermilion.desk.bulk.manifest import Manifest, Table, write_manifest
from vermilion.desk.bulk.writer import zoned
from vermilion.desk.desk import Desk, Sealed
from vermilion.intake import Received, read_events
from vermilion.language import Node, facts_read, tree
from vermilion.language.sql import column_name
from vermilion.rulebook import Engine, Profile, check_document, find_rulebook, load_rulebook
from vermilion.rulebook.model import ParameterValue
from vermilion.rulebook.windows import nodes_of
from vermilion.simulate import MarketConfig, write_events
from vermilion.sql import DuckDb, SparkConnect, SqlEngine

SAMPLED = 3
"""Copies that are held against the first, row for row."""

GROUP = 1_024
ENVELOPE_NAMES = ("id", "subject")


def base() -> Engine:
    """Return the shipped rulebook."""
    return Engine(load_rulebook(find_rulebook("cn")), Profile())


def draft(day: dt.date) -> Engine:
    """Return a draft: the first rule off, a week's window of three days, other numbers from a day on."""
    document = base().rulebook.document
    first, *rest = document.rules
    narrow = msgspec.structs.replace(document.windows["deals_7d"], within="3d")
    parameters = dict(document.parameters)
    for name, one in parameters.items():
        value = max(one.values, key=lambda value: value.from_).value
        if isinstance(value, int) and all(said.from_ < day for said in one.values):
            half = ParameterValue(from_=day, value=value // 2, source="policy")
            parameters[name] = msgspec.structs.replace(one, values=[*one.values, half])
    changed = msgspec.structs.replace(
        document,
        rules=[msgspec.structs.replace(first, mode="off"), *rest],
        windows=document.windows | {"deals_7d": narrow},
        parameters=parameters,
    )
    return Engine(check_document(changed), Profile())


# Copies.


def renamed(engines: Sequence[Engine], kind: str) -> set[str]:
    """Return the columns of names: free texts that no rule holds against words of its own."""
    free: set[str] = set()
    fixed: set[str] = set()
    for engine in engines:
        nodes: list[Node] = []
        for loaded in engine.rulebook.rules:
            if kind in loaded.conditions:
                nodes += nodes_of(loaded.conditions[kind])
        for window in engine.rulebook.windows:
            fold = window.folds.get(kind)
            nodes += [one for one in (*fold.key, fold.value, fold.where) if one] if fold else []
            nodes += window.asks.get(kind, ())
        for node in nodes:
            for part in tree.walk(node):
                if isinstance(part, tree.Path) and not part.bound and _is_free(part):
                    free.add(column_name(part))
                if isinstance(part, tree.Compare) and _names_words(part.right):
                    fixed.update(map(column_name, facts_read(part.left)))
    return free - fixed


def _names_words(node: Node) -> bool:
    """Say whether a comparison is with words of the rulebook; a name is as little empty as another."""
    if isinstance(node, tree.Constant):
        return node.value != ""
    return isinstance(node, tree.Values | tree.Parameter)


def _is_free(path: tree.Path) -> bool:
    kind = path.type.element if path.type.kind == "list" else path.type
    return kind is not None and kind.kind == "str" and kind.values is None


def tile(facts: Path, out: Path, copies: int, engines: Sequence[Engine]) -> Manifest:
    """Write fact tables in which every event comes so many times, each time under other names."""
    given = read_manifest(facts)
    tables: dict[str, Table] = {}
    for folder in (out, out / "lists", out / "revoked"):
        folder.mkdir()
    with DuckDb("1000MB") as sql:
        copied = f"(SELECT * FROM (SELECT UNNEST(range({copies})) AS k))"
        for kind, table in given.tables.items():
            names = renamed(engines, kind)
            names |= {zoned(one, zone) for one in names for zone in range(len(given.zones))}
            plain = [one for one in table.columns if not one.several]
            listed = ", ".join(_copied(one.name, names, copies) for one in plain)
            for part in table.parts:
                source = f"{sql.parquet(facts / part.file)} AS f, {copied} AS c"
                sql.write(f"SELECT {listed} FROM {source}", out / part.file)
            for one in table.columns:
                if one.several:
                    file = f"lists/{kind}.{one.name}.parquet"
                    told = f"{_name('f.v') if one.name in names else 'f.v'} AS v"
                    source = f"{sql.parquet(facts / file)} AS f, {copied} AS c"
                    sql.write(
                        f"SELECT f.seq * {copies} + c.k AS seq, {told} FROM {source}", out / file
                    )
            if table.revoked:
                file = f"revoked/{kind}.parquet"
                both = ", ".join(f"f.{one} * {copies} + c.k AS {one}" for one in ("seq", "until"))
                source = f"{sql.parquet(facts / file)} AS f, {copied} AS c"
                sql.write(f"SELECT {both} FROM {source}", out / file)
            tables[kind] = msgspec.structs.replace(
                table,
                rows=table.rows * copies,
                stages={stage: rows * copies for stage, rows in table.stages.items()},
                revoked=table.revoked * copies,
                parts=[msgspec.structs.replace(one, rows=one.rows * copies) for one in table.parts],
            )
    tiled = msgspec.structs.replace(given, events=given.events * copies, tables=tables)
    write_manifest(out, tiled)
    return tiled


def _copied(name: str, names: set[str], copies: int) -> str:
    if name == "seq":
        return f"f.seq * {copies} + c.k AS seq"
    if name in names or name in ENVELOPE_NAMES:
        return f"{_name(f'f.{name}')} AS {name}"
    return f"f.{name} AS {name}"


def _name(column: str) -> str:
    return f"CASE WHEN c.k = 0 OR {column} = '' THEN {column} ELSE {column} || '~' || c.k END"


# Equality.


def one_by_one(path: Path, engine: Engine, prefix: int) -> Iterator[tuple[Any, ...]]:
    """Judge the first events as `check` does; yield identity, verdict and rules."""
    with tempfile.TemporaryDirectory() as folder, Book.open(Path(folder) / "book") as book:
        book.activate(engine)
        desk = Desk(book, [engine])
        group: list[Received] = []
        read = 0
        for item in read_events(path):
            if isinstance(item, Received):
                group.append(item)
                read += 1
            if len(group) == GROUP or read == prefix:
                yield from map(_said, filter(_is_sealed, desk.submit(group)))
                group = []
            if read == prefix:
                return
        yield from map(_said, filter(_is_sealed, desk.submit(group)))


def _is_sealed(answer: Any) -> bool:
    return isinstance(answer, Sealed)


def _said(answer: Any) -> tuple[Any, ...]:
    event, ((ruling, *_),) = answer.judged.event, answer.judged.ruled
    hit, missing = (
        " ".join(one.id for one in ruling.rules if one.outcome == outcome)
        for outcome in ("hit", "missing")
    )
    passed = " ".join(one.rpartition("@")[0] for one in ruling.passed)
    return event.source, event.id, ruling.verdict, hit, missing, passed


def check_prefix(facts: Path, events: Path, engine: Engine, prefix: int) -> dict[str, int]:
    """Hold the first events judged one by one against bulk; count rows and those that differ."""
    columns = "source, id, verdict, hit, unknown, passed"
    with BulkRun(facts, [engine]) as run:
        query = f"SELECT {columns} FROM {run.outcomes(engine)} WHERE seq < {prefix} ORDER BY seq"
        rows = run.sql.rows(query)
        expected = one_by_one(events, engine, prefix)
        wrong = compared = 0
        for row, other in zip(rows, expected, strict=False):
            compared += 1
            wrong += row != other
    return {"rows": compared, "differ": wrong}


def check_copies(tiled: Path, engine: Engine, copies: int) -> dict[str, int]:
    """Hold sampled copies against the first, every row; count rows and those that differ."""
    chosen = sorted({1, copies // 2, copies - 1} - {0})[:SAMPLED]
    with BulkRun(tiled, [engine]) as run:
        name = run.outcomes(engine)
        listed = ", ".join(map(str, chosen))
        own = f"SELECT seq, verdict, hit, unknown, passed FROM {name} WHERE seq % {copies} = 0"
        other = f"SELECT * FROM {name} WHERE seq % {copies} IN ({listed})"
        same = " AND ".join(f"a.{one} = b.{one}" for one in ("verdict", "hit", "unknown", "passed"))
        query = (
            f"SELECT COUNT(*), COUNT(*) FILTER (WHERE NOT ({same})) FROM ({own}) AS a"
            f" JOIN ({other}) AS b ON a.seq = b.seq - b.seq % {copies}"
        )
        rows, wrong = next(run.sql.rows(query))
    return {"rows": rows, "differ": wrong}


def times(found: dict[str, Any], single: dict[str, Any], copies: int) -> bool:
    """Say whether each figure is that of one copy times the copies."""

    def cells(one: dict[str, Any]) -> dict[tuple[Any, ...], int]:
        both = (*one["changes"], *one["verdicts"])
        return {(c.get("rule"), c["before"], c["after"]): c["events"] for c in both}

    return cells(found) == {cell: events * copies for cell, events in cells(single).items()}


# Parts of the run.


def compare_alone(facts: Path, day: dt.date, memory: str) -> dict[str, Any]:
    """Compare in a process of its own; return figures, seconds, CPU seconds and peak memory."""
    command = [sys.executable, "-m", "benchmarks.bulk", "--compare", str(facts)]
    done = subprocess.run(
        [*command, "--day", day.isoformat(), "--memory", memory],
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def compare_here(facts: Path, day: dt.date, memory: str) -> None:
    """Compare and print what it came to, and what it took."""
    begin, one, other = time.perf_counter(), base(), draft(day)

    def tell(said: str) -> None:
        print(f"{time.perf_counter() - begin:9.1f} s  {said}", file=sys.stderr)

    found = compare(facts, one, other, limit_memory=memory, progress=tell)
    used = resource.getrusage(resource.RUSAGE_SELF)
    plain = msgspec.to_builtins(found)
    plain["seconds"] = time.perf_counter() - begin
    plain["cpu_seconds"] = used.ru_utime + used.ru_stime
    plain["peak_mb"] = used.ru_maxrss / 1_000
    print(json.dumps(plain))


def digest_of(sql: SqlEngine, facts: Path, engine: Engine) -> tuple[int, str]:
    """Return how many rows an engine gives, and the digest of all of them in order."""
    digest, rows = hashlib.sha256(), 0
    with BulkRun(facts, [engine], sql=sql) as run:
        columns = "seq, source, id, event_type, verdict, hit, unknown, passed"
        for row in run.sql.rows(f"SELECT {columns} FROM {run.outcomes(engine)} ORDER BY seq"):
            digest.update(msgspec.json.encode(row))
            rows += 1
    return rows, digest.hexdigest()


def on_sail(facts: Path) -> dict[str, Any]:
    """Judge on Sail through Spark Connect and on DuckDB; return rows and digests."""
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    found: dict[str, Any] = {}
    for name, sql in (
        ("duckdb", DuckDb("1200MB")),
        ("sail", SparkConnect(f"sc://127.0.0.1:{port}")),
    ):
        begin = time.perf_counter()
        rows, digest = digest_of(sql, facts, base())
        found[name] = {"rows": rows, "digest": digest, "seconds": time.perf_counter() - begin}
    server.stop()
    return found


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Make what is not there yet, compare, and check."""
    config = MarketConfig(events=options.events, violation_rate=100, late=20, corrections=20)
    day = config.start + dt.timedelta(days=config.days // 2)
    events, facts, tiled = folder / "events.ndjson", folder / "facts", folder / "tiled"
    found: dict[str, Any] = {"events": options.events, "copies": options.copies}
    if not events.exists():
        begin = time.process_time()
        write_events(events, config)
        found["simulated_cpu_seconds"] = time.process_time() - begin
    engines = [base(), draft(day)]
    if not facts.exists():
        begin = time.process_time()
        made = make_facts([events], engines, facts)
        found["facts_cpu_seconds"] = time.process_time() - begin
        found["facts_peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_000
        found["facts_events"] = made.events
    if not tiled.exists():
        begin = time.perf_counter()
        tile(facts, tiled, options.copies, engines)
        found["tiled_seconds"] = time.perf_counter() - begin
    found["tiled_events"] = read_manifest(tiled).events
    single = compare_alone(facts, day, options.memory)
    many = compare_alone(tiled, day, options.memory)
    found["single"] = {name: single[name] for name in ("seconds", "cpu_seconds", "peak_mb")}
    found["tiled"] = {name: many[name] for name in ("seconds", "cpu_seconds", "peak_mb")}
    found["changed"] = sum(c["events"] for c in many["verdicts"] if c["before"] != c["after"])
    found["figures_times_copies"] = times(many, single, options.copies)
    found["prefix"] = check_prefix(facts, events, base(), options.prefix)
    found["sampled_copies"] = check_copies(tiled, base(), options.copies)
    if options.sail:
        found["sail"] = on_sail(facts)
    return found


def is_right(found: dict[str, Any]) -> bool:
    """Say whether everything that was held against something else equals it."""
    equal = found["figures_times_copies"] and not found["prefix"]["differ"]
    equal = equal and not found["sampled_copies"]["differ"] and found["prefix"]["rows"] > 0
    if "sail" in found:
        digests = {(one["rows"], one["digest"]) for one in found["sail"].values()}
        equal = equal and len(digests) == 1
    return bool(equal)


def main() -> int:
    """Measure and print; 1 where anything differs."""
    parser = argparse.ArgumentParser(prog="benchmarks.bulk", description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--copies", type=int, default=10)
    parser.add_argument("--prefix", type=int, default=50_000)
    parser.add_argument("--memory", default="1200MB", help="what DuckDB may take")
    parser.add_argument("--folder", type=Path, help="where files stay; what is there is used again")
    parser.add_argument("--sail", action="store_true")
    parser.add_argument("--compare", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--day", type=dt.date.fromisoformat, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.compare is not None:
        compare_here(options.compare, options.day, options.memory)
        return 0
    with tempfile.TemporaryDirectory(prefix="vermilion-bulk-") as scratch:
        folder = options.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        found = measure(options, folder)
    print(json.dumps(found, indent=1))
    return 0 if is_right(found) else 1


if __name__ == "__main__":
    sys.exit(main())
