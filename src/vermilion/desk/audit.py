"""Verify a book from its files alone: its record, what that states, and the rulebooks it keeps.

Hashes show that nothing in a record was changed. Whoever writes it could still have written what
must not be there, so that its statements are held against each other too.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from vermilion.desk.activation import ACTIVATION, REQUEST, Activation
from vermilion.desk.audit_activation import ActivationAudit
from vermilion.desk.book import Kept, lock_book, require_book
from vermilion.desk.kept_lists import KeptLists
from vermilion.desk.loop.audit import LoopAudit, Said
from vermilion.desk.loop.permits import KIND as PERMIT
from vermilion.desk.loop.permits import PermitStatement
from vermilion.desk.sealing import KIND as JUDGEMENT
from vermilion.errors import DataError, StorageError
from vermilion.record import KeyStore, Problem, Verification, verify
from vermilion.record.envelope import statement_of
from vermilion.record.frames import EntryFrame, FrameError, parse, segment_name
from vermilion.record.segments import first_indexes, mapped
from vermilion.rulebook import Profile

_JUDGEMENT = msgspec.json.Decoder(Said).decode
_PERMIT = msgspec.json.Decoder(PermitStatement).decode
_ACTIVATION = msgspec.json.Decoder(Activation).decode


def verify_book(path: Path) -> Verification:
    """Recompute a book's record, and hold its statements against each other and its rulebooks.

    Statements are read as far as a good checkpoint covers them and no damage stands before them.

    Raises:
        UsageError: there is no book.
        StorageError: the keys cannot be opened, or another process has the book open.
    """
    require_book(path)
    with ExitStack() as stack:
        stack.callback(os.close, lock_book(path))
        keys = KeyStore.open(path / "keys")
        stack.callback(keys.close)
        found = verify(path / "record", keys)
        rulebooks = _Rulebooks(path / "rulebooks")
        statements = _Statements(keys, rulebooks)
        stated = [
            Problem(entry.file, entry.offset, entry.length, entry.index, what)
            for entry in _entries(path / "record", found.entries)
            for what in statements.problems(entry)
        ]
        kept = rulebooks.problems(statements.activations.digests)
        lists = _list_problems(KeptLists(path / "lists", keys.digest_key), statements.lists)
        problems = (*found.problems, *stated, *kept, *lists)
    return msgspec.structs.replace(found, problems=problems)


class _Entry(msgspec.Struct, frozen=True, gc=False):
    """What an entry states, and where it lies."""

    file: str
    offset: int
    length: int
    index: int
    kind: str
    statement: bytes


def _entries(record: Path, size: int) -> Iterator[_Entry]:
    """Yield the first entries of a record, up to the first damage; nothing is decrypted."""
    index = 0
    for first in first_indexes(record):
        name = segment_name(first)
        with mapped(record / name) as data:
            offset = data.find(b"\n") + 1
            while offset < len(data) and index < size:
                try:
                    frame = parse(data, offset)
                    if isinstance(frame, EntryFrame):
                        length = frame.end - offset
                        yield _Entry(name, offset, length, index, *statement_of(frame.envelope))
                        index += 1
                except (FrameError, DataError):
                    return  # what stands here is told as damage, and what follows may not be entries
                offset = frame.end


class _Statements:
    """Holds what entries state against what those before them stated."""

    def __init__(self, keys: KeyStore, rulebooks: _Rulebooks) -> None:
        self.activations = ActivationAudit(keys.origin, rulebooks.profile)
        self._loop = LoopAudit(keys.origin, self.activations.in_force, rulebooks.profile)
        self._keys = keys
        self.lists: set[str] = set()
        """Every digest of a watch list that was ever put in force."""

    def problems(self, entry: _Entry) -> list[str]:
        """Return what is wrong with an entry, and take it over."""
        try:
            return list(self._held(entry))
        except msgspec.MsgspecError:
            return [f"the statement is not that of an entry of kind `{entry.kind}`"]

    def _held(self, entry: _Entry) -> Iterator[str]:
        if entry.kind == JUDGEMENT:
            said = _JUDGEMENT(entry.statement)
            if said.event.type == "list" and said.event.source == self._keys.origin:
                self.lists.add(said.event.id.split("/")[-2])
            yield from self._loop.judgement(said, entry.index)
            yield from self._erased(said)
        elif entry.kind == PERMIT:
            yield from self._loop.permit(_PERMIT(entry.statement).permit)
        elif entry.kind in {ACTIVATION, REQUEST}:
            activated = _ACTIVATION(entry.statement)
            yield from self.activations.entry(entry.kind, activated, entry.index)

    def _erased(self, said: Said) -> Iterator[str]:
        """Yield why an erasure is none, or is not done."""
        erased = said.event.type == "erasure" and said.event.source == self._keys.origin
        if (said.erasure is not None) is not erased:
            yield f"an event of type `{said.event.type}` and its statement differ on who is erased"
        elif said.erasure is not None and self._keys.left(said.erasure.keys):
            yield "what it erases is not erased: a key that it destroys is there"


def _list_problems(kept: KeptLists, needed: set[str]) -> Iterator[Problem]:
    """Yield the lists that were in force and are lost or altered."""
    for digest in sorted(needed - {"retired"}):
        try:
            kept.content(digest)
        except StorageError as error:
            yield Problem(f"lists/{digest}.zst", 0, 0, None, error.message)


class _Rulebooks:
    """The rulebooks that a book keeps, by digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._profiles: dict[str, Profile | None] = {}

    def profile(self, digest: str) -> Profile | None:
        """Return the profile of a kept rulebook; None where it is lost, altered or unreadable."""
        if digest not in self._profiles:
            self._profiles[digest] = self._read(digest)
        return self._profiles[digest]

    def _read(self, digest: str) -> Profile | None:
        try:
            content = (self._folder / f"{digest}.json").read_bytes()
            if hashlib.sha256(content).hexdigest() == digest:
                return msgspec.json.decode(content, type=Kept).profile
        except (OSError, ValueError, msgspec.MsgspecError):
            pass  # a forged digest may be no name of a file
        return None

    def problems(self, needed: set[str]) -> Iterator[Problem]:
        """Yield the altered ones, and those that were in force and are lost."""
        files = {file.stem: file for file in self._folder.glob("*.json")}
        for digest in sorted({*files, *needed}):
            content = files[digest].read_bytes() if digest in files else b""
            if digest not in files:
                what = "a rulebook that was put in force or approved is not kept"
            elif hashlib.sha256(content).hexdigest() != digest:
                what = "the kept rulebook is not the one of its digest"
            else:
                continue
            yield Problem(f"rulebooks/{digest}.json", 0, len(content), None, what)
