"""Files are there whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from vermilion.desk.durable import write_durably


def test_a_file_comes_with_its_folders(tmp_path: Path) -> None:
    """What is written can be read, in a folder that was not there, and nothing lies beside it."""
    path = tmp_path / "a" / "b" / "file"
    write_durably(path, b"one")
    write_durably(path, b"two")
    assert path.read_bytes() == b"two"
    assert [one.name for one in path.parent.iterdir()] == ["file"]


def test_what_is_private_is_its_owners_alone(tmp_path: Path) -> None:
    """Nobody else may read a private file, nor look into the folder that was made for it."""
    before = os.umask(0)
    try:
        write_durably(tmp_path / "private" / "file", b"", private=True)
        write_durably(tmp_path / "open" / "file", b"")
    finally:
        os.umask(before)
    modes = [
        stat.S_IMODE((tmp_path / one).stat().st_mode)
        for one in ("private", "private/file", "open", "open/file")
    ]
    assert modes == [0o700, 0o600, 0o777, 0o666]


def test_a_file_that_cannot_be_written_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the disk refuses, the file before is still whole, and the refusal is told."""
    path = tmp_path / "file"
    write_durably(path, b"before")

    def refuse(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="no space left"):
        write_durably(path, b"after")
    assert path.read_bytes() == b"before"
