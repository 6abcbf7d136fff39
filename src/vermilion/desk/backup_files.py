"""Where a backup's files lie: a folder, or one archive (tar, compressed with Zstandard).

Both hold `book/...`, the files as a book has them, and `backup.json`, the list of them with their
digests, which is written last: what lacks it is no whole backup.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

import msgspec
import zstandard

from vermilion.errors import DataError
from vermilion.record.segments import sync_directory

ARCHIVE = ".tar.zst"
"""How the name of a backup in one file ends; any other name is a folder's."""

MANIFEST = "backup.json"
BOOK = "book"

_CHUNK = 2**20
_LEVEL = 3
"""Of Zstandard; most of a record is ciphertext, which no level makes smaller."""


class Filed(msgspec.Struct, frozen=True):
    """One file of a backup: its path inside the book, size in bytes and SHA-256."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds: of which record, up to where, with which keys.

    `size` is how many entries, `checkpoint` the signed note over them, `vkey` the key that checks
    it. `home` is where the book lay. `kek` says whether the key that opens all others is inside.
    """

    format: str
    origin: str
    vkey: str
    size: int
    checkpoint: str
    taken_at: str
    home: str
    record: bool
    keys: bool
    kek: bool
    files: list[Filed]


class Sink(Protocol):
    """Takes the files of a backup one after another."""

    def put(self, name: str, source: IO[bytes], size: int) -> str:
        """Store the first `size` bytes of a source under a name and return their SHA-256."""


class FolderSink:
    """Stores files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, source: IO[bytes], size: int) -> str:
        """Store the first `size` bytes of a source under a name and return their SHA-256."""
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        measured = Measured(source, size)
        with path.open("xb") as file:
            shutil.copyfileobj(measured, file, _CHUNK)
            file.flush()
            os.fsync(file.fileno())
        measured.check_whole(name)
        return measured.sha256


class ArchiveSink:
    """Stores files in a compressed archive, without a copy of any on the way."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def put(self, name: str, source: IO[bytes], size: int) -> str:
        """Store the first `size` bytes of a source under a name and return their SHA-256."""
        entry = tarfile.TarInfo(name)
        entry.size = size
        entry.mode = 0o600
        measured = Measured(source, size)
        self._archive.addfile(entry, measured)
        measured.check_whole(name)
        return measured.sha256


class Measured(io.RawIOBase):
    """The first bytes of a source, hashed as they are read."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        super().__init__()
        self._source = source
        self._left = size
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """SHA-256 of what was read, in hex."""
        return self._hash.hexdigest()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` of the bytes that are left."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._source.read(wanted)
        self._left -= len(data)
        self._hash.update(data)
        return data

    def check_whole(self, name: str) -> None:
        """Refuse a source that ended early.

        Raises:
            OSError: it did.
        """
        if self._left:
            raise OSError(f"`{name}` became shorter while it was copied")


@contextmanager
def sink(path: Path, *, archive: bool) -> Iterator[Sink]:
    """Open a place for files; they are durable when it closes."""
    if not archive:
        yield FolderSink(path)
        return
    compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True)
    with path.open("xb") as file:
        with (
            compressor.stream_writer(file, closefd=False) as stream,
            tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as written,
        ):
            yield ArchiveSink(written)
        file.flush()
        os.fsync(file.fileno())


def unpack(backup: Path, folder: Path) -> Manifest:
    """Copy a backup's files into a folder, compare each with the manifest, and return that.

    Raises:
        DataError: `backup_damaged`: it is no whole backup, or a file is not as it was stored.
    """
    try:
        found = {name: _copied(name, source, folder) for name, source in _files(backup)}
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise damaged(backup, str(error)) from None
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise damaged(backup, f"`{MANIFEST}`, which is stored last, is lacking") from None
    except msgspec.DecodeError as error:
        raise damaged(backup, f"`{MANIFEST}` cannot be read: {error}") from None
    listed = {f"{BOOK}/{one.name}": one for one in manifest.files}
    for name in sorted({*listed, *found} - {MANIFEST}):
        if name not in found or listed.get(name) != found[name]:
            raise damaged(backup, f"`{name}` is not what was stored")
    return manifest


def sync_folders(folder: Path) -> None:
    """Wait until the names of all files under a folder are on disk; a file has none under it."""
    for found, _, _ in os.walk(folder):
        sync_directory(Path(found))


def damaged(backup: Path, what: str) -> DataError:
    """Return the error that a backup cannot be used."""
    return DataError(
        "backup_damaged",
        f"this is no whole backup: {what}",
        help="copy it again from where it is kept, or take an older one",
        where=str(backup),
    )


def _files(backup: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield names and contents; a name is only believed once `_copied` looked at it."""
    if backup.is_dir():
        for path in sorted(path for path in backup.rglob("*") if not path.is_dir()):
            with path.open("rb") as file:
                yield path.relative_to(backup).as_posix(), file
        return
    with (
        backup.open("rb") as packed,
        zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True) as stream,
        tarfile.open(fileobj=stream, mode="r|") as archive,
    ):
        for entry in archive:
            content = archive.extractfile(entry) if entry.isreg() else None
            if content is None:
                raise damaged(backup, f"`{entry.name}` is no plain file")
            yield entry.name, content
        while stream.read(2**16):
            pass  # the checksum comes after what pads the archive


def _copied(name: str, source: IO[bytes], folder: Path) -> Filed:
    """Copy a file to its place, which must lie inside the folder."""
    path = PurePosixPath(name)
    inside = path.parts[:1] == (BOOK,) or name == MANIFEST
    if not inside or ".." in path.parts or "\\" in name or "\0" in name:
        raise DataError("backup_damaged", f"`{name}` is no name of a file in a backup")
    place = folder / path
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest, size = hashlib.sha256(), 0
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while chunk := source.read(_CHUNK):
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
        file.flush()
        os.fsync(file.fileno())
    return Filed(name.removeprefix(f"{BOOK}/"), size, digest.hexdigest())
