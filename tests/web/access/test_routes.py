"""The routes under /v1/access: keys and people by administrators, and one's own session."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from vermilion.errors import StorageError
from vermilion.web.access import Access
from vermilion.web.access.accounts import Accounts
from vermilion.web.access.routes import access_routes

from .world import OTHER, PASSWORD, Told, add, application, browser, sign_in, signed_in


class Desk:
    """An application, what it told, and a browser in which ada the administrator is signed in."""

    def __init__(self, access: Access, told: Told, client: TestClient[Litestar]) -> None:
        self.access, self.told, self.client = access, told, client
        self.headers = {"X-CSRF-Token": signed_in(client, "ada")}

    def post(self, path: str, body: Any = None) -> Any:
        """Send something as ada."""
        return self.client.post(f"/v1/access{path}", json=body, headers=self.headers)

    def get(self, path: str) -> Any:
        """Return what ada gets."""
        return self.client.get(f"/v1/access{path}").json()


@pytest.fixture
def desk(access: Access) -> Iterator[Desk]:
    """Return a desk with one administrator, whose adding is in the record already."""
    add(access, "ada", "admin")
    for change in access.changes():
        access.recorded(change)
    told = Told()
    with browser(application(access, told)) as client:
        yield Desk(access, told, client)


def test_keys(desk: Desk) -> None:
    """A key is made, shown once, used, listed without its text, and revoked."""
    made = desk.post("/keys", {"name": "Shop", "role": "platform", "sources": ["//a"]})
    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    key = made.json()["key"]
    caller = desk.access.caller_of_key(key)
    assert caller is not None
    assert (caller.name, caller.sources) == ("shop", ("//a",))
    assert key not in desk.client.get("/v1/access/keys").text
    assert [one["name"] for one in desk.get("/keys")["items"]] == ["shop"]
    assert desk.post("/keys/shop/revocation").status_code == 204
    assert desk.access.caller_of_key(key) is None
    assert desk.told.codes == [("ada", "key_added", "shop"), ("ada", "key_revoked", "shop")]


def test_people(desk: Desk) -> None:
    """A person is added, gets a role and a password, is listed without it, and is disabled."""
    body = {"name": "olga", "role": "officer", "password": PASSWORD, "officer": "o-17"}
    assert desk.post("/people", body).status_code == 204
    with browser(application(desk.access)) as other:
        signed_in(other, "olga")
        assert other.get("/resolve").status_code == 200
        assert desk.post("/people/olga/role", {"role": "auditor"}).status_code == 204
        assert other.get("/read").status_code == 401
        signed_in(other, "olga")
        assert other.get("/resolve").status_code == 403
        assert desk.post("/people/olga/password", {"password": OTHER}).status_code == 204
        assert other.get("/read").status_code == 401
        signed_in(other, "olga", OTHER)
        assert desk.post("/people/olga/disabling").status_code == 204
        assert other.get("/read").status_code == 401
        assert sign_in(other, "olga", OTHER).status_code == 401
    listed = desk.get("/people")["items"]
    assert [one["name"] for one in listed] == ["ada", "olga"]
    assert "scrypt" not in str(listed)
    assert [what for _, what, _ in desk.told.codes] == [
        "person_added",
        "role_changed",
        "password_changed",
        "person_disabled",
    ]


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/keys/none/revocation", None, 404, "no_such_key"),
        ("/people/none/disabling", None, 404, "no_such_person"),
        ("/people/none/role", {"role": "auditor"}, 404, "no_such_person"),
        ("/people/ada/role", {"role": "platform"}, 400, "role_refused"),
        ("/people/ada/role", {"role": "officer"}, 400, "officer_lacking"),
        ("/people/ada/password", {"password": "short"}, 400, "password_short"),
        ("/people", {"name": "ada", "role": "admin", "password": PASSWORD}, 409, "person_exists"),
        ("/keys", {"name": "k", "role": "officer"}, 400, "person_lacking"),
    ],
)
def test_refused(desk: Desk, path: str, body: Any, status: int, code: str) -> None:
    """What cannot be is told with its code, and changes and tells nothing."""
    answer = desk.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert desk.told.changes == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/keys", {"name": "k", "role": "king"}),
        ("/keys", {"name": "k", "role": "auditor", "digest": "x"}),
        ("/people", {"name": "k", "role": "auditor"}),
        ("/people/ada/role", {}),
        ("/people/ada/role", None),
    ],
)
def test_malformed(desk: Desk, path: str, body: Any) -> None:
    """What has another shape is the client's mistake."""
    assert desk.post(path, body).status_code == 400
    assert desk.told.changes == []


