"""A market as a file."""

from __future__ import annotations

import gzip
from pathlib import Path

import msgspec
import pytest

from vermilion.errors import UsageError
from vermilion.facts.canonical import canonical_bytes
from vermilion.simulate import (
    MarketConfig,
    Truth,
    market,
    simulated,
    truth,
    write_events,
    write_market,
)
from vermilion.simulate.write import EVENTS, TRUTH

_CONFIG = MarketConfig(events=300)


def test_file_holds_canonical_lines(tmp_path: Path) -> None:
    """A file holds one canonical event a line, and their number is returned."""
    path = tmp_path / "market.ndjson"
    assert write_events(path, _CONFIG) == 300
    assert path.read_bytes() == b"".join(canonical_bytes(e) + b"\n" for e in market(_CONFIG))


def test_compressed_file_is_the_same_each_time(tmp_path: Path) -> None:
    """A name that ends in .gz gives the same lines compressed, under any name the same bytes."""
    one, other, plain = tmp_path / "a.gz", tmp_path / "b.ndjson.gz", tmp_path / "c"
    for path in (one, other, plain):
        write_events(path, _CONFIG)
    assert one.read_bytes() == other.read_bytes()
    assert gzip.decompress(one.read_bytes()) == plain.read_bytes()


def test_unwritable_place_is_refused(tmp_path: Path) -> None:
    """A place that cannot be written is told, with its name."""
    with pytest.raises(UsageError) as refused:
        write_events(tmp_path / "absent" / "market.ndjson", _CONFIG)
    assert str(tmp_path) in str(refused.value)


def test_market_is_two_files(tmp_path: Path) -> None:
    """A folder holds the events and, one object a line, what is true of them."""
    config = MarketConfig(events=2_000, violation_rate=60, duplicates=20)
    written = write_market(tmp_path / "new", config)
    both = list(simulated(config))
    events = (tmp_path / "new" / EVENTS).read_bytes()
    assert events == b"".join(canonical_bytes(event) + b"\n" for event, _ in both)
    lines = (tmp_path / "new" / TRUTH).read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Truth) for line in lines] == list(truth(config))
    assert (written.events, sum(written.truth.values())) == (2_000, len(lines))
    assert sum(written.types.values()) == 2_000


def test_files_are_whole_or_absent(tmp_path: Path) -> None:
    """A run that is broken off leaves nothing, and what was there stays."""
    write_market(tmp_path, _CONFIG)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def broken_off(_: int) -> None:
        raise KeyboardInterrupt

    larger = MarketConfig(events=11_000)
    with pytest.raises(KeyboardInterrupt):
        write_market(tmp_path, larger, force=True, on_events=broken_off)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_files_are_not_replaced_unasked(tmp_path: Path) -> None:
    """Files that are there are replaced by force only."""
    write_market(tmp_path, _CONFIG)
    with pytest.raises(UsageError) as refused:
        write_market(tmp_path, _CONFIG)
    assert refused.value.code == "file_exists"
    write_market(tmp_path, MarketConfig(events=200), force=True)
    assert len((tmp_path / EVENTS).read_bytes().splitlines()) == 200


def test_progress_is_told(tmp_path: Path) -> None:
    """The number of events written is told now and then."""
    told: list[int] = []
    write_market(tmp_path, MarketConfig(events=25_000, violation_rate=0), on_events=told.append)
    assert told == [10_000, 10_000]
