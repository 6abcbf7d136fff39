"""API keys: made, found, revoked, and seen by other processes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from vermilion.errors import Error, StorageError
from vermilion.web.access import Access, Caller, Role

from .world import CHEAP, Clock, application, browser


def test_a_key_is_its_callers(access: Access) -> None:
    """A key gives its name, role, person and sources; another text gives nobody."""
    shop = access.add_key("shop", "platform", sources=["//shop.example/orders"])
    olga = access.add_key("olga-key", "officer", person="olga")
    assert access.caller_of_key(shop) == Caller(
        "shop", "platform", None, ("//shop.example/orders",), by_session=False
    )
    found = access.caller_of_key(olga)
    assert found == Caller("olga-key", "officer", "olga", (), by_session=False)
    for other in ("", "vk_", shop[:-1], shop + "A", shop.upper(), "\udc80", "é"):
        assert access.caller_of_key(other) is None


def test_sources(access: Access) -> None:
    """A bound key speaks for its sources and no other, an unbound one for all."""
    bound = access.caller_of_key(access.add_key("a", "platform", sources=["//a"]))
    free = access.caller_of_key(access.add_key("b", "platform"))
    assert bound is not None
    assert free is not None
    assert [bound.speaks_for(one) for one in ("//a", "//b", "//a/x", "")] == [True] + [False] * 3
    assert free.speaks_for("//b")


def test_keys_are_not_kept(access: Access, tmp_path: Path) -> None:
    """No file of the book holds a key, and only the owner can read the one with digests."""
    key = access.add_key("shop", "platform")
    access.close()
    for path in tmp_path.iterdir():
        assert key.encode() not in path.read_bytes()
        assert key[3:].encode() not in path.read_bytes()
    assert (tmp_path / "access.db").stat().st_mode & 0o077 == 0


def test_a_revoked_key(access: Access) -> None:
    """It opens nothing from the next request on, stays listed, and its name is not given again."""
    key = access.add_key("shop", "platform")
    with browser(application(access)) as client:
        headers = {"Authorization": f"Bearer {key}"}
        assert client.post("/submit", headers=headers).status_code == 200
        access.revoke_key("shop")
        answer = client.post("/submit", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="vermilion", error="invalid_token"'
    assert answer.json()["code"] == "key_unknown"
    (line,) = access.keys()
    assert line.revoked_at is not None
    for again in (lambda: access.revoke_key("shop"), lambda: access.add_key("shop", "platform")):
        with pytest.raises(Error) as refused:
            again()
        assert refused.value.http_status in {404, 409}


@pytest.mark.parametrize(
    ("name", "role", "person", "sources", "code"),
    [
        ("k", "officer", None, [], "person_lacking"),
        ("k", "auditor", None, ["//a"], "sources_refused"),
        ("k", "platform", None, [" "], "sources_refused"),
        ("k", "platform", None, ["//a"] * 1_001, "sources_refused"),
        ("", "platform", None, [], "name_refused"),
        ("a b", "platform", None, [], "name_refused"),
        ("a\n", "platform", None, [], None),
        ("<b>", "platform", None, [], "name_refused"),
        ("x" * 65, "platform", None, [], "name_refused"),
    ],
)
def test_what_cannot_be_a_key(
    access: Access, name: str, role: Role, person: str | None, sources: list[str], code: str | None
) -> None:
    """An officer's key is somebody's, sources are a platform's, names are plain."""
    if code is None:
        access.add_key(name, role, person, sources)
        assert access.keys()[0].name == name.strip()
        return
    with pytest.raises(Error) as refused:
        access.add_key(name, role, person, sources)
    assert refused.value.code == code
    assert access.keys() == []


def test_another_process(access: Access, tmp_path: Path) -> None:
    """A key that another process makes or revokes counts at the next question."""
    script = """
import sys
from pathlib import Path
from vermilion.web.access import Access
access = Access(Path(sys.argv[1]))
if sys.argv[2] == "add":
    print(access.add_key("late", "auditor"))
else:
    access.revoke_key("late")
access.close()
"""

    def elsewhere(what: str) -> str:
        command = [sys.executable, "-c", script, str(tmp_path), what]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert access.caller_of_key("vk_nothing") is None
    key = elsewhere("add")
    found = access.caller_of_key(key)
    assert found is not None
    assert found.role == "auditor"
    elsewhere("revoke")
    assert access.caller_of_key(key) is None
    assert [one.what for one in access.changes()] == ["key_added", "key_revoked"]


def test_last_used(access: Access, clock: Clock, tmp_path: Path) -> None:
    """It is written once a minute at most, and when the file is closed."""
    key = access.add_key("shop", "platform")
    access.caller_of_key(key)
    assert access.keys()[0].last_used is None
    clock.now += 61
    access.caller_of_key(key)
    first = access.keys()[0].last_used
    assert first is not None
    clock.now += 30
    access.caller_of_key(key)
    assert access.keys()[0].last_used == first
    access.close()
    with closing(Access(tmp_path, clock=clock, cost=CHEAP)) as again:
        last = again.keys()[0].last_used
        assert last is not None
        assert last > first


def test_a_damaged_file(tmp_path: Path) -> None:
    """A file that is no database, or of a newer version, is an error and lets nobody in."""
    (tmp_path / "access.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(StorageError, match="cannot be read"):
        Access(tmp_path)
    (tmp_path / "access.db").unlink()
    with closing(sqlite3.connect(tmp_path / "access.db")) as database:
        database.execute("PRAGMA user_version=99")
    with pytest.raises(StorageError, match="newer"):
        Access(tmp_path)


def test_a_file_that_breaks_while_it_is_used(access: Access) -> None:
    """A request whose caller cannot be looked up gets 503, and never an answer."""
    key = access.add_key("shop", "platform")
    with browser(application(access)) as client:
        access._database.close()
        answer = client.post("/submit", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 503