def test_names_of_any_script(desk: Desk) -> None:
    """A person is reached by a name with signs and letters beyond ASCII."""
    body = {"name": "王芳@desk.example", "role": "auditor", "password": PASSWORD}
    assert desk.post("/people", body).status_code == 204
    assert desk.post("/people/王芳@desk.example/disabling").status_code == 204


def test_injection(desk: Desk) -> None:
    """Names that are pieces of SQL are names that do not exist."""
    for name in ("ada' OR '1'='1", "ada'; DROP TABLE person; --", "%", "_da"):
        assert desk.post(f"/people/{name}/disabling").status_code == 404
    assert [one["disabled_at"] for one in desk.get("/people")["items"]] == [None]


def test_only_administrators(access: Access) -> None:
    """Nobody else gets at keys and people."""
    headers = {"Authorization": f"Bearer {access.add_key('k', 'auditor')}"}
    with browser(application(access)) as client:
        for path in ("/keys", "/people"):
            assert client.get(f"/v1/access{path}", headers=headers).status_code == 403
            assert client.post(f"/v1/access{path}", headers=headers, json={}).status_code == 403
    assert access.people() == []


def test_me(desk: Desk) -> None:
    """Who asks learns who that is; a key has no token for forms."""
    me = desk.get("/me")
    assert (me["name"], me["role"], bool(me["csrf"])) == ("ada", "admin", True)
    key = desk.access.add_key("shop", "platform", sources=["//a"])
    answer = desk.client.get("/v1/access/me", headers={"Authorization": f"Bearer {key}"})
    assert answer.json() == {
        "name": "shop",
        "role": "platform",
        "person": None,
        "sources": ["//a"],
        "csrf": "",
    }


def test_ones_own_password(desk: Desk) -> None:
    """Who knows the old one changes it, stays signed in here and nowhere else."""
    body = {"name": "ada", "password": PASSWORD, "new": OTHER}
    with browser(application(desk.access)) as other:
        signed_in(other, "ada")
        wrong = desk.post("/password", body | {"password": OTHER})
        assert wrong.status_code == 401
        assert desk.post("/password", body | {"new": "short"}).status_code == 400
        assert desk.get("/me")["name"] == "ada"
        assert desk.post("/password", body).status_code == 200
        assert desk.get("/me")["name"] == "ada"
        assert other.get("/v1/access/me").status_code == 401
        assert sign_in(other, "ada").status_code == 401
    assert desk.told.codes == [("ada", "password_changed", "ada")]


def test_out_everywhere(desk: Desk) -> None:
    """All of one's sessions end, here and elsewhere."""
    with browser(application(desk.access)) as other:
        signed_in(other, "ada")
        assert desk.post("/sign-out-everywhere").status_code == 204
        assert other.get("/v1/access/me").status_code == 401
    assert desk.client.get("/v1/access/me").status_code == 401
    assert desk.told.codes == [("ada", "signed_out_everywhere", "ada")]


def test_a_record_that_cannot_be_written(desk: Desk) -> None:
    """The client learns of it, and the change is told later, in order and once."""
    desk.told.failure = StorageError("disk_full", "the record cannot be written")
    assert desk.post("/keys", {"name": "a", "role": "auditor"}).status_code == 503
    desk.told.failure = None
    assert desk.post("/keys", {"name": "b", "role": "auditor"}).status_code == 201
    assert [about for _, _, about in desk.told.codes] == ["a", "b"]
    assert desk.access.changes() == []


def test_what_other_processes_change_is_told(access: Access, monkeypatch: Any) -> None:
    """A change from the command line is told by whoever follows, also after a failure."""
    told = Told()
    told.failure = StorageError("disk_full", "the record cannot be written")
    accounts = Accounts(access, told)
    access.add_key("cli", "auditor", by="root (command line)")
    rounds = 0

    async def passing(_: float) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            told.failure = None
        if rounds == 5:
            raise asyncio.CancelledError

    monkeypatch.setattr(asyncio, "sleep", passing)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(accounts.follow())
    assert told.codes == [("root (command line)", "key_added", "cli")]


def test_every_route_is_tried() -> None:
    """Each route of this interface appears in these tests."""
    tests = "".join(one.read_text() for one in Path(__file__).parent.glob("test_*.py"))
    for route in access_routes.routes:
        assert f"/{route.path.rsplit('/', 1)[-1]}" in tests, route.path
