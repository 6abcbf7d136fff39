"""Keep the keys of a record: data keys that can be destroyed, two signing keys, the guard.

A key store is a directory of its own, apart from the record: `keys.db` (SQLite), `guard`, and `kek`,
the key-encryption key of 32 random bytes, unless VERMILION_KEK_FILE names another file for it.
Every other key is kept wrapped: nonce (12 bytes) || AES-256-GCM under a key derived from the KEK,
bound to the key's id. A data key's name may be personal, so only its HMAC-SHA256 is stored.

One thread and one process at a time may use a store.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sqlite3
from collections import OrderedDict
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, NamedTuple, Self
from weakref import WeakMethod

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vermilion.errors import StorageError, UsageError
from vermilion.record import note
from vermilion.record.guard import Guard, Guarded
from vermilion.record.segments import sync_directory
from vermilion.record.tree import EMPTY_ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

KEK_VARIABLE = "VERMILION_KEK_FILE"
"""Environment variable that names the file of the key-encryption key."""

MAX_USES = 2**31
"""Sections sealed under one key before its name gets a new one.

NIST SP 800-38D section 8.3 allows 2**32 random nonces for a key; half of that is kept in hand.
"""

FIRST_BLOCK = 64
LAST_BLOCK = 2**20
"""Uses reserved ahead for a key, so that counting seldom writes: each block doubles the last."""

CACHED_KEYS = 65_536
"""Keys held in memory, about 1 KB each, where nobody says. Policy."""

BATCH = 500
"""Names looked up in one query; below SQLite's limit on variables."""

