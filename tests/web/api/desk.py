"""Serve a book within the test's own process and ask it over HTTP."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from litestar.testing import TestClient

from vermilion.desk.book import make_book
from vermilion.web.access import Access, Role
from vermilion.web.app import app_of
from vermilion.web.server import Server
from vermilion.web.settings import ServeSettings

BOOK = "rulebooks: [cn, permits]\ntwo_people: [cause]\n"
START = dt.datetime.now(dt.UTC).replace(microsecond=0) - dt.timedelta(hours=2)
"""Two hours ago: people answer by the clock."""


def at(minutes: float = 0) -> str:
    """Return a moment so long after the start."""
    return (START + dt.timedelta(minutes=minutes)).isoformat()


ROLES: tuple[Role, ...] = ("platform", "officer", "reviewer", "auditor", "admin", "sandbox")


class Desk:
    """A served book: `desk.as_("officer").get("/v1/cases")`."""

    def __init__(self, client: httpx.Client, access: Access, path: Path, app: Any = None) -> None:
        self.client = client
        self.app = app
        self.access = access
        self.path = path
        self._keys: dict[str, str] = {}

    def key(self, role: Role, person: str | None = None, sources: tuple[str, ...] = ()) -> str:
        """Return a key of a role, the same one for the same person and sources."""
        name = "-".join([role, person or "", *(str(abs(hash(one))) for one in sources)]).strip("-")
        if name not in self._keys:
            who = person or ("olga" if role == "officer" else None)
            fresh = f"{name}-{secrets.token_hex(4)}"
            self._keys[name] = self.access.add_key(fresh, role, who, sources)
        return self._keys[name]

    def ask(self, role: Role, method: str, path: str, **how: Any) -> httpx.Response:
        """Ask as somebody of a role."""
        person, sources = how.pop("person", None), how.pop("sources", ())
        headers = {"Authorization": f"Bearer {self.key(role, person, sources)}"}
        headers |= how.pop("headers", {})
        return self.client.request(method, path, headers=headers, **how)

    def submit(self, event: dict[str, Any], **how: Any) -> httpx.Response:
        """Submit an event as a platform."""
        return self.ask("platform", "POST", "/v1/events", content=msgspec.json.encode(event), **how)


@contextmanager
def served(path: Path, settings: ServeSettings | None = None) -> Iterator[Desk]:
    """Make a book if there is none and serve it."""
    if not path.exists():
        make_book(path, {"book.yaml": BOOK})
    app = app_of(path, settings or ServeSettings())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Desk(client, Access(path), path, app)


@contextmanager
def listening(path: Path, settings: ServeSettings | None = None) -> Iterator[Desk]:
    """Make a book if there is none and serve it at a port, as `vermilion serve` does."""
    if not path.exists():
        make_book(path, {"book.yaml": BOOK})
    settings = msgspec.structs.replace(settings or ServeSettings(), port=0)
    app = app_of(path, settings)
    server = Server(app, settings)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(server.run)
        try:
            while not server.started and not run.done():
                time.sleep(0.01)
            address = server.servers[0].sockets[0].getsockname()
            with httpx.Client(base_url=f"http://{address[0]}:{address[1]}", timeout=60) as client:
                yield Desk(client, Access(path), path, app)
        finally:
            server.should_exit = True
            run.result()


def sale(id: str, **changes: Any) -> dict[str, Any]:
    """Return a proposed sale, of which nothing is known but its parties and price."""
    data = {
        "token": "chain:c/1",
        "platform": "market:platform:main",
        "parties": {"seller": "market:party:ann", "buyer": "market:party:bob"},
        "price": {"amount": 1_000, "currency": "CNY"},
        "mode": "fixed_price",
    } | changes.pop("data", {})
    return {
        "specversion": "1.0",
        "type": "sale",
        "source": "//market.example/orders",
        "id": id,
        "time": at(),
        "stage": "proposed",
        "subject": f"order-{id}",
        "data": data,
    } | changes
