"""A market as files: its events, and beside them what is true of them."""

from __future__ import annotations

import gzip
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import msgspec

from vermilion.errors import UsageError
from vermilion.facts.canonical import canonical_bytes
from vermilion.facts.events import event_type_of
from vermilion.simulate.config import MarketConfig
from vermilion.simulate.market import market, simulated

EVENTS, TRUTH = "events.ndjson", "truth.ndjson"
"""Names of the files of a market."""

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_EVERY = 10_000


@dataclass
class Written:
    """How many events were written, of which types, and how many of which pattern and side."""

    events: int = 0
    types: Counter[str] = field(default_factory=Counter)
    truth: Counter[tuple[str, str]] = field(default_factory=Counter)


def write_events(path: Path | str, config: MarketConfig) -> int:
    """Write a market to a file, one canonical event a line, and return the number of events.

    A name that ends in `.gz` is compressed, without name or time in its header.

    Raises:
        UsageError: the file cannot be written.
    """
    path = Path(path)
    with _refusals(path), path.open("wb") as file:
        if path.suffix != ".gz":
            return _write(file, config)
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0) as packed:
            return _write(packed, config)


def write_market(
    folder: Path,
    config: MarketConfig,
    *,
    force: bool = False,
    on_events: Callable[[int], None] | None = None,
) -> Written:
    """Write `events.ndjson` and `truth.ndjson` to a folder, which is made if absent.

    Files are there whole or not at all.

    Args:
        folder: where to write.
        config: what to simulate.
        force: whether files that are there may be replaced.
        on_events: is told now and then how many further events were written.

    Raises:
        UsageError: a file is there already, or cannot be written.
    """
    paths = folder / EVENTS, folder / TRUTH
    there = [path for path in paths if path.exists()]
    if there and not force:
        raise UsageError(
            "file_exists",
            "there is a file of this name already",
            help="name another folder, or use --force to replace it",
            where=str(there[0]),
        )
    with _refusals(folder):
        folder.mkdir(parents=True, exist_ok=True)
        drafts = [path.with_name(f".{path.name}.{os.getpid()}") for path in paths]
        try:
            written = _write_both(drafts[0], drafts[1], config, on_events)
            for draft, path in zip(drafts, paths, strict=True):
                draft.replace(path)
        finally:
            for draft in drafts:
                draft.unlink(missing_ok=True)
    return written


def _write(file: IO[bytes] | gzip.GzipFile, config: MarketConfig) -> int:
    for event in market(config):
        file.write(canonical_bytes(event) + b"\n")
    return config.events


def _write_both(
    events: Path, truth: Path, config: MarketConfig, on_events: Callable[[int], None] | None
) -> Written:
    written = Written()
    with events.open("wb") as lines, truth.open("wb") as truths:
        for event, told in simulated(config):
            lines.write(canonical_bytes(event) + b"\n")
            written.events += 1
            written.types[event_type_of(event)] += 1
            if told is not None:
                truths.write(_ENCODE(told) + b"\n")
                written.truth[told.pattern, told.side] += 1
            if on_events is not None and not written.events % _EVERY:
                on_events(_EVERY)
    return written


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "it failed").lower()
        raise UsageError("not_written", f"cannot write: {reason}", where=str(path)) from None