PERMIT_KEY = "permit_key"
"""Under which name the wrapped signing key of permits is kept."""

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
-- A destroyed key keeps its row without name and key: the tombstone that answers "erased".
CREATE TABLE keys (
    id TEXT PRIMARY KEY, name BLOB, wrapped BLOB, uses INTEGER NOT NULL, current INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX keys_by_name ON keys (name) WHERE name IS NOT NULL;
PRAGMA user_version = 1;
"""


class _Slot:
    """A key in use: its uses reserved so far, how many are left of them, and the next block's size."""

    __slots__ = ("block", "cipher", "id", "left", "used")

    def __init__(self, key_id: str, cipher: AESGCM, used: int) -> None:
        self.id = key_id
        self.cipher = cipher
        self.used = used
        self.left = 0
        self.block = FIRST_BLOCK


class _Changes(NamedTuple):
    """Rows to write: new keys, blocks of uses reserved, and keys that are current no longer."""

    made: list[tuple[str, bytes, bytes]]
    reserved: list[tuple[int, str]]
    retired: list[tuple[str]]


class KeyStore:
    """An open key store. Make one with `create` or `open`, and end with `close`.

    `origin` is the log's name, `verifier` its public key. Permits are signed with a key of their
    own, so that neither key ever signs what could be taken for the other's.
    """

    def __init__(self, directory: Path, database: sqlite3.Connection, kek: bytes) -> None:
        self.directory = directory
        self._database = database
        self._wrapper = AESGCM(_derive(kek, b"wrap"))
        self._name_key = _derive(kek, b"names")
        self._guard_key = _derive(kek, b"guard")
        self.digest_key = _derive(kek, b"digests")
        """Key of the digests by which derived stores name ids without holding them."""
        self._sealing: OrderedDict[str, _Slot] = OrderedDict()
        self.most = CACHED_KEYS
        """Keys held in memory to seal with, and to open with."""
        self._opening: OrderedDict[str, AESGCM | None] = OrderedDict()
        self._forgetting: list[WeakMethod[Callable[[], object]]] = []
        meta = dict(database.execute("SELECT name, value FROM meta"))
        self.origin = str(meta["origin"])
        seed = self._unwrap(meta["signing_key"], "signing_key")
        self._signer = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = note.verifier(self.origin, self._signer.public_key().public_bytes_raw())
        permit_key = meta.get(PERMIT_KEY) or self._make_permit_key()
        self._permit_signer: Ed25519PrivateKey | None = None
        if permit_key is not None:
            seed = self._unwrap(permit_key, PERMIT_KEY)
            self._permit_signer = Ed25519PrivateKey.from_private_bytes(seed)

    @classmethod
    def create(cls, directory: Path, origin: str) -> Self:
        """Make a store with new signing keys, the log's one named after the log.

        The KEK is made too, unless its file is there already.

        Raises:
            DataError: `bad_note`: the origin cannot be a key's name.
            UsageError: `keys_exist`.
        """
        note.check_name(origin)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = directory / "keys.db"
        if path.exists():
            raise UsageError("keys_exist", "a key store is there already", where=str(path))
        kek = _make_kek(_kek_path(directory))
        path.touch(mode=0o600)
        with ExitStack() as stack:
            database = stack.enter_context(closing(_connect(path)))
            wrapped = _wrap_new(AESGCM(_derive(kek, b"wrap")), "signing_key")
            database.executescript(f"BEGIN;{_SCHEMA}")
            rows = [("origin", origin), ("signing_key", wrapped)]
            database.executemany("INSERT INTO meta VALUES (?, ?)", rows)
            database.execute("COMMIT")
            store = cls(directory, database, kek)
            first = Guarded(0, EMPTY_ROOT)
            Guard.create(directory / "guard", store._guard_key, first).close()
            sync_directory(directory)
            stack.pop_all()
        return store

    @classmethod
    def open(cls, directory: Path) -> Self:
        """Open a store; where its files cannot be written, for reading and verifying only.

        A store from before there were permits gets its key for them, durably.

        Raises:
            StorageError: `keys_missing`, `keys_damaged`, `kek_missing`, or `kek_wrong` when the KEK
                does not open it.
        """
        path = directory / "keys.db"
        if not path.exists():
            raise StorageError("keys_missing", "there is no key store here", where=str(path))
        kek = _read_kek(_kek_path(directory))
        with _trouble_told(directory), ExitStack() as stack:
            database = stack.enter_context(closing(_connect(path)))
            store = cls(directory, database, kek)
            stack.pop_all()
        return store

    def open_guard(self) -> Guard:
        """Open the roll-back guard.

        Raises:
            StorageError: `guard_missing`.
        """
        return Guard(self.directory / "guard", self._guard_key)

    def get_or_create(self, name: str, uses: int = 1) -> tuple[str, AESGCM]:
        """Return the key to seal further sections under a name: its opaque id and cipher.

        Counts the uses. A new key, or a new block of uses, is durable only after `flush`.
        """
        return self.sealers({name: uses})[name]

    def sealers(self, uses: Mapping[str, int]) -> dict[str, tuple[str, AESGCM]]:
        """Return the keys to seal under many names, as `get_or_create` does for one.

        Args:
            uses: how often each name's key is going to be used.
        """
        known, changes = self._sealing, _Changes([], [], [])
        slots = self._load([name for name in uses if name not in known], changes)
        for name, count in uses.items():
            slot = slots.get(name) or known[name]
            slots[name] = slot if slot.left >= count else self._reserve(name, slot, count, changes)
        self._write(changes)  # no key is used that is not there
        for name, count in uses.items():
            slots[name].left -= count
            known[name] = slots[name]
            known.move_to_end(name)
        while len(known) > self.most:
            known.popitem(last=False)
        return {name: (slot.id, slot.cipher) for name, slot in slots.items()}

    def flush(self) -> None:
        """Make new keys and counts durable. Must come before frames that use them are written."""
        if self._database.in_transaction:
            self._database.execute("COMMIT")

    def find(self, key_id: str) -> AESGCM | None:
        """Return the cipher of a key, or None where the key was destroyed.

        Raises:
            StorageError: `key_missing`: the store never had this key, or lost it; `keys_damaged`.
        """
        if key_id in self._opening:
            self._opening.move_to_end(key_id)
            return self._opening[key_id]
        query = "SELECT wrapped FROM keys WHERE id = ?"
        with _trouble_told(self.directory):
            row = self._database.execute(query, (key_id,)).fetchone()
        if row is None:
            raise StorageError(
                "key_missing",
                f"the key store does not know key `{key_id}`",
                help="restore the key store that belongs to this record",
                where=str(self.directory),
            )
        cipher = None if row[0] is None else AESGCM(self._unwrap(row[0], key_id))
        self._opening[key_id] = cipher
        if len(self._opening) > self.most:
            self._opening.popitem(last=False)
        return cipher

    def destroy(self, name: str) -> int:
        """Destroy every key of a name for good and return how many there were, as `destroy_keys`."""
        return self.destroy_keys(self.ids(name))

    def ids(self, name: str) -> list[str]:
        """Return the ids of the keys of a name, those that are not destroyed."""
        query = "SELECT id FROM keys WHERE name = ? ORDER BY id"
        with _trouble_told(self.directory):
            return [id for (id,) in self._database.execute(query, (self._hash(name),))]

    def left(self, ids: Sequence[str]) -> list[str]:
        """Return those of some keys' ids that are not destroyed."""
        found: list[str] = []
        with _trouble_told(self.directory):
            for start in range(0, len(ids), BATCH):
                part = ids[start : start + BATCH]
                marks = ",".join("?" * len(part))
                query = f"SELECT id FROM keys WHERE wrapped IS NOT NULL AND id IN ({marks})"  # noqa: S608
                found += [id for (id,) in self._database.execute(query, part)]
        return found

    def destroy_keys(self, ids: Sequence[str]) -> int:
        """Destroy keys by their ids for good and return how many there still were.

        Sections under them answer `Erased` from now on. Durable on return; SQLite overwrites the
        wrapped keys (secure_delete), and its write-ahead log is emptied. Copies in backups stay
        until the backups go. Entries under them that are still queued get a new key: commit them first.

        Raises:
            StorageError: `keys_damaged`: it could not be done; the keys may still be there.
                `key_lingers`: it is done, but for a copy that a program reading the file keeps.
        """
        gone = set(ids)
        for name in [name for name, slot in self._sealing.items() if slot.id in gone]:
            del self._sealing[name]
        destroyed = self.left(ids)
        with _trouble_told(self.directory):
            self._begin()
            self._database.executemany(
                "UPDATE keys SET name = NULL, wrapped = NULL, current = 0 WHERE id = ?",
                [(id,) for id in destroyed],
            )
            self.flush()
            busy, *_ = self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        for id in destroyed:
            self._opening.pop(id, None)
        for forget in [one() for one in self._forgetting]:
            if forget is not None:
                forget()
        if busy:
            raise StorageError(
                "key_lingers",
                "the key is destroyed, and a program that reads the file keeps its last copy",
                help="end what reads the keys, such as a backup, and destroy it again",
                where=str(self.directory),
            )
        return len(destroyed)

    def on_destroyed(self, forget: Callable[[], object]) -> None:
        """Call a method whenever a key was destroyed: what it opened may be in memory still.

        Its object is not kept for that.
        """
        self._forgetting.append(WeakMethod(forget))

    def sign(self, text: str) -> bytes:
        """Sign a note's text with the log's key and return the note."""
        return note.sign(text, self._signer, self.verifier)

    @property
    def permit_public_key(self) -> bytes:
        """The Ed25519 public key of permits, 32 bytes.

        Raises:
            StorageError: `permit_key_missing`: the store is older and cannot be written.
        """
        return self._permits().public_key().public_bytes_raw()

    def sign_permit_bytes(self, data: bytes) -> bytes:
        """Sign with the key of permits and return the signature, 64 bytes.

        Raises:
            StorageError: `permit_key_missing`, as for `permit_public_key`.
        """
        return self._permits().sign(data)

    def close(self) -> None:
        """Flush and close the store."""
        self.flush()
        self._database.close()

    def _permits(self) -> Ed25519PrivateKey:
        if self._permit_signer is None:
            raise StorageError(
                "permit_key_missing",
                "the key store has no key for permits yet, and cannot be written",
                help="open the book once where its key store can be written",
                where=str(self.directory),
            )
        return self._permit_signer

    def _make_permit_key(self) -> bytes | None:
        """Add the key of permits, unless nothing can be written; durable on return."""
        if not os.access(self.directory / "keys.db", os.W_OK):
            return None
        wrapped = _wrap_new(self._wrapper, PERMIT_KEY)
        # Whoever else opened the store meanwhile may have been first: there is one key only.
        query = "INSERT OR IGNORE INTO meta VALUES (?, ?)"
        self._database.execute(query, (PERMIT_KEY, wrapped))
        query = "SELECT value FROM meta WHERE name = ?"
        (kept,) = self._database.execute(query, (PERMIT_KEY,)).fetchone()
        return bytes(kept)

    def _load(self, names: Sequence[str], changes: _Changes) -> dict[str, _Slot]:
        """Take the current keys of names from the database, or make them; no use is reserved yet."""
        by_hash = {self._hash(name): name for name in names}
        hashes = list(by_hash)
        found = {}
        for start in range(0, len(hashes), BATCH):
            part = hashes[start : start + BATCH]
            marks = ",".join("?" * len(part))
            query = f"SELECT name, id, wrapped, uses FROM keys WHERE current AND name IN ({marks})"  # noqa: S608
            for hashed, key_id, wrapped, used in self._database.execute(query, part):
                cipher = AESGCM(self._unwrap(wrapped, key_id))
                found[by_hash[hashed]] = _Slot(key_id, cipher, used)
        new = [hashed for hashed, name in by_hash.items() if name not in found]
        made = zip(new, self._make(new, changes), strict=True)
        return found | {by_hash[hashed]: slot for hashed, slot in made}

    def _make(self, hashes: Sequence[bytes], changes: _Changes) -> list[_Slot]:
        """Make a key for each hash of a name."""
        # Ids that begin with the time lie together in the file: few pages are written for many keys.
        time = (time_ns() // 1_000_000).to_bytes(6, "big")
        random = secrets.token_bytes(60 * len(hashes))
        slots = []
        for at, hashed in enumerate(hashes):
            part = random[60 * at : 60 * at + 60]
            key_id, key, nonce = (time + part[6:16]).hex(), part[16:48], part[48:]
            changes.made.append((key_id, hashed, _wrap(self._wrapper, key, key_id, nonce)))
            slots.append(_Slot(key_id, AESGCM(key), 0))
        return slots

    def _reserve(self, name: str, slot: _Slot, uses: int, changes: _Changes) -> _Slot:
        """Reserve a block of uses ahead, under a new key where the old one's limit is reached."""
        block = max(slot.block, uses)
        if slot.used + block > MAX_USES:
            changes.retired.append((slot.id,))
            (slot,) = self._make([self._hash(name)], changes)
        changes.reserved.append((block, slot.id))
        slot.used += block
        slot.left = block
        slot.block = min(block * 2, LAST_BLOCK)
        return slot

    def _write(self, changes: _Changes) -> None:
        """Write what changed; it is durable with the next `flush`."""
        if changes.reserved:
            self._begin()
            write = self._database.executemany
            write("INSERT INTO keys VALUES (?, ?, ?, 0, 1)", changes.made)
            write("UPDATE keys SET uses = uses + ? WHERE id = ?", changes.reserved)
            write("UPDATE keys SET current = 0 WHERE id = ?", changes.retired)

    def _begin(self) -> None:
        if not self._database.in_transaction:
            self._database.execute("BEGIN IMMEDIATE")

    def _hash(self, name: str) -> bytes:
        return hmac.digest(self._name_key, name.encode(), "sha256")

    def _unwrap(self, wrapped: bytes, key_id: str) -> bytes:
        try:
            return self._wrapper.decrypt(wrapped[:12], wrapped[12:], key_id.encode())
        except InvalidTag:
            raise StorageError(
                "kek_wrong",
                f"`{key_id}` does not open under this key-encryption key",
                help=f"point {KEK_VARIABLE} at the key file this store was made with",
                where=str(self.directory),
            ) from None


@contextmanager
def _trouble_told(directory: Path) -> Iterator[None]:
    """Tell the operator what to do about whatever SQLite refuses."""
    try:
        yield
    except (sqlite3.Error, KeyError) as error:
        raise StorageError(
            "keys_damaged",
            f"the key store cannot be read or written: {error}",
            help="check the disk; if keys.db is damaged, restore the key store from a backup",
            where=str(directory / "keys.db"),
        ) from error


def _connect(path: Path) -> sqlite3.Connection:
    if not os.access(path, os.W_OK):
        return _connect_to_read(path)
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            database.execute(f"PRAGMA {pragma}").fetchall()
    except sqlite3.Error:
        database.close()
        raise
    return database


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Connect where nothing can be written, as on a read-only mount."""
    # SQLite cannot make the write-ahead log that it wants: without one the file is all there is.
    logged = path.with_name(f"{path.name}-wal").exists()
    uri = f"{path.absolute().as_uri()}?mode=ro{'' if logged else '&immutable=1'}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _wrap(wrapper: AESGCM, key: bytes, key_id: str, nonce: bytes) -> bytes:
    return nonce + wrapper.encrypt(nonce, key, key_id.encode())


def _wrap_new(wrapper: AESGCM, key_id: str) -> bytes:
    """Make a signing key's seed and wrap it."""
    return _wrap(wrapper, secrets.token_bytes(32), key_id, secrets.token_bytes(12))


def _derive(kek: bytes, purpose: bytes) -> bytes:
    """Derive a key for one purpose, so that no two uses share key bytes."""
    return hmac.digest(kek, b"vermilion key store 1 " + purpose, "sha256")


def _kek_path(directory: Path) -> Path:
    return Path(os.environ.get(KEK_VARIABLE) or directory / "kek")


def _make_kek(path: Path) -> bytes:
    if path.exists():
        return _read_kek(path)
    kek = secrets.token_bytes(32)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise _no_kek(path, "made", error) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(kek)
        file.flush()
        os.fsync(file.fileno())
    sync_directory(path.parent)
    return kek


def _read_kek(path: Path) -> bytes:
    try:
        kek = path.read_bytes()
    except OSError as error:
        raise _no_kek(path, "read", error) from error
    if len(kek) != 32:
        raise StorageError("kek_wrong", "the key-encryption key is not 32 bytes", where=str(path))
    return kek


def _no_kek(path: Path, done: str, error: OSError) -> StorageError:
    return StorageError(
        "kek_missing",
        f"the key-encryption key cannot be {done}: {error.strerror}",
        help=f"put it there for the desk's user to read, or name its file in {KEK_VARIABLE}",
        where=str(path),
    )
