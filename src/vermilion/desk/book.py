"""A book: one directory with a market's configuration, rulebooks, record, keys and state."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Self

import msgspec

from vermilion.desk.know import standing_facts, stated_entities
from vermilion.desk.sealing import KIND, remaining_event
from vermilion.errors import DataError, StorageError, UsageError
from vermilion.facts.entities import Entity
from vermilion.facts.events import Event, event_type_of
from vermilion.record import Entry, KeyStore, Location, Record, Section
from vermilion.rulebook import Document, Engine, Profile, check_document, load_profile
from vermilion.store import Place, State, StatementRow, identity_of

ACTIVATION = "activation"

_CONFIGURATION = """\
# Who runs this market. It decides which norms bind and is part of every decision's digest.
operator: unnamed platform
roles: [platform]
# Associations you are a member of: NIFA, CBA, SAC, PCAC, CMCA, CAICI, CCIA.
memberships: []
territory: CN
# Instruments or rules that you follow as your own policy though they do not bind you.
adopts: []
"""


class Book:
    """An open book; one process owns it at a time.

    Use as a context manager. `record` and `state` belong to it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with ExitStack() as opened_so_far:
            opened_so_far.callback(os.close, lock_book(path))
            self.profile = load_profile(path / "book.yaml")
            self.keys = KeyStore.open(path / "keys")
            opened_so_far.callback(self.keys.close)
            self.record = Record.open(path / "record", self.keys)
            opened_so_far.callback(self.record.close)
            self.state = State(path / "state.db", self.keys.origin)
            opened_so_far.callback(self.state.close)
            self._catch_up()
            self._opened = opened_so_far.pop_all()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a book, or make one with the default profile where there is none.

        Raises:
            StorageError: `book_busy` while another process owns it; `book_unusable` where the disk
                refuses; the record, keys or state are damaged.
            RulebookError: the configuration is malformed.
            UsageError: the path is a file, or a folder with something else in it.
        """
        try:
            if not _is_book(path):
                _create(path)
            return cls(path)
        except OSError as error:
            raise StorageError(
                "book_unusable",
                f"the book cannot be made or opened: {(error.strerror or str(error)).lower()}",
                help="check the path, its permissions and the disk",
                where=str(path),
            ) from error

    def activate(self, engine: Engine) -> None:
        """Record that a rulebook judges from here on, and keep it by its digest.

        Does nothing where the digest was the last one activated under the rulebook's id.
        """
        kept = self.path / "rulebooks" / f"{engine.digest}.json"
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            _sync(self.path)
            text = msgspec.json.encode(
                {"document": engine.rulebook.document, "profile": engine.profile}, order="sorted"
            )
            _write_durably(kept, text)
        active = self.path / "rulebooks" / f"{engine.rulebook.id}.active"
        if active.exists() and active.read_text() == engine.digest:
            return
        statement = msgspec.json.encode(_Activation(engine.rulebook.id, engine.digest))
        profile = msgspec.json.encode(engine.profile, order="sorted")
        sections = [Section("class/activation", profile)]
        self.record.append(ACTIVATION, statement, sections, {"profile": profile})
        self.record.commit()
        self._note_active(statement)
        self.state.apply({}, (), self.record.size)

    def _note_active(self, statement: bytes) -> None:
        """Write down which digest of a rulebook an activation made the active one."""
        activation = msgspec.json.decode(statement, type=_Activation)
        folder = self.path / "rulebooks"
        folder.mkdir(exist_ok=True)
        _write_durably(folder / f"{activation.rulebook}.active", activation.digest.encode())

    def kept_engine(self, digest: str) -> Engine:
        """Return the engine of a rulebook that the book keeps, for judging again as then.

        Raises:
            StorageError: the book does not keep that rulebook, or not as it was.
        """
        path = self.path / "rulebooks" / f"{digest}.json"
        try:
            content = path.read_bytes()
        except OSError:
            raise StorageError(
                "rulebook_lost", f"the book does not keep rulebook `{digest}`", where=str(path)
            ) from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise StorageError(
                "rulebook_altered",
                "the kept rulebook is not the one of its digest",
                help="bring the file back from a copy; decisions are not written from this one",
                where=str(path),
            )
        kept = msgspec.json.decode(content, type=_Kept)
        return Engine(check_document(kept.document), kept.profile)

    def stated(self, kind: str, id: str, place: Place) -> Entity | None:
        """Return the entity of that kind and id that an entry stated; None if it is erased."""
        event = remaining_event(self.read(place))
        if event is None:
            return None
        return stated_entities(event.data, event_type_of(event)).get((kind, id))

    def read(self, place: Place) -> Entry:
        """Return the entry at a place that the state names.

        Raises:
            StorageError: no entry starts there, so the state is not of this record; or the record
                is damaged.
        """
        try:
            return self.record.read(Location(*place))
        except DataError:
            raise StorageError(
                "state_damaged",
                "the state names a place in the record where no entry starts",
                help="delete the state; it is rebuilt from the record",
                where=str(self.state.path),
            ) from None

    def close(self) -> None:
        """Close everything and let other processes have the book."""
        self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _catch_up(self) -> None:
        """Apply what the record holds and the state does not, as after a crash."""
        if self.state.applied > self.record.size:
            raise StorageError(
                "state_ahead",
                "the state knows of more entries than the record holds",
                help="if the record is whole, delete the state; it is rebuilt",
                where=str(self.state.path),
            )
        for entry in self.record.entries(self.state.applied):
            seen: dict[bytes, Place] = {}
            rows: list[StatementRow] = []
            if entry.envelope.kind == ACTIVATION:
                self._note_active(entry.envelope.statement)
            elif entry.envelope.kind == KIND:
                place = Place(*entry.location)
                said = msgspec.json.decode(entry.envelope.statement)["event"]
                seen[identity_of(said["source"], said["id"])] = place
                event = remaining_event(entry)
                if event is not None:
                    rows = statement_rows(event, entry.index, place)
            self.state.apply(seen, rows, entry.index + 1)
        self.state.flush()


def statement_rows(event: Event, index: int, place: Place) -> list[StatementRow]:
    """Return the state's rows for the standing facts that an event states."""
    return [
        StatementRow(
            kind,
            entity.id,
            index,
            begins.isoformat(),
            None if ends is None else ends.isoformat(),
            place.segment,
            place.position,
        )
        for kind, entity, begins, ends in standing_facts(event)
    ]


