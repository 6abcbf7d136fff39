"""Keys are wrapped, counted, found by name or id, and destroyed for good."""

from __future__ import annotations

import base64
import itertools
import os
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vermilion.errors import DataError, StorageError, UsageError
from vermilion.record import KeyStore
from vermilion.record import keys as module

from .conftest import ORIGIN

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> KeyStore:
    """A fresh key store."""
    return KeyStore.create(tmp_path / "keys", ORIGIN)


def reopen(store: KeyStore) -> KeyStore:
    """Close a store and open it again."""
    store.close()
    return KeyStore.open(store.directory)


def uses(store: KeyStore) -> list[int]:
    """Read the persisted counts as another process would."""
    with closing(sqlite3.connect(store.directory / "keys.db")) as database:
        return [row[0] for row in database.execute("SELECT uses FROM keys ORDER BY uses")]


def test_same_name_same_key_across_processes(store: KeyStore) -> None:
    """A name keeps its key, also after the store was closed and opened."""
    key_id, cipher = store.get_or_create("class/a")
    sealed = cipher.encrypt(bytes(12), b"secret", None)
    store = reopen(store)
    assert store.get_or_create("class/a")[0] == key_id
    found = store.find(key_id)
    assert found is not None
    assert found.decrypt(bytes(12), sealed, None) == b"secret"
    assert store.get_or_create("class/b")[0] != key_id


def test_signing_key_survives(store: KeyStore) -> None:
    """The log's key is the same after reopening."""
    before = store.sign("text\n")
    assert reopen(store).sign("text\n") == before


def verified_by(public_key: bytes, signature: bytes, data: bytes) -> bool:
    """Tell whether a signature is of a public key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def forget_permit_key(store: KeyStore) -> KeyStore:
    """Make of a store one from before there were permits, and close it."""
    store._database.execute("DELETE FROM meta WHERE name = 'permit_key'")
    store.close()
    return store


def test_permits_are_signed_with_a_key_of_their_own(store: KeyStore) -> None:
    """What the permits' key signs, the log's key did not, and the other way round."""
    data = b"text\n"
    signature = store.sign_permit_bytes(data)
    assert verified_by(store.permit_public_key, signature, data)
    assert not verified_by(store.verifier.public_key, signature, data)
    note = base64.b64decode(store.sign(data.decode()).split()[-1])
    assert verified_by(store.verifier.public_key, note[4:], data)
    assert not verified_by(store.permit_public_key, note[4:], data)


def test_permit_key_survives(store: KeyStore) -> None:
    """The permits' key is the same after reopening, and signs the same bytes alike."""
    public_key, signature = store.permit_public_key, store.sign_permit_bytes(b"data")
    store = reopen(store)
    assert (store.permit_public_key, store.sign_permit_bytes(b"data")) == (public_key, signature)


def test_an_older_store_gets_its_permit_key_once(store: KeyStore) -> None:
    """A store without the key has it durably from its first opening on; the log's key stays."""
    before = store.verifier
    first = KeyStore.open(forget_permit_key(store).directory)
    other_process = KeyStore.open(store.directory)
    assert first.permit_public_key == other_process.permit_public_key
    assert reopen(first).permit_public_key == other_process.permit_public_key
    assert first.verifier == before


