"""A book's access with a clock that is set by hand and passwords that cost little."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from vermilion.web.access import Access

from .world import CHEAP, Clock


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still."""
    return Clock()


@pytest.fixture
def access(tmp_path: Path, clock: Clock) -> Iterator[Access]:
    """Return the access of a new book."""
    with closing(Access(tmp_path, clock=clock, cost=CHEAP)) as opened:
        yield opened
