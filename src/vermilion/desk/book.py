"""A book: one directory with a market's configuration, rulebooks, record, keys and state."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Self

import msgspec

from vermilion.desk import activation, verification
from vermilion.desk.activation import ACTIVATION, REQUEST
from vermilion.desk.cases.fold import CaseLoop
from vermilion.desk.durable import write_durably
from vermilion.desk.kept_lists import KeptLists
from vermilion.desk.know import standing_facts, stated_entities
from vermilion.desk.loop.permits import KIND as PERMIT
from vermilion.desk.loop.replay import replay_event, replay_permit
from vermilion.desk.sealing import KIND, remaining_event, remains
from vermilion.desk.setup import starting_files
from vermilion.errors import DataError, StorageError, UsageError
from vermilion.facts.entities import Entity
from vermilion.facts.events import Event, event_type_of
from vermilion.record import Entry, KeyStore, Location, Record
from vermilion.record.segments import sync_directory
from vermilion.rulebook import Document, Engine, Profile, check_document, load_configuration
from vermilion.store import Place, State, StatementRow, identity_of, stated_fields


class Book:
    """An open book; one process owns it at a time.

    Use as a context manager. `record` and `state` belong to it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with ExitStack() as opened_so_far:
            opened_so_far.callback(os.close, lock_book(path))
            self.configuration = load_configuration(path / "book.yaml")
            self.profile = self.configuration.profile
            self.keys = KeyStore.open(path / "keys")
            opened_so_far.callback(self.keys.close)
            self.record = Record.open(path / "record", self.keys)
            opened_so_far.callback(self.record.close)
            self.state = State(path / "state.db", self.keys.origin)
            opened_so_far.callback(self.state.close)
            self.lists = self.state.lists = KeptLists(path / "lists", self.keys.digest_key)
            self._engines: dict[str, Engine] = {}
            self.loop = CaseLoop(self.state, self.keys.digest_key, self.configuration.permits)
            self._catch_up()
            self.loop.erasures.finish(self.keys)
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
        with _usable(path):
            if not _is_book(path):
                _create(path, starting_files())
            return cls(path)

    def activate(self, engine: Engine) -> activation.Activation | None:
        """Record that a rulebook judges from here on, and keep it by its digest.

        Returns what was recorded; None where that digest is in force already under its id.

        Raises:
            UsageError: `not_activated`: it takes officers to activate it.
        """
        recorded = activation.activate(self, engine)
        self._engines[engine.digest] = engine
        return recorded

    def keep(self, engine: Engine) -> None:
        """Keep a rulebook by its digest; durable on return."""
        kept = self.path / "rulebooks" / f"{engine.digest}.json"
        if kept.exists():
            return
        text = msgspec.json.encode(
            {"document": engine.rulebook.document, "profile": engine.profile}, order="sorted"
        )
        write_durably(kept, text)

    def note_activation(self, kind: str, statement: bytes, index: int) -> None:
        """Take over into the state what an entry says of activations."""
        activation.note(self.state.rows, kind, statement, index)
        self.state.rows.keep()

    def kept_engine(self, digest: str) -> Engine:
        """Return the engine of a rulebook that the book keeps, for judging again as then.

        Raises:
            StorageError: the book does not keep that rulebook, or not as it was.
        """
        known = self._engines.get(digest)
        if known is not None:
            return known
        kept = self.kept(digest)
        engine = self._engines[digest] = Engine(check_document(kept.document), kept.profile)
        return engine

    def active_engines(self) -> list[Engine]:
        """Return the rulebooks in force, as they are kept."""
        return [self.kept_engine(digest) for digest in activation.all_active(self.state.rows)]

    def kept(self, digest: str) -> Kept:
        """Return a rulebook that the book keeps, and the profile that it was activated with.

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
        return msgspec.json.decode(content, type=Kept)

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
            if entry.envelope.kind in {ACTIVATION, REQUEST}:
                self.note_activation(entry.envelope.kind, entry.envelope.statement, entry.index)
            elif entry.envelope.kind == KIND:
                place = Place(*entry.location)
                said = msgspec.json.decode(entry.envelope.statement)["event"]
                seen[identity_of(said["source"], said["id"])] = place
                event, _, left = remains(entry)
                if event is not None:
                    rows = statement_rows(event, entry.index, place)
                    replay_event(self.loop, entry, event, left, self.kept_engine)
            elif entry.envelope.kind == verification.KIND:
                verification.note(self.state.rows, entry.envelope.statement)
            elif entry.envelope.kind == PERMIT:
                name = replay_permit(self.loop, entry)
                seen[identity_of(*name)] = Place(*entry.location)
            self.state.rows.keep()
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
            " ".join(sorted(stated_fields(entity))),
        )
        for kind, entity, begins, ends in standing_facts(event)
    ]


class Kept(msgspec.Struct, frozen=True):
    """A rulebook as a book keeps it, with the profile that it was activated with."""

    document: Document
    profile: Profile


def refuse_taken(path: Path) -> None:
    """Refuse a place where no book can be made.

    Raises:
        UsageError: `book_exists`; or the path is a file, or a folder with something else in it.
        StorageError: `book_unusable` where the disk refuses.
    """
    with _usable(path):
        if _is_book(path):
            raise _taken(path)


def require_book(path: Path) -> None:
    """Refuse a place where there is no book.

    Raises:
        UsageError: `not_a_book`.
    """
    if not (path / "book.yaml").is_file():
        raise UsageError(
            "not_a_book",
            "there is no book here",
            help="make one with `vermilion init`, or name another folder",
            where=str(path),
        )


def make_book(path: Path, files: Mapping[str, str]) -> None:
    """Make a book with keys, an empty record and the given files, whole or not at all.

    Args:
        path: an empty or absent folder.
        files: the text of each further file by its path inside the book, `book.yaml` among them.

    Raises:
        UsageError: `book_exists`; or the path is a file, or a folder with something else in it.
        StorageError: `book_unusable` where the disk refuses.
    """
    refuse_taken(path)
    with _usable(path):
        if not _create(path, files):
            raise _taken(path)


def _taken(path: Path) -> UsageError:
    return UsageError(
        "book_exists",
        "this is a book already, and nothing in it was changed",
        help="edit its `book.yaml`, or name another folder",
        where=str(path),
    )


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    """Tell what the system refuses as an error with its reason."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            "book_unusable",
            f"the book cannot be made or opened: {(error.strerror or str(error)).lower()}",
            help="check the path, its permissions and the disk",
            where=str(path),
        ) from error


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


def _create(path: Path, files: Mapping[str, str]) -> bool:
    """Make a book beside its place and move it there, so that it is there whole or not at all.

    Returns False where another process made one there meanwhile, which stays as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    try:
        origin = f"vermilion/{secrets.token_hex(8)}"
        with closing(KeyStore.create(draft / "keys", origin)) as keys:
            Record.create(draft / "record", keys, origin).close()
        for name, text in files.items():
            write_durably(draft / name, text.encode())
        sync_directory(draft)
        draft.rename(path)
    except BaseException as error:
        shutil.rmtree(draft)
        if not isinstance(error, OSError) or not (path / "book.yaml").is_file():
            raise
        return False
    sync_directory(path.parent)
    return True


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
            "book_busy",
            "another process has this book open",
            help="wait until it ends; where it is `vermilion serve`, ask the desk: over HTTP, also for"
            " watch lists, in the console, or with `vermilion resolve --desk`; what a desk does not"
            " offer is done while it is stopped",
            where=str(path),
        ) from None
    return file