class _Activation(msgspec.Struct, frozen=True):
    rulebook: str
    digest: str


class _Kept(msgspec.Struct, frozen=True):
    document: Document
    profile: Profile


def _is_book(path: Path) -> bool:
    """Tell a book from a place where one can be made.

    Raises:
        UsageError: it is neither.
    """
    if (path / "book.yaml").is_file():
        return True
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return False
    raise UsageError(
        "not_a_book",
        "this is something else than a book",
        help="name a book, or an empty or absent folder to make one in",
        where=str(path),
    )


def _create(path: Path) -> None:
    """Make a book beside its place and move it there, so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        origin = f"vermilion/{secrets.token_hex(8)}"
        with closing(KeyStore.create(draft / "keys", origin)) as keys:
            Record.create(draft / "record", keys, origin).close()
        _write_durably(draft / "book.yaml", _CONFIGURATION.encode())
        draft.rename(path)
    except BaseException:
        shutil.rmtree(draft)
        if not (path / "book.yaml").is_file():
            raise
    _sync(path.parent)


def lock_book(path: Path) -> int:
    """Take a book for this process; closing the returned descriptor gives it back.

    Raises:
        StorageError: `book_busy`.
    """
    file = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        raise StorageError(
            "book_busy", "another process has this book open", where=str(path)
        ) from None
    return file


def _write_durably(path: Path, content: bytes) -> None:
    """Put a file in place whole or not at all, and flush it."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
