"""`vermilion rules explain` with the events, or the book: what would make an event pass."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vermilion.desk.book import Book

from .samples import complaint, market_file, printed, run
from .test_activation import overlaid


@pytest.mark.parametrize(("language", "head"), [("en", "make it pass"), ("zh", "即可通过")])
def test_tells_what_would_make_it_pass(tmp_path: Path, language: str, head: str) -> None:
    """After the explanation, for each rule that stopped the event; without the events it is left out."""
    events, decisions = market_file(tmp_path / "f"), tmp_path / "out"
    run("check", events, "--out", decisions)
    lines = [json.loads(line) for line in decisions.read_bytes().splitlines()]
    denied = next(one for one in lines if one["verdict"] == "deny")
    plain = run("rules", "explain", decisions, denied["event"]["id"], "--lang", language)
    told = run(
        "rules", "explain", decisions, denied["event"]["id"], "--lang", language, "--events", events
    )
    assert told.exit_code == 0
    assert told.stdout.startswith(plain.stdout)
    added = told.stdout.removeprefix(plain.stdout)
    stopping = [one for one in denied["rules"] if one["verdict"] in {"deny", "review"}]
    assert all(f"\n{one['id']} " in added for one in stopping)
    assert head in added
    assert head not in plain.stdout


def test_events_of_something_else(tmp_path: Path) -> None:
    """Where the file does not hold the event, that is said."""
    events, decisions = market_file(tmp_path / "f"), tmp_path / "out"
    run("check", events, "--out", decisions)
    first = json.loads(decisions.read_bytes().splitlines()[0])
    (tmp_path / "g").write_text(events.read_text().splitlines()[-1] + "\n")
    result = run("rules", "explain", decisions, first["event"]["id"], "--events", tmp_path / "g")
    assert result.exit_code == 2
    assert "there is no event" in complaint(result)[0]


def test_from_the_book(tmp_path: Path) -> None:
    """Under the overlay of then, without the events, also once another overlay is in force."""
    Book.open(tmp_path / "b").close()
    book = overlaid(tmp_path / "b")
    events, decisions = market_file(tmp_path / "f"), tmp_path / "out"
    run("check", events, "--out", decisions, "--book", book)
    lines = [json.loads(line) for line in decisions.read_bytes().splitlines()]
    capped = next(
        one for one in lines if {"CN-HOUSE-01", "CN-N1-01"} <= {two["id"] for two in one["rules"]}
    )
    explain = ("rules", "explain", decisions, capped["event"]["id"])
    told = run(*explain, "--book", book)
    assert told.exit_code == 0
    assert told.stdout.startswith(run(*explain).stdout)
    assert "\nCN-HOUSE-01 " in told.stdout
    assert "\nCN-N1-01 Any one of these would make it pass:\n" in told.stdout
    overlaid(book, **{"value: 2, source": "value: 9000000, source"})
    assert "is in force from here on" in run("check", events, "--book", book).stderr
    assert run(*explain, "--book", book).stdout == told.stdout
    (cn, *_) = printed(run(*explain, "--book", book, "--json"))["decisions"]
    assert "\n".join([cn["explanation"], *cn["told"]]) in told.stdout
    assert cn["decision"]["event"] == capped["event"]
    assert {"CN-HOUSE-01", "CN-N1-01"} <= {one["rule"] for one in cn["passing"]}
    (plain, *_) = printed(run(*explain, "--json"))["decisions"]
    assert (plain["passing"], plain["told"]) == (None, [])
    both = ("--book", book, "--events", events)
    assert run(*explain, *both).exit_code == 2


def test_another_book(tmp_path: Path) -> None:
    """A book that does not hold the event, or keeps another rulebook, says so."""
    events, decisions, book = market_file(tmp_path / "f"), tmp_path / "out", tmp_path / "b"
    run("check", events, "--out", decisions)
    run("check", market_file(tmp_path / "g", events=5, seed=9), "--book", book)
    first = json.loads(decisions.read_bytes().splitlines()[-1])
    result = run("rules", "explain", decisions, first["event"]["id"], "--book", book)
    assert result.exit_code == 2
    assert "holds no such decision" in complaint(result)[0]