def test_two_that_make_the_permit_key_at_once_agree(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two processes that open an older store at once, one makes the key and both use it."""
    forget_permit_key(store)
    make = KeyStore._make_permit_key
    others: list[KeyStore] = []

    def overtaken(self: KeyStore) -> bytes | None:
        monkeypatch.setattr(KeyStore, "_make_permit_key", make)
        others.append(KeyStore.open(store.directory))
        return make(self)

    monkeypatch.setattr(KeyStore, "_make_permit_key", overtaken)
    late = KeyStore.open(store.directory)
    assert late.permit_public_key == others[0].permit_public_key


def test_an_older_store_that_cannot_be_written_signs_no_permit(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It opens for reading; who asks for the permits' key is told what to do."""
    forget_permit_key(store)
    monkeypatch.setattr(os, "access", lambda *_: False)
    reader = KeyStore.open(store.directory)
    for attempt in (lambda: reader.permit_public_key, lambda: reader.sign_permit_bytes(b"data")):
        with pytest.raises(StorageError) as caught:
            attempt()
        assert caught.value.code == "permit_key_missing"
        assert "can be written" in (caught.value.help or "")


def test_files_are_private_and_hold_no_names(store: KeyStore) -> None:
    """Files are readable by their owner alone, and no name occurs in any of them."""
    store.get_or_create("person/li-4711")
    store.flush()
    for path in store.directory.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        assert b"li-4711" not in path.read_bytes()


def test_destroyed_key_is_gone_from_every_file(store: KeyStore) -> None:
    """After destroy the wrapped key occurs in no file, its id answers None, others still open."""
    key_id, _ = store.get_or_create("person/li")
    other, _ = store.get_or_create("person/su")
    store.flush()
    with closing(sqlite3.connect(store.directory / "keys.db")) as database:
        query = "SELECT wrapped FROM keys WHERE id = ?"
        wrapped = database.execute(query, (key_id,)).fetchone()[0]
    assert store.find(key_id) is not None
    assert store.destroy("person/li") == 1
    assert all(wrapped not in path.read_bytes() for path in store.directory.iterdir())
    assert store.find(key_id) is None
    assert store.find(other) is not None
    assert reopen(store).find(key_id) is None


def test_a_reader_that_keeps_a_destroyed_key_is_told_of(store: KeyStore) -> None:
    """While a program reads the file its last copy lingers; destroyed again, it is gone."""
    key_id, _ = store.get_or_create("person/li")
    store.flush()
    store._database.execute("PRAGMA busy_timeout=20")
    with closing(sqlite3.connect(store.directory / "keys.db")) as reader:
        reader.execute("BEGIN")
        wrapped = reader.execute("SELECT wrapped FROM keys WHERE id = ?", (key_id,)).fetchone()[0]
        with pytest.raises(StorageError) as refused:
            store.destroy("person/li")
    assert refused.value.code == "key_lingers"
    assert store.find(key_id) is None
    store.destroy("person/li")
    assert all(wrapped not in path.read_bytes() for path in store.directory.iterdir())


def test_destroyed_name_starts_anew(store: KeyStore) -> None:
    """A destroyed name gets another key; destroying a name without keys is counted as none."""
    key_id, _ = store.get_or_create("person/li")
    store.destroy("person/li")
    assert store.get_or_create("person/li")[0] != key_id
    assert store.destroy("person/nobody") == 0


def test_key_that_was_never_flushed_can_be_destroyed(store: KeyStore) -> None:
    """Destroying covers a key that was made and not yet made durable."""
    key_id, _ = store.get_or_create("person/li")
    assert store.destroy("person/li") == 1
    assert store.find(key_id) is None


def test_unknown_key_is_not_called_erased(store: KeyStore) -> None:
    """An id that the store never had is an error, not an erasure."""
    with pytest.raises(StorageError, match="does not know"):
        store.find("0" * 32)


def test_name_passes_to_a_new_key_at_the_limit(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the limit a name gets a new key, the old one still opens, and destroy takes both."""
    monkeypatch.setattr(module, "MAX_USES", 200)
    ids = [store.get_or_create("class/a")[0] for _ in range(300)]
    first, second = dict.fromkeys(ids)
    assert ids.count(first) <= 200
    assert store.find(first) is not None
    assert store.destroy("class/a") == 2
    assert store.find(first) is store.find(second) is None


def test_count_on_disk_is_never_below_uses(store: KeyStore) -> None:
    """At every flush the persisted count covers the uses so far, and blocks grow."""
    done = 0
    for count in (1, 63, 1, 500, 3000):
        store.get_or_create("class/a", count)
        store.flush()
        done += count
        assert uses(store)[0] >= done
    store = reopen(store)
    store.get_or_create("class/a")
    store.flush()
    assert uses(store)[0] > done


def test_cache_is_bounded(store: KeyStore) -> None:
    """Keys that fell out of the cache are found again in the database, flushed or not."""
    store.most = 2
    ids = [store.get_or_create(f"person/{n}")[0] for n in range(5)]
    assert [store.get_or_create(f"person/{n}")[0] for n in range(5)] == ids
    assert [store.find(key_id) is None for key_id in ids] == [False] * 5
    assert len(store._sealing) == len(store._opening) == 2


def test_kek_may_lie_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment variable moves the KEK out of the store; without it the store stays shut."""
    kek = tmp_path / "elsewhere"
    monkeypatch.setenv(module.KEK_VARIABLE, str(kek))
    store = KeyStore.create(tmp_path / "keys", ORIGIN)
    assert stat.S_IMODE(kek.stat().st_mode) == 0o600
    assert not (tmp_path / "keys" / "kek").exists()
    reopen(store).close()
    monkeypatch.delenv(module.KEK_VARIABLE)
    with pytest.raises(StorageError, match="cannot be read") as caught:
        KeyStore.open(tmp_path / "keys")
    assert caught.value.code == "kek_missing"


def test_kek_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the KEK's folder is missing, such as a mount, the error names the KEK's file."""
    kek = tmp_path / "secrets" / "kek"
    monkeypatch.setenv(module.KEK_VARIABLE, str(kek))
    with pytest.raises(StorageError, match="cannot be made") as caught:
        KeyStore.create(tmp_path / "keys", ORIGIN)
    assert (caught.value.code, caught.value.where) == ("kek_missing", str(kek))


@pytest.mark.parametrize("kek", [bytes(32), b"short"])
def test_wrong_kek_opens_nothing(store: KeyStore, kek: bytes) -> None:
    """Another KEK, or one of another length, is refused at open."""
    store.close()
    (store.directory / "kek").write_bytes(kek)
    with pytest.raises(StorageError) as caught:
        KeyStore.open(store.directory)
    assert caught.value.code == "kek_wrong"


def test_damaged_database_is_told(store: KeyStore) -> None:
    """A database that is none, or empty, is an error about the key store."""
    store.close()
    for data in (b"not a database" * 100, b""):
        (store.directory / "keys.db").write_bytes(data)
        with pytest.raises(StorageError) as caught:
            KeyStore.open(store.directory)
        assert caught.value.code == "keys_damaged"


def test_database_that_fails_later_is_told(store: KeyStore) -> None:
    """What SQLite refuses after opening is an error about the key store too, with a remedy."""
    store._database.execute("DROP TABLE keys")
    for attempt in (lambda: store.find("0" * 32), lambda: store.destroy("person/li")):
        with pytest.raises(StorageError, match="no such table") as caught:
            attempt()
        assert caught.value.code == "keys_damaged"
        assert "backup" in (caught.value.help or "")


@pytest.mark.parametrize("crashed", [False, True])
def test_store_that_cannot_be_written_is_read(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch, crashed: bool
) -> None:
    """On a read-only mount keys and guard open for reading, with a log left over or without."""
    key_id, _ = store.get_or_create("class/a")
    store.flush()
    if not crashed:
        store.close()
    before = {path.name for path in store.directory.iterdir()}
    assert ("keys.db-wal" in before) == crashed
    monkeypatch.setattr(os, "access", lambda *_: False)
    reader = KeyStore.open(store.directory)
    assert reader.find(key_id) is not None
    guard = reader.open_guard()
    assert guard.last().size == 0
    with pytest.raises(OSError, match="Bad file descriptor"):
        guard.write(guard.last())
    guard.close()
    with pytest.raises(StorageError, match="readonly"):
        reader.destroy("class/a")
    reader.close()
    assert {path.name for path in store.directory.iterdir()} == before


def test_create_and_open_refuse_the_wrong_state(store: KeyStore, tmp_path: Path) -> None:
    """A store is not made twice, not opened where none is, not named what a note cannot carry."""
    with pytest.raises(UsageError):
        KeyStore.create(store.directory, ORIGIN)
    with pytest.raises(StorageError):
        KeyStore.open(tmp_path / "nothing")
    with pytest.raises(DataError):
        KeyStore.create(tmp_path / "other", "two words")


def test_ids_lie_in_order_of_time(store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys made later have higher ids, so that they are written next to each other."""
    now = itertools.count(1_750_000_000_000)
    monkeypatch.setattr(module, "time_ns", lambda: next(now) * 1_000_000)
    ids = [store.get_or_create(f"person/{n}")[0] for n in range(9)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 9


def test_no_key_is_used_that_was_not_written(
    store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key whose row the disk did not take is not handed out later."""

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(store, "_write", full)
        with pytest.raises(sqlite3.OperationalError):
            store.sealers({"person/li": 1, "person/su": 3})
    key_id, _ = store.get_or_create("person/li")
    store.flush()
    assert reopen(store).find(key_id) is not None
