"""The interface keeps to its own description, whatever is sent."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from vermilion.desk.book import make_book
from vermilion.web.access import Access, Role
from vermilion.web.api import API_HANDLERS

from ..test_service import process
from .desk import BOOK

pytest.importorskip("schemathesis", reason="schemathesis is not installed")

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
NO_JSON = "/v1/events/stream"
"""Its body is lines; nothing generic makes them."""
ENDLESS = "/v1/live"


@pytest.mark.parametrize("role", ["platform", "officer", "admin"])
def test_no_request_makes_it_fail_or_break_its_word(tmp_path: Path, role: Role) -> None:
    """Generated requests never get a 5xx, nor a status, type or body that is not described."""
    make_book(tmp_path / "book", {"book.yaml": BOOK})
    person = "olga" if role == "officer" else None
    key = Access(tmp_path / "book").add_key(role, role, person)
    with process(tmp_path / "book") as (_, address):
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", f"{address}/schema/openapi.json",
             "--header", f"Authorization: Bearer {key}", "--max-examples", "5",
             "--phases", "coverage,fuzzing", "--checks", ",".join(CHECKS),
             "--exclude-path", NO_JSON, "--exclude-path", ENDLESS, "--seed", "1", "--no-color"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-1_000:]
        assert httpx.get(f"{address}/health/ready").status_code == 200
    assert " generated" in done.stdout


def test_every_route_is_in_the_documentation(shared: object) -> None:
    """What the description has, `docs/api.md` or `docs/access.md` names."""
    client = shared.client  # type: ignore[attr-defined]
    root = Path(__file__).parents[3] / "docs"
    told = (root / "api.md").read_text() + (root / "access.md").read_text()
    paths = client.get("/schema/openapi.json").json()["paths"]
    assert len(paths) > 30
    assert [path for path in paths if path not in told] == []


def test_every_route_names_its_right() -> None:
    """The table of `docs/api.md` has each route of the interface with the right that it needs."""
    page = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    told = {
        route: row.split(" | ")[1]
        for row in page.splitlines()
        if row.startswith("| `")
        for route in re.findall(r"`((?:GET|POST) [^`]+)`", row)
    }
    for handler in API_HANDLERS:
        (path,) = handler.paths
        for method in handler.http_methods - {"HEAD"}:
            route = f"{method} {re.sub(r':[a-z]+}', '}', path)}"
            assert told.pop(route) == f"`{handler.opt['right']}`", route
    assert told == {}
