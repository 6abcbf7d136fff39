"""A served book and those who ask it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .desk import Desk, served


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Serve a book of its own."""
    with served(tmp_path / "book") as found:
        yield found


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Serve one book for a module's tests, which must not rest on what others leave in it."""
    with served(tmp_path_factory.mktemp("shared") / "book") as found:
        yield found
