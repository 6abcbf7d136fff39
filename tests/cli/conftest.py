"""Read the shipped rulebooks once for all commands run in this process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from vermilion.rulebook import Rulebook, load_rulebook
from vermilion.rulebook.load import SHIPPED

_shipped = cache(load_rulebook)


def _load(folder: Path) -> Rulebook:
    return _shipped(folder) if folder.is_relative_to(SHIPPED) else load_rulebook(folder)


@pytest.fixture(autouse=True)
def _shipped_rulebooks_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("cli.demo", "cli.rules", "desk.activation"):
        monkeypatch.setattr(f"vermilion.{module}.load_rulebook", _load)
