"""A book: one directory with a market's configuration, rulebooks, record, keys and state."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Self

import msgspec
import yaml

from vermilion.desk.know import stated_entities
from vermilion.desk.sealing import KIND, opened
from vermilion.errors import RulebookError, StorageError, UsageError
from vermilion.facts.entities import Entity
from vermilion.facts.events import Event, event_type_of, validity
from vermilion.record import KeyStore, Location, Record, Section
from vermilion.rulebook import Document, Engine, Profile, check_document
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

    def __init__(
        self, path: Path, lock: int, profile: Profile, keys: KeyStore, record: Record
    ) -> None:
        self.path = path
        self.profile = profile
        self.keys = keys
        self.record = record
        self._lock = lock
        self.state = State(path / "state.db")
        self._catch_up()

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a book, or make one with the default profile where there is none.

        Raises:
            StorageError: `book_busy` while another process owns it; the record or keys are damaged.
            RulebookError: the configuration is malformed.
            UsageError: the path is a file, or a folder with something else in it.
        """
        if path.exists() and not path.is_dir():
            raise UsageError("not_a_book", "this is not a folder", where=str(path))
        fresh = not path.exists() or not any(path.iterdir())
        if not fresh and not (path / "book.yaml").is_file():
            raise UsageError(
                "not_a_book",
                "the folder holds something else than a book",
                help="name an empty or absent folder",
                where=str(path),
            )
        if fresh:
            _create(path)
        lock = _lock(path)
        try:
            keys = KeyStore.open(path / "keys")
            record = Record.open(path / "record", keys)
            return cls(path, lock, read_profile(path), keys, record)
        except BaseException:
            os.close(lock)
            raise

    def activate(self, engine: Engine) -> None:
        """Record that a rulebook judges from here on, and keep it by its digest.

        Does nothing where the digest was the last one activated under the rulebook's id.
        """
        kept = self.path / "rulebooks" / f"{engine.digest}.json"
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            text = msgspec.json.encode(
                {"document": engine.rulebook.document, "profile": engine.profile}, order="sorted"
            )
            _write_durably(kept, text)
        active = self.path / "rulebooks" / f"{engine.rulebook.id}.active"
        if active.exists() and active.read_text() == engine.digest:
            return
        statement = {"rulebook": engine.rulebook.id, "digest": engine.digest}
        profile = msgspec.json.encode(engine.profile, order="sorted")
        self.record.append(
            ACTIVATION,
            msgspec.json.encode(statement),
            [Section("class/activation", profile)],
            {"profile": profile},
        )
        self.record.commit()
        _write_durably(active, engine.digest.encode())
        self.state.apply({}, (), self.record.size)

    def kept_engine(self, digest: str) -> Engine:
        """Return the engine of a rulebook that the book keeps, for judging again as then.

        Raises:
            StorageError: the book does not keep that rulebook.
        """
        path = self.path / "rulebooks" / f"{digest}.json"
        try:
            kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
        except (OSError, msgspec.MsgspecError):
            raise StorageError(
                "rulebook_lost", f"the book does not keep rulebook `{digest}`", where=str(path)
            ) from None
        return Engine(check_document(kept.document), kept.profile)

    def stated(self, kind: str, id: str, place: Place) -> Entity | None:
        """Return the entity of that kind and id that an entry stated; None if it is erased."""
        judged = opened(self.record.read(Location(*place)))
        if judged is None:
            return None
        event_type = event_type_of(judged.event)
        for stated_kind, entity in stated_entities(judged.event.data, event_type):
            if (stated_kind, entity.id) == (kind, id):
                return entity
        return None

    def close(self) -> None:
        """Close everything and let other processes have the book."""
        self.state.close()
        self.record.close()
        self.keys.close()
        os.close(self._lock)

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
            if entry.envelope.kind == KIND:
                place = Place(*entry.location)
                said = msgspec.json.decode(entry.envelope.statement)["event"]
                seen[identity_of(said["source"], said["id"])] = place
                judged = opened(entry)
                if judged is not None:
                    rows = statement_rows(judged.event, entry.index, place)
            self.state.apply(seen, rows, entry.index + 1)
        self.state.flush()


def statement_rows(event: Event, index: int, place: Place) -> list[StatementRow]:
    """Return the state's rows for the standing facts that an event states."""
    stated = stated_entities(event.data, event_type_of(event))
    if not stated:
        return []
    begins, ends = validity(event)
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
        for kind, entity in stated
    ]


class _Kept(msgspec.Struct, frozen=True):
    document: Document
    profile: Profile


def read_profile(path: Path) -> Profile:
    """Read who the operator is from a book's configuration.

    Raises:
        RulebookError: it is not YAML, or has unknown fields or values.
    """
    file = path / "book.yaml"
    try:
        loaded = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        return msgspec.convert(loaded, Profile)
    except (yaml.YAMLError, UnicodeDecodeError, msgspec.ValidationError) as error:
        reason = str(error).replace("\n", " ")
        raise RulebookError("configuration_malformed", reason, where=str(file)) from None


def _create(path: Path) -> None:
    """Make a book beside its place and move it there, so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    origin = f"vermilion/{secrets.token_hex(8)}"
    keys = KeyStore.create(draft / "keys", origin)
    Record.create(draft / "record", keys, origin).close()
    keys.close()
    _write_durably(draft / "book.yaml", _CONFIGURATION.encode())
    try:
        draft.rename(path)
    except OSError:
        shutil.rmtree(draft)
        if not (path / "book.yaml").is_file():
            raise


def _lock(path: Path) -> int:
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
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
