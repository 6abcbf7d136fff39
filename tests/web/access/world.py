"""What the tests of access share: a clock, people, and an application with a route per right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, get_args

import httpx
from litestar import Litestar, Request, get, post
from litestar.testing import TestClient

from vermilion.errors import Error
from vermilion.web.access import Access, Change, Rates, Right, Role
from vermilion.web.access.accounts import Accounts
from vermilion.web.access.authenticate import Guarded
from vermilion.web.access.oidc import Oidc
from vermilion.web.access.passwords import Cost
from vermilion.web.access.routes import access_routes, oidc_routes
from vermilion.web.problems import problem

CHEAP = Cost(16, 1, 1)
PASSWORD = "kept quiet by the river"
OTHER = "nine lanterns under snow"
HOST = "http://127.0.0.1:8000"


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now


def add(access: Access, name: str, role: Role, password: str = PASSWORD) -> None:
    """Add a person; an officer is listed under the own name."""
    access.add_person(name, role, password, officer=name if role == "officer" else None)


class Told:
    """Keeps what was told of changes; fails as long as it is asked to."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.failure: Error | None = None

    async def __call__(self, change: Change) -> None:
        if self.failure is not None:
            raise self.failure
        self.changes.append(change)

    @property
    def codes(self) -> list[tuple[str, str, str]]:
        """Return who did what about whom."""
        return [(one.by, one.what, one.about) for one in self.changes]


def application(
    access: Access,
    told: Told | None = None,
    oidc: Oidc | None = None,
    rates: Rates | None = None,
    routes: list[Any] | None = None,
) -> Litestar:
    """Return an application with a GET and a POST route for each right."""

    async def seen(request: Request[Any, Any, Any]) -> dict[str, Any]:
        user = request.user
        return {"name": user.name if user else None}

    made = [
        kind(f"/{right}", opt={"right": right}, status_code=200)(seen)
        for right in get_args(Right)
        for kind in (get, post)
    ]
    return Litestar(
        [access_routes, oidc_routes, *made, *(routes or [])],
        on_app_init=[Guarded(Accounts(access, told or Told(), oidc), rates)],
        exception_handlers={Error: lambda _, error: problem(error)},
        openapi_config=None,
        debug=False,
    )


@contextmanager
def browser(app: Litestar, base: str = HOST) -> Iterator[TestClient[Litestar]]:
    """Return a client that keeps cookies and follows nothing."""
    with TestClient(app, base_url=base, raise_server_exceptions=False) as client:
        client.follow_redirects = False
        yield client


def signed_in(client: TestClient[Litestar], name: str, password: str = PASSWORD) -> str:
    """Sign a browser in and return the token for its forms."""
    answer = sign_in(client, name, password)
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["csrf"]
    return token


def sign_in(client: TestClient[Litestar], name: str, password: str = PASSWORD) -> httpx.Response:
    """Send a name and a password."""
    return client.post("/v1/access/sign-in", json={"name": name, "password": password})
