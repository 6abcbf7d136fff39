"""A market as a file."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from vermilion.errors import UsageError
from vermilion.facts.canonical import canonical_bytes
from vermilion.simulate import MarketConfig, market, write_events

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
