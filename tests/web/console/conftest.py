"""One served book for all tests of the console, and visitors of each role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from . import samples

BASE = "http://127.0.0.1"


class Visitor:
    """A browser of somebody's, or of nobody's, that follows no redirect by itself."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self._client = client
        self.cookies = httpx.Cookies()

    def get(self, path: str, **how: Any) -> httpx.Response:
        """Ask for a page."""
        return self._ask("GET", path, **how)

    def post(self, path: str, **how: Any) -> httpx.Response:
        """Send something."""
        return self._ask("POST", path, **how)

    def send(self, path: str, **fields: str) -> httpx.Response:
        """Send a form as a page of ours does."""
        return self.post(path, data={**fields, "csrf": self.csrf()})

    def csrf(self) -> str:
        """Return the token of the visitor's forms."""
        found = re.search(r'name="csrf" value="([^"]+)"', self.get("/password").text)
        assert found is not None
        return found[1]

    def _ask(self, method: str, path: str, **how: Any) -> httpx.Response:
        self._client.cookies = self.cookies
        answer = self._client.request(method, path, follow_redirects=False, **how)
        self.cookies = httpx.Cookies(self._client.cookies)
        return answer


Visits = Callable[[str | None], Visitor]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a book in which things were proposed, answered and are waiting."""
    place = tmp_path_factory.mktemp("console") / "book"
    samples.build(place)
    return place


@pytest.fixture(scope="session")
def client(folder: Path) -> Iterator[TestClient[Litestar]]:
    """Return a client of the running application over the book."""
    with TestClient(samples.app(folder), base_url=BASE) as running:
        yield running


@pytest.fixture(scope="session")
def visits(client: TestClient[Litestar]) -> Visits:
    """Return a function that gives the browser in which somebody, or nobody, is signed in."""
    known: dict[str | None, Visitor] = {}

    def enter(name: str | None) -> Visitor:
        if name not in known:
            known[name] = visitor = Visitor(client)
            if name is not None:
                given = {"name": name, "password": samples.PASSWORD}
                assert visitor.post("/sign-in", data=given).status_code == 303
        return known[name]

    return enter
