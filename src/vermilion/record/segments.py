"""Find, map and make durable the segment files of a record."""

from __future__ import annotations

import os
from contextlib import contextmanager
from mmap import ACCESS_READ, mmap
from typing import TYPE_CHECKING

from vermilion.record.frames import SUFFIX, segment_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from vermilion.record.frames import Buffer


def first_indexes(directory: Path) -> list[int]:
    """Return the first entry index of each segment file, in order; other files are ignored."""
    stems = [path.stem for path in directory.glob(f"*{SUFFIX}")]
    firsts = sorted(int(stem) for stem in stems if stem.isdecimal())
    return [first for first in dict.fromkeys(firsts) if (directory / segment_name(first)).exists()]


@contextmanager
def mapped(path: Path) -> Iterator[Buffer]:
    """Give a file's bytes without reading those that nobody looks at."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            yield b""  # an empty file cannot be mapped
        else:
            with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
                yield data


def sync_directory(directory: Path) -> None:
    """Wait until the names of new and removed files in a directory are on disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
