"""Each role against each route: nobody does what the table does not give them."""

from __future__ import annotations

from typing import Any

import pytest
from litestar import Litestar

from vermilion.web.access import RIGHTS, Role
from vermilion.web.app import app_of
from vermilion.web.settings import ServeSettings

from .desk import ROLES, Desk


@pytest.fixture(scope="module")
def app(shared: Desk) -> Litestar:
    """Return the application, for its routes."""
    return app_of(shared.path, ServeSettings())


def routes(app: Litestar) -> list[tuple[str, str, str]]:
    """Return method, path with something in each place, and right of every route."""
    found = []
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                path = "".join(
                    part if isinstance(part, str) else f"/{_some(part.name)}"
                    for part in _parts(route)
                )
                found.append((method, path or "/", handler.opt["right"]))
    return found


def _parts(route: Any) -> list[Any]:
    return [f"/{one}" if isinstance(one, str) else one for one in route.path_components]


def _some(name: str) -> str:
    return {"cause": "0" * 32, "sha256": "0" * 64, "kind": "party"}.get(name, "1")


def test_every_route_has_a_right(app: Litestar) -> None:
    """There are routes, and each names a right of the table."""
    found = routes(app)
    assert len(found) > 40
    assert {right for *_, right in found} <= RIGHTS.keys()


@pytest.mark.parametrize("role", [None, *ROLES])
def test_a_role_does_what_it_has_a_right_to(shared: Desk, app: Litestar, role: Role | None) -> None:
    """Without the right every route answers 401 or 403, and with it neither."""
    for method, path, right in routes(app):
        if (
            path.endswith("/live")
            or "/sign-" in path
            or path in {"/password", "/v1/access/password"}
        ):
            continue
        if role is None:
            answer = shared.client.request(method, path, follow_redirects=False)
        else:
            answer = shared.ask(role, method, path, follow_redirects=False)
        may = right == "public" or (role is not None and role in RIGHTS[right])  # type: ignore[index]
        refused = answer.status_code in {401, 403} or (
            answer.status_code == 303 and "sign-in" in answer.headers["location"]
        )
        assert refused is not may, (method, path, right, answer.status_code, answer.text[:200])
        assert answer.status_code != 500, (method, path, answer.text)
