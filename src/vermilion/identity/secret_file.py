"""A file that holds a secret: made once, and read by its owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from vermilion.errors import UsageError


def make_secret_file(path: Path, content: bytes) -> None:
    """Write a secret to a new file that only its owner may read; an existing one is kept.

    Raises:
        UsageError: `key_exists`, or `key_unwritable`.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            "key_exists",
            "a file is there already, and was not changed",
            help="name another file",
            where=str(path),
        ) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError(
            "key_unwritable",
            f"cannot be written: {reason}",
            help="name a file in a folder that is there and may be written to",
            where=str(path),
        ) from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
