"""Read the files of the shipped rulebooks once for all commands that lay overlays over them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from vermilion.rulebook import Document
from vermilion.rulebook.load import SHIPPED, read_document
from vermilion.rulebook.yaml_source import Source

_shipped = cache(read_document)


def _read(folder: Path) -> tuple[Document, dict[str, Source]]:
    return _shipped(folder) if folder.parent == SHIPPED else read_document(folder)


@pytest.fixture(autouse=True)
def _shipped_rulebooks_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("cli.activation", "rulebook.overlay"):
        monkeypatch.setattr(f"vermilion.{module}.read_document", _read)
