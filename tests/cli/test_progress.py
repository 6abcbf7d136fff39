"""What takes long says so on stderr, where a person watches, and nothing of it elsewhere."""

from __future__ import annotations

from pathlib import Path

import click.testing
import pytest

from vermilion.cli.output import counting

from .samples import market_file, run

TABLE = "order_id,token,buyer,seller,price,time\n1,t1,bob,ann,12.50,2026-03-02 10:00:00\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a book, its decisions, a table and a list."""
    folder = tmp_path_factory.mktemp("watched")
    book, out = folder / "b", folder / "out.ndjson"
    run("check", market_file(folder / "events.ndjson", events=40), "--book", book, "--out", out)
    (folder / "table.csv").write_text(TABLE)
    (folder / "list.csv").write_text("id,name\n1,Zhang San\n")
    return folder


COMMANDS = [
    ("making the book", "init {new} --table {table} --currency CNY"),
    ("reading the table", "init {new} --table {table} --currency CNY"),
    ("running cases", "rules test eu"),
    ("reading rulebooks", "rules lint eu"),
    ("reading the rulebook", "rules list eu"),
    ("reading rulebooks", "rules show US-TR-01"),
    ("reading the rulebook", "rules timeline eu"),
    ("reading rulebooks", "rules diff eu eu"),
    ("running cases", "rules coverage eu"),
    ("reading rulebooks", "rules upgrade --book {book}"),
    ("reading rulebooks", "rules export eu --format cel --out {new}"),
    ("explaining", "rules explain {out} {event}"),
    ("verifying the record", "record verify --book {book}"),
    ("reading the book", "resolve list --book {book}"),
    ("reading the record", "resolve labels --book {book}"),
    ("reading lists", "lists diff {list} {list}"),
    ("reading lists", "lists screen {list} --list {list}"),
    ("copying the book", "backup {book} --out {new}"),
]


def _is_stderr(stream: click.testing._NamedTextIOWrapper) -> bool:
    return stream.name == "<stderr>"


@pytest.mark.parametrize(("said", "command"), COMMANDS)
def test_says_what_it_does(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, command: str
) -> None:
    """In a terminal, and only there; with --json and into a file stderr has what it always has."""
    event = (folder / "out.ndjson").read_text().partition('"id":"')[2].partition('"')[0]
    names = {"book": folder / "b", "out": folder / "out.ndjson", "event": event}
    names |= {"table": folder / "table.csv", "list": folder / "list.csv"}

    def told(new: str) -> str:
        arguments = [one.format(new=tmp_path / new, **names) for one in command.split()]
        result = run(*arguments)
        assert result.exit_code in {0, 1}, result.stderr
        return result.stderr

    assert said not in told("plain")
    monkeypatch.setattr(click.testing._NamedTextIOWrapper, "isatty", _is_stderr)
    monkeypatch.setenv("TERM", "xterm")
    assert said in told("watched")


def test_steps_are_counted_where_they_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record of 2,000 entries takes seconds to judge again: a bar shows how far it is."""
    with counting("replaying", 2_000, quiet=False) as advance:
        assert advance is None
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with counting("replaying", 2_000, quiet=False) as advance:
        assert advance is not None
