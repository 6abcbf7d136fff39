"""Write files that, after a crash, are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from vermilion.record.segments import sync_directory

PARTIAL = ".partial"
"""What the name of a file ends with until the file is whole."""


def write_durably(path: Path, content: bytes, *, private: bool = False) -> None:
    """Put a file in place, whole or not at all; durable on return. Its folder is made with it.

    Args:
        path: its place; what lies there is replaced.
        content: of the file.
        private: whether its owner alone may read it, and look into a folder made for it.

    Raises:
        OSError: the disk refuses.
    """
    _make_folder(path.parent, 0o700 if private else 0o777)
    partial = path.with_name(path.name + PARTIAL)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with os.fdopen(os.open(partial, flags, 0o600 if private else 0o666), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    sync_directory(path.parent)


def _make_folder(folder: Path, mode: int) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent, mode)
        folder.mkdir(mode=mode, exist_ok=True)
        sync_directory(folder.parent)
